/* SPDX-License-Identifier: MIT
 * What the encoder knows on its walk, how it writes scalars, and how it fails. The functions return false
 * when they have failed: then a message with the path is on top of the stack. */
#ifndef LUNAMBDA_JSON_ENCODER_H
#define LUNAMBDA_JSON_ENCODER_H

#include "json.h"
#include "json_mark.h"
#include "json_writer.h"

/* An open table. */
struct json_level {
    const struct json_level *outer;
    lua_Integer index; /* array: of the element at hand */
    int key;           /* object: stack slot of the key at hand; 0 in an array */
};

struct json_encoder {
    lua_State *L;
    const struct json_options *options;
    const void *marks[JSON_MARK_COUNT];
    const struct json_level *inner; /* whose element is being written; NULL at the top */
    int depth;
    struct json_writer out;
};

/* Pushes the message; false. */
bool json_encoder_fail(struct json_encoder *e, const char *format, ...) PRINTF_LIKE(2, 3);

/* Whether something was written; otherwise fails for the limit, or raises as Lua does when memory is short. */
MUST_CHECK bool json_encoder_fits(struct json_encoder *e, bool written);

/* The string at a stack index; `what` names it in the message. */
MUST_CHECK bool json_encoder_string(struct json_encoder *e, int slot, const char *what);

/* The number on top of the stack. */
MUST_CHECK bool json_encoder_number(struct json_encoder *e);

/* Article and name of a type: "a function". */
const char *json_encoder_name_type(int type);

#endif
