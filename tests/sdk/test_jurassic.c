/* SPDX-License-Identifier: Apache-2.0 */
/* Jurassic-2: parameters under the vendor's names, completions and chat outputs as events. */
#include "lib/jurassic.h"

#include "lib/json.h"
#include "sdk/host.h"

static void params(const char *body, bool several, const char *expected, const char *log)
{
    g_autoptr(Host) host = host_new();
    pbs_w_object(&host->ctx, NULL);
    pbs_jurassic_write_params(&host->ctx, host_json(host, body), several);
    pbs_w_end(&host->ctx);
    g_assert_cmpstr(host->x.body->str, ==, expected);
    host_expect(host, log);
}

static void take(const char *answer, bool trim, pb_next result, const char *expected)
{
    g_autoptr(Host) host = host_new();
    g_assert_cmpint(pbs_jurassic_take(&host->ctx, host_json(host, answer), trim), ==, result);
    if (result == 0)
        host_expect(host, expected);
}

static void test_params(void)
{
    params("{}", true, "{}", "");
    params("{\"n\":2,\"max_tokens\":64,\"temperature\":0.7,\"top_p\":1,\"stop\":\"##\"}", true,
           "{\"numResults\":2,\"maxTokens\":64,\"temperature\":0.7,\"topP\":1,"
           "\"stopSequences\":[\"##\"]}",
           "");
    params("{\"max_tokens\":64,\"max_completion_tokens\":32,\"stop\":[\"a\",\"b\"],"
           "\"presence_penalty\":0.5,\"frequency_penalty\":0,\"countPenalty\":{\"scale\":1},"
           "\"minTokens\":1,\"topKReturn\":0}",
           true,
           "{\"maxTokens\":32,\"stopSequences\":[\"a\",\"b\"],\"countPenalty\":{\"scale\":1},"
           "\"presencePenalty\":{\"scale\":0.5},\"frequencyPenalty\":{\"scale\":0},"
           "\"minTokens\":1,\"topKReturn\":0}",
           "");
    params("{\"stop\":[],\"temperature\":null}", true, "{}", "");
    params("{\"n\":2}", false, "{}", "note 4 n: one answer a request is what is given here\n");
    params("{\"n\":1}", false, "{}", "");
}

static void test_completions(void)
{
    take("{\"id\":1234,\"prompt\":{\"text\":\"Hi\",\"tokens\":[{}]},\"completions\":[{\"data\":"
         "{\"text\":\" Hello.\",\"tokens\":[{},{}]},\"finishReason\":{\"reason\":\"endoftext\"}}]}",
         true, 0,
         "meta name=id text=1234\ntext text=Hello.\nfinish name=endoftext text=stop\n"
         "usage in=1 out=2\n");
    take(
        "{\"id\":\"8c1\",\"completions\":[{\"data\":{\"text\":\" a\"},\"finishReason\":"
        "{\"reason\":\"length\"}},{\"data\":{\"text\":\"\"},\"finishReason\":{\"reason\":\"stop\"}}"
        "]}",
        false, 0,
        "meta name=id text=8c1\ntext text= a\nfinish name=length text=length\n"
        "finish #1 name=stop text=stop\n");
}

static void test_chat(void)
{
    take("{\"id\":\"c\",\"outputs\":[{\"text\":\"Hello.\",\"role\":\"assistant\",\"finishReason\":"
         "{\"reason\":\"stop\",\"length\":null}}]}",
         true, 0, "meta name=id text=c\ntext text=Hello.\nfinish name=stop text=stop\n");
}

static void test_no_answer(void)
{
    take("{}", true, PB_FAIL, NULL);
    take("{\"completions\":[]}", true, PB_FAIL, NULL);
    take("{\"completions\":{}}", true, PB_FAIL, NULL);
    take("{\"completions\":[{\"data\":{\"text\":\"a\"}}]}", true, PB_FAIL, NULL);
    take("{\"completions\":[{\"finishReason\":{\"reason\":\"stop\"}}]}", true, PB_FAIL, NULL);
    take("7", true, PB_FAIL, NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/jurassic/params", test_params);
    g_test_add_func("/sdk/jurassic/completions", test_completions);
    g_test_add_func("/sdk/jurassic/chat", test_chat);
    g_test_add_func("/sdk/jurassic/no-answer", test_no_answer);
    return g_test_run();
}
