/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "settings.h"

#include <stdlib.h>

static struct settings settings;
static struct err err;

/* Reads an environment that holds these variables and no others; they come in pairs, NULL at the end. */
static bool read_env(const char *const *pairs)
{
    (void)clearenv();
    for (; *pairs; pairs += 2)
        (void)setenv(pairs[0], pairs[1], 1);
    err.text[0] = '\0';
    return settings_read(&settings, NULL, &err);
}

static void refuses(const char *name, const char *value, const char *expected)
{
    const char *const pairs[] = { "AWS_LAMBDA_RUNTIME_API", "h:1", name, value, NULL };
    CHECK(!read_env(pairs));
    CHECK_TEXT(err.text, expected);
}

static void an_empty_environment_is_no_error(void)
{
    const char *const none[] = { NULL };
    CHECK(read_env(none));
    CHECK(!settings.api && !settings.function_name && !settings.region);
    CHECK_TEXT(settings.handler, "");
    CHECK_TEXT(settings.task_root, ".");
    CHECK(settings.memory_limit_mb == 0);
    CHECK(settings.log_format == LOG_TEXT && settings.log_level == LOG_INFO);
    CHECK(!settings.bigint_as_string && !settings.replace_invalid_utf8);
    CHECK(settings.report_form == REPORT_NONE && !settings.resolve_secrets);
    CHECK_TEXT(settings.convention, "json");
}

static void reads_what_lambda_sets(void)
{
    const char *const pairs[] = { "AWS_LAMBDA_RUNTIME_API",
                                  "169.254.100.1:9001",
                                  "_HANDLER",
                                  "app.handler",
                                  "LAMBDA_TASK_ROOT",
                                  "/var/task",
                                  "AWS_LAMBDA_FUNCTION_NAME",
                                  "orders",
                                  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                                  "10240",
                                  "AWS_LAMBDA_LOG_FORMAT",
                                  "JSON",
                                  "AWS_LAMBDA_LOG_LEVEL",
                                  "TRACE",
                                  "LUNAMBDA_EVENT",
                                  "StdIO",
                                  "LUNAMBDA_BIGINT",
                                  "string",
                                  "LUNAMBDA_ENCODING",
                                  "replace",
                                  "LUNAMBDA_REPORT",
                                  "Metrics",
                                  "LUNAMBDA_SECRETS",
                                  "1",
                                  NULL };
    CHECK(read_env(pairs));
    CHECK_TEXT(settings.api, "169.254.100.1:9001");
    CHECK_TEXT(settings.handler, "app.handler");
    CHECK_TEXT(settings.task_root, "/var/task");
    CHECK_TEXT(settings.function_name, "orders");
    CHECK(settings.memory_limit_mb == 10240);
    CHECK(settings.log_format == LOG_JSON && settings.log_level == LOG_TRACE);
    CHECK_TEXT(settings.convention, "stdio");
    CHECK(settings.bigint_as_string && settings.replace_invalid_utf8);
    CHECK(settings.report_form == REPORT_METRICS && settings.resolve_secrets);
}

static void takes_addresses_of_every_form(void)
{
    const char *const forms[] = { "127.0.0.1:9001", "[::1]:9001", "localhost:80",
                                  "runtime.internal:9001", NULL };
    for (int i = 0; forms[i]; i++) {
        const char *const pairs[] = { "AWS_LAMBDA_RUNTIME_API", forms[i], NULL };
        CHECK(read_env(pairs));
        CHECK_TEXT(settings.api, forms[i]);
    }
}

static void refuses_an_address_that_is_more_than_host_and_port(void)
{
    const char *const forms[] = { "http://127.0.0.1:9001",
                                  "127.0.0.1:9001/x",
                                  "a@b:1",
                                  "a b:1",
                                  "127.0.0.1",
                                  ":9001",
                                  "h:",
                                  "h:99999",
                                  "h:0",
                                  "h:1x",
                                  "h:1\r\nX: y",
                                  NULL };
    for (int i = 0; forms[i]; i++) {
        const char *const pairs[] = { "AWS_LAMBDA_RUNTIME_API", forms[i], NULL };
        CHECK(!read_env(pairs));
        CHECK(!settings.api);
        CHECK(strstr(err.text, "must be host:port") != NULL);
    }
}

static void a_value_that_is_none_of_the_valid_ones_lists_them(void)
{
    refuses("LUNAMBDA_EVENT", "yaml",
            "LUNAMBDA_EVENT is 'yaml', which is none of: json, string, stdio, http");
    refuses("LUNAMBDA_BIGINT", "x",
            "LUNAMBDA_BIGINT is 'x', which is none of: float, string");
    refuses("LUNAMBDA_ENCODING", "x",
            "LUNAMBDA_ENCODING is 'x', which is none of: strict, replace");
    refuses("LUNAMBDA_REPORT", "2",
            "LUNAMBDA_REPORT is '2', which is none of: 0, 1, metrics");
    refuses("LUNAMBDA_SECRETS", "env",
            "LUNAMBDA_SECRETS is 'env', which is none of: 0, 1");
    refuses("AWS_LAMBDA_LOG_FORMAT", "xml",
            "AWS_LAMBDA_LOG_FORMAT is 'xml', which is none of: text, json");
    refuses("AWS_LAMBDA_LOG_LEVEL", "loud",
            "AWS_LAMBDA_LOG_LEVEL is 'loud', which is none of: "
            "trace, debug, info, warn, error, fatal");
}

static void a_task_root_must_fit_into_a_search_path(void)
{
    refuses("LAMBDA_TASK_ROOT", "/a;b",
            "LAMBDA_TASK_ROOT is '/a;b', but Lua cannot search a folder whose name "
            "has ';' or '?'; rename it");
}

static void a_failure_keeps_what_was_right(void)
{
    const char *const pairs[] = { "AWS_LAMBDA_RUNTIME_API",
                                  "h:1",
                                  "LUNAMBDA_BIGINT",
                                  "x",
                                  "AWS_LAMBDA_LOG_FORMAT",
                                  "JSON",
                                  NULL };
    CHECK(!read_env(pairs));
    CHECK_TEXT(settings.api, "h:1");
    CHECK(settings.log_format == LOG_JSON);
}

static void memory_must_be_a_positive_number(void)
{
    const char *const values[] = { "-1", "0",     "12x", "99999999999999999999",
                                   "MB", " +128", NULL };
    for (int i = 0; values[i]; i++) {
        char expected[200];
        (void)snprintf(
            expected, sizeof expected,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE is '%s', not a number of megabytes",
            values[i]);
        refuses("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", values[i], expected);
    }
}

static void a_containers_argument_stands_in_for_the_handler_only_when_there_is_none(void)
{
    (void)clearenv();
    CHECK(settings_read(&settings, "app.main", &err));
    CHECK_TEXT(settings.handler, "app.main");
    (void)setenv("_HANDLER", "env.main", 1);
    CHECK(settings_read(&settings, "app.main", &err));
    CHECK_TEXT(settings.handler, "env.main");
}

static void the_number_of_workers_is_the_platforms_wish_up_to_our_own_limit(void)
{
    const char *const wish[] = { "AWS_LAMBDA_MAX_CONCURRENCY", "64", NULL };
    CHECK(read_env(wish));
    CHECK(settings.worker_count == 64);
    CHECK(settings.log_format == LOG_JSON); /* where nobody says otherwise */
    const char *const both[] = { "AWS_LAMBDA_MAX_CONCURRENCY",
                                 "64",
                                 "LUNAMBDA_MAX_CONCURRENCY",
                                 "8",
                                 "AWS_LAMBDA_LOG_FORMAT",
                                 "Text",
                                 NULL };
    CHECK(read_env(both));
    CHECK(settings.worker_count == 8);
    CHECK(settings.log_format == LOG_TEXT);
    const char *const limit_alone[] = { "LUNAMBDA_MAX_CONCURRENCY", "8", NULL };
    CHECK(read_env(limit_alone));
    CHECK(settings.worker_count == 0);
    CHECK(settings.log_format == LOG_TEXT);
}

static void the_number_of_workers_must_be_one(void)
{
    const char *const values[] = { "0",  "-1",   "1001",
                                   "2x", "many", "99999999999999999999",
                                   NULL };
    for (int i = 0; values[i]; i++) {
        char expected[200];
        (void)snprintf(expected, sizeof expected,
                       "AWS_LAMBDA_MAX_CONCURRENCY is '%s', which is no number from 1 to "
                       "1000",
                       values[i]);
        refuses("AWS_LAMBDA_MAX_CONCURRENCY", values[i], expected);
        CHECK(settings.worker_count == 0);
    }
}

int main(void)
{
    RUN(the_number_of_workers_is_the_platforms_wish_up_to_our_own_limit);
    RUN(the_number_of_workers_must_be_one);
    RUN(an_empty_environment_is_no_error);
    RUN(reads_what_lambda_sets);
    RUN(takes_addresses_of_every_form);
    RUN(refuses_an_address_that_is_more_than_host_and_port);
    RUN(a_value_that_is_none_of_the_valid_ones_lists_them);
    RUN(a_task_root_must_fit_into_a_search_path);
    RUN(a_failure_keeps_what_was_right);
    RUN(memory_must_be_a_positive_number);
    RUN(a_containers_argument_stands_in_for_the_handler_only_when_there_is_none);
    return check_done();
}
