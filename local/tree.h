/* SPDX-License-Identifier: MIT
 * The files below a folder, as a package. */
#ifndef LUNAMBDA_LOCAL_TREE_H
#define LUNAMBDA_LOCAL_TREE_H

#include "filter.h"
#include "package.h"

enum { TREE_DEPTH_LIMIT = 64 }; /* folders in folders */

/* Adds what lies below the folder and the filter takes, sorted. Symbolic links are followed within the folder;
 * one that leads out, a name that not every system can unpack, and what is no file make it unfit. A file that is
 * also at `output` (which may not exist) is left out: the zip of last time. LC_CTYPE must be UTF-8. */
MUST_CHECK enum verdict tree_read(struct package *package, const char *folder,
                                  struct filter *filter, const char *output,
                                  struct err *err);

#endif
