/* SPDX-License-Identifier: Apache-2.0 */
/* Chance: the published sequence, the same for the same seed, and no number favoured. */
#include "routing/chance.h"
#include "unit/routing/candidates.h"

/* The first numbers of the reference implementation for the seed 1234567. */
static void test_reference(void)
{
    static const uint64_t expected[] = {
        UINT64_C(6457827717110365317), UINT64_C(3203168211198807973), UINT64_C(9817491932198370423),
        UINT64_C(4593380528125082431), UINT64_C(16408922859458223821)};
    PbayChance chance = {1234567};
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++)
        g_assert_cmpuint(pbay_chance_next(&chance), ==, expected[i]);
}

static void test_below(void)
{
    static const uint64_t bounds[] = {
        1, 2, 3, 7, UINT64_C(1) << 63, (UINT64_C(1) << 63) + 1, UINT64_MAX};
    PbayChance chance = {0};
    for (size_t i = 0; i < G_N_ELEMENTS(bounds); i++)
        for (int k = 0; k < 1000; k++)
            g_assert_cmpuint(pbay_chance_below(&chance, bounds[i]), <, bounds[i]);
    g_assert_cmpuint(pbay_chance_below(&chance, 1), ==, 0);
}

static void test_even(void)
{
    unsigned counts[7] = {0};
    for (uint64_t seed = 0; seed < 14000; seed++) {
        PbayChance chance = {seed}; /* neighbours have to be independent too */
        counts[pbay_chance_below(&chance, 7)]++;
    }
    for (size_t i = 0; i < 7; i++)
        assert_share(counts[i], 14000, 1.0 / 7);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/chance/reference", test_reference);
    g_test_add_func("/routing/chance/below", test_below);
    g_test_add_func("/routing/chance/even", test_even);
    return g_test_run();
}
