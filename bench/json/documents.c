/* SPDX-License-Identifier: MIT */
#include "documents.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SQS_RECORDS = 68,      /* about 100 KB */
    TABLE_RECORDS = 13200, /* about 5 MB */
    FIRST_RANDOM = 20260801,
};

/* A generator of our own: the C library's differs between systems. */
static uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

#define ADD(...)                                                                         \
    do {                                                                                 \
        if (!buf_printf(out, __VA_ARGS__)) {                                             \
            fputs("json_bench: no memory for the documents\n", stderr);                  \
            exit(1);                                                                     \
        }                                                                                \
    } while (0)

static void write_http_event(struct buf *out)
{
    ADD("{\"version\":\"2.0\",\"routeKey\":\"POST /orders/{orderId}/items\","
        "\"rawPath\":\"/prod/orders/8a7f/"
        "items\",\"rawQueryString\":\"dryRun=false&tag=a&tag=b\","
        "\"cookies\":[\"session=5f1b2c3d4e5f60718293a4b5c6d7e8f9\",\"theme=dark\"],"
        "\"headers\":{\"accept\":\"application/json, text/plain, */*\","
        "\"accept-encoding\":\"gzip, deflate, "
        "br\",\"accept-language\":\"de-DE,de;q=0.9,en;q=0.8\","
        "\"authorization\":\"Bearer "
        "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiIxMjM0NTY3ODkwIiwi"
        "aXNzIjoiaHR0cHM6Ly9leGFtcGxlLmNvbSJ9."
        "c2lnbmF0dXJlLW9mLXRoZS10b2tlbi1pcy1ub3QtcmVhbA\","
        "\"content-length\":\"187\",\"content-type\":\"application/json\","
        "\"host\":\"abcdef1234.execute-api.eu-central-1.amazonaws.com\","
        "\"if-none-match\":\"W/\\\"5e1-8fXq3v0cQmJ2\\\"\","
        "\"sec-ch-ua\":\"\\\"Chromium\\\";v=\\\"126\\\", "
        "\\\"Not/A)Brand\\\";v=\\\"8\\\"\","
        "\"sec-ch-ua-platform\":\"\\\"Linux\\\"\",\"sec-fetch-dest\":\"empty\","
        "\"sec-fetch-mode\":\"cors\",\"sec-fetch-site\":\"same-site\",\"x-request-"
        "start\":\"t=1721900000.101\","
        "\"origin\":\"https://shop.example.com\",\"referer\":\"https://shop.example.com/"
        "cart\","
        "\"user-agent\":\"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, "
        "like Gecko) "
        "Chrome/126.0.0.0 "
        "Safari/"
        "537.36\",\"x-amzn-trace-id\":\"Root=1-66a1b2c3-0123456789abcdef01234567\","
        "\"x-forwarded-for\":\"203.0.113.42\",\"x-forwarded-port\":\"443\","
        "\"x-forwarded-proto\":\"https\"},"
        "\"queryStringParameters\":{\"dryRun\":\"false\",\"tag\":\"a,b\"},"
        "\"requestContext\":{\"accountId\":\"123456789012\",\"apiId\":\"abcdef1234\","
        "\"authorizer\":{\"jwt\":{\"claims\":{\"aud\":\"shop\",\"exp\":\"1721900000\","
        "\"iss\":\"https://"
        "example.com\",\"sub\":\"1234567890\"},\"scopes\":[\"orders:read\","
        "\"orders:write\"]}},\"domainName\":\"abcdef1234.execute-api.eu-central-1."
        "amazonaws.com\","
        "\"domainPrefix\":\"abcdef1234\",\"http\":{\"method\":\"POST\","
        "\"path\":\"/prod/orders/8a7f/items\",\"protocol\":\"HTTP/1.1\","
        "\"sourceIp\":\"203.0.113.42\",\"userAgent\":\"Mozilla/5.0 (X11; Linux x86_64) "
        "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36\"},"
        "\"requestId\":\"bXk3SgjTliAEJ0A=\",\"routeKey\":\"POST "
        "/orders/{orderId}/items\","
        "\"stage\":\"prod\",\"time\":\"25/Jul/2024:09:33:20 "
        "+0000\",\"timeEpoch\":1721900000123},"
        "\"pathParameters\":{\"orderId\":\"8a7f\"},\"stageVariables\":null,"
        "\"body\":\"{\\\"sku\\\":\\\"TS-0042-XL\\\",\\\"quantity\\\":2,\\\"price\\\":19."
        "99,"
        "\\\"note\\\":\\\"gift wrap\\\"}\",\"isBase64Encoded\":false}");
}

/* Letters and digits, as in a receipt handle. */
static void add_letters(struct buf *out, uint64_t *random, int count)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < count; i++)
        ADD("%c", letters[next_random(random) % 64]);
}

/* A message as its sender wrote it: JSON in a JSON string. */
static void add_order(struct buf *out, uint64_t *random, int id)
{
    ADD("{\\\"orderId\\\":%d,\\\"customer\\\":{\\\"id\\\":%u,\\\"name\\\":\\\"Customer "
        "%u\\\","
        "\\\"email\\\":\\\"c%u@example.com\\\"},\\\"items\\\":[",
        700000 + id, next_random(random), next_random(random) % 1000,
        next_random(random) % 1000);
    int items = 3 + (int)(next_random(random) % 6);
    for (int i = 0; i < items; i++)
        ADD("%s{\\\"sku\\\":\\\"TS-%04u\\\",\\\"quantity\\\":%u,\\\"price\\\":%u.%02u,"
            "\\\"title\\\":\\\"T-shirt, size %u\\\"}",
            i ? "," : "", next_random(random) % 10000, 1 + next_random(random) % 9,
            next_random(random) % 100, next_random(random) % 100,
            next_random(random) % 60);
    ADD("],\\\"comment\\\":\\\"line one\\\\nline two\\\",\\\"paid\\\":true}");
}

static void write_queue_event(struct buf *out)
{
    uint64_t random = FIRST_RANDOM;
    ADD("{\"Records\":[");
    for (int i = 0; i < SQS_RECORDS; i++) {
        ADD("%s{\"messageId\":\"%08x-%04x-4%03x-a%03x-%08x%04x\",\"receiptHandle\":"
            "\"AQEB",
            i ? "," : "", next_random(&random), next_random(&random) % 65536,
            next_random(&random) % 4096, next_random(&random) % 4096,
            next_random(&random), next_random(&random) % 65536);
        add_letters(out, &random, 340);
        ADD("==\",\"body\":\"");
        add_order(out, &random, i);
        ADD("\",\"attributes\":{\"ApproximateReceiveCount\":\"1\",\"SentTimestamp\":"
            "\"17219%08u\","
            "\"SenderId\":\"AIDAIENQZJOLO23YVJ4VO\","
            "\"ApproximateFirstReceiveTimestamp\":\"17219%08u\"},\"messageAttributes\":{"
            "\"kind\":{\"stringValue\":\"order\",\"binaryListValues\":[],\"dataType\":"
            "\"String\"}},"
            "\"md5OfBody\":\"%08x%08x%08x%08x\",\"eventSource\":\"aws:sqs\","
            "\"eventSourceARN\":\"arn:aws:sqs:eu-central-1:123456789012:orders\","
            "\"awsRegion\":\"eu-central-1\"}",
            next_random(&random) % 100000000, next_random(&random) % 100000000,
            next_random(&random), next_random(&random), next_random(&random),
            next_random(&random));
    }
    ADD("]}");
}

static void write_table(struct buf *out)
{
    static const char *const cities[] = { "Berlin", "München", "São Paulo", "東京",
                                          "Москва", "Chicago", "Kraków",    "London" };
    uint64_t random = FIRST_RANDOM;
    ADD("{\"generated\":\"2024-07-25T09:33:20.123Z\",\"count\":%d,\"rows\":[",
        TABLE_RECORDS);
    for (int i = 0; i < TABLE_RECORDS; i++) {
        ADD("%s{\"id\":%d,\"account\":%u%09u,\"city\":\"%s\",\"name\":\"Person %u\","
            "\"email\":\"person.%u@mail.example.com\",\"active\":%s,\"manager\":%s,",
            i ? "," : "", 1000000 + i, 1 + next_random(&random) % 999,
            next_random(&random) % 1000000000, cities[next_random(&random) % 8],
            next_random(&random), next_random(&random),
            next_random(&random) % 2 ? "true" : "false",
            next_random(&random) % 4 ? "null" : "17");
        ADD("\"balance\":%u.%02u,\"latitude\":%u.%06u,\"longitude\":-%u.%06u,\"score\":0."
            "%u%08u,",
            next_random(&random) % 100000, next_random(&random) % 100,
            next_random(&random) % 90, next_random(&random) % 1000000,
            next_random(&random) % 180, next_random(&random) % 1000000,
            1 + next_random(&random) % 9999999, next_random(&random) % 100000000);
        ADD("\"tags\":[\"red\",\"tag-%u\",\"long-lived\"],\"visits\":[%u,%u,%u,%u,%u],",
            next_random(&random) % 1000, next_random(&random) % 100,
            next_random(&random) % 1000, next_random(&random) % 10000,
            next_random(&random) % 10, next_random(&random));
        ADD("\"created\":\"2024-%02u-%02uT%02u:%02u:%02uZ\",\"note\":\"%s\"}",
            1 + next_random(&random) % 12, 1 + next_random(&random) % 28,
            next_random(&random) % 24, next_random(&random) % 60,
            next_random(&random) % 60,
            next_random(&random) % 5
                ? "ordinary text of an ordinary length, nothing to escape"
                : "said \\\"grüß Gott\\\"\\nand left");
    }
    ADD("]}");
}

const struct document documents[] = {
    { "HTTP event", write_http_event, 200 },
    { "SQS batch", write_queue_event, 10 },
    { "5 MB table", write_table, 1 },
    { NULL, NULL, 0 },
};
