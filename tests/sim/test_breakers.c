/* SPDX-License-Identifier: Apache-2.0 */
/* The breaker of a target that is down for a time, seen from both sides: the sequence of its
 * states, and what its vendor was still asked. */
#include "sim/sim.h"

#include "routing/fleet_internal.h"

#include <string.h>

typedef struct Change {
    PbayBreakerState state;
    int64_t at, cool; /* cool: how long it is to stay open */
} Change;

typedef struct Watch {
    Sim *sim;
    GArray *changes; /* Change, of the first vendor */
    unsigned probes;
} Watch;

/* The state as it stands, noted when it is another one. */
static PbayBreakerState look(Watch *watch)
{
    Sim *sim = watch->sim;
    PbayFleetRows rows = pbay_fleet_rows_find(sim->fleet, sim_vendor(sim, 0)->name, NULL);
    if (rows.target == NULL)
        return PBAY_BREAKER_CLOSED;
    PbayBreaker breaker = rows.target->breaker;
    pbay_fleet_rows_put(rows);
    const Change *last = watch->changes->len > 0
                             ? &g_array_index(watch->changes, Change, watch->changes->len - 1)
                             : &(Change){.state = PBAY_BREAKER_CLOSED};
    int64_t since = breaker.since - sim->began;
    const Change now = {breaker.state, since, breaker.until - breaker.since};
    if (now.state != last->state)
        g_array_append_val(watch->changes, now);
    return breaker.state;
}

static void on_change(void *user, bool urgent)
{
    (void)urgent;
    look(user);
}

/* Whoever is asked while it is not closed is a probe, and alone: those that began since it
 * opened. */
static void check_request(Sim *sim, SimRequest *request)
{
    Watch *watch = sim->user;
    PbayBreakerState state = look(watch);
    if (request->vendor != 0 || state == PBAY_BREAKER_CLOSED)
        return;
    g_assert_cmpint(state, ==, PBAY_BREAKER_HALF_OPEN);
    const Change *half = &g_array_index(watch->changes, Change, watch->changes->len - 1);
    const Change *open = half - 1;
    g_assert_cmpint(open->state, ==, PBAY_BREAKER_OPEN);
    g_assert_cmpint(request->at, >=, open->at + open->cool);
    for (guint i = 0; i < sim->alive[0]->len; i++) {
        const SimRequest *other = sim->alive[0]->pdata[i];
        g_assert_true(other == request || !sim_request_alive(other) || other->at < open->at);
    }
    watch->probes++;
}

static Watch *watch_new(const SimSetup *setup)
{
    Watch *watch = g_new0(Watch, 1);
    watch->sim = sim_new(setup);
    watch->sim->user = watch;
    watch->sim->on_request = check_request;
    watch->changes = g_array_new(FALSE, FALSE, sizeof(Change));
    pbay_fleet_set_listener(watch->sim->fleet, on_change, watch);
    return watch;
}

static void watch_free(Watch *watch)
{
    pbay_fleet_set_listener(watch->sim->fleet, NULL, NULL);
    sim_free(watch->sim);
    g_array_unref(watch->changes);
    g_free(watch);
}

static const Change *change(const Watch *watch, guint i)
{
    g_assert_cmpuint(i, <, watch->changes->len);
    return &g_array_index(watch->changes, Change, i);
}

static const char CONF[] = "[model m]\ntargets = a/one;b/two\ntimeout-first-token = 2s\n"
                           "timeout-attempt = 3s\n";

static SimSetup setup_of(SimTrouble trouble)
{
    return (SimSetup){
        .vendors = {{.name = "a/one",
                     .first_ms = 50,
                     .spread_ms = 100,
                     .gap_ms = 100,
                     .troubles = {trouble}},
                    {.name = "b/two", .first_ms = 50, .spread_ms = 100, .gap_ms = 100}},
        .conf = CONF};
}

static void run(Watch *watch, unsigned calls)
{
    sim_run(watch->sim,
            &(SimLoad){.model = "m", .calls = calls, .per_second = 12, .stream_percent = 50});
    g_assert_cmpuint(sim_count_failed_calls(watch->sim), ==, 0);
}

/* open, half-open, open for twice as long ..., closed; of an outage of 100 s. */
static void check_sequence(const Watch *watch, int64_t from, int64_t until)
{
    int64_t usual = PBAY_BREAKER_COOL;
    guint i = 0;
    SIM_BETWEEN(change(watch, 0)->at, from, from + 6000);
    for (; change(watch, i)->state == PBAY_BREAKER_OPEN; i += 2) {
        const Change *open = change(watch, i), *half = change(watch, i + 1);
        SIM_BETWEEN(open->cool, usual * 8 / 10, usual * 12 / 10);
        g_assert_cmpint(half->state, ==, PBAY_BREAKER_HALF_OPEN);
        /* The next call that comes is the probe. */
        SIM_BETWEEN(half->at - open->at - open->cool, 0, 1000);
        usual *= 2;
    }
    g_assert_cmpuint(i, >=, 8); /* 5 + 10 + 20 + 40 s are less than the outage */
    g_assert_cmpint(change(watch, i)->state, ==, PBAY_BREAKER_CLOSED);
    g_assert_cmpuint(watch->changes->len, ==, i + 1);
    g_assert_cmpuint(watch->probes, ==, i / 2);
    g_assert_cmpint(change(watch, i)->at, >=, until);
    /* It is the first of the order again. */
    Sim *sim = watch->sim;
    int64_t back = change(watch, i)->at;
    g_assert_cmpuint(sim_count_good(sim, 0, back + 1, G_MAXINT64), >, 500);
    g_assert_cmpuint(sim_count(sim, 1, back + 1, G_MAXINT64), ==, 0);
}

/* However it is down, the breaker goes the same way. */
static void test_outage(void)
{
    static const SimTrouble kinds[] = {
        {.fault = SIM_STATUS, .status = 503},
        {.fault = SIM_STATUS, .status = 500},
        {.fault = SIM_REFUSED},
        {.fault = SIM_SILENT},
        {.fault = SIM_STALL},
        {.fault = SIM_FRAME},
        {.fault = SIM_MALFORMED},
        {.fault = SIM_CUT},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        SimTrouble trouble = kinds[i];
        trouble.from = 20000;
        trouble.until = 120000;
        trouble.permille = 1000;
        const SimSetup setup = setup_of(trouble);
        Watch *watch = watch_new(&setup);
        g_test_message("fault %d", (int)trouble.fault);
        run(watch, 3000);
        check_sequence(watch, 20000, 120000);
        watch_free(watch);
    }
}

/* A time that the vendor names is the least cool-down, from the first failure on. */
static void test_hint(void)
{
    const SimSetup setup = setup_of((SimTrouble){.from = 20000,
                                                 .until = 40000,
                                                 .permille = 1000,
                                                 .fault = SIM_STATUS,
                                                 .status = 503,
                                                 .hint_ms = 30000});
    Watch *watch = watch_new(&setup);
    run(watch, 1200);
    g_assert_cmpint(change(watch, 0)->state, ==, PBAY_BREAKER_OPEN);
    g_assert_cmpint(change(watch, 0)->cool, >=, 30000);
    g_assert_cmpint(change(watch, 2)->state, ==, PBAY_BREAKER_CLOSED);
    /* Those that were under way when the first came back, and the one that finds it well. */
    SIM_BETWEEN(sim_count(watch->sim, 0, change(watch, 0)->at + 1, change(watch, 2)->at), 1, 1);
    watch_free(watch);
}

/* What is the caller's mistake, or a key's, never opens it. */
static void test_not_its_fault(void)
{
    static const int statuses[] = {400, 401, 402, 403, 404, 413, 429};
    for (size_t i = 0; i < G_N_ELEMENTS(statuses); i++) {
        const SimSetup setup = setup_of((SimTrouble){.from = 1000,
                                                     .until = 30000,
                                                     .permille = 1000,
                                                     .fault = SIM_STATUS,
                                                     .status = statuses[i]});
        Watch *watch = watch_new(&setup);
        sim_run(watch->sim, &(SimLoad){.model = "m", .calls = 500, .per_second = 20});
        g_assert_cmpuint(watch->changes->len, ==, 0);
        g_assert_cmpuint(sim_count(watch->sim, 0, 1000, 30000), >=, 1);
        watch_free(watch);
    }
}

/* Every second request fails, never many in a row: the share opens it. */
static void test_share(void)
{
    const SimSetup setup = setup_of((SimTrouble){.from = 20000,
                                                 .until = 60000,
                                                 .nth = 2,
                                                 .permille = 1000,
                                                 .fault = SIM_STATUS,
                                                 .status = 500});
    Watch *watch = watch_new(&setup);
    sim_run(watch->sim,
            &(SimLoad){.model = "m", .calls = 600, .per_second = 4, .stream_percent = 50});
    g_assert_cmpuint(watch->changes->len, >=, 3);
    SIM_BETWEEN(change(watch, 0)->at, 20000, 60000);
    g_assert_cmpint(change(watch, watch->changes->len - 1)->state, ==, PBAY_BREAKER_CLOSED);
    watch_free(watch);
}

/* Every fifth fails: that is no outage. */
static void test_few_failures(void)
{
    const SimSetup setup = setup_of((SimTrouble){
        .from = 20000, .nth = 5, .permille = 1000, .fault = SIM_STATUS, .status = 500});
    Watch *watch = watch_new(&setup);
    run(watch, 3000);
    g_assert_cmpuint(watch->changes->len, ==, 0);
    g_assert_cmpuint(sim_count(watch->sim, 1, 0, G_MAXINT64), <=, 3000 / 10);
    watch_free(watch);
}

/* A probe that told nothing, the caller's mistake, leaves its place to the next. */
static void test_probe_without_a_word(void)
{
    SimSetup setup = setup_of((SimTrouble){
        .from = 5000, .until = 9000, .permille = 1000, .fault = SIM_STATUS, .status = 500});
    setup.vendors[0].troubles[1] = (SimTrouble){
        .from = 9000, .until = 15000, .permille = 1000, .fault = SIM_STATUS, .status = 400};
    Watch *watch = watch_new(&setup);
    sim_run(watch->sim, &(SimLoad){.model = "m", .calls = 600, .per_second = 20});
    g_assert_cmpuint(watch->changes->len, ==, 3);
    g_assert_cmpint(change(watch, 2)->state, ==, PBAY_BREAKER_CLOSED);
    SIM_BETWEEN(change(watch, 2)->at, 15000, 16000);
    g_assert_cmpuint(watch->probes, >=, 10);
    SIM_BETWEEN(sim_count_failed_calls(watch->sim), watch->probes - 1, watch->probes + 5);
    watch_free(watch);
}

/* A long stream is a probe only until its first content: then everybody may go. */
static void test_long_probe(void)
{
    SimSetup setup = setup_of((SimTrouble){
        .from = 5000, .until = 9000, .permille = 1000, .fault = SIM_STATUS, .status = 500});
    setup.vendors[0].pieces = 50;
    setup.vendors[0].gap_ms = 1000;
    setup.conf = "[model m]\ntargets = a/one;b/two\n";
    Watch *watch = watch_new(&setup);
    sim_run(watch->sim,
            &(SimLoad){.model = "m", .calls = 600, .per_second = 20, .stream_percent = 100});
    g_assert_cmpuint(watch->changes->len, ==, 3);
    SIM_BETWEEN(change(watch, 2)->at - change(watch, 1)->at, 50, 150);
    g_assert_cmpuint(sim_count_failed_calls(watch->sim), ==, 0);
    watch_free(watch);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/breakers/outage", test_outage);
    g_test_add_func("/sim/breakers/hint", test_hint);
    g_test_add_func("/sim/breakers/not-its-fault", test_not_its_fault);
    g_test_add_func("/sim/breakers/share", test_share);
    g_test_add_func("/sim/breakers/few-failures", test_few_failures);
    g_test_add_func("/sim/breakers/probe-without-a-word", test_probe_without_a_word);
    g_test_add_func("/sim/breakers/long-probe", test_long_probe);
    return g_test_run();
}
