/* SPDX-License-Identifier: Apache-2.0 */
/* The arena: alignment, bounds to the byte, marks that nest, wiping, and a random walk in which
 * every living allocation must keep its bytes. */
#include "base/arena.h"

#include "base/str.h"

#include <stdalign.h>
#include <stdint.h>

static void test_alloc(void)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_assert_cmpuint(pbay_arena_used(arena), ==, 0);
    for (size_t n = 0; n < 3000; n += 7) {
        unsigned char *p = pbay_arena_alloc(arena, n);
        g_assert_nonnull(p);
        g_assert_cmpuint((uintptr_t)p % alignof(max_align_t), ==, 0);
        for (size_t i = 0; i < n; i++)
            g_assert_cmpuint(p[i], ==, 0);
        if (n != 0)
            memset(p, 0xAB, n); /* a later one, in a reused block too, must still be zeroed */
        if (n % 5 == 0)
            pbay_arena_reset(arena);
    }
    unsigned char *big = pbay_arena_alloc(arena, 5u << 20);
    big[(5u << 20) - 1] = 1;
}

static void test_bound(void)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(1024);
    g_assert_nonnull(pbay_arena_alloc(arena, 1024));
    g_assert_null(pbay_arena_alloc(arena, 1));
    g_assert_nonnull(pbay_arena_alloc(arena, 0));
    pbay_arena_reset(arena);
    g_assert_null(pbay_arena_alloc(arena, 1025));
    g_assert_null(pbay_arena_alloc(arena, SIZE_MAX));
    g_assert_null(pbay_arena_alloc(arena, SIZE_MAX - 7));
    g_assert_cmpuint(pbay_arena_used(arena), ==, 0);
    for (int i = 0; i < 64; i++)
        g_assert_nonnull(pbay_arena_alloc_raw(arena, 16));
    g_assert_null(pbay_arena_alloc_raw(arena, 16));
    g_autoptr(PbayArena) unbounded = pbay_arena_new(0);
    g_assert_null(pbay_arena_alloc(unbounded, SIZE_MAX));
    g_autoptr(PbayArena) odd = pbay_arena_new(5); /* no multiple of the alignment */
    g_assert_nonnull(pbay_arena_alloc(odd, 5));
    g_assert_null(pbay_arena_alloc(odd, 1));
}

static void test_copy(void)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(64);
    pb_str copy = pbay_arena_copy(arena, PBAY_STR("a\0b"));
    g_assert_true(pbay_str_eq((pb_str){copy.ptr, copy.len + 1}, PBAY_STR("a\0b\0")));
    pb_str empty = pbay_arena_copy(arena, (pb_str){NULL, 0});
    g_assert_nonnull(empty.ptr);
    g_assert_cmpuint(empty.len, ==, 0);
    g_assert_cmpint(empty.ptr[0], ==, '\0');
    char large[64];
    memset(large, 'x', sizeof large);
    pb_str refused = pbay_arena_copy(arena, (pb_str){large, sizeof large});
    g_assert_null(refused.ptr);
    g_assert_cmpuint(refused.len, ==, 0);
}

static void test_marks_nest(void)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(1u << 20);
    PbayArenaMark empty = pbay_arena_mark(arena);
    pb_str kept = pbay_arena_copy(arena, PBAY_STR("kept"));
    PbayArenaMark outer = pbay_arena_mark(arena);
    size_t used = pbay_arena_used(arena);
    for (int round = 0; round < 50; round++) {
        pbay_arena_alloc(arena, 100);
        PbayArenaMark inner = pbay_arena_mark(arena);
        size_t before = pbay_arena_used(arena);
        for (int i = 0; i < 40; i++)
            g_assert_nonnull(pbay_arena_alloc(arena, 3000));
        pbay_arena_rewind(arena, inner);
        g_assert_cmpuint(pbay_arena_used(arena), ==, before);
        pbay_arena_rewind(arena, inner); /* twice is the same */
        g_assert_nonnull(pbay_arena_alloc(arena, 300 * 1024));
        pbay_arena_rewind(arena, outer);
        g_assert_cmpuint(pbay_arena_used(arena), ==, used);
        g_assert_cmpstr(kept.ptr, ==, "kept");
    }
    pbay_arena_rewind(arena, empty);
    g_assert_cmpuint(pbay_arena_used(arena), ==, 0);
    g_assert_nonnull(pbay_arena_alloc(arena, 1u << 20));
}

/* Reads memory that was given back, which is the point of the test and no business of the
 * sanitizer. */
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define FORBIDDEN(p, n) (__asan_region_is_poisoned((p), (n)) == (p))
#else
#define FORBIDDEN(p, n) true
#endif

__attribute__((noinline)) static bool all_zero(unsigned char *p, size_t n)
{
#if defined(__SANITIZE_ADDRESS__)
    __asan_unpoison_memory_region(p, n);
#endif
    for (volatile unsigned char *at = p; at < p + n; at++)
        if (*at != 0)
            return false;
    return true;
}

static void test_wipe(void)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    pbay_arena_alloc(arena, 32);
    pbay_arena_set_wipe(arena, true);
    PbayArenaMark mark = pbay_arena_mark(arena);
    unsigned char *p = pbay_arena_alloc(arena, 200), *q = pbay_arena_alloc(arena, 100);
    memset(p, 's', 200);
    memset(q, 's', 100);
    pbay_arena_rewind(arena, mark);
    g_assert_true(FORBIDDEN(p, 200));
    g_assert_true(all_zero(p, 200));
    g_assert_true(all_zero(q, 100));
    p = pbay_arena_alloc(arena, 200);
    memset(p, 's', 200);
    pbay_arena_reset(arena); /* the block is kept, so its bytes can still be looked at */
    g_assert_true(all_zero(p, 200));
}

typedef struct Piece {
    unsigned char *p, fill;
    size_t n;
} Piece;

static void test_random_walk(void)
{
    enum { DEPTH = 400 };
    static Piece pieces[DEPTH];
    static PbayArenaMark marks[DEPTH];
    int depth = 0;
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    for (int step = 0; step < 20000; step++) {
        if (depth == DEPTH || g_rand_int_range(rand, 0, 20) == 0) {
            int back = g_rand_int_range(rand, 0, depth + 1);
            if (back < depth)
                pbay_arena_rewind(arena, marks[back]);
            depth = back;
        }
        if (depth == DEPTH)
            continue;
        size_t n = (size_t)g_rand_int_range(rand, 1, step % 100 == 0 ? 200000 : 500);
        marks[depth] = pbay_arena_mark(arena);
        pieces[depth] = (Piece){pbay_arena_alloc(arena, n), (unsigned char)step, n};
        memset(pieces[depth].p, (unsigned char)step, n);
        depth++;
        for (int i = 0; i < depth; i += 13) {
            g_assert_cmpuint(pieces[i].p[0], ==, pieces[i].fill);
            g_assert_cmpuint(pieces[i].p[pieces[i].n - 1], ==, pieces[i].fill);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/arena/alloc", test_alloc);
    g_test_add_func("/base/arena/bound", test_bound);
    g_test_add_func("/base/arena/copy", test_copy);
    g_test_add_func("/base/arena/marks", test_marks_nest);
    g_test_add_func("/base/arena/wipe", test_wipe);
    g_test_add_func("/base/arena/random-walk", test_random_walk);
    return g_test_run();
}
