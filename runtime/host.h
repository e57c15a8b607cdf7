/* SPDX-License-Identifier: MIT
 * The Lua state and its one door: whatever can raise runs behind it. Knows nothing of HTTP. */
#ifndef LUNAMBDA_HOST_H
#define LUNAMBDA_HOST_H

#include "hooks.h"
#include "invocation.h"
#include "memory.h"
#include "settings.h"
#include "sink.h"

struct host;

enum host_status {
    HOST_OK,
    HOST_FAILED, /* the reply is an error document; the state goes on */
    HOST_STREAMS, /* the answer is still to be made, by host_stream; the reply has its content type */
    HOST_EXHAUSTED, /* the same as FAILED, but memory ran out: this state is not to be trusted again */
};

/* A state with the standard libraries, cjson and lambda.*, search paths set. settings and pool must outlive it;
 * pool says how much memory it may use together with others, NULL: as much as there is. It stays on this thread.
 * NULL when it could not be made: the reply is an error document. */
struct host *host_open(const struct settings *settings, struct memory_pool *pool,
                       struct reply *reply);

/* Loads the function that settings->handler names. HOST_OK: nothing in reply. */
MUST_CHECK enum host_status host_load(struct host *host, struct reply *reply);

/* Decodes the event, calls the function, encodes what it returned into reply. */
MUST_CHECK enum host_status host_invoke(struct host *host, const struct invocation *in,
                                        struct reply *reply);

/* Runs the body of the streamed answer that host_invoke announced; what it writes goes into the sink.
 * HOST_OK: it came to its end, whether or not the sink took all. Never HOST_STREAMS. */
MUST_CHECK enum host_status host_stream(struct host *host, const struct sink *sink,
                                        struct reply *reply);

/* Makes a shorter document of an error: at most limit_bytes (at least 512), the same type. HOST_EXHAUSTED when
 * memory ran out meanwhile: there is a document all the same. */
MUST_CHECK enum host_status host_abridge(struct host *host, const struct reply *error,
                                         size_t limit_bytes, struct reply *out);

/* The answer is posted: collects garbage, if there is much. */
void host_rest(struct host *host);

/* Memory ran out, now or in an earlier call, even if the handler recovered: this state is not to be trusted again. */
bool host_is_spent(const struct host *host);

/* Whether the handler asked for a function with this number, from 1, to be called then. Costs next to nothing. */
bool host_has_hook(const struct host *host, enum hook hook, int number);

/* Whether there is time to call one: what is left of the invocation's, and behind that a second in all (guard.h). */
MUST_CHECK bool host_has_time(struct host *host);

/* Calls it. HOST_OK: nothing in reply. */
MUST_CHECK enum host_status host_run_hook(struct host *host, enum hook hook, int number,
                                          struct reply *reply);

/* Forgets the functions of that kind. */
void host_drop_hooks(struct host *host, enum hook hook);

/* Seeds math.random anew from the kernel: a snapshot's clones would all draw the same numbers. */
MUST_CHECK enum host_status host_reseed(struct host *host, struct reply *reply);

void host_close(struct host *host); /* NULL is allowed */

#endif
