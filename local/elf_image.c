/* SPDX-License-Identifier: MIT */
#include "elf_image.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "structs are read as they lie");

bool elf_image_has(const struct elf_image *image, uint64_t offset, uint64_t size)
{
    return offset <= image->len && size <= image->len - offset;
}

bool elf_image_copy(const struct elf_image *image, uint64_t offset, void *to, size_t size)
{
    if (!elf_image_has(image, offset, size))
        return false;
    memcpy(to, image->bytes + offset, size);
    return true;
}

bool elf_image_segment(const struct elf_image *image, unsigned index, Elf64_Phdr *segment)
{
    uint64_t offset = image->header.e_phoff;
    uint64_t behind = (uint64_t)index * sizeof *segment;
    return offset <= image->len &&
           elf_image_copy(image, offset + behind, segment, sizeof *segment);
}

bool elf_image_locate(const struct elf_image *image, uint64_t address, uint64_t *offset,
                      uint64_t *room)
{
    Elf64_Phdr segment;
    for (unsigned i = 0; i < image->header.e_phnum; i++) {
        if (!elf_image_segment(image, i, &segment))
            return false;
        uint64_t behind = address - segment.p_vaddr;
        if (segment.p_type != PT_LOAD || address < segment.p_vaddr ||
            behind >= segment.p_filesz ||
            !elf_image_has(image, segment.p_offset, segment.p_filesz))
            continue;
        *offset = segment.p_offset + behind;
        *room = segment.p_filesz - behind;
        return true;
    }
    return false;
}
