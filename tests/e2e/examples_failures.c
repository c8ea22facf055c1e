/* SPDX-License-Identifier: Apache-2.0 */
/* The examples of what happens when something fails: fallbacks, retries, time-outs, hedging, keys.
 * For the test's thread. */
#include "e2e/house.h"

#include <glib/gstdio.h>
#include <string.h>

#define GPT4O  "openai/gpt-4o"
#define GPT4   "openai/gpt-4"
#define GPT41  "openai/gpt-4.1"
#define MINI   "openai/gpt-4o-mini"
#define SONNET "anthropic/claude-3-5-sonnet-20241022"
#define LLAMA  "groq/llama-3.3-70b-versatile"
#define SMALL  "groq/llama-3.1-8b-instant"
#define STREAM "\"stream\":true"

/* Asks, and compares who was asked and what came of each. */
static Reply *assert_way(House *house, const char *model, const char *members, const char *asked,
                         const char *attempts)
{
    Reply *reply = house_ask_explained(house, model, members, "Hello");
    g_autofree char *seen = house_asked(house);

    g_assert_cmpstr(reply->attempts, ==, attempts);
    g_assert_cmpstr(seen, ==, asked);
    return reply;
}

/* ---- Fallbacks ---- */

static void test_fallbacks(void)
{
    g_autoptr(House) house = house_new("fallbacks", NULL);
    json_object *explained = house_explain(house, "guarded", "", "Hello");
    g_autofree char *choice = plan_targets(explained, "choice");
    g_autofree char *failure = plan_targets(explained, "fallback");
    g_autofree char *context = plan_targets(explained, "context-window-fallback");
    g_autofree char *policy = plan_targets(explained, "content-policy-fallback");

    g_assert_cmpstr(choice, ==, GPT4);
    g_assert_cmpstr(failure, ==, LLAMA);
    g_assert_cmpstr(context, ==, GPT41);
    g_assert_cmpstr(policy, ==, SONNET);
    json_object_put(explained);
    house->retries = 0;
    for (unsigned i = 0; i < 2; i++) {
        const char *members = i == 0 ? "" : STREAM;

        house_assert(house, "guarded", members, "Hello", GPT4);
        house_says(house, GPT4, "500");
        reply_free(assert_way(house, "guarded", members, GPT4 " " LLAMA,
                              GPT4 ":server_error " LLAMA ":ok"));
        house_says(house, GPT4, "context");
        reply_free(assert_way(house, "guarded", members, GPT4 " " GPT41,
                              GPT4 ":context_length_exceeded " GPT41 ":ok"));
        house_says(house, GPT4, "policy");
        reply_free(assert_way(house, "guarded", members, GPT4 " " SONNET,
                              GPT4 ":content_policy " SONNET ":ok"));
        house_says(house, GPT4, "400");
        reply_free(assert_way(house, "guarded", members, GPT4, GPT4 ":invalid_request"));
        house_says(house, GPT4, "ok");
    }
}

/* ---- Retries ---- */

/* The hints are short, so that the waits are. */
static void retries_help(void)
{
    g_autoptr(House) house = house_new("retries", NULL);
    g_autoptr(Reply) reply = NULL;

    house_says(house, GPT4O, "429:20 429:20 ok");
    reply = assert_way(house, "stubborn", "", GPT4O " " GPT4O " " GPT4O,
                       GPT4O ":rate_limit " GPT4O ":rate_limit " GPT4O ":ok");
    g_assert_cmpstr(reply->waits, ==, GPT4O " " GPT4O);
}

#define FOUR     GPT4O " " GPT4O " " GPT4O " " GPT4O
#define FOUR_429 GPT4O ":rate_limit " GPT4O ":rate_limit " GPT4O ":rate_limit " GPT4O ":rate_limit"

/* The first and three retries; then the next target, whose failure is the fifth attempt. */
static void retries_end(const char *second, const char *became, int cls)
{
    g_autoptr(House) house = house_new("retries", NULL);
    g_autofree char *attempts = g_strconcat(FOUR_429 " " SONNET ":", became, NULL);
    g_autoptr(Reply) reply = NULL;

    house_says(house, GPT4O, "429:20");
    house_says(house, SONNET, second);
    reply = assert_way(house, "stubborn", STREAM, FOUR " " SONNET, attempts);
    g_assert_cmpint(reply->cls, ==, cls);
}

/* What a retry cannot mend, and what was heard already; and [defaults] for a call that names a
 * target itself. */
static void retries_are_not_made(void)
{
    g_autoptr(House) house = house_new("retries", NULL);
    g_autoptr(Reply) heard = NULL, other = NULL;

    house_says(house, GPT4O, "400");
    reply_free(assert_way(house, "stubborn", "", GPT4O, GPT4O ":invalid_request"));
    house_says(house, GPT4O, "late");
    heard = assert_way(house, "stubborn", STREAM, GPT4O, GPT4O ":server_error");
    g_assert_cmpstr(heard->text, ==, "I am ");
    house_says(house, MINI, "429:20 429:20 ok");
    other = assert_way(house, MINI, "", MINI " " MINI, MINI ":rate_limit " MINI ":rate_limit");
    g_assert_cmpint(other->cls, ==, PATCHBAY_ERR_RATE_LIMIT);
}

static void test_retries(void)
{
    retries_help();
    retries_end("ok", "ok", 0);
    retries_end("529", "unavailable", PATCHBAY_ERR_OVERLOADED);
    retries_are_not_made();
}

/* ---- Time-outs ---- */

static int timeout_of(House *house, const char *model, const char *name)
{
    json_object *explained = house_explain(house, model, "", "Hello");
    json_object *all = json_object_object_get(explained, "timeouts_ms");
    int ms = json_object_get_int(json_object_object_get(all, name));

    json_object_put(explained);
    return ms;
}

static void test_timeouts_shown(void)
{
    g_autoptr(House) house = house_new("timeouts", NULL);

    g_assert_cmpint(timeout_of(house, "impatient", "connect"), ==, 2000);
    g_assert_cmpint(timeout_of(house, "impatient", "first_byte"), ==, 15000);
    g_assert_cmpint(timeout_of(house, "impatient", "first_token"), ==, 20000);
    g_assert_cmpint(timeout_of(house, "impatient", "idle"), ==, 10000);
    g_assert_cmpint(timeout_of(house, "impatient", "attempt"), ==, 45000);
    g_assert_cmpint(timeout_of(house, "impatient", "total"), ==, 60000);
    g_assert_cmpint(timeout_of(house, GPT4O, "connect"), ==, 3000);
}

/* The example with one of its bounds much shorter; words: what the first target does. */
static Reply *assert_timeout(const char *bound, const char *words, const char *members,
                             const char *attempts)
{
    g_autofree char *name = g_strconcat("model.impatient.", bound, NULL);
    g_autoptr(House) house = house_new("timeouts", name, "150ms", NULL);
    Reply *reply;

    house_says(house, GPT4O, words);
    reply = house_ask_explained(house, "impatient", members, "Hello");
    g_assert_cmpstr(reply->attempts, ==, attempts);
    return reply;
}

static void test_timeouts(void)
{
    static const char moves_on[] = GPT4O ":timeout " LLAMA ":ok";
    g_autoptr(Reply) idle = NULL, total = NULL;

    test_timeouts_shown();
    reply_free(assert_timeout("timeout-first-byte", "hang", "", moves_on));
    reply_free(assert_timeout("timeout-first-byte", "hang", STREAM, moves_on));
    reply_free(assert_timeout("timeout-first-token", "mute", STREAM, moves_on));
    reply_free(assert_timeout("timeout-idle", "mute", STREAM, moves_on));
    reply_free(assert_timeout("timeout-attempt", "hang", "", moves_on));
    reply_free(assert_timeout("timeout-attempt", "mute", STREAM, moves_on));
    /* What was heard already ends there. */
    idle = assert_timeout("timeout-idle", "gap", STREAM, GPT4O ":timeout");
    g_assert_cmpint(idle->cls, ==, PATCHBAY_ERR_TIMEOUT);
    g_assert_cmpstr(idle->text, ==, "I am ");
    /* The whole call: no other attempt. */
    total = assert_timeout("timeout", "hang", "", GPT4O ":timeout");
    g_assert_cmpint(total->cls, ==, PATCHBAY_ERR_TIMEOUT);
}

/* ---- Hedging ---- */

/* Where both have their usual time: long enough that requests come in the order of being sent. */
static House *steady_house(void)
{
    House *house = house_new("hedging", NULL);

    house_says(house, MINI, "ok@40");
    for (unsigned i = 0; i < 22; i++) {
        g_autoptr(Reply) reply = house_ask(house, "steady", STREAM, "Hello");

        g_assert_cmpint(reply->cls, ==, 0);
    }
    g_free(house_asked(house));
    return house;
}

static void test_hedging(void)
{
    g_autoptr(House) house = steady_house();
    g_autoptr(Reply) error = NULL;

    /* The second is asked and serves; the first is cancelled. */
    house_says(house, MINI, "hang");
    reply_free(assert_way(house, "steady", STREAM, MINI " " SMALL, MINI ":lost " SMALL ":ok"));
    /* An error does not win: the first speaks at last. */
    house_says(house, MINI, "ok@1000");
    house_says(house, SMALL, "404");
    error = assert_way(house, "steady", STREAM, MINI " " SMALL, MINI ":ok " SMALL ":not_found");
    g_assert_cmpstr(error->text, ==, "I am " MINI ".");
}

/* ---- Keys ---- */

#define TWO_KEYS "OPENAI_API_KEY=sk-first-0001\nOPENAI_API_KEY_2=sk-second-002\n"

static House *keys_house(void)
{
    return house_new_env(TWO_KEYS, "keys", "provider.openai.api-key", NULL, NULL);
}

/* Asks target; these keys are used, one a request, and it goes well. */
static void assert_keys(House *house, const char *target, const char *keys)
{
    g_autoptr(Reply) reply = house_ask(house, target, "", "Hello");
    g_autofree char *used = house_keys(house);
    g_autofree char *asked = house_asked(house);

    g_assert_cmpstr(reply->message, ==, "");
    g_assert_cmpstr(used, ==, keys);
}

/* Refused or out of credit: the next one, for every model of the provider. */
static void keys_rest_for_provider(const char *word)
{
    g_autoptr(House) house = keys_house();
    g_autofree char *words = g_strconcat(word, " ok", NULL);

    house_says(house, GPT4O, words);
    assert_keys(house, GPT4O, "sk-first-0001 sk-second-002");
    assert_keys(house, GPT4O, "sk-second-002");
    assert_keys(house, GPT41, "sk-second-002");
}

/* Over its rate: the other one at once, and the first rests for that model alone. */
static void keys_rest_for_target(void)
{
    g_autoptr(House) house = keys_house();

    house_says(house, GPT4O, "429:60000 ok");
    assert_keys(house, GPT4O, "sk-first-0001 sk-second-002");
    assert_keys(house, GPT4O, "sk-second-002");
    assert_keys(house, GPT41, "sk-first-0001");
}

/* It comes back when the vendor said so. */
static void keys_come_back(void)
{
    g_autoptr(House) house = keys_house();
    gint64 until = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
    g_autofree char *used = NULL;

    house_says(house, GPT4O, "429:30 ok");
    assert_keys(house, GPT4O, "sk-first-0001 sk-second-002");
    do {
        g_autoptr(Reply) reply = house_ask(house, GPT4O, "", "Hello");

        g_free(used);
        used = house_keys(house);
        g_free(house_asked(house));
        g_assert_cmpint(g_get_monotonic_time(), <, until);
    } while (strcmp(used, "sk-first-0001") != 0);
}

/* All are over their rate: the failure is told, and nobody asks again at once. */
static void keys_all_rest(void)
{
    g_autoptr(House) house = keys_house();
    g_autoptr(Reply) reply = NULL;
    g_autofree char *used = NULL;

    house->retries = 0;
    house_says(house, GPT4O, "429:60000");
    reply = house_ask(house, GPT4O, "", "Hello");
    used = house_keys(house);
    g_assert_cmpint(reply->cls, ==, PATCHBAY_ERR_RATE_LIMIT);
    g_assert_cmpstr(used, ==, "sk-first-0001 sk-second-002");
    g_assert_null(strstr(reply->message, "sk-"));
}

/* A key in a file: what stands there at a reload is what counts from then on, and it is fresh
 * whatever became of the one before. */
static void keys_from_a_file(void)
{
    g_autofree char *dir = g_dir_make_tmp("patchbay-keys-XXXXXX", NULL);
    g_autofree char *key = g_build_filename(dir, "key", NULL);
    g_autofree char *conf = g_build_filename(dir, "key.conf", NULL);
    g_autofree char *text = g_strdup_printf("[provider openai]\napi-key = ${file:%s}\n", key);
    g_autoptr(House) house = NULL;
    g_autoptr(Reply) refused = NULL;
    g_autofree char *used = NULL;

    g_assert_true(g_file_set_contents(key, "sk-before-01\n", -1, NULL));
    g_assert_true(g_file_set_contents(conf, text, -1, NULL));
    house = house_new("keys", "conf", conf, "provider.openai.api-key", NULL, NULL);
    assert_keys(house, GPT4O, "sk-before-01");
    g_assert_true(g_file_set_contents(key, "sk-after-002\n", -1, NULL));
    house_says(house, GPT4O, "401 ok");
    refused = house_ask(house, GPT4O, "", "Hello");
    used = house_keys(house);
    g_assert_cmpint(refused->cls, ==, PATCHBAY_ERR_AUTH);
    g_assert_cmpstr(used, ==, "sk-before-01");
    g_free(house_asked(house));
    g_assert_cmpint(patchbay_reload(house->pb, NULL), ==, 0);
    assert_keys(house, GPT4O, "sk-after-002");
    assert_keys(house, GPT41, "sk-after-002");
    g_unlink(key);
    g_unlink(conf);
    g_rmdir(dir);
}

static void test_keys(void)
{
    keys_rest_for_provider("401");
    keys_rest_for_provider("quota");
    keys_rest_for_target();
    keys_come_back();
    keys_all_rest();
    keys_from_a_file();
}

const Example examples_of_failures[] = {
    {"fallbacks", test_fallbacks}, {"retries", test_retries}, {"timeouts", test_timeouts},
    {"hedging", test_hedging},     {"keys", test_keys},       {0},
};
