/* SPDX-License-Identifier: MIT
 * What a dying process still says: when a C module crashes (SIGSEGV, SIGBUS, SIGFPE) or aborts, the module's name
 * and the Lua stack go to standard error, then the signal takes its course. */
#ifndef LUNAMBDA_CRASH_H
#define LUNAMBDA_CRASH_H

#include "running.h"

#include <signal.h>

enum {
    CRASH_STACK_BYTES = 64 * 1024
}; /* a signal's own frame takes up to 11 KiB (AMX) */

/* Where the report is made, for the thread's own stack may be used up. Mapped: no page of it is touched until then. */
struct crash_stack {
    stack_t before; /* the thread's alternate stack until then */
    void *
        bytes; /* CRASH_STACK_BYTES; NULL where there was no memory: then the thread's stack must do */
};

/* Once a process, before any VM. Six system calls with crash_watch. */
void crash_install(void);

/* Shows that VM when this thread crashes. Both stay until crash_unwatch, on the same thread. */
void crash_watch(const struct running *running, struct crash_stack *stack);

void crash_unwatch(struct crash_stack *stack);

#endif
