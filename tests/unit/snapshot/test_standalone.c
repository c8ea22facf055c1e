/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "world.h"

static PbayDriver *load(const char *name)
{
    g_autofree char *path = fake_path(name);
    return pbay_drivers_load_file(path, &core_api);
}

static void test_good(void)
{
    g_autoptr(GError) error = NULL;
    const char *const secrets[] = {"api-key", "sk-123456", "token", "tok-123456", NULL};
    PbayProvider *provider =
        pbay_provider_new(load("rich"), "acme",
                          "{\"base-url\":\"http://127.0.0.1:9/v1/"
                          "\",\"region\":\"eu\",\"tries\":\"4\",\"tags\":\"x;y\","
                          "\"wait\":\"2s\",\"heat\":0.25,\"own\":{\"a\":[1]}}",
                          secrets, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(provider->name, ==, "acme");
    g_assert_cmpint((int)provider->state, ==, PBAY_PROVIDER_READY);
    g_assert_cmpstr(
        provider->options, ==,
        "{\"prefix\":\"acme\",\"own\":{\"a\":[1]},\"base-url\":\"http://127.0.0.1:9/v1\","
        "\"region\":\"eu\",\"tries\":4,\"tags\":[\"x\",\"y\"],\"wait\":2000,"
        "\"strict\":false,\"heat\":0.25}");
    g_assert_cmpstr(provider->base_url, ==, "http://127.0.0.1:9/v1");
    g_assert_cmpstr(provider->origins[0], ==, "http://127.0.0.1:9");
    g_assert_cmpstr(provider->origins[1], ==, "https://sts.eu.example.com");
    g_assert_cmpstr(world_secret(provider, "api-key", 0), ==, "sk-123456");
    g_assert_cmpstr(world_secret(provider, "token", 0), ==, "tok-123456");
    pbay_provider_unref(provider);
}

/* Variables and files do not count here. */
static void test_defaults_only(void)
{
    world_clear_env();
    g_setenv("FAKE_BASE_URL", "http://elsewhere", TRUE);
    g_setenv("FAKE_API_KEY", "sk-123456", TRUE);
    PbayProvider *provider = pbay_provider_new(load("keyed"), "keyed", "{}", NULL, NULL);
    g_assert_cmpstr(provider->base_url, ==, "http://127.0.0.1:1");
    g_assert_cmpuint(provider->secrets->len, ==, 0);
    pbay_provider_unref(provider);
    provider = pbay_provider_new(load("bare"), "bare", "{\"base-url\":\"http://h/\"}", NULL, NULL);
    g_assert_cmpstr(provider->options, ==, "{\"prefix\":\"bare\",\"base-url\":\"http://h\"}");
    g_assert_cmpstr(provider->origins[0], ==, "http://h");
    pbay_provider_unref(provider);
    world_clear_env();
}

static void refuse(const char *fake, const char *options, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(pbay_provider_new(load(fake), "p", options, NULL, &error));
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, message));
}

static void test_refused(void)
{
    fake_log_catch();
    refuse("rich", "{\"tries\":\"many\"}",
           "option tries must be a whole number from 1 to 9, not \"many\"");
    refuse("rich", "{\"tries\":", "not valid JSON");
    refuse("open_fail", "{}", "driver open_fail does not accept it: region mars-1 does not exist");
    refuse("init_fail", "{}", "is not loaded: init failed: the moon is in the wrong place");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/standalone/good", test_good);
    g_test_add_func("/snapshot/standalone/defaults-only", test_defaults_only);
    g_test_add_func("/snapshot/standalone/refused", test_refused);
    return g_test_run();
}
