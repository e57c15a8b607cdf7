/* SPDX-License-Identifier: MIT
 * The X-Ray cause of an error that was made without Lua (lua-lib/lambda/cause.lua makes the others):
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html. */
#ifndef LUNAMBDA_CAUSE_H
#define LUNAMBDA_CAUSE_H

#include "invocation.h"

/* Makes the reply's cause: one exception without frames. Needs no memory. A long message is cut. */
void cause_write(struct reply *reply, const char *type, const char *message);

/* Takes over a cause that was made elsewhere; one that is no single ASCII line, or too long, is left out,
 * for the header would be refused, and the error with it. */
void cause_take(struct reply *reply, const char *text, size_t len);

#endif
