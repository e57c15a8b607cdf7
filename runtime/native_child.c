/* SPDX-License-Identifier: MIT */
#include "native_child.h"

#include "clock.h"
#include "native_log.h"

#include <lauxlib.h>

#include <unistd.h>

enum {
    /* 24 days: more than any function runs. */
    LIMIT_MS = 0x7fffffff,
};

struct native_child *native_child_check(lua_State *L) /* raises */
{
    return luaL_checkudata(L, 1, NATIVE_CHILD_TYPE_NAME);
}

/* dialogue_listener: one record. arg: a signed record of the right level. */
static void log_line(void *arg, const char *line, size_t len)
{
    struct log_record *record = arg;
    record->text = line;
    record->text_len = len;
    log_send(STDERR_FILENO, record);
}

struct dialogue_listener native_child_listen(lua_State *L,
                                             const struct native_child *child,
                                             struct log_record *record) /* raises */
{
    *record = (struct log_record){ .level = child->level };
    native_log_sign(L, record);
    return (struct dialogue_listener){ log_line, record };
}

long long native_child_until_us(lua_State *L, int arg) /* raises */
{
    lua_Integer left_ms = luaL_checkinteger(L, arg);
    left_ms = left_ms < 0 ? 0 : left_ms > LIMIT_MS ? LIMIT_MS : left_ms;
    return clock_monotonic_us() + left_ms * 1000;
}
