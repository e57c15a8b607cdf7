/* SPDX-License-Identifier: MIT
 * In the handler nothing is allocated, no lock is taken, and Lua is read with lua_getstack and lua_getinfo alone.
 * Each line is written as soon as it is known: reading a broken state may crash again, which ends the process. */
#include "crash.h"

#include "embedded.h"
#include "line.h"
#include "mapping.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

enum {
    FRAMES_LIMIT = 50,  /* of one coroutine */
    REPORT_LIMIT_S = 1, /* then SIGALRM ends the process */
};

static const struct crash_signal {
    int number;
    const char *name;
} signals[] = {
    { SIGSEGV, "SIGSEGV" },
    { SIGBUS, "SIGBUS" },
    { SIGFPE, "SIGFPE" },
    { SIGABRT, "SIGABRT" },
};
enum { SIGNAL_COUNT = sizeof signals / sizeof *signals };

/* All that a crash can be told by: a signal handler has no argument. The first is written once, by
 * crash_install: who handled the signal before (a sanitizer, or nobody), and will after us. */
static struct sigaction before[SIGNAL_COUNT];
static _Thread_local const struct running *volatile watched;

static unsigned long program_counter(const void *context)
{
    const ucontext_t *machine = context;
#if defined(__x86_64__)
    return (unsigned long)machine->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return machine->uc_mcontext.pc;
#else
    (void)machine;
    return 0; /* the stack alone is shown */
#endif
}

/* "FILE+0x123", or the bare address when no file is mapped there. */
static void put_place(struct line *line, unsigned long address)
{
    struct mapping mapping;
    bool found = mapping_find(address, &mapping);
    if (found) {
        line_puts(line, mapping.path);
        line_puts(line, "+");
    }
    line_hex(line, found ? mapping.offset : address);
}

/* As luaL_traceback shows a frame. For a C function with its module, which is what the crash is in most likely. */
static void write_frame(lua_State *L, lua_Debug *frame)
{
    struct line line = { .len = 0 };
    (void)lua_getinfo(L, "nSl", frame);
    line_puts(&line, "\t");
    line_puts(&line, frame->short_src);
    if (frame->currentline > 0) {
        line_puts(&line, ":");
        line_number(&line, frame->currentline);
    }
    line_puts(&line, *frame->what == 'm' ? ": in main chunk" : ": in function ");
    if (frame->name) {
        line_puts(&line, "'");
        line_puts(&line, frame->name);
        line_puts(&line, "'");
    } else if (*frame->what == 'L') {
        line_puts(&line, "<");
        line_puts(&line, frame->short_src);
        line_puts(&line, ":");
        line_number(&line, frame->linedefined);
        line_puts(&line, ">");
    } else if (*frame->what == 'C') {
        line_puts(&line, "?");
    }
    if (*frame->what == 'C' && lua_getinfo(L, "f", frame)) {
        lua_CFunction function = lua_tocfunction(L, -1);
        line_puts(&line, " of ");
        put_place(&line, (unsigned long)(uintptr_t)function);
        lua_settop(L, -2);
    }
    line_write(&line);
}

/* Frames of the runtime's own Lua, and what they stand on, are left out. */
static void write_stack(lua_State *L)
{
    lua_Debug frame;
    for (int level = 0; level < FRAMES_LIMIT && lua_getstack(L, level, &frame); level++) {
        (void)lua_getinfo(L, "S", &frame);
        if (embedded_has(frame.short_src))
            return;
        write_frame(L, &frame);
    }
}

static void report(const char *name, unsigned long address)
{
    struct line line = { .len = 0 };
    const struct running *running = watched;
    line_puts(&line, "lunambda: ");
    line_puts(&line, name);
    line_puts(&line, " at ");
    put_place(&line, address);
    if (running && running->request_id && running->request_id[0]) {
        line_puts(&line, ", request ");
        line_puts(&line, running->request_id);
    }
    line_puts(&line, running && running->top ? "; the Lua stack:" : ", outside Lua");
    line_write(&line);
    const struct running_link *link = running ? running->top : NULL;
    for (; link; link = link->resumer)
        write_stack(link->thread);
}

static void on_crash(int number, siginfo_t *info, void *context)
{
    (void)info;
    size_t which = 0;
    while (which < SIGNAL_COUNT - 1 && signals[which].number != number)
        which++;
    (void)alarm(REPORT_LIMIT_S);
    (void)signal(SIGALRM, SIG_DFL);
    report(signals[which].name, program_counter(context));
    /* Blocked until we return, then it ends the process. */
    (void)sigaction(number, &before[which], NULL);
    (void)raise(number);
}

void crash_install(void)
{
    struct sigaction action = { .sa_sigaction = on_crash,
                                .sa_flags = SA_SIGINFO | SA_ONSTACK };
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        (void)sigaction(signals[i].number, &action, &before[i]);
}

void crash_watch(const struct running *running, struct crash_stack *stack)
{
    const stack_t ours = { .ss_sp = stack->bytes, .ss_size = sizeof stack->bytes };
    (void)sigaltstack(&ours,
                      &stack->before); /* fails only for a stack that is too small */
    watched = running;
}

void crash_unwatch(const struct crash_stack *stack)
{
    watched = NULL;
    (void)sigaltstack(&stack->before, NULL);
}
