/* SPDX-License-Identifier: MIT */
#include "fitness.h"

#include "warning.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

const char *fitness_machine_name(enum elf_machine machine)
{
    switch (machine) {
    case ELF_X86_64: return "x86_64";
    case ELF_ARM64: return "arm64";
    case ELF_OTHER: break;
    }
    return "another machine";
}

static bool is_c_library(const char *library)
{
    static const char *const names[] = { "libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2",
                                         "ld-linux-aarch64.so.1" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(library, names[i]) == 0)
            return true;
    return false;
}

/* What provided.al2023 has besides: the rest of glibc, and curl with what that needs. */
static bool is_on_lambda(const char *library)
{
    static const char *const names[] = { "libdl.so.2",     "libpthread.so.0",
                                         "librt.so.1",     "libutil.so.1",
                                         "libresolv.so.2", "libgcc_s.so.1",
                                         "libcurl.so.4",   "libssl.so.3",
                                         "libcrypto.so.3", "libz.so.1" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(library, names[i]) == 0)
            return true;
    return is_c_library(library);
}

static bool is_sanitizer(const char *library)
{
    return begins(library, "libasan.") || begins(library, "libubsan.") ||
           begins(library, "libtsan.") || begins(library, "liblsan.");
}

/* The tool exports what bootstrap exports: the same Lua, linked whole. */
static bool is_in_our_lua(const char *symbol)
{
    return dlsym(RTLD_DEFAULT, symbol) != NULL;
}

static enum verdict check_lua(const struct elf_file *elf, const char *path,
                              struct err *err)
{
    for (int i = 0; i < elf->needed_count; i++)
        if (begins(elf->needed[i], "liblua"))
            return UNFIT(
                err,
                "%s needs %s: a C module gets Lua from bootstrap, and a second Lua "
                "in the process crashes; link it without -llua",
                path, elf->needed[i]);
    uint64_t at = 0;
    for (const char *symbol = elf_file_undefined(elf, &at); symbol;
         symbol = elf_file_undefined(elf, &at))
        if ((begins(symbol, "lua_") || begins(symbol, "luaL_") ||
             begins(symbol, "luaJIT_")) &&
            !is_in_our_lua(symbol))
            return UNFIT(
                err,
                "%s needs the function %s, which is not in Lua 5.4: it was built "
                "for another Lua; build it for Lua 5.4",
                path, symbol);
    return VERDICT_FINE;
}

static enum verdict check_machine(const struct elf_file *elf, const char *path,
                                  enum elf_machine machine, struct err *err)
{
    if (elf->machine == machine)
        return VERDICT_FINE;
    return UNFIT(err,
                 "%s is for %s, but the package is for %s (--arch); build it for %s, or "
                 "leave it out with --exclude",
                 path, elf->machine_name, fitness_machine_name(machine),
                 fitness_machine_name(machine));
}

static enum verdict check_glibc(const struct elf_file *elf, const char *path,
                                struct err *err)
{
    if (elf->glibc_minor <= FITNESS_GLIBC_MINOR)
        return VERDICT_FINE;
    return UNFIT(
        err,
        "%s needs %s, but Lambda (Amazon Linux 2023) has glibc 2.%d; build it on "
        "an older system, such as Amazon Linux 2023",
        path, elf->glibc, FITNESS_GLIBC_MINOR);
}

static enum verdict read_elf(struct elf_file *elf, const char *path,
                             const struct buf *bytes, struct err *err)
{
    struct err why = { "" };
    if (elf_file_read(elf, (const unsigned char *)bytes->data, bytes->len, &why))
        return VERDICT_FINE;
    return UNFIT(err, "%s is a damaged ELF file: %s", path, why.text);
}

enum verdict fitness_check(const struct package *package, const char *path,
                           const struct buf *bytes, enum elf_machine machine,
                           struct err *err)
{
    struct elf_file elf;
    if (!elf_file_is((const unsigned char *)bytes->data, bytes->len))
        return VERDICT_FINE;
    enum verdict verdict = read_elf(&elf, path, bytes, err);
    if (verdict || (elf.machine != ELF_OTHER && !elf.is_loaded))
        return verdict;
    verdict = check_machine(&elf, path, machine, err);
    if (!verdict && !elf.is_program)
        verdict = check_lua(&elf, path, err);
    if (!verdict)
        verdict = check_glibc(&elf, path, err);
    for (int i = 0; !verdict && i < elf.needed_count; i++)
        if (!is_on_lambda(elf.needed[i]) && !package_has_name(package, elf.needed[i]))
            warning_print(
                "%s needs %s, which is not in the package: a layer must have it "
                "in lib/",
                path, elf.needed[i]);
    return verdict;
}

enum verdict fitness_check_bootstrap(const char *path, const struct buf *bytes,
                                     enum elf_machine machine, struct err *err)
{
    struct elf_file elf;
    if (!elf_file_is((const unsigned char *)bytes->data, bytes->len))
        return UNFIT(err, "%s is not lunambda's bootstrap: it is no ELF file", path);
    enum verdict verdict = read_elf(&elf, path, bytes, err);
    if (!verdict)
        verdict = check_machine(&elf, path, machine, err);
    for (int i = 0; !verdict && i < elf.needed_count; i++) {
        if (is_sanitizer(elf.needed[i]))
            return UNFIT(err,
                         "%s is a build with sanitizers (it needs %s), for this machine "
                         "only; use that of ./dev release",
                         path, elf.needed[i]);
        if (!is_c_library(elf.needed[i]))
            return UNFIT(err,
                         "%s needs %s, which Lambda may not have in that version; use a "
                         "bootstrap that needs the C library alone, as in the layer",
                         path, elf.needed[i]);
    }
    return verdict ? verdict : check_glibc(&elf, path, err);
}
