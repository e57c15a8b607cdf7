/* SPDX-License-Identifier: MIT */
#include "json_sort.h"

#include "json_number.h"

#include <stdlib.h>
#include <string.h>

enum key_kind { KEY_STRING, KEY_INTEGER, KEY_REAL };

struct key {
    enum key_kind kind;
    const char *string; /* KEY_STRING: where Lua has it; the table keeps it alive */
    size_t len;         /* of the text, wherever it is */
    lua_Integer integer;
    lua_Number real;
    char number[JSON_NUMBER_BYTES_MAX]; /* the text of the other kinds */
};

static const char *text_of(const struct key *key)
{
    return key->kind == KEY_STRING ? key->string : key->number;
}

static int compare(const void *left, const void *right)
{
    const struct key *a = left, *b = right;
    int order = memcmp(text_of(a), text_of(b), a->len < b->len ? a->len : b->len);
    return order ? order : (a->len > b->len) - (a->len < b->len);
}

static void read_key(lua_State *L, struct key *key) /* stack: key */
{
    if (lua_type(L, -1) == LUA_TSTRING) {
        key->kind = KEY_STRING;
        key->string = lua_tolstring(L, -1, &key->len);
    } else if (lua_isinteger(L, -1)) {
        key->kind = KEY_INTEGER;
        key->integer = lua_tointeger(L, -1);
        key->len = json_number_write_integer(key->number, key->integer);
    } else {
        key->kind = KEY_REAL;
        key->real = lua_tonumber(L, -1);
        key->len = 0; /* infinite: the encoder refuses it, wherever it stands */
        if (key->real - key->real == 0)
            key->len = json_number_write_real(key->number, key->real);
    }
}

bool json_sort_keys(lua_State *L, int table, size_t *count)
{
    *count = 0;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        lua_pop(L, 1); /* stack: key */
        int type = lua_type(L, -1);
        if (type != LUA_TSTRING && type != LUA_TNUMBER)
            return false;
        ++*count;
    }
    struct key *keys = lua_newuserdatauv(L, *count * sizeof *keys, 0);
    size_t at = 0;
    lua_pushnil(L); /* stack: keys nil */
    while (lua_next(L, table)) {
        lua_pop(L, 1);
        read_key(L, &keys[at++]);
    }
    qsort(keys, *count, sizeof *keys, compare);
    return true;
}

void json_sort_push_key(lua_State *L, int keys, size_t position)
{
    const struct key *key = (const struct key *)lua_touserdata(L, keys) + position;
    switch (key->kind) {
    case KEY_STRING: lua_pushlstring(L, key->string, key->len); break;
    case KEY_INTEGER: lua_pushinteger(L, key->integer); break;
    case KEY_REAL: lua_pushnumber(L, key->real); break;
    }
}
