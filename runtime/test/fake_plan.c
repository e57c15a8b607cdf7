/* SPDX-License-Identifier: MIT */
#include "fake_plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads a whole number and moves behind it and the blanks that follow. */
static bool take_number(const char **rest, long *number)
{
    char *end = NULL;
    errno = 0;
    *number = strtol(*rest, &end, 10);
    if (end == *rest || errno || *number < 0)
        return false;
    *rest = end + strspn(end, " ");
    return true;
}

static bool take_size(const char **rest, size_t *size)
{
    long number = 0;
    bool taken = take_number(rest, &number);
    *size = (size_t)number;
    return taken;
}

static bool add_line(struct fake_lines *lines, const char *line)
{
    if (lines->count == FAKE_HEADERS_LIMIT || !*line)
        return false;
    lines->line[lines->count++] = line;
    return true;
}

static bool set_chunks(struct fake_step *step, const char *rest)
{
    while (*rest) {
        size_t bytes = 0;
        if (step->chunk_count == FAKE_CHUNKS_LIMIT || !take_size(&rest, &bytes) || !bytes)
            return false;
        step->chunks[step->chunk_count++] = bytes;
    }
    return step->chunk_count > 0;
}

static bool set_case(struct fake_step *step, const char *rest)
{
    bool lower = strcmp(rest, "lower") == 0;
    step->name_case = lower ? FAKE_CASE_LOWER : FAKE_CASE_UPPER;
    return lower || strcmp(rest, "upper") == 0;
}

static bool set_body(struct fake_step *step, enum fake_body kind, const char *rest)
{
    step->body_kind = kind;
    step->body = rest;
    /* The quotes count. */
    return kind != FAKE_BODY_STRING ||
           (take_size(&rest, &step->string_bytes) && step->string_bytes >= 2);
}

static bool set_pause(struct fake_step *step, const char *rest)
{
    long ms = 0;
    bool understood = take_size(&rest, &step->pause_bytes) && take_number(&rest, &ms);
    step->pause_ms = (int)ms;
    return understood;
}

static bool set_cut(struct fake_step *step, const char *rest)
{
    step->is_cut = true;
    return take_size(&rest, &step->cut_bytes);
}

static bool set_slow(struct fake_step *step, const char *rest)
{
    long ms = 0;
    bool understood = take_size(&rest, &step->slow_bytes) && take_number(&rest, &ms);
    step->slow_ms = (int)ms;
    return understood && step->slow_bytes;
}

/* One line about how an upload is read. */
static bool read_manner(struct fake_step *step, const char *word, const char *rest)
{
    if (strcmp(word, "slow") == 0)
        return set_slow(step, rest);
    if (strcmp(word, "stall") == 0)
        return take_size(&rest, &step->stall_bytes);
    if (strcmp(word, "breakoff") == 0)
        return take_size(&rest, &step->breakoff_bytes);
    return strcmp(word, "refuse") == 0 && take_size(&rest, &step->refuse_bytes);
}

/* One line about an answer. */
static bool read_detail(struct fake_step *step, const char *word, const char *rest)
{
    if (strcmp(word, "header") == 0)
        return strchr(rest, ':') && add_line(&step->headers, rest);
    if (strcmp(word, "without") == 0)
        return add_line(&step->without, rest);
    if (strcmp(word, "early") == 0)
        return add_line(&step->early, rest);
    if (strcmp(word, "case") == 0)
        return set_case(step, rest);
    if (strcmp(word, "text") == 0)
        return set_body(step, FAKE_BODY_TEXT, rest);
    if (strcmp(word, "file") == 0)
        return set_body(step, FAKE_BODY_FILE, rest);
    if (strcmp(word, "string") == 0)
        return set_body(step, FAKE_BODY_STRING, rest);
    if (strcmp(word, "chunks") == 0)
        return set_chunks(step, rest);
    if (strcmp(word, "pause") == 0)
        return set_pause(step, rest);
    if (strcmp(word, "cut") == 0)
        return set_cut(step, rest);
    if (strcmp(word, "deadline") == 0)
        return take_number(&rest, &step->deadline_ms) && step->deadline_ms > 0;
    if (strcmp(word, "repeat") == 0)
        return take_number(&rest, &step->repeat) && step->repeat > 0;
    if (strcmp(word, "answer") == 0) {
        long status = 0;
        bool understood = take_number(&rest, &status) && status >= 100 && status <= 999;
        step->post_status = (int)status;
        return understood;
    }
    bool closes = strcmp(word, "close") == 0, kills = strcmp(word, "kill") == 0;
    step->closes = step->closes || closes;
    step->kills = step->kills || kills;
    return closes || kills || read_manner(step, word, rest);
}

static struct fake_step *add_step(struct fake_queue *queue)
{
    struct fake_step *steps = realloc(queue->steps, (queue->count + 1) * sizeof *steps);
    if (!steps)
        return NULL;
    queue->steps = steps;
    steps[queue->count] = (struct fake_step){ .status = 200, .repeat = 1 };
    return &steps[queue->count++];
}

static bool set_status(struct fake_step *step, const char *rest)
{
    long status = 0;
    if (strcmp(rest, "drop") == 0)
        step->kind = FAKE_DROP;
    else if (strcmp(rest, "reset") == 0)
        step->kind = FAKE_RESET;
    else if (strcmp(rest, "term") == 0)
        step->kind = FAKE_TERM;
    else if (!take_number(&rest, &status) || status < 100 || status > 999)
        return false;
    else
        step->status = (int)status;
    return true;
}

/* One line about the fake or its program. */
static bool read_setting(struct fake_plan *plan, const char *word, const char *rest)
{
    if (strcmp(word, "limit") == 0)
        return take_number(&rest, &plan->limit_ms);
    if (strcmp(word, "hangups") == 0)
        return take_number(&rest, &plan->hangups);
    if (strcmp(word, "crew") == 0)
        return take_number(&rest, &plan->crew);
    if (strcmp(word, "register") == 0)
        return take_number(&rest, &plan->register_status);
    if (strcmp(word, "restore") == 0)
        return take_number(&rest, &plan->restore_status);
    if (strcmp(word, "late") == 0) {
        bool understood = take_number(&rest, &plan->late_ms);
        plan->late_file = *rest ? rest : NULL;
        return understood;
    }
    if (strcmp(word, "env") == 0 || strcmp(word, "unset") == 0) {
        if (plan->env_count == FAKE_ENV_LIMIT)
            return false;
        plan->env[plan->env_count++] = rest;
        return (word[0] == 'e') == (strchr(rest, '=') != NULL);
    }
    if (strcmp(word, "never") == 0)
        plan->never = true;
    else if (strcmp(word, "quiet") == 0)
        plan->quiet = true;
    else if (strcmp(word, "listen") == 0)
        plan->address = rest;
    else if (strcmp(word, "host") == 0)
        plan->host = rest;
    else if (strcmp(word, "cd") == 0)
        plan->folder = rest;
    else
        return false;
    return true;
}

/* Cuts the line at its first blank, then reads it. `step` is the answer that details belong to. */
static bool read_line(struct fake_plan *plan, struct fake_step **step, char *line)
{
    line += strspn(line, " ");
    if (!*line || *line == '#')
        return true;
    char *rest = line + strcspn(line, " ");
    if (*rest)
        *rest++ = '\0';
    bool is_event = strcmp(line, "event") == 0;
    if (is_event || strcmp(line, "next") == 0 || strcmp(line, "post") == 0) {
        *step = add_step(line[0] == 'p' ? &plan->posts : &plan->nexts);
        if (!*step)
            return false;
        (*step)->is_event = is_event;
        return is_event || set_status(*step, rest);
    }
    return (*step && read_detail(*step, line, rest)) || read_setting(plan, line, rest);
}

static bool read_file(const char *path, struct buf *text, struct err *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return err_set(err, "cannot read the plan %s: %s", path, strerror(errno));
    char bytes[4096];
    size_t len = 0;
    bool fits = true;
    while (fits && (len = fread(bytes, 1, sizeof bytes, file)) > 0)
        fits = buf_append(text, bytes, len);
    bool failed = ferror(file) != 0;
    (void)fclose(file);
    if (failed)
        return err_set(err, "cannot read the plan %s", path);
    return fits || err_set(err, "the plan %s has more than %d bytes", path,
                           FAKE_PLAN_LIMIT_BYTES);
}

bool fake_plan_read(struct fake_plan *plan, const char *path, struct err *err)
{
    *plan = (struct fake_plan){ .text = { .limit = FAKE_PLAN_LIMIT_BYTES },
                                .limit_ms = 60000,
                                .register_status = 200,
                                .restore_status = 404,
                                .address = "127.0.0.1" };
    if (!read_file(path, &plan->text, err))
        return false;
    struct fake_step *step = NULL;
    int number = 0;
    for (char *line = plan->text.data; line && *line;) {
        char *end = line + strcspn(line, "\n");
        char *following = *end ? end + 1 : end;
        *end = '\0';
        number++;
        if (!read_line(plan, &step, line))
            return err_set(err, "%s:%d: \"%s\" means nothing here (see fake_plan.h)",
                           path, number, line);
        line = following;
    }
    return true;
}

const struct fake_step *fake_plan_take(struct fake_queue *queue)
{
    if (queue->used == queue->count)
        return NULL;
    struct fake_step *step = &queue->steps[queue->used];
    if (--step->repeat == 0)
        queue->used++;
    return step;
}

void fake_plan_free(struct fake_plan *plan)
{
    free(plan->nexts.steps);
    free(plan->posts.steps);
    buf_free(&plan->text);
}
