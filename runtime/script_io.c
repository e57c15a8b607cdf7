/* SPDX-License-Identifier: MIT */
#include "script_io.h"

#include "native_log.h"

#include <lualib.h>

#include <errno.h>
#include <string.h>

/* Where liolib.c keeps the default files of io.read and io.write in the registry (IO_INPUT, IO_OUTPUT). */
#define DEFAULT_INPUT  "_IO_input"
#define DEFAULT_OUTPUT "_IO_output"

static const char input_key, output_key; /* in the registry, by their addresses */

static ssize_t read_event(void *cookie, char *out, size_t size)
{
    struct script_io *io = cookie;
    size_t left = io->event->len - io->event_at;
    size_t len = left < size ? left : size;
    if (len)
        memcpy(out, io->event->data + io->event_at, len);
    io->event_at += len;
    return (ssize_t)len;
}

static int seek_event(void *cookie, off64_t *offset, int whence)
{
    struct script_io *io = cookie;
    off64_t len = (off64_t)io->event->len;
    off64_t from = whence == SEEK_SET   ? 0
                   : whence == SEEK_CUR ? (off64_t)io->event_at
                                        : len;
    if (*offset < -from || *offset > len - from) {
        errno = EINVAL;
        return -1;
    }
    *offset += from;
    io->event_at = (size_t)*offset;
    return 0;
}

/* 0 means an error here (fopencookie(3)). The buffer remembers that something was refused. May run on the thread of
 * another state, whose io.popen flushes every file of the process: the C library holds the file's lock then. */
static ssize_t write_answer(void *cookie, const char *bytes, size_t len)
{
    const struct script_io *io = cookie;
    if (buf_append(io->answer, bytes, len))
        return (ssize_t)len;
    errno = io->answer->starved ? ENOMEM : EFBIG;
    return 0;
}

/* Only tells: what was written stays. */
static int tell_answer(void *cookie, off64_t *offset, int whence)
{
    const struct script_io *io = cookie;
    if (whence != SEEK_CUR || *offset != 0) {
        errno = ESPIPE;
        return -1;
    }
    *offset = (off64_t)io->answer->len;
    return 0;
}

static luaL_Stream *keep_stream(lua_State *L, const char *name, const void *key)
{
    lua_getfield(L, -1, name);
    luaL_Stream *stream = luaL_checkudata(L, -1, LUA_FILEHANDLE);
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
    return stream;
}

void script_io_open(struct script_io *io, lua_State *L) /* raises */
{
    lua_getglobal(L, LUA_IOLIBNAME);
    io->in = keep_stream(L, "stdin", &input_key);
    io->out = keep_stream(L, "stdout", &output_key);
    lua_pop(L, 1);
}

/* io.input() and io.output() may have set others. */
static int reset_defaults(lua_State *L) /* raises */
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &input_key);
    lua_setfield(L, LUA_REGISTRYINDEX, DEFAULT_INPUT);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &output_key);
    lua_setfield(L, LUA_REGISTRYINDEX, DEFAULT_OUTPUT);
    return 0;
}

/* The files are in place when both are open; io->event says so. */
static bool open_files(struct script_io *io, FILE **in, FILE **out)
{
    static const cookie_io_functions_t reading = { .read = read_event,
                                                   .seek = seek_event };
    static const cookie_io_functions_t writing = { .write = write_answer,
                                                   .seek = tell_answer };
    *in = fopencookie(io, "r", reading);
    *out = *in ? fopencookie(io, "w", writing) : NULL;
    if (*in && !*out)
        (void)fclose(*in);
    return *out != NULL;
}

bool script_io_begin(struct script_io *io, lua_State *L, const struct buf *event,
                     struct buf *answer)
{
    FILE *in = NULL, *out = NULL;
    (void)reset_defaults(L);
    io->event = event;
    io->event_at = 0;
    io->answer = answer;
    if (!open_files(io, &in, &out)) {
        io->event = NULL;
        return false;
    }
    io->own_in = io->in->f;
    io->own_out = io->out->f;
    io->in->f = in;
    io->out->f = out;
    native_log_divert_print(L, out);
    return true;
}

bool script_io_end(struct script_io *io, lua_State *L)
{
    if (!io->event)
        return false;
    native_log_divert_print(L, NULL);
    FILE *in = io->in->f, *out = io->out->f;
    io->in->f = io->own_in;
    io->out->f = io->own_out;
    (void)fclose(in);
    (void)fclose(
        out); /* the last of it is written; what fails there, the answer's flags tell */
    io->event = NULL;
    io->answer = NULL;
    lua_pushcfunction(L, reset_defaults);
    if (lua_pcall(
            L, 0, 0,
            0)) /* a hook of the handler's raised: the next event resets them, too */
        lua_pop(L, 1);
    return true;
}

void *script_io_end_mark(void)
{
    static char
        mark; /* never written: only its address matters, and Lua takes no const one */
    return &mark;
}
