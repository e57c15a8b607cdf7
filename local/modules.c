/* SPDX-License-Identifier: MIT */
#include "modules.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static bool is_built_in(const char *name)
{
    static const char *const names[] = { "_G",    "coroutine",  "debug",  "io",    "math",
                                         "os",    "package",    "string", "table", "utf8",
                                         "cjson", "cjson.safe", "lambda" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return strncmp(name, "lambda.", strlen("lambda.")) == 0;
}

static struct package_entry *find(const struct package *package, const char *folder,
                                  const char *stem, const char *end)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof path, "%s%s%s", folder, stem, end);
    return len > 0 && (size_t)len < sizeof path ? package_find(package, path) : NULL;
}

enum modules_answer modules_find_file(const struct package *package, const char *stem,
                                      struct package_entry **entry)
{
    static const char *const folders[] = { "", "lua_modules/",
                                           "lua_modules/share/lua/5.4/",
                                           "share/lua/5.4/" };
    static const struct {
        const char *end;
        enum modules_answer answer;
    } forms[] = { { ".lua", MODULES_LUA },
                  { ".luac", MODULES_FILE },
                  { "/init.lua", MODULES_LUA },
                  { "/init.luac", MODULES_FILE } };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        for (size_t k = 0; k < sizeof forms / sizeof *forms; k++) {
            *entry = find(package, folders[i], stem, forms[k].end);
            if (*entry && !(*entry)->is_folder)
                return forms[k].answer;
        }
    return MODULES_NONE;
}

static bool is_c_module(const struct package *package, const char *stem)
{
    static const char *const folders[] = { "", "lua_modules/", "lua_modules/lib/lua/5.4/",
                                           "lib/lua/5.4/" };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (find(package, folders[i], stem, ".so"))
            return true;
    return false;
}

/* As Lua's searchers: a/b.so for a.b, or a.so, which holds all of a; without what is before a hyphen. */
static bool is_any_c_module(const struct package *package, char *stem)
{
    const char *hyphen = strchr(stem, '-');
    if (is_c_module(package, stem) || (hyphen && is_c_module(package, hyphen + 1)))
        return true;
    char *slash = strchr(stem, '/');
    if (slash)
        *slash = '\0';
    return slash && is_c_module(package, stem);
}

enum modules_answer modules_find(const struct package *package, const char *name,
                                 struct package_entry **entry)
{
    char stem[PATH_MAX];
    size_t len = strlen(name);
    *entry = NULL;
    if (is_built_in(name))
        return MODULES_BUILT_IN;
    if (len == 0 || len >= sizeof stem)
        return MODULES_NONE;
    for (size_t i = 0; i <= len; i++) {
        stem[i] = name[i];
        if (name[i] == '.')
            stem[i] = '/';
    }
    enum modules_answer answer = modules_find_file(package, stem, entry);
    if (answer == MODULES_NONE && is_any_c_module(package, stem))
        return MODULES_FILE;
    return answer;
}
