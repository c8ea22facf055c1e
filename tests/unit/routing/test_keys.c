/* SPDX-License-Identifier: Apache-2.0 */
/* Which keys rest, for how long and for whom; that a rotated key is fresh and one that moved keeps
 * its rest; that the list is bounded; and that no value of a key is ever written. */
#include "routing/keys.h"

#include "base/str.h"
#include "snapshot/provider.h"

#define GPT4 "openai/gpt-4"
#define MINI "openai/gpt-4o-mini"

static void add(PbayProvider *provider, const char *name, const char *value)
{
    g_ptr_array_add(pbay_provider_add_secret(provider, name)->values,
                    pbay_secret_new(pbay_str(value)));
}

static PbayProvider *provider_with(const char *const *keys)
{
    PbayProvider *provider = pbay_provider_alloc("openai");
    for (; *keys != NULL; keys++)
        add(provider, "api-key", *keys);
    return provider;
}

static const char *const two[] = {"sk-key-one", "sk-key-two", NULL};

static bool failed(PbayKeys *keys, const PbayProvider *provider, const char *target, size_t key,
                   int32_t cls, int64_t hint, int64_t now)
{
    PbayFailure failure = {.cls = cls, .retry_after_ms = hint};
    return pbay_keys_failed(keys, provider, target, key, &failure, now);
}

/* The key that goes, or -1 minus the one that comes back first; *until and *cls why. */
static int pick(PbayKeys *keys, const PbayProvider *provider, const char *target, int64_t now,
                int64_t *until, int32_t *cls)
{
    size_t key = 99;
    bool goes = pbay_keys_pick(keys, provider, target, now, &key, until, cls);
    return goes ? (int)key : -1 - (int)key;
}

#define PICK(target, now) pick(keys, provider, target, now, &until, &cls)

static void test_next_key(void)
{
    PbayKeys *keys = pbay_keys_new();
    PbayProvider *provider = provider_with(two);
    int64_t until;
    int32_t cls;
    g_assert_cmpuint(pbay_keys_count(provider), ==, 2);
    g_assert_cmpint(PICK(GPT4, 0), ==, 0);
    g_assert_true(failed(keys, provider, GPT4, 0, PB_ERR_AUTH, 0, 1000));
    g_assert_cmpint(PICK(GPT4, 1000), ==, 1);
    g_assert_cmpint(PICK(MINI, 1000), ==, 1); /* refused is refused everywhere */
    g_assert_true(failed(keys, provider, GPT4, 1, PB_ERR_QUOTA, 0, 2000));
    g_assert_cmpint(PICK(GPT4, 2000), ==, -1);
    g_assert_cmpint(until, ==, 1000 + PBAY_KEY_REST_AUTH);
    g_assert_cmpint(cls, ==, PB_ERR_AUTH);
    g_assert_cmpint(PICK(GPT4, until - 1), ==, -1);
    g_assert_cmpint(PICK(GPT4, until), ==, 0);
    g_assert_cmpint(until, ==, 0);
    g_assert_cmpint(PICK(GPT4, 2000 + PBAY_KEY_REST_QUOTA), ==, 0);
    pbay_provider_unref(provider);
    pbay_keys_free(keys);
    pbay_keys_free(NULL);
}

static void test_rate_is_of_the_target(void)
{
    PbayKeys *keys = pbay_keys_new();
    PbayProvider *provider = provider_with(two);
    int64_t until;
    int32_t cls;
    g_assert_true(failed(keys, provider, GPT4, 0, PB_ERR_RATE_LIMIT, 0, 0));
    g_assert_cmpint(PICK(GPT4, 0), ==, 1);
    g_assert_cmpint(PICK(MINI, 0), ==, 0);
    g_assert_true(failed(keys, provider, GPT4, 1, PB_ERR_RATE_LIMIT, 850, 0));
    g_assert_cmpint(PICK(GPT4, 0), ==, -2); /* the second comes back first: the hint says so */
    g_assert_cmpint(until, ==, 850);
    g_assert_cmpint(cls, ==, PB_ERR_RATE_LIMIT);
    g_assert_cmpint(PICK(GPT4, 850), ==, 1);
    g_assert_cmpint(PICK(GPT4, PBAY_KEY_REST_RATE), ==, 0);
    /* Both rests of one key: the later counts. */
    failed(keys, provider, GPT4, 0, PB_ERR_RATE_LIMIT, 500000, 20000);
    failed(keys, provider, GPT4, 0, PB_ERR_AUTH, 0, 20000);
    failed(keys, provider, GPT4, 1, PB_ERR_QUOTA, 0, 20000);
    g_assert_cmpint(PICK(GPT4, 20000), ==, -1);
    g_assert_cmpint(until, ==, 520000);
    g_assert_cmpint(cls, ==, PB_ERR_RATE_LIMIT);
    g_assert_cmpint(PICK(MINI, 20000), ==, -1);
    g_assert_cmpint(until, ==, 20000 + PBAY_KEY_REST_AUTH);
    pbay_provider_unref(provider);
    pbay_keys_free(keys);
}

static void test_hints(void)
{
    static const struct {
        int32_t cls;
        int64_t hint, rest;
    } rows[] = {
        {PB_ERR_RATE_LIMIT, 0, PBAY_KEY_REST_RATE},
        {PB_ERR_RATE_LIMIT, -5, PBAY_KEY_REST_RATE},
        {PB_ERR_RATE_LIMIT, 1, 1},
        {PB_ERR_RATE_LIMIT, 120000, 120000},
        {PB_ERR_RATE_LIMIT, INT64_MAX, PBAY_KEY_REST_MAX},
        {PB_ERR_AUTH, 1000, PBAY_KEY_REST_AUTH},
        {PB_ERR_AUTH, 400000, 400000},
        {PB_ERR_QUOTA, 1000, PBAY_KEY_REST_QUOTA},
        {PB_ERR_QUOTA, INT64_MAX, PBAY_KEY_REST_MAX},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        PbayKeys *keys = pbay_keys_new();
        PbayProvider *provider = provider_with((const char *const[]){"sk-only-one", NULL});
        int64_t until;
        int32_t cls;
        g_assert_true(failed(keys, provider, GPT4, 0, rows[i].cls, rows[i].hint, 77));
        g_assert_cmpint(PICK(GPT4, 77), ==, -1);
        g_assert_cmpint(until, ==, 77 + rows[i].rest);
        /* A second failure never makes it shorter. */
        failed(keys, provider, GPT4, 0, rows[i].cls, 1, 77);
        g_assert_cmpint(PICK(GPT4, 77), ==, -1);
        g_assert_cmpint(until, ==, 77 + rows[i].rest);
        pbay_provider_unref(provider);
        pbay_keys_free(keys);
    }
}

static void test_others_do_not_rest(void)
{
    static const int32_t classes[] = {
        PB_ERR_FORBIDDEN,      PB_ERR_NOT_FOUND,   PB_ERR_INVALID, PB_ERR_CONTEXT_LENGTH,
        PB_ERR_CONTENT_POLICY, PB_ERR_OVERLOADED,  PB_ERR_TIMEOUT, PB_ERR_UPSTREAM,
        PB_ERR_PROTOCOL,       PB_ERR_UNSUPPORTED, PB_ERR_CONFIG,  PB_ERR_INTERNAL,
        PBAY_ERR_CANCELLED,
    };
    PbayKeys *keys = pbay_keys_new();
    PbayProvider *provider = provider_with(two);
    int64_t until;
    int32_t cls;
    for (size_t i = 0; i < G_N_ELEMENTS(classes); i++) {
        g_assert_false(failed(keys, provider, GPT4, 0, classes[i], 5000, 0));
        g_assert_cmpint(PICK(GPT4, 0), ==, 0);
    }
    pbay_provider_unref(provider);
    pbay_keys_free(keys);
}

static void test_worked(void)
{
    PbayKeys *keys = pbay_keys_new();
    PbayProvider *provider = provider_with(two);
    int64_t until;
    int32_t cls;
    pbay_keys_worked(keys, provider, GPT4, 0); /* nothing rests: nothing to do */
    failed(keys, provider, GPT4, 0, PB_ERR_RATE_LIMIT, 0, 0);
    failed(keys, provider, MINI, 0, PB_ERR_RATE_LIMIT, 0, 0);
    failed(keys, provider, GPT4, 1, PB_ERR_RATE_LIMIT, 0, 0);
    pbay_keys_worked(keys, provider, GPT4, 0);
    g_assert_cmpint(PICK(GPT4, 0), ==, 0);
    g_assert_cmpint(PICK(MINI, 0), ==, 1); /* it still rests there */
    failed(keys, provider, MINI, 0, PB_ERR_QUOTA, 0, 0);
    g_assert_cmpint(PICK(GPT4, 0), ==, -2);
    pbay_keys_worked(keys, provider, GPT4, 0); /* so there is credit after all */
    g_assert_cmpint(PICK(GPT4, 0), ==, 0);
    pbay_provider_unref(provider);
    pbay_keys_free(keys);
}

/* A reload reads a key file anew: what rested was the old value. */
static void test_rotated(void)
{
    PbayKeys *keys = pbay_keys_new();
    PbayProvider *provider = provider_with(two);
    int64_t until;
    int32_t cls;
    failed(keys, provider, GPT4, 0, PB_ERR_AUTH, 0, 0);
    failed(keys, provider, GPT4, 1, PB_ERR_AUTH, 0, 0);
    g_assert_cmpint(PICK(GPT4, 0), ==, -1);
    pbay_provider_unref(provider);
    provider = provider_with((const char *const[]){"sk-key-two", "sk-key-new", "sk-key-one", NULL});
    g_assert_cmpint(PICK(GPT4, 0), ==, 1); /* whatever their order is now */
    failed(keys, provider, GPT4, 1, PB_ERR_AUTH, 0, 5);
    g_assert_cmpint(PICK(GPT4, 5), ==, -1);
    g_assert_cmpint(until, ==, PBAY_KEY_REST_AUTH);
    pbay_provider_unref(provider);
    pbay_keys_free(keys);
}

/* A credential of several parts is one key, known by all of them. */
static void test_other_credentials(void)
{
    PbayKeys *keys = pbay_keys_new();
    int64_t until;
    int32_t cls;
    PbayProvider *provider = pbay_provider_alloc("local"); /* needs none */
    g_assert_cmpuint(pbay_keys_count(provider), ==, 1);
    g_assert_true(failed(keys, provider, GPT4, 0, PB_ERR_AUTH, 0, 0));
    g_assert_cmpint(PICK(GPT4, 0), ==, -1);
    pbay_provider_unref(provider);

    provider = pbay_provider_alloc("bedrock");
    add(provider, "access-key-id", "AKIDEXAMPLE");
    add(provider, "secret-access-key", "wJalrXUtnFEMI");
    g_assert_cmpuint(pbay_keys_count(provider), ==, 1);
    g_assert_cmpint(PICK(GPT4, 0), ==, 0);
    g_assert_true(failed(keys, provider, GPT4, 0, PB_ERR_AUTH, 0, 0));
    g_assert_cmpint(PICK(GPT4, 0), ==, -1);
    pbay_provider_unref(provider);

    provider = pbay_provider_alloc("bedrock"); /* one part was changed */
    add(provider, "access-key-id", "AKIDEXAMPLE");
    add(provider, "secret-access-key", "another-key");
    g_assert_cmpint(PICK(GPT4, 0), ==, 0);
    pbay_provider_unref(provider);

    provider = pbay_provider_alloc("bedrock"); /* the same bytes, cut elsewhere */
    add(provider, "access-key-id", "AKIDEXAMPLEw");
    add(provider, "secret-access-key", "JalrXUtnFEMI");
    g_assert_cmpint(PICK(GPT4, 0), ==, 0);
    pbay_provider_unref(provider);

    provider = pbay_provider_alloc("hub");
    add(provider, "token", "one");
    add(provider, "token", "two");
    g_assert_true(failed(keys, provider, GPT4, 0, PB_ERR_AUTH, 0, 0));
    pbay_provider_unref(provider);
    provider = pbay_provider_alloc("hub");
    add(provider, "token", "onet");
    add(provider, "token", "wo");
    g_assert_cmpint(PICK(GPT4, 0), ==, 0);
    pbay_provider_unref(provider);
    pbay_keys_free(keys);
}

static void test_bounded(void)
{
    PbayKeys *keys = pbay_keys_new();
    PbayProvider *provider = provider_with(two);
    int64_t until;
    int32_t cls;
    for (unsigned i = 0; i < PBAY_KEY_RESTS + 50; i++) { /* names of models that clients make up */
        g_autofree char *target = g_strdup_printf("openai/%u", i);
        failed(keys, provider, target, 0, PB_ERR_RATE_LIMIT, 10000 + i, 0);
    }
    g_assert_cmpint(PICK("openai/0", 0), ==, 0); /* the first to end were forgotten */
    g_assert_cmpint(PICK("openai/49", 0), ==, 0);
    g_assert_cmpint(PICK("openai/50", 0), ==, 1);
    g_assert_cmpint(PICK("openai/1073", 0), ==, 1);
    pbay_provider_unref(provider);
    pbay_keys_free(keys);
}

static char *written(PbayKeys *keys, const PbayProvider *provider, const char *target, int64_t now)
{
    GString *out = g_string_new(NULL);
    pbay_keys_write(keys, provider, target, now, out);
    return g_string_free(out, FALSE);
}

static void test_write(void)
{
    PbayKeys *keys = pbay_keys_new();
    PbayProvider *provider = provider_with(two);
    g_autofree char *none = written(keys, provider, NULL, 0);
    g_assert_cmpstr(none, ==, "[]");
    failed(keys, provider, "openai/a\"b", 1, PB_ERR_RATE_LIMIT, 0, 0);
    failed(keys, provider, GPT4, 0, PB_ERR_AUTH, 0, 0);
    g_autofree char *both = written(keys, provider, NULL, 1000);
    g_assert_cmpstr(both, ==,
                    "[{\"index\":0,\"rests_ms\":299000,\"class\":\"authentication\"},"
                    "{\"index\":1,\"rests_ms\":9000,\"class\":\"rate_limit\","
                    "\"target\":\"openai/a\\\"b\"}]");
    g_assert_null(strstr(both, "sk-"));
    g_autofree char *one = written(keys, provider, GPT4, 1000); /* those of other targets apart */
    g_assert_cmpstr(one, ==, "[{\"index\":0,\"rests_ms\":299000,\"class\":\"authentication\"}]");
    g_autofree char *later = written(keys, provider, NULL, 10000);
    g_assert_cmpstr(later, ==, "[{\"index\":0,\"rests_ms\":290000,\"class\":\"authentication\"}]");
    pbay_provider_unref(provider);
    provider = provider_with((const char *const[]){"sk-key-new", NULL});
    g_autofree char *rotated = written(keys, provider, NULL, 10000); /* keys that are gone */
    g_assert_cmpstr(rotated, ==, "[]");
    pbay_provider_unref(provider);
    pbay_keys_free(keys);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/keys/next-key", test_next_key);
    g_test_add_func("/keys/rate-is-of-the-target", test_rate_is_of_the_target);
    g_test_add_func("/keys/hints", test_hints);
    g_test_add_func("/keys/others-do-not-rest", test_others_do_not_rest);
    g_test_add_func("/keys/worked", test_worked);
    g_test_add_func("/keys/rotated", test_rotated);
    g_test_add_func("/keys/other-credentials", test_other_credentials);
    g_test_add_func("/keys/bounded", test_bounded);
    g_test_add_func("/keys/write", test_write);
    return g_test_run();
}
