/* SPDX-License-Identifier: Apache-2.0 */
/* A server that speaks OpenAI's dialect under /v1: chat whole and streamed, completions,
 * embeddings, images, models. It wants the right bearer token and nothing in a request that the
 * reference does not name. Runs on the stub's thread. */
#include "stub/vendor_parts.h"

#include <string.h>

static StubScript *error_script(int status, const char *message, const char *type, const char *code)
{
    json_object *tree = json_object_new_object(), *error = json_object_new_object();
    StubScript *script;

    json_object_object_add(error, "message", vendor_string(message));
    json_object_object_add(error, "type", vendor_string(type));
    json_object_object_add(error, "param", NULL);
    json_object_object_add(error, "code", code != NULL ? vendor_string(code) : NULL);
    json_object_object_add(tree, "error", error);
    script = stub_json(status, vendor_json(tree));
    stub_script_header(script, "x-request-id", "req_stub_1");
    if (status == 429)
        stub_script_header(script, "retry-after-ms", "2500");
    json_object_put(tree);
    return script;
}

/* ---- What a chat request may hold ---- */

static void check_part(VendorRequest *r, json_object *part)
{
    static const char *const text[] = {"type", "text", NULL};
    static const char *const image[] = {"type", "image_url", NULL};
    static const char *const image_url[] = {"url", "detail", NULL};
    const char *type = json_object_get_string(json_object_object_get(part, "type"));

    if (g_strcmp0(type, "text") == 0) {
        vendor_only(r, part, "messages.content.", text);
        vendor_member(r, part, "text", json_type_string, true);
    } else if (g_strcmp0(type, "image_url") == 0) {
        json_object *url;

        vendor_only(r, part, "messages.content.", image);
        url = vendor_member(r, part, "image_url", json_type_object, true);
        if (url == NULL)
            return;
        vendor_only(r, url, "messages.content.image_url.", image_url);
        vendor_member(r, url, "url", json_type_string, true);
    } else {
        vendor_complain(r, 400, "Invalid value for 'type' of a part: %s", type ? type : "null");
    }
}

static void check_content(VendorRequest *r, const char *role, json_object *content)
{
    if (json_object_is_type(content, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(content); i++)
            check_part(r, json_object_array_get_idx(content, i));
        return;
    }
    if (content == NULL && strcmp(role, "assistant") == 0)
        return;
    if (!json_object_is_type(content, json_type_string))
        vendor_complain(r, 400, "Invalid type for 'messages.content' of a %s message.", role);
}

static void check_message(VendorRequest *r, json_object *message)
{
    static const char *const members[] = {"role",         "content", "name", "tool_calls",
                                          "tool_call_id", "refusal", NULL};
    static const char *const roles[] = {"system", "developer", "user", "assistant", "tool", NULL};
    json_object *role = vendor_member(r, message, "role", json_type_string, true);

    if (role == NULL)
        return;
    if (!g_strv_contains(roles, json_object_get_string(role))) {
        vendor_complain(r, 400, "Invalid value: '%s' as a role.", json_object_get_string(role));
        return;
    }
    vendor_only(r, message, "messages.", members);
    check_content(r, json_object_get_string(role), json_object_object_get(message, "content"));
}

static void check_tool(VendorRequest *r, json_object *tool)
{
    static const char *const members[] = {"type", "function", NULL};
    static const char *const function[] = {"name", "description", "parameters", "strict", NULL};
    json_object *inner;

    vendor_only(r, tool, "tools.", members);
    vendor_member(r, tool, "type", json_type_string, true);
    inner = vendor_member(r, tool, "function", json_type_object, true);
    if (inner == NULL)
        return;
    vendor_only(r, inner, "tools.function.", function);
    vendor_member(r, inner, "name", json_type_string, true);
    vendor_member(r, inner, "parameters", json_type_object, false);
}

static void check_format(VendorRequest *r, json_object *format)
{
    static const char *const members[] = {"type", "json_schema", NULL};
    static const char *const schema[] = {"name", "description", "schema", "strict", NULL};
    json_object *inner;

    vendor_only(r, format, "response_format.", members);
    inner = vendor_member(r, format, "json_schema", json_type_object, false);
    if (inner == NULL)
        return;
    vendor_only(r, inner, "response_format.json_schema.", schema);
    vendor_member(r, inner, "name", json_type_string, true);
    vendor_member(r, inner, "schema", json_type_object, true);
}

static void check_stream(VendorRequest *r)
{
    static const char *const members[] = {"include_usage", "include_obfuscation", NULL};
    json_object *stream = vendor_member(r, r->body, "stream", json_type_boolean, false);
    json_object *options = vendor_member(r, r->body, "stream_options", json_type_object, false);

    r->stream = json_object_get_boolean(stream);
    if (options == NULL)
        return;
    vendor_only(r, options, "stream_options.", members);
    if (!r->stream)
        vendor_complain(r, 400,
                        "The 'stream_options' parameter is only allowed when 'stream' is on.");
}

static void check_chat(VendorRequest *r)
{
    static const char *const members[] = {"model",
                                          "messages",
                                          "max_tokens",
                                          "max_completion_tokens",
                                          "temperature",
                                          "top_p",
                                          "n",
                                          "stop",
                                          "stream",
                                          "stream_options",
                                          "seed",
                                          "tools",
                                          "response_format",
                                          "tool_choice",
                                          "parallel_tool_calls",
                                          "logprobs",
                                          "user",
                                          "reasoning_effort",
                                          "presence_penalty",
                                          "frequency_penalty",
                                          NULL};
    json_object *messages, *tools, *format;

    if (r->status != 0)
        return;
    vendor_only(r, r->body, "", members);
    messages = vendor_member(r, r->body, "messages", json_type_array, true);
    vendor_member(r, r->body, "temperature", json_type_double, false);
    vendor_member(r, r->body, "max_tokens", json_type_int, false);
    check_stream(r);
    for (size_t i = 0; messages != NULL && i < json_object_array_length(messages); i++)
        check_message(r, json_object_array_get_idx(messages, i));
    tools = vendor_member(r, r->body, "tools", json_type_array, false);
    for (size_t i = 0; tools != NULL && i < json_object_array_length(tools); i++)
        check_tool(r, json_object_array_get_idx(tools, i));
    format = vendor_member(r, r->body, "response_format", json_type_object, false);
    if (format != NULL)
        check_format(r, format);
}

/* ---- What it answers ---- */

/* The text of the last user message, or of its first text part. */
static const char *last_user(json_object *messages)
{
    const char *text = "";

    for (size_t i = 0; i < json_object_array_length(messages); i++) {
        json_object *message = json_object_array_get_idx(messages, i);
        json_object *content = json_object_object_get(message, "content");

        if (strcmp(json_object_get_string(json_object_object_get(message, "role")), "user") != 0)
            continue;
        if (json_object_is_type(content, json_type_array))
            content = json_object_object_get(json_object_array_get_idx(content, 0), "text");
        text = json_object_get_string(content);
    }
    return text;
}

static json_object *first_call(const VendorRequest *r)
{
    json_object *tools = json_object_object_get(r->body, "tools");
    json_object *call = vendor_tree("{\"index\":0,\"id\":\"call_a\",\"type\":\"function\","
                                    "\"function\":{\"name\":\"none\",\"arguments\":\"\"}}");
    json_object *tool = tools != NULL ? json_object_array_get_idx(tools, 0) : NULL;

    if (tool != NULL)
        json_object_object_add(json_object_object_get(call, "function"), "name",
                               json_object_get(json_object_object_get(
                                   json_object_object_get(tool, "function"), "name")));
    return call;
}

static json_object *usage(void)
{
    return vendor_tree("{\"prompt_tokens\":11,\"completion_tokens\":7,\"total_tokens\":18}");
}

/* One chunk as an event; delta is taken over. */
static void send_chunk(StubScript *script, const VendorRequest *r, json_object *delta,
                       const char *finish)
{
    json_object *chunk =
        vendor_tree("{\"id\":\"chatcmpl-stub\",\"object\":\"chat.completion.chunk\","
                    "\"created\":1795343401}");
    json_object *choice = vendor_tree("{\"index\":0}"), *choices = json_object_new_array();
    g_autofree char *line = NULL;

    json_object_object_add(chunk, "model", vendor_string(r->model));
    json_object_object_add(choice, "delta", delta);
    json_object_object_add(choice, "finish_reason", finish != NULL ? vendor_string(finish) : NULL);
    json_object_array_add(choices, choice);
    json_object_object_add(chunk, "choices", choices);
    line = g_strdup_printf("data: %s\n\n", vendor_json(chunk));
    stub_script_text(script, line);
    json_object_put(chunk);
}

static json_object *delta_of(const char *member, const char *text)
{
    json_object *delta = json_object_new_object();

    json_object_object_add(delta, member, vendor_string(text));
    return delta;
}

static void send_call(StubScript *script, const VendorRequest *r)
{
    json_object *delta = json_object_new_object(), *calls = json_object_new_array();

    json_object_array_add(calls, first_call(r));
    json_object_object_add(delta, "tool_calls", calls);
    send_chunk(script, r, delta, NULL);
    send_chunk(script, r,
               vendor_tree("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":"
                           "\"{\\\"city\\\":\"}}]}"),
               NULL);
    send_chunk(script, r,
               vendor_tree("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":"
                           "\"\\\"Oslo\\\"}\"}}]}"),
               NULL);
}

static void send_end(StubScript *script, const VendorRequest *r, const VendorSpeech *speech)
{
    json_object *options = json_object_object_get(r->body, "stream_options");

    send_chunk(script, r, json_object_new_object(), speech->calls_tool ? "tool_calls" : "stop");
    if (json_object_get_boolean(json_object_object_get(options, "include_usage")))
        stub_script_text(script, "data: {\"id\":\"chatcmpl-stub\",\"object\":"
                                 "\"chat.completion.chunk\",\"created\":1795343401,\"model\":\"m\","
                                 "\"choices\":[],\"usage\":{\"prompt_tokens\":11,"
                                 "\"completion_tokens\":7,\"total_tokens\":18}}\n\n");
    stub_script_text(script, "data: [DONE]\n\n");
}

static StubScript *chat_stream(const VendorRequest *r, const VendorSpeech *speech)
{
    StubScript *script = stub_script_new(200, "text/event-stream");

    stub_script_header(script, "x-request-id", "req_stub_2");
    send_chunk(script, r, vendor_tree("{\"role\":\"assistant\",\"content\":\"\"}"), NULL);
    if (speech->reasoning != NULL)
        send_chunk(script, r, delta_of("reasoning_content", speech->reasoning), NULL);
    for (guint i = 0; i < speech->pieces->len; i++)
        send_chunk(script, r, delta_of("content", g_ptr_array_index(speech->pieces, i)), NULL);
    if (speech->calls_tool)
        send_call(script, r);
    if (speech->end == VENDOR_FAILS)
        stub_script_text(script, "data: {\"error\":{\"message\":\"The engine caught fire\","
                                 "\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n");
    else if (speech->end == VENDOR_FINISHES)
        send_end(script, r, speech);
    else
        vendor_end_script(script, speech->end);
    return script;
}

static StubScript *chat_whole(const VendorRequest *r, const VendorSpeech *speech)
{
    json_object *answer = vendor_tree("{\"id\":\"chatcmpl-stub\",\"object\":\"chat.completion\","
                                      "\"created\":1795343400,\"choices\":[{\"index\":0}]}");
    json_object *choice = json_object_array_get_idx(json_object_object_get(answer, "choices"), 0);
    json_object *message = vendor_tree("{\"role\":\"assistant\",\"content\":null,"
                                       "\"refusal\":null}");
    g_autofree char *text = vendor_speech_text(speech);
    StubScript *script;

    json_object_object_add(answer, "model", vendor_string(r->model));
    if (speech->calls_tool) {
        json_object *call = first_call(r), *calls = json_object_new_array();

        json_object_object_del(call, "index");
        json_object_object_add(json_object_object_get(call, "function"), "arguments",
                               vendor_string("{\"city\":\"Oslo\"}"));
        json_object_array_add(calls, call);
        json_object_object_add(message, "tool_calls", calls);
    } else {
        json_object_object_add(message, "content", vendor_string(text));
    }
    if (speech->reasoning != NULL)
        json_object_object_add(message, "reasoning_content", vendor_string(speech->reasoning));
    json_object_object_add(choice, "message", message);
    json_object_object_add(choice, "finish_reason",
                           vendor_string(speech->calls_tool ? "tool_calls" : "stop"));
    json_object_object_add(answer, "usage", usage());
    script = stub_json(200, vendor_json(answer));
    json_object_put(answer);
    return script;
}

static StubScript *chat(const VendorRequest *r)
{
    json_object *messages = json_object_object_get(r->body, "messages");
    VendorSpeech speech = vendor_speech(r, last_user(messages), json_object_array_length(messages));
    StubScript *script;

    if (r->stream || speech.end == VENDOR_STALLS || speech.end == VENDOR_CUTS)
        script = chat_stream(r, &speech);
    else
        script = chat_whole(r, &speech);
    vendor_speech_clear(&speech);
    return script;
}

static void check_completion(VendorRequest *r)
{
    static const char *const members[] = {"model",       "prompt", "max_tokens",     "stream",
                                          "temperature", "stop",   "stream_options", NULL};

    if (r->status != 0)
        return;
    vendor_only(r, r->body, "", members);
    vendor_member(r, r->body, "prompt", json_type_string, true);
    check_stream(r);
}

static StubScript *completion(const VendorRequest *r)
{
    StubScript *script;

    if (!r->stream)
        return stub_json(200, "{\"id\":\"cmpl-stub\",\"object\":\"text_completion\",\"created\":"
                              "1795343400,\"model\":\"m\",\"choices\":[{\"text\":\" a time there "
                              "was\",\"index\":0,\"finish_reason\":\"stop\",\"logprobs\":null}],"
                              "\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":4,"
                              "\"total_tokens\":6}}");
    script = stub_script_new(200, "text/event-stream");
    stub_script_text(script,
                     "data: {\"id\":\"cmpl-stub\",\"object\":\"text_completion\",\"created\""
                     ":1795343400,\"model\":\"m\",\"choices\":[{\"text\":\" a time\","
                     "\"index\":0,\"finish_reason\":null,\"logprobs\":null}]}\n\n");
    stub_script_text(script,
                     "data: {\"id\":\"cmpl-stub\",\"object\":\"text_completion\",\"created\""
                     ":1795343400,\"model\":\"m\",\"choices\":[{\"text\":\" there was\","
                     "\"index\":0,\"finish_reason\":\"stop\",\"logprobs\":null}]}\n\n");
    stub_script_text(script, "data: [DONE]\n\n");
    return script;
}

static void check_embedding(VendorRequest *r)
{
    static const char *const members[] = {"model",           "input", "dimensions",
                                          "encoding_format", "user",  NULL};

    if (r->status != 0)
        return;
    vendor_only(r, r->body, "", members);
    if (json_object_object_get(r->body, "input") == NULL)
        vendor_complain(r, 400, "Missing required parameter: 'input'.");
}

/* Vector i is [i, 0.5, -2]: exact in base64 float32 as in decimal. */
static StubScript *embedding(const VendorRequest *r)
{
    json_object *input = json_object_object_get(r->body, "input");
    bool many = json_object_is_type(input, json_type_array);
    size_t n = many ? json_object_array_length(input) : 1;
    const char *format = json_object_get_string(json_object_object_get(r->body, "encoding_format"));
    g_autoptr(GString) text = g_string_new("{\"object\":\"list\",\"data\":[");

    for (size_t i = 0; i < n; i++) {
        const float vector[3] = {(float)i, 0.5F, -2};
        g_autofree char *base64 = g_base64_encode((const guchar *)vector, sizeof vector);

        g_string_append_printf(
            text, "%s{\"object\":\"embedding\",\"index\":%zu,\"embedding\":", i > 0 ? "," : "", i);
        if (g_strcmp0(format, "base64") == 0)
            g_string_append_printf(text, "\"%s\"}", base64);
        else
            g_string_append_printf(text, "[%zu,0.5,-2]}", i);
    }
    g_string_append(text, "],\"model\":\"m\",\"usage\":{\"prompt_tokens\":4,\"total_tokens\":4}}");
    return stub_json(200, text->str);
}

static void check_image(VendorRequest *r)
{
    static const char *const members[] = {"model",   "prompt",          "n", "size",
                                          "quality", "response_format", NULL};

    if (r->status != 0)
        return;
    vendor_only(r, r->body, "", members);
    vendor_member(r, r->body, "prompt", json_type_string, true);
    if (g_str_has_prefix(r->model, "gpt-image") &&
        json_object_object_get(r->body, "response_format") != NULL)
        vendor_complain(r, 400, "Unknown parameter: 'response_format'.");
}

/* Model "link" gives a link, "garbage" no base64, all others eight bytes of a PNG. */
static StubScript *image(const VendorRequest *r)
{
    if (vendor_is(r, "link"))
        return stub_json(200, "{\"created\":1795343400,\"data\":[{\"url\":"
                              "\"https://images.invalid/a.png\"}]}");
    if (vendor_is(r, "garbage"))
        return stub_json(200, "{\"created\":1795343400,\"data\":[{\"b64_json\":\"!!!!\"}]}");
    return stub_json(200, "{\"created\":1795343400,\"data\":[{\"b64_json\":\"iVBORw0KGgo=\"}]}");
}

static StubScript *models(void)
{
    return stub_json(200, "{\"object\":\"list\",\"data\":[{\"id\":\"parrot\",\"object\":\"model\","
                          "\"created\":1,\"owned_by\":\"stub\"},{\"id\":\"count\",\"object\":"
                          "\"model\",\"created\":1,\"owned_by\":\"stub\"}]}");
}

/* ---- The server ---- */

typedef struct Route {
    const char *target;
    void (*check)(VendorRequest *r);
    StubScript *(*answer)(const VendorRequest *r);
} Route;

static const Route routes[] = {{"/v1/chat/completions", check_chat, chat},
                               {"/v1/completions", check_completion, completion},
                               {"/v1/embeddings", check_embedding, embedding},
                               {"/v1/images/generations", check_image, image}};

static void check_key(VendorRequest *r)
{
    const char *given = g_hash_table_lookup(r->http->headers, "authorization");
    g_autofree char *wanted = g_strconcat("Bearer ", r->vendor->key, NULL);

    if (r->vendor->key != NULL && g_strcmp0(given, wanted) != 0)
        vendor_complain(r, 401, "Incorrect API key provided.");
}

/* What happens whatever was asked, by the model's name; NULL: nothing. */
static StubScript *misbehave(const VendorRequest *r)
{
    const char *given = g_hash_table_lookup(r->http->headers, "authorization");
    int status = vendor_status_of(r->model);
    StubScript *script;

    if (vendor_is(r, "echo-key")) {
        const char *bare = given != NULL ? strchr(given, ' ') : NULL;
        g_autofree char *message =
            g_strdup_printf("Incorrect API key provided: %s (%s)", given != NULL ? given : "none",
                            bare != NULL ? bare + 1 : "none");

        return error_script(401, message, "invalid_request_error", "invalid_api_key");
    }
    if (status != 0) {
        g_autofree char *message = g_strdup_printf("The stub answers %d", status);

        return error_script(status, message, "stub_error", NULL);
    }
    if (vendor_is(r, "broken"))
        return stub_json(200, "<html>it works</html>");
    if (!vendor_is(r, "silent"))
        return NULL;
    script = stub_script_new(200, "text/event-stream");
    stub_script_raw(script, "", 0);
    stub_script_stall(script);
    return script;
}

static StubScript *answer_route(VendorRequest *r, const Route *route)
{
    StubScript *script;

    vendor_read_body(r);
    if (r->status == 0 && (script = misbehave(r)) != NULL)
        return script;
    route->check(r);
    return r->status == 0 ? route->answer(r) : NULL;
}

StubScript *vendor_openai_answer(void *vendor, const StubRequest *http)
{
    VendorRequest r = {.vendor = vendor, .http = http};
    StubScript *script = NULL;
    bool known = false;

    check_key(&r);
    if (strcmp(http->method, "GET") == 0 && strcmp(http->target, "/v1/models") == 0) {
        known = true;
        script = r.status == 0 ? models() : NULL;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(routes); i++) {
        if (strcmp(routes[i].target, http->target) != 0 || strcmp(http->method, "POST") != 0)
            continue;
        known = true;
        script = r.status == 0 ? answer_route(&r, &routes[i]) : NULL;
    }
    if (!known)
        vendor_complain(&r, 404, "Invalid URL (%s %s)", http->method, http->target);
    if (script == NULL)
        script = error_script(r.status, r.complaint, "invalid_request_error",
                              r.status == 401 ? "invalid_api_key" : NULL);
    vendor_request_clear(&r);
    return script;
}

Vendor *vendor_openai_new(const char *key)
{
    return vendor_new(vendor_openai_answer, key);
}
