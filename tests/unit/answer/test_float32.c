/* SPDX-License-Identifier: Apache-2.0 */
/* Floats as text: the shortest that reads back, for known values and a great many seeded ones. */
#include "answer/float32.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void test_known(void)
{
    static const struct {
        float value;
        const char *text;
    } rows[] = {{0.0f, "0"},
                {-0.0f, "0"},
                {1.0f, "1"},
                {-1.0f, "-1"},
                {0.1f, "0.1"},
                {0.0125f, "0.0125"},
                {-0.031f, "-0.031"},
                {0.0008f, "0.0008"},
                {0.3333333433f, "0.33333334"},
                {16777216.0f, "16777216"},
                {123456.0f, "123456"},
                {100000.0f, "100000"},
                {0.00001f, "0.00001"},
                {1e-6f, "1e-06"},
                {3.4028234664e38f, "3.4028235e+38"},
                {1.40129846432e-45f, "1.4013e-45"},
                {0.99999994f, "0.99999994"}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        pbay_float32_append(out, rows[i].value);
        g_assert_cmpstr(out->str, ==, rows[i].text);
    }
}

static void check(float value)
{
    g_autoptr(GString) out = g_string_new(NULL);
    pbay_float32_append(out, value);
    g_assert_true(strtof(out->str, NULL) == value);
    /* No shorter: with one digit less it would not read back. */
    size_t digits = 0;
    for (const char *p = out->str; *p != '\0' && *p != 'e'; p++)
        if (g_ascii_isdigit(*p) && (digits != 0 || *p != '0'))
            digits++;
    if (digits > 6 && strchr(out->str, '.') != NULL) {
        char shorter[64];
        g_snprintf(shorter, sizeof shorter, "%.*g", (int)digits - 1, (double)value);
        g_assert_true(strtof(shorter, NULL) != value);
    }
}

static void test_seeded(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(4711);
    for (int i = 0; i < 300000; i++) {
        check((float)g_rand_double_range(random, -1, 1));
        guint32 bits = g_rand_int(random);
        float value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value) && fpclassify(value) != FP_SUBNORMAL)
            check(value);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/float32/known", test_known);
    g_test_add_func("/float32/seeded", test_seeded);
    return g_test_run();
}
