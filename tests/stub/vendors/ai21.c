/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the ai21 driver: a server that speaks Jamba's API and refuses whatever is not in its
 * reference (content that is no string above all), and Jurassic's chat, which never streams. Runs
 * on the stub's thread. */
#include "stub/vendor_parts.h"
#include "stub/vendor_row.h"

#include <string.h>

#define KEY   "ai21-right-0000000001"
#define WRONG "ai21-wrong-0000000002"

static StubScript *refusal(const VendorRequest *r)
{
    json_object *tree = json_object_new_object();
    StubScript *script;

    json_object_object_add(tree, "detail", vendor_string(r->complaint));
    script = stub_json(r->status, vendor_json(tree));
    json_object_put(tree);
    return script;
}

static void check_key(VendorRequest *r)
{
    const char *given = g_hash_table_lookup(r->http->headers, "authorization");

    if (g_strcmp0(given, "Bearer " KEY) != 0)
        vendor_complain(r, 403, "Forbidden: Bad or missing API token.");
}

/* ---- Jamba ---- */

static void check_message(VendorRequest *r, json_object *message, size_t i)
{
    static const char *const members[] = {"role", "content", "tool_calls", "tool_call_id", NULL};
    const char *role = json_object_get_string(json_object_object_get(message, "role"));

    vendor_only(r, message, "messages.", members);
    if (!json_object_is_type(json_object_object_get(message, "content"), json_type_string))
        vendor_complain(r, 422, "messages.content: str type expected");
    if (g_strcmp0(role, "system") == 0 && i != 0)
        vendor_complain(r, 422, "messages: a system message must be the first");
    if (g_strcmp0(role, "tool") == 0)
        vendor_member(r, message, "tool_call_id", json_type_string, true);
    else if (!g_strv_contains((const char *const[]){"system", "user", "assistant", NULL},
                              role != NULL ? role : ""))
        vendor_complain(r, 422, "messages.role: unexpected value");
}

static void check_chat(VendorRequest *r)
{
    static const char *const members[] = {
        "model", "messages", "temperature", "top_p",     "max_tokens",      "stop",
        "n",     "stream",   "tools",       "documents", "response_format", NULL};
    json_object *messages, *stream;

    if (r->status != 0)
        return;
    vendor_only(r, r->body, "", members);
    messages = vendor_member(r, r->body, "messages", json_type_array, true);
    for (size_t i = 0; messages != NULL && i < json_object_array_length(messages); i++)
        check_message(r, json_object_array_get_idx(messages, i), i);
    stream = vendor_member(r, r->body, "stream", json_type_boolean, false);
    r->stream = json_object_get_boolean(stream);
}

static const char *last_user(json_object *messages, const char *member)
{
    const char *text = "";

    for (size_t i = 0; i < json_object_array_length(messages); i++) {
        json_object *message = json_object_array_get_idx(messages, i);

        if (g_strcmp0(json_object_get_string(json_object_object_get(message, "role")), "user") == 0)
            text = json_object_get_string(json_object_object_get(message, member));
    }
    return text;
}

/* The whole call, without an index. */
static json_object *calls_of(const VendorRequest *r)
{
    json_object *tools = json_object_object_get(r->body, "tools");
    json_object *tool = tools != NULL ? json_object_array_get_idx(tools, 0) : NULL;
    const char *name = json_object_get_string(
        json_object_object_get(json_object_object_get(tool, "function"), "name"));
    g_autofree char *text =
        g_strdup_printf("[{\"id\":\"call_1f\",\"type\":\"function\",\"function\":{\"name\":\"%s\","
                        "\"arguments\":\"{\\\"city\\\":\\\"Oslo\\\"}\"}}]",
                        name);

    return vendor_tree(text);
}

static void send_chunk(StubScript *script, json_object *delta, const char *rest)
{
    g_autofree char *line = g_strdup_printf(
        "data: "
        "{\"id\":\"cmpl-4d\",\"choices\":[{\"index\":0,\"delta\":%s,\"finish_reason\":%s}\n\n",
        vendor_json(delta), rest);

    stub_script_text(script, line);
    json_object_put(delta);
}

/* The end comes with the last piece. */
static StubScript *chat_stream(const VendorRequest *r, const VendorSpeech *speech)
{
    static const char usage[] =
        "}],\"usage\":{\"prompt_tokens\":19,\"completion_tokens\":3,\"total_tokens\":22}";
    StubScript *script = stub_script_new(200, "text/event-stream");
    json_object *delta = json_object_new_object();
    guint n = speech->pieces->len;
    g_autofree char *last =
        g_strdup_printf("\"%s\"%s", speech->calls_tool ? "tool_calls" : "stop", usage);

    send_chunk(script, vendor_tree("{\"role\":\"assistant\"}"), "null}]");
    for (guint i = 0; i < n; i++) {
        json_object *piece = json_object_new_object();
        bool ends = i + 1 == n && !speech->calls_tool;

        json_object_object_add(piece, "content",
                               vendor_string(g_ptr_array_index(speech->pieces, i)));
        send_chunk(script, piece, ends ? last : "null}]");
    }
    if (speech->calls_tool)
        json_object_object_add(delta, "tool_calls", calls_of(r));
    if (speech->calls_tool)
        send_chunk(script, json_object_get(delta), last);
    json_object_put(delta);
    stub_script_text(script, "data: [DONE]\n\n");
    return script;
}

static StubScript *chat_whole(const VendorRequest *r, const VendorSpeech *speech)
{
    json_object *message = vendor_tree("{\"role\":\"assistant\",\"tool_calls\":null}");
    g_autofree char *text = vendor_speech_text(speech), *answer = NULL;

    json_object_object_add(message, "content", speech->calls_tool ? NULL : vendor_string(text));
    if (speech->calls_tool)
        json_object_object_add(message, "tool_calls", calls_of(r));
    answer = g_strdup_printf(
        "{\"id\":\"cmpl-4c\",\"choices\":[{\"index\":0,\"message\":%s,\"logprobs\":null,"
        "\"finish_reason\":\"%s\"}],\"usage\":{\"prompt_tokens\":19,\"completion_tokens\":3,"
        "\"total_tokens\":22},\"meta\":{\"requestDurationMillis\":120}}",
        vendor_json(message), speech->calls_tool ? "tool_calls" : "stop");
    json_object_put(message);
    return stub_json(200, answer);
}

static StubScript *chat(VendorRequest *r)
{
    StubScript *script;

    vendor_read_body(r);
    check_chat(r);
    if (r->status != 0)
        return NULL;
    json_object *messages = json_object_object_get(r->body, "messages");
    VendorSpeech speech =
        vendor_speech(r, last_user(messages, "content"), json_object_array_length(messages));
    script = r->stream ? chat_stream(r, &speech) : chat_whole(r, &speech);
    vendor_speech_clear(&speech);
    return script;
}

/* ---- Jurassic's chat ---- */

static void check_legacy(VendorRequest *r)
{
    static const char *const members[] = {"system",      "messages", "numResults",    "maxTokens",
                                          "temperature", "topP",     "stopSequences", NULL};
    static const char *const parts[] = {"text", "role", NULL};
    json_object *messages;

    r->body = json_tokener_parse(r->http->body->str);
    if (!json_object_is_type(r->body, json_type_object)) {
        vendor_complain(r, 422, "the body is no JSON object");
        return;
    }
    vendor_only(r, r->body, "", members);
    messages = vendor_member(r, r->body, "messages", json_type_array, true);
    for (size_t i = 0; messages != NULL && i < json_object_array_length(messages); i++)
        vendor_only(r, json_object_array_get_idx(messages, i), "messages.", parts);
}

static StubScript *legacy(VendorRequest *r)
{
    if (r->status != 0)
        return NULL;
    r->model = "parrot";
    check_legacy(r);
    if (r->status != 0)
        return NULL;
    VendorSpeech speech =
        vendor_speech(r, last_user(json_object_object_get(r->body, "messages"), "text"), 1);
    g_autofree char *text = vendor_speech_text(&speech);
    json_object *quoted = vendor_string(text);
    g_autofree char *answer =
        g_strdup_printf("{\"id\":\"8c2\",\"outputs\":[{\"text\":%s,\"role\":\"assistant\","
                        "\"finishReason\":{\"reason\":\"endoftext\",\"length\":null,"
                        "\"sequence\":null}}]}",
                        vendor_json(quoted));
    json_object_put(quoted);
    vendor_speech_clear(&speech);
    return stub_json(200, answer);
}

static StubScript *handle(void *user, const StubRequest *http)
{
    VendorRequest r = {.vendor = user, .http = http};
    StubScript *script = NULL;

    check_key(&r);
    if (strcmp(http->method, "POST") == 0 &&
        strcmp(http->target, "/studio/v1/chat/completions") == 0)
        script = chat(&r);
    else if (strcmp(http->method, "POST") == 0 &&
             strcmp(http->target, "/studio/v1/j2-ultra/chat") == 0)
        script = legacy(&r);
    else
        vendor_complain(&r, 404, "Not Found");
    if (script == NULL)
        script = refusal(&r);
    vendor_request_clear(&r);
    return script;
}

static Vendor *start(void)
{
    return vendor_new(handle, KEY);
}

#define CONF(key)                                                                                  \
    "[provider ai21]\n"                                                                            \
    "base-url = @URL@/studio/v1\n"                                                                 \
    "api-key = " key "\n"

static const VendorRow rows[] = {
    {.name = "ai21",
     .start = start,
     .conf = CONF(KEY),
     .wrong_conf = CONF(WRONG),
     .model = "ai21/parrot",
     .tool_model = "ai21/tools"},
    {.name = "ai21-jurassic",
     .start = start,
     .conf = CONF(KEY),
     .wrong_conf = CONF(WRONG),
     .model = "ai21/j2-ultra",
     .tool_model = NULL,
     .whole_only = true},
};

const VendorRow *vendor_rows_ai21(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}
