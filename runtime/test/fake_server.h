/* SPDX-License-Identifier: MIT
 * The fake's connections: takes requests from any of them, answers in the order of the plan. */
#ifndef LUNAMBDA_FAKE_SERVER_H
#define LUNAMBDA_FAKE_SERVER_H

#include "fake_child.h"
#include "fake_plan.h"
#include "fake_upload.h"

#include <stdio.h>

enum {
    FAKE_CONNECTIONS_LIMIT = 256, /* open at the same time */
    FAKE_EVENTS_LIMIT =
        4096, /* of which the fake remembers how their posts are answered */
};

/* What a connection waits for that has sent a request. */
enum fake_wait { FAKE_NO_WAIT, FAKE_WAITS_FOR_EVENT, FAKE_WAITS_FOR_EVER };

struct fake_connection {
    int fd;
    long number; /* counted from 1 */
    enum fake_wait wait;
    struct buf in;
    struct fake_upload upload;
    const struct fake_step
        *step;        /* how the upload is read and answered; NULL: with 202 */
    long event;       /* that the upload is about; 0 for none */
    bool is_answered; /* the upload is, before its end: what comes is not looked at */
};

/* Starts with plan and child set; ends with fake_server_close. */
struct fake_server {
    struct fake_plan *plan;         /* borrowed */
    const struct fake_child *child; /* borrowed */
    FILE *record;                   /* NULL for none; borrowed */
    const char *folder; /* for the bodies of uploads, as "upload-1"; with a record */
    long upload_count;
    long long started_us; /* of the monotonic clock */
    bool is_used_up;      /* 410 was given */
    bool is_gathered; /* as many requests for events were there as the plan's crew has */
    bool is_initialising; /* an extension is registered and does not wait yet */
    bool is_terminated;   /* SIGTERM was sent */
    int post_status[FAKE_EVENTS_LIMIT]; /* by the event's number; 0: none is planned */
    long answered_count;                /* events that a post was about */
    struct fake_connection connections[FAKE_CONNECTIONS_LIMIT];
    size_t open_count;
    long connection_count;
    long request_count;
    long event_count;
};

/* Since the start. */
long fake_server_elapsed_ms(const struct fake_server *server);

/* One round: waits until something happens on a connection, on `listener` (-1 for none) or on `waker`, and
 * deals with it; the waker is only waited for. */
void fake_server_attend(struct fake_server *server, int listener, int waker, int wait_ms);

void fake_server_close(struct fake_server *server);

#endif
