/* SPDX-License-Identifier: MIT */
#include "invoke.h"

#include "clock.h"
#include "event.h"
#include "identity.h"
#include "launch.h"
#include "output.h"
#include "together.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ARN_SIZE = 160, STATUS_CANNOT = 2, STATUS_SIGNAL = 128 };

struct run {
    const struct options *options;
    struct session session;
    struct buf body;            /* the event */
    struct protocol_event next; /* the one that is in hand */
    char arn[ARN_SIZE];
    char trace[IDENTITY_TRACE_SIZE];
    bool failed; /* one event had an error for an answer */
};

static void prepare_event(struct run *run)
{
    const struct options *options = run->options;
    (void)snprintf(run->arn, sizeof run->arn,
                   "arn:aws:lambda:us-east-1:123456789012:function:%s",
                   run->session.target.name);
    if (!options->trace)
        identity_trace(run->trace);
    run->next = (struct protocol_event){
        .body = &run->body,
        .arn = run->arn,
        .trace = options->trace ? options->trace : run->trace,
        .client_context = options->client_context,
        .deadline_ms = clock_now_ms() + options->timeout_us / 1000,
    };
    identity_uuid(run->next.request_id);
    identity_uuid(run->next.invocation_id);
}

/* A streamed answer has been printed as it came: what is left is to say how it ended. */
static bool end_stream(struct run *run, struct err *err)
{
    struct session *session = &run->session;
    run->failed = run->failed || session->protocol.failed;
    return stream_end(&session->stream,
                      session->protocol.failed ? &session->protocol.answer : NULL, err);
}

/* The answer's bytes and a newline, if it has none itself. */
static bool print_answer(struct run *run, struct err *err)
{
    struct protocol *protocol = &run->session.protocol;
    if (protocol->streamed)
        return end_stream(run, err);
    struct buf *answer = &protocol->answer;
    answer->limit = PROTOCOL_ANSWER_LIMIT_BYTES + 1;
    if ((answer->len == 0 || answer->data[answer->len - 1] != '\n') &&
        !buf_puts(answer, "\n"))
        return err_set(err, "no memory to print the answer");
    if (!output_write(STDOUT_FILENO, answer->data, answer->len))
        return err_set(err, "cannot write the answer to stdout: %s", strerror(errno));
    run->failed = run->failed || protocol->failed;
    return true;
}

/* The task is late: the sandbox goes, as on Lambda. An answer that was given stays. */
static void time_out(struct run *run)
{
    struct protocol *protocol = &run->session.protocol;
    double seconds = (double)run->options->timeout_us / 1e6;
    bool answered = protocol->state == PROTOCOL_ANSWERED;
    session_end_sandbox(&run->session);
    report_timeout(&run->session.report, run->next.request_id, seconds);
    if (!answered)
        protocol_fail(protocol, "Sandbox.Timedout",
                      "RequestId: %s Error: Task timed out after %.2f seconds",
                      run->next.request_id, seconds);
}

/* The initialisation before the first event: a phase of its own. False: no event will go out,
 * and what there is to print has been printed. */
static bool initialise(struct run *run, long long *init_us, enum session_news *news,
                       struct err *err)
{
    struct session *session = &run->session;
    const struct protocol *protocol = &session->protocol;
    struct launch launch = {
        .request_id = run->next.request_id,
        .limit_us = run->options->init_timeout_us,
        .until_us = clock_monotonic_us() + run->options->init_timeout_us,
    };
    *news = launch_run(session, &launch, err);
    *init_us = launch.took_us;
    if (*news == SESSION_READY || *news == SESSION_STOPPED || *news == SESSION_BROKEN)
        return *news == SESSION_READY;
    bool late = *news == SESSION_LATE;
    report_init_failure(&session->report, launch.took_us, late ? "timeout" : "error",
                        late ? NULL : protocol->error_type);
    if (run->options->count > 1)
        report_note(&session->report,
                    "The initialisation failed: none of %ld events was sent",
                    run->options->count);
    if (!print_answer(run, err))
        *news = SESSION_BROKEN;
    return false;
}

/* After a sandbox was lost, the next one initialises within the invocation ("suppressed init"). */
static enum session_news initialise_again(struct run *run, long long until_us,
                                          struct err *err)
{
    struct launch launch = {
        .request_id = run->next.request_id,
        .limit_us = run->options->timeout_us,
        .until_us = until_us,
    };
    return launch_run(&run->session, &launch, err);
}

/* Gives the event, waits for the end of it, and says how it went. */
static enum session_news invoke_one(struct run *run, long long init_us, struct err *err)
{
    struct session *session = &run->session;
    struct protocol *protocol = &session->protocol;
    struct report_figures figures = {
        .request_id = run->next.request_id,
        .init_us = init_us,
        .memory_mb = run->options->memory_mb,
    };
    report_start(&session->report, run->next.request_id);
    long long started_us = clock_monotonic_us();
    long long until_us = started_us + run->options->timeout_us;
    run->next.deadline_ms = clock_now_ms() + run->options->timeout_us / 1000;

    enum session_news news = SESSION_READY;
    if (!session_has_sandbox(session))
        news = initialise_again(run, until_us, err);
    bool given = news == SESSION_READY;
    if (given) {
        session_deliver(session, &run->next);
        news = session_wait(session, until_us, err);
    }
    figures.duration_us = clock_monotonic_us() - started_us;
    switch (news) {
    case SESSION_READY: sandbox_measure(&session->sandbox); break;
    case SESSION_INIT_FAILED: break;
    case SESSION_EXITED:
        if (given)
            launch_bury(session, run->next.request_id);
        figures.status = "error";
        figures.error_type = "Runtime.ExitError";
        break;
    case SESSION_LATE:
        time_out(run);
        figures.status = "timeout";
        break;
    case SESSION_STOPPED:
    case SESSION_BROKEN: return news;
    }
    if (!figures.status && protocol->failed) {
        figures.status = "error";
        figures.error_type = protocol->error_type;
    }
    figures.max_memory_kb = session->sandbox.max_memory_kb;
    report_end(&session->report, &figures);
    return print_answer(run, err) ? news : SESSION_BROKEN;
}

static enum session_news invoke_all(struct run *run, struct err *err)
{
    enum session_news news = SESSION_READY;
    for (long n = 0; n < run->options->count; n++) {
        long long init_us = -1;
        prepare_event(run);
        if (n == 0 && !initialise(run, &init_us, &news, err))
            return news;
        news = invoke_one(run, init_us, err);
        if (news == SESSION_STOPPED || news == SESSION_BROKEN)
            return news;
    }
    return news;
}

/* The same with several events at a time. */
static enum session_news invoke_together(struct run *run, struct err *err)
{
    long long init_us = -1;
    enum session_news news = SESSION_READY;
    prepare_event(run);
    if (!initialise(run, &init_us, &news, err))
        return news;
    struct together together = { .options = run->options,
                                 .session = &run->session,
                                 .event = run->next };
    news = together_run(&together, err);
    run->failed = run->failed || together.failed;
    return news;
}

int invoke_run(const struct options *options, struct err *err)
{
    struct run run = { .options = options, .body = { .limit = EVENT_LIMIT_BYTES } };
    int status = STATUS_CANNOT;
    if (environment_check(options, err) && event_read(options, &run.body, err)) {
        if (session_open(&run.session, options, err)) {
            enum session_news news =
                options->concurrency ? invoke_together(&run, err) : invoke_all(&run, err);
            session_shut_down(&run.session);
            if (news == SESSION_STOPPED)
                status = STATUS_SIGNAL + run.session.signal;
            else if (news != SESSION_BROKEN)
                status = run.failed ? 1 : 0;
        }
        session_close(&run.session);
    }
    buf_free(&run.body);
    return status;
}
