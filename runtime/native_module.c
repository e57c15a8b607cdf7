/* SPDX-License-Identifier: MIT
 * Only in lambda/native.so: under a plain lua5.4 there is no main that configures the log. */
#include "log.h"
#include "settings.h"

__attribute__((constructor)) static void configure(void)
{
    struct err err = { "" };
    struct settings settings;
    /* What is wrong there is bootstrap's to report; here it stays at its default. */
    (void)!settings_read(&settings, NULL, &err);
    log_configure(settings.log_format, settings.log_level);
}
