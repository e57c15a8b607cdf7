/* SPDX-License-Identifier: MIT
 * lambda/curl.so: the native half of lambda.http (lua-lib/lambda/http.lua), over the system's libcurl.
 * A client holds the connections; transfers are started in it, and client:wait moves all of them on. */
#include "module.h"

#include "transfer.h"

#include <lauxlib.h>

#include <pthread.h>
#include <string.h>

#define CLIENT_TYPE   "lambda.curl.client"
#define TRANSFER_TYPE "lambda.curl.transfer"

enum {
    WAIT_LIMIT_MS = 60 * 1000,
    /* User values of a transfer. */
    ANCHOR_CLIENT = 1,
    ANCHOR_BODY = 2,
};

struct client {
    CURLM *multi;
    bool has_news; /* there are bytes to be taken: no time to wait */
};

static pthread_once_t once =
    PTHREAD_ONCE_INIT; /* libcurl's own state is the process's, and so is this */

static void start_libcurl(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

static struct client *check_client(lua_State *L)
{
    struct client *client = luaL_checkudata(L, 1, CLIENT_TYPE);
    if (!client->multi)
        (void)luaL_error(L, "the client is closed");
    return client;
}

static struct transfer *check_transfer(lua_State *L)
{
    return luaL_checkudata(L, 1, TRANSFER_TYPE);
}

/* client() */
static int new_client(lua_State *L)
{
    struct client *client = lua_newuserdatauv(L, sizeof *client, 0);
    *client = (struct client){ .multi = NULL };
    luaL_setmetatable(L, CLIENT_TYPE);
    client->multi = curl_multi_init();
    if (!client->multi)
        return luaL_error(L, "not enough memory for an HTTP client");
    return 1;
}

static int close_client(lua_State *L)
{
    struct client *client = luaL_checkudata(L, 1, CLIENT_TYPE);
    if (client->multi)
        (void)curl_multi_cleanup(client->multi); /* lets go of transfers that are left */
    client->multi = NULL;
    return 0;
}

static const char *string_field(lua_State *L, const char *name, size_t *len) /* raises */
{
    (void)lua_getfield(L, 2, name); /* stays on the stack, and so alive */
    return luaL_optlstring(L, -1, NULL, len);
}

static lua_Integer integer_field(lua_State *L, const char *name,
                                 lua_Integer most) /* raises */
{
    (void)lua_getfield(L, 2, name);
    lua_Integer value = luaL_optinteger(L, -1, 0);
    if (value < 0 || value > most)
        (void)luaL_error(L, "%s must be from 0 to %I", name, most);
    lua_pop(L, 1);
    return value;
}

static bool boolean_field(lua_State *L, const char *name) /* raises */
{
    (void)lua_getfield(L, 2, name);
    bool value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}

static void read_request(lua_State *L, struct transfer_request *request) /* raises */
{
    luaL_checktype(L, 2, LUA_TTABLE);
    request->url = string_field(L, "url", NULL);
    request->method = string_field(L, "method", NULL);
    request->ca_file = string_field(L, "ca_file", NULL);
    request->body = string_field(L, "body", &request->body_len);
    if (!request->url || !request->method)
        (void)luaL_error(L, "url and method expected");
    request->timeout_ms = (long)integer_field(L, "timeout_ms", INT32_MAX);
    request->connect_timeout_ms = (long)integer_field(L, "connect_timeout_ms", INT32_MAX);
    request->limit_bytes = integer_field(L, "limit_bytes", INT64_MAX / 2);
    request->is_streamed = boolean_field(L, "is_streamed");
    request->is_exact = boolean_field(L, "is_exact");
    request->is_direct = boolean_field(L, "is_direct");
}

/* The lines of the list on top of the stack, which it takes away, as the transfer's own. False without memory. */
static bool add_headers(lua_State *L, struct transfer *transfer) /* raises */
{
    luaL_checktype(L, -1, LUA_TTABLE);
    lua_Integer count = luaL_len(L, -1);
    bool have_room = true;
    for (lua_Integer i = 1; i <= count && have_room; i++) {
        (void)lua_rawgeti(L, -1, i);
        struct curl_slist *longer =
            curl_slist_append(transfer->headers, luaL_checkstring(L, -1));
        lua_pop(L, 1);
        have_room = longer != NULL;
        if (longer)
            transfer->headers = longer;
    }
    lua_pop(L, 1);
    return have_room;
}

/* A transfer that holds on to its client and its body. Leaves it on the stack. */
static struct transfer *new_transfer(lua_State *L) /* raises */
{
    struct transfer *transfer = lua_newuserdatauv(L, sizeof *transfer, 2);
    memset(transfer, 0, sizeof *transfer);
    luaL_setmetatable(L, TRANSFER_TYPE);
    lua_pushvalue(L, 1);
    (void)lua_setiuservalue(L, -2, ANCHOR_CLIENT);
    (void)lua_getfield(L, 2, "body");
    (void)lua_setiuservalue(L, -2, ANCHOR_BODY);
    return transfer;
}

/* client:start{ url =, method =, headers = { "Name: value", … }, body =, timeout_ms =, connect_timeout_ms =,
 * limit_bytes =, is_streamed =, is_exact =, is_direct =, ca_file = }: the transfer, or nil and the reason. */
static int start(lua_State *L)
{
    struct client *client = check_client(L);
    struct transfer_request request = { .body_len = 0 };
    lua_settop(L, 2);
    read_request(L, &request);
    struct transfer *transfer = new_transfer(L);
    (void)lua_getfield(L, 2, "headers");
    CURLcode rc = add_headers(L, transfer) ? transfer_open(transfer, &request)
                                           : CURLE_OUT_OF_MEMORY;
    CURLMcode mc =
        rc ? CURLM_OK : transfer_start(transfer, client->multi, &client->has_news);
    if (!rc && !mc)
        return 1;
    lua_pushnil(L);
    lua_pushstring(L, rc ? curl_easy_strerror(rc) : curl_multi_strerror(mc));
    return 2;
}

/* Notes which transfers have ended. */
static void collect(struct client *client)
{
    int left = 0;
    for (const CURLMsg *message;
         (message = curl_multi_info_read(client->multi, &left));) {
        char *private = NULL;
        if (message->msg != CURLMSG_DONE ||
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private))
            continue;
        struct transfer *transfer = (struct transfer *)(void *)private;
        transfer->is_done = true;
        transfer->rc = message->data.result;
    }
}

/* client:wait(timeout_ms): moves all transfers on, waiting for the network where there is nothing to do. How many are
 * still at work. A signal may end the wait early. */
static int wait_for_network(lua_State *L)
{
    struct client *client = check_client(L);
    lua_Integer timeout_ms = luaL_checkinteger(L, 2);
    luaL_argcheck(L, timeout_ms >= 0 && timeout_ms <= WAIT_LIMIT_MS, 2,
                  "0 to 60000 ms expected");
    int running = 0;
    CURLMcode mc = curl_multi_perform(client->multi, &running);
    if (!mc && running && timeout_ms > 0 && !client->has_news) {
        mc = curl_multi_poll(client->multi, NULL, 0, (int)timeout_ms, NULL);
        if (!mc)
            mc = curl_multi_perform(client->multi, &running);
    }
    if (mc)
        return luaL_error(L, "libcurl: %s", curl_multi_strerror(mc));
    client->has_news = false;
    collect(client);
    lua_pushinteger(L, running);
    return 1;
}

/* transfer:take(): the bytes of the body that have come and nobody has taken. */
static int take(lua_State *L)
{
    struct transfer *transfer = check_transfer(L);
    lua_pushlstring(L, buf_text(&transfer->body), transfer->body.len);
    transfer_taken(transfer);
    return 1;
}

/* transfer:failure(): nothing while it is at work or when all went well; else the kind and libcurl's words. */
static int failure(lua_State *L)
{
    const struct transfer *transfer = check_transfer(L);
    if (!transfer->is_done || !transfer->rc)
        return 0;
    lua_pushstring(L, transfer_error_kind(transfer));
    lua_pushstring(L, transfer->detail[0] ? transfer->detail
                                          : curl_easy_strerror(transfer->rc));
    return 2;
}

/* transfer:head(): the status, the header block (headers.h), and where a redirect leads, or nil. Nothing
 * before all of it has come. */
static int head(lua_State *L)
{
    struct transfer *transfer = check_transfer(L);
    long status = 0;
    const char *redirect = NULL;
    if (!transfer->easy || !(transfer->is_done || transfer->received_bytes > 0) ||
        curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status) ||
        curl_easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &redirect))
        return 0;
    lua_pushinteger(L, status);
    lua_pushlstring(L, buf_text(&transfer->head), transfer->head.len);
    lua_pushstring(L, redirect);
    return 3;
}

static int is_done(lua_State *L)
{
    lua_pushboolean(L, check_transfer(L)->is_done);
    return 1;
}

static int close_transfer(lua_State *L)
{
    struct transfer *transfer = check_transfer(L);
    (void)lua_getiuservalue(L, 1, ANCHOR_CLIENT);
    const struct client *client = luaL_testudata(L, -1, CLIENT_TYPE);
    if (client && !client->multi)
        transfer->multi = NULL; /* it went before us */
    transfer_close(transfer);
    return 0;
}

static void new_type(lua_State *L, const char *name, const luaL_Reg *methods,
                     lua_CFunction close) /* raises */
{
    luaL_newmetatable(L, name);
    lua_pushcfunction(L, close);
    lua_setfield(L, -2, "__gc");
    lua_pushcfunction(L, close);
    lua_setfield(L, -2, "__close");
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}

__attribute__((visibility("default"))) int luaopen_lambda_curl(lua_State *L)
{
    static const luaL_Reg client_methods[] = { { "start", start },
                                               { "wait", wait_for_network },
                                               { "close", close_client },
                                               { NULL, NULL } };
    static const luaL_Reg transfer_methods[] = {
        { "take", take },       { "failure", failure },      { "head", head },
        { "is_done", is_done }, { "close", close_transfer }, { NULL, NULL }
    };
    static const luaL_Reg functions[] = { { "client", new_client }, { NULL, NULL } };
    (void)pthread_once(&once, start_libcurl);
    new_type(L, CLIENT_TYPE, client_methods, close_client);
    new_type(L, TRANSFER_TYPE, transfer_methods, close_transfer);
    luaL_newlib(L, functions);
    return 1;
}
