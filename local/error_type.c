/* SPDX-License-Identifier: MIT */
#include "error_type.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Length of the (Runtime|Function).[A-Z][A-Za-z]+ that text begins with; 0 for none. */
static size_t type_len(const char *text)
{
    size_t prefix = 0;
    if (strncmp(text, "Runtime.", 8) == 0)
        prefix = 8;
    else if (strncmp(text, "Function.", 9) == 0)
        prefix = 9;
    if (!prefix || text[prefix] < 'A' || text[prefix] > 'Z' ||
        !is_letter(text[prefix + 1]))
        return 0;
    size_t len = prefix;
    while (is_letter(text[len]))
        len++;
    return len;
}

void error_type_keep(char *kept, size_t size, const char *given)
{
    const char *type = "Runtime.Unknown";
    bool valid = false;
    for (const char *at = given ? given : ""; *at && !valid; at++)
        valid = type_len(at) > 0;
    if (valid)
        type = given;
    else if (given && strncmp(given, "Function.", 9) == 0)
        type = "Function.Unknown";
    (void)snprintf(kept, size, "%s", type);
}
