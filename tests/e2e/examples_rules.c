/* SPDX-License-Identifier: Apache-2.0 */
/* The examples of rules: where a request goes by what it is. For the test's thread. */
#include "e2e/house.h"

#include <time.h>

#define GPT4O  "openai/gpt-4o"
#define MINI   "openai/gpt-4o-mini"
#define GPT41  "openai/gpt-4.1"
#define SONNET "anthropic/claude-3-5-sonnet-20241022"
#define SMALL  "groq/llama-3.1-8b-instant"

#define LABELS(text) "\"patchbay\":{\"labels\":{" text "}}"

/* By length and by complexity. */
static void test_rules(void)
{
    g_autoptr(House) house = house_new("rules", NULL);
    g_autofree char *ninety_nine = g_strnfill(99, 'x'), *hundred = g_strnfill(100, 'x');
    g_autofree char *thousand = g_strnfill(1000, 'x'), *more = g_strnfill(1001, 'x');

    house_assert(house, "sorted", LABELS("\"complexity\":\"simple\""), ninety_nine, MINI);
    house_assert(house, "sorted", LABELS("\"complexity\":\"simple\""), hundred, GPT4O);
    house_assert(house, "sorted", LABELS("\"complexity\":\"creative\""), "Hello", SONNET);
    house_assert(house, "sorted", LABELS("\"complexity\":\"creative\""), more, SONNET);
    house_assert(house, "sorted", "", "Hello", GPT4O);
    house_assert(house, "sorted", "", thousand, GPT4O);
    house_assert(house, "sorted", "", more, GPT41);
}

#define TOOLS                                                                                      \
    "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":"     \
    "\"object\",\"properties\":{}}}}]"
#define SCHEMA                                                                                     \
    "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":{"   \
    "\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}}}"
#define IMAGE                                                                                      \
    "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"What is it?\"},{\"type\":"     \
    "\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,iVBORw0KGgo=\"}}]}]"

static char *turns(unsigned n)
{
    GString *text = g_string_new("[");

    for (unsigned i = 0; i < n; i++)
        g_string_append_printf(text,
                               "%s{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\","
                               "\"content\":\"b\"}",
                               i != 0 ? "," : "");
    g_string_append(text, ",{\"role\":\"user\",\"content\":\"c\"}]");
    return g_string_free(text, FALSE);
}

/* Makes it that hour here, by where "here" is. */
static void set_hour(int hour)
{
    time_t now = time(NULL);
    struct tm utc;
    int west;
    g_autofree char *zone = NULL;

    gmtime_r(&now, &utc);
    west = (utc.tm_hour - hour + 36) % 24 - 12; /* POSIX counts westwards */
    zone = g_strdup_printf("HOUSE%+d", west);
    g_setenv("TZ", zone, TRUE);
    tzset();
}

static void test_rules_more(void)
{
    g_autoptr(House) house = NULL;
    g_autofree char *four = turns(3), *five = turns(4), *long_text = g_strnfill(9000, 'x');

    set_hour(12);
    house = house_new("rules-more", NULL);
    house_assert(house, "desk", "", "Hello", MINI);
    house_assert(house, "desk", "", IMAGE, GPT4O);
    house_assert(house, "desk", TOOLS "," SCHEMA, "Hello", GPT4O);
    house_assert(house, "desk", TOOLS, "Hello", GPT41);
    house_assert(house, "desk", SCHEMA, "Hello", MINI);
    house_assert(house, "desk", "", long_text, SONNET);
    house_assert(house, "desk", "", four, MINI);
    house_assert(house, "desk", "", five, SONNET);
    set_hour(22);
    house_assert(house, "desk", "", "Hello", SMALL);
    house_assert(house, "desk", LABELS("\"urgent\":\"yes\""), "Hello", MINI);
    house_assert(house, "desk", LABELS("\"urgent\":\"false\""), "Hello", SMALL);
    set_hour(6);
    house_assert(house, "desk", "", "Hello", SMALL);
    set_hour(8);
    house_assert(house, "desk", "", "Hello", MINI);
    g_unsetenv("TZ");
    tzset();
}

static void test_labels(void)
{
    g_autoptr(House) house = house_new("labels", NULL);

    house_assert(house, "by-tier", "", "Hello", MINI);
    house_assert(house, "by-tier", "\"metadata\":{\"tier\":\"gold\"}", "Hello", GPT4O);
    house_assert(house, "by-tier", "\"metadata\":{\"tier\":\"trial account\"}", "Hello", SMALL);
    house_assert(house, "by-tier", "\"metadata\":{\"priority\":\"2\"}", "Hello", SMALL);
    house_assert(house, "by-tier", "\"metadata\":{\"priority\":\"12\"}", "Hello", MINI);
    house_assert(house, "by-tier", "\"metadata\":{\"tier\":\"gold\"}," LABELS("\"tier\":\"tin\""),
                 "Hello", MINI);
    house_assert(house, "by-tier", LABELS("\"tier\":\"gold\""), "Hello", GPT4O);
}

const Example examples_of_rules[] = {
    {"rules", test_rules},
    {"rules-more", test_rules_more},
    {"labels", test_labels},
    {0},
};
