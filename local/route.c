/* SPDX-License-Identifier: MIT */
#include "route.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define RUNTIME    "/2018-06-01/runtime/"
#define INVOCATION RUNTIME "invocation/"
#define EXTENSION  "/2020-01-01/extension/"

enum { HOST_SIZE = sizeof "127.0.0.1:65535" };

bool route_is_ours(const char *host, const char *origin, unsigned port,
                   struct protocol_refusal *refusal)
{
    char number[HOST_SIZE], name[HOST_SIZE];
    (void)snprintf(number, sizeof number, "127.0.0.1:%u", port & 0xffffU);
    (void)snprintf(name, sizeof name, "localhost:%u", port & 0xffffU);
    if (!host || (strcasecmp(host, number) != 0 && strcasecmp(host, name) != 0))
        return protocol_refuse(refusal, 403, "InvalidHost",
                               "the Host header must be %s or %s", number, name);
    if (origin)
        return protocol_refuse(refusal, 403, "InvalidOrigin",
                               "web pages may not call the Runtime API");
    return true;
}

/* Splits "…/invocation/<id>/<end>"; false when the path is not of this form. */
static bool read_id(const char *path, const char *end, char id[ROUTE_ID_SIZE])
{
    size_t prefix_len = strlen(INVOCATION), len = strlen(path), end_len = strlen(end);
    if (strncmp(path, INVOCATION, prefix_len) != 0 || len <= prefix_len + end_len ||
        strcmp(path + len - end_len, end) != 0)
        return false;
    size_t id_len = len - prefix_len - end_len;
    if (memchr(path + prefix_len, '/', id_len))
        return false;
    if (id_len >= ROUTE_ID_SIZE)
        id_len = ROUTE_ID_SIZE - 1;
    memcpy(id, path + prefix_len, id_len);
    id[id_len] = '\0';
    return true;
}

static enum route expect(enum route route, const char *method, const char *expected,
                         struct protocol_refusal *refusal)
{
    if (strcmp(method, expected) == 0)
        return route;
    (void)protocol_refuse(refusal, 405, "MethodNotAllowed", "this path takes %s",
                          expected);
    return ROUTE_REFUSED;
}

enum route route_find(const char *path, const char *method, char id[ROUTE_ID_SIZE],
                      struct protocol_refusal *refusal)
{
    if (strcmp(path, INVOCATION "next") == 0)
        return expect(ROUTE_NEXT, method, "GET", refusal);
    if (read_id(path, "/response", id))
        return expect(ROUTE_RESPONSE, method, "POST", refusal);
    if (read_id(path, "/error", id))
        return expect(ROUTE_ERROR, method, "POST", refusal);
    if (strcmp(path, RUNTIME "init/error") == 0)
        return expect(ROUTE_INIT_ERROR, method, "POST", refusal);
    if (strcmp(path, EXTENSION "register") == 0)
        return expect(ROUTE_REGISTER, method, "POST", refusal);
    if (strcmp(path, EXTENSION "event/next") == 0)
        return expect(ROUTE_EXTENSION_NEXT, method, "GET", refusal);
    if (strcmp(path, "/2018-06-01/ping") == 0)
        return expect(ROUTE_PING, method, "GET", refusal);
    (void)protocol_refuse(refusal, 404, "NotFound", "the Runtime API has no such path");
    return ROUTE_REFUSED;
}
