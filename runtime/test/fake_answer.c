/* SPDX-License-Identifier: MIT */
#include "fake_answer.h"

#include "clock.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum { TIMEOUT_OF_EVENTS_MS = 60000 };

/* Whether "NAME: VALUE" or "NAME" is about this header. */
static bool names(const char *line, const char *name)
{
    size_t len = strlen(name);
    return strncasecmp(line, name, len) == 0 && (line[len] == ':' || !line[len]);
}

static bool mentions(const struct fake_lines *lines, const char *name)
{
    for (size_t i = 0; i < lines->count; i++)
        if (names(lines->line[i], name))
            return true;
    return false;
}

static bool add_header(struct buf *head, const struct fake_step *step, const char *line)
{
    size_t start = head->len;
    if (!buf_puts(head, line) || !buf_puts(head, "\r\n"))
        return false;
    for (char *c = head->data + start; step->name_case && *c != ':'; c++)
        *c = (char)(step->name_case == FAKE_CASE_LOWER ? tolower((unsigned char)*c)
                                                       : toupper((unsigned char)*c));
    return true;
}

/* A header that is sent unless the plan gives it another value or leaves it out. */
static bool add_default(struct buf *head, const struct fake_step *step, const char *name,
                        const char *value)
{
    if (mentions(&step->headers, name) || mentions(&step->without, name))
        return true;
    char line[256];
    (void)snprintf(line, sizeof line, "%s: %s", name, value);
    return add_header(head, step, line);
}

static bool add_event_headers(struct buf *head, const struct fake_step *step, long number)
{
    char id[32], deadline[32];
    (void)snprintf(id, sizeof id, "req-%ld", number);
    (void)snprintf(deadline, sizeof deadline, "%lld",
                   clock_now_ms() +
                       (step->deadline_ms ? step->deadline_ms : TIMEOUT_OF_EVENTS_MS));
    return add_default(head, step, "Lambda-Runtime-Aws-Request-Id", id) &&
           add_default(head, step, "Lambda-Runtime-Deadline-Ms", deadline) &&
           add_default(head, step, "Lambda-Runtime-Invoked-Function-Arn",
                       "arn:aws:lambda:eu-central-1:123456789012:function:scripted") &&
           add_default(head, step, "Content-Type", "application/json");
}

/* A header of the plan's; "{n}" in it stands for the event's number. */
static bool add_own(struct buf *head, const struct fake_step *step, const char *line,
                    long number)
{
    const char *mark = strstr(line, "{n}");
    if (!mark)
        return add_header(head, step, line);
    char numbered[256];
    (void)snprintf(numbered, sizeof numbered, "%.*s%ld%s", (int)(mark - line), line,
                   number, mark + 3);
    return add_header(head, step, numbered);
}

static bool add_head(struct buf *head, const struct fake_step *step, size_t body_bytes,
                     long number)
{
    char length[64] = "Transfer-Encoding: chunked";
    if (!step->chunk_count)
        (void)snprintf(length, sizeof length, "Content-Length: %zu", body_bytes);
    for (size_t i = 0; i < step->early.count; i++) {
        const char *line = step->early.line[i];
        int status_len = (int)strcspn(line, " ");
        if (!buf_printf(head, "HTTP/1.1 %.*s Early\r\n%s\r\n\r\n", status_len, line,
                        line[status_len] ? line + status_len + 1 : "X-Early: yes"))
            return false;
    }
    if (!buf_printf(head, "HTTP/1.1 %d Scripted\r\n", step->status))
        return false;
    if (step->is_event && !add_event_headers(head, step, number))
        return false;
    for (size_t i = 0; i < step->headers.count; i++)
        if (!add_own(head, step, step->headers.line[i], number))
            return false;
    /* 204 has no body, and says so by itself. */
    return (step->status == 204 || add_header(head, step, length)) &&
           buf_puts(head, "\r\n");
}

static bool load_file(const char *path, struct buf *body)
{
    FILE *file = fopen(path, "re");
    if (!file) {
        (void)fprintf(stderr, "fake_rapi: cannot read %s: %s\n", path, strerror(errno));
        return false;
    }
    char bytes[65536];
    size_t len = 0;
    bool fits = true;
    while (fits && (len = fread(bytes, 1, sizeof bytes, file)) > 0)
        fits = buf_append(body, bytes, len);
    fits = fits && !ferror(file);
    (void)fclose(file);
    return fits;
}

static bool load_string(size_t bytes, struct buf *body)
{
    if (!buf_reserve(body, bytes))
        return false;
    memset(body->data, 'x', bytes);
    body->data[0] = '"';
    body->data[bytes - 1] = '"';
    body->data[bytes] = '\0';
    body->len = bytes;
    return true;
}

static bool load_body(const struct fake_step *step, struct buf *body)
{
    if (!step->body)
        return true;
    switch (step->body_kind) {
    case FAKE_BODY_TEXT: return buf_puts(body, step->body);
    case FAKE_BODY_FILE: return load_file(step->body, body);
    case FAKE_BODY_STRING: return load_string(step->string_bytes, body);
    }
    return false;
}

/* The body as it goes over the wire. */
static bool add_chunked(struct buf *wire, const struct fake_step *step,
                        const struct buf *body)
{
    size_t index = 0;
    for (size_t at = 0; at < body->len;) {
        size_t bytes = step->chunks[index];
        if (bytes > body->len - at)
            bytes = body->len - at;
        if (!buf_printf(wire, "%zx\r\n", bytes) ||
            !buf_append(wire, body->data + at, bytes) || !buf_puts(wire, "\r\n"))
            return false;
        at += bytes;
        if (index + 1 < step->chunk_count)
            index++;
    }
    return buf_puts(wire, "0\r\n\r\n");
}

static bool send_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

/* Sends the wire bytes, whose body starts at `head_bytes`, with the pause and the cut of the plan. */
static bool deliver(int fd, const struct fake_step *step, const struct buf *wire,
                    size_t head_bytes)
{
    size_t end = wire->len, pause = wire->len;
    if (step->is_cut && head_bytes + step->cut_bytes < end)
        end = head_bytes + step->cut_bytes;
    if (step->pause_ms && head_bytes + step->pause_bytes < end)
        pause = head_bytes + step->pause_bytes;
    if (pause < end) {
        if (!send_all(fd, wire->data, pause))
            return false;
        (void)poll(NULL, 0, step->pause_ms);
        return send_all(fd, wire->data + pause, end - pause) && !step->is_cut;
    }
    return send_all(fd, wire->data, end) && !step->is_cut;
}

static bool write_answer(int fd, const struct fake_step *step, long number)
{
    struct buf body = { .limit = FAKE_WIRE_LIMIT_BYTES };
    struct buf wire = { .limit = FAKE_WIRE_LIMIT_BYTES };
    bool built = load_body(step, &body) && add_head(&wire, step, body.len, number);
    size_t head_bytes = wire.len;
    built = built && (step->chunk_count ? add_chunked(&wire, step, &body)
                                        : buf_append(&wire, body.data, body.len));
    bool open = built && deliver(fd, step, &wire, head_bytes) && !step->closes;
    buf_free(&body);
    buf_free(&wire);
    return open;
}

bool fake_answer(int fd, const struct fake_step *step, long number)
{
    const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
    switch (step->kind) {
    case FAKE_ANSWER: return write_answer(fd, step, number);
    case FAKE_RESET: /* closing then sends RST instead of FIN */
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        return false;
    case FAKE_TERM: /* nothing to write: fake_duty does it */
    case FAKE_DROP: return false;
    }
    return false;
}

bool fake_answer_plainly(int fd, int status, const char *body)
{
    struct fake_step step = {
        .kind = FAKE_ANSWER, .status = status, .body_kind = FAKE_BODY_TEXT, .body = body
    };
    step.headers.line[step.headers.count++] = "Content-Type: application/json";
    return write_answer(fd, &step, 0);
}
