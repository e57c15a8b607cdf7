/* SPDX-License-Identifier: MIT */
#include "launch.h"

#include "clock.h"

/* "RequestId: … Error: what", as Lambda puts it. */
static void name_request(struct err *message, const char *request_id, const char *what)
{
    if (request_id)
        (void)err_set(message, "RequestId: %s Error: %s", request_id, what);
    else
        (void)err_set(message, "%s", what);
}

void launch_bury(struct session *session, const char *request_id)
{
    struct err words, message;
    struct protocol *protocol = &session->protocol;
    bool answered = protocol->state == PROTOCOL_ANSWERED && !protocol->truncated;
    session_end_sandbox(session);
    sandbox_describe_exit(&session->sandbox, &words);
    name_request(&message, request_id, words.text);
    report_note(&session->report, "%s\nRuntime.ExitError", message.text);
    if (!answered)
        protocol_fail(protocol, "Runtime.ExitError", "%s", message.text);
}

/* The sandbox did not initialise in time. */
static void abandon(struct session *session, const struct launch *launch)
{
    struct err words, message;
    session_end_sandbox(session);
    (void)err_set(&words, "the initialisation did not end within %.2f seconds",
                  (double)launch->limit_us / 1e6);
    name_request(&message, launch->request_id, words.text);
    protocol_fail(&session->protocol, "Sandbox.Timedout", "%s", message.text);
}

enum session_news launch_run(struct session *session, struct launch *launch,
                             struct err *err)
{
    long long started_us = clock_monotonic_us();
    if (!session_launch(session, err))
        return SESSION_BROKEN;
    enum session_news news = session_wait(session, launch->until_us, err);
    launch->took_us = clock_monotonic_us() - started_us;
    switch (news) {
    case SESSION_READY: break;
    case SESSION_EXITED: launch_bury(session, launch->request_id); break;
    case SESSION_LATE: abandon(session, launch); break;
    case SESSION_INIT_FAILED:
    case SESSION_STOPPED:
    case SESSION_BROKEN: session_end_sandbox(session); break;
    }
    return news;
}
