/* SPDX-License-Identifier: MIT
 * A C module that dies in every way that a crash report covers. */
#include <lauxlib.h>
#include <lua.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Not static, or the compiler would see through the pointers and the division. */
int luaopen_crasher(lua_State *L);

static int segv(lua_State *L)
{
    int *volatile nowhere = NULL;
    lua_pushinteger(L, *nowhere); /* NOLINT */
    return 1;
}

static int call_null(lua_State *L)
{
    int (*volatile nothing)(lua_State *) = NULL;
    return nothing(L); /* NOLINT */
}

static int recurse(lua_State *L);
static int (*volatile again)(lua_State *) =
    recurse; /* a compiler that saw through would object */

static int recurse(lua_State *L)
{
    volatile char frame[4096];
    frame[0] = (char)lua_gettop(L);
    return again(L) + frame[0]; /* until the stack is used up */
}

static int fpe(lua_State *L)
{
    volatile int some = 7, zero = 0;
    lua_pushinteger(L, some / zero); /* NOLINT */
    (void)raise(SIGFPE);             /* AArch64 gives 0 */
    return 1;
}

/* A file shorter than what is mapped of it. */
static int bus(lua_State *L)
{
    char path[] = "/tmp/crasher.XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0)
        return luaL_error(L, "no scratch file");
    (void)unlink(path);
    const volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) /* NOLINT */
        return luaL_error(L, "no mapping");
    lua_pushinteger(L, page[0]);
    return 1;
}

static int abort_here(lua_State *L)
{
    (void)L;
    abort();
}

__attribute__((visibility("default"))) int luaopen_crasher(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "segv", segv },       { "call_null", call_null },
        { "recurse", recurse }, { "fpe", fpe },
        { "bus", bus },         { "abort", abort_here },
        { NULL, NULL },
    };
    luaL_newlib(L, functions);
    return 1;
}
