/* SPDX-License-Identifier: MIT */
#include "launch.h"

#include "clock.h"

void launch_bury(struct session *session, const char *request_id)
{
    struct err words;
    struct protocol *protocol = &session->protocol;
    bool answered = protocol->state == PROTOCOL_ANSWERED && !protocol->truncated;
    session_end_sandbox(session);
    sandbox_describe_exit(&session->sandbox, &words);
    report_note(&session->report, "RequestId: %s Error: %s\nRuntime.ExitError",
                request_id, words.text);
    if (!answered)
        protocol_fail(protocol, "Runtime.ExitError", "RequestId: %s Error: %s",
                      request_id, words.text);
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
    case SESSION_LATE:
        session_end_sandbox(session);
        protocol_fail(
            &session->protocol, "Sandbox.Timedout",
            "RequestId: %s Error: the initialisation did not end within %.2f seconds",
            launch->request_id, (double)launch->limit_us / 1e6);
        break;
    case SESSION_INIT_FAILED:
    case SESSION_STOPPED:
    case SESSION_BROKEN: session_end_sandbox(session); break;
    }
    return news;
}
