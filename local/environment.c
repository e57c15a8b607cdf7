/* SPDX-License-Identifier: MIT */
#include "environment.h"

#include "identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENTRY_LIMIT_BYTES = 128 * 1024 }; /* what Linux takes as one string */

#define IN_THE_SHELL "set it in your shell: lunambda passes it on"
#define BY_LAMBDA    "Lambda sets it"

/* Names that Lambda keeps for itself (runtime-api §1.1), and what to do instead. */
static const struct reserved {
    const char *name;
    const char *remedy;
    bool inherited; /* what the user's own environment says stays */
} reserved[] = {
    { "_HANDLER", "it is the HANDLER argument", false },
    { "_X_AMZN_TRACE_ID", "use --trace", false },
    { "AWS_ACCESS_KEY", IN_THE_SHELL, true },
    { "AWS_ACCESS_KEY_ID", IN_THE_SHELL, true },
    { "AWS_DEFAULT_REGION", IN_THE_SHELL, true },
    { "AWS_EXECUTION_ENV", BY_LAMBDA, false },
    { "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "use --memory", false },
    { "AWS_LAMBDA_FUNCTION_NAME", "it is the handler's file name", false },
    { "AWS_LAMBDA_FUNCTION_VERSION", BY_LAMBDA, false },
    { "AWS_LAMBDA_INITIALIZATION_TYPE", BY_LAMBDA, false },
    { "AWS_LAMBDA_LOG_GROUP_NAME", BY_LAMBDA, false },
    { "AWS_LAMBDA_LOG_STREAM_NAME", BY_LAMBDA, false },
    { "AWS_LAMBDA_MAX_CONCURRENCY", "use --concurrency", false },
    { "AWS_LAMBDA_METADATA_API", BY_LAMBDA, false },
    { "AWS_LAMBDA_METADATA_TOKEN", BY_LAMBDA, false },
    { "AWS_LAMBDA_RUNTIME_API", "it is lunambda's own address", false },
    { "AWS_REGION", IN_THE_SHELL, true },
    { "AWS_SECRET_ACCESS_KEY", IN_THE_SHELL, true },
    { "AWS_SESSION_TOKEN", IN_THE_SHELL, true },
    { "LAMBDA_RUNTIME_DIR", BY_LAMBDA, false },
    { "LAMBDA_TASK_ROOT", "use --root", false },
    { "TZ", "Lambda runs in UTC", false },
};

static size_t name_len(const char *entry)
{
    return strcspn(entry, "=");
}

static const struct reserved *find_reserved(const char *entry)
{
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strlen(reserved[i].name) == name_len(entry) &&
            memcmp(reserved[i].name, entry, name_len(entry)) == 0)
            return &reserved[i];
    return NULL;
}

bool environment_check(const struct options *options, struct err *err)
{
    for (int i = 0; i < options->env_count; i++) {
        const char *entry = options->env[i];
        int len = (int)name_len(entry);
        if (len == 0 || entry[len] != '=')
            return err_set(err, "--env takes NAME=VALUE, got '%s'", entry);
        const struct reserved *found = find_reserved(entry);
        if (found)
            return err_set(err, "--env %s is refused: Lambda reserves this name (%s)",
                           found->name, found->remedy);
        if (*entry == '_')
            return err_set(
                err, "--env %.*s is refused: Lambda drops names that begin with '_'", len,
                entry);
    }
    return true;
}

/* Adds a copy of the entry; one of the same name is replaced. */
static bool put(struct environment *environment, const char *entry)
{
    char *own = strdup(entry);
    if (!own)
        return false;
    for (size_t i = 0; i < environment->count; i++) {
        size_t len = name_len(entry) + 1;
        if (strncmp(environment->entries[i], entry, len) == 0) {
            free(environment->entries[i]);
            environment->entries[i] = own;
            return true;
        }
    }
    if (environment->count + 1 >= environment->cap) {
        size_t cap = environment->cap ? environment->cap * 2 : 64;
        char **entries = realloc(environment->entries, cap * sizeof *entries);
        if (!entries) {
            free(own);
            return false;
        }
        environment->entries = entries;
        environment->cap = cap;
    }
    environment->entries[environment->count++] = own;
    environment->entries[environment->count] = NULL;
    return true;
}

static bool put_pair(struct environment *environment, const char *name, const char *value)
{
    struct buf entry = { .limit = ENTRY_LIMIT_BYTES };
    bool done =
        buf_printf(&entry, "%s=%s", name, value) && put(environment, buf_text(&entry));
    buf_free(&entry);
    return done;
}

/* The user's own: credentials, proxies, what the handler reads. */
static bool put_inherited(struct environment *environment)
{
    for (char **entry = environ; *entry; entry++) {
        const struct reserved *found = find_reserved(*entry);
        if (found && !found->inherited)
            continue;
        if (strchr(*entry, '=') && !put(environment, *entry))
            return false;
    }
    return true;
}

static bool put_regions(struct environment *environment)
{
    const char *region = getenv("AWS_REGION"), *other = getenv("AWS_DEFAULT_REGION");
    if (!region || !*region)
        region = other && *other ? other : "us-east-1";
    return put_pair(environment, "AWS_REGION", region) &&
           put_pair(environment, "AWS_DEFAULT_REGION", other && *other ? other : region);
}

static bool put_platform(struct environment *environment, const struct options *options,
                         const struct target *target, const char *runtime_folder,
                         unsigned port)
{
    char concurrency[16];
    char api[sizeof "127.0.0.1:65535"], memory[16], stream[IDENTITY_STREAM_SIZE];
    char group[sizeof "/aws/lambda/" + TARGET_NAME_LIMIT];
    (void)snprintf(api, sizeof api, "127.0.0.1:%u", port & 0xffffU);
    (void)snprintf(memory, sizeof memory, "%d", options->memory_mb);
    (void)snprintf(group, sizeof group, "/aws/lambda/%s", target->name);
    identity_stream(stream);
    const char *pairs[][2] = {
        { "_HANDLER", target->handler },
        { "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory },
        { "AWS_LAMBDA_FUNCTION_NAME", target->name },
        { "AWS_LAMBDA_FUNCTION_VERSION", "$LATEST" },
        { "AWS_LAMBDA_INITIALIZATION_TYPE",
          options->concurrency ? "lambda-managed-instances" : "on-demand" },
        { "AWS_LAMBDA_LOG_GROUP_NAME", group },
        { "AWS_LAMBDA_LOG_STREAM_NAME", stream },
        { "AWS_LAMBDA_RUNTIME_API", api },
        { "LAMBDA_RUNTIME_DIR", runtime_folder },
        { "LAMBDA_TASK_ROOT", target->root },
        { "LANG", "en_US.UTF-8" },
        { "PWD", target->root },
        { "TZ", ":UTC" },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (!put_pair(environment, pairs[i][0], pairs[i][1]))
            return false;
    (void)snprintf(concurrency, sizeof concurrency, "%ld", options->concurrency);
    return !options->concurrency ||
           put_pair(environment, "AWS_LAMBDA_MAX_CONCURRENCY", concurrency);
}

bool environment_build(struct environment *environment, const struct options *options,
                       const struct target *target, const char *runtime_folder,
                       unsigned port, struct err *err)
{
    bool built = put_inherited(environment) && put_regions(environment) &&
                 put_platform(environment, options, target, runtime_folder, port);
    for (int i = 0; built && i < options->env_count; i++)
        built = put(environment, options->env[i]);
    return built || err_set(err, "no memory for the function's environment");
}

void environment_free(struct environment *environment)
{
    for (size_t i = 0; i < environment->count; i++)
        free(environment->entries[i]);
    free(environment->entries);
    *environment = (struct environment){ 0 };
}
