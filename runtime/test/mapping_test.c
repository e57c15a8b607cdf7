/* SPDX-License-Identifier: MIT
 * Which file an address lies in. */
#include "check.h"
#include "line.h"
#include "mapping.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

static void finds_the_program_itself(void)
{
    char self[PATH_MAX] = "";
    struct mapping mapping;
    CHECK(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
    CHECK(mapping_find((unsigned long)(uintptr_t)&finds_the_program_itself, &mapping));
    CHECK(strncmp(mapping.path, self, sizeof mapping.path - 1) == 0);
    CHECK(mapping.offset > 0 && mapping.offset < 100UL * 1024 * 1024);
}

static void finds_a_shared_library(void)
{
    struct mapping mapping;
    CHECK(mapping_find((unsigned long)(uintptr_t)&getpid, &mapping) ||
          mapping_find((unsigned long)(uintptr_t)&strtoull, &mapping));
}

static void what_is_no_file_is_not_found(void)
{
    struct mapping mapping;
    int here = 0;
    CHECK(!mapping_find(0, &mapping));
    CHECK(!mapping_find((unsigned long)(uintptr_t)&here, &mapping)); /* the stack */
    CHECK(!mapping_find(ULONG_MAX, &mapping));
}

static void a_line_is_cut_at_its_limit(void)
{
    struct line line = { .len = 0 };
    line_number(&line, LONG_MIN);
    line_puts(&line, " ");
    line_number(&line, 1024);
    line_puts(&line, " ");
    line_hex(&line, 0xBEEF);
    line_puts(&line, " ");
    line_hex(&line, 0);
    line.text[line.len] = '\0';
    CHECK_TEXT(line.text, "-9223372036854775808 1024 0xbeef 0x0");
    for (int i = 0; i < LINE_LIMIT_BYTES; i++)
        line_puts(&line, "x");
    CHECK(line.len == LINE_LIMIT_BYTES - 1);
}

int main(void)
{
    RUN(finds_the_program_itself);
    RUN(finds_a_shared_library);
    RUN(what_is_no_file_is_not_found);
    RUN(a_line_is_cut_at_its_limit);
    return check_done();
}
