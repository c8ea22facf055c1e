/* SPDX-License-Identifier: Apache-2.0 */
/* Names of models, old, new and unknown, under the spellings of other clouds too. */
#include "lib/anthropic/models.h"

#include "lib/str.h"

#include <glib.h>

static void check(const char *name, uint32_t traits, int64_t max_output)
{
    const pbs_claude *model = pbs_anthropic_model(pbs_str(name));
    g_assert_cmphex(model->traits, ==, traits);
    g_assert_cmpint(model->max_output, ==, max_output);
}

static const uint32_t newest = MODEL_ADAPTIVE | MODEL_SCHEMA | MODEL_NO_SAMPLING | MODEL_XHIGH;
static const uint32_t middle = MODEL_BUDGET | MODEL_SCHEMA | MODEL_ONE_SAMPLING;

static void test_generations(void)
{
    check("claude-instant-1.2", MODEL_LEGACY, 4096);
    check("claude-2", MODEL_LEGACY, 4096);
    check("claude-2.1", MODEL_LEGACY, 4096);
    check("claude-3-haiku-20240307", 0, 4096);
    check("claude-3-5-sonnet-latest", 0, 8192);
    check("claude-3-7-sonnet-20250219", MODEL_BUDGET, 64000);
    check("claude-opus-4-20250514", MODEL_BUDGET, 32000);
    check("claude-opus-4-1-20250805", MODEL_BUDGET | MODEL_ONE_SAMPLING, 32000);
    check("claude-sonnet-4-0", MODEL_BUDGET, 64000);
    check("claude-sonnet-4-5-20250929", middle, 64000);
    check("claude-haiku-4-5", middle, 64000);
    check("claude-sonnet-4-6", MODEL_ADAPTIVE | MODEL_SCHEMA | MODEL_ONE_SAMPLING, 64000);
    check("claude-opus-4-7", newest, 128000);
}

static void test_unknown(void)
{
    check("claude-opus-5", newest, 128000);
    check("claude-sonnet-5-1", newest, 64000);
    check("claude-", newest, 64000);
    check("some-proxy-model", 0, 4096);
    check("", 0, 4096);
}

static void test_spellings(void)
{
    check("us.anthropic.claude-sonnet-4-5-20250929-v1:0", middle, 64000);
    check("claude-sonnet-4@20250514", MODEL_BUDGET, 64000);
    check("anthropic/claude-2.1", MODEL_LEGACY, 4096);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/anthropic/models/generations", test_generations);
    g_test_add_func("/anthropic/models/unknown", test_unknown);
    g_test_add_func("/anthropic/models/spellings", test_spellings);
    return g_test_run();
}
