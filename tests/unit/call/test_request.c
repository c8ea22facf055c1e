/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a client's request: what is refused and with which param, what is taken out, what stays
 * byte for byte. */
#include "base/str.h"
#include "call/request.h"

static PbayFailure *read_as(PbayArena *arena, int32_t kind, const char *json,
                            PbayCallRequest *request)
{
    return pbay_call_request_read(arena, kind, pbay_str(json), NULL, request);
}

static char *body_of(int32_t kind, const char *json)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    PbayCallRequest request;
    g_autoptr(PbayFailure) failure = read_as(arena, kind, json, &request);
    if (failure != NULL)
        g_error("refused: %s", failure->message);
    GString *out = g_string_new(NULL);
    pbay_call_request_write(&request, "up/stream", out);
    return g_string_free(out, FALSE);
}

static void test_bytes_stay(void)
{
    static const struct {
        const char *json, *body;
    } rows[] = {
        {"{\"model\":\"a/b\",\"messages\":[{\"role\":\"user\"}]}",
         "{\"model\":\"up/stream\",\"messages\":[{\"role\":\"user\"}]}"},
        {" { \"temperature\" : 1.00e0 , \"model\" : \"a\\u002fb\" , \"messages\":[ {\"role\":"
         "\"user\", \"x\":[1e400, 12345678901234567890] } ] ,\"own\":\"\\u00e9\" } ",
         "{ \"temperature\" : 1.00e0 , \"model\" : \"up/stream\" , \"messages\":[ {\"role\":"
         "\"user\", \"x\":[1e400, 12345678901234567890] } ] ,\"own\":\"\\u00e9\" }"},
        {"{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"i\",\"function\":"
         "{\"name\":\"f\",\"arguments\":\"\"}}]}],\"model\":\"m\"}",
         "{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"i\",\"function\":"
         "{\"name\":\"f\",\"arguments\":\"\"}}]}],\"model\":\"up/stream\"}"},
        {"{\"model\":\"m\",\"tools\":[],\"messages\":[{\"role\":\"user\"}]}",
         "{\"model\":\"up/stream\",\"messages\":[{\"role\":\"user\"}]}"},
        {"{\"model\":\"m\",\"patchbay\":{\"labels\":{\"a\":1}},\"drop_params\":true,"
         "\"messages\":[{\"role\":\"user\"}]}",
         "{\"model\":\"up/stream\",\"messages\":[{\"role\":\"user\"}]}"},
        {"{\"model\":\"m\",\"max_tokens_to_sample\":7,\"messages\":[{\"role\":\"user\"}]}",
         "{\"model\":\"up/stream\",\"messages\":[{\"role\":\"user\"}],\"max_tokens\":7}"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *body = body_of(PB_KIND_CHAT, rows[i].json);
        g_strstrip(body);
        g_assert_cmpstr(body, ==, rows[i].body);
    }
}

#define CHAT "\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]"

static void test_refused(void)
{
    static const struct {
        int32_t kind;
        const char *json, *param, *says;
    } rows[] = {
        {PB_KIND_CHAT, "", NULL, "not valid JSON"},
        {PB_KIND_CHAT, "{", NULL, "not valid JSON"},
        {PB_KIND_CHAT, "[]", NULL, "must be a JSON object, not an array"},
        {PB_KIND_CHAT, "{" CHAT ",\"n\":1,\"n\":2}", NULL, "not valid JSON"},
        {PB_KIND_CHAT, "{" CHAT "}\xff", NULL, "not valid JSON"},
        {PB_KIND_CHAT, "{\"messages\":[{\"role\":\"user\"}]}", "model", "no model"},
        {PB_KIND_CHAT, "{\"model\":\"\",\"messages\":[{\"role\":\"user\"}]}", "model", "no model"},
        {PB_KIND_CHAT, "{\"model\":3,\"messages\":[{\"role\":\"user\"}]}", "model", "a number"},
        {PB_KIND_CHAT, "{\"model\":\"a\\u0000b\",\"messages\":[{\"role\":\"u\"}]}", "model", "NUL"},
        {PB_KIND_CHAT, "{\"model\":\"m\"}", "messages", "at least one"},
        {PB_KIND_CHAT, "{\"model\":\"m\",\"messages\":[]}", "messages", "at least one"},
        {PB_KIND_CHAT, "{\"model\":\"m\",\"messages\":\"hi\"}", "messages", "at least one"},
        {PB_KIND_CHAT, "{\"model\":\"m\",\"messages\":[\"hi\"]}", "messages", "messages[0]"},
        {PB_KIND_CHAT, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\"},{}]}", "messages",
         "messages[1].role must be a string, not null"},
        {PB_KIND_CHAT, "{" CHAT ",\"stream\":1}", "stream", "true or false"},
        {PB_KIND_CHAT, "{" CHAT ",\"stream_options\":true}", "stream_options", "an object"},
        {PB_KIND_CHAT, "{" CHAT ",\"stream_options\":{\"include_usage\":\"yes\"}}",
         "stream_options.include_usage", "true or false"},
        {PB_KIND_CHAT, "{" CHAT ",\"n\":0}", "n", "1 to 128"},
        {PB_KIND_CHAT, "{" CHAT ",\"n\":129}", "n", "1 to 128"},
        {PB_KIND_CHAT, "{" CHAT ",\"n\":1.5}", "n", "1 to 128"},
        {PB_KIND_CHAT, "{" CHAT ",\"n\":\"2\"}", "n", "1 to 128"},
        {PB_KIND_CHAT, "{" CHAT ",\"n\":99999999999999999999}", "n", "1 to 128"},
        {PB_KIND_CHAT, "{" CHAT ",\"tools\":{}}", "tools", "an array, not an object"},
        {PB_KIND_CHAT, "{" CHAT ",\"tools\":[1]}", "tools", "tools[0]"},
        {PB_KIND_CHAT, "{" CHAT ",\"temperature\":\"hot\"}", "temperature",
         "a number, not a string"},
        {PB_KIND_CHAT, "{" CHAT ",\"max_tokens\":\"9\"}", "max_tokens", "a number, not a string"},
        {PB_KIND_CHAT, "{" CHAT ",\"stop\":5}", "stop", "an array of strings, not a number"},
        {PB_KIND_CHAT, "{" CHAT ",\"stop\":[\"a\",null]}", "stop", "stop[1] must be a string"},
        {PB_KIND_CHAT, "{" CHAT ",\"logprobs\":\"yes\"}", "logprobs", "true or false"},
        {PB_KIND_CHAT, "{" CHAT ",\"response_format\":\"json\"}", "response_format", "an object"},
        {PB_KIND_CHAT, "{" CHAT ",\"response_format\":{\"json_schema\":{\"schema\":\"x\"}}}",
         "response_format", "schema must be an object, not a string"},
        {PB_KIND_CHAT, "{" CHAT ",\"tool_choice\":5}", "tool_choice", "a string or an object"},
        {PB_KIND_CHAT, "{" CHAT ",\"reasoning_effort\":5}", "reasoning_effort", "a string"},
        {PB_KIND_CHAT, "{" CHAT ",\"modalities\":\"text\"}", "modalities", "an array of strings"},
        {PB_KIND_CHAT, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":5}]}",
         "messages", "messages[0].content must be a string or an array of parts, not a number"},
        {PB_KIND_CHAT, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[\"a\"]}]}",
         "messages", "messages[0].content[0] must be an object"},
        {PB_KIND_CHAT, "{" CHAT ",\"drop_params\":\"maybe\"}", "drop_params", "\"warn\""},
        {PB_KIND_CHAT, "{" CHAT ",\"patchbay\":7}", "patchbay", "an object"},
        {PB_KIND_CHAT, "{" CHAT ",\"patchbay\":{\"drop_params\":3}}", "patchbay.drop_params",
         "\"drop\""},
        {PB_KIND_CHAT, "{" CHAT ",\"patchbay\":{\"timeout_ms\":0}}", "patchbay.timeout_ms",
         "milliseconds"},
        {PB_KIND_CHAT, "{" CHAT ",\"patchbay\":{\"timeout_ms\":\"5s\"}}", "patchbay.timeout_ms",
         "milliseconds"},
        {PB_KIND_CHAT, "{" CHAT ",\"patchbay\":{\"labels\":[]}}", "patchbay.labels", "an object"},
        {PB_KIND_CHAT, "{" CHAT ",\"patchbay\":{\"label\":{}}}", "patchbay", "did you mean labels"},
        {PB_KIND_COUNT_TOKENS, "{\"model\":\"m\"}", "messages", "at least one"},
        {PB_KIND_COMPLETION, "{\"model\":\"m\"}", "prompt", "a string or an array"},
        {PB_KIND_COMPLETION, "{\"model\":\"m\",\"prompt\":{}}", "prompt", "a string or an array"},
        {PB_KIND_COMPLETION, "{\"model\":\"m\",\"prompt\":[\"a\",\"b\",\"c\"],\"n\":43}", "prompt",
         "at most 128"},
        {PB_KIND_EMBEDDING, "{\"model\":\"m\"}", "input", "a string or an array"},
        {PB_KIND_EMBEDDING, "{\"model\":\"m\",\"input\":[]}", "input", "not empty"},
        {PB_KIND_EMBEDDING, "{\"model\":\"m\",\"input\":\"x\",\"encoding_format\":\"int8\"}",
         "encoding_format", "base64"},
        {PB_KIND_IMAGE, "{\"model\":\"m\",\"prompt\":\"\"}", "prompt", "not empty"},
        {PB_KIND_RERANK, "{\"model\":\"m\",\"query\":\"q\"}", "documents", "not empty"},
        {PB_KIND_RERANK, "{\"model\":\"m\",\"documents\":[\"a\"]}", "query", "not empty"},
        {PB_KIND_SPEECH, "{\"model\":\"m\",\"input\":4}", "input", "not empty"},
        {PB_KIND_MODERATION, "{\"model\":\"m\"}", "input", "missing"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(PbayArena) arena = pbay_arena_new(0);
        PbayCallRequest request;
        g_autoptr(PbayFailure) failure = read_as(arena, rows[i].kind, rows[i].json, &request);
        if (failure == NULL || strstr(failure->message, rows[i].says) == NULL)
            g_error("%s: got %s", rows[i].json, failure != NULL ? failure->message : "nothing");
        g_assert_cmpint(failure->cls, ==, PB_ERR_INVALID);
        g_assert_cmpstr(failure->param, ==, rows[i].param);
    }
}

static void test_facts(void)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    PbayCallRequest r;
    g_assert_null(read_as(arena, PB_KIND_CHAT,
                          "{" CHAT ",\"stream\":true,\"n\":3,\"stream_options\":"
                          "{\"include_usage\":true},\"patchbay\":{\"timeout_ms\":250,"
                          "\"drop_params\":\"warn\"}}",
                          &r));
    g_assert_true(r.stream && r.include_usage && r.drops_set);
    g_assert_cmpint(r.drops, ==, PBAY_DROPS_WARN);
    g_assert_cmpuint(r.choices, ==, 3);
    g_assert_cmpint(r.timeout_ms, ==, 250);
    g_assert_true(pbay_str_is(r.model, "m"));
    g_assert_null(read_as(arena, PB_KIND_CHAT,
                          "{" CHAT ",\"stream\":null,\"n\":null,\"tools\":null,\"patchbay\":null,"
                          "\"stream_options\":null,\"drop_params\":false}",
                          &r));
    g_assert_false(r.stream || r.include_usage);
    g_assert_cmpint(r.drops, ==, PBAY_DROPS_ERROR);
    g_assert_cmpuint(r.choices, ==, 1);
}

static void test_inputs(void)
{
    static const struct {
        const char *input;
        size_t inputs;
    } rows[] = {{"\"x\"", 1},       {"[\"x\",\"y\"]", 2}, {"[1,2,3]", 1},
                {"[[1,2],[3]]", 2}, {"[\"x\"]", 1},       {"\"\"", 1}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(PbayArena) arena = pbay_arena_new(0);
        g_autofree char *json =
            g_strdup_printf("{\"model\":\"m\",\"encoding_format\":\"base64\",\"n\":2,"
                            "\"input\":%s,\"prompt\":%s}",
                            rows[i].input, rows[i].input);
        PbayCallRequest r;
        g_assert_null(read_as(arena, PB_KIND_EMBEDDING, json, &r));
        g_assert_cmpuint(r.inputs, ==, rows[i].inputs);
        g_assert_true(r.base64);
        g_assert_null(read_as(arena, PB_KIND_COMPLETION, json, &r));
        g_assert_cmpuint(r.choices, ==, 2 * rows[i].inputs);
    }
}

static void test_without_body(void)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    PbayCallRequest r;
    g_assert_null(read_as(arena, PB_KIND_MODELS, "", &r));
    g_assert_cmpuint(r.model.len, ==, 0);
    g_assert_null(pbay_call_request_read(arena, PB_KIND_PROBE, PBAY_STR("{}"), "groq", &r));
    g_assert_true(pbay_str_is(r.model, "groq"));
    g_autoptr(PbayFailure) failure = read_as(arena, PB_KIND_MODELS, "[]", &r);
    g_assert_nonnull(failure);
}

static void test_peek(void)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    pb_str asked;
    g_assert_null(pbay_call_request_peek(arena, PBAY_STR("{\"model\":\"a/b\"}"), NULL, &asked));
    g_assert_true(pbay_str_is(asked, "a/b"));
    g_assert_null(pbay_call_request_peek(arena, PBAY_STR("{\"model\":\"a/b\"}"), "c/d", &asked));
    g_assert_true(pbay_str_is(asked, "c/d"));
    g_assert_null(pbay_call_request_peek(arena, PBAY_STR(""), "c/d", &asked));
    g_autoptr(PbayFailure) none = pbay_call_request_peek(arena, PBAY_STR("{}"), NULL, &asked);
    g_assert_cmpstr(none->param, ==, "model");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/request/bytes-stay", test_bytes_stay);
    g_test_add_func("/request/refused", test_refused);
    g_test_add_func("/request/facts", test_facts);
    g_test_add_func("/request/inputs", test_inputs);
    g_test_add_func("/request/without-body", test_without_body);
    g_test_add_func("/request/peek", test_peek);
    return g_test_run();
}
