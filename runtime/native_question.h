/* SPDX-License-Identifier: MIT
 * Questions to a child program, as Lua asks them. */
#ifndef LUNAMBDA_NATIVE_QUESTION_H
#define LUNAMBDA_NATIVE_QUESTION_H

#include <lua.h>

/* lua_CFunctions: methods of the userdata of native_child. */
int native_question_ask(lua_State *L);
int native_question_go(lua_State *L);
int native_question_look(lua_State *L);

#endif
