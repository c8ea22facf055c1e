/* SPDX-License-Identifier: Apache-2.0 */
/* The bump allocator: a chain of blocks that grows at one end and is cut back there. It has no
 * thread of its own and no lock; its owner uses it from one thread at a time. Under
 * AddressSanitizer what is not handed out is poisoned and allocations stand apart, so that an
 * overrun is seen. */
#include "base/arena.h"

#include "base/secret.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define GAP 16u /* between two allocations */
static void hide(void *memory, size_t n)
{
    __asan_poison_memory_region(memory, n);
}
static void show(void *memory, size_t n)
{
    __asan_unpoison_memory_region(memory, n);
}
#else
#define GAP 0u
static void hide(void *memory, size_t n)
{
    (void)memory;
    (void)n;
}
static void show(void *memory, size_t n)
{
    (void)memory;
    (void)n;
}
#endif

#define ALIGN     alignof(max_align_t)
#define BLOCK_MIN ((size_t)4096)
#define BLOCK_MAX ((size_t)256 * 1024) /* a single larger allocation gets a block of its size */
#define KEEP_MAX  ((size_t)64 * 1024)  /* a larger block is not kept for later */

typedef struct Block {
    struct Block *below;
    size_t size, used; /* of bytes[] */
    alignas(max_align_t) unsigned char bytes[];
} Block;

struct PbayArena {
    Block *top;
    Block
        *spare; /* one emptied block, so that mark and rewind around an op do not churn the heap */
    size_t limit, total, next_size;
    bool wipe;
};

PbayArena *pbay_arena_new(size_t limit)
{
    PbayArena *arena = g_new0(PbayArena, 1);
    arena->limit = limit;
    arena->next_size = BLOCK_MIN;
    return arena;
}

static void free_block(Block *block)
{
    if (block == NULL)
        return;
    show(block->bytes, block->size);
    g_free(block);
}

/* Gives the bytes of a block from `from` on back to it. */
static void cut(const PbayArena *arena, Block *block, size_t from)
{
    if (arena->wipe) {
        show(block->bytes + from, block->used - from);
        pbay_wipe(block->bytes + from, block->used - from);
    }
    block->used = from;
    hide(block->bytes + from, block->size - from);
}

static void pop_block(PbayArena *arena)
{
    Block *block = arena->top;
    arena->top = block->below;
    cut(arena, block, 0);
    bool keep =
        block->size <= KEEP_MAX && (arena->spare == NULL || arena->spare->size < block->size);
    free_block(keep ? arena->spare : block);
    if (keep)
        arena->spare = block;
}

static void push_block(PbayArena *arena, size_t need)
{
    Block *block = NULL;
    if (arena->spare != NULL && arena->spare->size >= need) {
        block = arena->spare;
        arena->spare = NULL;
    } else {
        size_t size = MAX(need, arena->next_size - sizeof(Block));
        arena->next_size = MIN(arena->next_size * 2, BLOCK_MAX);
        block = g_malloc(sizeof(Block) + size);
        block->size = size;
        block->used = 0;
        hide(block->bytes, size);
    }
    block->below = arena->top;
    arena->top = block;
}

void *pbay_arena_alloc_raw(PbayArena *arena, size_t n)
{
    static max_align_t nothing; /* where allocations of no bytes point; never written */
    if (n == 0)
        return &nothing;
    size_t bound = arena->limit != 0 ? arena->limit : SIZE_MAX / 2;
    if (n > bound)
        return NULL;
    size_t rounded = (n + ALIGN - 1) / ALIGN * ALIGN;
    if (arena->total > bound || n > bound - arena->total)
        return NULL;
    size_t need = rounded + GAP;
    if (arena->top == NULL || arena->top->size - arena->top->used < need)
        push_block(arena, need);
    Block *block = arena->top;
    void *memory = block->bytes + block->used;
    block->used += need;
    arena->total += rounded;
    show(memory, n);
    return memory;
}

void *pbay_arena_alloc(PbayArena *arena, size_t n)
{
    void *memory = pbay_arena_alloc_raw(arena, n);
    if (memory != NULL && n != 0)
        memset(memory, 0, n);
    return memory;
}

pb_str pbay_arena_copy(PbayArena *arena, pb_str s)
{
    char *copy = s.len < SIZE_MAX ? pbay_arena_alloc_raw(arena, s.len + 1) : NULL;
    if (copy == NULL)
        return (pb_str){NULL, 0};
    if (s.len != 0)
        memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return (pb_str){copy, s.len};
}

PbayArenaMark pbay_arena_mark(const PbayArena *arena)
{
    return (PbayArenaMark){.block = arena->top,
                           .used = arena->top != NULL ? arena->top->used : 0,
                           .total = arena->total};
}

void pbay_arena_rewind(PbayArena *arena, PbayArenaMark mark)
{
    while (arena->top != NULL && arena->top != mark.block)
        pop_block(arena);
    g_return_if_fail(arena->top == mark.block);
    if (arena->top != NULL)
        cut(arena, arena->top, mark.used);
    arena->total = mark.total;
}

void pbay_arena_reset(PbayArena *arena)
{
    pbay_arena_rewind(arena, (PbayArenaMark){0});
    arena->next_size = BLOCK_MIN;
}

void pbay_arena_set_wipe(PbayArena *arena, bool wipe)
{
    arena->wipe = wipe;
}

size_t pbay_arena_used(const PbayArena *arena)
{
    return arena->total;
}

void pbay_arena_free(PbayArena *arena)
{
    if (arena == NULL)
        return;
    pbay_arena_reset(arena);
    free_block(arena->spare);
    g_free(arena);
}
