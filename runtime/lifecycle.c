/* SPDX-License-Identifier: MIT */
#include "lifecycle.h"

#include "log.h"

#include <stdlib.h>

/* The exit statuses of the managed runtimes. */
enum { EXIT_BEFORE_SNAPSHOT = 64, EXIT_AFTER_RESTORE = 65 };

/* Calls all of a kind, the others too when one raises, as long as there is time. */
static bool run_all(struct host *host, enum hook hook, const char *request_id,
                    const char *what, struct reply *reply)
{
    enum host_status status = HOST_OK;
    int left_out = 0;
    for (int n = 1; status != HOST_EXHAUSTED && host_has_hook(host, hook, n); n++) {
        if (!host_has_time(host)) {
            left_out++;
            continue;
        }
        status = host_run_hook(host, hook, n, reply);
        if (status != HOST_OK)
            log_document(request_id, what, &reply->body);
    }
    if (left_out)
        log_message(LOG_WARN, request_id,
                    "%d function%s of lambda.after not called: no time is left", left_out,
                    left_out == 1 ? "" : "s");
    return status != HOST_EXHAUSTED;
}

bool lifecycle_after(struct host *host, const char *request_id, struct reply *reply)
{
    static const char what[] = "After Error";
    bool sound = run_all(host, HOOK_AFTER_EACH, request_id, what, reply) &&
                 run_all(host, HOOK_AFTER_THIS, request_id, what, reply);
    host_drop_hooks(host, HOOK_AFTER_THIS);
    return sound;
}

void lifecycle_shut_down(struct host *host, struct reply *reply)
{
    (void)run_all(host, HOOK_SHUTDOWN, "", "Shutdown Error", reply);
}

/* Calls all of a kind up to the first that raises, whose document is in reply then. */
static bool run_until_error(struct host *host, enum hook hook, struct reply *reply)
{
    enum host_status status = HOST_OK;
    for (int n = 1; status == HOST_OK && host_has_hook(host, hook, n); n++)
        status = host_run_hook(host, hook, n, reply);
    return status == HOST_OK;
}

static int fail_before(struct rapi *api, struct reply *reply)
{
    struct err err = { "" };
    log_document("", "Before Snapshot Error", &reply->body);
    if (!rapi_init_fail(api, reply, &err))
        log_message(LOG_WARN, "", "%s", err.text);
    return EXIT_BEFORE_SNAPSHOT;
}

static int fail_after(struct rapi *api, struct reply *reply)
{
    struct err err = { "" };
    log_document("", "After Restore Error", &reply->body);
    if (!rapi_restore_fail(api, reply, &err))
        log_message(LOG_WARN, "", "%s", err.text);
    return EXIT_AFTER_RESTORE;
}

int lifecycle_snapshot(struct host *host, struct rapi *api, struct extension *extension,
                       struct reply *reply)
{
    struct err err = { "" };
    if (!run_until_error(host, HOOK_BEFORE_SNAPSHOT, reply))
        return fail_before(api, reply);
    switch (rapi_restore_next(api, &err)) {
    case RAPI_RESTORED:
        if (!extension_reconnect(extension, &err))
            log_message(LOG_WARN, "", "%s", err.text);
        if (host_reseed(host, reply) != HOST_OK)
            return fail_after(api, reply);
        break;
    case RAPI_NO_SNAPSHOT:
        break; /* what was closed for the snapshot is opened again all the same */
    case RAPI_NOT_RESTORED:
        log_message(LOG_FATAL, "", "%s", err.text);
        return EXIT_FAILURE;
    }
    return run_until_error(host, HOOK_AFTER_RESTORE, reply) ? 0 : fail_after(api, reply);
}
