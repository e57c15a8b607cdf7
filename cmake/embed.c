/* embed OUT.c MODULE...: Lua modules (lambda.boot is lambda/boot.lua below the current folder)
 * as bytecode in one C table, struct embedded[] of runtime/embedded.h. A build tool. */
#include <lauxlib.h>
#include <lua.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int write_bytes(lua_State *L, const void *bytes, size_t len, void *out)
{
    (void)L;
    for (size_t i = 0; i < len; i++)
        if (fprintf(out, "%u,", ((const unsigned char *)bytes)[i]) < 0)
            return 1;
    return 0;
}

static int embed(lua_State *L) /* raises; stack: out, names... */
{
    FILE *out = lua_touserdata(L, 1);
    int count = lua_gettop(L) - 1;
    fputs("#include \"embedded.h\"\n", out);
    for (int i = 0; i < count; i++) {
        const char *path = luaL_gsub(L, luaL_checkstring(L, i + 2), ".", "/");
        path = lua_pushfstring(L, "%s.lua", path);
        if (luaL_loadfilex(L, path, "t"))
            return lua_error(L);
        fprintf(out, "static const unsigned char module_%d[] = {", i);
        if (lua_dump(L, write_bytes, out, 0))
            return luaL_error(L, "cannot write: %s", strerror(errno));
        fputs("};\n", out);
        lua_settop(L, count + 1);
    }
    fputs("const struct embedded embedded_modules[] = {\n", out);
    for (int i = 0; i < count; i++)
        fprintf(out, "    { \"%s\", module_%d, sizeof module_%d },\n",
                lua_tostring(L, i + 2), i, i);
    fputs("    { 0, 0, 0 },\n};\n", out);
    return 0;
}

int main(int argc, char **argv)
{
    lua_State *L = luaL_newstate();
    FILE *out = argc > 1 ? fopen(argv[1], "w") : NULL;
    if (!L || !out) {
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
