/* SPDX-License-Identifier: Apache-2.0 */
/* Every cell of the breaker's table, as written and as reached; what opens it and for how long; and
 * long random walks under which it must never have two probes, close without a success, admit
 * before its time or forget what the vendor asked for. */
#include "routing/breaker.h"

#include <math.h>
#include <string.h>

enum { CLOSED = PBAY_BREAKER_CLOSED, OPEN = PBAY_BREAKER_OPEN, HALF_OPEN = PBAY_BREAKER_HALF_OPEN };

static PbayFailure failure_of(int32_t cls, int64_t hint)
{
    static char message[] = "it broke";
    return (PbayFailure){.cls = cls, .message = message, .retry_after_ms = hint};
}

static void fail(PbayBreaker *breaker, int64_t now, bool probe, int64_t hint)
{
    PbayFailure failure = failure_of(PB_ERR_UPSTREAM, hint);
    pbay_breaker_failure(breaker, now, probe, &failure, 0.5);
}

static bool admits(PbayBreaker *breaker, int64_t now)
{
    bool probe;
    return pbay_breaker_admits(breaker, now, false, &probe);
}

static bool take(PbayBreaker *breaker, int64_t now)
{
    bool probe = false;
    return pbay_breaker_admits(breaker, now, true, &probe) && probe;
}

/* A breaker in this state at 100000; of HALF_OPEN the probe is under way. */
static PbayBreaker breaker_in(int state)
{
    PbayBreaker breaker = {0};
    if (state == CLOSED)
        return breaker;
    for (int i = 0; i < PBAY_BREAKER_FAILURES; i++)
        fail(&breaker, 100000, false, 0);
    g_assert_cmpint(breaker.state, ==, OPEN);
    g_assert_cmpint(breaker.until, ==, 100000 + PBAY_BREAKER_COOL);
    if (state == HALF_OPEN)
        g_assert_true(take(&breaker, breaker.until));
    return breaker;
}

/* ---- the table ------------------------------------------------------------------------------- */

static void test_table(void)
{
    /* C, O, H: the state after the event of this line in closed, open, half-open. */
    static const char *const cells[PBAY_BREAKER_EVENTS] = {
        [PBAY_BREAKER_ASKED_EARLY] = "COH",   [PBAY_BREAKER_ASKED] = "CHH",
        [PBAY_BREAKER_SUCCESS] = "COH",       [PBAY_BREAKER_FAILURE] = "COH",
        [PBAY_BREAKER_TOO_MANY] = "OOH",      [PBAY_BREAKER_HINT] = "OOO",
        [PBAY_BREAKER_PROBE_SUCCESS] = "CCC", [PBAY_BREAKER_PROBE_FAILURE] = "COO",
        [PBAY_BREAKER_PROBE_NEUTRAL] = "COH",
    };
    for (int state = 0; state < 3; state++)
        for (int event = 0; event < PBAY_BREAKER_EVENTS; event++)
            g_assert_cmpint(
                "COH"[pbay_breaker_next((PbayBreakerState)state, (PbayBreakerEvent)event)], ==,
                cells[event][state]);
}

/* One event as callers bring it about; false: it cannot happen in this state. */
static bool bring_about(PbayBreaker *breaker, PbayBreakerEvent event)
{
    int64_t now = MAX(breaker->until, 100100);
    switch (event) {
    case PBAY_BREAKER_ASKED_EARLY:
        admits(breaker, breaker->until - 1);
        return true;
    case PBAY_BREAKER_ASKED:
        admits(breaker, now);
        return true;
    case PBAY_BREAKER_SUCCESS:
        pbay_breaker_success(breaker, now, false);
        return true;
    case PBAY_BREAKER_FAILURE:
        fail(breaker, now, false, 0);
        return true;
    case PBAY_BREAKER_TOO_MANY:
        for (int i = 0; i < 2 * PBAY_BREAKER_FAILURES; i++)
            fail(breaker, now, false, 0);
        return true;
    case PBAY_BREAKER_HINT:
        fail(breaker, now, false, 1000);
        return true;
    case PBAY_BREAKER_PROBE_SUCCESS:
        pbay_breaker_success(breaker, now, true);
        return true;
    case PBAY_BREAKER_PROBE_FAILURE:
        fail(breaker, now, true, 0);
        return true;
    case PBAY_BREAKER_PROBE_NEUTRAL:
        pbay_breaker_neutral(breaker, true);
        return true;
    default:
        return false;
    }
}

static void test_cells_reached(void)
{
    for (int state = 0; state < 3; state++) {
        for (int event = 0; event < PBAY_BREAKER_EVENTS; event++) {
            PbayBreaker breaker = breaker_in(state);
            unsigned openings = breaker.openings;
            int64_t since = breaker.since;
            PbayBreakerState next =
                pbay_breaker_next((PbayBreakerState)state, (PbayBreakerEvent)event);
            g_assert_true(bring_about(&breaker, (PbayBreakerEvent)event));
            g_assert_cmpint(breaker.state, ==, next);
            bool opened = next == PBAY_BREAKER_OPEN && state != OPEN;
            g_assert_cmpuint(breaker.openings, ==, openings + (opened ? 1 : 0));
            if ((int)next == state)
                g_assert_cmpint(breaker.since, ==, since);
            if (next == PBAY_BREAKER_CLOSED && state != CLOSED)
                g_assert_cmpint(breaker.trips + breaker.failures + breaker.window_calls, ==, 0);
            g_assert_true(next == PBAY_BREAKER_HALF_OPEN || !breaker.probing);
        }
    }
}

static void test_half_open_is_for_one(void)
{
    PbayBreaker breaker = breaker_in(HALF_OPEN);
    bool probe = true;
    g_assert_true(breaker.probing);
    g_assert_false(pbay_breaker_admits(&breaker, 200000, true, &probe));
    g_assert_false(probe);
    pbay_breaker_neutral(&breaker, false); /* of somebody else */
    g_assert_false(admits(&breaker, 200000));
    pbay_breaker_neutral(&breaker, true);
    g_assert_true(pbay_breaker_admits(&breaker, 200000, false, &probe));
    g_assert_true(probe);
    g_assert_false(breaker.probing); /* only asked */
    g_assert_true(take(&breaker, 200000));
    g_assert_false(take(&breaker, 200000));
    pbay_breaker_success(&breaker, 200001, true);
    g_assert_true(pbay_breaker_admits(&breaker, 200001, true, &probe));
    g_assert_false(probe); /* closed: everybody goes, nobody is the probe */
    g_assert_false(breaker.probing);
}

/* ---- what opens it --------------------------------------------------------------------------- */

static void test_in_a_row(void)
{
    PbayBreaker breaker = {0};
    for (int i = 1; i < PBAY_BREAKER_FAILURES; i++)
        fail(&breaker, 1000, false, 0);
    pbay_breaker_success(&breaker, 1000, false);
    for (int i = 1; i < PBAY_BREAKER_FAILURES; i++)
        fail(&breaker, 1000 + PBAY_BREAKER_WINDOW, false, 0);
    g_assert_cmpint(breaker.state, ==, CLOSED);
    fail(&breaker, 1000 + PBAY_BREAKER_WINDOW, false, 0);
    g_assert_cmpint(breaker.state, ==, OPEN);
    g_assert_cmpstr(breaker.why, ==, "5 failures in a row, last: server_error: it broke");
}

/* A quarter of very many calls fails, in no order: that is no outage. When all do, it is, soon. */
static void test_in_a_row_by_volume(void)
{
    PbayBreaker breaker = {0};
    GRand *rand = g_rand_new_with_seed(20264);
    int64_t now = 1000;
    for (int i = 0; i < 100000; i++, now += 3)
        if (g_rand_double(rand) < 0.24)
            fail(&breaker, now, false, 0);
        else
            pbay_breaker_success(&breaker, now, false);
    g_assert_cmpint(breaker.openings, <=, 3); /* where a window begins few calls are known */
    g_rand_free(rand);
    breaker = (PbayBreaker){0};
    for (int i = 0; i < 5000; i++)
        pbay_breaker_success(&breaker, 1000 + i, false);
    int failed = 0;
    while (breaker.state == PBAY_BREAKER_CLOSED) {
        fail(&breaker, 6001 + failed, false, 0);
        g_assert_cmpint(++failed, <=, PBAY_BREAKER_FAILURES + 5200 / PBAY_BREAKER_VOLUME);
    }
    g_assert_cmpint(failed, >, 50);
}

/* Failures and successes in turn, so many calls from this time on. */
static void in_turn(PbayBreaker *breaker, int64_t now, int calls)
{
    for (int i = 0; i < calls; i++) {
        if (i % 2 == 0)
            pbay_breaker_success(breaker, now, false);
        else
            fail(breaker, now, false, 0);
    }
}

static void test_share_of_window(void)
{
    PbayBreaker breaker = {0};
    in_turn(&breaker, 1000, PBAY_BREAKER_CALLS - 1);
    g_assert_cmpint(breaker.state, ==, CLOSED);
    in_turn(&breaker, PBAY_BREAKER_WINDOW, PBAY_BREAKER_CALLS - 1); /* another window */
    g_assert_cmpint(breaker.state, ==, CLOSED);
    fail(&breaker, 2 * PBAY_BREAKER_WINDOW - 1, false, 0); /* the last of the same */
    g_assert_cmpint(breaker.state, ==, OPEN);
    g_assert_cmpstr(breaker.why, ==, "10 of 20 calls failed, last: server_error: it broke");
    PbayBreaker calm = {0};
    for (int i = 0; i < 1000; i++) { /* four of ten is under the half */
        for (int j = 0; j < 3; j++)
            pbay_breaker_success(&calm, 1000 + i, false);
        fail(&calm, 1000 + i, false, 0);
        fail(&calm, 1000 + i, false, 0);
    }
    g_assert_cmpint(calm.state, ==, CLOSED);
}

static void test_who_counts(void)
{
    static const int32_t theirs[] = {PB_ERR_OVERLOADED, PB_ERR_TIMEOUT, PB_ERR_UPSTREAM,
                                     PB_ERR_PROTOCOL, PB_ERR_INTERNAL};
    for (int32_t cls = 1; cls <= PBAY_ERR_CANCELLED; cls++) {
        bool counts = false;
        for (size_t i = 0; i < G_N_ELEMENTS(theirs); i++)
            counts = counts || theirs[i] == cls;
        PbayFailure failure = failure_of(cls, 0);
        g_assert_cmpint(pbay_breaker_counts(&failure), ==, counts);
    }
}

/* ---- for how long ---------------------------------------------------------------------------- */

static int64_t cool_down_of(PbayBreaker *breaker)
{
    return breaker->until - breaker->since;
}

static void test_cool_down_grows(void)
{
    static const double jitters[] = {0, 0.5, 1, 7, -3, NAN};
    for (size_t i = 0; i < G_N_ELEMENTS(jitters); i++) {
        PbayFailure failure = failure_of(PB_ERR_TIMEOUT, 0);
        PbayBreaker breaker = {0};
        for (int n = 0; n < PBAY_BREAKER_FAILURES; n++)
            pbay_breaker_failure(&breaker, 0, false, &failure, jitters[i]);
        int64_t nominal = PBAY_BREAKER_COOL, before = 0;
        for (int trip = 1; trip < 40; trip++) {
            g_assert_cmpint(breaker.trips, ==, trip);
            g_assert_cmpint(cool_down_of(&breaker), >=, nominal * 8 / 10);
            g_assert_cmpint(cool_down_of(&breaker), <=,
                            MIN(nominal * 12 / 10, PBAY_BREAKER_COOL_MAX));
            g_assert_cmpint(cool_down_of(&breaker), >=, before);
            before = cool_down_of(&breaker);
            nominal = MIN(nominal * 2, PBAY_BREAKER_COOL_MAX);
            g_assert_true(take(&breaker, breaker.until));
            pbay_breaker_failure(&breaker, breaker.since + 10, true, &failure, jitters[i]);
        }
        g_assert_true(take(&breaker, breaker.until));
        pbay_breaker_success(&breaker, breaker.since, true);
        pbay_breaker_failure(&breaker, breaker.since, false, &failure, jitters[i]);
        g_assert_cmpint(breaker.state, ==, CLOSED); /* counts begin anew */
    }
}

static void test_hints(void)
{
    PbayBreaker breaker = {0};
    fail(&breaker, 1000, false, 60000); /* at once, and longer than the cool-down */
    g_assert_cmpint(breaker.until, ==, 61000);
    g_assert_cmpstr(breaker.why, ==,
                    "the provider named a time to come back: server_error: it broke");
    fail(&breaker, 2000, false, 1000); /* a call under way: never shorter */
    g_assert_cmpint(breaker.until, ==, 61000);
    fail(&breaker, 2000, false, 90000);
    g_assert_cmpint(breaker.until, ==, 92000);
    g_assert_cmpint(breaker.trips, ==, 1);
    fail(&breaker, 2000, false, INT64_MAX); /* cut */
    g_assert_cmpint(breaker.until, ==, 2000 + PBAY_BREAKER_COOL_MAX);
    PbayBreaker short_one = {0};
    fail(&short_one, 1000, false, 1); /* a hint is the least, not the most */
    g_assert_cmpint(short_one.until, ==, 1000 + PBAY_BREAKER_COOL);
    PbayBreaker negative = {0};
    fail(&negative, 1000, false, -5);
    g_assert_cmpint(negative.state, ==, CLOSED);
    g_assert_true(take(&short_one, short_one.until));
    fail(&short_one, 10000, true, 50000);
    g_assert_cmpint(short_one.trips, ==, 2);
    g_assert_cmpint(short_one.until, ==, 60000);
}

static void test_why_is_whole_utf8(void)
{
    for (size_t shift = 0; shift < 4; shift++) {
        GString *text = g_string_new(NULL);
        for (size_t i = 0; i < shift; i++)
            g_string_append_c(text, 'x');
        for (int i = 0; i < 100; i++)
            g_string_append(text, "\xF0\x9F\x94\xA5");
        PbayBreaker breaker = {0};
        PbayFailure failure = failure_of(PB_ERR_UPSTREAM, 100);
        failure.message = text->str;
        pbay_breaker_failure(&breaker, 0, false, &failure, 0);
        g_assert_true(g_utf8_validate(breaker.why, -1, NULL));
        g_assert_cmpuint(strlen(breaker.why), >=, sizeof breaker.why - 4);
        g_string_free(text, TRUE);
    }
}

/* ---- records --------------------------------------------------------------------------------- */

static void test_record_round_trip(void)
{
    for (int state = 0; state < 3; state++) {
        PbayBreaker breaker = breaker_in(state), other = {0};
        PbayBreakerRecord record;
        pbay_breaker_save(&breaker, &record);
        pbay_breaker_load(&other, 110000, &record);
        g_assert_cmpint(other.state, ==, breaker.state);
        g_assert_cmpint(other.trips, ==, breaker.trips);
        g_assert_cmpint(other.since, ==, breaker.since);
        g_assert_cmpint(other.until, ==, breaker.until);
        g_assert_cmpstr(other.why, ==, breaker.why);
        g_assert_false(other.probing); /* somebody else's probe */
    }
}

/* Programs that make one call each fail five times in a row together. */
static void test_record_in_a_row(void)
{
    PbayBreakerRecord record = {0};
    for (int i = 0; i < PBAY_BREAKER_FAILURES; i++) {
        PbayBreaker breaker = {0};
        pbay_breaker_load(&breaker, 100000 + i, &record);
        g_assert_cmpint(breaker.state, ==, CLOSED);
        fail(&breaker, 100000 + i, false, 0);
        pbay_breaker_save(&breaker, &record);
    }
    g_assert_cmpint(record.state, ==, OPEN);
}

static void test_record_that_lies(void)
{
    PbayBreakerRecord record = {
        .state = OPEN, .trips = INT32_MAX, .since = INT64_MAX, .until = INT64_MAX};
    PbayBreaker breaker = {0};
    memset(record.why, 0xFF, sizeof record.why);
    pbay_breaker_load(&breaker, 5000, &record);
    g_assert_cmpint(breaker.until, ==, 5000 + PBAY_BREAKER_COOL_MAX);
    g_assert_cmpint(breaker.since, ==, 5000);
    g_assert_cmpstr(breaker.why, ==, "");
    g_assert_true(take(&breaker, breaker.until));
    fail(&breaker, breaker.since, true, 0); /* a count of cool-downs does not overflow */
    g_assert_cmpint(cool_down_of(&breaker), ==, PBAY_BREAKER_COOL_MAX);
    record = (PbayBreakerRecord){.state = OPEN, .trips = -7, .since = 0, .until = INT64_MIN};
    pbay_breaker_load(&breaker, 5000, &record);
    g_assert_cmpint(breaker.trips, ==, 1);
    g_assert_true(admits(&breaker, 5000));
    record.state = 17;
    pbay_breaker_load(&breaker, 5000, &record);
    g_assert_cmpint(breaker.state, ==, CLOSED);
}

static void test_record_and_probe(void)
{
    PbayBreakerRecord record;
    PbayBreaker breaker = breaker_in(HALF_OPEN), other = breaker_in(HALF_OPEN);
    pbay_breaker_save(&other, &record);
    pbay_breaker_load(&breaker, 110000, &record);
    g_assert_true(breaker.probing); /* still under way */
    other = breaker_in(OPEN);
    pbay_breaker_save(&other, &record);
    unsigned openings = breaker.openings;
    pbay_breaker_load(&breaker, 110000, &record);
    g_assert_cmpint(breaker.state, ==, OPEN);
    g_assert_false(breaker.probing);
    g_assert_cmpuint(breaker.openings, ==, openings + 1); /* the probe of before is late */
}

/* ---- random walks ---------------------------------------------------------------------------- */

typedef struct Flight {
    bool probe, forced;
    unsigned openings;
} Flight;

typedef struct Walk {
    PbayBreaker breaker;
    GRand *rand;
    int64_t now;
    int64_t hinted;  /* nobody goes before, unless forced */
    int64_t nominal; /* the last cool-down without jitter; 0: closed since */
    Flight flights[20];
    int n;
} Walk;

static bool is_probe(const Walk *walk, const Flight *flight)
{
    return flight->probe && flight->openings == walk->breaker.openings;
}

static void walk_ask(Walk *walk)
{
    bool probe = false, force = g_rand_int_range(walk->rand, 0, 10) == 0;
    PbayBreakerState before = walk->breaker.state;
    int64_t until = walk->breaker.until;
    if (walk->n == (int)G_N_ELEMENTS(walk->flights))
        return;
    bool goes = pbay_breaker_admits(&walk->breaker, walk->now, true, &probe);
    g_assert_true(!goes || walk->now >= walk->hinted);
    g_assert_true(!goes || before != PBAY_BREAKER_OPEN || walk->now >= until);
    g_assert_true(before == PBAY_BREAKER_CLOSED || walk->breaker.state != PBAY_BREAKER_CLOSED);
    g_assert_true(!goes || probe == (walk->breaker.state == PBAY_BREAKER_HALF_OPEN));
    if (goes || force)
        walk->flights[walk->n++] =
            (Flight){.probe = probe, .forced = !goes, .openings = walk->breaker.openings};
}

static void walk_opened(Walk *walk, int64_t hint)
{
    int64_t cool = cool_down_of(&walk->breaker);
    walk->nominal =
        walk->nominal == 0 ? PBAY_BREAKER_COOL : MIN(2 * walk->nominal, PBAY_BREAKER_COOL_MAX);
    g_assert_cmpint(walk->breaker.since, ==, walk->now);
    g_assert_cmpint(cool, >=, MAX(walk->nominal * 8 / 10, hint));
    g_assert_cmpint(cool, <=, MIN(MAX(walk->nominal * 12 / 10, hint), PBAY_BREAKER_COOL_MAX));
}

static void walk_fail(Walk *walk, const Flight *flight)
{
    int64_t hint = g_rand_int_range(walk->rand, 0, 8) == 0
                       ? g_rand_int_range(walk->rand, 1, 2 * PBAY_BREAKER_COOL_MAX)
                       : 0;
    bool late = flight->openings != walk->breaker.openings;
    unsigned openings = walk->breaker.openings;
    PbayFailure failure = failure_of(PB_ERR_OVERLOADED, hint);
    if (late && hint == 0)
        return;
    pbay_breaker_failure(&walk->breaker, walk->now, is_probe(walk, flight), &failure,
                         g_rand_double(walk->rand));
    hint = MIN(hint, PBAY_BREAKER_COOL_MAX);
    if (hint > 0)
        walk->hinted = MAX(walk->hinted, walk->now + hint);
    if (walk->breaker.openings != openings)
        walk_opened(walk, hint);
    if (hint > 0)
        g_assert_cmpint(walk->breaker.until, >=, walk->now + hint);
}

static void walk_succeed(Walk *walk, const Flight *flight)
{
    PbayBreakerState before = walk->breaker.state;
    bool good = flight->openings == walk->breaker.openings && (flight->probe || flight->forced);
    pbay_breaker_success(&walk->breaker, walk->now, good);
    if (good)
        walk->hinted = walk->nominal = 0;
    g_assert_cmpint(walk->breaker.state, ==, good ? PBAY_BREAKER_CLOSED : before);
}

static void walk_end(Walk *walk)
{
    if (walk->n == 0)
        return;
    int i = g_rand_int_range(walk->rand, 0, walk->n);
    Flight flight = walk->flights[i];
    walk->flights[i] = walk->flights[--walk->n];
    switch (g_rand_int_range(walk->rand, 0, 5)) {
    case 0:
        pbay_breaker_neutral(&walk->breaker, is_probe(walk, &flight));
        break;
    case 1:
        walk_succeed(walk, &flight);
        break;
    default:
        walk_fail(walk, &flight);
        break;
    }
}

static void test_random_walks(void)
{
    int seen[3] = {0};
    for (guint32 seed = 1; seed <= 300; seed++) {
        Walk walk = {.rand = g_rand_new_with_seed(seed), .now = 1000};
        for (int step = 0; step < 2000; step++) {
            walk.now += g_rand_int_range(walk.rand, 0, 3) == 0
                            ? g_rand_int_range(walk.rand, 0, 60000)
                            : g_rand_int_range(walk.rand, 0, 50);
            if (g_rand_boolean(walk.rand))
                walk_ask(&walk);
            else
                walk_end(&walk);
            int probes = 0;
            for (int i = 0; i < walk.n; i++)
                probes +=
                    is_probe(&walk, &walk.flights[i]) && walk.breaker.state != PBAY_BREAKER_CLOSED
                        ? 1
                        : 0;
            g_assert_cmpint(probes, <=, 1);
            g_assert_cmpint(walk.breaker.probing, ==, probes);
            seen[walk.breaker.state]++;
        }
        g_rand_free(walk.rand);
    }
    g_assert_cmpint(MIN(seen[0], MIN(seen[1], seen[2])), >, 1000); /* it was everywhere */
}

static void test_names(void)
{
    g_assert_cmpstr(pbay_breaker_state_name(PBAY_BREAKER_CLOSED), ==, "closed");
    g_assert_cmpstr(pbay_breaker_state_name(PBAY_BREAKER_OPEN), ==, "open");
    g_assert_cmpstr(pbay_breaker_state_name(PBAY_BREAKER_HALF_OPEN), ==, "half-open");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/breaker/table", test_table);
    g_test_add_func("/routing/breaker/cells-reached", test_cells_reached);
    g_test_add_func("/routing/breaker/half-open-is-for-one", test_half_open_is_for_one);
    g_test_add_func("/routing/breaker/in-a-row", test_in_a_row);
    g_test_add_func("/breaker/in-a-row-by-volume", test_in_a_row_by_volume);
    g_test_add_func("/routing/breaker/share-of-window", test_share_of_window);
    g_test_add_func("/routing/breaker/who-counts", test_who_counts);
    g_test_add_func("/routing/breaker/cool-down-grows", test_cool_down_grows);
    g_test_add_func("/routing/breaker/hints", test_hints);
    g_test_add_func("/routing/breaker/why-is-whole-utf8", test_why_is_whole_utf8);
    g_test_add_func("/routing/breaker/record/round-trip", test_record_round_trip);
    g_test_add_func("/routing/breaker/record/lies", test_record_that_lies);
    g_test_add_func("/breaker/record-in-a-row", test_record_in_a_row);
    g_test_add_func("/routing/breaker/record/probe", test_record_and_probe);
    g_test_add_func("/routing/breaker/random-walks", test_random_walks);
    g_test_add_func("/routing/breaker/names", test_names);
    return g_test_run();
}
