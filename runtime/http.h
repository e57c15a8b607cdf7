/* SPDX-License-Identifier: MIT
 * The platform seam: what the Runtime API needs of HTTP. Defined by http_curl.c, and by test/http_fake.c. */
#ifndef LUNAMBDA_HTTP_H
#define LUNAMBDA_HTTP_H

#include "buf.h"
#include "err.h"

struct http;

/* What came back. Starts with the limits of its buffers set; emptied by each request. */
struct http_reply {
    int status;
    struct buf body;
    struct buf headers; /* see headers.h */
    /* A body beyond the limit: cut it (true) or fail the request (false). */
    bool cut_body;
};

struct http_header {
    const char *name, *value; /* borrowed for the call; without control characters */
};

/* One client of one server, "http://host:port"; one connection, kept alive. NULL with a message in err. */
struct http *http_open(const char *base_url, const char *user_agent, struct err *err);

/* GET base_url + path. Waits for ever: the sandbox sleeps inside /next, for hours.
 * False with a message when no whole reply came; any status is a reply. */
MUST_CHECK bool http_get(struct http *http, const char *path, struct http_reply *reply,
                         struct err *err);

/* The same with headers of the caller's, ending with { NULL, NULL }. */
MUST_CHECK bool http_get_with(struct http *http, const char *path,
                              const struct http_header *headers, struct http_reply *reply,
                              struct err *err);

/* From now on a GET under way, or begun, fails as soon as fd is readable: how a wait in /next is ended
 * from outside. fd is borrowed. */
void http_wake_by(struct http *http, int fd);

/* Whether that is so now. */
bool http_is_woken(const struct http *http);

/* POST base_url + path. The body is borrowed for the call; headers ends with { NULL, NULL }. */
MUST_CHECK bool http_post(struct http *http, const char *path,
                          const struct http_header *headers, const char *body, size_t len,
                          struct http_reply *reply, struct err *err);

/* A POST whose body is sent piece by piece, chunked, on a connection of its own that is closed behind it. */
struct http_stream;

enum http_progress {
    HTTP_TAKEN,
    HTTP_LATE, /* the time was over; the rest of the piece is forgotten */
    HTTP_OVER, /* the server answered before the end (the reply has a status), or the connection broke (it has 0) */
};

/* Prepares a POST of base_url + path; connects with the first piece. reply must outlive the stream; its status is
 * 0 until it came. headers end with { NULL, NULL }. NULL with a message in err. */
struct http_stream *http_stream_open(struct http *http, const char *path,
                                     const struct http_header *headers,
                                     struct http_reply *reply, struct err *err);

/* Sends one piece (len > 0) at the server's pace. until_ms: Unix epoch. Once OVER it stays so, with the same err. */
MUST_CHECK enum http_progress http_stream_write(struct http_stream *stream,
                                                const char *bytes, size_t len,
                                                long long until_ms, struct err *err);

/* Ends the body with these trailers ({ NULL, NULL } alone for none) and waits for the reply: true when it came,
 * whatever its status, before the end of the body or after it. */
MUST_CHECK bool http_stream_end(struct http_stream *stream,
                                const struct http_header *trailers, long long until_ms,
                                struct err *err);

/* Closes the connection, in the middle of the body if it must. NULL is allowed. */
void http_stream_close(struct http_stream *stream);

void http_close(struct http *http); /* NULL is allowed */

#endif
