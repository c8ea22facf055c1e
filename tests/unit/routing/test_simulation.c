/* SPDX-License-Identifier: Apache-2.0 */
/* Strategies at work: thousands of calls over a simulated fleet on virtual time. Calls come at
 * fixed intervals, each takes the plan's steps as a call would, and every target answers as its
 * script says. What is asserted is where the calls went. */
#include "unit/routing/planned.h"

#include "routing/chance.h"

#define TARGETS 3

/* How a target behaves. */
typedef struct Script {
    const char *name;
    int64_t first_ms, total_ms;
    int64_t down_from, down_until; /* it fails at once */
} Script;

typedef struct Flight {
    PbayTicket *ticket;
    int target;
    int64_t began, ends;
    bool fails;
} Flight;

typedef struct Sim {
    Planned *p;
    Script scripts[TARGETS];
    GArray *flights; /* Flight, those under way */
    int64_t began;
    PbayChance chance;
    /* What came of it. */
    unsigned served[TARGETS], failed[TARGETS], lost;
    unsigned most[TARGETS]; /* under way at one time */
} Sim;

static Sim *sim_new(const char *conf)
{
    Sim *sim = g_new0(Sim, 1);
    sim->p = planned_new(conf);
    sim->flights = g_array_new(FALSE, FALSE, sizeof(Flight));
    sim->began = sim->p->spec.now;
    sim->chance = (PbayChance){99};
    static const char *const names[TARGETS] = {"a/x", "b/x", "c/x"};
    for (int i = 0; i < TARGETS; i++)
        sim->scripts[i] = (Script){.name = names[i], .first_ms = 100, .total_ms = 500};
    return sim;
}

static int64_t elapsed(const Sim *sim)
{
    return sim->p->spec.now - sim->began;
}

static void land(Sim *sim, const Flight *flight)
{
    const Script *script = &sim->scripts[flight->target];
    g_autoptr(PbayFailure) failure =
        flight->fails ? pbay_failure_new(PB_ERR_UPSTREAM, "it is down") : NULL;
    const PbaySettle settle = {.now = flight->ends,
                               .failure = failure,
                               .first_ms = flight->fails ? -1 : script->first_ms,
                               .total_ms = flight->ends - flight->began,
                               .tokens = -1,
                               .sent = true};
    pbay_fleet_settle(sim->p->fleet, flight->ticket, &settle);
    (flight->fails ? sim->failed : sim->served)[flight->target]++;
}

/* Ends what is due by `until`, the earliest first. */
static void land_until(Sim *sim, int64_t until)
{
    for (;;) {
        guint due = sim->flights->len;
        for (guint i = 0; i < sim->flights->len; i++) {
            int64_t ends = g_array_index(sim->flights, Flight, i).ends;
            if (ends <= until &&
                (due == sim->flights->len || ends < g_array_index(sim->flights, Flight, due).ends))
                due = i;
        }
        if (due == sim->flights->len)
            return;
        Flight flight = g_array_index(sim->flights, Flight, due);
        g_array_remove_index_fast(sim->flights, due);
        land(sim, &flight);
    }
}

static void sim_free(Sim *sim)
{
    land_until(sim, G_MAXINT64);
    g_array_unref(sim->flights);
    planned_free(sim->p);
    g_free(sim);
}

static void note_busy(Sim *sim)
{
    unsigned busy[TARGETS] = {0};
    for (guint i = 0; i < sim->flights->len; i++)
        busy[g_array_index(sim->flights, Flight, i).target]++;
    for (int i = 0; i < TARGETS; i++)
        sim->most[i] = MAX(sim->most[i], busy[i]);
}

/* Asks one target; false: it failed at once. */
static bool ask(Sim *sim, const PbayStep *step)
{
    PbayTaken taken = {0};
    const PbayTake take = {.provider = step->target->provider,
                           .target = step->target->name,
                           .limits = step->target->limits,
                           .provider_limits = step->target->provider_limits,
                           .force = step->forced,
                           .now = sim->p->spec.now};
    int target = step->target->name[0] - 'a';
    const Script *script = &sim->scripts[target];
    pbay_fleet_take(sim->p->fleet, &take, &taken);
    if (taken.ticket == NULL)
        return false;
    bool fails = elapsed(sim) >= script->down_from && elapsed(sim) < script->down_until;
    Flight flight = {.ticket = taken.ticket,
                     .target = target,
                     .began = sim->p->spec.now,
                     .ends = sim->p->spec.now + (fails ? 0 : script->total_ms),
                     .fails = fails};
    if (fails)
        land(sim, &flight);
    else
        g_array_append_val(sim->flights, flight);
    return !fails;
}

/* One call: the plan's steps until one answers. */
static void call(Sim *sim, const char *name)
{
    sim->p->spec.seed = pbay_chance_next(&sim->chance);
    g_autoptr(PbayPlan) plan = plan_of(sim->p, name);
    for (guint i = 0; i < plan->steps->len; i++)
        if (!step_of(plan, i)->out && ask(sim, step_of(plan, i))) {
            note_busy(sim);
            return;
        }
    sim->lost++;
}

static void run(Sim *sim, const char *name, unsigned calls, int64_t every)
{
    for (unsigned i = 0; i < calls; i++) {
        sim->p->spec.now += every;
        land_until(sim, sim->p->spec.now);
        call(sim, name);
    }
}

static void assert_near(unsigned value, unsigned low, unsigned high)
{
    if (value < low || value > high)
        g_error("%u is not between %u and %u", value, low, high);
}

static void test_weighted(void)
{
    Sim *sim = sim_new("[model m]\nstrategy = weighted\ntargets = a/x weight=6;b/x weight=3;c/x\n");
    run(sim, "m", 5000, 20);
    land_until(sim, G_MAXINT64);
    assert_near(sim->served[0], 2850, 3150);
    assert_near(sim->served[1], 1350, 1650);
    assert_near(sim->served[2], 400, 600);
    g_assert_cmpuint(sim->lost, ==, 0);
    sim_free(sim);
}

/* A target ten times slower gets a tenth of what the others get; none has a queue of its own. */
static void test_least_busy(void)
{
    Sim *sim = sim_new("[model m]\nstrategy = least-busy\ntargets = a/x;b/x;c/x\n");
    sim->scripts[2].total_ms = 5000;
    run(sim, "m", 5000, 20);
    land_until(sim, G_MAXINT64);
    assert_near(sim->served[2], 180, 320);
    assert_near(sim->served[0], 2200, 2500);
    assert_near(sim->served[1], 2200, 2500);
    g_assert_cmpuint(sim->most[2], <=, sim->most[0] + 1);
    sim_free(sim);
}

/* Of three measured ones: pairs decide. When the fastest becomes the slowest, calls move. */
static void test_latency(void)
{
    Sim *sim = sim_new("[model m]\nstrategy = latency\ntargets = a/x;b/x;c/x\n");
    sim->scripts[0].first_ms = 50;
    sim->scripts[1].first_ms = 200;
    sim->scripts[2].first_ms = 400;
    run(sim, "m", 3000, 20);
    assert_near(sim->served[0], 1850, 2150);
    assert_near(sim->served[1], 850, 1150);
    g_assert_cmpuint(sim->served[2], <=, 40); /* measured, and then the slowest of each pair */
    g_assert_cmpuint(sim->served[2], >=, 1);
    sim->scripts[0].first_ms = 900;
    run(sim, "m", 1500, 20); /* half a minute for the average to follow */
    unsigned before = sim->served[0];
    run(sim, "m", 3000, 20);
    g_assert_cmpuint(sim->served[0] - before, <=, 40);
    sim_free(sim);
}

/* The slowest is looked at again when its figure is old, so that one that recovered is found. */
static void test_latency_is_measured_anew(void)
{
    Sim *sim = sim_new("[model m]\nstrategy = latency\ntargets = a/x;b/x\n");
    sim->scripts[1].first_ms = 5000;
    run(sim, "m", 200, 1000);
    g_assert_cmpuint(sim->served[1], ==, 1);
    sim->scripts[1].first_ms = 10;
    run(sim, "m", 1500, 1000);
    g_assert_cmpuint(sim->served[1], >=, 1000);
    sim_free(sim);
}

/* Nothing is lost in an outage of the first; while its breaker is open it is left alone but for a
 * probe now and then, and afterwards it is the first again. */
static void test_order_in_an_outage(void)
{
    Sim *sim = sim_new("[model m]\ntargets = a/x;b/x\nfallbacks = c/x\n");
    sim->scripts[0].down_from = 10001;
    sim->scripts[0].down_until = 70001;
    run(sim, "m", 500, 20); /* until 10 s */
    g_assert_cmpuint(sim->failed[0] + sim->served[1], ==, 0);
    run(sim, "m", 3000, 20); /* until 70 s */
    /* Half a second of calls that are under way, fifteen in a row for that traffic, a few
     * probes. */
    assert_near(sim->failed[0], 5, 60);
    g_assert_cmpuint(sim->served[1], >=, 2900);
    run(sim, "m", 6000, 20); /* until 190 s: the longest cool-down by then is over */
    unsigned before = sim->served[1];
    run(sim, "m", 500, 20);
    g_assert_cmpuint(sim->served[1] - before, <=, 26); /* those that were under way */
    g_assert_cmpuint(sim->lost, ==, 0);
    g_assert_cmpuint(sim->served[2], ==, 0);
    sim_free(sim);
}

/* All are down: calls are lost, but every one of them is tried somewhere, once. */
static void test_everything_down(void)
{
    Sim *sim = sim_new("[model m]\ntargets = a/x;b/x\nfallbacks = c/x\n");
    for (int i = 0; i < TARGETS; i++)
        sim->scripts[i].down_until = G_MAXINT64;
    run(sim, "m", 1000, 20);
    g_assert_cmpuint(sim->lost, ==, 1000);
    unsigned tried = sim->failed[0] + sim->failed[1] + sim->failed[2];
    assert_near(tried, 1000, 1040);
    for (int i = 0; i < TARGETS; i++)
        sim->scripts[i].down_until = 0;
    unsigned lost = sim->lost;
    run(sim, "m", 1000, 20); /* the first that answers is used at once */
    g_assert_cmpuint(sim->lost - lost, <=, 1);
    sim_free(sim);
}

/* Over its limit the first is passed over, and what it may have it gets. */
static void test_limits(void)
{
    Sim *sim = sim_new("[model m]\ntargets = a/x;b/x\n[limits a]\nrpm = 60\n"
                       "[limits b/x]\nparallel = 10\n");
    run(sim, "m", 6000, 50); /* five minutes, 20 a second */
    land_until(sim, G_MAXINT64);
    assert_near(sim->served[0], 240, 300);
    g_assert_cmpuint(sim->most[1], <=, 10);
    g_assert_cmpuint(sim->served[0] + sim->served[1] + sim->lost, ==, 6000);
    sim_free(sim);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/simulation/weighted", test_weighted);
    g_test_add_func("/routing/simulation/least_busy", test_least_busy);
    g_test_add_func("/routing/simulation/latency", test_latency);
    g_test_add_func("/routing/simulation/latency_is_measured_anew", test_latency_is_measured_anew);
    g_test_add_func("/routing/simulation/order_in_an_outage", test_order_in_an_outage);
    g_test_add_func("/routing/simulation/everything_down", test_everything_down);
    g_test_add_func("/routing/simulation/limits", test_limits);
    return g_test_run();
}
