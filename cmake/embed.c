/* SPDX-License-Identifier: MIT
 * embed OUT.c MODULE...: Lua modules (lambda.boot is lambda/boot.lua below the current folder)
 * as bytecode in one C table, sorted by name: embedded_modules of runtime/embedded.h. A build tool. */
#include "shorten.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SOURCE_LIMIT_BYTES = 1024 * 1024 };

static int write_bytes(FILE *out, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (fprintf(out, "%u,", (unsigned char)bytes[i]) < 0)
            return 1;
    return 0;
}

/* The file of a module: a.b is a/b.lua or a/b/init.lua, as for require. Pushes its path; NULL for none. */
static FILE *open_module(lua_State *L, const char *module) /* raises */
{
    const char *stem = luaL_gsub(L, module, ".", "/");
    FILE *file = fopen(lua_pushfstring(L, "%s.lua", stem), "r");
    return file ? file : fopen(lua_pushfstring(L, "%s/init.lua", stem), "r");
}

/* Pushes the module as a function. Its chunk name is [lunambda lambda/boot.lua]: lambda.errors leaves
 * frames of that form out of stack traces. */
static void load_module(lua_State *L, const char *module) /* raises */
{
    static char source[SOURCE_LIMIT_BYTES];
    FILE *file = open_module(L, module);
    if (!file)
        luaL_error(L, "cannot open %s: %s", lua_tostring(L, -1), strerror(errno));
    size_t len = fread(source, 1, sizeof source, file);
    fclose(file);
    if (len == sizeof source)
        luaL_error(L, "%s is larger than %d bytes", lua_tostring(L, -1),
                   SOURCE_LIMIT_BYTES);
    const char *name = lua_pushfstring(L, "=[lunambda %s]", lua_tostring(L, -1));
    if (luaL_loadbufferx(L, source, len, name, "t"))
        lua_error(L);
}

struct entry {
    const char *name;
    size_t begin, len; /* of its bytecode */
};

static int by_name(const void *one, const void *other)
{
    return strcmp(((const struct entry *)one)->name, ((const struct entry *)other)->name);
}

/* One array, in the order of the names as given: what is loaded together stands together, on few pages. */
static void write_bytecode(lua_State *L, FILE *out, struct entry *entries,
                           size_t count) /* raises */
{
    int top = lua_gettop(L);
    size_t begin = 0;
    fputs("static const unsigned char bytecode[] = {", out);
    for (size_t i = 0; i < count; i++) {
        load_module(L, entries[i].name);
        const char *bytes = shorten(L, &entries[i].len);
        entries[i].begin = begin;
        begin += entries[i].len;
        if (write_bytes(out, bytes, entries[i].len))
            luaL_error(L, "cannot write: %s", strerror(errno));
        lua_settop(L, top);
    }
    fputs("};\n", out);
}

static int embed(lua_State *L) /* raises; stack: out, names... */
{
    FILE *out = lua_touserdata(L, 1);
    size_t count = (size_t)lua_gettop(L) - 1;
    struct entry *entries = lua_newuserdatauv(L, count * sizeof *entries, 0);
    luaL_checkstack(L, LUA_MINSTACK, "for a module");
    for (size_t i = 0; i < count; i++)
        entries[i] = (struct entry){ .name = luaL_checkstring(L, (int)i + 2) };
    fputs("#include \"embedded.h\"\n", out);
    write_bytecode(L, out, entries, count);
    qsort(entries, count, sizeof *entries, by_name);
    fputs("const struct embedded embedded_modules[] = {\n", out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "    { \"%s\", bytecode + %zu, %zu },\n", entries[i].name,
                entries[i].begin, entries[i].len);
    fprintf(out, "};\nconst size_t embedded_count = %zu;\n", count);
    return 0;
}

int main(int argc, char **argv)
{
    lua_State *L = luaL_newstate();
    FILE *out = argc > 1 ? fopen(argv[1], "w") : NULL;
    if (!L || !out || !lua_checkstack(L, argc + LUA_MINSTACK)) {
        fprintf(stderr, "embed: cannot write %s: %s\n", argc > 1 ? argv[1] : "OUT.c",
                strerror(errno));
        return 1;
    }
    lua_pushcfunction(L, embed);
    lua_pushlightuserdata(L, out);
    for (int i = 2; i < argc; i++)
        lua_pushstring(L, argv[i]);
    int status = lua_pcall(L, argc - 1, 0, 0);
    if (status)
        fprintf(stderr, "embed: %s\n", lua_tostring(L, -1));
    if (fclose(out) && !status)
        status = 1;
    if (status)
        (void)remove(argv[1]);
    lua_close(L);
    return status ? 1 : 0;
}
