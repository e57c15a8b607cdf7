/* SPDX-License-Identifier: MIT */
#include "termination.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/eventfd.h>

/* A signal belongs to the process, so this does too. */
static atomic_int waker = -1;
static atomic_bool came;

static void note(int signal)
{
    int before = errno;
    (void)signal;
    atomic_store(&came, true);
    (void)eventfd_write(atomic_load(&waker), 1); /* one write(2): allowed in here */
    errno = before;
}

bool termination_watch(int fd)
{
    const struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART };
    atomic_store(&waker, fd);
    return !sigaction(SIGTERM, &action, NULL);
}

bool termination_came(void)
{
    return atomic_load(&came);
}
