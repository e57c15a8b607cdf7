/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "elf_file.h"

#include <elf.h>
#include <stdlib.h>

enum { SAMPLE_LIMIT_BYTES = 256 * 1024, MUTATIONS = 60000 };

static unsigned char sample[SAMPLE_LIMIT_BYTES];
static size_t sample_len;

static void load_sample(void)
{
    FILE *file = fopen(ELF_SAMPLE, "rb");
    sample_len = file ? fread(sample, 1, sizeof sample, file) : 0;
    if (file)
        (void)fclose(file);
}

/* Reads a copy that ends where its memory ends, and all that can be asked of it. */
static bool reads(const unsigned char *bytes, size_t len, struct elf_file *elf,
                  struct err *err)
{
    unsigned char *copy = malloc(len > 0 ? len : 1);
    if (!copy)
        abort();
    memcpy(copy, bytes, len);
    bool fine = elf_file_is(copy, len) && elf_file_read(elf, copy, len, err);
    size_t text = 0;
    uint64_t at = 0;
    if (fine) {
        for (int i = 0; i < elf->needed_count; i++)
            text += strlen(elf->needed[i]);
        if (elf->glibc)
            text += strlen(elf->glibc);
        for (const char *name = elf_file_undefined(elf, &at); name;
             name = elf_file_undefined(elf, &at))
            text += strlen(name);
    }
    free(copy);
    return fine && text < SAMPLE_LIMIT_BYTES * (size_t)1024;
}

static void reads_a_real_module(void)
{
    struct elf_file elf = { 0 };
    struct err err = { "" };
    CHECK(sample_len > 0 && sample_len < sizeof sample);
    CHECK(elf_file_is(sample, sample_len));
    CHECK(elf_file_read(&elf, sample, sample_len, &err));
    CHECK_TEXT(err.text, "");
    CHECK(elf.machine != ELF_OTHER && elf.is_loaded && !elf.is_program);
    bool has_libm = false, has_lua = false, has_own = false;
    for (int i = 0; i < elf.needed_count; i++)
        has_libm = has_libm || strcmp(elf.needed[i], "libm.so.6") == 0;
    uint64_t at = 0;
    for (const char *name = elf_file_undefined(&elf, &at); name;
         name = elf_file_undefined(&elf, &at)) {
        has_lua = has_lua || strcmp(name, "lua_pushnumber") == 0;
        has_own = has_own || strcmp(name, "luaopen_sample") == 0;
    }
    CHECK(has_libm && has_lua && !has_own);
    CHECK(elf.glibc && strncmp(elf.glibc, "GLIBC_2.", 8) == 0);
    CHECK(elf.glibc_minor >= 29); /* exp got a new version in 2.29 */
}

static void reads_itself_as_a_program(void)
{
    struct elf_file elf = { 0 };
    struct err err = { "" };
    static unsigned char own[64 * 1024 * 1024];
    FILE *file = fopen("/proc/self/exe", "rb");
    size_t len = file ? fread(own, 1, sizeof own, file) : 0;
    if (file)
        (void)fclose(file);
    CHECK(len > 0 && elf_file_read(&elf, own, len, &err));
    CHECK(elf.is_program && elf.is_loaded);
}

static void survives_every_prefix(void)
{
    struct elf_file elf = { 0 };
    struct err err;
    size_t refused = 0;
    for (size_t len = 0; len < sample_len; len++) {
        (void)err_set(&err, "%s", "");
        if (!reads(sample, len, &elf, &err)) {
            refused++;
            if (len >= SELFMAG)
                CHECK(*err.text);
        }
    }
    CHECK(refused > sample_len / 2);
    CHECK(reads(sample, sample_len, &elf, &err));
}

/* The same numbers on every machine. */
static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return *state >> 8;
}

/* Half of the bytes that change are in what elf_file.c reads: the headers, and the tables right behind them. */
static void survives_every_lie(void)
{
    static unsigned char bytes[SAMPLE_LIMIT_BYTES];
    static const unsigned char favourites[] = { 0, 1, 0x7f, 0x80, 0xff, 8, 16, 0xf8 };
    struct elf_file elf = { 0 };
    struct err err;
    uint32_t state = 20240501;
    size_t refused = 0, taken = 0;
    for (int i = 0; i < MUTATIONS; i++) {
        memcpy(bytes, sample, sample_len);
        for (uint32_t k = 1 + next_random(&state) % 6; k > 0; k--) {
            size_t range = next_random(&state) % 2 ? 2048 : sample_len;
            size_t at = 16 + next_random(&state) % (range - 16);
            uint32_t value = next_random(&state);
            bytes[at] = value % 2 ? favourites[value / 2 % sizeof favourites]
                                  : (unsigned char)(value >> 4);
        }
        if (reads(bytes, sample_len, &elf, &err))
            taken++;
        else
            refused++;
    }
    CHECK(refused > MUTATIONS / 100 && taken > MUTATIONS / 100);
}

static void names_other_machines(void)
{
    static unsigned char bytes[SAMPLE_LIMIT_BYTES];
    struct elf_file elf = { 0 };
    struct err err = { "" };
    memcpy(bytes, sample, sample_len);
    Elf64_Half machine = EM_RISCV;
    memcpy(bytes + offsetof(Elf64_Ehdr, e_machine), &machine, sizeof machine);
    CHECK(elf_file_read(&elf, bytes, sample_len, &err));
    CHECK(elf.machine == ELF_OTHER);
    CHECK_TEXT(elf.machine_name, "RISC-V");
    machine = EM_X86_64;
    memcpy(bytes + offsetof(Elf64_Ehdr, e_machine), &machine, sizeof machine);
    bytes[EI_CLASS] = ELFCLASS32; /* x32 */
    CHECK(elf_file_read(&elf, bytes, sample_len, &err));
    CHECK(elf.machine == ELF_OTHER);
    CHECK_TEXT(elf.machine_name, "ELF machine 62");
}

static void tells_other_files(void)
{
    CHECK(!elf_file_is((const unsigned char *)"\x7f"
                                              "EL",
                       3));
    CHECK(!elf_file_is((const unsigned char *)"return {}", 9));
}

int main(void)
{
    load_sample();
    RUN(reads_a_real_module);
    RUN(reads_itself_as_a_program);
    RUN(survives_every_prefix);
    RUN(survives_every_lie);
    RUN(names_other_machines);
    RUN(tells_other_files);
    return check_done();
}
