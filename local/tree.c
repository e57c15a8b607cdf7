/* SPDX-License-Identifier: MIT */
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

struct walk {
    struct package *package;
    struct filter *filter;
    struct stat output; /* st_nlink 0: there is none */
    struct err *err;
    char root[PATH_MAX];
    struct buf full;  /* the path on disk of where we are */
    size_t path_from; /* where in it the path in the zip begins */
    struct {
        dev_t device;
        ino_t number;
    } above[TREE_DEPTH_LIMIT]; /* the folders that we are in */
    int depth;
};

static enum verdict walk_folder(struct walk *walk, bool below_left);

static const char *path_of(const struct walk *walk)
{
    return walk->full.data + walk->path_from;
}

static enum verdict add(struct walk *walk, const struct stat *found)
{
    struct package_entry *entry = package_add(walk->package, path_of(walk),
                                              found ? walk->full.data : NULL, walk->err);
    if (!entry)
        return VERDICT_CANNOT;
    entry->is_folder = !found;
    entry->is_executable = found && (found->st_mode & S_IXUSR) != 0;
    return VERDICT_FINE;
}

/* What every system can unpack, and a list can show. Bytes of other encodings would be other names elsewhere. */
static const char *what_is_wrong_with(const char *name)
{
    mbstate_t state = { 0 };
    size_t left = strlen(name), len = 0;
    for (const char *at = name; left > 0; at += len, left -= len) {
        wchar_t c = 0;
        len = mbrtowc(&c, at, left, &state);
        if (len == (size_t)-1 || len == (size_t)-2)
            return "is not UTF-8";
        if (iswcntrl((wint_t)c))
            return "has a control character";
        if (c == L'\\')
            return "has a backslash, which some systems take for a folder's end";
    }
    return NULL;
}

/* stat, with a symbolic link followed only to what is below the root. */
static enum verdict look(struct walk *walk, struct stat *found)
{
    const char *path = walk->full.data;
    char target[PATH_MAX];
    if (lstat(path, found) != 0)
        return CANNOT(walk->err, "cannot read %s: %s", path, strerror(errno));
    if (!S_ISLNK(found->st_mode))
        return VERDICT_FINE;
    if (!realpath(path, target) || stat(path, found) != 0)
        return UNFIT(walk->err, "%s is a symbolic link that leads nowhere: %s", path,
                     strerror(errno));
    size_t len = strcmp(walk->root, "/") == 0 ? 0 : strlen(walk->root);
    if (strncmp(target, walk->root, len) != 0 || (target[len] && target[len] != '/'))
        return UNFIT(walk->err,
                     "%s is a symbolic link out of the folder, to %s; put a copy in its "
                     "place, or leave it out with --exclude %s",
                     path, target, path_of(walk));
    return VERDICT_FINE;
}

static enum verdict walk_below(struct walk *walk, const struct stat *found,
                               bool below_left)
{
    for (int i = 0; i < walk->depth; i++)
        if (walk->above[i].device == found->st_dev &&
            walk->above[i].number == found->st_ino)
            return UNFIT(walk->err,
                         "%s is a symbolic link to a folder that it is in; leave it out "
                         "with --exclude %s",
                         walk->full.data, path_of(walk));
    if (walk->depth == TREE_DEPTH_LIMIT)
        return UNFIT(walk->err, "%s lies more than %d folders deep", walk->full.data,
                     TREE_DEPTH_LIMIT);
    walk->above[walk->depth].device = found->st_dev;
    walk->above[walk->depth].number = found->st_ino;
    walk->depth++;
    enum verdict verdict = walk_folder(walk, below_left);
    walk->depth--;
    return verdict;
}

/* What full now names. */
static enum verdict walk_entry(struct walk *walk, const char *name, bool below_left)
{
    struct stat found;
    enum filter_answer answer = filter_ask(walk->filter, path_of(walk), below_left);
    if (answer == FILTER_LEAVE)
        return VERDICT_FINE;
    if (answer == FILTER_LEAVE_UNLESS_INCLUDED) {
        if (lstat(walk->full.data, &found) != 0 || !S_ISDIR(found.st_mode))
            return VERDICT_FINE;
        return walk_below(walk, &found, true);
    }
    const char *wrong = what_is_wrong_with(name);
    if (wrong)
        return UNFIT(walk->err,
                     "the name %s %s; rename it, or leave it out with --exclude",
                     walk->full.data, wrong);
    enum verdict verdict = look(walk, &found);
    if (verdict)
        return verdict;
    if (S_ISDIR(found.st_mode))
        return walk_below(walk, &found, false);
    if (!S_ISREG(found.st_mode))
        return UNFIT(walk->err,
                     "%s is neither a file nor a folder; leave it out with --exclude %s",
                     walk->full.data, path_of(walk));
    if (walk->output.st_nlink > 0 && walk->output.st_dev == found.st_dev &&
        walk->output.st_ino == found.st_ino)
        return VERDICT_FINE;
    return add(walk, &found);
}

static int is_listed(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_bytes(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

/* In the order of the names, so that of several faults always the same is told. */
static enum verdict walk_folder(struct walk *walk, bool below_left)
{
    struct dirent **list = NULL;
    int count = scandir(walk->full.data, &list, is_listed, by_bytes);
    if (count < 0)
        return CANNOT(walk->err, "cannot read the folder %s: %s", walk->full.data,
                      strerror(errno));
    size_t len = walk->full.len, entries_before = walk->package->count;
    enum verdict verdict = VERDICT_FINE;
    for (int i = 0; i < count; i++) {
        if (!verdict &&
            !buf_printf(&walk->full, "%s%s", walk->depth > 1 ? "/" : "", list[i]->d_name))
            verdict = UNFIT(walk->err, "the path of %s in %s is too long",
                            list[i]->d_name, walk->full.data);
        if (!verdict)
            verdict = walk_entry(walk, list[i]->d_name, below_left);
        walk->full.len = len;
        walk->full.data[len] = '\0';
        free(list[i]);
    }
    free(list);
    if (!verdict && walk->depth > 1 && !below_left &&
        walk->package->count == entries_before)
        verdict = add(walk, NULL);
    return verdict;
}

enum verdict tree_read(struct package *package, const char *folder, struct filter *filter,
                       const char *output, struct err *err)
{
    struct walk walk = { .package = package,
                         .filter = filter,
                         .err = err,
                         .full = { .limit = PATH_MAX - 1 } };
    struct stat found;
    if (!realpath(folder, walk.root) || stat(walk.root, &found) != 0)
        return CANNOT(err, "the folder %s cannot be used: %s", folder, strerror(errno));
    if (!S_ISDIR(found.st_mode))
        return CANNOT(err, "%s is not a folder: pack takes the folder that holds it",
                      folder);
    if (stat(output, &walk.output) != 0)
        walk.output.st_nlink = 0;
    enum verdict verdict = VERDICT_CANNOT;
    size_t len = strlen(folder);
    if (buf_printf(&walk.full, "%s%s", folder, folder[len - 1] == '/' ? "" : "/")) {
        walk.path_from = walk.full.len;
        verdict = walk_below(&walk, &found, false);
    } else {
        (void)err_set(err, "the path of the folder %s is too long", folder);
    }
    buf_free(&walk.full);
    package_sort(package);
    if (!verdict && package->count == 0)
        verdict = UNFIT(err, "%s holds nothing to pack", folder);
    return verdict;
}
