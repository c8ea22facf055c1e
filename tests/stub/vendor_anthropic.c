/* SPDX-License-Identifier: Apache-2.0 */
/* A server that speaks Anthropic's Messages API: x-api-key, anthropic-version 2023-06-01 and
 * max_tokens are required, streams are named events, roles alternate from the user on. Runs on the
 * stub's thread. */
#include "stub/vendor_anthropic.h"

#include <string.h>

static const char *error_type(int status)
{
    static const struct {
        int status;
        const char *type;
    } types[] = {{400, "invalid_request_error"}, {401, "authentication_error"},
                 {403, "permission_error"},      {404, "not_found_error"},
                 {429, "rate_limit_error"},      {529, "overloaded_error"}};

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        if (types[i].status == status)
            return types[i].type;
    return "api_error";
}

static StubScript *error_script(int status, const char *message)
{
    json_object *tree = vendor_tree("{\"type\":\"error\",\"error\":{},\"request_id\":\"req_1\"}");
    json_object *error = json_object_object_get(tree, "error");
    StubScript *script;

    json_object_object_add(error, "type", vendor_string(error_type(status)));
    json_object_object_add(error, "message", vendor_string(message));
    script = stub_json(status, vendor_json(tree));
    stub_script_header(script, "request-id", "req_stub_1");
    json_object_put(tree);
    return script;
}

static void check_block(VendorRequest *r, json_object *block)
{
    static const char *const text[] = {"type", "text", "cache_control", NULL};
    static const char *const image[] = {"type", "source", "cache_control", NULL};
    const char *type = json_object_get_string(json_object_object_get(block, "type"));

    if (g_strcmp0(type, "text") == 0) {
        json_object *value;

        vendor_only(r, block, "messages.content.", text);
        value = vendor_member(r, block, "text", json_type_string, true);
        if (value != NULL && json_object_get_string_len(value) == 0)
            vendor_complain(r, 400, "messages: text content blocks must be non-empty");
    } else if (g_strcmp0(type, "image") == 0) {
        vendor_only(r, block, "messages.content.", image);
        vendor_member(r, block, "source", json_type_object, true);
    } else if (g_strcmp0(type, "tool_use") != 0 && g_strcmp0(type, "tool_result") != 0) {
        vendor_complain(r, 400, "messages.content.type: unknown '%s'", type ? type : "null");
    }
}

static void check_messages(VendorRequest *r, json_object *messages)
{
    static const char *const members[] = {"role", "content", NULL};

    if (json_object_array_length(messages) == 0)
        vendor_complain(r, 400, "messages: at least one message is required");
    for (size_t i = 0; i < json_object_array_length(messages); i++) {
        json_object *message = json_object_array_get_idx(messages, i);
        json_object *content = json_object_object_get(message, "content");
        const char *role = json_object_get_string(json_object_object_get(message, "role"));

        vendor_only(r, message, "messages.", members);
        if (g_strcmp0(role, i % 2 == 0 ? "user" : "assistant") != 0)
            vendor_complain(r, 400,
                            "messages: roles must alternate between \"user\" and "
                            "\"assistant\", found %s",
                            role);
        if (json_object_is_type(content, json_type_array)) {
            for (size_t k = 0; k < json_object_array_length(content); k++)
                check_block(r, json_object_array_get_idx(content, k));
        } else if (json_object_get_string_len(content) == 0) {
            vendor_complain(r, 400, "messages: content must be non-empty");
        }
    }
}

static void check_tools(VendorRequest *r, json_object *tools)
{
    static const char *const members[] = {
        "name", "description", "input_schema", "strict", "type", "cache_control", NULL};

    for (size_t i = 0; tools != NULL && i < json_object_array_length(tools); i++) {
        json_object *tool = json_object_array_get_idx(tools, i);

        vendor_only(r, tool, "tools.", members);
        vendor_member(r, tool, "name", json_type_string, true);
        vendor_member(r, tool, "input_schema", json_type_object, true);
    }
}

static void check_body(VendorRequest *r)
{
    static const char *const members[] = {"model",          "max_tokens", "messages",    "system",
                                          "stop_sequences", "stream",     "temperature", "top_p",
                                          "tools",          "top_k",      "tool_choice", "thinking",
                                          "output_config",  "metadata",   NULL};
    json_object *messages, *max;

    if (r->status != 0)
        return;
    vendor_only(r, r->body, "", members);
    max = vendor_member(r, r->body, "max_tokens", json_type_int, true);
    if (max != NULL && json_object_get_int64(max) < 1)
        vendor_complain(r, 400, "max_tokens: must be greater than or equal to 1");
    r->stream =
        json_object_get_boolean(vendor_member(r, r->body, "stream", json_type_boolean, false));
    messages = vendor_member(r, r->body, "messages", json_type_array, true);
    if (messages != NULL)
        check_messages(r, messages);
    check_tools(r, vendor_member(r, r->body, "tools", json_type_array, false));
}

/* ---- Answers ---- */

/* The last text of the last message; tool results stand before it. */
static const char *last_user(json_object *messages)
{
    json_object *last = json_object_array_get_idx(messages, json_object_array_length(messages) - 1);
    json_object *content = json_object_object_get(last, "content");

    if (json_object_is_type(content, json_type_array))
        content = json_object_object_get(
            json_object_array_get_idx(content, json_object_array_length(content) - 1), "text");
    return content != NULL ? json_object_get_string(content) : "";
}

static const char *first_tool(const VendorRequest *r)
{
    json_object *tools = json_object_object_get(r->body, "tools");
    json_object *tool = tools != NULL ? json_object_array_get_idx(tools, 0) : NULL;

    return tool != NULL ? json_object_get_string(json_object_object_get(tool, "name")) : "none";
}

static void send_event(StubScript *script, const char *name, const char *data)
{
    g_autofree char *text = g_strdup_printf("event: %s\ndata: %s\n\n", name, data);

    stub_script_text(script, text);
}

/* A delta of block `index` with one string member. */
static void send_delta(StubScript *script, int index, const char *type, const char *member,
                       const char *text)
{
    json_object *event = vendor_tree("{\"type\":\"content_block_delta\"}");
    json_object *delta = json_object_new_object();

    json_object_object_add(event, "index", json_object_new_int(index));
    json_object_object_add(delta, "type", vendor_string(type));
    json_object_object_add(delta, member, vendor_string(text));
    json_object_object_add(event, "delta", delta);
    send_event(script, "content_block_delta", vendor_json(event));
    json_object_put(event);
}

static void send_block_start(StubScript *script, int index, const char *block)
{
    g_autofree char *data = g_strdup_printf(
        "{\"type\":\"content_block_start\",\"index\":%d,\"content_block\":%s}", index, block);

    send_event(script, "content_block_start", data);
}

static void send_block_stop(StubScript *script, int index)
{
    g_autofree char *data =
        g_strdup_printf("{\"type\":\"content_block_stop\",\"index\":%d}", index);

    send_event(script, "content_block_stop", data);
}

static int send_reasoning(StubScript *script, const VendorSpeech *speech)
{
    if (speech->reasoning == NULL)
        return 0;
    send_block_start(script, 0, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}");
    send_delta(script, 0, "thinking_delta", "thinking", speech->reasoning);
    send_delta(script, 0, "signature_delta", "signature", "RXhhbXBsZQ==");
    send_block_stop(script, 0);
    return 1;
}

static void send_call(StubScript *script, const VendorRequest *r, int index)
{
    g_autofree char *block = g_strdup_printf(
        "{\"type\":\"tool_use\",\"id\":\"toolu_01\",\"name\":\"%s\",\"input\":{}}", first_tool(r));

    send_block_start(script, index, block);
    send_delta(script, index, "input_json_delta", "partial_json", "");
    send_delta(script, index, "input_json_delta", "partial_json", "{\"city\":");
    send_delta(script, index, "input_json_delta", "partial_json", "\"Oslo\"}");
    send_block_stop(script, index);
}

static void send_end(StubScript *script, const VendorSpeech *speech)
{
    g_autofree char *delta = g_strdup_printf(
        "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"%s\",\"stop_sequence\":null},"
        "\"usage\":{\"output_tokens\":7}}",
        speech->calls_tool ? "tool_use" : "end_turn");

    send_event(script, "message_delta", delta);
    send_event(script, "message_stop", "{\"type\":\"message_stop\"}");
}

static StubScript *stream(const VendorRequest *r, const VendorSpeech *speech)
{
    StubScript *script = stub_script_new(200, "text/event-stream; charset=utf-8");
    int index;

    stub_script_header(script, "request-id", "req_stub_2");
    send_event(script, "message_start",
               "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_stub\",\"type\":\"message\","
               "\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,"
               "\"stop_sequence\":null,\"usage\":{\"input_tokens\":11,\"output_tokens\":1}}}");
    index = send_reasoning(script, speech);
    send_event(script, "ping", "{\"type\":\"ping\"}");
    if (speech->calls_tool)
        send_call(script, r, index);
    else
        send_block_start(script, index, "{\"type\":\"text\",\"text\":\"\"}");
    for (guint i = 0; i < speech->pieces->len; i++)
        send_delta(script, index, "text_delta", "text", g_ptr_array_index(speech->pieces, i));
    vendor_end_script(script, speech->end);
    if (speech->end == VENDOR_FAILS)
        send_event(script, "error",
                   "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":"
                   "\"The engine caught fire\"}}");
    if (speech->end != VENDOR_FINISHES)
        return script;
    if (!speech->calls_tool)
        send_block_stop(script, index);
    send_end(script, speech);
    return script;
}

static StubScript *whole(const VendorRequest *r, const VendorSpeech *speech)
{
    json_object *answer = vendor_tree("{\"id\":\"msg_stub\",\"type\":\"message\",\"role\":"
                                      "\"assistant\",\"content\":[],\"stop_sequence\":null,"
                                      "\"usage\":{\"input_tokens\":11,\"output_tokens\":7}}");
    json_object *content = json_object_object_get(answer, "content");
    g_autofree char *text = vendor_speech_text(speech);
    json_object *block;
    StubScript *script;

    json_object_object_add(answer, "model", vendor_string(r->model));
    json_object_object_add(answer, "stop_reason",
                           vendor_string(speech->calls_tool ? "tool_use" : "end_turn"));
    if (speech->calls_tool) {
        block = vendor_tree("{\"type\":\"tool_use\",\"id\":\"toolu_01\",\"input\":{\"city\":"
                            "\"Oslo\"}}");
        json_object_object_add(block, "name", vendor_string(first_tool(r)));
    } else {
        block = vendor_tree("{\"type\":\"text\"}");
        json_object_object_add(block, "text", vendor_string(text));
    }
    json_object_array_add(content, block);
    script = stub_json(200, vendor_json(answer));
    json_object_put(answer);
    return script;
}

static StubScript *messages(VendorRequest *r)
{
    json_object *list = json_object_object_get(r->body, "messages");
    VendorSpeech speech = vendor_speech(r, last_user(list), json_object_array_length(list));
    StubScript *script;

    if (r->stream || speech.end == VENDOR_STALLS || speech.end == VENDOR_CUTS)
        script = stream(r, &speech);
    else
        script = whole(r, &speech);
    vendor_speech_clear(&speech);
    return script;
}

static void check_head(VendorRequest *r)
{
    const char *key = g_hash_table_lookup(r->http->headers, "x-api-key");
    const char *version = g_hash_table_lookup(r->http->headers, "anthropic-version");

    if (r->vendor->key != NULL && g_strcmp0(key, r->vendor->key) != 0)
        vendor_complain(r, 401, "invalid x-api-key");
    if (version == NULL)
        vendor_complain(r, 400, "anthropic-version: header is required");
    else if (strcmp(version, "2023-06-01") != 0)
        vendor_complain(r, 400, "anthropic-version: \"%s\" is not a valid version", version);
}

static StubScript *answer_messages(VendorRequest *r)
{
    int status;

    vendor_read_body(r);
    if (r->status == 0 && vendor_is(r, "echo-key"))
        vendor_complain(r, 401, "invalid x-api-key: %s",
                        (char *)g_hash_table_lookup(r->http->headers, "x-api-key"));
    status = r->status == 0 ? vendor_status_of(r->model) : 0;
    if (status != 0)
        vendor_complain(r, status, "The stub answers %d", status);
    check_body(r);
    return r->status == 0 ? messages(r) : NULL;
}

/* The body of a platform that names the model elsewhere. */
static void read_hosted(VendorRequest *r, const char *version)
{
    const char *type = g_hash_table_lookup(r->http->headers, "content-type");
    json_object *given;

    if (r->status != 0)
        return;
    if (type == NULL || !g_str_has_prefix(type, "application/json"))
        vendor_complain(r, 400, "Content-Type must be application/json");
    r->body = json_tokener_parse(r->http->body->str);
    if (!json_object_is_type(r->body, json_type_object)) {
        vendor_complain(r, 400, "The body is no JSON object");
        return;
    }
    if (json_object_object_get_ex(r->body, "model", NULL))
        vendor_complain(r, 400, "model: Extra inputs are not permitted");
    given = vendor_member(r, r->body, "anthropic_version", json_type_string, true);
    if (given != NULL && strcmp(json_object_get_string(given), version) != 0)
        vendor_complain(r, 400, "anthropic_version: \"%s\" is not valid",
                        json_object_get_string(given));
    json_object_object_del(r->body, "anthropic_version");
    if (g_hash_table_contains(r->http->headers, "anthropic-version") ||
        g_hash_table_contains(r->http->headers, "x-api-key"))
        vendor_complain(r, 400, "anthropic-version and x-api-key are no headers of this platform");
}

StubScript *vendor_anthropic_hosted(VendorRequest *r, const char *version)
{
    read_hosted(r, version);
    check_body(r);
    return r->status == 0 ? messages(r) : error_script(r->status, r->complaint);
}

StubScript *vendor_anthropic_answer(void *vendor, const StubRequest *http)
{
    VendorRequest r = {.vendor = vendor, .http = http};
    StubScript *script = NULL;

    check_head(&r);
    if (strcmp(http->method, "POST") == 0 && strcmp(http->target, "/v1/messages") == 0)
        script = answer_messages(&r);
    else if (r.status == 0 && strcmp(http->method, "GET") == 0 &&
             g_str_has_prefix(http->target, "/v1/models"))
        script = stub_json(200, "{\"data\":[{\"type\":\"model\",\"id\":\"parrot\",\"display_name\":"
                                "\"Parrot\",\"created_at\":\"2026-01-01T00:00:00Z\"}],"
                                "\"has_more\":false,\"first_id\":\"parrot\",\"last_id\":"
                                "\"parrot\"}");
    else
        vendor_complain(&r, 404, "Not found: %s %s", http->method, http->target);
    if (script == NULL)
        script = error_script(r.status, r.complaint);
    vendor_request_clear(&r);
    return script;
}

Vendor *vendor_anthropic_new(const char *key)
{
    return vendor_new(vendor_anthropic_answer, key);
}
