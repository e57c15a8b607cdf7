/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "options.h"

enum { WORDS_LIMIT = 16, LINE_BYTES = 512 };

/* A command line, split at single spaces; its words live until the next call. */
static bool reads(struct options *options, struct err *err, const char *line)
{
    static char text[LINE_BYTES];
    char *argv[WORDS_LIMIT + 1] = { NULL }, *next = text;
    int argc = 0;
    (void)snprintf(text, sizeof text, "lunambda %s", line);
    while (next && argc < WORDS_LIMIT)
        argv[argc++] = strsep(&next, " ");
    return options_read(options, argc, argv, err);
}

static const char *refusal(const char *line)
{
    static struct err err;
    struct options options;
    (void)err_set(&err, "(accepted)");
    return reads(&options, &err, line) ? "(accepted)" : err.text;
}

static void has_lambdas_defaults(void)
{
    struct options options;
    struct err err = { "" };
    CHECK(reads(&options, &err, "invoke a.b"));
    CHECK(options.verb == OPTIONS_INVOKE);
    CHECK_TEXT(options.handler, "a.b");
    CHECK(options.count == 1 && options.memory_mb == 128 && !options.event &&
          !options.trace);
    CHECK(options.timeout_us == 3000000 && options.init_timeout_us == 10000000);
}

static void takes_options_anywhere_and_both_ways(void)
{
    struct options options;
    struct err err = { "" };
    CHECK(reads(&options, &err,
                "invoke --count=5 a.b --timeout 0.25 {} --env A=b=c --env=D="));
    CHECK(options.count == 5 && options.timeout_us == 250000 && options.env_count == 2);
    CHECK_TEXT(options.event, "{}");
    CHECK_TEXT(options.env[0], "A=b=c");
    CHECK_TEXT(options.env[1], "D=");
}

static void takes_a_negative_number_as_event(void)
{
    struct options options;
    struct err err = { "" };
    CHECK(reads(&options, &err, "invoke a.b -5"));
    CHECK_TEXT(options.event, "-5");
    CHECK(reads(&options, &err, "invoke -- a.b --count"));
    CHECK_TEXT(options.event, "--count");
}

static void refuses_bad_numbers(void)
{
    CHECK_TEXT(refusal("invoke a.b --count 0"),
               "--count takes a whole number from 1 to 1000000000, got '0'");
    CHECK_TEXT(refusal("invoke a.b --count 5x"),
               "--count takes a whole number from 1 to 1000000000, got '5x'");
    CHECK_TEXT(
        refusal("invoke a.b --count 99999999999999999999"),
        "--count takes a whole number from 1 to 1000000000, got '99999999999999999999'");
    CHECK_TEXT(refusal("invoke a.b --memory 64"),
               "--memory takes a whole number from 128 to 10240, got '64'");
    static const char *const bad[] = { "0",   "901",   "-1", "1e3", "nan",
                                       "0x3", "1.2.3", "",   "." };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "invoke a.b --timeout %s", bad[i]);
        CHECK(strstr(refusal(line), "--timeout takes seconds from 0.001 to 900"));
    }
}

static void refuses_headers_that_are_none(void)
{
    CHECK(strstr(refusal("invoke a.b --client-context {\n}"), "line break"));
    CHECK(strstr(refusal("invoke a.b --client-context "), "--client-context is empty"));
    CHECK(strstr(refusal("invoke a.b --trace a\rb"), "--trace takes one line"));
    CHECK_TEXT(refusal("invoke a.b --trace "), "(accepted)");
}

static void bounds_the_client_context(void)
{
    static char context[2800];
    struct options options;
    struct err err = { "" };
    char tool[] = "lunambda", verb[] = "invoke", handler[] = "a.b",
         name[] = "--client-context";
    char *argv[] = { tool, verb, handler, name, context, NULL };
    memset(context, '1', 2685); /* 3,580 bytes in base64 */
    CHECK(options_read(&options, 5, argv, &err));
    context[2685] = '1';
    CHECK(!options_read(&options, 5, argv, &err));
    CHECK(strstr(err.text, "at most 3583 as base64") != NULL);
}

static void bounds_env(void)
{
    static char *argv[3 + 2 * (OPTIONS_ENV_LIMIT + 1)];
    struct options options;
    struct err err = { "" };
    char tool[] = "lunambda", verb[] = "invoke", handler[] = "a.b", name[] = "--env",
         pair[] = "A=1";
    int argc = 0;
    argv[argc++] = tool;
    argv[argc++] = verb;
    argv[argc++] = handler;
    for (int i = 0; i <= OPTIONS_ENV_LIMIT; i++) {
        argv[argc++] = name;
        argv[argc++] = pair;
    }
    CHECK(options_read(&options, argc - 2, argv, &err));
    CHECK(!options_read(&options, argc, argv, &err));
    CHECK_TEXT(err.text, "--env is given more than 256 times");
}

static void keeps_check_apart_from_invoke(void)
{
    CHECK_TEXT(refusal("check a.b --count 2"),
               "check takes no --count: it loads the handler without an event");
    CHECK_TEXT(refusal("check a.b {}"),
               "check takes one HANDLER and no event, got also '{}'");
    CHECK_TEXT(refusal("check a.b --env A=1 --memory 256 --root /"), "(accepted)");
}

static void leaves_pack_to_its_own_reader(void)
{
    struct options options;
    struct err err = { "" };
    CHECK(reads(&options, &err, "pack --whatever"));
    CHECK(options.verb == OPTIONS_PACK);
}

int main(void)
{
    RUN(has_lambdas_defaults);
    RUN(takes_options_anywhere_and_both_ways);
    RUN(takes_a_negative_number_as_event);
    RUN(refuses_bad_numbers);
    RUN(refuses_headers_that_are_none);
    RUN(bounds_the_client_context);
    RUN(bounds_env);
    RUN(keeps_check_apart_from_invoke);
    RUN(leaves_pack_to_its_own_reader);
    return check_done();
}
