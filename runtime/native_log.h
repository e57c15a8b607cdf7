/* SPDX-License-Identifier: MIT
 * The log as Lua sees it. Whose records they are is known to each state by the headers of its event. */
#ifndef LUNAMBDA_NATIVE_LOG_H
#define LUNAMBDA_NATIVE_LOG_H

#include <lua.h>

struct log_record;

/* An event begins, whose header block (headers.h) is the string on top of the stack, where it stays.
 * Until native_log_end, records carry its request id. Raises. */
void native_log_begin(lua_State *L);

/* The event is over: records carry no request id any more. Allocates nothing. */
void native_log_end(lua_State *L);

/* Names the event that the record belongs to. Pushes what the names point into: one value. */
void native_log_sign(lua_State *L, struct log_record *record);

/* When the time of the present event is up: ms of the Unix epoch; 0 when that is not known. */
long long native_log_deadline_ms(lua_State *L);

/* Replaces the global print by one that writes a record, or a line with a single write. Raises. */
void native_log_replace_print(lua_State *L);

/* print writes to that file instead, a FILE *, until it is called with NULL. Allocates nothing. */
void native_log_divert_print(lua_State *L, void *file);

/* lua_CFunction: returns { write, headers, threshold }. */
int native_log_library(lua_State *L);

#endif
