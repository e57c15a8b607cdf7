/* SPDX-License-Identifier: MIT */
#include "courier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct courier {
    char *service;
};

struct courier *courier_open(const char *service)
{
    struct courier *courier = malloc(sizeof *courier);
    if (!courier)
        return NULL;
    courier->service = strdup(service);
    if (!courier->service) {
        free(courier);
        return NULL;
    }
    return courier;
}

void courier_close(struct courier *courier)
{
    if (courier)
        free(courier->service);
    free(courier);
}

const char *courier_scope(const struct courier *courier, const char *day, char *text,
                          size_t size)
{
    const char *key = getenv("AWS_ACCESS_KEY_ID"), *region = getenv("AWS_REGION");
    if (!key || !*key)
        return "there are no credentials: AWS_ACCESS_KEY_ID is not set";
    if (!region || !*region)
        return "AWS_REGION is not set";
    int len = snprintf(text, size, "%s/%s/%s/%s/aws4_request", key, day, region,
                       courier->service);
    return len < 0 || (size_t)len >= size ? "the scope is too long" : NULL;
}
