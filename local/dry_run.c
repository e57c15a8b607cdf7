/* SPDX-License-Identifier: MIT */
#include "dry_run.h"

#include "clock.h"
#include "document.h"
#include "launch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_FAILED = 1, STATUS_CANNOT = 2, STATUS_SIGNAL = 128 };

/* The file below the task root that the handler's file part names; false when it is elsewhere. */
static bool find_file(const struct target *target, char *path, size_t size)
{
    static const char *const endings[] = { ".lua", ".luac", ".so" };
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        (void)snprintf(path, size, "%s/%.*s%s", target->root,
                       (int)target_file_len(target->handler), target->handler,
                       endings[i]);
        if (access(path, R_OK) == 0)
            return true;
    }
    return false;
}

static void print_loaded(const struct target *target, long long took_us)
{
    char path[2 * PATH_MAX];
    size_t file_len = target_file_len(target->handler);
    const char *function = target->handler + file_len;
    printf("%s loads in %.2f ms", target->handler, (double)took_us / 1000);
    if (*target->handler != '=' && *function == '.' &&
        find_file(target, path, sizeof path))
        printf(": %s of %s", function + 1, path);
    printf("\n");
}

static void print_failure(struct session *session)
{
    const struct buf *document = &session->protocol.answer;
    struct buf text = { .limit = 4 * PROTOCOL_ANSWER_LIMIT_BYTES };
    if (document_show(&text, buf_text(document), document->len)) {
        report_note(&session->report, "%s does not load:", session->target.handler);
        report_output(&session->report, text.data, text.len);
    }
    buf_free(&text);
}

static int load(struct session *session, const struct options *options, struct err *err)
{
    struct launch launch = {
        .request_id = "none",
        .limit_us = options->init_timeout_us,
        .until_us = clock_monotonic_us() + options->init_timeout_us,
    };
    switch (launch_run(session, &launch, err)) {
    case SESSION_READY: print_loaded(&session->target, launch.took_us); return 0;
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
