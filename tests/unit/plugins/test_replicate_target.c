/* SPDX-License-Identifier: Apache-2.0 */
/* What names of models mean. */
#include "target.h"

#include <glib.h>

#define VERSION "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"

static void check(const char *model, TargetKind kind, const char *owner, const char *name,
                  const char *version)
{
    Target target;

    g_assert_true(replicate_target(pbs_str(model), &target));
    g_assert_cmpint(target.kind, ==, kind);
    g_assert_true(pbs_is(target.owner, owner));
    g_assert_true(pbs_is(target.name, name));
    g_assert_true(pbs_is(target.version, version));
}

static void test_names(void)
{
    check("meta/llama", TARGET_MODEL, "meta", "llama", "");
    check("meta/llama:" VERSION, TARGET_VERSION, "meta", "llama", VERSION);
    check("meta/llama:short", TARGET_VERSION, "meta", "llama", "short");
    check(VERSION, TARGET_VERSION, "", "", VERSION);
    check("deployments/acme/bot", TARGET_DEPLOYMENT, "acme", "bot", "");
}

static void test_none(void)
{
    static const char *const none[] = {"",
                                       "llama",
                                       "/llama",
                                       "meta/",
                                       "meta/llama/x",
                                       "meta/llama:",
                                       "meta/:" VERSION,
                                       "deployments/acme",
                                       "deployments/acme/bot:" VERSION,
                                       ":" VERSION};
    Target target;

    for (size_t i = 0; i < G_N_ELEMENTS(none); i++)
        g_assert_false(replicate_target(pbs_str(none[i]), &target));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/replicate/target/names", test_names);
    g_test_add_func("/replicate/target/none", test_none);
    return g_test_run();
}
