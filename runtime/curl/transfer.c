/* SPDX-License-Identifier: MIT */
#include "transfer.h"

#include "headers.h"

#include <fcntl.h>
#include <string.h>

/* Sets one option unless an earlier one failed; the first failure stays in rc. */
#define TRANSFER_SET(option, value)                                                      \
    do {                                                                                 \
        if (!rc)                                                                         \
            rc = curl_easy_setopt(transfer->easy, option, value);                        \
    } while (0)

static size_t receive_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct transfer *transfer = arg;
    size_t len = size * count;
    if (transfer->is_streamed)
        *transfer->has_news = true;
    if (transfer->is_streamed && transfer->body.len > 0 &&
        transfer->body.len + len > TRANSFER_AHEAD_BYTES) {
        transfer->is_paused = true;
        return CURL_WRITEFUNC_PAUSE; /* these bytes come again */
    }
    if ((long long)len > transfer->limit_bytes - transfer->received_bytes) {
        transfer->is_too_large = true;
        return CURL_WRITEFUNC_ERROR;
    }
    if (!buf_append(&transfer->body, bytes, len))
        return CURL_WRITEFUNC_ERROR;
    transfer->received_bytes += (long long)len;
    return len;
}

static size_t receive_header(char *line, size_t size, size_t count, void *arg)
{
    struct transfer *transfer = arg;
    size_t len = size * count;
    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        buf_clear(
            &transfer
                 ->head); /* a 1xx block, or a proxy's, came before: this one counts */
        return len;
    }
    return headers_add_line(&transfer->head, line, len) ? len : CURL_WRITEFUNC_ERROR;
}

/* A program that the handler starts must not hold the connection open. */
static int close_on_exec(void *unused, curl_socket_t socket, curlsocktype purpose)
{
    (void)unused;
    (void)purpose;
    return fcntl(socket, F_SETFD, FD_CLOEXEC) ? CURL_SOCKOPT_ERROR : CURL_SOCKOPT_OK;
}

static CURLcode set_constants(struct transfer *transfer)
{
    CURLcode rc = CURLE_OK;
    TRANSFER_SET(CURLOPT_ERRORBUFFER, transfer->detail);
    TRANSFER_SET(CURLOPT_PRIVATE, transfer);
    TRANSFER_SET(CURLOPT_PROTOCOLS_STR, "http,https");
    TRANSFER_SET(CURLOPT_NOSIGNAL, 1L); /* handlers may run in threads */
    TRANSFER_SET(CURLOPT_SOCKOPTFUNCTION, close_on_exec);
    TRANSFER_SET(CURLOPT_WRITEFUNCTION, receive_body);
    TRANSFER_SET(CURLOPT_WRITEDATA, transfer);
    TRANSFER_SET(CURLOPT_HEADERFUNCTION, receive_header);
    TRANSFER_SET(CURLOPT_HEADERDATA, transfer);
#if LIBCURL_VERSION_NUM >= 0x075700
    /* A time-out must not wait for a silent name server. The system's libcurl may be too old to know this. */
    (void)curl_easy_setopt(transfer->easy, CURLOPT_QUICK_EXIT, 1L);
#endif
    return rc;
}

/* Redirects are Lua's to follow, so the method stays what it is. */
static CURLcode set_method(struct transfer *transfer,
                           const struct transfer_request *request)
{
    CURLcode rc = CURLE_OK;
    if (request->body) {
        TRANSFER_SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
        TRANSFER_SET(CURLOPT_POSTFIELDS, request->body);
    }
    if (strcmp(request->method, "HEAD") == 0 && !request->body)
        TRANSFER_SET(CURLOPT_NOBODY, 1L);
    else
        TRANSFER_SET(CURLOPT_CUSTOMREQUEST, request->method);
    return rc;
}

static CURLcode set_request(struct transfer *transfer,
                            const struct transfer_request *request)
{
    CURLcode rc = set_method(transfer, request);
    TRANSFER_SET(CURLOPT_URL, request->url);
    TRANSFER_SET(CURLOPT_HTTPHEADER, transfer->headers);
    TRANSFER_SET(CURLOPT_TIMEOUT_MS, request->timeout_ms);
    TRANSFER_SET(CURLOPT_CONNECTTIMEOUT_MS, request->connect_timeout_ms);
    if (request->is_exact)
        TRANSFER_SET(CURLOPT_PATH_AS_IS, 1L);
    else
        TRANSFER_SET(CURLOPT_ACCEPT_ENCODING, ""); /* all that this libcurl can undo */
    if (request->is_direct)
        TRANSFER_SET(CURLOPT_NOPROXY, "*");
    if (request->ca_file)
        TRANSFER_SET(CURLOPT_CAINFO, request->ca_file);
    return rc;
}

CURLcode transfer_open(struct transfer *transfer, const struct transfer_request *request)
{
    transfer->head.limit = TRANSFER_HEADERS_LIMIT_BYTES;
    transfer->limit_bytes = request->limit_bytes;
    transfer->body.limit = (size_t)request->limit_bytes;
    transfer->is_streamed = request->is_streamed;
    transfer->easy = curl_easy_init();
    if (!transfer->easy)
        return CURLE_OUT_OF_MEMORY;
    CURLcode rc = set_constants(transfer);
    return rc ? rc : set_request(transfer, request);
}

CURLMcode transfer_start(struct transfer *transfer, CURLM *multi, bool *has_news)
{
    transfer->has_news = has_news;
    CURLMcode mc = curl_multi_add_handle(multi, transfer->easy);
    if (!mc)
        transfer->multi = multi;
    return mc;
}

void transfer_taken(struct transfer *transfer)
{
    buf_clear(&transfer->body);
    if (!transfer->is_paused)
        return;
    transfer->is_paused = false;
    /* Hands on at once what waited. What it fails by comes back as the transfer's end. */
    (void)curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
}

void transfer_close(struct transfer *transfer)
{
    if (transfer->multi)
        (void)curl_multi_remove_handle(transfer->multi, transfer->easy);
    transfer->multi = NULL;
    curl_easy_cleanup(transfer->easy); /* NULL is allowed here, and below */
    transfer->easy = NULL;
    curl_slist_free_all(transfer->headers);
    transfer->headers = NULL;
    buf_free(&transfer->head);
    buf_free(&transfer->body);
}

const char *transfer_error_kind(const struct transfer *transfer)
{
    static const struct {
        CURLcode rc;
        const char *kind;
    } kinds[] = {
        { CURLE_OPERATION_TIMEDOUT, "timeout" },
        { CURLE_COULDNT_RESOLVE_HOST, "resolve" },
        { CURLE_COULDNT_RESOLVE_PROXY, "resolve" },
        { CURLE_COULDNT_CONNECT, "connect" },
        { CURLE_SSL_CONNECT_ERROR, "tls" },
        { CURLE_PEER_FAILED_VERIFICATION, "tls" },
        { CURLE_SSL_CACERT_BADFILE, "tls" },
        { CURLE_SSL_CERTPROBLEM, "tls" },
        { CURLE_SSL_CIPHER, "tls" },
        { CURLE_SSL_ISSUER_ERROR, "tls" },
        { CURLE_URL_MALFORMAT, "url" },
        { CURLE_GOT_NOTHING, "connection" },
        { CURLE_SEND_ERROR, "connection" },
        { CURLE_RECV_ERROR, "connection" },
        { CURLE_PARTIAL_FILE, "connection" },
        { CURLE_WEIRD_SERVER_REPLY, "protocol" },
        { CURLE_UNSUPPORTED_PROTOCOL, "protocol" }, /* HTTP/0.9: no status line came */
        { CURLE_BAD_CONTENT_ENCODING, "protocol" },
        { CURLE_HTTP2, "protocol" },
        { CURLE_HTTP2_STREAM, "protocol" },
        { CURLE_OUT_OF_MEMORY, "memory" },
    };
    if (transfer->is_too_large)
        return "too_large";
    if (transfer->body.starved || transfer->head.starved)
        return "memory";
    if (transfer->head.full)
        return "too_large";
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].rc == transfer->rc)
            return kinds[i].kind;
    return "other";
}
