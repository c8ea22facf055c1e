/* SPDX-License-Identifier: Apache-2.0 */
/* Labels, fallbacks and budget go into the request's member `patchbay`; what else the text holds
 * stays byte for byte, and nothing of them reaches the vendor. */
#include "cli/cli.h"
#include "e2e/rig.h"

#include <string.h>

/* NULL: refused. */
static void is_text(CliRequestOptions options, const char *text, const char *expected)
{
    g_autofree char *got = NULL;

    cli_request_options = options;
    got = cli_routing_text(text);
    cli_request_options = (CliRequestOptions){0};
    g_assert_cmpstr(got, ==, expected);
}

static char *label[] = {"team=blue", "a=b=c", NULL};
static char *fallback[] = {"x/y", "slow", NULL};

static void test_texts(void)
{
    CliRequestOptions labels = {.labels = label};
    CliRequestOptions all = {
        .labels = label, .fallbacks = fallback, .max_cost = "0.0050", .prefer = "cheap"};

    is_text((CliRequestOptions){0}, "{\"n\":1e400}", "{\"n\":1e400}");
    is_text(labels, "{\"n\":1e400}",
            "{\"patchbay\":{\"labels\":{\"team\":\"blue\",\"a\":\"b=c\"}},\"n\":1e400}");
    is_text(labels, " { }", " {\"patchbay\":{\"labels\":{\"team\":\"blue\",\"a\":\"b=c\"}} }");
    is_text(all, "{\"s\":\"\\u00e9\\/\"}",
            "{\"patchbay\":{\"labels\":{\"team\":\"blue\",\"a\":\"b=c\"},\"fallbacks\":[\"x/y\","
            "\"slow\"],\"max_cost\":0.0050,\"prefer\":\"cheap\"},\"s\":\"\\u00e9\\/\"}");
}

/* What the request says itself stays, and the command line wins. */
static void test_merge(void)
{
    CliRequestOptions o = {.labels = label, .max_cost = "1"};

    is_text(o,
            "{\"a\":1,\"patchbay\":{\"prefer\":\"cheap\",\"labels\":{\"team\":\"red\",\"x\":\"y\"}}"
            ",\"b\":1e400}",
            "{\"a\":1,\"patchbay\":{\"prefer\":\"cheap\",\"labels\":{\"team\":\"blue\",\"x\":\"y\","
            "\"a\":\"b=c\"},\"max_cost\":1},\"b\":1e400}");
    is_text((CliRequestOptions){.fallbacks = fallback}, "{\"patchbay\":{\"fallbacks\":[\"z\"]}}",
            "{\"patchbay\":{\"fallbacks\":[\"x/y\",\"slow\"]}}");
    is_text(o, "{\"patchbay\":null}",
            "{\"patchbay\":{\"labels\":{\"team\":\"blue\",\"a\":\"b=c\"},\"max_cost\":1}}");
    is_text(o, "{\"messages\":[{\"patchbay\":1}]}",
            "{\"patchbay\":{\"labels\":{\"team\":\"blue\",\"a\":\"b=c\"},\"max_cost\":1},"
            "\"messages\":[{\"patchbay\":1}]}");
}

/* What is no request stays as it is: the library says what is wrong with it. */
static void test_no_object(void)
{
    static const char *const texts[] = {"", "[]", "7", "{", "no JSON", "{\"patchbay\":7}", "null"};
    CliRequestOptions o = {.max_cost = "1"};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        is_text(o, texts[i], texts[i]);
}

static void test_values(void)
{
    static const char *const costs[] = {"0.005", "0", "1", "12.5", "007.50", "123456789012"};
    static const char *const wrong[] = {"",    ".5",       "5.", "-1",   "1e3",
                                        "1,5", "0x1",      "$1", "1 ",   "cheap",
                                        "inf", "0.005USD", "1.", "1..2", "1234567890123"};
    char *bad_labels[][2] = {{"team", NULL}, {"=x", NULL}, {"", NULL}, {"a=\xff", NULL}};
    char *bad_fallback[] = {"", NULL};

    for (size_t i = 0; i < G_N_ELEMENTS(costs); i++) {
        g_autofree char *got = NULL;
        json_object *tree;

        cli_request_options = (CliRequestOptions){.max_cost = (char *)costs[i]};
        got = cli_routing_text("{}");
        tree = json_tokener_parse(got);
        g_assert_cmpfloat(json_object_get_double(json_at(tree, "patchbay.max_cost")), ==,
                          g_ascii_strtod(costs[i], NULL));
        json_object_put(tree);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        is_text((CliRequestOptions){.max_cost = (char *)wrong[i]}, "{}", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(bad_labels); i++)
        is_text((CliRequestOptions){.labels = bad_labels[i]}, "{}", NULL);
    is_text((CliRequestOptions){.fallbacks = bad_fallback}, "{}", NULL);
    is_text((CliRequestOptions){.prefer = "best"}, "{}", NULL);
}

/* A rule goes by a label, and the vendor never sees it. */
static void test_label_routes(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) creative = NULL, plain = NULL, file = NULL;

    box_conf(rig->box, "m",
             "[model smart]\nstrategy = rules\nrule.1 = complexity == creative -> openai/count\n"
             "default = openai/parrot\n");
    creative = box_run(rig->box, NULL, "chat", "-m", "smart", "--label", "complexity=creative",
                       "hi", NULL);
    plain = box_run(rig->box, NULL, "chat", "-m", "smart", "hi", NULL);
    file = box_run(rig->box, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}", "request",
                   "-m", "smart", "--label", "complexity=creative", "-", NULL);
    assert_run(creative, 0, NULL);
    assert_run(plain, 0, "You said: hi\n");
    assert_run(file, 0, NULL);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 3);
    assert_contains(stub_request_body(rig_stub(rig), 0), "\"model\":\"count\"");
    assert_contains(stub_request_body(rig_stub(rig), 1), "\"model\":\"parrot\"");
    assert_contains(stub_request_body(rig_stub(rig), 2), "\"model\":\"count\"");
    for (size_t i = 0; i < 3; i++)
        assert_lacks(stub_request_body(rig_stub(rig), i), "patchbay");
}

static void test_fallback(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run =
        box_run(rig->box, NULL, "chat", "-m", "openai/http-503", "--retries", "0", "--fallback",
                "openai/http-500", "--fallback", "openai/parrot", "hi", NULL);

    assert_run(run, 0, "You said: hi\n");
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 3);
}

static void test_retries(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) none =
        box_run(rig->box, NULL, "chat", "-m", "openai/http-503", "--retries", "0", "hi", NULL);
    size_t before = stub_requests(rig_stub(rig));
    g_autoptr(Run) one =
        box_run(rig->box, NULL, "chat", "-m", "openai/http-503", "--retries", "1", "hi", NULL);

    g_assert_cmpint(none->code, ==, 4);
    g_assert_cmpuint(before, ==, 1);
    g_assert_cmpint(one->code, ==, 4);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/request-routing/texts", test_texts);
    g_test_add_func("/cli/request-routing/merge", test_merge);
    g_test_add_func("/cli/request-routing/no-object", test_no_object);
    g_test_add_func("/cli/request-routing/values", test_values);
    g_test_add_func("/cli/request-routing/label-routes", test_label_routes);
    g_test_add_func("/cli/request-routing/fallback", test_fallback);
    g_test_add_func("/cli/request-routing/retries", test_retries);
    return g_test_run();
}
