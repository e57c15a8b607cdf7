/* SPDX-License-Identifier: MIT
 * Writes what the plan says to a connection, misbehaviour included. */
#ifndef LUNAMBDA_FAKE_ANSWER_H
#define LUNAMBDA_FAKE_ANSWER_H

#include "fake_plan.h"

enum { FAKE_WIRE_LIMIT_BYTES = 32 * 1024 * 1024 };

/* Answers one request. `number` counts the events from 1: it makes the request id "req-1".
 * False when the connection has to be closed, whether the plan says so or it broke. */
MUST_CHECK bool fake_answer(int fd, const struct fake_step *step, long number);

/* Answers with a status and a small JSON text. False when the connection broke. */
bool fake_answer_plainly(int fd, int status, const char *body);

#endif
