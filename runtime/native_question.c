/* SPDX-License-Identifier: MIT */
#include "native_question.h"

#include "native_child.h"

#include <lauxlib.h>

enum {
    /* Of an answer; what Lua itself can hold sets an earlier end. */
    LIMIT_LIMIT_BYTES = 1024 * 1024 * 1024,
};

static size_t check_bytes(lua_State *L, int index, lua_Integer least) /* raises */
{
    lua_Integer bytes = luaL_checkinteger(L, index);
    luaL_argcheck(L, bytes >= least && bytes <= LIMIT_LIMIT_BYTES, index, "no length");
    return (size_t)bytes;
}

/* process:ask(left_ms, limit_bytes, kind, detail?, is_little_endian?): begins a question. kind and detail: "until"
 * and the terminator; "length" and the bytes of the prefix; "count" and the bytes; "some"; "all". */
int native_question_ask(lua_State *L)
{
    static const char *const kinds[] = {
        "until", "length", "count", "some", "all", NULL
    };
    struct native_child *child = native_child_check(L);
    long long until = native_child_until_us(L, 2);
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
    dialogue_ask(&child->dialogue, &frame, until);
    return 0;
}

/* process:go(input, is_last?): "answered" and the answer, or another state. is_last: closes the standard input behind
 * it. After "interrupted" it is to be called again, with the same. */
int native_question_go(lua_State *L)
{
    static const char *const names[] = {
        [DIALOGUE_ANSWERED] = "answered", [DIALOGUE_INTERRUPTED] = "interrupted",
        [DIALOGUE_LATE] = "late",         [DIALOGUE_SILENT] = "silent",
        [DIALOGUE_TOO_LONG] = "too long", [DIALOGUE_STARVED] = "starved",
    };
    struct native_child *child = native_child_check(L);
    struct dialogue *dialogue = &child->dialogue;
    struct log_record record;
    size_t len;
    const char *input = luaL_checklstring(L, 2, &len);
    dialogue->closes_in = lua_toboolean(L, 3);
    const struct dialogue_listener listener = native_child_listen(L, child, &record);
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
int native_question_look(lua_State *L)
{
    struct native_child *child = native_child_check(L);
    struct log_record record;
    const struct dialogue_listener listener = native_child_listen(L, child, &record);
    struct dialogue_rest rest = dialogue_look(&child->dialogue, &listener);
    lua_pushinteger(L, (lua_Integer)rest.surplus_bytes);
    lua_pushboolean(L, rest.is_open);
    return 2;
}
