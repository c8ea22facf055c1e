/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the huggingface driver: the router as a strict server of OpenAI's dialect, and a
 * server that speaks as TGI does, its messages API with all its ways and its own /generate. Runs
 * on the stub's thread. */
#include "stub/vendor_parts.h"
#include "stub/vendor_row.h"

#include <string.h>

#define TOKEN "hf_right0000000001"

static StubScript *refusal(const VendorRequest *r)
{
    json_object *tree = json_object_new_object();
    StubScript *script;

    json_object_object_add(tree, "error", vendor_string(r->complaint));
    if (r->status == 422)
        json_object_object_add(tree, "error_type", vendor_string("validation"));
    script = stub_json(r->status, vendor_json(tree));
    json_object_put(tree);
    return script;
}

static void check_token(VendorRequest *r)
{
    const char *given = g_hash_table_lookup(r->http->headers, "authorization");

    if (g_strcmp0(given, "Bearer " TOKEN) != 0)
        vendor_complain(r, 401, "Invalid credentials in Authorization header");
}

/* As vendor_read_body, but /generate names no model. */
static void read_body(VendorRequest *r)
{
    const char *type = g_hash_table_lookup(r->http->headers, "content-type");

    if (r->status != 0)
        return;
    if (g_strcmp0(type, "application/json") != 0)
        vendor_complain(r, 415, "Expected request with `Content-Type: application/json`");
    r->body = json_tokener_parse(r->http->body->str);
    r->model = "parrot";
    if (!json_object_is_type(r->body, json_type_object))
        vendor_complain(r, 422, "Failed to parse the request body as JSON");
}

/* ---- The messages API ---- */

static void check_messages(VendorRequest *r)
{
    static const char *const members[] = {"model",      "messages",    "stream", "stream_options",
                                          "max_tokens", "temperature", "top_p",  "stop",
                                          "tools",      "tool_choice", "seed",   NULL};
    static const char *const parts[] = {"role",       "content",      "name",
                                        "tool_calls", "tool_call_id", NULL};
    json_object *messages, *stream;

    if (r->status != 0)
        return;
    vendor_only(r, r->body, "", members);
    messages = vendor_member(r, r->body, "messages", json_type_array, true);
    for (size_t i = 0; messages != NULL && i < json_object_array_length(messages); i++)
        vendor_only(r, json_object_array_get_idx(messages, i), "messages.", parts);
    stream = vendor_member(r, r->body, "stream", json_type_boolean, false);
    r->stream = json_object_get_boolean(stream);
}

static const char *last_user(json_object *messages)
{
    const char *text = "";

    for (size_t i = 0; i < json_object_array_length(messages); i++) {
        json_object *message = json_object_array_get_idx(messages, i);

        if (g_strcmp0(json_object_get_string(json_object_object_get(message, "role")), "user") == 0)
            text = json_object_get_string(json_object_object_get(message, "content"));
    }
    return text;
}

static const char *first_tool(const VendorRequest *r)
{
    json_object *tools = json_object_object_get(r->body, "tools");
    json_object *tool = tools != NULL ? json_object_array_get_idx(tools, 0) : NULL;

    return json_object_get_string(
        json_object_object_get(json_object_object_get(tool, "function"), "name"));
}

/* "data:" without a blank, an empty id; delta is JSON text. */
static void send_chunk(StubScript *script, const char *delta, const char *finish)
{
    g_autofree char *line = g_strdup_printf(
        "data:{\"object\":\"chat.completion.chunk\",\"id\":\"\",\"created\":1795343400,\"model\":"
        "\"org/name\",\"system_fingerprint\":\"3.3.7-native\",\"choices\":[{\"index\":0,\"delta\":"
        "%s,\"logprobs\":null,\"finish_reason\":%s}],\"usage\":null}\n\n",
        delta, finish != NULL ? finish : "null");

    stub_script_text(script, line);
}

static void send_text(StubScript *script, const char *text)
{
    json_object *delta = vendor_tree("{\"role\":\"assistant\"}");

    json_object_object_add(delta, "content", vendor_string(text));
    send_chunk(script, vendor_json(delta), NULL);
    json_object_put(delta);
}

/* Index 0, id and role in every piece. */
static void send_call(StubScript *script, const char *name)
{
    static const char *const pieces[] = {"{\\\"city\\\":", "\\\"Oslo\\\"}"};

    for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autofree char *quoted = g_strdup_printf("\"%s\"", name);
        g_autofree char *delta = g_strdup_printf(
            "{\"role\":\"assistant\",\"tool_calls\":[{\"index\":0,\"id\":\"a1\",\"type\":"
            "\"function\",\"function\":{\"name\":%s,\"arguments\":\"%s\"}}]}",
            i == 0 ? quoted : "null", pieces[i]);

        send_chunk(script, delta, NULL);
    }
}

static StubScript *messages_stream(const VendorRequest *r, const VendorSpeech *speech)
{
    StubScript *script = stub_script_new(200, "text/event-stream");

    stub_script_text(script, ":\n\n");
    for (guint i = 0; i < speech->pieces->len; i++)
        send_text(script, g_ptr_array_index(speech->pieces, i));
    if (speech->calls_tool)
        send_call(script, first_tool(r));
    send_chunk(script, "{\"role\":\"assistant\",\"content\":\"\"}", "\"stop\"");
    stub_script_text(script, "data: [DONE]\n\n");
    return script;
}

/* The call's id is "0", its arguments are an object. */
static StubScript *messages_whole(const VendorRequest *r, const VendorSpeech *speech)
{
    json_object *message = vendor_tree("{\"role\":\"assistant\"}");
    g_autofree char *text = vendor_speech_text(speech), *answer = NULL, *call = NULL;

    if (speech->calls_tool) {
        call = g_strdup_printf("[{\"id\":\"0\",\"type\":\"function\",\"function\":{\"description\":"
                               "null,\"name\":\"%s\",\"arguments\":{\"city\":\"Oslo\"}}}]",
                               first_tool(r));
        json_object_object_add(message, "tool_calls", vendor_tree(call));
    } else {
        json_object_object_add(message, "content", vendor_string(text));
    }
    answer = g_strdup_printf(
        "{\"object\":\"chat.completion\",\"id\":\"\",\"created\":1795343400,\"model\":\"org/name\","
        "\"system_fingerprint\":\"3.3.7-native\",\"choices\":[{\"index\":0,\"message\":%s,"
        "\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":11,"
        "\"completion_tokens\":7,\"total_tokens\":18}}",
        vendor_json(message));
    json_object_put(message);
    return stub_json(200, answer);
}

static StubScript *messages(VendorRequest *r)
{
    StubScript *script;

    vendor_read_body(r);
    check_messages(r);
    if (r->status != 0)
        return NULL;
    json_object *list = json_object_object_get(r->body, "messages");
    VendorSpeech speech = vendor_speech(r, last_user(list), json_object_array_length(list));
    script = r->stream ? messages_stream(r, &speech) : messages_whole(r, &speech);
    vendor_speech_clear(&speech);
    return script;
}

/* ---- TGI's own API ---- */

/* The root takes what /generate and /generate_stream take, and the word which of them. */
static void check_generate(VendorRequest *r, bool at_root)
{
    static const char *const members[] = {"inputs", "parameters", NULL};
    static const char *const of_root[] = {"inputs", "parameters", "stream", NULL};
    static const char *const known[] = {
        "max_new_tokens", "temperature", "do_sample",        "top_p",
        "stop",           "seed",        "best_of",          "grammar",
        "top_k",          "details",     "return_full_text", NULL};
    json_object *parameters;

    if (r->status != 0)
        return;
    vendor_only(r, r->body, "", at_root ? of_root : members);
    if (at_root)
        r->stream =
            json_object_get_boolean(vendor_member(r, r->body, "stream", json_type_boolean, false));
    vendor_member(r, r->body, "inputs", json_type_string, true);
    parameters = vendor_member(r, r->body, "parameters", json_type_object, true);
    if (parameters == NULL)
        return;
    vendor_only(r, parameters, "parameters.", known);
    if (!json_object_get_boolean(json_object_object_get(parameters, "details")))
        vendor_complain(r, 422, "Input validation error: no details were asked for");
}

/* The last turn of "User: ...\nAssistant:". */
static char *last_turn(VendorRequest *r)
{
    const char *inputs = json_object_get_string(json_object_object_get(r->body, "inputs"));
    const char *user = g_strrstr(inputs, "User: "), *end = g_strrstr(inputs, "\nAssistant:");

    if (user == NULL || end == NULL || end < user || strcmp(end, "\nAssistant:") != 0) {
        vendor_complain(r, 422, "Input validation error: the prompt has no last turn");
        return g_strdup("");
    }
    return g_strndup(user + 6, (gsize)(end - user) - 6);
}

static void send_token(StubScript *script, unsigned index, const char *text, bool special,
                       const char *rest)
{
    json_object *token = vendor_tree("{\"id\":7,\"logprob\":-0.25}");

    json_object_object_add(token, "text", vendor_string(text));
    json_object_object_add(token, "special", json_object_new_boolean(special));
    g_autofree char *line =
        g_strdup_printf("data:{\"index\":%u,\"token\":%s,%s}\n\n", index, vendor_json(token), rest);
    stub_script_text(script, line);
    json_object_put(token);
}

static StubScript *generate_stream(const VendorSpeech *speech)
{
    StubScript *script = stub_script_new(200, "text/event-stream");
    unsigned n = speech->pieces->len;
    g_autofree char *text = vendor_speech_text(speech), *rest = NULL;
    json_object *quoted = vendor_string(text);

    for (unsigned i = 0; i < n; i++)
        send_token(script, i + 1, g_ptr_array_index(speech->pieces, i), false,
                   "\"generated_text\":null,\"details\":null");
    rest = g_strdup_printf("\"generated_text\":%s,\"details\":{\"finish_reason\":\"eos_token\","
                           "\"generated_tokens\":%u,\"input_length\":11,\"seed\":null}",
                           vendor_json(quoted), n + 1);
    send_token(script, n + 1, "</s>", true, rest);
    json_object_put(quoted);
    return script;
}

/* in_array: as the root of the server answers. */
static StubScript *generate_whole(const VendorSpeech *speech, bool in_array)
{
    g_autofree char *text = vendor_speech_text(speech);
    json_object *answer =
        vendor_tree("{\"details\":{\"finish_reason\":\"eos_token\",\"generated_tokens\":7,"
                    "\"seed\":null,\"prefill\":[],\"tokens\":[]}}");
    StubScript *script;

    json_object_object_add(answer, "generated_text", vendor_string(text));
    if (in_array) {
        json_object *list = json_object_new_array();

        json_object_array_add(list, answer);
        answer = list;
    }
    script = stub_json(200, vendor_json(answer));
    json_object_put(answer);
    return script;
}

static StubScript *generate(VendorRequest *r)
{
    bool at_root = strcmp(r->http->target, "/") == 0;
    StubScript *script = NULL;

    read_body(r);
    check_generate(r, at_root);
    if (r->status != 0)
        return NULL;
    g_autofree char *said = last_turn(r);
    VendorSpeech speech = vendor_speech(r, said, 1);
    if (r->status == 0)
        script = r->stream ? generate_stream(&speech) : generate_whole(&speech, at_root);
    vendor_speech_clear(&speech);
    return script;
}

static StubScript *handle(void *user, const StubRequest *http)
{
    VendorRequest r = {.vendor = user, .http = http};
    StubScript *script = NULL;

    check_token(&r);
    r.stream = strcmp(http->target, "/generate_stream") == 0;
    if (strcmp(http->method, "POST") != 0)
        vendor_complain(&r, 405, "Method not allowed");
    else if (r.stream || strcmp(http->target, "/generate") == 0 || strcmp(http->target, "/") == 0)
        script = generate(&r);
    else if (strcmp(http->target, "/v1/chat/completions") == 0)
        script = messages(&r);
    else
        vendor_complain(&r, 404, "Not found");
    if (script == NULL)
        script = refusal(&r);
    vendor_request_clear(&r);
    return script;
}

static Vendor *start_tgi(void)
{
    return vendor_new(handle, TOKEN);
}

static Vendor *start_router(void)
{
    return vendor_openai_new(TOKEN);
}

#define CONF(rest, token)                                                                          \
    "[provider huggingface]\n"                                                                     \
    "base-url = @URL@" rest "\n"                                                                   \
    "api-key = " token "\n"
#define WRONG "hf_wrong0000000002"

static const VendorRow rows[] = {
    {.name = "huggingface-router",
     .start = start_router,
     .conf = CONF("/v1\nendpoint = router", TOKEN),
     .wrong_conf = CONF("/v1\nendpoint = router", WRONG),
     .model = "huggingface/parrot",
     .tool_model = "huggingface/tools"},
    {.name = "huggingface-messages",
     .start = start_tgi,
     .conf = CONF("", TOKEN),
     .wrong_conf = CONF("", WRONG),
     .model = "huggingface/parrot",
     .tool_model = "huggingface/tools"},
    {.name = "huggingface-generate",
     .start = start_tgi,
     .conf = CONF("\napi = generate\ntemplate = roles", TOKEN),
     .wrong_conf = CONF("\napi = generate\ntemplate = roles", WRONG),
     .model = "huggingface/parrot",
     .tool_model = NULL},
};

const VendorRow *vendor_rows_huggingface(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}
