/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static size_t folder_len(const char *handler)
{
    const char *slash = strrchr(handler, '/');
    return slash ? (size_t)(slash - handler) + 1 : 0;
}

size_t target_file_len(const char *handler)
{
    size_t folder = folder_len(handler);
    return folder + strcspn(handler + folder, ".");
}

static bool copy(char *to, size_t size, const char *from, size_t len, struct err *err)
{
    if (len >= size)
        return err_set(err, "HANDLER is too long: %zu bytes, at most %zu", len, size - 1);
    memcpy(to, from, len);
    to[len] = '\0';
    return true;
}

/* Lambda allows letters, digits, hyphen and underscore. */
static void name_function(struct target *target)
{
    const char *from = target->handler + folder_len(target->handler);
    size_t len = strcspn(from, ".");
    if (*target->handler == '=' || len == 0) { /* an expression has no file */
        from = "function";
        len = strlen(from);
    }
    size_t at = 0;
    for (; at < len && at < TARGET_NAME_LIMIT; at++) {
        char c = from[at];
        bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       (c >= '0' && c <= '9') || c == '-' || c == '_';
        target->name[at] = c;
        if (!allowed)
            target->name[at] = '_';
    }
    target->name[at] = '\0';
}

/* realpath, and it must be a folder. */
static bool resolve_folder(const char *folder, char *resolved, struct err *err)
{
    struct stat found;
    if (!realpath(folder, resolved) || stat(resolved, &found) != 0)
        return err_set(err, "the task root %s cannot be used: %s", folder,
                       strerror(errno));
    if (!S_ISDIR(found.st_mode))
        return err_set(err, "the task root %s is not a folder", folder);
    return true;
}

static bool resolve_absolute(struct target *target, const char *handler, struct err *err)
{
    char folder[PATH_MAX];
    size_t len = folder_len(handler);
    return copy(folder, sizeof folder, handler, len, err) &&
           resolve_folder(folder, target->root, err) &&
           copy(target->handler, sizeof target->handler, handler + len,
                strlen(handler + len), err);
}

/* An absolute handler with --root: the folders between the two stay in the handler. */
static bool resolve_below(struct target *target, const char *handler, struct err *err)
{
    struct target own;
    if (!resolve_absolute(&own, handler, err))
        return false;
    size_t len = strcmp(target->root, "/") == 0 ? 0 : strlen(target->root);
    if (strncmp(own.root, target->root, len) != 0 ||
        (own.root[len] && own.root[len] != '/'))
        return err_set(err, "HANDLER %s is not below --root %s", handler, target->root);
    const char *between = own.root + len;
    between += strspn(between, "/");
    struct buf path = { .limit = PATH_MAX - 1 };
    bool fits =
        buf_printf(&path, "%s%s%s", between, *between ? "/" : "", own.handler) &&
        copy(target->handler, sizeof target->handler, buf_text(&path), path.len, err);
    buf_free(&path);
    return fits || err_set(err, "HANDLER %s is too long", handler);
}

static bool resolve_relative(struct target *target, const char *handler, struct err *err)
{
    while (strncmp(handler, "./", 2) == 0) /* as shells complete it */
        handler += 2 + strspn(handler + 2, "/");
    return copy(target->handler, sizeof target->handler, handler, strlen(handler), err);
}

bool target_resolve(struct target *target, const char *handler, const char *root,
                    struct err *err)
{
    bool resolved = false;
    if (*handler == '/' && !root)
        resolved = resolve_absolute(target, handler, err);
    else
        resolved = resolve_folder(root ? root : ".", target->root, err) &&
                   (*handler == '/' ? resolve_below(target, handler, err)
                                    : resolve_relative(target, handler, err));
    if (resolved)
        name_function(target);
    return resolved;
}
