/* SPDX-License-Identifier: MIT */
#include "event_verb.h"

#include "event.h"
#include "made_event.h"
#include "output.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { INDENT = 2 };

static bool print_event(const struct options *options, struct buf *event, struct err *err)
{
    if (!event_given(options, event, err) ||
        !made_event_make(options->event_name, INDENT, event, err))
        return false;
    event->limit += 1;
    if (!buf_puts(event, "\n"))
        return err_set(err, "no memory to print the event");
    return output_write(STDOUT_FILENO, event->data, event->len) ||
           err_set(err, "cannot write to standard output: %s", strerror(errno));
}

enum verdict event_verb_run(const struct options *options, struct err *err)
{
    struct buf event = { .limit = EVENT_LIMIT_BYTES };
    bool is_list = strcmp(options->event_name, MADE_EVENT_LIST) == 0;
    bool done = is_list ? made_event_print_names(err) : print_event(options, &event, err);
    buf_free(&event);
    return done ? VERDICT_FINE : VERDICT_CANNOT;
}
