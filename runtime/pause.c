/* SPDX-License-Identifier: MIT */
#include "pause.h"

#include <errno.h>
#include <time.h>

void pause_for_ms(int ms)
{
    struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L };
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
        ;
}
