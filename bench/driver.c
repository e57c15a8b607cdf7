/* SPDX-License-Identifier: MIT
 * Measures contestants against each other: the order of the starts, one table per event.
 * bench/README.md tells the method. */
#include "events.h"
#include "options.h"
#include "table.h"
#include "trial.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONTESTANTS_MAX = 32,
    EVENT_LIMIT_BYTES = 6 * 1024 * 1024,
};

struct entry {
    const char *name;
    const char *handler; /* its own, or that of the options */
    const char *command;
    struct tally tally;
    struct err failure;
    char error[sizeof((struct trial_result *)0)->first_error];
};

struct driver {
    struct options options;
    struct server *server;
    struct entry entries[CONTESTANTS_MAX];
    size_t count;
};

/* NAME=COMMAND or NAME@HANDLER=COMMAND; the word is cut. */
static bool read_contestant(struct entry *entry, char *word, struct err *err)
{
    char *equals = strchr(word, '=');
    if (!equals || equals == word || !equals[1])
        return err_set(err, "'%s' is not NAME=COMMAND", word);
    *equals = '\0';
    entry->name = word;
    entry->command = equals + 1;
    char *at = strchr(word, '@');
    if (!at)
        return true;
    *at = '\0';
    entry->handler = at + 1;
    return (at > word && at[1]) ||
           err_set(err, "'%s@%s' is not NAME@HANDLER", word, at + 1);
}

static bool read_contestants(struct driver *driver, char **words, struct err *err)
{
    for (; *words; words++) {
        if (driver->count == CONTESTANTS_MAX)
            return err_set(err, "more than %d contestants", CONTESTANTS_MAX);
        struct entry *entry = &driver->entries[driver->count++];
        entry->handler = driver->options.handler;
        if (!read_contestant(entry, *words, err))
            return false;
    }
    return driver->count > 0 || err_set(err, "no contestant; name one as NAME=COMMAND");
}

/* The last core that we may use: the first ones take the machine's interrupts. Children inherit it. */
static bool pin(struct err *err)
{
    cpu_set_t allowed, one;
    size_t core = 0;
    if (sched_getaffinity(0, sizeof allowed, &allowed))
        return err_set(err, "cannot ask for the cores: %s", strerror(errno));
    for (size_t i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &allowed))
            core = i;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    return !sched_setaffinity(0, sizeof one, &one) ||
           err_set(err, "cannot stay on core %zu: %s", core, strerror(errno));
}

/* One start; its numbers are kept unless it is for warming up. A failure is the contestant's, not ours. */
static void start(struct entry *entry, struct trial *trial, bool counted)
{
    struct trial_result result;
    trial->setting.handler = entry->handler;
    trial->echo = !strncmp(entry->handler, "echo.", 5);
    if (*entry->failure.text ||
        !trial_run(trial, entry->command, &result, &entry->failure))
        return;
    struct tally *tally = &entry->tally;
    if (!*entry->error)
        memcpy(entry->error, result.first_error, sizeof entry->error);
    tally->errors += result.errors;
    if (!counted)
        return;
    for (int m = 0; m < MEASURES; m++)
        tally->by_round[m][tally->rounds] = result.value[m];
    tally->rounds++;
}

static void print(const struct driver *driver, const struct event_kind *kind,
                  size_t event_len)
{
    struct table_row rows[CONTESTANTS_MAX];
    char title[128];
    (void)snprintf(title, sizeof title, "**%s** (%zu B, %s), %s", kind->name, event_len,
                   kind->shape, driver->options.handler);
    for (size_t i = 0; i < driver->count; i++) {
        const struct entry *entry = &driver->entries[i];
        rows[i] = (struct table_row){ entry->name, &entry->tally, entry->failure.text,
                                      entry->error };
    }
    if (driver->options.soak)
        table_print_soak(title, rows, driver->count, driver->options.soak);
    else
        table_print(title, rows, driver->count);
}

/* Every contestant in turn, round by round: what disturbs the machine disturbs them all. */
static bool measure(struct driver *driver, const struct event_kind *kind, bool *failed,
                    struct err *err)
{
    const struct options *options = &driver->options;
    struct buf event = { .limit = EVENT_LIMIT_BYTES };
    if (!kind->write(&event)) {
        buf_free(&event);
        return err_set(err, "out of memory");
    }
    struct trial trial = {
        .server = driver->server,
        .setting = { .task_root = options->root, .port = server_port(driver->server) },
        .event = &event,
        .invocations = options->soak          ? options->soak
                       : options->invocations ? options->invocations
                                              : kind->invocations,
        .limit_ms = options->limit_ms,
        .pause_ms = options->pause_ms,
    };
    for (size_t i = 0; i < driver->count; i++) {
        struct entry *entry = &driver->entries[i];
        entry->tally.rounds = 0;
        entry->tally.errors = 0;
        entry->failure.text[0] = entry->error[0] = '\0';
    }
    const int rounds = options->soak ? 1 : options->rounds;
    for (int round = options->soak ? 1 : 0; round <= rounds; round++)
        for (size_t i = 0; i < driver->count; i++)
            start(&driver->entries[i], &trial, round > 0);
    print(driver, kind, event.len);
    for (size_t i = 0; i < driver->count; i++)
        *failed |=
            *driver->entries[i].failure.text || driver->entries[i].tally.errors > 0;
    buf_free(&event);
    return true;
}

/* Every event of the list; the names are checked before the first is measured. */
static bool measure_all(struct driver *driver, bool *failed, struct err *err)
{
    for (int run = 0; run < 2; run++) {
        const char *name = driver->options.events;
        while (*name) {
            size_t len = strcspn(name, ",");
            const struct event_kind *kind = events_find(name, len);
            if (!kind)
                return err_set(err, "no event '%.*s'; there are tiny, apigw, 100k, 5m",
                               (int)len, name);
            if (run == 1 && !measure(driver, kind, failed, err))
                return false;
            name += len + (name[len] == ',');
        }
    }
    return true;
}

static int run(struct driver *driver, int argc, char **argv, struct err *err)
{
    bool failed = false;
    if (!options_read(&driver->options, argc, argv, err) ||
        !read_contestants(driver, driver->options.words, err)) {
        options_print_usage(stderr);
        return 2;
    }
    if (!driver->options.unpinned && !pin(err))
        return 2;
    driver->server = server_open(err);
    if (!driver->server || !measure_all(driver, &failed, err))
        return 2;
    return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
    struct err err = { "" };
    struct driver *driver = calloc(1, sizeof *driver);
    if (!driver) {
        fputs("bench_driver: out of memory\n", stderr);
        return 2;
    }
    int status = run(driver, argc, argv, &err);
    if (*err.text)
        fprintf(stderr, "bench_driver: %s\n", err.text);
    server_close(driver->server);
    options_free(&driver->options);
    free(driver);
    return status;
}
