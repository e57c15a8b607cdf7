/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "made_event.h"
#include "values.h"

#include <string.h>

enum {
    MEMORY_DEFAULT_MB = 128, /* Lambda's default */
    TIMEOUT_DEFAULT_S = 3,   /* Lambda's default */
    /* What Lambda gives on demand; provisioned concurrency has more. */
    INIT_TIMEOUT_S = 10,
};

static bool take_once(const char *name, const char **place, const char *value,
                      struct err *err)
{
    if (*place)
        return err_set(err,
                       "%s is given twice (%s, %s): one event a call, --count repeats it",
                       name, *place, value);
    *place = value;
    return true;
}

static bool take_event_file(struct options *options, const char *value, struct err *err)
{
    return take_once("-e", &options->event_file, value, err);
}

static bool take_event_name(struct options *options, const char *value, struct err *err)
{
    return take_once("--event", &options->event_name, value, err);
}

static bool take_count(struct options *options, const char *value, struct err *err)
{
    return values_number("--count", value, 1, OPTIONS_COUNT_LIMIT, &options->count, err);
}

static bool take_concurrency(struct options *options, const char *value, struct err *err)
{
    return values_number("--concurrency", value, 1, OPTIONS_CONCURRENCY_LIMIT,
                         &options->concurrency, err);
}

static bool take_memory(struct options *options, const char *value, struct err *err)
{
    long mb = 0;
    if (!values_number("--memory", value, OPTIONS_MEMORY_MIN_MB, OPTIONS_MEMORY_MAX_MB,
                       &mb, err))
        return false;
    options->memory_mb = (int)mb;
    return true;
}

static bool take_timeout(struct options *options, const char *value, struct err *err)
{
    return values_seconds("--timeout", value, OPTIONS_TIMEOUT_LIMIT_S,
                          &options->timeout_us, err);
}

static bool take_init_timeout(struct options *options, const char *value, struct err *err)
{
    return values_seconds("--init-timeout", value, OPTIONS_TIMEOUT_LIMIT_S,
                          &options->init_timeout_us, err);
}

static bool take_env(struct options *options, const char *value, struct err *err)
{
    if (options->env_count == OPTIONS_ENV_LIMIT)
        return err_set(err, "--env is given more than %d times", OPTIONS_ENV_LIMIT);
    options->env[options->env_count++] = value;
    return true;
}

static bool take_client_context(struct options *options, const char *value,
                                struct err *err)
{
    options->client_context = value;
    return values_client_context(value, err);
}

static bool take_trace(struct options *options, const char *value, struct err *err)
{
    options->trace = value;
    return values_trace(value, err);
}

static bool take_root(struct options *options, const char *value, struct err *err)
{
    if (!*value)
        return err_set(err, "--root is empty: it takes the function's folder");
    options->root = value;
    return true;
}

enum taker { INVOKE = 1, CHECK = 2, EVENT = 4 };

static const struct choice {
    const char *name;
    const char *metavariable;
    bool (*take)(struct options *options, const char *value, struct err *err);
    int verbs; /* that take it: bits of enum taker */
} choices[] = {
    { "-e", "FILE", take_event_file, INVOKE | EVENT },
    { "--client-context", "JSON", take_client_context, INVOKE },
    { "--concurrency", "N", take_concurrency, INVOKE },
    { "--count", "N", take_count, INVOKE },
    { "--env", "NAME=VALUE", take_env, INVOKE | CHECK },
    { "--event", "NAME", take_event_name, INVOKE },
    { "--init-timeout", "SECONDS", take_init_timeout, INVOKE | CHECK },
    { "--memory", "MB", take_memory, INVOKE | CHECK },
    { "--root", "DIR", take_root, INVOKE | CHECK },
    { "--timeout", "SECONDS", take_timeout, INVOKE },
    { "--trace", "ID", take_trace, INVOKE },
};

static const struct choice *find_choice(const char *argument, size_t name_len)
{
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        if (strlen(choices[i].name) == name_len &&
            memcmp(choices[i].name, argument, name_len) == 0)
            return &choices[i];
    return NULL;
}

/* "-" and negative numbers are not options: -5 is JSON. */
static bool is_option(const char *argument)
{
    return argument[0] == '-' && argument[1] && !strchr("0123456789", argument[1]);
}

/* Takes the option at argv[*at], and moves *at to the last argument that it used. */
static bool take_option(struct options *options, int argc, char **argv, int *at,
                        struct err *err)
{
    const char *argument = argv[*at];
    const char *equals = strchr(argument, '=');
    size_t name_len = equals ? (size_t)(equals - argument) : strlen(argument);
    const struct choice *choice = find_choice(argument, name_len);
    if (!choice)
        return err_set(err, "unknown option '%.*s': lunambda --help lists them",
                       (int)name_len, argument);
    if (options->verb == OPTIONS_CHECK && !(choice->verbs & CHECK))
        return err_set(err, "check takes no %s: it loads the handler without an event",
                       choice->name);
    if (options->verb == OPTIONS_EVENT && !(choice->verbs & EVENT))
        return err_set(err, "event takes no %s: it prints an event and runs nothing",
                       choice->name);
    if (equals)
        return choice->take(options, equals + 1, err);
    if (*at + 1 >= argc)
        return err_set(err, "%s needs a value: %s %s", choice->name, choice->name,
                       choice->metavariable);
    *at += 1;
    return choice->take(options, argv[*at], err);
}

static bool take_operand(struct options *options, const char *operand, struct err *err)
{
    if (options->verb == OPTIONS_EVENT && !options->event_name) {
        options->event_name = operand;
        return true;
    }
    if (options->verb != OPTIONS_EVENT && !options->handler) {
        options->handler = operand;
        return *operand ||
               err_set(err, "HANDLER is empty: it takes file.function, such as "
                            "examples/hello/hello.handler");
    }
    if (options->verb == OPTIONS_CHECK)
        return err_set(err, "check takes one HANDLER and no event, got also '%s'",
                       operand);
    if (strcmp(operand, "-") == 0)
        return err_set(err, "to read the event from standard input, write -e -");
    if (options->event)
        return err_set(
            err,
            "more than one EVENT ('%s', '%s'): quote the JSON as one argument, "
            "or use -e FILE",
            options->event, operand);
    options->event = operand;
    return true;
}

/* What goes together, now that all is read. */
static bool settle(struct options *options, struct err *err)
{
    if (!options->count)
        options->count = options->concurrency ? options->concurrency : 1;
    if (options->verb == OPTIONS_EVENT && !options->event_name)
        return err_set(err, "no NAME of an event: lunambda event list prints them");
    if (options->event_name && strcmp(options->event_name, MADE_EVENT_LIST) == 0)
        options->verb = OPTIONS_EVENT;
    if (options->verb != OPTIONS_EVENT && !options->handler)
        return err_set(err, "no HANDLER: lunambda %s examples/hello/hello.handler",
                       options->verb == OPTIONS_CHECK ? "check" : "invoke");
    if (options->event && options->event_file)
        return err_set(err, "two events: EVENT '%s' and -e %s; give one of them",
                       options->event, options->event_file);
    return true;
}

bool options_read(struct options *options, int argc, char **argv, struct err *err)
{
    *options = (struct options){
        .memory_mb = MEMORY_DEFAULT_MB,
        .timeout_us = TIMEOUT_DEFAULT_S * 1000000LL,
        .init_timeout_us = INIT_TIMEOUT_S * 1000000LL,
    };
    if (!verb_read(argc > 1 ? argv[1] : NULL, &options->verb, err))
        return false;
    if (options->verb == OPTIONS_HELP || options->verb == OPTIONS_VERSION ||
        options->verb == OPTIONS_PACK)
        return true;
    bool operands_only = false;
    for (int at = 2; at < argc; at++) {
        if (!operands_only && strcmp(argv[at], "--") == 0) {
            operands_only = true;
        } else if (!operands_only &&
                   (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0)) {
            options->verb = OPTIONS_HELP;
            return true;
        } else if (!operands_only && is_option(argv[at])) {
            if (!take_option(options, argc, argv, &at, err))
                return false;
        } else if (!take_operand(options, argv[at], err)) {
            return false;
        }
    }
    return settle(options, err);
}
