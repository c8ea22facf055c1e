/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that come whole: JSON as it stands, raw bytes, and the shape given to a raw image. */
#include "unit/answer/events.h"

static PbayAnswer *answer_of(int32_t kind)
{
    PbayAnswerSpec spec = spec_of(kind);
    return pbay_answer_new(&spec);
}

static void same(PbayAnswer *a, const char *expected)
{
    g_autofree char *text = finished(a);
    g_assert_cmpstr(text, ==, expected);
    pbay_answer_free(a);
}

static void test_json_passes(void)
{
    static const int32_t kinds[] = {PB_KIND_IMAGE, PB_KIND_RERANK, PB_KIND_MODERATION,
                                    PB_KIND_TRANSCRIPTION};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        PbayAnswer *a = answer_of(kinds[i]);
        g_assert_false(pbay_answer_committed(a));
        take_ok(a, ev(PB_EV_JSON, "{ \"created\":1.0, \"x\" : [1e400] }"));
        g_assert_true(pbay_answer_committed(a));
        same(a, "{ \"created\":1.0, \"x\" : [1e400] }");
    }
}

static void test_json_with_more(void)
{
    PbayAnswer *a = answer_of(PB_KIND_RERANK);
    take_ok(a, ev(PB_EV_JSON, "{\"results\":[],\"meta\":1}"));
    take_ok(a, ev_extra(PB_AT_TOP, "meta", "{\"k\":2}"));
    take_ok(a, ev_usage(3, 0));
    same(a, "{\"results\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":0,"
            "\"total_tokens\":3},\"meta\":{\"k\":2}}");
    a = answer_of(PB_KIND_IMAGE);
    take_ok(a, ev(PB_EV_JSON, "{\"usage\":{\"input_tokens\":14}}"));
    take_ok(a, ev_usage(14, 9));
    g_assert_cmpint(pbay_answer_usage(a).out, ==, 9);
    same(a, "{\"usage\":{\"input_tokens\":14}}");
}

static void test_bytes(void)
{
    PbayAnswer *a = answer_of(PB_KIND_SPEECH);
    pb_event part = ev_named(PB_EV_BYTES, "audio/mpeg", NULL);
    part.text = (pb_str){"a\0b", 3};
    take_ok(a, part);
    part.name = PBAY_STR("audio/other");
    take_ok(a, part);
    g_autofree char *text = finished(a);
    g_assert_cmpstr(text, ==, "");
    pb_str type;
    pb_str bytes = pbay_answer_bytes(a, &type);
    g_assert_true(pbay_str_eq(bytes, (pb_str){"a\0ba\0b", 6}));
    g_assert_true(pbay_str_is(type, "audio/mpeg"));
    pbay_answer_free(a);
}

static void test_raw_image(void)
{
    PbayAnswer *a = answer_of(PB_KIND_IMAGE);
    take_ok(a, ev_named(PB_EV_BYTES, "image/png", "abc"));
    take_bad(a, ev(PB_EV_JSON, "{}"), "second whole");
    g_assert_cmpuint(pbay_answer_bytes(a, NULL).len, ==, 3);
    same(a, "{\"created\":1700000000,\"data\":[{\"b64_json\":\"YWJj\"}]}");
}

static void test_refused(void)
{
    PbayAnswer *a = answer_of(PB_KIND_IMAGE);
    take_bad(a, ev(PB_EV_JSON, "[]"), "not a JSON object");
    take_bad(a, ev(PB_EV_JSON, "{\"a\":}"), "not a JSON object");
    take_ok(a, ev(PB_EV_JSON, "{}"));
    take_bad(a, ev(PB_EV_JSON, "{}"), "second whole");
    take_bad(a, ev(PB_EV_BYTES, "x"), "second whole");
    pbay_answer_free(a);
    a = answer_of(PB_KIND_SPEECH);
    take_bad(a, ev(PB_EV_JSON, "{}"), "cannot have");
    g_assert_false(pbay_answer_complete(a, NULL));
    pbay_answer_free(a);
    a = answer_of(PB_KIND_RERANK);
    g_assert_false(pbay_answer_complete(a, NULL));
    pbay_answer_free(a);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/whole/json", test_json_passes);
    g_test_add_func("/whole/json-with-more", test_json_with_more);
    g_test_add_func("/whole/bytes", test_bytes);
    g_test_add_func("/whole/raw-image", test_raw_image);
    g_test_add_func("/whole/refused", test_refused);
    return g_test_run();
}
