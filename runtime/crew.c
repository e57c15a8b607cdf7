/* SPDX-License-Identifier: MIT
 * Threads are started only where the platform asks for several events at a time. The first worker loads the
 * handler alone: what it finds wrong is reported once, what it wants of the platform is arranged before any
 * /next; then the others start. A worker whose Lua state is spent gets a new one, in the same thread. */
#include "crew.h"

#include "crew_parts.h"
#include "extension.h"
#include "log.h"
#include "loop.h"
#include "termination.h"

#include <errno.h>
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
};

/* What is left when the workers have been called off. */
struct crew_end {
    int status;
    bool has_workers; /* some threads are still in Lua */
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

/* False, logged, when the system gives no thread. */
static bool start_worker(struct crew *crew)
{
    pthread_attr_t attributes;
    (void)pthread_mutex_lock(&crew->mutex);
    int failure = pthread_attr_init(&attributes);
    if (!failure) {
        (void)pthread_attr_setstacksize(&attributes, WORKER_STACK_BYTES);
        failure =
            pthread_create(&crew->threads[crew->started], &attributes, crew_work, crew);
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
        crew_enter_stage(crew, CREW_SERVING);
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
