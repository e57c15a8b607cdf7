/* SPDX-License-Identifier: MIT
 * The error document written without Lua: for when there is no VM, or none that can be trusted. */
#ifndef LUNAMBDA_FAILURE_H
#define LUNAMBDA_FAILURE_H

#include "invocation.h"

/* Makes the reply an error document of that type, with an empty stack trace, and writes its cause for X-Ray.
 * A long message is cut.
 * Needs no memory beyond what the reply has, if it once held a document; without any, the body stays empty,
 * from which the platform makes a document of its own. */
void failure_write(struct reply *reply, const char *type, const char *message);

#endif
