/* SPDX-License-Identifier: MIT
 * Base64 on one line (RFC 4648 §4): how an error document travels in a header. */
#ifndef LUNAMBDA_BASE64_H
#define LUNAMBDA_BASE64_H

#include "buf.h"

/* Appends the bytes in base64, padded. False when out of room: some of it may be there then. */
MUST_CHECK bool base64_encode(struct buf *out, const char *bytes, size_t len);

/* Appends what the text stands for. False when it is no padded base64, or out of room. */
MUST_CHECK bool base64_decode(struct buf *out, const char *text);

#endif
