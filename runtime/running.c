/* SPDX-License-Identifier: MIT */
#include "running.h"

#include "raised.h"

#include <lauxlib.h>

#include <stdbool.h>

/* As lua.c does on Ctrl-C: sure to be called at the next instruction. lua_sethook may be called by a signal
 * handler (manual; lua.c does). */
static void arm(lua_State *L, lua_Hook hook)
{
    lua_sethook(L, hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

void running_start(struct running *running, lua_State *L)
{
    *running = (struct running){ .main = { .thread = L },
                                 .top = &running->main,
                                 .request_id = "" };
}

void running_interrupt(struct running *running, lua_Hook hook)
{
    running->interrupt = hook;
    arm(running->top->thread, hook);
}

void running_release(struct running *running)
{
    if (!running->interrupt)
        return;
    running->interrupt = NULL;
    lua_sethook(running->main.thread, NULL, 0, 0);
}

static void enter(struct running *running, struct running_link *link, lua_State *thread)
{
    *link = (struct running_link){ .thread = thread, .resumer = running->top };
    running->top = link;
    if (running->interrupt)
        arm(thread, running->interrupt);
}

static void leave(struct running *running, const struct running_link *link)
{
    running->top = link->resumer;
    if (running->interrupt)
        arm(running->top->thread, running->interrupt);
}

static struct running *running_of(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(1));
}

/* Resumes with the topmost values of L. Their number afterwards, or -1 with what was raised (lua_resume has
 * caught it). */
static int resume(lua_State *L, lua_State *thread, int arguments)
{
    struct running *running = running_of(L);
    struct running_link link;
    int results = 0;
    if (!lua_checkstack(thread, arguments)) {
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    lua_xmove(L, thread, arguments);
    enter(running, &link, thread);
    int status = lua_resume(thread, L, arguments, &results);
    leave(running, &link);
    bool failed = status != LUA_OK && status != LUA_YIELD;
    int values = failed ? 1 : results;
    if (!lua_checkstack(L, values + 1)) {
        lua_pop(thread, values);
        lua_pushliteral(L, "too many results to resume");
        return -1;
    }
    lua_xmove(thread, L, values);
    return failed ? -1 : values;
}

/* Closes what is pending in a coroutine that does not run; its status. */
static int reset(lua_State *L, lua_State *thread)
{
    struct running *running = running_of(L);
    struct running_link link;
    enter(running, &link, thread);
#if LUA_VERSION_RELEASE_NUM >= 50406
    int status = lua_closethread(thread, L);
#else
    int status = lua_resetthread(thread);
#endif
    leave(running, &link);
    return status;
}

static lua_State *check_thread(lua_State *L)
{
    lua_State *thread = lua_tothread(L, 1);
    luaL_argexpected(L, thread, 1, "coroutine");
    return thread;
}

static int coroutine_resume(lua_State *L)
{
    lua_State *thread = check_thread(L);
    int results = resume(L, thread, lua_gettop(L) - 1);
    lua_pushboolean(L, results >= 0);
    int returned = results < 0 ? 2 : results + 1;
    lua_insert(L, -returned);
    return returned;
}

/* Upvalues: running, the coroutine. */
static int call_wrapped(lua_State *L)
{
    lua_State *thread = lua_tothread(L, lua_upvalueindex(2));
    int results = resume(L, thread, lua_gettop(L));
    if (results >= 0)
        return results;
    int status = lua_status(thread);
    bool died = status != LUA_OK && status != LUA_YIELD;
    bool has_frames = died && status != LUA_ERRMEM;
    if (has_frames)
        raised_push_frames(L, thread);
    if (died) {
        status = reset(L, thread);
        lua_xmove(thread, L, 1); /* what was raised, last by a closing value */
    }
    if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    if (has_frames)
        raised_keep(L, -2);
    return lua_error(L);
}

static int coroutine_wrap(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_State *thread = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, thread, 1);
    lua_pushcclosure(L, call_wrapped, 2);
    return 1;
}

/* Whether it waits, has not begun, or has ended: not while it runs or waits for one that it resumed. */
static bool is_at_rest(lua_State *L, lua_State *thread, const char **state)
{
    lua_Debug frame;
    *state = L == thread ? "running" : "normal";
    return L != thread &&
           (lua_status(thread) != LUA_OK || !lua_getstack(thread, 0, &frame));
}

static int coroutine_close(lua_State *L)
{
    lua_State *thread = check_thread(L);
    const char *state;
    if (!is_at_rest(L, thread, &state))
        return luaL_error(L, "cannot close a %s coroutine", state);
    bool closed = reset(L, thread) == LUA_OK;
    lua_pushboolean(L, closed);
    if (closed)
        return 1;
    lua_xmove(thread, L, 1);
    return 2;
}

void running_open(struct running *running, lua_State *L) /* raises */
{
    static const luaL_Reg functions[] = {
        { "resume", coroutine_resume },
        { "wrap", coroutine_wrap },
        { "close", coroutine_close },
        { NULL, NULL },
    };
    lua_getglobal(L, "coroutine");
    lua_pushlightuserdata(L, running);
    luaL_setfuncs(L, functions, 1);
    lua_pop(L, 1);
}
