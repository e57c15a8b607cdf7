/* SPDX-License-Identifier: MIT */
#include "elf_file.h"

#include "elf_image.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the dynamic section says, as addresses, and the file that it is of. */
struct image {
    struct elf_image file;
    Elf64_Phdr dynamic; /* p_filesz 0: none */
    uint64_t strtab, strsz, symtab, hash, gnu_hash, verneed, verneednum;
};

static void name_machine(struct elf_file *elf, const unsigned char *bytes,
                         unsigned number)
{
    static const struct {
        unsigned number;
        const char *name;
    } names[] = { { EM_386, "i386" },
                  { EM_ARM, "32-bit ARM" },
                  { EM_RISCV, "RISC-V" },
                  { EM_PPC64, "ppc64" },
                  { EM_S390, "s390x" } };
    bool is_native = bytes[EI_CLASS] == ELFCLASS64 && bytes[EI_DATA] == ELFDATA2LSB;
    const char *name = NULL;
    if (is_native && number == EM_X86_64) {
        elf->machine = ELF_X86_64;
        name = "x86_64";
    } else if (is_native && number == EM_AARCH64) {
        elf->machine = ELF_ARM64;
        name = "arm64";
    }
    for (size_t i = 0; !name && i < sizeof names / sizeof *names; i++)
        if (names[i].number == number)
            name = names[i].name;
    if (name)
        (void)snprintf(elf->machine_name, sizeof elf->machine_name, "%s", name);
    else
        (void)snprintf(elf->machine_name, sizeof elf->machine_name, "ELF machine %u",
                       number);
}

/* A field of the dynamic section that we want; NULL for the others. */
static uint64_t *field_of(struct image *image, int64_t tag)
{
    switch (tag) {
    case DT_STRTAB: return &image->strtab;
    case DT_STRSZ: return &image->strsz;
    case DT_SYMTAB: return &image->symtab;
    case DT_HASH: return &image->hash;
    case DT_GNU_HASH: return &image->gnu_hash;
    case DT_VERNEED: return &image->verneed;
    case DT_VERNEEDNUM: return &image->verneednum;
    default: return NULL;
    }
}

/* The entry of the dynamic section; false behind its last. */
static bool read_dynamic(const struct image *image, uint64_t index, Elf64_Dyn *entry)
{
    uint64_t offset = index * sizeof *entry;
    return offset + sizeof *entry <= image->dynamic.p_filesz &&
           elf_image_copy(&image->file, image->dynamic.p_offset + offset, entry,
                          sizeof *entry) &&
           entry->d_tag != DT_NULL;
}

static bool find_strings(struct elf_file *elf, struct image *image, struct err *err)
{
    uint64_t offset = 0, room = 0;
    if (!image->strtab)
        return true;
    if (!elf_image_locate(&image->file, image->strtab, &offset, &room) ||
        image->strsz > room)
        return err_set(err, "its table of strings lies outside the file");
    elf->strings = (const char *)image->file.bytes + offset;
    elf->strings_bytes = image->strsz;
    return true;
}

/* The string at the offset; NULL when it does not end within the table. */
static const char *string_at(const struct elf_file *elf, uint64_t offset)
{
    if (offset >= elf->strings_bytes ||
        !memchr(elf->strings + offset, '\0', elf->strings_bytes - offset))
        return NULL;
    return elf->strings + offset;
}

static bool read_needed(struct elf_file *elf, const struct image *image, struct err *err)
{
    Elf64_Dyn entry;
    for (uint64_t i = 0; read_dynamic(image, i, &entry); i++) {
        if (entry.d_tag != DT_NEEDED)
            continue;
        const char *name = string_at(elf, entry.d_un.d_val);
        if (!name || strlen(name) > ELF_NAME_LIMIT_BYTES)
            return err_set(err, "the name of a library that it needs is damaged");
        if (elf->needed_count == ELF_NEEDED_LIMIT)
            return err_set(err, "it needs more than %d libraries", ELF_NEEDED_LIMIT);
        elf->needed[elf->needed_count++] = name;
    }
    return true;
}

/* 34 for GLIBC_2.34 and GLIBC_2.34.1; -1 for what is no version of glibc. A name without a number
 * (GLIBC_ABI_DT_RELR) marks what only a newer loader knows. GLIBC_PRIVATE says nothing. */
static int glibc_minor(const char *version)
{
    if (strncmp(version, "GLIBC_", 6) != 0 || strcmp(version, "GLIBC_PRIVATE") == 0)
        return -1;
    if (strncmp(version, "GLIBC_2.", 8) != 0)
        return INT_MAX;
    char *end = NULL;
    long minor = strtol(version + 8, &end, 10);
    if (end == version + 8 || minor < 0 || minor > INT_MAX)
        return INT_MAX;
    return (int)minor;
}

static bool take_version(struct elf_file *elf, const Elf64_Vernaux *version,
                         struct err *err)
{
    const char *name = string_at(elf, version->vna_name);
    if (!name || strlen(name) > ELF_NAME_LIMIT_BYTES)
        return err_set(err, "the name of a version that it needs is damaged");
    int minor = glibc_minor(name);
    if (minor > elf->glibc_minor && !(version->vna_flags & VER_FLG_WEAK)) {
        elf->glibc = name;
        elf->glibc_minor = minor;
    }
    return true;
}

/* .gnu.version_r: a list of libraries, each with a list of versions; each link is an offset forward. */
static bool read_versions(struct elf_file *elf, const struct image *image,
                          struct err *err)
{
    uint64_t offset = 0, room = 0;
    int seen = 0;
    if (!image->verneed)
        return true;
    if (!elf_image_locate(&image->file, image->verneed, &offset, &room))
        return err_set(err, "its table of versions lies outside the file");
    for (uint64_t i = 0; i < image->verneednum; i++) {
        Elf64_Verneed library;
        if (!elf_image_copy(&image->file, offset, &library, sizeof library))
            return err_set(err, "its table of versions is cut off");
        uint64_t at = offset + library.vn_aux;
        for (unsigned k = 0; k < library.vn_cnt; k++) {
            Elf64_Vernaux version;
            if (!elf_image_copy(&image->file, at, &version, sizeof version))
                return err_set(err, "its table of versions is cut off");
            if (++seen > ELF_VERSION_LIMIT)
                return err_set(err, "it needs more than %d versions of symbols",
                               ELF_VERSION_LIMIT);
            if (!take_version(elf, &version, err))
                return false;
            at += version.vna_next;
        }
        if (library.vn_next == 0)
            break;
        if (++seen > ELF_VERSION_LIMIT)
            return err_set(err, "it needs more than %d versions of symbols",
                           ELF_VERSION_LIMIT);
        offset += library.vn_next;
    }
    return true;
}

/* How many symbols are to be looked at: DT_HASH counts all, DT_GNU_HASH tells where those begin that the file
 * defines, and the undefined ones lie before these. */
static bool count_symbols(const struct image *image, uint64_t *count)
{
    uint64_t offset = 0, room = 0;
    uint32_t numbers[2] = { 0, 0 }; /* buckets, then chains or the first symbol */
    uint64_t address = image->gnu_hash ? image->gnu_hash : image->hash;
    if (!address)
        return true;
    if (!elf_image_locate(&image->file, address, &offset, &room) ||
        room < sizeof numbers ||
        !elf_image_copy(&image->file, offset, numbers, sizeof numbers))
        return false;
    *count = numbers[1];
    return true;
}

static bool find_symbols(struct elf_file *elf, const struct image *image, struct err *err)
{
    uint64_t offset = 0, room = 0, count = 0;
    if (!image->symtab)
        return true;
    if (!count_symbols(image, &count) ||
        !elf_image_locate(&image->file, image->symtab, &offset, &room) ||
        count > room / sizeof(Elf64_Sym))
        return err_set(err, "its table of symbols lies outside the file");
    elf->symbols = image->file.bytes + offset;
    elf->symbol_count = count;
    return true;
}

static bool read_segments(struct elf_file *elf, struct image *image, struct err *err)
{
    Elf64_Phdr segment;
    if (image->file.header.e_phnum > 0 &&
        image->file.header.e_phentsize != sizeof segment)
        return err_set(err, "its segments have an unknown form");
    for (unsigned i = 0; i < image->file.header.e_phnum; i++) {
        if (!elf_image_segment(&image->file, i, &segment))
            return err_set(err, "its table of segments is cut off");
        if (segment.p_type == PT_LOAD &&
            !elf_image_has(&image->file, segment.p_offset, segment.p_filesz))
            return err_set(err, "a segment is cut off");
        if (segment.p_type == PT_INTERP)
            elf->is_program = true;
        if (segment.p_type == PT_DYNAMIC)
            image->dynamic = segment;
    }
    return elf_image_has(&image->file, image->dynamic.p_offset,
                         image->dynamic.p_filesz) ||
           err_set(err, "its dynamic section is cut off");
}

bool elf_file_is(const unsigned char *bytes, size_t len)
{
    return len >= SELFMAG && memcmp(bytes, ELFMAG, SELFMAG) == 0;
}

bool elf_file_read(struct elf_file *elf, const unsigned char *bytes, size_t len,
                   struct err *err)
{
    struct image image = { .file = { .bytes = bytes, .len = len } };
    *elf = (struct elf_file){ .glibc_minor = -1 };
    if (!elf_image_copy(&image.file, 0, &image.file.header, sizeof image.file.header))
        return err_set(err, "its header is cut off");
    name_machine(elf, bytes, image.file.header.e_machine);
    if (elf->machine == ELF_OTHER)
        return true;
    elf->is_loaded =
        image.file.header.e_type == ET_EXEC || image.file.header.e_type == ET_DYN;
    elf->is_program = image.file.header.e_type == ET_EXEC;
    if (!elf->is_loaded)
        return true;
    if (!read_segments(elf, &image, err))
        return false;
    Elf64_Dyn entry;
    for (uint64_t i = 0; read_dynamic(&image, i, &entry); i++) {
        uint64_t *field = field_of(&image, entry.d_tag);
        if (field)
            *field = entry.d_un.d_val;
    }
    return find_strings(elf, &image, err) && read_needed(elf, &image, err) &&
           read_versions(elf, &image, err) && find_symbols(elf, &image, err);
}

const char *elf_file_undefined(const struct elf_file *elf, uint64_t *at)
{
    while (*at < elf->symbol_count) {
        Elf64_Sym symbol;
        memcpy(&symbol, elf->symbols + *at * sizeof symbol, sizeof symbol);
        *at += 1;
        if (symbol.st_shndx != SHN_UNDEF || ELF64_ST_BIND(symbol.st_info) == STB_WEAK ||
            symbol.st_name == 0)
            continue;
        const char *name = string_at(elf, symbol.st_name);
        if (name && strlen(name) <= ELF_NAME_LIMIT_BYTES)
            return name;
    }
    return NULL;
}
