/* SPDX-License-Identifier: MIT */
#include "native_log.h"

#include "headers.h"
#include "log.h"
#include "log_record.h"

#include <lauxlib.h>

#include <stdio.h>
#include <unistd.h>

/* The current event's header block lies in the registry under the address of this. */
static const char headers_key;

/* The same for the file that print writes to; false for the log. */
static const char print_key;

void native_log_begin(lua_State *L) /* raises */
{
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &headers_key);
}

void native_log_end(lua_State *L)
{
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &headers_key);
}

void native_log_sign(lua_State *L, struct log_record *record)
{
    size_t len = 0;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &headers_key); /* nil outside an invocation */
    const char *block = luaL_optlstring(L, -1, "", &len);
    record->request_id = headers_find_in(block, len, "lambda-runtime-aws-request-id");
    record->tenant_id = headers_find_in(block, len, "lambda-runtime-aws-tenant-id");
}

long long native_log_deadline_ms(lua_State *L)
{
    size_t len = 0;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &headers_key);
    const char *block = luaL_optlstring(L, -1, "", &len);
    long long deadline_ms = headers_deadline_ms_in(block, len);
    lua_pop(L, 1);
    return deadline_ms;
}

/* write(level, message, members?): a record on stderr; members is JSON, an object. */
static int write_record(lua_State *L)
{
    struct log_record record = { .level = LOG_INFO };
    lua_Integer level = luaL_checkinteger(L, 1);
    luaL_argcheck(L, level >= LOG_TRACE && level <= LOG_FATAL, 1, "no level");
    luaL_checktype(L, 2, LUA_TSTRING);
    record.level = (enum log_level)level;
    record.text = lua_tolstring(L, 2, &record.text_len);
    record.members = luaL_optlstring(L, 3, "", &record.members_len);
    native_log_sign(L, &record);
    (void)fflush(stdout); /* what was printed before comes before */
    log_send(STDERR_FILENO, &record);
    return 0;
}

/* line(text): text and a newline on stdout as they are, in one write(2): for what other programs read there. */
static int write_line(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TSTRING);
    lua_settop(L, 1);
    lua_pushliteral(L, "\n");
    lua_concat(L, 2);
    size_t len = 0;
    const char *line = lua_tolstring(L, 1, &len);
    (void)fflush(stdout); /* what was printed before comes before */
    log_write(STDOUT_FILENO, line, len);
    return 0;
}

/* headers(): the header block of the current event; nil outside an invocation. */
static int current_headers(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &headers_key);
    return 1;
}

/* threshold(): the lowest level that is written; it never changes. */
static int threshold(lua_State *L)
{
    lua_pushinteger(L, log_threshold());
    return 1;
}

/* print(…), as the manual has it (§6.1), but for where and how the line is written. */
static int print(lua_State *L)
{
    int count = lua_gettop(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &print_key);
    FILE *file = lua_touserdata(L, -1);
    luaL_Buffer line;
    luaL_buffinit(L, &line);
    for (int i = 1; i <= count; i++) {
        if (i > 1)
            luaL_addchar(&line, '\t');
        (void)luaL_tolstring(L, i, NULL);
        luaL_addvalue(&line);
    }
    if (file || log_format() == LOG_TEXT)
        luaL_addchar(&line, '\n');
    luaL_pushresult(&line);
    struct log_record record = { .level = LOG_INFO };
    record.text = lua_tolstring(L, -1, &record.text_len);
    if (file) { /* as for io.write, whoever cares looks at the answer as a whole */
        (void)fwrite(record.text, 1, record.text_len, file);
        return 0;
    }
    (void)fflush(stdout); /* io.write came first */
    if (log_format() == LOG_TEXT) {
        log_write(STDOUT_FILENO, record.text, record.text_len);
        return 0;
    }
    native_log_sign(L, &record);
    log_send(STDOUT_FILENO, &record);
    return 0;
}

void native_log_replace_print(lua_State *L) /* raises */
{
    lua_pushcfunction(L, print);
    lua_setglobal(L, "print");
    lua_pushboolean(L, false);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &print_key);
}

/* The key is there, so that nothing need grow. */
void native_log_divert_print(lua_State *L, void *file)
{
    if (file)
        lua_pushlightuserdata(L, file);
    else
        lua_pushboolean(L, false);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &print_key);
}

int native_log_library(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "write", write_record },
        { "line", write_line },
        { "headers", current_headers },
        { "threshold", threshold },
        { NULL, NULL },
    };
    luaL_newlib(L, functions);
    return 1;
}
