/* SPDX-License-Identifier: MIT
 * Small blocks of one VM, cut from large chunks: what Lua allocates by the hundred thousand. Without headers, for
 * Lua tells the size of what it frees; a freed block waits in the list of its size for the next of that size.
 * Chunks stay until slab_trim or slab_close, so that one event reuses the pages of the one before. Blocks are never
 * joined: one living block keeps its chunk, and what is free beside it serves blocks of its size and smaller ones.
 * Knows nothing of ceilings. Not for two threads at a time. */
#ifndef LUNAMBDA_SLAB_H
#define LUNAMBDA_SLAB_H

#include <stdbool.h>
#include <stddef.h>

enum {
    SLAB_ALIGNMENT_BYTES = 16,
    SLAB_BLOCK_BYTES_MAX = 512, /* a table with 15 fields has its fields in 384 */
    SLAB_CLASSES = SLAB_BLOCK_BYTES_MAX / SLAB_ALIGNMENT_BYTES,
    SLAB_CHUNK_BYTES_MIN = 16 * 1024, /* of a chunk, header included */
};

struct slab_block; /* a free one */
struct slab_chunk;

/* Starts as { 0 }; ends with slab_close. */
struct slab {
    struct slab_block *free_blocks[SLAB_CLASSES]; /* by size; the latest freed first */
    char *rest, *rest_end;          /* of the newest chunk: never used yet */
    struct slab_chunk **chunks;     /* by address */
    size_t chunk_count, chunk_room; /* in use and allocated in `chunks` */
    size_t chunk_bytes;             /* of all chunks */
};

/* What a block of 1 to SLAB_BLOCK_BYTES_MAX bytes takes. */
size_t slab_cost(size_t bytes);

/* A block of 1 to SLAB_BLOCK_BYTES_MAX bytes; NULL when there is none without slab_grow. */
void *slab_take(struct slab *slab, size_t bytes);

/* The same from a larger free block, the remainder of which stays free. */
void *slab_split(struct slab *slab, size_t bytes);

/* A block goes back; bytes as it was taken, or fewer. One that malloc gave, at least slab_cost(bytes) large, may come
 * too: it serves like the others, but never goes back to malloc. */
void slab_give(struct slab *slab, void *block, size_t bytes);

/* How large the next chunk should be: an eighth of what is there, within bounds. */
size_t slab_chunk_bytes(const struct slab *slab);

/* Adds a chunk of SLAB_CHUNK_BYTES_MIN or more, a multiple of the page. False when the system has none. */
bool slab_grow(struct slab *slab, size_t bytes);

/* Gives the chunks without any living block back to the system; returns how many bytes. Looks at each free block. */
size_t slab_trim(struct slab *slab);

/* Gives all chunks back, living blocks with them. */
void slab_close(struct slab *slab);

#endif
