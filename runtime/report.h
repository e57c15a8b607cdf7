/* SPDX-License-Identifier: MIT
 * LUNAMBDA_REPORT: what an invocation took, as one record, or as one line in CloudWatch's Embedded Metric Format
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html). */
#ifndef LUNAMBDA_REPORT_H
#define LUNAMBDA_REPORT_H

#include "memory.h"
#include "settings.h"

/* What an invocation consists of, in this order. */
enum report_leg { REPORT_DECODE, REPORT_HANDLER, REPORT_ENCODE, REPORT_LEGS };

/* Of one VM. Starts as { 0 }; does nothing until report_open. */
struct report {
    enum report_form form;
    const char *function_name; /* NULL when absent */
    enum report_leg leg;       /* the one under way */
    long long start_us, leg_start_us;
    long long leg_us[REPORT_LEGS];
    long collections; /* that ended since the last report_send */
};

/* Counts the collections of the state from now on, unless nothing is to be reported. report outlives the state, and
 * settings the report. Raises. */
void report_open(struct report *report, lua_State *L, const struct settings *settings);

/* An invocation begins with its first leg. */
void report_begin(struct report *report);

/* One leg ends, the next begins. */
void report_lap(struct report *report);

/* Ends the leg that is under way, and writes what was measured. Metrics are lost for want of memory. */
void report_send(struct report *report, const struct memory *memory,
                 const char *request_id);

#endif
