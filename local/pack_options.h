/* SPDX-License-Identifier: MIT
 * The command line of `lunambda pack` as a struct. */
#ifndef LUNAMBDA_LOCAL_PACK_OPTIONS_H
#define LUNAMBDA_LOCAL_PACK_OPTIONS_H

#include "elf_file.h"
#include "filter.h"

/* All text is borrowed from argv. */
struct pack_options {
    const char *folder;
    const char *output;       /* -o; function.zip when not given */
    const char *handler;      /* --handler; NULL when not given */
    const char *bootstrap;    /* --bootstrap; NULL when not given: that beside the tool */
    enum elf_machine machine; /* --arch; this machine's when not given */
    struct filter filter;     /* --exclude, --include */
    bool bytecode, bundle, single, noop;
    bool by_s3; /* --s3: it does not go by direct upload */
    bool help;
};

extern const char pack_options_help[];

/* Reads argv, of which the first two are `lunambda pack`. False: err names what is wrong and the remedy. */
MUST_CHECK bool pack_options_read(struct pack_options *options, int argc, char **argv,
                                  struct err *err);

#endif
