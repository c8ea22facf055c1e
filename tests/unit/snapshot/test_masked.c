/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot/masked.h"

#include "world.h"

typedef struct Folders {
    char *shipped, *own;
    PbayProblems *problems;
    PbayEnv *env;
    PbayConfig *config;
    GHashTable *masked;
} Folders;

static void load(Folders *f)
{
    const char *const paths[] = {f->shipped, f->own, NULL};
    f->problems = pbay_problems_new();
    f->env = pbay_env_new();
    f->config = pbay_config_load(&(PbayConfigInput){.paths = paths, .env = f->env}, f->problems);
    g_assert_cmpuint(f->problems->len, ==, 0);
    f->masked = pbay_masked_providers(f->config);
}

static void clear(Folders *f)
{
    g_hash_table_unref(f->masked);
    pbay_config_unref(f->config);
    pbay_env_unref(f->env);
    g_ptr_array_unref(f->problems);
}

static void test_masked(void)
{
    Folders f = {fake_folder(), fake_folder(), NULL, NULL, NULL, NULL};
    fake_write(f.shipped, "groq.conf", "# a vendor\n[provider groq]\ndriver = openai\n");
    fake_write(f.shipped, "two.conf", "[provider one]\n[provider two]\n[price two/x]\ninput = 1\n");
    fake_write(f.shipped, "kept.conf", "[provider kept]\n");
    load(&f);
    g_assert_cmpuint(g_hash_table_size(f.masked), ==, 0);
    clear(&f);

    fake_write(f.own, "groq.conf", "");
    g_autofree char *null_link = g_build_filename(f.own, "two.conf", NULL);
    g_assert_cmpint(symlink("/dev/null", null_link), ==, 0);
    fake_write(f.own, "own.conf", "[provider two]\ndriver = mine\n");
    fake_write(f.own, "kept.conf", "# replaced, not masked\n");
    load(&f);
    g_autofree char *why =
        g_strdup_printf("its snippet %s/groq.conf is masked by %s/groq.conf: remove that file to "
                        "have it back",
                        f.shipped, f.own);
    g_assert_cmpuint(g_hash_table_size(f.masked), ==, 2);
    g_assert_cmpstr(g_hash_table_lookup(f.masked, "groq"), ==, why);
    g_assert_nonnull(g_hash_table_lookup(f.masked, "one"));
    g_assert_null(g_hash_table_lookup(f.masked, "two")); /* configured elsewhere */
    clear(&f);
    fake_remove(f.shipped);
    fake_remove(f.own);
    g_free(f.shipped);
    g_free(f.own);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/masked/masked", test_masked);
    return g_test_run();
}
