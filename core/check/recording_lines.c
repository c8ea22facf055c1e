/* SPDX-License-Identifier: Apache-2.0 */
/* Each kind of line of a recording: its members with their types, all others refused, and where
 * their values go. Pure; any thread. */
#include "check/recording_lines.h"

#include "base/error.h"
#include "drivers/drivers.h"

#include <string.h>

#define SOURCE_MIN 8u
#define ANY        json_type_null

typedef struct Member {
    const char *name;
    json_type type; /* ANY: whatever */
    bool required;
} Member;

static bool refuse(GError **error, const char *why)
{
    g_set_error_literal(error, PBAY_ERROR, PB_ERR_INVALID, why);
    return false;
}

static const Member *member_named(const Member *members, const char *name)
{
    while (members->name != NULL && strcmp(members->name, name) != 0)
        members++;
    return members->name != NULL ? members : NULL;
}

/* Is value an object of these members? */
static bool has_members(json_object *value, const char *what, const Member *members, GError **error)
{
    if (!json_object_is_type(value, json_type_object)) {
        g_set_error(error, PBAY_ERROR, PB_ERR_INVALID, "\"%s\" is not an object", what);
        return false;
    }
    json_object_object_foreach(value, name, given)
    {
        const Member *member = member_named(members, name);

        if (member != NULL && (member->type == ANY || json_object_is_type(given, member->type)))
            continue;
        g_set_error(error, PBAY_ERROR, PB_ERR_INVALID,
                    member == NULL ? "\"%s\" has no member \"%s\""
                                   : "\"%s\": the member \"%s\" has the wrong type",
                    what, name);
        return false;
    }
    for (; members->name != NULL; members++) {
        if (members->required && !json_object_object_get_ex(value, members->name, NULL)) {
            g_set_error(error, PBAY_ERROR, PB_ERR_INVALID, "\"%s\" needs \"%s\"", what,
                        members->name);
            return false;
        }
    }
    return true;
}

/* Are all values of the object (or NULL) strings, or null where that is allowed? */
static bool has_strings(json_object *object, bool or_null, const char *what, GError **error)
{
    if (object == NULL)
        return true;
    json_object_object_foreach(object, name, value)
    {
        if (json_object_is_type(value, json_type_string) || (value == NULL && or_null))
            continue;
        g_set_error(error, PBAY_ERROR, PB_ERR_INVALID, "%s: \"%s\" is not a string", what, name);
        return false;
    }
    return true;
}

/* The string member, g_strdup'ed, or NULL. */
static char *string_of(json_object *object, const char *name)
{
    return g_strdup(json_object_get_string(json_object_object_get(object, name)));
}

static char *text_of(json_object *value)
{
    return g_strdup(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
                                                              JSON_C_TO_STRING_NOSLASHESCAPE));
}

static PbayRecordedReply *last_reply(PbayRecording *r)
{
    return g_ptr_array_index(r->replies, r->replies->len - 1);
}

static bool line_recording(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    static const Member members[] = {{"recording", json_type_int, true},
                                     {"driver", json_type_string, true},
                                     {"source", json_type_string, true},
                                     {"about", json_type_string, false},
                                     {0}};

    if (!has_members(line, "recording", members, error))
        return false;
    if (json_object_get_int(value) != 1)
        return refuse(error, "this form of recordings is not known; only 1 is");
    r->driver = string_of(line, "driver");
    r->source = string_of(line, "source");
    r->about = string_of(line, "about");
    return strlen(r->source) >= SOURCE_MIN ||
           refuse(error, "\"source\" must name where this exchange is documented");
}

static bool line_provider(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    static const Member members[] = {{"name", json_type_string, true},
                                     {"options", json_type_object, false},
                                     {"secrets", json_type_object, false},
                                     {0}};
    json_object *options, *secrets;
    GPtrArray *pairs;

    (void)line;
    if (!has_members(value, "provider", members, error))
        return false;
    options = json_object_object_get(value, "options");
    secrets = json_object_object_get(value, "secrets");
    if (!has_strings(secrets, false, "\"secrets\"", error))
        return false;
    pairs = g_ptr_array_new();
    r->provider = string_of(value, "name");
    r->options = options != NULL ? text_of(options) : g_strdup("{}");
    if (secrets != NULL) {
        json_object_object_foreach(secrets, name, secret)
        {
            g_ptr_array_add(pairs, g_strdup(name));
            g_ptr_array_add(pairs, g_strdup(json_object_get_string(secret)));
        }
    }
    g_ptr_array_add(pairs, NULL);
    r->secrets = (char **)g_ptr_array_free(pairs, FALSE);
    return true;
}

static bool line_clock(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    static const Member members[] = {
        {"now_ms", json_type_int, true}, {"seed", json_type_int, false}, {0}};
    json_object *seed = NULL;

    (void)line;
    if (!has_members(value, "clock", members, error))
        return false;
    r->now_ms = json_object_get_int64(json_object_object_get(value, "now_ms"));
    if (json_object_object_get_ex(value, "seed", &seed))
        r->seed = json_object_get_uint64(seed);
    return true;
}

static bool line_request(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    static const Member members[] = {{"kind", json_type_string, true},
                                     {"stream", json_type_boolean, false},
                                     {"model", json_type_string, false},
                                     {"body", json_type_object, false},
                                     {0}};
    json_object *body;

    (void)line;
    if (!has_members(value, "request", members, error))
        return false;
    body = json_object_object_get(value, "body");
    r->kind = pbay_kind_parse(json_object_get_string(json_object_object_get(value, "kind")));
    r->stream = json_object_get_boolean(json_object_object_get(value, "stream")) != 0;
    r->model = string_of(value, "model");
    if (r->model == NULL)
        r->model = g_strdup("");
    r->body = body != NULL ? text_of(body) : g_strdup("");
    return r->kind != 0 || refuse(error, "\"request\" has an unknown \"kind\"");
}

static bool line_send(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    static const Member members[] = {
        {"method", json_type_string, true},     {"url", json_type_string, true},
        {"headers", json_type_object, false},   {"body", ANY, false},
        {"body_text", json_type_string, false}, {0}};
    PbayRecordedReply *reply;

    (void)line;
    if (!has_members(value, "send", members, error) ||
        !has_strings(json_object_object_get(value, "headers"), true, "\"send\" headers", error))
        return false;
    if (json_object_object_get_ex(value, "body", NULL) &&
        json_object_object_get_ex(value, "body_text", NULL))
        return refuse(error, "\"send\" has either \"body\" or \"body_text\"");
    reply = g_new0(PbayRecordedReply, 1);
    reply->send = value;
    reply->bytes = g_byte_array_new();
    reply->pieces = g_array_new(FALSE, FALSE, sizeof(size_t));
    g_ptr_array_add(r->replies, reply);
    return true;
}

static bool line_head(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    static const Member members[] = {
        {"status", json_type_int, true}, {"headers", json_type_object, false}, {0}};
    PbayRecordedReply *reply = last_reply(r);

    (void)line;
    if (!has_members(value, "head", members, error))
        return false;
    reply->status = json_object_get_int(json_object_object_get(value, "status"));
    reply->headers = json_object_object_get(value, "headers");
    if (reply->status < 200 || reply->status > 599)
        return refuse(error, "\"head\": the \"status\" of a reply is 200 to 599");
    return has_strings(reply->headers, false, "\"head\" headers", error);
}

static void add_piece(PbayRecording *r, const void *bytes, size_t len)
{
    PbayRecordedReply *reply = last_reply(r);

    g_byte_array_append(reply->bytes, bytes, (guint)len);
    g_array_append_val(reply->pieces, len);
}

static bool line_bytes(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    (void)line;
    if (!json_object_is_type(value, json_type_string))
        return refuse(error, "\"bytes\" is a string");
    add_piece(r, json_object_get_string(value), (size_t)json_object_get_string_len(value));
    return true;
}

static bool line_base64(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    const char *text = json_object_get_string(value);
    g_autofree guchar *bytes = NULL;
    g_autofree char *again = NULL;
    gsize len = 0;

    (void)line;
    if (!json_object_is_type(value, json_type_string))
        return refuse(error, "\"base64\" is a string");
    bytes = g_base64_decode(text, &len);
    again = g_base64_encode(bytes, len); /* GLib's decoder passes over what is none */
    if (strcmp(text, again) != 0)
        return refuse(error, "\"base64\" is not base64 in its one proper form");
    add_piece(r, bytes, len);
    return true;
}

static bool line_end(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    (void)line;
    if (!json_object_get_boolean(value))
        return refuse(error, "\"end\" is true");
    return last_reply(r)->status != 0 ||
           refuse(error, "a reply without a \"head\" can only be \"cut\"");
}

static bool line_cut(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    (void)line;
    last_reply(r)->cut = true;
    return json_object_get_boolean(value) || refuse(error, "\"cut\" is true");
}

static bool line_events(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    (void)line;
    r->events = value;
    return json_object_is_type(value, json_type_array) ||
           refuse(error, "\"events\" is an array of events");
}

static bool line_notes(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    (void)line;
    r->notes = value;
    return json_object_is_type(value, json_type_array) || refuse(error, "\"notes\" is an array");
}

static bool is_class(const char *name)
{
    for (int32_t cls = PB_ERR_INTERNAL; cls <= PB_ERR_PROTOCOL; cls++)
        if (strcmp(pbay_error_class(cls)->name, name) == 0)
            return true;
    return strcmp(pbay_error_class(PBAY_ERR_CANCELLED)->name, name) == 0;
}

static bool line_outcome(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    static const Member members[] = {{"class", json_type_string, true},
                                     {"code", ANY, false},
                                     {"param", ANY, false},
                                     {"request_id", ANY, false},
                                     {"http_status", json_type_int, false},
                                     {"retry", json_type_int, false},
                                     {"retry_after_ms", json_type_int, false},
                                     {"message", json_type_string, false},
                                     {"message_contains", json_type_string, false},
                                     {0}};

    (void)line;
    r->outcome = value;
    if (!json_object_is_type(value, json_type_object))
        return g_strcmp0(json_object_get_string(value), "done") == 0 ||
               refuse(error, "\"outcome\" is \"done\" or an object");
    return has_members(value, "outcome", members, error) &&
           (is_class(json_object_get_string(json_object_object_get(value, "class"))) ||
            refuse(error, "\"outcome\": this \"class\" of errors is not known"));
}

static bool line_answer(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    (void)line;
    r->answer = value;
    return json_object_is_type(value, json_type_object) || refuse(error, "\"answer\" is an object");
}

static const PbayLineKind line_kinds[] = {
    {"recording", PBAY_STAGE_RECORDING, line_recording},
    {"provider", PBAY_STAGE_PROVIDER, line_provider},
    {"clock", PBAY_STAGE_CLOCK, line_clock},
    {"request", PBAY_STAGE_REQUEST, line_request},
    {"send", PBAY_STAGE_SEND, line_send},
    {"head", PBAY_STAGE_HEAD, line_head},
    {"bytes", PBAY_STAGE_BYTES, line_bytes},
    {"base64", PBAY_STAGE_BYTES, line_base64},
    {"end", PBAY_STAGE_END, line_end},
    {"cut", PBAY_STAGE_END, line_cut},
    {"events", PBAY_STAGE_EVENTS, line_events},
    {"notes", PBAY_STAGE_NOTES, line_notes},
    {"outcome", PBAY_STAGE_OUTCOME, line_outcome},
    {"answer", PBAY_STAGE_ANSWER, line_answer},
};

const PbayLineKind *pbay_line_kind(json_object *line, GError **error)
{
    if (!json_object_is_type(line, json_type_object)) {
        refuse(error, "the line is no JSON object");
        return NULL;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(line_kinds); i++) {
        const PbayLineKind *kind = &line_kinds[i];

        if (!json_object_object_get_ex(line, kind->member, NULL))
            continue;
        if (kind->stage == PBAY_STAGE_RECORDING || json_object_object_length(line) == 1)
            return kind;
        g_set_error(error, PBAY_ERROR, PB_ERR_INVALID,
                    "a line of kind \"%s\" has that member and no other", kind->member);
        return NULL;
    }
    refuse(error, "the line is none of: recording, provider, clock, request, send, head, bytes, "
                  "base64, end, cut, events, notes, outcome, answer");
    return NULL;
}
