/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    MARGIN_DEFAULT_MS = 100,
    MARGIN_LIMIT_MS = 900 * 1000, /* no function runs longer */
};

/* The variable's value; NULL when absent or empty, which mean the same. */
static const char *get(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] ? value : NULL;
}

static const char *get_or(const char *name, const char *otherwise)
{
    const char *value = get(name);
    return value ? value : otherwise;
}

/* The index of the variable's value among the words, which end with NULL; 0, the default, when absent.
 * Sets *ok false, with a message that lists the words, when it is none of them. */
static int choose(const char *name, const char *const *words, bool *ok, struct err *err)
{
    const char *value = get(name);
    if (!value)
        return 0;
    struct err valid = { "" };
    for (int i = 0; words[i]; i++) {
        if (strcasecmp(value, words[i]) == 0)
            return i;
        struct err before = valid;
        err_set(&valid, "%s%s%s", before.text, i ? ", " : "", words[i]);
    }
    if (*ok)
        *ok =
            err_set(err, "%s is '%.100s', which is none of: %s", name, value, valid.text);
    return 0;
}

static long read_memory_mb(bool *ok, struct err *err)
{
    const char *text = get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE");
    if (!text)
        return 0;
    errno = 0;
    long mb = strtol(text, NULL, 10);
    if (!errno && mb > 0 && strspn(text, "0123456789") == strlen(text))
        return mb;
    if (*ok)
        *ok = err_set(
            err, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE is '%.100s', not a number of megabytes",
            text);
    return 0;
}

/* A whole number of milliseconds; the default when absent. */
static long read_margin_ms(bool *ok, struct err *err)
{
    const char *text = get("LUNAMBDA_DEADLINE_MARGIN_MS");
    if (!text)
        return MARGIN_DEFAULT_MS;
    char *end = NULL;
    errno = 0;
    long ms = strtol(text, &end, 10);
    if (!errno && end != text && !*end && ms >= 0 && ms <= MARGIN_LIMIT_MS)
        return ms;
    if (*ok)
        *ok = err_set(err,
                      "LUNAMBDA_DEADLINE_MARGIN_MS is '%.100s', not a number of "
                      "milliseconds from 0 (no deadline guard) to %d",
                      text, MARGIN_LIMIT_MS);
    return MARGIN_DEFAULT_MS;
}

/* A number of workers, 0 when the variable is absent. */
static long read_workers(const char *name, bool *ok, struct err *err)
{
    const char *text = get(name);
    if (!text)
        return 0;
    char *end = NULL;
    errno = 0;
    long count = strtol(text, &end, 10);
    if (!errno && end != text && !*end && count >= 1 && count <= WORKERS_LIMIT)
        return count;
    if (*ok)
        *ok = err_set(err, "%s is '%.100s', which is no number from 1 to %d", name, text,
                      WORKERS_LIMIT);
    return 0;
}

/* The platform's wish, as far as our own variable allows. */
static long read_worker_count(bool *ok, struct err *err)
{
    long wanted = read_workers("AWS_LAMBDA_MAX_CONCURRENCY", ok, err);
    long most = read_workers("LUNAMBDA_MAX_CONCURRENCY", ok, err);
    return most && most < wanted ? most : wanted;
}

/* From 1 to 65535, in at most five digits. */
static bool is_port(const char *text)
{
    long port = 0;
    int digits = 0;
    for (; text[digits] >= '0' && text[digits] <= '9' && digits < 5; digits++)
        port = 10 * port + (text[digits] - '0');
    return !text[digits] && port > 0 && port <= UINT16_MAX;
}

/* host:port, and only what a URL's authority may hold (RFC 3986 §3.2): anything else would lead elsewhere. Without
 * strspn and strtol: they lie in pages of libc that nothing else needs at the start. */
static bool is_address(const char *api)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789-._~:[]";
    const char *colon = strrchr(api, ':');
    if (!colon || colon == api || !is_port(colon + 1))
        return false;
    for (const char *c = api; *c; c++)
        if (!strchr(allowed, *c))
            return false;
    return true;
}

static bool check_api(const char *api, struct err *err)
{
    return is_address(api) ||
           err_set(err,
                   "AWS_LAMBDA_RUNTIME_API is '%.100s', but must be host:port without a "
                   "scheme, like 127.0.0.1:9001",
                   api);
}

/* Lua's search paths are lists of templates, with ';' and '?' and no way to escape them. */
static bool check_task_root(const char *root, struct err *err)
{
    return (!strchr(root, ';') && !strchr(root, '?')) ||
           err_set(
               err,
               "LAMBDA_TASK_ROOT is '%.200s', but Lua cannot search a folder whose name "
               "has ';' or '?'; rename it",
               root);
}

bool settings_read(struct settings *out, const char *handler_argument, struct err *err)
{
    static const char *const formats[] = { "text", "json", NULL };
    static const char *const levels[] = { "trace", "debug", "info", "warn",
                                          "error", "fatal", NULL };
    static const char *const events[] = { "json", "string", "stdio", "http", NULL };
    static const char *const bigints[] = { "float", "string", NULL };
    static const char *const encodings[] = { "strict", "replace", NULL };
    static const char *const reports[] = { "0", "1", "metrics", NULL };
    static const char *const switches[] = { "0", "1", NULL };
    bool ok = true;
    const char *level = get("AWS_LAMBDA_LOG_LEVEL");
    const char *format = get("AWS_LAMBDA_LOG_FORMAT");
    long worker_count = read_worker_count(&ok, err);
    *out = (struct settings){
        .api = get("AWS_LAMBDA_RUNTIME_API"),
        .handler = get_or("_HANDLER", handler_argument ? handler_argument : ""),
        .task_root = get_or("LAMBDA_TASK_ROOT", "."),
        .function_name = get("AWS_LAMBDA_FUNCTION_NAME"),
        .function_version = get("AWS_LAMBDA_FUNCTION_VERSION"),
        .log_group_name = get("AWS_LAMBDA_LOG_GROUP_NAME"),
        .log_stream_name = get("AWS_LAMBDA_LOG_STREAM_NAME"),
        .region = get_or("AWS_REGION", get("AWS_DEFAULT_REGION")),
        .init_type = get("AWS_LAMBDA_INITIALIZATION_TYPE"),
        .memory_limit_mb = read_memory_mb(&ok, err),
        .worker_count = worker_count,
        .wrapper = get("AWS_LAMBDA_EXEC_WRAPPER"),
        .convention = events[choose("LUNAMBDA_EVENT", events, &ok, err)],
        /* Lines of several workers are told apart by their request id: a text line may have none. */
        .log_format =
            !format && worker_count
                ? LOG_JSON
                : (enum log_format)choose("AWS_LAMBDA_LOG_FORMAT", formats, &ok, err),
        .log_level =
            level ? (enum log_level)choose("AWS_LAMBDA_LOG_LEVEL", levels, &ok, err)
                  : LOG_INFO,
        .deadline_margin_ms = read_margin_ms(&ok, err),
        .report_form = (enum report_form)choose("LUNAMBDA_REPORT", reports, &ok, err),
        .resolve_secrets = choose("LUNAMBDA_SECRETS", switches, &ok, err) == 1,
        .bigint_as_string = choose("LUNAMBDA_BIGINT", bigints, &ok, err) == 1,
        .replace_invalid_utf8 = choose("LUNAMBDA_ENCODING", encodings, &ok, err) == 1,
    };
    if (out->api && !check_api(out->api, err)) {
        out->api = NULL;
        return false;
    }
    return ok && check_task_root(out->task_root, err);
}
