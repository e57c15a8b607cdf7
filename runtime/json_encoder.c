/* SPDX-License-Identifier: MIT */
#include "json_encoder.h"

#include "json_error.h"
#include "json_number.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static void add_levels(lua_State *L, struct json_path *path,
                       const struct json_level *level)
{
    if (!level)
        return;
    add_levels(L, path, level->outer);
    size_t len;
    if (!level->key) {
        json_path_index(path, level->index);
    } else if (lua_type(L, level->key) == LUA_TSTRING) {
        const char *key = lua_tolstring(L, level->key, &len);
        json_path_key(path, key, len);
    } else if (lua_isinteger(L, level->key)) {
        json_path_index(path, lua_tointeger(L, level->key));
    } else {
        char text[JSON_NUMBER_BYTES_MAX];
        json_path_key(path, text,
                      json_number_write_real(text, lua_tonumber(L, level->key)));
    }
}

bool json_encoder_fail(struct json_encoder *e, const char *format, ...)
{
    char problem[JSON_PROBLEM_LIMIT_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(problem, sizeof problem, format, args);
    va_end(args);
    struct json_path path;
    json_path_start(&path);
    add_levels(e->L, &path, e->inner);
    lua_pushfstring(e->L, "cannot encode %s: %s", path.text, problem);
    return false;
}

bool json_encoder_fits(struct json_encoder *e, bool written)
{
    if (written)
        return true;
    if (e->out.buf->full)
        return json_encoder_fail(e, "the text is larger than %zu bytes",
                                 e->out.buf->limit);
    lua_pushliteral(e->L, "not enough memory"); /* Lua makes LUA_ERRMEM of it */
    return lua_error(e->L);
}

const char *json_encoder_name_type(int type)
{
    switch (type) {
    case LUA_TFUNCTION: return "a function";
    case LUA_TTHREAD: return "a coroutine";
    case LUA_TBOOLEAN: return "a boolean";
    case LUA_TTABLE: return "a table";
    case LUA_TLIGHTUSERDATA: return "a light userdata";
    default: return "a userdata";
    }
}

bool json_encoder_string(struct json_encoder *e, int slot, const char *what)
{
    size_t len, bad = 0;
    const char *bytes = lua_tolstring(e->L, slot, &len);
    switch (
        json_writer_string(&e->out, bytes, len, e->options->replace_invalid_utf8, &bad)) {
    case JSON_WRITER_OK: return true;
    case JSON_WRITER_FULL: return json_encoder_fits(e, false);
    case JSON_WRITER_NOT_UTF8: break;
    }
    return json_encoder_fail(e, "%s is not UTF-8: byte 0x%02X at position %zu", what,
                             (unsigned char)bytes[bad], bad + 1);
}

bool json_encoder_number(struct json_encoder *e)
{
    if (lua_isinteger(e->L, -1))
        return json_encoder_fits(e,
                                 json_writer_integer(&e->out, lua_tointeger(e->L, -1)));
    lua_Number real = lua_tonumber(e->L, -1);
    if (!isfinite(real))
        return json_encoder_fail(e, "%s has no JSON form",
                                 isnan(real) ? "NaN" : "an infinite number");
    return json_encoder_fits(e, json_writer_real(&e->out, real));
}
