/* SPDX-License-Identifier: MIT */
#include "dry_run.h"

#include "clock.h"
#include "document.h"
#include "launch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_FAILED = 1, STATUS_CANNOT = 2, STATUS_SIGNAL = 128 };

/* The file in the task root that the handler's file part names, NULL when it is elsewhere. */
static const char *find_ending(const struct target *target, int file_len)
{
    static const char *const endings[] = { ".lua", ".luac", ".so" };
    char path[2 * PATH_MAX];
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        (void)snprintf(path, sizeof path, "%s/%.*s%s", target->root, file_len,
                       target->handler, endings[i]);
        if (access(path, R_OK) == 0)
            return endings[i];
    }
    return NULL;
}

/* bootstrap alone knows what it has loaded; where it looks first we know too. */
static void print_loaded(const struct target *target)
{
    const char *handler = target->handler;
    int file_len = (int)target_file_len(handler);
    const char *ending = find_ending(target, file_len);
    printf("%s loads", handler);
    if (*handler != '=' && strcmp(handler + file_len, ".lua") == 0)
        printf(": a script, %.*s%s", file_len, handler,
               ending ? ending : ", from the search path");
    else if (*handler != '=' && handler[file_len] == '.')
        printf(": %s of %.*s%s", handler + file_len + 1, file_len, handler,
               ending ? ending : ", from the search path");
    printf("\n");
}

static void print_failure(struct session *session)
{
    const struct buf *document = &session->protocol.answer;
    struct buf text = { .limit = (size_t)4 * PROTOCOL_ANSWER_LIMIT_BYTES };
    if (document_show(&text, buf_text(document), document->len)) {
        report_note(&session->report, "%s does not load:", session->target.handler);
        report_output(&session->report, text.data, text.len);
    }
    buf_free(&text);
}

static int load(struct session *session, const struct options *options, struct err *err)
{
    struct launch launch = {
        .limit_us = options->init_timeout_us,
        .until_us = clock_monotonic_us() + options->init_timeout_us,
    };
    switch (launch_run(session, &launch, err)) {
    case SESSION_READY:
        report_note(&session->report, "Init Duration: %.2f ms",
                    (double)launch.took_us / 1000);
        print_loaded(&session->target);
        return 0;
    case SESSION_INIT_FAILED:
    case SESSION_EXITED:
    case SESSION_LATE: print_failure(session); return STATUS_FAILED;
    case SESSION_STOPPED: return STATUS_SIGNAL + session->signal;
    case SESSION_BROKEN: break;
    }
    return STATUS_CANNOT;
}

int dry_run(const struct options *options, struct err *err)
{
    struct session session;
    int status = STATUS_CANNOT;
    if (!environment_check(options, err))
        return status;
    if (session_open(&session, options, err))
        status = load(&session, options, err);
    session_close(&session);
    if (fflush(stdout) != 0)
        status = STATUS_CANNOT;
    return status;
}
