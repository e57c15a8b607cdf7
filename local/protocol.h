/* SPDX-License-Identifier: MIT
 * The Runtime API's rules for one runtime: which call may follow which, and what each answer
 * means (runtime-api §2). Knows no HTTP library, no process and no clock. */
#ifndef LUNAMBDA_LOCAL_PROTOCOL_H
#define LUNAMBDA_LOCAL_PROTOCOL_H

#include "buf.h"
#include "identity.h"

enum {
    PROTOCOL_STREAM_LIMIT_BYTES =
        200 * 1024 * 1024, /* of a streamed answer that is kept */
    PROTOCOL_ANSWER_LIMIT_BYTES = 6 * 1024 * 1024 + 100, /* runtime-api §2.4 */
    PROTOCOL_TYPE_LIMIT_BYTES = 128,                     /* of an error type's name */
    PROTOCOL_REASON_LIMIT_BYTES = 256,
};

enum protocol_state {
    PROTOCOL_STARTED,     /* bootstrap runs and has not called yet */
    PROTOCOL_READY,       /* waits on /next */
    PROTOCOL_RUNNING,     /* has the event */
    PROTOCOL_ANSWERING,   /* a post of it is arriving */
    PROTOCOL_ANSWERED,    /* has answered and not asked for the next event yet */
    PROTOCOL_INIT_FAILED, /* has posted init/error */
};

/* What /next gives: all borrowed, until the next protocol_deliver. */
struct protocol_event {
    const struct buf *body;
    const char *arn;
    const char *trace;          /* "" sends none */
    const char *client_context; /* NULL sends none */
    long long deadline_ms;      /* Unix epoch */
    char request_id[IDENTITY_UUID_SIZE];
    char invocation_id[IDENTITY_UUID_SIZE]; /* the nonce to be echoed */
};

/* A call as far as its rules go; NULL for an absent header. */
struct protocol_post {
    const char *request_id; /* from the path */
    const char *invocation_id;
    const char *error_type;    /* of /error */
    const char *response_mode; /* of /response */
    const char *content_type;
    bool is_error; /* /error, not /response */
};

/* Why a call is refused; status 0 when it is not. */
struct protocol_refusal {
    unsigned status;
    const char *type;
    char reason[PROTOCOL_REASON_LIMIT_BYTES];
};

/* Where a streamed answer goes as it comes. */
struct protocol_stream {
    void (*begin)(void *arg, const char *content_type); /* NULL for none */
    void (*pass)(void *arg, const char *bytes, size_t len);
    void *arg;
};

/* Starts as { 0 } but for the stream; ends with protocol_free. */
struct protocol {
    struct protocol_stream stream;
    enum protocol_state state;
    struct protocol_event event;
    struct buf answer; /* the response, or the error document */
    bool failed;       /* the answer is an error document */
    /* The answer's mode, also where it is kept instead of passed on; then its content type, too. */
    bool is_stream;
    char content_type[PROTOCOL_TYPE_LIMIT_BYTES];
    /* The stream got it, as far as it came; answer is the error document or empty. */
    bool streamed;
    /* When failed, as Lambda's logs name it. */
    char error_type[PROTOCOL_TYPE_LIMIT_BYTES];
    bool for_init;       /* the post that arrives is init/error */
    size_t posted_bytes; /* of the post that arrives, kept or not */
    bool dropped;        /* some of them are lost: over the limit, or no memory */
    bool truncated;      /* the post broke off */
    bool rests; /* the owner's mark: READY is no news, for there is no event left */
};

/* A fresh runtime is about to start. */
void protocol_restart(struct protocol *protocol);

/* The event becomes the one that /next gives. Only in state READY. */
void protocol_deliver(struct protocol *protocol, const struct protocol_event *event);

/* The event is over for the platform, the runtime may still be at it: its late answer gets 410. */
void protocol_abandon(struct protocol *protocol);

/* The platform's own verdict: the answer becomes an error document. */
void protocol_fail(struct protocol *protocol, const char *type, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* The calls of a runtime. False: refusal is filled. */
MUST_CHECK bool protocol_next(struct protocol *protocol,
                              struct protocol_refusal *refusal);
MUST_CHECK bool protocol_post(struct protocol *protocol, const struct protocol_post *post,
                              struct protocol_refusal *refusal);
MUST_CHECK bool protocol_init_error(struct protocol *protocol, const char *error_type,
                                    struct protocol_refusal *refusal);

/* After a post was let in: its body, then its end. False: it was too large after all. */
void protocol_receive(struct protocol *protocol, const char *bytes, size_t len);
MUST_CHECK bool protocol_received(struct protocol *protocol,
                                  struct protocol_refusal *refusal);

/* Between the body of a streamed answer and its end: what came as trailers, NULL for what did not. */
void protocol_trailers(struct protocol *protocol, const char *error_type,
                       const char *error_body);

/* The post broke off before its end. */
void protocol_broken_off(struct protocol *protocol);

/* Fills refusal; false. */
bool protocol_refuse(struct protocol_refusal *refusal, unsigned status, const char *type,
                     const char *format, ...) PRINTF_LIKE(4, 5);

void protocol_free(struct protocol *protocol);

#endif
