/* SPDX-License-Identifier: MIT
 * What stands on stderr, byte for byte, but for the time. */
#include "check.h"
#include "log.h"

#include <stdlib.h>
#include <unistd.h>

enum { CAPTURE_BYTES = 8192 };

static int pipe_ends[2];
static int real_stderr;

static void capture_stderr(void)
{
    real_stderr = dup(STDERR_FILENO);
    if (real_stderr < 0 || pipe(pipe_ends) || dup2(pipe_ends[1], STDERR_FILENO) < 0)
        abort();
}

/* What was written since, as text. Without a record the read would wait: the test adds a final mark. */
static const char *captured(void)
{
    static char text[CAPTURE_BYTES];
    if (write(STDERR_FILENO, "$", 1) != 1)
        abort();
    ssize_t len = read(pipe_ends[0], text, sizeof text - 1);
    (void)dup2(real_stderr, STDERR_FILENO);
    (void)close(real_stderr);
    (void)close(pipe_ends[0]);
    (void)close(pipe_ends[1]);
    text[len > 0 ? len - 1 : 0] = '\0';
    return text;
}

/* The text after a timestamp of the form 2026-01-02T03:04:05.678Z, "" when there is none. */
static const char *after_timestamp(const char *text)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ";
    for (size_t i = 0; form[i]; i++)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return "";
    return text + sizeof form - 1;
}

static void a_text_record_has_four_fields(void)
{
    log_configure(LOG_TEXT, LOG_INFO);
    capture_stderr();
    log_message(LOG_WARN, "req-1", "refused: %d", 413);
    CHECK_TEXT(after_timestamp(captured()), "\treq-1\tWARN\trefused: 413\n");
}

static void inner_newlines_stay_in_the_record(void)
{
    log_configure(LOG_TEXT, LOG_INFO);
    capture_stderr();
    log_message(LOG_ERROR, "", "one\ntwo");
    CHECK_TEXT(after_timestamp(captured()), "\t\tERROR\tone\rtwo\n");
}

static void a_json_record_is_an_object_with_the_platforms_keys(void)
{
    log_configure(LOG_JSON, LOG_INFO);
    capture_stderr();
    log_message(LOG_WARN, "req-1", "say \"%s\"\n", "caf\xC3\xA9");
    const char *text = captured();
    CHECK(strncmp(text, "{\"timestamp\":\"", 14) == 0);
    CHECK_TEXT(after_timestamp(text + 14),
               "\",\"level\":\"WARN\",\"requestId\":\"req-1\","
               "\"message\":\"say \\\"caf\xC3\xA9\\\"\\u000a\"}\n");
}

static void json_has_no_request_id_outside_an_invocation(void)
{
    log_configure(LOG_JSON, LOG_INFO);
    capture_stderr();
    log_message(LOG_FATAL, "", "gone");
    CHECK_TEXT(after_timestamp(captured() + 14),
               "\",\"level\":\"FATAL\",\"message\":\"gone\"}\n");
}

static void the_level_filters_json_and_not_text(void)
{
    log_configure(LOG_JSON, LOG_ERROR);
    capture_stderr();
    log_message(LOG_WARN, "", "dropped");
    CHECK_TEXT(captured(), "");
    log_configure(LOG_TEXT, LOG_ERROR);
    capture_stderr();
    log_message(LOG_DEBUG, "", "kept");
    CHECK_TEXT(after_timestamp(captured()), "\t\tDEBUG\tkept\n");
}

static void an_error_document_is_one_record(void)
{
    struct buf document = { .limit = 100 };
    CHECK(buf_puts(&document, "{\"errorMessage\":\"a\\nb\"}"));
    log_configure(LOG_TEXT, LOG_INFO);
    capture_stderr();
    log_document("req-1", "Invoke Error", &document);
    CHECK_TEXT(after_timestamp(captured()),
               "\treq-1\tERROR\tInvoke Error\t{\"errorMessage\":\"a\\nb\"}\n");
    log_configure(LOG_JSON, LOG_INFO);
    capture_stderr();
    log_document("req-1", "Invoke Error", &document);
    CHECK_TEXT(
        after_timestamp(captured() + 14),
        "\",\"level\":\"ERROR\",\"requestId\":\"req-1\",\"message\":\"Invoke Error\","
        "\"errorMessage\":\"a\\nb\"}\n");
    buf_free(&document);
}

static void a_document_that_was_never_written_is_still_a_record(void)
{
    struct buf none = { .limit = 100 };
    log_configure(LOG_JSON, LOG_INFO);
    capture_stderr();
    log_document("", "Init Error", &none);
    CHECK_TEXT(after_timestamp(captured() + 14),
               "\",\"level\":\"ERROR\",\"message\":\"Init Error\"}\n");
}

int main(void)
{
    RUN(a_text_record_has_four_fields);
    RUN(inner_newlines_stay_in_the_record);
    RUN(a_json_record_is_an_object_with_the_platforms_keys);
    RUN(json_has_no_request_id_outside_an_invocation);
    RUN(the_level_filters_json_and_not_text);
    RUN(an_error_document_is_one_record);
    RUN(a_document_that_was_never_written_is_still_a_record);
    return check_done();
}
