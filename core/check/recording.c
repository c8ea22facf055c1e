/* SPDX-License-Identifier: Apache-2.0 */
/* Reads recordings. Every line is one JSON object whose first member says what it is; a line that is not
 * understood is an error, so that a typo cannot switch a check off. */
#include "check/recording.h"

#include "base/error.h"
#include "drivers/drivers.h"

#include <string.h>

typedef bool (*LineFn)(PbayRecording *r, json_object *line, json_object *value, GError **error);

static bool refuse(GError **error, const char *why)
{
    g_set_error_literal(error, PBAY_ERROR, PB_ERR_INVALID, why);
    return false;
}

/* The string member, g_strdup'ed, or NULL. */
static char *string_of(json_object *object, const char *name)
{
    json_object *member = json_object_object_get(object, name);

    return json_object_is_type(member, json_type_string) ? g_strdup(json_object_get_string(member))
                                                         : NULL;
}

static char *text_of(json_object *value)
{
    return g_strdup(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
                                                              JSON_C_TO_STRING_NOSLASHESCAPE));
}

static PbayRecordedReply *last_reply(PbayRecording *r)
{
    return r->replies->len != 0 ? g_ptr_array_index(r->replies, r->replies->len - 1) : NULL;
}

static bool line_recording(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    (void)value;
    r->driver = string_of(line, "driver");
    r->source = string_of(line, "source");
    r->about = string_of(line, "about");
    if (r->driver == NULL || r->source == NULL || strlen(r->source) < 8)
        return refuse(error, "the first line needs \"driver\" and a \"source\" that names where "
                             "this exchange is documented");
    return true;
}

static bool line_provider(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    json_object *options = json_object_object_get(value, "options");
    json_object *secrets = json_object_object_get(value, "secrets");
    GPtrArray *pairs = g_ptr_array_new();

    (void)line;
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
    return r->provider != NULL || refuse(error, "\"provider\" needs a \"name\"");
}

static bool line_clock(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    (void)line, (void)error;
    r->now_ms = json_object_get_int64(json_object_object_get(value, "now_ms"));
    r->seed = (uint64_t)json_object_get_int64(json_object_object_get(value, "seed"));
    return true;
}

static bool line_request(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    json_object *body = json_object_object_get(value, "body");
    g_autofree char *kind = string_of(value, "kind");

    (void)line;
    r->kind = kind != NULL ? pbay_kind_parse(kind) : PB_KIND_CHAT;
    r->stream = json_object_get_boolean(json_object_object_get(value, "stream")) != 0;
    r->model = string_of(value, "model");
    if (r->model == NULL)
        r->model = g_strdup("");
    r->body = body != NULL ? text_of(body) : g_strdup("");
    return r->kind != 0 || refuse(error, "\"request\" has an unknown \"kind\"");
}

static void free_reply(gpointer data)
{
    PbayRecordedReply *reply = data;

    g_byte_array_unref(reply->bytes);
    g_array_unref(reply->pieces);
    g_free(reply);
}

static bool line_send(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    PbayRecordedReply *reply = g_new0(PbayRecordedReply, 1);

    (void)line, (void)error;
    reply->send = value;
    reply->bytes = g_byte_array_new();
    reply->pieces = g_array_new(FALSE, FALSE, sizeof(size_t));
    g_ptr_array_add(r->replies, reply);
    return true;
}

static bool line_head(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    PbayRecordedReply *reply = last_reply(r);

    (void)line;
    if (reply == NULL)
        return refuse(error, "\"head\" before any \"send\"");
    reply->status = json_object_get_int(json_object_object_get(value, "status"));
    reply->headers = json_object_object_get(value, "headers");
    return reply->status >= 100 || refuse(error, "\"head\" needs a \"status\"");
}

static bool add_piece(PbayRecording *r, const void *bytes, size_t len, GError **error)
{
    PbayRecordedReply *reply = last_reply(r);

    if (reply == NULL || reply->status == 0)
        return refuse(error, "bytes before any \"head\"");
    g_byte_array_append(reply->bytes, bytes, (guint)len);
    g_array_append_val(reply->pieces, len);
    return true;
}

static bool line_bytes(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    (void)line;
    return add_piece(r, json_object_get_string(value), (size_t)json_object_get_string_len(value),
                     error);
}

static bool line_base64(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    gsize len = 0;
    g_autofree guchar *bytes = g_base64_decode(json_object_get_string(value), &len);

    (void)line;
    return add_piece(r, bytes, len, error);
}

static bool line_end(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    (void)line, (void)value;
    return last_reply(r) != NULL || refuse(error, "\"end\" before any \"send\"");
}

static bool line_cut(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    PbayRecordedReply *reply = last_reply(r);

    (void)line, (void)value;
    if (reply == NULL)
        return refuse(error, "\"cut\" before any \"send\"");
    reply->cut = true;
    return true;
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

static bool line_outcome(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    (void)line;
    r->outcome = value;
    if (json_object_is_type(value, json_type_object))
        return true;
    return g_strcmp0(json_object_get_string(value), "done") == 0 ||
           refuse(error, "\"outcome\" is \"done\" or an object");
}

static bool line_answer(PbayRecording *r, json_object *line, json_object *value, GError **error)
{
    (void)line, (void)error;
    r->answer = value;
    return true;
}

static const struct {
    const char *member;
    LineFn read;
} line_kinds[] = {
    {"recording", line_recording},
    {"provider", line_provider},
    {"clock", line_clock},
    {"request", line_request},
    {"send", line_send},
    {"head", line_head},
    {"bytes", line_bytes},
    {"base64", line_base64},
    {"end", line_end},
    {"cut", line_cut},
    {"events", line_events},
    {"notes", line_notes},
    {"outcome", line_outcome},
    {"answer", line_answer},
};

static bool read_line(PbayRecording *r, const char *text, GError **error)
{
    json_object *line = json_tokener_parse(text);

    if (!json_object_is_type(line, json_type_object)) {
        json_object_put(line);
        return refuse(error, "the line is no JSON object");
    }
    g_ptr_array_add(r->lines, line);
    for (size_t i = 0; i < G_N_ELEMENTS(line_kinds); i++) {
        json_object *value = NULL;

        if (json_object_object_get_ex(line, line_kinds[i].member, &value))
            return line_kinds[i].read(r, line, value, error);
    }
    return refuse(error, "the line is none of: recording, provider, clock, request, send, head, "
                         "bytes, base64, end, cut, events, notes, outcome, answer");
}

static void free_line(gpointer line)
{
    json_object_put(line);
}

static PbayRecording *new_recording(const char *path)
{
    PbayRecording *r = g_new0(PbayRecording, 1);

    r->path = g_strdup(path);
    r->now_ms = INT64_C(1795343400000);
    r->seed = 1;
    r->replies = g_ptr_array_new_with_free_func(free_reply);
    r->lines = g_ptr_array_new_with_free_func(free_line);
    return r;
}

static bool is_complete(const PbayRecording *r, GError **error)
{
    if (r->driver == NULL || r->provider == NULL || r->body == NULL)
        return refuse(error, "a recording needs the lines recording, provider and request");
    return r->outcome != NULL || refuse(error, "a recording needs an \"outcome\"");
}

PbayRecording *pbay_recording_read(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(PbayRecording) r = new_recording(path);
    g_auto(GStrv) lines = NULL;
    GError *why = NULL;
    guint i;

    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    lines = g_strsplit(text, "\n", -1);
    for (i = 0; lines[i] != NULL; i++) {
        if (g_strstrip(lines[i])[0] != '\0' && !read_line(r, lines[i], &why))
            break;
    }
    if (why == NULL && is_complete(r, &why))
        return g_steal_pointer(&r);
    g_set_error(error, PBAY_ERROR, PB_ERR_INVALID, "%s:%u: %s", path, i + 1, why->message);
    g_error_free(why);
    return NULL;
}

void pbay_recording_free(PbayRecording *r)
{
    if (r == NULL)
        return;
    g_free(r->path);
    g_free(r->driver);
    g_free(r->source);
    g_free(r->about);
    g_free(r->provider);
    g_free(r->options);
    g_strfreev(r->secrets);
    g_free(r->model);
    g_free(r->body);
    g_ptr_array_unref(r->replies);
    g_ptr_array_unref(r->lines);
    g_free(r);
}
