/* SPDX-License-Identifier: MIT
 * Any bytes: a value, or a message of one line in UTF-8; with both sets of options. */
#include "fuzz_state.h"
#include "json_codec.h"
#include "json_utf8.h"

#include <lauxlib.h>

#include <string.h>

static int prepare(lua_State *L)
{
    json_open(L);
    return 0;
}

static void check_message(lua_State *L)
{
    size_t len;
    const char *message = luaL_checklstring(L, -1, &len);
    if (strncmp(message, "invalid JSON at line ", 21) != 0 || strlen(message) != len)
        luaL_error(L, "an odd message: %s", message);
    for (size_t at = 0; at < len;) {
        int bytes = json_utf8_judge(message + at, len - at);
        if (bytes < 0 || (unsigned char)message[at] < 0x20)
            luaL_error(L, "a message that cannot be shown: %s", message);
        at += (size_t)bytes;
    }
}

static int body(lua_State *L) /* stack: input */
{
    const struct fuzz_input *input = lua_touserdata(L, 1);
    const struct json_options strict = { 0 };
    const struct json_options lenient = { .bigint_as_string = true,
                                          .replace_invalid_utf8 = true };
    bool is_strict = json_try_decode(L, input->bytes, input->len, &strict);
    if (!is_strict)
        check_message(L);
    bool is_lenient = json_try_decode(L, input->bytes, input->len, &lenient);
    if (!is_lenient)
        check_message(L);
    if (is_strict && !is_lenient)
        luaL_error(L, "more options, less accepted");
    if (lua_gettop(L) != 3)
        luaL_error(L, "%d values on the stack", lua_gettop(L));
    return 0;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
    fuzz_run(prepare, body, data, len);
    return 0;
}
