/* SPDX-License-Identifier: MIT */
#include "bundle_text.h"

#include <lua.h>

#include <string.h>

enum { LEVEL_LIMIT = 64 }; /* of long brackets */

/* A string of Lua, between quotes, with all but plain text as \ddd. */
static bool put_quoted(struct buf *out, const char *bytes, size_t len)
{
    if (!buf_puts(out, "\""))
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        bool is_plain = byte >= ' ' && byte < 0x7f && byte != '"' && byte != '\\';
        if (!(is_plain ? buf_append(out, &bytes[i], 1) : buf_printf(out, "\\%03u", byte)))
            return false;
    }
    return buf_puts(out, "\"");
}

/* The closing bracket with the fewest = that is not in the text; 0 when all are. */
static size_t closing(char *bracket, const char *text, size_t len)
{
    bracket[0] = ']';
    for (size_t level = 1; level <= LEVEL_LIMIT; level++) {
        memset(bracket + 1, '=', level);
        bracket[level + 1] = ']';
        if (!memmem(text, len, bracket, level + 2))
            return level + 2;
    }
    return 0;
}

/* Text for people, in long brackets: a newline behind the opening one is not part of the string; the one before
 * the closing one is, and ends a last line that is a comment. */
static bool put_source(struct buf *out, const struct bundle_source *source)
{
    char bracket[LEVEL_LIMIT + 2];
    bool is_bytecode = source->len > 0 && source->bytes[0] == LUA_SIGNATURE[0];
    size_t len = is_bytecode ? 0 : closing(bracket, source->bytes, source->len);
    if (len == 0)
        return put_quoted(out, source->bytes, source->len);
    return buf_printf(out, "[%.*s[\n", (int)len - 2, bracket + 1) &&
           buf_append(out, source->bytes, source->len) && buf_puts(out, "\n") &&
           buf_append(out, bracket, len);
}

bool bundle_text_begin(struct buf *out, const char *main_path)
{
    return buf_printf(out,
                      "-- Made by lunambda pack --bundle of %s and what it requires: "
                      "change those, not this.\n",
                      main_path) &&
           buf_puts(out,
                    "local assert, load, preload = assert, load, package.preload\n"
                    "local root = os.getenv(\"LAMBDA_TASK_ROOT\") or \".\"\n"
                    "local file\n"
                    "\n"
                    "local function source(path, text)\n"
                    "  return function(name)\n"
                    "    return assert(load(text, \"@\" .. path))(name, root .. \"/\" .. "
                    "path)\n"
                    "  end\n"
                    "end\n"
                    "\n");
}

bool bundle_text_file(struct buf *out, const struct bundle_source *source)
{
    return buf_puts(out, "file = source(") &&
           put_quoted(out, source->path, strlen(source->path)) && buf_puts(out, ", ") &&
           put_source(out, source) && buf_puts(out, ")\n");
}

/* Never in the place of what bootstrap has built in. */
bool bundle_text_name(struct buf *out, const char *name)
{
    size_t len = strlen(name);
    return buf_puts(out, "preload[") && put_quoted(out, name, len) &&
           buf_puts(out, "] = preload[") && put_quoted(out, name, len) &&
           buf_puts(out, "] or file\n");
}

bool bundle_text_main(struct buf *out, const struct bundle_source *source)
{
    return buf_puts(out, "\nreturn assert(load(") && put_source(out, source) &&
           buf_puts(out, ", \"@\" .. ") &&
           put_quoted(out, source->path, strlen(source->path)) &&
           buf_puts(out, "))(...)\n");
}
