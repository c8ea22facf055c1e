/* SPDX-License-Identifier: Apache-2.0 */
/* The server of vendor_alike.h: judges a chat request by the table, then answers in the form the
 * table names. Runs on the stub's thread; holds nothing between requests. */
#include "stub/vendor_alike.h"

#include "stub/vendor_parts.h"

#include <string.h>

typedef struct AlikeVendor {
    Vendor vendor; /* first: it is what vendor_free frees */
    const Alike *alike;
} AlikeVendor;

/* One request at one server. */
typedef struct Ask {
    VendorRequest r;
    const Alike *alike;
} Ask;

static bool in_list(const char *list, const char *name)
{
    g_auto(GStrv) names = g_strsplit(list != NULL ? list : "", ";", -1);

    return g_strv_contains((const char *const *)names, name);
}

/* Members beyond the list, and nulls: content is judged elsewhere. */
static void only(Ask *ask, json_object *object, const char *where, const char *list)
{
    g_auto(GStrv) names = g_strsplit(list, ";", -1);

    vendor_only(&ask->r, object, where, (const char *const *)names);
}

static const char *text_at(json_object *object, const char *name)
{
    const char *text = json_object_get_string(json_object_object_get(object, name));

    return text != NULL ? text : "";
}

/* ---- What a request may hold ---- */

static void check_part(Ask *ask, json_object *part)
{
    json_object *url;

    if (strcmp(text_at(part, "type"), "text") == 0) {
        only(ask, part, "messages.content.", "type;text");
        vendor_member(&ask->r, part, "text", json_type_string, true);
        return;
    }
    only(ask, part, "messages.content.", "type;image_url");
    url = vendor_member(&ask->r, part, "image_url", json_type_object, true);
    if (url != NULL) {
        only(ask, url, "messages.content.image_url.", "url;detail");
        vendor_member(&ask->r, url, "url", json_type_string, true);
    }
}

static void check_content(Ask *ask, const char *role, json_object *content)
{
    bool null_goes = (ask->alike->flags & ALIKE_NO_NULL) == 0 && strcmp(role, "assistant") == 0;
    bool text_alone = true;

    if (json_object_is_type(content, json_type_string) || (content == NULL && null_goes))
        return;
    if (!json_object_is_type(content, json_type_array)) {
        vendor_complain(&ask->r, 400, "content of a message is neither a text nor parts: %s", role);
        return;
    }
    for (size_t i = 0; i < json_object_array_length(content); i++) {
        json_object *part = json_object_array_get_idx(content, i);

        check_part(ask, part);
        text_alone = text_alone && strcmp(text_at(part, "type"), "text") == 0;
    }
    if (text_alone && (ask->alike->flags & ALIKE_JOINED) != 0)
        vendor_complain(&ask->r, 400, "content: data did not match a string");
}

static void check_id(Ask *ask, const char *id)
{
    size_t length = strlen(id);

    if (length == 0 || (ask->alike->id_length != 0 && length != ask->alike->id_length))
        vendor_complain(&ask->r, 400, "Tool call id was %s but has another length.", id);
    for (size_t i = 0; ask->alike->id_length != 0 && i < length; i++)
        if (!g_ascii_isalnum(id[i]))
            vendor_complain(&ask->r, 400, "Tool call id was %s but must be a-z, A-Z, 0-9.", id);
}

static void check_calls(Ask *ask, json_object *calls)
{
    for (size_t i = 0; calls != NULL && i < json_object_array_length(calls); i++) {
        json_object *call = json_object_array_get_idx(calls, i), *function;

        only(ask, call, "messages.tool_calls.", "id;type;function");
        check_id(ask, text_at(call, "id"));
        function = vendor_member(&ask->r, call, "function", json_type_object, true);
        if (function == NULL)
            return;
        only(ask, function, "messages.tool_calls.function.", "name;arguments");
        vendor_member(&ask->r, function, "arguments", json_type_string, true);
    }
}

static void check_message(Ask *ask, json_object *message)
{
    const char *role = text_at(message, "role");
    bool tool = strcmp(role, "tool") == 0;
    g_autofree char *members =
        g_strconcat("role;content;tool_calls", tool ? ";tool_call_id;name;" : ";",
                    ask->alike->in_message, NULL);

    if (!in_list("system;user;assistant", role) && !in_list(ask->alike->roles, role)) {
        vendor_complain(&ask->r, 400, "Invalid value: '%s' as a role.", role);
        return;
    }
    only(ask, message, "messages.", members);
    check_content(ask, role, json_object_object_get(message, "content"));
    check_calls(ask, json_object_object_get(message, "tool_calls"));
    if (tool)
        check_id(ask, text_at(message, "tool_call_id"));
}

/* System messages first, then user and assistant by turns, the user first and last. */
static void check_turns(Ask *ask, json_object *messages)
{
    const char *before = "system";

    for (size_t i = 0; i < json_object_array_length(messages); i++) {
        const char *role = text_at(json_object_array_get_idx(messages, i), "role");
        const char *side = strcmp(role, "tool") == 0 ? "user" : role;
        bool leads = strcmp(before, "system") == 0;

        if (leads ? strcmp(side, "assistant") == 0
                  : (strcmp(side, before) == 0 || strcmp(side, "system") == 0))
            vendor_complain(&ask->r, 400,
                            "After the (optional) system message(s), user or tool message(s) "
                            "should alternate with assistant message(s).");
        before = side;
    }
    if (strcmp(before, "user") != 0)
        vendor_complain(&ask->r, 400, "Last message must have role `user`.");
}

/* No keyword of the list in a schema; names of properties are none. */
static void check_schema(Ask *ask, json_object *schema)
{
    if (!json_object_is_type(schema, json_type_object))
        return;
    json_object_object_foreach(schema, name, value)
    {
        if (in_list(ask->alike->no_keywords, name))
            vendor_complain(&ask->r, 400, "tools.function.parameters.%s is not taken", name);
        if (strcmp(name, "properties") == 0) {
            json_object_object_foreach(value, property, inner)
            {
                (void)property;
                check_schema(ask, inner);
            }
        } else {
            check_schema(ask, value);
        }
    }
}

static void check_tool(Ask *ask, json_object *tool)
{
    bool full = (ask->alike->flags & ALIKE_FULL_PARAMETERS) != 0;
    json_object *function;

    only(ask, tool, "tools.", "type;function");
    if (strcmp(text_at(tool, "type"), "function") != 0)
        vendor_complain(&ask->r, 400, "tools.type: '%s'", text_at(tool, "type"));
    function = vendor_member(&ask->r, tool, "function", json_type_object, true);
    if (function == NULL)
        return;
    only(ask, function, "tools.function.", ask->alike->in_function);
    vendor_member(&ask->r, function, "name", json_type_string, true);
    check_schema(ask, vendor_member(&ask->r, function, "parameters", json_type_object, full));
}

static void check_words(Ask *ask)
{
    json_object *stop = json_object_object_get(ask->r.body, "stop");
    json_object *choice = json_object_object_get(ask->r.body, "tool_choice");

    if (json_object_is_type(stop, json_type_string) && (ask->alike->flags & ALIKE_STOP_ARRAY) != 0)
        vendor_complain(&ask->r, 400, "stop must be an array");
    if (json_object_is_type(choice, json_type_string) &&
        !in_list(ask->alike->choices, json_object_get_string(choice)))
        vendor_complain(&ask->r, 400, "tool_choice: '%s'", json_object_get_string(choice));
}

static void check_stream(Ask *ask)
{
    json_object *stream = vendor_member(&ask->r, ask->r.body, "stream", json_type_boolean, false);
    json_object *options =
        vendor_member(&ask->r, ask->r.body, "stream_options", json_type_object, false);

    ask->r.stream = json_object_get_boolean(stream);
    if (options == NULL)
        return;
    only(ask, options, "stream_options.", "include_usage");
    if (!ask->r.stream)
        vendor_complain(&ask->r, 400, "stream_options without stream");
}

static void check_model(Ask *ask)
{
    const char *prefix = ask->alike->model_prefix;

    if (prefix == NULL)
        return;
    if (g_str_has_prefix(ask->r.model, prefix))
        ask->r.model += strlen(prefix);
    else
        vendor_complain(&ask->r, 404, "Model not found: %s", ask->r.model);
}

static void check(Ask *ask)
{
    json_object *messages, *tools;

    only(ask, ask->r.body, "", ask->alike->members);
    check_model(ask);
    check_stream(ask);
    check_words(ask);
    messages = vendor_member(&ask->r, ask->r.body, "messages", json_type_array, true);
    for (size_t i = 0; messages != NULL && i < json_object_array_length(messages); i++)
        check_message(ask, json_object_array_get_idx(messages, i));
    if (messages != NULL && (ask->alike->flags & ALIKE_TURNS) != 0)
        check_turns(ask, messages);
    tools = vendor_member(&ask->r, ask->r.body, "tools", json_type_array, false);
    for (size_t i = 0; tools != NULL && i < json_object_array_length(tools); i++)
        check_tool(ask, json_object_array_get_idx(tools, i));
}

/* ---- What it answers ---- */

static const char *last_user(const Ask *ask)
{
    json_object *messages = json_object_object_get(ask->r.body, "messages");
    const char *text = "";

    for (size_t i = 0; i < json_object_array_length(messages); i++) {
        json_object *message = json_object_array_get_idx(messages, i);
        json_object *content = json_object_object_get(message, "content");
        size_t n =
            json_object_is_type(content, json_type_array) ? json_object_array_length(content) : 0;

        if (strcmp(text_at(message, "role"), "user") != 0)
            continue;
        text = n > 0 ? text_at(json_object_array_get_idx(content, n - 1), "text")
                     : json_object_get_string(content);
    }
    return text;
}

static json_object *usage(void)
{
    return vendor_tree("{\"prompt_tokens\":11,\"completion_tokens\":7,\"total_tokens\":18}");
}

static json_object *object_of(const char *name, json_object *value)
{
    json_object *object = json_object_new_object();

    json_object_object_add(object, name, value);
    return object;
}

static json_object *array_of(json_object *item)
{
    json_object *array = json_object_new_array();

    json_object_array_add(array, item);
    return array;
}

/* The first tool with those arguments; index is left out where it is no text. */
static json_object *a_call(const Ask *ask, const char *arguments)
{
    json_object *tools = json_object_object_get(ask->r.body, "tools");
    json_object *tool = tools != NULL ? json_object_array_get_idx(tools, 0) : NULL;
    json_object *function = json_object_object_get(tool, "function");
    json_object *call = vendor_tree("{\"index\":0,\"id\":\"aB3dE6gH9\",\"type\":\"function\"}");
    json_object *inner = object_of("name", vendor_string(text_at(function, "name")));

    json_object_object_add(inner, "arguments", vendor_string(arguments));
    json_object_object_add(call, "function", inner);
    if (ask->alike->call == ALIKE_BARE) {
        json_object_object_del(call, "type");
        json_object_object_add(call, "index", NULL);
    }
    return call;
}

static json_object *thinking_part(void)
{
    return vendor_tree("{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":"
                       "\"Let me think.\"}]}");
}

static const char *finish_of(const Ask *ask, const VendorSpeech *speech)
{
    if (speech->calls_tool)
        return ask->alike->call == ALIKE_UNNAMED ? "" : "tool_calls";
    return ask->alike->finish != NULL ? ask->alike->finish : "stop";
}

static void send(StubScript *script, json_object *object)
{
    g_autofree char *line = g_strdup_printf("data: %s\n\n", vendor_json(object));

    stub_script_text(script, line);
    json_object_put(object);
}

static json_object *chunk(const Ask *ask, json_object *choices)
{
    json_object *chunk = vendor_tree("{\"id\":\"alike-1\",\"object\":\"chat.completion.chunk\","
                                     "\"created\":1795343400}");

    json_object_object_add(chunk, "model", vendor_string(ask->r.model));
    json_object_object_add(chunk, "choices", choices);
    return chunk;
}

/* delta is taken over; so_far: what was said until now. */
static void send_delta(StubScript *script, const Ask *ask, json_object *delta, const char *finish,
                       const char *so_far)
{
    AlikeUsage way = ask->alike->usage;
    json_object *choice = object_of("index", json_object_new_int(0)), *all;

    json_object_object_add(choice, "delta", delta);
    json_object_object_add(choice, "finish_reason", finish != NULL ? vendor_string(finish) : NULL);
    if ((ask->alike->flags & ALIKE_CUMULATIVE) != 0)
        json_object_object_add(choice, "message", object_of("content", vendor_string(so_far)));
    all = chunk(ask, array_of(choice));
    if (way == ALIKE_USAGE_EVERY || (way == ALIKE_USAGE_LAST && finish != NULL && finish[0] != 0))
        json_object_object_add(all, "usage", usage());
    if (way == ALIKE_USAGE_X_GROQ && finish != NULL)
        json_object_object_add(all, "x_groq", object_of("usage", usage()));
    send(script, all);
}

static void send_call(StubScript *script, const Ask *ask)
{
    static const char *const pieces[] = {"{\"city\":", "\"Oslo\"}"};
    bool whole = ask->alike->call != ALIKE_IN_PIECES;
    json_object *call = a_call(ask, whole ? "{\"city\":\"Oslo\"}" : "");
    const char *finish = ask->alike->call == ALIKE_AT_END    ? "tool_calls"
                         : ask->alike->call == ALIKE_UNNAMED ? ""
                                                             : NULL;

    send_delta(script, ask, object_of("tool_calls", array_of(call)), finish, "");
    for (size_t i = 0; !whole && i < G_N_ELEMENTS(pieces); i++) {
        json_object *more = object_of("index", json_object_new_int(0));

        json_object_object_add(more, "function", object_of("arguments", vendor_string(pieces[i])));
        send_delta(script, ask, object_of("tool_calls", array_of(more)), NULL, "");
    }
}

static void send_reasoning(StubScript *script, const Ask *ask)
{
    if ((ask->alike->flags & ALIKE_PARTS) != 0)
        send_delta(script, ask, object_of("content", array_of(thinking_part())), NULL, "");
    else if (ask->alike->reasoning != NULL)
        send_delta(script, ask, object_of(ask->alike->reasoning, vendor_string("Let me think.")),
                   NULL, "");
}

static StubScript *answer_stream(const Ask *ask, const VendorSpeech *speech)
{
    StubScript *script = stub_script_new(200, "text/event-stream; charset=utf-8");
    json_object *options = json_object_object_get(ask->r.body, "stream_options");
    g_autoptr(GString) so_far = g_string_new(NULL);
    bool ended = speech->calls_tool && ask->alike->call == ALIKE_AT_END;

    if (ask->alike->comment != NULL)
        stub_script_text(script, ask->alike->comment);
    send_delta(script, ask, vendor_tree("{\"role\":\"assistant\",\"content\":\"\"}"), NULL, "");
    send_reasoning(script, ask);
    for (guint i = 0; i < speech->pieces->len; i++) {
        const char *piece = g_ptr_array_index(speech->pieces, i);

        g_string_append(so_far, piece);
        send_delta(script, ask, object_of("content", vendor_string(piece)), NULL, so_far->str);
    }
    if (speech->calls_tool)
        send_call(script, ask);
    if (!ended)
        send_delta(script, ask, json_object_new_object(), finish_of(ask, speech), so_far->str);
    if (ask->alike->usage == ALIKE_USAGE_ASKED &&
        json_object_get_boolean(json_object_object_get(options, "include_usage"))) {
        json_object *last = chunk(ask, json_object_new_array());

        json_object_object_add(last, "usage", usage());
        send(script, last);
    }
    stub_script_text(script, "data: [DONE]\n\n");
    return script;
}

static json_object *whole_message(const Ask *ask, const VendorSpeech *speech)
{
    json_object *message = object_of("role", vendor_string("assistant"));
    g_autofree char *text = vendor_speech_text(speech);
    json_object *content = vendor_string(text);

    if (speech->calls_tool)
        json_object_object_add(message, "tool_calls", array_of(a_call(ask, "{\"city\":\"Oslo\"}")));
    if ((ask->alike->flags & ALIKE_PARTS) != 0 && !speech->calls_tool) {
        json_object *part = object_of("type", vendor_string("text"));

        json_object_object_add(part, "text", content);
        content = array_of(thinking_part());
        json_object_array_add(content, part);
    }
    json_object_object_add(message, "content", content);
    if (ask->alike->reasoning != NULL)
        json_object_object_add(message, ask->alike->reasoning, vendor_string("Let me think."));
    return message;
}

static StubScript *answer_whole(const Ask *ask, const VendorSpeech *speech)
{
    json_object *choice = object_of("index", json_object_new_int(0)), *answer;
    g_autofree char *text = NULL;

    json_object_object_add(choice, "message", whole_message(ask, speech));
    json_object_object_add(choice, "finish_reason", vendor_string(finish_of(ask, speech)));
    answer = chunk(ask, array_of(choice));
    json_object_object_add(answer, "object", vendor_string("chat.completion"));
    json_object_object_add(answer, "usage", usage());
    text = g_strconcat((ask->alike->flags & ALIKE_BLANKS) != 0 ? "\n\n\n" : "", vendor_json(answer),
                       NULL);
    json_object_put(answer);
    return stub_json(200, text);
}

static StubScript *answer(const Ask *ask)
{
    VendorSpeech speech = vendor_speech(&ask->r, last_user(ask), 0);
    StubScript *script = ask->r.stream ? answer_stream(ask, &speech) : answer_whole(ask, &speech);

    vendor_speech_clear(&speech);
    return script;
}

/* ---- The server ---- */

static StubScript *refuse(const Ask *ask)
{
    json_object *error = object_of("message", vendor_string(ask->r.complaint));
    json_object *tree = object_of("error", error);
    StubScript *script;

    json_object_object_add(error, "type", vendor_string("invalid_request_error"));
    json_object_object_add(error, "code", NULL);
    script = stub_json(ask->r.status, vendor_json(tree));
    json_object_put(tree);
    return script;
}

static StubScript *deny(const Alike *alike)
{
    StubScript *script = stub_script_new(
        alike->denied_status, alike->denied[0] == '<' ? "text/html" : "application/json");

    stub_script_text(script, alike->denied);
    return script;
}

static bool is_right_key(const Alike *alike, const StubRequest *http)
{
    const char *given = g_hash_table_lookup(http->headers, "authorization");
    g_autofree char *wanted = alike->key != NULL ? g_strconcat("Bearer ", alike->key, NULL) : NULL;

    return g_strcmp0(given, wanted) == 0;
}

static StubScript *handle(void *user, const StubRequest *http)
{
    const AlikeVendor *self = user;
    Ask ask = {.r = {.vendor = &self->vendor, .http = http}, .alike = self->alike};
    StubScript *script;

    if (!is_right_key(self->alike, http))
        return deny(self->alike);
    if (strcmp(http->method, "POST") != 0 || strcmp(http->target, self->alike->path) != 0)
        vendor_complain(&ask.r, 404, "Not found: %s %s", http->method, http->target);
    vendor_read_body(&ask.r);
    if (ask.r.status == 0)
        check(&ask);
    script = ask.r.status == 0 ? answer(&ask) : refuse(&ask);
    vendor_request_clear(&ask.r);
    return script;
}

Vendor *vendor_alike_new(const Alike *alike)
{
    AlikeVendor *self = g_new0(AlikeVendor, 1);

    self->alike = alike;
    self->vendor.stub = stub_new(handle, self);
    return &self->vendor;
}
