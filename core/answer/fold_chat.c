/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the fold of a choice's events into one message, and the finished chat.completion. The same
 * fold serves legacy completions, which have text alone. On the worker's thread; it never checks:
 * the grammar did. */
#include "answer/state.h"

#include "base/str.h"
#include "base/text.h"

static void append(GString **to, pb_str text)
{
    if (*to == NULL)
        *to = g_string_new(NULL);
    pbay_text_append_utf8(*to, text);
}

static void fold_call(PbayAnswer *answer, const pb_event *event)
{
    PbayToolCall *call = pbay_answer_call(answer, event);
    if (event->text.len == 0)
        return;
    call->has_arguments = true;
    append(&call->arguments, event->text);
}

void pbay_answer_fold(PbayAnswer *answer, const pb_event *event)
{
    PbayChoice *choice = pbay_answer_choice(answer, event->choice);
    switch (event->kind) {
    case PB_EV_TEXT:
        choice->has_text = true;
        append(&choice->text, event->text);
        break;
    case PB_EV_REASONING:
        append(&choice->reasoning, event->text);
        break;
    case PB_EV_REFUSAL:
        append(&choice->refusal, event->text);
        break;
    case PB_EV_TOOL_CALL:
    case PB_EV_CUSTOM_CALL:
        fold_call(answer, event);
        break;
    default:
        break;
    }
}

static bool has(const GString *s)
{
    return s != NULL && s->len != 0;
}

static void write_or_null(PbayJsonWriter *w, const char *key, const GString *s, bool present)
{
    pbay_json_key(w, pbay_str(key));
    if (present)
        pbay_json_write_str(w, s != NULL ? pbay_str_of(s) : pbay_str(NULL));
    else
        pbay_json_write_null(w);
}

static void write_call(const PbayToolCall *call, PbayJsonWriter *w)
{
    const char *kind = call->custom ? "custom" : "function";
    pb_str given = call->arguments != NULL ? pbay_str_of(call->arguments) : pbay_str(NULL);
    pbay_json_open(w, true);
    pbay_json_member_str(w, "id", pbay_str(call->id));
    pbay_json_member_str(w, "type", pbay_str(kind));
    pbay_json_key(w, pbay_str(kind));
    pbay_json_open(w, true);
    pbay_json_member_str(w, "name", pbay_str(call->name));
    if (call->custom)
        pbay_json_member_str(w, "input", given);
    else
        pbay_json_member_str(w, "arguments", call->has_arguments ? given : PBAY_STR("{}"));
    pbay_json_close(w);
    pbay_extras_write(&call->extras, w, NULL);
    pbay_json_close(w);
}

static void write_message(const PbayChoice *choice, PbayJsonWriter *w)
{
    bool calls = choice->calls != NULL && choice->calls->len != 0;
    bool refused = has(choice->refusal);
    pbay_json_open(w, true);
    pbay_json_member_str(w, "role", PBAY_STR("assistant"));
    write_or_null(w, "content", choice->text,
                  has(choice->text) || (choice->has_text && !calls && !refused));
    write_or_null(w, "refusal", choice->refusal, refused);
    if (has(choice->reasoning))
        pbay_json_member_str(w, "reasoning_content", pbay_str_of(choice->reasoning));
    if (calls) {
        pbay_json_key(w, PBAY_STR("tool_calls"));
        pbay_json_open(w, false);
        for (guint i = 0; i < choice->calls->len; i++)
            write_call(choice->calls->pdata[i], w);
        pbay_json_close(w);
    }
    pbay_extras_write(&choice->message, w, NULL);
    pbay_json_close(w);
}

void pbay_answer_write_choice_end(const PbayChoice *choice, PbayJsonWriter *w)
{
    static const char *const written[] = {"logprobs", NULL};
    pbay_json_key(w, PBAY_STR("logprobs"));
    if (!pbay_extras_write_value(&choice->choice, w, "logprobs"))
        pbay_json_write_null(w);
    pbay_extras_write(&choice->choice, w, written);
    pbay_json_member_str(w, "finish_reason", pbay_str(choice->finish));
}

static void write_choice(const PbayChoice *choice, guint number, PbayJsonWriter *w)
{
    pbay_json_open(w, true);
    pbay_json_member_int(w, "index", number);
    pbay_json_key(w, PBAY_STR("message"));
    write_message(choice, w);
    pbay_answer_write_choice_end(choice, w);
    pbay_json_close(w);
}

void pbay_answer_write_tail(PbayAnswer *answer, PbayJsonWriter *w)
{
    if (pbay_usage_known(&answer->usage, &answer->usage_extras)) {
        pbay_json_key(w, PBAY_STR("usage"));
        pbay_usage_write(&answer->usage, &answer->usage_extras, answer->spec.kind, w);
    }
    pbay_extras_write(&answer->top, w, NULL);
}

void pbay_answer_write_chat(PbayAnswer *answer, PbayJsonWriter *w)
{
    pbay_json_open(w, true);
    pbay_answer_write_head(answer, "chat.completion", w);
    pbay_json_key(w, PBAY_STR("choices"));
    pbay_json_open(w, false);
    for (guint i = 0; i < answer->choices->len; i++)
        write_choice(answer->choices->pdata[i], i, w);
    pbay_json_close(w);
    pbay_answer_write_tail(answer, w);
    pbay_json_close(w);
}
