/* SPDX-License-Identifier: Apache-2.0 */
/* Strategies that go by money: each call is asked of whom an oracle of its own says, from the
 * prices and the estimate of the request. */
#include "sim/sim.h"

#include <string.h>

/* Which is the cheapest depends on how much is read and how much written; of d nothing is known. */
#define PRICED(n, r, w)                                                                            \
    {                                                                                              \
        .name = n, .first_ms = 100, .priced = true, .usage = SIM_USAGE_FIXED, .in = 10, .out = 10, \
        .price = {                                                                                 \
            .input = r,                                                                            \
            .cached = r,                                                                           \
            .write = r,                                                                            \
            .output = w,                                                                           \
            .reasoning = w                                                                         \
        }                                                                                          \
    }
#define VENDORS                                                                                    \
    {                                                                                              \
        PRICED("a/reads", 100000, 9000000), PRICED("b/even", 2500000, 2500000),                    \
            PRICED("c/writes", 5000000, 200000), {.name = "d/unknown", .first_ms = 100},           \
    }
#define TARGETS "targets = d/unknown;a/reads;b/even;c/writes\n"

typedef enum Prefer { CHEAP, BALANCED, EXPENSIVE } Prefer;

typedef struct Wish {
    const char *member; /* of the request's own: ,"max_cost":"0.001" ...; or "" */
    int64_t max_pico;   /* -1: none */
    Prefer prefer;
    bool refuse;
    unsigned refused, over, went[4];
} Wish;

static int64_t estimate(Sim *sim, int vendor, int64_t in, int64_t out)
{
    const SimPrice *price = &sim_vendor(sim, vendor)->price;
    return in * price->input + out * price->output;
}

/* The three priced ones, the cheapest first. */
static void sort_by_cost(Sim *sim, int64_t in, int64_t out, int sorted[3])
{
    for (int i = 0; i < 3; i++) {
        int k = i;
        for (; k > 0 && estimate(sim, sorted[k - 1], in, out) > estimate(sim, i, in, out); k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = i;
    }
}

/* The vendor that is to be asked; -1: refused. *over: nothing fits. */
static int choose(Sim *sim, const Wish *wish, int64_t in, int64_t out, bool *over)
{
    int sorted[3];
    int fit = 0;
    sort_by_cost(sim, in, out, sorted);
    while (fit < 3 && (wish->max_pico < 0 || estimate(sim, sorted[fit], in, out) <= wish->max_pico))
        fit++;
    *over = fit == 0;
    if (fit == 0)
        return wish->refuse ? -1 : sorted[0];
    return sorted[wish->prefer == CHEAP ? 0 : wish->prefer == EXPENSIVE ? fit - 1 : (fit - 1) / 2];
}

static char *write_request(SimCall *call, void *user)
{
    Wish *wish = user;
    Sim *sim = call->sim;
    int64_t bytes = 1 + (int64_t)(sim_chance(sim) * 4000);
    int64_t out = 1 + (int64_t)(sim_chance(sim) * 1000);
    bool over = false;
    g_autofree char *content = g_strnfill((gsize)bytes, 'x');
    g_autofree char *more =
        g_strdup_printf(",\"max_tokens\":%" G_GINT64_FORMAT "%s", out, wish->member);
    call->tag = choose(sim, wish, (bytes + 3) / 4 + 4, out, &over);
    wish->over += over;
    return sim_ask(call, content, more);
}

static void check(Sim *sim, SimCall *call)
{
    Wish *wish = sim->user;
    if (call->tag < 0) {
        g_assert_cmpint(call->cls, ==, PB_ERR_INVALID);
        g_assert_nonnull(strstr(call->message, "budget"));
        g_assert_cmpuint(call->n_asked, ==, 0);
        wish->refused++;
        return;
    }
    g_assert_cmpint(call->cls, ==, 0);
    g_assert_cmpuint(call->n_asked, ==, 1);
    g_assert_cmpint(call->served, ==, call->tag);
    wish->went[call->served]++;
}

/* What nothing fits is always noted. */
static void check_notes(Sim *sim, const Wish *wish)
{
    unsigned noted = 0;
    for (guint i = 0; i < sim->calls->len; i++) {
        const SimCall *call = sim_call_at(sim, i);
        noted += strstr(call->report, "\"choice_notes\":[") != NULL &&
                 strstr(call->report, "to fit the budget") != NULL;
    }
    g_assert_cmpuint(noted, ==, wish->refuse ? 0 : wish->over);
}

static void run(const char *model, Wish wish, unsigned calls)
{
    g_autofree char *conf = g_strconcat("[model m]\n" TARGETS, model, "\n", NULL);
    const SimSetup setup = {.vendors = VENDORS, .conf = conf};
    Sim *sim = sim_new(&setup);
    sim->on_done = check;
    sim->keep_reports = true;
    sim->user = &wish;
    sim_run(sim, &(SimLoad){.model = "m",
                            .calls = calls,
                            .per_second = 100,
                            .stream_percent = 50,
                            .write = write_request,
                            .user = &wish});
    check_notes(sim, &wish);
    g_test_message("%s%s: %u %u %u, over %u, refused %u", model, wish.member, wish.went[0],
                   wish.went[1], wish.went[2], wish.over, wish.refused);
    /* Every branch was taken. */
    if (wish.max_pico >= 0)
        g_assert_cmpuint(wish.over, >=, calls / 20);
    g_assert_cmpuint(wish.refused, ==, wish.refuse ? wish.over : 0);
    g_assert_cmpuint(wish.went[0], >=, calls / 20);
    g_assert_cmpuint(wish.went[2], >=, calls / 20);
    sim_free(sim);
}

static void test_cost(void)
{
    run("strategy = cost", (Wish){.member = "", .max_pico = -1, .prefer = CHEAP}, 1000);
}

static void test_budget(void)
{
    static const char *const names[] = {"cheap", "balanced", "expensive"};
    for (Prefer prefer = CHEAP; prefer <= EXPENSIVE; prefer++) {
        g_autofree char *model =
            g_strdup_printf("strategy = budget\nmax-cost = 0.002\nprefer = %s", names[prefer]);
        run(model, (Wish){.member = "", .max_pico = 2000000000, .prefer = prefer}, 1000);
        g_autofree char *refuse = g_strconcat(model, "\nover-budget = refuse", NULL);
        run(refuse, (Wish){.member = "", .max_pico = 2000000000, .prefer = prefer, .refuse = true},
            500);
    }
}

/* The request's word over the model's, whatever its strategy. */
static void test_budget_of_the_request(void)
{
    static const char member[] = ",\"patchbay\":{\"max_cost\":\"0.002\",\"prefer\":\"expensive\"}";
    run("strategy = order", (Wish){.member = member, .max_pico = 2000000000, .prefer = EXPENSIVE},
        500);
    run("strategy = budget\nmax-cost = 5\nprefer = cheap\nover-budget = refuse",
        (Wish){.member = member, .max_pico = 2000000000, .prefer = EXPENSIVE, .refuse = true}, 500);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/money/cost", test_cost);
    g_test_add_func("/sim/money/budget", test_budget);
    g_test_add_func("/sim/money/budget-of-the-request", test_budget_of_the_request);
    return g_test_run();
}
