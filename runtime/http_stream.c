/* SPDX-License-Identifier: MIT
 * One upload that its caller pushes and libcurl pulls: an easy handle of its own in a multi handle, paused
 * whenever there is nothing to send. Callbacks see the piece in hand and the trailers, nothing else. */
#include "clock.h"
#include "http_curl.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    POLL_LIMIT_MS = 1000,  /* the wall clock may be set meanwhile */
    DESCRIPTORS_LIMIT = 8, /* of one transfer: a socket, or two while it connects */
    UPLOAD_BUFFER_BYTES = 64 * 1024,
};

struct http_stream {
    struct http *http;
    CURL *easy;
    CURLM *multi;
    struct curl_slist *headers;
    const char *bytes; /* what is left of the piece in hand; borrowed */
    size_t len;
    const struct http_header *trailers; /* borrowed */
    bool is_paused;                     /* libcurl asked for more than there was */
    bool is_ended;                      /* there will be no more */
    bool is_over;                       /* the transfer is */
    bool is_answered;                   /* then: by a reply, not by a broken connection */
    struct err why;                     /* then: what broke it */
};

static size_t give_piece(char *to, size_t size, size_t count, void *arg)
{
    struct http_stream *stream = arg;
    size_t room = size * count, len = stream->len < room ? stream->len : room;
    if (!len && !stream->is_ended) {
        stream->is_paused = true;
        return CURL_READFUNC_PAUSE;
    }
    if (len)
        memcpy(to, stream->bytes, len);
    stream->bytes += len;
    stream->len -= len;
    return len; /* 0 ends the body, so no piece may be empty */
}

static int give_trailers(struct curl_slist **list, void *arg)
{
    const struct http_stream *stream = arg;
    for (const struct http_header *trailer = stream->trailers; trailer->name; trailer++)
        if (!http_curl_add_header(stream->http, list, trailer->name, trailer->value))
            return CURL_TRAILERFUNC_ABORT;
    return CURL_TRAILERFUNC_OK;
}

/* What the handle does not have from the one that it is a copy of. */
static CURLcode configure(struct http_stream *stream)
{
    CURL *easy = stream->easy;
    CURLcode rc = CURLE_OK;
    SET(CURLOPT_ERRORBUFFER, stream->http->detail);
    SET(CURLOPT_CURLU, stream->http->url);
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_POSTFIELDS, NULL);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)-1);
    SET(CURLOPT_HTTPHEADER, stream->headers);
    SET(CURLOPT_READFUNCTION, give_piece);
    SET(CURLOPT_READDATA, stream);
    SET(CURLOPT_TRAILERFUNCTION, give_trailers);
    SET(CURLOPT_TRAILERDATA, stream);
    SET(CURLOPT_FORBID_REUSE, 1L);
    SET(CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_BUFFER_BYTES);
    return rc;
}

static bool list_headers(struct http_stream *stream, const struct http_header *headers)
{
    bool listed = http_curl_add_header(stream->http, &stream->headers,
                                       "Transfer-Encoding", "chunked");
    struct curl_slist *longer =
        listed ? curl_slist_append(stream->headers, "Expect:") : NULL;
    for (listed = longer != NULL; listed && headers->name; headers++)
        listed = http_curl_add_header(stream->http, &stream->headers, headers->name,
                                      headers->value);
    return listed;
}

static bool prepare(struct http_stream *stream, const struct http_header *headers,
                    struct err *err)
{
    if (!stream->easy || !stream->multi || !list_headers(stream, headers))
        return err_set(err, "not enough memory for a streamed POST");
    CURLcode rc = configure(stream);
    if (rc)
        return err_set(err, "libcurl refused a streamed POST: %s",
                       curl_easy_strerror(rc));
    CURLMcode multi_rc = curl_multi_add_handle(stream->multi, stream->easy);
    return !multi_rc || err_set(err, "libcurl refused a streamed POST: %s",
                                curl_multi_strerror(multi_rc));
}

struct http_stream *http_stream_open(struct http *http, const char *path,
                                     const struct http_header *headers,
                                     struct http_reply *reply, struct err *err)
{
    struct http_stream *stream = calloc(1, sizeof *stream);
    if (!stream) {
        err_set(err, "not enough memory for a streamed POST");
        return NULL;
    }
    stream->http = http;
    stream->easy = curl_easy_duphandle(http->easy);
    stream->multi = curl_multi_init();
    if (http_curl_aim(http, path, reply, err) && prepare(stream, headers, err))
        return stream;
    http_stream_close(stream);
    return NULL;
}

/* Notes that the transfer is over, and how it ended. */
static void finish(struct http_stream *stream, CURLcode rc)
{
    stream->is_over = true;
    stream->is_answered = http_curl_settle(stream->http, stream->easy, rc, &stream->why);
}

/* Lets libcurl send what it can without waiting. */
static void perform(struct http_stream *stream)
{
    int count = 0;
    CURLMcode rc = curl_multi_perform(stream->multi, &count);
    for (CURLMsg *message; (message = curl_multi_info_read(stream->multi, &count));)
        if (message->msg == CURLMSG_DONE)
            finish(stream, message->data.result);
    if (rc && !stream->is_over) {
        err_set(&stream->why, "%s", curl_multi_strerror(rc));
        stream->is_over = true;
    }
}

/* Whether bytes wait in libcurl's own buffer: from 8.7 on it asks for more before it has sent those. */
#if LIBCURL_VERSION_NUM >= 0x080800
static bool wants_to_send(const struct http_stream *stream)
{
    struct curl_waitfd fds[DESCRIPTORS_LIMIT];
    unsigned count = 0;
    if (curl_multi_waitfds(stream->multi, fds, DESCRIPTORS_LIMIT, &count))
        return false;
    for (unsigned i = 0; i < count && i < DESCRIPTORS_LIMIT; i++)
        if (fds[i].events & CURL_WAIT_POLLOUT)
            return true;
    return false;
}
#else /* an fd_set ends at 1023; libcurl leaves out what is above. That matters to 8.7 alone. */
static bool wants_to_send(const struct http_stream *stream)
{
    fd_set in, out, except;
    int max_fd = -1;
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_ZERO(&except);
    if (curl_multi_fdset(stream->multi, &in, &out, &except, &max_fd))
        return false;
    for (int fd = 0; fd <= max_fd; fd++)
        if (FD_ISSET(fd, &out))
            return true;
    return false;
}
#endif

/* Drives the transfer until the piece in hand has gone out, or it is over, or late. */
static enum http_progress drive(struct http_stream *stream, long long until_ms)
{
    if (stream->is_paused && !stream->is_over) {
        stream->is_paused = false;
        CURLcode rc = curl_easy_pause(stream->easy, CURLPAUSE_CONT);
        if (rc)
            finish(stream, rc);
    }
    while (!stream->is_over) {
        perform(stream);
        if (!stream->is_over && stream->is_paused && !wants_to_send(stream))
            return HTTP_TAKEN;
        long long left_ms = until_ms - clock_now_ms();
        if (stream->is_over)
            break;
        if (left_ms <= 0)
            return HTTP_LATE;
        CURLMcode rc =
            curl_multi_poll(stream->multi, NULL, 0,
                            left_ms < POLL_LIMIT_MS ? (int)left_ms : POLL_LIMIT_MS, NULL);
        if (rc) {
            err_set(&stream->why, "%s", curl_multi_strerror(rc));
            stream->is_over = true;
        }
    }
    return HTTP_OVER;
}

enum http_progress http_stream_write(struct http_stream *stream, const char *bytes,
                                     size_t len, long long until_ms, struct err *err)
{
    stream->bytes = bytes;
    stream->len = len;
    enum http_progress progress = drive(stream, until_ms);
    stream->len = 0; /* the bytes are the caller's */
    if (progress == HTTP_OVER)
        *err = stream->why;
    return progress;
}

bool http_stream_end(struct http_stream *stream, const struct http_header *trailers,
                     long long until_ms, struct err *err)
{
    stream->trailers = trailers;
    stream->is_ended = true;
    if (drive(stream, until_ms) == HTTP_LATE)
        return err_set(err, "nobody took the end of the body in time");
    if (!stream->is_answered)
        *err = stream->why;
    return stream->is_answered;
}

void http_stream_close(struct http_stream *stream)
{
    if (!stream)
        return;
    if (stream->multi && stream->easy)
        (void)curl_multi_remove_handle(stream->multi, stream->easy);
    curl_easy_cleanup(stream->easy);
    (void)curl_multi_cleanup(stream->multi);
    curl_slist_free_all(stream->headers);
    free(stream);
}
