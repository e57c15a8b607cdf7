/* SPDX-License-Identifier: MIT
 * What fake_rapi is to do, read from a text of one directive a line ('#' starts a comment line):
 *
 *     limit MS            end everything after so long (60000)
 *     listen ADDRESS      127.0.0.1 (the default) or ::1, always on a free port
 *     host NAME           what the program is told before ":port" (the address)
 *     late MS [FILE]      listen only MS after the start, or after FILE is there
 *     never               take the port but never listen: connections are refused
 *     hangups N           close the first N connections as soon as they are accepted
 *     quiet               count the requests, record none
 *     crew N              answer no /next before N are waiting; after the last event keep those that ask waiting
 *                         until every event is answered
 *     register STATUS     the answer to an extension that registers (200)
 *     restore STATUS      the answer to /restore/next (404)
 *     cd DIR              the program's working directory
 *     env NAME=VALUE      the program's environment, which is empty but for PATH, the sanitizers'
 *     unset NAME          options and AWS_LAMBDA_RUNTIME_API
 *
 *     event               answers one /next: 200 with the headers that Lambda sends
 *     next STATUS         answers one /next with nothing but what is said
 *     post STATUS         answers one post; posts beyond the plan are taken with 202
 *     next|post drop      reads the request, then closes the connection without a word
 *     next|post reset     the same by a TCP reset
 *     next term           sends the program SIGTERM, and answers no request for an event from then on
 *
 * Lines below one of the last six say more about it:
 *
 *     header NAME: VALUE  one more header, or another value for one that `event` sends;
 *                         "{n}" in it is the event's number
 *     without NAME        leaves out one that `event` sends
 *     case lower|upper    header names in that case
 *     text TEXT           the body, up to the end of the line
 *     file PATH           the body, from a file
 *     string N            the body, a JSON string of N bytes in all
 *     early STATUS NAME: VALUE   an informational answer before the real one
 *     chunks N...         chunked, in chunks of these sizes, the last one again and again
 *     pause N MS          waits after N bytes of the body as it is on the wire
 *     cut N               closes the connection after N such bytes
 *     close               closes the connection after the answer
 *     deadline MS         of an event: so long after it is sent (60000)
 *     slow N MS           reads a chunked upload in pieces of at most N bytes, with a pause after each
 *     stall N             stops reading one after N bytes of its body, for ever
 *     breakoff N          resets the connection after N bytes of its body
 *     refuse N            answers after N bytes of its body, and reads on
 *     kill                ends the program by SIGKILL as soon as the answer is sent
 *     answer STATUS       the post about this event is answered so (not repeated)
 *     repeat N            the same for N requests (1)
 *
 * After the last event /next is answered with 410, which ends the loop of a runtime. */
#ifndef LUNAMBDA_FAKE_PLAN_H
#define LUNAMBDA_FAKE_PLAN_H

#include "err.h"

enum {
    FAKE_PLAN_LIMIT_BYTES = 1024 * 1024,
    FAKE_HEADERS_LIMIT = 32,
    FAKE_CHUNKS_LIMIT = 8,
    FAKE_ENV_LIMIT = 64,
};

enum fake_kind { FAKE_ANSWER, FAKE_DROP, FAKE_RESET, FAKE_TERM };
enum fake_case { FAKE_CASE_GIVEN, FAKE_CASE_LOWER, FAKE_CASE_UPPER };
enum fake_body { FAKE_BODY_TEXT, FAKE_BODY_FILE, FAKE_BODY_STRING };

/* A few lines of the plan, in order. */
struct fake_lines {
    const char *line[FAKE_HEADERS_LIMIT];
    size_t count;
};

/* One answer. Texts point into the plan. */
struct fake_step {
    enum fake_kind kind;
    int status;
    int post_status; /* to the post about this event; 0: as the posts' queue says */
    bool is_event;   /* with the headers that Lambda sends */
    struct fake_lines headers; /* "NAME: VALUE" */
    struct fake_lines without; /* "NAME" */
    struct fake_lines early;   /* "STATUS NAME: VALUE" */
    enum fake_case name_case;
    enum fake_body body_kind;
    const char *body;    /* the text or the path; NULL for none */
    size_t string_bytes; /* of FAKE_BODY_STRING */
    size_t chunks[FAKE_CHUNKS_LIMIT];
    size_t chunk_count; /* 0: not chunked */
    size_t pause_bytes;
    int pause_ms; /* 0: no pause */
    size_t cut_bytes;
    bool is_cut;
    bool closes;
    bool kills;
    long deadline_ms;  /* after it is sent; 0: the default */
    size_t slow_bytes; /* 0: as fast as it comes */
    int slow_ms;
    size_t stall_bytes, breakoff_bytes, refuse_bytes; /* of an upload; 0: never */
    long repeat; /* how many requests this one is still for */
};

/* Answers to one kind of request, in order. */
struct fake_queue {
    struct fake_step *steps;
    size_t count;
    size_t used; /* steps that are done */
};

struct fake_plan {
    struct buf text; /* what all the texts point into */
    long limit_ms;
    const char *address;
    const char *host; /* NULL: the address */
    long late_ms;
    const char *late_file; /* NULL: from the start */
    bool never;
    long hangups;
    long crew; /* how many requests for events wait for each other; 0: none does */
    long register_status;
    long restore_status;
    bool quiet;
    const char *folder;              /* NULL: stay */
    const char *env[FAKE_ENV_LIMIT]; /* "NAME=VALUE", or "NAME" to unset */
    size_t env_count;
    struct fake_queue nexts;
    struct fake_queue posts;
};

/* Reads the plan from a file. False for an unreadable file or a line that means nothing, with its number. */
MUST_CHECK bool fake_plan_read(struct fake_plan *plan, const char *path, struct err *err);

/* The next answer of a queue, borrowed from the plan; NULL when the plan is used up. */
const struct fake_step *fake_plan_take(struct fake_queue *queue);

void fake_plan_free(struct fake_plan *plan);

#endif
