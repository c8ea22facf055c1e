/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot/draft.h"

#include "world.h"

static const char *const fakes[] = {"rich", "keyed", "good", NULL};

static void assert_why(const World *w, const char *name, const char *why)
{
    const PbayProvider *provider = world_provider(w, name);
    g_assert_cmpstr(provider->why, ==, why);
    g_assert_cmpint((int)provider->state, ==,
                    why == NULL ? PBAY_PROVIDER_READY : PBAY_PROVIDER_UNCONFIGURED);
}

static void test_variable(void)
{
    World *w = world_new(fakes);
    world_use(w, "");
    assert_why(w, "keyed", "set FAKE_API_KEY, or api-key in [provider keyed]");
    assert_why(w, "good", NULL);                       /* needs none */
    g_assert_true(world_provider(w, "keyed")->opened); /* a request may bring its own key */
    g_setenv("FAKE_API_KEY", "", TRUE);
    world_use(w, "");
    assert_why(w, "keyed", "set FAKE_API_KEY, or api-key in [provider keyed]");
    g_setenv("FAKE_API_KEY", "sk-variable-1", TRUE);
    world_use(w, "");
    assert_why(w, "keyed", NULL);
    g_assert_cmpstr(world_secret(world_provider(w, "keyed"), "api-key", 0), ==, "sk-variable-1");
    g_assert_cmpstr(world_secret(world_provider(w, "keyed"), "api-key", 1), ==, "");
    g_assert_cmpstr(world_secret(world_provider(w, "keyed"), "other", 0), ==, "");
    world_free(w);
}

static void test_several_keys(void)
{
    World *w = world_new(fakes);
    g_setenv("FAKE_API_KEY", "sk-not-this", TRUE);
    g_setenv("WORLD_VARIABLE", "sk-expanded", TRUE);
    world_use(w,
              "[provider keyed]\napi-key = sk-one-1;${env:WORLD_VARIABLE};${env:NOT_SET_AT_ALL}\n");
    const PbayProvider *keyed = world_provider(w, "keyed");
    assert_why(w, "keyed", NULL);
    g_assert_cmpstr(world_secret(keyed, "api-key", 0), ==, "sk-one-1");
    g_assert_cmpstr(world_secret(keyed, "api-key", 1), ==, "sk-expanded");
    g_assert_cmpstr(world_secret(keyed, "api-key", 2), ==, "");
    world_free(w);
}

/* Its own key is missing: the vendor's variable does not step in, and the message names the
 * right one. */
static void test_missing_key(void)
{
    World *w = world_new(fakes);
    g_setenv("FAKE_API_KEY", "sk-vendors-own", TRUE);
    world_use(w, "[provider work]\ndriver = keyed\napi-key = ${env:WORLD_VARIABLE}\n");
    assert_why(w, "work", "set WORLD_VARIABLE, or api-key in [provider work]");
    g_assert_cmpstr(world_secret(world_provider(w, "work"), "api-key", 0), ==, "");
    world_use(w, "[provider work]\ndriver = keyed\napi-key-env = WORLD_VARIABLE;OTHER_ONE\n");
    assert_why(w, "work", "set WORLD_VARIABLE or OTHER_ONE, or api-key in [provider work]");
    world_use(w, "[provider work]\ndriver = keyed\napi-key = ${file:/nonexistent/key}\n");
    assert_why(w, "work", "provide ${file:/nonexistent/key}, or api-key in [provider work]");
    /* Not needed: no key, and ready. */
    world_use(w, "[provider work]\ndriver = good\napi-key = ${env:WORLD_VARIABLE}\n");
    assert_why(w, "work", NULL);
    world_free(w);
}

/* The vendor's variables do not leak to a look-alike at another address. */
static void test_lookalike(void)
{
    World *w = world_new(fakes);
    g_setenv("FAKE_API_KEY", "sk-vendors-own", TRUE);
    world_use(w, "[provider other]\ndriver = keyed\nbase-url = https://other.example.com\n"
                 "[provider same]\ndriver = keyed\nbase-url = http://127.0.0.1:1/v2\n"
                 "[provider plain]\ndriver = keyed\n"
                 "[provider keyed]\nbase-url = http://localhost:8000\n");
    assert_why(w, "other", "set api-key in [provider other]");
    g_assert_cmpstr(world_secret(world_provider(w, "other"), "api-key", 0), ==, "");
    g_assert_cmpstr(world_secret(world_provider(w, "same"), "api-key", 0), ==, "sk-vendors-own");
    g_assert_cmpstr(world_secret(world_provider(w, "plain"), "api-key", 0), ==, "sk-vendors-own");
    /* The driver's own prefix keeps them: a person moved that provider. */
    g_assert_cmpstr(world_secret(world_provider(w, "keyed"), "api-key", 0), ==, "sk-vendors-own");
    world_free(w);
}

static void test_files(void)
{
    World *w = world_new(fakes);
    fake_write(w->drivers, "key", "content\nof two lines\r\n");
    g_autofree char *path = g_build_filename(w->drivers, "key", NULL);
    g_setenv("FAKE_KEY_FILE", path, TRUE);
    world_use(w, "");
    const PbayProvider *rich = world_provider(w, "rich");
    assert_why(w, "rich", NULL);
    g_assert_cmpstr(world_secret(rich, "key-file", 0), ==, "content\nof two lines");
    const PbayProviderSecret *secret = g_ptr_array_index(rich->secrets, 0);
    g_assert_cmpstr(secret->file, ==, path);

    g_unsetenv("FAKE_KEY_FILE");
    g_autofree char *conf = g_strdup_printf("[provider rich]\nkey-file = %s\n", path);
    world_use(w, conf);
    g_assert_cmpstr(world_secret(world_provider(w, "rich"), "key-file", 0), ==,
                    "content\nof two lines");
    world_use(w, "[provider rich]\nkey-file = /nonexistent/key\n");
    g_autofree char *why = g_strdup(world_provider(w, "rich")->why);
    g_assert_nonnull(strstr(why,
                            "set FAKE_API_KEY or FAKE_API_KEY_OLD, or api-key in [provider rich]; "
                            "or provide /nonexistent/key ("));
    world_free(w);
}

/* A whole JSON file where its path is expected, as services put it into a variable. */
static void test_json_instead_of_path(void)
{
    World *w = world_new(fakes);
    world_use(w, "[provider rich]\nkey-file = {\"type\":\"demo\"}\n");
    const PbayProvider *rich = world_provider(w, "rich");
    assert_why(w, "rich", NULL);
    g_assert_cmpstr(world_secret(rich, "key-file", 0), ==, "{\"type\":\"demo\"}");
    const PbayProviderSecret *secret = g_ptr_array_index(rich->secrets, 0);
    g_assert_null(secret->file);
    world_free(w);
}

static void test_home_file(void)
{
    World *w = world_new(fakes);
    g_autofree char *dot = g_build_filename(w->drivers, ".fake", NULL);
    g_assert_cmpint(g_mkdir(dot, 0700), ==, 0);
    fake_write(dot, "key", "from home");
    g_setenv("HOME", w->drivers, TRUE);
    world_use(w, "");
    g_assert_cmpstr(world_secret(world_provider(w, "rich"), "key-file", 0), ==, "from home");
    /* A path that somebody set and that leads nowhere is not passed over in silence. */
    g_setenv("FAKE_KEY_FILE", "/nonexistent/key", TRUE);
    world_use(w, "");
    g_assert_nonnull(strstr(world_provider(w, "rich")->why, "or provide /nonexistent/key ("));
    g_setenv("HOME", "/nonexistent", TRUE);
    world_free(w);
}

static void test_require(void)
{
    World *w = world_new(fakes);
    world_use(w, "");
    assert_why(
        w, "rich",
        "set FAKE_API_KEY or FAKE_API_KEY_OLD, or api-key in [provider rich]; or set key-file "
        "in [provider rich]");
    world_use(w, "[provider rich]\nrequire = token;region\n");
    assert_why(
        w, "rich",
        "set FAKE_TOKEN, or token in [provider rich] and set FAKE_REGION or FAKE_REGION_OLD, "
        "or region in [provider rich]");
    g_setenv("FAKE_TOKEN", "tok-123456", TRUE);
    world_use(w, "[provider rich]\nrequire = token;region\nregion = x\n");
    assert_why(w, "rich", NULL);
    world_use(w, "[provider rich]\nrequire = none\n");
    assert_why(w, "rich", NULL);
    g_autofree char *text = world_problems(w, "[provider rich]\nrequire = tokn\n");
    g_assert_cmpstr(text, ==,
                    "test.conf:2: `require` names tokn, which is no secret and no option of driver "
                    "rich\n  'patchbay drivers show rich' lists its secrets\n");
    world_free(w);
}

/* Values never show, and control characters are refused wherever they come from. */
static void test_control_characters(void)
{
    World *w = world_new(fakes);
    g_autofree char *text = world_problems(w, "[provider rich]\ntoken = canary\\nsecret\n"
                                              "[provider keyed]\napi-key = canary\\tsecret\n");
    g_assert_null(strstr(text, "canary"));
    g_assert_nonnull(strstr(text, "test.conf:2: `token` holds a control character"));
    g_assert_nonnull(strstr(text, "test.conf:4: `api-key` holds a control character"));
    g_setenv("FAKE_API_KEY", "canary\nsecret", TRUE);
    world_use(w, "");
    assert_why(w, "keyed",
               "put right FAKE_API_KEY, which holds a control character, or api-key in [provider "
               "keyed]");
    g_assert_null(strstr(fake_log->str, "canary"));
    world_free(w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/secrets/variable", test_variable);
    g_test_add_func("/snapshot/secrets/several-keys", test_several_keys);
    g_test_add_func("/snapshot/secrets/missing-key", test_missing_key);
    g_test_add_func("/snapshot/secrets/lookalike", test_lookalike);
    g_test_add_func("/snapshot/secrets/files", test_files);
    g_test_add_func("/snapshot/secrets/json-instead-of-path", test_json_instead_of_path);
    g_test_add_func("/snapshot/secrets/home-file", test_home_file);
    g_test_add_func("/snapshot/secrets/require", test_require);
    g_test_add_func("/snapshot/secrets/control-characters", test_control_characters);
    return g_test_run();
}
