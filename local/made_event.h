/* SPDX-License-Identifier: MIT
 * Events in the platform's shapes, made by lua-lib/lambda/events in a Lua state of the moment. */
#ifndef LUNAMBDA_LOCAL_MADE_EVENT_H
#define LUNAMBDA_LOCAL_MADE_EVENT_H

#include "buf.h"
#include "err.h"

/* The name that stands for the names of all events. */
#define MADE_EVENT_LIST "list"

/* Puts the JSON of the event of this name into the place of what event holds: the builder's options, JSON too.
 * indent: spaces a level, 0 for one line. False: err says what is wrong, with the names or options there are. */
MUST_CHECK bool made_event_make(const char *name, int indent, struct buf *event,
                                struct err *err);

/* Prints the names, a line each. */
MUST_CHECK bool made_event_print_names(struct err *err);

#endif
