/* SPDX-License-Identifier: MIT */
#include "protocol.h"

#include "base64.h"
#include "document.h"
#include "err.h"
#include "error_type.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool protocol_refuse(struct protocol_refusal *refusal, unsigned status, const char *type,
                     const char *format, ...)
{
    refusal->status = status;
    refusal->type = type;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(refusal->reason, sizeof refusal->reason, format, args);
    va_end(args);
    return false;
}

static const char *state_name(enum protocol_state state)
{
    switch (state) {
    case PROTOCOL_STARTED: return "Started";
    case PROTOCOL_READY: return "Ready";
    case PROTOCOL_RUNNING: return "Running";
    case PROTOCOL_ANSWERING: return "InvocationResponse";
    case PROTOCOL_ANSWERED: return "ResponseSent";
    case PROTOCOL_INIT_FAILED: return "InitError";
    }
    return "";
}

static bool out_of_order(const struct protocol *protocol, const char *call,
                         struct protocol_refusal *refusal)
{
    return protocol_refuse(refusal, 403, "InvalidStateTransition",
                           "%s is not allowed in state %s", call,
                           state_name(protocol->state));
}

void protocol_restart(struct protocol *protocol)
{
    protocol->state = PROTOCOL_STARTED;
    protocol->for_init = false;
    protocol->rests = false;
}

static void forget_answer(struct protocol *protocol)
{
    buf_clear(&protocol->answer);
    protocol->answer.limit = PROTOCOL_ANSWER_LIMIT_BYTES;
    protocol->failed = false;
    protocol->error_type[0] = '\0';
    protocol->posted_bytes = 0;
    protocol->dropped = false;
    protocol->truncated = false;
}

void protocol_deliver(struct protocol *protocol, const struct protocol_event *event)
{
    forget_answer(protocol);
    protocol->streamed = false;
    protocol->event = *event;
    protocol->state = PROTOCOL_RUNNING;
}

void protocol_fail(struct protocol *protocol, const char *type, const char *format, ...)
{
    struct err message;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message.text, sizeof message.text, format, args);
    va_end(args);
    forget_answer(protocol);
    protocol->failed = true;
    (void)snprintf(protocol->error_type, sizeof protocol->error_type, "%s", type);
    if (!document_write(&protocol->answer, type, message.text))
        buf_clear(
            &protocol->answer); /* no memory: the type is in the REPORT line still */
}

void protocol_abandon(struct protocol *protocol)
{
    protocol->event.invocation_id[0] = '\0'; /* which no answer brings */
    protocol->state = PROTOCOL_ANSWERED;
}

bool protocol_next(struct protocol *protocol, struct protocol_refusal *refusal)
{
    switch (protocol->state) {
    case PROTOCOL_STARTED:
    case PROTOCOL_ANSWERED: protocol->state = PROTOCOL_READY; return true;
    case PROTOCOL_RUNNING: return true; /* the same event once more */
    case PROTOCOL_READY:
    case PROTOCOL_ANSWERING:
    case PROTOCOL_INIT_FAILED: break;
    }
    return out_of_order(protocol, "/invocation/next", refusal);
}

/* Every path to the answer begins here. */
static void begin_post(struct protocol *protocol, bool is_error, const char *error_type)
{
    forget_answer(protocol);
    protocol->failed = is_error;
    if (is_error)
        error_type_keep(protocol->error_type, sizeof protocol->error_type, error_type);
    protocol->streamed = false;
    protocol->state = PROTOCOL_ANSWERING;
}

bool protocol_post(struct protocol *protocol, const struct protocol_post *post,
                   struct protocol_refusal *refusal)
{
    const struct protocol_event *event = &protocol->event;
    const char *call = post->is_error ? "/error" : "/response";
    if (!*event->request_id || strcmp(post->request_id, event->request_id) != 0)
        return protocol_refuse(refusal, 400, "InvalidRequestID",
                               "%.64s is not the request id of the current event",
                               post->request_id);
    if (post->invocation_id && strcmp(post->invocation_id, event->invocation_id) != 0)
        return protocol_refuse(refusal, 410, "InvokeTimeout",
                               "the invocation that this answer is for has ended");
    if (protocol->state != PROTOCOL_RUNNING)
        return out_of_order(protocol, call, refusal);
    if (!post->is_error && post->response_mode &&
        strcmp(post->response_mode, "streaming") != 0) {
        protocol_fail(
            protocol, "Runtime.InvalidResponseModeHeader",
            "RequestId: %s Error: Lambda-Runtime-Function-Response-Mode '%.64s' is "
            "not 'streaming'",
            event->request_id, post->response_mode);
        protocol->state = PROTOCOL_ANSWERED;
        return protocol_refuse(
            refusal, 400, "InvalidFunctionResponseMode",
            "Lambda-Runtime-Function-Response-Mode is not 'streaming'");
    }
    begin_post(protocol, post->is_error, post->error_type);
    protocol->is_stream = !post->is_error && post->response_mode;
    protocol->streamed = protocol->is_stream && protocol->stream.begin;
    if (protocol->is_stream) {
        protocol->answer.limit = PROTOCOL_STREAM_LIMIT_BYTES;
        (void)snprintf(protocol->content_type, sizeof protocol->content_type, "%s",
                       post->content_type ? post->content_type : "");
    }
    if (protocol->streamed)
        protocol->stream.begin(protocol->stream.arg, post->content_type);
    return true;
}

bool protocol_init_error(struct protocol *protocol, const char *error_type,
                         struct protocol_refusal *refusal)
{
    if (protocol->state != PROTOCOL_STARTED)
        return out_of_order(protocol, "/init/error", refusal);
    begin_post(protocol, true, error_type);
    protocol->for_init = true;
    return true;
}

void protocol_receive(struct protocol *protocol, const char *bytes, size_t len)
{
    if (protocol->state == PROTOCOL_ANSWERED)
        return; /* abandoned meanwhile */
    protocol->posted_bytes += len;
    if (protocol->streamed)
        protocol->stream.pass(protocol->stream.arg, bytes, len);
    else if (!protocol->dropped && !buf_append(&protocol->answer, bytes, len)) {
        protocol->dropped = true;
        buf_free(&protocol->answer);
    }
}

void protocol_trailers(struct protocol *protocol, const char *error_type,
                       const char *error_body)
{
    if (!protocol->is_stream || (!error_type && !error_body))
        return;
    forget_answer(protocol);
    protocol->failed = true;
    error_type_keep(protocol->error_type, sizeof protocol->error_type, error_type);
    if (!error_body || !base64_decode(&protocol->answer, error_body))
        buf_clear(&protocol->answer); /* as an empty document of /error */
}

static bool refuse_size(struct protocol *protocol, struct protocol_refusal *refusal)
{
    if (protocol->posted_bytes <= PROTOCOL_ANSWER_LIMIT_BYTES) {
        protocol_fail(protocol, "Sandbox.Failure",
                      "RequestId: %s Error: no memory for the answer",
                      protocol->event.request_id);
        return protocol_refuse(refusal, 500, "InternalServerError",
                               "no memory for the answer");
    }
    size_t posted_bytes = protocol->posted_bytes;
    protocol_fail(
        protocol, "Function.ResponseSizeTooLarge",
        "Response payload size (%zu bytes) exceeded maximum allowed payload size "
        "(%d bytes).",
        posted_bytes, PROTOCOL_ANSWER_LIMIT_BYTES);
    return protocol_refuse(refusal, 413, "RequestEntityTooLarge",
                           "%zu bytes are more than an answer may have (%d)",
                           posted_bytes, PROTOCOL_ANSWER_LIMIT_BYTES);
}

bool protocol_received(struct protocol *protocol, struct protocol_refusal *refusal)
{
    if (protocol->state == PROTOCOL_ANSWERED)
        return protocol_refuse(refusal, 410, "InvokeTimeout",
                               "the invocation that this answer is for has ended");
    protocol->state = protocol->for_init ? PROTOCOL_INIT_FAILED : PROTOCOL_ANSWERED;
    if (protocol->dropped)
        return refuse_size(protocol, refusal);
    if (protocol->failed && protocol->answer.len == 0) {
        char type[PROTOCOL_TYPE_LIMIT_BYTES];
        memcpy(type, protocol->error_type, sizeof type);
        protocol_fail(protocol, type, "the runtime posted an error without a document");
    }
    return true;
}

void protocol_broken_off(struct protocol *protocol)
{
    size_t posted_bytes = protocol->posted_bytes;
    protocol_fail(protocol, "Runtime.TruncatedResponse",
                  "RequestId: %s Error: the runtime broke off its answer after %zu bytes",
                  protocol->event.request_id, posted_bytes);
    protocol->truncated = true;
    protocol->state = protocol->for_init ? PROTOCOL_INIT_FAILED : PROTOCOL_ANSWERED;
}

void protocol_free(struct protocol *protocol)
{
    buf_free(&protocol->answer);
}
