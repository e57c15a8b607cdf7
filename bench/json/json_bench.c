/* SPDX-License-Identifier: MIT
 * json_bench [ROUNDS]: lambda.json against lua-cjson in this process and Node beside it, taking turns.
 * Each figure is the median of the rounds. Lua's collector rests during a timing and runs between two;
 * both libraries are called through Lua, and encode the same value. The state has bootstrap's allocator. */
#include "documents.h"
#include "json.h"
#include "memory.h"
#include "node.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS_MAX = 101, DOCUMENT_LIMIT_BYTES = 64 * 1024 * 1024 };

/* There has to be one, for the counting to cost what it costs in bootstrap; it is never reached. */
static const size_t CEILING_BYTES = (size_t)1024 * 1024 * 1024;

int luaopen_cjson(lua_State *L);

enum peer { OURS, CJSON, NODE, PEER_COUNT };

struct samples {
    double us[PEER_COUNT][ROUNDS_MAX];
};

static void die(const char *what)
{
    fprintf(stderr, "json_bench: %s\n", what);
    exit(1);
}

static double now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double *us, int rounds)
{
    qsort(us, (size_t)rounds, sizeof *us, compare);
    return us[rounds / 2];
}

/* Microseconds for one call of the function at a stack index with the value at another. */
static double time_us(lua_State *L, int function, int value, int repeats)
{
    lua_gc(L, LUA_GCCOLLECT);
    lua_gc(L, LUA_GCSTOP);
    double start = now_us();
    for (int i = 0; i < repeats; i++) {
        lua_pushvalue(L, function);
        lua_pushvalue(L, value);
        lua_call(L, 1, 1);
        if (lua_isnil(L, -1))
            die("a document was refused");
        lua_pop(L, 1);
    }
    double spent_us = now_us() - start;
    lua_gc(L, LUA_GCRESTART);
    return spent_us / repeats;
}

/* stack: ours, cjson; pushes the two functions of that name */
static void push_functions(lua_State *L, const char *verb)
{
    lua_getfield(L, 1, verb);
    lua_getfield(L, 2, verb);
}

static void measure(lua_State *L, struct node *node, int document, const char *verb,
                    int rounds,
                    struct samples *s) /* stack: ours cjson input ours.verb cjson.verb */
{
    int repeats = documents[document].repeats;
    push_functions(L, verb);
    for (int round = 0; round < rounds; round++) {
        s->us[OURS][round] = time_us(L, 4, 3, repeats);
        s->us[CJSON][round] = time_us(L, 5, 3, repeats);
        s->us[NODE][round] = node_time_us(node, document, repeats, verb);
    }
    lua_settop(L, 3);
}

static void print_row(const char *name, size_t bytes, const char *verb, int rounds,
                      struct samples *s)
{
    double ours = median(s->us[OURS], rounds), cjson = median(s->us[CJSON], rounds),
           node = median(s->us[NODE], rounds);
    printf("| %s | %zu | %s | %.2f | %.2f | %.2f |", name, bytes, verb, ours, cjson,
           cjson / ours);
    if (node > 0)
        printf(" %.2f | %.2f |", node, node / ours);
    else
        printf(" - | - |");
    printf(" %.0f |\n", (double)bytes / ours);
}

/* A figure of /proc/self/status in KiB. */
static double read_status_kib(const char *name)
{
    char line[256];
    double kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    if (!file)
        return 0;
    while (fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0)
            kib = strtod(line + strlen(name) + 1, NULL);
    (void)fclose(file);
    return kib;
}

/* How much the process grew at most while the value at the top was encoded, per byte of text. */
static double measure_memory(lua_State *L, bool by_library)
{
    struct buf out = { .limit = DOCUMENT_LIMIT_BYTES };
    const struct json_options options = { 0 };
    int value = lua_gettop(L);
    lua_gc(L, LUA_GCCOLLECT);
    (void)malloc_trim(0);
    FILE *reset = fopen("/proc/self/clear_refs", "w");
    if (!reset || fputs("5", reset) < 0 || fclose(reset)) /* 5: the peak starts anew */
        return 0;
    double before_kib = read_status_kib("VmRSS");
    size_t len = 0;
    if (by_library) {
        lua_getfield(L, 1, "encode");
        lua_pushvalue(L, value);
        lua_call(L, 1, 1);
        (void)lua_tolstring(L, -1, &len);
    } else {
        json_encode(L, value, &out, &options);
        len = out.len;
    }
    double grown_kib = read_status_kib("VmHWM") - before_kib;
    buf_free(&out);
    lua_settop(L, value);
    return grown_kib * 1024 / (double)len;
}

static void write_file(const char *folder, int document, const struct buf *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%d.json", folder, document);
    FILE *file = fopen(path, "w");
    if (!file || fwrite(text->data, 1, text->len, file) != text->len || fclose(file))
        die("cannot write the documents");
}

static void remove_files(const char *folder)
{
    char path[256];
    for (int i = 0; documents[i].name; i++) {
        (void)snprintf(path, sizeof path, "%s/%d.json", folder, i);
        (void)unlink(path);
    }
    (void)rmdir(folder);
}

static int run(lua_State *L) /* stack: rounds folder */
{
    static struct samples samples;
    int rounds = (int)lua_tointeger(L, 1);
    const char *folder = lua_touserdata(L, 2);
    struct node node = { 0 };
    node_open(&node, BENCH_NODE_SCRIPT, folder);
    lua_settop(L, 0);
    luaL_openlibs(L);
    (void)json_library(L);
    luaL_requiref(L, "cjson", luaopen_cjson, 0); /* stack: ours cjson */
    printf("| document | bytes | | lunambda us | cjson us | ratio | node us | ratio | "
           "MB/s |\n"
           "|---|--:|---|--:|--:|--:|--:|--:|--:|\n");
    for (int i = 0; documents[i].name; i++) {
        struct buf text = { .limit = DOCUMENT_LIMIT_BYTES };
        documents[i].write(&text);
        write_file(folder, i, &text);
        lua_settop(L, 2);
        lua_pushlstring(L, text.data, text.len);
        buf_free(&text);
        size_t bytes = lua_rawlen(L, 3);
        measure(L, &node, i, "decode", rounds, &samples);
        print_row(documents[i].name, bytes, "decode", rounds, &samples);
        lua_getfield(L, 1, "decode");
        lua_insert(L, 3);
        lua_call(L, 1, 1); /* stack: ours cjson value */
        measure(L, &node, i, "encode", rounds, &samples);
        print_row(documents[i].name, bytes, "encode", rounds, &samples);
        (void)fflush(stdout);
    }
    printf("\nLua's collector rests during the timings of lunambda and cjson; Node's "
           "does not.\n");
    printf("peak memory in encoding the last: %.2f x the text into a body, %.2f x into "
           "a Lua string\n",
           measure_memory(L, false), measure_memory(L, true));
    node_close(&node);
    return 0;
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/json_bench.XXXXXX";
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 15;
    if (rounds < 1 || rounds > ROUNDS_MAX)
        die("usage: json_bench [ROUNDS], 1 to 101");
    struct memory_pool pool = { .ceiling_bytes = CEILING_BYTES };
    struct memory memory;
    lua_State *L = memory_new_state(&memory, &pool); /* as in bootstrap */
    if (!L || !mkdtemp(folder))
        die("no memory, or no temporary folder");
    lua_pushcfunction(L, run);
    lua_pushinteger(L, rounds);
    lua_pushlightuserdata(L, folder);
    int status = lua_pcall(L, 2, 0, 0);
    if (status)
        fprintf(stderr, "json_bench: %s\n", lua_tostring(L, -1));
    remove_files(folder);
    lua_close(L);
    memory_close(&memory);
    return status ? 1 : 0;
}
