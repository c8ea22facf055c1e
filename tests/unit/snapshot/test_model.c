/* SPDX-License-Identifier: Apache-2.0 */
/* [model] sections as data: settings with their built-in values, and finding them by name. */
#include "snapshot/model.h"
#include "world.h"

static const char *const fakes[] = {"good", "rich", NULL};

static const PbayModel *model_of(const World *w, const char *name)
{
    const PbayModel *model = pbay_snapshot_model(w->snapshot, name);
    g_assert_nonnull(model);
    return model;
}

static void test_built_in(void)
{
    World *w = world_new(fakes);
    world_use(w, "[model a]\ntargets = good/x;rich/y\n");
    const PbayModel *a = model_of(w, "a");
    g_assert_cmpstr(a->name, ==, "a");
    g_assert_cmpint(a->origin.line, ==, 1);
    g_assert_cmpint((int)a->strategy, ==, PBAY_STRATEGY_ORDER);
    g_assert_cmpuint(a->targets->len, ==, 2);
    g_assert_cmpstr(((PbayModelTarget *)a->targets->pdata[1])->name, ==, "rich/y");
    g_assert_cmpuint(a->rules->len + a->fallbacks->len + a->context_fallbacks->len +
                         a->policy_fallbacks->len,
                     ==, 0);
    g_assert_null(a->otherwise.model);
    g_assert_null(a->otherwise.target);
    g_assert_false(a->has_max_cost);
    g_assert_cmpint((int)a->prefer, ==, PBAY_PREFER_BALANCED);
    g_assert_cmpint((int)a->over_budget, ==, PBAY_OVER_CHEAPEST);
    g_assert_false(a->labels_from_metadata);
    g_assert_cmpint(a->resilience.retries, ==, 2);
    g_assert_cmpint(a->resilience.attempts, ==, 6);
    g_assert_false(a->resilience.hedge);
    const PbayTimeouts *t = &a->timeouts;
    g_assert_cmpint(t->connect + t->first_byte + t->first_token + t->idle + t->attempt + t->total,
                    ==, -6);
    g_assert_null(pbay_snapshot_model(w->snapshot, "b"));
    g_assert_null(pbay_snapshot_model(w->snapshot, ""));
    world_use(w, "");
    g_assert_cmpuint(pbay_snapshot_models(w->snapshot)->len, ==, 0);
    world_free(w);
}

static void test_settings(void)
{
    World *w = world_new(fakes);
    world_use(w, "[model z]\ntargets = good/x\nstrategy = budget\nmax-cost = 0.005\n"
                 "prefer = expensive\nover-budget = refuse\nretries = 0\nattempts = 3\n"
                 "hedge = yes\ntimeout-connect = 1s\ntimeout-first-byte = 2s\n"
                 "timeout-first-token = 3s\ntimeout-idle = 4s\ntimeout-attempt = 5s\n"
                 "timeout = 0\n"
                 "[model a b]\nstrategy = rules\nrule.1 = tools -> good/x\ndefault = good/y\n"
                 "labels-from = metadata\n");
    const PbayModel *z = model_of(w, "z");
    PbayMoney money = 0;
    g_assert_true(pbay_money_parse("0.005", &money));
    g_assert_cmpint((int)z->strategy, ==, PBAY_STRATEGY_BUDGET);
    g_assert_true(z->has_max_cost);
    g_assert_true(z->max_cost == money);
    g_assert_cmpint((int)z->prefer, ==, PBAY_PREFER_EXPENSIVE);
    g_assert_cmpint((int)z->over_budget, ==, PBAY_OVER_REFUSE);
    g_assert_cmpint(z->resilience.retries, ==, 0);
    g_assert_cmpint(z->resilience.attempts, ==, 3);
    g_assert_true(z->resilience.hedge);
    g_assert_cmpint(z->timeouts.connect, ==, 1000);
    g_assert_cmpint(z->timeouts.first_byte, ==, 2000);
    g_assert_cmpint(z->timeouts.first_token, ==, 3000);
    g_assert_cmpint(z->timeouts.idle, ==, 4000);
    g_assert_cmpint(z->timeouts.attempt, ==, 5000);
    g_assert_cmpint(z->timeouts.total, ==, 0);
    g_assert_true(model_of(w, "a b")->labels_from_metadata);
    /* In order of appearance, not of their names. */
    const GPtrArray *all = pbay_snapshot_models(w->snapshot);
    g_assert_cmpuint(all->len, ==, 2);
    g_assert_true(all->pdata[0] == z);
    world_free(w);
}

/* A model's own word, then [defaults], then what is built in. */
static void test_defaults(void)
{
    World *w = world_new(fakes);
    world_use(w, "[defaults]\nretries = 5\nhedge = yes\n[model a]\ntargets = good/x\n"
                 "[model b]\ntargets = good/x\nretries = 1\nattempts = 9\nhedge = no\n");
    const PbayModel *a = model_of(w, "a"), *b = model_of(w, "b");
    g_assert_cmpint(a->resilience.retries, ==, 5);
    g_assert_cmpint(a->resilience.attempts, ==, 6);
    g_assert_true(a->resilience.hedge);
    g_assert_cmpint(b->resilience.retries, ==, 1);
    g_assert_cmpint(b->resilience.attempts, ==, 9);
    g_assert_false(b->resilience.hedge);
    PbayResilience direct = pbay_snapshot_resilience(w->snapshot);
    g_assert_cmpint(direct.retries, ==, 5);
    g_assert_cmpint(direct.attempts, ==, 6);
    g_assert_true(direct.hedge);
    world_use(w, "");
    direct = pbay_snapshot_resilience(w->snapshot);
    g_assert_cmpint(direct.retries, ==, 2);
    g_assert_cmpint(direct.attempts, ==, 6);
    g_assert_false(direct.hedge);
    world_free(w);
}

static void test_strategies(void)
{
    static const char *const names[] = {"order", "weighted", "least-busy", "latency",
                                        "cost",  "budget",   "rules"};
    World *w = world_new(fakes);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *more = i == PBAY_STRATEGY_BUDGET  ? "targets = good/x\nmax-cost = 1\n"
                           : i == PBAY_STRATEGY_RULES ? "rule.1 = tools -> good/x\n"
                                                        "default = good/x\n"
                                                      : "targets = good/x\n";
        g_autofree char *conf = g_strdup_printf("[model m]\nstrategy = %s\n%s", names[i], more);
        world_use(w, conf);
        g_assert_cmpuint(model_of(w, "m")->strategy, ==, i);
        g_assert_cmpstr(pbay_strategy_name((PbayStrategy)i), ==, names[i]);
    }
    world_free(w);
}

/* A mistake in one place of the configuration brings no others with it. */
static void test_with_mistakes(void)
{
    World *w = world_new(fakes);
    g_autofree char *text =
        world_problems(w, "[model a]\ntargets = good\nstrategy = weighted\n[model b]\n"
                          "strategy = rules\nrule.1 = tools -> good/x\n[model c]\n"
                          "targets = good/x\nfallbacks = a;b;goood/x\n");
    g_assert_cmpstr(text, ==,
                    "test.conf:2: `targets` is no target: write PROVIDER/MODEL, such as "
                    "openai/gpt-4o-mini\n"
                    "test.conf:4: [model b] does not say where a request goes when no rule "
                    "applies\n  write default = PROVIDER/MODEL\n"
                    "test.conf:9: `fallbacks` of [model c]: no provider and no [model] is called "
                    "\"goood/x\": did you mean \"good/x\"?\n");
    world_free(w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/model/built-in", test_built_in);
    g_test_add_func("/snapshot/model/settings", test_settings);
    g_test_add_func("/snapshot/model/defaults", test_defaults);
    g_test_add_func("/snapshot/model/strategies", test_strategies);
    g_test_add_func("/snapshot/model/with-mistakes", test_with_mistakes);
    return g_test_run();
}
