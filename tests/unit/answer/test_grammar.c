/* SPDX-License-Identifier: Apache-2.0 */
/* Each rule of the stream grammar, broken once, and that a refused event leaves no trace. */
#include "answer/grammar.h"
#include "base/error.h"
#include "unit/answer/events.h"

static void good(PbayGrammar *g, pb_event event)
{
    g_autoptr(GError) error = NULL;
    if (!pbay_grammar_event(g, &event, &error))
        g_error("refused: %s", error->message);
}

static void bad(PbayGrammar *g, pb_event event, const char *says)
{
    g_autoptr(GError) error = NULL;
    g_assert_false(pbay_grammar_event(g, &event, &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_PROTOCOL);
    if (strstr(error->message, says) == NULL)
        g_error("expected \"%s\" in: %s", says, error->message);
}

static void test_unknown_events(void)
{
    g_autoptr(PbayGrammar) g = pbay_grammar_new(PB_KIND_CHAT, 0);
    static const int32_t kinds[] = {0, -1, 14, 32, 1000, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        bad(g, ev(kinds[i], "x"), "does not know");
}

static void test_kinds(void)
{
    g_autoptr(PbayGrammar) g = pbay_grammar_new(PB_KIND_CHAT, 0);
    bad(g, ev(PB_EV_VECTOR, NULL), "cannot have");
    bad(g, ev(PB_EV_JSON, "{}"), "cannot have");
    bad(g, ev(PB_EV_BYTES, "x"), "cannot have");
    bad(g, ev(PB_EV_MODEL, "{}"), "cannot have");
    g_autoptr(PbayGrammar) credential = pbay_grammar_new(PB_KIND_CREDENTIAL, 0);
    bad(credential, ev(PB_EV_TEXT, "x"), "cannot have");
    g_autoptr(PbayGrammar) unknown = pbay_grammar_new(12345, 0);
    bad(unknown, ev(PB_EV_TEXT, "x"), "cannot have");
    g_assert_true(pbay_grammar_complete(unknown, NULL));
}

static void test_choices(void)
{
    g_autoptr(PbayGrammar) g = pbay_grammar_new(PB_KIND_CHAT, 0);
    bad(g, ev_choice(PB_EV_TEXT, 128, "x"), "128 or more");
    bad(g, ev_choice(PB_EV_FINISH, UINT32_MAX, "stop"), "128 or more");
    g_assert_cmpuint(pbay_grammar_choices(g), ==, 0);
    good(g, ev_choice(PB_EV_TEXT, 127, "x"));
    g_assert_cmpuint(pbay_grammar_choices(g), ==, 128);
}

static void test_finish(void)
{
    g_autoptr(PbayGrammar) g = pbay_grammar_new(PB_KIND_CHAT, 0);
    static const char *const unknown[] = {"", "STOP", "end_turn", "function_call", "stop "};
    for (size_t i = 0; i < G_N_ELEMENTS(unknown); i++)
        bad(g, ev(PB_EV_FINISH, unknown[i]), "FINISH whose text");
    g_assert_false(pbay_grammar_complete(g, NULL));
    good(g, ev(PB_EV_FINISH, "stop"));
    bad(g, ev(PB_EV_FINISH, "stop"), "second FINISH");
    bad(g, ev(PB_EV_FINISH, "length"), "second FINISH");
    bad(g, ev(PB_EV_TEXT, "x"), "after the FINISH");
    bad(g, ev(PB_EV_TEXT, ""), "after the FINISH");
    bad(g, ev(PB_EV_REASONING, "x"), "after the FINISH");
    bad(g, ev(PB_EV_REFUSAL, "x"), "after the FINISH");
    bad(g, ev_call(0, "i", "f", "x"), "after the FINISH");
    bad(g, ev_extra(PB_AT_MESSAGE, "a", "1"), "after the FINISH");
    bad(g, ev_extra(PB_AT_CHOICE, "a", "1"), "after the FINISH");
    good(g, ev_extra(PB_AT_TOP, "a", "1"));
    good(g, ev_extra(PB_AT_USAGE, "a", "1"));
    good(g, ev_usage(1, 1));
    good(g, ev_named(PB_EV_META, "id", "x"));
    good(g, ev_choice(PB_EV_TEXT, 1, "x"));
    g_assert_false(pbay_grammar_complete(g, NULL));
    good(g, ev_choice(PB_EV_FINISH, 1, "content_filter"));
    g_assert_true(pbay_grammar_complete(g, NULL));
}

static void test_calls(void)
{
    g_autoptr(PbayGrammar) g = pbay_grammar_new(PB_KIND_CHAT, 0);
    bad(g, ev_call(1, "i", "f", NULL), "leaves out a number");
    bad(g, ev_call(0, "i", NULL, "{"), "without the tool's name");
    good(g, ev_call(0, "i", "f", NULL));
    good(g, ev_call(0, NULL, NULL, "{"));
    good(g, ev_call(0, NULL, "f", "}"));
    bad(g, ev_call(0, "j", "other", "{"), "changed its name");
    pb_event custom = ev_call(0, NULL, NULL, "x");
    custom.kind = PB_EV_CUSTOM_CALL;
    bad(g, custom, "between function and custom");
    bad(g, ev_call(2, "i", "f", NULL), "leaves out a number");
    good(g, ev_call(1, "j", "g", NULL));
    good(g, ev_call(0, NULL, NULL, " "));
    pb_event other = ev_call(1, "k", "h", NULL);
    other.choice = 1;
    bad(g, other, "leaves out a number");
    for (uint32_t i = 2; i < PBAY_CALLS_MAX; i++)
        good(g, ev_call(i, "i", "f", NULL));
    bad(g, ev_call(PBAY_CALLS_MAX, "i", "f", NULL), "more than 1024");
}

static void test_extras(void)
{
    g_autoptr(PbayGrammar) g = pbay_grammar_new(PB_KIND_CHAT, 0);
    bad(g, ev_extra(PB_AT_TOP, NULL, "1"), "without a name");
    bad(g, ev_extra(5, "x", "1"), "place");
    bad(g, ev_extra(-1, "x", "1"), "place");
    bad(g, ev_extra(PB_AT_TOOL_CALL, "x", "1"), "has not begun");
    static const struct {
        int32_t at;
        const char *name;
    } reserved[] = {{PB_AT_MESSAGE, "content"},
                    {PB_AT_MESSAGE, "tool_calls"},
                    {PB_AT_CHOICE, "finish_reason"},
                    {PB_AT_CHOICE, "index"},
                    {PB_AT_USAGE, "total_tokens"},
                    {PB_AT_TOP, "choices"},
                    {PB_AT_TOP, "id"},
                    {PB_AT_TOP, "usage"},
                    {PB_AT_MESSAGE, "reasoning_content"}};
    for (size_t i = 0; i < G_N_ELEMENTS(reserved); i++)
        bad(g, ev_extra(reserved[i].at, reserved[i].name, "1"), "canonical member");
    good(g, ev_call(0, "i", "f", NULL));
    good(g, ev_extra(PB_AT_TOOL_CALL, "x", "1"));
    bad(g, ev_extra(PB_AT_TOOL_CALL, "function", "{}"), "canonical member");
    g_autoptr(PbayGrammar) completion = pbay_grammar_new(PB_KIND_COMPLETION, 0);
    bad(completion, ev_extra(PB_AT_MESSAGE, "x", "1"), "place");
    good(completion, ev_extra(PB_AT_CHOICE, "x", "1"));
    g_autoptr(PbayGrammar) embedding = pbay_grammar_new(PB_KIND_EMBEDDING, 0);
    bad(embedding, ev_extra(PB_AT_CHOICE, "x", "1"), "place");
    good(embedding, ev_extra(PB_AT_TOP, "x", "1"));
}

static void test_meta_and_usage(void)
{
    g_autoptr(PbayGrammar) g = pbay_grammar_new(PB_KIND_CHAT, 0);
    bad(g, ev_named(PB_EV_META, NULL, "x"), "META without a name");
    bad(g, ev_named(PB_EV_META, "choices", "x"), "canonical member");
    bad(g, ev_usage(-1, 0), "negative");
    bad(g, ev_usage(0, INT64_MIN), "negative");
    pb_event usage = ev_usage(-1, 0);
    usage.known = PB_USAGE_OUT;
    good(g, usage);
    static const uint32_t bits[] = {PB_USAGE_CACHED, PB_USAGE_WRITE, PB_USAGE_REASON};
    for (size_t i = 0; i < G_N_ELEMENTS(bits); i++) {
        pb_event event = ev(PB_EV_USAGE, NULL);
        event.tokens_cached = event.tokens_cache_write = event.tokens_reasoning = -5;
        good(g, event);
        event.known = bits[i];
        bad(g, event, "negative");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/grammar/unknown", test_unknown_events);
    g_test_add_func("/grammar/kinds", test_kinds);
    g_test_add_func("/grammar/choices", test_choices);
    g_test_add_func("/grammar/finish", test_finish);
    g_test_add_func("/grammar/calls", test_calls);
    g_test_add_func("/grammar/extras", test_extras);
    g_test_add_func("/grammar/meta-usage", test_meta_and_usage);
    return g_test_run();
}
