/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a child, whole and broken. */
#include "check/verdict.h"

static void test_read(void)
{
    PbayVerdict *verdict = pbay_verdict_new();
    const PbayFinding *finding;

    pbay_verdict_read(verdict, "{\"found\":\"it\",\"doing\":\"that\",\"at\":7}\n"
                               "{\"skipped\":\"no time\"}\n{\"show\":\"a\\n\"}\n{\"show\":\"b\"}\n"
                               "[]\nnoise\n\n{\"found\":3}\n{\"found\":\"cut o");
    g_assert_cmpuint(verdict->findings->len, ==, 1);
    finding = g_ptr_array_index(verdict->findings, 0);
    g_assert_cmpstr(finding->found, ==, "it");
    g_assert_cmpstr(finding->doing, ==, "that");
    g_assert_cmpint(finding->at, ==, 7);
    g_assert_cmpuint(verdict->skipped->len, ==, 1);
    g_assert_cmpstr(verdict->show->str, ==, "a\nb");
    pbay_verdict_add(verdict, "more", -1, g_strdup("crash"));
    g_assert_cmpuint(verdict->findings->len, ==, 2);
    pbay_verdict_free(verdict);
    pbay_verdict_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/verdict/read", test_read);
    return g_test_run();
}
