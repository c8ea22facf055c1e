/* SPDX-License-Identifier: Apache-2.0 */
/* Strategies that go by order, weight, load and latency: who was asked, over thousands of calls, in
 * good times and in outages. */
#include "sim/sim.h"

#define THREE(a, b, c)                                                                             \
    {                                                                                              \
        {.name = "a/one", .first_ms = a, .spread_ms = (a) / 5, .gap_ms = 200},                     \
            {.name = "b/two", .first_ms = b, .spread_ms = (b) / 5, .gap_ms = 200},                 \
            {.name = "c/three", .first_ms = c, .spread_ms = (c) / 5, .gap_ms = 200},               \
    }

static SimLoad load(unsigned calls, double per_second)
{
    return (SimLoad){.model = "m", .calls = calls, .per_second = per_second, .stream_percent = 50};
}

/* ---- Order ---- */

/* Each in its turn when those before it are down, the first again when it is back. */
static void test_order(void)
{
    const SimSetup setup = {
        .vendors = THREE(100, 100, 100),
        .conf = "[model m]\ntargets = a/one;b/two\nfallbacks = c/three\n",
    };
    Sim *sim = sim_new(&setup);
    sim_vendor(sim, 0)->troubles[0] = (SimTrouble){
        .from = 20000, .until = 60000, .permille = 1000, .fault = SIM_STATUS, .status = 500};
    sim_vendor(sim, 1)->troubles[0] =
        (SimTrouble){.from = 40000, .until = 60000, .permille = 1000, .fault = SIM_REFUSED};
    SimLoad calls = load(7000, 50);
    sim_run(sim, &calls);
    g_assert_cmpuint(sim_count_failed_calls(sim), ==, 0);
    g_assert_cmpuint(sim_count(sim, 1, 0, 20000) + sim_count(sim, 2, 0, 40000), ==, 0);
    SIM_BETWEEN(sim_count_good(sim, 1, 20000, 40000), 900, 1100);
    SIM_BETWEEN(sim_count_good(sim, 2, 40000, 60000), 900, 1100);
    /* Cool-downs of 5, 10, 20 and 40 s, each a fifth more at most: the last is over by then. */
    SIM_BETWEEN(sim_count_good(sim, 0, 112000, G_MAXINT64), 1200, 1600);
    g_assert_cmpuint(sim_count(sim, 1, 112000, G_MAXINT64), ==, 0);
    sim_free(sim);
}

/* ---- Weighted ---- */

static void test_weighted(void)
{
    const SimSetup setup = {
        .vendors = THREE(100, 300, 900),
        .conf = "[model m]\nstrategy = weighted\ntargets = a/one weight=6;b/two weight=3;c/three\n",
    };
    Sim *sim = sim_new(&setup);
    SimLoad calls = load(6000, 100);
    sim_run(sim, &calls);
    /* Four standard deviations of a draw each: 38, 35, 23 calls. */
    SIM_BETWEEN(sim_count(sim, 0, 0, G_MAXINT64), 3600 - 152, 3600 + 152);
    SIM_BETWEEN(sim_count(sim, 1, 0, G_MAXINT64), 1800 - 142, 1800 + 142);
    SIM_BETWEEN(sim_count(sim, 2, 0, G_MAXINT64), 600 - 93, 600 + 93);
    g_assert_cmpuint(sim->requests->len, ==, 6000);
    sim_free(sim);
}

/* While one is out, the others share its calls by their weights. */
static void test_weighted_in_an_outage(void)
{
    const SimSetup setup = {
        .vendors = THREE(100, 100, 100),
        .conf = "[model m]\nstrategy = weighted\ntargets = a/one weight=6;b/two weight=3;c/three\n",
    };
    Sim *sim = sim_new(&setup);
    sim_vendor(sim, 0)->troubles[0] =
        (SimTrouble){.permille = 1000, .fault = SIM_STATUS, .status = 503};
    SimLoad calls = load(4000, 100);
    sim_run(sim, &calls);
    g_assert_cmpuint(sim_count_failed_calls(sim), ==, 0);
    SIM_BETWEEN(sim_count_good(sim, 1, 0, G_MAXINT64), 3000 - 110, 3000 + 110);
    SIM_BETWEEN(sim_count(sim, 0, 0, G_MAXINT64), 5, 60); /* until it was known, and probes */
    sim_free(sim);
}

/* ---- Least busy ---- */

/* Under way, or ended in this very moment, of which the fleet may not have heard. */
static unsigned busy_at_most(const Sim *sim, int vendor)
{
    unsigned busy = sim_alive(sim, vendor);
    for (guint i = sim->requests->len; i > 0 && sim->requests->len - i < 1000; i--) {
        const SimRequest *request = sim_request(sim, i - 1);
        busy += request->vendor == vendor && request->ended == sim_now(sim) &&
                !sim_request_alive(request);
    }
    return busy;
}

/* Nobody is chosen who has more under way for its weight than another. */
static void check_load(Sim *sim, SimRequest *request)
{
    static const unsigned weights[] = {1, 1, 3};
    unsigned busy = sim_alive(sim, request->vendor) - 1;
    for (int other = 0; other < 3; other++)
        g_assert_cmpuint(busy * weights[other], <=,
                         busy_at_most(sim, other) * weights[request->vendor]);
}

static void test_least_busy(void)
{
    const SimSetup setup = {
        .vendors = THREE(100, 3000, 100),
        .conf = "[model m]\nstrategy = least-busy\ntargets = a/one;b/two;c/three weight=3\n",
    };
    Sim *sim = sim_new(&setup);
    SimLoad calls = load(6000, 100);
    sim->on_request = check_load;
    sim_run(sim, &calls);
    unsigned a = sim_count(sim, 0, 0, G_MAXINT64), b = sim_count(sim, 1, 0, G_MAXINT64);
    unsigned c = sim_count(sim, 2, 0, G_MAXINT64);
    /* 0.5 s a call at a and c, 3.7 s at b, and the shares go by weight over time: 200 at b. */
    SIM_BETWEEN(b, 150, 300);
    SIM_BETWEEN(c * 100 / a, 230, 330);
    sim_free(sim);
}

/* ---- Latency ---- */

static void test_latency(void)
{
    const SimSetup setup = {
        .vendors = THREE(100, 300, 900),
        .conf = "[model m]\nstrategy = latency\ntargets = a/one;b/two;c/three\n",
    };
    Sim *sim = sim_new(&setup);
    /* At 60 s the fastest becomes the slowest. */
    sim_vendor(sim, 0)->troubles[0] =
        (SimTrouble){.from = 60000, .permille = 1000, .fault = SIM_GOOD, .slow_ms = 3000};
    SimLoad calls = load(6000, 50);
    calls.stream_percent = 100;
    sim_run(sim, &calls);
    /* Of two drawn from three: the fastest in two thirds of the pairs, the slowest in none. */
    SIM_BETWEEN(sim_count(sim, 0, 2000, 60000), 1830, 2040);
    SIM_BETWEEN(sim_count(sim, 1, 2000, 60000), 860, 1070);
    SIM_BETWEEN(sim_count(sim, 2, 2000, 60000), 0, 5);
    /* Half a minute later that is known. */
    SIM_BETWEEN(sim_count(sim, 1, 90000, G_MAXINT64), 900, 1100);
    SIM_BETWEEN(sim_count(sim, 2, 90000, G_MAXINT64), 400, 600);
    SIM_BETWEEN(sim_count(sim, 0, 90000, G_MAXINT64), 0, 15);
    g_assert_cmpuint(sim_count_failed_calls(sim), ==, 0);
    sim_free(sim);
}

/* One that was slow is looked at again when its figure is old, and one that is fast now found. */
static void test_latency_recovers(void)
{
    const SimSetup setup = {
        .vendors = THREE(400, 100, 400),
        .conf = "[model m]\nstrategy = latency\ntargets = a/one;b/two\n",
    };
    Sim *sim = sim_new(&setup);
    sim_vendor(sim, 1)->troubles[0] =
        (SimTrouble){.until = 300000, .permille = 1000, .fault = SIM_GOOD, .slow_ms = 5000};
    SimLoad calls = load(3000, 2);
    calls.stream_percent = 100;
    sim_run(sim, &calls);
    SIM_BETWEEN(sim_count(sim, 1, 10000, 300000), 0, 2);
    SIM_BETWEEN(sim_count(sim, 0, 640000, G_MAXINT64), 0, 5);
    SIM_BETWEEN(sim_count(sim, 1, 640000, G_MAXINT64), 1500, 2000);
    sim_free(sim);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/strategies/order", test_order);
    g_test_add_func("/sim/strategies/weighted", test_weighted);
    g_test_add_func("/sim/strategies/weighted-in-an-outage", test_weighted_in_an_outage);
    g_test_add_func("/sim/strategies/least-busy", test_least_busy);
    g_test_add_func("/sim/strategies/latency", test_latency);
    g_test_add_func("/sim/strategies/latency-recovers", test_latency_recovers);
    return g_test_run();
}
