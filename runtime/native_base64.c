/* SPDX-License-Identifier: MIT */
#include "native_base64.h"

#include "base64.h"

#include <lauxlib.h>

#include <string.h>

/* A buffer of just this size, which Lua owns: it never grows, so nothing is left behind by an error. */
static struct buf borrow(lua_State *L, luaL_Buffer *owner, size_t size) /* raises */
{
    return (struct buf){ .data = luaL_buffinitsize(L, owner, size + 1),
                         .cap = size,
                         .limit = size };
}

/* encode(bytes): text. */
static int encode(lua_State *L) /* raises */
{
    size_t len;
    const char *bytes = luaL_checklstring(L, 1, &len);
    luaL_Buffer owner;
    struct buf out = borrow(L, &owner, (len + 2) / 3 * 4);
    if (!base64_encode(&out, bytes, len))
        return luaL_error(L, "base64 of %d bytes came out too long", (int)len);
    luaL_pushresultsize(&owner, out.len);
    return 1;
}

/* decode(text): bytes; nil when it is no padded base64. */
static int decode(lua_State *L) /* raises */
{
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    luaL_Buffer owner;
    struct buf out = borrow(L, &owner, len / 4 * 3);
    if (strlen(text) != len || !base64_decode(&out, text)) {
        lua_pushnil(L);
        return 1;
    }
    luaL_pushresultsize(&owner, out.len);
    return 1;
}

int native_base64_library(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "encode", encode },
        { "decode", decode },
        { NULL, NULL },
    };
    luaL_newlib(L, functions);
    return 1;
}
