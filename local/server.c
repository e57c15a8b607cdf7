/* SPDX-License-Identifier: MIT */
#include "server.h"

#include "document.h"

#include <microhttpd.h>

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define INVOCATION "/2018-06-01/runtime/invocation/"

enum { REPLY_LIMIT_BYTES = 4096, HOST_SIZE = sizeof "127.0.0.1:65535" };

struct server {
    struct MHD_Daemon *daemon;
    struct protocol *protocol;
    struct MHD_Connection *waiting; /* the suspended /next; NULL for none */
    struct request *answering;      /* whose body protocol receives; NULL for none */
    unsigned port;
    unsigned generation; /* counts the runtimes that are gone */
    bool woken;          /* a connection was resumed: no descriptor tells of it */
};

enum route {
    ROUTE_REFUSED,
    ROUTE_NEXT,
    ROUTE_ANSWER, /* a post that protocol let in */
    ROUTE_PING,
};

/* One HTTP request; lives from its headers to its end. */
struct request {
    enum route route;
    unsigned generation; /* of the runtime that was there when it began */
    struct protocol_refusal refusal;
};

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static enum MHD_Result queue(struct MHD_Connection *connection, unsigned status,
                             struct MHD_Response *response)
{
    if (!response)
        return MHD_NO;
    enum MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result queue_text(struct MHD_Connection *connection, unsigned status,
                                  char *text, size_t len, const char *type)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_COPY);
    if (response)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    return queue(connection, status, response);
}

static enum MHD_Result queue_refusal(struct MHD_Connection *connection,
                                     const struct protocol_refusal *refusal)
{
    struct buf text = { .limit = REPLY_LIMIT_BYTES };
    enum MHD_Result queued = MHD_NO;
    if (document_write(&text, refusal->type, refusal->reason))
        queued = queue_text(connection, refusal->status, text.data, text.len,
                            "application/json");
    buf_free(&text);
    return queued;
}

static enum MHD_Result queue_accepted(struct MHD_Connection *connection)
{
    char text[] = "{\"status\":\"OK\"}\n";
    return queue_text(connection, MHD_HTTP_ACCEPTED, text, strlen(text),
                      "application/json");
}

static bool add_event_headers(struct MHD_Response *response,
                              const struct protocol_event *event)
{
    char deadline[24];
    (void)snprintf(deadline, sizeof deadline, "%lld", event->deadline_ms);
    const char *headers[][2] = {
        { MHD_HTTP_HEADER_CONTENT_TYPE, "application/json" },
        { "Lambda-Runtime-Aws-Request-Id", event->request_id },
        { "Lambda-Runtime-Deadline-Ms", deadline },
        { "Lambda-Runtime-Invoked-Function-Arn", event->arn },
        { "Lambda-Runtime-Invocation-Id", event->invocation_id },
        { "Lambda-Runtime-Trace-Id", event->trace },
        { "Lambda-Runtime-Client-Context", event->client_context },
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        const char *value = headers[i][1];
        if (value && *value && !MHD_add_response_header(response, headers[i][0], value))
            return false;
    }
    return true;
}

static enum MHD_Result queue_event(struct MHD_Connection *connection,
                                   const struct protocol_event *event)
{
    char nothing[] = "";
    const struct buf *body = event->body;
    struct MHD_Response *response = MHD_create_response_from_buffer(
        body->len, body->len ? body->data : nothing,
        body->len ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_COPY);
    if (response && !add_event_headers(response, event)) {
        MHD_destroy_response(response);
        return MHD_NO;
    }
    return queue(connection, MHD_HTTP_OK, response);
}

/* True when nobody reads what we would answer. A suspended connection is not polled, so ask. */
static bool has_hung_up(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    char byte;
    ssize_t got = info ? recv(info->connect_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) : 0;
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

void server_wake(struct server *server)
{
    struct MHD_Connection *connection = server->waiting;
    server->waiting = NULL;
    if (!connection)
        return;
    MHD_resume_connection(connection);
    server->woken = true;
}

static bool is_of_a_past_runtime(const struct server *server, struct request *request)
{
    return request->generation != server->generation &&
           !protocol_refuse(&request->refusal, MHD_HTTP_GONE, "InvokeTimeout",
                            "the runtime that began this call has ended");
}

/* Called when the request is complete, and again each time that it was suspended and is woken. */
static enum MHD_Result answer_next(struct server *server,
                                   struct MHD_Connection *connection,
                                   struct request *request)
{
    struct protocol *protocol = server->protocol;
    if (is_of_a_past_runtime(server, request))
        return queue_refusal(connection, &request->refusal);
    if (server->waiting && has_hung_up(server->waiting)) {
        server_wake(
            server); /* libmicrohttpd finds it closed; the one who asks now takes over */
        if (protocol->state == PROTOCOL_READY)
            protocol->state = PROTOCOL_ANSWERED;
    }
    /* A runtime that lost its connection asks on a new one before the old one's end is heard. */
    bool is_early = protocol->state == PROTOCOL_ANSWERING && !server->waiting;
    if (!is_early && !protocol_next(protocol, &request->refusal))
        return queue_refusal(connection, &request->refusal);
    if (protocol->state == PROTOCOL_RUNNING)
        return queue_event(connection, &protocol->event);
    MHD_suspend_connection(connection);
    server->waiting = connection;
    return MHD_YES;
}

/* A web page can make a browser call 127.0.0.1: under its own host name (DNS rebinding), or
 * across origins. A runtime does neither. */
static bool is_from_a_runtime(const struct server *server,
                              struct MHD_Connection *connection,
                              struct protocol_refusal *refusal)
{
    char number[HOST_SIZE], name[HOST_SIZE];
    (void)snprintf(number, sizeof number, "127.0.0.1:%u", server->port & 0xffffU);
    (void)snprintf(name, sizeof name, "localhost:%u", server->port & 0xffffU);
    const char *host = header(connection, MHD_HTTP_HEADER_HOST);
    if (!host || (strcasecmp(host, number) != 0 && strcasecmp(host, name) != 0))
        return protocol_refuse(refusal, MHD_HTTP_FORBIDDEN, "InvalidHost",
                               "the Host header must be %s or %s", number, name);
    if (header(connection, "Origin"))
        return protocol_refuse(refusal, MHD_HTTP_FORBIDDEN, "InvalidOrigin",
                               "web pages may not call the Runtime API");
    return true;
}

/* Splits "…/invocation/<id>/<end>"; false when the path is not of this form. */
static bool read_invocation_path(const char *path, const char *end, char *id,
                                 size_t id_size)
{
    size_t prefix_len = strlen(INVOCATION), len = strlen(path), end_len = strlen(end);
    if (strncmp(path, INVOCATION, prefix_len) != 0 || len <= prefix_len + end_len ||
        strcmp(path + len - end_len, end) != 0)
        return false;
    size_t id_len = len - prefix_len - end_len;
    const char *from = path + prefix_len;
    if (memchr(from, '/', id_len))
        return false;
    (void)snprintf(id, id_size, "%.*s", (int)(id_len < id_size ? id_len : id_size - 1),
                   from);
    return true;
}

static bool expects(const char *method, const char *expected,
                    struct protocol_refusal *refusal)
{
    return strcmp(method, expected) == 0 ||
           protocol_refuse(refusal, MHD_HTTP_METHOD_NOT_ALLOWED, "MethodNotAllowed",
                           "this path takes %s", expected);
}

static bool let_in_post(struct server *server, struct MHD_Connection *connection,
                        const char *id, bool is_error, struct protocol_refusal *refusal)
{
    struct protocol_post post = {
        .request_id = id,
        .invocation_id = header(connection, "Lambda-Runtime-Invocation-Id"),
        .error_type = header(connection, "Lambda-Runtime-Function-Error-Type"),
        .response_mode = header(connection, "Lambda-Runtime-Function-Response-Mode"),
        .is_error = is_error,
    };
    return protocol_post(server->protocol, &post, refusal);
}

/* What the request is, and whether its body is wanted. */
static enum route find_route(struct server *server, struct MHD_Connection *connection,
                             const char *path, const char *method,
                             struct protocol_refusal *refusal)
{
    char id
        [PROTOCOL_REASON_LIMIT_BYTES]; /* longer than any id of ours: cut ones never match */
    bool is_error = false;
    if (!is_from_a_runtime(server, connection, refusal))
        return ROUTE_REFUSED;
    if (strcmp(path, INVOCATION "next") == 0)
        return expects(method, "GET", refusal) ? ROUTE_NEXT : ROUTE_REFUSED;
    if (strcmp(path, "/2018-06-01/ping") == 0)
        return expects(method, "GET", refusal) ? ROUTE_PING : ROUTE_REFUSED;
    if (strcmp(path, "/2018-06-01/runtime/init/error") == 0)
        return expects(method, "POST", refusal) &&
                       protocol_init_error(
                           server->protocol,
                           header(connection, "Lambda-Runtime-Function-Error-Type"),
                           refusal)
                   ? ROUTE_ANSWER
                   : ROUTE_REFUSED;
    if (read_invocation_path(path, "/response", id, sizeof id) ||
        (is_error = read_invocation_path(path, "/error", id, sizeof id)))
        return expects(method, "POST", refusal) &&
                       let_in_post(server, connection, id, is_error, refusal)
                   ? ROUTE_ANSWER
                   : ROUTE_REFUSED;
    (void)protocol_refuse(refusal, MHD_HTTP_NOT_FOUND, "NotFound",
                          "the Runtime API has no such path");
    return ROUTE_REFUSED;
}

static enum MHD_Result begin_request(struct server *server,
                                     struct MHD_Connection *connection, const char *path,
                                     const char *method, void **slot)
{
    struct request *request = calloc(1, sizeof *request);
    if (!request)
        return MHD_NO;
    *slot = request;
    request->generation = server->generation;
    request->route = find_route(server, connection, path, method, &request->refusal);
    if (request->route == ROUTE_ANSWER)
        server->answering = request;
    return MHD_YES;
}

static enum MHD_Result end_request(struct server *server,
                                   struct MHD_Connection *connection,
                                   struct request *request)
{
    char pong[] = "pong";
    switch (request->route) {
    case ROUTE_REFUSED: break;
    case ROUTE_NEXT: return answer_next(server, connection, request);
    case ROUTE_PING:
        return queue_text(connection, MHD_HTTP_OK, pong, strlen(pong), "text/plain");
    case ROUTE_ANSWER:
        if (is_of_a_past_runtime(server, request))
            break;
        server->answering = NULL;
        server_wake(server); /* a /next that came early */
        if (protocol_received(server->protocol, &request->refusal))
            return queue_accepted(connection);
        break;
    }
    return queue_refusal(connection, &request->refusal);
}

/* libmicrohttpd calls it with the headers, with each piece of the body, and at the end. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection,
                                  const char *path, const char *method,
                                  const char *version, const char *bytes, size_t *len,
                                  void **slot)
{
    struct server *server = cls;
    (void)version;
    if (!*slot)
        return begin_request(server, connection, path, method, slot);
    struct request *request = *slot;
    if (*len == 0)
        return end_request(server, connection, request);
    if (server->answering == request)
        protocol_receive(server->protocol, bytes, *len);
    *len = 0; /* what is refused is read all the same: the caller shall see the reason */
    return MHD_YES;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **slot,
                         enum MHD_RequestTerminationCode why)
{
    struct server *server = cls;
    (void)why;
    if (server->waiting == connection)
        server->waiting = NULL;
    if (*slot && server->answering == *slot) {
        server->answering = NULL;
        server_wake(server);
        protocol_broken_off(server->protocol);
    }
    free(*slot);
    *slot = NULL;
}

struct server *server_open(struct protocol *protocol, struct err *err)
{
    struct sockaddr_in loopback = { .sin_family = AF_INET };
    loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct server *server = calloc(1, sizeof *server);
    if (!server) {
        (void)err_set(err, "no memory for the Runtime API");
        return NULL;
    }
    server->protocol = protocol;
    /* Not epoll: edge-triggered, 0.9.75 misses the end of a connection that comes with data. */
    server->daemon = MHD_start_daemon(
        MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR,
        (struct sockaddr *)&loopback, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)SERVER_CONNECTION_MEMORY_BYTES, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)SERVER_CONNECTIONS_LIMIT, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        server, MHD_OPTION_END);
    const union MHD_DaemonInfo *port = NULL;
    if (server->daemon)
        port = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    server->port = port ? port->port : 0;
    if (!server->port) {
        (void)err_set(err, "cannot serve the Runtime API on 127.0.0.1: %s",
                      strerror(errno));
        server_close(server);
        return NULL;
    }
    return server;
}

unsigned server_port(const struct server *server)
{
    return server->port;
}

size_t server_watch(struct server *server, struct pollfd fds[SERVER_FDS_LIMIT])
{
    fd_set in, out, except;
    int max_fd = -1;
    size_t count = 0;
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_ZERO(&except);
    if (MHD_get_fdset(server->daemon, &in, &out, &except, &max_fd) != MHD_YES)
        return 0;
    for (int fd = 0; fd <= max_fd && count < SERVER_FDS_LIMIT; fd++) {
        int events =
            (FD_ISSET(fd, &in) ? POLLIN : 0) | (FD_ISSET(fd, &out) ? POLLOUT : 0);
        if (events)
            fds[count++] = (struct pollfd){ .fd = fd, .events = (short)events };
    }
    return count;
}

int server_timeout_ms(struct server *server)
{
    MHD_UNSIGNED_LONG_LONG ms = 0;
    if (server->woken)
        return 0;
    if (MHD_get_timeout(server->daemon, &ms) != MHD_YES)
        return -1;
    return ms < INT_MAX ? (int)ms : INT_MAX;
}

bool server_run(struct server *server)
{
    server->woken = false;
    return MHD_run(server->daemon) == MHD_YES;
}

void server_forget(struct server *server)
{
    server_wake(server);
    server->answering = NULL;
    server->generation++;
}

void server_close(struct server *server)
{
    if (!server)
        return;
    server_wake(
        server); /* libmicrohttpd must not be stopped with a suspended connection */
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    free(server);
}
