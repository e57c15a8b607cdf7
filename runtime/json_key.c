/* SPDX-License-Identifier: MIT
 * Reading keys. */
#include "json_reader.h"
#include "json_scan.h"

/* Notes the key in the set; a hash that is there already may be the same key again. */
static void note(struct json_key_set *set, uint32_t hash)
{
    uint64_t *word = &set->seen[hash >> 24 & (JSON_KEY_SET_WORDS - 1)];
    uint64_t bit = (uint64_t)1 << (hash >> 26);
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
    uint32_t hash = json_seen_hash(p, len);
    note(set, hash);
    if (r->array_depth)
        json_seen_push(r, p, len, hash);
    else
        lua_pushlstring(r->L, p, len);
    return p + len + 1;
}
