/* SPDX-License-Identifier: Apache-2.0 */
/* The bodies of the Bedrock server: Converse, and InvokeModel for two families of its first years.
 * Members that the API reference does not list are refused, and so are empty texts, unions with
 * more than one member and turns that do not alternate. Runs on the stub's thread. */
#include "stub/vendor_bedrock.h"

#include <string.h>

/* ---- Converse: judging ---- */

/* A union: exactly one member, one of these. */
static const char *only_member(VendorRequest *r, json_object *block, const char *where,
                               const char *const *members)
{
    vendor_only(r, block, where, members);
    if (json_object_object_length(block) != 1) {
        vendor_complain(r, 400, "%s must hold exactly one member", where);
        return "";
    }
    json_object_object_foreach(block, name, value)
    {
        (void)value;
        return name;
    }
    return "";
}

static void check_text(VendorRequest *r, json_object *block)
{
    json_object *text = vendor_member(r, block, "text", json_type_string, true);
    g_autofree char *plain = g_strstrip(g_strdup(json_object_get_string(text)));

    if (plain == NULL || plain[0] == '\0')
        vendor_complain(r, 400, "The text field in the ContentBlock object is blank");
}

static void check_result(VendorRequest *r, json_object *result)
{
    static const char *const members[] = {"toolUseId", "content", "status", NULL};
    static const char *const kinds[] = {"text", "json", "image", "document", NULL};
    json_object *content;

    vendor_only(r, result, "toolResult.", members);
    vendor_member(r, result, "toolUseId", json_type_string, true);
    content = vendor_member(r, result, "content", json_type_array, true);
    for (size_t i = 0; content != NULL && i < json_object_array_length(content); i++)
        only_member(r, json_object_array_get_idx(content, i), "toolResult.content.", kinds);
}

static bool check_block(VendorRequest *r, json_object *block, const char *role)
{
    static const char *const kinds[] = {"text",       "image",      "document",
                                        "toolUse",    "toolResult", "reasoningContent",
                                        "cachePoint", NULL};
    static const char *const use[] = {"toolUseId", "name", "input", NULL};
    const char *kind = only_member(r, block, "messages.content.", kinds);
    json_object *inner = json_object_object_get(block, kind);

    if (strcmp(kind, "text") == 0)
        check_text(r, block);
    if (strcmp(kind, "toolUse") == 0) {
        vendor_only(r, inner, "toolUse.", use);
        vendor_member(r, inner, "toolUseId", json_type_string, true);
        vendor_member(r, inner, "name", json_type_string, true);
        vendor_member(r, inner, "input", json_type_object, true);
    }
    if (strcmp(kind, "toolResult") == 0)
        check_result(r, inner);
    if (strcmp(kind, "toolUse") == 0 && strcmp(role, "assistant") != 0)
        vendor_complain(r, 400, "toolUse stands in a turn of the assistant");
    if (strcmp(kind, "toolResult") == 0 && strcmp(role, "user") != 0)
        vendor_complain(r, 400, "toolResult stands in a turn of the user");
    return strcmp(kind, "toolUse") == 0 || strcmp(kind, "toolResult") == 0;
}

/* True: there are blocks of tools in it. */
static bool check_messages(VendorRequest *r, json_object *messages)
{
    static const char *const members[] = {"role", "content", NULL};
    bool tools = false;

    for (size_t i = 0; messages != NULL && i < json_object_array_length(messages); i++) {
        json_object *message = json_object_array_get_idx(messages, i), *content;
        const char *role = json_object_get_string(json_object_object_get(message, "role"));

        vendor_only(r, message, "messages.", members);
        if (g_strcmp0(role, i % 2 == 0 ? "user" : "assistant") != 0) {
            vendor_complain(r, 400, "A conversation must alternate between user and assistant");
            return tools;
        }
        content = vendor_member(r, message, "content", json_type_array, true);
        if (content != NULL && json_object_array_length(content) == 0)
            vendor_complain(r, 400, "messages.%zu.content is empty", i);
        for (size_t k = 0; content != NULL && k < json_object_array_length(content); k++)
            tools |= check_block(r, json_object_array_get_idx(content, k), role);
    }
    return tools;
}

static json_object *specification(json_object *tools, size_t i)
{
    return json_object_object_get(json_object_array_get_idx(tools, i), "toolSpec");
}

static void check_tools(VendorRequest *r, json_object *config)
{
    static const char *const members[] = {"tools", "toolChoice", NULL};
    static const char *const choices[] = {"auto", "any", "tool", NULL};
    static const char *const spec[] = {"name", "description", "inputSchema", "strict", NULL};
    json_object *tools, *choice;

    if (config == NULL)
        return;
    vendor_only(r, config, "toolConfig.", members);
    tools = vendor_member(r, config, "tools", json_type_array, true);
    choice = vendor_member(r, config, "toolChoice", json_type_object, false);
    if (choice != NULL)
        only_member(r, choice, "toolChoice.", choices);
    if (tools != NULL && json_object_array_length(tools) == 0)
        vendor_complain(r, 400, "toolConfig.tools must hold at least one");
    for (size_t i = 0; tools != NULL && i < json_object_array_length(tools); i++) {
        json_object *tool = specification(tools, i), *schema;

        vendor_only(r, tool, "toolSpec.", spec);
        vendor_member(r, tool, "name", json_type_string, true);
        schema = vendor_member(r, tool, "inputSchema", json_type_object, true);
        vendor_member(r, schema, "json", json_type_object, true);
    }
}

static json_object *check_converse(VendorRequest *r)
{
    static const char *const members[] = {"messages",
                                          "system",
                                          "inferenceConfig",
                                          "toolConfig",
                                          "additionalModelRequestFields",
                                          "requestMetadata",
                                          "serviceTier",
                                          "outputConfig",
                                          NULL};
    static const char *const inference[] = {"maxTokens", "temperature", "topP", "stopSequences",
                                            NULL};
    json_object *messages, *system, *config;

    vendor_only(r, r->body, "", members);
    messages = vendor_member(r, r->body, "messages", json_type_array, true);
    system = vendor_member(r, r->body, "system", json_type_array, false);
    for (size_t i = 0; system != NULL && i < json_object_array_length(system); i++)
        check_text(r, json_object_array_get_idx(system, i));
    config = vendor_member(r, r->body, "inferenceConfig", json_type_object, false);
    if (config != NULL)
        vendor_only(r, config, "inferenceConfig.", inference);
    config = vendor_member(r, r->body, "toolConfig", json_type_object, false);
    check_tools(r, config);
    if (check_messages(r, messages) && config == NULL)
        vendor_complain(r, 400,
                        "The toolConfig field must be defined when using toolUse and "
                        "toolResult content blocks.");
    return messages;
}

/* ---- Converse: answering ---- */

static const char *last_text(json_object *messages)
{
    json_object *last = json_object_array_get_idx(messages, json_object_array_length(messages) - 1);
    json_object *content = json_object_object_get(last, "content");
    json_object *block = json_object_array_get_idx(content, json_object_array_length(content) - 1);

    return json_object_get_string(json_object_object_get(block, "text"));
}

static const char *first_tool(const VendorRequest *r)
{
    json_object *config = json_object_object_get(r->body, "toolConfig");
    json_object *tool =
        config != NULL ? specification(json_object_object_get(config, "tools"), 0) : NULL;

    return tool != NULL ? json_object_get_string(json_object_object_get(tool, "name")) : "none";
}

#define USAGE "\"usage\":{\"inputTokens\":11,\"outputTokens\":7,\"totalTokens\":18}"

static void send_text(StubScript *script, const char *text)
{
    json_object *event = vendor_tree("{\"contentBlockIndex\":0,\"delta\":{},\"p\":\"abcdefgh\"}");

    json_object_object_add(json_object_object_get(event, "delta"), "text", vendor_string(text));
    aws_send_event(script, "contentBlockDelta", vendor_json(event));
    json_object_put(event);
}

static StubScript *converse_stream(const VendorRequest *r, const VendorSpeech *speech)
{
    StubScript *script = stub_script_new(200, "application/vnd.amazon.eventstream");

    aws_send_event(script, "messageStart", "{\"role\":\"assistant\",\"p\":\"ab\"}");
    if (speech->calls_tool) {
        g_autofree char *start =
            g_strdup_printf("{\"contentBlockIndex\":0,\"start\":{\"toolUse\":{\"toolUseId\":"
                            "\"tooluse_stub1\",\"name\":\"%s\"}}}",
                            first_tool(r));

        aws_send_event(script, "contentBlockStart", start);
        aws_send_event(script, "contentBlockDelta",
                       "{\"contentBlockIndex\":0,\"delta\":{\"toolUse\":{\"input\":\"{\\\"ci\"}}}");
        aws_send_event(script, "contentBlockDelta",
                       "{\"contentBlockIndex\":0,\"delta\":{\"toolUse\":{\"input\":\"ty\\\":"
                       "\\\"Oslo\\\"}\"}}}");
    }
    for (guint i = 0; i < speech->pieces->len; i++)
        send_text(script, g_ptr_array_index(speech->pieces, i));
    aws_send_event(script, "contentBlockStop", "{\"contentBlockIndex\":0}");
    aws_send_event(script, "messageStop",
                   speech->calls_tool ? "{\"stopReason\":\"tool_use\"}"
                                      : "{\"stopReason\":\"end_turn\"}");
    aws_send_event(script, "metadata", "{" USAGE ",\"metrics\":{\"latencyMs\":12}}");
    return script;
}

static StubScript *converse_whole(const VendorRequest *r, const VendorSpeech *speech)
{
    json_object *answer =
        vendor_tree("{\"output\":{\"message\":{\"role\":\"assistant\","
                    "\"content\":[{}]}}," USAGE ",\"metrics\":{\"latencyMs\":12}}");
    json_object *message =
        json_object_object_get(json_object_object_get(answer, "output"), "message");
    json_object *block = json_object_array_get_idx(json_object_object_get(message, "content"), 0);
    g_autofree char *text = vendor_speech_text(speech);
    StubScript *script;

    json_object_object_add(answer, "stopReason",
                           vendor_string(speech->calls_tool ? "tool_use" : "end_turn"));
    if (speech->calls_tool) {
        json_object *use =
            vendor_tree("{\"toolUseId\":\"tooluse_stub1\",\"input\":{\"city\":\"Oslo\"}}");

        json_object_object_add(use, "name", vendor_string(first_tool(r)));
        json_object_object_add(block, "toolUse", use);
    } else {
        json_object_object_add(block, "text", vendor_string(text));
    }
    script = stub_json(200, vendor_json(answer));
    json_object_put(answer);
    return script;
}

StubScript *vendor_bedrock_converse(VendorRequest *r)
{
    json_object *messages = check_converse(r);
    VendorSpeech speech;
    StubScript *script;

    if (r->status != 0)
        return NULL;
    speech = vendor_speech(r, last_text(messages), json_object_array_length(messages));
    script = r->stream ? converse_stream(r, &speech) : converse_whole(r, &speech);
    vendor_speech_clear(&speech);
    return script;
}

/* ---- InvokeModel ---- */

static void send_chunk(StubScript *script, const char *json)
{
    g_autofree char *inner = g_base64_encode((const guchar *)json, strlen(json));
    g_autofree char *outer = g_strdup_printf("{\"bytes\":\"%s\",\"p\":\"abc\"}", inner);

    aws_send_event(script, "chunk", outer);
}

/* `{"completion":"..."}` and so on: a tree with one text set. */
static char *with_text(const char *tree, const char *name, const char *text)
{
    json_object *object = vendor_tree(tree);
    char *json;

    json_object_object_add(object, name, vendor_string(text));
    json = g_strdup(vendor_json(object));
    json_object_put(object);
    return json;
}

#define METRICS                                                                                    \
    "\"amazon-bedrock-invocationMetrics\":{\"inputTokenCount\":11,\"outputTokenCount\":7,"         \
    "\"invocationLatency\":90,\"firstByteLatency\":20}"

/* What stands between the last `begin` and the `end` of the prompt; NULL: it does not end so. */
static char *last_turn(VendorRequest *r, const char *prompt, const char *begin, const char *end)
{
    const char *from = prompt != NULL ? g_strrstr(prompt, begin) : NULL;

    if (from == NULL || !g_str_has_suffix(prompt, end)) {
        vendor_complain(r, 400, "the prompt must begin with \"%s\" and end with \"%s\"", begin,
                        end);
        return NULL;
    }
    from += strlen(begin);
    return g_strndup(from, strlen(from) - strlen(end));
}

static StubScript *claude_script(const VendorRequest *r, const VendorSpeech *speech)
{
    static const char part[] = "{\"type\":\"completion\",\"stop_reason\":null,\"stop\":null}";
    static const char end[] = "{\"type\":\"completion\",\"stop_reason\":\"stop_sequence\","
                              "\"stop\":\"\\n\\nHuman:\"}";
    static const char last[] = "{\"type\":\"completion\",\"stop_reason\":\"stop_sequence\","
                               "\"stop\":\"\\n\\nHuman:\"," METRICS "}";
    g_autofree char *text = vendor_speech_text(speech);
    StubScript *script;

    if (!r->stream) {
        g_autofree char *json = with_text(end, "completion", text);

        return stub_json(200, json);
    }
    script = stub_script_new(200, "application/vnd.amazon.eventstream");
    for (guint i = 0; i < speech->pieces->len; i++) {
        g_autofree char *json = with_text(part, "completion", g_ptr_array_index(speech->pieces, i));

        send_chunk(script, json);
    }
    g_autofree char *json = with_text(last, "completion", "");

    send_chunk(script, json);
    return script;
}

StubScript *vendor_bedrock_claude_text(VendorRequest *r)
{
    static const char *const members[] = {"prompt", "max_tokens_to_sample", "temperature", "top_p",
                                          "top_k",  "stop_sequences",       NULL};
    g_autofree char *turn = NULL;
    VendorSpeech speech;
    StubScript *script;

    vendor_only(r, r->body, "", members);
    vendor_member(r, r->body, "max_tokens_to_sample", json_type_int, true);
    turn = last_turn(
        r, json_object_get_string(vendor_member(r, r->body, "prompt", json_type_string, true)),
        "\n\nHuman: ", "\n\nAssistant:");
    if (r->status != 0)
        return NULL;
    speech = vendor_speech(r, turn, 1);
    script = claude_script(r, &speech);
    vendor_speech_clear(&speech);
    return script;
}

static StubScript *titan_script(const VendorRequest *r, const VendorSpeech *speech)
{
    static const char part[] = "{\"index\":0,\"totalOutputTextTokenCount\":null,"
                               "\"completionReason\":null,\"inputTextTokenCount\":11}";
    static const char last[] =
        "{\"index\":0,\"totalOutputTextTokenCount\":7,"
        "\"completionReason\":\"FINISH\",\"inputTextTokenCount\":11," METRICS "}";
    g_autofree char *text = vendor_speech_text(speech);
    StubScript *script;

    if (!r->stream) {
        g_autofree char *result =
            with_text("{\"tokenCount\":7,\"completionReason\":\"FINISH\"}", "outputText", text);
        g_autofree char *json =
            g_strdup_printf("{\"inputTextTokenCount\":11,\"results\":[%s]}", result);

        return stub_json(200, json);
    }
    script = stub_script_new(200, "application/vnd.amazon.eventstream");
    for (guint i = 0; i < speech->pieces->len; i++) {
        bool ends = i + 1 == speech->pieces->len;
        g_autofree char *json =
            with_text(ends ? last : part, "outputText", g_ptr_array_index(speech->pieces, i));

        send_chunk(script, json);
    }
    return script;
}

StubScript *vendor_bedrock_titan_text(VendorRequest *r)
{
    static const char *const members[] = {"inputText", "textGenerationConfig", NULL};
    static const char *const config[] = {"maxTokenCount", "stopSequences", "temperature", "topP",
                                         NULL};
    g_autofree char *turn = NULL;
    json_object *settings;
    VendorSpeech speech;
    StubScript *script;

    vendor_only(r, r->body, "", members);
    settings = vendor_member(r, r->body, "textGenerationConfig", json_type_object, false);
    if (settings != NULL)
        vendor_only(r, settings, "textGenerationConfig.", config);
    turn = last_turn(
        r, json_object_get_string(vendor_member(r, r->body, "inputText", json_type_string, true)),
        "User: ", "\nBot:");
    if (r->status != 0)
        return NULL;
    speech = vendor_speech(r, turn, 1);
    script = titan_script(r, &speech);
    vendor_speech_clear(&speech);
    return script;
}
