/* SPDX-License-Identifier: MIT */
#include "filter.h"

#include <fnmatch.h>
#include <string.h>

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool matches(const char *const *globs, bool *hits, int count, const char *path)
{
    bool matched = false;
    for (int i = 0; i < count; i++) {
        bool has_slash = strchr(globs[i], '/') != NULL;
        if (fnmatch(globs[i], has_slash ? path : name_of(path),
                    has_slash ? FNM_PATHNAME : 0) == 0)
            hits[i] = matched = true;
    }
    return matched;
}

/* .git, .env, .luacheckrc; what editors leave: app.lua~, #app.lua#. */
static bool is_left_by_default(const char *path)
{
    const char *name = name_of(path);
    size_t len = strlen(name);
    return name[0] == '.' || (len > 1 && name[len - 1] == '~') ||
           (len > 2 && name[0] == '#' && name[len - 1] == '#');
}

enum filter_answer filter_ask(struct filter *filter, const char *path, bool below_left)
{
    if (matches(filter->exclude, filter->exclude_hits, filter->exclude_count, path))
        return FILTER_LEAVE;
    if (!below_left && !is_left_by_default(path))
        return FILTER_TAKE;
    if (matches(filter->include, filter->include_hits, filter->include_count, path))
        return FILTER_TAKE;
    return filter->include_count > 0 ? FILTER_LEAVE_UNLESS_INCLUDED : FILTER_LEAVE;
}

const char *filter_unused(const struct filter *filter, const char **option)
{
    *option = "--exclude";
    for (int i = 0; i < filter->exclude_count; i++)
        if (!filter->exclude_hits[i])
            return filter->exclude[i];
    *option = "--include";
    for (int i = 0; i < filter->include_count; i++)
        if (!filter->include_hits[i])
            return filter->include[i];
    return NULL;
}
