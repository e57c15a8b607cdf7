/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* Whoever shares our stdout or stderr may have made it non-blocking. */
static bool wait_for_room(int fd)
{
    struct pollfd room = { .fd = fd, .events = POLLOUT };
    return poll(&room, 1, -1) >= 0 || errno == EINTR;
}

bool output_write(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t put = write(fd, bytes, len);
        if (put >= 0) {
            bytes += put;
            len -= (size_t)put;
        } else if (errno == EAGAIN) {
            if (!wait_for_room(fd))
                return false;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}
