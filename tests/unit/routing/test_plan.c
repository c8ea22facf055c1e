/* SPDX-License-Identifier: Apache-2.0 */
/* From a name to a plan: names, the order of causes, that making one changes nothing, that the same
 * seed and fleet give the same one, and what holds of all plans over random configurations. */
#include "unit/routing/planned.h"

#include "routing/chance.h"

static void test_names(void)
{
    for (int i = 0; i < PBAY_CAUSES; i++)
        for (int k = 0; k < i; k++)
            g_assert_cmpstr(pbay_cause_name((PbayCause)i), !=, pbay_cause_name((PbayCause)k));
    g_assert_cmpstr(pbay_cause_name(PBAY_CAUSE_FAILURE), ==, "fallback");
}

static void test_direct(void)
{
    Planned *p = planned_new("[model one]\ntargets = b/m\nretries = 7\n");
    g_autoptr(PbayPlan) plan = plan_of(p, "a/x");
    g_assert_cmpuint(plan->steps->len, ==, 1);
    g_assert_cmpstr(step_of(plan, 0)->target->name, ==, "a/x");
    g_assert_cmpstr(step_of(plan, 0)->target->model, ==, "x");
    g_assert_cmpstr(step_of(plan, 0)->reason, ==, "prefix a");
    g_assert_cmpstr(plan->asked, ==, "a/x");
    g_assert_cmpstr(plan->how, ==, "prefix a");
    g_assert_null(plan->model);
    g_assert_null(step_of(plan, 0)->model);
    g_assert_cmpint(plan->resilience.retries, ==, 2);
    g_assert_cmpint(plan->resilience.attempts, ==, 6);
    g_autoptr(PbayPlan) one = plan_of(p, "one");
    g_assert_cmpstr(step_of(one, 0)->reason, ==, "[model one]: its only target");
    g_assert_cmpstr(one->how, ==, "[model one]");
    g_assert_true(one->model != NULL && one->model == step_of(one, 0)->model);
    g_assert_cmpint(one->resilience.retries, ==, 7);
    planned_free(p);
}

static void test_nowhere(void)
{
    Planned *p = planned_new("");
    static const char *const names[] = {"nobody/x", "", "a", "aa/x"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL, same = NULL;
        PbayTarget target;
        p->spec.name = names[i];
        g_assert_null(pbay_plan_new(&p->spec, &error));
        g_assert_false(pbay_snapshot_resolve(p->world->snapshot, names[i], true, &target, &same));
        g_assert_error(error, PBAY_ERROR, PB_ERR_NOT_FOUND);
        g_assert_cmpstr(error->message, ==, same->message);
    }
    planned_free(p);
}

static void test_causes_in_order(void)
{
    Planned *p = planned_new("[model m]\ntargets = a/x;keyed/x;b/x\nfallbacks = keyed/y;c/x\n"
                             "context-window-fallbacks = c/x;d/long\n"
                             "content-policy-fallbacks = a/x\n");
    assert_plan(p, "m", "a/x b/x !keyed/x | c/x !keyed/y |c c/x d/long |p a/x");
    p->spec.own_key = true;
    assert_plan(p, "m", "a/x keyed/x b/x | keyed/y c/x |c c/x d/long |p a/x");
    planned_free(p);
}

/* Without a fleet everything is as fresh. */
static void test_no_fleet_no_facts(void)
{
    Planned *p = planned_new("[limits a/x]\nrpm = 1\ncontext = 10\n");
    p->spec.fleet = NULL;
    p->spec.facts = NULL;
    g_autoptr(PbayPlan) plan = plan_of(p, "a/x");
    g_assert_false(step_of(plan, 0)->out);
    g_assert_false(step_of(plan, 0)->estimated);
    g_assert_null(step_of(plan, 0)->unpriced);
    g_assert_cmpint(step_of(plan, 0)->peek.first_ms, ==, -1);
    planned_free(p);
}

static char *state_of(Planned *p)
{
    g_autoptr(GString) state = g_string_new(NULL);
    pbay_fleet_write(p->fleet, p->world->snapshot, NULL, p->spec.now, state);
    return g_strdup(state->str);
}

#define SPREAD                                                                                     \
    "[model w]\nstrategy = weighted\ntargets = a/x weight=5;b/x weight=2;c/x;d/x weight=0\n"       \
    "[model l]\nstrategy = latency\ntargets = a/x;b/x;c/x;d/x\n"                                   \
    "[model y]\nstrategy = least-busy\ntargets = a/x;b/x;c/x;d/x\nfallbacks = w\n"

static void test_changes_nothing(void)
{
    Planned *p = planned_new(SPREAD "[limits a]\nrpm = 2\nparallel = 1\n");
    call_target(p, "a/x", 0, 50);
    break_target(p, "b/x");
    g_autofree char *before = state_of(p);
    for (int i = 0; i < 50; i++) {
        g_autoptr(PbayPlan) plan = plan_of(p, i % 2 == 0 ? "l" : "y");
        g_assert_cmpuint(plan->steps->len, >=, 4);
    }
    g_autofree char *after = state_of(p);
    g_assert_cmpstr(after, ==, before);
    planned_free(p);
}

static void test_same_seed(void)
{
    static const char *const names[] = {"w", "l", "y"};
    unsigned other = 0;
    Planned *p = planned_new(SPREAD);
    call_target(p, "a/x", 0, 50);
    call_target(p, "b/x", 0, 90);
    for (uint64_t seed = 0; seed < 60; seed++) {
        p->spec.seed = seed;
        g_autoptr(PbayPlan) one = plan_of(p, names[seed % 3]);
        g_autoptr(PbayPlan) two = plan_of(p, names[seed % 3]);
        p->spec.seed = seed + 1000;
        g_autoptr(PbayPlan) three = plan_of(p, names[seed % 3]);
        g_autofree char *a = plan_line(one), *b = plan_line(two), *c = plan_line(three);
        g_assert_cmpstr(a, ==, b);
        other += strcmp(a, c) != 0;
    }
    g_assert_cmpuint(other, >, 20); /* and another seed gives another one */
    planned_free(p);
}

/* ---- What holds of every plan ---- */

static const char *const providers[] = {"a", "b", "c", "d", "keyed", "gone"};

static void append_targets(GString *conf, const char *key, PbayChance *chance, bool weights,
                           guint least)
{
    guint n = least + (guint)pbay_chance_below(chance, 5);
    g_autoptr(GHashTable) used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (n > 0)
        g_string_append_printf(conf, "%s = ", key);
    for (guint i = 0; i < n; i++) {
        char *name = g_strdup_printf("%s/m%d", providers[pbay_chance_below(chance, 6)],
                                     (int)pbay_chance_below(chance, 2));
        if (g_hash_table_contains(used, name)) {
            g_free(name);
            continue;
        }
        g_string_append_printf(conf, "%s;", name);
        if (weights && pbay_chance_below(chance, 2) == 0) {
            g_string_truncate(conf, conf->len - 1);
            g_string_append_printf(conf, " weight=%d;",
                                   (int)pbay_chance_below(chance, 4) + (i == 0));
        }
        g_hash_table_add(used, name);
    }
    if (n > 0)
        g_string_append_c(conf, '\n');
}

/* Models m0 to m5; each may fall back to those behind it. */
static char *random_conf(PbayChance *chance)
{
    static const char *const strategies[] = {"order", "weighted", "least-busy", "latency", "cost"};
    static const char *const keys[] = {"fallbacks", "context-window-fallbacks",
                                       "content-policy-fallbacks"};
    GString *conf = g_string_new(NULL);
    for (int i = 0; i < 6; i++) {
        size_t strategy = pbay_chance_below(chance, 5);
        g_string_append_printf(conf, "[model m%d]\nstrategy = %s\n", i, strategies[strategy]);
        append_targets(conf, "targets", chance, strategy == 1 || strategy == 2, 1);
        for (size_t k = 0; k < G_N_ELEMENTS(keys); k++) {
            guint next = (guint)(i + 1) + (guint)pbay_chance_below(chance, 3);
            if (next < 6)
                g_string_append_printf(conf, "%s = m%u%s\n", keys[k], next,
                                       pbay_chance_below(chance, 2) == 0 ? ";a/m0" : "");
            else
                append_targets(conf, keys[k], chance, false, 0);
        }
    }
    g_string_append(conf, "[price a/m0]\ninput = 3\noutput = 4\n[price b/m1]\ninput = 1\noutput = "
                          "9\n[limits c]\nrpm = 1\n[limits d/m0]\nrpm = 1\nqueue = 3\n"
                          "[limits b/m0]\ncontext = 1200\n");
    return g_string_free(conf, FALSE);
}

static void random_past(Planned *p, PbayChance *chance)
{
    for (int i = 0; i < 8; i++) {
        g_autofree char *name = g_strdup_printf("%s/m%d", providers[pbay_chance_below(chance, 4)],
                                                (int)pbay_chance_below(chance, 2));
        if (pbay_chance_below(chance, 2) == 0)
            break_target(p, name);
        else
            call_target(p, name, 0, (int64_t)pbay_chance_below(chance, 500));
    }
}

static void test_random(void)
{
    PbayChance chance = {20240607};
    char *const back[] = {(char *)"m3", (char *)"m0", (char *)"b/m0", NULL};
    for (int round = 0; round < 40; round++) {
        g_autofree char *conf = random_conf(&chance);
        Planned *p = planned_new(conf);
        random_past(p, &chance);
        for (int i = 0; i < 60; i++) {
            g_autofree char *name = g_strdup_printf("m%d", i % 6);
            p->spec.seed = pbay_chance_next(&chance);
            p->spec.fallbacks = i % 4 == 0 ? back : NULL;
            p->spec.has_prefer = i % 5 == 0;
            p->spec.has_max_cost = i % 3 == 0;
            p->spec.max_cost = (PbayMoney)pbay_chance_below(&chance, 1000000) * 10000000000;
            g_autoptr(PbayPlan) plan = plan_of(p, name); /* checks that it is sound */
            g_assert_cmpuint(plan->steps->len, >, 0);
            g_autoptr(PbayFailure) failure = pbay_plan_failure(plan);
            g_assert_nonnull(failure);
        }
        planned_free(p);
    }
}

/* The order in which targets are written is no matter where the strategy does not go by it. */
static void test_permutation(void)
{
    static const char *const orders[] = {"a/x;b/x;c/x;d/x", "d/x;c/x;b/x;a/x", "c/x;a/x;d/x;b/x"};
    for (size_t i = 0; i < G_N_ELEMENTS(orders); i++) {
        g_autofree char *conf = g_strdup_printf(
            "[model cheap]\nstrategy = cost\ntargets = %s\n"
            "[model mid]\nstrategy = budget\nmax-cost = 1\nprefer = balanced\ntargets = %s\n"
            "[model o]\ntargets = %s\n"
            "[price a/x]\ninput = 4\noutput = 4\n[price b/x]\ninput = 2\noutput = 2\n"
            "[price c/x]\ninput = 1\noutput = 1\n[price d/x]\ninput = 3\noutput = 3\n",
            orders[i], orders[i], orders[i]);
        Planned *p = planned_new(conf);
        assert_plan(p, "cheap", "c/x b/x d/x a/x");
        assert_plan(p, "mid", "b/x c/x d/x a/x");
        g_auto(GStrv) written = g_strsplit(orders[i], ";", -1);
        g_autofree char *line = g_strjoinv(" ", written);
        assert_plan(p, "o", line);
        planned_free(p);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/plan/names", test_names);
    g_test_add_func("/routing/plan/direct", test_direct);
    g_test_add_func("/routing/plan/nowhere", test_nowhere);
    g_test_add_func("/routing/plan/causes_in_order", test_causes_in_order);
    g_test_add_func("/routing/plan/no_fleet_no_facts", test_no_fleet_no_facts);
    g_test_add_func("/routing/plan/changes_nothing", test_changes_nothing);
    g_test_add_func("/routing/plan/same_seed", test_same_seed);
    g_test_add_func("/routing/plan/random", test_random);
    g_test_add_func("/routing/plan/permutation", test_permutation);
    return g_test_run();
}
