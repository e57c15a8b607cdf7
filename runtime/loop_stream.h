/* SPDX-License-Identifier: MIT
 * A streamed answer's way from the host to the platform. */
#ifndef LUNAMBDA_LOOP_STREAM_H
#define LUNAMBDA_LOOP_STREAM_H

#include "host.h"
#include "rapi.h"

/* After HOST_STREAMS: makes the answer and sends it meanwhile. What goes wrong in it is logged, and posted as an
 * ordinary error as long as nothing was sent. status: how the body ended. */
MUST_CHECK enum rapi_outcome loop_stream(const struct settings *settings,
                                         struct host *host, struct rapi *api,
                                         const struct invocation *in, struct reply *reply,
                                         enum host_status *status, struct err *err);

#endif
