/* SPDX-License-Identifier: MIT */
#include "line.h"

#include <unistd.h>

static void put(struct line *line, char c)
{
    if (line->len < sizeof line->text - 1) /* room for the newline */
        line->text[line->len++] = c;
}

void line_puts(struct line *line, const char *text)
{
    for (; *text; text++)
        put(line, *text);
}

static void put_digits(struct line *line, unsigned long value, unsigned base)
{
    char digits[sizeof value * 8];
    size_t count = 0;
    do
        digits[count++] = "0123456789abcdef"[value % base];
    while ((value /= base) > 0);
    while (count > 0)
        put(line, digits[--count]);
}

void line_number(struct line *line, long value)
{
    if (value < 0)
        put(line, '-');
    put_digits(line, value < 0 ? 0UL - (unsigned long)value : (unsigned long)value, 10);
}

void line_hex(struct line *line, unsigned long value)
{
    line_puts(line, "0x");
    put_digits(line, value, 16);
}

void line_write(struct line *line)
{
    line->text[line->len++] = '\n';
    ssize_t written = write(STDERR_FILENO, line->text, line->len);
    (void)written; /* nowhere to say so */
    line->len = 0;
}
