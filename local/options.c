/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    MEMORY_DEFAULT_MB = 128, /* Lambda's default */
    TIMEOUT_DEFAULT_S = 3,   /* Lambda's default */
    INIT_TIMEOUT_S =
        10, /* what Lambda gives on demand; provisioned concurrency has more */
};

static bool only_contains(const char *text, const char *allowed)
{
    return *text && text[strspn(text, allowed)] == '\0';
}

static bool read_number(const char *name, const char *text, long least, long most,
                        long *number, struct err *err)
{
    errno = 0;
    *number = only_contains(text, "0123456789") ? strtol(text, NULL, 10) : -1;
    if (errno || *number < least || *number > most)
        return err_set(err, "%s takes a whole number from %ld to %ld, got '%s'", name,
                       least, most, text);
    return true;
}

static bool read_seconds(const char *name, const char *text, long long *us,
                         struct err *err)
{
    char *end = NULL;
    double seconds = only_contains(text, "0123456789.") ? strtod(text, &end) : 0;
    if (!end || *end || seconds < 0.001 || seconds > OPTIONS_TIMEOUT_LIMIT_S)
        return err_set(err,
                       "%s takes seconds from 0.001 to %d, such as 3 or 0.5, got '%s'",
                       name, OPTIONS_TIMEOUT_LIMIT_S, text);
    *us = (long long)(seconds * 1e6);
    return true;
}

/* A header is one line of visible text. */
static bool is_header_value(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return false;
    return true;
}

static bool take_event_file(struct options *options, const char *value, struct err *err)
{
    if (options->event_file)
        return err_set(err,
                       "-e is given twice (%s, %s): one event a call, --count repeats it",
                       options->event_file, value);
    options->event_file = value;
    return true;
}

static bool take_count(struct options *options, const char *value, struct err *err)
{
    return read_number("--count", value, 1, OPTIONS_COUNT_LIMIT, &options->count, err);
}

static bool take_concurrency(struct options *options, const char *value, struct err *err)
{
    return read_number("--concurrency", value, 1, OPTIONS_CONCURRENCY_LIMIT,
                       &options->concurrency, err);
}

static bool take_memory(struct options *options, const char *value, struct err *err)
{
    long mb = 0;
    if (!read_number("--memory", value, OPTIONS_MEMORY_MIN_MB, OPTIONS_MEMORY_MAX_MB, &mb,
                     err))
        return false;
    options->memory_mb = (int)mb;
    return true;
}

static bool take_timeout(struct options *options, const char *value, struct err *err)
{
    return read_seconds("--timeout", value, &options->timeout_us, err);
}

static bool take_init_timeout(struct options *options, const char *value, struct err *err)
{
    return read_seconds("--init-timeout", value, &options->init_timeout_us, err);
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
    if (!is_header_value(value))
        return err_set(err, "--client-context has a line break or control character: "
                            "it travels in a header, so write the JSON on one line");
    if (!*value)
        return err_set(err, "--client-context is empty: it takes JSON, such as '{}'");
    if ((strlen(value) + 2) / 3 * 4 > OPTIONS_HEADER_LIMIT_BYTES)
        return err_set(
            err, "--client-context has %zu bytes: Lambda takes at most %d as base64",
            strlen(value), OPTIONS_HEADER_LIMIT_BYTES);
    options->client_context = value;
    return true;
}

static bool take_trace(struct options *options, const char *value, struct err *err)
{
    if (!is_header_value(value) || strlen(value) > OPTIONS_HEADER_LIMIT_BYTES)
        return err_set(err,
                       "--trace takes one line of at most %d bytes, such as "
                       "'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1'",
                       OPTIONS_HEADER_LIMIT_BYTES);
    options->trace = value;
    return true;
}

static bool take_root(struct options *options, const char *value, struct err *err)
{
    if (!*value)
        return err_set(err, "--root is empty: it takes the function's folder");
    options->root = value;
    return true;
}

static const struct choice {
    const char *name;
    const char *metavariable;
    bool (*take)(struct options *options, const char *value, struct err *err);
    bool for_check; /* check takes it too */
} choices[] = {
    { "-e", "FILE", take_event_file, false },
    { "--client-context", "JSON", take_client_context, false },
    { "--concurrency", "N", take_concurrency, false },
    { "--count", "N", take_count, false },
    { "--env", "NAME=VALUE", take_env, true },
    { "--init-timeout", "SECONDS", take_init_timeout, true },
    { "--memory", "MB", take_memory, true },
    { "--root", "DIR", take_root, true },
    { "--timeout", "SECONDS", take_timeout, false },
    { "--trace", "ID", take_trace, false },
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
    if (options->verb == OPTIONS_CHECK && !choice->for_check)
        return err_set(err, "check takes no %s: it loads the handler without an event",
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
    if (!options->handler) {
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

static bool read_verb(struct options *options, const char *verb, struct err *err)
{
    if (!verb)
        return err_set(err,
                       "no command: lunambda invoke HANDLER [EVENT], or lunambda --help");
    if (strcmp(verb, "invoke") == 0)
        options->verb = OPTIONS_INVOKE;
    else if (strcmp(verb, "check") == 0)
        options->verb = OPTIONS_CHECK;
    else if (strcmp(verb, "pack") == 0)
        options->verb = OPTIONS_PACK;
    else if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0 ||
             strcmp(verb, "help") == 0)
        options->verb = OPTIONS_HELP;
    else if (strcmp(verb, "--version") == 0)
        options->verb = OPTIONS_VERSION;
    else
        return err_set(err,
                       "unknown command '%s': there are invoke, check and pack; "
                       "lunambda --help tells more",
                       verb);
    return true;
}

bool options_read(struct options *options, int argc, char **argv, struct err *err)
{
    *options = (struct options){
        .memory_mb = MEMORY_DEFAULT_MB,
        .timeout_us = TIMEOUT_DEFAULT_S * 1000000LL,
        .init_timeout_us = INIT_TIMEOUT_S * 1000000LL,
    };
    if (!read_verb(options, argc > 1 ? argv[1] : NULL, err))
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
    if (!options->count)
        options->count = options->concurrency ? options->concurrency : 1;
    if (!options->handler)
        return err_set(err, "no HANDLER: lunambda %s examples/hello/hello.handler",
                       options->verb == OPTIONS_CHECK ? "check" : "invoke");
    if (options->event && options->event_file)
        return err_set(err, "two events: EVENT '%s' and -e %s; give one of them",
                       options->event, options->event_file);
    return true;
}
