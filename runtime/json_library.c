/* SPDX-License-Identifier: MIT
 * lambda.json as Lua sees it. Bad input comes back as nil and a message; wrong arguments raise, with
 * the caller's position. */
#include "json_codec.h"
#include "json_mark.h"

#include <lauxlib.h>

#include <string.h>

enum {
    INDENT_MAX = 16,
    /* Of what json.encode makes; events have a limit of their own. */
    TEXT_LIMIT_BYTES = 1 << 30,
};

/* The text that json.encode is at work on: a userdata that Lua closes when the call ends, by a raise
 * too. It is used again by the next call. A call that finds it busy (a finaliser that encodes while
 * another call is at work, or one whose coroutine died in it) puts a new one in its place. */
struct text_box {
    struct buf buf;
    bool is_busy;
};

static int free_text(lua_State *L)
{
    struct text_box *box = lua_touserdata(L, 1);
    buf_free(&box->buf);
    return 0;
}

static int close_text(lua_State *L)
{
    struct text_box *box = lua_touserdata(L, 1);
    buf_clear(&box->buf); /* a large one goes back now */
    box->is_busy = false;
    return 0;
}

/* Pushes a new one, its metatable being at a stack index. */
static struct text_box *push_text_box(lua_State *L, int metatable)
{
    struct text_box *box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = (struct text_box){ .buf = { .limit = TEXT_LIMIT_BYTES } };
    lua_pushvalue(L, metatable);
    lua_setmetatable(L, -2);
    return box;
}

/* Pushes the box of json.encode, whose upvalues are box and metatable; it is closed on return. */
static struct text_box *take_text_box(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    struct text_box *box = lua_touserdata(L, -1);
    if (box->is_busy) {
        box = push_text_box(L, lua_upvalueindex(2));
        lua_copy(L, -1, lua_upvalueindex(1));
    }
    lua_toclose(L, -1);
    box->is_busy = true;
    return box;
}

/* Whether the value at a stack index is this word, and not one with a NUL and more behind it. */
static bool is_word(lua_State *L, int slot, const char *word)
{
    if (lua_type(L, slot) != LUA_TSTRING)
        return false;
    size_t len;
    const char *text = lua_tolstring(L, slot, &len);
    return len == strlen(word) && memcmp(text, word, len) == 0;
}

/* Whether the option on top of the stack is `yes` rather than `no`, two words. */
static bool read_word(lua_State *L, const char *name, const char *no, const char *yes)
{
    bool is_yes = is_word(L, -1, yes);
    if (!is_yes && !is_word(L, -1, no))
        luaL_error(L, "option '%s' must be \"%s\" or \"%s\"", name, no, yes);
    return is_yes;
}

static bool read_boolean(lua_State *L, const char *name)
{
    if (!lua_isboolean(L, -1))
        luaL_error(L, "option '%s' must be true or false", name);
    return lua_toboolean(L, -1);
}

static int read_indent(lua_State *L)
{
    lua_Integer indent = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : -1;
    if (indent < 0 || indent > INDENT_MAX)
        luaL_error(L, "option 'indent' must be a whole number from 0 to %d", INDENT_MAX);
    return (int)indent;
}

/* One option; stack: … name value. False when there is no such option. */
static bool read_option(lua_State *L, struct json_options *options, bool is_encode)
{
    if (is_word(L, -2, "encoding"))
        options->replace_invalid_utf8 = read_word(L, "encoding", "strict", "replace");
    else if (!is_encode && is_word(L, -2, "bigint"))
        options->bigint_as_string = read_word(L, "bigint", "float", "string");
    else if (is_encode && is_word(L, -2, "sort"))
        options->sort = read_boolean(L, "sort");
    else if (is_encode && is_word(L, -2, "indent"))
        options->indent = read_indent(L);
    else
        return false;
    return true;
}

/* The options in the table at argument 2, if there is one. */
static struct json_options read_options(lua_State *L, bool is_encode)
{
    struct json_options options = { 0 };
    if (lua_isnoneornil(L, 2))
        return options;
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_pushnil(L);
    while (lua_next(L, 2)) {
        if (!read_option(L, &options, is_encode))
            luaL_error(L, "unknown option '%s'; there are %s",
                       luaL_tolstring(L, -2, NULL),
                       is_encode ? "sort, indent and encoding" : "bigint and encoding");
        lua_pop(L, 1);
    }
    return options;
}

static int decode(lua_State *L)
{
    size_t len;
    luaL_checktype(L, 1, LUA_TSTRING);
    const char *text = lua_tolstring(L, 1, &len);
    struct json_options options = read_options(L, false);
    if (json_try_decode(L, text, len, &options))
        return 1;
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
}

static int encode(lua_State *L)
{
    luaL_checkany(L, 1);
    struct json_options options = read_options(L, true);
    struct text_box *box = take_text_box(L);
    if (json_try_encode(L, 1, &box->buf, &options)) {
        lua_pushlstring(L, buf_text(&box->buf), box->buf.len);
        return 1;
    }
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
}

/* Marks the table at argument 1, a new one when there is none, and returns it. */
static int mark(lua_State *L, enum json_mark mark)
{
    if (lua_isnoneornil(L, 1)) {
        lua_settop(L, 0);
        lua_newtable(L);
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    json_mark_push(L, JSON_MARK_ARRAY);
    json_mark_push(L, JSON_MARK_OBJECT);
    if (lua_getmetatable(L, 1)) {
        if (!lua_rawequal(L, -1, 2) && !lua_rawequal(L, -1, 3))
            return luaL_argerror(L, 1, "a table without a metatable expected");
        lua_pop(L, 1);
    }
    lua_settop(L, mark == JSON_MARK_ARRAY ? 2 : 3);
    lua_setmetatable(L, 1);
    lua_settop(L, 1);
    return 1;
}

static int array(lua_State *L)
{
    return mark(L, JSON_MARK_ARRAY);
}

static int object(lua_State *L)
{
    return mark(L, JSON_MARK_OBJECT);
}

static int raw(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TSTRING);
    if (!lua_isnoneornil(L, 2))
        luaL_checktype(L, 2, LUA_TSTRING);
    lua_settop(L, 2);
    lua_createtable(L, 1, 1);
    lua_pushvalue(L, 1);
    lua_rawseti(L, 3, 1);
    lua_pushvalue(L, 2);
    lua_setfield(L, 3, "content_type");
    json_mark_push(L, JSON_MARK_RAW);
    lua_setmetatable(L, 3);
    return 1;
}

static void set_encode(lua_State *L) /* stack: … library */
{
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, free_text);
    lua_setfield(L, -2, "__gc");
    lua_pushcfunction(L, close_text);
    lua_setfield(L, -2, "__close");
    push_text_box(L, lua_gettop(L));
    lua_insert(L, -2); /* stack: library box metatable */
    lua_pushcclosure(L, encode, 2);
    lua_setfield(L, -2, "encode");
}

int json_library(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "decode", decode }, { "array", array }, { "object", object },
        { "raw", raw },       { NULL, NULL },
    };
    static const struct {
        const char *name;
        enum json_mark mark;
    } marks[] = {
        { "array_mt", JSON_MARK_ARRAY },
        { "object_mt", JSON_MARK_OBJECT },
        { "raw_mt", JSON_MARK_RAW },
    };
    json_open(L);
    lua_createtable(L, 0, 9);
    luaL_setfuncs(L, functions, 0);
    set_encode(L);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        json_mark_push(L, marks[i].mark);
        lua_setfield(L, -2, marks[i].name);
    }
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
    return 1;
}
