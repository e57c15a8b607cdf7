/* SPDX-License-Identifier: MIT
 * What goes back over HTTP: one function per kind of reply. With server.c the only file that
 * includes libmicrohttpd. */
#ifndef LUNAMBDA_LOCAL_REPLY_H
#define LUNAMBDA_LOCAL_REPLY_H

#include "protocol.h"

#include <microhttpd.h>

/* MHD_NO when there is no memory: libmicrohttpd closes the connection then. */
enum MHD_Result reply_event(struct MHD_Connection *connection,
                            const struct protocol_event *event);
enum MHD_Result reply_accepted(struct MHD_Connection *connection);
enum MHD_Result reply_refusal(struct MHD_Connection *connection,
                              const struct protocol_refusal *refusal);
enum MHD_Result reply_pong(struct MHD_Connection *connection);
enum MHD_Result reply_registered(struct MHD_Connection *connection);

#endif
