/* SPDX-License-Identifier: MIT
 * Values are pushed on Lua's stack, and a table is made when its size is known. Big ones are
 * filled in batches, so that neither stack nor table is ever much larger than what is read. */
#include "json_codec.h"
#include "json_key.h"
#include "json_mark.h"
#include "json_reader.h"
#include "json_string.h"

#include <lauxlib.h>

#include <string.h>

enum {
    BATCH = 256,  /* values that wait on the stack for their table */
    STRIDE = 32,  /* values between two looks at the stack's size; divides BATCH */
    HEADROOM = 8, /* slots that one value needs besides itself */
};

static const char *read_value(struct json_reader *r, const char *p);

static const char *skip_space(const struct json_reader *r, const char *p)
{
    if (p != r->end && *p > ' ')
        return p; /* most JSON has none */
    while (p < r->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

static void reserve_slots(const struct json_reader *r)
{
    luaL_checkstack(r->L, STRIDE + HEADROOM, "the JSON is too large");
}

static bool is_at(const struct json_reader *r, const char *p, char c)
{
    return p < r->end && *p == c;
}

static const char *enter(struct json_reader *r, const char *at)
{
    if (++r->depth > JSON_DEPTH_LIMIT)
        return json_reader_fail(r, at, "deeper than %d levels", JSON_DEPTH_LIMIT);
    reserve_slots(r);
    return at + 1;
}

/* The values above slot `table` go into the array there, behind the `stored` first elements; the
 * array is made first when there is none. */
static void store_elements(const struct json_reader *r, int table, int stored, int count)
{
    if (stored == 0) {
        lua_createtable(r->L, count, 0);
        lua_pushvalue(r->L, r->array_mt);
        lua_setmetatable(r->L, -2);
        lua_replace(r->L, table);
    }
    for (int i = stored + count; i > stored; i--)
        lua_rawseti(r->L, table, i);
}

static const char *read_array(struct json_reader *r, const char *p)
{
    const char *open = p;
    p = skip_space(r, p + 1);
    bool is_empty = is_at(r, p, ']');
    if (!enter(r, open))
        return NULL;
    r->array_depth += r->counts_arrays;
    lua_pushnil(r->L); /* the table's slot */
    int table = lua_gettop(r->L), stored = 0, count = 0;
    while (!is_empty) {
        p = read_value(r, p);
        if (!p)
            return NULL;
        count++;
        p = skip_space(r, p);
        if (!is_at(r, p, ','))
            break;
        p = skip_space(r, p + 1);
        if (count == BATCH) {
            store_elements(r, table, stored, count);
            stored += count;
            count = 0;
        }
        if (count % STRIDE == 0)
            reserve_slots(r);
    }
    if (!is_at(r, p, ']'))
        return json_reader_unexpected(r, p, "',' or ']'");
    store_elements(r, table, stored, count);
    r->array_depth -= r->counts_arrays;
    r->depth--;
    return p + 1;
}

/* As store_elements, for count pairs of key and value. Popping them is the fast way; where a key may
 * come twice they go in from the first to the last, which is the one that stays. */
static void store_members(const struct json_reader *r, int table, int stored, int count,
                          const struct json_key_set *keys)
{
    if (stored == 0) {
        lua_createtable(r->L, 0, count);
        lua_replace(r->L, table);
    }
    if (!keys->may_repeat) {
        for (int i = 0; i < count; i++)
            lua_rawset(r->L, table);
        return;
    }
    for (int i = 0; i < count; i++) {
        lua_pushvalue(r->L, table + 1 + 2 * i);
        lua_pushvalue(r->L, table + 2 + 2 * i);
        lua_rawset(r->L, table);
    }
    lua_settop(r->L, table);
}

static const char *read_member(struct json_reader *r, const char *p,
                               struct json_key_set *keys)
{
    if (!is_at(r, p, '"'))
        return json_reader_unexpected(r, p, "a key in double quotes");
    p = json_key_read(r, p + 1, keys);
    if (!p)
        return NULL;
    p = skip_space(r, p);
    if (!is_at(r, p, ':'))
        return json_reader_unexpected(r, p, "':'");
    return read_value(r, skip_space(r, p + 1));
}

static const char *read_object(struct json_reader *r, const char *p)
{
    const char *open = p;
    p = skip_space(r, p + 1);
    bool is_empty = is_at(r, p, '}');
    if (!enter(r, open))
        return NULL;
    struct json_key_set keys = { 0 };
    lua_pushnil(r->L); /* the table's slot */
    int table = lua_gettop(r->L), stored = 0, count = 0;
    while (!is_empty) {
        p = read_member(r, p, &keys);
        if (!p)
            return NULL;
        count++;
        p = skip_space(r, p);
        if (!is_at(r, p, ','))
            break;
        p = skip_space(r, p + 1);
        if (count == BATCH / 2) {
            store_members(r, table, stored, count, &keys);
            stored += count;
            count = 0;
            keys = (struct json_key_set){ 0 };
        }
        if (count % (STRIDE / 2) == 0)
            reserve_slots(r);
    }
    if (!is_at(r, p, '}'))
        return json_reader_unexpected(r, p, "',' or '}'");
    store_members(r, table, stored, count, &keys);
    r->depth--;
    return p + 1;
}

/* Pushes one value; p is where it starts. */
static const char *read_value(struct json_reader *r, const char *p)
{
    switch (p < r->end ? *p : '\0') {
    case '"': return json_string_read(r, p + 1);
    case '{': return read_object(r, p);
    case '[': return read_array(r, p);
    case 't': lua_pushboolean(r->L, 1); return json_reader_word(r, p, "true", 4);
    case 'f': lua_pushboolean(r->L, 0); return json_reader_word(r, p, "false", 5);
    case 'n': lua_pushlightuserdata(r->L, NULL); return json_reader_word(r, p, "null", 4);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': return json_reader_number(r, p);
    default: return json_reader_unexpected(r, p, "a value");
    }
}

static const char *read_document(struct json_reader *r)
{
    const char *p = skip_space(r, r->text);
    if (p == r->end)
        return json_reader_fail(r, p, "the text is empty");
    if (r->end - p >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        return json_reader_fail(r, p, "JSON starts without a byte order mark");
    p = read_value(r, p);
    if (!p)
        return NULL;
    p = skip_space(r, p);
    return p == r->end ? p : json_reader_unexpected(r, p, "the end of the text");
}

static void push_message(const struct json_reader *r)
{
    struct json_place place;
    json_place_find(&place, r->text, (size_t)(r->failed_at - r->text));
    lua_pushfstring(r->L, "invalid JSON at line %I, column %I (%s): %s",
                    (lua_Integer)place.line, (lua_Integer)place.column, place.path.text,
                    r->problem);
}

bool json_try_decode(lua_State *L, const char *text, size_t len,
                     const struct json_options *options)
{
    luaL_checkstack(L, HEADROOM, "JSON");
    int base = lua_gettop(L);
    struct json_reader r; /* not cleared: most of its 10 KB are never used */
    r.L = L;
    r.text = text ? text : ""; /* an empty buf has no data */
    r.end = r.text + len;
    r.options = options;
    r.depth = 0;
    r.array_mt = base + 1;
    r.scratch_slot = base + 2;
    r.array_depth = 0;
    r.counts_arrays = len >= JSON_SEEN_FROM_BYTES;
    r.scratch = r.first_scratch;
    r.scratch_cap = sizeof r.first_scratch;
    json_mark_push(L, JSON_MARK_ARRAY);
    lua_pushnil(L);
    if (r.counts_arrays)
        json_seen_start(&r, base + 3);
    bool done = read_document(&r) != NULL;
    if (!done) {
        lua_settop(L, base);
        push_message(&r);
        return false;
    }
    lua_replace(L, base + 1);
    lua_settop(L, base + 1);
    return true;
}

void json_decode(lua_State *L, const char *text, size_t len,
                 const struct json_options *options)
{
    if (!json_try_decode(L, text, len, options))
        lua_error(L);
}
