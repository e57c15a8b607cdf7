/* SPDX-License-Identifier: MIT
 * The bytes of a 64-bit ELF file as its segments place them in memory. Every access is checked: an offset or a size
 * in the file is a claim. For elf_file.c alone. */
#ifndef LUNAMBDA_LOCAL_ELF_IMAGE_H
#define LUNAMBDA_LOCAL_ELF_IMAGE_H

#include "err.h"

#include <elf.h>
#include <stdint.h>

struct elf_image {
    const unsigned char *bytes; /* borrowed */
    size_t len;
    Elf64_Ehdr header;
};

bool elf_image_has(const struct elf_image *image, uint64_t offset, uint64_t size);

/* Copies size bytes from the offset, for nothing in the file need be aligned. False: the file has not so many. */
MUST_CHECK bool elf_image_copy(const struct elf_image *image, uint64_t offset, void *to,
                               size_t size);

/* The segment of that number. False: the file has not so many bytes. */
MUST_CHECK bool elf_image_segment(const struct elf_image *image, unsigned index,
                                  Elf64_Phdr *segment);

/* Where in the file that lies which is loaded at the address, and how many bytes of it the file has from there.
 * False: nowhere. */
MUST_CHECK bool elf_image_locate(const struct elf_image *image, uint64_t address,
                                 uint64_t *offset, uint64_t *room);

#endif
