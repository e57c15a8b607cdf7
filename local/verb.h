/* SPDX-License-Identifier: MIT
 * What the tool is asked to do: the first word of its command line. */
#ifndef LUNAMBDA_LOCAL_VERB_H
#define LUNAMBDA_LOCAL_VERB_H

#include "buf.h"
#include "err.h"

enum options_verb {
    OPTIONS_HELP,
    OPTIONS_VERSION,
    OPTIONS_INVOKE,
    OPTIONS_CHECK,
    OPTIONS_EVENT, /* event_name, and its options as event or event_file */
    OPTIONS_PACK,  /* pack_options.h reads the rest */
};

/* word: NULL when there is none. False: err names the words there are. */
MUST_CHECK bool verb_read(const char *word, enum options_verb *verb, struct err *err);

#endif
