/* SPDX-License-Identifier: MIT
 * An internal extension that wants no events (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).
 * That one is registered is what makes the platform send SIGTERM before it ends a sandbox. */
#ifndef LUNAMBDA_EXTENSION_H
#define LUNAMBDA_EXTENSION_H

#include "buf.h"
#include "err.h"

struct extension;

/* Registers it and parks a thread of its own, on a connection of its own, where extensions wait. Must come
 * before the first /next. api and user_agent are borrowed until extension_stop.
 * NULL with a message when the platform did not take it. */
struct extension *extension_start(const char *api, const char *user_agent,
                                  struct err *err);

/* After a snapshot: has it wait on a new connection, by the name that it got when it was registered. NULL is allowed.
 * False with a message when that cannot be. */
MUST_CHECK bool extension_reconnect(struct extension *extension, struct err *err);

/* Ends the thread. NULL is allowed. */
void extension_stop(struct extension *extension);

#endif
