/* SPDX-License-Identifier: MIT */
#include "pack_options.h"

#include <string.h>

const char pack_options_help[] =
    "lunambda pack DIR [-o FILE]: make the zip of a function or of a layer\n"
    "\n"
    "The same files make the same bytes: on any day, in any folder, for any user.\n"
    "\n"
    "  -o FILE             the zip; function.zip\n"
    "  --bytecode          compile each .lua to .luac, with its debug information\n"
    "  --bundle            put the Lua modules that the handler requires into its file\n"
    "  --handler HANDLER   for --bundle, such as app.handler; the one .lua file in DIR\n"
    "  --single            add bootstrap and curl.so, for a function without the layer\n"
    "  --bootstrap FILE    the bootstrap for --single; the one beside lunambda\n"
    "  --arch NAME         x86_64 or arm64: what the function runs on; as this machine\n"
    "  --exclude GLOB      leave files out: by name, or with a / by path; may be "
    "repeated\n"
    "  --include GLOB      take what is left out by default; may be repeated\n"
    "  --s3                for an upload by way of S3: the zip may have more than 50 MB\n"
    "  --noop              write nothing, print what would be in: SHA-256, bytes, path\n"
    "\n"
    "Left out by default: names that begin with a dot, app.lua~, #app.lua#, and FILE.\n"
    "\n"
    "Exit status: 0 packed, 1 Lambda would not run it, 2 lunambda could not do what was "
    "asked.\n";

static enum elf_machine own_machine(void)
{
#if defined(__x86_64__)
    return ELF_X86_64;
#elif defined(__aarch64__)
    return ELF_ARM64;
#else
    return ELF_OTHER;
#endif
}

static bool take_arch(struct pack_options *options, const char *value, struct err *err)
{
    if (strcmp(value, "x86_64") == 0)
        options->machine = ELF_X86_64;
    else if (strcmp(value, "arm64") == 0)
        options->machine = ELF_ARM64;
    else
        return err_set(err, "--arch takes x86_64 or arm64, got '%s'", value);
    return true;
}

static bool take_glob(const char **globs, int *count, const char *name, const char *value,
                      struct err *err)
{
    if (*count == FILTER_GLOBS_LIMIT)
        return err_set(err, "%s is given more than %d times", name, FILTER_GLOBS_LIMIT);
    if (strncmp(value, "./", 2) == 0)
        value += 2;
    if (!*value || *value == '/')
        return err_set(err,
                       "%s takes a glob for names or for paths below DIR, such as '*.md' "
                       "or 'docs/*', got '%s'",
                       name, value);
    if (value[strlen(value) - 1] == '/')
        return err_set(err, "%s takes folders without a / at the end, got '%s'", name,
                       value);
    globs[(*count)++] = value;
    return true;
}

static bool take_exclude(struct pack_options *options, const char *value, struct err *err)
{
    return take_glob(options->filter.exclude, &options->filter.exclude_count, "--exclude",
                     value, err);
}

static bool take_include(struct pack_options *options, const char *value, struct err *err)
{
    return take_glob(options->filter.include, &options->filter.include_count, "--include",
                     value, err);
}

static bool take_output(struct pack_options *options, const char *value, struct err *err)
{
    size_t len = strlen(value);
    if (len == 0 || value[len - 1] == '/' || strcmp(value, "-") == 0)
        return err_set(err, "-o takes the name of a file, such as function.zip, got '%s'",
                       value);
    options->output = value;
    return true;
}

static bool take_handler(struct pack_options *options, const char *value, struct err *err)
{
    while (strncmp(value, "./", 2) == 0)
        value += 2;
    options->handler = value;
    return *value || err_set(err, "--handler is empty: it takes file.function, such as "
                                  "app.handler");
}

static bool take_bootstrap(struct pack_options *options, const char *value,
                           struct err *err)
{
    options->bootstrap = value;
    options->single = true;
    return *value || err_set(err, "--bootstrap is empty: it takes a file");
}

static const struct choice {
    const char *name;
    const char *metavariable;
    bool (*take)(struct pack_options *options, const char *value, struct err *err);
} choices[] = {
    { "-o", "FILE", take_output },
    { "--arch", "NAME", take_arch },
    { "--bootstrap", "FILE", take_bootstrap },
    { "--exclude", "GLOB", take_exclude },
    { "--handler", "HANDLER", take_handler },
    { "--include", "GLOB", take_include },
};

/* The flag of that name; NULL when there is none. */
static bool *find_flag(struct pack_options *options, const char *argument)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = { { "--bytecode", &options->bytecode },
                  { "--bundle", &options->bundle },
                  { "--single", &options->single },
                  { "--noop", &options->noop },
                  { "--s3", &options->by_s3 },
                  { "--help", &options->help },
                  { "-h", &options->help } };
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (strcmp(flags[i].name, argument) == 0)
            return flags[i].flag;
    return NULL;
}

static const struct choice *find_choice(const char *argument, size_t name_len)
{
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        if (strlen(choices[i].name) == name_len &&
            memcmp(choices[i].name, argument, name_len) == 0)
            return &choices[i];
    return NULL;
}

/* Takes the option at argv[*at], and moves *at to the last argument that it used. */
static bool take_option(struct pack_options *options, int argc, char **argv, int *at,
                        struct err *err)
{
    const char *argument = argv[*at], *equals = strchr(argument, '=');
    size_t name_len = equals ? (size_t)(equals - argument) : strlen(argument);
    const struct choice *choice = find_choice(argument, name_len);
    bool *flag = find_flag(options, argument);
    if (flag) {
        *flag = true;
        return true;
    }
    if (!choice)
        return err_set(err, "unknown option '%.*s': lunambda pack --help lists them",
                       (int)name_len, argument);
    if (equals)
        return choice->take(options, equals + 1, err);
    if (*at + 1 >= argc)
        return err_set(err, "%s needs a value: %s %s", choice->name, choice->name,
                       choice->metavariable);
    *at += 1;
    return choice->take(options, argv[*at], err);
}

static bool take_operand(struct pack_options *options, const char *operand,
                         struct err *err)
{
    if (options->folder)
        return err_set(err, "pack takes one DIR, got '%s' and '%s'", options->folder,
                       operand);
    options->folder = operand;
    return *operand || err_set(err, "DIR is empty: it takes the function's folder");
}

bool pack_options_read(struct pack_options *options, int argc, char **argv,
                       struct err *err)
{
    *options =
        (struct pack_options){ .output = "function.zip", .machine = own_machine() };
    bool operands_only = false;
    for (int at = 2; at < argc; at++) {
        if (!operands_only && strcmp(argv[at], "--") == 0) {
            operands_only = true;
        } else if (!operands_only && argv[at][0] == '-' && argv[at][1]) {
            if (!take_option(options, argc, argv, &at, err))
                return false;
        } else if (!take_operand(options, argv[at], err)) {
            return false;
        }
    }
    if (options->help)
        return true;
    if (!options->folder)
        return err_set(err, "no DIR: lunambda pack DIR -o function.zip");
    if (options->handler && !options->bundle)
        return err_set(err, "--handler is for --bundle: without it every file is packed");
    if (options->machine == ELF_OTHER)
        return err_set(err,
                       "Lambda has no machines such as this one: say --arch x86_64 or "
                       "--arch arm64");
    return true;
}
