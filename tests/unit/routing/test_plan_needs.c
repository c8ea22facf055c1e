/* SPDX-License-Identifier: Apache-2.0 */
/* Which names ask for a measured request, also through what they lead to. */
#include "unit/routing/planned.h"

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
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (pbay_plan_needs_facts(p->world->snapshot, rows[i].name) != rows[i].needs)
            g_error("%s", rows[i].name);
    planned_free(p);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/plan_needs/needs", test_needs);
    return g_test_run();
}
