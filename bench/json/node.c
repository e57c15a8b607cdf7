/* SPDX-License-Identifier: MIT */
#include "node.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void close_pair(const int pair[2])
{
    (void)close(pair[0]);
    (void)close(pair[1]);
}

void node_open(struct node *node, const char *script, const char *argument)
{
    int to_child[2], from_child[2];
    if (pipe(to_child))
        return;
    if (pipe(from_child)) {
        close_pair(to_child);
        return;
    }
    (void)signal(SIGPIPE, SIG_IGN); /* a node that is not there shows as no answer */
    node->pid = fork();
    if (node->pid == 0) {
        if (dup2(to_child[0], STDIN_FILENO) < 0 || dup2(from_child[1], STDOUT_FILENO) < 0)
            _exit(127);
        close_pair(to_child);
        close_pair(from_child);
        (void)execlp("node", "node", script, argument, (char *)NULL);
        _exit(127);
    }
    (void)close(to_child[0]);
    (void)close(from_child[1]);
    node->ask = fdopen(to_child[1], "w");
    node->answer = fdopen(from_child[0], "r");
}

double node_time_us(struct node *node, int document, int repeats, const char *verb)
{
    char line[64];
    if (!node->ask || !node->answer)
        return 0;
    if (fprintf(node->ask, "%d %d %s\n", document, repeats, verb) < 0 ||
        fflush(node->ask) || !fgets(line, sizeof line, node->answer))
        return 0;
    return strtod(line, NULL) / repeats;
}

void node_close(struct node *node)
{
    if (node->ask)
        (void)fclose(node->ask); /* the end of its input is its end */
    if (node->answer)
        (void)fclose(node->answer);
    if (node->pid > 0)
        (void)waitpid(node->pid, NULL, 0);
}
