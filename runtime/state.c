/* SPDX-License-Identifier: MIT */
#include "state.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* What a warning function does depends on what came before; Lua keeps it as which function is set. */
static void ignore(void *ud, const char *text, int continues);
static void begin(void *ud, const char *text, int continues);
static void go_on(void *ud, const char *text, int continues);

/* A message of one piece that starts with @ is for us. Unknown ones are ignored (manual, warn). */
static bool obey(lua_State *L, const char *text, int continues)
{
    if (continues || *text != '@')
        return false;
    if (strcmp(text, "@on") == 0)
        lua_setwarnf(L, begin, L);
    else if (strcmp(text, "@off") == 0)
        lua_setwarnf(L, ignore, L);
    return true;
}

static void ignore(void *ud, const char *text, int continues)
{
    (void)obey(ud, text, continues);
}

static void go_on(void *ud, const char *text, int continues)
{
    (void)fputs(text, stderr);
    if (!continues)
        (void)fputc('\n', stderr);
    (void)fflush(stderr);
    lua_setwarnf(ud, continues ? go_on : begin, ud);
}

static void begin(void *ud, const char *text, int continues)
{
    if (obey(ud, text, continues))
        return;
    (void)fputs("Lua warning: ", stderr);
    go_on(ud, text, continues);
}

/* Lua calls abort when this returns. */
static int panic(lua_State *L)
{
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1)
                                                      : "error object is not a string";
    (void)fprintf(stderr, "PANIC: unprotected error in call to Lua API (%s)\n", text);
    (void)fflush(stderr);
    return 0;
}

lua_State *state_new(lua_Alloc allocate, void *ud)
{
    lua_State *L = lua_newstate(allocate, ud);
    if (!L)
        return NULL;
    (void)lua_atpanic(L, panic);
    lua_setwarnf(L, ignore, L);
    return L;
}
