/* SPDX-License-Identifier: MIT
 * Wall time, monotonic time, and the one pause that the runtime ever makes. */
#ifndef LUNAMBDA_CLOCK_H
#define LUNAMBDA_CLOCK_H

/* Milliseconds since the Unix epoch: comparable with Lambda-Runtime-Deadline-Ms. */
long long clock_now_ms(void);

/* Microseconds from an arbitrary point, never running backwards: for durations. */
long long clock_monotonic_us(void);

/* Sleeps, whatever signals come. */
void clock_pause_ms(int ms);

#endif
