/* SPDX-License-Identifier: MIT */
#include "identity.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { RANDOM_BYTES = 16 };

struct randomness {
    unsigned char bytes[RANDOM_BYTES];
    char hex[RANDOM_BYTES * 2 + 1];
};

static struct randomness draw(void)
{
    struct randomness r;
    /* Up to 256 bytes come whole or not at all; not at all only where the kernel lacks the call. */
    if (getrandom(r.bytes, sizeof r.bytes, 0) != (ssize_t)sizeof r.bytes) {
        struct timespec now;
        (void)clock_gettime(CLOCK_REALTIME, &now);
        memset(r.bytes, 0, sizeof r.bytes);
        memcpy(r.bytes, &now.tv_nsec, sizeof now.tv_nsec);
        memcpy(r.bytes + sizeof now.tv_nsec, &now.tv_sec, sizeof now.tv_sec);
    }
    r.bytes[6] = (unsigned char)((r.bytes[6] & 0x0fU) | 0x40U); /* uuid version 4 */
    r.bytes[8] = (unsigned char)((r.bytes[8] & 0x3fU) | 0x80U); /* uuid variant 1 */
    for (size_t i = 0; i < sizeof r.bytes; i++)
        (void)snprintf(r.hex + 2 * i, 3, "%02x", r.bytes[i]);
    return r;
}

void identity_uuid(char uuid[IDENTITY_UUID_SIZE])
{
    struct randomness r = draw();
    (void)snprintf(uuid, IDENTITY_UUID_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", r.hex,
                   r.hex + 8, r.hex + 12, r.hex + 16, r.hex + 20);
}

void identity_trace(char trace[IDENTITY_TRACE_SIZE])
{
    struct randomness root = draw(), parent = draw();
    (void)snprintf(trace, IDENTITY_TRACE_SIZE, "Root=1-%08x-%.24s;Parent=%.16s;Sampled=0",
                   (unsigned)time(NULL), root.hex, parent.hex);
}

void identity_stream(char stream[IDENTITY_STREAM_SIZE])
{
    struct randomness r = draw();
    time_t now = time(NULL);
    struct tm utc;
    char day[sizeof "2026/11/20"] = "";
    if (gmtime_r(&now, &utc))
        (void)strftime(day, sizeof day, "%Y/%m/%d", &utc);
    (void)snprintf(stream, IDENTITY_STREAM_SIZE, "%s/[$LATEST]%s", day, r.hex);
}
