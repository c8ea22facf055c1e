/* SPDX-License-Identifier: Apache-2.0 */
/* Where rules, defaults and fallbacks lead. */
#include "observe/log.h"
#include "snapshot/model.h"
#include "world.h"

static const char *const fakes[] = {"good", "init_fail", "rich", NULL};

static const PbayModel *model_of(const World *w, const char *name)
{
    const PbayModel *model = pbay_snapshot_model(w->snapshot, name);
    g_assert_nonnull(model);
    return model;
}

static void assert_leads(const PbayRoute *route, const char *model, const char *target)
{
    g_assert_cmpstr(route->model != NULL ? route->model->name : NULL, ==, model);
    g_assert_cmpstr(route->target != NULL ? route->target->name : NULL, ==, target);
}

static void test_rules(void)
{
    World *w = world_new(fakes);
    world_use(w, "[provider rich]\nmatch = r-*\n"
                 "[model m]\nstrategy = rules\n"
                 "rule.10 = team == \"a -> b\" -> good/x\n"
                 "rule.9 = chars<100 -> later one\n"
                 "rule.0 = tools->r-1\n"
                 "default = later one\n"
                 "[model later one]\ntargets = good/y\n");
    const PbayModel *m = model_of(w, "m");
    g_assert_cmpuint(m->rules->len, ==, 3);
    const PbayRule *first = m->rules->pdata[0], *second = m->rules->pdata[1];
    const PbayRule *third = m->rules->pdata[2];
    g_assert_cmpuint(first->number, ==, 0);
    g_assert_cmpstr(first->text, ==, "tools");
    assert_leads(&first->to, NULL, "rich/r-1");
    g_assert_cmpuint(second->number, ==, 9);
    g_assert_cmpstr(second->text, ==, "chars<100");
    assert_leads(&second->to, "later one", NULL);
    g_assert_true(second->to.model == model_of(w, "later one"));
    g_assert_true(pbay_condition_holds(second->condition, &(PbayFacts){.chars = 99}));
    g_assert_false(pbay_condition_holds(second->condition, &(PbayFacts){.chars = 100}));
    g_assert_cmpuint(third->number, ==, 10);
    g_assert_cmpstr(third->text, ==, "team == \"a -> b\"");
    assert_leads(&third->to, NULL, "good/x");
    assert_leads(&m->otherwise, "later one", NULL);
    world_free(w);
}

static void collect(void *data, int level, const char *line)
{
    if (level == PBAY_LOG_WARN)
        g_string_append(data, line);
}

/* A misspelt term is no mistake, for it may be a label; but it is told, with its place. */
static void test_doubts(void)
{
    g_autoptr(GString) said = g_string_new(NULL);
    World *w = world_new(fakes);
    pbay_log_set_sink(collect, said);
    world_use(w, "[model m]\nstrategy = rules\nrule.1 = char < 100 -> good/x\n"
                 "rule.2 = \"char\" < 100 and complexity == low -> good/x\ndefault = good/x\n");
    pbay_log_set_sink(NULL, NULL);
    g_assert_nonnull(strstr(said->str, ":3: `char` in `rule.1` of [model m] is taken as a label: "
                                       "did you mean `chars`?"));
    g_assert_null(strstr(said->str, "rule.2"));
    world_free(w);
}

static void test_fallbacks(void)
{
    World *w = world_new(fakes);
    world_use(w, "[model a]\ntargets = good/x\nfallbacks = b;rich/y\n"
                 "context-window-fallbacks = rich/big;b\ncontent-policy-fallbacks = init_fail/z\n"
                 "[model b]\ntargets = good/x\n[model good/c]\ntargets = rich/c\n"
                 "[model d]\ntargets = good/x\nfallbacks = good/c\n");
    const PbayModel *a = model_of(w, "a");
    g_assert_cmpuint(a->fallbacks->len, ==, 2);
    assert_leads(a->fallbacks->pdata[0], "b", NULL);
    assert_leads(a->fallbacks->pdata[1], NULL, "rich/y");
    g_assert_cmpuint(a->context_fallbacks->len, ==, 2);
    assert_leads(a->context_fallbacks->pdata[0], NULL, "rich/big");
    assert_leads(a->context_fallbacks->pdata[1], "b", NULL);
    g_assert_cmpuint(a->policy_fallbacks->len, ==, 1);
    assert_leads(a->policy_fallbacks->pdata[0], NULL, "init_fail/z");
    g_assert_null(((PbayRoute *)a->policy_fallbacks->pdata[0])->target->provider);
    /* The exact name of a model comes before a provider's. */
    assert_leads(model_of(w, "d")->fallbacks->pdata[0], "good/c", NULL);
    world_free(w);
}

static void test_mistakes(void)
{
    World *w = world_new(fakes);
    g_autofree char *text =
        world_problems(w, "[provider good]\nmatch = g*\n[provider rich]\nmatch = *4\n"
                          "[model m]\nstrategy = rules\n"
                          "rule.1 = chars < 100\n"
                          "rule.2 = -> good/x\n"
                          "rule.3 = chars < 100 ->\n"
                          "rule.4 = chars < many -> ritch/x\n"
                          "rule.5 = tools -> good/\n"
                          "default = moddel\n"
                          "fallbacks = rich/y;rich/y;g4\n"
                          "[model model]\ntargets = good/x\n");
    g_assert_cmpstr(
        text, ==,
        "test.conf:7: `rule.1` of [model m] is no rule: write CONDITION -> PROVIDER/MODEL\n"
        "  such as rule.1 = chars > 1000 -> PROVIDER/MODEL\n"
        "test.conf:8: `rule.2` of [model m] is no rule: write CONDITION -> PROVIDER/MODEL\n"
        "  such as rule.1 = chars > 1000 -> PROVIDER/MODEL\n"
        "test.conf:9: `rule.3` of [model m] is no rule: write CONDITION -> PROVIDER/MODEL\n"
        "  such as rule.1 = chars > 1000 -> PROVIDER/MODEL\n"
        "test.conf:10: the condition of `rule.4` of [model m] cannot be read: `chars` is a number "
        "and cannot be compared with `many`: write a whole number\n"
        "  such as chars > 1000 and not tools\n"
        "test.conf:10: `rule.4` of [model m]: no provider and no [model] is called \"ritch/x\": "
        "did you mean \"rich/x\"?\n"
        "test.conf:11: `rule.5` of [model m]: \"good/\" names a provider without a model: write "
        "good/MODEL\n"
        "test.conf:12: `default` of [model m]: no provider and no [model] is called \"moddel\": "
        "did you mean \"model\"?\n"
        "test.conf:13: `fallbacks` of [model m] names rich/y twice\n  write it once\n"
        "test.conf:13: `fallbacks` of [model m]: \"g4\" matches \"g*\" of provider good and \"*4\" "
        "of provider rich: write good/g4 or rich/g4\n");
    world_free(w);
}

/* The model of requests that name none leads somewhere too; a driver that was refused is no
 * mistake of the name. */
static void test_default_model(void)
{
    static const char *const fine[] = {"good/x", "m", "init_fail/x", NULL};
    static const char *const wrong[][2] = {
        {"moddel", "no provider and no [model] is called \"moddel\": did you mean \"model\"?"},
        {"goood/x", "no provider and no [model] is called \"goood/x\": did you mean \"good/x\"?"},
        {"good/", "\"good/\" names a provider without a model: write good/MODEL"},
    };
    for (const char *const *name = fine; *name != NULL; name++) {
        World *w = world_new(fakes);
        g_autofree char *conf =
            g_strdup_printf("[defaults]\nmodel = %s\n[model m]\ntargets = good/x\n", *name);
        world_use(w, conf);
        world_free(w);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        World *w = world_new(fakes);
        g_autofree char *conf = g_strdup_printf(
            "[defaults]\nmodel = %s\n[model model]\ntargets = good/x\n", wrong[i][0]);
        g_autofree char *text = world_problems(w, conf);
        g_autofree char *expected =
            g_strdup_printf("test.conf:2: `model` of [defaults]: %s\n", wrong[i][1]);
        g_assert_cmpstr(text, ==, expected);
        world_free(w);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/model-routes/rules", test_rules);
    g_test_add_func("/snapshot/model-routes/fallbacks", test_fallbacks);
    g_test_add_func("/snapshot/model-routes/mistakes", test_mistakes);
    g_test_add_func("/snapshot/model-routes/doubts", test_doubts);
    g_test_add_func("/snapshot/model-routes/default-model", test_default_model);
    return g_test_run();
}
