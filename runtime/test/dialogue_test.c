/* SPDX-License-Identifier: MIT
 * Conversations with children of /bin/sh that keep to the rules, and with some that do not. */
#include "check.h"
#include "clock.h"
#include "dialogue.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    LIMIT_US = 60000000,
    SHORT_US = 200000,
    BIG_BYTES = 6 * 1024 * 1024,
};

/* What was heard of standard error. */
struct heard {
    struct buf text; /* the lines, "|" behind each */
    size_t lines, longest_bytes, bytes;
};

static void hear(void *arg, const char *line, size_t len)
{
    struct heard *heard = arg;
    heard->lines++;
    heard->bytes += len;
    if (len > heard->longest_bytes)
        heard->longest_bytes = len;
    if (heard->text.len < 1000) {
        CHECK(buf_append(&heard->text, line, len));
        CHECK(buf_puts(&heard->text, "|"));
    }
}

static struct heard heard;
static const struct dialogue_listener listener = { hear, &heard };

static const struct frame LINE = { .terminator = "\n",
                                   .terminator_len = 1,
                                   .limit_bytes = BIG_BYTES };
static const struct frame ALL = { .kind = FRAME_ALL, .limit_bytes = BIG_BYTES };

static struct dialogue begin(const char *script)
{
    struct dialogue dialogue = { .process = PROCESS_NONE };
    char name[] = "sh", option[] = "-c", text[512];
    (void)snprintf(text, sizeof text, "%s", script);
    char *argv[] = { name, option, text, NULL };
    const struct process_plan plan = {
        .file = "sh", .argv = argv, .environment = environ, .leads_group = true
    };
    buf_free(&heard.text);
    heard = (struct heard){ .text.limit = 100000 };
    CHECK(process_start(&dialogue.process, &plan) == 0);
    return dialogue;
}

static enum dialogue_state ask_for(struct dialogue *dialogue, const struct frame *frame,
                                   const char *input, size_t len, long long time_us)
{
    dialogue_ask(dialogue, frame, clock_monotonic_us() + time_us);
    enum dialogue_state state = DIALOGUE_INTERRUPTED;
    while (state == DIALOGUE_INTERRUPTED)
        state = dialogue_go(dialogue, input, len, &listener);
    return state;
}

static enum dialogue_state ask(struct dialogue *dialogue, const char *input)
{
    return ask_for(dialogue, &LINE, input, strlen(input), LIMIT_US);
}

static bool answers(struct dialogue *dialogue, const char *expected)
{
    size_t len;
    const char *answer = dialogue_answer(dialogue, &len);
    bool same = len == strlen(expected) && memcmp(answer, expected, len) == 0;
    dialogue_take(dialogue);
    return same;
}

static void answers_line_by_line(void)
{
    struct dialogue dialogue = begin("while read -r x; do echo \"<$x>\"; done");
    for (int i = 0; i < 100; i++) {
        CHECK(ask(&dialogue, "a\n") == DIALOGUE_ANSWERED);
        CHECK(answers(&dialogue, "<a>"));
    }
    struct dialogue_rest rest = dialogue_look(&dialogue, &listener);
    CHECK(rest.surplus_bytes == 0 && rest.is_open);
    dialogue_end(&dialogue);
}

static void keeps_apart_answers_that_came_together(void)
{
    struct dialogue dialogue = begin("read -r x; printf 'one\\ntwo\\nthr'; cat >&2");
    CHECK(ask(&dialogue, "a\n") == DIALOGUE_ANSWERED);
    CHECK(answers(&dialogue, "one"));
    CHECK(dialogue_look(&dialogue, &listener).surplus_bytes == 7);
    CHECK(ask(&dialogue, "") == DIALOGUE_ANSWERED);
    CHECK(answers(&dialogue, "two"));
    CHECK(ask_for(&dialogue, &LINE, "", 0, SHORT_US) == DIALOGUE_LATE);
    dialogue_end(&dialogue);
}

/* More than both pipes hold, at the same time. */
static void does_not_wait_for_a_child_that_waits_for_us(void)
{
    char *big = malloc(BIG_BYTES);
    CHECK(big);
    if (!big)
        return;
    memset(big, 'x', BIG_BYTES);
    struct dialogue dialogue = begin("exec tee /dev/stderr");
    dialogue.closes_in = true;
    CHECK(ask_for(&dialogue, &ALL, big, BIG_BYTES, LIMIT_US) == DIALOGUE_ANSWERED);
    size_t len;
    const char *answer = dialogue_answer(&dialogue, &len);
    CHECK(len == BIG_BYTES && memcmp(answer, big, len) == 0);
    CHECK(heard.bytes == BIG_BYTES && heard.longest_bytes <= DIALOGUE_CHUNK_BYTES);
    dialogue_take(&dialogue);
    dialogue_end(&dialogue);
    free(big);
}

static void is_late_with_one_that_never_answers_and_floods(void)
{
    struct dialogue dialogue = begin("yes error >&2");
    long long before_us = clock_monotonic_us();
    CHECK(ask_for(&dialogue, &LINE, "a\n", 2, SHORT_US) == DIALOGUE_LATE);
    CHECK(clock_monotonic_us() - before_us < LIMIT_US / 2);
    CHECK(heard.lines > 1000 && heard.longest_bytes == 5);
    CHECK(dialogue.err.cap <= DIALOGUE_CHUNK_BYTES);
    dialogue_end(&dialogue);
}

static void passes_long_lines_on_in_parts(void)
{
    struct dialogue dialogue = begin("head -c 1000000 /dev/zero | tr '\\0' x >&2; echo "
                                     ">&2; echo short >&2; echo done");
    CHECK(ask(&dialogue, "") == DIALOGUE_ANSWERED);
    CHECK(heard.bytes == 1000000 + 5);
    CHECK(heard.longest_bytes <= DIALOGUE_CHUNK_BYTES);
    CHECK(heard.lines < 1000000 / DIALOGUE_LINE_LIMIT_BYTES + 3);
    dialogue_end(&dialogue);
}

static void hears_what_was_said_before_the_answer(void)
{
    struct dialogue dialogue = begin("while read -r x; do printf \"of $x\\nunfin\" >&2; "
                                     "echo ok; done; printf ished >&2");
    CHECK(ask(&dialogue, "1\n") == DIALOGUE_ANSWERED);
    CHECK_TEXT(buf_text(&heard.text), "of 1|");
    dialogue_take(&dialogue);
    dialogue.closes_in = true;
    CHECK(ask_for(&dialogue, &ALL, "", 0, LIMIT_US) == DIALOGUE_ANSWERED);
    CHECK_TEXT(buf_text(&heard.text), "of 1|unfinished|");
    dialogue_end(&dialogue);
}

static void is_not_killed_by_a_broken_pipe(void)
{
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR); /* it would end us */
    struct dialogue dialogue = begin("exec <&-; echo answer; exec sleep 60");
    CHECK(ask(&dialogue, "") == DIALOGUE_ANSWERED); /* it has closed its input */
    CHECK(answers(&dialogue, "answer"));
    CHECK(ask_for(&dialogue, &LINE, "x\n", 2, SHORT_US) == DIALOGUE_LATE);
    CHECK(dialogue.lost_input && dialogue.process.in == -1);
    CHECK(!dialogue_look(&dialogue, &listener).is_open);
    sigset_t pending;
    CHECK(sigpending(&pending) == 0 && !sigismember(&pending, SIGPIPE));
    CHECK(pthread_sigmask(SIG_SETMASK, NULL, &pending) == 0 &&
          !sigismember(&pending, SIGPIPE));
    dialogue_end(&dialogue);
}

static void sees_an_end_before_the_answer(void)
{
    static const char *const scripts[] = {
        "exit 1",
        "read -r x; exit 1",
        "read -r x; printf half; exit 1",
        "exec >&-; exec sleep 60",
    };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        struct dialogue dialogue = begin(scripts[i]);
        CHECK(ask(&dialogue, "a\n") == DIALOGUE_SILENT);
        dialogue_end(&dialogue);
    }
}

static void takes_an_answer_from_one_that_does_not_read(void)
{
    char *big = calloc(1, BIG_BYTES);
    CHECK(big);
    if (!big)
        return;
    struct dialogue dialogue = begin("echo early; exit 0");
    CHECK(ask_for(&dialogue, &LINE, big, BIG_BYTES, LIMIT_US) == DIALOGUE_ANSWERED);
    CHECK(answers(&dialogue, "early"));
    CHECK(dialogue.lost_input);
    dialogue_end(&dialogue);
    free(big);
}

static void stops_at_the_limit(void)
{
    static const char *const scripts[] = { "yes | tr -d '\\n'", "yes",
                                           "yes 1234567890123456" };
    struct frame small = { .terminator = "zz", .terminator_len = 2, .limit_bytes = 10 };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        struct dialogue dialogue = begin(scripts[i]);
        CHECK(ask_for(&dialogue, &small, "", 0, LIMIT_US) == DIALOGUE_TOO_LONG);
        CHECK(dialogue.out.cap <= (size_t)2 * DIALOGUE_CHUNK_BYTES);
        dialogue_end(&dialogue);
    }
}

/* It answers, and goes on and on, and does not read: neither a busy loop nor an answer. */
static void stops_one_that_answers_without_end(void)
{
    char *big = calloc(1, BIG_BYTES);
    CHECK(big);
    if (!big)
        return;
    const struct frame small = { .terminator = "\n",
                                 .terminator_len = 1,
                                 .limit_bytes = 10 };
    struct dialogue dialogue = begin("yes");
    CHECK(ask_for(&dialogue, &small, big, BIG_BYTES, LIMIT_US) == DIALOGUE_TOO_LONG);
    dialogue_end(&dialogue);
    free(big);
}

static void keeps_standard_error_when_asked_to(void)
{
    struct dialogue dialogue = begin("echo out; echo err >&2");
    dialogue.keeps_err = dialogue.closes_in = true;
    CHECK(ask_for(&dialogue, &ALL, "", 0, LIMIT_US) == DIALOGUE_ANSWERED);
    CHECK_TEXT(buf_text(&dialogue.err), "err\n");
    CHECK(heard.lines == 0);
    CHECK(answers(&dialogue, "out\n"));
    dialogue_end(&dialogue);
    dialogue = begin("yes >&2");
    dialogue.keeps_err = true;
    const struct frame small = { .kind = FRAME_ALL, .limit_bytes = 1000 };
    CHECK(ask_for(&dialogue, &small, "", 0, LIMIT_US) == DIALOGUE_TOO_LONG);
    dialogue_end(&dialogue);
}

static void do_nothing(int signal)
{
    (void)signal;
}

static void a_signal_interrupts_it(void)
{
    const struct sigaction action = { .sa_handler = do_nothing, .sa_flags = SA_RESTART };
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    struct dialogue dialogue = begin("read -r x; kill -USR1 $PPID; read -r y; echo $x");
    dialogue_ask(&dialogue, &LINE, clock_monotonic_us() + LIMIT_US);
    CHECK(dialogue_go(&dialogue, "a\n", 2, &listener) == DIALOGUE_INTERRUPTED);
    dialogue_ask(&dialogue, &LINE, clock_monotonic_us() + LIMIT_US);
    CHECK(dialogue_go(&dialogue, "b\n", 2, &listener) == DIALOGUE_ANSWERED);
    CHECK(answers(&dialogue, "a"));
    dialogue_end(&dialogue);
}

int main(void)
{
    RUN(answers_line_by_line);
    RUN(keeps_apart_answers_that_came_together);
    RUN(does_not_wait_for_a_child_that_waits_for_us);
    RUN(is_late_with_one_that_never_answers_and_floods);
    RUN(passes_long_lines_on_in_parts);
    RUN(hears_what_was_said_before_the_answer);
    RUN(is_not_killed_by_a_broken_pipe);
    RUN(sees_an_end_before_the_answer);
    RUN(takes_an_answer_from_one_that_does_not_read);
    RUN(stops_at_the_limit);
    RUN(stops_one_that_answers_without_end);
    RUN(keeps_standard_error_when_asked_to);
    RUN(a_signal_interrupts_it);
    buf_free(&heard.text);
    return check_done();
}
