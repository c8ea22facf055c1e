/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay cost`: of given tokens, of a request by estimate, which is called one; unknown prices,
 * exit codes, JSON. Nothing is ever sent. */
#include "e2e/rig.h"

#include <string.h>

#define PRICES                                                                                     \
    "[price openai/parrot]\ninput = 2.50\noutput = 10\n"                                           \
    "[price openai/owl]\ninput = 30\noutput = 60\nabove-1000.input = 60\n"                         \
    "[model birds]\ntargets = openai/owl;openai/dodo;openai/parrot\n"

#define REQUEST                                                                                    \
    "{\"model\":\"openai/parrot\",\"max_tokens\":100,\"messages\":[{\"role\":\"user\","            \
    "\"content\":\"Men are all alike.\"}]}"

static Rig *rig_prices(void)
{
    Rig *rig = rig_new();

    box_conf(rig->box, "prices", PRICES);
    return rig;
}

static void test_tokens(void)
{
    g_autoptr(Rig) rig = rig_prices();
    g_autoptr(Run) run = box_run(rig->box, NULL, "cost", "-m", "openai/parrot", "--input", "1000",
                                 "--output", "500", NULL);
    g_autoptr(Run) tier = box_run(rig->box, NULL, "cost", "-m", "openai/owl", "--input", "1001",
                                  "--output", "0", NULL);
    g_autoptr(Run) one =
        box_run(rig->box, NULL, "cost", "-m", "openai/parrot", "--input", "1", NULL);

    assert_run(run, 0,
               "TARGET         USD     INPUT/M  OUTPUT/M  REMARK\n"
               "openai/parrot  0.0075  2.5      10        \n");
    g_assert_cmpstr(run->err, ==, "");
    assert_run(tier, 0, NULL);
    assert_contains(tier->out, " 0.06006  60       60 "); /* the figures that were charged */
    assert_run(one, 0, NULL);
    assert_contains(one->out, " 0.0000025 ");
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 0);
}

static void test_model(void)
{
    g_autoptr(Rig) rig = rig_prices();
    g_autoptr(Run) run =
        box_run(rig->box, NULL, "cost", "-m", "birds", "--input", "1000", "--output", "1000", NULL);
    g_autoptr(Run) json = box_run(rig->box, NULL, "cost", "-m", "birds", "--input", "1000",
                                  "--output", "1000", "--json", NULL);
    json_object *answer = json_tokener_parse(json->out);

    assert_run(run, 0, NULL);
    assert_contains(run->out, "openai/owl     0.09     30       60");
    assert_contains(run->out, "openai/dodo    unknown  -        -         there is no [price]");
    assert_contains(run->out, "openai/parrot  0.0125");
    assert_run(json, 0, NULL);
    g_assert_cmpstr(json_text_at(answer, "model"), ==, "birds");
    g_assert_cmpstr(json_text_at(answer, "targets.0.usd"), ==, "0.09");
    g_assert_nonnull(json_text_at(answer, "targets.1.unknown"));
    g_assert_cmpstr(json_text_at(answer, "targets.2.price.input"), ==, "2.5");
    json_object_put(answer);
}

/* A script has to see that nothing is known. */
static void test_unknown(void)
{
    g_autoptr(Rig) rig = rig_prices();
    g_autoptr(Run) run = box_run(rig->box, NULL, "cost", "-m", "openai/dodo", "--input", "10",
                                 "--output", "10", NULL);
    g_autoptr(Run) set =
        box_run(rig->box, NULL, "cost", "-m", "openai/dodo", "--input", "10", "--output", "10",
                "--set", "price.openai/dodo.input=1", "--set", "price.openai/dodo.output=1", NULL);

    g_assert_cmpint(run->code, ==, 3);
    assert_contains(run->out, "unknown");
    assert_contains(run->err, "no price is known");
    assert_run(set, 0, NULL);
    assert_contains(set->out, " 0.00002 ");
}

static void test_estimate(void)
{
    g_autoptr(Rig) rig = rig_prices();
    const char *file = box_file(rig->box, "request.json", REQUEST, -1);
    g_autoptr(Run) run = box_run(rig->box, NULL, "cost", "-f", file, NULL);
    g_autoptr(Run) other = box_run(rig->box, REQUEST, "cost", "-f", "-", "-m", "birds", NULL);
    g_autoptr(Run) json = box_run(rig->box, REQUEST, "cost", "-f", "-", "--json", NULL);
    json_object *answer = json_tokener_parse(json->out);

    assert_run(run, 0, NULL);
    assert_contains(run->out, "ESTIMATED USD");
    assert_contains(run->out, "0.0010225"); /* 9 read, 100 written */
    assert_contains(run->err, "an estimate, before sending: about 9 tokens read, 100 written");
    assert_run(other, 0, NULL);
    assert_contains(other->out, "openai/owl");
    assert_run(json, 0, NULL);
    g_assert_true(json_object_get_boolean(json_at(answer, "estimated")));
    g_assert_cmpint(json_object_get_int(json_at(answer, "tokens.output")), ==, 100);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 0);
    json_object_put(answer);
}

/* Another kind of request, and one that says what it prefers: the cheapest stands first. */
static void test_options(void)
{
    g_autoptr(Rig) rig = rig_prices();
    g_autoptr(Run) kind = box_run(rig->box, "{\"model\":\"openai/parrot\",\"input\":\"12345678\"}",
                                  "cost", "-f", "-", "--kind", "embedding", NULL);
    g_autoptr(Run) budget =
        box_run(rig->box,
                "{\"model\":\"birds\",\"patchbay\":{\"prefer\":\"cheap\"},\"messages\":[{\"role\":"
                "\"user\",\"content\":\"Hi\"}]}",
                "cost", "-f", "-", NULL);

    assert_run(kind, 0, NULL);
    assert_contains(kind->out, " 0.000005 ");
    assert_run(budget, 0, NULL);
    g_assert_true(strstr(budget->out, "openai/parrot") < strstr(budget->out, "openai/owl"));
}

static void test_usage(void)
{
    g_autoptr(Rig) rig = rig_prices();
    g_autoptr(Run) nothing = box_run(rig->box, NULL, "cost", "-m", "openai/parrot", NULL);
    g_autoptr(Run) both = box_run(rig->box, REQUEST, "cost", "-f", "-", "--input", "1", NULL);
    g_autoptr(Run) model = box_run(rig->box, NULL, "cost", "--input", "1", NULL);
    g_autoptr(Run) choosing = box_run(rig->box, NULL, "cost", "-m", "openai/parrot", "--input", "1",
                                      "--max-cost", "1", NULL);
    g_autoptr(Run) number =
        box_run(rig->box, NULL, "cost", "-m", "openai/parrot", "--input", "1.5", NULL);
    g_autoptr(Run) negative =
        box_run(rig->box, NULL, "cost", "-m", "openai/parrot", "--input", "1", "--output=-1", NULL);
    g_autoptr(Run) operand =
        box_run(rig->box, NULL, "cost", "-m", "openai/parrot", "--input", "1", "x", NULL);
    g_autoptr(Run) name =
        box_run(rig->box, NULL, "cost", "-m", "opnai/parrot", "--input", "1", NULL);
    g_autoptr(Run) bad =
        box_run(rig->box, "{\"model\":\"openai/parrot\"}", "cost", "-f", "-", NULL);
    g_autoptr(Run) kind = box_run(rig->box, REQUEST, "cost", "-f", "-", "--kind", "song", NULL);
    g_autoptr(Run) file = box_run(rig->box, NULL, "cost", "-f", "/no/such/file", NULL);

    assert_complaint(nothing, 1, "--input N", NULL);
    assert_complaint(both, 1, "not both", NULL);
    assert_complaint(choosing, 1, "--max-cost", "-f FILE.json", NULL);
    assert_complaint(model, 1, "-m", NULL);
    assert_complaint(number, 1, "--input 1.5", NULL);
    assert_complaint(negative, 1, "--output -1", NULL);
    assert_complaint(operand, 1, "no operand", NULL);
    assert_complaint(name, 3, "openai", NULL);
    assert_complaint(bad, 3, "messages", NULL);
    assert_complaint(kind, 1, "song", NULL);
    assert_complaint(file, 1, "/no/such/file", NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/cost/tokens", test_tokens);
    g_test_add_func("/cli/cost/model", test_model);
    g_test_add_func("/cli/cost/unknown", test_unknown);
    g_test_add_func("/cli/cost/estimate", test_estimate);
    g_test_add_func("/cli/cost/options", test_options);
    g_test_add_func("/cli/cost/usage", test_usage);
    return g_test_run();
}
