/* SPDX-License-Identifier: MIT
 * Which answer a request gets, and when. */
#ifndef LUNAMBDA_FAKE_DUTY_H
#define LUNAMBDA_FAKE_DUTY_H

#include "fake_request.h"
#include "fake_server.h"

/* Answers a request, or lets its connection wait. False when the connection is to be closed. */
MUST_CHECK bool fake_duty_answer(struct fake_server *server, struct fake_connection *from,
                                 const struct fake_request *request);

/* The number of the event that a post is about; 0 for none. */
long fake_duty_event_of(const struct fake_request *request);

/* Answers a post as its event says, or its step of the plan; NULL: takes it. False when the connection is to be
 * closed. */
MUST_CHECK bool fake_duty_answer_post(struct fake_server *server, int fd,
                                      const struct fake_step *step, long event);

/* Answers a connection that waits, if it may go on by now. False when it is to be closed. */
MUST_CHECK bool fake_duty_resume(struct fake_server *server,
                                 struct fake_connection *waiting);

#endif
