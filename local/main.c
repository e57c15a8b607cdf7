/* SPDX-License-Identifier: MIT
 * The lunambda tool: a Lambda for one's own machine. Words in, exit status out. */
#include "dry_run.h"
#include "invoke.h"
#include "pack.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { STATUS_CANNOT = 2 };

static const char help[] =
    "lunambda " LUNAMBDA_VERSION ": run Lua handlers of AWS Lambda on your own machine\n"
    "\n"
    "  lunambda invoke HANDLER [EVENT]   send an event, print the answer\n"
    "  lunambda check HANDLER            load a handler without an event\n"
    "  lunambda pack DIR [-o FILE]       make the zip of a function; more with pack "
    "--help\n"
    "  lunambda --version | --help\n"
    "\n"
    "HANDLER is file.function, such as examples/hello/hello.handler. EVENT is JSON; {} "
    "without it.\n"
    "The answer is all that goes to stdout; what the function prints goes to stderr.\n"
    "\n"
    "  -e FILE                 read the event from a file; -e - from standard input\n"
    "  --count N               send the event N times, one after the other\n"
    "  --concurrency N         as a function that takes N events at a time; sends N of "
    "them\n"
    "  --timeout SECONDS       for each event; 3\n"
    "  --init-timeout SECONDS  for loading the handler; 10\n"
    "  --memory MB             the function's memory, 128 to 10240; 128\n"
    "  --env NAME=VALUE        a variable for the function; may be repeated\n"
    "  --root DIR              the task root; the current folder, or an absolute "
    "HANDLER's own\n"
    "  --client-context JSON   what a mobile client would send along\n"
    "  --trace ID              the X-Ray trace id; '' for none\n"
    "\n"
    "Exit status: 0 answered, 1 the function failed, 2 lunambda could not do what was "
    "asked.\n";

static int pack(int argc, char **argv, struct err *err)
{
    struct pack_options options;
    if (!pack_options_read(&options, argc, argv, err))
        return STATUS_CANNOT;
    if (options.help)
        return fputs(pack_options_help, stdout) < 0;
    return (int)pack_run(&options, err);
}

int main(int argc, char **argv)
{
    struct options options;
    struct err err = { "" };
    int status = STATUS_CANNOT;
    if (options_read(&options, argc, argv, &err)) {
        switch (options.verb) {
        case OPTIONS_HELP: status = fputs(help, stdout) < 0; break;
        case OPTIONS_VERSION: status = puts("lunambda " LUNAMBDA_VERSION) < 0; break;
        case OPTIONS_INVOKE: status = invoke_run(&options, &err); break;
        case OPTIONS_CHECK: status = dry_run(&options, &err); break;
        case OPTIONS_PACK: status = pack(argc, argv, &err); break;
        }
        if (fflush(stdout) != 0 || ferror(stdout)) {
            status = STATUS_CANNOT;
            if (!*err.text)
                (void)err_set(&err, "cannot write to standard output: %s",
                              strerror(errno));
        }
    }
    if (*err.text)
        (void)fprintf(stderr, "lunambda: %s\n", err.text);
    return status;
}
