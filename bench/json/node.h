/* SPDX-License-Identifier: MIT
 * A Node process that is asked for one timing at a time, so that it runs between the others. */
#ifndef LUNAMBDA_BENCH_NODE_H
#define LUNAMBDA_BENCH_NODE_H

#include <stdio.h>
#include <sys/types.h>

/* Starts as { 0 }. */
struct node {
    pid_t pid; /* 0 when there is none */
    FILE *ask, *answer;
};

/* Starts node on a script with one argument. Without Node on this machine every timing is 0. */
void node_open(struct node *node, const char *script, const char *argument);

/* Microseconds for one decode or encode of a document that lies in the folder; 0 for no answer. */
double node_time_us(struct node *node, int document, int repeats, const char *verb);

void node_close(struct node *node);

#endif
