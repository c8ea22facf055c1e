/* SPDX-License-Identifier: Apache-2.0 */
/* No storm of retries: whatever fails, no provider gets more extra requests than a fifth of the
 * first ones and the few free ones, in any minute that ends with an extra one. And retries that
 * may be made are made. */
#include "sim/sim.h"

#include "routing/retry_budget.h"

#define MINUTE 60000

/* Extra and first requests of one provider within the minute up to and with this one. */
static void count_minute(const Sim *sim, const SimRequest *last, unsigned *first, unsigned *extra)
{
    char provider = sim_vendor((Sim *)sim, last->vendor)->name[0];
    *first = *extra = 0;
    for (size_t i = last->n + 1; i > 0; i--) {
        const SimRequest *request = sim_request(sim, i - 1);
        if (request->at <= last->at - MINUTE)
            return;
        if (sim_vendor((Sim *)sim, request->vendor)->name[0] == provider)
            *(request->again ? extra : first) += 1;
    }
}

/* Gives how many extra ones there were in all. */
static unsigned check_storm(const Sim *sim)
{
    unsigned all = 0;
    for (guint i = 0; i < sim->requests->len; i++) {
        const SimRequest *request = sim_request(sim, i);
        unsigned first = 0, extra = 0;
        if (!request->again)
            continue;
        count_minute(sim, request, &first, &extra);
        g_assert_cmpuint(extra, <=, PBAY_RETRY_FREE + first * PBAY_RETRY_PERCENT / 100);
        all++;
    }
    return all;
}

static SimSetup setup_of(SimTrouble trouble)
{
    trouble.permille = 1000;
    return (SimSetup){
        .vendors = {{.name = "a/one", .first_ms = 50, .spread_ms = 200, .troubles = {trouble}},
                    {.name = "a/more", .first_ms = 50, .spread_ms = 200, .troubles = {trouble}},
                    {.name = "b/two", .first_ms = 50, .spread_ms = 200, .troubles = {trouble}}},
        .conf = "[model m]\ntargets = a/one;b/two;a/more\nretries = 9\nattempts = 30\n",
        .attempts = 30};
}

static Sim *run(const SimSetup *setup, unsigned calls, double per_second)
{
    Sim *sim = sim_new(setup);
    sim_run(sim, &(SimLoad){
                     .model = "m", .calls = calls, .per_second = per_second, .stream_percent = 50});
    return sim;
}

/* Everything is down, with every kind of failure that may be tried again. The first requests are
 * the calls: nobody is refused for lack of somebody to ask. */
static void test_total_outage(void)
{
    static const SimTrouble kinds[] = {
        {.fault = SIM_STATUS, .status = 503},
        {.fault = SIM_STATUS, .status = 500, .hint_ms = 200},
        {.fault = SIM_STATUS, .status = 409}, /* passes, and is no fault of the target's */
        {.fault = SIM_STATUS, .status = 429, .hint_ms = 300},
        {.fault = SIM_REFUSED},
        {.fault = SIM_FRAME},
        {.fault = SIM_CUT},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const SimSetup setup = setup_of(kinds[i]);
        Sim *sim = run(&setup, 2000, 10);
        unsigned extra = check_storm(sim);
        g_test_message("fault %d, status %d: %u requests, %u of them extra", (int)kinds[i].fault,
                       kinds[i].status, sim->requests->len, extra);
        g_assert_cmpuint(sim_count_failed_calls(sim), ==, 2000);
        g_assert_cmpuint(extra, >=, 20);
        g_assert_cmpuint(sim->requests->len - extra, >=, 1900);
        sim_free(sim);
    }
}

/* The bound is reached, not just kept: the budget is used up where calls would use more. */
static void test_bound_is_reached(void)
{
    SimSetup setup = setup_of((SimTrouble){.fault = SIM_STATUS, .status = 409});
    setup.conf = "[model m]\ntargets = a/one\nretries = 9\nattempts = 30\n";
    Sim *sim = run(&setup, 3000, 20);
    SIM_BETWEEN(check_storm(sim), 450, 3000 * 20 / 100 + 40);
    sim_free(sim);
}

/* One in ten fails once: the retries fit in the budget, and every call is served. */
static void test_retries_help(void)
{
    SimSetup setup = setup_of((SimTrouble){.fault = SIM_STATUS, .status = 409});
    setup.conf = "[model m]\ntargets = a/one\nretries = 9\nattempts = 30\n";
    setup.vendors[0].troubles[0].permille = 100;
    Sim *sim = run(&setup, 3000, 20);
    SIM_BETWEEN(check_storm(sim), 270, 400);
    g_assert_cmpuint(sim_count_failed_calls(sim), ==, 0);
    sim_free(sim);
}

/* Retries and targets are more than a call may try in all: six times, if nothing else is said. */
static void test_attempts(void)
{
    static const char *const confs[] = {"[model m]\ntargets = a/one;b/two\nretries = 3\n",
                                        "[model m]\ntargets = a/one;b/two\nretries = 3\n"
                                        "attempts = 3\n"};
    for (unsigned i = 0; i < G_N_ELEMENTS(confs); i++) {
        SimSetup setup = setup_of((SimTrouble){.fault = SIM_STATUS, .status = 500});
        unsigned most = 0;
        setup.conf = confs[i];
        setup.attempts = i == 0 ? 6 : 3;
        Sim *sim = run(&setup, 50, 0.02);
        for (guint k = 0; k < sim->calls->len; k++)
            most = MAX(most, sim_call_at(sim, k)->n_asked);
        g_assert_cmpuint(most, ==, setup.attempts);
        sim_free(sim);
    }
}

/* Between two requests of a call to one target lies the vendor's time, or the backoff. */
static void test_waits(void)
{
    SimSetup setup = setup_of(
        (SimTrouble){.fault = SIM_STATUS, .status = 409, .permille = 1000, .hint_ms = 2000});
    setup.conf = "[model m]\ntargets = a/one\nretries = 3\n";
    for (int round = 0; round < 2; round++) {
        Sim *sim = run(&setup, 300, 1);
        int64_t least = round == 0 ? 2000 : 500, most = round == 0 ? 2200 : 8000;
        for (guint i = 0; i < sim->calls->len; i++) {
            const SimCall *call = sim_call_at(sim, i);
            for (unsigned k = 1; k < call->n_asked; k++)
                SIM_BETWEEN(sim_request(sim, call->asked[k])->at -
                                sim_request(sim, call->asked[k - 1])->ended,
                            least, most);
        }
        g_assert_cmpuint(check_storm(sim), >=, 60);
        sim_free(sim);
        setup.vendors[0].troubles[0].hint_ms = 0;
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/retries/total-outage", test_total_outage);
    g_test_add_func("/sim/retries/bound-is-reached", test_bound_is_reached);
    g_test_add_func("/sim/retries/help", test_retries_help);
    g_test_add_func("/sim/retries/attempts", test_attempts);
    g_test_add_func("/sim/retries/waits", test_waits);
    return g_test_run();
}
