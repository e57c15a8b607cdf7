/* SPDX-License-Identifier: MIT */
#include "json_sort.h"

#include "json_number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct key {
    const char *string; /* of a string: its text, which the anchor keeps; or NULL */
    size_t len;         /* of the text */
    int anchored_at;    /* index in the anchor */
    char number[JSON_NUMBER_BYTES_MAX]; /* the text of a number */
};

static const char *text_of(const struct key *key)
{
    return key->string ? key->string : key->number;
}

static int compare(const void *left, const void *right)
{
    const struct key *a = left, *b = right;
    int order = memcmp(text_of(a), text_of(b), a->len < b->len ? a->len : b->len);
    return order ? order : (a->len > b->len) - (a->len < b->len);
}

static size_t count_keys(lua_State *L, int table)
{
    size_t count = 0;
    for (lua_pushnil(L); lua_next(L, table); count++)
        lua_pop(L, 1);
    return count;
}

static void read_key(lua_State *L, struct key *key) /* stack: key */
{
    key->string = NULL;
    key->len = 0; /* stays for an infinite number, which the encoder refuses */
    if (lua_type(L, -1) == LUA_TSTRING) {
        key->string = lua_tolstring(L, -1, &key->len);
    } else if (lua_isinteger(L, -1)) {
        key->len = json_number_write_integer(key->number, lua_tointeger(L, -1));
    } else {
        lua_Number real = lua_tonumber(L, -1);
        if (isfinite(real))
            key->len = json_number_write_real(key->number, real);
    }
}

enum json_sort_status json_sort_keys(lua_State *L, int table, size_t *count)
{
    /* Each of these two may run the collector, and so finalisers, which may change the table; after
     * them nothing is allocated. */
    size_t room = count_keys(L, table);
    lua_createtable(L, (int)room, 0);
    struct key *keys = lua_newuserdatauv(L, room * sizeof *keys, 0);
    *count = 0;
    lua_pushnil(L); /* stack: anchor keys nil */
    while (lua_next(L, table)) {
        lua_pop(L, 1); /* stack: anchor keys key */
        int type = lua_type(L, -1);
        if (type != LUA_TSTRING && type != LUA_TNUMBER)
            return JSON_SORT_NO_KEY;
        if (*count == room)
            return JSON_SORT_GROWN;
        struct key *key = &keys[(*count)++];
        key->anchored_at = (int)*count;
        lua_pushvalue(L, -1);
        lua_rawseti(L, -4, key->anchored_at);
        read_key(L, key);
    }
    qsort(keys, *count, sizeof *keys, compare);
    return JSON_SORT_OK;
}

void json_sort_push_key(lua_State *L, int keys, size_t position)
{
    const struct key *key = (const struct key *)lua_touserdata(L, keys) + position;
    lua_rawgeti(L, keys - 1, key->anchored_at);
}
