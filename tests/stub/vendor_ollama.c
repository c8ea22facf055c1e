/* SPDX-License-Identifier: Apache-2.0 */
/* A server that speaks Ollama's API: /api/chat as JSON or as lines of JSON, /api/embed, /api/tags.
 * Content is a string, images are bare base64, arguments are objects, a missing `stream` means
 * true. Runs on the stub's thread. */
#include "stub/vendor_parts.h"

#include <string.h>

static StubScript *error_script(int status, const char *message)
{
    json_object *tree = json_object_new_object();
    StubScript *script;

    json_object_object_add(tree, "error", vendor_string(message));
    script = stub_json(status, vendor_json(tree));
    json_object_put(tree);
    return script;
}

static void check_message(VendorRequest *r, json_object *message)
{
    static const char *const members[] = {"role",      "content",      "images",   "tool_calls",
                                          "tool_name", "tool_call_id", "thinking", NULL};
    json_object *images;

    vendor_only(r, message, "messages.", members);
    vendor_member(r, message, "role", json_type_string, true);
    vendor_member(r, message, "content", json_type_string, true);
    images = vendor_member(r, message, "images", json_type_array, false);
    for (size_t i = 0; images != NULL && i < json_object_array_length(images); i++) {
        const char *image = json_object_get_string(json_object_array_get_idx(images, i));

        if (strspn(image, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") !=
            strlen(image))
            vendor_complain(r, 400, "illegal base64 data in messages.images");
    }
}

static void check_chat(VendorRequest *r)
{
    static const char *const members[] = {"model",    "messages", "stream",   "think",
                                          "tools",    "options",  "format",   "keep_alive",
                                          "truncate", "shift",    "logprobs", NULL};
    json_object *messages, *stream;

    if (r->status != 0)
        return;
    vendor_only(r, r->body, "", members);
    messages = vendor_member(r, r->body, "messages", json_type_array, true);
    for (size_t i = 0; messages != NULL && i < json_object_array_length(messages); i++)
        check_message(r, json_object_array_get_idx(messages, i));
    vendor_member(r, r->body, "options", json_type_object, false);
    vendor_member(r, r->body, "tools", json_type_array, false);
    stream = vendor_member(r, r->body, "stream", json_type_boolean, false);
    r->stream = stream == NULL || json_object_get_boolean(stream);
}

static const char *last_content(json_object *messages)
{
    size_t n = json_object_array_length(messages);

    return n != 0 ? json_object_get_string(json_object_object_get(
                        json_object_array_get_idx(messages, n - 1), "content"))
                  : "";
}

static json_object *message_of(const char *content)
{
    json_object *message = vendor_tree("{\"role\":\"assistant\"}");

    json_object_object_add(message, "content", vendor_string(content));
    return message;
}

static json_object *call_message(const VendorRequest *r)
{
    json_object *message =
        vendor_tree("{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"id\":\"call_k3\","
                    "\"function\":{\"index\":0,\"name\":\"none\",\"arguments\":{\"city\":\"Oslo\"}"
                    "}}]}");
    json_object *tools = json_object_object_get(r->body, "tools");
    json_object *call = json_object_array_get_idx(json_object_object_get(message, "tool_calls"), 0);

    if (tools != NULL && json_object_array_length(tools) > 0)
        json_object_object_add(
            json_object_object_get(call, "function"), "name",
            json_object_get(json_object_object_get(
                json_object_object_get(json_object_array_get_idx(tools, 0), "function"), "name")));
    return message;
}

/* A line, or the whole answer; message is taken over. */
static char *line_of(const VendorRequest *r, json_object *message, bool done)
{
    json_object *line = json_object_new_object();
    char *text;

    json_object_object_add(line, "model", vendor_string(r->model));
    json_object_object_add(line, "created_at", vendor_string("2026-11-22T10:30:01.1Z"));
    json_object_object_add(line, "message", message);
    json_object_object_add(line, "done", json_object_new_boolean(done));
    if (done) {
        json_object_object_add(line, "done_reason", vendor_string("stop"));
        json_object_object_add(line, "prompt_eval_count", json_object_new_int(11));
        json_object_object_add(line, "eval_count", json_object_new_int(7));
        json_object_object_add(line, "total_duration", json_object_new_int64(918273645));
    }
    text = g_strdup(vendor_json(line));
    json_object_put(line);
    return text;
}

static void send_line(StubScript *script, const VendorRequest *r, json_object *message, bool done)
{
    g_autofree char *line = line_of(r, message, done);

    stub_script_text(script, line);
    stub_script_text(script, "\n");
}

static StubScript *stream(const VendorRequest *r, const VendorSpeech *speech)
{
    StubScript *script = stub_script_new(200, "application/x-ndjson");

    if (speech->reasoning != NULL) {
        json_object *message = message_of("");

        json_object_object_add(message, "thinking", vendor_string(speech->reasoning));
        send_line(script, r, message, false);
    }
    for (guint i = 0; i < speech->pieces->len; i++)
        send_line(script, r, message_of(g_ptr_array_index(speech->pieces, i)), false);
    if (speech->calls_tool)
        send_line(script, r, call_message(r), false);
    vendor_end_script(script, speech->end);
    if (speech->end == VENDOR_FAILS)
        stub_script_text(script, "{\"error\":\"The engine caught fire\"}\n");
    if (speech->end == VENDOR_FINISHES)
        send_line(script, r, message_of(""), true);
    return script;
}

static StubScript *chat(const VendorRequest *r)
{
    json_object *messages = json_object_object_get(r->body, "messages");
    VendorSpeech speech =
        vendor_speech(r, last_content(messages), json_object_array_length(messages));
    StubScript *script;

    if (r->stream || speech.end == VENDOR_STALLS || speech.end == VENDOR_CUTS) {
        script = stream(r, &speech);
    } else {
        g_autofree char *text = vendor_speech_text(&speech);
        g_autofree char *line =
            line_of(r, speech.calls_tool ? call_message(r) : message_of(text), true);

        script = stub_json(200, line);
    }
    vendor_speech_clear(&speech);
    return script;
}

static StubScript *answer_chat(VendorRequest *r)
{
    int status;

    vendor_read_body(r);
    status = r->status == 0 ? vendor_status_of(r->model) : 0;
    if (status != 0)
        vendor_complain(r, status, "the stub answers %d", status);
    if (r->status == 0 && vendor_is(r, "echo-key"))
        vendor_complain(r, 401, "unauthorized: %s",
                        (char *)g_hash_table_lookup(r->http->headers, "authorization"));
    check_chat(r);
    return r->status == 0 ? chat(r) : NULL;
}

static StubScript *answer_embed(VendorRequest *r)
{
    static const char *const members[] = {"model", "input", "truncate", "dimensions", NULL};

    vendor_read_body(r);
    if (r->status == 0)
        vendor_only(r, r->body, "", members);
    if (r->status == 0 && json_object_object_get(r->body, "input") == NULL)
        vendor_complain(r, 400, "missing input");
    return r->status == 0 ? stub_json(200, "{\"model\":\"m\",\"embeddings\":[[0.5,-2]],"
                                           "\"prompt_eval_count\":2}")
                          : NULL;
}

static StubScript *handle(void *user, const StubRequest *http)
{
    VendorRequest r = {.vendor = user, .http = http};
    const char *given = g_hash_table_lookup(http->headers, "authorization");
    g_autofree char *wanted = g_strconcat("Bearer ", r.vendor->key, NULL);
    g_autofree char *what = g_strconcat(http->method, " ", http->target, NULL);
    StubScript *script = NULL;

    if (r.vendor->key != NULL && g_strcmp0(given, wanted) != 0)
        vendor_complain(&r, 401, "unauthorized");
    else if (strcmp(what, "POST /api/chat") == 0)
        script = answer_chat(&r);
    else if (strcmp(what, "POST /api/embed") == 0)
        script = answer_embed(&r);
    else if (strcmp(what, "GET /api/tags") == 0)
        script = stub_json(200, "{\"models\":[{\"name\":\"parrot:latest\",\"model\":"
                                "\"parrot:latest\",\"size\":1}]}");
    else
        vendor_complain(&r, 404, "404 page not found");
    if (script == NULL)
        script = error_script(r.status, r.complaint);
    vendor_request_clear(&r);
    return script;
}

Vendor *vendor_ollama_new(const char *key)
{
    return vendor_new(handle, key);
}
