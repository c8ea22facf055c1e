/* SPDX-License-Identifier: Apache-2.0 */
/* Reads recordings. Every line is one JSON object whose first member says what it is; a line, a
 * member or an order of lines that is not understood is an error, so that a typo cannot switch a
 * check off. Any thread. */
#include "check/recording.h"

#include "answer/tree.h"
#include "base/error.h"
#include "base/str.h"
#include "check/recording_lines.h"

#include <string.h>

#define FIRST_STAGE (-1)

typedef struct Reader {
    PbayRecording *recording;
    int stage; /* of the line before */
} Reader;

static void free_reply(gpointer data)
{
    PbayRecordedReply *reply = data;

    g_byte_array_unref(reply->bytes);
    g_array_unref(reply->pieces);
    g_free(reply);
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

static bool is_last_of_reply(int stage)
{
    return stage == PBAY_STAGE_END;
}

/* May a line of this stage follow? Forward always, within an exchange; bytes follow bytes, and
 * after the end of a reply the next request. */
static bool may_follow(int before, int stage)
{
    if (stage == PBAY_STAGE_BYTES)
        return before == PBAY_STAGE_HEAD || before == PBAY_STAGE_BYTES;
    if (stage == PBAY_STAGE_HEAD)
        return before == PBAY_STAGE_SEND;
    if (stage == PBAY_STAGE_END)
        return before >= PBAY_STAGE_SEND && before < PBAY_STAGE_END;
    if (stage == PBAY_STAGE_SEND)
        return before == PBAY_STAGE_REQUEST || is_last_of_reply(before);
    if (stage == PBAY_STAGE_EVENTS)
        return before == PBAY_STAGE_REQUEST || is_last_of_reply(before);
    if (stage == PBAY_STAGE_RECORDING)
        return before == FIRST_STAGE;
    return before < stage && (before < PBAY_STAGE_SEND) == (stage < PBAY_STAGE_SEND) &&
           before != FIRST_STAGE;
}

static bool read_line(Reader *reader, const char *text, GError **error)
{
    PbayRecording *r = reader->recording;
    const PbayLineKind *kind;
    json_object *line;

    if (!pbay_tree_parse(pbay_str(text), &line, error))
        return false;
    g_ptr_array_add(r->lines, line);
    kind = pbay_line_kind(line, error);
    if (kind == NULL)
        return false;
    if (!may_follow(reader->stage, kind->stage)) {
        g_set_error(error, PBAY_ERROR, PB_ERR_INVALID,
                    "\"%s\" may not stand here: a recording is recording, provider, clock (if it "
                    "matters), request; for each HTTP request send, head, bytes or base64, then "
                    "end or cut; then events, notes (if any), outcome, answer (if any)",
                    kind->member);
        return false;
    }
    reader->stage = kind->stage;
    return kind->read(r, line, json_object_object_get(line, kind->member), error);
}

static bool is_complete(const PbayRecording *r, GError **error)
{
    const char *missing = NULL;

    if (r->driver == NULL || r->provider == NULL || r->body == NULL)
        missing = "the lines \"recording\", \"provider\" and \"request\"";
    else if (r->events == NULL)
        missing = "\"events\" (an empty array where none may come)";
    else if (r->outcome == NULL)
        missing = "an \"outcome\"";
    if (missing != NULL)
        g_set_error(error, PBAY_ERROR, PB_ERR_INVALID, "the recording lacks %s", missing);
    return missing == NULL;
}

/* The text of the file; none may hold a NUL, which would hide what follows it. */
static char *read_text(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) why = NULL;
    size_t len = 0;

    if (!g_file_get_contents(path, &text, &len, &why))
        g_set_error(error, PBAY_ERROR, PB_ERR_INVALID, "%s: cannot be read: %s", path,
                    why->message);
    else if (strlen(text) != len)
        g_set_error(error, PBAY_ERROR, PB_ERR_INVALID,
                    "%s: holds a NUL byte; write it as \\u0000 or in base64", path);
    else
        return g_steal_pointer(&text);
    return NULL;
}

PbayRecording *pbay_recording_read(const char *path, GError **error)
{
    g_autofree char *text = read_text(path, error);
    g_autoptr(PbayRecording) r = new_recording(path);
    g_auto(GStrv) lines = NULL;
    g_autoptr(GError) why = NULL;
    Reader reader = {.recording = r, .stage = FIRST_STAGE};
    guint last = 1;

    if (text == NULL)
        return NULL;
    lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL && why == NULL; i++) {
        if (g_strstrip(lines[i])[0] == '\0')
            continue;
        last = i + 1;
        if (!read_line(&reader, lines[i], &why))
            break;
    }
    if (why == NULL && is_complete(r, &why))
        return g_steal_pointer(&r);
    g_set_error(error, PBAY_ERROR, PB_ERR_INVALID, "%s:%u: %s", path, last, why->message);
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
