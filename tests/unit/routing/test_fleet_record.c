/* SPDX-License-Identifier: Apache-2.0 */
/* Two fleets that exchange records: each knows afterwards what the other did, the newer record
 * stands, clocks that jump do no harm, and a record that lies or is garbage is cut to what may
 * be. */
#include "unit/routing/fleet_rig.h"

#include "routing/latency.h"

#include <math.h>
#include <string.h>

#define WALL INT64_C(1700000000000) /* at 0 of the first fleet's clock */

static GArray *export(const Rig *rig, int64_t shift, int64_t since)
{
    GArray *records = g_array_new(FALSE, FALSE, sizeof(PbayTargetRecord));
    pbay_fleet_export(rig->fleet, rig->now, rig->now + shift, since, records);
    return records;
}

static void import(const Rig *rig, int64_t shift, const GArray *records)
{
    pbay_fleet_import(rig->fleet, rig->now, rig->now + shift,
                      (const PbayTargetRecord *)(const void *)records->data, records->len);
}

/* One record of this name, or NULL. */
static const PbayTargetRecord *record_of(const GArray *records, const char *name)
{
    for (guint i = 0; i < records->len; i++)
        if (strcmp(g_array_index(records, PbayTargetRecord, i).name, name) == 0)
            return &g_array_index(records, PbayTargetRecord, i);
    return NULL;
}

static char *written(const Rig *rig)
{
    GString *out = g_string_new(NULL);
    pbay_fleet_write(rig->fleet, NULL, NULL, rig->now, out);
    return g_string_free(out, FALSE);
}

static void measure(const Rig *rig, const char *target, int64_t first_ms)
{
    PbayTake take = rig_ask(rig, target);
    PbaySettle settle = {.now = rig->now,
                         .stream = true,
                         .first_ms = first_ms,
                         .total_ms = 2 * first_ms,
                         .tokens = -1,
                         .sent = true};
    pbay_fleet_settle(rig->fleet, rig_go(rig, &take), &settle);
}

/* What the first knows, the second says word for word, though its clock begins elsewhere. */
static void test_round_trip(void)
{
    Rig one = rig_new(), two = rig_new();
    for (int i = 0; i < 30; i++)
        measure(&one, MINI, 64);
    rig_break(&one, GPT4);
    rig_call(&one, MINI, PB_ERR_NOT_FOUND, 0);
    g_autoptr(GArray) records = export(&one, WALL, 0);
    g_assert_cmpuint(records->len, ==, 2);
    two.now = one.now + 777777;
    import(&two, WALL - 777777, records);
    g_autofree char *left = written(&one);
    g_autofree char *right = written(&two);
    g_assert_cmpstr(left, ==, right);
    g_assert_nonnull(strstr(left, "\"breaker\":\"open\""));
    g_assert_nonnull(strstr(left, "\"p95_ms\":64"));
    g_assert_cmpint(rig_peek(&two, GPT4).until - two.now, ==, rig_peek(&one, GPT4).until - one.now);
    g_autoptr(GArray) back = export(&two, WALL - 777777, 0);
    for (guint i = 0; i < records->len; i++) {
        const PbayTargetRecord *given = &g_array_index(records, PbayTargetRecord, i);
        const PbayTargetRecord *got = record_of(back, given->name);
        g_assert_nonnull(got);
        g_assert_cmpint(given->changed, ==, got->changed);
        g_assert_cmpint(given->breaker.until, ==, got->breaker.until);
        g_assert_cmpint(given->breaker.since, ==, got->breaker.since);
        g_assert_cmpint(given->first_at, ==, got->first_at);
        g_assert_cmpint(given->calls, ==, got->calls);
        g_assert_true(memcmp(given->histogram, got->histogram, sizeof given->histogram) == 0);
    }
    rig_free(&one);
    rig_free(&two);
}

static void test_since(void)
{
    Rig rig = rig_new();
    rig_call(&rig, GPT4, 0, 0);
    rig.now += 100;
    rig_call(&rig, MINI, 0, 0);
    g_autoptr(GArray) all = export(&rig, WALL, 0);
    g_autoptr(GArray) newer = export(&rig, WALL, rig.now + WALL);
    g_autoptr(GArray) none = export(&rig, WALL, rig.now + WALL + 1);
    g_assert_cmpuint(all->len, ==, 2);
    g_assert_cmpuint(newer->len, ==, 1);
    g_assert_nonnull(record_of(newer, MINI));
    g_assert_cmpuint(none->len, ==, 0);
    g_autoptr(GArray) once_more = export(&rig, WALL, 0); /* to tell of it is no news */
    g_assert_cmpint(record_of(all, GPT4)->changed, ==, record_of(once_more, GPT4)->changed);
    PbayTake take = rig_ask(&rig, "openai/asked");
    PbayTicket *ticket = rig_go(&rig, &take);
    g_autoptr(GArray) same = export(&rig, WALL, 0);
    g_assert_cmpuint(same->len, ==, 2); /* of it nothing is known yet */
    rig_settle(&rig, ticket, 0, 0);
    rig_free(&rig);
}

static void test_newer_stands(void)
{
    Rig one = rig_new(), two = rig_new();
    rig_break(&one, GPT4);
    g_autoptr(GArray) broken = export(&one, WALL, 0);
    two.now = one.now + 10;
    rig_call(&two, GPT4, 0, 0); /* later: it works */
    import(&two, WALL, broken);
    g_assert_cmpint(rig_peek(&two, GPT4).breaker, ==, PBAY_BREAKER_CLOSED);
    g_autoptr(GArray) works = export(&two, WALL, 0);
    one.now = two.now;
    import(&one, WALL, works);
    g_assert_cmpint(rig_peek(&one, GPT4).breaker, ==, PBAY_BREAKER_CLOSED);
    import(&one, WALL, broken); /* an old record changes nothing back */
    g_assert_cmpint(rig_peek(&one, GPT4).breaker, ==, PBAY_BREAKER_CLOSED);
    one.now += 10;
    rig_break(&one, GPT4);
    g_autoptr(GArray) again = export(&one, WALL, 0);
    two.now = one.now;
    import(&two, WALL, again);
    g_assert_cmpint(rig_peek(&two, GPT4).breaker, ==, PBAY_BREAKER_OPEN);
    rig_free(&one);
    rig_free(&two);
}

/* Two changes within a millisecond, read at moments at which the clocks stand one apart. */
static void test_clocks_that_jitter(void)
{
    for (int64_t jitter = -2; jitter <= 2; jitter++) {
        Rig one = rig_new(), two = rig_new();
        rig_call(&one, GPT4, 0, 0);
        g_autoptr(GArray) first = export(&one, WALL, 0);
        import(&two, WALL, first);
        rig_break(&one, GPT4);
        g_autoptr(GArray) second = export(&one, WALL, 0);
        import(&two, WALL + jitter, second);
        g_assert_cmpint(rig_peek(&two, GPT4).breaker, ==, PBAY_BREAKER_OPEN);
        rig_free(&one);
        rig_free(&two);
    }
}

/* The wall clock is set back by an hour: what happens from then on is still newer. */
static void test_clock_jumps_back(void)
{
    Rig rig = rig_new();
    int64_t shift = WALL;
    rig_break(&rig, GPT4);
    g_autoptr(GArray) before = export(&rig, shift, 0);
    rig.now = rig_peek(&rig, GPT4).until;
    shift -= 3600000;
    rig_call(&rig, GPT4, 0, 0);
    g_autoptr(GArray) after = export(&rig, shift, 0);
    import(&rig, shift, before); /* its own, from the file */
    g_assert_cmpint(rig_peek(&rig, GPT4).breaker, ==, PBAY_BREAKER_CLOSED);
    g_assert_cmpint(record_of(after, GPT4)->changed, >, record_of(before, GPT4)->changed);
    rig_free(&rig);
}

/* The clock of the writer was ahead, or of another boot: no cool-down is longer than its most. */
static void test_cool_down_is_cut(void)
{
    Rig rig = rig_new();
    PbayTargetRecord record = {.name = GPT4, .changed = WALL, .first_ms = -1};
    record.breaker = (PbayBreakerRecord){.state = PBAY_BREAKER_OPEN,
                                         .trips = 3,
                                         .since = WALL + 1000000,
                                         .until = WALL + INT64_C(1000000000)};
    pbay_fleet_import(rig.fleet, rig.now, WALL + 50, &record, 1);
    PbayPeek peek = rig_peek(&rig, GPT4);
    g_assert_cmpint(peek.out, ==, PBAY_OUT_BREAKER);
    g_assert_cmpint(peek.until, ==, rig.now + PBAY_BREAKER_COOL_MAX);
    rig_free(&rig);
}

/* What is under way here is not touched by what others write. */
static void test_under_way_stays(void)
{
    Rig rig = rig_new(), other = rig_new();
    rig.limits = (PbayLimits){.parallel = 1};
    PbayTake take = rig_ask_limited(&rig, GPT4);
    PbayTicket *ticket = rig_go(&rig, &take);
    other.now += 5;
    rig_call(&other, GPT4, 0, 0);
    g_autoptr(GArray) records = export(&other, WALL, 0);
    rig.now = take.now = other.now;
    import(&rig, WALL, records);
    g_assert_cmpuint(rig_peek(&rig, GPT4).busy, ==, 1);
    rig_refused(&rig, &take, PBAY_OUT_PARALLEL);
    rig_settle(&rig, ticket, 0, 0);
    rig_free(&rig);
    rig_free(&other);
}

/* ---- lies ------------------------------------------------------------------------------------ */

static void test_refused_records(void)
{
    Rig rig = rig_new();
    PbayTargetRecord bad[] = {
        {.name = "", .changed = WALL},
        {.name = "openai/never", .changed = 0},
        {.name = "openai/past", .changed = INT64_MIN},
        {.name = "openai/future", .changed = INT64_MAX},
    };
    pbay_fleet_import(rig.fleet, rig.now, WALL, bad, G_N_ELEMENTS(bad));
    g_autofree char *text = written(&rig);
    g_assert_cmpstr(text, ==, "[]");
    rig_free(&rig);
}

/* Bytes at random with a time that counts: whatever is in them, the fleet works on. */
static void test_garbage(void)
{
    GRand *rand = g_rand_new_with_seed(99);
    for (int round = 0; round < 3000; round++) {
        Rig rig = rig_new();
        PbayTargetRecord record;
        guchar *bytes = (guchar *)&record;
        for (size_t i = 0; i < sizeof record; i++)
            bytes[i] = (guchar)g_rand_int(rand);
        record.last_ok = g_rand_boolean(rand); /* not any byte is a bool */
        memcpy(record.name, GPT4, sizeof GPT4);
        record.changed = WALL;
        pbay_fleet_import(rig.fleet, rig.now, WALL + 1, &record, 1);
        PbayPeek peek = rig_peek(&rig, GPT4);
        g_assert_cmpint(peek.until, <=, rig.now + PBAY_BREAKER_COOL_MAX);
        g_assert_cmpint(peek.first_ms, >=, -1);
        g_assert_true(g_utf8_validate(peek.why, -1, NULL));
        rig.now = MAX(rig.now, peek.until);
        rig_call(&rig, GPT4, 0, 0);
        g_assert_cmpint(rig_peek(&rig, GPT4).breaker, ==, PBAY_BREAKER_CLOSED);
        g_autofree char *text = written(&rig);
        g_assert_true(g_utf8_validate(text, -1, NULL));
        g_autoptr(GArray) out = export(&rig, WALL, 0);
        g_assert_cmpuint(out->len, ==, 1);
        for (size_t i = 0; i < 2 * PBAY_LATENCY_BUCKETS; i++)
            g_assert_cmpuint(
                record_of(out, GPT4)->histogram[i / PBAY_LATENCY_BUCKETS][i % PBAY_LATENCY_BUCKETS],
                <, 1024);
        rig_free(&rig);
    }
    g_rand_free(rand);
}

static void test_not_a_number(void)
{
    static const double values[] = {NAN, INFINITY, -INFINITY, -1, 1e300};
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        Rig rig = rig_new();
        PbayTargetRecord record = {
            .name = GPT4, .changed = WALL, .first_ms = values[i], .first_at = WALL};
        pbay_fleet_import(rig.fleet, rig.now, WALL, &record, 1);
        g_assert_true((rig_peek(&rig, GPT4).first_ms >= 0) ==
                      (values[i] > 1e299 && isfinite(values[i])));
        measure(&rig, GPT4, 10);
        g_assert_cmpint(rig_peek(&rig, GPT4).first_ms, >=, 0);
        rig_free(&rig);
    }
}

static void test_long_names_stay_here(void)
{
    Rig rig = rig_new();
    g_autofree char *fits = g_strnfill(199, 'a');
    g_autofree char *long_one = g_strnfill(200, 'b');
    rig_call(&rig, fits, 0, 0);
    rig_call(&rig, long_one, 0, 0);
    g_autoptr(GArray) records = export(&rig, WALL, 0);
    g_assert_cmpuint(records->len, ==, 1);
    g_assert_nonnull(record_of(records, fits));
    rig_free(&rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/fleet_record/round-trip", test_round_trip);
    g_test_add_func("/routing/fleet_record/since", test_since);
    g_test_add_func("/routing/fleet_record/newer-stands", test_newer_stands);
    g_test_add_func("/routing/fleet_record/clocks-that-jitter", test_clocks_that_jitter);
    g_test_add_func("/routing/fleet_record/clock-jumps-back", test_clock_jumps_back);
    g_test_add_func("/routing/fleet_record/cool-down-is-cut", test_cool_down_is_cut);
    g_test_add_func("/routing/fleet_record/under-way-stays", test_under_way_stays);
    g_test_add_func("/routing/fleet_record/refused-records", test_refused_records);
    g_test_add_func("/routing/fleet_record/garbage", test_garbage);
    g_test_add_func("/routing/fleet_record/not-a-number", test_not_a_number);
    g_test_add_func("/routing/fleet_record/long-names", test_long_names_stay_here);
    return g_test_run();
}
