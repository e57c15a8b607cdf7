/* SPDX-License-Identifier: MIT */
#include "events.h"

#include <stdint.h>
#include <string.h>

/* The first number is the seed: the same records at every run (xorshift32). */
static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static bool write_tiny(struct buf *out)
{
    return buf_puts(out, "{\"message\":\"hi, Ada\"}");
}

/* As an HTTP API sends it (payload format 2.0), a browser's headers and a small body in it. */
static bool write_apigw(struct buf *out)
{
    return buf_puts(
        out,
        "{\"version\":\"2.0\",\"routeKey\":\"POST "
        "/orders/{id}\",\"rawPath\":\"/prod/orders/4711\","
        "\"rawQueryString\":\"expand=items&expand=customer&locale=de-DE\","
        "\"cookies\":[\"session=7f3d9c1e55aa4b0c9b1f6a2d8e4c7b31\",\"theme=dark\","
        "\"consent=1\"],"
        "\"headers\":{\"accept\":\"text/html,application/xhtml+xml,application/"
        "xml;q=0.9,*/*;q=0.8\","
        "\"accept-encoding\":\"gzip, deflate, "
        "br\",\"accept-language\":\"de-DE,de;q=0.9,en;q=0.7\","
        "\"cache-control\":\"no-cache\",\"content-length\":\"214\",\"content-type\":"
        "\"application/json\","
        "\"host\":\"a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com\","
        "\"origin\":\"https://shop.example.com\",\"referer\":\"https://shop.example.com/"
        "cart?step=3\","
        "\"sec-fetch-dest\":\"empty\",\"sec-fetch-mode\":\"cors\",\"sec-fetch-site\":"
        "\"cross-site\","
        "\"user-agent\":\"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 "
        "Firefox/128.0\","
        "\"x-amzn-trace-id\":\"Root=1-66f1c2d3-0a1b2c3d4e5f60718293a4b5\","
        "\"x-forwarded-for\":\"203.0.113.57\",\"x-forwarded-port\":\"443\","
        "\"x-forwarded-proto\":\"https\",\"via\":\"2.0 4f1c9d7e.cloudfront.net "
        "(CloudFront)\","
        "\"x-amz-cf-id\":\"pV0cYmE4f8mR3hQZ1bKq6nT2sW9xLdJ7uAoGiHvCyXzNlBkSfD5tEw==\","
        "\"cloudfront-viewer-country\":\"CH\",\"cloudfront-is-mobile-viewer\":\"false\","
        "\"if-none-match\":\"W/0a1b2c3d4e5f\",\"dnt\":\"1\",\"priority\":\"u=1, i\","
        "\"x-client-version\":\"shop-web/4.18.2\",\"te\":\"trailers\"},"
        "\"queryStringParameters\":{\"expand\":\"items,customer\",\"locale\":\"de-DE\"},"
        "\"requestContext\":{\"accountId\":\"123456789012\",\"apiId\":\"a1b2c3d4e5\","
        "\"authorizer\":{\"jwt\":{\"claims\":{\"iss\":\"https://auth.example.com/\","
        "\"sub\":\"auth0|5f7c8ec7c33c6c004bbafe82\",\"aud\":\"shop-api\",\"iat\":"
        "1717229471,"
        "\"exp\":1717233071,\"scope\":\"orders:read orders:write\"},"
        "\"scopes\":[\"orders:read\",\"orders:write\"]}},"
        "\"domainName\":\"a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com\","
        "\"domainPrefix\":\"a1b2c3d4e5\",\"http\":{\"method\":\"POST\",\"path\":\"/prod/"
        "orders/4711\","
        "\"protocol\":\"HTTP/1.1\",\"sourceIp\":\"203.0.113.57\","
        "\"userAgent\":\"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 "
        "Firefox/128.0\"},"
        "\"requestId\":\"JKJaXmPLvHcESHA=\",\"routeKey\":\"POST "
        "/orders/{id}\",\"stage\":\"prod\","
        "\"time\":\"01/Jun/2024:08:11:11 +0000\",\"timeEpoch\":1717229471123},"
        "\"pathParameters\":{\"id\":\"4711\"},\"stageVariables\":null,"
        "\"body\":\"customer=Zoë Müller&city=Zürich&items=3&note=please ring twice, the "
        "bell is "
        "quiet&gift=true&voucher=SPRING24\",\"isBase64Encoded\":false}");
}

/* One record of a stream: integers, decimals of up to 15 digits, text, flags, null, nested tables. */
static bool write_record(struct buf *out, uint32_t *random, unsigned index)
{
    static const char *const places[] = { "Berlin", "Zürich", "São Paulo", "東京",
                                          "Kraków" };
    uint32_t a = next_random(random), b = next_random(random), c = next_random(random);
    return buf_printf(
        out,
        "{\"eventID\":\"%08x%08x\",\"sequence\":%u,\"at\":17172%08u,\"source\":\"sensors/"
        "%s/%u\","
        "\"reading\":{\"celsius\":%u.%u,\"lat\":%u.%012u%u,\"lon\":-%u.%03u%u,\"ok\":%s,"
        "\"raw\":[%u,%u,%u,%u]},\"tags\":[\"t%u\",\"zone %u\"],\"operator\":%s,"
        "\"note\":\"value %u was taken from the buffer of gateway %u without a retry\"}",
        a, b, index, c % 100000000U, places[a % 5], b % 97, c % 40 + 1, a % 9 + 1,
        b % 80 + 10, c % 1000000000U, a % 9 + 1, c % 90 + 10, b % 1000, c % 9 + 1,
        a & 1 ? "true" : "false", a % 4096, b % 4096, c % 4096, index % 4096, a % 50,
        b % 20, c & 3 ? "null" : "\"night shift\"", c % 1000, a % 300);
}

static bool write_records(struct buf *out, size_t size_bytes)
{
    uint32_t random = 20240601;
    bool fits = buf_puts(out, "{\"Records\":[");
    for (unsigned i = 0; fits && out->len < size_bytes; i++)
        fits = (i == 0 || buf_puts(out, ",")) && write_record(out, &random, i);
    return fits && buf_puts(out, "]}");
}

static bool write_100k(struct buf *out)
{
    return write_records(out, (size_t)100 * 1024);
}

static bool write_5m(struct buf *out)
{
    return write_records(out, (size_t)5 * 1024 * 1024);
}

const struct event_kind event_kinds[] = {
    { "tiny", "one short string", 400, write_tiny },
    { "apigw", "an API Gateway request", 400, write_apigw },
    { "100k", "a batch of records", 40, write_100k },
    { "5m", "a large batch of records", 6, write_5m },
    { NULL, NULL, 0, NULL },
};

const struct event_kind *events_find(const char *name, size_t name_len)
{
    for (const struct event_kind *kind = event_kinds; kind->name; kind++)
        if (strlen(kind->name) == name_len && !strncmp(kind->name, name, name_len))
            return kind;
    return NULL;
}
