/* SPDX-License-Identifier: Apache-2.0 */
/* A snapshot from conf.d text, a fleet on virtual time, and plans made of them. */
#ifndef PBAY_TEST_PLANNED_H
#define PBAY_TEST_PLANNED_H

#include "routing/facts.h"
#include "routing/plan.h"
#include "unit/snapshot/world.h"

#include <string.h>

/* Names that tests use: keyed lacks its key, gone has no driver. */
#define PLANNED_CONF                                                                               \
    "[provider a]\ndriver = good\n[provider b]\ndriver = good\n[provider c]\ndriver = good\n"      \
    "[provider d]\ndriver = good\n[provider gone]\ndriver = nobody\n"

typedef struct Planned {
    World *world;
    PbayFleet *fleet;
    PbayFacts facts;
    PbayPlanSpec spec; /* what the next plan is made of */
} Planned;

G_GNUC_UNUSED static Planned *planned_new(const char *conf)
{
    static const char *const fakes[] = {"good", "keyed", NULL};
    Planned *p = g_new0(Planned, 1);
    g_autofree char *text = g_strconcat(PLANNED_CONF, conf, NULL);
    p->world = world_new(fakes);
    world_use(p->world, text);
    p->fleet = pbay_fleet_new(1);
    p->facts = (PbayFacts){.tokens = 1000, .output = 500, .max_output = 500, .turns = 1};
    p->spec = (PbayPlanSpec){.snapshot = p->world->snapshot,
                             .fleet = p->fleet,
                             .facts = &p->facts,
                             .kind = PB_KIND_CHAT,
                             .now = 1000000,
                             .seed = 1};
    return p;
}

G_GNUC_UNUSED static void planned_free(Planned *p)
{
    pbay_facts_clear(&p->facts);
    pbay_fleet_unref(p->fleet);
    world_free(p->world);
    g_free(p);
}

/* What holds of every plan. */
G_GNUC_UNUSED static void assert_sound(const PbayPlan *plan)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < plan->steps->len; i++) {
        const PbayStep *step = &g_array_index(plan->steps, PbayStep, i);
        const PbayStep *last = i > 0 ? step - 1 : NULL;
        g_assert_nonnull(step->reason);
        g_assert_cmpstr(step->reason, !=, "");
        g_assert_true(step->out || step->cls == 0);
        g_assert_true(
            g_hash_table_add(seen, g_strdup_printf("%d %s", (int)step->cause, step->target->name)));
        if (last != NULL) {
            g_assert_cmpint(last->cause, <=, step->cause);
            g_assert_true(last->cause != step->cause || step->out || !last->out);
        }
    }
}

G_GNUC_UNUSED static PbayPlan *plan_of(Planned *p, const char *name)
{
    g_autoptr(GError) error = NULL;
    p->spec.name = name;
    PbayPlan *plan = pbay_plan_new(&p->spec, &error);
    g_assert_no_error(error);
    g_assert_nonnull(plan);
    assert_sound(plan);
    return plan;
}

G_GNUC_UNUSED static const PbayStep *step_of(const PbayPlan *plan, guint i)
{
    g_assert_cmpuint(i, <, plan->steps->len);
    return &g_array_index(plan->steps, PbayStep, i);
}

/* "a/x b/y !c/z | d/x": the steps, ! those that are out, | before each further cause that has some:
 * | fallback, |c context, |p policy. g_free. */
G_GNUC_UNUSED static char *plan_line(const PbayPlan *plan)
{
    static const char *const marks[PBAY_CAUSES] = {"", "| ", "|c ", "|p "};
    g_autoptr(GString) line = g_string_new(NULL);
    PbayCause cause = PBAY_CAUSE_CHOICE;
    for (guint i = 0; i < plan->steps->len; i++) {
        const PbayStep *step = step_of(plan, i);
        g_string_append_printf(line, "%s%s%s%s", i > 0 ? " " : "",
                               step->cause != cause ? marks[step->cause] : "", step->out ? "!" : "",
                               step->target->name);
        cause = step->cause;
    }
    return g_strdup(line->str);
}

#define assert_plan(p, name, line)                                                                 \
    do {                                                                                           \
        g_autoptr(PbayPlan) the_plan = plan_of(p, name);                                           \
        g_autofree char *the_line = plan_line(the_plan);                                           \
        g_assert_cmpstr(the_line, ==, line);                                                       \
    } while (0)

/* One call of the target at the plan's time: failure NULL is success after `first_ms`. */
G_GNUC_UNUSED static void call_target(Planned *p, const char *target, int32_t cls, int64_t first_ms)
{
    PbayProvider *provider = NULL;
    g_autofree char *head = g_strndup(target, (size_t)(strchr(target, '/') - target));
    provider = world_provider(p->world, head);
    PbayTake take = {.provider = provider, .target = target, .force = true, .now = p->spec.now};
    PbayTaken taken = {0};
    pbay_fleet_take(p->fleet, &take, &taken);
    g_assert_nonnull(taken.ticket);
    g_autoptr(PbayFailure) failure = cls != 0 ? pbay_failure_new(cls, "it broke") : NULL;
    PbaySettle settle = {.now = p->spec.now + first_ms,
                         .failure = failure,
                         .first_ms = failure == NULL ? first_ms : -1,
                         .total_ms = first_ms,
                         .tokens = -1,
                         .sent = true};
    pbay_fleet_settle(p->fleet, taken.ticket, &settle);
}

/* Failures enough to open its breaker. */
G_GNUC_UNUSED static void break_target(Planned *p, const char *target)
{
    for (int i = 0; i < PBAY_BREAKER_FAILURES; i++)
        call_target(p, target, PB_ERR_UPSTREAM, 10);
}

#endif
