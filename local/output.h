/* SPDX-License-Identifier: MIT
 * Writing all of something to a descriptor that may be a full or non-blocking pipe. */
#ifndef LUNAMBDA_LOCAL_OUTPUT_H
#define LUNAMBDA_LOCAL_OUTPUT_H

#include "buf.h"

/* Blocks until all is written. False: errno says why the rest is not. */
MUST_CHECK bool output_write(int fd, const char *bytes, size_t len);

#endif
