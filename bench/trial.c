/* SPDX-License-Identifier: MIT */
#include "trial.h"

#include "clock.h"
#include "pause.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DIGITS = 12,    /* of the number inside an id */
    STRAY_MAX = 16, /* requests that are not the one expected, answered 404 */
    TAIL_BYTES =
        4096, /* the clock of `handle` starts before the last so many bytes are sent */
    DEADLINE_MS = 300 * 1000,
    MESSAGE_LIMIT_BYTES = 8 * 1024 * 1024,
};

#define PREFIX "/2018-06-01/runtime/invocation/"

/* What one trial carries along. */
struct run {
    const struct trial *trial;
    struct contestant contestant;
    struct buf message; /* the answer to /next: head and event */
    char *id;    /* inside message: the digits of the request id, new for each event */
    char *trace; /* the same in the trace id: whoever keeps old ones shows it in a soak */
    size_t sample_count; /* of each of the two */
    double *handle_us;
    double *cycle_us;
    /* Of the first answer, which was compared; the later ones must match it. */
    size_t answer_len;
};

/* Independent of blanks and of the order of keys: what encoders may differ in. */
struct weight {
    size_t count;
    unsigned long sum;
};

static struct weight weigh(const char *bytes, size_t len)
{
    struct weight weight = { 0 };
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == ' ' || bytes[i] == '\n')
            continue;
        weight.count++;
        weight.sum += (unsigned char)bytes[i];
    }
    return weight;
}

static bool build_message(struct run *run)
{
    const struct buf *event = run->trial->event;
    bool fits =
        buf_printf(&run->message,
                   "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                   "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-%012d\r\n"
                   "Lambda-Runtime-Deadline-Ms: %lld\r\n"
                   "Lambda-Runtime-Invoked-Function-Arn: "
                   "arn:aws:lambda:eu-central-1:123456789012:function:bench\r\n"
                   "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6e%012d;"
                   "Parent=9a9197af755a6419;Sampled=1\r\n"
                   "Content-Length: %zu\r\n\r\n",
                   0, clock_now_ms() + DEADLINE_MS, 0, event->len) &&
        buf_append(&run->message, event->data, event->len);
    if (fits) {
        run->id = strstr(run->message.data, "9739-") + strlen("9739-");
        run->trace = strstr(run->message.data, "e87f6e") + strlen("e87f6e");
    }
    return fits;
}

/* Waits for METHOD PATH…; anything else that is asked gets 404. */
static bool expect(struct run *run, const char *method, const char *path,
                   struct request *request, struct err *err)
{
    static const char not_found[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    struct server *server = run->trial->server;
    for (int i = 0; i < STRAY_MAX; i++) {
        if (!server_receive(server, run->contestant.alive_fd, run->trial->limit_ms,
                            request, err))
            return false;
        if (!strcmp(request->method, method) &&
            !strncmp(request->path, path, strlen(path)))
            return true;
        if (!server_send(server, not_found, sizeof not_found - 1, err))
            return false;
    }
    return err_set(err, "asks for other things: %s %s", request->method, request->path);
}

/* "" when the answer is right, else what is wrong with it, until the next call of server_receive. */
static const char *judge(struct run *run, const struct request *request, char *text,
                         size_t size)
{
    const struct buf *event = run->trial->event;
    const char *id = request->path + strlen(PREFIX);
    size_t id_len = strcspn(id, "/");
    bool first = run->answer_len == 0;
    text[0] = '\0';
    if (strcmp(id + id_len, "/response") != 0) {
        (void)snprintf(text, size, "%s: %.*s", id + id_len,
                       (int)(request->body_len < 100 ? request->body_len : 100),
                       request->body);
        return text;
    }
    if (id_len < DIGITS || memcmp(id + id_len - DIGITS, run->id, DIGITS) != 0)
        return "answers another invocation";
    if (!first && request->body_len == run->answer_len)
        return text;
    if (!first) {
        (void)snprintf(text, size, "the first answer had %zu bytes, a later one %zu",
                       run->answer_len, request->body_len);
        return text;
    }
    struct weight sent = weigh(event->data, event->len);
    struct weight back = weigh(request->body, request->body_len);
    if (run->trial->echo && (sent.count != back.count || sent.sum != back.sum)) {
        (void)snprintf(text, size, "no echo: %zu bytes for %zu", request->body_len,
                       event->len);
        return text;
    }
    run->answer_len = request->body_len;
    return text;
}

/* One event there and back, until the contestant asks again. asked_ns: in and out, when it last did. */
static bool invoke(struct run *run, int index, long long *asked_ns,
                   struct trial_result *out, struct err *err)
{
    static const char accepted[] =
        "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n"
        "Content-Length: 16\r\n\r\n{\"status\":\"OK\"}\n";
    struct server *server = run->trial->server;
    const struct buf *message = &run->message;
    struct request request;
    char digits[16], text[sizeof out->first_error];
    size_t tail = message->len < TAIL_BYTES ? message->len : TAIL_BYTES;
    (void)snprintf(digits, sizeof digits, "%012d", index + 1);
    memcpy(run->id, digits, DIGITS);
    memcpy(run->trace, digits, DIGITS);
    if (run->trial->pause_ms)
        pause_for_ms(run->trial->pause_ms);
    if (!server_send(server, message->data, message->len - tail, err))
        return err_while(err, "sending the event");
    long long sent_ns = stats_now_ns();
    if (!server_send(server, message->data + message->len - tail, tail, err))
        return err_while(err, "sending the event");
    if (!expect(run, "POST", PREFIX, &request, err))
        return err_while(err, "waiting for the answer");
    double handle_us = (double)(request.at_ns - sent_ns) / 1000;
    const char *wrong = judge(run, &request, text, sizeof text);
    if (*wrong && out->errors++ == 0)
        (void)snprintf(out->first_error, sizeof out->first_error, "%s", wrong);
    if (!server_send(server, accepted, sizeof accepted - 1, err))
        return err_while(err, "taking the answer");
    if (!expect(run, "GET", PREFIX "next", &request, err))
        return err_while(err, "waiting for the following /next");
    if (index == 0) {
        out->value[FIRST] = handle_us;
    } else {
        run->handle_us[run->sample_count] = handle_us;
        run->cycle_us[run->sample_count++] = (double)(request.at_ns - *asked_ns) / 1000;
    }
    *asked_ns = request.at_ns;
    return true;
}

static bool begin(struct run *run, const char *command, long long *asked_ns,
                  struct trial_result *out, struct err *err)
{
    struct request request;
    struct contestant_memory memory;
    if (!contestant_start(&run->contestant, command, &run->trial->setting, err) ||
        !expect(run, "GET", PREFIX "next", &request, err))
        return err_while(err, "waiting for the first /next");
    *asked_ns = request.at_ns;
    out->value[COLD] =
        (double)(request.at_ns - contestant_exec_ns(&run->contestant)) / 1000;
    if (!contestant_memory(&run->contestant, &memory, err))
        return false;
    out->value[RSS_NEXT] = memory.rss_kb;
    out->value[HWM_NEXT] = memory.hwm_kb;
    return true;
}

static bool measure(struct run *run, const char *command, struct trial_result *out,
                    struct err *err)
{
    long long asked_ns = 0, cpu_before_ns = 0, cpu_after_ns = 0;
    struct contestant_memory memory = { 0 };
    const int count = run->trial->invocations;
    const int early = count < STATS_EARLY ? count : STATS_EARLY;
    if (!begin(run, command, &asked_ns, out, err) ||
        !contestant_cpu(&run->contestant, &cpu_before_ns, err))
        return false;
    for (int i = 0; i < count; i++) {
        if (!invoke(run, i, &asked_ns, out, err))
            return false;
        if (i + 1 == early && !contestant_memory(&run->contestant, &memory, err))
            return false;
        if (i + 1 == early) {
            out->value[RSS_EARLY] = memory.rss_kb;
            asked_ns = stats_now_ns(); /* reading /proc was no part of the next cycle */
        }
    }
    if (!contestant_cpu(&run->contestant, &cpu_after_ns, err) ||
        !contestant_memory(&run->contestant, &memory, err))
        return false;
    out->value[RSS_END] = memory.rss_kb;
    out->value[HWM_END] = memory.hwm_kb;
    out->value[CPU] = (double)(cpu_after_ns - cpu_before_ns) / 1000 / count;
    out->value[HANDLE_P50] = stats_percentile(run->handle_us, run->sample_count, 50);
    out->value[HANDLE_P99] = stats_percentile(run->handle_us, run->sample_count, 99);
    out->value[CYCLE_P50] = stats_percentile(run->cycle_us, run->sample_count, 50);
    return true;
}

bool trial_run(const struct trial *trial, const char *command, struct trial_result *out,
               struct err *err)
{
    struct run run = { .trial = trial,
                       .contestant = { .alive_fd = -1, .output_fd = -1 },
                       .message = { .limit = MESSAGE_LIMIT_BYTES } };
    *out = (struct trial_result){ 0 };
    run.handle_us = calloc((size_t)trial->invocations, sizeof *run.handle_us);
    run.cycle_us = calloc((size_t)trial->invocations, sizeof *run.cycle_us);
    bool done = (run.handle_us && run.cycle_us && build_message(&run)) ||
                err_set(err, "out of memory");
    done = done && measure(&run, command, out, err);
    contestant_stop(&run.contestant, !done, err);
    server_hang_up(trial->server);
    buf_free(&run.message);
    free(run.handle_us);
    free(run.cycle_us);
    return done;
}
