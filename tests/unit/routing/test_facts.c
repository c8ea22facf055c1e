/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring requests: characters, estimates, turns, parts, labels, and requests of odd shapes. */
#include "routing/facts.h"

#include "base/str.h"
#include "json/reader.h"

#include <string.h>

typedef struct Measured {
    PbayArena *arena;
    PbayFacts facts;
} Measured;

static Measured measure_all(int32_t kind, const char *json, const char *labels, int64_t now_s)
{
    g_autoptr(GError) error = NULL;
    Measured m = {.arena = pbay_arena_new(0)};
    const pb_json *root = pbay_json_parse(m.arena, pbay_str(json), NULL, 0, &error);
    g_assert_no_error(error);
    const pb_json *given =
        labels != NULL ? pbay_json_parse(m.arena, pbay_str(labels), NULL, 0, &error) : NULL;
    g_assert_no_error(error);
    pbay_facts_measure(kind, root, given, now_s, &m.facts);
    return m;
}

static Measured measure(int32_t kind, const char *json)
{
    return measure_all(kind, json, NULL, 0);
}

static void drop(Measured *m)
{
    pbay_facts_clear(&m->facts);
    pbay_arena_free(m->arena);
}

static void test_estimate(void)
{
    static const int64_t rows[][2] = {{-1, 0}, {0, 0}, {1, 1}, {4, 1}, {5, 2}, {8, 2}, {9, 3}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(pbay_estimate_tokens(rows[i][0]), ==, rows[i][1]);
    g_assert_cmpint(pbay_estimate_tokens(INT64_MAX), ==, INT64_MAX / 4 + 1);
}

static void test_messages(void)
{
    Measured m = measure(PB_KIND_CHAT, "{\"messages\":[{\"role\":\"system\",\"content\":\"abcd\"},"
                                       "{\"role\":\"user\",\"content\":\"gr\\u00fc\\u00df\"},"
                                       "{\"role\":\"assistant\",\"content\":null},"
                                       "{\"role\":\"user\",\"content\":\"\\ud83d\\ude00\"}]}");
    g_assert_cmpint(m.facts.chars, ==, 4 + 4 + 1);
    g_assert_cmpint(m.facts.tokens, ==, (4 + 6 + 4 + 3) / 4 + 4 * 4);
    g_assert_cmpint(m.facts.turns, ==, 2);
    g_assert_cmpint(m.facts.output, ==, m.facts.tokens);
    g_assert_cmpint(m.facts.max_output, ==, 0);
    g_assert_cmpint(m.facts.made, ==, 0);
    g_assert_false(m.facts.schema);
    g_assert_null(m.facts.labels);
    drop(&m);
}

static void test_parts(void)
{
    Measured m = measure(
        PB_KIND_CHAT,
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"12345678\"},"
        "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/"
        "png;base64,AAAAAAAAAAAAAAA\"}},"
        "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x/y\"}},"
        "{\"type\":\"file\",\"file\":{\"file_data\":\"AAAAAAAAAAAA\"}}]},"
        "{\"role\":\"assistant\",\"content\":[{\"type\":\"refusal\",\"refusal\":\"no\"}]}]}");
    g_assert_cmpint(m.facts.images, ==, 2);
    g_assert_cmpint(m.facts.chars, ==, 10);
    g_assert_cmpint(m.facts.tokens, ==, 3 + 8 + 3 * PBAY_IMAGE_TOKENS);
    drop(&m);
}

/* Tools and a schema are read by the vendor, but are nothing that somebody said. */
static void test_tools_and_schema(void)
{
    Measured m = measure(
        PB_KIND_CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],"
                      "\"tools\":[{\"type\":\"function\"},{\"type\":\"function\"}],"
                      "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"a\":1}}}");
    g_assert_cmpint(m.facts.tools, ==, 2);
    g_assert_true(m.facts.schema);
    g_assert_cmpint(m.facts.chars, ==, 2);
    int64_t bytes =
        2 + (int64_t)strlen("[{\"type\":\"function\"},{\"type\":\"function\"}]{\"a\":1}");
    g_assert_cmpint(m.facts.tokens, ==, pbay_estimate_tokens(bytes) + 4);
    drop(&m);
    m = measure(PB_KIND_CHAT, "{\"messages\":[],\"response_format\":{\"type\":\"json_object\"}}");
    g_assert_false(m.facts.schema);
    drop(&m);
    m = measure(PB_KIND_CHAT,
                "{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"x\","
                "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}]}");
    g_assert_cmpint(m.facts.chars, ==, 0);
    g_assert_cmpint(m.facts.tokens, >, 4 + 10);
    drop(&m);
}

static void test_output(void)
{
    static const struct {
        int32_t kind;
        const char *json;
        int64_t max, output, made;
    } rows[] = {
        {PB_KIND_CHAT, "{\"max_tokens\":7}", 7, 7, 0},
        {PB_KIND_CHAT, "{\"max_completion_tokens\":9,\"max_tokens\":7}", 9, 9, 0},
        {PB_KIND_CHAT, "{\"max_tokens\":7,\"n\":3}", 7, 21, 0},
        {PB_KIND_CHAT, "{\"max_tokens\":-7}", 0, 0, 0},
        {PB_KIND_CHAT, "{\"max_tokens\":\"7\"}", 0, 0, 0},
        {PB_KIND_CHAT, "{\"max_tokens\":9223372036854775807,\"n\":1000000}", 1000000000,
         1000000000000, 0},
        {PB_KIND_COMPLETION, "{\"prompt\":[\"abcd\",\"abcd\"],\"max_tokens\":5,\"n\":2}", 5, 20, 0},
        {PB_KIND_COMPLETION, "{\"prompt\":[\"abcd\",\"abcd\"],\"n\":2}", 0, 4, 0},
        {PB_KIND_COMPLETION, "{\"prompt\":[1,2,3],\"max_tokens\":5}", 5, 5, 0},
        {PB_KIND_EMBEDDING, "{\"input\":[\"abcd\",\"abcd\"]}", 0, 0, 0},
        {PB_KIND_IMAGE, "{\"prompt\":\"a cat\",\"n\":4}", 0, 0, 4},
        {PB_KIND_IMAGE, "{\"prompt\":\"a cat\"}", 0, 0, 1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Measured m = measure(rows[i].kind, rows[i].json);
        g_assert_cmpint(m.facts.max_output, ==, rows[i].max);
        g_assert_cmpint(m.facts.output, ==, rows[i].output);
        g_assert_cmpint(m.facts.made, ==, rows[i].made);
        drop(&m);
    }
}

static void test_inputs(void)
{
    static const struct {
        int32_t kind;
        const char *json;
        int64_t chars, tokens;
    } rows[] = {
        {PB_KIND_COMPLETION, "{\"prompt\":\"abcde\"}", 5, 2},
        {PB_KIND_COMPLETION, "{\"prompt\":[1,2,3]}", 0, 3},
        {PB_KIND_COMPLETION, "{\"prompt\":[[1,2],[3,4,5]]}", 0, 5},
        {PB_KIND_EMBEDDING, "{\"input\":[\"abcd\",\"efgh\"]}", 8, 2},
        {PB_KIND_RERANK, "{\"query\":\"abcd\",\"documents\":[\"efgh\",{\"text\":\"ijkl\"}]}", 12,
         3},
        {PB_KIND_MODERATION, "{\"input\":[{\"type\":\"text\",\"text\":\"abcd\"}]}", 4, 1},
        {PB_KIND_SPEECH, "{\"input\":\"abcd\"}", 4, 1},
        {PB_KIND_CHAT, "{}", 0, 0},
        {PB_KIND_CHAT, "[]", 0, 0},
        {PB_KIND_CHAT, "{\"messages\":{\"a\":1},\"tools\":7,\"prompt\":null}", 0, 5},
        {PB_KIND_COMPLETION, "{\"prompt\":[[[[[[[[\"deep\"]]]]]]]]}", 0, 0},
        {PB_KIND_CHAT, "{\"messages\":[7,\"x\",null]}", 0, 12},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Measured m = measure(rows[i].kind, rows[i].json);
        g_assert_cmpint(m.facts.chars, ==, rows[i].chars);
        g_assert_cmpint(m.facts.tokens, ==, rows[i].tokens);
        drop(&m);
    }
}

static const char *label(const Measured *m, const char *name)
{
    return m->facts.labels != NULL ? g_hash_table_lookup(m->facts.labels, name) : NULL;
}

static const char *metadata(const Measured *m, const char *name)
{
    return m->facts.metadata != NULL ? g_hash_table_lookup(m->facts.metadata, name) : NULL;
}

static void test_labels(void)
{
    const char *json = "{\"metadata\":{\"complexity\":\"low\",\"team\":\"red\",\"n\":5}}";
    const char *labels = "{\"complexity\":\"creative\",\"level\":3,\"ratio\":0.50,\"fast\":true,"
                         "\"empty\":\"\",\"no\":null,\"list\":[1],\"nul\":\"a\\u0000b\"}";
    Measured m = measure_all(PB_KIND_CHAT, json, labels, 0);
    g_assert_cmpstr(label(&m, "complexity"), ==, "creative");
    g_assert_cmpstr(label(&m, "level"), ==, "3");
    g_assert_cmpstr(label(&m, "ratio"), ==, "0.50");
    g_assert_cmpstr(label(&m, "fast"), ==, "true");
    g_assert_cmpstr(label(&m, "empty"), ==, "");
    g_assert_null(label(&m, "team")); /* who may ask what is the model's word */
    g_assert_cmpstr(metadata(&m, "team"), ==, "red");
    g_assert_cmpstr(metadata(&m, "complexity"), ==, "low");
    g_assert_null(metadata(&m, "n")); /* strings alone */
    g_assert_null(label(&m, "no"));
    g_assert_null(label(&m, "list"));
    g_assert_null(label(&m, "nul"));
    drop(&m);
    m = measure_all(PB_KIND_CHAT, json, NULL, 0);
    g_assert_null(m.facts.labels);
    drop(&m);
    m = measure_all(PB_KIND_CHAT, json, "\"none\"", 0);
    g_assert_null(m.facts.labels);
    drop(&m);
    m = measure(PB_KIND_CHAT, "{\"metadata\":{\"n\":5}}");
    g_assert_null(m.facts.metadata);
    drop(&m);
}

static void test_hour(void)
{
    static const struct {
        const char *zone;
        int64_t now;
        int hour;
    } rows[] = {{"UTC", 0, 0}, {"UTC", 86399, 23}, {"XYZ-5", 0, 5}, {"XYZ+5", 3600, 20}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_setenv("TZ", rows[i].zone, TRUE);
        tzset();
        Measured m = measure_all(PB_KIND_CHAT, "{}", NULL, rows[i].now);
        g_assert_cmpint(m.facts.hour, ==, rows[i].hour);
        drop(&m);
    }
}

static void test_tokens(void)
{
    const PbayFacts facts = {.tokens = 100, .output = 40, .made = 2};
    PbayTokens tokens;
    pbay_facts_tokens(PB_KIND_CHAT, &facts, &tokens);
    g_assert_cmpint(tokens.input, ==, 100);
    g_assert_cmpint(tokens.output, ==, 40);
    g_assert_cmpint(tokens.images, ==, 2);
    g_assert_cmpint(tokens.requests, ==, 1);
    g_assert_cmpint(tokens.cached + tokens.cache_write + tokens.reasoning, ==, 0);
    g_assert_true(tokens.estimated);
    pbay_facts_tokens(PB_KIND_EMBEDDING, &facts, &tokens);
    g_assert_cmpint(tokens.output, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/facts/estimate", test_estimate);
    g_test_add_func("/routing/facts/messages", test_messages);
    g_test_add_func("/routing/facts/parts", test_parts);
    g_test_add_func("/routing/facts/tools_and_schema", test_tools_and_schema);
    g_test_add_func("/routing/facts/output", test_output);
    g_test_add_func("/routing/facts/inputs", test_inputs);
    g_test_add_func("/routing/facts/labels", test_labels);
    g_test_add_func("/routing/facts/hour", test_hour);
    g_test_add_func("/routing/facts/tokens", test_tokens);
    return g_test_run();
}
