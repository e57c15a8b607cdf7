/* SPDX-License-Identifier: MIT
 * The Lua text of a bundle. Each source is a string that is compiled under its own name, so that stack traces name
 * the file and line that a person knows. */
#ifndef LUNAMBDA_LOCAL_BUNDLE_TEXT_H
#define LUNAMBDA_LOCAL_BUNDLE_TEXT_H

#include "err.h"

/* A source: Lua text without the first line of a script, or bytecode. */
struct bundle_source {
    const char *path; /* in the package */
    const char *bytes;
    size_t len;
};

/* All append to out; false: no room. */
MUST_CHECK bool bundle_text_begin(struct buf *out, const char *main_path);

/* A file, which the names that follow, one call each, are for. */
MUST_CHECK bool bundle_text_file(struct buf *out, const struct bundle_source *source);
MUST_CHECK bool bundle_text_name(struct buf *out, const char *name);

/* The handler's file, and the end. */
MUST_CHECK bool bundle_text_main(struct buf *out, const struct bundle_source *source);

#endif
