/* SPDX-License-Identifier: MIT */
#include "verb.h"

#include <string.h>

bool verb_read(const char *word, enum options_verb *verb, struct err *err)
{
    if (!word)
        return err_set(err,
                       "no command: lunambda invoke HANDLER [EVENT], or lunambda --help");
    static const struct {
        const char *name;
        enum options_verb verb;
    } verbs[] = {
        { "invoke", OPTIONS_INVOKE }, { "check", OPTIONS_CHECK },
        { "event", OPTIONS_EVENT },   { "pack", OPTIONS_PACK },
        { "help", OPTIONS_HELP },     { "--help", OPTIONS_HELP },
        { "-h", OPTIONS_HELP },       { "--version", OPTIONS_VERSION },
    };
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(word, verbs[i].name) == 0) {
            *verb = verbs[i].verb;
            return true;
        }
    return err_set(err,
                   "unknown command '%s': there are invoke, check, event and pack; "
                   "lunambda --help tells more",
                   word);
}
