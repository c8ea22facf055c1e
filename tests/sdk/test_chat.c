/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder of chat and completion answers: order of events, what is told once, what is
 * refused. The recordings of the openai driver hold the vendors' own bytes; here are the edges. */
#include "lib/chat.h"

#include "lib/str.h"
#include "sdk/host.h"

typedef struct Run {
    Host *host;
    pbs_chat chat;
} Run;

static Run *run_new(bool completion)
{
    Run *run = g_new0(Run, 1);
    run->host = host_new();
    pbs_chat_init(&run->chat, completion);
    return run;
}

static void run_free(Run *run)
{
    pbs_chat_free(&run->chat);
    host_free(run->host);
    g_free(run);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Run, run_free)

static pb_next take(Run *run, bool whole, const char *json)
{
    return pbs_chat_take(&run->host->ctx, &run->chat, host_json(run->host, json), whole, 200);
}

static void test_once(void)
{
    g_autoptr(Run) run = run_new(false);
    take(run, false,
         "{\"id\":\"\",\"created\":0,\"model\":\"\",\"choices\":[],\"provider\":\"A\"}");
    take(
        run, false,
        "{\"id\":\"i\",\"created\":5,\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"a\"}}],"
        "\"usage\":{\"prompt_tokens\":1},\"provider\":\"B\",\"citations\":[1]}");
    take(run, false,
         "{\"id\":\"j\",\"created\":6,\"model\":\"n\",\"choices\":[{\"index\":0,\"delta\":{},"
         "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1},\"citations\":[1,2]}");
    take(run, false, "{\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}");
    g_assert_true(pbs_chat_is_finished(&run->chat));
    pbs_chat_end(&run->host->ctx, &run->chat);
    host_expect(run->host,
                "meta name=id text=i\nmeta name=model text=m\nmeta name=created text=5\n"
                "text text=a\nusage in=1\nfinish name=stop text=stop\nusage in=1 out=2\n"
                "extra @4 name=provider text=\"B\"\nextra @4 name=citations text=[1,2]\n");
}

static void test_content(void)
{
    g_autoptr(Run) run = run_new(false);
    take(run, true,
         "{\"choices\":[{\"message\":{\"content\":[{\"type\":\"thinking\",\"thinking\":\"t\"},"
         "{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"u\"}]},"
         "{\"type\":\"text\",\"text\":\"x\"},{\"type\":\"refusal\",\"refusal\":\"r\"},{\"type\":"
         "\"odd\"}],"
         "\"reasoning\":\"a\",\"reasoning_content\":\"\",\"annotations\":[],\"reasoning_details\":["
         "{}]},"
         "\"logprobs\":null,\"stop_reason\":7,\"finish_reason\":\"end_turn\"}]}");
    host_expect(
        run->host,
        "reasoning text=a\nreasoning text=t\nreasoning text=u\ntext text=x\nrefusal text=r\n"
        "log a content part of an unknown type was left out of the answer\n"
        "extra @0 name=reasoning_details text=[{}]\nextra @1 name=stop_reason text=7\n"
        "finish name=end_turn text=stop\n");
}

/* Nothing of a choice behind its finish; another choice goes on. */
static void test_after_finish(void)
{
    g_autoptr(Run) run = run_new(false);
    take(
        run, false,
        "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"length\"}]}");
    take(run, false,
         "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"b\"},\"finish_reason\":\"stop\"},"
         "{\"index\":1,\"delta\":{\"content\":\"c\"}}]}");
    g_assert_false(pbs_chat_is_finished(&run->chat));
    pbs_chat_end(&run->host->ctx, &run->chat);
    host_expect(run->host, "text text=a\nfinish name=length text=length\ntext #1 text=c\n");
}

static void test_empty_reason(void)
{
    g_autoptr(Run) run = run_new(false);
    take(run, false,
         "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"\"},"
         "{\"index\":1,\"delta\":{\"tool_calls\":{\"function\":{\"name\":\"f\"}}},\"finish_"
         "reason\":\"\"}]}");
    pbs_chat_end(&run->host->ctx, &run->chat);
    host_expect(run->host,
                "text text=a\ntool #1 0 name=f\nfinish text=stop\nfinish #1 text=tool_calls\n");
}

static void test_finishes(void)
{
    static const char *const table[][2] = {
        {"stop", "stop"},
        {"eos", "stop"},
        {"eos_token", "stop"},
        {"model_length", "length"},
        {"max_tokens", "length"},
        {"function_call", "tool_calls"},
        {"content_filter", "content_filter"},
        {"never heard of", "stop"},
        {"error", NULL},
        {"insufficient_system_resource", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        g_assert_cmpstr(pbs_chat_finish(pbs_str(table[i][0])), ==, table[i][1]);
    g_autoptr(Run) run = run_new(true);
    take(run, true, "{\"choices\":[{\"text\":\"x\",\"finish_reason\":\"tool_calls\"}]}");
    host_expect(run->host, "text text=x\nfinish name=tool_calls text=stop\n");
}

static void fails(bool whole, const char *json, const char *expected)
{
    g_autoptr(Run) run = run_new(false);
    g_test_message("%s", json);
    g_assert_cmpint(take(run, whole, json), ==, PB_FAIL);
    g_assert_nonnull(strstr(run->host->x.log->str, expected));
}

static void test_failures(void)
{
    fails(false, "{\"error\":{\"message\":\"m\",\"type\":\"server_error\"}}", "fail cls=14");
    fails(false, "{\"usage\":{\"prompt_tokens\":3},\"error\":\"m\"}", "usage in=3\nfail cls=14");
    fails(false, "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"error\"}]}",
          "fail cls=14");
    fails(false,
          "{\"choices\":[{\"delta\":{},\"finish_reason\":\"insufficient_system_resource\"}]}",
          "fail cls=12");
    fails(false, "{\"choices\":[{\"index\":128,\"delta\":{}}]}", "fail cls=15");
    fails(false, "{\"choices\":[{\"index\":-1,\"delta\":{}}]}", "fail cls=15");
    fails(true, "{\"choices\":null}", "fail cls=15");
    fails(true, "[]", "fail cls=15");
    fails(false, "7", "fail cls=15");
    fails(false,
          "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{"
          "\"}}]}}]}",
          "without the tool's name");
}

/* Objects of any type at any place: nothing emitted that was not said, no crash. */
static void test_odd(void)
{
    static const char *const odd[] = {
        "{\"choices\":[null,7,[],{}]}",
        "{\"choices\":[{\"delta\":null},{\"delta\":7},{\"delta\":[]}]}",
        "{\"choices\":[{\"delta\":{\"content\":7,\"refusal\":[],\"tool_calls\":\"x\",\"function_"
        "call\":[]}}]}",
        "{\"choices\":[{\"delta\":{\"content\":[7,null,{\"type\":7}]}}]}",
        "{\"choices\":[{\"finish_reason\":7}],\"usage\":[],\"id\":7,\"created\":\"x\",\"model\":"
        "null}",
        "{\"x_groq\":{\"usage\":7}}",
        "{}",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(odd); i++) {
        g_autoptr(Run) run = run_new(false);
        g_test_message("%s", odd[i]);
        g_assert_cmpint(take(run, false, odd[i]), ==, 0);
        pbs_chat_end(&run->host->ctx, &run->chat);
        g_assert_null(strstr(run->host->x.log->str, "text"));
        g_assert_null(strstr(run->host->x.log->str, "finish"));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/chat/once", test_once);
    g_test_add_func("/sdk/chat/content", test_content);
    g_test_add_func("/sdk/chat/after-finish", test_after_finish);
    g_test_add_func("/sdk/chat/empty-reason", test_empty_reason);
    g_test_add_func("/sdk/chat/finishes", test_finishes);
    g_test_add_func("/sdk/chat/failures", test_failures);
    g_test_add_func("/sdk/chat/odd", test_odd);
    return g_test_run();
}
