/* SPDX-License-Identifier: MIT
 * What happens when memory or room runs out: in every case an error, never a crash or a leak
 * (AddressSanitizer watches). */
#include "check.h"
#include "json_codec.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FAILURES_MAX = 20000, BUF_LIMIT_BYTES = 1 << 20 };

/* Everything that the codec does differently: escapes beyond the first scratch, batches, repeated
 * keys, big numbers, non-ASCII, nesting. */
static const char *make_text(lua_State *L, size_t *len)
{
    luaL_Buffer text;
    luaL_buffinit(L, &text);
    luaL_addstring(
        &text,
        "{\"a\":[1,2.5,-0.1,1e300,12345678901234567890,true,false,null,[],{}],"
        "\"h\u00e9\":\"\\u00e9\\ud83d\\ude00\",\"a\":[[[[{\"deep\":\"\"}]]]],\"rows\":[");
    for (int i = 0; i < 600; i++)
        luaL_addstring(&text, "{\"id\":7,\"name\":\"same\",\"tags\":[\"x\",\"y\"]},");
    luaL_addstring(&text, "0],\"wide\":{");
    for (int i = 0; i < 200; i++) {
        lua_pushfstring(L, "\"key %d\":%d,", i, i);
        luaL_addvalue(&text);
    }
    luaL_addstring(&text, "\"\":0},\"long\":\"");
    for (int i = 0; i < 2000; i++)
        luaL_addstring(&text, "a\\n\\u0041\xC3\xA9");
    luaL_addstring(&text, "\"}");
    luaL_pushresult(&text);
    return lua_tolstring(L, -1, len);
}

/* An allocator that refuses the n-th request and all behind it. */
struct quota {
    long left; /* requests that are granted still; negative: any number */
};

static void *allocate(void *data, void *block, size_t old_size, size_t new_size)
{
    struct quota *quota = data;
    (void)old_size;
    if (new_size == 0) {
        free(block);
        return NULL;
    }
    bool grows = !block || new_size > old_size;
    if (grows && quota->left == 0)
        return NULL;
    if (grows && quota->left > 0)
        quota->left--;
    return realloc(block, new_size);
}

/* buf's realloc: above BODY_BYTES it is refused while `refuses_bodies`. The latest of LARGE_BYTES or more is noted. */
enum { BODY_BYTES = 2 << 20, LARGE_BYTES = 64 * 1024 };
static bool refuses_bodies;
static struct {
    char *block;
    size_t bytes;
} large;
void *__real_realloc(void *block, size_t size); /* NOLINT: the linker's name */
void *__wrap_realloc(void *block, size_t size); /* NOLINT: the linker's name */
void *__wrap_realloc(void *block, size_t size)  /* NOLINT */
{
    if (refuses_bodies && size > BODY_BYTES)
        return NULL;
    char *moved = __real_realloc(block, size);
    if (size >= LARGE_BYTES) {
        large.block = moved;
        large.bytes = size;
    }
    return moved;
}

struct work {
    const char *text;
    size_t len;
    struct buf *out;
    struct json_options options;
    bool encodes;
};

static int do_work(lua_State *L) /* stack: work */
{
    const struct work *work = lua_touserdata(L, 1);
    if (work->encodes) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, 100);
        json_encode(L, -1, work->out, &work->options);
    } else {
        json_decode(L, work->text, work->len, &work->options);
    }
    return 1;
}

/* Prepares a state without a quota: json_open, and the decoded text at registry[100]. */
static int prepare(lua_State *L)
{
    const struct work *work = lua_touserdata(L, 1);
    json_open(L);
    json_decode(L, work->text, work->len, &work->options);
    lua_rawseti(L, LUA_REGISTRYINDEX, 100);
    return 0;
}

/* The status of the work when the n-th allocation in it fails. */
static int work_with_quota(struct work *work, long n)
{
    struct quota quota = { .left = -1 };
    lua_State *L = lua_newstate(allocate, &quota);
    if (!L)
        abort();
    lua_pushcfunction(L, prepare);
    lua_pushlightuserdata(L, work);
    CHECK(lua_pcall(L, 1, 0, 0) == LUA_OK);
    lua_gc(L, LUA_GCCOLLECT);
    lua_pushcfunction(L, do_work);
    lua_pushlightuserdata(L, work);
    quota.left = n;
    int status = lua_pcall(L, 1, 0, 0);
    lua_close(L);
    return status;
}

static void survive(struct work *work)
{
    lua_State *L = luaL_newstate();
    struct buf out = { .limit = BUF_LIMIT_BYTES };
    work->text = make_text(L, &work->len);
    work->out = &out;
    int status = LUA_ERRMEM;
    long n = 0;
    /* every one at first, then in growing steps: thousands of them do the same */
    for (; n < FAILURES_MAX && status == LUA_ERRMEM; n += 1 + n / 64) {
        buf_clear(&out);
        status = work_with_quota(work, n);
        CHECK(status == LUA_ERRMEM || status == LUA_OK);
    }
    CHECK(status == LUA_OK);
    CHECK(n > 1);
    buf_free(&out);
    lua_close(L);
}

static void decoding_survives_each_failed_allocation(void)
{
    struct work work = { .encodes = false };
    survive(&work);
}

static void sorted_encoding_survives_each_failed_allocation(void)
{
    struct work work = { .encodes = true, .options = { .sort = true, .indent = 2 } };
    survive(&work);
}

/* Stack: the value. Encodes with a limit; true when it was enough, else the message is checked. */
static bool fits(lua_State *L, size_t limit, const char *expected, size_t len)
{
    char message[128];
    const struct json_options options = { 0 };
    struct buf out = { .limit = limit };
    bool done = json_try_encode(L, 1, &out, &options);
    CHECK(out.len <= limit);
    if (done) {
        CHECK(out.len == len && memcmp(out.data, expected, len) == 0 &&
              out.data[len] == '\0');
        CHECK(!out.full);
    } else {
        (void)snprintf(message, sizeof message, "the text is larger than %zu bytes",
                       limit);
        CHECK(strstr(lua_tostring(L, -1), message) != NULL);
        CHECK(out.full);
    }
    buf_free(&out);
    lua_settop(L, 1);
    return done;
}

static void encoding_fills_a_buffer_to_its_last_byte(void)
{
    lua_State *L = luaL_newstate();
    const struct json_options options = { 0 };
    struct buf whole = { .limit = BUF_LIMIT_BYTES };
    static const char text[] = "[1,-2.5,\"plain text that is longer than a block of "
                               "sixteen bytes\",\"q\\\"\\\\\\n\\u0001\xC3\xA9"
                               "\",true,false,null,[],{},{\"key\":12345678901234},\"\","
                               "\"\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n"
                               "\\n\\n\\n\\n\\n\\u0001\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\"
                               "n\\n\\n\\n\\n\\n\\n\\n\\n\\n\"]";
    json_open(L);
    json_decode(L, text, sizeof text - 1, &options);
    CHECK(json_try_encode(L, 1, &whole, &options));
    CHECK_TEXT(buf_text(&whole), text);
    for (size_t limit = 0; limit < whole.len; limit++)
        CHECK(!fits(L, limit, whole.data, whole.len));
    for (size_t limit = whole.len; limit < whole.len + 80; limit++)
        CHECK(fits(L, limit, whole.data, whole.len));
    buf_free(&whole);
    lua_close(L);
}

static void encoding_appends_to_what_is_there(void)
{
    lua_State *L = luaL_newstate();
    const struct json_options options = { 0 };
    struct buf out = { .limit = BUF_LIMIT_BYTES };
    json_open(L);
    CHECK(buf_puts(&out, "before "));
    lua_pushliteral(L, "value");
    json_encode(L, -1, &out, &options);
    CHECK_TEXT(buf_text(&out), "before \"value\"");
    CHECK(lua_gettop(L) == 1);
    buf_free(&out);
    lua_close(L);
}

static void bad_input_leaves_nothing_but_the_message(void)
{
    lua_State *L = luaL_newstate();
    const struct json_options options = { 0 };
    json_open(L);
    CHECK(!json_try_decode(L, NULL, 0, &options));
    CHECK_TEXT(lua_tostring(L, -1),
               "invalid JSON at line 1, column 1 ($): the text is empty");
    CHECK(lua_gettop(L) == 1);
    CHECK(!json_try_decode(L, "[1,[2,", 6, &options));
    CHECK(lua_gettop(L) == 2);
    CHECK(json_try_decode(L, "[1,[2,3]]", 9, &options));
    CHECK(lua_gettop(L) == 3);
    lua_close(L);
}

static int encode_body(lua_State *L) /* stack: buf value */
{
    const struct json_options options = { 0 };
    json_encode(L, 2, lua_touserdata(L, 1), &options);
    return 0;
}

static void a_body_for_which_memory_is_short_is_a_memory_error(void)
{
    lua_State *L = luaL_newstate();
    struct buf out = { .limit = 64 << 20 };
    json_open(L);
    lua_pushcfunction(L, encode_body);
    lua_pushlightuserdata(L, &out);
    luaL_Buffer text;
    char *bytes = luaL_buffinitsize(L, &text, BODY_BYTES);
    memset(bytes, 'x', BODY_BYTES);
    luaL_pushresultsize(&text, BODY_BYTES);
    refuses_bodies = true;
    CHECK(lua_pcall(L, 2, 0, 0) == LUA_ERRMEM);
    refuses_bodies = false;
    buf_free(&out);
    lua_close(L);
}

/* Runs Lua text with lambda.json as `json`. */
static bool run_lua(const char *text)
{
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    luaL_requiref(L, "json", json_library, 1);
    bool done = luaL_dostring(L, text) == LUA_OK;
    if (!done)
        (void)fprintf(stderr, "%s\n", lua_tostring(L, -1));
    lua_close(L);
    return done;
}

static void sorting_survives_a_collector_that_empties_the_table(void)
{
    CHECK(run_lua("collectgarbage('generational') "
                  "for round = 1, 20 do "
                  "  local t = setmetatable({}, { __mode = 'v' }) "
                  "  for i = 1, 3000 do t['key number ' .. i] = { i } end "
                  "  json.encode(t, { sort = true }) "
                  "end"));
}

static void sorting_survives_a_finaliser_that_adds_keys(void)
{
    CHECK(run_lua("collectgarbage('generational') "
                  "local at_hand "
                  "local failures = 0 "
                  "local adds = { __gc = function() "
                  "  local t = at_hand; at_hand = nil "
                  "  if t then for i = 1, 400 do t['late ' .. i] = i end end "
                  "end } "
                  "for round = 1, 3000 do "
                  "  local t = {} "
                  "  for i = 1, 50 do t['key ' .. i] = i end "
                  "  setmetatable({}, adds) "
                  "  at_hand = t "
                  "  local text, err = json.encode(t, { sort = true }) "
                  "  at_hand = nil "
                  "  if not text then "
                  "    assert(err:find('$: the table changed meanwhile', 1, true), err) "
                  "    failures = failures + 1 "
                  "  end "
                  "end "
                  "assert(failures > 0, 'no finaliser ran in time')"));
}

/* How much of the latest large block is memory, and not only addresses: what is reserved but never written is not. */
static size_t count_resident(void)
{
    static unsigned char pages[65536];
    const uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t from = (uintptr_t)large.block & ~(page_bytes - 1);
    size_t len = (uintptr_t)large.block + large.bytes - from, resident = 0;
    if (!large.block)
        return 0;
    CHECK(len / page_bytes < sizeof pages);
    CHECK(mincore((void *)from, len, pages) == 0); /* NOLINT: a page */
    for (size_t i = 0; i * page_bytes < len; i++)
        resident += pages[i] & 1 ? page_bytes : 0;
    return resident;
}

/* What Lua has, and the most that it and the body of json.encode had together when Lua asked for a large block: that
 * of the text. */
struct census {
    size_t live_bytes, most_bytes;
};

static void *count_and_allocate(void *data, void *block, size_t old_size, size_t new_size)
{
    struct census *census = data;
    census->live_bytes += new_size - (block ? old_size : 0);
    if (new_size >= LARGE_BYTES) {
        size_t bytes = census->live_bytes + count_resident();
        census->most_bytes = bytes > census->most_bytes ? bytes : census->most_bytes;
    }
    if (new_size)
        return __real_realloc(block, new_size);
    free(block);
    return NULL;
}

/* Encodes an array with so many times the same string; how much memory that takes at most, by byte of the text. */
static double encode_strings(int count)
{
    static const char piece[1000];
    struct census census = { 0 };
    lua_State *L = lua_newstate(count_and_allocate, &census);
    luaL_requiref(L, "json", json_library, 0);
    lua_getfield(L, -1, "encode");
    lua_createtable(L, count, 0);
    lua_pushlstring(L, piece, sizeof piece); /* each NUL becomes six bytes */
    for (int i = 1; i <= count; i++) {
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, i);
    }
    lua_pop(L, 1);
    lua_gc(L, LUA_GCCOLLECT);
    lua_gc(L, LUA_GCSTOP);
    size_t before = census.live_bytes, len = (size_t)count * (sizeof piece * 6 + 3) + 1;
    census.most_bytes = before;
    large.block = NULL;
    CHECK(lua_pcall(L, 1, 1, 0) == LUA_OK);
    CHECK(lua_rawlen(L, -1) == len);
    double most = (double)(census.most_bytes - before);
    lua_close(L);
    return most / (double)len;
}

static void encoding_takes_little_more_than_the_text_twice(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, LARGE_BYTES); /* else pages of before come again */
    for (int count = 200; count < 1500; count += 100) { /* 1.2 to 9 MB */
        double ratio = encode_strings(count);
        CHECK(ratio >= 2.0);
        CHECK(ratio <= 2.2);
    }
}

int main(void)
{
    RUN(decoding_survives_each_failed_allocation);
    RUN(sorted_encoding_survives_each_failed_allocation);
    RUN(encoding_fills_a_buffer_to_its_last_byte);
    RUN(encoding_appends_to_what_is_there);
    RUN(encoding_takes_little_more_than_the_text_twice);
    RUN(bad_input_leaves_nothing_but_the_message);
    RUN(a_body_for_which_memory_is_short_is_a_memory_error);
    RUN(sorting_survives_a_collector_that_empties_the_table);
    RUN(sorting_survives_a_finaliser_that_adds_keys);
    return check_done();
}
