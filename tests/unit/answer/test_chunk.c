/* SPDX-License-Identifier: Apache-2.0 */
/* Streams: whole chunk texts compared, and when each is written. */
#include "unit/answer/events.h"

#define HEAD                                                                                       \
    "{\"id\":\"chatcmpl-" RANDOM "\",\"object\":\"chat.completion.chunk\","                        \
    "\"created\":1700000000,\"model\":\"asked\",\"choices\":["
#define DELTA(delta)                                                                               \
    HEAD "{\"index\":0,\"delta\":" delta ",\"logprobs\":null,\"finish_reason\":null}]}\n"
#define ROLE DELTA("{\"role\":\"assistant\",\"content\":\"\"}")
#define END(reason)                                                                                \
    HEAD "{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"" reason "\"}]}\n"

typedef struct Stream {
    PbayAnswer *answer;
    GString *out;
} Stream;

static Stream begin(bool include_usage)
{
    Stream s = {NULL, g_string_new(NULL)};
    PbayAnswerSpec spec = spec_of(PB_KIND_CHAT);
    spec.stream = true;
    spec.include_usage = include_usage;
    spec.chunk = collect;
    spec.user = s.out;
    s.answer = pbay_answer_new(&spec);
    return s;
}

/* What was written since the last look. */
static void wrote(Stream *s, const char *expected)
{
    g_assert_cmpstr(s->out->str, ==, expected);
    g_string_truncate(s->out, 0);
}

static void end(Stream *s)
{
    g_autoptr(GString) none = g_string_new(NULL);
    g_assert_false(pbay_answer_write(s->answer, none));
    pbay_answer_free(s->answer);
    g_string_free(s->out, TRUE);
}

static void test_text(void)
{
    Stream s = begin(false);
    take_ok(s.answer, ev(PB_EV_TEXT, ""));
    wrote(&s, "");
    take_ok(s.answer, ev(PB_EV_TEXT, "Hel"));
    wrote(&s, ROLE DELTA("{\"content\":\"Hel\"}"));
    take_ok(s.answer, ev(PB_EV_REASONING, "hm\n"));
    wrote(&s, DELTA("{\"reasoning_content\":\"hm\\n\"}"));
    take_ok(s.answer, ev(PB_EV_REFUSAL, "no"));
    wrote(&s, DELTA("{\"refusal\":\"no\"}"));
    take_ok(s.answer, ev(PB_EV_FINISH, "stop"));
    take_ok(s.answer, ev_usage(1, 2));
    wrote(&s, "");
    g_assert_true(pbay_answer_complete(s.answer, NULL));
    wrote(&s, END("stop"));
    g_assert_cmpint(pbay_answer_usage(s.answer).out, ==, 2);
    end(&s);
}

static void test_calls(void)
{
    Stream s = begin(false);
    take_ok(s.answer, ev_call(0, "c0", "f", NULL));
    wrote(&s, ROLE DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"c0\",\"type\":\"function\","
                         "\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}"));
    take_ok(s.answer, ev_call(1, "c1", "g", "{\"a\":"));
    wrote(&s, DELTA("{\"tool_calls\":[{\"index\":1,\"id\":\"c1\",\"type\":\"function\","
                    "\"function\":{\"name\":\"g\",\"arguments\":\"\"}}]}")
                  DELTA("{\"tool_calls\":[{\"index\":1,\"function\":"
                        "{\"arguments\":\"{\\\"a\\\":\"}}]}"));
    take_ok(s.answer, ev_call(1, "ignored", "g", "1}"));
    wrote(&s, DELTA("{\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":\"1}\"}}]}"));
    pb_event custom = ev_call(2, "c2", "h", "go");
    custom.kind = PB_EV_CUSTOM_CALL;
    take_ok(s.answer, custom);
    wrote(&s, DELTA("{\"tool_calls\":[{\"index\":2,\"id\":\"c2\",\"type\":\"custom\","
                    "\"custom\":{\"name\":\"h\",\"input\":\"\"}}]}")
                  DELTA("{\"tool_calls\":[{\"index\":2,\"custom\":{\"input\":\"go\"}}]}"));
    take_ok(s.answer, ev_extra(PB_AT_TOOL_CALL, "provider_specific_fields", "{\"s\":1}"));
    wrote(&s, DELTA("{\"tool_calls\":[{\"index\":0,\"provider_specific_fields\":{\"s\":1}}]}"));
    take_ok(s.answer, ev(PB_EV_FINISH, "stop"));
    wrote(&s, DELTA("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]}"));
    g_assert_true(pbay_answer_complete(s.answer, NULL));
    wrote(&s, END("tool_calls"));
    end(&s);
}

static void test_usage(void)
{
    Stream s = begin(true);
    take_ok(s.answer, ev_usage(5, 0));
    take_ok(s.answer, ev(PB_EV_TEXT, "a"));
    g_assert_cmpuint(strstr(s.out->str, "],\"usage\":null}\n") != NULL, ==, 1);
    g_string_truncate(s.out, 0);
    take_ok(s.answer, ev(PB_EV_FINISH, "length"));
    take_ok(s.answer, ev_usage(5, 3));
    take_ok(s.answer, ev_extra(PB_AT_USAGE, "cost", "0.1"));
    wrote(&s, "");
    g_assert_true(pbay_answer_complete(s.answer, NULL));
    wrote(&s, HEAD "{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"length\"}],"
                   "\"usage\":null}\n" HEAD
                   "],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":3,\"total_tokens\":8,"
                   "\"cost\":0.1}}\n");
    end(&s);
    s = begin(true); /* the vendor counted nothing: no chunk, no zeros */
    take_ok(s.answer, ev(PB_EV_FINISH, "stop"));
    g_assert_true(pbay_answer_complete(s.answer, NULL));
    g_assert_null(strstr(s.out->str, "\"choices\":[]"));
    end(&s);
}

static void test_names_stay(void)
{
    Stream s = begin(false);
    take_ok(s.answer, ev_named(PB_EV_META, "system_fingerprint", "fp"));
    take_ok(s.answer, ev_named(PB_EV_META, "created", "7"));
    take_ok(s.answer, ev(PB_EV_TEXT, "a"));
    take_ok(s.answer, ev_named(PB_EV_META, "id", "late"));
    take_ok(s.answer, ev_named(PB_EV_META, "model", "late"));
    take_ok(s.answer, ev_named(PB_EV_META, "created", "9"));
    take_ok(s.answer, ev(PB_EV_FINISH, "stop"));
    g_assert_true(pbay_answer_complete(s.answer, NULL));
    g_auto(GStrv) lines = g_strsplit(s.out->str, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, 4);
    for (int i = 0; i < 3; i++)
        g_assert_true(g_str_has_prefix(
            lines[i], "{\"id\":\"chatcmpl-" RANDOM "\",\"object\":\"chat.completion.chunk\","
                      "\"created\":7,\"model\":\"asked\",\"system_fingerprint\":\"fp\","));
    end(&s);
}

static void test_extras(void)
{
    Stream s = begin(false);
    take_ok(s.answer, ev(PB_EV_TEXT, "a"));
    g_string_truncate(s.out, 0);
    take_ok(s.answer, ev_extra(PB_AT_CHOICE, "logprobs", "{\"content\":\n[1]}"));
    wrote(&s, HEAD "{\"index\":0,\"delta\":{},\"logprobs\":{\"content\": [1]},"
                   "\"finish_reason\":null}]}\n");
    take_ok(s.answer, ev_extra(PB_AT_CHOICE, "safety", "\"low\""));
    wrote(&s, HEAD "{\"index\":0,\"delta\":{},\"logprobs\":null,\"safety\":\"low\","
                   "\"finish_reason\":null}]}\n");
    take_ok(s.answer, ev_extra(PB_AT_MESSAGE, "annotations", "[1]"));
    wrote(&s, DELTA("{\"annotations\":[1]}"));
    take_bad(s.answer, ev_extra(PB_AT_MESSAGE, "annotations", "[1"), "not JSON");
    take_ok(s.answer, ev_extra(PB_AT_TOP, "citations", "[1]"));
    take_ok(s.answer, ev_extra(PB_AT_TOP, "service_tier", "\"flex\""));
    wrote(&s, "");
#define TIER                                                                                       \
    "{\"id\":\"chatcmpl-" RANDOM "\",\"object\":\"chat.completion.chunk\","                        \
    "\"created\":1700000000,\"model\":\"asked\","
    take_ok(s.answer, ev(PB_EV_TEXT, "b"));
    wrote(&s, TIER "\"citations\":[1],\"service_tier\":\"flex\",\"choices\":[{\"index\":0,"
                   "\"delta\":{\"content\":\"b\"},\"logprobs\":null,\"finish_reason\":null}]}\n");
    take_ok(s.answer, ev(PB_EV_FINISH, "stop"));
    take_ok(s.answer, ev_extra(PB_AT_TOP, "citations", "[2]")); /* behind the finish event */
    wrote(&s, "");
    g_assert_true(pbay_answer_complete(s.answer, NULL));
    wrote(&s, TIER "\"service_tier\":\"flex\",\"citations\":[2],\"choices\":[{\"index\":0,"
                   "\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}]}\n");
    end(&s);
}

static void test_choices(void)
{
    Stream s = begin(false);
    take_ok(s.answer, ev_choice(PB_EV_TEXT, 1, "b"));
    take_ok(s.answer, ev_choice(PB_EV_TEXT, 0, "a"));
    take_ok(s.answer, ev_choice(PB_EV_TEXT, 1, "c"));
    take_ok(s.answer, ev_choice(PB_EV_FINISH, 0, "stop"));
    take_ok(s.answer, ev_choice(PB_EV_FINISH, 1, "stop"));
    g_assert_true(pbay_answer_complete(s.answer, NULL));
    g_auto(GStrv) lines = g_strsplit(s.out->str, "\n", -1);
    static const char *const parts[] = {
        "{\"index\":1,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}",
        "{\"index\":1,\"delta\":{\"content\":\"b\"}",
        "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}",
        "{\"index\":0,\"delta\":{\"content\":\"a\"}",
        "{\"index\":1,\"delta\":{\"content\":\"c\"}",
        "{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}",
        "{\"index\":1,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}"};
    g_assert_cmpuint(g_strv_length(lines), ==, G_N_ELEMENTS(parts) + 1);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        g_assert_nonnull(strstr(lines[i], parts[i]));
    end(&s);
}

/* A stream keeps no content: far more than the fold's bound may pass. */
static void test_endless(void)
{
    enum { MIB = 1 << 20 };
    g_autofree char *large = g_malloc(MIB + 1);
    memset(large, 'a', MIB);
    large[MIB] = '\0';
    Stream s = begin(false);
    for (int i = 0; i < 66; i++) {
        take_ok(s.answer, ev(PB_EV_TEXT, large));
        take_ok(s.answer, ev_call(0, "c", "f", large));
        g_string_truncate(s.out, 0);
    }
    end(&s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/chunk/text", test_text);
    g_test_add_func("/chunk/calls", test_calls);
    g_test_add_func("/chunk/usage", test_usage);
    g_test_add_func("/chunk/names-stay", test_names_stay);
    g_test_add_func("/chunk/extras", test_extras);
    g_test_add_func("/chunk/choices", test_choices);
    g_test_add_func("/chunk/endless", test_endless);
    return g_test_run();
}
