/* SPDX-License-Identifier: MIT */
#include "deadline.h"

#include "clock.h"
#include "embedded.h"

#include <lauxlib.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    TIMER_SIGNAL_OFFSET = 3, /* above SIGRTMIN: programs that want one take the first */
    MARGIN_PART = 10,        /* the margin is at most one of so many parts of the time */
    TRACE_LIMIT_BYTES = 16 * 1024,
};

/* In the registry under its address: the struct deadline of the VM. */
static const char registry_key;

static int timer_signal(void)
{
    return SIGRTMIN + TIMER_SIGNAL_OFFSET;
}

/* Async-signal-safe. */
static bool set_timer(struct deadline *deadline, long long at_ms)
{
    struct itimerspec when = {
        .it_value = { .tv_sec = at_ms / 1000, .tv_nsec = (at_ms % 1000) * 1000000L },
    };
    atomic_store(&deadline->fires_ms, at_ms);
    return timer_settime(deadline->timer, TIMER_ABSTIME, &when, NULL) == 0;
}

/* The innermost line of the handler's Lua in a coroutine; our own frames are passed over. */
static bool find_line(lua_State *L, lua_Debug *frame)
{
    for (int level = 0; lua_getstack(L, level, frame); level++)
        if (lua_getinfo(L, "Sl", frame) && frame->currentline > 0 &&
            !embedded_has(frame->short_src))
            return true;
    return false;
}

/* Adds the stack of a coroutine. May raise for want of memory. */
static void add_trace(struct buf *trace, lua_State *L, lua_State *thread)
{
    luaL_traceback(L, thread, NULL, 0);
    const char *text = lua_tostring(L, -1);
    const char *frames = text ? strchr(text, '\n') : NULL; /* behind the headline */
    if (frames)
        (void)!buf_puts(trace, frames); /* as much as there is room for */
    lua_pop(L, 1);
}

/* Notes where the handler is stuck. May raise for want of memory. */
static void note(struct deadline *deadline, lua_State *L)
{
    const struct running_link *link = deadline->running->top;
    char where[sizeof deadline->message / 2] = "";
    lua_Debug frame;
    bool found = find_line(L, &frame);
    for (; !found && link; link = link->resumer)
        found = find_line(link->thread, &frame);
    if (found)
        (void)snprintf(where, sizeof where, "%s:%d: ", frame.short_src,
                       frame.currentline);
    if (deadline->is_extra)
        (void)snprintf(deadline->message, sizeof deadline->message,
                       "%sstill running past the time-out, and was stopped here: make it "
                       "faster, or give the function a longer time-out",
                       where);
    else
        (void)snprintf(
            deadline->message, sizeof deadline->message,
            "%sstill running %lld ms before the time-out, and was stopped here: make "
            "it faster, or give the function a longer time-out",
            where, deadline->end_ms - atomic_load(&deadline->due_ms));
    buf_clear(&deadline->trace);
    deadline->struck = true;
    add_trace(&deadline->trace, L,
              L); /* a coroutine that a C module resumed is none we know */
    for (link = deadline->running->top; link; link = link->resumer)
        if (link->thread != L)
            add_trace(&deadline->trace, L, link->thread);
}

static void raise_in(lua_State *L, lua_Debug *event) /* lua_Hook; raises */
{
    (void)event;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &registry_key);
    struct deadline *deadline = lua_touserdata(L, -1);
    lua_pop(L, 1);
    if (!deadline->running->interrupt) { /* left over from an earlier invocation */
        lua_sethook(L, NULL, 0, 0);
        return;
    }
    if (!deadline->struck)
        note(deadline, L);
    lua_pushstring(L, deadline->message);
    lua_error(L);
}

/* Which VM is told by the timer: no global is needed. */
static void on_timer(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    if (info->si_code != SI_TIMER)
        return;
    int saved = errno;
    struct deadline *deadline = info->si_value.sival_ptr;
    atomic_store(&deadline->fires_ms, 0);
    long long due_ms = atomic_load(&deadline->due_ms);
    if (due_ms && clock_now_ms() >= due_ms)
        running_interrupt(deadline->running, raise_in);
    else if (due_ms) /* it was set for an earlier invocation */
        (void)set_timer(deadline, due_ms);
    errno = saved;
}

static bool make_timer(struct deadline *deadline)
{
    struct sigaction action = { .sa_sigaction = on_timer,
                                .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK };
    struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
                              .sigev_signo = timer_signal(),
                              .sigev_value = { .sival_ptr = deadline } };
#ifdef sigev_notify_thread_id /* timer_create(2) has it, but not every glibc */
    event.sigev_notify_thread_id = gettid();
#else
    event._sigev_un._tid = gettid();
#endif
    (void)sigfillset(&action.sa_mask); /* a short handler, not to be nested */
    deadline->has_timer = sigaction(timer_signal(), &action, NULL) == 0 &&
                          timer_create(CLOCK_REALTIME, &event, &deadline->timer) == 0;
    deadline->failed_to_make_one = !deadline->has_timer;
    return deadline->has_timer;
}

void deadline_open(struct deadline *deadline, lua_State *L, struct running *running)
{
    *deadline =
        (struct deadline){ .running = running, .trace = { .limit = TRACE_LIMIT_BYTES } };
    lua_pushlightuserdata(L, deadline);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &registry_key);
}

bool deadline_start(struct deadline *deadline, long long end_ms, long margin_ms)
{
    deadline->struck = false;
    long long left_ms = end_ms - clock_now_ms();
    if (margin_ms <= 0 || left_ms <= 0 || deadline->failed_to_make_one)
        return true;
    if (!deadline->has_timer && !make_timer(deadline))
        return false;
    long long margin = left_ms / MARGIN_PART;
    if (margin_ms < margin)
        margin = margin_ms;
    deadline->end_ms = end_ms;
    /* In this order: should the timer fire in between, its handler sees due_ms and sets it anew. */
    atomic_store(&deadline->due_ms, end_ms - margin);
    long long fires_ms = atomic_load(&deadline->fires_ms);
    if (fires_ms && fires_ms <= end_ms - margin)
        return true;
    return set_timer(deadline, end_ms - margin);
}

void deadline_stop(struct deadline *deadline)
{
    atomic_store(&deadline->due_ms, 0); /* from here on the signal does nothing */
    if (deadline->running)
        running_release(deadline->running);
}

void deadline_close(struct deadline *deadline)
{
    if (deadline->has_timer) {
        /* A signal on its way must not arrive when we are gone. */
        sigset_t set, before;
        const struct timespec at_once = { 0 };
        (void)sigemptyset(&set);
        (void)sigaddset(&set, timer_signal());
        (void)pthread_sigmask(SIG_BLOCK, &set, &before);
        (void)timer_delete(deadline->timer);
        while (sigtimedwait(&set, NULL, &at_once) > 0)
            ;
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    buf_free(&deadline->trace);
    *deadline = (struct deadline){ 0 };
}
