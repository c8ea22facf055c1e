/* SPDX-License-Identifier: Apache-2.0 */
/* Deprecated members: what they become, and what cannot be made sense of. */
#include "call/rewrite.h"

#include "base/str.h"
#include "json/reader.h"

static void test_rewritten(void)
{
    static const struct {
        const char *json, *result;
    } rows[] = {
        {"{\"a\":1}", "{\"a\":1}"},
        {"{\"functions\":[{\"name\":\"f\", "
         "\"parameters\":{\"x\":1.0}}],\"function_call\":\"auto\"}",
         "{\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\", "
         "\"parameters\":{\"x\":1.0}}}],\"tool_choice\":\"auto\"}"},
        {"{\"function_call\":{\"name\":\"f\"},\"tools\":[{}]}",
         "{\"tools\":[{}],\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}}"},
        {"{\"functions\":[],\"function_call\":\"none\"}", "{}"},
        {"{\"functions\":null,\"function_call\":null}",
         "{\"functions\":null,\"function_call\":null}"},
        {"{\"tools\":[],\"tool_choice\":\"auto\"}", "{\"tool_choice\":\"auto\"}"},
        {"{\"tools\":null}", "{\"tools\":null}"},
        {"{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":"
         "null,\"function_call\":{\"name\":\"f\",\"arguments\":\"{}\"}},{\"role\":\"function\","
         "\"name\":\"f\",\"content\":\"7\"}]}",
         "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":"
         "null,\"tool_calls\":[{\"id\":\"call_000000000000000000000001\",\"type\":\"function\","
         "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},{\"role\":\"tool\","
         "\"tool_call_id\":\"call_000000000000000000000001\",\"content\":\"7\"}]}"},
        {"{\"messages\":[{\"role\":\"assistant\",\"function_call\":null}]}",
         "{\"messages\":[{\"role\":\"assistant\",\"function_call\":null}]}"},
        {"{\"max_tokens_to_sample\":5,\"b\":2}", "{\"b\":2,\"max_tokens\":5}"},
        {"{\"max_tokens_to_sample\":5,\"max_tokens\":null}", "{\"max_tokens\":5}"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(PbayArena) arena = pbay_arena_new(0);
        const pb_json *root = pbay_json_parse(arena, pbay_str(rows[i].json), NULL, 0, NULL);
        bool renamed = false;
        g_autoptr(PbayFailure) failure = pbay_call_rewrite(arena, &root, &renamed);
        if (failure != NULL)
            g_error("%s: %s", rows[i].json, failure->message);
        g_autofree char *result = pbay_str_dup(pbay_json_text(root));
        g_assert_cmpstr(result, ==, rows[i].result);
        g_assert_true(renamed == (strstr(rows[i].json, "to_sample") != NULL));
    }
}

static void test_refused(void)
{
    static const struct {
        const char *json, *param;
    } rows[] = {
        {"{\"functions\":{}}", "functions"},
        {"{\"functions\":[{}]}", "functions"},
        {"{\"functions\":[\"f\"]}", "functions"},
        {"{\"functions\":[{\"name\":\"f\"}],\"tools\":[]}", "functions"},
        {"{\"function_call\":\"required\"}", "function_call"},
        {"{\"function_call\":{}}", "function_call"},
        {"{\"function_call\":\"auto\",\"tool_choice\":\"auto\"}", "function_call"},
        {"{\"messages\":[{\"role\":\"function\",\"name\":\"f\"}]}", "messages"},
        {"{\"messages\":[{\"role\":\"assistant\",\"function_call\":{\"name\":\"g\"}},"
         "{\"role\":\"function\",\"name\":\"f\"}]}",
         "messages"},
        {"{\"messages\":[{\"role\":\"assistant\",\"function_call\":{\"name\":\"f\"}},"
         "{\"role\":\"function\",\"name\":\"f\"},{\"role\":\"function\",\"name\":\"f\"}]}",
         "messages"},
        {"{\"messages\":[{\"role\":\"assistant\",\"function_call\":{}}]}", "messages"},
        {"{\"messages\":[{\"role\":\"assistant\",\"function_call\":{\"name\":\"f\"},"
         "\"tool_calls\":[]}]}",
         "messages"},
        {"{\"max_tokens_to_sample\":5,\"max_tokens\":5}", "max_tokens_to_sample"},
        {"{\"max_tokens_to_sample\":0}", "max_tokens_to_sample"},
        {"{\"max_tokens_to_sample\":\"5\"}", "max_tokens_to_sample"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(PbayArena) arena = pbay_arena_new(0);
        const pb_json *root = pbay_json_parse(arena, pbay_str(rows[i].json), NULL, 0, NULL);
        bool renamed = false;
        g_autoptr(PbayFailure) failure = pbay_call_rewrite(arena, &root, &renamed);
        if (failure == NULL)
            g_error("taken: %s", rows[i].json);
        g_assert_cmpint(failure->cls, ==, PB_ERR_INVALID);
        g_assert_cmpstr(failure->param, ==, rows[i].param);
    }
}

/* A schema as deep as the reader takes still becomes a tool, two levels deeper. */
static void test_deep(void)
{
    g_autoptr(GString) json = g_string_new("{\"functions\":[{\"name\":\"f\",\"parameters\":");
    for (int i = 0; i < 125; i++)
        g_string_append_c(json, '[');
    for (int i = 0; i < 125; i++)
        g_string_append_c(json, ']');
    g_string_append(json, "}]}");
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    const pb_json *root = pbay_json_parse(arena, pbay_str_of(json), NULL, 0, NULL);
    g_assert_nonnull(root);
    bool renamed = false;
    g_assert_null(pbay_call_rewrite(arena, &root, &renamed));
    g_assert_cmpuint(pbay_json_len(pbay_json_get(root, PBAY_STR("tools"))), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rewrite/rewritten", test_rewritten);
    g_test_add_func("/rewrite/refused", test_refused);
    g_test_add_func("/rewrite/deep", test_deep);
    return g_test_run();
}
