/* SPDX-License-Identifier: MIT */
#include "bundle.h"

#include "bundle_text.h"
#include "bytecode.h"
#include "modules.h"
#include "requires.h"
#include "target.h"
#include "warning.h"

#include <stdlib.h>
#include <string.h>

/* A name under which something requires an entry of the package. */
struct module {
    char name[BUNDLE_NAME_LIMIT_BYTES + 1];
    struct package_entry *entry; /* borrowed: the package stays as it is until the end */
    bool is_first;               /* of the names of its entry */
};

struct bundle {
    struct package *package;
    struct package_entry *main;
    struct module *modules; /* in the order in which they were found */
    size_t count, cap;
    struct buf scratch;
    bool as_bytecode;
    struct err *err;
};

/* The names of the .lua files at the root, for a message. */
static size_t list_root_files(const struct package *package, struct buf *names,
                              struct package_entry **last)
{
    size_t count = 0;
    for (size_t i = 0; i < package->count; i++) {
        struct package_entry *entry = &package->entries[i];
        size_t len = strlen(entry->path);
        if (entry->is_folder || strchr(entry->path, '/') || len < 5 ||
            strcmp(entry->path + len - 4, ".lua") != 0)
            continue;
        *last = entry;
        if (!buf_printf(names, "%s%s", count++ ? ", " : "", entry->path))
            break; /* enough for a message */
    }
    return count;
}

static enum verdict guess_main(struct bundle *bundle)
{
    struct buf names = { .limit = ERR_LIMIT_BYTES / 2 };
    size_t count = list_root_files(bundle->package, &names, &bundle->main);
    enum verdict verdict = VERDICT_FINE;
    if (count != 1)
        verdict = CANNOT(bundle->err,
                         "--bundle must know the handler (.lua files at the root: %s); "
                         "add --handler, such as --handler app.handler",
                         count ? buf_text(&names) : "none");
    buf_free(&names);
    return verdict;
}

static enum verdict find_main(struct bundle *bundle, const char *handler)
{
    char stem[BUNDLE_NAME_LIMIT_BYTES + 1];
    if (!handler)
        return guess_main(bundle);
    size_t len = target_file_len(handler);
    if (*handler == '=' || len == 0 || len >= sizeof stem)
        return CANNOT(
            bundle->err,
            "--handler '%s' names no file: --bundle takes file.function, such as "
            "app.handler",
            handler);
    memcpy(stem, handler, len);
    stem[len] = '\0';
    if (modules_find_file(bundle->package, stem, &bundle->main) != MODULES_LUA)
        return UNFIT(bundle->err, "the handler %s needs a file %s.lua, but there is none",
                     handler, stem);
    return VERDICT_FINE;
}

static enum verdict add_module(struct bundle *bundle, const char *name,
                               struct package_entry *entry)
{
    bool is_first = true;
    for (size_t i = 0; i < bundle->count; i++) {
        if (strcmp(bundle->modules[i].name, name) == 0)
            return VERDICT_FINE;
        if (bundle->modules[i].entry == entry)
            is_first = false;
    }
    if (bundle->count == BUNDLE_MODULES_LIMIT)
        return UNFIT(bundle->err, "%s requires more than %d modules", bundle->main->path,
                     BUNDLE_MODULES_LIMIT);
    if (bundle->count == bundle->cap) {
        size_t cap = bundle->cap ? bundle->cap * 2 : 32;
        struct module *modules = realloc(bundle->modules, cap * sizeof *modules);
        if (!modules)
            return CANNOT(bundle->err, "out of memory");
        bundle->modules = modules;
        bundle->cap = cap;
    }
    struct module *module = &bundle->modules[bundle->count++];
    *module = (struct module){ .entry = entry, .is_first = is_first };
    (void)strncpy(module->name, name, sizeof module->name - 1);
    return VERDICT_FINE;
}

static enum verdict take_call(struct bundle *bundle, const char *path,
                              const struct requires_call *call)
{
    char name[BUNDLE_NAME_LIMIT_BYTES + 1];
    struct package_entry *entry = NULL;
    if (call->kind == REQUIRES_COMPUTED || call->len >= sizeof name ||
        memchr(call->name, '\0', call->len)) {
        warning_print(
            "%s:%d: require of a name that only the running program knows: what "
            "is found so is not in the bundle, but stays a file",
            path, call->line);
        return VERDICT_FINE;
    }
    memcpy(name, call->name, call->len);
    name[call->len] = '\0';
    switch (modules_find(bundle->package, name, &entry)) {
    case MODULES_LUA:
        return entry == bundle->main ? VERDICT_FINE : add_module(bundle, name, entry);
    case MODULES_NONE:
        if (call->kind == REQUIRES_NAMED)
            warning_print("%s:%d: '%s' is not on the package's search path: a layer must "
                          "bring it, or a package.path of the program's own",
                          path, call->line, name);
        break;
    case MODULES_FILE:
    case MODULES_BUILT_IN: break;
    }
    return VERDICT_FINE;
}

/* Finds what a file requires; scratch holds its text. */
static enum verdict scan(struct bundle *bundle, const struct package_entry *entry)
{
    const struct buf *bytes = NULL;
    enum verdict verdict = package_bytes(entry, &bundle->scratch, &bytes, bundle->err);
    if (verdict)
        return verdict;
    size_t len = bytes->len;
    const char *text = bytecode_text(buf_text(bytes), &len);
    struct requires requires;
    struct requires_call call;
    requires_init(&requires, text, len);
    while (!verdict && requires_next(&requires, &call))
        verdict = take_call(bundle, entry->path, &call);
    return verdict;
}

/* A file's part of the bundle. It is compiled in any case: an error is better found now than on Lambda. */
static enum verdict put_entry(struct bundle *bundle, const struct package_entry *entry,
                              struct buf *out,
                              bool put(struct buf *, const struct bundle_source *))
{
    const struct buf *bytes = NULL;
    struct buf bytecode = { .limit = PACKAGE_UNZIPPED_LIMIT_BYTES };
    enum verdict verdict = package_bytes(entry, &bundle->scratch, &bytes, bundle->err);
    if (!verdict &&
        !bytecode_compile(buf_text(bytes), bytes->len, entry->path,
                          bundle->as_bytecode ? &bytecode : NULL, bundle->err))
        verdict = VERDICT_UNFIT;
    if (!verdict) {
        struct bundle_source source = { .path = entry->path, .len = bytes->len };
        source.bytes = bytecode_text(buf_text(bytes), &source.len);
        if (bundle->as_bytecode) {
            source.bytes = bytecode.data;
            source.len = bytecode.len;
        }
        if (!put(out, &source))
            verdict = CANNOT(bundle->err, "the bundle becomes too large");
    }
    buf_free(&bytecode);
    return verdict;
}

static enum verdict put_module(struct bundle *bundle, size_t index, struct buf *out)
{
    const struct module *module = &bundle->modules[index];
    if (!module->is_first)
        return VERDICT_FINE;
    enum verdict verdict = put_entry(bundle, module->entry, out, bundle_text_file);
    for (size_t i = index; !verdict && i < bundle->count; i++)
        if (bundle->modules[i].entry == module->entry &&
            !bundle_text_name(out, bundle->modules[i].name))
            verdict = CANNOT(bundle->err, "the bundle becomes too large");
    return verdict;
}

static enum verdict put_all(struct bundle *bundle, struct buf *out)
{
    enum verdict verdict = VERDICT_FINE;
    if (!bundle_text_begin(out, bundle->main->path))
        verdict = CANNOT(bundle->err, "out of memory");
    for (size_t i = 0; !verdict && i < bundle->count; i++)
        verdict = put_module(bundle, i, out);
    return verdict ? verdict : put_entry(bundle, bundle->main, out, bundle_text_main);
}

/* The bundle takes the place of the handler's file; the modules are files no more. */
static void settle(struct bundle *bundle, const struct buf *text)
{
    buf_free(&bundle->main->text);
    bundle->main->text = *text;
    for (size_t i = 0; i < bundle->count; i++) {
        free(bundle->modules[i].entry->path);
        bundle->modules[i].entry->path = NULL;
    }
    package_settle(bundle->package);
}

enum verdict bundle_make(struct package *package, const char *handler, bool as_bytecode,
                         struct err *err)
{
    struct bundle bundle = { .package = package,
                             .as_bytecode = as_bytecode,
                             .err = err,
                             .scratch = { .limit = PACKAGE_UNZIPPED_LIMIT_BYTES } };
    struct buf text = { .limit = PACKAGE_UNZIPPED_LIMIT_BYTES };
    enum verdict verdict = find_main(&bundle, handler);
    if (!verdict)
        verdict = scan(&bundle, bundle.main);
    for (size_t i = 0; !verdict && i < bundle.count; i++) /* grows on the way */
        if (bundle.modules[i].is_first)
            verdict = scan(&bundle, bundle.modules[i].entry);
    if (!verdict)
        verdict = put_all(&bundle, &text);
    if (verdict)
        buf_free(&text);
    else
        settle(&bundle, &text);
    buf_free(&bundle.scratch);
    free(bundle.modules);
    return verdict;
}
