/* SPDX-License-Identifier: MIT
 * One worker: a thread, and one Lua state after the other in it. */
#include "crew_parts.h"
#include "log.h"
#include "loop.h"
#include "termination.h"

#include <errno.h>
#include <poll.h>

enum {
    /* A worker that cannot be started is tried again: while others do better for ever, else so often. */
    START_TRIES = 5,
    FIRST_PAUSE_MS = 100, /* doubles with each try */
    PAUSE_LIMIT_MS = 10 * 1000,
};

void crew_enter_stage(struct crew *crew, enum crew_stage stage)
{
    (void)pthread_mutex_lock(&crew->mutex);
    if (crew->stage < stage)
        crew->stage = stage;
    (void)pthread_cond_broadcast(&crew->changed);
    (void)pthread_mutex_unlock(&crew->mutex);
}

/* The first worker has loaded the handler: waits until the others may start. */
static void await_leave(struct crew *crew, const struct loop *loop)
{
    (void)pthread_mutex_lock(&crew->mutex);
    if (crew->stage == CREW_LOADING) {
        crew->wants_shutdown = loop_has_shutdown_hooks(loop);
        crew->stage = CREW_LOADED;
        (void)pthread_cond_broadcast(&crew->changed);
        while (crew->stage == CREW_LOADED)
            (void)pthread_cond_wait(&crew->changed, &crew->mutex);
    }
    (void)pthread_mutex_unlock(&crew->mutex);
}

static bool is_first(struct crew *crew)
{
    (void)pthread_mutex_lock(&crew->mutex);
    bool first = crew->stage == CREW_LOADING;
    (void)pthread_mutex_unlock(&crew->mutex);
    return first;
}

static void count_failing(struct crew *crew, long change)
{
    (void)pthread_mutex_lock(&crew->mutex);
    crew->failing += change;
    (void)pthread_mutex_unlock(&crew->mutex);
}

static bool all_fail(struct crew *crew)
{
    (void)pthread_mutex_lock(&crew->mutex);
    bool all = crew->failing == crew->alive;
    (void)pthread_mutex_unlock(&crew->mutex);
    return all;
}

/* Until the pause is over; false when all have been called off. */
static bool pause_between(const struct crew *crew, int pause_ms)
{
    struct pollfd waker = { .fd = crew->waker, .events = POLLIN };
    int ready = 0;
    do
        ready = poll(&waker, 1, pause_ms);
    while (ready < 0 && errno == EINTR);
    return ready == 0;
}

/* Whether the worker, which failed to start so often, is to try again: when the pause is over. */
static bool may_try_again(struct crew *crew, int tries)
{
    if (tries >= START_TRIES && all_fail(crew)) {
        log_message(LOG_FATAL, "",
                    "a worker could not be started after %d tries, and no other is left",
                    tries);
        return false;
    }
    int pause_ms = FIRST_PAUSE_MS;
    for (int i = 1; i < tries && pause_ms < PAUSE_LIMIT_MS; i++)
        pause_ms *= 2;
    if (pause_ms > PAUSE_LIMIT_MS)
        pause_ms = PAUSE_LIMIT_MS;
    log_message(
        LOG_ERROR, "",
        "a worker could not be started (try %d): one event fewer at a time; again "
        "in %d ms",
        tries, pause_ms);
    return pause_between(crew, pause_ms);
}

/* The loop has loaded the handler: serves events. True when another one shall follow. */
static bool serve(struct crew *crew, struct loop *loop)
{
    await_leave(crew, loop);
    loop_wake_by(loop, crew->waker);
    enum loop_end end = loop_serve(loop);
    if (end == LOOP_WOKEN && termination_came())
        loop_shut_down(loop);
    if (end == LOOP_STOPPED)
        crew_enter_stage(crew, CREW_STOPPED);
    bool replaced = end == LOOP_EXHAUSTED && !termination_came();
    if (replaced)
        log_message(LOG_WARN, "",
                    "a worker ran out of memory: a new one takes its place");
    return replaced;
}

/* One Lua state after the other. Returns how often in a row none could be had at the end. */
static int live(struct crew *crew)
{
    bool goes_on = true;
    int tries = 0;
    while (goes_on) {
        struct loop *loop = loop_open(crew->settings, &crew->pool);
        bool loaded = loop && loop_load(loop, NULL);
        bool was_first = is_first(crew);
        if (loaded && tries)
            count_failing(crew, -1);
        else if (!loaded && !tries)
            count_failing(crew, 1);
        tries = loaded ? 0 : tries + 1;
        if (loaded)
            goes_on = serve(crew, loop);
        else if (loop && was_first)
            loop_report_init_failure(loop);
        loop_close(loop);
        if (!loaded)
            goes_on = !was_first && may_try_again(crew, tries);
    }
    return tries;
}

void *crew_work(void *arg)
{
    struct crew *crew = arg;
    int tries = live(crew);
    (void)pthread_mutex_lock(&crew->mutex);
    crew->alive--;
    crew->failing -= tries > 0;
    (void)pthread_cond_broadcast(&crew->changed);
    (void)pthread_mutex_unlock(&crew->mutex);
    return NULL;
}
