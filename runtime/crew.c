/* SPDX-License-Identifier: MIT
 * Threads are started only where the platform asks for several events at a time. The first worker loads the
 * handler alone: what it finds wrong is reported once, what it wants of the platform is arranged before any
 * /next; then the others start. A worker whose Lua state is spent gets a new one, in the same thread. */
#include "crew.h"

#include "extension.h"
#include "log.h"
#include "loop.h"
#include "termination.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    /* As much as main has: Lua's 200 levels of C, a pattern match or JSON at each, fit in either. */
    WORKER_STACK_BYTES = 8 * 1024 * 1024,
    /* How long a process that must end waits for the handlers that still run. */
    GRACE_MS = 250,
    /* A worker that cannot be started is tried again: while others serve for ever, else so often. */
    START_TRIES = 5,
    FIRST_PAUSE_MS = 100, /* doubles with each try */
    PAUSE_LIMIT_MS = 10 * 1000,
};

enum crew_stage {
    CREW_LOADING, /* the first worker loads */
    CREW_LOADED,  /* it waits for leave to serve */
    CREW_SERVING,
    CREW_STOPPED, /* a worker said that the process must end */
};

/* What is left when the workers have been called off. */
struct crew_end {
    int status;
    bool has_workers; /* some threads are still in Lua */
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
    long started, alive, serving; /* of the latter ask for events, or could at once */
    bool wants_shutdown;
};

/* The internal extension that makes the platform send SIGTERM. Without it the functions are called on a SIGTERM
 * all the same, but only an emulator would send one. */
static struct extension *arrange_shutdown(const struct settings *settings)
{
    struct err err = { "" };
    struct extension *extension = extension_start(settings->api, LOOP_USER_AGENT, &err);
    if (!extension)
        log_message(LOG_WARN, "", "%s", err.text);
    return extension;
}

static int open_waker(void)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        log_message(LOG_FATAL, "", "cannot make an eventfd: %s", strerror(errno));
    return fd;
}

/* False, logged, when SIGTERM will end the process as it does any other. */
static bool watch_termination(int waker)
{
    bool watches = termination_watch(waker);
    if (!watches)
        log_message(LOG_WARN, "",
                    "the functions of lambda.on_shutdown will not be called: SIGTERM "
                    "cannot be caught: %s",
                    strerror(errno));
    return watches;
}

/* One event after the other, in this thread. */
static int serve_alone(struct loop *loop, const struct settings *settings)
{
    int status = EXIT_FAILURE, waker = -1;
    struct extension *extension = NULL;
    bool wants_shutdown = loop_has_shutdown_hooks(loop);
    if (wants_shutdown) {
        waker = open_waker();
        extension = arrange_shutdown(settings);
    }
    int snapshot = loop_snapshot(loop, extension);
    if (!snapshot && wants_shutdown && waker >= 0 && watch_termination(waker))
        loop_wake_by(loop, waker);
    if (!snapshot && loop_serve(loop) == LOOP_WOKEN) {
        loop_shut_down(loop);
        status = EXIT_SUCCESS;
    }
    extension_stop(extension);
    return snapshot ? snapshot : status; /* the waker stays: a signal may still come */
}

static int run_alone(const struct settings *settings, const char *config_error)
{
    int status = EXIT_FAILURE;
    struct memory_pool pool = {
        .ceiling_bytes = memory_ceiling_bytes(settings->memory_limit_mb),
    };
    struct loop *loop = loop_open(settings, &pool);
    if (loop && loop_load(loop, config_error))
        status = serve_alone(loop, settings);
    else if (loop)
        loop_report_init_failure(loop);
    return status;
}

static void enter_stage(struct crew *crew, enum crew_stage stage)
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

static void count_serving(struct crew *crew, long change)
{
    (void)pthread_mutex_lock(&crew->mutex);
    crew->serving += change;
    (void)pthread_mutex_unlock(&crew->mutex);
}

static bool others_serve(struct crew *crew)
{
    (void)pthread_mutex_lock(&crew->mutex);
    bool any = crew->serving > 0;
    (void)pthread_mutex_unlock(&crew->mutex);
    return any;
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
    if (tries >= START_TRIES && !others_serve(crew)) {
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
    count_serving(crew, 1);
    enum loop_end end = loop_serve(loop);
    if (end == LOOP_WOKEN && termination_came())
        loop_shut_down(loop);
    count_serving(crew, -1);
    if (end == LOOP_STOPPED)
        enter_stage(crew, CREW_STOPPED);
    bool replaced = end == LOOP_EXHAUSTED && !termination_came();
    if (replaced)
        log_message(LOG_WARN, "",
                    "a worker ran out of memory: a new one takes its place");
    return replaced;
}

/* One Lua state after the other. */
static void live(struct crew *crew)
{
    bool goes_on = true;
    for (int tries = 0; goes_on;) {
        struct loop *loop = loop_open(crew->settings, &crew->pool);
        bool loaded = loop && loop_load(loop, NULL);
        bool was_first = is_first(crew);
        if (loaded)
            goes_on = serve(crew, loop);
        else if (loop && was_first)
            loop_report_init_failure(loop);
        loop_close(loop);
        tries = loaded ? 0 : tries + 1;
        if (!loaded)
            goes_on = !was_first && may_try_again(crew, tries);
    }
}

static void *work(void *arg)
{
    struct crew *crew = arg;
    live(crew);
    (void)pthread_mutex_lock(&crew->mutex);
    crew->alive--;
    (void)pthread_cond_broadcast(&crew->changed);
    (void)pthread_mutex_unlock(&crew->mutex);
    return NULL;
}

/* False, logged, when the system gives no thread. */
static bool start_worker(struct crew *crew)
{
    pthread_attr_t attributes;
    (void)pthread_mutex_lock(&crew->mutex);
    int failure = pthread_attr_init(&attributes);
    if (!failure) {
        (void)pthread_attr_setstacksize(&attributes, WORKER_STACK_BYTES);
        failure = pthread_create(&crew->threads[crew->started], &attributes, work, crew);
        (void)pthread_attr_destroy(&attributes);
    }
    if (!failure) {
        crew->started++;
        crew->alive++;
    }
    (void)pthread_mutex_unlock(&crew->mutex);
    if (failure)
        log_message(LOG_ERROR, "", "worker %ld has no thread: %s", crew->started + 1,
                    strerror(failure));
    return !failure;
}

/* Until the first worker has loaded the handler, or is gone. */
static bool await_first(struct crew *crew)
{
    (void)pthread_mutex_lock(&crew->mutex);
    while (crew->stage == CREW_LOADING && crew->alive)
        (void)pthread_cond_wait(&crew->changed, &crew->mutex);
    bool loaded = crew->stage == CREW_LOADED;
    (void)pthread_mutex_unlock(&crew->mutex);
    return loaded;
}

/* Until all are gone, or one says that the process must end: then the idle ones are called off, the busy ones
 * have a moment to finish. */
static struct crew_end await_all(struct crew *crew)
{
    (void)pthread_mutex_lock(&crew->mutex);
    while (crew->alive && crew->stage != CREW_STOPPED)
        (void)pthread_cond_wait(&crew->changed, &crew->mutex);
    (void)eventfd_write(crew->waker, 1);
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += GRACE_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    int late = 0;
    while (crew->alive && !late)
        late =
            pthread_cond_clockwait(&crew->changed, &crew->mutex, CLOCK_MONOTONIC, &until);
    bool failed = crew->stage == CREW_STOPPED || !termination_came();
    struct crew_end end = { .status = failed ? EXIT_FAILURE : EXIT_SUCCESS,
                            .has_workers = crew->alive > 0 };
    (void)pthread_mutex_unlock(&crew->mutex);
    return end;
}

static struct crew_end run_crew(struct crew *crew)
{
    struct extension *extension = NULL;
    if (start_worker(crew) && await_first(crew)) {
        if (crew->wants_shutdown) {
            extension = arrange_shutdown(crew->settings);
            (void)watch_termination(crew->waker);
        }
        enter_stage(crew, CREW_SERVING);
        while (crew->started < crew->settings->worker_count && start_worker(crew))
            ;
    }
    struct crew_end end = await_all(crew);
    extension_stop(extension);
    for (long i = 0; i < crew->started; i++)
        (void)(end.has_workers ? pthread_detach(crew->threads[i])
                               : pthread_join(crew->threads[i], NULL));
    return end;
}

static int run_together(const struct settings *settings)
{
    struct crew_end end = { .status = EXIT_FAILURE };
    struct crew *crew = calloc(1, sizeof *crew);
    if (!crew) {
        log_message(LOG_FATAL, "", "not enough memory for the workers");
        return EXIT_FAILURE;
    }
    *crew = (struct crew){
        .settings = settings,
        .pool.ceiling_bytes = memory_ceiling_bytes(settings->memory_limit_mb),
        .waker = open_waker(),
        .threads = calloc((size_t)settings->worker_count, sizeof *crew->threads),
        .mutex = PTHREAD_MUTEX_INITIALIZER,
        .changed = PTHREAD_COND_INITIALIZER,
    };
    if (crew->waker >= 0 && crew->threads)
        end = run_crew(crew);
    if (!end.has_workers) { /* otherwise they still use it */
        free(crew->threads);
        free(crew);
    }
    return end.status;
}

int crew_run(const struct settings *settings, const char *config_error)
{
    if (settings->worker_count && !config_error)
        return run_together(settings);
    return run_alone(settings, config_error);
}
