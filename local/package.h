/* SPDX-License-Identifier: MIT
 * What goes into a zip: a list of files and empty folders, sorted by the bytes of their paths. */
#ifndef LUNAMBDA_LOCAL_PACKAGE_H
#define LUNAMBDA_LOCAL_PACKAGE_H

#include "verdict.h"

enum {
    PACKAGE_ENTRIES_LIMIT = 65535, /* what a zip counts in 16 bits */
    /* All files, and so any one: 250 MB with the layers (Lambda's quotas). */
    PACKAGE_UNZIPPED_LIMIT_BYTES = 250 * 1024 * 1024,
};

struct package_entry {
    char *path;   /* in the zip, without / at its end; owned */
    char *source; /* the file to read; owned; NULL where text is all, and for a folder */
    struct buf text; /* what takes the place of the file's bytes */
    bool is_folder;  /* an empty one */
    bool is_executable;
};

/* Starts as { 0 }. */
struct package {
    struct package_entry *entries;
    size_t count;
    size_t cap;
};

void package_free(struct package *package);

/* Adds a copy of path and source, at the end. NULL: out of memory, or PACKAGE_ENTRIES_LIMIT; err says so. Valid
 * until the next change. */
struct package_entry *package_add(struct package *package, const char *path,
                                  const char *source, struct err *err);

void package_sort(struct package *package);

/* NULL when there is none. The package must be sorted. */
struct package_entry *package_find(const struct package *package, const char *path);

/* Whether a file of that name lies in any folder. */
bool package_has_name(const struct package *package, const char *name);

/* Takes out the entries whose path is now NULL, and sorts. */
void package_settle(struct package *package);

/* The bytes of an entry: its text, or its file's, read into scratch. Borrowed until scratch changes. */
MUST_CHECK enum verdict package_bytes(const struct package_entry *entry,
                                      struct buf *scratch, const struct buf **bytes,
                                      struct err *err);

#endif
