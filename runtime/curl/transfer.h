/* SPDX-License-Identifier: MIT
 * One HTTP request of a handler's and what comes of it, driven by a curl multi handle (module.c).
 * Callbacks touch the transfer's own buffers and nothing else: never Lua.
 * The rules of each option: https://curl.se/libcurl/c/curl_easy_setopt.html */
#ifndef LUNAMBDA_CURL_TRANSFER_H
#define LUNAMBDA_CURL_TRANSFER_H

#include "buf.h"

#include <curl/curl.h>

enum {
    TRANSFER_HEADERS_LIMIT_BYTES = 256 * 1024,
    /* What a streamed body may be ahead of its reader. */
    TRANSFER_AHEAD_BYTES = 256 * 1024,
};

struct transfer {
    CURLM *multi; /* borrowed; NULL when it is not, or no longer, in one */
    CURL *easy;
    struct curl_slist *headers;
    struct buf head, body;    /* received; body: what nobody has taken yet */
    long long received_bytes; /* of the body, decoded */
    long long limit_bytes;    /* of the body */
    bool *has_news;           /* borrowed; set when bytes of a streamed body have come */
    bool is_streamed, is_paused; /* streamed: the body waits to be taken */
    bool is_too_large, is_done;  /* done: rc says how it ended */
    CURLcode rc;
    char detail[CURL_ERROR_SIZE];
};

/* Everything but the URL is optional. The strings are copied, but for body, which must outlive the transfer. */
struct transfer_request {
    const char *url, *method, *ca_file;
    const char *body; /* NULL: none */
    size_t body_len;
    long timeout_ms, connect_timeout_ms; /* 0: libcurl's default */
    long long limit_bytes;               /* of the answer's body */
    bool is_streamed;
    bool
        is_exact; /* the path goes out with its dot segments, the body comes as it was stored */
    bool is_direct; /* never through a proxy */
};

/* Prepares a request with the headers that are in the transfer, all else being zero. 0, or libcurl's error;
 * transfer_close is due in either case. */
CURLcode transfer_open(struct transfer *transfer, const struct transfer_request *request);

/* Puts it to work. has_news must outlive it. 0, or libcurl's error. */
CURLMcode transfer_start(struct transfer *transfer, CURLM *multi, bool *has_news);

/* Empties the body's buffer, whose contents have been copied, and lets a paused transfer go on. */
void transfer_taken(struct transfer *transfer);

/* Stops it and gives everything back. May be called twice. */
void transfer_close(struct transfer *transfer);

/* A word for what went wrong: "timeout", "resolve", "connect", "tls", "too_large", "url", "connection", "protocol",
 * "memory", "other". */
const char *transfer_error_kind(const struct transfer *transfer);

#endif
