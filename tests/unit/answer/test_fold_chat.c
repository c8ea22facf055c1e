/* SPDX-License-Identifier: Apache-2.0 */
/* The finished chat.completion, whole texts compared. */
#include "unit/answer/events.h"

#define HEAD                                                                                       \
    "{\"id\":\"chatcmpl-" RANDOM "\",\"object\":\"chat.completion\",\"created\":1700000000,"       \
    "\"model\":\"asked\",\"choices\":["

static PbayAnswer *chat(void)
{
    PbayAnswerSpec spec = spec_of(PB_KIND_CHAT);
    return pbay_answer_new(&spec);
}

static void same(PbayAnswer *answer, const char *expected)
{
    g_autofree char *text = finished(answer);
    g_assert_cmpstr(text, ==, expected);
    pbay_answer_free(answer);
}

static void test_text(void)
{
    PbayAnswer *a = chat();
    take_ok(a, ev(PB_EV_TEXT, "Hel"));
    take_ok(a, ev(PB_EV_REASONING, "hm"));
    take_ok(a, ev(PB_EV_TEXT, "lo \"\n"));
    take_ok(a, ev(PB_EV_FINISH, "stop"));
    take_ok(a, ev_usage(3, 2));
    same(a, HEAD "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hello \\\"\\n\","
                 "\"refusal\":null,\"reasoning_content\":\"hm\"},\"logprobs\":null,"
                 "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,"
                 "\"completion_tokens\":2,\"total_tokens\":5}}");
}

static void test_nothing_said(void)
{
    PbayAnswer *a = chat();
    take_ok(a, ev(PB_EV_FINISH, "length"));
    same(a, HEAD "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":null,"
                 "\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"length\"}]}");
    a = chat();
    take_ok(a, ev(PB_EV_TEXT, ""));
    take_ok(a, ev(PB_EV_FINISH, "content_filter"));
    same(a, HEAD "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"\","
                 "\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"content_filter\"}]}");
    a = chat();
    take_ok(a, ev(PB_EV_TEXT, ""));
    take_ok(a, ev(PB_EV_REFUSAL, "no"));
    take_ok(a, ev(PB_EV_FINISH, "stop"));
    same(a, HEAD "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":null,"
                 "\"refusal\":\"no\"},\"logprobs\":null,\"finish_reason\":\"stop\"}]}");
}

static void test_calls(void)
{
    PbayAnswer *a = chat();
    take_ok(a, ev_call(0, "c0", "f", NULL));
    take_ok(a, ev_call(1, "c1", "g", "{\"a\":"));
    take_ok(a, ev_call(1, "other", "g", "1}"));
    take_ok(a, ev_extra(PB_AT_TOOL_CALL, "provider_specific_fields", "{\"s\":\"x\"}"));
    pb_event custom = ev_call(2, "c2", "h", "free text");
    custom.kind = PB_EV_CUSTOM_CALL;
    take_ok(a, custom);
    take_ok(a, ev(PB_EV_FINISH, "stop"));
    same(
        a, HEAD
        "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":null,\"refusal\":null,"
        "\"tool_calls\":["
        "{\"id\":\"c0\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"},"
        "\"provider_specific_fields\":{\"s\":\"x\"}},"
        "{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"g\","
        "\"arguments\":\"{\\\"a\\\":1}\"}},"
        "{\"id\":\"c2\",\"type\":\"custom\",\"custom\":{\"name\":\"h\",\"input\":\"free text\"}}]},"
        "\"logprobs\":null,\"finish_reason\":\"tool_calls\"}]}");
}

static void test_call_without_id(void)
{
    PbayAnswer *a = chat();
    take_ok(a, ev_call(0, NULL, "f", "{}"));
    take_ok(a, ev(PB_EV_FINISH, "length"));
    g_autofree char *text = finished(a);
    const char *id = strstr(text, "\"id\":\"call_");
    g_assert_nonnull(id);
    g_assert_cmpuint(strcspn(id + 11, "\""), ==, 24);
    g_assert_nonnull(strstr(text, "\"finish_reason\":\"length\""));
    pbay_answer_free(a);
}

static void test_choices_and_extras(void)
{
    PbayAnswer *a = chat();
    take_ok(a, ev_choice(PB_EV_TEXT, 1, "b"));
    take_ok(a, ev_choice(PB_EV_TEXT, 0, "a"));
    take_ok(a, ev_choice(PB_EV_FINISH, 1, "stop"));
    pb_event logprobs = ev_extra(PB_AT_CHOICE, "logprobs", "{\"content\":[1]}");
    take_ok(a, logprobs);
    logprobs.text = PBAY_STR("{\"content\":[2]}");
    take_ok(a, logprobs);
    take_ok(a, ev_extra(PB_AT_CHOICE, "safety", "\"low\""));
    take_ok(a, ev_extra(PB_AT_MESSAGE, "annotations", "[{}]"));
    take_ok(a, ev_choice(PB_EV_FINISH, 0, "stop"));
    take_ok(a, ev_named(PB_EV_META, "system_fingerprint", "fp"));
    take_ok(a, ev_named(PB_EV_META, "system_fingerprint", "fp2"));
    take_ok(a, ev_extra(PB_AT_TOP, "citations", "[1]"));
    take_ok(a, ev_extra(PB_AT_TOP, "citations", "[2]"));
    take_ok(a, ev_extra(PB_AT_USAGE, "cost", "0.5"));
    same(a, HEAD "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"a\","
                 "\"refusal\":null,\"annotations\":[{}]},\"logprobs\":{\"content\":[1,2]},"
                 "\"safety\":\"low\",\"finish_reason\":\"stop\"},"
                 "{\"index\":1,\"message\":{\"role\":\"assistant\",\"content\":\"b\","
                 "\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],"
                 "\"usage\":{\"cost\":0.5},\"system_fingerprint\":\"fp\",\"citations\":[1,2]}");
}

static void test_invalid_utf8(void)
{
    PbayAnswer *a = chat();
    take_ok(a, ev(PB_EV_TEXT, "a\xff"
                              "b"));
    take_ok(a, ev_call(0, "i\xff", "f", "\"\xc3\""));
    take_ok(a, ev(PB_EV_FINISH, "stop"));
    g_autofree char *text = finished(a);
    g_assert_true(g_utf8_validate(text, -1, NULL));
    pbay_answer_free(a);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fold/text", test_text);
    g_test_add_func("/fold/nothing-said", test_nothing_said);
    g_test_add_func("/fold/calls", test_calls);
    g_test_add_func("/fold/call-without-id", test_call_without_id);
    g_test_add_func("/fold/choices-and-extras", test_choices_and_extras);
    g_test_add_func("/fold/invalid-utf8", test_invalid_utf8);
    return g_test_run();
}
