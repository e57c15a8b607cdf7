/* SPDX-License-Identifier: MIT */
#include "frame.h"

#include <string.h>

static enum frame_verdict find_until(struct frame *frame, const char *bytes, size_t len,
                                     struct frame_part *part)
{
    size_t width = frame->terminator_len;
    const char *at = len > frame->scanned
                         ? memmem(bytes + frame->scanned, len - frame->scanned,
                                  frame->terminator, width)
                         : NULL;
    if (!at) {
        if (len >= width && len - width + 1 > frame->scanned)
            frame->scanned = len - width + 1; /* the last bytes may begin one */
        return frame->scanned > frame->limit_bytes ? FRAME_TOO_LONG : FRAME_OPEN;
    }
    size_t answer_len = (size_t)(at - bytes);
    frame->scanned = answer_len;
    *part = (struct frame_part){ .len = answer_len, .end = answer_len + width };
    return answer_len > frame->limit_bytes ? FRAME_TOO_LONG : FRAME_WHOLE;
}

static enum frame_verdict find_length(const struct frame *frame, const char *bytes,
                                      size_t len, struct frame_part *part)
{
    unsigned long long answer_len = 0;
    if (len < frame->prefix_bytes)
        return FRAME_OPEN;
    for (size_t i = 0; i < frame->prefix_bytes; i++) {
        size_t at = frame->is_little_endian ? frame->prefix_bytes - 1 - i : i;
        answer_len = answer_len << 8 | (unsigned char)bytes[at];
    }
    if (answer_len > frame->limit_bytes)
        return FRAME_TOO_LONG;
    *part = (struct frame_part){ .start = frame->prefix_bytes,
                                 .len = (size_t)answer_len,
                                 .end = frame->prefix_bytes + (size_t)answer_len };
    return len >= part->end ? FRAME_WHOLE : FRAME_OPEN;
}

/* The first `count` bytes, once they are there. */
static enum frame_verdict find_count(const struct frame *frame, size_t count, size_t len,
                                     struct frame_part *part)
{
    if (count > frame->limit_bytes)
        return FRAME_TOO_LONG;
    *part = (struct frame_part){ .len = count, .end = count };
    return len >= count ? FRAME_WHOLE : FRAME_OPEN;
}

enum frame_verdict frame_find(struct frame *frame, const char *bytes, size_t len,
                              bool has_ended, struct frame_part *part)
{
    size_t some = len < frame->limit_bytes ? len : frame->limit_bytes;
    switch (frame->kind) {
    case FRAME_UNTIL: return find_until(frame, bytes, len, part);
    case FRAME_LENGTH: return find_length(frame, bytes, len, part);
    case FRAME_COUNT: return find_count(frame, frame->count, len, part);
    case FRAME_SOME: return len ? find_count(frame, some, len, part) : FRAME_OPEN;
    case FRAME_ALL:
        if (has_ended || len > frame->limit_bytes)
            return find_count(frame, len, len, part);
        return FRAME_OPEN;
    }
    return FRAME_OPEN;
}
