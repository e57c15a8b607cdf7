/* SPDX-License-Identifier: MIT
 * The slab by itself, also where AddressSanitizer keeps Lua's blocks out of it. */
#include "check.h"
#include "slab.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 4000, ROUNDS = 200000, FIRST_RANDOM = 7 };

static void *take(struct slab *slab, size_t bytes)
{
    void *block = slab_take(slab, bytes);
    if (block)
        return block;
    CHECK(slab_grow(slab, slab_chunk_bytes(slab)));
    return slab_take(slab, bytes);
}

static void rounds_up_to_its_sizes(void)
{
    CHECK(slab_cost(1) == 16);
    CHECK(slab_cost(16) == 16);
    CHECK(slab_cost(17) == 32);
    CHECK(slab_cost(SLAB_BLOCK_BYTES_MAX) == SLAB_BLOCK_BYTES_MAX);
}

static void has_nothing_before_it_has_grown(void)
{
    struct slab slab = { 0 };
    CHECK(slab_take(&slab, 1) == NULL);
    CHECK(slab_split(&slab, 1) == NULL);
    CHECK(slab_trim(&slab) == 0);
    slab_close(&slab);
}

static void gives_the_latest_block_of_a_size_again(void)
{
    struct slab slab = { 0 };
    void *one = take(&slab, 40), *other = take(&slab, 40);
    CHECK(one && other && one != other);
    slab_give(&slab, one, 40);
    slab_give(&slab, other, 33);
    CHECK(slab_take(&slab, 48) == other);
    CHECK(slab_take(&slab, 40) == one);
    slab_close(&slab);
}

struct owned {
    unsigned char *bytes;
    size_t len;
    unsigned char mark;
};

static bool is_whole(const struct owned *block)
{
    for (size_t i = 0; i < block->len; i++)
        if (block->bytes[i] != block->mark)
            return false;
    return true;
}

static uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

/* At every moment each block is aligned and holds what was written into it: none overlap, none is in a chunk
 * that was given back. */
static void no_block_touches_another(void)
{
    static struct owned blocks[BLOCKS];
    struct slab slab = { 0 };
    uint64_t random = FIRST_RANDOM;
    size_t trimmed = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct owned *block = &blocks[next_random(&random) % BLOCKS];
        if (block->bytes) {
            CHECK(is_whole(block));
            slab_give(&slab, block->bytes, block->len);
            block->bytes = NULL;
            continue;
        }
        block->len = 1 + next_random(&random) % SLAB_BLOCK_BYTES_MAX;
        block->mark = (unsigned char)next_random(&random);
        if (round % 3 == 0)
            block->bytes = slab_split(&slab, block->len);
        if (!block->bytes)
            block->bytes = take(&slab, block->len);
        CHECK((uintptr_t)block->bytes % SLAB_ALIGNMENT_BYTES == 0);
        memset(block->bytes, block->mark, block->len);
        if (round % 5000 == 0) /* some chunks become empty only when much is given back */
            for (size_t i = 0; i < BLOCKS - 20; i++)
                if (blocks[i].bytes) {
                    CHECK(is_whole(&blocks[i]));
                    slab_give(&slab, blocks[i].bytes, blocks[i].len);
                    blocks[i].bytes = NULL;
                }
        if (round % 5000 == 0)
            trimmed += slab_trim(&slab);
    }
    for (size_t i = 0; i < BLOCKS; i++)
        if (blocks[i].bytes) {
            CHECK(is_whole(&blocks[i]));
            slab_give(&slab, blocks[i].bytes, blocks[i].len);
            blocks[i].bytes = NULL;
        }
    CHECK(trimmed > 0);
    CHECK(slab_trim(&slab) > 0);
    CHECK(slab.chunk_bytes == 0 && slab.chunk_count == 0);
    CHECK(slab_take(&slab, 1) == NULL); /* nothing is left in a list */
    slab_close(&slab);
}

static void one_living_block_keeps_its_chunk(void)
{
    struct slab slab = { 0 };
    char *living = take(&slab, 64);
    CHECK(living != NULL);
    if (!living)
        return;
    *living = 'x';
    void *dead = take(&slab, 64);
    slab_give(&slab, dead, 64);
    CHECK(slab_trim(&slab) == 0);
    CHECK(slab_take(&slab, 64) == dead);
    slab_give(&slab, dead, 64);
    CHECK(*living == 'x');
    slab_give(&slab, living, 64);
    size_t bytes = slab.chunk_bytes;
    CHECK(slab_trim(&slab) == bytes);
    slab_close(&slab);
}

static void a_chunk_is_used_to_its_end(void)
{
    struct slab slab = { 0 };
    size_t taken = 0;
    CHECK(slab_grow(&slab, SLAB_CHUNK_BYTES_MIN));
    while (slab_take(&slab, 496))
        taken += 496;
    CHECK(slab_grow(&slab, SLAB_CHUNK_BYTES_MIN)); /* what was left is not lost */
    while (slab_take(&slab, 496))
        taken += 496;
    CHECK(slab_grow(&slab, SLAB_CHUNK_BYTES_MIN));
    for (size_t class = 0; class < SLAB_CLASSES; class ++)
        while (slab.free_blocks[class]) {
            (void)slab_take(&slab, (class + 1) * SLAB_ALIGNMENT_BYTES);
            taken += (class + 1) * SLAB_ALIGNMENT_BYTES;
        }
    const size_t both = (size_t)2 * SLAB_CHUNK_BYTES_MIN;
    CHECK(taken > both - 64 && taken < both); /* without their headers */
    slab_close(&slab);
}

static void a_block_of_mallocs_may_come_too(void)
{
    struct slab slab = { 0 };
    void *foreign = malloc(64);
    CHECK(slab_grow(&slab, SLAB_CHUNK_BYTES_MIN));
    slab_give(&slab, foreign, 64);
    CHECK(slab_trim(&slab) == SLAB_CHUNK_BYTES_MIN);
    CHECK(slab_take(&slab, 64) == foreign);
    free(foreign);
    slab_close(&slab);
}

static void chunks_grow_with_what_is_there(void)
{
    struct slab slab = { 0 };
    size_t before = 0;
    for (int i = 0; i < 60; i++) {
        size_t bytes = slab_chunk_bytes(&slab);
        CHECK(bytes >= before && bytes >= SLAB_CHUNK_BYTES_MIN && bytes % 4096 == 0);
        CHECK(slab_grow(&slab, bytes));
        before = bytes;
    }
    CHECK(before == (size_t)1024 * 1024);
    slab_close(&slab);
}

int main(void)
{
    RUN(rounds_up_to_its_sizes);
    RUN(has_nothing_before_it_has_grown);
    RUN(gives_the_latest_block_of_a_size_again);
    RUN(no_block_touches_another);
    RUN(one_living_block_keeps_its_chunk);
    RUN(a_chunk_is_used_to_its_end);
    RUN(a_block_of_mallocs_may_come_too);
    RUN(chunks_grow_with_what_is_there);
    return check_done();
}
