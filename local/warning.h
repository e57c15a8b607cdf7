/* SPDX-License-Identifier: MIT
 * What a person should know though it stops nothing: a line on stderr. */
#ifndef LUNAMBDA_LOCAL_WARNING_H
#define LUNAMBDA_LOCAL_WARNING_H

#include "err.h"

void warning_print(const char *format, ...) PRINTF_LIKE(1, 2);

/* Makes text that quotes names of files fit for a terminal: ? for each control character. */
void warning_tame(char *text);

#endif
