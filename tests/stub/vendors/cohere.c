/* SPDX-License-Identifier: Apache-2.0 */
/* A server that speaks Cohere's chat of version 2, whole and in server-sent events: tool calls as
 * one object an event, plans before them, no nulls, numbers in the vendor's ranges; embeddings, 96
 * at most, rankings, and the list of models of version 1 in pages of one. It wants the
 * right bearer token and nothing in a request that the reference does not name. Runs on the stub's
 * thread. */
#include "stub/vendor_parts.h"
#include "stub/vendor_row.h"

#include <string.h>

#define KEY "co-right-key-0001"

static StubScript *error_script(int status, const char *message)
{
    json_object *tree = json_object_new_object();
    StubScript *script;

    json_object_object_add(tree, "id", vendor_string("e7-stub"));
    json_object_object_add(tree, "message", vendor_string(message));
    script = stub_json(status, vendor_json(tree));
    json_object_put(tree);
    return script;
}

/* ---- What a request may hold ---- */

static void check_part(VendorRequest *r, const char *role, json_object *part)
{
    static const char *const text[] = {"type", "text", NULL};
    static const char *const thinking[] = {"type", "thinking", NULL};
    static const char *const image[] = {"type", "image_url", NULL};
    static const char *const image_url[] = {"url", "detail", NULL};
    const char *type = json_object_get_string(json_object_object_get(part, "type"));

    if (g_strcmp0(type, "text") == 0) {
        vendor_only(r, part, "messages.content.", text);
        vendor_member(r, part, "text", json_type_string, true);
    } else if (g_strcmp0(type, "thinking") == 0 && strcmp(role, "assistant") == 0) {
        vendor_only(r, part, "messages.content.", thinking);
        vendor_member(r, part, "thinking", json_type_string, true);
    } else if (g_strcmp0(type, "image_url") == 0 && strcmp(role, "user") == 0) {
        json_object *url;

        vendor_only(r, part, "messages.content.", image);
        url = vendor_member(r, part, "image_url", json_type_object, true);
        if (url == NULL)
            return;
        vendor_only(r, url, "messages.content.image_url.", image_url);
        vendor_member(r, url, "url", json_type_string, true);
    } else {
        vendor_complain(r, 422, "no part of a %s message: %s", role, type != NULL ? type : "null");
    }
}

static void check_calls(VendorRequest *r, json_object *calls)
{
    static const char *const members[] = {"id", "type", "function", NULL};
    static const char *const function[] = {"name", "arguments", NULL};

    for (size_t i = 0; calls != NULL && i < json_object_array_length(calls); i++) {
        json_object *call = json_object_array_get_idx(calls, i), *inner, *arguments, *parsed;

        vendor_only(r, call, "messages.tool_calls.", members);
        vendor_member(r, call, "id", json_type_string, true);
        inner = vendor_member(r, call, "function", json_type_object, true);
        if (inner == NULL)
            return;
        vendor_only(r, inner, "messages.tool_calls.function.", function);
        vendor_member(r, inner, "name", json_type_string, true);
        arguments = vendor_member(r, inner, "arguments", json_type_string, true);
        parsed = json_tokener_parse(json_object_get_string(arguments));
        if (!json_object_is_type(parsed, json_type_object))
            vendor_complain(r, 422, "the arguments of a tool call must be a JSON object as text");
        json_object_put(parsed);
    }
}

static const char *const *members_of(const char *role)
{
    static const char *const plain[] = {"role", "content", NULL};
    static const char *const tool[] = {"role", "content", "tool_call_id", NULL};
    static const char *const assistant[] = {"role",      "content",   "tool_calls",
                                            "tool_plan", "citations", NULL};

    if (strcmp(role, "assistant") == 0)
        return assistant;
    return strcmp(role, "tool") == 0 ? tool : plain;
}

static void check_message(VendorRequest *r, json_object *message)
{
    static const char *const roles[] = {"system", "user", "assistant", "tool", NULL};
    json_object *role = vendor_member(r, message, "role", json_type_string, true), *content, *calls;
    const char *name = json_object_get_string(role);

    if (role == NULL)
        return;
    if (!g_strv_contains(roles, name)) {
        vendor_complain(r, 422, "'%s' is no role", name);
        return;
    }
    vendor_only(r, message, "messages.", members_of(name));
    content = json_object_object_get(message, "content");
    calls = vendor_member(r, message, "tool_calls", json_type_array, false);
    if (content == NULL && calls == NULL)
        vendor_complain(r, 422, "a %s message must have content", name);
    if (strcmp(name, "tool") == 0)
        vendor_member(r, message, "tool_call_id", json_type_string, true);
    if (json_object_is_type(content, json_type_array))
        for (size_t i = 0; i < json_object_array_length(content); i++)
            check_part(r, name, json_object_array_get_idx(content, i));
    check_calls(r, calls);
}

static void check_tools(VendorRequest *r)
{
    static const char *const members[] = {"type", "function", NULL};
    static const char *const function[] = {"name", "description", "parameters", NULL};
    json_object *tools = vendor_member(r, r->body, "tools", json_type_array, false), *choice;
    const char *word;

    for (size_t i = 0; tools != NULL && i < json_object_array_length(tools); i++) {
        json_object *tool = json_object_array_get_idx(tools, i), *inner;

        vendor_only(r, tool, "tools.", members);
        inner = vendor_member(r, tool, "function", json_type_object, true);
        if (inner == NULL)
            return;
        vendor_only(r, inner, "tools.function.", function);
        vendor_member(r, inner, "name", json_type_string, true);
        vendor_member(r, inner, "parameters", json_type_object, true);
    }
    choice = vendor_member(r, r->body, "tool_choice", json_type_string, false);
    word = json_object_get_string(choice);
    if (word != NULL && strcmp(word, "REQUIRED") != 0 && strcmp(word, "NONE") != 0)
        vendor_complain(r, 422, "tool_choice must be REQUIRED or NONE, not %s", word);
}

static void check_range(VendorRequest *r, const char *name, double min, double max)
{
    json_object *value = vendor_member(r, r->body, name, json_type_double, false);
    double number = json_object_get_double(value);

    if (value != NULL && (number < min || number > max))
        vendor_complain(r, 400, "invalid request: %s must be between %g and %g", name, min, max);
}

static void check_chat(VendorRequest *r)
{
    static const char *const members[] = {"model",
                                          "messages",
                                          "stream",
                                          "tools",
                                          "tool_choice",
                                          "strict_tools",
                                          "documents",
                                          "citation_options",
                                          "response_format",
                                          "safety_mode",
                                          "max_tokens",
                                          "stop_sequences",
                                          "temperature",
                                          "seed",
                                          "frequency_penalty",
                                          "presence_penalty",
                                          "k",
                                          "p",
                                          "logprobs",
                                          "thinking",
                                          "priority",
                                          NULL};
    json_object *messages;

    if (r->status != 0)
        return;
    vendor_only(r, r->body, "", members);
    messages = vendor_member(r, r->body, "messages", json_type_array, true);
    for (size_t i = 0; messages != NULL && i < json_object_array_length(messages); i++)
        check_message(r, json_object_array_get_idx(messages, i));
    check_tools(r);
    check_range(r, "temperature", 0, 1);
    check_range(r, "p", 0.01, 0.99);
    check_range(r, "frequency_penalty", 0, 1);
    check_range(r, "presence_penalty", 0, 1);
    vendor_member(r, r->body, "max_tokens", json_type_int, false);
    vendor_member(r, r->body, "stop_sequences", json_type_array, false);
    r->stream =
        json_object_get_boolean(vendor_member(r, r->body, "stream", json_type_boolean, false));
}

/* ---- What it answers ---- */

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

static json_object *first_call(const VendorRequest *r, const char *arguments)
{
    json_object *tools = json_object_object_get(r->body, "tools");
    json_object *call = vendor_tree("{\"id\":\"get_a1\",\"type\":\"function\",\"function\":{"
                                    "\"name\":\"none\",\"arguments\":\"\"}}");
    json_object *function = json_object_object_get(call, "function");

    if (tools != NULL)
        json_object_object_add(
            function, "name",
            json_object_get(json_object_object_get(
                json_object_object_get(json_object_array_get_idx(tools, 0), "function"), "name")));
    json_object_object_add(function, "arguments", vendor_string(arguments));
    return call;
}

/* {"type":TYPE,"index":0,"delta":{"message":{MEMBER:value}}}; value is taken over. */
static void send_event(StubScript *script, const char *type, const char *member, json_object *value)
{
    json_object *event = json_object_new_object(), *delta = json_object_new_object();
    json_object *message = json_object_new_object();
    g_autofree char *text = NULL;

    json_object_object_add(event, "type", vendor_string(type));
    json_object_object_add(event, "index", json_object_new_int(0));
    json_object_object_add(message, member, value);
    json_object_object_add(delta, "message", message);
    json_object_object_add(event, "delta", delta);
    text = g_strdup_printf("event: %s\ndata: %s\n\n", type, vendor_json(event));
    stub_script_text(script, text);
    json_object_put(event);
}

static json_object *member_of(const char *name, const char *text)
{
    json_object *object = json_object_new_object();

    json_object_object_add(object, name, vendor_string(text));
    return object;
}

static json_object *arguments_of(const char *text)
{
    json_object *call = json_object_new_object();

    json_object_object_add(call, "function", member_of("arguments", text));
    return call;
}

static void send_call(StubScript *script, const VendorRequest *r)
{
    send_event(script, "tool-plan-delta", "tool_plan", vendor_string("I will look it up."));
    send_event(script, "tool-call-start", "tool_calls", first_call(r, ""));
    send_event(script, "tool-call-delta", "tool_calls", arguments_of("{\"city\":"));
    send_event(script, "tool-call-delta", "tool_calls", arguments_of("\"Oslo\"}"));
    stub_script_text(script, "event: tool-call-end\ndata: {\"type\":\"tool-call-end\","
                             "\"index\":0}\n\n");
}

static void send_end(StubScript *script, const VendorSpeech *speech)
{
    g_autofree char *text = g_strdup_printf(
        "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"%s\","
        "\"usage\":{\"billed_units\":{\"input_tokens\":3,\"output_tokens\":2},\"tokens\":{"
        "\"input_tokens\":71,\"output_tokens\":3}}}}\n\n",
        speech->calls_tool ? "TOOL_CALL" : "COMPLETE");

    stub_script_text(script, text);
}

static StubScript *chat_stream(const VendorRequest *r, const VendorSpeech *speech)
{
    StubScript *script = stub_script_new(200, "text/event-stream");

    stub_script_text(script,
                     "event: message-start\ndata: {\"id\":\"chat-stub\",\"type\":\"message-start\","
                     "\"delta\":{\"message\":{\"role\":\"assistant\",\"content\":[],"
                     "\"tool_plan\":\"\",\"tool_calls\":[],\"citations\":[]}}}\n\n");
    if (speech->calls_tool)
        send_call(script, r);
    if (speech->reasoning != NULL)
        send_event(script, "content-delta", "content", member_of("thinking", speech->reasoning));
    for (guint i = 0; i < speech->pieces->len; i++)
        send_event(script, "content-delta", "content",
                   member_of("text", g_ptr_array_index(speech->pieces, i)));
    if (speech->end == VENDOR_FAILS)
        stub_script_text(script, "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{"
                                 "\"finish_reason\":\"ERROR\",\"error\":\"The engine caught "
                                 "fire\"}}\n\n");
    else if (speech->end == VENDOR_FINISHES)
        send_end(script, speech);
    else
        vendor_end_script(script, speech->end);
    return script;
}

static StubScript *chat_whole(const VendorRequest *r, const VendorSpeech *speech)
{
    json_object *answer = vendor_tree("{\"id\":\"chat-stub\",\"usage\":{\"tokens\":{"
                                      "\"input_tokens\":71,\"output_tokens\":3}}}");
    json_object *message = vendor_tree("{\"role\":\"assistant\"}"), *list = json_object_new_array();
    g_autofree char *text = vendor_speech_text(speech);
    StubScript *script;

    if (speech->calls_tool) {
        json_object_array_add(list, first_call(r, "{\"city\":\"Oslo\"}"));
        json_object_object_add(message, "tool_plan", vendor_string("I will look it up."));
    } else {
        json_object *part = member_of("text", text);

        json_object_object_add(part, "type", vendor_string("text"));
        json_object_array_add(list, part);
    }
    json_object_object_add(message, speech->calls_tool ? "tool_calls" : "content", list);
    json_object_object_add(answer, "message", message);
    json_object_object_add(answer, "finish_reason",
                           vendor_string(speech->calls_tool ? "TOOL_CALL" : "COMPLETE"));
    script = stub_json(200, vendor_json(answer));
    json_object_put(answer);
    return script;
}

static StubScript *chat(const VendorRequest *r)
{
    json_object *messages = json_object_object_get(r->body, "messages");
    VendorSpeech speech = vendor_speech(r, last_user(messages), json_object_array_length(messages));
    bool stream = r->stream || speech.end == VENDOR_STALLS || speech.end == VENDOR_CUTS;
    StubScript *script = stream ? chat_stream(r, &speech) : chat_whole(r, &speech);

    vendor_speech_clear(&speech);
    return script;
}

/* ---- The other kinds ---- */

static size_t check_texts(VendorRequest *r, const char *name, size_t most)
{
    json_object *texts = vendor_member(r, r->body, name, json_type_array, true);
    size_t n = texts != NULL ? json_object_array_length(texts) : 0;

    if (n == 0 || n > most)
        vendor_complain(r, 400, "invalid request: %s must hold 1 to %zu", name, most);
    for (size_t i = 0; i < n; i++)
        if (!json_object_is_type(json_object_array_get_idx(texts, i), json_type_string))
            vendor_complain(r, 422, "%s must hold texts", name);
    return n;
}

/* As long as was asked for; the first number is how many letters the text has. */
static json_object *vector_of(const char *text, int64_t length)
{
    json_object *vector = json_object_new_array();

    for (int64_t i = 0; i < length; i++)
        json_object_array_add(vector, json_object_new_double(i == 0 ? (double)strlen(text) : 0.5));
    return vector;
}

static StubScript *embed(VendorRequest *r)
{
    static const char *const members[] = {"model",           "input_type",       "texts",
                                          "embedding_types", "output_dimension", "truncate",
                                          "max_tokens",      "priority",         NULL};
    static const char *const types[] = {"search_document", "search_query", "classification",
                                        "clustering", NULL};
    json_object *answer, *vectors, *type, *length, *texts;
    StubScript *script;
    size_t n;

    vendor_only(r, r->body, "", members);
    n = check_texts(r, "texts", 96);
    type = vendor_member(r, r->body, "input_type", json_type_string, true);
    if (type != NULL && !g_strv_contains(types, json_object_get_string(type)))
        vendor_complain(r, 400, "invalid request: input_type");
    type = vendor_member(r, r->body, "embedding_types", json_type_array, true);
    if (g_strcmp0(type != NULL ? json_object_to_json_string_ext(type, 0) : NULL, "[\"float\"]") !=
        0)
        vendor_complain(r, 400, "invalid request: embedding_types");
    length = vendor_member(r, r->body, "output_dimension", json_type_int, false);
    if (r->status != 0)
        return NULL;
    answer = vendor_tree("{\"id\":\"e-stub\",\"embeddings\":{\"float\":[]},\"meta\":{"
                         "\"billed_units\":{\"input_tokens\":2}}}");
    texts = json_object_object_get(r->body, "texts");
    vectors = json_object_object_get(json_object_object_get(answer, "embeddings"), "float");
    for (size_t i = 0; i < n; i++)
        json_object_array_add(vectors,
                              vector_of(json_object_get_string(json_object_array_get_idx(texts, i)),
                                        length != NULL ? json_object_get_int64(length) : 2));
    script = stub_json(200, vendor_json(answer));
    json_object_put(answer);
    return script;
}

/* The last document is the best one. */
static StubScript *rerank(VendorRequest *r)
{
    static const char *const members[] = {
        "model", "query", "documents", "top_n", "max_tokens_per_doc", "priority", NULL};
    size_t n, most;
    json_object *answer, *results, *top;
    StubScript *script;

    vendor_only(r, r->body, "", members);
    vendor_member(r, r->body, "query", json_type_string, true);
    n = check_texts(r, "documents", 10000);
    top = vendor_member(r, r->body, "top_n", json_type_int, false);
    if (r->status != 0)
        return NULL;
    most = top != NULL ? (size_t)json_object_get_int64(top) : n;
    answer = vendor_tree("{\"id\":\"r-stub\",\"results\":[],\"meta\":{\"billed_units\":{"
                         "\"search_units\":1}}}");
    results = json_object_object_get(answer, "results");
    for (size_t i = n; i > 0 && n - i < most; i--) {
        json_object *result = json_object_new_object();

        json_object_object_add(result, "index", json_object_new_int64((int64_t)i - 1));
        json_object_object_add(result, "relevance_score",
                               json_object_new_double((double)i / (double)(n + 1)));
        json_object_array_add(results, result);
    }
    script = stub_json(200, vendor_json(answer));
    json_object_put(answer);
    return script;
}

static StubScript *models(VendorRequest *r, const char *query)
{
    if (strcmp(query, "page_size=1000") == 0 || strcmp(query, "page_size=1") == 0)
        return stub_json(200, "{\"models\":[{\"name\":\"command-stub\",\"endpoints\":[\"chat\"],"
                              "\"context_length\":8000}],\"next_page_token\":\"2/+\"}");
    if (strcmp(query, "page_size=1000&page_token=2%2F%2B") == 0)
        return stub_json(200, "{\"models\":[{\"name\":\"embed-stub\"}]}");
    vendor_complain(r, 400, "invalid request: %s", query);
    return NULL;
}

static StubScript *post(VendorRequest *r)
{
    const char *target = r->http->target;

    vendor_read_body(r);
    if (r->status != 0)
        return NULL;
    if (strcmp(target, "/v2/embed") == 0)
        return embed(r);
    if (strcmp(target, "/v2/rerank") == 0)
        return rerank(r);
    if (strcmp(target, "/v2/chat") != 0)
        vendor_complain(r, 404, "no such path: %s", target);
    check_chat(r);
    return r->status == 0 ? chat(r) : NULL;
}

static StubScript *handle(void *user, const StubRequest *http)
{
    static const char list[] = "/v1/models?";
    VendorRequest r = {.vendor = user, .http = http};
    const char *given = g_hash_table_lookup(http->headers, "authorization");
    bool posted = strcmp(http->method, "POST") == 0;
    StubScript *script = NULL;

    if (g_strcmp0(given, "Bearer " KEY) != 0)
        vendor_complain(&r, 401, "invalid api token");
    else if (posted)
        script = post(&r);
    else if (strcmp(http->method, "GET") == 0 && g_str_has_prefix(http->target, list))
        script = models(&r, http->target + strlen(list));
    else
        vendor_complain(&r, 404, "no such path: %s %s", http->method, http->target);
    if (script == NULL)
        script = error_script(r.status, r.complaint);
    vendor_request_clear(&r);
    return script;
}

static Vendor *start(void)
{
    return vendor_new(handle, KEY);
}

static const VendorRow rows[] = {
    {.name = "cohere",
     .start = start,
     .conf = "[provider cohere]\n"
             "base-url = @URL@\n"
             "api-key = " KEY "\n",
     .wrong_conf = "[provider cohere]\n"
                   "base-url = @URL@\n"
                   "api-key = co-a-wrong-key-77\n",
     .model = "cohere/parrot",
     .tool_model = "cohere/tools"},
};

const VendorRow *vendor_rows_cohere(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}
