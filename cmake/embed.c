/* embed OUT.c MODULE...: Lua modules (lambda.boot is lambda/boot.lua below the current folder)
 * as bytecode in one C table, struct embedded[] of runtime/embedded.h. A build tool. The names of locals are left
 * out, for loading them is a tenth of a cold start; traces need what else there is of debug information. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SOURCE_LIMIT_BYTES = 1024 * 1024 };

/* Bytecode on its way into a shorter one (ldump.c of Lua 5.4). */
struct copy {
    lua_State *L;
    const unsigned char *at, *end;
    luaL_Buffer *out;
};

/* Tags of constants (lobject.h) that have something behind them. */
enum { TAG_INTEGER = 3, TAG_SHORT_STRING = 4, TAG_FLOAT = 19, TAG_LONG_STRING = 20 };

enum {
    /* Signature, version, format, data to check, three sizes, an integer and a number to check. */
    HEADER_BYTES = 4 + 1 + 1 + 6 + 3 + 8 + 8,
    NUMBER_BYTES = 8,
    INSTRUCTION_BYTES = 4,
    UPVALUE_BYTES = 3,
    FUNCTION_BYTES = 3, /* parameters, whether it takes more, stack */
};

static const unsigned char *take(struct copy *copy, size_t len) /* raises */
{
    const unsigned char *bytes = copy->at;
    if ((size_t)(copy->end - bytes) < len)
        luaL_error(copy->L, "bytecode ends where this tool expects more");
    copy->at += len;
    return bytes;
}

static void keep(struct copy *copy, size_t len) /* raises */
{
    luaL_addlstring(copy->out, (const char *)take(copy, len), len);
}

/* Seven bits a byte, the most significant first; the last byte has the eighth. */
static size_t take_size(struct copy *copy) /* raises */
{
    size_t size = 0;
    unsigned char byte = 0;
    do {
        byte = *take(copy, 1);
        size = size << 7 | (byte & 0x7F);
    } while (!(byte & 0x80));
    return size;
}

static size_t keep_size(struct copy *copy) /* raises */
{
    const unsigned char *begin = copy->at;
    size_t size = take_size(copy);
    luaL_addlstring(copy->out, (const char *)begin, (size_t)(copy->at - begin));
    return size;
}

/* Its size is one more than it has bytes; 0 for none. */
static void keep_string(struct copy *copy) /* raises */
{
    size_t size = keep_size(copy);
    keep(copy, size ? size - 1 : 0);
}

static void keep_constants(struct copy *copy) /* raises */
{
    for (size_t left = keep_size(copy); left; left--) {
        int tag = *copy->at;
        keep(copy, 1);
        if (tag == TAG_SHORT_STRING || tag == TAG_LONG_STRING)
            keep_string(copy);
        else if (tag == TAG_INTEGER || tag == TAG_FLOAT)
            keep(copy, NUMBER_BYTES);
    }
}

static void keep_debug(struct copy *copy) /* raises; but for the names of locals */
{
    keep(copy, keep_size(copy));                        /* line steps */
    for (size_t left = keep_size(copy); left; left--) { /* lines */
        (void)keep_size(copy);
        (void)keep_size(copy);
    }
    for (size_t left = take_size(copy); left; left--) { /* locals */
        size_t size = take_size(copy);
        (void)take(copy, size ? size - 1 : 0);
        (void)take_size(copy);
        (void)take_size(copy);
    }
    luaL_addchar(copy->out, (char)0x80); /* none */
    for (size_t left = keep_size(copy); left; left--)
        keep_string(
            copy); /* upvalues: a function of the handler's is called by such a name */
}

static void keep_function(struct copy *copy) /* raises */
{
    keep_string(copy); /* chunk name */
    (void)keep_size(copy);
    (void)keep_size(copy); /* first and last line */
    keep(copy, FUNCTION_BYTES);
    keep(copy, INSTRUCTION_BYTES * keep_size(copy));
    keep_constants(copy);
    keep(copy, UPVALUE_BYTES * keep_size(copy));
    for (size_t left = keep_size(copy); left; left--)
        keep_function(copy);
    keep_debug(copy);
}

/* Pushes what string.dump gives for the function at index. */
static const char *dump(lua_State *L, int index, int strip, size_t *len) /* raises */
{
    luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 0);
    lua_getfield(L, -1, "dump");
    lua_remove(L, -2);
    lua_pushvalue(L, index);
    lua_pushboolean(L, strip);
    lua_call(L, 2, 1);
    return lua_tolstring(L, -1, len);
}

/* Pushes the bytecode of the function on top without the names of locals; raises if Lua would load anything but
 * the same function from that. */
static const char *shorten(lua_State *L, size_t *len) /* raises */
{
    int function = lua_gettop(L);
    luaL_Buffer buffer;
    struct copy copy = { .L = L, .out = &buffer };
    const char *whole = dump(L, function, 0, len);
    copy.at = (const unsigned char *)whole;
    copy.end = copy.at + *len;
    luaL_buffinit(L, &buffer);
    keep(&copy, HEADER_BYTES + 1); /* with the count of upvalues */
    keep_function(&copy);
    luaL_pushresult(&buffer);
    const char *bytes = lua_tolstring(L, -1, len);
    if (copy.at != copy.end || luaL_loadbufferx(L, bytes, *len, "shorter", "b"))
        luaL_error(L, "this Lua writes bytecode in a form unknown here");
    size_t ignored;
    (void)dump(L, function, 1, &ignored);
    (void)dump(L, lua_gettop(L) - 1, 1, &ignored);
    if (!lua_rawequal(L, -1, -2))
        luaL_error(L, "bytecode changed when the names of locals were left out");
    lua_pop(L, 3);
    return bytes;
}

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

static int embed(lua_State *L) /* raises; stack: out, names... */
{
    FILE *out = lua_touserdata(L, 1);
    int count = lua_gettop(L) - 1;
    luaL_checkstack(L, LUA_MINSTACK, "for a module");
    fputs("#include \"embedded.h\"\n", out);
    for (int i = 0; i < count; i++) {
        load_module(L, luaL_checkstring(L, i + 2));
        fprintf(out, "static const unsigned char module_%d[] = {", i);
        size_t len;
        const char *bytes = shorten(L, &len);
        if (write_bytes(out, bytes, len))
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
