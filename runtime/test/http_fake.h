/* SPDX-License-Identifier: MIT
 * A platform that answers from a script and remembers what it was asked: http.h without a network. */
#ifndef LUNAMBDA_HTTP_FAKE_H
#define LUNAMBDA_HTTP_FAKE_H

#include <stdbool.h>

enum {
    FAKE_CALLS_LIMIT = 16,
    FAKE_TEXT_LIMIT_BYTES = 1024,
    FAKE_HEADERS_LIMIT_BYTES = 40 * 1024, /* a cause is 32 KiB */
};

struct fake_answer {
    int status;          /* 0: no reply, the connection failed */
    const char *headers; /* lines, "Name: value\r\n" */
    const char *body;
};

struct fake_call {
    bool is_post;
    char path[FAKE_TEXT_LIMIT_BYTES];
    char headers[FAKE_HEADERS_LIMIT_BYTES]; /* "Name: value\n" each */
    /* Of a streamed post: its pieces, a '|' behind each. */
    char body[FAKE_TEXT_LIMIT_BYTES];
    char trailers[FAKE_HEADERS_LIMIT_BYTES]; /* as headers */
    bool is_stream, is_ended, is_closed;
};

/* Script and record of the test under way; emptied by fake_reset. */
struct fake_platform {
    struct fake_answer answers[FAKE_CALLS_LIMIT]; /* the last one used is repeated */
    struct fake_call calls[FAKE_CALLS_LIMIT];
    int answer_count, call_count;
    bool is_woken;    /* what http_is_woken says */
    int woken_at;     /* it says so, too, from this call on; 0: from none */
    int opened;       /* how often http_open was called */
    int pieces_taken; /* of a streamed post; the next one is late, or meets the answer */
    bool next_is_late;
    bool no_streams;        /* http_stream_open fails */
    long long until_ms;     /* what the latest piece, or the end of it, had for a limit */
    long long now_ms;       /* what clock_now_ms gives */
    long long monotonic_us; /* what clock_monotonic_us gives */
    long long wait_us;      /* how long a GET with headers takes */
    int paused_ms;          /* what pause_for_ms was asked for, in all */
};

extern struct fake_platform fake;

void fake_reset(void);

/* Adds one answer to the script. */
void fake_answer(int status, const char *headers, const char *body);

#endif
