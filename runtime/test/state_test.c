/* SPDX-License-Identifier: MIT
 * A state of ours says on stderr what one of luaL_newstate says. */
#include "check.h"
#include "state.h"

#include <lauxlib.h>
#include <lualib.h>

#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SAID_BYTES_MAX = 4096 };

static void *allocate(void *ud, void *block, size_t old_bytes, size_t bytes)
{
    (void)ud;
    (void)old_bytes;
    if (bytes)
        return realloc(block, bytes);
    free(block);
    return NULL;
}

static void *allocate_nothing(void *ud, void *block, size_t old_bytes, size_t bytes)
{
    (void)ud;
    (void)old_bytes;
    (void)bytes;
    free(block);
    return NULL;
}

/* In a child: runs the code, unprotected, with stderr at `to`. */
static void run(lua_State *L, const char *code, int to)
{
    const struct rlimit no_core = { 0, 0 };
    if (!L || dup2(to, STDERR_FILENO) < 0 || setrlimit(RLIMIT_CORE, &no_core))
        _exit(1);
    luaL_openlibs(L);
    if (luaL_loadstring(L, code) == LUA_OK)
        lua_call(L, 0, 0);
    _exit(0);
}

/* What the code says on stderr, and whether it ends by abort. */
static bool say(bool ours, const char *code, char said[SAID_BYTES_MAX])
{
    int ends[2], status = 0;
    size_t len = 0;
    ssize_t got = 0;
    if (pipe(ends))
        abort();
    pid_t child = fork();
    if (child == 0)
        run(ours ? state_new(allocate, NULL) : luaL_newstate(), code, ends[1]);
    (void)close(ends[1]);
    while (len + 1 < SAID_BYTES_MAX &&
           (got = read(ends[0], said + len, SAID_BYTES_MAX - 1 - len)) > 0)
        len += (size_t)got;
    said[len] = '\0';
    (void)close(ends[0]);
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void says_what_a_state_of_lual_newstate_says(void)
{
    static const char *const codes[] = {
        "warn('off at first')",
        "warn('@on') warn('one') warn('in ', 'three', ' pieces') warn('@off') warn('no')",
        "warn('@on') warn('@unknown') warn('') warn('@', 'on') warn('@off', ' is text')",
        "warn('@on') warn('x') warn('@off') warn('@on') warn('y', '@off') warn('z')",
        "error('nobody catches')",
        "error({})",
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        static char ours[SAID_BYTES_MAX], theirs[SAID_BYTES_MAX];
        bool we_abort = say(true, codes[i], ours);
        CHECK(say(false, codes[i], theirs) == we_abort);
        CHECK(we_abort == (strncmp(codes[i], "error", 5) == 0));
        CHECK_TEXT(ours, theirs);
    }
}

static void is_null_without_memory(void)
{
    CHECK(state_new(allocate_nothing, NULL) == NULL);
}

int main(void)
{
    RUN(says_what_a_state_of_lual_newstate_says);
    RUN(is_null_without_memory);
    return check_done();
}
