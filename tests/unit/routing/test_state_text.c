/* SPDX-License-Identifier: Apache-2.0 */
/* The text of the state file: what is written reads back, what is wrong is left out or refused, and
 * nothing that is read leaves its range. */
#include "routing/state_text.h"

#include "base/str.h"
#include "state_rig.h"

/* Memory holds no number beyond these after reading. */
static void assert_sane(const PbayTargetRecord *r)
{
    g_assert_cmpuint(strnlen(r->name, sizeof r->name), <, sizeof r->name);
    g_assert_true(g_utf8_validate(r->breaker.why, -1, NULL));
    g_assert_true(g_utf8_validate(r->last_message, -1, NULL));
    g_assert_cmpint(r->breaker.state, >=, 0);
    g_assert_cmpint(r->breaker.state, <=, PBAY_BREAKER_HALF_OPEN);
    g_assert_cmpint(r->breaker.until, >=, 0);
    g_assert_cmpint(r->breaker.until, <, INT64_MAX / 4);
    g_assert_cmpint(r->changed, <, INT64_MAX / 4);
    g_assert_cmpint(r->calls, >=, 0);
    g_assert_true(r->first_ms >= -1);
}

static PbayStateRead parse(const char *text, GArray *records, PbayState *state)
{
    g_autofree char *why = NULL;
    PbayStateRead read = pbay_state_parse(pbay_str(text), state, records, &why);
    g_assert_true((why != NULL) == (read != PBAY_STATE_GOOD || state->dropped > 0));
    for (guint i = 0; i < records->len; i++)
        assert_sane(&RECORD(records, i));
    return read;
}

static PbayTargetRecord *add_full(GArray *records, const char *name, int64_t changed)
{
    PbayTargetRecord *r = records_add(records, name, changed);
    r->breaker.state = PBAY_BREAKER_OPEN;
    r->breaker.trips = 3;
    r->breaker.failures = 2;
    r->breaker.since = WALL - 5;
    r->breaker.until = WALL + 5000;
    g_strlcpy(r->breaker.why, "5 failures in a row: \"quoted\" \xc3\xa9\n", sizeof r->breaker.why);
    r->first_ms = 123.4375;
    r->first_at = WALL - 10;
    r->calls = 77;
    r->failures = 7;
    r->last_cls = 14;
    r->last_status = 503;
    r->last_at = WALL - 6;
    r->last_ms = 42;
    g_strlcpy(r->last_message, "upstream: it \\ broke", sizeof r->last_message);
    for (int i = 0; i < 32; i++) {
        r->histogram[0][i] = (uint32_t)i * 3;
        r->histogram[1][i] = i < 5 ? (uint32_t)i : 0;
    }
    return r;
}

static void test_round_trip(void)
{
    g_autoptr(GArray) records = records_new(), back = records_new();
    g_autoptr(GString) text = g_string_new(NULL);
    PbayDailyCap probes = {.day = 20700, .spent = (PbayMoney)INT64_MAX * 1000007};
    PbayState state;
    add_full(records, "openai/gpt-4", WALL);
    records_add(records, "a/b", WALL - 1)->last_ok = true;
    g_assert_cmpuint(pbay_state_write(&probes, records, PBAY_STATE_MAX, text), ==, 2);
    g_assert_cmpint(parse(text->str, back, &state), ==, PBAY_STATE_GOOD);
    g_assert_cmpuint(state.dropped, ==, 0);
    g_assert_true(state.probes.spent == probes.spent);
    g_assert_cmpint(state.probes.day, ==, 20700);
    g_assert_cmpuint(back->len, ==, 2);
    for (guint i = 0; i < 2; i++)
        g_assert_true(memcmp(&RECORD(records, i), &RECORD(back, i), sizeof(PbayTargetRecord)) == 0);
}

static void test_empty(void)
{
    g_autoptr(GArray) records = records_new();
    g_autoptr(GString) text = g_string_new(NULL);
    PbayDailyCap probes = {0};
    PbayState state;
    g_assert_cmpuint(pbay_state_write(&probes, records, PBAY_STATE_MAX, text), ==, 0);
    g_assert_cmpint(parse(text->str, records, &state), ==, PBAY_STATE_GOOD);
    g_assert_cmpuint(records->len, ==, 0);
    g_assert_true(state.probes.spent == 0);
}

/* Whatever the memory of a program holds, the text can be read back. */
static void test_wild_memory(void)
{
    for (int round = 0; round < 200; round++) {
        g_autoptr(GArray) records = records_new(), back = records_new();
        g_autoptr(GString) text = g_string_new(NULL);
        PbayDailyCap probes = {.day = g_random_int(), .spent = -5};
        PbayState state;
        PbayTargetRecord *r = records_add(records, "x", 1);
        for (size_t i = sizeof r->name; i < sizeof *r; i++)
            ((unsigned char *)r)[i] = (unsigned char)g_random_int();
        r->last_ok = round % 2 == 0; /* any other byte is no bool */
        pbay_state_write(&probes, records, PBAY_STATE_MAX, text);
        g_assert_cmpint(parse(text->str, back, &state), ==, PBAY_STATE_GOOD);
        g_assert_cmpuint(state.dropped, ==, 0);
        g_assert_cmpuint(back->len, ==, 1);
        g_assert_true(state.probes.spent == 0);
    }
}

static void test_bounded(void)
{
    g_autoptr(GArray) records = records_new(), back = records_new();
    g_autoptr(GString) text = g_string_new("before");
    PbayDailyCap probes = {0};
    PbayState state;
    guint n;
    for (int i = 0; i < 100; i++) {
        g_autofree char *name = g_strdup_printf("p/m%d", i);
        memset(add_full(records, name, WALL - i)->last_message, 1,
               199); /* \u0001, six bytes each */
    }
    n = pbay_state_write(&probes, records, 20000, text);
    g_assert_cmpuint(text->len, <=, 20000 + 6);
    g_assert_cmpuint(n, >, 5);
    g_assert_cmpuint(n, <, 100);
    g_assert_cmpint(parse(text->str + 6, back, &state), ==, PBAY_STATE_GOOD);
    g_assert_cmpuint(back->len, ==, n); /* the first ones: newest first */
    g_assert_cmpstr(RECORD(back, n - 1).name, ==, RECORD(records, n - 1).name);
}

static void test_damaged(void)
{
    static const char *const texts[] = {
        "",
        "{",
        "null",
        "[]",
        "{}",
        "\xff",
        "{\"patchbay-state\":1}",
        "{\"patchbay-state\":1,\"targets\":[]}",
        "{\"patchbay-state\":0,\"probes\":{\"day\":1,\"spent_e18\":\"0\"},\"targets\":[]}",
        "{\"patchbay-state\":\"1\",\"probes\":{\"day\":1,\"spent_e18\":\"0\"},\"targets\":[]}",
        "{\"patchbay-state\":1,\"probes\":{\"day\":-1,\"spent_e18\":\"0\"},\"targets\":[]}",
        "{\"patchbay-state\":1,\"probes\":{\"day\":1,\"spent_e18\":\"-1\"},\"targets\":[]}",
        "{\"patchbay-state\":1,\"probes\":{\"day\":1,\"spent_e18\":\"\"},\"targets\":[]}",
        "{\"patchbay-state\":1,\"probes\":{\"day\":1,\"spent_e18\":0},\"targets\":[]}",
        "{\"patchbay-state\":1,\"probes\":{\"day\":1,\"spent_e18\":"
        "\"9999999999999999999999999999999999999999\"},\"targets\":[]}",
        "{\"patchbay-state\":1,\"probes\":{\"day\":1,\"spent_e18\":\"0\"},\"targets\":{}}",
        "{\"patchbay-state\":1,\"probes\":{\"day\":1,\"spent_e18\":\"0\"},\"targets\":[]} x",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GArray) records = records_new();
        PbayState state;
        if (parse(texts[i], records, &state) != PBAY_STATE_DAMAGED)
            g_error("taken: %s", texts[i]);
        g_assert_true(state.probes.spent == 0);
    }
}

static void test_newer(void)
{
    g_autoptr(GArray) records = records_new();
    PbayState state;
    g_assert_cmpint(parse("{\"patchbay-state\":2,\"other\":[1]}", records, &state), ==,
                    PBAY_STATE_NEWER);
}

/* One member changed; every other record stays. */
static void test_bad_records(void)
{
    static const struct {
        const char *from, *to;
    } changes[] = {
        {"\"name\":\"openai/gpt-4\"", "\"name\":\"\""},
        {"\"name\":\"openai/gpt-4\"", "\"name\":7"},
        {"\"name\":\"openai/gpt-4\"", "\"nome\":\"openai/gpt-4\""},
        {"\"name\":\"openai/gpt-4\"", "\"name\":\"open\\u0000ai/gpt-4\""},
        {"\"state\":\"open\"", "\"state\":\"ajar\""},
        {"\"state\":\"open\"", "\"state\":1"},
        {"\"trips\":3", "\"trips\":99999"},
        {"\"until\":1800000005000", "\"until\":9223372036854775807"},
        {"\"until\":1800000005000", "\"until\":-1"},
        {"\"until\":1800000005000", "\"until\":1.5"},
        {"\"until\":1800000005000", "\"until\":99999999999999999999999"},
        {"\"changed\":1800000000000", "\"changed\":null"},
        {"\"first_ms\":123.4375", "\"first_ms\":1e300"},
        {"\"first_ms\":123.4375", "\"first_ms\":-7"},
        {"\"first_ms\":123.4375", "\"first_ms\":\"1\""},
        {"\"calls\":77", "\"calls\":-77"},
        {"\"ok\":false", "\"ok\":0"},
        {"\"class\":14", "\"class\":-14"},
        {"\"streams\":[0,3", "\"streams\":[0,-3"},
        {"\"streams\":[0,3", "\"streams\":[0,3,3"},
        {"\"streams\":[0,3", "\"streams\":[0,4294967299"},
        {"\"answers\":[0,1,2,3,4]", "\"answers\":{}"},
        {"\"why\":\"5 ", "\"because\":\"5 "},
    };
    g_autoptr(GArray) records = records_new();
    g_autoptr(GString) good = g_string_new(NULL);
    PbayDailyCap probes = {0};
    add_full(records, "openai/gpt-4", WALL);
    records_add(records, "a/b", WALL);
    pbay_state_write(&probes, records, PBAY_STATE_MAX, good);
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autoptr(GString) text = g_string_new(good->str);
        g_autoptr(GArray) back = records_new();
        PbayState state;
        g_assert_cmpuint(g_string_replace(text, changes[i].from, changes[i].to, 1), ==, 1);
        g_assert_cmpint(parse(text->str, back, &state), ==, PBAY_STATE_GOOD);
        if (state.dropped != 1 || back->len != 1)
            g_error("taken: %s", changes[i].to);
        g_assert_cmpstr(RECORD(back, 0).name, ==, "a/b");
    }
}

static void test_long_texts(void)
{
    g_autoptr(GArray) records = records_new(), back = records_new();
    g_autoptr(GString) text = g_string_new(NULL), why = g_string_new("\"why\":\"");
    g_autoptr(GString) name = g_string_new("\"name\":\"");
    PbayDailyCap probes = {0};
    PbayState state;
    add_full(records, "openai/gpt-4", WALL);
    pbay_state_write(&probes, records, PBAY_STATE_MAX, text);
    for (int i = 0; i < 100; i++)
        g_string_append(why, "\xe2\x82\xac"); /* three bytes each: 119 is within one */
    for (int i = 0; i < 200; i++)
        g_string_append_c(name, 'n');
    g_assert_cmpuint(g_string_replace(text, "\"why\":\"", why->str, 1), ==, 1);
    g_assert_cmpint(parse(text->str, back, &state), ==, PBAY_STATE_GOOD);
    g_assert_cmpuint(strlen(RECORD(back, 0).breaker.why), ==, 117);
    /* Half of a name is another target's. */
    g_assert_cmpuint(g_string_replace(text, "\"name\":\"", name->str, 1), ==, 1);
    g_array_set_size(back, 0);
    g_assert_cmpint(parse(text->str, back, &state), ==, PBAY_STATE_GOOD);
    g_assert_cmpuint(back->len, ==, 0);
    g_assert_cmpuint(state.dropped, ==, 1);
}

/* A good file with bytes changed: never a crash, never a number out of range. */
static void test_flipped_bytes(void)
{
    g_autoptr(GArray) records = records_new();
    g_autoptr(GString) good = g_string_new(NULL);
    PbayDailyCap probes = {.day = 5, .spent = 100};
    for (int i = 0; i < 3; i++) {
        g_autofree char *name = g_strdup_printf("p/m%d", i);
        add_full(records, name, WALL);
    }
    pbay_state_write(&probes, records, PBAY_STATE_MAX, good);
    for (int round = 0; round < 3000; round++) {
        g_autofree char *text = g_strdup(good->str);
        g_autoptr(GArray) back = records_new();
        PbayState state;
        for (int i = 0; i < 1 + round % 3; i++)
            text[g_random_int_range(0, (gint32)good->len)] = (char)g_random_int_range(1, 256);
        parse(text, back, &state);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/state_text/round-trip", test_round_trip);
    g_test_add_func("/routing/state_text/empty", test_empty);
    g_test_add_func("/routing/state_text/wild-memory", test_wild_memory);
    g_test_add_func("/routing/state_text/bounded", test_bounded);
    g_test_add_func("/routing/state_text/damaged", test_damaged);
    g_test_add_func("/routing/state_text/newer", test_newer);
    g_test_add_func("/routing/state_text/bad-records", test_bad_records);
    g_test_add_func("/routing/state_text/long-texts", test_long_texts);
    g_test_add_func("/routing/state_text/flipped-bytes", test_flipped_bytes);
    return g_test_run();
}
