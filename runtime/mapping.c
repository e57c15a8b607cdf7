/* SPDX-License-Identifier: MIT */
#include "mapping.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { READ_BYTES = 1024 };

/* The file, read byte by byte through a small buffer. */
struct source {
    int fd;
    size_t len, at;
    char bytes[READ_BYTES];
};

/* The next byte, or -1 at the end. */
static int next(struct source *source)
{
    if (source->at == source->len) {
        ssize_t got = read(source->fd, source->bytes, sizeof source->bytes);
        if (got <= 0)
            return -1;
        source->len = (size_t)got;
        source->at = 0;
    }
    return (unsigned char)source->bytes[source->at++];
}

/* A hexadecimal number and the byte behind it. */
static unsigned long take_hex(struct source *source)
{
    static const char digits[] = "0123456789abcdef";
    unsigned long value = 0;
    for (;;) {
        int c = next(source);
        const char *digit = c > 0 ? strchr(digits, c) : NULL;
        if (!digit)
            return value;
        value = value * 16 + (unsigned long)(digit - digits);
    }
}

/* The rest of a line into text, blanks in front left out. False at the end of the file. */
static bool take_rest(struct source *source, char *text, size_t size)
{
    size_t len = 0;
    for (int c = next(source); c != '\n'; c = next(source)) {
        if (c < 0)
            return false;
        if ((len > 0 || c != ' ') && len + 1 < size)
            text[len++] = (char)c;
    }
    text[len] = '\0';
    return true;
}

static void skip_word(struct source *source)
{
    for (int c = next(source); c >= 0 && c != ' '; c = next(source))
        ;
}

/* A line is "start-end rwxp offset device inode   path" (proc(5)). */
static bool search(struct source *source, unsigned long address, struct mapping *out)
{
    for (;;) {
        unsigned long start = take_hex(source);
        unsigned long end = take_hex(source);
        skip_word(source);
        unsigned long offset = take_hex(source);
        skip_word(source);
        skip_word(source);
        if (!take_rest(source, out->path, sizeof out->path))
            return false;
        if (address >= start && address < end) {
            out->offset = address - start + offset;
            return out->path[0] == '/';
        }
    }
}

bool mapping_find(unsigned long address, struct mapping *out)
{
    struct source source = { .fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC) };
    if (source.fd < 0)
        return false;
    bool found = search(&source, address, out);
    (void)close(source.fd);
    return found;
}
