/* SPDX-License-Identifier: MIT
 * A file that appears whole or not at all. */
#ifndef LUNAMBDA_LOCAL_REPLACE_H
#define LUNAMBDA_LOCAL_REPLACE_H

#include "err.h"

/* Puts the bytes at path, in the place of what is there, with the mode that a new file gets here. False: what was
 * there still is, and nothing else is left. */
MUST_CHECK bool replace_file(const char *path, const struct buf *bytes, struct err *err);

#endif
