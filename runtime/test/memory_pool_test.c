/* SPDX-License-Identifier: MIT
 * The ceiling: how high it is, and several VMs below it. */
#include "check.h"
#include "memory.h"

#include <pthread.h>

static const size_t MIB = 1024UL * 1024;

static void leaves_a_reserve_of_the_functions_memory(void)
{
    CHECK(memory_ceiling_bytes(0) == 0);
    CHECK(memory_ceiling_bytes(128) == 100 * MIB);
    CHECK(memory_ceiling_bytes(10240) == (10240 - 24 - 320) * MIB);
    CHECK(memory_ceiling_bytes(16) == 8 * MIB);
}

static struct memory_pool shared;

/* Up to 2 MiB in 64 blocks, some of them small, again and again. */
static void *churn(void *unused)
{
    struct memory memory = { .pool = &shared };
    void *blocks[64] = { NULL };
    (void)unused;
    for (size_t i = 0; i < 20000; i++) {
        size_t slot = i % 64;
        if (blocks[slot])
            (void)memory_allocate(&memory, blocks[slot], (slot * slot + 1) * 15, 0);
        blocks[slot] = memory_allocate(&memory, NULL, 0, (slot * slot + 1) * 15);
    }
    for (size_t slot = 0; slot < 64; slot++)
        if (blocks[slot])
            (void)memory_allocate(&memory, blocks[slot], (slot * slot + 1) * 15, 0);
    CHECK(memory.live_bytes == 0);
    memory_close(&memory);
    return NULL;
}

static void several_vms_share_a_ceiling(void)
{
    pthread_t threads[4];
    shared.ceiling_bytes = 6 * MIB; /* now and then one is refused */
    for (size_t i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, churn, NULL) == 0);
    for (size_t i = 0; i < 4; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(atomic_load(&shared.granted_bytes) == 0);

    struct memory one = { .pool = &shared }, other = { .pool = &shared };
    void *most = memory_allocate(&one, NULL, 0, 5 * MIB);
    CHECK(most != NULL);
    CHECK(memory_allocate(&other, NULL, 0, 2 * MIB) == NULL);
    CHECK(memory_allocate(&one, most, 5 * MIB, 0) == NULL);
    void *now = memory_allocate(&other, NULL, 0, 2 * MIB);
    CHECK(now != NULL);
    CHECK(memory_allocate(&other, now, 2 * MIB, 0) == NULL);
    memory_close(&one);
    memory_close(&other);
}

enum { ASK_COUNT = 1500000 };

static atomic_int asked;

/* Asks for more than there is, again and again. */
static void *ask_too_much(void *unused)
{
    struct memory memory = { .pool = &shared };
    (void)unused;
    for (int i = 0; i < ASK_COUNT; i++) {
        CHECK(memory_allocate(&memory, NULL, 0, 1024 * MIB) == NULL);
        atomic_fetch_add(&asked, 1);
    }
    memory_close(&memory);
    return NULL;
}

static void who_is_refused_takes_nothing_from_the_others(void)
{
    pthread_t greedy;
    long refused = 0;
    struct memory memory = { .pool = &shared };
    shared.ceiling_bytes = 64 * MIB;
    CHECK(pthread_create(&greedy, NULL, ask_too_much, NULL) == 0);
    while (atomic_load(&asked) < ASK_COUNT) {
        void *block = memory_allocate(&memory, NULL, 0, MIB / 4);
        refused += !block;
        if (block)
            (void)memory_allocate(&memory, block, MIB / 4, 0);
    }
    CHECK(pthread_join(greedy, NULL) == 0);
    CHECK(refused == 0);
    memory_close(&memory);
    CHECK(atomic_load(&shared.granted_bytes) == 0);
}

int main(void)
{
    RUN(leaves_a_reserve_of_the_functions_memory);
    RUN(several_vms_share_a_ceiling);
    RUN(who_is_refused_takes_nothing_from_the_others);
    return check_done();
}
