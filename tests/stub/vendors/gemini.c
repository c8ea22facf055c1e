/* SPDX-License-Identifier: Apache-2.0 */
/* A server that speaks Gemini's generateContent as AI Studio does: the key in a header and never in
 * the URL, the model and the method in the path, streams as events with CRLF. It judges turns and
 * parts as the reference has them and refuses any member that is not there. Runs on the stub's
 * thread. */
#include "stub/vendor_gemini.h"
#include "stub/vendor_row.h"

#include <string.h>

#define KEY "AIzaSyRightKey0001"

static const char *status_word(int status)
{
    static const struct {
        int status;
        const char *word;
    } words[] = {{400, "INVALID_ARGUMENT"}, {401, "UNAUTHENTICATED"},    {403, "PERMISSION_DENIED"},
                 {404, "NOT_FOUND"},        {429, "RESOURCE_EXHAUSTED"}, {503, "UNAVAILABLE"},
                 {504, "DEADLINE_EXCEEDED"}};

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (words[i].status == status)
            return words[i].word;
    return "INTERNAL";
}

StubScript *vendor_gemini_error(int status, const char *message)
{
    json_object *tree = vendor_tree("{\"error\":{}}");
    json_object *error = json_object_object_get(tree, "error");
    StubScript *script;

    json_object_object_add(error, "code", json_object_new_int(status));
    json_object_object_add(error, "message", vendor_string(message));
    json_object_object_add(error, "status", vendor_string(status_word(status)));
    if (strstr(message, "API key not valid") != NULL)
        json_object_object_add(
            error, "details",
            vendor_tree("[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":"
                        "\"API_KEY_INVALID\",\"domain\":\"googleapis.com\"}]"));
    script = stub_json(status, vendor_json(tree));
    json_object_put(tree);
    return script;
}

/* ---- Contents ---- */

static bool is_name(const char *name)
{
    return g_regex_match_simple("^[A-Za-z_][A-Za-z0-9_.-]{0,63}$", name, G_REGEX_DEFAULT,
                                G_REGEX_MATCH_DEFAULT);
}

/* functionCall and functionResponse: a name, an object, and an id where the platform has one. */
static void check_call(VendorRequest *r, json_object *call, const char *object, bool ids)
{
    const char *members[] = {"name", object, ids ? "id" : NULL, NULL};
    json_object *name = vendor_member(r, call, "name", json_type_string, true);

    vendor_only(r, call, "contents.parts.function.", members);
    vendor_member(r, call, object, json_type_object, true);
    if (name != NULL && !is_name(json_object_get_string(name)))
        vendor_complain(r, 400, "Invalid function name '%s'", json_object_get_string(name));
}

static void check_blob(VendorRequest *r, json_object *blob)
{
    static const char *const members[] = {"mimeType", "data", NULL};
    json_object *data = vendor_member(r, blob, "data", json_type_string, true);

    vendor_only(r, blob, "contents.parts.inlineData.", members);
    vendor_member(r, blob, "mimeType", json_type_string, true);
    if (data != NULL &&
        !g_regex_match_simple("^[A-Za-z0-9+/]+={0,2}$", json_object_get_string(data),
                              G_REGEX_DEFAULT, G_REGEX_MATCH_DEFAULT))
        vendor_complain(r, 400, "Base64 decoding failed for inlineData");
}

/* The one member that says what a part is. */
static const char *kind_of(VendorRequest *r, json_object *part)
{
    static const char *const kinds[] = {"text", "inlineData", "fileData", "functionCall",
                                        "functionResponse"};
    const char *kind = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (!json_object_object_get_ex(part, kinds[i], NULL))
            continue;
        if (kind != NULL)
            vendor_complain(r, 400, "oneof field 'data' is already set: %s", kinds[i]);
        kind = kinds[i];
    }
    if (kind == NULL)
        vendor_complain(r, 400, "contents.parts must not be empty: required oneof field 'data'");
    return kind != NULL ? kind : "";
}

static void check_part(VendorRequest *r, json_object *part, bool ids)
{
    const char *kind = kind_of(r, part);
    const char *members[] = {kind, "thoughtSignature", "thought", NULL};
    json_object *value = json_object_object_get(part, kind);

    vendor_only(r, part, "contents.parts.", members);
    if (strcmp(kind, "text") == 0) {
        if (json_object_get_string_len(vendor_member(r, part, kind, json_type_string, true)) == 0)
            vendor_complain(r, 400, "Unable to submit request because it must have a text");
    } else if (!json_object_is_type(value, json_type_object)) {
        vendor_complain(r, 400, "contents.parts.%s must be an object", kind);
    } else if (strcmp(kind, "functionCall") == 0) {
        check_call(r, value, "args", ids);
    } else if (strcmp(kind, "functionResponse") == 0) {
        check_call(r, value, "response", ids);
    } else if (strcmp(kind, "inlineData") == 0) {
        check_blob(r, value);
    }
}

static size_t count_parts(json_object *content, const char *kind)
{
    json_object *parts = json_object_object_get(content, "parts");
    size_t n = 0;

    for (size_t i = 0; parts != NULL && i < json_object_array_length(parts); i++)
        if (json_object_object_get_ex(json_object_array_get_idx(parts, i), kind, NULL))
            n++;
    return n;
}

/* Behind calls comes a turn with a result for each and nothing else; results come only there. */
static void check_order(VendorRequest *r, json_object *before, json_object *content)
{
    size_t calls = before != NULL ? count_parts(before, "functionCall") : 0;
    size_t results = count_parts(content, "functionResponse");
    size_t parts = json_object_array_length(json_object_object_get(content, "parts"));

    if (calls != results || (results > 0 && results != parts))
        vendor_complain(r, 400,
                        "Please ensure that the number of function response parts is equal to the "
                        "number of function call parts of the function call turn.");
}

static void check_contents(VendorRequest *r, bool ids)
{
    static const char *const members[] = {"role", "parts", NULL};
    json_object *contents = vendor_member(r, r->body, "contents", json_type_array, true);
    json_object *before = NULL;

    if (contents != NULL && json_object_array_length(contents) == 0)
        vendor_complain(r, 400, "contents is not specified");
    for (size_t i = 0; contents != NULL && i < json_object_array_length(contents); i++) {
        json_object *content = json_object_array_get_idx(contents, i);
        json_object *parts = vendor_member(r, content, "parts", json_type_array, true);
        json_object *role = vendor_member(r, content, "role", json_type_string, true);
        const char *name = role != NULL ? json_object_get_string(role) : "";

        vendor_only(r, content, "contents.", members);
        if (strcmp(name, "user") != 0 && (i == 0 || strcmp(name, "model") != 0))
            vendor_complain(r, 400, "Please use a valid role: user, model.");
        if (parts == NULL || json_object_array_length(parts) == 0) {
            vendor_complain(r, 400, "contents.parts must not be empty.");
            return;
        }
        for (size_t k = 0; k < json_object_array_length(parts); k++)
            check_part(r, json_object_array_get_idx(parts, k), ids);
        check_order(r, before, content);
        before = content;
    }
}

/* ---- The rest of a request ---- */

static void check_system(VendorRequest *r)
{
    static const char *const members[] = {"parts", "role", NULL};
    json_object *system = vendor_member(r, r->body, "systemInstruction", json_type_object, false);
    json_object *parts;

    if (system == NULL)
        return;
    vendor_only(r, system, "systemInstruction.", members);
    parts = vendor_member(r, system, "parts", json_type_array, true);
    for (size_t i = 0; parts != NULL && i < json_object_array_length(parts); i++)
        check_part(r, json_object_array_get_idx(parts, i), false);
}

static void check_declarations(VendorRequest *r, json_object *list)
{
    static const char *const members[] = {"name", "description", "parameters",
                                          "parametersJsonSchema", NULL};

    for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
        json_object *declaration = json_object_array_get_idx(list, i);
        json_object *name = vendor_member(r, declaration, "name", json_type_string, true);

        vendor_only(r, declaration, "tools.functionDeclarations.", members);
        if (name != NULL && !is_name(json_object_get_string(name)))
            vendor_complain(r, 400, "Invalid function name.");
        vendor_member(r, declaration, "parameters", json_type_object, false);
        vendor_member(r, declaration, "parametersJsonSchema", json_type_object, false);
        if (json_object_object_get_ex(declaration, "parameters", NULL) &&
            json_object_object_get_ex(declaration, "parametersJsonSchema", NULL))
            vendor_complain(r, 400, "parameters and parametersJsonSchema are mutually exclusive");
    }
}

static void check_tools(VendorRequest *r)
{
    static const char *const members[] = {"functionDeclarations", "googleSearch", "codeExecution",
                                          "urlContext", NULL};
    static const char *const config[] = {"functionCallingConfig", NULL};
    static const char *const calling[] = {"mode", "allowedFunctionNames", NULL};
    static const char *const modes[] = {"AUTO", "ANY", "NONE", "VALIDATED", NULL};
    json_object *tools = vendor_member(r, r->body, "tools", json_type_array, false), *choice;
    const char *mode;

    for (size_t i = 0; tools != NULL && i < json_object_array_length(tools); i++) {
        json_object *tool = json_object_array_get_idx(tools, i);

        vendor_only(r, tool, "tools.", members);
        check_declarations(r,
                           vendor_member(r, tool, "functionDeclarations", json_type_array, false));
    }
    choice = vendor_member(r, r->body, "toolConfig", json_type_object, false);
    if (choice == NULL)
        return;
    vendor_only(r, choice, "toolConfig.", config);
    choice = vendor_member(r, choice, "functionCallingConfig", json_type_object, true);
    if (choice == NULL)
        return;
    vendor_only(r, choice, "toolConfig.functionCallingConfig.", calling);
    mode = json_object_get_string(vendor_member(r, choice, "mode", json_type_string, true));
    if (mode != NULL && !g_strv_contains(modes, mode))
        vendor_complain(r, 400, "Invalid value at 'mode': %s", mode);
    if (json_object_object_get_ex(choice, "allowedFunctionNames", NULL) &&
        g_strcmp0(mode, "ANY") != 0)
        vendor_complain(r, 400, "allowedFunctionNames needs the mode ANY");
}

static void check_config(VendorRequest *r)
{
    static const char *const members[] = {"maxOutputTokens",
                                          "temperature",
                                          "topP",
                                          "topK",
                                          "stopSequences",
                                          "seed",
                                          "candidateCount",
                                          "presencePenalty",
                                          "frequencyPenalty",
                                          "responseLogprobs",
                                          "logprobs",
                                          "responseMimeType",
                                          "responseJsonSchema",
                                          "responseSchema",
                                          "thinkingConfig",
                                          "responseModalities",
                                          "speechConfig",
                                          "mediaResolution",
                                          "imageConfig",
                                          NULL};
    static const char *const thinking[] = {"thinkingLevel", "thinkingBudget", "includeThoughts",
                                           NULL};
    json_object *config = vendor_member(r, r->body, "generationConfig", json_type_object, false);
    json_object *thought;

    if (config == NULL)
        return;
    vendor_only(r, config, "generationConfig.", members);
    vendor_member(r, config, "maxOutputTokens", json_type_int, false);
    vendor_member(r, config, "temperature", json_type_double, false);
    vendor_member(r, config, "stopSequences", json_type_array, false);
    thought = vendor_member(r, config, "thinkingConfig", json_type_object, false);
    if (thought != NULL)
        vendor_only(r, thought, "generationConfig.thinkingConfig.", thinking);
}

/* Like vendor_read_body, for a body without a model. */
static void read_body(VendorRequest *r)
{
    const char *type = g_hash_table_lookup(r->http->headers, "content-type");

    if (r->status != 0)
        return;
    if (type == NULL || !g_str_has_prefix(type, "application/json"))
        vendor_complain(r, 400, "Content-Type must be application/json");
    r->body = json_tokener_parse(r->http->body->str);
    if (!json_object_is_type(r->body, json_type_object))
        vendor_complain(r, 400, "Invalid JSON payload received.");
}

static void check_body(VendorRequest *r, bool ids)
{
    static const char *const members[] = {"contents",      "systemInstruction", "tools",
                                          "toolConfig",    "generationConfig",  "safetySettings",
                                          "cachedContent", "serviceTier",       NULL};

    if (r->status != 0)
        return;
    vendor_only(r, r->body, "", members);
    check_system(r);
    check_contents(r, ids);
    check_tools(r);
    check_config(r);
}

/* ---- What it answers ---- */

static const char *last_user(json_object *contents)
{
    const char *text = "";

    for (size_t i = 0; i < json_object_array_length(contents); i++) {
        json_object *content = json_object_array_get_idx(contents, i), *said = NULL;
        json_object *part = json_object_array_get_idx(json_object_object_get(content, "parts"), 0);
        const char *role = json_object_get_string(json_object_object_get(content, "role"));

        if (strcmp(role, "user") == 0 && json_object_object_get_ex(part, "text", &said))
            text = json_object_get_string(said);
    }
    return text;
}

static const char *first_tool(const VendorRequest *r)
{
    json_object *tools = json_object_object_get(r->body, "tools");
    json_object *list = tools != NULL ? json_object_object_get(json_object_array_get_idx(tools, 0),
                                                               "functionDeclarations")
                                      : NULL;

    return list != NULL ? json_object_get_string(
                              json_object_object_get(json_object_array_get_idx(list, 0), "name"))
                        : "none";
}

static json_object *text_part(const char *text, bool thought)
{
    json_object *part = json_object_new_object();

    json_object_object_add(part, "text", vendor_string(text));
    if (thought)
        json_object_object_add(part, "thought", json_object_new_boolean(true));
    return part;
}

static json_object *call_part(const VendorRequest *r)
{
    json_object *part = vendor_tree("{\"functionCall\":{\"args\":{\"city\":\"Oslo\"}},"
                                    "\"thoughtSignature\":\"U0lHMQ==\"}");

    json_object_object_add(json_object_object_get(part, "functionCall"), "name",
                           vendor_string(first_tool(r)));
    return part;
}

/* One response; `part` is taken over, NULL: a candidate without content. */
static json_object *response(json_object *part, bool last)
{
    json_object *tree = vendor_tree(
        "{\"candidates\":[{\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":7,"
        "\"candidatesTokenCount\":3,\"totalTokenCount\":10},\"modelVersion\":\"gemini-stub\","
        "\"responseId\":\"resp-stub\"}");
    json_object *candidate =
        json_object_array_get_idx(json_object_object_get(tree, "candidates"), 0);

    if (part != NULL) {
        json_object *content = vendor_tree("{\"role\":\"model\",\"parts\":[]}");

        json_object_array_add(json_object_object_get(content, "parts"), part);
        json_object_object_add(candidate, "content", content);
    }
    if (last)
        json_object_object_add(candidate, "finishReason", vendor_string("STOP"));
    return tree;
}

static void send_event(StubScript *script, json_object *tree)
{
    g_autofree char *text = g_strdup_printf("data: %s\r\n\r\n", vendor_json(tree));

    stub_script_text(script, text);
    json_object_put(tree);
}

static StubScript *answer_stream(const VendorRequest *r, const VendorSpeech *speech)
{
    StubScript *script = stub_script_new(200, "text/event-stream");

    if (speech->reasoning != NULL)
        send_event(script, response(text_part(speech->reasoning, true), false));
    for (guint i = 0; i < speech->pieces->len; i++)
        send_event(script, response(text_part(g_ptr_array_index(speech->pieces, i), false), false));
    if (speech->calls_tool)
        send_event(script, response(call_part(r), false));
    if (speech->end == VENDOR_FAILS)
        stub_script_text(script, "data: {\"error\":{\"code\":503,\"message\":\"The engine caught "
                                 "fire\",\"status\":\"UNAVAILABLE\"}}\r\n\r\n");
    else if (speech->end == VENDOR_FINISHES)
        send_event(script, response(NULL, true));
    else
        vendor_end_script(script, speech->end);
    return script;
}

static StubScript *answer_whole(const VendorRequest *r, const VendorSpeech *speech)
{
    g_autofree char *text = vendor_speech_text(speech);
    json_object *tree = response(speech->calls_tool ? call_part(r) : text_part(text, false), true);
    StubScript *script =
        stub_json(200, json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PRETTY |
                                                                JSON_C_TO_STRING_NOSLASHESCAPE));

    json_object_put(tree);
    return script;
}

static StubScript *answer(const VendorRequest *r, bool stream)
{
    json_object *contents = json_object_object_get(r->body, "contents");
    VendorSpeech speech = vendor_speech(r, last_user(contents), json_object_array_length(contents));
    bool pieces = stream || speech.end == VENDOR_STALLS || speech.end == VENDOR_CUTS;
    StubScript *script = pieces ? answer_stream(r, &speech) : answer_whole(r, &speech);

    vendor_speech_clear(&speech);
    return script;
}

StubScript *vendor_gemini_answer(VendorRequest *r, bool stream, bool ids)
{
    read_body(r);
    check_body(r, ids);
    return r->status == 0 ? answer(r, stream) : vendor_gemini_error(r->status, r->complaint);
}

/* ---- AI Studio ---- */

static StubScript *handle(void *user, const StubRequest *http)
{
    static const char whole[] = ":generateContent", streamed[] = ":streamGenerateContent?alt=sse";
    VendorRequest r = {.vendor = user, .http = http};
    const char *given = g_hash_table_lookup(http->headers, "x-goog-api-key");
    bool stream = g_str_has_suffix(http->target, streamed);
    const char *prefix = "/v1beta/models/gemini-3-";
    g_autofree char *model = NULL;
    StubScript *script;

    if (strstr(http->target, "key=") != NULL)
        vendor_complain(&r, 400, "a key in the URL ends in logs");
    if (g_strcmp0(given, KEY) != 0)
        vendor_complain(&r, 400, "API key not valid. Please pass a valid API key.");
    if (strcmp(http->method, "POST") != 0 || !g_str_has_prefix(http->target, prefix) ||
        (!stream && !g_str_has_suffix(http->target, whole)))
        vendor_complain(&r, 404, "no such method: %s %s", http->method, http->target);
    if (r.status == 0)
        model =
            g_strndup(http->target + strlen(prefix), strcspn(http->target + strlen(prefix), ":"));
    r.model = model;
    script = vendor_gemini_answer(&r, stream, true);
    vendor_request_clear(&r);
    return script;
}

static Vendor *start(void)
{
    return vendor_new(handle, KEY);
}

static const VendorRow rows[] = {
    {.name = "gemini",
     .start = start,
     .conf = "[provider gemini]\n"
             "base-url = @URL@\n"
             "api-key = " KEY "\n",
     .wrong_conf = "[provider gemini]\n"
                   "base-url = @URL@\n"
                   "api-key = AIzaSyWrongKey0077\n",
     .model = "gemini/gemini-3-parrot",
     .tool_model = "gemini/gemini-3-tools"},
    {.name = "palm",
     .start = start,
     .conf = "[provider palm]\n"
             "base-url = @URL@\n"
             "api-key = " KEY "\n",
     .wrong_conf = "[provider palm]\n"
                   "base-url = @URL@\n"
                   "api-key = AIzaSyWrongKey0077\n",
     .model = "palm/gemini-3-parrot",
     .tool_model = "palm/gemini-3-tools",
     .warns = "Google has shut the PaLM API down"},
};

const VendorRow *vendor_rows_gemini(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}
