/* SPDX-License-Identifier: MIT
 * Digests, random bytes and codings as Lua sees them: the C half of lambda.crypto (docs/crypto.md). */
#ifndef LUNAMBDA_NATIVE_CRYPTO_H
#define LUNAMBDA_NATIVE_CRYPTO_H

#include <lua.h>

/* lua_CFunction: returns { sha256, hmac_sha256, equal, random, hex, unhex, base64, unbase64, base64url,
 * unbase64url }. */
int native_crypto_library(lua_State *L);

#endif
