/* SPDX-License-Identifier: Apache-2.0 */
/* The types of chat members: every member with every type, lists, contents, the schema, and what
 * the messages say. */
#include "call/types.h"

#include "base/str.h"
#include "json/reader.h"

static PbayFailure *check_text(const char *json)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    const pb_json *root = pbay_json_parse(arena, pbay_str(json), NULL, PBAY_JSON_UNIQUE, NULL);
    g_test_message("%.200s", json);
    g_assert_nonnull(root);
    return pbay_call_check_types(root);
}

static void expect_taken(const char *json)
{
    g_autoptr(PbayFailure) failure = check_text(json);
    if (failure != NULL)
        g_error("%s: %s", json, failure->message);
}

static void expect_refused(const char *json, const char *param, const char *message)
{
    g_autoptr(PbayFailure) failure = check_text(json);
    if (failure == NULL)
        g_error("taken: %s", json);
    g_assert_cmpint(failure->cls, ==, PB_ERR_INVALID);
    g_assert_false(failure->retryable);
    g_assert_cmpstr(failure->param, ==, param);
    g_assert_cmpstr(failure->message, ==, message);
}

/* One letter per type: b boolean, i whole number, r real, s string, a array, o object. */
static const struct {
    const char *json;
    char type;
    const char *name;
} values[] = {
    {"true", 'b', "a boolean"},
    {"false", 'b', "a boolean"},
    {"0", 'i', "a number"},
    {"-3", 'i', "a number"},
    {"99999999999999999999999", 'i', "a number"},
    {"0.5", 'r', "a number"},
    {"1e2", 'r', "a number"},
    {"\"\"", 's', "a string"},
    {"\"1\"", 's', "a string"},
    {"\"null\"", 's', "a string"},
    {"\"%s%n\"", 's', "a string"},
    {"[]", 'a', "an array"},
    {"[\"x\"]", 'a', "an array"},
    {"{}", 'o', "an object"},
    {"{\"type\":\"x\"}", 'o', "an object"},
};

static const struct {
    const char *name, *types, *must;
} members[] = {
    {"temperature", "ir", "a number"},
    {"top_p", "ir", "a number"},
    {"max_tokens", "ir", "a number"},
    {"max_completion_tokens", "ir", "a number"},
    {"presence_penalty", "ir", "a number"},
    {"frequency_penalty", "ir", "a number"},
    {"stop", "sa", "a string or an array of strings"},
    {"logprobs", "bi", "true or false"},
    {"top_logprobs", "ir", "a number"},
    {"response_format", "o", "an object"},
    {"tool_choice", "so", "a string or an object"},
    {"parallel_tool_calls", "b", "true or false"},
    {"reasoning_effort", "s", "a string"},
    {"modalities", "a", "an array of strings"},
    {"audio", "o", "an object"},
};

static void test_members(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
        for (size_t k = 0; k < G_N_ELEMENTS(values); k++) {
            g_autofree char *json = g_strdup_printf("{\"model\":\"m\",\"messages\":[],\"%s\":%s}",
                                                    members[i].name, values[k].json);
            g_autofree char *message = g_strdup_printf("%s must be %s, not %s", members[i].name,
                                                       members[i].must, values[k].name);
            if (strchr(members[i].types, values[k].type) != NULL)
                expect_taken(json);
            else
                expect_refused(json, members[i].name, message);
        }
}

static void test_nulls(void)
{
    g_autoptr(GString) all = g_string_new("{\"messages\":null");
    for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
        g_string_append_printf(all, ",\"%s\":null", members[i].name);
    g_string_append_c(all, '}');
    expect_taken(all->str);
    expect_taken("{}");
    expect_taken("{\"response_format\":{\"json_schema\":null}}");
    expect_taken("{\"response_format\":{\"json_schema\":{\"schema\":null}}}");
    expect_taken("{\"messages\":[{\"role\":\"assistant\",\"content\":null},{\"role\":\"user\"}]}");
    g_assert_null(pbay_call_check_types(NULL));
}

static void test_lists(void)
{
    expect_taken("{\"stop\":[\"a\",\"\",\"b\"],\"modalities\":[\"text\",\"audio\"]}");
    expect_refused("{\"stop\":[1]}", "stop", "stop[0] must be a string, not a number");
    expect_refused("{\"stop\":[\"a\",\"b\",null]}", "stop", "stop[2] must be a string, not null");
    expect_refused("{\"stop\":[\"a\",[\"b\"]]}", "stop", "stop[1] must be a string, not an array");
    expect_refused("{\"modalities\":[true]}", "modalities",
                   "modalities[0] must be a string, not a boolean");
    expect_refused("{\"modalities\":[\"text\",{\"type\":\"audio\"}]}", "modalities",
                   "modalities[1] must be a string, not an object");
}

/* Names are compared as they read, at the top alone; members that no driver reads are not judged,
 * nor are ranges and words. */
static void test_names(void)
{
    expect_refused("{\"\\u0074emperature\":\"x\"}", "temperature",
                   "temperature must be a number, not a string");
    expect_taken("{\"Temperature\":\"x\",\"temperature \":[],\"temperature\\u0000\":{}}");
    expect_taken("{\"metadata\":{\"temperature\":\"x\",\"stop\":[1]},\"x\":[{\"top_p\":{}}]}");
    expect_taken("{\"seed\":\"x\",\"user\":7,\"n\":[],\"own\":{}}");
    expect_taken("{\"temperature\":-40,\"max_tokens\":0,\"tool_choice\":\"\",\"audio\":{\"a\":1}}");
}

static void test_schema(void)
{
    expect_taken("{\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\","
                 "\"schema\":{\"type\":\"object\"}}}}");
    expect_taken("{\"response_format\":{\"json_schema\":{\"schema\":true}}}");
    expect_refused("{\"response_format\":{\"json_schema\":{\"schema\":\"{}\"}}}", "response_format",
                   "response_format.json_schema.schema must be an object, not a string");
    expect_refused("{\"response_format\":{\"json_schema\":{\"schema\":[{}]}}}", "response_format",
                   "response_format.json_schema.schema must be an object, not an array");
    expect_refused("{\"response_format\":{\"json_schema\":{\"schema\":7}}}", "response_format",
                   "response_format.json_schema.schema must be an object, not a number");
    expect_refused("{\"response_format\":{\"json_schema\":\"{}\"}}", "response_format",
                   "response_format.json_schema must be an object, not a string");
    expect_refused("{\"response_format\":{\"json_schema\":[{\"schema\":{}}]}}", "response_format",
                   "response_format.json_schema must be an object, not an array");
}

static void test_content(void)
{
    static const struct {
        const char *content, *refusal; /* what stands behind "messages[1].content" */
    } rows[] = {
        {"\"\"", NULL},
        {"[]", NULL},
        {"[{}]", NULL},
        {"[{\"type\":\"text\",\"text\":7},{\"type\":\"own\"}]", NULL},
        {"7", " must be a string or an array of parts, not a number"},
        {"0.5", " must be a string or an array of parts, not a number"},
        {"false", " must be a string or an array of parts, not a boolean"},
        {"{}", " must be a string or an array of parts, not an object"},
        {"{\"type\":\"text\",\"text\":\"Hi\"}",
         " must be a string or an array of parts, not an object"},
        {"[\"Hi\"]", "[0] must be an object with a type, not a string"},
        {"[{\"type\":\"text\"},null]", "[1] must be an object with a type, not null"},
        {"[{},{},[{}]]", "[2] must be an object with a type, not an array"},
        {"[{},1]", "[1] must be an object with a type, not a number"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *json = g_strdup_printf(
            "{\"messages\":[{\"content\":\"a\"},{\"content\":%s}]}", rows[i].content);
        g_autofree char *message = g_strconcat("messages[1].content", rows[i].refusal, NULL);
        if (rows[i].refusal == NULL)
            expect_taken(json);
        else
            expect_refused(json, "messages", message);
    }
}

/* As many messages, and a content as deep, as the reader takes. */
static void test_large(void)
{
    g_autoptr(GString) many = g_string_new("{\"messages\":[{}");
    for (int i = 0; i < 9999; i++)
        g_string_append(many, ",{\"content\":[{\"type\":\"text\"}]}");
    g_autofree char *good = g_strconcat(many->str, "]}", NULL);
    g_autofree char *bad = g_strconcat(many->str, ",{\"content\":true}]}", NULL);
    expect_taken(good);
    expect_refused(bad, "messages",
                   "messages[10000].content must be a string or an array of parts, not a boolean");

    g_autoptr(GString) deep = g_string_new("{\"messages\":[{\"content\":[{\"x\":");
    for (int i = 0; i < 123; i++)
        g_string_append_c(deep, '[');
    for (int i = 0; i < 123; i++)
        g_string_append_c(deep, ']');
    g_string_append(deep, "}]}]}");
    expect_taken(deep->str);
}

/* One failure, in the order of the table: members, the schema, then messages from the first. */
static void test_first(void)
{
    expect_refused("{\"messages\":[{\"content\":1}],\"audio\":1,\"top_p\":\"x\"}", "top_p",
                   "top_p must be a number, not a string");
    expect_refused("{\"messages\":[{\"content\":1}],"
                   "\"response_format\":{\"json_schema\":{\"schema\":1}}}",
                   "response_format",
                   "response_format.json_schema.schema must be an object, not a number");
    expect_refused("{\"messages\":[{\"content\":[1]},{\"content\":1}]}", "messages",
                   "messages[0].content[0] must be an object with a type, not a number");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/types/members", test_members);
    g_test_add_func("/types/nulls", test_nulls);
    g_test_add_func("/types/lists", test_lists);
    g_test_add_func("/types/names", test_names);
    g_test_add_func("/types/schema", test_schema);
    g_test_add_func("/types/content", test_content);
    g_test_add_func("/types/large", test_large);
    g_test_add_func("/types/first", test_first);
    return g_test_run();
}
