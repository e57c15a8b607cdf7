/* SPDX-License-Identifier: MIT
 * What this program is made of. The table is written by CMake (LunambdaLibraries.cmake), which also writes the layer's
 * LIBRARIES.txt from the same facts. */
#ifndef LUNAMBDA_LIBRARIES_H
#define LUNAMBDA_LIBRARIES_H

/* All texts are static and none is empty. */
struct library {
    const char *name;
    const char *version;
    const char *licence; /* as SPDX names it */
    const char *source; /* a commit, an address with a checksum, or whose package it is */
};

/* lunambda comes first; a NULL name ends the list. */
extern const struct library libraries[];

#endif
