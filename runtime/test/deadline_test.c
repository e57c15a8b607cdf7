/* SPDX-License-Identifier: MIT
 * The deadline of one VM: what it interrupts, what it leaves alone, and when its timer is set. */
#include "check.h"
#include "clock.h"
#include "deadline.h"
#include "pause.h"

#include <lauxlib.h>
#include <lualib.h>

#include <signal.h>

/* ThreadSanitizer holds a signal back until the next call of the C library. */
#ifdef __SANITIZE_THREAD__
#define SPIN "os.time() "
#else
#define SPIN ""
#endif

enum { SOON_MS = 50, FAR_MS = 60000 };

/* A VM under guard. */
struct vm {
    lua_State *L;
    struct running running;
    struct deadline deadline;
};

static void vm_open(struct vm *vm)
{
    *vm = (struct vm){ .L = luaL_newstate() };
    luaL_openlibs(vm->L);
    running_start(&vm->running, vm->L);
    running_open(&vm->running, vm->L);
    deadline_open(&vm->deadline, vm->L, &vm->running);
}

static void vm_close(struct vm *vm)
{
    lua_close(vm->L);
    deadline_close(&vm->deadline);
}

/* Runs a chunk with so much time; its status. What it gave or raised is on the stack. */
static int run(struct vm *vm, const char *code, int ms)
{
    lua_settop(vm->L, 0);
    CHECK(deadline_start(&vm->deadline, clock_now_ms() + ms, 10));
    int status = luaL_dostring(vm->L, code) ? LUA_ERRRUN : LUA_OK;
    deadline_stop(&vm->deadline);
    return status;
}

static void interrupts(const char *code, const char *where)
{
    struct vm vm;
    vm_open(&vm);
    long long start_ms = clock_now_ms();
    CHECK(run(&vm, code, SOON_MS) == LUA_ERRRUN);
    CHECK(vm.deadline.struck);
    CHECK(clock_now_ms() - start_ms >= SOON_MS - 10);
    CHECK(strncmp(vm.deadline.message, where, strlen(where)) == 0);
    CHECK(strstr(vm.deadline.message, ": still running 5 ms before the time-out") !=
          NULL);
    CHECK(strstr(buf_text(&vm.deadline.trace), where) != NULL);
    CHECK(run(&vm, "local n = 0 for i = 1, 1e5 do n = n + i end return n", FAR_MS) ==
          LUA_OK);
    CHECK(!vm.deadline.struck);
    vm_close(&vm);
}

static void interrupts_a_loop(void)
{
    interrupts("\nwhile true do " SPIN "end", "[string \"...\"]:2");
}

static void interrupts_a_loop_in_pcall(void)
{
    interrupts("while true do pcall(function()\nwhile true do " SPIN "end end) end",
               "[string \"while true do pcall(function()...\"]:2");
    interrupts("return pcall(pcall, function()\nwhile true do " SPIN "end end)",
               "[string \"return pcall(pcall, function()...\"]:2");
    interrupts("while true do xpcall(function()\nwhile true do " SPIN "end end, "
               "function(e) return e end) end",
               "[string \"while true do xpcall(function()...\"]:2");
}

static void interrupts_a_loop_in_a_coroutine_in_a_coroutine(void)
{
    interrupts("while true do pcall(coroutine.wrap(function() "
               "while true do local c = coroutine.create(function()\n"
               "while true do pcall(function() while true do " SPIN "end end) end end) "
               "coroutine.resume(c) end end)) end",
               "[string \"while true do pcall(coroutine.wrap(function()...\"]:2");
}

static void interrupts_a_loop_of_closing_values(void)
{
    interrupts("local c = coroutine.create(function() local x <close> = "
               "setmetatable({}, { __close = function()\nwhile true do " SPIN
               "end end }) "
               "coroutine.yield() end) coroutine.resume(c) "
               "while true do coroutine.close(c) end",
               "[string \"local c = coroutine.create(function() local x...\"]:2");
}

static void shows_the_stack_through_coroutines(void)
{
    struct vm vm;
    vm_open(&vm);
    CHECK(run(&vm,
              "local function stuck()\nwhile true do " SPIN "end end "
              "local function outer()\ncoroutine.wrap(function()\nstuck() end)() end\n"
              "outer()",
              SOON_MS) == LUA_ERRRUN);
    const char *trace = buf_text(&vm.deadline.trace);
    const char *stuck = strstr(trace, ":2: in upvalue 'stuck'");
    const char *wrapped = strstr(trace, ":4: in function <");
    /* The line of a call that spans two is not the same in all of Lua 5.4. */
    const char *outer = strstr(trace, ": in local 'outer'");
    CHECK(stuck && wrapped && outer && stuck < wrapped && wrapped < outer);
    CHECK(strstr(trace, "stack traceback") == NULL);
    vm_close(&vm);
}

static void a_coroutine_left_behind_can_go_on_later(void)
{
    struct vm vm;
    vm_open(&vm);
    CHECK(run(&vm,
              "kept = coroutine.create(function() for i = 1, 3 do coroutine.yield(i) end "
              "return 'done' end) "
              "while true do " SPIN "pcall(coroutine.resume, kept) end",
              SOON_MS) == LUA_ERRRUN);
    CHECK(run(&vm,
              "local late = coroutine.create(function() coroutine.yield() end) "
              "others = { late } "
              "while true do " SPIN
              "pcall(function() others[#others + 1] = coroutine.create("
              "function() local n = 0 for i = 1, 100 do n = n + i end return n end) "
              "end) end",
              SOON_MS) == LUA_ERRRUN);
    CHECK(run(&vm,
              "local ok, n = coroutine.resume(others[#others]) "
              "return tostring(ok) .. ' ' .. tostring(n)",
              FAR_MS) == LUA_OK);
    CHECK_TEXT(lua_tostring(vm.L, -1), "true 5050");
    vm_close(&vm);
}

/* Lets the time pass that the timer was set for. */
static void wait_until(long long ms)
{
    while (clock_now_ms() <= ms)
        pause_for_ms(1);
}

static void a_timer_of_an_earlier_invocation_fires_in_vain(void)
{
    struct vm vm;
    vm_open(&vm);
    CHECK(run(&vm, "return 1", SOON_MS) == LUA_OK);
    long long armed_ms = atomic_load(&vm.deadline.fires_ms);
    CHECK(armed_ms > 0);
    /* Within the next invocation, which has more time. */
    CHECK(deadline_start(&vm.deadline, clock_now_ms() + FAR_MS, 10));
    CHECK(atomic_load(&vm.deadline.fires_ms) == armed_ms); /* not set anew */
    wait_until(armed_ms + 1);
    CHECK(!vm.running.interrupt);
    CHECK(atomic_load(&vm.deadline.fires_ms) > armed_ms + 1000); /* it did that itself */
    CHECK(luaL_dostring(vm.L, "for i = 1, 1e5 do end") == LUA_OK);
    deadline_stop(&vm.deadline);
    /* A shorter one is not missed. */
    CHECK(run(&vm, "while true do " SPIN "end", SOON_MS) == LUA_ERRRUN);
    vm_close(&vm);
}

static void a_timer_that_fires_between_invocations_does_nothing(void)
{
    struct vm vm;
    vm_open(&vm);
    CHECK(run(&vm, "return 1", SOON_MS) == LUA_OK);
    wait_until(atomic_load(&vm.deadline.fires_ms) + 1);
    CHECK(atomic_load(&vm.deadline.fires_ms) == 0);
    CHECK(!vm.running.interrupt);
    CHECK(run(&vm, "for i = 1, 1e5 do end", FAR_MS) == LUA_OK);
    vm_close(&vm);
}

static void the_margin_is_at_most_a_tenth(void)
{
    struct vm vm;
    vm_open(&vm);
    long long end_ms = clock_now_ms() + FAR_MS;
    CHECK(deadline_start(&vm.deadline, end_ms, 100));
    CHECK(atomic_load(&vm.deadline.due_ms) == end_ms - 100);
    deadline_stop(&vm.deadline);
    CHECK(deadline_start(&vm.deadline, end_ms, 900000));
    long long margin_ms = end_ms - atomic_load(&vm.deadline.due_ms);
    CHECK(margin_ms > FAR_MS / 10 - 100 && margin_ms <= FAR_MS / 10);
    deadline_stop(&vm.deadline);
    vm_close(&vm);
}

static void no_margin_or_a_past_end_means_no_guard(void)
{
    struct vm vm;
    vm_open(&vm);
    CHECK(deadline_start(&vm.deadline, clock_now_ms() + SOON_MS, 0));
    CHECK(!vm.deadline.has_timer);
    CHECK(run(&vm, "for i = 1, 1e5 do end", -1000) == LUA_OK);
    CHECK(!vm.deadline.has_timer);
    vm_close(&vm);
}

static void closing_takes_a_signal_that_is_on_its_way(void)
{
    for (int i = 0; i < 20; i++) {
        struct vm vm;
        vm_open(&vm);
        CHECK(run(&vm, "return 1", 12) == LUA_OK);
        long long fires_ms = atomic_load(&vm.deadline.fires_ms);
        while (fires_ms &&
               clock_now_ms() < fires_ms) /* no pause: be there when it comes */
            ;
        vm_close(&vm);
    }
}

int main(void)
{
    RUN(interrupts_a_loop);
    RUN(interrupts_a_loop_in_pcall);
    RUN(interrupts_a_loop_in_a_coroutine_in_a_coroutine);
    RUN(interrupts_a_loop_of_closing_values);
    RUN(shows_the_stack_through_coroutines);
    RUN(a_coroutine_left_behind_can_go_on_later);
    RUN(a_timer_of_an_earlier_invocation_fires_in_vain);
    RUN(a_timer_that_fires_between_invocations_does_nothing);
    RUN(the_margin_is_at_most_a_tenth);
    RUN(no_margin_or_a_past_end_means_no_guard);
    RUN(closing_takes_a_signal_that_is_on_its_way);
    return check_done();
}
