/* SPDX-License-Identifier: Apache-2.0 */
/* The usage object: only what is known, cumulative, with what the vendor added. */
#include "answer/usage.h"

#include "base/str.h"

static char *written(const PbayUsage *usage, PbayExtras *extras, int32_t kind)
{
    GString *out = g_string_new(NULL);
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_usage_write(usage, extras, kind, &w);
    g_assert_true(pbay_json_writer_ok(&w));
    return g_string_free(out, FALSE);
}

static void test_shapes(void)
{
    enum { IN = PB_USAGE_IN, OUT = PB_USAGE_OUT };
    static const struct {
        PbayUsage usage;
        int32_t kind;
        const char *text;
    } rows[] = {
        {{IN | OUT, 5, 7, 0, 0, 0},
         PB_KIND_CHAT,
         "{\"prompt_tokens\":5,\"completion_tokens\":7,\"total_tokens\":12}"},
        {{IN, 5, 0, 0, 0, 0}, PB_KIND_CHAT, "{\"prompt_tokens\":5}"},
        {{OUT, 0, 7, 0, 0, 0}, PB_KIND_CHAT, "{\"completion_tokens\":7}"},
        {{IN, 5, 0, 0, 0, 0}, PB_KIND_EMBEDDING, "{\"prompt_tokens\":5,\"total_tokens\":5}"},
        {{IN | OUT, 5, 0, 0, 0, 0}, PB_KIND_EMBEDDING, "{\"prompt_tokens\":5,\"total_tokens\":5}"},
        {{IN | OUT | PB_USAGE_CACHED, 5, 7, 2, 0, 0},
         PB_KIND_CHAT,
         "{\"prompt_tokens\":5,\"completion_tokens\":7,\"total_tokens\":12,"
         "\"prompt_tokens_details\":{\"cached_tokens\":2}}"},
        {{IN | OUT | PB_USAGE_CACHED | PB_USAGE_WRITE | PB_USAGE_REASON, 5, 7, 2, 0, 4},
         PB_KIND_CHAT,
         "{\"prompt_tokens\":5,\"completion_tokens\":7,\"total_tokens\":12,"
         "\"prompt_tokens_details\":{\"cached_tokens\":2,\"cache_write_tokens\":0},"
         "\"completion_tokens_details\":{\"reasoning_tokens\":4}}"},
        {{IN | OUT, INT64_MAX, 1, 0, 0, 0},
         PB_KIND_CHAT,
         "{\"prompt_tokens\":9223372036854775807,\"completion_tokens\":1,"
         "\"total_tokens\":9223372036854775807}"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = written(&rows[i].usage, NULL, rows[i].kind);
        g_assert_cmpstr(text, ==, rows[i].text);
    }
}

static void test_last_wins(void)
{
    PbayUsage usage = {0};
    g_assert_false(pbay_usage_known(&usage, NULL));
    pb_event event = {.size = sizeof event, .kind = PB_EV_USAGE, .known = PB_USAGE_IN};
    event.tokens_in = 10;
    event.tokens_out = 99; /* not known: does not count */
    pbay_usage_take(&usage, &event);
    event.known = PB_USAGE_OUT | UINT32_C(0x80000000); /* a counter of a newer driver */
    event.tokens_in = 77;
    event.tokens_out = 3;
    pbay_usage_take(&usage, &event);
    event.tokens_out = 4;
    pbay_usage_take(&usage, &event);
    g_assert_cmpuint(usage.known, ==, PB_USAGE_IN | PB_USAGE_OUT);
    g_assert_cmpint(usage.in, ==, 10);
    g_assert_cmpint(usage.out, ==, 4);
    g_assert_true(pbay_usage_known(&usage, NULL));
}

static void test_extras(void)
{
    PbayUsage usage = {.known = PB_USAGE_IN | PB_USAGE_OUT | PB_USAGE_CACHED, .in = 1, .out = 1};
    PbayExtras extras = {NULL};
    pbay_extras_merge(&extras, PBAY_STR("prompt_tokens_details"),
                      PBAY_STR("{\"cached_tokens\":9,\"audio_tokens\":0}"), NULL);
    pbay_extras_merge(&extras, PBAY_STR("completion_tokens_details"),
                      PBAY_STR("{\"accepted_prediction_tokens\":3}"), NULL);
    pbay_extras_merge(&extras, PBAY_STR("cost"), PBAY_STR("0.00012"), NULL);
    g_autofree char *text = written(&usage, &extras, PB_KIND_CHAT);
    g_assert_cmpstr(text, ==,
                    "{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2,"
                    "\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},"
                    "\"completion_tokens_details\":{\"accepted_prediction_tokens\":3},"
                    "\"cost\":0.00012}");
    PbayUsage none = {0};
    g_assert_true(pbay_usage_known(&none, &extras));
    pbay_extras_clear(&extras);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/usage/shapes", test_shapes);
    g_test_add_func("/usage/last-wins", test_last_wins);
    g_test_add_func("/usage/extras", test_extras);
    return g_test_run();
}
