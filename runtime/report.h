/* SPDX-License-Identifier: MIT
 * LUNAMBDA_REPORT: what an invocation took, as one record, or as one line of CloudWatch's Embedded Metric Format. */
#ifndef LUNAMBDA_REPORT_H
#define LUNAMBDA_REPORT_H

#include "memory.h"

/* What an invocation consists of, in this order. */
enum report_leg { REPORT_DECODE, REPORT_HANDLER, REPORT_ENCODE, REPORT_LEGS };

/* Of one VM. Starts as { 0 }; does nothing until report_open. */
struct report {
    bool is_open;
    enum report_leg leg; /* the one under way */
    long long start_us, leg_start_us;
    long long leg_us[REPORT_LEGS];
    long collections;          /* that ended since the last report_send */
    const char *function_name; /* NULL: a record is wanted, not metrics */
};

/* Counts the collections of the state from now on. report outlives the state, and function_name the report: what the
 * metrics are of, NULL for a record instead. Raises. */
void report_open(struct report *report, lua_State *L, const char *function_name);

/* An invocation begins with its first leg. */
void report_begin(struct report *report);

/* One leg ends, the next begins. */
void report_lap(struct report *report);

/* Ends the leg that is under way, and logs what was measured. */
void report_send(struct report *report, const struct memory *memory,
                 const char *request_id);

#endif
