/* SPDX-License-Identifier: MIT */
#include "made_event.h"

#include "embedded.h"
#include "native.h"
#include "output.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { NAMES_LIMIT_BYTES = 4096 };

/* One call into Lua; lies in the caller's frame, which owns the buffer. */
struct job {
    const char *name; /* NULL: the names are wanted */
    int indent;
    struct buf *text; /* in: the options; out: the result */
    struct err *err;
    bool done;
};

static int open_embedded(lua_State *L) /* raises; upvalue: the module's index */
{
    const struct embedded *module =
        &embedded_modules[lua_tointeger(L, lua_upvalueindex(1))];
    if (luaL_loadbufferx(L, (const char *)module->bytecode, module->len, module->name,
                         "b"))
        return lua_error(L);
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

static void preload(lua_State *L) /* raises */
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, luaopen_lambda_native);
    lua_setfield(L, -2, "lambda.native");
    for (size_t i = 0; i < embedded_count; i++) {
        lua_pushinteger(L, (lua_Integer)i);
        lua_pushcclosure(L, open_embedded, 1);
        lua_setfield(L, -2, embedded_modules[i].name);
    }
    lua_pop(L, 1);
}

static int run(lua_State *L) /* raises */
{
    struct job *job = lua_touserdata(L, 1);
    luaL_openlibs(L);
    preload(L);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "lambda.events.make");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, job->name ? "make" : "list");
    lua_pushstring(L, job->name);
    lua_pushlstring(L, buf_text(job->text), job->text->len);
    lua_pushinteger(L, job->indent);
    lua_call(L, 3, 2); /* stack: … result problem */
    size_t len = 0;
    const char *result = lua_tolstring(L, -2, &len);
    buf_clear(job->text);
    if (!result)
        (void)err_set(job->err, "%s", luaL_checkstring(L, -1));
    else if (!buf_append(job->text, result, len))
        (void)err_set(job->err, "the event %s has more than %zu bytes", job->name,
                      job->text->limit);
    else
        job->done = true;
    return 0;
}

static bool call(struct job *job)
{
    lua_State *L = luaL_newstate();
    if (!L)
        return err_set(job->err, "out of memory");
    lua_pushcfunction(L, run);
    lua_pushlightuserdata(L, job);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
        const char *raised = lua_tostring(L, -1);
        job->done = err_set(job->err, "the event could not be made: %s",
                            raised ? raised : "an error without a message");
    }
    lua_close(L);
    return job->done;
}

bool made_event_make(const char *name, int indent, struct buf *event, struct err *err)
{
    struct job job = { .name = name, .indent = indent, .text = event, .err = err };
    return call(&job);
}

bool made_event_print_names(struct err *err)
{
    struct buf names = { .limit = NAMES_LIMIT_BYTES };
    struct job job = { .text = &names, .err = err };
    bool done = call(&job);
    if (done && !output_write(STDOUT_FILENO, names.data, names.len))
        done = err_set(err, "cannot write to standard output: %s", strerror(errno));
    buf_free(&names);
    return done;
}
