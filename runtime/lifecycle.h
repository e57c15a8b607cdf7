/* SPDX-License-Identifier: MIT
 * The turns of one worker's life besides its events: after an answer, at the snapshot, at the end. */
#ifndef LUNAMBDA_LIFECYCLE_H
#define LUNAMBDA_LIFECYCLE_H

#include "extension.h"
#include "host.h"
#include "rapi.h"

/* Calls the handler's functions that wait for the answer to be posted. Their errors are logged under the
 * request id, never posted. reply is scratch. False when memory ran out: the state is spent. */
MUST_CHECK bool lifecycle_after(struct host *host, const char *request_id,
                                struct reply *reply);

/* Calls the handler's functions for the end of the sandbox. Errors are logged. reply is scratch. */
void lifecycle_shut_down(struct host *host, struct reply *reply);

/* SnapStart, from the loaded handler to the first event: waits in here until a sandbox is started from the
 * snapshot, and drops the connections that were made before it, also that of the extension (NULL for none). Returns 0, or the exit status after a failure, which was logged and posted. */
MUST_CHECK int lifecycle_snapshot(struct host *host, struct rapi *api,
                                  struct extension *extension, struct reply *reply);

#endif
