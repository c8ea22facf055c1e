/* SPDX-License-Identifier: Apache-2.0 */
/* The answer as a whole: the commit point, truncation, bounds, small kinds, and that both modes
 * agree. */
#include "base/error.h"
#include "unit/answer/events.h"

static void test_commit_point(void)
{
    static const struct {
        int32_t kind;
        const char *name, *text;
        bool commits;
    } rows[] = {{PB_EV_META, "id", "x", false},          {PB_EV_USAGE, NULL, NULL, false},
                {PB_EV_TEXT, NULL, "", false},           {PB_EV_TEXT, NULL, "x", true},
                {PB_EV_REASONING, NULL, "x", true},      {PB_EV_REFUSAL, NULL, "x", true},
                {PB_EV_TOOL_CALL, "f", NULL, true},      {PB_EV_FINISH, NULL, "stop", false},
                {PB_EV_EXTRA, "annotations", "[]", true}};
    for (int stream = 0; stream < 2; stream++)
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
            g_autoptr(GString) out = g_string_new(NULL);
            PbayAnswerSpec spec = spec_of(PB_KIND_CHAT);
            spec.stream = stream == 1;
            spec.chunk = collect;
            spec.user = out;
            PbayAnswer *a = pbay_answer_new(&spec);
            take_ok(a, ev_named(rows[i].kind, rows[i].name, rows[i].text));
            g_assert_true(pbay_answer_committed(a) == rows[i].commits);
            g_assert_true((out->len != 0) == (rows[i].commits && stream == 1));
            pbay_answer_free(a);
        }
}

static void truncated(PbayAnswer *a, const char *says)
{
    g_autoptr(GError) error = NULL;
    g_assert_false(pbay_answer_complete(a, &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_PROTOCOL);
    g_assert_nonnull(strstr(error->message, says));
    g_assert_cmpstr(pbay_answer_fault(a), ==, "stream_truncated");
    pbay_answer_free(a);
}

static void test_truncated(void)
{
    static const int32_t kinds[] = {PB_KIND_CHAT, PB_KIND_COMPLETION};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        PbayAnswerSpec spec = spec_of(kinds[i]);
        truncated(pbay_answer_new(&spec), "before any content");
        PbayAnswer *a = pbay_answer_new(&spec);
        take_ok(a, ev_usage(1, 1));
        truncated(a, "before any content");
        a = pbay_answer_new(&spec);
        take_ok(a, ev(PB_EV_TEXT, "Hel"));
        truncated(a, "choice 0 had its finish reason");
        a = pbay_answer_new(&spec);
        take_ok(a, ev_choice(PB_EV_TEXT, 1, "x"));
        take_ok(a, ev_choice(PB_EV_FINISH, 1, "stop"));
        truncated(a, "choice 0 never came");
    }
}

static void test_count_tokens_and_probe(void)
{
    PbayAnswerSpec spec = spec_of(PB_KIND_COUNT_TOKENS);
    PbayAnswer *a = pbay_answer_new(&spec);
    g_assert_false(pbay_answer_complete(a, NULL));
    g_assert_cmpstr(pbay_answer_fault(a), ==, "invalid_upstream_response");
    take_ok(a, ev_usage(41, 0));
    g_autofree char *text = finished(a);
    g_assert_cmpstr(text, ==, "{\"input_tokens\":41,\"prompt_tokens\":41}");
    pbay_answer_free(a);
    spec.kind = PB_KIND_PROBE;
    a = pbay_answer_new(&spec);
    g_autofree char *probe = finished(a);
    g_assert_cmpstr(probe, ==, "{\"ok\":true}");
    pbay_answer_free(a);
}

static void test_bound(void)
{
    enum { MIB = 1 << 20 };
    g_autofree char *large = g_malloc(MIB + 1);
    memset(large, 'a', MIB);
    large[MIB] = '\0';
    PbayAnswerSpec spec = spec_of(PB_KIND_CHAT);
    PbayAnswer *a = pbay_answer_new(&spec);
    for (int i = 0; i < 64; i++)
        take_ok(a, ev(PB_EV_TEXT, large));
    take_bad(a, ev(PB_EV_TEXT, "x"), "larger than 64 MiB");
    pbay_answer_free(a);
}

static void test_write_needs_complete(void)
{
    PbayAnswerSpec spec = spec_of(PB_KIND_CHAT);
    PbayAnswer *a = pbay_answer_new(&spec);
    take_ok(a, ev(PB_EV_FINISH, "stop"));
    g_autoptr(GString) out = g_string_new("kept");
    g_assert_false(pbay_answer_write(a, out));
    g_assert_cmpstr(out->str, ==, "kept");
    pbay_answer_free(a);
    pbay_answer_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/answer/commit-point", test_commit_point);
    g_test_add_func("/answer/truncated", test_truncated);
    g_test_add_func("/answer/count-and-probe", test_count_tokens_and_probe);
    g_test_add_func("/answer/bound", test_bound);
    g_test_add_func("/answer/write-needs-complete", test_write_needs_complete);
    return g_test_run();
}
