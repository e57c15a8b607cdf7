/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "stats.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum {
    INVOCATIONS_MAX = 1000000,
    LIMIT_MS_MAX = 600 * 1000,
    PAUSE_MS_MAX = 60 * 1000,
};

static const char USAGE[] =
    "usage: bench_driver [OPTION]... NAME=COMMAND...\n"
    "  --rounds N       starts of each contestant, one warm-up not counted (default 21)\n"
    "  --events LIST    of tiny,apigw,100k,5m (default tiny,apigw)\n"
    "  --invocations N  per start (default: fewer, the larger the event)\n"
    "  --soak N         one start of N invocations each; shows the growth of memory "
    "alone\n"
    "  --handler NAME   _HANDLER (default echo.handler; echo.* must give the event "
    "back)\n"
    "  --root FOLDER    LAMBDA_TASK_ROOT (default bench/handlers)\n"
    "  --limit-ms N     the longest silence before a contestant has failed (default "
    "10000)\n"
    "  --pause-ms N     wait so long before each event (default: not at all)\n"
    "  --unpinned       let driver and contestants use every core\n"
    "NAME@HANDLER=COMMAND gives a contestant a handler of its own.\n"
    "COMMAND is a program and its arguments. Ratios refer to the contestants named floor "
    "and floor_dyn.\n";

static bool read_number(const char *name, const char *text, int max, int *out,
                        struct err *err)
{
    char *end = NULL;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < 1 || value > max)
        return err_set(err, "--%s takes a number from 1 to %d, not '%s'", name, max,
                       text);
    *out = (int)value;
    return true;
}

static bool read_root(const char *path, struct options *options, struct err *err)
{
    free(options->root);
    options->root = realpath(path, NULL);
    return options->root || err_set(err, "--root %s: %s", path, strerror(errno));
}

static bool read_option(int letter, struct options *options, struct err *err)
{
    switch (letter) {
    case 'r':
        return read_number("rounds", optarg, STATS_ROUNDS_MAX, &options->rounds, err);
    case 'i':
        return read_number("invocations", optarg, INVOCATIONS_MAX, &options->invocations,
                           err);
    case 's': return read_number("soak", optarg, INVOCATIONS_MAX, &options->soak, err);
    case 'l':
        return read_number("limit-ms", optarg, LIMIT_MS_MAX, &options->limit_ms, err);
    case 'p':
        return read_number("pause-ms", optarg, PAUSE_MS_MAX, &options->pause_ms, err);
    case 'e': options->events = optarg; return true;
    case 'h': options->handler = optarg; return true;
    case 'd': return read_root(optarg, options, err);
    case 'u': options->unpinned = true; return true;
    default: return err_set(err, "see the usage above");
    }
}

bool options_read(struct options *out, int argc, char **argv, struct err *err)
{
    static const struct option names[] = {
        { "rounds", required_argument, NULL, 'r' },
        { "events", required_argument, NULL, 'e' },
        { "invocations", required_argument, NULL, 'i' },
        { "soak", required_argument, NULL, 's' },
        { "handler", required_argument, NULL, 'h' },
        { "root", required_argument, NULL, 'd' },
        { "limit-ms", required_argument, NULL, 'l' },
        { "pause-ms", required_argument, NULL, 'p' },
        { "unpinned", no_argument, NULL, 'u' },
        { NULL, 0, NULL, 0 },
    };
    *out = (struct options){
        .rounds = 21, .events = "tiny,apigw", .handler = "echo.handler", .limit_ms = 10000
    };
    for (int letter; (letter = getopt_long(argc, argv, "", names, NULL)) != -1;)
        if (!read_option(letter, out, err))
            return false;
    out->words = argv + optind;
    return out->root || read_root("bench/handlers", out, err);
}

void options_free(struct options *options)
{
    free(options->root);
}

void options_print_usage(FILE *out)
{
    fputs(USAGE, out);
}
