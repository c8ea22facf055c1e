/* SPDX-License-Identifier: Apache-2.0 */
/* The examples of how one of several targets is chosen. For the test's thread. */
#include "e2e/house.h"

#include <string.h>

#define GPT4O   "openai/gpt-4o"
#define MINI    "openai/gpt-4o-mini"
#define GPT4    "openai/gpt-4"
#define SONNET  "anthropic/claude-3-5-sonnet-20241022"
#define HAIKU   "anthropic/claude-3-5-haiku-20241022"
#define LLAMA   "groq/llama-3.3-70b-versatile"
#define LLAMA8B "groq/llama-3.1-8b-instant"
#define STREAM  "\"stream\":true"

static void test_order(void)
{
    g_autoptr(House) house = house_new("order", NULL);
    json_object *explained = house_explain(house, "careful", "", "Hello");
    g_autofree char *planned = plan_targets(explained, "choice");
    g_autofree char *asked = NULL;
    g_autoptr(Reply) second = NULL;

    g_assert_cmpstr(planned, ==, GPT4O " " SONNET " " LLAMA);
    json_object_put(explained);
    house_assert(house, "careful", "", "Hello", GPT4O);
    house_assert(house, "careful", STREAM, "Hello", GPT4O);
    house->retries = 0;
    house_says(house, GPT4O, "500");
    house_says(house, SONNET, "404");
    second = house_ask_explained(house, "careful", STREAM, "Hello");
    asked = house_asked(house);
    g_assert_cmpstr(asked, ==, GPT4O " " SONNET " " LLAMA);
    g_assert_cmpstr(second->attempts, ==, GPT4O ":server_error " SONNET ":not_found " LLAMA ":ok");
    g_assert_cmpstr(second->target, ==, LLAMA);
    g_assert_cmpstr(second->text, ==, "I am " LLAMA ".");
}

/* How often a target stands in a list of names. */
static unsigned count(const char *asked, const char *target)
{
    g_auto(GStrv) names = g_strsplit(asked, " ", -1);
    unsigned n = 0;

    for (char **name = names; *name != NULL; name++)
        n += strcmp(*name, target) == 0;
    return n;
}

/* Of 400 calls 300 are to be expected at the first, give or take six times what chance does. */
static void test_weighted(void)
{
    g_autoptr(House) house = house_new("weighted", NULL);
    g_autofree char *asked = NULL, *then = NULL;
    g_autoptr(Reply) last = NULL;

    for (unsigned i = 0; i < 400; i++) {
        g_autoptr(Reply) reply = house_ask(house, "spread", "", "Hello");

        g_assert_cmpint(reply->cls, ==, 0);
    }
    asked = house_asked(house);
    g_assert_cmpuint(count(asked, GPT4O), >, 300 - 6 * 9);
    g_assert_cmpuint(count(asked, GPT4O), <, 300 + 6 * 9);
    g_assert_cmpuint(count(asked, GPT4O) + count(asked, SONNET), ==, 400);
    house->retries = 0;
    house_says(house, GPT4O, "404");
    house_says(house, SONNET, "404");
    last = house_ask(house, "spread", "", "Hello");
    then = house_asked(house);
    g_assert_cmpstr(last->target, ==, LLAMA);
    g_assert_cmpuint(count(then, GPT4O), ==, 1);
    g_assert_cmpuint(count(then, SONNET), ==, 1);
    g_assert_true(g_str_has_suffix(then, LLAMA));
}

static void test_least_busy(void)
{
    g_autoptr(House) house = house_new("least-busy", NULL);
    Pending *busy, *too;
    g_autofree char *first = NULL, *second = NULL;
    const char *other;

    house_says(house, GPT4O, "hang");
    house_says(house, SONNET, "hang");
    busy = house_start(house, "shared", "", "Hello");
    house_await(house, 1);
    first = house_asked(house);
    other = strcmp(first, GPT4O) == 0 ? SONNET : GPT4O;
    house_says(house, other, "hang ok");
    too = house_start(house, "shared", "", "Hello");
    house_await(house, 2);
    second = house_asked(house);
    g_assert_cmpstr(second, ==, other);
    pending_cancel(too);
    reply_free(pending_end(too));
    for (unsigned i = 0; i < 5; i++)
        house_assert(house, "shared", "", "Hello", other);
    pending_cancel(busy);
    reply_free(pending_end(busy));
}

/* Both are asked as long as they are unknown; then the faster one, until it is the slower one. */
static void test_latency(void)
{
    g_autoptr(House) house = house_new("latency", NULL);
    g_autofree char *asked = NULL;

    house_says(house, MINI, "ok@150");
    for (unsigned i = 0; i < 4; i++) {
        g_autoptr(Reply) reply = house_ask(house, "quick", STREAM, "Hello");

        g_assert_cmpint(reply->cls, ==, 0);
    }
    asked = house_asked(house);
    g_assert_cmpuint(count(asked, MINI), ==, 1);
    for (unsigned i = 0; i < 10; i++)
        house_assert(house, "quick", STREAM, "Hello", LLAMA8B);
}

/* The price list that ships; the one without a price comes last, and explain says so. */
static void test_cost(void)
{
    g_autoptr(House) house = house_new("cost", NULL);
    json_object *explained = house_explain(house, "thrifty", "", "Hello");
    g_autofree char *planned = plan_targets(explained, "choice");

    g_assert_cmpstr(planned, ==, MINI " " HAIKU " " GPT4O " openai/a-model-without-a-price");
    assert_text(plan_reason(explained, "openai/a-model-without-a-price"), "unknown");
    json_object_put(explained);
    house_assert(house, "thrifty", "", "Hello", MINI);
}

/* "Hello" with so many tokens to be written. */
static void assert_budget(House *house, const char *members, const char *target)
{
    house_assert(house, "best-for-a-cent", members, "Hello", target);
}

static void test_budget(void)
{
    g_autoptr(House) house = house_new("budget", NULL);
    g_autoptr(Reply) over = NULL, refused = NULL;
    g_autofree char *asked = NULL;

    assert_budget(house, "\"max_tokens\":5", GPT4);    /* 0.0006 */
    assert_budget(house, "\"max_tokens\":500", GPT4O); /* gpt-4: 0.0303, gpt-4o: 0.0050 */
    assert_budget(house, "\"max_tokens\":3000", MINI); /* gpt-4o: 0.0300 */
    assert_budget(house, "\"max_tokens\":500,\"patchbay\":{\"max_cost\":0.002}", MINI);
    assert_budget(house, "\"max_tokens\":5,\"patchbay\":{\"prefer\":\"cheap\"}", MINI);
    house_assert(house, "never-more", "\"max_tokens\":5", "Hello", GPT4O); /* the middle one */
    over = house_ask_explained(house, "best-for-a-cent", "\"max_tokens\":20000", "Hello");
    g_assert_cmpstr(over->target, ==, MINI);
    assert_text(json_object_to_json_string(over->report), "budget");
    g_free(house_asked(house));
    refused = house_ask(house, "never-more", "\"max_tokens\":20000", "Hello");
    asked = house_asked(house);
    g_assert_cmpint(refused->cls, ==, PATCHBAY_ERR_INVALID);
    g_assert_cmpstr(asked, ==, "");
    assert_text(refused->message, "0.01");
}

static const char *usd_of(json_object *costs, size_t i)
{
    json_object *target = json_object_array_get_idx(json_object_object_get(costs, "targets"), i);
    return json_object_get_string(json_object_object_get(target, "usd"));
}

static json_object *cost(House *house, const char *model, int64_t input, int64_t output)
{
    char *json = patchbay_cost(house->pb, model, input, output, NULL);
    json_object *tree = json_tokener_parse(json);

    g_assert_nonnull(tree);
    patchbay_free(json);
    return tree;
}

/* input is the example's, output (10 dollars) the shipped one; the workshop has tiers. */
static void test_own_prices(void)
{
    g_autoptr(House) house = house_new("own-prices", NULL);
    json_object *low = cost(house, "frugal", 1000, 1000);
    json_object *high = cost(house, "workshop/llama", 1001, 1000);
    g_autoptr(Reply) reply = NULL;
    json_object *paid;

    g_assert_cmpstr(usd_of(low, 0), ==, "0.012");
    g_assert_cmpstr(usd_of(low, 1), ==, "0.0001");
    g_assert_cmpstr(usd_of(high, 0), ==, "0.00017008");
    json_object_put(low);
    json_object_put(high);
    reply = house_ask_explained(house, "frugal", "", "Hello");
    g_assert_cmpstr(reply->target, ==, "workshop/llama");
    paid = json_object_object_get(reply->report, "cost");
    g_assert_cmpstr(json_object_get_string(json_object_object_get(paid, "usd")), ==, "0.00000075");
}

/* As long as it fits, the first; else it is left out before it is asked. */
static void test_context(void)
{
    g_autoptr(House) house = house_new("context", NULL);
    g_autofree char *book = g_strnfill(8000, 'x');
    json_object *explained = house_explain(house, "roomy", "", book);

    assert_text(plan_reason(explained, LLAMA8B), "context");
    json_object_put(explained);
    house_assert(house, "roomy", "", "Hello", LLAMA8B);
    house_assert(house, "roomy", "", book, "openai/gpt-4.1");
}

static void test_bare_names(void)
{
    g_autoptr(House) house = house_new("bare-names", NULL);
    g_autoptr(Reply) both = NULL;

    house_assert(house, "llama-3.3-70b-versatile", "", "Hello", LLAMA);
    house_assert(house, "workshop-small", "", "Hello", "workshop/workshop-small");
    house_assert(house, "gpt-4-32k", "", "Hello", "openai/gpt-4.1");
    house_assert(house, "gpt-4", "", "Hello", "openai/gpt-4");
    house_assert(house, "claude-3-opus-20240229", "", "Hello", "anthropic/claude-3-opus-20240229");
    both = house_ask(house, "llama-3.1-8b-instant", "", "Hello");
    g_assert_cmpint(both->cls, ==, PATCHBAY_ERR_NOT_FOUND);
    assert_text(both->message, "groq");
    assert_text(both->message, "workshop");
}

const Example examples_of_choice[] = {
    {"order", test_order},
    {"weighted", test_weighted},
    {"least-busy", test_least_busy},
    {"latency", test_latency},
    {"cost", test_cost},
    {"budget", test_budget},
    {"own-prices", test_own_prices},
    {"context", test_context},
    {"bare-names", test_bare_names},
    {0},
};
