/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "target.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/lunambda-target-XXXXXX"; /* with a folder my.app in it */

static void takes_the_current_folder_as_root(void)
{
    struct target target;
    struct err err = { "" };
    CHECK(target_resolve(&target, "my.app/src/orders.api.create", NULL, &err));
    CHECK_TEXT(target.root, folder);
    CHECK_TEXT(target.handler, "my.app/src/orders.api.create");
    CHECK_TEXT(target.name, "orders");
    CHECK(target_resolve(&target, "././/hello.handler", NULL, &err));
    CHECK_TEXT(target.handler, "hello.handler");
}

static void takes_an_absolute_handlers_folder_as_root(void)
{
    struct target target;
    struct err err = { "" };
    char handler[256], root[128];
    (void)snprintf(root, sizeof root, "%s/my.app", folder);
    (void)snprintf(handler, sizeof handler, "%s/hello.a.b", root);
    CHECK(target_resolve(&target, handler, NULL, &err));
    CHECK_TEXT(target.root, root);
    CHECK_TEXT(target.handler, "hello.a.b");
}

static void lets_root_override(void)
{
    struct target target;
    struct err err = { "" };
    char handler[128];
    CHECK(target_resolve(&target, "hello.handler", "my.app", &err));
    CHECK(strstr(target.root, "/my.app") != NULL);
    (void)snprintf(handler, sizeof handler, "%s/my.app/hello.handler", folder);
    CHECK(target_resolve(&target, handler, ".", &err));
    CHECK_TEXT(target.root, folder);
    CHECK_TEXT(target.handler, "my.app/hello.handler");
    CHECK(target_resolve(&target, handler, "/", &err));
    CHECK_TEXT(target.root, "/");
    CHECK_TEXT(target.handler, handler + 1);
    CHECK(!target_resolve(&target, "/usr/hello.handler", ".", &err));
    CHECK(strstr(err.text, "is not below --root") != NULL);
}

static void names_a_root_that_is_none(void)
{
    struct target target;
    struct err err = { "" };
    CHECK(!target_resolve(&target, "a.b", "nowhere", &err));
    CHECK_TEXT(err.text,
               "the task root nowhere cannot be used: No such file or directory");
    CHECK(!target_resolve(&target, "a.b", "/dev/null", &err));
    CHECK_TEXT(err.text, "the task root /dev/null is not a folder");
}

static void makes_names_fit_for_lambda(void)
{
    struct target target;
    struct err err = { "" };
    CHECK(target_resolve(&target, "caf\xc3\xa9 2.handler", NULL, &err));
    CHECK_TEXT(target.name, "caf___2");
    CHECK(target_resolve(&target, "=require('app').new()", NULL, &err));
    CHECK_TEXT(target.name, "function");
    CHECK(target_resolve(&target, ".handler", NULL, &err));
    CHECK_TEXT(target.name, "function");
    char longer[100];
    memset(longer, 'a', sizeof longer);
    longer[99] = '\0';
    CHECK(target_resolve(&target, longer, NULL, &err));
    CHECK(strlen(target.name) == TARGET_NAME_LIMIT);
}

static void refuses_what_no_path_can_hold(void)
{
    static char longer[PATH_MAX + 10];
    struct target target;
    struct err err = { "" };
    memset(longer, 'a', sizeof longer - 1);
    CHECK(!target_resolve(&target, longer, NULL, &err));
    CHECK(strstr(err.text, "too long") != NULL);
}

static void ends_the_file_part_at_the_first_dot(void)
{
    CHECK(target_file_len("my.app/orders.api.create") == strlen("my.app/orders"));
    CHECK(target_file_len("hello") == strlen("hello"));
}

int main(void)
{
    char inner[sizeof folder + 8];
    if (!mkdtemp(folder) || chdir(folder) != 0 || mkdir("my.app", 0700) != 0)
        return 1;
    RUN(takes_the_current_folder_as_root);
    RUN(takes_an_absolute_handlers_folder_as_root);
    RUN(lets_root_override);
    RUN(names_a_root_that_is_none);
    RUN(makes_names_fit_for_lambda);
    RUN(refuses_what_no_path_can_hold);
    RUN(ends_the_file_part_at_the_first_dot);
    (void)snprintf(inner, sizeof inner, "%s/my.app", folder);
    (void)rmdir(inner);
    (void)rmdir(folder);
    return check_done();
}
