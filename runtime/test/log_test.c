/* SPDX-License-Identifier: MIT
 * What stands on stderr, byte for byte, but for the time. */
#include "check.h"
#include "headers.h"
#include "invocation.h"
#include "log.h"
#include "log_record.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

enum { CAPTURE_BYTES = 8192, LINE_LIMIT_BYTES = 1024 * 1024 };

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

static void an_error_document_tells_the_tenant(void)
{
    struct buf document = { .limit = 100 };
    CHECK(buf_puts(&document, "{\"errorType\":\"T\"}"));
    log_configure(LOG_JSON, LOG_INFO);
    capture_stderr();
    static const char tenant[] = "Lambda-Runtime-Aws-Tenant-Id: blue \"team\"\r\n";
    struct invocation in = { .request_id = "req-1", .headers = { .limit = 100 } };
    CHECK(headers_add_line(&in.headers, tenant, sizeof tenant - 1));
    log_failure(&in, &document);
    buf_free(&in.headers);
    CHECK_TEXT(
        after_timestamp(captured() + 14),
        "\",\"level\":\"ERROR\",\"requestId\":\"req-1\",\"message\":\"Invoke Error\","
        "\"tenantId\":\"blue \\\"team\\\"\",\"errorType\":\"T\"}\n");
    buf_free(&document);
}

/* One record as a line without its newline, to be freed by the caller. */
static struct buf line_of(enum log_format format, const char *text, size_t len,
                          const char *members, size_t members_len)
{
    struct buf line = { .limit = LINE_LIMIT_BYTES };
    const struct log_record record = { .level = LOG_INFO,
                                       .request_id = "req-1",
                                       .tenant_id = "blue",
                                       .text = text,
                                       .text_len = len,
                                       .members = members,
                                       .members_len = members_len };
    CHECK(log_record_put(&line, format, &record));
    CHECK(line.len > 0 && line.data[line.len - 1] == '\n');
    CHECK(line.len <= LOG_RECORD_LIMIT_BYTES);
    line.data[--line.len] = '\0';
    return line;
}

static bool ends_with(const struct buf *line, const char *end)
{
    size_t len = strlen(end);
    return line->len >= len && strcmp(line->data + line->len - len, end) == 0;
}

/* Of any length and any byte, in either format, with members or without: one line within the limit. */
static void a_record_is_one_line_within_the_limit_and_uses_it(void)
{
    static char text[LOG_RECORD_LIMIT_BYTES + 100];
    static const char bytes[] = { 'x', '"', '\n', '\x01', '\x7F', '\xFF', '\xC3' };
    static const char members[] = "{\"a\":1}";
    for (size_t b = 0; b < sizeof bytes; b++) {
        memset(text, bytes[b], sizeof text);
        for (size_t with = 0; with < 2; with++) {
            size_t members_len = with ? sizeof members - 1 : 0;
            struct buf json = line_of(LOG_JSON, text, sizeof text, members, members_len);
            struct buf plain = line_of(LOG_TEXT, text, sizeof text, members, members_len);
            CHECK(json.len > LOG_EVENT_LIMIT_BYTES - 16);
            CHECK(plain.len > LOG_EVENT_LIMIT_BYTES - 16);
            CHECK(strlen(json.data) == json.len && !strchr(json.data, '\n'));
            CHECK(!strchr(plain.data, '\n'));
            CHECK(ends_with(&json, with ? "...(cut)\",\"tenantId\":\"blue\",\"a\":1}"
                                        : "...(cut)\",\"tenantId\":\"blue\"}"));
            CHECK(ends_with(&plain, with ? "...(cut)\t{\"a\":1}" : "...(cut)"));
            buf_free(&json);
            buf_free(&plain);
        }
    }
}

static void a_message_that_just_fits_is_not_cut(void)
{
    static char text[LOG_RECORD_LIMIT_BYTES];
    memset(text, 'x', sizeof text);
    struct buf empty = line_of(LOG_JSON, "", 0, "", 0);
    size_t room = LOG_EVENT_LIMIT_BYTES - empty.len;
    struct buf full = line_of(LOG_JSON, text, room, "", 0);
    struct buf over = line_of(LOG_JSON, text, room + 1, "", 0);
    CHECK(full.len == LOG_EVENT_LIMIT_BYTES && !strstr(full.data, "cut"));
    CHECK(over.len == LOG_EVENT_LIMIT_BYTES && strstr(over.data, "x...(cut)\"") != NULL);
    buf_free(&empty);
    buf_free(&full);
    buf_free(&over);
}

static void members_that_do_not_fit_are_named(void)
{
    static char members[LOG_MEMBERS_LIMIT_BYTES + 1];
    memset(members, ' ', sizeof members);
    members[0] = '{';
    members[sizeof members - 1] = '}';
    struct buf line = line_of(LOG_JSON, "m", 1, members, sizeof members);
    CHECK(ends_with(&line,
                    ",\"fields\":\"(left out: 258023 bytes are more than 258022)\"}"));
    buf_free(&line);
    line = line_of(LOG_TEXT, "m", 1, members, sizeof members);
    CHECK(ends_with(
        &line, "\tm\t{\"fields\":\"(left out: 258023 bytes are more than 258022)\"}"));
    buf_free(&line);
    line = line_of(LOG_JSON, "m", 1, members, sizeof members - 1);
    CHECK(line.len > LOG_MEMBERS_LIMIT_BYTES);
    buf_free(&line);
}

static void ids_are_bounded_and_on_one_line(void)
{
    static char id[100000];
    memset(id, '\n', sizeof id - 1);
    const struct log_record record = {
        .level = LOG_INFO, .request_id = id, .tenant_id = id, .text = "m", .text_len = 1
    };
    struct buf line = { .limit = LINE_LIMIT_BYTES };
    CHECK(log_record_put(&line, LOG_JSON, &record));
    CHECK(line.len < 3000 && ends_with(&line, "...(cut)\"}\n"));
    buf_clear(&line);
    CHECK(log_record_put(&line, LOG_TEXT, &record));
    CHECK(line.len < 2000 && strchr(line.data, '\n') == line.data + line.len - 1);
    buf_free(&line);
}

static void line_ends_of_any_kind_become_one_mark(void)
{
    struct buf line = line_of(LOG_TEXT, "a\r\nb\nc\rd\0e", 10, "", 0);
    CHECK(line.len > 10 && memcmp(line.data + line.len - 9, "a\rb\rc\rd\0e", 9) == 0);
    buf_free(&line);
}

/* Reads the pipe slowly and checks that whatever a record starts with, it ends with. */
static void *drain(void *arg)
{
    long *whole_count = arg;
    char bytes[777];
    size_t in_record = 0;
    char of = 0;
    for (ssize_t len; (len = read(pipe_ends[0], bytes, sizeof bytes)) > 0;)
        for (ssize_t i = 0; i < len; i++) {
            if (!in_record++)
                of = bytes[i];
            if (bytes[i] == '\n') {
                *whole_count += in_record == 10001;
                in_record = 0;
            } else if (bytes[i] != of)
                *whole_count -= 1000000;
        }
    return NULL;
}

static void *write_records(void *arg)
{
    char record[10001];
    memset(record, *(char *)arg, sizeof record);
    record[sizeof record - 1] = '\n';
    for (int i = 0; i < 200; i++)
        log_write(pipe_ends[1], record, sizeof record);
    return NULL;
}

/* Non-blocking, so that writes come back short and refused. */
static void long_records_of_several_threads_do_not_mix_even_in_a_pipe_that_is_full(void)
{
    long whole_count = 0;
    char letters[] = "abcd";
    pthread_t reader, writers[4];
    if (pipe(pipe_ends) || fcntl(pipe_ends[1], F_SETFL, O_NONBLOCK))
        abort();
    if (pthread_create(&reader, NULL, drain, &whole_count))
        abort();
    for (int i = 0; i < 4; i++)
        if (pthread_create(&writers[i], NULL, write_records, &letters[i]))
            abort();
    for (int i = 0; i < 4; i++)
        (void)pthread_join(writers[i], NULL);
    (void)close(pipe_ends[1]);
    (void)pthread_join(reader, NULL);
    (void)close(pipe_ends[0]);
    CHECK(whole_count == 800);
}

static void be_interrupted(int signal)
{
    (void)signal;
}

/* A write that blocks is interrupted every millisecond, without SA_RESTART. */
static void a_write_outlives_signals(void)
{
    long whole_count = 0;
    char letter = 'z';
    pthread_t reader;
    struct sigaction action = { .sa_handler = be_interrupted }, before;
    struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { { 0, 0 }, { 0, 0 } };
    sigset_t alarms;
    (void)sigemptyset(&alarms);
    (void)sigaddset(&alarms, SIGALRM);
    if (pipe(pipe_ends) || sigaction(SIGALRM, &action, &before) ||
        pthread_sigmask(SIG_BLOCK, &alarms, NULL) || /* for the reader: it inherits */
        pthread_create(&reader, NULL, drain, &whole_count) ||
        pthread_sigmask(SIG_UNBLOCK, &alarms, NULL) ||
        setitimer(ITIMER_REAL, &often, NULL))
        abort();
    for (int i = 0; i < 20; i++)
        (void)write_records(&letter);
    (void)setitimer(ITIMER_REAL, &never, NULL);
    (void)sigaction(SIGALRM, &before, NULL);
    (void)close(pipe_ends[1]);
    (void)pthread_join(reader, NULL);
    (void)close(pipe_ends[0]);
    CHECK(whole_count == 4000);
}

static void a_closed_descriptor_is_survived(void)
{
    int fd = dup(STDERR_FILENO);
    (void)close(fd);
    log_write(fd, "lost\n", 5);
    CHECK(fcntl(fd, F_GETFD) == -1);
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
    RUN(an_error_document_tells_the_tenant);
    RUN(a_record_is_one_line_within_the_limit_and_uses_it);
    RUN(a_message_that_just_fits_is_not_cut);
    RUN(members_that_do_not_fit_are_named);
    RUN(ids_are_bounded_and_on_one_line);
    RUN(line_ends_of_any_kind_become_one_mark);
    RUN(long_records_of_several_threads_do_not_mix_even_in_a_pipe_that_is_full);
    RUN(a_write_outlives_signals);
    RUN(a_closed_descriptor_is_survived);
    return check_done();
}
