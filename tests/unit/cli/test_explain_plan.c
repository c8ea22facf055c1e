/* SPDX-License-Identifier: Apache-2.0 */
/* The plan that `patchbay explain` shows: the order and the reasons, what is out and why, and that
 * it is what the same command then does. */
#include "e2e/rig.h"

#include <string.h>

static const char order_conf[] =
    "[model fast]\ntargets = openai/http-503;anthropic/claude-x;openai/parrot\nretries = 0\n"
    "fallbacks = openai/count\ntimeout-first-token = 7s\n";

static json_object *step_of(json_object *tree, const char *target)
{
    json_object *steps = json_at(tree, "plan.steps");

    for (size_t i = 0; i < json_object_array_length(steps); i++) {
        json_object *step = json_object_array_get_idx(steps, i);

        if (strcmp(json_text_at(step, "target"), target) == 0)
            return step;
    }
    g_error("no step %s in %s", target, json_object_to_json_string(tree));
}

static void test_order(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = NULL;
    const char *first, *second, *fallback, *out;

    box_conf(rig->box, "m", order_conf);
    run = box_run(rig->box, NULL, "explain", "-m", "fast", "hi", NULL);
    assert_run(run, 0, NULL);
    assert_contains(run->out, "model     fast ([model fast])\n");
    assert_contains(run->out, "strategy  order; retries on a target: 0, attempts in all: 6\n");
    first = strstr(run->out, "\n1    openai/http-503 ");
    second = strstr(run->out, "\n2    openai/parrot ");
    fallback = strstr(run->out, "\n3    openai/count ");
    out = strstr(run->out, "\nout  anthropic/claude-x ");
    g_assert_true(first != NULL && second > first && fallback > second && out != NULL);
    assert_contains(out, "ANTHROPIC_API_KEY");
    assert_contains(run->out, "first token 7.0 s");
    assert_contains(run->out, "\ntarget    openai/http-503 (");
    assert_contains(run->out, "\"model\":\"http-503\"");
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 0);
}

/* Nobody can be asked: the plan with the reasons is what there is to show. */
static void test_all_out(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = NULL;

    box_conf(rig->box, "m",
             "[provider gone]\ndriver = absent\n[model none]\n"
             "targets = gone/x;anthropic/claude-x\n[model lost]\ntargets = gone/x\n");
    run = box_run(rig->box, NULL, "explain", "-m", "none", "hi", NULL);
    assert_run(run, 0, NULL);
    assert_contains(run->out, "\nout  gone/x ");
    assert_contains(run->out, "\nout  anthropic/claude-x ");
    assert_contains(run->out, "\nmissing   ");
    assert_contains(run->out, "\nrefused   no target of \"none\" can be asked now: gone/x: ");
    assert_contains(run->out, "\"model\":\"claude-x\"");
    run_free(run);
    run = box_run(rig->box, NULL, "explain", "-m", "lost", "hi", NULL);
    assert_run(run, 0, NULL);
    assert_contains(run->out, "\nrefused   provider gone cannot be used: ");
    assert_lacks(run->out, "\ndriver ");
    assert_contains(run->out, "\nnothing would be sent\n");
    run_free(run);
    run = box_run(rig->box, NULL, "chat", "-m", "lost", "hi", NULL);
    g_assert_cmpint(run->code, !=, 0);
}

static void test_json(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = NULL;
    json_object *tree;

    box_conf(rig->box, "m", order_conf);
    run = box_run(rig->box, NULL, "explain", "--json", "-m", "fast", "hi", NULL);
    assert_run(run, 0, NULL);
    tree = json_tokener_parse(run->out);
    g_assert_cmpstr(json_text_at(tree, "plan.strategy"), ==, "order");
    g_assert_cmpstr(json_text_at(tree, "plan.steps.0.target"), ==, "openai/http-503");
    g_assert_cmpstr(json_text_at(step_of(tree, "anthropic/claude-x"), "in"), ==, "false");
    g_assert_cmpstr(json_text_at(step_of(tree, "openai/count"), "cause"), ==, "fallback");
    g_assert_cmpstr(json_text_at(tree, "timeouts_ms.first_token"), ==, "7000");
    json_object_put(tree);
}

/* What explain says is what happens. */
static void test_explain_equals_the_call(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) explained = NULL, sent = NULL;
    json_object *plan, *answer, *attempts;
    size_t tried = 0;

    box_conf(rig->box, "m", order_conf);
    explained = box_run(rig->box, NULL, "explain", "--json", "-m", "fast", "hi", NULL);
    sent = box_run(rig->box, NULL, "chat", "--json", "-m", "fast", "hi", NULL);
    assert_run(sent, 0, NULL);
    plan = json_tokener_parse(explained->out);
    answer = json_tokener_parse(sent->out);
    attempts = json_at(answer, "patchbay.attempts");
    g_assert_cmpuint(json_object_array_length(attempts), ==, 2);
    for (size_t i = 0; i < json_object_array_length(json_at(plan, "plan.steps")); i++) {
        json_object *step = json_object_array_get_idx(json_at(plan, "plan.steps"), i);

        if (json_object_get_boolean(json_at(step, "in")) &&
            tried < json_object_array_length(attempts))
            g_assert_cmpstr(json_text_at(step, "target"), ==,
                            json_text_at(json_object_array_get_idx(attempts, tried++), "target"));
    }
    g_assert_cmpuint(tried, ==, 2);
    json_object_put(plan);
    json_object_put(answer);
}

/* Estimates in dollars, and what has no price stands last and says so. */
static void test_cost(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = NULL;
    const char *cheap, *dear, *unknown;

    box_conf(rig->box, "m",
             "[model thrift]\ntargets = openai/nameless;openai/dear;openai/cheap\nstrategy = cost\n"
             "[price openai/dear]\ninput = 30\noutput = 60\n"
             "[price openai/cheap]\ninput = 1\noutput = 2\n");
    run = box_run(rig->box, NULL, "explain", "-m", "thrift", "hi", NULL);
    assert_run(run, 0, NULL);
    cheap = strstr(run->out, "\n1    openai/cheap ");
    dear = strstr(run->out, "\n2    openai/dear ");
    unknown = strstr(run->out, "\n3    openai/nameless ");
    g_assert_true(cheap != NULL && dear > cheap && unknown > dear);
    assert_contains(cheap, " USD ");
    assert_contains(unknown, "unknown");
    assert_contains(run->out, "\nfacts ");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/explain-plan/order", test_order);
    g_test_add_func("/cli/explain-plan/all-out", test_all_out);
    g_test_add_func("/cli/explain-plan/json", test_json);
    g_test_add_func("/cli/explain-plan/explain-equals-the-call", test_explain_equals_the_call);
    g_test_add_func("/cli/explain-plan/cost", test_cost);
    return g_test_run();
}
