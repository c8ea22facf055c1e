/* SPDX-License-Identifier: Apache-2.0 */
/* Owns one answer: checks each event by the grammar, keeps what every kind has (names, usage,
 * extras) and hands the rest to the fold, the chunks, or the file of its kind. On the worker's
 * thread; it never touches the network and decides nothing about retries. */
#include "answer/state.h"

#include "base/error.h"
#include "base/str.h"

static void call_free(void *data)
{
    PbayToolCall *call = data;
    g_free(call->id);
    g_free(call->name);
    if (call->arguments != NULL)
        g_string_free(call->arguments, TRUE);
    pbay_extras_clear(&call->extras);
    g_free(call);
}

static void string_free(GString *string)
{
    if (string != NULL)
        g_string_free(string, TRUE);
}

static void choice_free(void *data)
{
    PbayChoice *choice = data;
    if (choice == NULL)
        return;
    string_free(choice->text);
    string_free(choice->reasoning);
    string_free(choice->refusal);
    g_clear_pointer(&choice->calls, g_ptr_array_unref);
    pbay_extras_clear(&choice->message);
    pbay_extras_clear(&choice->choice);
    g_free(choice);
}

static void vector_clear(void *data)
{
    g_free(((PbayVector *)data)->values);
}

static void model_free(void *data)
{
    PbayModelRow *row = data;
    g_free(row->id);
    g_free(row->name);
    g_free(row->details);
    g_free(row);
}

PbayAnswer *pbay_answer_new(const PbayAnswerSpec *spec)
{
    PbayAnswer *answer = g_new0(PbayAnswer, 1);
    answer->spec = *spec;
    answer->model = pbay_str_dup(spec->model);
    answer->prefix = pbay_str_dup(spec->prefix);
    if (spec->random != NULL)
        g_strlcpy(answer->random, spec->random, sizeof answer->random);
    else
        pbay_answer_random(answer->random);
    answer->stream = spec->stream && spec->chunk != NULL &&
                     (spec->kind == PB_KIND_CHAT || spec->kind == PB_KIND_COMPLETION);
    answer->grammar = pbay_grammar_new(spec->kind, spec->inputs);
    answer->choices = g_ptr_array_new_with_free_func(choice_free);
    answer->vectors = g_array_new(FALSE, TRUE, sizeof(PbayVector));
    g_array_set_clear_func(answer->vectors, vector_clear);
    answer->models = g_ptr_array_new_with_free_func(model_free);
    answer->line = g_string_new(NULL);
    return answer;
}

void pbay_answer_free(PbayAnswer *answer)
{
    if (answer == NULL)
        return;
    pbay_grammar_free(answer->grammar);
    g_ptr_array_unref(answer->choices);
    g_array_unref(answer->vectors);
    g_ptr_array_unref(answer->models);
    pbay_extras_clear(&answer->top);
    pbay_extras_clear(&answer->usage_extras);
    string_free(answer->whole);
    string_free(answer->bytes);
    string_free(answer->line);
    g_free(answer->media_type);
    g_free(answer->id);
    g_free(answer->vendor_model);
    g_free(answer->model);
    g_free(answer->prefix);
    g_free(answer);
}

PbayChoice *pbay_answer_choice(PbayAnswer *answer, uint32_t number)
{
    if (number >= answer->choices->len)
        g_ptr_array_set_size(answer->choices, (gint)number + 1);
    if (answer->choices->pdata[number] == NULL)
        answer->choices->pdata[number] = g_new0(PbayChoice, 1);
    return answer->choices->pdata[number];
}

PbayToolCall *pbay_answer_call(PbayAnswer *answer, const pb_event *event)
{
    PbayChoice *choice = pbay_answer_choice(answer, event->choice);
    if (choice->calls == NULL)
        choice->calls = g_ptr_array_new_with_free_func(call_free);
    if (event->index < choice->calls->len)
        return choice->calls->pdata[event->index];
    PbayToolCall *call = g_new0(PbayToolCall, 1);
    call->name = pbay_str_dup(event->name);
    call->id = event->id.len != 0 ? pbay_str_dup(event->id)
                                  : pbay_answer_make_call_id(answer, event->choice, event->index);
    call->custom = event->kind == PB_EV_CUSTOM_CALL;
    g_ptr_array_add(choice->calls, call);
    return call;
}

/* ---- What every kind has ---- */

static void take_created(PbayAnswer *answer, pb_str text)
{
    g_autofree char *copy = pbay_str_dup(text);
    char *end = NULL;
    gint64 seconds = g_ascii_strtoll(copy, &end, 10);
    if (end != copy && (*end == '\0' || *end == '.') && seconds > 0 && answer->created == 0)
        answer->created = seconds;
}

/* The first of a name wins; in a stream what was already written stands. */
static bool take_meta(PbayAnswer *answer, const pb_event *event, GError **error)
{
    if (event->text.len == 0)
        return true;
    if (pbay_str_is(event->name, "id")) {
        answer->id = answer->id != NULL ? answer->id : pbay_str_dup(event->text);
        return true;
    }
    if (pbay_str_is(event->name, "model")) {
        answer->vendor_model =
            answer->vendor_model != NULL ? answer->vendor_model : pbay_str_dup(event->text);
        return true;
    }
    if (pbay_str_is(event->name, "created")) {
        take_created(answer, event->text);
        return true;
    }
    g_autofree char *name = pbay_str_dup(event->name);
    if (pbay_extras_has(&answer->top, name))
        return true;
    g_autoptr(GString) json = g_string_new(NULL);
    PbayJsonWriter w;
    pbay_json_writer_init(&w, json);
    pbay_json_write_str(&w, event->text);
    return pbay_extras_merge(&answer->top, event->name, pbay_str_of(json), error);
}

/* Where an EXTRA is folded to; NULL: it is written as a chunk at once. */
static PbayExtras *extra_place(PbayAnswer *answer, const pb_event *event)
{
    if (event->at == PB_AT_TOP)
        return &answer->top;
    if (event->at == PB_AT_USAGE)
        return &answer->usage_extras;
    if (answer->stream)
        return NULL;
    PbayChoice *choice = pbay_answer_choice(answer, event->choice);
    if (event->at == PB_AT_MESSAGE)
        return &choice->message;
    return event->at == PB_AT_CHOICE ? &choice->choice : &pbay_answer_call(answer, event)->extras;
}

static bool take_extra(PbayAnswer *answer, const pb_event *event, GError **error)
{
    PbayExtras *place = extra_place(answer, event);
    PbayExtras probe = {NULL};
    bool sound = pbay_extras_merge(place != NULL ? place : &probe, event->name, event->text, error);
    pbay_extras_clear(&probe);
    if (sound && place == NULL)
        pbay_answer_chunk(answer, event);
    return sound;
}

static const char *finish_of(const PbayChoice *choice, pb_str text)
{
    bool calls = choice->calls != NULL && choice->calls->len != 0;
    if (pbay_str_is(text, "length"))
        return "length";
    if (pbay_str_is(text, "content_filter"))
        return "content_filter";
    return calls || pbay_str_is(text, "tool_calls") ? "tool_calls" : "stop";
}

static void take_content(PbayAnswer *answer, const pb_event *event)
{
    if (event->kind != PB_EV_FINISH)
        answer->text_bytes += event->text.len;
    if (event->kind == PB_EV_FINISH) {
        PbayChoice *choice = pbay_answer_choice(answer, event->choice);
        choice->finish = finish_of(choice, event->text);
    }
    if (answer->stream)
        pbay_answer_chunk(answer, event);
    else
        pbay_answer_fold(answer, event);
}

/* ---- Events ---- */

static bool commits(const pb_event *event)
{
    switch (event->kind) {
    case PB_EV_USAGE:
    case PB_EV_META:
    case PB_EV_FINISH:
        return false;
    case PB_EV_EXTRA:
        return event->at == PB_AT_MESSAGE || event->at == PB_AT_TOOL_CALL;
    case PB_EV_TEXT:
    case PB_EV_REASONING:
    case PB_EV_REFUSAL:
    case PB_EV_BYTES:
        return event->text.len != 0;
    default:
        return true;
    }
}

/* Bytes that stay in memory because of an event. */
static size_t kept_of(const PbayAnswer *answer, const pb_event *event)
{
    bool content = event->kind == PB_EV_TEXT || event->kind == PB_EV_REASONING ||
                   event->kind == PB_EV_REFUSAL || event->kind == PB_EV_USAGE ||
                   event->kind == PB_EV_FINISH;
    if (event->kind == PB_EV_VECTOR)
        return event->vector_len * sizeof(float);
    if (answer->stream &&
        (content || event->kind == PB_EV_TOOL_CALL || event->kind == PB_EV_CUSTOM_CALL))
        return event->id.len + event->name.len;
    return event->text.len + event->id.len + event->name.len;
}

static bool keep(PbayAnswer *answer, const pb_event *event, GError **error)
{
    size_t more = kept_of(answer, event);
    if (more <= PBAY_ANSWER_MAX - answer->kept) {
        answer->kept += more;
        return true;
    }
    g_set_error(error, PBAY_ERROR, PB_ERR_PROTOCOL,
                "the provider's answer is larger than %u MiB; ask for less at a time",
                (unsigned)(PBAY_ANSWER_MAX >> 20));
    return false;
}

static bool take(PbayAnswer *answer, const pb_event *event, GError **error)
{
    switch (event->kind) {
    case PB_EV_USAGE:
        pbay_usage_take(&answer->usage, event);
        return true;
    case PB_EV_META:
        return take_meta(answer, event, error);
    case PB_EV_EXTRA:
        return take_extra(answer, event, error);
    case PB_EV_VECTOR:
        pbay_answer_add_vector(answer, event);
        return true;
    case PB_EV_MODEL:
        pbay_answer_add_model(answer, event);
        return true;
    case PB_EV_JSON:
    case PB_EV_BYTES:
        pbay_answer_add_whole(answer, event);
        return true;
    default:
        take_content(answer, event);
        return true;
    }
}

bool pbay_answer_event(PbayAnswer *answer, const pb_event *event, GError **error)
{
    if (pbay_grammar_event(answer->grammar, event, error) && keep(answer, event, error) &&
        take(answer, event, error)) {
        answer->committed = answer->committed || commits(event);
        return true;
    }
    answer->fault = "invalid_upstream_response";
    return false;
}

bool pbay_answer_complete(PbayAnswer *answer, GError **error)
{
    if (!pbay_grammar_complete(answer->grammar, error)) {
        answer->fault = pbay_grammar_truncated(answer->grammar) ? "stream_truncated"
                                                                : "invalid_upstream_response";
        return false;
    }
    if (answer->stream)
        pbay_answer_last_chunks(answer);
    answer->complete = true;
    return true;
}

/* ---- What came of it ---- */

static void write_count(const PbayAnswer *answer, PbayJsonWriter *w)
{
    pbay_json_open(w, true);
    pbay_json_member_int(w, "input_tokens", answer->usage.in);
    pbay_json_member_int(w, "prompt_tokens", answer->usage.in);
    pbay_json_close(w);
}

static void write_probe(PbayJsonWriter *w)
{
    pbay_json_open(w, true);
    pbay_json_member_bool(w, "ok", true);
    pbay_json_close(w);
}

bool pbay_answer_write(PbayAnswer *answer, GString *out)
{
    if (answer->stream || !answer->complete)
        return false;
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    switch (answer->spec.kind) {
    case PB_KIND_CHAT:
        pbay_answer_write_chat(answer, &w);
        break;
    case PB_KIND_COMPLETION:
        pbay_answer_write_completion(answer, &w);
        break;
    case PB_KIND_EMBEDDING:
        pbay_answer_write_embeddings(answer, &w);
        break;
    case PB_KIND_MODELS:
        pbay_answer_write_models(answer, &w);
        break;
    case PB_KIND_COUNT_TOKENS:
        write_count(answer, &w);
        break;
    case PB_KIND_PROBE:
        write_probe(&w);
        break;
    default:
        pbay_answer_write_whole(answer, out);
        break;
    }
    return pbay_json_writer_ok(&w);
}

pb_str pbay_answer_bytes(const PbayAnswer *answer, pb_str *media_type)
{
    if (media_type != NULL)
        *media_type = pbay_str(answer->media_type);
    return answer->bytes != NULL ? pbay_str_of(answer->bytes) : pbay_str(NULL);
}

bool pbay_answer_streams(const PbayAnswer *answer)
{
    return answer->stream;
}

bool pbay_answer_committed(const PbayAnswer *answer)
{
    return answer->committed;
}

size_t pbay_answer_text_bytes(const PbayAnswer *answer)
{
    return answer->text_bytes;
}

PbayUsage pbay_answer_usage(const PbayAnswer *answer)
{
    return answer->usage;
}

const char *pbay_answer_fault(const PbayAnswer *answer)
{
    return answer->fault;
}

PbayFailure *pbay_answer_failure(const PbayAnswer *answer, const GError *error)
{
    PbayFailure *failure = pbay_failure_from_gerror(error);
    pbay_failure_set_code(failure, answer->fault);
    return failure;
}
