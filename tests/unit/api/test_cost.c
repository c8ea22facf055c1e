/* SPDX-License-Identifier: Apache-2.0 */
/* Costs before anything is sent: of given tokens at each target of a name, of a request by its
 * estimate, and what is unknown or wrong. The vendor must never hear of it. */
#include "world.h"

#define PRICES                                                                                     \
    "[price acme/cheap]\ninput = 1\noutput = 2\n"                                                  \
    "[price acme/dear]\ninput = 10.5\noutput = 20\nabove-1000.input = 21\ncached-input = 1\n"      \
    "[price acme/half]\ninput = 3\n"                                                               \
    "[price acme/paint]\ninput = 5\noutput = 40\nimage = 0.25\nrequest = 0.01\n"

#define MODELS                                                                                     \
    "[model chain]\ntargets = acme/dear;acme/unpriced;acme/cheap\nfallbacks = acme/half\n"         \
    "[model ruled]\nstrategy = rules\nrule.1 = chars < 100 -> acme/cheap\n"                        \
    "rule.2 = chars > 500 -> chain\ndefault = acme/dear\n"                                         \
    "[model frugal]\nstrategy = budget\nmax-cost = 0.0000001\nover-budget = refuse\n"              \
    "targets = acme/dear;acme/cheap\n"

typedef struct Case {
    World *world;
    patchbay *pb;
} Case;

static Case case_new(void)
{
    Case c = {.world = world_new()};
    g_free(world_file(c.world, "conf.d/prices.conf", PRICES));
    g_free(world_file(c.world, "conf.d/models.conf", MODELS));
    c.pb = world_open(c.world);
    return c;
}

static void case_free(Case *c)
{
    patchbay_close(c->pb);
    g_assert_cmpuint(stub_requests(c->world->stub), ==, 0);
    world_free(c->world);
}

static char *cost(const Case *c, const char *model, int64_t input, int64_t output)
{
    patchbay_error *error = NULL;
    char *text = patchbay_cost(c->pb, model, input, output, &error);
    assert_ok(error);
    g_assert_nonnull(text);
    return text;
}

static char *estimate(const Case *c, patchbay_request *request)
{
    patchbay_error *error = NULL;
    char *text = patchbay_estimate(c->pb, request, &error);
    assert_ok(error);
    g_assert_nonnull(text);
    patchbay_request_free(request);
    return text;
}

static unsigned count(const char *text, const char *part)
{
    unsigned n = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
        n++;
    return n;
}

static void test_target(void)
{
    Case c = case_new();
    char *text = cost(&c, "acme/cheap", 1000, 500);
    g_assert_true(g_str_has_prefix(
        text, "{\"model\":\"acme/cheap\",\"estimated\":false,\"targets\":[{\"target\":"
              "\"acme/cheap\",\"usd\":\"0.002\",\"price\":{\"input\":\"1\",\"output\":\"2\","));
    assert_holds(text, "prices.conf\"");
    patchbay_free(text);
    text = cost(&c, "acme/dear", 1000, 0);
    assert_holds(text, "\"usd\":\"0.0105\"");
    patchbay_free(text);
    text = cost(&c, "acme/dear", 1001, 0); /* the whole request by the tier */
    assert_holds(text, "\"usd\":\"0.021021\"");
    assert_holds(text, "\"tiers\":[{\"above\":1000,\"input\":\"21\"}]");
    patchbay_free(text);
    text = cost(&c, "acme/cheap", 0, 0);
    assert_holds(text, "\"usd\":\"0\"");
    patchbay_free(text);
    text = cost(&c, "acme/paint", 0, 0); /* the fee of one request */
    assert_holds(text, "\"usd\":\"0.01\"");
    patchbay_free(text);
    case_free(&c);
}

static void test_unknown(void)
{
    Case c = case_new();
    char *text = cost(&c, "acme/unpriced", 10, 10);
    assert_holds(text, "\"target\":\"acme/unpriced\",\"unknown\":\"there is no [price] section");
    assert_lacks(text, "usd");
    assert_lacks(text, "\"price\"");
    patchbay_free(text);
    text = cost(&c, "acme/half", 10, 10);
    assert_holds(text, "\"unknown\":\"its [price] section has no `output`\"");
    assert_holds(text, "\"price\":{\"input\":\"3\"");
    patchbay_free(text);
    text = cost(&c, "acme/half", 10, 0);
    assert_holds(text, "\"usd\":\"0.00003\"");
    patchbay_free(text);
    case_free(&c);
}

/* All targets of a [model], each once, whatever would be chosen. */
static void test_model(void)
{
    Case c = case_new();
    char *text = cost(&c, "chain", 100, 100);
    assert_holds(text, "{\"target\":\"acme/dear\",\"usd\":\"0.00305\"");
    assert_holds(text, "{\"target\":\"acme/unpriced\",\"unknown\"");
    assert_holds(text, "{\"target\":\"acme/cheap\",\"usd\":\"0.0003\"");
    assert_holds(text, "{\"target\":\"acme/half\",\"unknown\"");
    assert_holds(text, "\"cause\":\"fallback\"}]}"); /* the last one alone has a cause */
    g_assert_cmpuint(count(text, "\"cause\":"), ==, 1);
    g_assert_cmpuint(count(text, "\"target\":"), ==, 4);
    patchbay_free(text);
    text = cost(&c, "ruled", 100, 100);
    assert_holds(text, "acme/unpriced");
    g_assert_cmpuint(count(text, "\"acme/cheap\""), ==, 1);
    g_assert_cmpuint(count(text, "\"acme/dear\""), ==, 1);
    g_assert_cmpuint(count(text, "\"target\":"), ==, 4); /* and the fallback of chain */
    patchbay_free(text);
    case_free(&c);
}

/* Without a key one may still ask what it would cost; a name without a prefix finds its vendor. */
static void test_names(void)
{
    World *world = world_new();
    Case c = {.world = world};
    g_unsetenv("OPENAI_API_KEY");
    g_free(world_file(world, "conf.d/openai.conf",
                      "[provider openai]\nmatch = gpt-*\n[defaults]\nmodel = openai/gpt-4\n"
                      "[price openai/gpt-4]\ninput = 30\noutput = 60\n"));
    c.pb = world_open(world);
    char *text = cost(&c, "gpt-4", 1000000, 1000000);
    assert_holds(text, "{\"target\":\"openai/gpt-4\",\"usd\":\"90\"");
    patchbay_free(text);
    text = cost(&c, NULL, 1000000, 0);
    assert_holds(text, "{\"model\":\"openai/gpt-4\"");
    assert_holds(text, "\"usd\":\"30\"");
    patchbay_free(text);
    text = estimate(&c, chat("gpt-4", ""));
    assert_holds(text, "\"target\":\"openai/gpt-4\",\"usd\"");
    assert_holds(text, "\"out\":"); /* no key: said, and priced all the same */
    patchbay_free(text);
    case_free(&c);
}

static void test_refused(void)
{
    Case c = case_new();
    patchbay_error *error = NULL;
    g_assert_null(patchbay_cost(c.pb, "acme/cheap", -1, 0, &error));
    assert_failed(error, PATCHBAY_ERR_INVALID, "negative");
    error = NULL;
    g_assert_null(patchbay_cost(c.pb, "acme/cheap", 0, -5, &error));
    assert_failed(error, PATCHBAY_ERR_INVALID, "-5 written");
    error = NULL;
    g_assert_null(patchbay_cost(c.pb, "acne/cheap", 1, 1, &error));
    assert_failed(error, PATCHBAY_ERR_NOT_FOUND, "acme");
    g_assert_null(patchbay_cost(c.pb, "nothing of the sort", 1, 1, NULL));
    case_free(&c);
}

/* A name of 4-byte words: ceil(bytes / 4) + 4 a message. */
static void test_estimate(void)
{
    Case c = case_new();
    char *text = estimate(&c, chat("acme/cheap", ",\"max_tokens\":100"));
    /* "Men are all alike." has 18 bytes. */
    assert_holds(text, "\"estimated\":true,\"tokens\":{\"input\":9,\"output\":100}");
    assert_holds(text, "\"usd\":\"0.000209\"");
    patchbay_free(text);
    text = estimate(&c, chat("acme/cheap", ""));
    assert_holds(text, "\"tokens\":{\"input\":9,\"output\":9}");
    patchbay_free(text);
    text = estimate(
        &c, patchbay_request_new("embedding", "{\"model\":\"acme/half\",\"input\":\"12345678\"}"));
    assert_holds(text, "\"tokens\":{\"input\":2,\"output\":0}");
    assert_holds(text, "\"usd\":\"0.000006\"");
    patchbay_free(text);
    text = estimate(&c, patchbay_request_new(
                            "image", "{\"model\":\"acme/paint\",\"prompt\":\"cats\",\"n\":3}"));
    assert_holds(text, "\"images\":3");
    assert_holds(text, "\"usd\":\"0.760005\"");
    patchbay_free(text);
    case_free(&c);
}

/* The model of the request handle stands over that of the text, as in a call. */
static void test_estimate_model(void)
{
    Case c = case_new();
    patchbay_request *request = chat("acme/cheap", "");
    patchbay_request_model(request, "acme/half");
    char *text = estimate(&c, request);
    assert_holds(text, "{\"model\":\"acme/half\"");
    assert_lacks(text, "acme/cheap");
    patchbay_free(text);
    case_free(&c);
}

/* By the plan: the rule that holds for this request, then what follows a failure. */
static void test_estimate_plan(void)
{
    Case c = case_new();
    char *text = estimate(&c, chat("ruled", ""));
    assert_holds(text, "\"target\":\"acme/cheap\"");
    assert_lacks(text, "acme/dear");
    patchbay_free(text);
    text = estimate(&c, chat("chain", ""));
    g_assert_cmpuint(count(text, "\"target\":"), ==, 4);
    assert_holds(text, "\"target\":\"acme/half\",\"unknown\"");
    assert_holds(text, "\"cause\":\"fallback\"");
    patchbay_free(text);
    case_free(&c);
}

/* A budget that refuses is no reason to keep the figures back. */
static void test_estimate_over_budget(void)
{
    Case c = case_new();
    char *text = estimate(&c, chat("frugal", ""));
    assert_holds(text, "\"refused\":");
    assert_holds(text, "\"target\":\"acme/cheap\",\"usd\":\"0.000027\"");
    assert_holds(text, "\"target\":\"acme/dear\",\"usd\"");
    patchbay_free(text);
    case_free(&c);
}

static void test_estimate_refused(void)
{
    Case c = case_new();
    patchbay_error *error = NULL;
    patchbay_request *request = chat("nobody/x", "");
    g_assert_null(patchbay_estimate(c.pb, request, &error));
    assert_failed(error, PATCHBAY_ERR_NOT_FOUND, "nobody");
    patchbay_request_free(request);
    error = NULL;
    request = patchbay_request_new("chat", "{\"model\":\"acme/cheap\"}");
    g_assert_null(patchbay_estimate(c.pb, request, &error));
    assert_failed(error, PATCHBAY_ERR_INVALID, "messages");
    patchbay_request_free(request);
    error = NULL;
    request = patchbay_request_new("probe", "{\"model\":\"acme\"}");
    g_assert_null(patchbay_estimate(c.pb, request, &error));
    assert_failed(error, PATCHBAY_ERR_INVALID, "probe");
    patchbay_request_free(request);
    error = NULL;
    g_assert_null(patchbay_estimate(c.pb, NULL, &error));
    g_assert_nonnull(error);
    patchbay_error_free(error);
    case_free(&c);
}

/* Any thread may ask, also while the configuration is read anew. */
static void *ask_often(void *data)
{
    const Case *c = data;
    for (int i = 0; i < 40; i++) {
        char *text = cost(c, "chain", 100, 100);
        assert_holds(text, "\"usd\":\"0.0003\"");
        patchbay_free(text);
        text = estimate(c, chat("ruled", ""));
        assert_holds(text, "acme/cheap");
        patchbay_free(text);
    }
    return NULL;
}

static void test_threads(void)
{
    Case c = case_new();
    pthread_t threads[4];
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, ask_often, &c), ==, 0);
    for (int i = 0; i < 5; i++) {
        patchbay_error *error = NULL;
        patchbay_reload(c.pb, &error);
        assert_ok(error);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        pthread_join(threads[i], NULL);
    case_free(&c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cost/target", test_target);
    g_test_add_func("/cost/unknown", test_unknown);
    g_test_add_func("/cost/model", test_model);
    g_test_add_func("/cost/names", test_names);
    g_test_add_func("/cost/refused", test_refused);
    g_test_add_func("/estimate/tokens", test_estimate);
    g_test_add_func("/estimate/model", test_estimate_model);
    g_test_add_func("/estimate/plan", test_estimate_plan);
    g_test_add_func("/estimate/over-budget", test_estimate_over_budget);
    g_test_add_func("/estimate/refused", test_estimate_refused);
    g_test_add_func("/cost/threads", test_threads);
    return g_test_run();
}
