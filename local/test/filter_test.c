/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "filter.h"

static enum filter_answer ask(const char *exclude, const char *include, const char *path)
{
    struct filter filter = { .exclude = { exclude },
                             .exclude_count = exclude != NULL,
                             .include = { include },
                             .include_count = include != NULL };
    return filter_ask(&filter, path, false);
}

static void leaves_what_nobody_wants(void)
{
    static const char *const left[] = { ".git", "src/.env", "app.lua~", "#app.lua#",
                                        "a/b/.x.swp" };
    static const char *const taken[] = {
        "app.lua", "src/a.b", "~", "#", "##", "a~b", "#a"
    };
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        CHECK(ask(NULL, NULL, left[i]) == FILTER_LEAVE);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        CHECK(ask(NULL, NULL, taken[i]) == FILTER_TAKE);
}

static void excludes_by_name_and_by_path(void)
{
    CHECK(ask("*.md", NULL, "a/b/README.md") == FILTER_LEAVE);
    CHECK(ask("spec", NULL, "a/spec") == FILTER_LEAVE);
    CHECK(ask("a/*", NULL, "a/spec") == FILTER_LEAVE);
    CHECK(ask("a/*", NULL, "a/b/c") == FILTER_TAKE); /* its parent was left already */
    CHECK(ask("b/*", NULL, "a/b/c") == FILTER_TAKE);
}

static void includes_against_the_default_only(void)
{
    CHECK(ask(NULL, ".env", "a/.env") == FILTER_TAKE);
    CHECK(ask(NULL, ".env", "a/.git") == FILTER_LEAVE_UNLESS_INCLUDED);
    CHECK(ask(".env", ".env", "a/.env") == FILTER_LEAVE);
    struct filter filter = { .include = { "*.json" }, .include_count = 1 };
    CHECK(filter_ask(&filter, ".cfg/a.json", true) == FILTER_TAKE);
    CHECK(filter_ask(&filter, ".cfg/a.txt", true) == FILTER_LEAVE_UNLESS_INCLUDED);
}

static void tells_globs_that_matched_nothing(void)
{
    struct filter filter = { .exclude = { "*.md", "*.txt" },
                             .exclude_count = 2,
                             .include = { ".env" },
                             .include_count = 1 };
    const char *option = NULL;
    CHECK(filter_ask(&filter, "a.txt", false) == FILTER_LEAVE);
    CHECK_TEXT(filter_unused(&filter, &option), "*.md");
    CHECK_TEXT(option, "--exclude");
    CHECK(filter_ask(&filter, "b.md", false) == FILTER_LEAVE);
    CHECK_TEXT(filter_unused(&filter, &option), ".env");
    CHECK_TEXT(option, "--include");
    CHECK(filter_ask(&filter, ".env", false) == FILTER_TAKE);
    CHECK(!filter_unused(&filter, &option));
}

int main(void)
{
    RUN(leaves_what_nobody_wants);
    RUN(excludes_by_name_and_by_path);
    RUN(includes_against_the_default_only);
    RUN(tells_globs_that_matched_nothing);
    return check_done();
}
