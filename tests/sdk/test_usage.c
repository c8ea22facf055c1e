/* SPDX-License-Identifier: Apache-2.0 */
/* Token counts of each vendor brought to one meaning. */
#include "lib/usage.h"

#include "sdk/host.h"

static void check(const char *usage, const char *expected)
{
    g_autoptr(Host) host = host_new();
    g_test_message("%s", usage);
    pbs_usage_emit(&host->ctx, host_json(host, usage));
    host_expect(host, expected);
}

static void test_names(void)
{
    check("{\"prompt_tokens\":9,\"completion_tokens\":3,\"total_tokens\":12}",
          "usage in=9 out=3\n");
    check("{\"input_tokens\":14,\"output_tokens\":1056,\"total_tokens\":1070}",
          "usage in=14 out=1056\n");
    check("{\"prompt_tokens\":5,\"total_tokens\":5}", "usage in=5\n");
    check("{\"prompt_tokens\":9,\"num_cached_tokens\":4}", "usage in=9 cached=4\n");
    check("{\"prompt_tokens\":9,\"prompt_token_details\":{\"cached_tokens\":4}}",
          "usage in=9 cached=4\n");
    check("{\"prompt_tokens\":9,\"completion_tokens\":8,\"prompt_tokens_details\":{\"cached_"
          "tokens\":4,"
          "\"cache_write_tokens\":2},\"completion_tokens_details\":{\"reasoning_tokens\":5}}",
          "usage in=9 out=8 cached=4 write=2 reason=5\n");
}

static void test_meaning(void)
{
    check("{\"prompt_tokens\":30,\"completion_tokens\":10,\"total_tokens\":140,"
          "\"completion_tokens_details\":{\"reasoning_tokens\":100}}",
          "usage in=30 out=110 reason=100\n");
    check("{\"prompt_tokens\":30,\"completion_tokens\":110,\"total_tokens\":140,"
          "\"completion_tokens_details\":{\"reasoning_tokens\":100}}",
          "usage in=30 out=110 reason=100\n");
    check("{\"prompt_tokens\":30,\"completion_tokens\":110,"
          "\"completion_tokens_details\":{\"reasoning_tokens\":100}}",
          "usage in=30 out=110 reason=100\n");
    check("{\"prompt_tokens\":5,\"completion_tokens\":2,\"prompt_tokens_details\":{\"cached_"
          "tokens\":64}}",
          "usage in=69 out=2 cached=64\n");
    check("{\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0}", "usage in=0 out=0\n");
}

static void test_extras(void)
{
    check("{\"prompt_tokens\":1,\"cost\":0.25,\"list\":[1],\"none\":null,\"prompt_tokens_details\":"
          "null}",
          "usage in=1\nextra @3 name=cost text=0.25\n");
    check(
        "{\"prompt_tokens\":1,\"prompt_tokens_details\":{\"cached_tokens\":1,\"audio_tokens\":0}}",
        "usage in=1 cached=1\nextra @3 name=prompt_tokens_details "
        "text={\"cached_tokens\":1,\"audio_tokens\":0}\n");
}

static void test_odd(void)
{
    check("null", "");
    check("[]", "");
    check("{}", "");
    check("{\"prompt_tokens\":-1,\"completion_tokens\":\"3\"}", "");
    check("{\"prompt_tokens\":9223372036854775807,\"completion_tokens\":9223372036854775807,"
          "\"total_tokens\":1,\"completion_tokens_details\":{\"reasoning_tokens\":"
          "9223372036854775807}}",
          "");
    check("{\"prompt_tokens\":1152921504606846976,\"completion_tokens\":3,\"total_tokens\":4}",
          "usage out=3\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/usage/names", test_names);
    g_test_add_func("/sdk/usage/meaning", test_meaning);
    g_test_add_func("/sdk/usage/extras", test_extras);
    g_test_add_func("/sdk/usage/odd", test_odd);
    return g_test_run();
}
