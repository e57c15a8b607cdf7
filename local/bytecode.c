/* SPDX-License-Identifier: MIT */
#include "bytecode.h"

#include <lauxlib.h>
#include <lua.h>

#include <limits.h>
#include <string.h>

const char *bytecode_text(const char *text, size_t *len)
{
    static const char mark[] = { '\xef', '\xbb', '\xbf' };
    if (*len >= sizeof mark && memcmp(text, mark, sizeof mark) == 0) {
        text += sizeof mark;
        *len -= sizeof mark;
    }
    if (*len > 0 && *text == '#') {
        const char *end = memchr(text, '\n', *len);
        *len -= end ? (size_t)(end - text) : *len;
        text = end ? end : "";
    }
    return text;
}

static int append(lua_State *L, const void *bytes, size_t len, void *out)
{
    (void)L;
    return buf_append(out, bytes, len) ? 0 : 1;
}

/* Nothing here raises: the parser runs protected, and the rest neither allocates nor calls. */
bool bytecode_compile(const char *text, size_t len, const char *path, struct buf *out,
                      struct err *err)
{
    struct buf name = { .limit = PATH_MAX };
    lua_State *L = buf_printf(&name, "@%s", path) ? luaL_newstate() : NULL;
    bool made = false;
    text = bytecode_text(text, &len);
    if (!L)
        (void)err_set(err, "out of memory");
    else if (len > 0 && *text == LUA_SIGNATURE[0])
        (void)err_set(err, "%s holds bytecode; a .lua file must be source text", path);
    else if (luaL_loadbufferx(L, text, len, name.data, "t") != LUA_OK)
        (void)err_set(err, "%s", lua_tostring(L, -1));
    else
        made = !out || lua_dump(L, append, out, 0) == 0 ||
               err_set(err, "%s: too large, or out of memory", path);
    if (L)
        lua_close(L);
    buf_free(&name);
    return made;
}
