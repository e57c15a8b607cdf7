/* SPDX-License-Identifier: MIT
 * A walk over Lua values. Each open table has three slots: itself, the key at hand, its value; so
 * the path is on the stack, and is only put into words when something goes wrong. */
#include "json_codec.h"
#include "json_encoder.h"
#include "json_number.h"
#include "json_shape.h"
#include "json_sort.h"

#include <lauxlib.h>

#include <math.h>

enum { SLOTS = 8 }; /* that one table needs */

static bool write_value(struct json_encoder *e);

/* A new line at the present depth, where the options want one. */
static bool write_line(struct json_encoder *e)
{
    if (e->options->indent <= 0)
        return true;
    size_t spaces = (size_t)e->options->indent * (size_t)e->depth;
    return json_encoder_fits(e, json_writer_line(&e->out, spaces));
}

static bool enter(struct json_encoder *e, char bracket)
{
    e->depth++;
    return json_encoder_fits(e, json_writer_byte(&e->out, bracket));
}

static bool leave(struct json_encoder *e, const struct json_level *level, char bracket)
{
    e->depth--;
    e->inner = level->outer;
    return write_line(e) && json_encoder_fits(e, json_writer_byte(&e->out, bracket));
}

static bool separate(struct json_encoder *e, bool is_first)
{
    return (is_first || json_encoder_fits(e, json_writer_byte(&e->out, ','))) &&
           write_line(e);
}

static bool write_array(struct json_encoder *e, int table, lua_Integer length)
{
    struct json_level level = { .outer = e->inner };
    if (!enter(e, '['))
        return false;
    e->inner = &level;
    lua_settop(e->L, table);
    for (level.index = 1; level.index <= length; level.index++) {
        lua_rawgeti(e->L, table, level.index);
        if (!separate(e, level.index == 1) || !write_value(e))
            return false;
        lua_settop(e->L, table);
    }
    return leave(e, &level, ']');
}

/* A number as a key. Where the same text is a key too, one of them would be lost. */
static bool write_number_key(struct json_encoder *e, int table,
                             const struct json_level *level)
{
    char text[JSON_NUMBER_BYTES_MAX];
    size_t len;
    lua_Number real = lua_tonumber(e->L, level->key);
    if (lua_isinteger(e->L, level->key)) {
        len = json_number_write_integer(text, lua_tointeger(e->L, level->key));
    } else if (isfinite(real)) {
        len = json_number_write_real(text, real);
    } else {
        e->inner = level->outer; /* the path has no words for such a key */
        return json_encoder_fail(e, "an infinite number cannot be a key");
    }
    lua_pushlstring(e->L, text, len);
    if (!json_encoder_string(e, -1, "the key"))
        return false;
    bool is_double = lua_rawget(e->L, table) != LUA_TNIL;
    lua_pop(e->L, 1);
    if (is_double)
        return json_encoder_fail(
            e, "the number and the string are both keys, and the same in JSON");
    return true;
}

/* stack: … key … value, the key in level's slot */
static bool write_member(struct json_encoder *e, int table, struct json_level *level,
                         bool is_first)
{
    if (!separate(e, is_first))
        return false;
    int type = lua_type(e->L, level->key);
    if (type != LUA_TSTRING && type != LUA_TNUMBER) {
        e->inner = level->outer;
        return json_encoder_fail(e, "%s cannot be a key", json_encoder_name_type(type));
    }
    if (!(type == LUA_TSTRING ? json_encoder_string(e, level->key, "the key")
                              : write_number_key(e, table, level)))
        return false;
    bool is_indented = e->options->indent > 0;
    return json_encoder_fits(e, json_writer_bytes(&e->out, ": ", is_indented ? 2 : 1)) &&
           write_value(e);
}

/* The members that lua_next gives, from the pair on top of the stack on. */
static bool write_object(struct json_encoder *e, int table)
{
    struct json_level level = { .outer = e->inner, .key = lua_gettop(e->L) - 1 };
    if (!enter(e, '{'))
        return false;
    e->inner = &level;
    bool is_first = true;
    do {
        if (!write_member(e, table, &level, is_first))
            return false;
        is_first = false;
        lua_settop(e->L, level.key);
    } while (lua_next(e->L, table));
    return leave(e, &level, '}');
}

static bool write_sorted_object(struct json_encoder *e, int table)
{
    size_t count;
    switch (json_sort_keys(e->L, table, &count)) {
    case JSON_SORT_OK: break;
    case JSON_SORT_NO_KEY:
        return json_encoder_fail(e, "%s cannot be a key",
                                 json_encoder_name_type(lua_type(e->L, -1)));
    case JSON_SORT_GROWN:
        return json_encoder_fail(e, "the table changed meanwhile (by a finalizer)");
    }
    int keys = lua_gettop(e->L);
    struct json_level level = { .outer = e->inner, .key = keys + 1 };
    if (!enter(e, '{'))
        return false;
    e->inner = &level;
    for (size_t i = 0; i < count; i++) {
        json_sort_push_key(e->L, keys, i);
        lua_pushvalue(e->L, -1);
        lua_rawget(e->L, table); /* stack: anchor keys key value */
        if (!write_member(e, table, &level, i == 0))
            return false;
        lua_settop(e->L, keys);
    }
    return leave(e, &level, '}');
}

static bool write_raw(struct json_encoder *e, int table)
{
    size_t len;
    if (lua_rawgeti(e->L, table, 1) != LUA_TSTRING)
        return json_encoder_fail(e, "a raw value without its text");
    const char *bytes = lua_tolstring(e->L, -1, &len);
    return json_encoder_fits(e, json_writer_bytes(&e->out, bytes, len));
}

static enum json_mark find_mark(const struct json_encoder *e)
{
    if (!lua_getmetatable(e->L, -1))
        return JSON_MARK_COUNT;
    const void *metatable = lua_topointer(e->L, -1);
    lua_pop(e->L, 1);
    int mark = 0;
    while (mark < JSON_MARK_COUNT && e->marks[mark] != metatable)
        mark++;
    return (enum json_mark)mark;
}

/* stack: … table key value, some pair of the table */
static bool write_pairs(struct json_encoder *e, int table, enum json_mark mark)
{
    lua_Integer length = 0;
    enum json_shape shape = JSON_SHAPE_OBJECT;
    bool is_open = mark == JSON_MARK_COUNT && lua_type(e->L, table + 1) == LUA_TNUMBER;
    if (is_open || mark == JSON_MARK_ARRAY)
        shape = json_shape_find(e->L, table, &length);
    switch (shape) {
    case JSON_SHAPE_ARRAY: return write_array(e, table, length);
    case JSON_SHAPE_OBJECT:
        if (mark == JSON_MARK_ARRAY)
            return json_encoder_fail(e, "an array with a key that is no index");
        return e->options->sort ? write_sorted_object(e, table) : write_object(e, table);
    case JSON_SHAPE_SPARSE: break;
    }
    return json_encoder_fail(
        e, "an array of %lld with most elements missing (json.object makes it an object)",
        (long long)length);
}

/* stack: … table */
static bool write_table(struct json_encoder *e)
{
    luaL_checkstack(e->L, SLOTS, "JSON");
    int table = lua_gettop(e->L);
    enum json_mark mark = find_mark(e);
    if (mark == JSON_MARK_RAW)
        return write_raw(e, table);
    if (e->depth == JSON_DEPTH_LIMIT)
        return json_encoder_fail(
            e, "deeper than %d levels (a table that contains itself?)", JSON_DEPTH_LIMIT);
    lua_pushnil(e->L);
    if (lua_next(e->L, table))
        return write_pairs(e, table, mark);
    return json_encoder_fits(
        e, json_writer_bytes(&e->out, mark == JSON_MARK_ARRAY ? "[]" : "{}", 2));
}

/* stack: … value; what is left above it is the caller's to remove */
static bool write_value(struct json_encoder *e)
{
    int type = lua_type(e->L, -1);
    switch (type) {
    case LUA_TSTRING: return json_encoder_string(e, -1, "the string");
    case LUA_TNUMBER: return json_encoder_number(e);
    case LUA_TTABLE: return write_table(e);
    case LUA_TNIL: return json_encoder_fits(e, json_writer_bytes(&e->out, "null", 4));
    case LUA_TBOOLEAN:
        return lua_toboolean(e->L, -1)
                   ? json_encoder_fits(e, json_writer_bytes(&e->out, "true", 4))
                   : json_encoder_fits(e, json_writer_bytes(&e->out, "false", 5));
    case LUA_TLIGHTUSERDATA:
        if (!lua_touserdata(e->L, -1))
            return json_encoder_fits(e, json_writer_bytes(&e->out, "null", 4));
        break;
    default: break;
    }
    return json_encoder_fail(e, "%s has no JSON form", json_encoder_name_type(type));
}

bool json_try_encode(lua_State *L, int index, struct buf *out,
                     const struct json_options *options)
{
    luaL_checkstack(L, SLOTS, "JSON");
    int base = lua_gettop(L);
    struct json_encoder e = { .L = L, .options = options };
    lua_pushvalue(L, index);
    for (int mark = 0; mark < JSON_MARK_COUNT; mark++) {
        json_mark_push(L, (enum json_mark)mark);
        e.marks[mark] = lua_topointer(L, -1);
        lua_pop(L, 1);
    }
    json_writer_open(&e.out, out);
    bool done = write_value(&e);
    json_writer_close(&e.out);
    if (!done)
        lua_replace(L, base + 1); /* the message */
    lua_settop(L, base + !done);
    return done;
}

void json_encode(lua_State *L, int index, struct buf *out,
                 const struct json_options *options)
{
    if (!json_try_encode(L, index, out, options))
        lua_error(L);
}
