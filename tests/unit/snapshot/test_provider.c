/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot/provider.h"

#include "base/error.h"
#include "world.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static const char *const fakes[] = {"keyed", "rich", "open_fail", NULL};

static void test_derive(void)
{
    World *w = world_new(fakes);
    g_setenv("FAKE_API_KEY", "sk-123456", TRUE);
    world_use(w, "[provider rich]\nregion = eu\nbase-url = http://one:8000/v1\ntimeout = 9s\n"
                 "header.X-A = b\n");
    PbayProvider *rich = world_provider(w, "rich");
    g_autoptr(GError) error = NULL;
    PbayProvider *derived = pbay_provider_derive(rich, "https://Two:8443/v2/", &error);
    g_assert_no_error(error);
    g_assert_true(derived != rich);
    g_assert_cmpstr(derived->base_url, ==, "https://Two:8443/v2");
    g_assert_nonnull(strstr(derived->options, "\"base-url\":\"https://Two:8443/v2\""));
    g_assert_nonnull(strstr(derived->options, "\"region\":\"eu\""));
    g_assert_cmpstr(derived->origins[0], ==, "https://two:8443");
    g_assert_cmpstr(derived->origins[1], ==, "https://sts.eu.example.com");
    g_assert_null(derived->origins[2]); /* the old base URL's is none of its own */
    g_assert_cmpint(derived->timeouts.total, ==, 9000);
    g_assert_cmpuint(derived->headers->len, ==, 1);
    g_assert_cmpstr(world_secret(derived, "api-key", 0), ==, "sk-123456");
    g_assert_true(derived->opened);
    g_assert_cmpint((int)derived->state, ==, PBAY_PROVIDER_READY);
    /* Kept: the next request finds it. */
    g_assert_true(pbay_provider_derive(rich, "https://Two:8443/v2", &error) == derived);
    g_assert_true(pbay_provider_derive(rich, "http://one:8000/v1/", &error) == rich);
    FakeControl *control = fake_control(rich->driver);
    int closes = atomic_load(&control->closes);
    world_drop(w);
    g_assert_cmpint(atomic_load(&control->closes), ==, closes + 3); /* rich, rich2, derived */
    world_free(w);
}

static void test_derive_refused(void)
{
    World *w = world_new(fakes);
    world_use(w, "[provider none]\ndriver = nobody\n");
    GError *error = NULL;
    g_assert_null(pbay_provider_derive(world_provider(w, "keyed"), "two:8443", &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_INVALID);
    g_assert_cmpstr(error->message, ==,
                    "the base URL \"two:8443\" is no absolute http or https URL");
    g_clear_error(&error);
    g_assert_null(pbay_provider_derive(world_provider(w, "none"), "http://x", &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_CONFIG);
    g_clear_error(&error);
    g_assert_null(pbay_provider_derive(world_provider(w, "open_fail"), "http://x", &error));
    g_assert_cmpstr(error->message, ==,
                    "provider open_fail: driver open_fail does not accept it: region mars-1 does "
                    "not exist");
    g_clear_error(&error);
    g_assert_null(pbay_provider_derive(world_provider(w, "keyed"), "htps://u:canary@h/", &error));
    g_assert_cmpstr(error->message, ==,
                    "the base URL \"htps://***@h/\" is no absolute http or https URL");
    g_clear_error(&error);
    /* Not configured stays so: the caller may bring a key. */
    PbayProvider *derived = pbay_provider_derive(world_provider(w, "keyed"), "http://x", &error);
    g_assert_no_error(error);
    g_assert_cmpint((int)derived->state, ==, PBAY_PROVIDER_UNCONFIGURED);
    g_assert_true(derived->opened);
    for (guint i = 1; i < PBAY_DERIVED_MAX; i++) {
        g_autofree char *url = g_strdup_printf("http://x%u", i);
        g_assert_nonnull(pbay_provider_derive(world_provider(w, "keyed"), url, &error));
    }
    g_assert_null(pbay_provider_derive(world_provider(w, "keyed"), "http://one-more", &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_INVALID);
    g_clear_error(&error);
    g_assert_true(pbay_provider_derive(world_provider(w, "keyed"), "http://x", &error) == derived);
    world_free(w);
}

static void test_parts(void)
{
    PbayProvider *provider = pbay_provider_alloc("p");
    pbay_provider_add_origin(provider, "https://a");
    pbay_provider_add_origin(provider, "https://b");
    pbay_provider_add_origin(provider, "https://a");
    g_assert_cmpuint(g_strv_length(provider->origins), ==, 2);
    PbayProviderSecret *secret = pbay_provider_add_secret(provider, "k");
    g_assert_true(pbay_provider_add_secret(provider, "k") == secret);
    g_assert_null(pbay_provider_secret(provider, PBAY_STR("k"), 0));
    g_assert_null(pbay_provider_secret(provider, (pb_str){NULL, 0}, 0));
    g_ptr_array_add(secret->values, pbay_secret_new(PBAY_STR("v-123456")));
    g_assert_nonnull(pbay_provider_secret(provider, (pb_str){"kxx", 1}, 0));
    g_assert_null(pbay_provider_secret(provider, PBAY_STR("k"), 1));
    g_assert_cmpstr(pbay_provider_state_name(provider), ==, "ready");
    pbay_provider_set_state(provider, PBAY_PROVIDER_SHADOWED, g_strdup("one"));
    pbay_provider_set_state(provider, PBAY_PROVIDER_UNCONFIGURED, g_strdup("two"));
    g_assert_cmpstr(pbay_provider_state_name(provider), ==, "unconfigured");
    g_assert_cmpstr(provider->why, ==, "two");
    pbay_provider_unref(provider);
    pbay_provider_unref(NULL);
}

/* config is read by many threads: strings are decoded beforehand. */
static void test_config(void)
{
    World *w = world_new(fakes);
    world_use(w, "[provider rich]\nregion = a\\nb\n");
    const PbayProvider *rich = world_provider(w, "rich");
    g_assert_true(
        pbay_str_is(pbay_json_str(pbay_json_get(rich->config, PBAY_STR("region"))), "a\nb"));
    g_assert_true(
        pbay_str_is(pbay_json_str(pbay_json_get(rich->config, PBAY_STR("prefix"))), "rich"));
    world_free(w);
}

/* ---- the [main] role ------------------------------------------------------------------------ */

static atomic_int inside, opens, closes;

static void be_alone(void)
{
    g_assert_cmpint(atomic_fetch_add(&inside, 1), ==, 0);
    sched_yield();
    g_assert_cmpint(atomic_fetch_sub(&inside, 1), ==, 1);
}

static int32_t open_alone(void *drv, pb_provider *provider, const pb_json *config, void **prov)
{
    (void)drv;
    (void)provider;
    (void)config;
    be_alone();
    *prov = NULL;
    return atomic_fetch_add(&opens, 1) % 7 == 6; /* some are refused */
}

static void close_alone(void *prov)
{
    (void)prov;
    be_alone();
    atomic_fetch_add(&closes, 1);
}

static void *open_and_close(void *data)
{
    for (int i = 0; i < 300; i++) {
        g_autoptr(GError) error = NULL;
        PbayProvider *provider = pbay_provider_new(data, "p", "{}", NULL, &error);
        g_assert_true((provider == NULL) == (error != NULL));
        pbay_provider_unref(provider);
    }
    return NULL;
}

/* Cores of their own, and workers that let the last reference go: a driver never sees two of its
 * [main] ops at one time. */
static void test_main_role(void)
{
    const pb_driver ops = {
        .size = sizeof ops, .provider_open = open_alone, .provider_close = close_alone};
    struct pb_core core = {.driver_id = (char *)"alone"};
    PbayDriver driver = {.path = (char *)"alone.so",
                         .id = (char *)"alone",
                         .status = PBAY_DRIVER_LOADED,
                         .manifest = pbay_manifest_parse("{}", NULL),
                         .ops = &ops,
                         .core = &core};
    pthread_t threads[4];
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, open_and_close, &driver), ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        pthread_join(threads[i], NULL);
    g_assert_cmpint(atomic_load(&opens), ==, 1200);
    g_assert_cmpint(atomic_load(&closes), ==, 1200 - 1200 / 7);
    pbay_manifest_free(driver.manifest);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/provider/derive", test_derive);
    g_test_add_func("/snapshot/provider/derive-refused", test_derive_refused);
    g_test_add_func("/snapshot/provider/main-role", test_main_role);
    g_test_add_func("/snapshot/provider/parts", test_parts);
    g_test_add_func("/snapshot/provider/config", test_config);
    return g_test_run();
}
