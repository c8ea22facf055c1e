/* SPDX-License-Identifier: Apache-2.0 */
/* Which names ask for a measured request, also through what they lead to; for all others it is not
 * read a second time. */
#include "unit/routing/planned.h"

typedef struct Measured {
    Planned *planned;
    unsigned times;
} Measured;

static const PbayFacts *measure(void *user)
{
    Measured *measured = user;
    measured->times++;
    return &measured->planned->facts;
}

static void test_needs(void)
{
    Planned *p =
        planned_new("[model plain]\ntargets = a/x;b/x\n[model rules]\nstrategy = rules\nrule.1 = "
                    "tools -> b/x\ndefault = a/x\n"
                    "[model cost]\nstrategy = cost\ntargets = a/x;b/x\n"
                    "[model budget]\nstrategy = budget\nmax-cost = 1\ntargets = a/x;b/x\n"
                    "[model limited]\ntargets = a/x;c/t\n[model sized]\ntargets = a/x;d/x\n"
                    "[model early]\ntargets = a/x\nfallbacks = b/x;middle\n"
                    "[model middle]\ntargets = b/x\ncontext-window-fallbacks = late\n"
                    "[model late]\ntargets = b/x\ncontent-policy-fallbacks = rules\n"
                    "[model through]\ntargets = a/x\nfallbacks = c/t\n"
                    "[limits c/t]\ntpm = 5\n[limits d]\ncontext = 5\n[limits b]\nrpm = 5\n");
    static const struct {
        const char *name;
        bool needs;
    } rows[] = {{"plain", false},  {"rules", true},   {"cost", true},  {"budget", true},
                {"limited", true}, {"sized", true},   {"early", true}, {"middle", true},
                {"late", true},    {"through", true}, {"a/x", false},  {"b/x", false},
                {"c/t", true},     {"c/x", false},    {"d/any", true}, {"nobody/x", false},
                {"", false}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Measured measured = {.planned = p};
        p->spec.name = rows[i].name;
        p->spec.facts = NULL;
        p->spec.measure = measure;
        p->spec.measure_user = &measured;
        pbay_plan_free(pbay_plan_new(&p->spec, NULL));
        if (measured.times != (rows[i].needs ? 1u : 0u))
            g_error("%s: %u", rows[i].name, measured.times);
        p->spec.facts = &p->facts;
        pbay_plan_free(pbay_plan_new(&p->spec, NULL));
        g_assert_cmpuint(measured.times, ==, rows[i].needs ? 1 : 0); /* it was measured before */
    }
    planned_free(p);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/plan_needs/needs", test_needs);
    return g_test_run();
}
