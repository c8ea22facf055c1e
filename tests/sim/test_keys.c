/* SPDX-License-Identifier: Apache-2.0 */
/* Several keys of one provider: one that is refused, out of credit or over its rate rests, the
 * others serve meanwhile, and no call is lost by it. */
#include "sim/sim.h"

#include "routing/keys.h"

static SimSetup setup_of(SimTrouble trouble)
{
    return (SimSetup){.vendors = {{.name = "a/one",
                                   .first_ms = 100,
                                   .spread_ms = 100,
                                   .gap_ms = 50,
                                   .troubles = {trouble}},
                                  {.name = "a/more", .first_ms = 100, .gap_ms = 50}},
                      .conf = "[model m]\ntargets = a/one\n[model n]\ntargets = a/more\n",
                      .keys = 3};
}

static unsigned count(const Sim *sim, int vendor, char key, int64_t from, int64_t until)
{
    unsigned n = 0;
    for (guint i = 0; i < sim->requests->len; i++) {
        const SimRequest *request = sim_request(sim, i);
        n += request->vendor == vendor && request->key == key && request->at >= from &&
             request->at < until;
    }
    return n;
}

/* When the first failure of that key came back. */
static int64_t failed_at(const Sim *sim, char key)
{
    for (guint i = 0; i < sim->requests->len; i++) {
        const SimRequest *request = sim_request(sim, i);
        if (request->key == key && request->fault == SIM_STATUS)
            return request->ended;
    }
    g_assert_not_reached();
}

static Sim *run(const SimSetup *setup)
{
    Sim *sim = sim_new(setup);
    sim_add(sim, &(SimLoad){.model = "m", .calls = 4000, .per_second = 5, .stream_percent = 50});
    sim_add(sim, &(SimLoad){.model = "n", .calls = 4000, .per_second = 5, .stream_percent = 50});
    sim_finish(sim);
    g_assert_cmpuint(sim_count_failed_calls(sim), ==, 0);
    g_assert_cmpuint(count(sim, 0, '3', 0, G_MAXINT64), ==, 0); /* two were enough */
    return sim;
}

/* For the whole provider: the key is not used for its other models either. */
static void check_rest(int status, int64_t rest)
{
    const SimSetup setup = setup_of((SimTrouble){.from = 10000,
                                                 .until = 60000,
                                                 .permille = 1000,
                                                 .fault = SIM_STATUS,
                                                 .status = status,
                                                 .key = '1'});
    Sim *sim = run(&setup);
    int64_t at = failed_at(sim, '1');
    g_assert_cmpuint(count(sim, 0, '2', 0, 10000) + count(sim, 1, '2', 0, 10000), ==, 0);
    for (int vendor = 0; vendor < 2; vendor++) {
        g_assert_cmpuint(count(sim, vendor, '1', at + 1, at + rest - 1000), ==, 0);
        SIM_BETWEEN(count(sim, vendor, '2', at + 1, at + rest - 1000), rest / 1000 * 4,
                    rest / 1000 * 6);
        g_assert_cmpuint(count(sim, vendor, '1', at + rest + 1000, G_MAXINT64), >=, 100);
    }
    sim_free(sim);
}

static void test_refused(void)
{
    check_rest(401, PBAY_KEY_REST_AUTH);
}

static void test_no_credit(void)
{
    check_rest(402, PBAY_KEY_REST_QUOTA);
}

/* For the target alone, and as long as the vendor says. */
static void test_over_its_rate(void)
{
    const SimSetup setup = setup_of((SimTrouble){.from = 10000,
                                                 .until = 11000,
                                                 .permille = 1000,
                                                 .fault = SIM_STATUS,
                                                 .status = 429,
                                                 .hint_ms = 90000,
                                                 .key = '1'});
    Sim *sim = run(&setup);
    int64_t at = failed_at(sim, '1');
    g_assert_cmpuint(count(sim, 0, '1', at + 1, at + 89000), ==, 0);
    g_assert_cmpuint(count(sim, 0, '2', at + 1, at + 89000), >=, 300);
    g_assert_cmpuint(count(sim, 0, '1', at + 92000, G_MAXINT64), >=, 1000);
    g_assert_cmpuint(count(sim, 0, '2', at + 92000, G_MAXINT64), ==, 0);
    g_assert_cmpuint(count(sim, 1, '2', 0, G_MAXINT64), ==, 0);
    sim_free(sim);
}

/* Every key is refused: the other provider serves, and this one is left alone while they rest. */
static void test_all_rest(void)
{
    SimSetup setup = setup_of((SimTrouble){
        .from = 10000, .until = 60000, .permille = 1000, .fault = SIM_STATUS, .status = 401});
    setup.vendors[1].name = "b/two";
    setup.conf = "[model m]\ntargets = a/one;b/two\n";
    Sim *sim = sim_new(&setup);
    sim_run(sim, &(SimLoad){.model = "m", .calls = 2000, .per_second = 5, .stream_percent = 50});
    g_assert_cmpuint(sim_count_failed_calls(sim), ==, 0);
    int64_t at = failed_at(sim, '3');
    g_assert_cmpuint(sim_count(sim, 0, at + 1, failed_at(sim, '1') + PBAY_KEY_REST_AUTH), ==, 0);
    SIM_BETWEEN(sim_count(sim, 0, 10000, at + 1), 3, 10);
    g_assert_cmpuint(sim_count_good(sim, 0, at + PBAY_KEY_REST_AUTH, G_MAXINT64), >=, 100);
    sim_free(sim);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/keys/refused", test_refused);
    g_test_add_func("/sim/keys/no-credit", test_no_credit);
    g_test_add_func("/sim/keys/over-its-rate", test_over_its_rate);
    g_test_add_func("/sim/keys/all-rest", test_all_rest);
    return g_test_run();
}
