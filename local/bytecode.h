/* SPDX-License-Identifier: MIT
 * Lua as bytecode, made by the Lua that bootstrap embeds. */
#ifndef LUNAMBDA_LOCAL_BYTECODE_H
#define LUNAMBDA_LOCAL_BYTECODE_H

#include "err.h"

/* The text as load sees it that loadfile reads from a file: behind the byte order mark, and behind the first line
 * when that begins with # (its newline stays, so that lines keep their numbers). */
const char *bytecode_text(const char *text, size_t *len);

/* Appends the bytecode of the text, with its debug information. Stack traces will name `path`. out may be NULL:
 * then it is only compiled. False: err has Lua's message, which names path and line. */
MUST_CHECK bool bytecode_compile(const char *text, size_t len, const char *path,
                                 struct buf *out, struct err *err);

#endif
