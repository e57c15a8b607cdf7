/* SPDX-License-Identifier: MIT
 * Whether Lambda could load a file: its processor, its C library, the Lua that bootstrap brings. */
#ifndef LUNAMBDA_LOCAL_FITNESS_H
#define LUNAMBDA_LOCAL_FITNESS_H

#include "elf_file.h"
#include "package.h"

enum { FITNESS_GLIBC_MINOR = 34 }; /* Amazon Linux 2023 has glibc 2.34 */

/* Files other than ELF are always fine. Warns of libraries that neither the package nor Lambda has. */
MUST_CHECK enum verdict fitness_check(const struct package *package, const char *path,
                                      const struct buf *bytes, enum elf_machine machine,
                                      struct err *err);

/* The same for the runtime that --single adds, which must need nothing but the C library. path is where it was
 * found. */
MUST_CHECK enum verdict fitness_check_bootstrap(const char *path, const struct buf *bytes,
                                                enum elf_machine machine,
                                                struct err *err);

const char *fitness_machine_name(enum elf_machine machine);

#endif
