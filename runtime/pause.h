/* SPDX-License-Identifier: MIT
 * The one pause that the runtime ever makes, in a file of its own so that tests can leave it out. */
#ifndef LUNAMBDA_PAUSE_H
#define LUNAMBDA_PAUSE_H

/* Sleeps that long, whatever signals come. */
void pause_for_ms(int ms);

#endif
