/* SPDX-License-Identifier: Apache-2.0 */
/* Racing a second target: rare where all is well, of great use where the first is late now and
 * then, never won by an error, and never paid as an answer twice. */
#include "sim/sim.h"

static SimSetup setup_of(bool hedge, SimTrouble first, SimTrouble second)
{
    return (SimSetup){.vendors = {{.name = "a/one",
                                   .first_ms = 200,
                                   .spread_ms = 200,
                                   .gap_ms = 50,
                                   .priced = true,
                                   .price = {.input = 1000000, .output = 2000000},
                                   .troubles = {first}},
                                  {.name = "b/two",
                                   .first_ms = 200,
                                   .spread_ms = 200,
                                   .gap_ms = 50,
                                   .priced = true,
                                   .price = {.input = 1000000, .output = 2000000},
                                   .troubles = {second}}},
                      .conf = hedge ? "[model m]\ntargets = a/one;b/two\nhedge = yes\n"
                                    : "[model m]\ntargets = a/one;b/two\n"};
}

static const SimTrouble none = {0};
/* Nothing out of the ordinary. */
static const SimTrouble usual = {.permille = 40, .fault = SIM_GOOD, .slow_ms = 500};
/* Three in a hundred are late by ten seconds. */
static const SimTrouble late = {.permille = 30, .fault = SIM_GOOD, .slow_ms = 10000};

static Sim *run(const SimSetup *setup, unsigned calls, unsigned streams)
{
    Sim *sim = sim_new(setup);
    sim_run(sim,
            &(SimLoad){.model = "m", .calls = calls, .per_second = 40, .stream_percent = streams});
    g_assert_cmpuint(sim_count_failed_calls(sim), ==, 0);
    return sim;
}

static unsigned count_hedges(const Sim *sim)
{
    unsigned n = 0;
    for (guint i = 0; i < sim->calls->len; i++)
        n += sim_call_at(sim, i)->hedges;
    return n;
}

/* Told to stop, or it came to its end in the same moment as the winner. */
static bool is_stopped(const SimRequest *request, const SimCall *call)
{
    return request->record->aborted || request->record->drained || request->ended == call->ended;
}

/* A call is raced at most once, and the winner alone has served. */
static void check_races(const Sim *sim)
{
    for (guint i = 0; i < sim->calls->len; i++) {
        const SimCall *call = sim_call_at(sim, i);
        g_assert_cmpuint(call->hedges, <=, 1);
        g_assert_cmpuint(call->lost, <=, call->hedges);
        g_assert_cmpuint(call->n_asked, <=, 2);
        for (unsigned k = 0; call->lost > 0 && k < call->n_asked; k++) {
            const SimRequest *request = sim_request(sim, call->asked[k]);
            g_assert_true(request->vendor == call->served || is_stopped(request, call));
        }
    }
}

/* Later than usual is one in twenty at most, by what "usual" means. */
static void test_rare(void)
{
    for (unsigned streams = 0; streams <= 100; streams += 100) {
        const SimSetup setup = setup_of(true, usual, usual);
        Sim *sim = run(&setup, 4000, streams);
        check_races(sim);
        g_test_message("%u hedged", count_hedges(sim));
        SIM_BETWEEN(count_hedges(sim), 50, 4000 * 5 / 100);
        g_assert_cmpuint(sim_count(sim, 1, 0, G_MAXINT64), ==, count_hedges(sim));
        sim_free(sim);
    }
}

static void test_tail(void)
{
    const SimSetup plain = setup_of(false, late, none), raced = setup_of(true, late, none);
    Sim *without = run(&plain, 4000, 100), *with = run(&raced, 4000, 100);
    check_races(with);
    g_test_message("p50 %d and %d ms, p99 %d and %d ms, %u hedged", (int)sim_first_ms(without, 0.5),
                   (int)sim_first_ms(with, 0.5), (int)sim_first_ms(without, 0.99),
                   (int)sim_first_ms(with, 0.99), count_hedges(with));
    g_assert_cmpuint(count_hedges(without), ==, 0);
    g_assert_cmpint(sim_first_ms(without, 0.99), >=, 10000);
    g_assert_cmpint(sim_first_ms(with, 0.99), <=, 1000);
    SIM_BETWEEN(sim_first_ms(with, 0.5), sim_first_ms(without, 0.5) - 20,
                sim_first_ms(without, 0.5) + 20);
    SIM_BETWEEN(count_hedges(with), 80, 4000 * 8 / 100);
    sim_free(without);
    sim_free(with);
}

/* Answers in one piece race by their ends. */
static void test_tail_of_whole_answers(void)
{
    const SimSetup raced = setup_of(true, late, none);
    Sim *sim = run(&raced, 4000, 0);
    check_races(sim);
    unsigned slow = 0;
    for (guint i = 0; i < sim->calls->len; i++)
        slow += sim_call_at(sim, i)->ended - sim_call_at(sim, i)->began > 1500;
    g_assert_cmpuint(slow, <=, 40); /* before it was known what is usual */
    SIM_BETWEEN(count_hedges(sim), 80, 4000 * 8 / 100);
    sim_free(sim);
}

/* The second always fails at once: the first, late as it is, is still heard. */
static void test_error_never_wins(void)
{
    static const SimTrouble kinds[] = {
        {.permille = 1000, .fault = SIM_FRAME},
        {.permille = 1000, .fault = SIM_STATUS, .status = 400},
        {.permille = 1000, .fault = SIM_STATUS, .status = 429},
        {.permille = 1000, .fault = SIM_CUT},
        {.permille = 1000, .fault = SIM_MALFORMED},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const SimSetup setup = setup_of(true, late, kinds[i]);
        Sim *sim = run(&setup, 1500, 50);
        g_assert_cmpuint(count_hedges(sim), >=, 5);
        for (guint k = 0; k < sim->calls->len; k++)
            g_assert_cmpint(sim_call_at(sim, k)->served, ==, 0);
        sim_free(sim);
    }
}

/* The first fails while the second is under way: that one goes on alone. */
static void test_first_fails_in_a_race(void)
{
    SimTrouble trouble = late;
    trouble.fault = SIM_FRAME;
    const SimSetup setup = setup_of(
        true, trouble, (SimTrouble){.permille = 1000, .fault = SIM_GOOD, .slow_ms = 12000});
    Sim *sim = run(&setup, 4000, 50);
    g_assert_cmpuint(sim_count_good(sim, 1, 0, G_MAXINT64), >=, 50);
    g_assert_cmpuint(count_hedges(sim), >=, 50);
    sim_free(sim);
}

/* Losing a race is nobody's fault: the late one stays the first choice. */
static void test_no_fault(void)
{
    SimTrouble often = late;
    often.permille = 400;
    often.from = 30000;
    const SimSetup setup = setup_of(true, often, none);
    Sim *sim = run(&setup, 4000, 100);
    check_races(sim);
    SIM_BETWEEN(count_hedges(sim), 500, 2500);
    g_assert_cmpuint(sim_count(sim, 0, 0, G_MAXINT64), ==, 4000);
    sim_free(sim);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/hedging/rare", test_rare);
    g_test_add_func("/sim/hedging/tail", test_tail);
    g_test_add_func("/sim/hedging/tail-of-whole-answers", test_tail_of_whole_answers);
    g_test_add_func("/sim/hedging/error-never-wins", test_error_never_wins);
    g_test_add_func("/sim/hedging/first-fails-in-a-race", test_first_fails_in_a_race);
    g_test_add_func("/sim/hedging/no-fault", test_no_fault);
    return g_test_run();
}
