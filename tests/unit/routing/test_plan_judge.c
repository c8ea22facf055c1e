/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps a target out, in words, and what does not: state, key, kind, context, breaker, keys,
 * limits with and without a queue. A second target stands behind it, so that none is the last
 * resort. */
#include "unit/routing/planned.h"

#include "routing/plan_maker.h"

static const PbayStep *step_named(const PbayPlan *plan, const char *name)
{
    for (guint i = 0; i < plan->steps->len; i++)
        if (strcmp(step_of(plan, i)->target->name, name) == 0)
            return step_of(plan, i);
    g_assert_not_reached();
}

static void assert_out(Planned *p, const char *model, const char *target, int32_t cls,
                       const char *reason)
{
    g_autoptr(PbayPlan) plan = plan_of(p, model);
    const PbayStep *step = step_named(plan, target);
    g_assert_cmpstr(step->reason, ==, reason);
    g_assert_true(step->out);
    g_assert_cmpint(step->cls, ==, cls);
}

static void assert_in(Planned *p, const char *model, const char *target, const char *reason)
{
    g_autoptr(PbayPlan) plan = plan_of(p, model);
    const PbayStep *step = step_named(plan, target);
    g_assert_cmpstr(step->reason, ==, reason);
    g_assert_false(step->out);
    g_assert_cmpint(step->cls, ==, 0);
}

#define M "[model m]\ntargets = a/x;b/x;keyed/x;gone/x\n"

static void test_time(void)
{
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {{-5, "1 ms"},      {0, "1 ms"},       {999, "999 ms"},   {1000, "1 s"},
                {1001, "2 s"},     {119000, "119 s"}, {119001, "2 min"}, {120001, "2 min"},
                {150000, "3 min"}, {600000, "10 min"}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = pbay_plan_time_text(rows[i].ms);
        g_assert_cmpstr(text, ==, rows[i].text);
    }
}

static void test_configured(void)
{
    Planned *p = planned_new(M);
    assert_out(p, "m", "keyed/x", PB_ERR_CONFIG,
               "no key: set FAKE_API_KEY, or api-key in [provider keyed]");
    assert_out(p, "m", "gone/x", PB_ERR_CONFIG,
               "its provider cannot be used: driver nobody is not installed: 'patchbay drivers' "
               "lists what is");
    p->spec.own_key = true;
    assert_in(p, "m", "keyed/x", "[model m]: third of the order");
    p->spec.kind = PB_KIND_TRANSCRIPTION;
    assert_out(p, "m", "a/x", PB_ERR_UNSUPPORTED, "its driver cannot do transcription");
    planned_free(p);
}

static void test_context(void)
{
    Planned *p = planned_new(M "[limits a]\ncontext = 1500\n[limits b/x]\ncontext = 2000\n");
    assert_in(p, "m", "a/x", "[model m]: first of the order");
    p->facts.tokens = 1001;
    assert_out(p, "m", "a/x", PB_ERR_CONTEXT_LENGTH,
               "context of 1500 tokens is smaller than the estimated 1501");
    assert_in(p, "m", "b/x", "[model m]: second of the order");
    p->facts.max_output = 0; /* nobody said how much is written: the input alone has to fit */
    assert_in(p, "m", "a/x", "[model m]: first of the order");
    p->facts.tokens = 1000000;
    p->spec.kind = PB_KIND_EMBEDDING; /* many inputs, each by itself */
    g_autoptr(PbayPlan) plan = plan_of(p, "m");
    g_assert_null(strstr(step_named(plan, "a/x")->reason, "context"));
    planned_free(p);
}

static void test_breaker(void)
{
    Planned *p = planned_new(M);
    int64_t began = p->spec.now;
    break_target(p, "a/x");
    g_autoptr(PbayPlan) plan = plan_of(p, "m");
    const PbayStep *step = step_named(plan, "a/x");
    g_assert_true(step->out);
    g_assert_cmpint(step->cls, ==, PB_ERR_OVERLOADED);
    g_assert_cmpint(step->peek.breaker, ==, PBAY_BREAKER_OPEN);
    g_assert_true(g_str_has_prefix(step->reason, "breaker open for "));
    g_assert_nonnull(strstr(step->reason, " s more: 5 failures in a row"));
    g_assert_nonnull(strstr(step->reason, "it broke"));
    p->spec.now = began + 2 * PBAY_BREAKER_COOL; /* the cool-down is over: the next is the probe */
    assert_in(p, "m", "a/x", "[model m]: first of the order");
    PbayTake take = {
        .provider = world_provider(p->world, "a"), .target = "a/x", .now = p->spec.now};
    PbayTaken taken;
    pbay_fleet_take(p->fleet, &take, &taken);
    g_assert_true(taken.probe);
    g_autoptr(PbayPlan) during = plan_of(p, "m");
    step = step_named(during, "a/x");
    g_assert_true(step->out);
    g_assert_true(
        g_str_has_prefix(step->reason, "breaker half-open, another call is trying it: 5 failures"));
    const PbaySettle settle = {.now = p->spec.now, .first_ms = 1, .total_ms = 1, .sent = true};
    pbay_fleet_settle(p->fleet, taken.ticket, &settle);
    assert_in(p, "m", "a/x", "[model m]: first of the order");
    planned_free(p);
}

static void test_keys(void)
{
    Planned *p = planned_new("[provider keyed]\napi-key = k1\n" M);
    assert_in(p, "m", "keyed/x", "[model m]: third of the order");
    call_target(p, "keyed/x", PB_ERR_QUOTA, 10);
    g_autoptr(PbayPlan) plan = plan_of(p, "m");
    const PbayStep *step = step_named(plan, "keyed/x");
    g_assert_true(step->out);
    g_assert_cmpint(step->cls, ==, PB_ERR_RATE_LIMIT);
    g_assert_cmpstr(step->reason, ==,
                    "no key for 10 min more: every key rests; the first that comes back: quota");
    p->spec.own_key = true; /* the caller's does not rest */
    assert_in(p, "m", "keyed/x", "[model m]: third of the order");
    planned_free(p);
}

static void test_limits(void)
{
    Planned *p = planned_new(M "[limits a/x]\nrpm = 2\n[limits b]\nrpm = 1\nqueue = 4\n");
    call_target(p, "a/x", 0, 10);
    assert_in(p, "m", "a/x", "[model m]: first of the order");
    call_target(p, "a/x", 0, 10);
    call_target(p, "b/x", 0, 10);
    p->spec.now += 20000;
    g_autoptr(PbayPlan) plan = plan_of(p, "m");
    const PbayStep *step = step_named(plan, "a/x");
    g_assert_true(step->out);
    g_assert_cmpint(step->cls, ==, PB_ERR_RATE_LIMIT);
    g_assert_true(g_str_has_prefix(step->reason, "over 2 requests a minute for 4"));
    g_assert_true(g_str_has_suffix(step->reason, " s more"));
    step = step_named(plan, "b/x");
    g_assert_false(step->out); /* it has a queue */
    g_assert_true(g_str_has_prefix(
        step->reason, "[model m]: second of the order; it waits: over 1 requests a minute for "));
    planned_free(p);
}

/* Whose breaker is open is out for its limit too, if that would refuse it all the same: it is told,
 * and how long both together last. Where one may wait for the limit it is none. */
static void test_rests_and_limit(void)
{
    static const char *const limits[] = {"[limits a/x]\nrpm = 3\n", "[limits a]\nrpm = 3\n",
                                         "[limits a/x]\nrpm = 9\n[limits a]\nrpm = 3\n",
                                         "[limits a]\nrpm = 3\nqueue = 1\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        g_autofree char *conf = g_strconcat(M, limits[i], NULL);
        Planned *p = planned_new(conf);
        bool queue = strstr(conf, "queue") != NULL;
        break_target(p, "a/x");
        g_autoptr(PbayPlan) plan = plan_of(p, "m");
        const PbayStep *step = step_named(plan, "a/x");
        g_assert_true(step->out);
        g_assert_true(g_str_has_prefix(step->reason, "breaker open for "));
        g_assert_cmpint(step->cls, ==, queue ? PB_ERR_OVERLOADED : PB_ERR_RATE_LIMIT);
        g_assert_true((strstr(step->reason, "; and over 3 requests a minute for ") == NULL) ==
                      queue);
        g_assert_true((step->peek.until > p->spec.now + 50000) != queue);
        planned_free(p);
    }
}

/* Both have a bound, one has a queue: it matters which one is met. */
static void test_which_limit(void)
{
    Planned *p = planned_new(M "[limits a/x]\nrpm = 1\n[limits a]\nrpm = 2\nqueue = 4\n");
    call_target(p, "a/x", 0, 10);
    g_autoptr(PbayPlan) own = plan_of(p, "m");
    g_assert_true(step_named(own, "a/x")->out);
    g_assert_true(
        g_str_has_prefix(step_named(own, "a/x")->reason, "over 1 requests a minute for "));
    planned_free(p);
    p = planned_new(M "[limits a/x]\nrpm = 2\n[limits a]\nrpm = 1\nqueue = 4\n");
    call_target(p, "a/x", 0, 10);
    g_autoptr(PbayPlan) whole = plan_of(p, "m");
    g_assert_false(step_named(whole, "a/x")->out);
    g_assert_nonnull(
        strstr(step_named(whole, "a/x")->reason, "it waits: over 1 requests a minute for "));
    planned_free(p);
}

static void test_tokens_and_parallel(void)
{
    Planned *p = planned_new(M "[limits a/x]\ntpm = 2000\n[limits b/x]\nparallel = 1\n");
    PbayTake take = {.provider = world_provider(p->world, "a"),
                     .target = "a/x",
                     .tokens = 1500,
                     .now = p->spec.now};
    PbayTake other = {
        .provider = world_provider(p->world, "b"), .target = "b/x", .now = p->spec.now};
    PbayTaken one, two;
    pbay_fleet_take(p->fleet, &take, &one);
    pbay_fleet_take(p->fleet, &other, &two);
    p->facts.tokens = p->facts.output = 250;
    assert_in(p, "m", "a/x", "[model m]: first of the order");
    p->facts.output = 251;
    g_autoptr(PbayPlan) plan = plan_of(p, "m");
    g_assert_true(step_named(plan, "a/x")->out);
    g_assert_true(
        g_str_has_prefix(step_named(plan, "a/x")->reason, "over 2000 tokens a minute for"));
    assert_out(p, "m", "b/x", PB_ERR_RATE_LIMIT, "1 requests are under way, as many as may be");
    const PbaySettle settle = {.now = p->spec.now, .first_ms = -1, .tokens = -1, .neutral = true};
    pbay_fleet_settle(p->fleet, one.ticket, &settle);
    pbay_fleet_settle(p->fleet, two.ticket, &settle);
    planned_free(p);
}

static void test_estimate(void)
{
    Planned *p = planned_new(M "[price a/x]\ninput = 30\noutput = 60\n[price b/x]\ninput = 1\n");
    g_autoptr(PbayPlan) plan = plan_of(p, "m");
    const PbayStep *a = step_named(plan, "a/x"), *b = step_named(plan, "b/x");
    g_assert_true(a->estimated);
    g_autofree char *usd = pbay_money_text(a->estimate);
    g_assert_cmpstr(usd, ==, "0.06"); /* 1000 * 30 + 500 * 60 millionths */
    g_assert_false(b->estimated);
    g_assert_nonnull(strstr(b->unpriced, "output"));
    g_assert_nonnull(step_named(plan, "keyed/x")->unpriced);
    planned_free(p);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/plan_judge/time", test_time);
    g_test_add_func("/routing/plan_judge/configured", test_configured);
    g_test_add_func("/routing/plan_judge/context", test_context);
    g_test_add_func("/routing/plan_judge/breaker", test_breaker);
    g_test_add_func("/routing/plan_judge/keys", test_keys);
    g_test_add_func("/routing/plan_judge/limits", test_limits);
    g_test_add_func("/routing/plan_judge/rests_and_limit", test_rests_and_limit);
    g_test_add_func("/routing/plan_judge/which_limit", test_which_limit);
    g_test_add_func("/routing/plan_judge/tokens_and_parallel", test_tokens_and_parallel);
    g_test_add_func("/routing/plan_judge/estimate", test_estimate);
    return g_test_run();
}
