/* SPDX-License-Identifier: MIT
 * One Lua state for many inputs of a fuzzer. */
#ifndef LUNAMBDA_FUZZ_STATE_H
#define LUNAMBDA_FUZZ_STATE_H

#include <lua.h>

#include <stdbool.h>
#include <stddef.h>

struct fuzz_input {
    const char *bytes;
    size_t len;
};

/* Calls body in protected mode with a light userdata, the input; prepare(L) has run once in the state,
 * which is replaced now and then. What body raises is a finding: it is printed, and the process dies. */
void fuzz_run(lua_CFunction prepare, lua_CFunction body, const unsigned char *data,
              size_t len);

/* Whether two values are equal: tables by their content and their mark, numbers by value and sign. */
bool fuzz_is_equal(lua_State *L, int a, int b);

/* How libFuzzer and the replay call a fuzzer; returns 0. */
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

#endif
