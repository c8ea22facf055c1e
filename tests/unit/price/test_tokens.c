/* SPDX-License-Identifier: Apache-2.0 */
/* Token classes: what was read is their sum, adding keeps every class, and no sum turns over. */
#include "price/price.h"

static int64_t any(void)
{
    return (int64_t)g_test_rand_int() & 0xffffff;
}

static PbayTokens any_tokens(void)
{
    PbayTokens tokens = {any(), any(), any(), any(), any(), any(), any(), false};
    tokens.estimated = any() % 2 == 0;
    return tokens;
}

static void test_read(void)
{
    PbayTokens tokens = {.input = 1,
                         .cached = 20,
                         .cache_write = 300,
                         .output = 4000,
                         .reasoning = 50000,
                         .images = 7,
                         .requests = 9};
    g_assert_cmpint(pbay_tokens_read(&tokens), ==, 321);
    g_assert_cmpint(pbay_tokens_read(&(PbayTokens){0}), ==, 0);
}

static void test_add(void)
{
    for (int i = 0; i < 2000; i++) {
        PbayTokens a = any_tokens(), b = any_tokens(), sum = a;
        pbay_tokens_add(&sum, &b);
        g_assert_cmpint(sum.input, ==, a.input + b.input);
        g_assert_cmpint(sum.cached, ==, a.cached + b.cached);
        g_assert_cmpint(sum.cache_write, ==, a.cache_write + b.cache_write);
        g_assert_cmpint(sum.output, ==, a.output + b.output);
        g_assert_cmpint(sum.reasoning, ==, a.reasoning + b.reasoning);
        g_assert_cmpint(sum.images, ==, a.images + b.images);
        g_assert_cmpint(sum.requests, ==, a.requests + b.requests);
        g_assert_true(sum.estimated == (a.estimated || b.estimated));
        g_assert_cmpint(pbay_tokens_read(&sum), ==, pbay_tokens_read(&a) + pbay_tokens_read(&b));
    }
}

static void test_bounds(void)
{
    PbayTokens most = {.input = INT64_MAX, .cached = INT64_MAX, .output = INT64_MAX};
    g_assert_cmpint(pbay_tokens_read(&most), ==, INT64_MAX);
    pbay_tokens_add(&most, &most);
    g_assert_cmpint(most.input, ==, INT64_MAX);
    g_assert_cmpint(most.output, ==, INT64_MAX);
    PbayTokens least = {.input = INT64_MIN};
    pbay_tokens_add(&least, &least);
    g_assert_cmpint(least.input, ==, INT64_MIN);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tokens/read", test_read);
    g_test_add_func("/tokens/add", test_add);
    g_test_add_func("/tokens/bounds", test_bounds);
    return g_test_run();
}
