/* SPDX-License-Identifier: Apache-2.0 */
/* Ten thousand calls, streamed and not, over three targets of which each fails three requests in
 * ten in every way there is. What holds of every call is the judge's; here is what holds of all. */
#include "sim/sim.h"

/* Of all kinds, each share of what those before it left over: three in ten together. */
#define TROUBLES                                                                                   \
    {                                                                                              \
        {.permille = 30, .fault = SIM_STATUS, .status = 429, .hint_ms = 1500},                     \
            {.permille = 52, .fault = SIM_STATUS, .status = 503},                                  \
            {.permille = 33, .fault = SIM_REFUSED}, {.permille = 34, .fault = SIM_STALL},          \
            {.permille = 35, .fault = SIM_FRAME}, {.permille = 36, .fault = SIM_MALFORMED},        \
            {.permille = 38, .fault = SIM_CUT_LATE}, {.permille = 40, .fault = SIM_FRAME_LATE},    \
    }

static SimVendor vendor(const char *name, int64_t first_ms)
{
    return (SimVendor){
        .name = name,
        .first_ms = first_ms,
        .spread_ms = first_ms,
        .gap_ms = 300,
        .pieces = 8,
        .priced = name[0] != 'c',
        .price = {2500000, 1250000, 3000000, 10000000, 12000000, 1000, 1500, 5000000},
        .troubles = TROUBLES};
}

static Sim *new_storm(uint32_t seed)
{
    const SimSetup setup = {
        .vendors = {vendor("a/one", 300), vendor("b/two", 500), vendor("c/three", 900)},
        .conf = "[model m]\ntargets = a/one;b/two;c/three\n"
                "strategy = weighted\ntimeout-first-token = 4s\n"
                "timeout-attempt = 8s\n",
        .seed = seed,
        .keys = 2};
    return sim_new(&setup);
}

/* A stream that stalls is left when its first token should have come, and the call goes on at once
 * or after the longest backoff. */
static void check_stalls(const Sim *sim)
{
    int64_t least = G_MAXINT64;
    for (guint i = 0; i < sim->calls->len; i++) {
        const SimCall *call = sim_call_at(sim, i);
        for (unsigned k = 0; k + 1 < call->n_asked; k++) {
            const SimRequest *stalled = sim_request(sim, call->asked[k]);
            if (stalled->fault != SIM_STALL || !stalled->stream)
                continue;
            int64_t gap = sim_request(sim, call->asked[k + 1])->at - stalled->at;
            SIM_BETWEEN(gap, 4000, 12000);
            least = MIN(least, gap);
        }
    }
    g_assert_cmpint(least, ==, 4000);
}

static void test_storm(void)
{
    Sim *sim = new_storm(1);
    sim_add(sim, &(SimLoad){.model = "m", .calls = 6000, .per_second = 60, .stream_percent = 50});
    sim_add(sim, &(SimLoad){.model = "m",
                            .calls = 4000,
                            .per_second = 40,
                            .stream_percent = 50,
                            .timeout_ms = 7000});
    sim_finish(sim);
    unsigned heard = 0, early = 0, late = 0;
    for (guint i = 0; i < sim->calls->len; i++) {
        const SimCall *call = sim_call_at(sim, i);
        heard += call->cls != 0 && call->first_at >= 0;
        early += call->cls != 0 && call->first_at < 0 && call->deadline_ms == 0;
        late += call->cls != 0 && call->first_at < 0 && call->deadline_ms != 0;
    }
    unsigned good = sim_count_good(sim, -1, 0, G_MAXINT64);
    g_test_message("%u requests, %u calls at a time, failed: %u heard, %u early, %u late",
                   sim->requests->len, sim->most_under_way, heard, early, late);
    g_assert_cmpuint(sim->most_under_way, >=, 300);
    /* Of the requests three in ten fail; of the calls those that had been heard, that had no time
     * left, and hardly any else. */
    SIM_BETWEEN(good * 100 / sim->requests->len, 65, 76);
    SIM_BETWEEN(heard, 350, 600);
    g_assert_cmpuint(early, <=, 6000 / 100);
    g_assert_cmpuint(late, <=, 4000 * 11 / 100);
    check_stalls(sim);
    sim_free(sim);
}

static void test_same_history(void)
{
    uint64_t digests[3];
    for (uint32_t i = 0; i < 3; i++) {
        Sim *sim = new_storm(i < 2 ? 5 : 6);
        sim_run(sim,
                &(SimLoad){.model = "m", .calls = 500, .per_second = 60, .stream_percent = 50});
        digests[i] = sim_digest(sim);
        sim_free(sim);
    }
    g_assert_cmpuint(digests[0], ==, digests[1]);
    g_assert_cmpuint(digests[0], !=, digests[2]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/storm", test_storm);
    g_test_add_func("/sim/storm/same-history", test_same_history);
    return g_test_run();
}
