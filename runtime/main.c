/* SPDX-License-Identifier: MIT
 * bootstrap: process manners, then the crew. */
#include "crash.h"
#include "crew.h"
#include "libraries.h"
#include "log.h"
#include "settings.h"
#include "wrapper.h"

#include <curl/curl.h>
#include <lua.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void do_nothing(int signal)
{
    (void)signal;
}

/* A broken pipe is an error of one write. Not SIG_IGN: children would inherit that. */
static void survive_broken_pipes(void)
{
    struct sigaction action = { .sa_handler = do_nothing, .sa_flags = SA_RESTART };
    (void)sigaction(SIGPIPE, &action,
                    NULL); /* cannot fail: the signal exists and may be caught */
}

/* With 0, 1 or 2 closed, the connection would get that number, and what is printed would go to the platform. */
static void secure_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0) /* then it is the lowest that is free */
            (void)open("/dev/null", O_RDWR);
}

static void introduce(FILE *out)
{
    (void)fputs("bootstrap: lunambda " LUNAMBDA_VERSION
                ", the AWS Lambda runtime for " LUA_VERSION
                ". Lambda starts it; to try a function on this machine:\n"
                "    lunambda invoke app.handler '{\"name\":\"Ada\"}'\n",
                out);
}

/* The first line says what runs, the others what it was made of, as LIBRARIES.txt does. */
static int show_version(void)
{
    printf("lunambda %s (%s, libcurl %s)\n", LUNAMBDA_VERSION, LUA_RELEASE,
           curl_version_info(CURLVERSION_NOW)->version);
    for (const struct library *part = libraries; part->name; part++)
        printf("%s %s, licence %s, from %s\n", part->name, part->version, part->licence,
               part->source);
    return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    secure_standard_descriptors();
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return show_version();
    struct err err = { "" };
    struct settings settings;
    bool valid = settings_read(&settings, argc > 1 ? argv[1] : NULL, &err);
    log_configure(settings.log_format, settings.log_level);
    if (!settings.api) {
        if (!valid)
            log_message(LOG_FATAL, "", "%s", err.text);
        else
            introduce(stderr);
        return EXIT_FAILURE;
    }
    if (!wrapper_enter(settings.wrapper, argc, argv, &err))
        valid = false;
    crash_install();
    survive_broken_pipes();
    /* A line printed is a line logged, in a pipe too. */
    (void)setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    /* Children must not write frames into it. */
    (void)unsetenv("_LAMBDA_TELEMETRY_LOG_FD");
    if (curl_global_init(CURL_GLOBAL_NOTHING)) {
        log_message(LOG_FATAL, "", "libcurl did not start");
        return EXIT_FAILURE;
    }
    int status = crew_run(&settings, valid ? NULL : err.text);
    log_flush();
    _exit(status);
}
