/* SPDX-License-Identifier: MIT
 * The one door into Lua: what each outcome leaves in the reply, and what happens when memory fails at any point. */
#include "check.h"
#include "host.h"

#include <lauxlib.h>
#include <lua.h>

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* The linker puts this in the place of Lua's (--wrap), so that allocations can be made to fail. */
lua_State *__wrap_lua_newstate(lua_Alloc f, void *ud); /* NOLINT: the linker's names */
lua_State *__real_lua_newstate(lua_Alloc f, void *ud); /* NOLINT */

/* Allocations, counted; those from first_failing on, span of them, fail. */
static struct {
    long count, first_failing, span;
    bool no_state;
    lua_Alloc allocate; /* the guard's */
    void *ud;
    bool was_spent; /* the last state, when it was closed */
} memory;

/* Fails by asking the guard for what it must refuse, so that it knows. */
static void *allocate(void *unused, void *old, size_t old_size, size_t size)
{
    (void)unused;
    bool grows = size > 0 && (!old || size > old_size);
    if (grows && ++memory.count >= memory.first_failing &&
        memory.count - memory.first_failing < memory.span)
        size = SIZE_MAX;
    return memory.allocate(memory.ud, old, old_size, size);
}

lua_State *__wrap_lua_newstate(lua_Alloc f, void *ud) /* NOLINT */
{
    memory.allocate = f;
    memory.ud = ud;
    return memory.no_state ? NULL : __real_lua_newstate(allocate, NULL);
}

/* fopencookie fails from this call on; 0 for never. */
static long failing_cookie;

FILE *__wrap_fopencookie(void *cookie, const char *mode, /* NOLINT: the linker's names */
                         cookie_io_functions_t functions);
FILE *__real_fopencookie(void *cookie, const char *mode, /* NOLINT */
                         cookie_io_functions_t functions);

FILE *__wrap_fopencookie(void *cookie, const char *mode, /* NOLINT */
                         cookie_io_functions_t functions)
{
    if (failing_cookie > 0 && --failing_cookie == 0)
        return NULL;
    return __real_fopencookie(cookie, mode, functions);
}

static char root[] = "/tmp/host_test.XXXXXX";

static void write_handler(const char *source)
{
    char path[sizeof root + 16];
    (void)snprintf(path, sizeof path, "%s/app.lua", root);
    FILE *file = fopen(path, "w");
    if (!file || fputs(source, file) < 0 || fclose(file))
        abort();
}

/* Keeps the beginning of what is streamed; the piece "refused" is. */
static struct {
    char bytes[256];
    size_t len;
} streamed;

static enum sink_result keep(void *arg, const char *bytes, size_t len, struct err *err)
{
    (void)arg;
    if (len == 7 && memcmp(bytes, "refused", 7) == 0) {
        err_set(err, "nobody is there");
        return SINK_LOST;
    }
    for (size_t i = 0; i < len && streamed.len + 1 < sizeof streamed.bytes; i++)
        streamed.bytes[streamed.len++] = bytes[i];
    streamed.bytes[streamed.len] = '\0';
    return SINK_TAKEN;
}

/* Opens, loads app.handler and handles one event; the last outcome, its document or answer in reply. */
static enum host_status run(const char *event, struct reply *reply)
{
    struct settings settings = { .handler = "app.handler", .task_root = root };
    struct invocation in = { .body.limit = EVENT_LIMIT_BYTES, .headers.limit = 1000 };
    enum host_status status = HOST_EXHAUSTED;
    *reply = (struct reply){ .body.limit = ANSWER_ROOM_BYTES };
    CHECK(buf_puts(&in.body, event));
    CHECK(buf_append(&in.headers, "lambda-runtime-aws-request-id\0req-1\0", 36));
    struct host *host = host_open(&settings, NULL, reply);
    if (host)
        status = host_load(host, reply);
    if (host && status == HOST_OK)
        status = host_invoke(host, &in, reply);
    const struct sink sink = { keep, NULL };
    streamed.len = 0;
    if (host && status == HOST_STREAMS)
        status = host_stream(host, &sink, reply);
    memory.was_spent = host && host_is_spent(host);
    if (host)
        host_rest(host);
    host_close(host);
    buf_free(&in.body);
    buf_free(&in.headers);
    return status;
}

static void memory_never_fails(void)
{
    memory.count = 0;
    memory.first_failing = 1;
    memory.span = 0;
    memory.no_state = false;
}

static void says_that_there_is_no_memory_for_a_state(void)
{
    struct reply reply;
    memory_never_fails();
    memory.no_state = true;
    CHECK(run("[1]", &reply) == HOST_EXHAUSTED);
    CHECK_TEXT(reply.error_type, "Runtime.OutOfMemory");
    buf_free(&reply.body);
}

static void only_memory_makes_a_state_spent(void)
{
    struct reply reply;
    memory_never_fails();
    write_handler("return { handler = function() error('not enough memory', 0) end }");
    CHECK(run("{}", &reply) == HOST_FAILED);
    CHECK_TEXT(reply.error_type, "Function.LuaError");
    CHECK(!memory.was_spent);
    buf_free(&reply.body);
}

static void answers_an_event(void)
{
    struct reply reply;
    memory_never_fails();
    write_handler("return { handler = function(event, context) "
                  "return { event = event, id = context.aws_request_id } end }");
    CHECK(run("[1]", &reply) == HOST_OK);
    CHECK(strstr(buf_text(&reply.body), "\"event\":[1]") != NULL);
    CHECK(strstr(buf_text(&reply.body), "\"id\":\"req-1\"") != NULL);
    CHECK_TEXT(reply.content_type, "");
    buf_free(&reply.body);
}

static void describes_what_was_raised(void)
{
    struct reply reply;
    memory_never_fails();
    write_handler("return { handler = function() error('boom', 0) end }");
    CHECK(run("{}", &reply) == HOST_FAILED);
    CHECK_TEXT(reply.error_type, "Function.LuaError");
    CHECK(strstr(buf_text(&reply.body),
                 "{\"errorMessage\":\"boom\","
                 "\"errorType\":\"Function.LuaError\","
                 "\"stackTrace\":[\"[C]: in function 'error'\",") != NULL);
    buf_free(&reply.body);
}

static void describes_a_stack_overflow(void)
{
    struct reply reply;
    memory_never_fails();
    write_handler("local function f() return 1 + f() end return { handler = f }");
    CHECK(run("{}", &reply) == HOST_FAILED);
    CHECK_TEXT(reply.error_type, "Function.LuaError");
    CHECK(strstr(buf_text(&reply.body), "stack overflow") != NULL);
    CHECK(strstr(buf_text(&reply.body), "app.lua:1: in") != NULL);
    buf_free(&reply.body);
}

static void a_content_type_cannot_smuggle_a_header(void)
{
    struct reply reply;
    memory_never_fails();
    write_handler("return { handler = function() "
                  "return require('lambda').raw('x', 'text/plain\\r\\nX-Evil: 1') end }");
    CHECK(run("{}", &reply) == HOST_FAILED);
    CHECK_TEXT(reply.error_type, "Runtime.MarshalError");
    CHECK(strstr(buf_text(&reply.body), "control character") != NULL);
    buf_free(&reply.body);
}

static const char greedy[] = "return { handler = function(event, context) "
                             "local t = { n = context:remaining_ms(), e = event } "
                             "for i = 1, 20 do t[#t + 1] = ('x'):rep(i) .. i end "
                             "if event.fail then error({ type = 'Asked', data = t }) end "
                             "return t end }";

/* Under ThreadSanitizer all of them take minutes: some of the allocations have to do. */
#ifdef __SANITIZE_THREAD__
enum { TORTURE_STEP = 7 };
#else
enum { TORTURE_STEP = 1 };
#endif

/* Fails memory at each allocation in turn until the whole run needs no more of them. */
static void torture(const char *handler, long span, const char *event)
{
    write_handler(handler);
    long n = 1, spent = 0;
    for (bool reached = true; reached && n < 100000; n += TORTURE_STEP) {
        struct reply reply;
        memory.count = 0;
        memory.first_failing = n;
        memory.span = span;
        enum host_status status = run(event, &reply);
        reached = memory.count >= n;
        spent += memory.was_spent;
        CHECK(status != HOST_EXHAUSTED ||
              strstr(reply.error_type, "Runtime.OutOfMemory"));
        CHECK(status == HOST_OK || reply.body.len > 0);
        buf_free(&reply.body);
    }
    CHECK(n > 100 && n < 100000);
    CHECK(spent > 100 / TORTURE_STEP);
}

static void survives_any_allocation_failing(void)
{
    torture(
        greedy, 2,
        "{\"fail\":false}"); /* the allocation, and its repetition after a collection */
}

static const char streaming_handler[] =
    "local lambda = require('lambda') return { handler = function(event) "
    "return lambda.stream{ status = 200, content_type = 'text/plain', body = "
    "function(out) assert(out:write('first')) if event.fail then error('boom', 0) end "
    "local taken, why = out:write('refused') "
    "assert(not taken and why == 'nobody is there') "
    "assert(select(2, out:write('later')) == why) end } end }";

static void streams_what_the_body_writes_until_nobody_takes_it(void)
{
    struct reply reply;
    memory_never_fails();
    write_handler(streaming_handler);
    CHECK(run("{}", &reply) == HOST_OK);
    static const char expected[] = "{\"headers\":{\"content-type\":\"text/plain\"},"
                                   "\"statusCode\":200}\0\0\0\0\0\0\0\0first";
    CHECK_TEXT(streamed.bytes, expected);
    CHECK(streamed.len == sizeof expected - 1);
    CHECK(memcmp(streamed.bytes, expected, sizeof expected) == 0);
    buf_free(&reply.body);
}

static void describes_what_a_body_raised(void)
{
    struct reply reply;
    memory_never_fails();
    write_handler(streaming_handler);
    CHECK(run("{\"fail\":1}", &reply) == HOST_FAILED);
    CHECK_TEXT(reply.error_type, "Function.LuaError");
    CHECK(strstr(buf_text(&reply.body), "\"errorMessage\":\"boom\"") != NULL);
    buf_free(&reply.body);
}

static void survives_any_allocation_failing_while_streaming(void)
{
    torture(streaming_handler, 2, "{\"fail\":true}");
    torture(streaming_handler, LONG_MAX, "{}");
}

static void survives_any_allocation_failing_while_an_error_is_described(void)
{
    torture(greedy, 2, "{\"fail\":true}");
}

static void survives_memory_ending_for_good(void)
{
    torture(greedy, LONG_MAX, "{\"fail\":true}");
}

static const char stdio_handler[] =
    "return { convention = 'stdio', handler = function() for i = 1, 20 do print(i, 'x') "
    "end local all = io.read('a') io.write(all, '!') "
    "if all == 'fail' then error({ type = 'Asked' }) end os.exit(true) end }";

static void answers_what_was_written(void)
{
    struct reply reply;
    memory_never_fails();
    write_handler(stdio_handler);
    CHECK(run("bytes", &reply) == HOST_OK);
    CHECK(strncmp(buf_text(&reply.body), "1\tx\n2\tx\n", 8) == 0);
    CHECK(strstr(buf_text(&reply.body), "20\tx\nbytes!") != NULL);
    buf_free(&reply.body);
    CHECK(run("fail", &reply) == HOST_FAILED);
    CHECK_TEXT(reply.error_type, "Function.Asked");
    CHECK(strstr(buf_text(&reply.body), "bytes!") == NULL);
    buf_free(&reply.body);
}

static void needs_memory_for_both_files(void)
{
    memory_never_fails();
    write_handler(stdio_handler);
    for (int first = 1; first <= 2; first++) {
        struct reply reply;
        failing_cookie = first;
        CHECK(run("bytes", &reply) == HOST_EXHAUSTED);
        CHECK_TEXT(reply.error_type, "Runtime.OutOfMemory");
        CHECK(failing_cookie == 0);
        buf_free(&reply.body);
    }
}

static void survives_any_allocation_failing_while_a_script_writes(void)
{
    torture(stdio_handler, 2, "bytes");
    torture(stdio_handler, LONG_MAX, "fail");
}

int main(void)
{
    if (!mkdtemp(root))
        abort();
    RUN(answers_an_event);
    RUN(describes_what_was_raised);
    RUN(describes_a_stack_overflow);
    RUN(a_content_type_cannot_smuggle_a_header);
    RUN(says_that_there_is_no_memory_for_a_state);
    RUN(only_memory_makes_a_state_spent);
    RUN(streams_what_the_body_writes_until_nobody_takes_it);
    RUN(describes_what_a_body_raised);
    RUN(answers_what_was_written);
    RUN(needs_memory_for_both_files);
    RUN(survives_any_allocation_failing);
    RUN(survives_any_allocation_failing_while_a_script_writes);
    RUN(survives_any_allocation_failing_while_streaming);
    RUN(survives_any_allocation_failing_while_an_error_is_described);
    RUN(survives_memory_ending_for_good);
    write_handler("");
    char path[sizeof root + 16];
    (void)snprintf(path, sizeof path, "%s/app.lua", root);
    (void)unlink(path);
    (void)rmdir(root);
    return check_done();
}
