/* SPDX-License-Identifier: MIT */
#include "shorten.h"

#include <lauxlib.h>
#include <lualib.h>

#include <stdbool.h>

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
    /* Whether it is a local of the function around, its index, its kind. */
    UPVALUE_BYTES = 3,
    UPVALUES_MAX = 255,
    FUNCTION_BYTES = 3, /* parameters, whether it takes more, stack */
};

/* A size of 0: of a list without entries, of a string that is none. */
static const char NOTHING = (char)0x80;

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

static void drop_string(struct copy *copy) /* raises */
{
    size_t size = take_size(copy);
    (void)take(copy, size ? size - 1 : 0);
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

/* Which upvalues of a function are the module's: locals of its main function, and what that has for globals. */
struct scope {
    const struct scope *around; /* NULL for a main function */
    bool is_of_module[UPVALUES_MAX];
    bool has_names; /* not all are */
};

static void keep_upvalues(struct copy *copy, struct scope *scope) /* raises */
{
    size_t count = keep_size(copy);
    if (count > UPVALUES_MAX)
        luaL_error(copy->L, "bytecode has a function with %d upvalues", (int)count);
    for (size_t i = 0; i < count; i++) {
        const unsigned char *upvalue = copy->at;
        const struct scope *around = scope->around;
        keep(copy, UPVALUE_BYTES);
        scope->is_of_module[i] =
            !around || (upvalue[0] ? !around->around : around->is_of_module[upvalue[1]]);
        scope->has_names |= !scope->is_of_module[i];
    }
}

/* By the name of an upvalue a trace calls the handler's function in it. Those lie in locals of functions. All have an
 * entry, or none has. */
static void keep_upvalue_names(struct copy *copy, const struct scope *scope) /* raises */
{
    size_t count = scope->has_names ? keep_size(copy) : take_size(copy);
    if (!scope->has_names)
        luaL_addchar(copy->out, NOTHING);
    for (size_t i = 0; i < count; i++) {
        if (!scope->is_of_module[i]) {
            keep_string(copy);
            continue;
        }
        drop_string(copy);
        if (scope->has_names)
            luaL_addchar(copy->out, NOTHING);
    }
}

static void keep_debug(struct copy *copy, const struct scope *scope) /* raises */
{
    keep(copy, keep_size(copy));                        /* line steps */
    for (size_t left = keep_size(copy); left; left--) { /* lines */
        (void)keep_size(copy);
        (void)keep_size(copy);
    }
    for (size_t left = take_size(copy); left; left--) { /* locals */
        drop_string(copy);
        (void)take_size(copy);
        (void)take_size(copy);
    }
    luaL_addchar(copy->out, NOTHING);
    keep_upvalue_names(copy, scope);
}

static void keep_function(struct copy *copy, const struct scope *around) /* raises */
{
    struct scope scope = { .around = around };
    keep_string(copy); /* chunk name */
    (void)keep_size(copy);
    (void)keep_size(copy); /* first and last line */
    keep(copy, FUNCTION_BYTES);
    keep(copy, INSTRUCTION_BYTES * keep_size(copy));
    keep_constants(copy);
    keep_upvalues(copy, &scope);
    for (size_t left = keep_size(copy); left; left--)
        keep_function(copy, &scope);
    keep_debug(copy, &scope);
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

const char *shorten(lua_State *L, size_t *len) /* raises */
{
    int function = lua_gettop(L);
    luaL_Buffer buffer;
    struct copy copy = { .L = L, .out = &buffer };
    const char *whole = dump(L, function, 0, len);
    copy.at = (const unsigned char *)whole;
    copy.end = copy.at + *len;
    luaL_buffinit(L, &buffer);
    keep(&copy, HEADER_BYTES + 1); /* with the count of upvalues */
    keep_function(&copy, NULL);
    luaL_pushresult(&buffer);
    const char *bytes = lua_tolstring(L, -1, len);
    if (copy.at != copy.end || luaL_loadbufferx(L, bytes, *len, "shorter", "b"))
        luaL_error(L, "this Lua writes bytecode in a form unknown here");
    size_t ignored;
    (void)dump(L, function, 1, &ignored);
    (void)dump(L, lua_gettop(L) - 1, 1, &ignored);
    if (!lua_rawequal(L, -1, -2))
        luaL_error(L, "bytecode changed when names were left out");
    lua_pop(L, 3);
    return bytes;
}
