/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot/draft.h"

#include "world.h"

static const char *const fakes[] = {"rich", NULL};

static void test_known_keys(void)
{
    World *w = world_new(fakes);
    world_use(w, "[provider rich]\ndriver = rich\nregion = x\nregion-env = A\ntoken = t-123456\n"
                 "token-env = B\napi-key-env = C\nbase-url-env = D\nheader.X-Title = t\n"
                 "x-anything = goes\nmatch = a*\n");
    world_free(w);
}

static void test_unknown_keys(void)
{
    World *w = world_new(fakes);
    g_autofree char *text = world_problems(w, "[provider rich]\nregoin = x\napi-keys = y\n"
                                              "regoin-env = X\ntimeout-conect = 1s\n"
                                              "something-else-entirely = z\n");
    g_assert_cmpstr(text, ==,
                    "test.conf:2: neither Patchbay nor driver rich knows the key `regoin`\n"
                    "  did you mean `region`?\n"
                    "test.conf:3: neither Patchbay nor driver rich knows the key `api-keys`\n"
                    "  did you mean `api-key`?\n"
                    "test.conf:4: neither Patchbay nor driver rich knows the key `regoin-env`\n"
                    "  did you mean `region-env`?\n"
                    "test.conf:5: neither Patchbay nor driver rich knows the key `timeout-conect`\n"
                    "  did you mean `timeout-connect`?\n"
                    "test.conf:6: neither Patchbay nor driver rich knows the key "
                    "`something-else-entirely`\n"
                    "  'patchbay drivers show rich' lists what it takes\n");
    world_free(w);
}

/* A section whose driver is not there is left alone: its package may have been removed. */
static void test_unchecked_without_driver(void)
{
    World *w = world_new(fakes);
    world_use(w, "[provider gone]\ndriver = gone\nwhatever = ${env:WORLD_VARIABLE}\n");
    g_assert_cmpint((int)world_provider(w, "gone")->state, ==, PBAY_PROVIDER_UNAVAILABLE);
    world_free(w);
}

static void test_wish(void)
{
    g_autofree char *variable = pbay_draft_wish("A_KEY");
    g_autofree char *file = pbay_draft_wish("${file:/x}");
    g_assert_cmpstr(variable, ==, "set A_KEY");
    g_assert_cmpstr(file, ==, "provide ${file:/x}");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/draft/known-keys", test_known_keys);
    g_test_add_func("/snapshot/draft/unknown-keys", test_unknown_keys);
    g_test_add_func("/snapshot/draft/unchecked-without-driver", test_unchecked_without_driver);
    g_test_add_func("/snapshot/draft/wish", test_wish);
    return g_test_run();
}
