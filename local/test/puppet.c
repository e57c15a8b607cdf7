/* SPDX-License-Identifier: MIT
 * A stand-in for bootstrap that calls the Runtime API as a script says, in order or out of it.
 * The script is the file that _HANDLER names, one command a line; replies go to stdout, which
 * is the tool's stderr. $id and $nonce stand for the ids of the last event.
 *
 *     header NAME: VALUE   for the next call         host VALUE   instead of our own
 *     padding N            a header of N bytes        length N     announces a body of N bytes
 *     body TEXT            for the next call          bytes N      a body of N times 'x'
 *     call METHOD PATH     sends, prints "reply STATUS BODY"
 *     send METHOD PATH     sends, waits for nothing   reply        waits for that
 *     connect              one more connection        close        ends this one
 *     say TEXT             to stdout, no newline      exit N       hang (for ever)
 *     orphan               a process of a session of its own that keeps stdout open; prints "orphan PID" */
#include "buf.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SCRIPT_LIMIT_BYTES = 64 * 1024,
    REQUEST_LIMIT_BYTES = 16 * 1024 * 1024,
    LIFE_LIMIT_S =
        60, /* whatever goes wrong, nothing of ours outlives the test by more */
    ID_BYTES = 64,
};

struct puppet {
    struct buf headers; /* of the next call */
    struct buf body;    /* of the next call */
    struct buf reply;   /* head and body */
    const char *host;
    long announced_bytes; /* Content-Length instead of the body's own; -1 for that */
    int fd;
    char id[ID_BYTES];
    char nonce[ID_BYTES];
};

static void give_up(const char *what)
{
    fprintf(stderr, "puppet: %s\n", what);
    exit(99);
}

static void must(bool done, const char *what)
{
    if (!done)
        give_up(what);
}

static void open_connection(struct puppet *puppet)
{
    const char *api = getenv("AWS_LAMBDA_RUNTIME_API");
    must(api && strncmp(api, "127.0.0.1:", 10) == 0,
         "AWS_LAMBDA_RUNTIME_API is not 127.0.0.1");
    struct sockaddr_in address = { .sin_family = AF_INET };
    address.sin_port = htons((unsigned short)strtol(api + 10, NULL, 10));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    puppet->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(connect(puppet->fd, (struct sockaddr *)&address, sizeof address) == 0,
         "connect");
}

/* Appends text with $id and $nonce replaced. */
static void put_expanded(const struct puppet *puppet, struct buf *out, const char *text)
{
    while (*text) {
        const char *value = NULL;
        size_t len = 1;
        if (strncmp(text, "$id", 3) == 0) {
            value = puppet->id;
            len = 3;
        } else if (strncmp(text, "$nonce", 6) == 0) {
            value = puppet->nonce;
            len = 6;
        }
        must(value ? buf_puts(out, value) : buf_append(out, text, 1),
             "request too large");
        text += len;
    }
}

static void send_all(const struct puppet *puppet, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t put = send(puppet->fd, bytes, len, MSG_NOSIGNAL);
        if (put <= 0)
            return; /* refused half way: the reply tells */
        bytes += put;
        len -= (size_t)put;
    }
}

static void send_request(struct puppet *puppet, const char *method_and_path)
{
    struct buf request = { .limit = REQUEST_LIMIT_BYTES };
    put_expanded(puppet, &request, method_and_path);
    must(buf_printf(&request, " HTTP/1.1\r\nHost: %s\r\n", puppet->host), "no memory");
    must(buf_append(&request, puppet->headers.data, puppet->headers.len), "no memory");
    long length =
        puppet->announced_bytes < 0 ? (long)puppet->body.len : puppet->announced_bytes;
    must(buf_printf(&request, "Content-Length: %ld\r\n\r\n", length), "no memory");
    must(buf_append(&request, puppet->body.data, puppet->body.len), "no memory");
    send_all(puppet, request.data, request.len);
    buf_free(&request);
    buf_clear(&puppet->headers);
    buf_clear(&puppet->body);
    puppet->announced_bytes = -1;
}

static void keep_header(const char *head, const char *name, char value[ID_BYTES])
{
    const char *at = strcasestr(head, name);
    if (at)
        (void)snprintf(value, ID_BYTES, "%.*s", (int)strcspn(at + strlen(name), "\r"),
                       at + strlen(name));
}

/* Reads one reply, whose body is as long as Content-Length says; prints it. */
static void read_reply(struct puppet *puppet)
{
    char chunk[4096], *body = NULL;
    size_t expected = 0;
    buf_clear(&puppet->reply);
    do {
        ssize_t got = recv(puppet->fd, chunk, sizeof chunk, 0);
        if (got <= 0) {
            printf("reply none\n");
            return;
        }
        must(buf_append(&puppet->reply, chunk, (size_t)got), "reply too large");
        body = strstr(puppet->reply.data, "\r\n\r\n");
        const char *length = strcasestr(puppet->reply.data, "\r\nContent-Length:");
        expected = length ? strtoul(length + strlen("\r\nContent-Length:"), NULL, 10) : 0;
    } while (!body ||
             puppet->reply.len < (size_t)(body + 4 - puppet->reply.data) + expected);
    keep_header(puppet->reply.data, "\r\nLambda-Runtime-Aws-Request-Id: ", puppet->id);
    keep_header(puppet->reply.data, "\r\nLambda-Runtime-Invocation-Id: ", puppet->nonce);
    printf("reply %.3s %s\n", puppet->reply.data + strlen("HTTP/1.1 "), body + 4);
}

static void leave_orphan(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        (void)setsid();
        (void)alarm(LIFE_LIMIT_S);
        (void)pause();
        _exit(0);
    }
    while (getpgid(pid) != pid) /* until it is out of the group that dies with us */
        (void)sched_yield();
    printf("orphan %ld\n", (long)pid);
}

static void put_bytes(struct buf *out, long count)
{
    for (long i = 0; i < count; i++)
        must(buf_append(out, "x", 1), "too large");
}

static void put_header(struct puppet *puppet, const char *line)
{
    put_expanded(puppet, &puppet->headers, line);
    must(buf_puts(&puppet->headers, "\r\n"), "no memory");
}

static void obey(struct puppet *puppet, const char *verb, const char *rest)
{
    if (strcmp(verb, "call") == 0) {
        send_request(puppet, rest);
        read_reply(puppet);
    } else if (strcmp(verb, "send") == 0) {
        send_request(puppet, rest);
    } else if (strcmp(verb, "reply") == 0) {
        read_reply(puppet);
    } else if (strcmp(verb, "header") == 0) {
        put_header(puppet, rest);
    } else if (strcmp(verb, "padding") == 0) {
        must(buf_puts(&puppet->headers, "Padding: "), "no memory");
        put_bytes(&puppet->headers, strtol(rest, NULL, 10));
        must(buf_puts(&puppet->headers, "\r\n"), "no memory");
    } else if (strcmp(verb, "host") == 0) {
        puppet->host = rest;
    } else if (strcmp(verb, "length") == 0) {
        puppet->announced_bytes = strtol(rest, NULL, 10);
    } else if (strcmp(verb, "body") == 0) {
        put_expanded(puppet, &puppet->body, rest);
    } else if (strcmp(verb, "bytes") == 0) {
        put_bytes(&puppet->body, strtol(rest, NULL, 10));
    } else if (strcmp(verb, "connect") == 0) {
        open_connection(puppet);
    } else if (strcmp(verb, "close") == 0) {
        (void)close(puppet->fd);
    } else if (strcmp(verb, "say") == 0) {
        printf("%s", rest);
    } else if (strcmp(verb, "exit") == 0) {
        exit((int)strtol(rest, NULL, 10));
    } else if (strcmp(verb, "hang") == 0) {
        (void)pause();
    } else if (strcmp(verb, "orphan") == 0) {
        leave_orphan();
    } else {
        give_up(verb);
    }
}

int main(void)
{
    static char script[SCRIPT_LIMIT_BYTES];
    struct puppet puppet = {
        .headers.limit = REQUEST_LIMIT_BYTES,
        .body.limit = REQUEST_LIMIT_BYTES,
        .reply.limit = REQUEST_LIMIT_BYTES,
        .host = getenv("AWS_LAMBDA_RUNTIME_API"),
        .announced_bytes = -1,
    };
    const char *path = getenv("_HANDLER");
    (void)alarm(LIFE_LIMIT_S);
    (void)setvbuf(stdout, NULL, _IONBF, 0);
    FILE *file = path ? fopen(path, "r") : NULL;
    must(file && puppet.host, "no script, or no Runtime API");
    script[fread(script, 1, sizeof script - 1, file)] = '\0';
    (void)fclose(file);
    open_connection(&puppet);
    char *next = script;
    for (char *line = strsep(&next, "\n"); line; line = strsep(&next, "\n")) {
        if (!*line)
            continue;
        char *rest = line;
        const char *verb = strsep(&rest, " ");
        obey(&puppet, verb, rest ? rest : "");
    }
    return 0;
}
