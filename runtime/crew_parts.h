/* SPDX-License-Identifier: MIT
 * What crew.c and crew_worker.c share; for no one else. */
#ifndef LUNAMBDA_CREW_PARTS_H
#define LUNAMBDA_CREW_PARTS_H

#include "memory.h"
#include "settings.h"

#include <pthread.h>

enum crew_stage {
    CREW_LOADING, /* the first worker loads */
    CREW_LOADED,  /* it waits for leave to serve */
    CREW_SERVING,
    CREW_STOPPED, /* a worker said that the process must end */
};

/* What the workers share. All below the mutex is under it. */
struct crew {
    const struct settings *settings;
    struct memory_pool pool;
    int waker; /* eventfd: all loops end when it is readable */
    pthread_t *threads;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    enum crew_stage stage;
    long started, alive, failing; /* the last ones are alive, but could not load so far */
    bool wants_shutdown;
};

/* Stages only follow one another. */
void crew_enter_stage(struct crew *crew, enum crew_stage stage);

/* A worker's thread; arg is the crew. */
void *crew_work(void *arg);

#endif
