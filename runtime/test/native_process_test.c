/* SPDX-License-Identifier: MIT
 * Lua's memory runs out at every allocation in turn: no child and no descriptor is left, whatever was raised. */
#include "check.h"
#include "native_process.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ALLOCATIONS_LIMIT = 2000 };

/* How many allocations are still granted. */
struct purse {
    long left;
};

static void *allocate(void *ud, void *block, size_t old_bytes, size_t new_bytes)
{
    struct purse *purse = ud;
    if (!new_bytes) {
        free(block);
        return NULL;
    }
    if ((!block || new_bytes > old_bytes) && purse->left-- <= 0)
        return NULL;
    return realloc(block, new_bytes);
}

static const char script[] =
    "local library = ...\n"
    "local process = assert(library.start('sh', { 'sh', '-c', 'cat; echo error >&2; exit "
    "3' },\n"
    "  { 'ADDED=value' }, { HOME = true }, '/', true, true, 4))\n"
    "process:ask(60000, 100000, 'all')\n"
    "local state, answer\n"
    "repeat state, answer = process:go(('x'):rep(70000), true) until state ~= "
    "'interrupted'\n"
    "assert(state == 'answered' and answer == ('x'):rep(70000))\n"
    "local has_ended, status, signal = process:wait(60000)\n"
    "assert(has_ended and status == 3 and not signal and process:err_text() == "
    "'error\\n')\n"
    "local worker <close> = library.start('cat', { 'cat' }, {}, {}, nil, false, false, "
    "4)\n"
    "worker:ask(60000, 100, 'until', ('|'):rep(3))\n"
    "collectgarbage()\n"
    "repeat state, answer = worker:go('a line|||') until state ~= 'interrupted'\n"
    "assert(answer == 'a line')\n"
    "local left = library.start('cat', { 'cat' }, {}, {}, nil, false, false, 4)\n"
    "return true\n";

static int run(lua_State *L) /* raises */
{
    luaL_openlibs(L);
    if (luaL_loadstring(L, script))
        return lua_error(L);
    lua_pushcfunction(L, native_process_library);
    lua_call(L, 0, 1);
    lua_call(L, 1, 0);
    return 0;
}

static int next_descriptor(void)
{
    int fd = dup(STDERR_FILENO);
    (void)close(fd);
    return fd;
}

static bool has_children(void)
{
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

static void leaves_nothing_behind_wherever_memory_runs_out(void)
{
    int before = next_descriptor(), status = LUA_ERRMEM;
    long granted = 0;
    for (; status == LUA_ERRMEM && granted < ALLOCATIONS_LIMIT; granted++) {
        struct purse purse = { .left = granted };
        lua_State *L = lua_newstate(allocate, &purse);
        if (!L)
            continue;
        lua_pushcfunction(L, run);
        status = lua_pcall(L, 0, 0, 0);
        CHECK(status == LUA_OK || status == LUA_ERRMEM);
        if (status != LUA_OK && status != LUA_ERRMEM)
            printf("# %s\n", lua_tostring(L, -1));
        lua_close(L);
        CHECK(!has_children());
        CHECK(next_descriptor() == before);
    }
    CHECK(status == LUA_OK && granted > 100);
}

int main(void)
{
    RUN(leaves_nothing_behind_wherever_memory_runs_out);
    return check_done();
}
