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
    bool
        cut_body; /* a body beyond the limit: cut it (true) or fail the request (false) */
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

void http_close(struct http *http); /* NULL is allowed */

#endif
