/* SPDX-License-Identifier: Apache-2.0 */
/* The examples of limits and of health checks. For the test's thread. */
#include "e2e/house.h"

#include <glib/gstdio.h>
#include <string.h>

#define GPT4O "openai/gpt-4o"
#define MINI  "openai/gpt-4o-mini"
#define LLAMA "groq/llama-3.3-70b-versatile"
#define HAIKU "anthropic/claude-3-5-haiku-20241022"

/* parallel = 2: a third one goes elsewhere, and back when one has ended. */
static void limits_parallel(void)
{
    g_autoptr(House) house = house_new("limits", "limits.openai/gpt-4o.rpm", "1000", NULL);
    Pending *busy[2];
    json_object *explained;

    house_says(house, GPT4O, "hang hang ok");
    for (unsigned i = 0; i < 2; i++) {
        busy[i] = house_start(house, "polite", "", "Hello");
        house_await(house, i + 1);
    }
    explained = house_explain(house, "polite", "", "Hello");
    assert_text(plan_reason(explained, GPT4O), "2 requests are under way");
    json_object_put(explained);
    house_assert(house, "polite", "", "Hello", LLAMA);
    pending_cancel(busy[0]);
    reply_free(pending_end(busy[0]));
    house_assert(house, "polite", "", "Hello", GPT4O);
    pending_cancel(busy[1]);
    reply_free(pending_end(busy[1]));
}

/* rpm = 3: three, then the next target. tpm = 200 of the whole provider: until that many tokens are
 * used up, then the one after it. Nobody was asked in vain. */
static void limits_a_minute(void)
{
    g_autoptr(House) house = house_new("limits", NULL);

    for (unsigned i = 0; i < 3; i++)
        house_assert(house, "polite", "", "Hello", GPT4O);
    house_assert(house, "polite", "\"max_tokens\":20", "Hello", LLAMA);
    house_assert(house, "polite", "\"max_tokens\":180", "Hello", HAIKU);
    house_assert(house, "polite", "\"max_tokens\":20", "Hello", LLAMA);
}

static void test_limits(void)
{
    limits_parallel();
    limits_a_minute();
}

/* One is served, two wait, the fourth goes elsewhere; those that waited are served in order. */
static void queue_in_order(void)
{
    g_autoptr(House) house = house_new("limits-queue", NULL);
    Pending *busy, *first, *second;
    g_autoptr(Reply) one = NULL, two = NULL;
    g_autofree char *asked = NULL;

    house_says(house, GPT4O, "hang ok");
    busy = house_start(house, "in-line", "", "Hello");
    house_await(house, 1);
    first = house_start(house, "in-line", "", "Hello");
    pending_await_waiting(first);
    second = house_start(house, "in-line", "", "Hello");
    pending_await_waiting(second);
    g_free(house_asked(house));
    house_assert(house, "in-line", "", "Hello", LLAMA);
    pending_cancel(busy);
    reply_free(pending_end(busy));
    one = pending_end(first);
    two = pending_end(second);
    asked = house_asked(house);
    g_assert_cmpstr(one->attempts, ==, GPT4O ":ok");
    g_assert_cmpstr(two->attempts, ==, GPT4O ":ok");
    g_assert_cmpstr(asked, ==, GPT4O " " GPT4O);
}

/* Its time in the queue is up: the next target. */
static void queue_times_out(void)
{
    g_autoptr(House) house =
        house_new("limits-queue", "limits.openai/gpt-4o.queue-timeout", "100ms", NULL);
    Pending *busy;
    g_autoptr(Reply) waited = NULL;

    house_says(house, GPT4O, "hang");
    busy = house_start(house, "in-line", "", "Hello");
    house_await(house, 1);
    waited = house_ask(house, "in-line", "", "Hello");
    g_assert_cmpstr(waited->waits, ==, GPT4O);
    g_assert_cmpstr(waited->attempts, ==, LLAMA ":ok");
    pending_cancel(busy);
    reply_free(pending_end(busy));
}

/* Who gives up in the queue leaves no gap. */
static void queue_is_left(void)
{
    g_autoptr(House) house = house_new("limits-queue", NULL);
    Pending *busy, *leaves, *stays;
    g_autoptr(Reply) left = NULL, served = NULL;

    house_says(house, GPT4O, "hang ok");
    busy = house_start(house, "in-line", "", "Hello");
    house_await(house, 1);
    leaves = house_start(house, "in-line", "", "Hello");
    pending_await_waiting(leaves);
    stays = house_start(house, "in-line", "", "Hello");
    pending_await_waiting(stays);
    pending_cancel(leaves);
    left = pending_end(leaves);
    g_assert_cmpint(left->cls, ==, PATCHBAY_ERR_CANCELLED);
    g_assert_cmpstr(left->attempts, ==, "");
    pending_cancel(busy);
    reply_free(pending_end(busy));
    served = pending_end(stays);
    g_assert_cmpstr(served->attempts, ==, GPT4O ":ok");
}

static void test_limits_queue(void)
{
    queue_in_order();
    queue_times_out();
    queue_is_left();
}

/* A billed probe of that model; 0 or the class that it ended with. */
static int billed_probe(House *house, const char *model)
{
    g_autofree char *json = g_strdup_printf(
        "{\"model\":\"%s\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
        model);
    patchbay_request *request = patchbay_request_new("chat", json);
    patchbay_error *error = NULL;
    patchbay_result *result;
    int cls;

    patchbay_request_billed_probe(request, 1);
    patchbay_request_retries(request, 0);
    result = patchbay_run_request(house->pb, request, &error);
    cls = error != NULL ? patchbay_error_class(error) : 0;
    if (cls != 0)
        g_test_message("%s", patchbay_error_message(error));
    patchbay_result_free(result);
    patchbay_error_free(error);
    patchbay_request_free(request);
    return cls;
}

/* The cap holds over all probes of the day, and the vendor sees those that are within it. An
 * estimate of 0.0006 of 0.001. */
static void test_health_checks(void)
{
    g_autofree char *dir = g_dir_make_tmp("patchbay-state-XXXXXX", NULL);
    g_autofree char *state = g_build_filename(dir, "state.json", NULL);
    g_autoptr(House) house =
        house_new("health-checks", "state", state, "price.openai/gpt-4o-mini.input", "100",
                  "price.openai/gpt-4o-mini.output", "100", NULL);
    g_autofree char *seen = NULL;
    char *health = patchbay_health(house->pb, "watched", NULL);

    assert_text(health, "\"" MINI "\"");
    assert_text(health, "\"" HAIKU "\"");
    assert_text(health, "\"closed\"");
    patchbay_free(health);
    g_assert_cmpint(billed_probe(house, MINI), ==, 0);
    g_assert_cmpint(billed_probe(house, MINI), ==, PATCHBAY_ERR_QUOTA);
    /* Nor one of which nobody knows what it costs. */
    g_assert_cmpint(billed_probe(house, "openai/a-model-without-a-price"), ==, PATCHBAY_ERR_QUOTA);
    g_assert_cmpint(billed_probe(house, HAIKU), ==, 0);
    seen = house_asked(house);
    g_assert_cmpstr(seen, ==, MINI " " HAIKU);
    g_unlink(state);
    g_rmdir(dir);
}

const Example examples_of_limits[] = {
    {"limits", test_limits},
    {"limits-queue", test_limits_queue},
    {"health-checks", test_health_checks},
    {0},
};
