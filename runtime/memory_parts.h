/* SPDX-License-Identifier: MIT
 * What memory.c and memory_pool.c share; for no one else. */
#ifndef LUNAMBDA_MEMORY_PARTS_H
#define LUNAMBDA_MEMORY_PARTS_H

#include "memory.h"

/* Holds so many bytes more, if the pool allows. */
bool memory_hold(struct memory *memory, size_t bytes);

/* Holds so many fewer; the pool gets them back by quanta. */
void memory_release(struct memory *memory, size_t bytes);

#endif
