/* SPDX-License-Identifier: MIT */
#include "fake_listener.h"

#include "clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 32 };

bool fake_listener_open(struct fake_listener *listener, const struct fake_plan *plan,
                        struct err *err)
{
    struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
    struct sockaddr_in four = { .sin_family = AF_INET };
    const char *address = plan->address;
    bool is_six = inet_pton(AF_INET6, address, &six.sin6_addr) == 1;
    if (!is_six && inet_pton(AF_INET, address, &four.sin_addr) != 1)
        return err_set(err, "%s is not an address", address);
    struct sockaddr *name = is_six ? (struct sockaddr *)&six : (struct sockaddr *)&four;
    socklen_t len = is_six ? sizeof six : sizeof four;
    listener->fd = socket(name->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener->fd < 0 || bind(listener->fd, name, len) ||
        getsockname(listener->fd, name, &len))
        return err_set(err, "no free port on %s: %s", address, strerror(errno));
    listener->port = ntohs(is_six ? six.sin6_port : four.sin_port);
    return true;
}

void fake_listener_name(const struct fake_listener *listener,
                        const struct fake_plan *plan, char *api, size_t size)
{
    if (plan->host)
        (void)snprintf(api, size, "%s:%d", plan->host, listener->port);
    else if (strchr(plan->address, ':'))
        (void)snprintf(api, size, "[%s]:%d", plan->address, listener->port);
    else
        (void)snprintf(api, size, "%s:%d", plan->address, listener->port);
}

bool fake_listener_listen_when_due(struct fake_listener *listener,
                                   const struct fake_plan *plan, struct err *err)
{
    if (listener->is_listening || plan->never)
        return true;
    if (!listener->since_us) {
        if (plan->late_file && access(plan->late_file, F_OK))
            return true;
        listener->since_us = clock_monotonic_us();
    }
    if (clock_monotonic_us() - listener->since_us < plan->late_ms * 1000LL)
        return true;
    if (listen(listener->fd, BACKLOG))
        return err_set(err, "cannot listen: %s", strerror(errno));
    listener->is_listening = true;
    return true;
}

void fake_listener_close(struct fake_listener *listener)
{
    if (listener->fd >= 0)
        (void)close(listener->fd);
    listener->fd = -1;
}
