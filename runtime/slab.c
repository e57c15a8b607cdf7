/* SPDX-License-Identifier: MIT */
#include "slab.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    CHUNK_BYTES = 64 * 1024, /* what the smallest function fills */
    CHUNK_BYTES_MAX = 1024 * 1024,
    CHUNK_PART = 8,
    FIRST_CHUNK_ROOM = 16,
    ENTRY_BYTES = sizeof(void *), /* of slab.chunks */
};

struct slab_block {
    struct slab_block *next;
};

struct slab_chunk {
    size_t bytes;
    size_t free_bytes; /* for slab_trim, which counts them */
};

_Static_assert(sizeof(struct slab_chunk) % SLAB_ALIGNMENT_BYTES == 0,
               "the first block of a chunk is aligned");

static size_t class_of(size_t bytes)
{
    return (bytes - 1) / SLAB_ALIGNMENT_BYTES;
}

static size_t class_bytes(size_t class)
{
    return (class + 1) * SLAB_ALIGNMENT_BYTES;
}

size_t slab_cost(size_t bytes)
{
    return class_bytes(class_of(bytes));
}

static void push(struct slab_block **list, void *block)
{
    struct slab_block *free_block = block;
    free_block->next = *list;
    *list = free_block;
}

static void *pop(struct slab_block **list)
{
    struct slab_block *block = *list;
    *list = block->next;
    return block;
}

void *slab_take(struct slab *slab, size_t bytes)
{
    size_t class = class_of(bytes), size = class_bytes(class);
    if (slab->free_blocks[class])
        return pop(&slab->free_blocks[class]);
    if ((size_t)(slab->rest_end - slab->rest) < size)
        return NULL;
    char *block = slab->rest;
    slab->rest += size;
    return block;
}

void *slab_split(struct slab *slab, size_t bytes)
{
    size_t class = class_of(bytes);
    for (size_t larger = class + 1; larger < SLAB_CLASSES; larger++) {
        if (!slab->free_blocks[larger])
            continue;
        char *block = pop(&slab->free_blocks[larger]);
        push(&slab->free_blocks[larger - class - 1], block + class_bytes(class));
        return block;
    }
    return NULL;
}

void slab_cut(struct slab *slab, void *block, size_t bytes, size_t kept_bytes)
{
    size_t class = class_of(kept_bytes), kept = class_bytes(class);
    push(&slab->free_blocks[class_of(bytes) - class - 1], (char *)block + kept);
}

void slab_give(struct slab *slab, void *block, size_t bytes)
{
    push(&slab->free_blocks[class_of(bytes)], block);
}

size_t slab_chunk_bytes(const struct slab *slab)
{
    size_t bytes =
        slab->chunk_bytes / CHUNK_PART / SLAB_CHUNK_BYTES_MIN * SLAB_CHUNK_BYTES_MIN;
    if (bytes < CHUNK_BYTES)
        return CHUNK_BYTES;
    return bytes < CHUNK_BYTES_MAX ? bytes : CHUNK_BYTES_MAX;
}

static char *chunk_begin(struct slab_chunk *chunk)
{
    return (char *)(chunk + 1);
}

static char *chunk_end(struct slab_chunk *chunk)
{
    return (char *)chunk + chunk->bytes;
}

/* The index of the first chunk that ends behind a place; chunk_count when there is none. */
static size_t find(const struct slab *slab, const char *place)
{
    size_t low = 0, high = slab->chunk_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (chunk_end(slab->chunks[middle]) <= place)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The chunk that a block was cut from; NULL for a block that malloc gave. */
static struct slab_chunk *chunk_of(const struct slab *slab, const char *block)
{
    size_t i = find(slab, block);
    bool is_there = i < slab->chunk_count && block >= chunk_begin(slab->chunks[i]);
    return is_there ? slab->chunks[i] : NULL;
}

static bool reserve_entry(struct slab *slab)
{
    if (slab->chunk_count < slab->chunk_room)
        return true;
    size_t room = slab->chunk_room ? 2 * slab->chunk_room : FIRST_CHUNK_ROOM;
    struct slab_chunk **chunks = realloc(slab->chunks, room * ENTRY_BYTES);
    if (!chunks)
        return false;
    slab->chunks = chunks;
    slab->chunk_room = room;
    return true;
}

/* What is never used of the newest chunk becomes free blocks. */
static void retire_rest(struct slab *slab)
{
    while (slab->rest < slab->rest_end) {
        size_t left = (size_t)(slab->rest_end - slab->rest);
        size_t bytes = left < SLAB_BLOCK_BYTES_MAX ? left : SLAB_BLOCK_BYTES_MAX;
        slab_give(slab, slab->rest, bytes);
        slab->rest += bytes;
    }
}

bool slab_grow(struct slab *slab, size_t bytes)
{
    if (!reserve_entry(slab))
        return false;
    /* All of its pages at once, which is cheaper than one by one as they are touched: most will be, for a chunk is
     * what a small function fills, or an eighth of the heap. */
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
    struct slab_chunk *chunk = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (chunk == MAP_FAILED)
        return false;
    chunk->bytes = bytes;
    size_t at = find(slab, (char *)chunk);
    memmove(slab->chunks + at + 1, slab->chunks + at,
            (slab->chunk_count - at) * ENTRY_BYTES);
    slab->chunks[at] = chunk;
    slab->chunk_count++;
    slab->chunk_bytes += bytes;
    retire_rest(slab);
    slab->rest = chunk_begin(chunk);
    slab->rest_end = chunk_end(chunk);
    return true;
}

/* Tells every chunk how much of it is free. */
static void count_free(struct slab *slab)
{
    for (size_t i = 0; i < slab->chunk_count; i++)
        slab->chunks[i]->free_bytes = 0;
    for (size_t class = 0; class < SLAB_CLASSES; class ++) {
        const struct slab_block *block = slab->free_blocks[class];
        for (; block; block = block->next) {
            struct slab_chunk *chunk = chunk_of(slab, (const char *)block);
            if (chunk)
                chunk->free_bytes += class_bytes(class);
        }
    }
    if (slab->rest < slab->rest_end)
        chunk_of(slab, slab->rest)->free_bytes += (size_t)(slab->rest_end - slab->rest);
}

static bool is_empty(const struct slab_chunk *chunk)
{
    return chunk && chunk->free_bytes == chunk->bytes - sizeof(*chunk);
}

/* Takes the blocks of empty chunks out of the lists; the others keep their order. */
static void forget_empty(struct slab *slab)
{
    for (size_t class = 0; class < SLAB_CLASSES; class ++) {
        struct slab_block **link = &slab->free_blocks[class];
        while (*link) {
            if (is_empty(chunk_of(slab, (const char *)*link)))
                *link = (*link)->next;
            else
                link = &(*link)->next;
        }
    }
    if (slab->rest < slab->rest_end && is_empty(chunk_of(slab, slab->rest)))
        slab->rest = slab->rest_end = NULL;
}

size_t slab_trim(struct slab *slab)
{
    size_t kept = 0, before = slab->chunk_bytes;
    count_free(slab);
    forget_empty(slab);
    for (size_t i = 0; i < slab->chunk_count; i++) {
        struct slab_chunk *chunk = slab->chunks[i];
        size_t bytes = chunk->bytes;
        if (is_empty(chunk)) {
            (void)munmap(chunk, bytes);
            slab->chunk_bytes -= bytes;
        } else {
            slab->chunks[kept++] = chunk;
        }
    }
    slab->chunk_count = kept;
    return before - slab->chunk_bytes;
}

void slab_close(struct slab *slab)
{
    for (size_t i = 0; i < slab->chunk_count; i++)
        (void)munmap(slab->chunks[i], slab->chunks[i]->bytes);
    free(slab->chunks);
    *slab = (struct slab){ 0 };
}
