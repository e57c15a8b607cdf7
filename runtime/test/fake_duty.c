/* SPDX-License-Identifier: MIT */
#include "fake_duty.h"

#include "fake_answer.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static bool is_for(const struct fake_request *request, const char *method,
                   const char *path)
{
    size_t method_len = strlen(method), len = strlen(path);
    return fake_request_is(request, method) &&
           request->head_bytes > method_len + 1 + len &&
           memcmp(request->bytes + method_len + 1, path, len) == 0 &&
           request->bytes[method_len + 1 + len] == ' ';
}

long fake_duty_event_of(const struct fake_request *request)
{
    long number = 0;
    static const char form[] = "POST /2018-06-01/runtime/invocation/req-%ld/";
    return sscanf(request->bytes, form, &number) == 1 && number > 0 &&
                   number < FAKE_EVENTS_LIMIT
               ? number
               : 0;
}

/* The next answer of the plan for a request for an event. */
static bool give_next(struct fake_server *server, struct fake_connection *to)
{
    const struct fake_step *step = fake_plan_take(&server->plan->nexts);
    to->wait = FAKE_NO_WAIT;
    if (!step) {
        server->is_used_up = true;
        return fake_answer_plainly(to->fd, 410,
                                   "{\"errorMessage\":\"the plan is used up\","
                                   "\"errorType\":\"PlanUsedUp\"}");
    }
    if (step->kind == FAKE_TERM) {
        to->wait = FAKE_WAITS_FOR_EVER;
        server->is_terminated = true;
        return server->child->pid > 0 && !kill(server->child->pid, SIGTERM);
    }
    if (step->is_event && ++server->event_count < FAKE_EVENTS_LIMIT)
        server->post_status[server->event_count] = step->post_status;
    return fake_answer(to->fd, step, server->event_count);
}

static bool may_have_next(struct fake_server *server)
{
    const struct fake_plan *plan = server->plan;
    if (server->is_terminated || server->is_initialising)
        return false;
    long waiting = 0;
    for (size_t i = 0; i < server->open_count; i++)
        waiting += server->connections[i].wait == FAKE_WAITS_FOR_EVENT;
    server->is_gathered = server->is_gathered || waiting >= plan->crew;
    bool is_left = plan->nexts.used < plan->nexts.count;
    return server->is_gathered &&
           (is_left || !plan->crew || server->answered_count >= server->event_count);
}

bool fake_duty_resume(struct fake_server *server, struct fake_connection *waiting)
{
    if (waiting->wait != FAKE_WAITS_FOR_EVENT || !may_have_next(server))
        return true;
    return give_next(server, waiting);
}

static bool answer_get(struct fake_server *server, struct fake_connection *from,
                       const struct fake_request *request)
{
    if (is_for(request, "GET", "/2020-01-01/extension/event/next")) {
        from->wait = FAKE_WAITS_FOR_EVER;
        server->is_initialising = false;
        return true;
    }
    if (is_for(request, "GET", "/2018-06-01/runtime/restore/next"))
        return fake_answer_plainly(from->fd, (int)server->plan->restore_status, "");
    from->wait = FAKE_WAITS_FOR_EVENT;
    return fake_duty_resume(server, from);
}

/* From here to the extension's own call for an event the platform initialises: no event before. */
static bool register_extension(struct fake_server *server, int fd)
{
    server->is_initialising = server->plan->register_status == 200;
    struct fake_step step = { .kind = FAKE_ANSWER,
                              .status = (int)server->plan->register_status,
                              .body_kind = FAKE_BODY_TEXT,
                              .body = "{\"functionName\":\"scripted\"}" };
    step.headers.line[step.headers.count++] = "Lambda-Extension-Identifier: extension-1";
    return fake_answer(fd, &step, 0);
}

bool fake_duty_answer_post(struct fake_server *server, int fd,
                           const struct fake_step *step, long event)
{
    if (event)
        server->answered_count++;
    if (event && server->post_status[event])
        return fake_answer_plainly(fd, server->post_status[event],
                                   "{\"errorMessage\":\"scripted\","
                                   "\"errorType\":\"Scripted\"}");
    if (!step)
        return fake_answer_plainly(fd, 202, "{\"status\":\"OK\"}");
    bool open = fake_answer(fd, step, 0);
    if (step->kills)
        fake_child_kill(server->child);
    return open;
}

bool fake_duty_answer(struct fake_server *server, struct fake_connection *from,
                      const struct fake_request *request)
{
    if (fake_request_is(request, "GET"))
        return answer_get(server, from, request);
    if (is_for(request, "POST", "/2020-01-01/extension/register"))
        return register_extension(server, from->fd);
    long event = fake_duty_event_of(request);
    const struct fake_step *step =
        event && server->post_status[event] ? NULL : fake_plan_take(&server->plan->posts);
    return fake_duty_answer_post(server, from->fd, step, event);
}
