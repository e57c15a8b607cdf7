/* SPDX-License-Identifier: MIT
 * Text as JSON, as a header or as a line of the log, without Lua. Invalid UTF-8 becomes U+FFFD;
 * a character is never cut in two. */
#ifndef LUNAMBDA_QUOTE_H
#define LUNAMBDA_QUOTE_H

#include "buf.h"

#define QUOTE_MARK "...(cut)" /* ends what was longer than its room */

enum quote_form {
    QUOTE_JSON, /* the inside of a JSON string (RFC 8259 §7), UTF-8 as it is */
    QUOTE_ASCII, /* the same, with \uXXXX for all that is no printable ASCII: fit for a header */
    QUOTE_LINE, /* plain text on one line: newlines become \r */
};

/* Appends the text in that form, without quotes around it, in room_bytes at most (at least
 * as many as the mark has). False when out has not that room; it may be half written then. */
MUST_CHECK bool quote_put(struct buf *out, enum quote_form form, const char *text,
                          size_t len, size_t room_bytes);

/* Appends the text, or as much of it as limit_bytes allows, as a JSON string between quotes.
 * False when out has no room. */
MUST_CHECK bool quote_text(struct buf *out, const char *text, size_t limit_bytes);

#endif
