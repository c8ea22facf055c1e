/* SPDX-License-Identifier: Apache-2.0 */
/* Turns what an exchange tells into a result that can be judged, and holds it against the
 * grammar of events as a call does. Belongs to the thread of the exchange; it never touches the
 * exchange itself. */
#include "check/collect.h"

#include "answer/event_json.h"
#include "answer/tree.h"
#include "base/str.h"

#include <string.h>

#define RANDOM_IDS "0123456789abcdefghijklmn"

static void on_event(void *user, const pb_event *event)
{
    PbayCollector *collector = user;

    pbay_event_json_append(collector->result->events, event);
    if (collector->grammar == NULL)
        pbay_answer_event(collector->answer, event, &collector->grammar);
}

static json_object *string_of(pb_str s)
{
    return json_object_new_string_len(s.len != 0 ? s.ptr : "", (int)s.len);
}

static void on_note(void *user, int32_t note, pb_str param, pb_str why)
{
    PbayCollector *collector = user;
    json_object *object = json_object_new_object();

    json_object_object_add(object, "note", json_object_new_string(pbay_note_name(note)));
    json_object_object_add(object, "param", string_of(param));
    json_object_object_add(object, "why", string_of(why));
    json_object_array_add(collector->result->notes, object);
}

static void on_done(void *user, const PbayFailure *failure)
{
    PbayCollector *collector = user;
    PbayReplayResult *result = collector->result;

    if (++result->ends != 1)
        return;
    if (failure == NULL && collector->grammar == NULL)
        pbay_answer_complete(collector->answer, &collector->grammar);
    if (failure != NULL)
        result->failure = pbay_failure_ref((PbayFailure *)failure);
    else if (collector->grammar != NULL)
        result->failure = pbay_answer_failure(collector->answer, collector->grammar);
}

const PbayExchangeEvents pbay_collect_events = {
    .on_event = on_event, .on_note = on_note, .done = on_done};

/* n asked for, as the request says it. */
static unsigned choices_of(const PbayRecording *recording)
{
    json_object *body = NULL;
    int n;

    pbay_tree_parse(pbay_str(recording->body), &body, NULL);
    n = json_object_get_int(json_object_object_get(body, "n"));
    json_object_put(body);
    return n > 0 ? (unsigned)n : 1;
}

void pbay_collect_begin(PbayCollector *collector, const PbayRecording *recording,
                        PbayReplayResult *result)
{
    const PbayAnswerSpec spec = {.kind = recording->kind,
                                 .choices = choices_of(recording),
                                 .model = pbay_str(recording->model),
                                 .created = recording->now_ms / 1000,
                                 .random = RANDOM_IDS};

    *result = (PbayReplayResult){.events = json_object_new_array(),
                                 .notes = json_object_new_array(),
                                 .mistakes = g_ptr_array_new_with_free_func(g_free)};
    *collector = (PbayCollector){.result = result, .answer = pbay_answer_new(&spec)};
}

void pbay_collect_end(PbayCollector *collector)
{
    PbayReplayResult *result = collector->result;
    g_autoptr(GString) text = g_string_new(NULL);

    if (result->failure == NULL && result->ends != 0 &&
        pbay_answer_write(collector->answer, text) && text->len != 0)
        pbay_tree_parse(pbay_str_of(text), &result->answer, NULL);
    pbay_answer_free(collector->answer);
    g_clear_error(&collector->grammar);
    *collector = (PbayCollector){0};
}

void pbay_replay_result_clear(PbayReplayResult *result)
{
    json_object_put(result->events);
    json_object_put(result->notes);
    json_object_put(result->answer);
    pbay_failure_unref(result->failure);
    g_clear_pointer(&result->mistakes, g_ptr_array_unref);
    memset(result, 0, sizeof *result);
}
