/* SPDX-License-Identifier: MIT
 * Where an error was raised that coroutine.wrap passes on: the frames of the coroutine are gone by the time that a
 * message handler sees it. Of one error at a time, the latest, known by its value. */
#ifndef LUNAMBDA_RAISED_H
#define LUNAMBDA_RAISED_H

#include <lua.h>

/* Pushes the frames of a coroutine that died of the value on top of L, "\n\tframe" each, innermost first, behind those
 * that were kept for that value. Raises for want of memory. */
void raised_push_frames(lua_State *L, lua_State *thread);

/* Keeps the frames at the index for the value on top. Pops nothing. Raises for want of memory. */
void raised_keep(lua_State *L, int frames);

/* Pushes the frames that were kept for the value at the index; "" for none. */
void raised_push_kept(lua_State *L, int value);

/* Keeps nothing any longer. */
void raised_forget(lua_State *L);

#endif
