/* SPDX-License-Identifier: Apache-2.0 */
/* Owns reading a client's request: what all drivers rely on is checked here, with the parameter
 * named in the error; everything else passes byte for byte and is the vendor's to judge. Any
 * thread. */
#include "call/request.h"

#include "base/str.h"
#include "base/text.h"
#include "call/own.h"
#include "call/rewrite.h"
#include "call/types.h"
#include "json/reader.h"
#include "json/writer.h"

static const pb_json *member(const PbayCallRequest *request, const char *key)
{
    return pbay_json_get(request->root, pbay_str(key));
}

static bool is_whole(const pb_json *value, int64_t min, int64_t max)
{
    int64_t n = pbay_json_int(value, min - 1);
    return pbay_json_type(value) == PB_JSON_INT && n >= min && n <= max;
}

/* ---- What each kind needs ---- */

static PbayFailure *check_messages(PbayCallRequest *request)
{
    const pb_json *messages = member(request, "messages");
    if (pbay_json_type(messages) != PB_JSON_ARRAY || pbay_json_len(messages) == 0)
        return pbay_call_invalid("messages", "messages must be an array with at least one message");
    size_t i = 0;
    for (const pb_json *message = pbay_json_first(messages, NULL); message != NULL;
         message = pbay_json_next(message, NULL), i++) {
        if (pbay_json_type(message) != PB_JSON_OBJECT)
            return pbay_call_invalid("messages", "messages[%zu] must be an object, not %s", i,
                                     pbay_call_type_name(message));
        const pb_json *role = pbay_json_get(message, PBAY_STR("role"));
        if (pbay_json_type(role) != PB_JSON_STRING)
            return pbay_call_invalid("messages", "messages[%zu].role must be a string, not %s", i,
                                     pbay_call_type_name(role));
    }
    return NULL;
}

static PbayFailure *check_tools(PbayCallRequest *request)
{
    const pb_json *tools = member(request, "tools");
    int32_t type = pbay_json_type(tools);
    if (type != PB_JSON_NULL && type != PB_JSON_ARRAY)
        return pbay_call_invalid("tools", "tools must be an array, not %s",
                                 pbay_call_type_name(tools));
    size_t i = 0;
    for (const pb_json *tool = pbay_json_first(tools, NULL); tool != NULL;
         tool = pbay_json_next(tool, NULL), i++)
        if (pbay_json_type(tool) != PB_JSON_OBJECT)
            return pbay_call_invalid("tools", "tools[%zu] must be an object, not %s", i,
                                     pbay_call_type_name(tool));
    return NULL;
}

static PbayFailure *check_chat(PbayCallRequest *request)
{
    PbayFailure *failure = check_messages(request);
    if (failure == NULL)
        failure = check_tools(request);
    return failure != NULL ? failure : pbay_call_check_types(request->root);
}

/* How many inputs a string, a list of tokens, or a list of either is; 0: none of these. */
static size_t count_inputs(const pb_json *value)
{
    int32_t type = pbay_json_type(value);
    if (type == PB_JSON_STRING)
        return 1;
    if (type != PB_JSON_ARRAY || pbay_json_len(value) == 0)
        return 0;
    return pbay_json_type(pbay_json_at(value, 0, NULL)) == PB_JSON_INT ? 1 : pbay_json_len(value);
}

static PbayFailure *check_prompt(PbayCallRequest *request)
{
    size_t prompts = count_inputs(member(request, "prompt"));
    if (prompts == 0)
        return pbay_call_invalid("prompt", "prompt must be a string or an array that is not empty");
    if (prompts * request->choices > PBAY_REQUEST_CHOICES_MAX)
        return pbay_call_invalid("prompt", "a request may ask for at most %d answers in all",
                                 PBAY_REQUEST_CHOICES_MAX);
    request->choices *= (unsigned)prompts;
    return NULL;
}

static PbayFailure *check_input(PbayCallRequest *request)
{
    request->inputs = count_inputs(member(request, "input"));
    if (request->inputs == 0)
        return pbay_call_invalid("input", "input must be a string or an array that is not empty");
    const pb_json *format = member(request, "encoding_format");
    pb_str name = pbay_json_str(format);
    request->base64 = pbay_str_is(name, "base64");
    if (pbay_json_type(format) != PB_JSON_NULL && !request->base64 && !pbay_str_is(name, "float"))
        return pbay_call_invalid("encoding_format",
                                 "encoding_format must be \"float\" or \"base64\"");
    return NULL;
}

static PbayFailure *check_string(const PbayCallRequest *request, const char *key)
{
    const pb_json *value = member(request, key);
    if (pbay_json_type(value) == PB_JSON_STRING && pbay_json_str(value).len != 0)
        return NULL;
    return pbay_call_invalid(key, "%s must be a string that is not empty", key);
}

static PbayFailure *check_image(PbayCallRequest *request)
{
    return check_string(request, "prompt");
}

static PbayFailure *check_rerank(PbayCallRequest *request)
{
    const pb_json *documents = member(request, "documents");
    if (pbay_json_type(documents) != PB_JSON_ARRAY || pbay_json_len(documents) == 0)
        return pbay_call_invalid("documents", "documents must be an array that is not empty");
    return check_string(request, "query");
}

static PbayFailure *check_speech(PbayCallRequest *request)
{
    return check_string(request, "input");
}

static PbayFailure *check_moderation(PbayCallRequest *request)
{
    if (pbay_json_type(member(request, "input")) != PB_JSON_NULL)
        return NULL;
    return pbay_call_invalid("input", "input is missing: the text to judge");
}

typedef struct Need {
    int32_t kind;
    PbayFailure *(*check)(PbayCallRequest *request);
} Need;

static const Need needs[] = {
    {PB_KIND_CHAT, check_chat},         {PB_KIND_COUNT_TOKENS, check_chat},
    {PB_KIND_COMPLETION, check_prompt}, {PB_KIND_EMBEDDING, check_input},
    {PB_KIND_IMAGE, check_image},       {PB_KIND_RERANK, check_rerank},
    {PB_KIND_SPEECH, check_speech},     {PB_KIND_MODERATION, check_moderation},
};

/* ---- What all kinds have ---- */

static PbayFailure *take_stream(PbayArena *arena, int32_t kind, PbayCallRequest *request)
{
    const pb_json *stream = member(request, "stream");
    int32_t type = pbay_json_type(stream);
    if (type != PB_JSON_NULL && type != PB_JSON_BOOL)
        return pbay_call_invalid("stream", "stream must be true or false, not %s",
                                 pbay_call_type_name(stream));
    request->stream = pbay_json_bool(stream, 0) != 0;
    const pb_json *options = member(request, "stream_options");
    type = pbay_json_type(options);
    if (type != PB_JSON_NULL && type != PB_JSON_OBJECT)
        return pbay_call_invalid("stream_options", "stream_options must be an object, not %s",
                                 pbay_call_type_name(options));
    const pb_json *usage = pbay_json_get(options, PBAY_STR("include_usage"));
    type = pbay_json_type(usage);
    if (type != PB_JSON_NULL && type != PB_JSON_BOOL)
        return pbay_call_invalid("stream_options.include_usage",
                                 "stream_options.include_usage must be true or false, not %s",
                                 pbay_call_type_name(usage));
    request->include_usage = pbay_json_bool(usage, 0) != 0;
    if (!request->stream || kind == PB_KIND_CHAT || kind == PB_KIND_COMPLETION)
        return NULL;
    request->stream = false;
    request->dropped_stream = true;
    pbay_call_set_member(arena, &request->root, "stream", (pb_str){NULL, 0});
    return NULL;
}

static PbayFailure *take_choices(PbayCallRequest *request)
{
    const pb_json *n = member(request, "n");
    request->choices = 1;
    if (pbay_json_type(n) == PB_JSON_NULL)
        return NULL;
    if (!is_whole(n, 1, PBAY_REQUEST_CHOICES_MAX))
        return pbay_call_invalid("n", "n must be a whole number from 1 to %d",
                                 PBAY_REQUEST_CHOICES_MAX);
    request->choices = (unsigned)pbay_json_int(n, 1);
    return NULL;
}

static PbayFailure *read_object(PbayArena *arena, pb_str json, const pb_json **root)
{
    g_autoptr(GError) error = NULL;
    *root = pbay_json_parse(arena, json, NULL, PBAY_JSON_UNIQUE, &error);
    if (*root == NULL)
        return pbay_call_invalid(NULL, "the request cannot be read: %s", error->message);
    if (pbay_json_type(*root) != PB_JSON_OBJECT)
        return pbay_call_invalid(NULL, "the request must be a JSON object, not %s",
                                 pbay_call_type_name(*root));
    return NULL;
}

static PbayFailure *read_model(const pb_json *root, const char *model, bool needed, pb_str *asked)
{
    const pb_json *own = pbay_json_get(root, PBAY_STR("model"));
    int32_t type = pbay_json_type(own);
    if (type != PB_JSON_NULL && type != PB_JSON_STRING)
        return pbay_call_invalid("model", "model must be a string, not %s",
                                 pbay_call_type_name(own));
    *asked = model != NULL ? pbay_str(model) : pbay_json_str(own);
    if (needed && asked->len == 0)
        return pbay_call_invalid("model", "no model is named: set \"model\" to PROVIDER/NAME; "
                                          "`patchbay models` lists them");
    if (asked->len != 0 && memchr(asked->ptr, '\0', asked->len) != NULL)
        return pbay_call_invalid("model", "model must not hold a NUL character");
    return NULL;
}

/* Listings and probes name only the provider, and may have no body. */
static bool is_bodiless(int32_t kind)
{
    return kind == PB_KIND_MODELS || kind == PB_KIND_PROBE;
}

PbayFailure *pbay_call_request_peek(PbayArena *arena, pb_str json, const char *model, pb_str *asked)
{
    const pb_json *root = NULL;
    PbayFailure *failure = json.len != 0 ? read_object(arena, json, &root) : NULL;
    return failure != NULL ? failure : read_model(root, model, true, asked);
}

PbayFailure *pbay_call_request_read(PbayArena *arena, int32_t kind, pb_str json, const char *model,
                                    PbayCallRequest *request)
{
    *request = (PbayCallRequest){.choices = 1};
    if (json.len == 0 && is_bodiless(kind))
        json = PBAY_STR("{}");
    PbayFailure *failure = read_object(arena, json, &request->root);
    if (failure == NULL)
        failure = read_model(request->root, model, !is_bodiless(kind), &request->model);
    if (failure == NULL)
        failure = take_stream(arena, kind, request);
    if (failure == NULL)
        failure = take_choices(request);
    for (size_t i = 0; i < G_N_ELEMENTS(needs) && failure == NULL; i++)
        if (needs[i].kind == kind)
            failure = needs[i].check(request);
    if (failure == NULL)
        failure = pbay_call_take_own(arena, request);
    if (failure == NULL)
        failure = pbay_call_rewrite(arena, &request->root, &request->renamed_max_tokens);
    return failure;
}

void pbay_call_request_write(const PbayCallRequest *request, const char *upstream, GString *out)
{
    g_autoptr(GString) name = g_string_new(NULL);
    pbay_text_append_json(name, pbay_str(upstream));
    pbay_json_patch(out, request->root, PBAY_STR("model"), pbay_str_of(name));
}
