/* SPDX-License-Identifier: MIT */
#include "compile.h"

#include "bytecode.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool ends(const char *text, const char *with)
{
    size_t len = strlen(text), end_len = strlen(with);
    return len > end_len && strcmp(text + len - end_len, with) == 0;
}

/* app.lua becomes app.luac: a .lua file must be source. */
static enum verdict compile_entry(struct package *package, struct package_entry *entry,
                                  struct buf *scratch, struct err *err)
{
    char path[PATH_MAX + 1];
    const struct buf *bytes = NULL;
    struct buf bytecode = { .limit = PACKAGE_UNZIPPED_LIMIT_BYTES };
    (void)snprintf(path, sizeof path, "%sc", entry->path);
    if (package_find(package, path))
        return UNFIT(err,
                     "there are both %s and %s: with --bytecode the one would take the "
                     "other's place; leave one out with --exclude",
                     entry->path, path);
    enum verdict verdict = package_bytes(entry, scratch, &bytes, err);
    if (!verdict &&
        !bytecode_compile(buf_text(bytes), bytes->len, entry->path, &bytecode, err))
        verdict = VERDICT_UNFIT;
    if (!verdict) {
        buf_free(&entry->text);
        entry->text = bytecode;
    } else {
        buf_free(&bytecode);
    }
    return verdict;
}

enum verdict compile_package(struct package *package, struct err *err)
{
    struct buf scratch = { .limit = PACKAGE_UNZIPPED_LIMIT_BYTES };
    enum verdict verdict = VERDICT_FINE;
    for (size_t i = 0; !verdict && i < package->count; i++)
        if (!package->entries[i].is_folder && ends(package->entries[i].path, ".lua"))
            verdict = compile_entry(package, &package->entries[i], &scratch, err);
    buf_free(&scratch);
    for (size_t i = 0; !verdict && i < package->count; i++) {
        struct package_entry *entry = &package->entries[i];
        if (entry->is_folder || !ends(entry->path, ".lua"))
            continue;
        size_t len = strlen(entry->path);
        char *path = realloc(entry->path, len + 2);
        if (!path)
            return CANNOT(err, "out of memory");
        memcpy(path + len, "c", 2);
        entry->path = path;
    }
    package_settle(package);
    return verdict;
}
