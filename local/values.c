/* SPDX-License-Identifier: MIT */
#include "values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool only_contains(const char *text, const char *allowed)
{
    return *text && text[strspn(text, allowed)] == '\0';
}

bool values_number(const char *name, const char *text, long least, long most,
                   long *number, struct err *err)
{
    errno = 0;
    *number = only_contains(text, "0123456789") ? strtol(text, NULL, 10) : -1;
    if (errno || *number < least || *number > most)
        return err_set(err, "%s takes a whole number from %ld to %ld, got '%s'", name,
                       least, most, text);
    return true;
}

bool values_seconds(const char *name, const char *text, int most_s, long long *us,
                    struct err *err)
{
    char *end = NULL;
    double seconds = only_contains(text, "0123456789.") ? strtod(text, &end) : 0;
    if (!end || *end || seconds < 0.001 || seconds > most_s)
        return err_set(err,
                       "%s takes seconds from 0.001 to %d, such as 3 or 0.5, got '%s'",
                       name, most_s, text);
    *us = (long long)(seconds * 1e6);
    return true;
}

/* A header is one line of visible text. */
static bool is_header(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return false;
    return true;
}

bool values_client_context(const char *text, struct err *err)
{
    if (!is_header(text))
        return err_set(err, "--client-context has a line break or control character: "
                            "it travels in a header, so write the JSON on one line");
    if (!*text)
        return err_set(err, "--client-context is empty: it takes JSON, such as '{}'");
    if ((strlen(text) + 2) / 3 * 4 > OPTIONS_HEADER_LIMIT_BYTES)
        return err_set(
            err, "--client-context has %zu bytes: Lambda takes at most %d as base64",
            strlen(text), OPTIONS_HEADER_LIMIT_BYTES);
    return true;
}

bool values_trace(const char *text, struct err *err)
{
    if (!is_header(text) || strlen(text) > OPTIONS_HEADER_LIMIT_BYTES)
        return err_set(err,
                       "--trace takes one line of at most %d bytes, such as "
                       "'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1'",
                       OPTIONS_HEADER_LIMIT_BYTES);
    return true;
}
