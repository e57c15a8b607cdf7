/* SPDX-License-Identifier: MIT
 * Rows of a table have the same keys, and often the same values, again and again. To make a Lua string
 * means to hash it and to look it up among all strings; those that come back are kept here. */
#include "json_seen.h"

#include "json_reader.h"

#include <lauxlib.h>

#include <string.h>

uint32_t json_seen_hash(const char *bytes, size_t len)
{
    uint32_t first = 0, last = 0;
    if (len >= 4) {
        memcpy(&first, bytes, 4);
        memcpy(&last, bytes + len - 4, 4);
    } else if (len) {
        first = (unsigned char)bytes[0];
        last = (unsigned char)bytes[len - 1];
    }
    uint64_t mixed = (first + (uint64_t)last * 0x9E3779B1u + len) * 0x9E3779B97F4A7C15u;
    return (uint32_t)(mixed >> 32);
}

void json_seen_start(struct json_reader *r, int slot)
{
    luaL_checkstack(r->L, JSON_SEEN_PLACES + LUA_MINSTACK, "JSON");
    lua_settop(r->L, slot + JSON_SEEN_PLACES - 1);
    memset(r->seen, 0, sizeof r->seen);
    r->seen_slot = slot;
    r->key_place = 0;
}

static bool is_same(const struct json_seen *seen, const char *bytes, size_t len)
{
    return seen->bytes && seen->len == len && memcmp(seen->bytes, bytes, len) == 0;
}

void json_seen_push(struct json_reader *r, const char *bytes, size_t len, uint32_t hash)
{
    int place = (int)(hash % JSON_SEEN_PLACES), slot = r->seen_slot + place;
    struct json_seen *seen = &r->seen[place];
    bool is_again = is_same(seen, bytes, len);
    if (is_again && seen->is_kept) {
        lua_pushvalue(r->L, slot);
        return;
    }
    lua_pushlstring(r->L, bytes, len);
    if (is_again)
        lua_copy(r->L, -1, slot);
    else
        *seen = (struct json_seen){
            .bytes = bytes, .len = len, .hash = hash, .next = seen->next
        };
    seen->is_kept = is_again;
}
