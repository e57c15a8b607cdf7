/* SPDX-License-Identifier: MIT
 * Wall time and monotonic time. */
#ifndef LUNAMBDA_CLOCK_H
#define LUNAMBDA_CLOCK_H

/* Milliseconds since the Unix epoch: comparable with Lambda-Runtime-Deadline-Ms. */
long long clock_now_ms(void);

/* Microseconds from an arbitrary point, never running backwards: for durations. */
long long clock_monotonic_us(void);

#endif
