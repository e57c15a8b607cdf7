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

static struct fake_mark mark_now(const struct fake_server *server, long connection)
{
    return (struct fake_mark){
        .connection = connection,
        .at_ms = fake_server_elapsed_ms(server),
        .stdout_bytes = fake_child_written(server->child->stdout_fd),
        .stderr_bytes = fake_child_written(server->child->stderr_fd),
    };
}

/* Records the upload, as far as it came, and forgets it. */
static bool close_upload(struct fake_server *server, struct fake_connection *from)
{
    const struct fake_mark mark = mark_now(server, from->number);
    bool recorded = from->upload.at == FAKE_AT_NOTHING || !server->record ||
                    fake_upload_record(server->record, &from->upload, &mark);
    fake_upload_end(&from->upload);
    from->step = NULL;
    return recorded;
}

static void hang_up(struct fake_server *server, size_t index)
{
    struct fake_connection *closing = &server->connections[index];
    (void)close_upload(server, closing);
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
    const struct fake_mark mark = mark_now(server, connection);
    server->request_count++;
    return !server->record || fake_request_record(server->record, request, &mark);
}

static void drop_bytes(struct buf *in, size_t len)
{
    memmove(in->data, in->data + len, in->len - len);
    in->len -= len;
}

static bool begin_upload(struct fake_server *server, struct fake_connection *from,
                         const struct fake_request *request)
{
    struct fake_upload *upload = &from->upload;
    if (!fake_upload_begin(upload, request->bytes, request->head_bytes))
        return false;
    from->event = fake_duty_event_of(request);
    from->step = from->event && server->post_status[from->event]
                     ? NULL
                     : fake_plan_take(&server->plan->posts);
    from->is_answered = false;
    upload->began_ms = fake_server_elapsed_ms(server);
    server->request_count++;
    upload->number = ++server->upload_count;
    if (server->record) {
        char path[4096];
        int len =
            snprintf(path, sizeof path, "%s/upload-%ld", server->folder, upload->number);
        upload->body = len < (int)sizeof path ? fopen(path, "we") : NULL;
    }
    drop_bytes(&from->in, request->head_bytes);
    return !server->record || upload->body;
}

static bool has_come(const struct fake_connection *from, size_t wanted_bytes)
{
    return wanted_bytes && from->upload.body_bytes >= wanted_bytes;
}

/* Stalled: nothing more is read from it. */
static bool is_stalled(const struct fake_connection *from)
{
    return from->step && has_come(from, from->step->stall_bytes);
}

/* Takes what has come of the upload. False when the connection is to be closed. */
static bool serve_upload(struct fake_server *server, struct fake_connection *from)
{
    const struct fake_step *step = from->step;
    drop_bytes(&from->in, fake_upload_feed(&from->upload, from->in.data, from->in.len));
    if (from->upload.body)
        (void)fflush(from->upload.body); /* a handler may watch it grow */
    if (step && has_come(from, step->breakoff_bytes)) {
        const struct fake_step reset = { .kind = FAKE_RESET };
        return fake_answer(from->fd, &reset, 0);
    }
    if (step && !from->is_answered && has_come(from, step->refuse_bytes)) {
        from->is_answered = true;
        if (!fake_duty_answer_post(server, from->fd, step, from->event))
            return false;
    }
    if (from->upload.at == FAKE_AT_FAULT) {
        (void)fake_answer_plainly(from->fd, 400, "{\"errorMessage\":\"bad framing\"}");
        return false;
    }
    if (from->upload.at != FAKE_AT_END)
        return true;
    bool is_due = !from->is_answered;
    return close_upload(server, from) &&
           (!is_due || fake_duty_answer_post(server, from->fd, step, from->event));
}

/* Records and answers the requests that are whole. False when the connection is to be closed. */
static bool serve(struct fake_server *server, struct fake_connection *from)
{
    for (;;) {
        struct fake_request request;
        if (from->upload.at != FAKE_AT_NOTHING && !serve_upload(server, from))
            return false;
        if (from->upload.at != FAKE_AT_NOTHING)
            return true;
        enum fake_progress progress = fake_request_parse(&from->in, &request);
        if (progress == FAKE_REQUEST_PARTIAL)
            return true;
        if (progress == FAKE_REQUEST_UPLOAD) {
            if (!begin_upload(server, from, &request))
                return false;
            continue;
        }
        if (!record(server, from->number, &request))
            return false;
        if (progress == FAKE_REQUEST_BAD) {
            (void)fake_answer_plainly(from->fd, 411, "{\"errorMessage\":\"no length\"}");
            return false;
        }
        if (!fake_duty_answer(server, from, &request))
            return false;
        drop_bytes(&from->in, request.head_bytes + request.body_bytes);
    }
}

/* Takes what has arrived. False when the connection is over. */
static bool receive(struct fake_server *server, struct fake_connection *from)
{
    char bytes[65536];
    size_t most = sizeof bytes;
    const struct fake_step *step = from->step;
    if (step && step->slow_bytes && step->slow_bytes < most) {
        most = step->slow_bytes;
        (void)poll(NULL, 0, step->slow_ms);
    }
    ssize_t len = recv(from->fd, bytes, most, MSG_DONTWAIT);
    if (len < 0)
        return errno == EAGAIN || errno == EINTR;
    return len > 0 && buf_append(&from->in, bytes, (size_t)len) && serve(server, from);
}

void fake_server_attend(struct fake_server *server, int listener, int waker, int wait_ms)
{
    struct pollfd fds[FAKE_CONNECTIONS_LIMIT + 2];
    size_t count = server->open_count;
    for (size_t i = 0; i < count; i++)
        fds[i] = (struct pollfd){ .fd = is_stalled(&server->connections[i])
                                            ? -1
                                            : server->connections[i].fd,
                                  .events = POLLIN };
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
