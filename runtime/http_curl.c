/* SPDX-License-Identifier: MIT
 * HTTP by libcurl: one easy handle for the life of the worker, its connection reused by every request.
 * Callbacks touch the reply's buffers and nothing else. */
#include "http_curl.h"

#include "headers.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONNECT_TIMEOUT_MS = 5000,
    BUFFER_BYTES =
        64 * 1024, /* below malloc's threshold for mapping: 256 KiB is slower */
    DAY_S = 24 * 60 * 60,
    POLL_MS = 60 * 1000, /* how long at most until libcurl sees to its own clocks */
    HEADER_LINE_LIMIT_BYTES = 64 * 1024,
};

static size_t receive_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct http_reply *reply = ((struct http *)arg)->into;
    size_t len = size * count, taken = len;
    if (reply->cut_body && taken > reply->body.limit - reply->body.len)
        taken = reply->body.limit - reply->body.len;
    if (!buf_append(&reply->body, bytes, taken))
        return CURL_WRITEFUNC_ERROR;
    return len;
}

static size_t receive_header(char *line, size_t size, size_t count, void *arg)
{
    struct http_reply *reply = ((struct http *)arg)->into;
    size_t len = size * count;
    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        buf_clear(&reply->headers); /* a 1xx block came before: this one counts */
        return len;
    }
    return headers_add_line(&reply->headers, line, len) ? len : CURL_WRITEFUNC_ERROR;
}

/* A program that a handler starts must not hold our connection open. */
static int close_on_exec(void *unused, curl_socket_t socket, curlsocktype purpose)
{
    (void)unused;
    (void)purpose;
    return fcntl(socket, F_SETFD, FD_CLOEXEC) ? CURL_SOCKOPT_ERROR : CURL_SOCKOPT_OK;
}

/* Options that no request changes. */
static CURLcode configure(struct http *http, const char *user_agent)
{
    CURL *easy = http->easy;
    CURLcode rc = CURLE_OK;
    SET(CURLOPT_ERRORBUFFER, http->detail);
    SET(CURLOPT_CURLU, http->url);
    SET(CURLOPT_USERAGENT, user_agent);
    SET(CURLOPT_PROTOCOLS_STR, "http");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_PROXY, ""); /* an inherited proxy must never see an event */
    SET(CURLOPT_NOPROXY, "*");
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_TIMEOUT, 0L); /* the sandbox sleeps inside /next, for hours */
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_TCP_NODELAY, 1L);
    SET(CURLOPT_MAXAGE_CONN,
        (long)DAY_S); /* a handler may run 15 minutes; 118 s is the default */
    SET(CURLOPT_SOCKOPTFUNCTION, close_on_exec);
    SET(CURLOPT_BUFFERSIZE, (long)BUFFER_BYTES);
    SET(CURLOPT_UPLOAD_BUFFERSIZE, (long)BUFFER_BYTES);
    SET(CURLOPT_WRITEFUNCTION, receive_body);
    SET(CURLOPT_WRITEDATA, http);
    SET(CURLOPT_HEADERFUNCTION, receive_header);
    SET(CURLOPT_HEADERDATA, http);
    return rc;
}

static bool prepare(struct http *http, const char *base_url, const char *user_agent,
                    struct err *err)
{
    if (!http->easy || !http->url)
        return err_set(err, "libcurl did not start: not enough memory");
    CURLUcode bad_url = curl_url_set(http->url, CURLUPART_URL, base_url, 0);
    if (bad_url)
        return err_set(err, "%s is no address: %s", base_url, curl_url_strerror(bad_url));
    CURLcode rc = configure(http, user_agent);
    return !rc || err_set(err, "libcurl refused an option: %s", curl_easy_strerror(rc));
}

struct http *http_open(const char *base_url, const char *user_agent, struct err *err)
{
    struct http *http = calloc(1, sizeof *http);
    if (!http) {
        err_set(err, "not enough memory for the HTTP client");
        return NULL;
    }
    http->line.limit = HEADER_LINE_LIMIT_BYTES;
    http->waker = -1;
    http->easy = curl_easy_init();
    http->url = curl_url();
    if (prepare(http, base_url, user_agent, err))
        return http;
    http_close(http);
    return NULL;
}

bool http_is_woken(const struct http *http)
{
    struct pollfd waker = { .fd = http->waker, .events = POLLIN };
    return http->waker >= 0 && poll(&waker, 1, 0) > 0;
}

void http_wake_by(struct http *http, int fd)
{
    http->waker = fd;
}

/* curl_easy_perform with an eye on the waker: by itself libcurl looks at its own sockets only. */
static CURLcode perform_wakeably(struct http *http, bool is_get)
{
    struct curl_waitfd waker = { .fd = http->waker, .events = CURL_WAIT_POLLIN };
    CURLcode rc = CURLE_ABORTED_BY_CALLBACK;
    if (!http->multi)
        http->multi = curl_multi_init();
    if (is_get && http_is_woken(http))
        return rc;
    if (!http->multi || curl_multi_add_handle(http->multi, http->easy))
        return CURLE_OUT_OF_MEMORY;
    int running = 0;
    CURLMcode mc = curl_multi_perform(http->multi, &running);
    while (!mc && running && !(is_get && http_is_woken(http))) {
        mc = curl_multi_poll(http->multi, &waker, is_get ? 1 : 0, POLL_MS, NULL);
        if (!mc)
            mc = curl_multi_perform(http->multi, &running);
    }
    int left = 0;
    const CURLMsg *end = curl_multi_info_read(http->multi, &left);
    if (end && end->msg == CURLMSG_DONE)
        rc = end->data.result;
    (void)curl_multi_remove_handle(http->multi, http->easy);
    return rc;
}

bool http_curl_aim(struct http *http, const char *path, struct http_reply *reply,
                   struct err *err)
{
    if (curl_url_set(http->url, CURLUPART_PATH, path, 0))
        return err_set(err, "cannot ask for the path %s", path);
    buf_clear(&reply->body);
    buf_clear(&reply->headers);
    reply->status = 0;
    http->into = reply;
    http->detail[0] = '\0';
    return true;
}

bool http_curl_settle(struct http *http, CURL *easy, CURLcode rc, struct err *err)
{
    struct http_reply *reply = http->into;
    long status = 0;
    if (!rc)
        rc = curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    reply->status = (int)status;
    if (!rc)
        return true;
    if (reply->body.full)
        return err_set(err, "the body is larger than %zu bytes", reply->body.limit);
    return err_set(err, "%s", http->detail[0] ? http->detail : curl_easy_strerror(rc));
}

/* Performs the request that was set up. */
static bool perform(struct http *http, const char *path, bool is_get,
                    struct http_reply *reply, struct err *err)
{
    if (!http_curl_aim(http, path, reply, err))
        return false;
    CURLcode rc =
        http->waker < 0 ? curl_easy_perform(http->easy) : perform_wakeably(http, is_get);
    return http_curl_settle(http, http->easy, rc, err);
}

bool http_get(struct http *http, const char *path, struct http_reply *reply,
              struct err *err)
{
    CURL *easy = http->easy;
    CURLcode rc = CURLE_OK;
    SET(CURLOPT_HTTPGET, 1L);
    SET(CURLOPT_HTTPHEADER, NULL);
    if (rc)
        return err_set(err, "libcurl refused a GET: %s", curl_easy_strerror(rc));
    return perform(http, path, true, reply, err);
}

bool http_curl_add_header(struct http *http, struct curl_slist **list, const char *name,
                          const char *value)
{
    buf_clear(&http->line);
    if (!buf_printf(&http->line, "%s: %s", name, value))
        return false;
    struct curl_slist *longer = curl_slist_append(*list, buf_text(&http->line));
    if (longer)
        *list = longer;
    return longer != NULL;
}

bool http_get_with(struct http *http, const char *path, const struct http_header *headers,
                   struct http_reply *reply, struct err *err)
{
    CURL *easy = http->easy;
    CURLcode rc = CURLE_OK;
    struct curl_slist *list = NULL;
    bool got = false, listed = true;
    for (; listed && headers->name; headers++)
        listed = http_curl_add_header(http, &list, headers->name, headers->value);
    SET(CURLOPT_HTTPGET, 1L);
    SET(CURLOPT_HTTPHEADER, list);
    if (!listed)
        err_set(err, "not enough memory for the headers of a GET");
    else if (rc)
        err_set(err, "libcurl refused a GET: %s", curl_easy_strerror(rc));
    else
        got = perform(http, path, true, reply, err);
    rc = CURLE_OK;
    SET(CURLOPT_HTTPHEADER, NULL); /* the handle must not keep what we free */
    curl_slist_free_all(list);
    return got;
}

bool http_post(struct http *http, const char *path, const struct http_header *headers,
               const char *body, size_t len, struct http_reply *reply, struct err *err)
{
    CURL *easy = http->easy;
    CURLcode rc = CURLE_OK;
    /* Without this libcurl asks leave for a body above 1 MB, and waits a second for it. */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    bool sent = false, listed = list != NULL;
    for (; listed && headers->name; headers++)
        listed = http_curl_add_header(http, &list, headers->name, headers->value);
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_HTTPHEADER, list);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
    SET(CURLOPT_POSTFIELDS, body ? body : ""); /* NULL would ask a read callback */
    if (!listed)
        err_set(err, "a header of the POST is longer than %d bytes, or memory ran out",
                HEADER_LINE_LIMIT_BYTES);
    else if (rc)
        err_set(err, "libcurl refused a POST: %s", curl_easy_strerror(rc));
    else
        sent = perform(http, path, false, reply, err);
    /* The handle must not keep what we free. */
    rc = CURLE_OK;
    SET(CURLOPT_HTTPHEADER, NULL);
    SET(CURLOPT_POSTFIELDS, NULL);
    curl_slist_free_all(list);
    return sent;
}

void http_close(struct http *http)
{
    if (!http)
        return;
    curl_easy_cleanup(http->easy);
    curl_multi_cleanup(http->multi); /* harmless on NULL */
    curl_url_cleanup(http->url);
    buf_free(&http->line);
    free(http);
}
