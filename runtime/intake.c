/* SPDX-License-Identifier: MIT */
#include "intake.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum intake intake_read(int *fd, struct buf *into, size_t most)
{
    if (*fd < 0)
        return INTAKE_END;
    size_t room = into->limit > into->len ? into->limit - into->len : 0;
    if (room > most)
        room = most;
    if (!room) {
        into->full = true;
        return INTAKE_NO_ROOM;
    }
    if (!buf_reserve(into, room))
        return INTAKE_NO_ROOM;
    ssize_t got = read(*fd, into->data + into->len, room);
    if (got > 0) {
        into->len += (size_t)got;
        into->data[into->len] = '\0';
        return INTAKE_SOME;
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return INTAKE_NOTHING;
    (void)close(*fd);
    *fd = -1;
    return INTAKE_END;
}

void intake_drop(struct buf *buf, size_t len)
{
    if (len == buf->len) {
        buf_clear(buf);
        return;
    }
    memmove(buf->data, buf->data + len, buf->len - len);
    buf->len -= len;
    buf->data[buf->len] = '\0';
}
