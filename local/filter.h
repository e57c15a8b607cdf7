/* SPDX-License-Identifier: MIT
 * Which files of a folder are left out of its zip: by default those that editors and version control leave there. */
#ifndef LUNAMBDA_LOCAL_FILTER_H
#define LUNAMBDA_LOCAL_FILTER_H

#include <stdbool.h>

enum { FILTER_GLOBS_LIMIT = 256 }; /* of either kind */

/* Globs as for fnmatch(3), borrowed. One with a / is for the path, and its * stops at /; one without is for the
 * name in any folder. */
struct filter {
    const char *exclude[FILTER_GLOBS_LIMIT], *include[FILTER_GLOBS_LIMIT];
    int exclude_count, include_count;
    bool exclude_hits[FILTER_GLOBS_LIMIT],
        include_hits[FILTER_GLOBS_LIMIT]; /* it matched something */
};

enum filter_answer {
    FILTER_TAKE,
    FILTER_LEAVE,
    FILTER_LEAVE_UNLESS_INCLUDED, /* a folder: something in it may be included */
};

/* Whether the path, whose parents were not left, is. below_left: a parent is FILTER_LEAVE_UNLESS_INCLUDED. */
enum filter_answer filter_ask(struct filter *filter, const char *path, bool below_left);

/* The first glob that matched nothing; NULL when there is none. option gets its "--exclude" or "--include". */
const char *filter_unused(const struct filter *filter, const char **option);

#endif
