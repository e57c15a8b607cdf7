/* SPDX-License-Identifier: MIT */
#include "json_key.h"

#include "json_scan.h"
#include "json_string.h"

#include <string.h>

/* Notes the key in the set; a hash that is there already may be the same key again. */
static void note(struct json_key_set *set, uint32_t hash)
{
    uint64_t *word = &set->seen[hash >> 24 & (JSON_KEY_SET_WORDS - 1)];
    uint64_t bit = (uint64_t)1 << (hash >> 26);
    set->may_repeat = set->may_repeat || (*word & bit);
    *word |= bit;
}

/* Pushes the key that came behind the last one before, when it is here again; NULL when it is not. */
static const char *read_expected(struct json_reader *r, const char *p,
                                 struct json_key_set *set)
{
    int place = r->seen[r->key_place].next;
    const struct json_seen *seen = &r->seen[place];
    if (!seen->is_kept || (size_t)(r->end - p) <= seen->len || p[seen->len] != '"' ||
        memcmp(p, seen->bytes, seen->len) != 0)
        return NULL;
    note(set, seen->hash);
    r->key_place = place;
    lua_pushvalue(r->L, r->seen_slot + place);
    return p + seen->len + 1;
}

const char *json_key_read(struct json_reader *r, const char *p, struct json_key_set *set)
{
    const char *behind = r->array_depth ? read_expected(r, p, set) : NULL;
    if (behind)
        return behind;
    size_t len = json_scan_plain(p, (size_t)(r->end - p));
    if (p + len == r->end || p[len] != '"') {
        set->may_repeat = true; /* who knows what it is once unescaped */
        return json_string_read(r, p);
    }
    uint32_t hash = json_seen_hash(p, len);
    note(set, hash);
    if (r->array_depth) {
        json_seen_push(r, p, len, hash);
        int place = (int)(hash % JSON_SEEN_PLACES);
        r->seen[r->key_place].next = (uint16_t)place;
        r->key_place = place;
    } else {
        lua_pushlstring(r->L, p, len);
    }
    return p + len + 1;
}
