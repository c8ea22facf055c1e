/* SPDX-License-Identifier: Apache-2.0 */
/* Ids that the vendor left out: their form, and that they stay the same. */
#include "answer/state.h"
#include "unit/answer/events.h"

static void is_base62(const char *text)
{
    g_assert_cmpuint(strlen(text), ==, PBAY_RANDOM_LEN);
    for (; *text != '\0'; text++)
        g_assert_true(g_ascii_isalnum(*text));
}

static void test_made_ids(void)
{
    PbayAnswerSpec spec = spec_of(PB_KIND_CHAT);
    PbayAnswer *chat = pbay_answer_new(&spec);
    spec.kind = PB_KIND_COMPLETION;
    PbayAnswer *completion = pbay_answer_new(&spec);
    g_autofree char *a = pbay_answer_make_id(chat);
    g_autofree char *b = pbay_answer_make_id(completion);
    g_assert_cmpstr(a, ==, "chatcmpl-" RANDOM);
    g_assert_cmpstr(b, ==, "cmpl-" RANDOM);
    g_autofree char *c = pbay_answer_make_call_id(chat, 0, 0);
    g_autofree char *again = pbay_answer_make_call_id(chat, 0, 0);
    g_autofree char *d = pbay_answer_make_call_id(chat, 0, 1);
    g_autofree char *e = pbay_answer_make_call_id(chat, 1, 0);
    g_assert_true(g_str_has_prefix(c, "call_"));
    is_base62(c + 5);
    g_assert_cmpstr(c, ==, again);
    g_assert_cmpstr(c, !=, d);
    g_assert_cmpstr(c, !=, e);
    g_assert_cmpstr(d, !=, e);
    pbay_answer_free(chat);
    pbay_answer_free(completion);
}

static void test_random(void)
{
    char a[PBAY_RANDOM_LEN + 1], b[PBAY_RANDOM_LEN + 1];
    pbay_answer_random(a);
    pbay_answer_random(b);
    is_base62(a);
    is_base62(b);
    g_assert_cmpstr(a, !=, b);
}

static void test_head(void)
{
    PbayAnswerSpec spec = spec_of(PB_KIND_CHAT);
    PbayAnswer *answer = pbay_answer_new(&spec);
    take_ok(answer, ev_named(PB_EV_META, "id", ""));
    take_ok(answer, ev_named(PB_EV_META, "id", "vendor \"1\""));
    take_ok(answer, ev_named(PB_EV_META, "id", "second"));
    take_ok(answer, ev_named(PB_EV_META, "created", "soon"));
    take_ok(answer, ev_named(PB_EV_META, "created", "1795343400.25"));
    take_ok(answer, ev_named(PB_EV_META, "created", "2"));
    take_ok(answer, ev_named(PB_EV_META, "model", "served"));
    g_autoptr(GString) out = g_string_new(NULL);
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, true);
    pbay_answer_write_head(answer, "o", &w);
    pbay_json_close(&w);
    g_assert_cmpstr(out->str, ==,
                    "{\"id\":\"vendor \\\"1\\\"\",\"object\":\"o\",\"created\":1795343400,"
                    "\"model\":\"served\"}");
    pbay_answer_free(answer);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ident/made", test_made_ids);
    g_test_add_func("/ident/random", test_random);
    g_test_add_func("/ident/head", test_head);
    return g_test_run();
}
