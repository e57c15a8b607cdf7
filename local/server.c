/* SPDX-License-Identifier: MIT */
#include "server.h"

#include "reply.h"
#include "route.h"

#include <microhttpd.h>

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* One event at a time. */
struct lane {
    struct protocol *protocol;
    struct MHD_Connection *waiting; /* the suspended /next; NULL for none */
    struct request *answering;      /* whose body protocol receives; NULL for none */
};

struct server {
    struct MHD_Daemon *daemon;
    struct lane lanes[OPTIONS_CONCURRENCY_LIMIT];
    size_t lane_count;
    struct MHD_Connection *parked; /* the suspended wait of an extension; NULL for none */
    bool has_extension;            /* one was registered by the present runtime */
    unsigned port;
    unsigned generation; /* counts the runtimes that are gone */
    bool woken;          /* a connection was resumed: no descriptor tells of it */
};

/* One HTTP request; lives from its headers to its end. */
struct request {
    enum route route;
    struct lane *lane;   /* NULL until it is known */
    unsigned generation; /* of the runtime that was there when it began */
    struct protocol_refusal refusal;
};

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static const char *trailer(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_FOOTER_KIND, name);
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

static void wake(struct server *server, struct lane *lane)
{
    struct MHD_Connection *connection = lane->waiting;
    lane->waiting = NULL;
    if (!connection)
        return;
    MHD_resume_connection(connection);
    server->woken = true;
}

static void wake_all(struct server *server)
{
    for (size_t i = 0; i < server->lane_count; i++)
        wake(server, &server->lanes[i]);
    if (server->parked) {
        MHD_resume_connection(server->parked);
        server->parked = NULL;
        server->woken = true;
    }
}

void server_wake(struct server *server, const struct protocol *protocol)
{
    for (size_t i = 0; i < server->lane_count; i++)
        if (server->lanes[i].protocol == protocol)
            wake(server, &server->lanes[i]);
}

static bool is_of_a_past_runtime(const struct server *server, struct request *request)
{
    return request->generation != server->generation &&
           !protocol_refuse(&request->refusal, MHD_HTTP_GONE, "InvokeTimeout",
                            "the runtime that began this call has ended");
}

static bool may_take_next(const struct lane *lane)
{
    enum protocol_state state = lane->protocol->state;
    return state == PROTOCOL_STARTED || state == PROTOCOL_ANSWERED;
}

/* Any worker may take any lane that has no event. When none is free, the first says why. */
static struct lane *lane_for_next(struct server *server)
{
    for (size_t i = 0; i < server->lane_count; i++)
        if (may_take_next(&server->lanes[i]))
            return &server->lanes[i];
    for (size_t i = 1; i < server->lane_count; i++)
        if (server->lanes[i].protocol->state == PROTOCOL_ANSWERING &&
            !server->lanes[i].waiting)
            return &server->lanes[i];
    return &server->lanes[0];
}

static struct lane *lane_of_event(struct server *server, const char *id)
{
    for (size_t i = 0; i < server->lane_count; i++)
        if (strcmp(server->lanes[i].protocol->event.request_id, id) == 0)
            return &server->lanes[i];
    return &server->lanes[0];
}

/* Called when the request is complete, and again each time that it was suspended and is woken. */
static enum MHD_Result answer_next(struct server *server,
                                   struct MHD_Connection *connection,
                                   struct request *request)
{
    if (!request->lane)
        request->lane = lane_for_next(server);
    struct lane *lane = request->lane;
    struct protocol *protocol = lane->protocol;
    if (is_of_a_past_runtime(server, request))
        return reply_refusal(connection, &request->refusal);
    if (lane->waiting && has_hung_up(lane->waiting)) {
        wake(server,
             lane); /* libmicrohttpd finds it closed; the one who asks now takes over */
        if (protocol->state == PROTOCOL_READY)
            protocol->state = PROTOCOL_ANSWERED;
    }
    /* A runtime that lost its connection asks on a new one before the old one's end is heard. */
    bool is_early = protocol->state == PROTOCOL_ANSWERING && !lane->waiting;
    if (!is_early && !protocol_next(protocol, &request->refusal))
        return reply_refusal(connection, &request->refusal);
    if (protocol->state == PROTOCOL_RUNNING)
        return reply_event(connection, &protocol->event);
    MHD_suspend_connection(connection);
    lane->waiting = connection;
    return MHD_YES;
}

static bool is_post(enum route route)
{
    return route == ROUTE_RESPONSE || route == ROUTE_ERROR || route == ROUTE_INIT_ERROR;
}

/* Decides by the headers whether the body that follows is wanted. */
static bool let_in_post(struct MHD_Connection *connection, const char *id,
                        struct request *request)
{
    const char *error_type = header(connection, "Lambda-Runtime-Function-Error-Type");
    struct protocol_post post = {
        .request_id = id,
        .invocation_id = header(connection, "Lambda-Runtime-Invocation-Id"),
        .error_type = error_type,
        .response_mode = header(connection, "Lambda-Runtime-Function-Response-Mode"),
        .content_type = header(connection, MHD_HTTP_HEADER_CONTENT_TYPE),
        .is_error = request->route == ROUTE_ERROR,
    };
    if (request->route == ROUTE_INIT_ERROR)
        return protocol_init_error(request->lane->protocol, error_type,
                                   &request->refusal);
    return protocol_post(request->lane->protocol, &post, &request->refusal);
}

static enum MHD_Result begin_request(struct server *server,
                                     struct MHD_Connection *connection, const char *path,
                                     const char *method, void **slot)
{
    char id[ROUTE_ID_SIZE];
    struct request *request = calloc(1, sizeof *request);
    if (!request)
        return MHD_NO;
    *slot = request;
    request->generation = server->generation;
    if (route_is_ours(header(connection, MHD_HTTP_HEADER_HOST),
                      header(connection, "Origin"), server->port, &request->refusal))
        request->route = route_find(path, method, id, &request->refusal);
    if (is_post(request->route)) {
        request->lane = request->route == ROUTE_INIT_ERROR ? &server->lanes[0]
                                                           : lane_of_event(server, id);
        if (let_in_post(connection, id, request))
            request->lane->answering = request;
        else
            request->route = ROUTE_REFUSED;
    }
    return MHD_YES;
}

static enum MHD_Result end_post(struct server *server, struct MHD_Connection *connection,
                                struct request *request)
{
    if (is_of_a_past_runtime(server, request))
        return reply_refusal(connection, &request->refusal);
    request->lane->answering = NULL;
    wake(server, request->lane); /* a /next that came early */
    protocol_trailers(request->lane->protocol,
                      trailer(connection, "Lambda-Runtime-Function-Error-Type"),
                      trailer(connection, "Lambda-Runtime-Function-Error-Body"));
    if (protocol_received(request->lane->protocol, &request->refusal))
        return reply_accepted(connection);
    return reply_refusal(connection, &request->refusal);
}

static enum MHD_Result register_extension(struct server *server,
                                          struct MHD_Connection *connection)
{
    server->has_extension = true;
    return reply_registered(connection);
}

/* An extension without events waits until its process is gone. */
static enum MHD_Result park(struct server *server, struct MHD_Connection *connection,
                            struct request *request)
{
    if (is_of_a_past_runtime(server, request) ||
        (server->parked &&
         !protocol_refuse(&request->refusal, MHD_HTTP_FORBIDDEN, "Extension.InvalidState",
                          "one extension waits already")))
        return reply_refusal(connection, &request->refusal);
    MHD_suspend_connection(connection);
    server->parked = connection;
    return MHD_YES;
}

static enum MHD_Result end_request(struct server *server,
                                   struct MHD_Connection *connection,
                                   struct request *request)
{
    switch (request->route) {
    case ROUTE_REFUSED: break;
    case ROUTE_NEXT: return answer_next(server, connection, request);
    case ROUTE_RESPONSE:
    case ROUTE_ERROR:
    case ROUTE_INIT_ERROR: return end_post(server, connection, request);
    case ROUTE_PING: return reply_pong(connection);
    case ROUTE_REGISTER: return register_extension(server, connection);
    case ROUTE_EXTENSION_NEXT: return park(server, connection, request);
    }
    return reply_refusal(connection, &request->refusal);
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
    if (request->lane && request->lane->answering == request)
        protocol_receive(request->lane->protocol, bytes, *len);
    *len = 0; /* what is refused is read all the same: the caller shall see the reason */
    return MHD_YES;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **slot,
                         enum MHD_RequestTerminationCode why)
{
    struct server *server = cls;
    struct request *request = *slot;
    (void)why;
    if (server->parked == connection)
        server->parked = NULL;
    struct lane *lane = request ? request->lane : NULL;
    if (lane && lane->waiting == connection)
        lane->waiting = NULL;
    if (lane && lane->answering == request) {
        lane->answering = NULL;
        wake(server, lane);
        protocol_broken_off(lane->protocol);
    }
    free(request);
    *slot = NULL;
}

struct server *server_open(struct protocol *const *protocols, size_t count,
                           struct err *err)
{
    struct sockaddr_in loopback = { .sin_family = AF_INET };
    loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct server *server = calloc(1, sizeof *server);
    if (!server) {
        (void)err_set(err, "no memory for the Runtime API");
        return NULL;
    }
    for (; server->lane_count < count; server->lane_count++)
        server->lanes[server->lane_count].protocol = protocols[server->lane_count];
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
    wake_all(server);
    for (size_t i = 0; i < server->lane_count; i++)
        server->lanes[i].answering = NULL;
    server->has_extension = false;
    server->generation++;
}

bool server_has_extension(const struct server *server)
{
    return server->has_extension;
}

void server_close(struct server *server)
{
    if (!server)
        return;
    wake_all(server); /* libmicrohttpd must not be stopped with a suspended connection */
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    free(server);
}
