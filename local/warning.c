/* SPDX-License-Identifier: MIT */
#include "warning.h"

#include <stdarg.h>
#include <stdio.h>

enum { TEXT_LIMIT_BYTES = 2048 };

void warning_tame(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

void warning_print(const char *format, ...)
{
    char text[TEXT_LIMIT_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    warning_tame(text);
    (void)fprintf(stderr, "lunambda: warning: %s\n", text);
}
