/* SPDX-License-Identifier: MIT */
#include "together.h"

#include "clock.h"
#include "identity.h"
#include "launch.h"
#include "output.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* What an answer that has begun to arrive before its deadline has more. */
enum { ARRIVAL_US = 100 * 1000, PIECE_BYTES = 4096 };

/* What one lane of the session is at. */
struct task {
    bool has_event;
    long long started_us; /* of the monotonic clock */
    long long until_us;
};

struct tasks {
    struct task of[OPTIONS_CONCURRENCY_LIMIT];
    long sent;
    long done;
};

static bool print(const struct buf *answer, struct err *err)
{
    bool has_end = answer->len > 0 && answer->data[answer->len - 1] == '\n';
    return (output_write(STDOUT_FILENO, buf_text(answer), answer->len) &&
            output_write(STDOUT_FILENO, "\n", has_end ? 0 : 1)) ||
           err_set(err, "cannot write the answer to stdout: %s", strerror(errno));
}

/* A streamed answer that was kept, for several at a time would mix: its prelude to stderr, its body to stdout. */
static bool print_stream(struct session *session, const struct protocol *lane,
                         struct err *err)
{
    struct stream stream;
    stream_open(&stream, &session->report);
    stream_begin(&stream, lane->content_type);
    const char *bytes = buf_text(&lane->answer);
    for (size_t at = 0, len = 0; at < lane->answer.len; at += len) {
        len = lane->answer.len - at < PIECE_BYTES ? lane->answer.len - at : PIECE_BYTES;
        stream_pass(&stream, bytes + at, len);
    }
    bool printed = stream_end(&stream, NULL, err);
    stream_close(&stream);
    return printed && output_write(STDOUT_FILENO, "\n", 1);
}

/* The event of this lane is over, its answer is there: reports and prints it. */
static bool finish(struct together *together, struct protocol *lane, struct task *task,
                   const char *status, struct err *err)
{
    struct session *session = together->session;
    const struct report_figures figures = {
        .request_id = lane->event.request_id,
        .status = status         ? status
                  : lane->failed ? "error"
                                 : NULL,
        .error_type = !status && lane->failed ? lane->error_type : NULL,
        .duration_us = clock_monotonic_us() - task->started_us,
        .init_us = -1,
        .max_memory_kb = session->sandbox.max_memory_kb,
        .memory_mb = together->options->memory_mb,
    };
    report_end(&session->report, &figures);
    task->has_event = false;
    together->failed = together->failed || lane->failed;
    if (lane->is_stream && !lane->failed)
        return print_stream(session, lane, err);
    return print(&lane->answer, err);
}

static void give(struct together *together, struct protocol *lane, struct task *task)
{
    struct protocol_event event = together->event;
    identity_uuid(event.request_id);
    identity_uuid(event.invocation_id);
    event.deadline_ms = clock_now_ms() + together->options->timeout_us / 1000;
    *task = (struct task){ .has_event = true, .started_us = clock_monotonic_us() };
    task->until_us = task->started_us + together->options->timeout_us;
    report_start(&together->session->report, event.request_id);
    session_deliver_on(together->session, lane, &event);
}

/* Collects the answers of the lanes that are READY again, and gives them what is left to give. */
static bool serve_ready(struct together *together, struct tasks *tasks, struct err *err)
{
    struct session *session = together->session;
    sandbox_measure(&session->sandbox);
    for (size_t i = 0; i < session->lane_count; i++) {
        struct protocol *lane = session->lanes[i];
        struct task *task = &tasks->of[i];
        if (lane->state != PROTOCOL_READY)
            continue;
        if (task->has_event) {
            tasks->done++;
            if (!finish(together, lane, task, NULL, err))
                return false;
        }
        lane->rests = tasks->sent == together->options->count;
        if (!lane->rests) {
            tasks->sent++;
            give(together, lane, task);
        }
    }
    return true;
}

/* Answers for the events that are late. The sandbox goes on. */
static bool serve_late(struct together *together, struct tasks *tasks, struct err *err)
{
    struct session *session = together->session;
    double seconds = (double)together->options->timeout_us / 1e6;
    for (size_t i = 0; i < session->lane_count; i++) {
        struct protocol *lane = session->lanes[i];
        struct task *task = &tasks->of[i];
        if (!task->has_event || task->until_us > clock_monotonic_us())
            continue;
        if (lane->state == PROTOCOL_ANSWERING && !lane->is_stream) {
            task->until_us += ARRIVAL_US;
            continue;
        }
        if (lane->state != PROTOCOL_ANSWERED) {
            report_timeout(&session->report, lane->event.request_id, seconds);
            protocol_fail(lane, "Sandbox.Timedout",
                          "RequestId: %s Error: Task timed out after %.2f seconds",
                          lane->event.request_id, seconds);
            protocol_abandon(lane);
        }
        tasks->done++;
        if (!finish(together, lane, task, lane->failed ? "timeout" : NULL, err))
            return false;
    }
    return true;
}

/* The sandbox has ended by itself: that is the answer to all that it had in hand. */
static bool bury(struct together *together, struct tasks *tasks, struct err *err)
{
    struct err words;
    struct session *session = together->session;
    session_end_sandbox(session);
    sandbox_describe_exit(&session->sandbox, &words);
    report_note(&session->report, "Error: %s\nRuntime.ExitError", words.text);
    for (size_t i = 0; i < session->lane_count; i++) {
        struct protocol *lane = session->lanes[i];
        if (!tasks->of[i].has_event)
            continue;
        if (lane->state != PROTOCOL_ANSWERED || lane->truncated)
            protocol_fail(lane, "Runtime.ExitError", "RequestId: %s Error: %s",
                          lane->event.request_id, words.text);
        tasks->done++;
        if (!finish(together, lane, &tasks->of[i], NULL, err))
            return false;
    }
    return true;
}

/* A sandbox for the events that are left. */
static enum session_news start_anew(struct together *together, const struct tasks *tasks,
                                    struct err *err)
{
    long long limit_us = together->options->init_timeout_us;
    struct launch launch = { .limit_us = limit_us,
                             .until_us = clock_monotonic_us() + limit_us };
    enum session_news news = launch_run(together->session, &launch, err);
    if (news == SESSION_READY || news == SESSION_STOPPED || news == SESSION_BROKEN)
        return news;
    report_note(&together->session->report,
                "No new sandbox could be started: %ld events were not sent",
                together->options->count - tasks->sent);
    together->failed = true;
    return print(&together->session->protocol.answer, err) ? SESSION_INIT_FAILED
                                                           : SESSION_BROKEN;
}

/* When the next event is late; LLONG_MAX when none is in hand. */
static long long next_deadline_us(const struct tasks *tasks)
{
    long long until_us = LLONG_MAX;
    for (size_t i = 0; i < OPTIONS_CONCURRENCY_LIMIT; i++)
        if (tasks->of[i].has_event && tasks->of[i].until_us < until_us)
            until_us = tasks->of[i].until_us;
    return until_us;
}

/* Waits for news. When all workers are still busy with events that are over, for as long as a
 * new sandbox may take. */
static enum session_news await_news(struct together *together, const struct tasks *tasks,
                                    struct err *err)
{
    long long until_us = next_deadline_us(tasks);
    if (until_us < LLONG_MAX)
        return session_wait(together->session, until_us, err);
    until_us = clock_monotonic_us() + together->options->init_timeout_us;
    enum session_news news = session_wait(together->session, until_us, err);
    if (news != SESSION_LATE)
        return news;
    report_note(&together->session->report,
                "All workers hang in events that timed out: a new sandbox is started");
    session_end_sandbox(together->session);
    return start_anew(together, tasks, err);
}

/* Deals with the news. False: out of order, err says how. */
static bool deal(struct together *together, struct tasks *tasks, enum session_news *news,
                 struct err *err)
{
    switch (*news) {
    case SESSION_READY: return serve_ready(together, tasks, err);
    case SESSION_LATE: return serve_late(together, tasks, err);
    case SESSION_EXITED:
        if (!bury(together, tasks, err))
            return false;
        if (tasks->done == together->options->count)
            return true;
        *news = start_anew(together, tasks, err);
        return *news != SESSION_READY || serve_ready(together, tasks, err);
    case SESSION_INIT_FAILED:
    case SESSION_STOPPED:
    case SESSION_BROKEN: break;
    }
    return true;
}

static bool is_final(enum session_news news)
{
    return news == SESSION_INIT_FAILED || news == SESSION_STOPPED ||
           news == SESSION_BROKEN;
}

enum session_news together_run(struct together *together, struct err *err)
{
    struct tasks tasks = { .sent = 0 };
    enum session_news news = SESSION_READY;
    while (!is_final(news)) {
        if (!deal(together, &tasks, &news, err))
            return SESSION_BROKEN;
        if (tasks.done == together->options->count)
            return SESSION_READY;
        if (!is_final(news))
            news = await_news(together, &tasks, err);
    }
    return news;
}
