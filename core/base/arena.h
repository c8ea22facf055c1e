/* SPDX-License-Identifier: Apache-2.0 */
/* A bump allocator with a bound. Everything of an exchange lives in one and goes with it; what one
 * op parses lives above a mark and goes when the op returns. Not thread-safe: one owner at a
 * time. */
#ifndef PBAY_BASE_ARENA_H
#define PBAY_BASE_ARENA_H

#include <glib.h>
#include <patchbay/driver.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct PbayArena PbayArena;

/* A place to come back to. Opaque by convention; copy freely. */
typedef struct PbayArenaMark {
    void *block;
    size_t used, total;
} PbayArenaMark;

/* limit: bytes that all allocations together may reach; 0 means no bound. Free with
 * pbay_arena_free. No memory is taken before the first allocation. */
PbayArena *pbay_arena_new(size_t limit);
void pbay_arena_free(PbayArena *arena);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PbayArena, pbay_arena_free)

/* n zeroed bytes aligned to max_align_t, valid until rewind, reset or free. NULL when the bound
 * would be passed (n = 0 gives a valid pointer). Aborts only when the system has no memory. */
void *pbay_arena_alloc(PbayArena *arena, size_t n);

/* As alloc, without the zeroing. */
void *pbay_arena_alloc_raw(PbayArena *arena, size_t n);

/* A copy of s with a NUL behind it; ptr NULL when the bound is passed. */
pb_str pbay_arena_copy(PbayArena *arena, pb_str s);

/* Rewind frees all that was allocated since the mark; marks nest. */
PbayArenaMark pbay_arena_mark(const PbayArena *arena);
void pbay_arena_rewind(PbayArena *arena, PbayArenaMark mark);

/* Empty the arena but keep one block for the next user. */
void pbay_arena_reset(PbayArena *arena);

/* From now on every byte given back (rewind, reset, free) is overwritten with zeros first. */
void pbay_arena_set_wipe(PbayArena *arena, bool wipe);

/* Bytes handed out and still alive. */
size_t pbay_arena_used(const PbayArena *arena);

#endif
