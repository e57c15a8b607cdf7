/* SPDX-License-Identifier: MIT */
#include "package.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK_BYTES = 64 * 1024 };

static void free_entry(struct package_entry *entry)
{
    free(entry->path);
    free(entry->source);
    buf_free(&entry->text);
    *entry = (struct package_entry){ 0 };
}

void package_free(struct package *package)
{
    for (size_t i = 0; i < package->count; i++)
        free_entry(&package->entries[i]);
    free(package->entries);
    *package = (struct package){ 0 };
}

static bool make_room(struct package *package)
{
    if (package->count < package->cap)
        return true;
    size_t cap = package->cap ? package->cap * 2 : 64;
    struct package_entry *entries =
        realloc(package->entries, cap * sizeof *package->entries);
    if (!entries)
        return false;
    package->entries = entries;
    package->cap = cap;
    return true;
}

struct package_entry *package_add(struct package *package, const char *path,
                                  const char *source, struct err *err)
{
    if (package->count == PACKAGE_ENTRIES_LIMIT) {
        (void)err_set(err, "there are more than %d files", PACKAGE_ENTRIES_LIMIT);
        return NULL;
    }
    struct package_entry entry = { .path = strdup(path),
                                   .source = source ? strdup(source) : NULL,
                                   .text = { .limit = PACKAGE_UNZIPPED_LIMIT_BYTES } };
    if (!entry.path || (source && !entry.source) || !make_room(package)) {
        free_entry(&entry);
        (void)err_set(err, "out of memory");
        return NULL;
    }
    package->entries[package->count] = entry;
    return &package->entries[package->count++];
}

static int by_path(const void *left, const void *right)
{
    const struct package_entry *a = left, *b = right;
    return strcmp(a->path, b->path);
}

void package_sort(struct package *package)
{
    if (package->count > 0)
        qsort(package->entries, package->count, sizeof *package->entries, by_path);
}

static int path_to_entry(const void *path, const void *entry)
{
    return strcmp(path, ((const struct package_entry *)entry)->path);
}

struct package_entry *package_find(const struct package *package, const char *path)
{
    if (package->count == 0)
        return NULL;
    return bsearch(path, package->entries, package->count, sizeof *package->entries,
                   path_to_entry);
}

bool package_has_name(const struct package *package, const char *name)
{
    for (size_t i = 0; i < package->count; i++) {
        const char *slash = strrchr(package->entries[i].path, '/');
        if (strcmp(slash ? slash + 1 : package->entries[i].path, name) == 0)
            return true;
    }
    return false;
}

void package_settle(struct package *package)
{
    size_t kept = 0;
    for (size_t i = 0; i < package->count; i++) {
        if (package->entries[i].path)
            package->entries[kept++] = package->entries[i];
        else
            free_entry(&package->entries[i]);
    }
    package->count = kept;
    package_sort(package);
}

static enum verdict read_all(int fd, const struct package_entry *entry, struct buf *bytes,
                             struct err *err)
{
    char chunk[CHUNK_BYTES];
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got == 0)
            return VERDICT_FINE;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return CANNOT(err, "cannot read %s: %s", entry->source, strerror(errno));
        if (!buf_append(bytes, chunk, (size_t)got))
            return bytes->full
                       ? UNFIT(err,
                               "%s alone has more than %d bytes (250 MB), which is all "
                               "that "
                               "Lambda takes",
                               entry->path, PACKAGE_UNZIPPED_LIMIT_BYTES)
                       : CANNOT(err, "out of memory while reading %s", entry->source);
    }
}

enum verdict package_bytes(const struct package_entry *entry, struct buf *scratch,
                           const struct buf **bytes, struct err *err)
{
    *bytes = &entry->text;
    if (!entry->source || entry->text.len > 0)
        return VERDICT_FINE;
    *bytes = scratch;
    buf_clear(scratch);
    /* Not to wait for a writer, should a pipe have come in its place meanwhile. */
    int fd = open(entry->source, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return CANNOT(err, "cannot read %s: %s", entry->source, strerror(errno));
    enum verdict verdict = read_all(fd, entry, scratch, err);
    (void)close(fd);
    return verdict;
}
