/* SPDX-License-Identifier: MIT */
#include "dialogue.h"

#include "clock.h"
#include "intake.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    /* Of standard error at a time: one that floods it must not keep us from the time limit. */
    ERR_ROUNDS = 16,
};

enum { SLOT_IN, SLOT_OUT, SLOT_ERR, SLOTS };

/* Passes on the whole lines; when the buffer is full, or at the end, also what is none. */
static void pass_lines_on(struct dialogue *dialogue, bool all,
                          const struct dialogue_listener *listener)
{
    struct buf *err = &dialogue->err;
    size_t start = 0;
    if (dialogue->keeps_err || !err->len)
        return;
    for (;;) {
        const char *line = err->data + start;
        const char *end = memchr(line, '\n', err->len - start);
        if (!end)
            break;
        listener->hear(listener->arg, line, (size_t)(end - line));
        start += (size_t)(end - line) + 1;
    }
    size_t rest = err->len - start;
    if (rest && (all || rest >= DIALOGUE_LINE_LIMIT_BYTES)) {
        listener->hear(listener->arg, err->data + start, rest);
        start = err->len;
    }
    if (start)
        intake_drop(err, start);
}

static void hear(struct dialogue *dialogue, const struct dialogue_listener *listener)
{
    enum intake reading = INTAKE_SOME;
    for (int round = 0; reading == INTAKE_SOME && round < ERR_ROUNDS; round++) {
        reading = intake_read(&dialogue->process.err, &dialogue->err,
                              dialogue->keeps_err ? DIALOGUE_CHUNK_BYTES
                                                  : DIALOGUE_LINE_LIMIT_BYTES);
        pass_lines_on(dialogue, reading == INTAKE_END, listener);
    }
}

/* Writes as much as the pipe takes. A program that does not want it all need not read it. */
static void feed(struct dialogue *dialogue, const char *input, size_t len)
{
    struct process *process = &dialogue->process;
    while (dialogue->sent < len && process->in >= 0) {
        ssize_t put = write(process->in, input + dialogue->sent, len - dialogue->sent);
        if (put > 0) {
            dialogue->sent += (size_t)put;
        } else if (put < 0 && errno != EINTR) {
            if (errno == EAGAIN)
                return;
            process_close_in(process); /* EPIPE */
        }
    }
    if (dialogue->sent < len)
        dialogue->lost_input = true;
    dialogue->sent = len;
    if (dialogue->closes_in)
        process_close_in(process);
}

/* Until something can be done; 0 when the time is up, -1 after a signal. */
static int await(const struct dialogue *dialogue, bool is_sent)
{
    const struct process *process = &dialogue->process;
    struct pollfd slots[SLOTS] = {
        [SLOT_IN] = { .fd = is_sent ? -1 : process->in, .events = POLLOUT },
        [SLOT_OUT] = { .fd = process->out, .events = POLLIN },
        [SLOT_ERR] = { .fd = process->err, .events = POLLIN },
    };
    long long left_us = dialogue->until_us - clock_monotonic_us();
    if (left_us <= 0)
        return 0;
    const struct timespec left = { .tv_sec = left_us / 1000000,
                                   .tv_nsec = left_us % 1000000 * 1000 };
    return ppoll(slots, SLOTS, &left, NULL);
}

/* One round of writing and reading; true when that settles it. */
static bool advance(struct dialogue *dialogue, const char *input, size_t input_len,
                    const struct dialogue_listener *listener, enum dialogue_state *state)
{
    struct process *process = &dialogue->process;
    struct frame_part part;
    if (dialogue->sent < input_len || dialogue->closes_in)
        feed(dialogue, input, input_len);
    enum intake reading =
        intake_read(&process->out, &dialogue->out, DIALOGUE_CHUNK_BYTES);
    hear(dialogue, listener); /* after the output: it was written before */
    bool is_flooded =
        dialogue->keeps_err && dialogue->err.len > dialogue->frame.limit_bytes;
    /* One that reads to the end of both has to see both. */
    bool has_ended =
        process->out < 0 && (dialogue->frame.kind != FRAME_ALL || process->err < 0);
    enum frame_verdict verdict = frame_find(&dialogue->frame, buf_text(&dialogue->out),
                                            dialogue->out.len, has_ended, &part);
    bool is_whole = verdict == FRAME_WHOLE && dialogue->sent == input_len;
    if (dialogue->out.starved || dialogue->err.starved)
        *state = DIALOGUE_STARVED;
    else if (verdict == FRAME_TOO_LONG || is_flooded ||
             (reading == INTAKE_NO_ROOM && !is_whole))
        *state = DIALOGUE_TOO_LONG;
    else if (is_whole)
        *state = DIALOGUE_ANSWERED;
    else if (verdict == FRAME_OPEN && has_ended)
        *state = DIALOGUE_SILENT;
    else
        return false;
    return true;
}

static enum dialogue_state carry_on(struct dialogue *dialogue, const char *input,
                                    size_t input_len,
                                    const struct dialogue_listener *listener)
{
    enum dialogue_state state = DIALOGUE_LATE;
    while (!advance(dialogue, input, input_len, listener, &state)) {
        int ready = await(dialogue, dialogue->sent == input_len);
        if (ready < 0)
            return errno == EINTR ? DIALOGUE_INTERRUPTED : DIALOGUE_STARVED;
        if (ready == 0)
            return DIALOGUE_LATE;
    }
    return state;
}

void dialogue_ask(struct dialogue *dialogue, const struct frame *frame,
                  long long until_us)
{
    dialogue->frame = *frame;
    dialogue->frame.scanned = 0;
    dialogue->until_us = until_us;
    dialogue->sent = 0;
    dialogue->lost_input = false;
    dialogue->out.full = dialogue->out.starved = false;
    dialogue->err.full = dialogue->err.starved = false;
    dialogue->out.limit = frame->limit_bytes + DIALOGUE_CHUNK_BYTES;
    dialogue->err.limit =
        (dialogue->keeps_err ? frame->limit_bytes : 0) + DIALOGUE_CHUNK_BYTES;
}

/* A write to a program that is gone raises SIGPIPE, which would end a host that has not thought of it. So it is
 * blocked meanwhile, and taken back if it came. */
enum dialogue_state dialogue_go(struct dialogue *dialogue, const char *input,
                                size_t input_len,
                                const struct dialogue_listener *listener)
{
    sigset_t broken, before, waiting;
    const struct timespec at_once = { 0 };
    (void)sigemptyset(&broken);
    (void)sigaddset(&broken, SIGPIPE);
    (void)sigpending(&waiting);
    (void)pthread_sigmask(SIG_BLOCK, &broken, &before);
    enum dialogue_state state = carry_on(dialogue, input, input_len, listener);
    if (dialogue->lost_input && !sigismember(&waiting, SIGPIPE))
        while (sigtimedwait(&broken, NULL, &at_once) < 0 && errno == EINTR)
            ;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return state;
}

/* The frame is whole: looked at once more, for bytes that came later may have moved it. */
static struct frame_part find(const struct dialogue *dialogue)
{
    struct frame frame = dialogue->frame;
    struct frame_part part = { 0 };
    (void)frame_find(&frame, buf_text(&dialogue->out), dialogue->out.len, true, &part);
    return part;
}

const char *dialogue_answer(const struct dialogue *dialogue, size_t *len)
{
    struct frame_part part = find(dialogue);
    *len = part.len;
    return buf_text(&dialogue->out) + part.start;
}

void dialogue_take(struct dialogue *dialogue)
{
    intake_drop(&dialogue->out, find(dialogue).end);
}

struct dialogue_rest dialogue_look(struct dialogue *dialogue,
                                   const struct dialogue_listener *listener)
{
    struct process *process = &dialogue->process;
    if (!dialogue->out.limit) /* nothing was ever asked */
        dialogue->out.limit = DIALOGUE_CHUNK_BYTES;
    if (!dialogue->err.limit)
        dialogue->err.limit = DIALOGUE_CHUNK_BYTES;
    (void)!intake_read(&process->out, &dialogue->out, DIALOGUE_CHUNK_BYTES);
    hear(dialogue, listener);
    return (struct dialogue_rest){
        .surplus_bytes = dialogue->out.len,
        .is_open = process->in >= 0 && process->out >= 0,
    };
}

void dialogue_flush(struct dialogue *dialogue, const struct dialogue_listener *listener)
{
    hear(dialogue, listener);
    pass_lines_on(dialogue, true, listener);
}

void dialogue_end(struct dialogue *dialogue)
{
    process_end(&dialogue->process);
    buf_free(&dialogue->out);
    buf_free(&dialogue->err);
}
