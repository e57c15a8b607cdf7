/* SPDX-License-Identifier: MIT
 * One question to a child program and its answer: input is written and output read at the same time, so that neither
 * side waits for the other with both pipes full; what it writes to standard error is passed on line by line, or kept.
 * SIGPIPE does not reach us. */
#ifndef LUNAMBDA_DIALOGUE_H
#define LUNAMBDA_DIALOGUE_H

#include "buf.h"
#include "frame.h"
#include "process.h"

enum {
    /* A longer line of standard error is passed on in parts. */
    DIALOGUE_LINE_LIMIT_BYTES = 16 * 1024,
    /* The most that is read without an answer in sight: what a buffer may hold beyond the answer's limit. */
    DIALOGUE_CHUNK_BYTES = 64 * 1024,
};

/* Takes a line of standard error, without its newline. Must not raise. */
struct dialogue_listener {
    void (*hear)(void *arg, const char *line, size_t len);
    void *arg;
};

/* With one process. Starts as { .process = PROCESS_NONE }; ends with dialogue_end. */
struct dialogue {
    struct process process;
    struct buf out;     /* what it wrote and nobody has taken */
    struct buf err;     /* the beginning of a line; with keeps_err all of it */
    bool keeps_err;     /* for dialogue_err_text; else lines go to a listener */
    struct frame frame; /* what is awaited; its terminator outlives the question */
    size_t sent;        /* of the input */
    long long until_us; /* clock_monotonic_us */
    bool closes_in;     /* the input is all that it will ever get */
    bool lost_input;    /* it did not read all of it */
};

enum dialogue_state {
    DIALOGUE_ANSWERED,    /* dialogue_answer has it */
    DIALOGUE_INTERRUPTED, /* by a signal: to be called again */
    DIALOGUE_LATE,
    DIALOGUE_SILENT,   /* it closed its output, or ended, before the answer was whole */
    DIALOGUE_TOO_LONG, /* the answer, or what is kept of standard error */
    DIALOGUE_STARVED,  /* there was no memory */
};

/* What waits between two questions. */
struct dialogue_rest {
    size_t surplus_bytes; /* output that nobody asked for */
    bool is_open;         /* it can be asked: input and output are open */
};

/* Begins a question: the frame of its answer, and when to give up. */
void dialogue_ask(struct dialogue *dialogue, const struct frame *frame,
                  long long until_us);

/* Carries on until there is something to say. The same input each time; it may be empty. */
MUST_CHECK enum dialogue_state dialogue_go(struct dialogue *dialogue, const char *input,
                                           size_t input_len,
                                           const struct dialogue_listener *listener);

/* The answer, valid until dialogue_take. */
const char *dialogue_answer(const struct dialogue *dialogue, size_t *len);

/* Removes the answer. */
void dialogue_take(struct dialogue *dialogue);

/* Reads what is there, without waiting. */
struct dialogue_rest dialogue_look(struct dialogue *dialogue,
                                   const struct dialogue_listener *listener);

/* Passes on what standard error has left, an unfinished last line too: the process is at its end. */
void dialogue_flush(struct dialogue *dialogue, const struct dialogue_listener *listener);

/* Kills and reaps the process, and gives the memory back. */
void dialogue_end(struct dialogue *dialogue);

#endif
