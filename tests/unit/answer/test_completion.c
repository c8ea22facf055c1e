/* SPDX-License-Identifier: Apache-2.0 */
/* The finished text_completion and its stream. */
#include "unit/answer/events.h"

static void test_folded(void)
{
    PbayAnswerSpec spec = spec_of(PB_KIND_COMPLETION);
    PbayAnswer *a = pbay_answer_new(&spec);
    take_ok(a, ev_choice(PB_EV_TEXT, 1, "two"));
    take_ok(a, ev_choice(PB_EV_FINISH, 1, "length"));
    take_ok(a, ev_extra(PB_AT_CHOICE, "logprobs", "{\"tokens\":[\" blue\"]}"));
    take_ok(a, ev_choice(PB_EV_FINISH, 0, "stop"));
    take_ok(a, ev_usage(4, 2));
    g_autofree char *text = finished(a);
    g_assert_cmpstr(text, ==,
                    "{\"id\":\"cmpl-" RANDOM "\",\"object\":\"text_completion\","
                    "\"created\":1700000000,\"model\":\"asked\",\"choices\":["
                    "{\"text\":\"\",\"index\":0,\"logprobs\":{\"tokens\":[\" blue\"]},"
                    "\"finish_reason\":\"stop\"},"
                    "{\"text\":\"two\",\"index\":1,\"logprobs\":null,"
                    "\"finish_reason\":\"length\"}],\"usage\":{\"prompt_tokens\":4,"
                    "\"completion_tokens\":2,\"total_tokens\":6}}");
    pbay_answer_free(a);
}

static void test_streamed(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    PbayAnswerSpec spec = spec_of(PB_KIND_COMPLETION);
    spec.stream = true;
    spec.chunk = collect;
    spec.user = out;
    PbayAnswer *a = pbay_answer_new(&spec);
    take_ok(a, ev(PB_EV_TEXT, " blue"));
    take_ok(a, ev(PB_EV_TEXT, ""));
    take_ok(a, ev(PB_EV_FINISH, "stop"));
    g_assert_true(pbay_answer_complete(a, NULL));
#define HEAD                                                                                       \
    "{\"id\":\"cmpl-" RANDOM "\",\"object\":\"text_completion\",\"created\":1700000000,"           \
    "\"model\":\"asked\",\"choices\":["
    g_assert_cmpstr(out->str, ==,
                    HEAD "{\"text\":\" blue\",\"index\":0,\"logprobs\":null,"
                         "\"finish_reason\":null}]}\n" HEAD
                         "{\"text\":\"\",\"index\":0,\"logprobs\":null,"
                         "\"finish_reason\":\"stop\"}]}\n");
    pbay_answer_free(a);
}

static void test_text_alone(void)
{
    static const int32_t kinds[] = {PB_EV_REASONING, PB_EV_REFUSAL, PB_EV_TOOL_CALL, PB_EV_VECTOR,
                                    PB_EV_JSON};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        PbayAnswerSpec spec = spec_of(PB_KIND_COMPLETION);
        PbayAnswer *a = pbay_answer_new(&spec);
        take_bad(a, ev_named(kinds[i], "n", "{}"), "cannot have");
        pbay_answer_free(a);
    }
    PbayAnswerSpec spec = spec_of(PB_KIND_COMPLETION);
    PbayAnswer *a = pbay_answer_new(&spec);
    take_bad(a, ev(PB_EV_FINISH, "tool_calls"), "FINISH whose text");
    pbay_answer_free(a);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/completion/folded", test_folded);
    g_test_add_func("/completion/streamed", test_streamed);
    g_test_add_func("/completion/text-alone", test_text_alone);
    return g_test_run();
}
