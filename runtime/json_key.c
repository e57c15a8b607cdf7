/* SPDX-License-Identifier: MIT
 * Reading keys. Rows of a table have the same keys again and again; making a Lua string of one means
 * to hash it and to look it up among all strings, so those seen last are kept at hand. */
#include "json_reader.h"
#include "json_scan.h"

#include <stdint.h>
#include <string.h>

/* From its length and its first and last bytes. */
static uint32_t hash_key(const char *bytes, size_t len)
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

static void start_knowing(struct json_reader *r)
{
    lua_createtable(r->L, JSON_KEYS_KNOWN, 0);
    lua_replace(r->L, r->keys_slot);
    memset(r->known_keys, 0, sizeof r->known_keys);
    r->has_known_keys = true;
}

/* Notes the key in the set; a hash that is there already may be the same key again. */
static void note(struct json_key_set *set, uint32_t hash)
{
    uint64_t bit = (uint64_t)1 << (hash & 63), *word = &set->seen[hash >> 6 & (JSON_KEY_SET_WORDS - 1)];
    set->may_repeat = set->may_repeat || (*word & bit);
    *word |= bit;
}

const char *json_read_key(struct json_reader *r, const char *p, struct json_key_set *set)
{
    size_t len = json_scan_plain(p, (size_t)(r->end - p));
    if (p + len == r->end || p[len] != '"') {
        set->may_repeat = true; /* who knows what it is once unescaped */
        return json_read_string(r, p);
    }
    uint32_t hash = hash_key(p, len);
    note(set, hash);
    if (!r->array_depth) {
        lua_pushlstring(r->L, p, len);
        return p + len + 1;
    }
    if (!r->has_known_keys)
        start_knowing(r);
    size_t place = hash & (JSON_KEYS_KNOWN - 1);
    struct json_known_key *known = &r->known_keys[place];
    if (known->bytes && known->len == len && memcmp(known->bytes, p, len) == 0) {
        lua_rawgeti(r->L, r->keys_slot, (lua_Integer)place + 1);
    } else {
        lua_pushlstring(r->L, p, len);
        lua_pushvalue(r->L, -1);
        lua_rawseti(r->L, r->keys_slot, (lua_Integer)place + 1);
        *known = (struct json_known_key){ p, len };
    }
    return p + len + 1;
}
