/* SPDX-License-Identifier: MIT
 * A zip whose bytes depend on what is put in, and on nothing else: no time, no owner, no locale. The only file that
 * includes libarchive. */
#ifndef LUNAMBDA_LOCAL_ZIP_H
#define LUNAMBDA_LOCAL_ZIP_H

#include "err.h"

struct zip;

/* Starts a zip that is appended to out, which must outlive it. LC_CTYPE must be UTF-8, or the names ASCII. NULL:
 * err says why. */
struct zip *zip_open(struct buf *out, struct err *err);

/* Adds a file, or a folder when bytes is NULL. Its date will be 1980-01-01, the first that a zip can tell; its
 * mode 0755 if it is executable or a folder, else 0644. */
MUST_CHECK bool zip_add(struct zip *zip, const char *path, bool is_executable,
                        const struct buf *bytes, struct err *err);

/* Writes what is at the end of a zip. */
MUST_CHECK bool zip_end(struct zip *zip, struct err *err);

void zip_close(struct zip *zip);

#endif
