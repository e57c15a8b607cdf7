/* SPDX-License-Identifier: MIT
 * coroutine.resume, wrap and close of ours: the same as Lua's own, and the note they keep. */
#include "check.h"
#include "running.h"

#include <lauxlib.h>
#include <lualib.h>

/* What a chunk says, under Lua's own functions and under ours. */
static void run(lua_State *L, const char *code)
{
    if (luaL_dostring(L, code))
        lua_pushfstring(L, "raised: %s", luaL_tolstring(L, -1, NULL));
}

static void same(const char *code)
{
    struct running running;
    lua_State *theirs = luaL_newstate(), *ours = luaL_newstate();
    luaL_openlibs(theirs);
    luaL_openlibs(ours);
    running_start(&running, ours);
    running_open(&running, ours);
    run(theirs, code);
    run(ours, code);
    CHECK(lua_gettop(ours) >= 1);
    CHECK_TEXT(luaL_tolstring(ours, -1, NULL), luaL_tolstring(theirs, -1, NULL));
    CHECK(running.top == &running.main);
    lua_close(theirs);
    lua_close(ours);
}

#define SHOW                                                                             \
    "local function show(...) local t = table.pack(...) for i = 1, t.n do "              \
    "t[i] = tostring(t[i]) end return table.concat(t, ' ') end "

static void values_go_in_and_out(void)
{
    same(SHOW "local c = coroutine.create(function(...) local a = coroutine.yield(...) "
              "local b, d = coroutine.yield(a) return b, d, 'end' end) "
              "return show(coroutine.resume(c, 1, nil, 3)) .. '|' .. "
              "show(coroutine.resume(c, 'a')) .. '|' .. show(coroutine.resume(c, 4, 5)) "
              ".. '|' .. show(coroutine.resume(c))");
    same(SHOW "local f = coroutine.wrap(function(...) return coroutine.yield(...) end) "
              "return show(f(1, 2)) .. '|' .. show(f()) .. '|' .. show(pcall(f))");
    same("local n = 0 for i in coroutine.wrap(function() for i = 1, 1000 do "
         "coroutine.yield(i) end end) do n = n + i end return n");
}

static void errors_come_out(void)
{
    same(SHOW
         "return show(coroutine.resume(coroutine.create(function() error('x') end)))");
    same(SHOW "return show(coroutine.resume(coroutine.create(function() error() end)))");
    same("coroutine.wrap(function() error('x') end)()");
    same("local t = setmetatable({}, { __tostring = function() return 'me' end }) "
         "coroutine.wrap(function() error(t) end)()");
    same(SHOW "return show(pcall(coroutine.wrap(function() "
              "local x <close> = setmetatable({}, { __close = function(_, e) "
              "error('closing after ' .. e, 0) end }) error('x', 0) end)))");
}

static void misuse_is_refused(void)
{
    same(SHOW "return show(coroutine.resume(coroutine.running()))");
    same(SHOW "local c c = coroutine.create(function() return coroutine.resume(c) end) "
              "return show(coroutine.resume(c))");
    same(SHOW "return show(pcall(coroutine.close, coroutine.running()))");
    same(SHOW "local c c = coroutine.create(function() coroutine.wrap(function() "
              "coroutine.close(c) end)() end) return show(coroutine.resume(c))");
    same("coroutine.wrap(1)");
    same("local function nest() return coroutine.wrap(nest)() end "
         "local ok, e = pcall(nest) return tostring(ok) .. "
         "tostring(e:find('C stack overflow') ~= nil)");
    struct running running;
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    running_start(&running, L);
    running_open(&running, L);
    run(L, "coroutine.resume(1)");
    CHECK_TEXT(lua_tostring(L, -1),
               "raised: [string \"coroutine.resume(1)\"]:1: bad argument #1 to "
               "'resume' (coroutine expected, got number)");
    lua_close(L);
}

static void coroutines_are_closed(void)
{
    same(SHOW "local log = '' local c = coroutine.create(function() "
              "local x <close> = setmetatable({}, { __close = function() log = log .. "
              "'c' end }) "
              "coroutine.yield() end) coroutine.resume(c) "
              "return show(coroutine.close(c)) .. log .. coroutine.status(c)");
    same(SHOW "return show(coroutine.close(coroutine.create(print)))");
    same(SHOW
         "local c = coroutine.create(function() local x <close> = "
         "setmetatable({}, { __close = function() error('no', 0) end }) "
         "coroutine.yield() end) coroutine.resume(c) return show(coroutine.close(c))");
}

static int depth(lua_State *L)
{
    const struct running *running = lua_touserdata(L, lua_upvalueindex(1));
    const struct running_link *top = running->top;
    int links = 1;
    for (const struct running_link *link = top->resumer; link; link = link->resumer)
        links++;
    lua_pushinteger(L, top->thread == L ? links : -1);
    return 1;
}

static void knows_who_runs(void)
{
    struct running running;
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    running_start(&running, L);
    running_open(&running, L);
    lua_pushlightuserdata(L, &running);
    lua_pushcclosure(L, depth, 1);
    lua_setglobal(L, "depth");
    run(L, "local wrap = coroutine.wrap return table.concat({ depth(), wrap(depth)(), "
           "wrap(function() return wrap(depth)() end)(), depth(), "
           "pcall(wrap(error)) and 1 or depth() }, ' ')");
    CHECK_TEXT(lua_tostring(L, -1), "1 2 3 1 1");
    lua_close(L);
}

int main(void)
{
    RUN(values_go_in_and_out);
    RUN(errors_come_out);
    RUN(misuse_is_refused);
    RUN(coroutines_are_closed);
    RUN(knows_who_runs);
    return check_done();
}
