/* SPDX-License-Identifier: MIT */
#include "fake_server.h"

#include "clock.h"
#include "fake_answer.h"
#include "fake_duty.h"
#include "fake_request.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SEND_TIMEOUT_S = 20 };

long fake_server_elapsed_ms(const struct fake_server *server)
{
    return (long)((clock_monotonic_us() - server->started_us) / 1000);
}

static void hang_up(struct fake_server *server, size_t index)
{
    struct fake_connection *closing = &server->connections[index];
    (void)close(closing->fd);
    buf_free(&closing->in);
    *closing = server->connections[--server->open_count];
}

static void accept_one(struct fake_server *server, int listener)
{
    const struct timeval send_timeout = { .tv_sec = SEND_TIMEOUT_S };
    const int yes = 1;
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    server->connection_count++;
    if (server->plan->hangups > 0 || server->open_count == FAKE_CONNECTIONS_LIMIT) {
        server->plan->hangups--;
        (void)close(fd);
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &send_timeout, sizeof send_timeout);
    server->connections[server->open_count++] =
        (struct fake_connection){ .fd = fd,
                                  .number = server->connection_count,
                                  .in = { .limit = FAKE_REQUEST_LIMIT_BYTES } };
}

static bool record(struct fake_server *server, long connection,
                   const struct fake_request *request)
{
    const struct fake_mark mark = {
        .connection = connection,
        .at_ms = fake_server_elapsed_ms(server),
        .stdout_bytes = fake_child_written(server->child->stdout_fd),
        .stderr_bytes = fake_child_written(server->child->stderr_fd),
    };
    server->request_count++;
    return !server->record || fake_request_record(server->record, request, &mark);
}

/* Records and answers the requests that are whole. False when the connection is to be closed. */
static bool serve(struct fake_server *server, struct fake_connection *from)
{
    for (;;) {
        struct fake_request request;
        enum fake_progress progress = fake_request_parse(&from->in, &request);
        if (progress == FAKE_REQUEST_PARTIAL)
            return true;
        if (!record(server, from->number, &request))
            return false;
        if (progress == FAKE_REQUEST_BAD) {
            (void)fake_answer_plainly(from->fd, 411, "{\"errorMessage\":\"no length\"}");
            return false;
        }
        if (!fake_duty_answer(server, from, &request))
            return false;
        size_t len = request.head_bytes + request.body_bytes;
        memmove(from->in.data, from->in.data + len, from->in.len - len);
        from->in.len -= len;
    }
}

/* Takes what has arrived. False when the connection is over. */
static bool receive(struct fake_server *server, struct fake_connection *from)
{
    char bytes[65536];
    ssize_t len = recv(from->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (len < 0)
        return errno == EAGAIN || errno == EINTR;
    return len > 0 && buf_append(&from->in, bytes, (size_t)len) && serve(server, from);
}

void fake_server_attend(struct fake_server *server, int listener, int waker, int wait_ms)
{
    struct pollfd fds[FAKE_CONNECTIONS_LIMIT + 2];
    size_t count = server->open_count;
    for (size_t i = 0; i < count; i++)
        fds[i] = (struct pollfd){ .fd = server->connections[i].fd, .events = POLLIN };
    fds[count] = (struct pollfd){ .fd = listener, .events = POLLIN };
    fds[count + 1] = (struct pollfd){ .fd = waker, .events = POLLIN };
    if (poll(fds, count + 2, wait_ms) <= 0)
        return;
    /* Downwards, because hang_up moves the last one into the gap. */
    for (size_t i = count; i-- > 0;)
        if (fds[i].revents && !receive(server, &server->connections[i]))
            hang_up(server, i);
    for (size_t i = server->open_count; i-- > 0;)
        if (!fake_duty_resume(server, &server->connections[i]))
            hang_up(server, i);
    if (fds[count].revents)
        accept_one(server, listener);
}

void fake_server_close(struct fake_server *server)
{
    while (server->open_count)
        hang_up(server, server->open_count - 1);
}
