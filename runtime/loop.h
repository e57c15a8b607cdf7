/* SPDX-License-Identifier: MIT
 * The order of events of one worker. Everything that a worker owns is reachable from its loop. */
#ifndef LUNAMBDA_LOOP_H
#define LUNAMBDA_LOOP_H

#include "extension.h"
#include "memory.h"
#include "settings.h"

#define LOOP_USER_AGENT "lunambda/" LUNAMBDA_VERSION

struct loop;

/* Why a loop no longer asks for events. */
enum loop_end {
    LOOP_STOPPED, /* the transport is broken, or the platform said so: the process has to end */
    LOOP_EXHAUSTED, /* its Lua state ran out of memory: a new loop may take its place */
    LOOP_WOKEN,     /* by loop_wake_by */
};

/* settings and the pool of memory, which is for all workers, must outlive it. NULL: the reason was logged. */
struct loop *loop_open(const struct settings *settings, struct memory_pool *pool);

/* Loads the handler. False: it cannot be called, which was logged.
 * config_error: what settings_read complained of; NULL when all is well. */
MUST_CHECK bool loop_load(struct loop *loop, const char *config_error);

/* Tells the platform why loop_load failed. */
void loop_report_init_failure(struct loop *loop);

/* Whether the handler asked for functions to be called at the sandbox's end. */
bool loop_has_shutdown_hooks(const struct loop *loop);

/* SnapStart, where the platform says so: see lifecycle_snapshot. */
MUST_CHECK int loop_snapshot(struct loop *loop, struct extension *extension);

/* From now on loop_serve ends, between two events, as soon as fd is readable. */
void loop_wake_by(struct loop *loop, int fd);

/* Answers events until something ends it. */
MUST_CHECK enum loop_end loop_serve(struct loop *loop);

/* Calls the functions for the sandbox's end. */
void loop_shut_down(struct loop *loop);

void loop_close(struct loop *loop); /* NULL is allowed */

#endif
