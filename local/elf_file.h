/* SPDX-License-Identifier: MIT
 * What an ELF file asks of the machine that loads it. Reads 64-bit little-endian files by the rules of the
 * System V ABI (chapters 4 and 5) and the LSB (symbol versioning); trusts no number in them. */
#ifndef LUNAMBDA_LOCAL_ELF_FILE_H
#define LUNAMBDA_LOCAL_ELF_FILE_H

#include "err.h"

#include <stdint.h>

enum {
    ELF_NEEDED_LIMIT = 256,   /* libraries that one file may ask for */
    ELF_VERSION_LIMIT = 4096, /* versions of symbols that it may ask for */
    ELF_NAME_LIMIT_BYTES = 255,
};

enum elf_machine {
    ELF_OTHER,
    ELF_X86_64,
    ELF_ARM64,
};

/* Text is borrowed from the bytes that were read. */
struct elf_file {
    enum elf_machine machine;
    char machine_name[32]; /* for a person; also of ELF_OTHER */
    bool is_loaded;        /* a program or a shared object; else .o, core */
    bool is_program;       /* has an interpreter or a fixed address */
    const char *needed[ELF_NEEDED_LIMIT]; /* DT_NEEDED, in order */
    int needed_count;
    const char *glibc; /* the newest version asked for, "GLIBC_2.34"; NULL for none */
    int glibc_minor;   /* 34; INT_MAX for one that no number tells the age of */
    const unsigned char *symbols; /* Elf64_Sym each, not aligned */
    uint64_t symbol_count;
    const char *strings;
    uint64_t strings_bytes;
};

/* Whether the bytes begin as an ELF file does. */
bool elf_file_is(const unsigned char *bytes, size_t len);

/* Reads a file that elf_file_is. For ELF_OTHER and files that nothing loads it looks no further than the header. False:
 * the file is damaged, and err says where. */
MUST_CHECK bool elf_file_read(struct elf_file *elf, const unsigned char *bytes,
                              size_t len, struct err *err);

/* The name of the next symbol that the file needs and does not bring, from *at on, which starts as 0 and is
 * moved; weak ones, which may stay away, are left out. NULL: no more. */
const char *elf_file_undefined(const struct elf_file *elf, uint64_t *at);

#endif
