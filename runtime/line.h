/* SPDX-License-Identifier: MIT
 * A line of text built and written with nothing but async-signal-safe calls: for a process that is dying. */
#ifndef LUNAMBDA_LINE_H
#define LUNAMBDA_LINE_H

#include <stddef.h>

enum { LINE_LIMIT_BYTES = 512 };

/* Starts as { .len = 0 }. What does not fit is cut. */
struct line {
    char text[LINE_LIMIT_BYTES];
    size_t len;
};

void line_puts(struct line *line, const char *text);
void line_number(struct line *line, long value);
void line_hex(struct line *line, unsigned long value); /* 0x… */

/* Writes it to standard error with a newline, and empties it. */
void line_write(struct line *line);

#endif
