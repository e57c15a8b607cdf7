/* SPDX-License-Identifier: MIT
 * SIGTERM as something to wait for. Without termination_watch the signal ends the process, as ever. */
#ifndef LUNAMBDA_TERMINATION_H
#define LUNAMBDA_TERMINATION_H

#include <stdbool.h>

/* From now on SIGTERM makes fd, an eventfd, readable; for the whole process and the rest of its life. Programs
 * that it starts have the signal as ever. False, with errno, when the system does not let us. */
bool termination_watch(int fd);

/* Whether the signal came. */
bool termination_came(void);

#endif
