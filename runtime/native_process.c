/* SPDX-License-Identifier: MIT */
#include "native_process.h"

#include "native_child.h"
#include "native_log.h"
#include "native_question.h"
#include "native_spawn.h"

#include <lauxlib.h>

#include <signal.h>
#include <string.h>

/* start(file, argv, environment, hidden, folder?, leads_group, keeps_err, level): a process; or nil, what the system
 * said, and its name of that, ENOENT. environment: a list of NAME=value; hidden: a set of names of ours. */
static int start(lua_State *L)
{
    struct process_plan plan = { .file = luaL_checkstring(L, 1) };
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_checktype(L, 3, LUA_TTABLE);
    luaL_checktype(L, 4, LUA_TTABLE);
    plan.folder = luaL_optstring(L, 5, NULL);
    plan.leads_group = lua_toboolean(L, 6);
    lua_Integer level = luaL_checkinteger(L, 8);
    luaL_argcheck(L, level >= LOG_TRACE && level <= LOG_FATAL, 8, "no level");
    plan.argv = native_spawn_words(L, 2);
    plan.environment = native_spawn_environment(L, 3, 4);
    struct native_child *child = lua_newuserdatauv(L, sizeof *child, 1);
    *child = (struct native_child){
        .dialogue = { .process = PROCESS_NONE, .keeps_err = lua_toboolean(L, 7) },
        .level = (enum log_level)level,
    };
    /* From here on it is reaped, whatever happens. */
    luaL_setmetatable(L, NATIVE_CHILD_TYPE_NAME);
    int failure = process_start(&child->dialogue.process, &plan);
    if (!failure)
        return 1;
    lua_pushnil(L);
    lua_pushstring(L, strerror(failure));
    lua_pushstring(L, strerrorname_np(failure));
    return 3;
}

/* process:wait(left_ms): nothing while it runs. Else true, its exit status or nil, the signal that ended it or nil,
 * and that one's name. */
static int wait_for(lua_State *L)
{
    struct process *process = &native_child_check(L)->dialogue.process;
    long long until = native_child_until_us(L, 2);
    struct process_exit how = { .status = -1 };
    if (process->pid > 0 && !process_wait(process, until, &how))
        return 0;
    lua_pushboolean(L, true);
    if (how.status >= 0)
        lua_pushinteger(L, how.status);
    else
        lua_pushnil(L);
    if (!how.signal)
        return 2;
    lua_pushinteger(L, how.signal);
    const char *name =
        sigabbrev_np(how.signal); /* without SIG; those of real time have none */
    if (name)
        lua_pushfstring(L, "SIG%s", name);
    else
        lua_pushfstring(L, "signal %d", how.signal);
    return 4;
}

/* process:signal(number) */
static int send_signal(lua_State *L)
{
    struct process *process = &native_child_check(L)->dialogue.process;
    process_signal(process, (int)luaL_checkinteger(L, 2));
    return 0;
}

static int close_in(lua_State *L)
{
    process_close_in(&native_child_check(L)->dialogue.process);
    return 0;
}

/* process:pid(): nil when it was reaped. */
static int pid(lua_State *L)
{
    pid_t number = native_child_check(L)->dialogue.process.pid;
    if (number > 0)
        lua_pushinteger(L, number);
    else
        lua_pushnil(L);
    return 1;
}

/* process:err_text(): what was kept of its standard error. */
static int err_text(lua_State *L)
{
    const struct buf *err = &native_child_check(L)->dialogue.err;
    lua_pushlstring(L, buf_text(err), err->len);
    return 1;
}

/* process:stop(): kills it; what it still had to say is logged. */
static int stop(lua_State *L)
{
    struct native_child *child = native_child_check(L);
    struct log_record record;
    const struct dialogue_listener listener = native_child_listen(L, child, &record);
    process_signal(&child->dialogue.process, SIGKILL);
    dialogue_flush(&child->dialogue, &listener);
    dialogue_end(&child->dialogue);
    return 0;
}

static int collect(lua_State *L) /* __gc, __close */
{
    dialogue_end(&native_child_check(L)->dialogue);
    return 0;
}

/* deadline_ms(): when the time of the present event is up, by now_ms; nil when that is not known. */
static int deadline_ms(lua_State *L)
{
    long long ms = native_log_deadline_ms(L);
    if (ms)
        lua_pushinteger(L, ms);
    else
        lua_pushnil(L);
    return 1;
}

int native_process_library(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "ask", native_question_ask },
        { "go", native_question_go },
        { "look", native_question_look },
        { "wait", wait_for },
        { "pid", pid },
        { "signal", send_signal },
        { "close_in", close_in },
        { "stop", stop },
        { "err_text", err_text },
        { "__gc", collect },
        { "__close", collect },
        { NULL, NULL },
    };
    static const luaL_Reg functions[] = {
        { "start", start },
        { "deadline_ms", deadline_ms },
        { NULL, NULL },
    };
    if (luaL_newmetatable(L, NATIVE_CHILD_TYPE_NAME)) {
        luaL_setfuncs(L, methods, 0);
        lua_pushvalue(L, -1);
        lua_setfield(L, -2, "__index");
    }
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}
