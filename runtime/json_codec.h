/* SPDX-License-Identifier: MIT
 * json_decode and json_encode for callers who want bad input as a value, not as a raise: false, and
 * the message pushed. Both still raise when memory is short. */
#ifndef LUNAMBDA_JSON_CODEC_H
#define LUNAMBDA_JSON_CODEC_H

#include "json.h"

/* Pushes the value. */
MUST_CHECK bool json_try_decode(lua_State *L, const char *text, size_t len,
                                const struct json_options *options);

/* Pushes nothing on success. */
MUST_CHECK bool json_try_encode(lua_State *L, int index, struct buf *out,
                                const struct json_options *options);

#endif
