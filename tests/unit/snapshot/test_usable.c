/* SPDX-License-Identifier: Apache-2.0 */
/* Which providers can serve a request: by state, by the caller's own key, by kind. */
#include "snapshot/usable.h"

#include "base/error.h"
#include "world.h"

static const char *const fakes[] = {"good", "keyed", "rich", NULL};

static void assert_state(const PbayProvider *provider, bool own_key, const char *says)
{
    g_autoptr(PbayFailure) failure = pbay_provider_check_state(provider, own_key);
    g_assert_true(pbay_provider_usable(provider, own_key) == (failure == NULL));
    g_assert_cmpstr(failure != NULL ? failure->message : NULL, ==, says);
    if (failure != NULL)
        g_assert_cmpint(failure->cls, ==, PB_ERR_CONFIG);
}

static void test_ready(void)
{
    World *w = world_new(fakes);
    world_use(w, "");
    assert_state(world_provider(w, "good"), false, NULL);
    assert_state(world_provider(w, "good"), true, NULL);
    g_assert_false(pbay_provider_wants_key(world_provider(w, "good")));
    world_free(w);
}

static void test_key_alone(void)
{
    World *w = world_new(fakes);
    world_use(w, "");
    PbayProvider *keyed = world_provider(w, "keyed");
    g_assert_true(pbay_provider_wants_key(keyed));
    assert_state(keyed, false,
                 "provider keyed cannot be used: set FAKE_API_KEY, or api-key in [provider keyed]");
    assert_state(keyed, true, NULL);
    world_free(w);
}

/* The caller's API key is no help where something else is asked for. */
static void test_more_than_a_key(void)
{
    World *w = world_new(fakes);
    world_use(w, "");
    PbayProvider *rich = world_provider(w, "rich");
    g_assert_cmpint(rich->state, ==, PBAY_PROVIDER_UNCONFIGURED);
    bool key_group = false;
    const GPtrArray *groups = rich->driver->manifest->require;
    for (guint i = 0; i < groups->len; i++)
        key_group =
            key_group || (g_strv_contains((const char *const *)groups->pdata[i], "api-key") &&
                          g_strv_length((char **)groups->pdata[i]) == 1);
    g_assert_true(pbay_provider_usable(rich, true) == key_group);
    g_assert_false(pbay_provider_usable(rich, false));
    world_free(w);
}

static void test_no_driver(void)
{
    World *w = world_new(fakes);
    world_use(w, "[provider gone]\ndriver = nobody\n");
    PbayProvider *gone = world_provider(w, "gone");
    g_assert_false(pbay_provider_wants_key(gone));
    assert_state(gone, false,
                 "provider gone cannot be used: driver nobody is not installed: 'patchbay drivers' "
                 "lists what is");
    assert_state(gone, true,
                 "provider gone cannot be used: driver nobody is not installed: 'patchbay drivers' "
                 "lists what is");
    world_free(w);
}

static void test_kinds(void)
{
    World *w = world_new(fakes);
    world_use(w, "");
    PbayProvider *good = world_provider(w, "good");
    static const int32_t odd[] = {PB_KIND_TRANSCRIPTION, 0, -1, 63, 64, 1000};
    g_assert_null(pbay_provider_check_kind(good, PB_KIND_CHAT));
    for (size_t i = 0; i < G_N_ELEMENTS(odd); i++) {
        g_autoptr(PbayFailure) failure = pbay_provider_check_kind(good, odd[i]);
        g_assert_nonnull(failure);
        g_assert_cmpint(failure->cls, ==, PB_ERR_UNSUPPORTED);
        g_assert_cmpstr(failure->code, ==, "unsupported_operation");
        g_assert_nonnull(strstr(failure->message, "provider good cannot do "));
        g_assert_nonnull(strstr(failure->message, "chat"));
    }
    world_free(w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/usable/ready", test_ready);
    g_test_add_func("/snapshot/usable/key_alone", test_key_alone);
    g_test_add_func("/snapshot/usable/more_than_a_key", test_more_than_a_key);
    g_test_add_func("/snapshot/usable/no_driver", test_no_driver);
    g_test_add_func("/snapshot/usable/kinds", test_kinds);
    return g_test_run();
}
