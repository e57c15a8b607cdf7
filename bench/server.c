/* SPDX-License-Identifier: MIT */
#include "server.h"

#include "stats.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 16,
    CONNECTION_LIMIT_BYTES = 8 * 1024 * 1024,
    READ_BYTES = 64 * 1024,
    /* A plain read on the last connection is the fast path: a poll in front of each would dilute the
     * ratios. Whoever is silent for longer is polled for from then on. */
    PATIENCE_US = 100 * 1000,
    SEND_LIMIT_S = 10,
};

struct connection {
    int fd;        /* -1 when free */
    struct buf in; /* what came and was not yet taken */
    size_t taken;  /* bytes of `in` that the last request took */
};

struct server {
    int listener;
    int port;
    bool polls;              /* the fast path has failed for this client */
    struct connection *last; /* where the last request came from; NULL before the first */
    struct connection connections[CONNECTIONS_MAX];
};

int server_port(const struct server *server)
{
    return server->port;
}

static void drop(struct server *server, struct connection *connection)
{
    (void)close(connection->fd);
    connection->fd = -1;
    buf_clear(&connection->in);
    connection->taken = 0;
    server->last = NULL;
}

static bool configure(int fd)
{
    const int on = 1;
    const struct timeval receive_limit = { .tv_usec = PATIENCE_US };
    const struct timeval send_limit = { .tv_sec = SEND_LIMIT_S };
    return !setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) &&
           !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &receive_limit,
                       sizeof receive_limit) &&
           !setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &send_limit, sizeof send_limit);
}

static bool take_connection(struct server *server, struct err *err)
{
    int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return errno == EAGAIN || err_set(err, "cannot accept: %s", strerror(errno));
    for (int i = 0; i < CONNECTIONS_MAX; i++) {
        if (server->connections[i].fd >= 0)
            continue;
        server->connections[i].fd = fd;
        return configure(fd) ||
               err_set(err, "cannot set up a connection: %s", strerror(errno));
    }
    (void)close(fd);
    return err_set(err, "has more than %d connections open", CONNECTIONS_MAX);
}

/* Reads what is there. False only when the contestant is at fault. */
static bool fill(struct server *server, struct connection *connection, size_t need,
                 struct err *err)
{
    struct buf *in = &connection->in;
    if (!buf_reserve(in, need > READ_BYTES ? need : READ_BYTES))
        return err_set(err, "sent more than %d bytes", CONNECTION_LIMIT_BYTES);
    ssize_t got = read(connection->fd, in->data + in->len, in->cap - in->len);
    if (got > 0) {
        in->len += (size_t)got;
        return true;
    }
    server->polls = true;
    if (got == 0 || (errno != EAGAIN && errno != EINTR))
        drop(server, connection);
    return true;
}

/* Sleeps until something can be read, and reads it. */
static bool wait_and_fill(struct server *server, int alive_fd, int wait_ms,
                          struct err *err)
{
    struct pollfd polled[CONNECTIONS_MAX + 2];
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        polled[i] = (struct pollfd){ .fd = server->connections[i].fd, .events = POLLIN };
    polled[CONNECTIONS_MAX] = (struct pollfd){ .fd = server->listener, .events = POLLIN };
    polled[CONNECTIONS_MAX + 1] = (struct pollfd){ .fd = alive_fd, .events = POLLIN };
    if (poll(polled, CONNECTIONS_MAX + 2, wait_ms) < 0 && errno != EINTR)
        return err_set(err, "cannot poll: %s", strerror(errno));
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        if (polled[i].revents)
            return fill(server, &server->connections[i], 0, err);
    if (polled[CONNECTIONS_MAX].revents)
        return take_connection(server, err);
    return !polled[CONNECTIONS_MAX + 1].revents || err_set(err, "ended by itself");
}

/* Removes what the last request took; pipelined bytes behind it stay. */
static void forget_taken(struct connection *connection)
{
    struct buf *in = &connection->in;
    if (!connection->taken)
        return;
    in->len -= connection->taken;
    if (in->len)
        memmove(in->data, in->data + connection->taken, in->len);
    connection->taken = 0;
}

/* Looks for a whole request on one connection. need: bytes that are still missing. */
static enum request_state look(struct server *server, struct connection *connection,
                               struct request *out, size_t *need)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    const struct buf *in = &connection->in;
    *need = 0;
    if (connection->fd < 0 || !in->len)
        return REQUEST_PARTIAL;
    enum request_state state = request_parse(in->data, in->len, out);
    if (state == REQUEST_COMPLETE) {
        out->at_ns = stats_now_ns();
        connection->taken = out->size;
        server->last = connection;
        return state;
    }
    if (state == REQUEST_PARTIAL && out->head_len) {
        *need = out->size > in->len ? out->size - in->len : 0;
        if (out->expects_continue && in->len == out->head_len)
            (void)!write(connection->fd, go_on, sizeof go_on - 1);
    }
    return state;
}

bool server_receive(struct server *server, int alive_fd, int limit_ms,
                    struct request *out, struct err *err)
{
    const long long deadline_ns = stats_now_ns() + limit_ms * 1000000LL;
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        forget_taken(&server->connections[i]);
    for (;;) {
        size_t need = 0;
        for (int i = 0; i < CONNECTIONS_MAX; i++) {
            *out = (struct request){ 0 };
            enum request_state state = look(server, &server->connections[i], out, &need);
            if (state == REQUEST_COMPLETE)
                return true;
            if (state == REQUEST_BAD)
                return err_set(err, "sent what is not an HTTP request");
            if (need)
                break;
        }
        long long left_ns = deadline_ns - stats_now_ns();
        if (left_ns <= 0)
            return err_set(err, "was silent for %d ms", limit_ms);
        if (server->last && !server->polls) {
            if (!fill(server, server->last, need, err))
                return false;
        } else if (!wait_and_fill(server, alive_fd, (int)(left_ns / 1000000) + 1, err)) {
            return false;
        }
    }
}

bool server_send(struct server *server, const char *bytes, size_t len, struct err *err)
{
    while (len) {
        if (!server->last)
            return err_set(err, "closed its connection before the answer");
        ssize_t sent = send(server->last->fd, bytes, len, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return err_set(err, "does not take what is sent: %s", strerror(errno));
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

void server_hang_up(struct server *server)
{
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        if (server->connections[i].fd >= 0)
            drop(server, &server->connections[i]);
    for (int i = 0; i < SOMAXCONN; i++) {
        int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0 || close(fd))
            break;
    }
    server->polls = false;
}

struct server *server_open(struct err *err)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t len = sizeof address;
    struct server *server = calloc(1, sizeof *server);
    if (!server) {
        (void)err_set(err, "out of memory");
        return NULL;
    }
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        server->connections[i] =
            (struct connection){ .fd = -1, .in = { .limit = CONNECTION_LIMIT_BYTES } };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (server->listener < 0 ||
        bind(server->listener, (const struct sockaddr *)&address, sizeof address) ||
        listen(server->listener, CONNECTIONS_MAX) ||
        getsockname(server->listener, (struct sockaddr *)&address, &len)) {
        (void)err_set(err, "cannot listen on 127.0.0.1: %s", strerror(errno));
        server_close(server);
        return NULL;
    }
    server->port = ntohs(address.sin_port);
    return server;
}

void server_close(struct server *server)
{
    if (!server)
        return;
    if (server->listener >= 0) {
        server_hang_up(server);
        (void)close(server->listener);
    }
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        buf_free(&server->connections[i].in);
    free(server);
}
