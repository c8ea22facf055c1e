/* SPDX-License-Identifier: Apache-2.0 */
/* Random configurations, requests and histories: a plan names no target twice for one cause, and
 * what explain says is what happens when the same call is made and everybody fails. Tokens and
 * money are the judge's (judge.c), for every call. */
#include "sim/sim.h"

#include "base/str.h"
#include "json/reader.h"

#include <string.h>

#define WORLDS 80
#define MODELS 5
#define PAIRS  12

static const char *const targets[] = {"a/one", "a/two", "b/one", "b/two", "c/one", "d/one"};

static int below(GRand *chance, int n)
{
    return g_rand_int_range(chance, 0, n);
}

/* ---- A configuration ---- */

static void write_limits(GString *conf, GRand *chance)
{
    for (size_t i = 0; i < G_N_ELEMENTS(targets); i++) {
        g_autoptr(GString) limits = g_string_new(NULL);
        if (below(chance, 3) == 0)
            g_string_append_printf(limits, "rpm = %d\n", 2 + below(chance, 40));
        if (below(chance, 2) == 0)
            g_string_append_printf(limits, "context = %d\n", 50 + below(chance, 700));
        if (below(chance, 4) == 0)
            g_string_append_printf(limits, "tpm = %d\n", 500 + below(chance, 20000));
        if (limits->len != 0)
            g_string_append_printf(conf, "[limits %s]\n%s", targets[i], limits->str);
    }
}

/* A model behind this one, or a target. */
static const char *route(GRand *chance, int model)
{
    static const char *const models[MODELS] = {"m0", "m1", "m2", "m3", "m4"};
    int behind = MODELS - 1 - model;
    if (behind > 0 && below(chance, 2) == 0)
        return models[model + 1 + below(chance, behind)];
    return targets[below(chance, G_N_ELEMENTS(targets))];
}

static void write_routes(GString *conf, GRand *chance, const char *key, int model)
{
    int n = below(chance, 4);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (int i = 0; i < n; i++) {
        const char *to = route(chance, model);
        if (!g_hash_table_add(seen, (gpointer)to))
            continue;
        g_string_append_printf(conf, "%s%s", g_hash_table_size(seen) == 1 ? key : ";", to);
    }
    g_string_append(conf, n > 0 ? "\n" : "");
}

static void write_targets(GString *conf, GRand *chance, bool weights)
{
    int n = 1 + below(chance, G_N_ELEMENTS(targets));
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (int i = 0; i < n; i++) {
        const char *target = targets[below(chance, G_N_ELEMENTS(targets))];
        if (!g_hash_table_add(seen, (gpointer)target))
            continue;
        g_string_append_printf(conf, "%s%s", g_hash_table_size(seen) == 1 ? "targets = " : ";",
                               target);
        if (weights)
            g_string_append_printf(conf, " weight=%d",
                                   g_hash_table_size(seen) == 1 ? 2 : below(chance, 4));
    }
    g_string_append_c(conf, '\n');
}

static void write_model(GString *conf, GRand *chance, int model)
{
    static const char *const strategies[] = {"order",
                                             "weighted",
                                             "least-busy",
                                             "latency",
                                             "cost",
                                             "budget\nmax-cost = 0.001",
                                             "budget\nmax-cost = 0.001\nover-budget = refuse"};
    static const char *const prefer[] = {"cheap", "balanced", "expensive"};
    g_string_append_printf(conf, "[model m%d]\n", model);
    int strategy = below(chance, G_N_ELEMENTS(strategies) + 1);
    if (strategy == G_N_ELEMENTS(strategies)) {
        g_string_append_printf(conf, "strategy = rules\nrule.1 = chars < 200 -> %s\n",
                               route(chance, model));
        g_string_append_printf(conf, "rule.2 = team == red -> %s\ndefault = %s\n",
                               route(chance, model), route(chance, model));
    } else {
        write_targets(conf, chance, strategy == 1 || strategy == 2);
        g_string_append_printf(conf, "strategy = %s\n", strategies[strategy]);
    }
    if (strategy == 5 || strategy == 6)
        g_string_append_printf(conf, "prefer = %s\n", prefer[below(chance, 3)]);
    write_routes(conf, chance, "fallbacks = ", model);
    write_routes(conf, chance, "context-window-fallbacks = ", model);
    write_routes(conf, chance, "content-policy-fallbacks = ", model);
}

static char *write_conf(GRand *chance)
{
    GString *conf = g_string_new("[defaults]\nretries = 0\nattempts = 60\n");
    write_limits(conf, chance);
    for (int model = 0; model < MODELS; model++)
        write_model(conf, chance, model);
    return g_string_free(conf, FALSE);
}

static SimVendor random_vendor(const char *name, GRand *chance)
{
    SimVendor vendor = {.name = name,
                        .first_ms = 10 + below(chance, 500),
                        .spread_ms = 200,
                        .gap_ms = 20,
                        .priced = below(chance, 5) != 0,
                        .usage = below(chance, 6) == 0 ? SIM_USAGE_NONE : SIM_USAGE_CLASSES,
                        .price = {.input = below(chance, 3000) * 1000,
                                  .cached = below(chance, 3000),
                                  .write = below(chance, 3000) * 1000,
                                  .output = below(chance, 9000) * 1000,
                                  .reasoning = below(chance, 9000) * 1000,
                                  .request = below(chance, 100000),
                                  .above = below(chance, 2) * 1500,
                                  .above_input = 7000001}};
    static const SimTrouble kinds[] = {{.fault = SIM_STATUS, .status = 503},
                                       {.fault = SIM_STATUS, .status = 401, .key = '1'},
                                       {.fault = SIM_STATUS, .status = 402},
                                       {.fault = SIM_FRAME_LATE},
                                       {.fault = SIM_STATUS, .status = 429, .hint_ms = 400000},
                                       {.fault = SIM_STATUS, .status = 500, .hint_ms = 200000}};
    vendor.troubles[0] = kinds[below(chance, G_N_ELEMENTS(kinds))];
    vendor.troubles[0].permille = below(chance, 700);
    return vendor;
}

static Sim *new_world(uint32_t seed)
{
    GRand *chance = g_rand_new_with_seed(seed);
    g_autofree char *conf = write_conf(chance);
    SimSetup setup = {.conf = conf, .seed = seed, .keys = 1 + below(chance, 2), .attempts = 60};
    for (size_t i = 0; i < G_N_ELEMENTS(targets); i++)
        setup.vendors[i] = random_vendor(targets[i], chance);
    g_rand_free(chance);
    Sim *sim = sim_new(&setup);
    sim->setup.conf = NULL;
    sim->keep_reports = true;
    return sim;
}

/* ---- A request ---- */

typedef struct Request {
    const char *model;
    char *content, *more;
} Request;

static char *write_request(SimCall *call, void *user)
{
    const Request *request = user;
    return sim_ask(call, request->content, request->more);
}

static Request random_request(Sim *sim)
{
    static const char *const own[] = {"",
                                      "",
                                      ",\"max_cost\":\"0.0005\"",
                                      ",\"prefer\":\"expensive\"",
                                      ",\"fallbacks\":[\"m3\",\"d/one\",\"m0\"]",
                                      ",\"max_cost\":\"0.002\",\"fallbacks\":[\"c/one\",\"m1\"]"};
    static const char *const models[] = {"m0", "m1", "m2", "m3", "m4", "b/one"};
    GRand *chance = sim->chance;
    Request request = {.model = models[below(chance, G_N_ELEMENTS(models))]};
    request.content = g_strnfill((gsize)(1 + below(chance, 2000)), 'x');
    request.more = g_strdup_printf(
        ",\"max_tokens\":%d,\"patchbay\":{\"labels\":{\"team\":\"%s\"}%s}", 1 + below(chance, 300),
        below(chance, 2) ? "red" : "blue", own[below(chance, G_N_ELEMENTS(own))]);
    return request;
}

static void clear_request(Request *request)
{
    g_free(request->content);
    g_free(request->more);
}

/* ---- What is told before, and what happens ---- */

typedef struct Told {
    GString *asked; /* "a/one b/two " in order, of choice and fallbacks */
    GString *rests; /* of those left out for what passes */
    unsigned steps;
} Told;

/* Reads the plan of an explanation, and checks that no target stands in it twice for one cause. */
static Told read_plan(const SimCall *call)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const pb_json *root = pbay_json_parse(arena, pbay_str(call->answer), NULL, 0, NULL);
    const pb_json *plan = pbay_json_get(root, PBAY_STR("plan"));
    const pb_json *steps = pbay_json_get(plan, PBAY_STR("steps"));
    Told told = {.asked = g_string_new(NULL), .rests = g_string_new(NULL)};
    for (const pb_json *step = pbay_json_first(steps, NULL); step != NULL;
         step = pbay_json_next(step, NULL)) {
        pb_str target = pbay_json_str(pbay_json_get(step, PBAY_STR("target")));
        pb_str cause = pbay_json_str(pbay_json_get(step, PBAY_STR("cause")));
        bool tried = pbay_str_is(cause, "choice") || pbay_str_is(cause, "fallback");
        bool in = pbay_json_bool(pbay_json_get(step, PBAY_STR("in")), 0) != 0;
        char *once = g_strdup_printf("%.*s for %.*s", (int)target.len, target.ptr, (int)cause.len,
                                     cause.ptr);
        g_assert_true(g_hash_table_add(seen, once));
        if (tried)
            g_string_append_printf(in ? told.asked : told.rests, "%.*s ", (int)target.len,
                                   target.ptr);
        told.steps++;
    }
    return told;
}

static char *asked_of(const SimCall *call)
{
    GString *asked = g_string_new(NULL);
    for (unsigned i = 0; i < call->n_asked; i++) {
        const SimRequest *request = sim_request(call->sim, call->asked[i]);
        g_string_append_printf(asked, "%s ", sim_vendor(call->sim, request->vendor)->name);
    }
    return g_string_free(asked, FALSE);
}

typedef struct Totals {
    unsigned pairs, refused, steps, asked, resting;
} Totals;

/* The same seed and state: explain, then the call itself. No time passes in either. */
static void check_pair(Sim *sim, Totals *totals)
{
    Request request = random_request(sim);
    SimLoad load = {.model = request.model, .write = write_request, .user = &request};
    uint64_t seed = g_rand_int(sim->chance) | 1;
    int64_t now = sim_now(sim);
    load.dry_run = true;
    SimCall *told_call = sim_call(sim, &load, seed);
    load.dry_run = false;
    SimCall *call = sim_call(sim, &load, seed);
    g_autofree char *asked = asked_of(call);
    g_assert_cmpint(sim_now(sim), ==, now);
    g_assert_cmpint(call->cls, !=, 0);
    totals->pairs++;
    if (told_call->cls != 0) {
        g_assert_cmpint(told_call->cls, ==, call->cls);
        g_assert_cmpstr(told_call->message, ==, call->message);
        g_assert_cmpstr(asked, ==, "");
        totals->refused++;
    } else {
        Told told = read_plan(told_call);
        if (strcmp(told.asked->str, asked) != 0)
            g_error("told: %s; asked: %s: %s\n%s\n%s", told.asked->str, asked, call->message,
                    told_call->answer, call->report);
        totals->steps += told.steps;
        totals->asked += call->n_asked;
        totals->resting += told.rests->len != 0;
        g_string_free(told.asked, TRUE);
        g_string_free(told.rests, TRUE);
    }
    clear_request(&request);
}

/* Calls that leave the fleet with breakers, rests, latencies and used limits behind. */
static void make_history(Sim *sim)
{
    for (int i = 0; i < 6; i++) {
        Request request = random_request(sim);
        sim_run(sim, &(SimLoad){.model = request.model,
                                .calls = 15,
                                .per_second = 5,
                                .stream_percent = 50,
                                .write = write_request,
                                .user = &request});
        clear_request(&request);
    }
}

static void all_fail_at_once(Sim *sim, SimTrouble trouble)
{
    for (unsigned i = 0; i < sim->n_vendors; i++) {
        SimVendor *vendor = sim_vendor(sim, (int)i);
        vendor->first_ms = vendor->spread_ms = vendor->gap_ms = 0;
        vendor->troubles[0] = trouble;
        vendor->troubles[0].permille = 1000;
    }
}

static void test_explain_is_what_happens(void)
{
    Totals totals = {0};
    for (uint32_t world = 1; world <= WORLDS; world++) {
        Sim *sim = new_world(world);
        make_history(sim);
        all_fail_at_once(sim, (SimTrouble){.fault = SIM_STATUS, .status = 501});
        for (int pair = 0; pair < PAIRS; pair++) {
            check_pair(sim, &totals);
            /* The budget of retries is free again. */
            sim_run_until(sim, sim_now(sim) + 62000);
        }
        sim_free(sim);
    }
    g_test_message("%u pairs, %u refused; %u steps, %u asked, %u plans with some left out",
                   totals.pairs, totals.refused, totals.steps, totals.asked, totals.resting);
    g_assert_cmpuint(totals.refused, >=, 10);
    g_assert_cmpuint(totals.asked, >=, totals.pairs);
    g_assert_cmpuint(totals.resting, >=, 100);
}

/* What made each request after the first: a member of its attempt in the report. */
static void check_causes(const SimCall *call, const char *cause, unsigned *followed)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const pb_json *root = pbay_json_parse(arena, pbay_str(call->report), NULL, 0, NULL);
    const pb_json *attempts = pbay_json_get(root, PBAY_STR("attempts"));
    for (size_t i = 0; i < pbay_json_len(attempts); i++) {
        const pb_json *attempt = pbay_json_at(attempts, i, NULL);
        pb_str target = pbay_json_str(pbay_json_get(attempt, PBAY_STR("target")));
        pb_str why = pbay_json_str(pbay_json_get(attempt, PBAY_STR("cause")));
        g_assert_true(g_hash_table_add(seen, g_strdup_printf("%.*s for %.*s", (int)target.len,
                                                             target.ptr, (int)why.len, why.ptr)));
        if (i == 0)
            continue;
        g_assert_true(pbay_str_is(why, cause));
        (*followed)++;
    }
}

/* Refused content goes to what is configured for it alone, and nobody is asked twice. */
static void test_refused_content(void)
{
    unsigned followed = 0;
    for (uint32_t world = 1; world <= WORLDS; world++) {
        Sim *sim = new_world(world);
        make_history(sim);
        all_fail_at_once(sim, (SimTrouble){.fault = SIM_POLICY});
        for (int i = 0; i < PAIRS; i++) {
            Request request = random_request(sim);
            const SimLoad load = {.model = request.model, .write = write_request, .user = &request};
            SimCall *call = sim_call(sim, &load, g_rand_int(sim->chance) | 1);
            check_causes(call, "content-policy-fallback", &followed);
            if (call->n_asked > 0)
                g_assert_cmpint(call->cls, ==, PB_ERR_CONTENT_POLICY);
            clear_request(&request);
            sim_run_until(sim, sim_now(sim) + 62000);
        }
        sim_free(sim);
    }
    g_test_message("%u followed", followed);
    g_assert_cmpuint(followed, >=, 100);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/properties/explain-is-what-happens", test_explain_is_what_happens);
    g_test_add_func("/sim/properties/refused-content", test_refused_content);
    return g_test_run();
}
