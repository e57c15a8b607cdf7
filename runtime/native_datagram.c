/* SPDX-License-Identifier: MIT */
#include "native_datagram.h"

#include <lauxlib.h>

#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT_LIMIT_BYTES = 6 };

struct endpoint {
    struct sockaddr_storage address;
    socklen_t len;
};

/* An address of numbers: a resolver could make the handler wait. 0, or an error of getaddrinfo. */
static int resolve(const char *host, const char *port, struct endpoint *endpoint)
{
    const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                                    .ai_socktype = SOCK_DGRAM };
    struct addrinfo *found = NULL;
    int failed = getaddrinfo(host, port, &hints, &found);
    if (failed)
        return failed;
    memcpy(&endpoint->address, found->ai_addr, found->ai_addrlen);
    endpoint->len = found->ai_addrlen;
    freeaddrinfo(found);
    return 0;
}

/* 0, or errno. */
static int send_to(const struct endpoint *endpoint, const char *bytes, size_t len)
{
    int fd = socket(endpoint->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    ssize_t sent = sendto(fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL,
                          (const struct sockaddr *)&endpoint->address, endpoint->len);
    int failed = sent < 0 ? errno : 0;
    (void)close(fd);
    return failed;
}

static int fail(lua_State *L, const char *reason)
{
    lua_pushnil(L);
    lua_pushstring(L, reason);
    return 2;
}

/* send(host, port, bytes): true once the kernel has it; nil and the reason. host: an IPv4 or IPv6 address. */
static int send_datagram(lua_State *L)
{
    size_t len = 0;
    const char *host = luaL_checkstring(L, 1);
    lua_Integer number = luaL_checkinteger(L, 2);
    const char *bytes = luaL_checklstring(L, 3, &len);
    struct endpoint endpoint = { .len = 0 };
    char port[PORT_LIMIT_BYTES];
    if (number < 1 || number > UINT16_MAX)
        return fail(L, "a port is from 1 to 65535");
    (void)snprintf(port, sizeof port, "%d", (int)number);
    int failed = resolve(host, port, &endpoint);
    if (failed)
        return fail(L, gai_strerror(failed));
    failed = send_to(&endpoint, bytes, len);
    if (failed)
        return fail(
            L,
            strerror(
                failed)); /* NOLINT(concurrency-mt-unsafe): glibc's is, for known errors */
    lua_pushboolean(L, 1);
    return 1;
}

int native_datagram_library(lua_State *L) /* raises */
{
    static const luaL_Reg functions[] = { { "send", send_datagram }, { NULL, NULL } };
    luaL_newlib(L, functions);
    return 1;
}
