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
            PbayCall call = {.strict = rows[i].strict,
                             .drops = rows[i].drops,
                             .drops_explicit = rows[i].explicit_drops};
            g_autoptr(PbayFailure) failure =
                pbay_call_note(&call, note, PBAY_STR("top_k"), PBAY_STR("no such knob"));
            bool refused = (rows[i].refused & (1u << (note - 1))) != 0;
            g_assert_true((failure != NULL) == refused);
            if (refused) {
                g_assert_cmpint(failure->cls, ==, PB_ERR_UNSUPPORTED);
                g_assert_cmpstr(failure->code, ==, "unsupported_parameter");
                g_assert_cmpstr(failure->param, ==, "top_k");
                g_assert_nonnull(strstr(failure->message, "no such knob"));
            }
            g_assert_cmpuint(call.notes->len, ==, 1);
            g_ptr_array_unref(call.notes);
        }
}

static void test_kept(void)
{
    PbayCall call = {0};
    g_assert_null(pbay_call_note(&call, PB_NOTE_EMULATED, PBAY_STR("own"), PBAY_STR("")));
    call.own_notes = 1;
    g_assert_null(pbay_call_note(&call, PB_NOTE_DROPPED, PBAY_STR("a\"b"), PBAY_STR("why")));
    g_autoptr(GString) out = g_string_new(NULL);
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_call_write_notes(&call, &w);
    g_assert_cmpstr(out->str, ==,
                    "[{\"note\":\"emulated\",\"param\":\"own\",\"why\":\"\"},"
                    "{\"note\":\"dropped\",\"param\":\"a\\\"b\",\"why\":\"why\"}]");
    pbay_call_forget_notes(&call);
    g_assert_cmpuint(call.notes->len, ==, 1);
    for (unsigned i = 0; i < PBAY_CALL_NOTES_MAX + 9; i++)
        g_assert_null(pbay_call_note(&call, PB_NOTE_CLAMPED, PBAY_STR("n"), PBAY_STR("")));
    g_assert_cmpuint(call.notes->len, ==, PBAY_CALL_NOTES_MAX);
    g_assert_cmpuint(call.notes_lost, ==, 10);
    g_ptr_array_unref(call.notes);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/notes/policy", test_policy);
    g_test_add_func("/notes/kept", test_kept);
    return g_test_run();
}
