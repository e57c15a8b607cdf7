/* SPDX-License-Identifier: MIT */
#include "native_process.h"

#include "clock.h"
#include "dialogue.h"
#include "log_record.h"
#include "native_log.h"
#include "native_spawn.h"

#include <lauxlib.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define TYPE_NAME "lambda.process"

enum {
    /* Of an answer; what Lua itself can hold sets an earlier end. */
    LIMIT_LIMIT_BYTES = 1024 * 1024 * 1024,
    /* 24 days: more than any function runs. */
    LIMIT_MS = 0x7fffffff,
};

/* What Lua holds. */
struct native_process {
    struct dialogue dialogue;
    enum log_level level; /* of what it writes to standard error */
};

static struct native_process *check(lua_State *L) /* raises */
{
    return luaL_checkudata(L, 1, TYPE_NAME);
}

/* dialogue_listener: one record. arg: a signed record of the right level. */
static void log_line(void *arg, const char *line, size_t len)
{
    struct log_record *record = arg;
    record->text = line;
    record->text_len = len;
    log_send(STDERR_FILENO, record);
}

/* Pushes one value, which must stay on the stack while the listener is used. */
static struct dialogue_listener listen(lua_State *L, const struct native_process *process,
                                       struct log_record *record)
{
    *record = (struct log_record){ .level = process->level };
    native_log_sign(L, record);
    return (struct dialogue_listener){ log_line, record };
}

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
    struct native_process *process = lua_newuserdatauv(L, sizeof *process, 1);
    *process = (struct native_process){
        .dialogue = { .process = PROCESS_NONE, .keeps_err = lua_toboolean(L, 7) },
        .level = (enum log_level)level,
    };
    luaL_setmetatable(L, TYPE_NAME); /* from here on it is reaped, whatever happens */
    int failure = process_start(&process->dialogue.process, &plan);
    if (!failure)
        return 1;
    lua_pushnil(L);
    lua_pushstring(L, strerror(failure));
    lua_pushstring(L, strerrorname_np(failure));
    return 3;
}

static long long until_us(lua_State *L, int index) /* raises */
{
    lua_Integer left_ms = luaL_checkinteger(L, index);
    left_ms = left_ms < 0 ? 0 : left_ms > LIMIT_MS ? LIMIT_MS : left_ms;
    return clock_monotonic_us() + left_ms * 1000;
}

static size_t check_bytes(lua_State *L, int index, lua_Integer least) /* raises */
{
    lua_Integer bytes = luaL_checkinteger(L, index);
    luaL_argcheck(L, bytes >= least && bytes <= LIMIT_LIMIT_BYTES, index, "no length");
    return (size_t)bytes;
}

/* process:ask(left_ms, limit_bytes, kind, detail?, is_little_endian?): begins a question. kind and detail: "until"
 * and the terminator; "length" and the bytes of the prefix; "count" and the bytes; "some"; "all". */
static int ask(lua_State *L)
{
    static const char *const kinds[] = {
        "until", "length", "count", "some", "all", NULL
    };
    struct native_process *process = check(L);
    long long until = until_us(L, 2);
    struct frame frame = { .limit_bytes = check_bytes(L, 3, 0) };
    frame.kind = (enum frame_kind)luaL_checkoption(L, 4, NULL, kinds);
    switch (frame.kind) {
    case FRAME_UNTIL:
        frame.terminator = luaL_checklstring(L, 5, &frame.terminator_len);
        luaL_argcheck(L, frame.terminator_len > 0, 5, "an empty terminator");
        lua_pushvalue(L, 5);
        (void)lua_setiuservalue(L, 1, 1); /* keeps it alive */
        break;
    case FRAME_LENGTH:
        frame.prefix_bytes = check_bytes(L, 5, 1);
        luaL_argcheck(L, frame.prefix_bytes <= FRAME_PREFIX_LIMIT_BYTES, 5, "too long");
        frame.is_little_endian = lua_toboolean(L, 6);
        break;
    case FRAME_COUNT: frame.count = check_bytes(L, 5, 0); break;
    case FRAME_SOME:
    case FRAME_ALL: break;
    }
    dialogue_ask(&process->dialogue, &frame, until);
    return 0;
}

/* process:go(input, is_last?): "answered" and the answer, or another state. is_last: closes the standard input behind
 * it. After "interrupted" it is to be called again, with the same. */
static int go(lua_State *L)
{
    static const char *const names[] = {
        [DIALOGUE_ANSWERED] = "answered", [DIALOGUE_INTERRUPTED] = "interrupted",
        [DIALOGUE_LATE] = "late",         [DIALOGUE_SILENT] = "silent",
        [DIALOGUE_TOO_LONG] = "too long", [DIALOGUE_STARVED] = "starved",
    };
    struct native_process *process = check(L);
    struct dialogue *dialogue = &process->dialogue;
    struct log_record record;
    size_t len;
    const char *input = luaL_checklstring(L, 2, &len);
    dialogue->closes_in = lua_toboolean(L, 3);
    const struct dialogue_listener listener = listen(L, process, &record);
    enum dialogue_state state = dialogue_go(dialogue, input, len, &listener);
    lua_pushstring(L, names[state]);
    if (state != DIALOGUE_ANSWERED)
        return 1;
    const char *answer = dialogue_answer(dialogue, &len);
    lua_pushlstring(L, answer,
                    len); /* what raises here leaves the answer to the userdata */
    dialogue_take(dialogue);
    return 2;
}

/* process:look(): how many bytes it wrote that nobody asked for; whether it can be asked. */
static int look(lua_State *L)
{
    struct native_process *process = check(L);
    struct log_record record;
    const struct dialogue_listener listener = listen(L, process, &record);
    struct dialogue_rest rest = dialogue_look(&process->dialogue, &listener);
    lua_pushinteger(L, (lua_Integer)rest.surplus_bytes);
    lua_pushboolean(L, rest.is_open);
    return 2;
}

/* process:wait(left_ms): nothing while it runs. Else true, its exit status or nil, the signal that ended it or nil,
 * and that one's name. */
static int wait_for(lua_State *L)
{
    struct process *process = &check(L)->dialogue.process;
    long long until = until_us(L, 2);
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
    struct process *process = &check(L)->dialogue.process;
    process_signal(process, (int)luaL_checkinteger(L, 2));
    return 0;
}

static int close_in(lua_State *L)
{
    process_close_in(&check(L)->dialogue.process);
    return 0;
}

/* process:pid(): nil when it was reaped. */
static int pid(lua_State *L)
{
    pid_t number = check(L)->dialogue.process.pid;
    if (number > 0)
        lua_pushinteger(L, number);
    else
        lua_pushnil(L);
    return 1;
}

/* process:err_text(): what was kept of its standard error. */
static int err_text(lua_State *L)
{
    const struct buf *err = &check(L)->dialogue.err;
    lua_pushlstring(L, buf_text(err), err->len);
    return 1;
}

/* process:stop(): kills it; what it still had to say is logged. */
static int stop(lua_State *L)
{
    struct native_process *process = check(L);
    struct log_record record;
    const struct dialogue_listener listener = listen(L, process, &record);
    process_signal(&process->dialogue.process, SIGKILL);
    dialogue_flush(&process->dialogue, &listener);
    dialogue_end(&process->dialogue);
    return 0;
}

static int collect(lua_State *L) /* __gc, __close */
{
    dialogue_end(&check(L)->dialogue);
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
        { "ask", ask },           { "go", go },           { "look", look },
        { "wait", wait_for },     { "pid", pid },         { "signal", send_signal },
        { "close_in", close_in }, { "stop", stop },       { "err_text", err_text },
        { "__gc", collect },      { "__close", collect }, { NULL, NULL },
    };
    static const luaL_Reg functions[] = {
        { "start", start },
        { "deadline_ms", deadline_ms },
        { NULL, NULL },
    };
    if (luaL_newmetatable(L, TYPE_NAME)) {
        luaL_setfuncs(L, methods, 0);
        lua_pushvalue(L, -1);
        lua_setfield(L, -2, "__index");
    }
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}
