/* SPDX-License-Identifier: MIT
 * What http_curl.c and http_stream.c share; for no one else. */
#ifndef LUNAMBDA_HTTP_CURL_H
#define LUNAMBDA_HTTP_CURL_H

#include "http.h"

#include <curl/curl.h>

/* Sets one option of `easy` unless an earlier one failed; the first failure stays in `rc`. */
#define SET(option, value)                                                               \
    do {                                                                                 \
        if (!rc)                                                                         \
            rc = curl_easy_setopt(easy, option, value);                                  \
    } while (0)

struct http {
    CURL *easy;
    CURLU *url;              /* base URL; each request rewrites its path alone */
    CURLM *multi;            /* only with a waker */
    int waker;               /* fd; -1 for none */
    struct buf line;         /* for one request header */
    struct http_reply *into; /* of the request under way */
    char detail[CURL_ERROR_SIZE];
};

/* Makes it the request under way: its path, and an empty reply for what will come. */
MUST_CHECK bool http_curl_aim(struct http *http, const char *path,
                              struct http_reply *reply, struct err *err);

/* After the transfer: its status into the reply, or what went wrong into err. */
MUST_CHECK bool http_curl_settle(struct http *http, CURL *easy, CURLcode rc,
                                 struct err *err);

/* Appends "name: value" to the list; false when out of memory, the list stays the caller's. */
MUST_CHECK bool http_curl_add_header(struct http *http, struct curl_slist **list,
                                     const char *name, const char *value);

#endif
