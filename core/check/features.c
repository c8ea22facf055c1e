/* SPDX-License-Identifier: Apache-2.0 */
/* The features that drivers offer, each as two questions: does a request ask for it, do events
 * show it. Events are in the form of recordings (event_json.h), a run of text already joined.
 * Pure; it runs nothing. */
#include "check/features.h"

#include "answer/tree.h"
#include "base/str.h"

#include <string.h>

#define CHAT      PB_KIND_BIT(PB_KIND_CHAT)
#define TEXT      (CHAT | PB_KIND_BIT(PB_KIND_COMPLETION))
#define EMBEDDING PB_KIND_BIT(PB_KIND_EMBEDDING)
#define IMAGE     PB_KIND_BIT(PB_KIND_IMAGE)

/* ---- Reading requests and events ---- */

static const char *text_at(json_object *object, const char *name)
{
    const char *text = json_object_get_string(json_object_object_get(object, name));

    return text != NULL ? text : "";
}

static bool is_kind(json_object *event, const char *kind)
{
    return strcmp(text_at(event, "kind"), kind) == 0;
}

static json_object *find_event(json_object *events, const char *kind)
{
    for (size_t i = 0; i < json_object_array_length(events); i++)
        if (is_kind(json_object_array_get_idx(events, i), kind))
            return json_object_array_get_idx(events, i);
    return NULL;
}

static int64_t number_at(json_object *object, const char *name)
{
    return json_object_get_int64(json_object_object_get(object, name));
}

/* Does a message of the request hold a part of that type, or (part NULL) have that role? */
static bool has_message(json_object *body, const char *role, const char *part)
{
    json_object *messages = json_object_object_get(body, "messages");
    size_t n = messages != NULL ? json_object_array_length(messages) : 0;

    for (size_t i = 0; i < n; i++) {
        json_object *message = json_object_array_get_idx(messages, i);
        json_object *content = json_object_object_get(message, "content");

        if (part == NULL && strcmp(text_at(message, "role"), role) == 0)
            return true;
        if (part == NULL || !json_object_is_type(content, json_type_array))
            continue;
        for (size_t p = 0; p < json_object_array_length(content); p++)
            if (strcmp(text_at(json_object_array_get_idx(content, p), "type"), part) == 0)
                return true;
    }
    return false;
}

/* All text of the first choice is one JSON object. */
static bool is_json_text(json_object *events)
{
    g_autoptr(GString) text = g_string_new(NULL);
    json_object *tree = NULL;
    bool object;

    for (size_t i = 0; i < json_object_array_length(events); i++) {
        json_object *event = json_object_array_get_idx(events, i);

        if (is_kind(event, "text") && number_at(event, "choice") == 0)
            g_string_append(text, text_at(event, "text"));
    }
    object = pbay_tree_parse((pb_str){text->str, text->len}, &tree, NULL) &&
             json_object_is_type(tree, json_type_object);
    json_object_put(tree);
    return object;
}

/* How many different values a member of events of that kind has (absent counts as 0). */
static unsigned distinct(json_object *events, const char *kind, const char *member)
{
    uint64_t seen = 0;

    for (size_t i = 0; i < json_object_array_length(events); i++) {
        json_object *event = json_object_array_get_idx(events, i);

        if (is_kind(event, kind))
            seen |= UINT64_C(1) << (number_at(event, member) & 63);
    }
    return (unsigned)__builtin_popcountll(seen);
}

static bool has_extra(json_object *events, const char *name)
{
    for (size_t i = 0; i < json_object_array_length(events); i++) {
        json_object *event = json_object_array_get_idx(events, i);

        if (is_kind(event, "extra") && strcmp(text_at(event, "name"), name) == 0)
            return true;
    }
    return false;
}

/* ---- The questions ---- */

static bool always(const PbayRecording *recording, json_object *body)
{
    (void)recording;
    (void)body;
    return true;
}

static bool answered(const PbayRecording *recording, json_object *body, json_object *events)
{
    (void)recording;
    (void)body;
    return find_event(events, "finish") != NULL;
}

static bool asks_stream(const PbayRecording *recording, json_object *body)
{
    (void)body;
    return recording->stream;
}

/* A driver that answers by itself has no reply to look at. */
static bool shows_stream(const PbayRecording *recording, json_object *body, json_object *events)
{
    guint n = recording->replies->len;
    const PbayRecordedReply *last = n != 0 ? g_ptr_array_index(recording->replies, n - 1) : NULL;
    const char *type = "text/event-stream";

    (void)body;
    if (last != NULL) {
        type = "";
        json_object_object_foreach(last->headers, name, value)
        {
            if (g_ascii_strcasecmp(name, "content-type") == 0)
                type = json_object_get_string(value);
        }
    }
    return !g_str_has_prefix(type, "application/json") && find_event(events, "finish") != NULL;
}

static bool asks_tools(const PbayRecording *recording, json_object *body)
{
    json_object *tools = json_object_object_get(body, "tools");

    (void)recording;
    return tools != NULL && json_object_array_length(tools) > 0;
}

static bool shows_tools(const PbayRecording *recording, json_object *body, json_object *events)
{
    (void)recording;
    (void)body;
    return find_event(events, "tool_call") != NULL;
}

static bool shows_parallel(const PbayRecording *recording, json_object *body, json_object *events)
{
    (void)recording;
    (void)body;
    return distinct(events, "tool_call", "index") > 1;
}

static bool asks_choice(const PbayRecording *recording, json_object *body)
{
    json_object *choice = json_object_object_get(body, "tool_choice");

    return asks_tools(recording, body) && (json_object_is_type(choice, json_type_object) ||
                                           strcmp(text_at(body, "tool_choice"), "required") == 0);
}

static bool asks_results(const PbayRecording *recording, json_object *body)
{
    (void)recording;
    return has_message(body, "tool", NULL);
}

static bool asks_images(const PbayRecording *recording, json_object *body)
{
    (void)recording;
    return has_message(body, NULL, "image_url");
}

static bool asks_documents(const PbayRecording *recording, json_object *body)
{
    (void)recording;
    return has_message(body, NULL, "file");
}

static bool asks_audio(const PbayRecording *recording, json_object *body)
{
    (void)recording;
    return has_message(body, NULL, "input_audio");
}

static bool asks_format(json_object *body, const char *type)
{
    return strcmp(text_at(json_object_object_get(body, "response_format"), "type"), type) == 0;
}

static bool asks_json(const PbayRecording *recording, json_object *body)
{
    (void)recording;
    return asks_format(body, "json_object");
}

static bool asks_schema(const PbayRecording *recording, json_object *body)
{
    (void)recording;
    return asks_format(body, "json_schema");
}

static bool shows_json(const PbayRecording *recording, json_object *body, json_object *events)
{
    (void)recording;
    (void)body;
    return is_json_text(events);
}

static bool shows_reasoning(const PbayRecording *recording, json_object *body, json_object *events)
{
    (void)recording;
    (void)body;
    return find_event(events, "reasoning") != NULL;
}

static json_object *last_usage(json_object *events)
{
    for (size_t i = json_object_array_length(events); i > 0; i--)
        if (is_kind(json_object_array_get_idx(events, i - 1), "usage"))
            return json_object_array_get_idx(events, i - 1);
    return NULL;
}

/* Vectors are paid by what goes in. */
static bool shows_usage(const PbayRecording *recording, json_object *body, json_object *events)
{
    json_object *usage = last_usage(events);
    bool out = recording->kind == PB_KIND_EMBEDDING || number_at(usage, "out") > 0;

    (void)body;
    return number_at(usage, "in") > 0 && out;
}

static bool shows_cached(const PbayRecording *recording, json_object *body, json_object *events)
{
    (void)recording;
    (void)body;
    return number_at(last_usage(events), "cached") > 0;
}

static bool asks_logprobs(const PbayRecording *recording, json_object *body)
{
    (void)recording;
    return json_object_object_get(body, "logprobs") != NULL;
}

static bool shows_logprobs(const PbayRecording *recording, json_object *body, json_object *events)
{
    (void)recording;
    (void)body;
    return has_extra(events, "logprobs");
}

static bool asks_n(const PbayRecording *recording, json_object *body)
{
    (void)recording;
    return number_at(body, "n") > 1;
}

static bool shows_n(const PbayRecording *recording, json_object *body, json_object *events)
{
    (void)recording;
    (void)body;
    return distinct(events, "finish", "choice") > 1;
}

static bool shows_citations(const PbayRecording *recording, json_object *body, json_object *events)
{
    (void)recording;
    (void)body;
    return has_extra(events, "citations") || has_extra(events, "annotations");
}

static bool shows_many(const PbayRecording *recording, json_object *body, json_object *events)
{
    (void)recording;
    (void)body;
    return distinct(events, "vector", "index") > 1;
}

static bool asks_dimensions(const PbayRecording *recording, json_object *body)
{
    (void)recording;
    return number_at(body, "dimensions") > 0;
}

static bool shows_dimensions(const PbayRecording *recording, json_object *body, json_object *events)
{
    json_object *vector = json_object_object_get(find_event(events, "vector"), "vector");

    (void)recording;
    return vector != NULL &&
           (int64_t)json_object_array_length(vector) == number_at(body, "dimensions");
}

static json_object *images(json_object *events)
{
    return json_object_object_get(json_object_object_get(find_event(events, "json"), "json"),
                                  "data");
}

static bool has_image(json_object *events, const char *member)
{
    json_object *data = images(events);

    return data != NULL && json_object_array_length(data) > 0 &&
           text_at(json_object_array_get_idx(data, 0), member)[0] != '\0';
}

static bool shows_url(const PbayRecording *recording, json_object *body, json_object *events)
{
    (void)recording;
    (void)body;
    return has_image(events, "url");
}

static bool shows_b64(const PbayRecording *recording, json_object *body, json_object *events)
{
    (void)recording;
    (void)body;
    return has_image(events, "b64_json") || find_event(events, "bytes") != NULL;
}

static bool shows_images(const PbayRecording *recording, json_object *body, json_object *events)
{
    json_object *data = images(events);

    (void)recording;
    (void)body;
    return data != NULL && json_object_array_length(data) > 1;
}

static const PbayFeature features[] = {
    {"stream", TEXT, asks_stream, shows_stream, "a streamed answer that finishes"},
    {"tools", CHAT, asks_tools, shows_tools, "a tool call"},
    {"parallel-tools", CHAT, asks_tools, shows_parallel, "two tool calls"},
    {"tool-choice", CHAT, asks_choice, shows_tools, "a tool call"},
    {"tool-results", CHAT, asks_results, answered, "an answer that finishes"},
    {"images", CHAT, asks_images, answered, "an answer that finishes"},
    {"documents", CHAT, asks_documents, answered, "an answer that finishes"},
    {"audio", CHAT, asks_audio, answered, "an answer that finishes"},
    {"json", CHAT, asks_json, shows_json, "a text that is one JSON object"},
    {"schema", CHAT, asks_schema, shows_json, "a text that is one JSON object"},
    {"reasoning", CHAT, always, shows_reasoning, "reasoning"},
    {"usage", TEXT | EMBEDDING, always, shows_usage, "tokens in and out"},
    {"cached-usage", TEXT, always, shows_cached, "cached tokens"},
    {"logprobs", TEXT, asks_logprobs, shows_logprobs, "log probabilities"},
    {"n", TEXT, asks_n, shows_n, "two choices"},
    {"citations", CHAT, always, shows_citations, "citations or annotations"},
    {"many", EMBEDDING, always, shows_many, "two vectors"},
    {"dimensions", EMBEDDING, asks_dimensions, shows_dimensions, "vectors of that length"},
    {"url", IMAGE, always, shows_url, "an image as a URL"},
    {"b64", IMAGE, always, shows_b64, "an image as base64 or bytes"},
    {"n", IMAGE, asks_n, shows_images, "two images"},
};

const PbayFeature *pbay_feature_find(int32_t kind, const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(features); i++)
        if (strcmp(features[i].name, name) == 0 && (features[i].kinds & PB_KIND_BIT(kind)) != 0)
            return &features[i];
    return NULL;
}
