/* SPDX-License-Identifier: MIT
 * The least that can serve the Runtime API: asks for an event, sends its bytes back, asks again.
 * Built twice: `floor` stands on bare.c alone, `floor_dyn` on the shared libraries of bootstrap. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MESSAGE_LIMIT_BYTES = 8 * 1024 * 1024,
    MARGIN_BYTES =
        512, /* our POST head is written in front of the event's body, in its place */
    ID_LIMIT_BYTES = 128,
};

static const char NEXT[] = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n"
                           "Host: floor\r\n\r\n";

/* One HTTP answer: bytes[0..head) is its head, up to and with the empty line. */
struct answer {
    char *bytes;
    size_t head;
    size_t body;
};

static char space[MARGIN_BYTES + MESSAGE_LIMIT_BYTES];

static size_t length(const char *text)
{
    size_t n = 0;
    while (text[n])
        n++;
    return n;
}

/* The value behind "name: " in the head, or NULL. Names are compared without case. */
static const char *header(const struct answer *answer, const char *name)
{
    size_t n = length(name);
    for (size_t at = 0; at + n + 2 < answer->head; at++) {
        size_t i = 0;
        while (i < n && (answer->bytes[at + i] | 0x20) == (name[i] | 0x20))
            i++;
        if (i == n && answer->bytes[at + n] == ':')
            return answer->bytes + at + n + 2;
    }
    return NULL;
}

static size_t find_head(const char *bytes, size_t len)
{
    for (size_t i = 3; i < len; i++)
        if (bytes[i] == '\n' && bytes[i - 1] == '\r' && bytes[i - 2] == '\n')
            return i + 1;
    return 0;
}

static int send_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t sent = write(fd, bytes, len);
        if (sent <= 0)
            return 0;
        bytes += sent;
        len -= (size_t)sent;
    }
    return 1;
}

static int receive(int fd, struct answer *answer)
{
    size_t len = 0, need = MESSAGE_LIMIT_BYTES;
    answer->bytes = space + MARGIN_BYTES;
    answer->head = 0;
    while (len < need) {
        ssize_t got = read(fd, answer->bytes + len, MESSAGE_LIMIT_BYTES - len);
        if (got <= 0)
            return 0;
        len += (size_t)got;
        if (answer->head || !(answer->head = find_head(answer->bytes, len)))
            continue;
        const char *digits = header(answer, "content-length");
        answer->body = 0;
        for (; digits && *digits >= '0' && *digits <= '9'; digits++)
            answer->body = answer->body * 10 + (size_t)(*digits - '0');
        if (answer->body > MESSAGE_LIMIT_BYTES - answer->head)
            return 0;
        need = answer->head + answer->body;
    }
    return len == need;
}

static char *append(char *to, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        to[i] = text[i];
    return to + len;
}

/* The event goes back from where it lies, behind a head that is built right in front of it. */
static int respond(int fd, const struct answer *event)
{
    static const char begin[] = "POST /2018-06-01/runtime/invocation/";
    static const char middle[] = "/response HTTP/1.1\r\nHost: floor\r\nContent-Length: ";
    const char *id = header(event, "lambda-runtime-aws-request-id");
    char head[MARGIN_BYTES], digits[20], *at = head;
    size_t id_len = 0, count = 0, body = event->body;
    while (id && id_len < ID_LIMIT_BYTES && id[id_len] != '\r')
        id_len++;
    if (!id_len)
        return 0;
    at = append(at, begin, sizeof begin - 1);
    at = append(at, id, id_len);
    at = append(at, middle, sizeof middle - 1);
    do
        digits[sizeof digits - ++count] = (char)('0' + body % 10);
    while (body /= 10);
    at = append(at, digits + sizeof digits - count, count);
    at = append(at, "\r\n\r\n", 4);
    size_t head_len = (size_t)(at - head);
    char *start = event->bytes + event->head - head_len;
    append(start, head, head_len);
    return send_all(fd, start, head_len + event->body);
}

/* 127.0.0.1:PORT only: whoever measures chooses the address. */
static int connect_to(const char *address)
{
    static const char host[] = "127.0.0.1:";
    const int on = 1;
    unsigned port = 0;
    for (size_t i = 0; i < sizeof host - 1; i++)
        if (address[i] != host[i])
            return -1;
    for (address += sizeof host - 1; *address >= '0' && *address <= '9'; address++)
        port = (port * 10 + (unsigned)(*address - '0')) & 0xffff;
    struct sockaddr_in to = { .sin_family = AF_INET };
    to.sin_port =
        (in_port_t)((port >> 8) | ((port & 0xff) << 8)); /* both CPUs are little-endian */
    to.sin_addr.s_addr = 0x0100007f;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on))
        return -1;
    return fd;
}

int main(int argc, char **argv, char **envp)
{
    static const char name[] = "AWS_LAMBDA_RUNTIME_API=";
    struct answer answer = { 0 };
    (void)argc;
    (void)argv;
    int fd = -1;
    for (; *envp && fd < 0; envp++) {
        size_t i = 0;
        while (i < sizeof name - 1 && (*envp)[i] == name[i])
            i++;
        if (i == sizeof name - 1)
            fd = connect_to(*envp + i);
    }
    if (fd < 0)
        return 2;
    for (;;) {
        if (!send_all(fd, NEXT, sizeof NEXT - 1) || !receive(fd, &answer))
            return 1;
        if (answer.bytes[9] != '2') /* HTTP/1.1 410: the end of the run */
            return 1;
        if (!respond(fd, &answer) || !receive(fd, &answer))
            return 1;
    }
}
