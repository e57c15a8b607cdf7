/* SPDX-License-Identifier: MIT
 * Base64 on one line (RFC 4648): of §4, padded, as an error document travels in a header; of §5, with
 * - and _ and without padding, as it goes into URLs. Strict: one text for the same bytes, and no other. */
#ifndef LUNAMBDA_BASE64_H
#define LUNAMBDA_BASE64_H

#include "buf.h"

enum base64_kind { BASE64_STANDARD, BASE64_URL };

/* Why a text is none. */
enum base64_fault {
    BASE64_FINE,
    BASE64_NO_DIGIT,   /* at: a byte that does not belong there, padding included */
    BASE64_CUT,        /* at: behind the end, which is inside a group of four */
    BASE64_STRAY_BITS, /* at: the last digit, whose lowest bits belong to no byte */
};

/* What was read from a text: len bytes, or a fault and its offset `at` in the text. */
struct base64_reading {
    enum base64_fault fault;
    size_t at, len;
};

/* Room for the text of len bytes, of either kind: bytes, no NUL counted. len is at most SIZE_MAX / 2. */
size_t base64_text_size(size_t len);

/* Writes the text of the bytes to out (base64_text_size), without a NUL; its length. */
size_t base64_write(char *out, enum base64_kind kind, const char *bytes, size_t len);

/* Room for what the text stands for, should it be base64: bytes. */
size_t base64_byte_size(enum base64_kind kind, const char *text, size_t len);

/* Writes what the text stands for to out (base64_byte_size); before a fault, too, there may be bytes. */
struct base64_reading base64_read(char *out, enum base64_kind kind, const char *text,
                                  size_t len);

/* Appends the bytes in base64, padded. False when out of room: nothing is appended then. */
MUST_CHECK bool base64_encode(struct buf *out, const char *bytes, size_t len);

/* Appends what the text stands for. False when it is no padded base64, or out of room: as above. */
MUST_CHECK bool base64_decode(struct buf *out, const char *text);

#endif
