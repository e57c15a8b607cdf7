/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <time.h>

long long clock_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

long long clock_monotonic_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}
