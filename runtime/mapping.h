/* SPDX-License-Identifier: MIT
 * Which file an address of the process lies in. Reads /proc/self/maps by open, read and close alone: dladdr would
 * take the dynamic linker's lock, which the crashing code may hold. */
#ifndef LUNAMBDA_MAPPING_H
#define LUNAMBDA_MAPPING_H

#include <stdbool.h>

enum { MAPPING_PATH_LIMIT_BYTES = 256 };

struct mapping {
    /* Of the address in the file: what addr2line takes for a shared library. */
    unsigned long offset;
    char path[MAPPING_PATH_LIMIT_BYTES]; /* cut at the limit */
};

/* Async-signal-safe; fit for a small stack. False when no file is mapped there. */
bool mapping_find(unsigned long address, struct mapping *out);

#endif
