/* SPDX-License-Identifier: MIT */
#include "reply.h"

#include "document.h"
#include "identity.h"

#include <stdio.h>
#include <string.h>

enum { REPLY_LIMIT_BYTES = 4096 };

static enum MHD_Result queue(struct MHD_Connection *connection, unsigned status,
                             struct MHD_Response *response)
{
    if (!response)
        return MHD_NO;
    enum MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result queue_text(struct MHD_Connection *connection, unsigned status,
                                  char *text, size_t len, const char *type)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_COPY);
    if (response)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    return queue(connection, status, response);
}

enum MHD_Result reply_refusal(struct MHD_Connection *connection,
                              const struct protocol_refusal *refusal)
{
    struct buf text = { .limit = REPLY_LIMIT_BYTES };
    enum MHD_Result queued = MHD_NO;
    if (document_write(&text, refusal->type, refusal->reason))
        queued = queue_text(connection, refusal->status, text.data, text.len,
                            "application/json");
    buf_free(&text);
    return queued;
}

enum MHD_Result reply_accepted(struct MHD_Connection *connection)
{
    char text[] = "{\"status\":\"OK\"}\n";
    return queue_text(connection, MHD_HTTP_ACCEPTED, text, strlen(text),
                      "application/json");
}

static bool add_event_headers(struct MHD_Response *response,
                              const struct protocol_event *event)
{
    char deadline[24];
    (void)snprintf(deadline, sizeof deadline, "%lld", event->deadline_ms);
    const char *headers[][2] = {
        { MHD_HTTP_HEADER_CONTENT_TYPE, "application/json" },
        { "Lambda-Runtime-Aws-Request-Id", event->request_id },
        { "Lambda-Runtime-Deadline-Ms", deadline },
        { "Lambda-Runtime-Invoked-Function-Arn", event->arn },
        { "Lambda-Runtime-Invocation-Id", event->invocation_id },
        { "Lambda-Runtime-Trace-Id", event->trace },
        { "Lambda-Runtime-Client-Context", event->client_context },
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        const char *value = headers[i][1];
        if (value && *value && !MHD_add_response_header(response, headers[i][0], value))
            return false;
    }
    return true;
}

enum MHD_Result reply_event(struct MHD_Connection *connection,
                            const struct protocol_event *event)
{
    char nothing[] = "";
    const struct buf *body = event->body;
    struct MHD_Response *response = MHD_create_response_from_buffer(
        body->len, body->len ? body->data : nothing,
        body->len ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_COPY);
    if (response && !add_event_headers(response, event)) {
        MHD_destroy_response(response);
        return MHD_NO;
    }
    return queue(connection, MHD_HTTP_OK, response);
}

enum MHD_Result reply_pong(struct MHD_Connection *connection)
{
    char text[] = "pong";
    return queue_text(connection, MHD_HTTP_OK, text, strlen(text), "text/plain");
}

enum MHD_Result reply_registered(struct MHD_Connection *connection)
{
    char text[] = "{}\n", id[IDENTITY_UUID_SIZE];
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_COPY);
    identity_uuid(id);
    if (response)
        (void)MHD_add_response_header(response, "Lambda-Extension-Identifier", id);
    return queue(connection, MHD_HTTP_OK, response);
}
