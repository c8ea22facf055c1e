/* SPDX-License-Identifier: Apache-2.0 */
/* A target as an ordinary test: every seed as it is, then mutated: bytes changed, removed, doubled,
 * moved. The same inputs in every run. PBAY_FUZZ_ROUNDS multiplies the mutations. */
#include "fuzz/target.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define SEED_MAX 65536 /* longer seeds run as they are, and are not mutated */

typedef struct Seeded {
    GRand *rand;
    unsigned rounds;
    guint64 cases;
} Seeded;

static guint at(Seeded *seeded, guint below)
{
    return below == 0 ? 0 : (guint)g_rand_int_range(seeded->rand, 0, (gint32)below);
}

static void mutate(Seeded *seeded, GByteArray *bytes)
{
    static const guint8 special[] = {0, 0xff, '"', '\\', '\n', '\r', '{', '}', '[', ']', ':', '-'};
    guint where = at(seeded, bytes->len), n = 1 + at(seeded, 9);
    guint8 piece[10];

    if (bytes->len == 0)
        return;
    n = MIN(n, bytes->len - where);
    switch (at(seeded, 5)) {
    case 0:
        bytes->data[where] = (guint8)at(seeded, 256);
        break;
    case 1:
        bytes->data[where] = special[at(seeded, sizeof special)];
        break;
    case 2:
        g_byte_array_remove_range(bytes, where, n);
        break;
    case 3:
        memcpy(piece, bytes->data + where, n);
        g_byte_array_append(bytes, piece, n);
        break;
    default:
        g_byte_array_set_size(bytes, where + 1);
    }
}

static void try_seed(void *user, const void *data, size_t len)
{
    Seeded *seeded = user;

    target_case(data, len);
    seeded->cases++;
    for (unsigned i = 0; len <= SEED_MAX && i < target_mutations * seeded->rounds; i++) {
        g_autoptr(GByteArray) bytes = g_byte_array_sized_new((guint)len + 16);

        g_byte_array_append(bytes, data, (guint)len);
        for (guint n = 1 + at(seeded, 4); n > 0; n--)
            mutate(seeded, bytes);
        target_case(bytes->data, bytes->len);
        seeded->cases++;
    }
}

static void test_seeds(void)
{
    const char *rounds = g_getenv("PBAY_FUZZ_ROUNDS");
    Seeded seeded = {g_rand_new_with_seed(20261122), rounds != NULL ? (unsigned)atoi(rounds) : 1,
                     0};

    target_seeds(try_seed, &seeded);
    g_test_message("%" G_GUINT64_FORMAT " cases", seeded.cases);
    g_assert_cmpuint(seeded.cases, >, 1);
    g_rand_free(seeded.rand);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fuzz/seeds", test_seeds);
    return g_test_run();
}
