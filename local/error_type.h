/* SPDX-License-Identifier: MIT
 * What Lambda makes of an error type that a runtime gives (runtime-api §3.2). */
#ifndef LUNAMBDA_LOCAL_ERROR_TYPE_H
#define LUNAMBDA_LOCAL_ERROR_TYPE_H

#include <stddef.h>

/* given may be NULL. */
void error_type_keep(char *kept, size_t size, const char *given);

#endif
