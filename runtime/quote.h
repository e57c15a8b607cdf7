/* SPDX-License-Identifier: MIT
 * Text as a JSON string, without Lua. */
#ifndef LUNAMBDA_QUOTE_H
#define LUNAMBDA_QUOTE_H

#include "buf.h"

/* Appends the text, or as much of it as limit_bytes allows, between quotes and escaped (RFC 8259 §7).
 * Invalid UTF-8 becomes U+FFFD; a character is never cut in two. False when out has no room. */
MUST_CHECK bool quote_text(struct buf *out, const char *text, size_t limit_bytes);

#endif
