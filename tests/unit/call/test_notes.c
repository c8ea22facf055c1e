/* SPDX-License-Identifier: Apache-2.0 */
/* The policy for dropped and changed parameters, every combination. */
#include "base/str.h"
#include "call/state.h"

enum { DROPPED = 1, CLAMPED = 2, EMULATED = 4, UNMET = 8 };

static void test_policy(void)
{
    static const struct {
        bool strict;
        PbayDrops drops;
        bool explicit_drops;
        unsigned refused;
    } rows[] = {
        {false, PBAY_DROPS_WARN, false, UNMET},
        {false, PBAY_DROPS_WARN, true, 0},
        {false, PBAY_DROPS_DROP, false, UNMET},
        {false, PBAY_DROPS_DROP, true, 0},
        {false, PBAY_DROPS_ERROR, false, DROPPED | UNMET},
        {false, PBAY_DROPS_ERROR, true, DROPPED | UNMET},
        {true, PBAY_DROPS_WARN, true, DROPPED | CLAMPED | EMULATED | UNMET},
        {true, PBAY_DROPS_DROP, false, DROPPED | CLAMPED | EMULATED | UNMET},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        for (int32_t note = PB_NOTE_DROPPED; note <= PB_NOTE_UNMET; note++) {
            const PbayDropPolicy policy = {rows[i].strict, rows[i].explicit_drops, rows[i].drops};
            PbayNotes notes = {0};
            g_autoptr(PbayFailure) failure = pbay_notes_take(
                &notes, &policy, "p", note, PBAY_STR("top_k"), PBAY_STR("no such knob"));
            bool refused = (rows[i].refused & (1u << (note - 1))) != 0;
            g_assert_true((failure != NULL) == refused);
            if (refused) {
                g_assert_cmpint(failure->cls, ==, PB_ERR_UNSUPPORTED);
                g_assert_cmpstr(failure->code, ==, "unsupported_parameter");
                g_assert_cmpstr(failure->param, ==, "top_k");
                g_assert_nonnull(strstr(failure->message, "by provider p: no such knob"));
            }
            g_assert_cmpuint(notes.items->len, ==, 1);
            pbay_notes_clear(&notes);
            g_assert_null(notes.items);
        }
}

static void test_kept(void)
{
    const PbayDropPolicy policy = {.drops = PBAY_DROPS_WARN};
    PbayNotes own = {0}, more = {0}, none = {0};
    g_assert_null(
        pbay_notes_take(&own, &policy, "p", PB_NOTE_EMULATED, PBAY_STR("own"), PBAY_STR("")));
    g_assert_null(
        pbay_notes_take(&more, &policy, "p", PB_NOTE_DROPPED, PBAY_STR("a\"b"), PBAY_STR("why")));
    g_autoptr(GString) out = g_string_new(NULL);
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_notes_write(&own, &more, &w);
    g_assert_cmpstr(out->str, ==,
                    "[{\"note\":\"emulated\",\"param\":\"own\",\"why\":\"\"},"
                    "{\"note\":\"dropped\",\"param\":\"a\\\"b\",\"why\":\"why\"}]");
    g_string_truncate(out, 0);
    pbay_json_writer_init(&w, out);
    pbay_notes_write(&none, NULL, &w);
    g_assert_cmpstr(out->str, ==, "[]");
    for (unsigned i = 0; i < PBAY_CALL_NOTES_MAX + 9; i++)
        g_assert_null(
            pbay_notes_take(&more, &policy, "p", PB_NOTE_CLAMPED, PBAY_STR("n"), PBAY_STR("")));
    g_assert_cmpuint(more.items->len, ==, PBAY_CALL_NOTES_MAX);
    g_assert_cmpuint(more.lost, ==, 10);
    pbay_notes_clear(&own);
    pbay_notes_clear(&more);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/notes/policy", test_policy);
    g_test_add_func("/notes/kept", test_kept);
    return g_test_run();
}
