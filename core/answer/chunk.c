/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the stream: writes each event as one chat.completion.chunk (or text_completion) the moment
 * it comes. It keeps no content, only which choices have begun and which tool calls had arguments.
 * On the worker's thread; framing as server-sent events is not its business. */
#include "answer/state.h"

#include "base/str.h"

/* Members that stand in every chunk once known; other top-level extras go out once. */
static const char *const lasting[] = {"service_tier", "system_fingerprint", NULL};

static void forget_passing(PbayAnswer *answer)
{
    guint known = 0;
    for (size_t i = 0; lasting[i] != NULL; i++)
        known += pbay_extras_has(&answer->top, lasting[i]) ? 1u : 0u;
    if (answer->top.members == NULL || answer->top.members->len == known)
        return;
    PbayExtras kept = {NULL};
    for (size_t i = 0; lasting[i] != NULL; i++) {
        g_autoptr(GString) value = g_string_new(NULL);
        PbayJsonWriter w;
        pbay_json_writer_init(&w, value);
        if (pbay_extras_write_value(&answer->top, &w, lasting[i]))
            pbay_extras_merge(&kept, pbay_str(lasting[i]), pbay_str_of(value), NULL);
    }
    pbay_extras_clear(&answer->top);
    answer->top = kept;
}

static void open_chunk(PbayAnswer *answer, PbayJsonWriter *w)
{
    bool chat = answer->spec.kind == PB_KIND_CHAT;
    if (answer->id == NULL)
        answer->id = pbay_answer_make_id(answer);
    if (answer->vendor_model == NULL)
        answer->vendor_model = g_strdup(answer->model);
    if (answer->created == 0)
        answer->created = answer->spec.created;
    g_string_truncate(answer->line, 0);
    pbay_json_writer_init(w, answer->line);
    pbay_json_open(w, true);
    pbay_answer_write_head(answer, chat ? "chat.completion.chunk" : "text_completion", w);
    pbay_extras_write(&answer->top, w, NULL);
    forget_passing(answer);
    pbay_json_key(w, PBAY_STR("choices"));
    pbay_json_open(w, false);
}

/* Up to and with the opening of `delta`. */
static void open_delta(PbayAnswer *answer, const pb_event *event, PbayJsonWriter *w)
{
    open_chunk(answer, w);
    pbay_json_open(w, true);
    pbay_json_member_int(w, "index", event->choice);
    pbay_json_key(w, PBAY_STR("delta"));
    pbay_json_open(w, true);
}

/* A chunk is one line, for whoever frames it: in JSON a line break is only ever white space. */
static void send_chunk(PbayAnswer *answer, PbayJsonWriter *w)
{
    pbay_json_close(w);
    g_strdelimit(answer->line->str, "\r\n", ' ');
    answer->spec.chunk(answer->spec.user, pbay_str_of(answer->line));
}

/* From behind `delta` or `text` on. extra: an EXTRA at the choice, or NULL. */
static void close_choice(PbayAnswer *answer, const pb_event *extra, const char *finish,
                         PbayJsonWriter *w)
{
    bool logprobs = extra != NULL && pbay_str_is(extra->name, "logprobs");
    pbay_json_key(w, PBAY_STR("logprobs"));
    if (logprobs)
        pbay_json_write_raw(w, extra->text);
    else
        pbay_json_write_null(w);
    if (extra != NULL && !logprobs) {
        pbay_json_key(w, extra->name);
        pbay_json_write_raw(w, extra->text);
    }
    pbay_json_key(w, PBAY_STR("finish_reason"));
    if (finish != NULL)
        pbay_json_write_str(w, pbay_str(finish));
    else
        pbay_json_write_null(w);
    pbay_json_close(w);
    pbay_json_close(w);
    if (answer->spec.include_usage) {
        pbay_json_key(w, PBAY_STR("usage"));
        pbay_json_write_null(w);
    }
    send_chunk(answer, w);
}

static void close_delta(PbayAnswer *answer, const pb_event *extra, const char *finish,
                        PbayJsonWriter *w)
{
    pbay_json_close(w);
    close_choice(answer, extra, finish, w);
}

static void write_role(PbayAnswer *answer, const pb_event *event, PbayChoice *choice)
{
    if (choice->started)
        return;
    choice->started = true;
    PbayJsonWriter w;
    open_delta(answer, event, &w);
    pbay_json_member_str(&w, "role", PBAY_STR("assistant"));
    pbay_json_member_str(&w, "content", PBAY_STR(""));
    close_delta(answer, NULL, NULL, &w);
}

static void write_member(PbayAnswer *answer, const pb_event *event, const char *member)
{
    PbayJsonWriter w;
    open_delta(answer, event, &w);
    pbay_json_member_str(&w, member, event->text);
    close_delta(answer, NULL, NULL, &w);
}

static void open_call(PbayAnswer *answer, const pb_event *event, PbayJsonWriter *w)
{
    open_delta(answer, event, w);
    pbay_json_key(w, PBAY_STR("tool_calls"));
    pbay_json_open(w, false);
    pbay_json_open(w, true);
    pbay_json_member_int(w, "index", event->index);
}

static void close_call(PbayAnswer *answer, PbayJsonWriter *w)
{
    pbay_json_close(w);
    pbay_json_close(w);
    close_delta(answer, NULL, NULL, w);
}

static void write_call_begin(PbayAnswer *answer, const pb_event *event, const PbayToolCall *call)
{
    const char *kind = call->custom ? "custom" : "function";
    PbayJsonWriter w;
    open_call(answer, event, &w);
    pbay_json_member_str(&w, "id", pbay_str(call->id));
    pbay_json_member_str(&w, "type", pbay_str(kind));
    pbay_json_key(&w, pbay_str(kind));
    pbay_json_open(&w, true);
    pbay_json_member_str(&w, "name", pbay_str(call->name));
    pbay_json_member_str(&w, call->custom ? "input" : "arguments", PBAY_STR(""));
    pbay_json_close(&w);
    close_call(answer, &w);
}

static void write_arguments(PbayAnswer *answer, const pb_event *event, bool custom, pb_str text)
{
    PbayJsonWriter w;
    open_call(answer, event, &w);
    pbay_json_key(&w, pbay_str(custom ? "custom" : "function"));
    pbay_json_open(&w, true);
    pbay_json_member_str(&w, custom ? "input" : "arguments", text);
    pbay_json_close(&w);
    close_call(answer, &w);
}

static void chunk_call(PbayAnswer *answer, const pb_event *event, PbayChoice *choice)
{
    guint had = choice->calls != NULL ? choice->calls->len : 0;
    PbayToolCall *call = pbay_answer_call(answer, event);
    if (event->index >= had)
        write_call_begin(answer, event, call);
    if (event->text.len == 0)
        return;
    call->has_arguments = true;
    write_arguments(answer, event, call->custom, event->text);
}

static void chunk_extra(PbayAnswer *answer, const pb_event *event)
{
    PbayJsonWriter w;
    if (event->at == PB_AT_TOOL_CALL) {
        open_call(answer, event, &w);
        pbay_json_key(&w, event->name);
        pbay_json_write_raw(&w, event->text);
        close_call(answer, &w);
        return;
    }
    open_delta(answer, event, &w);
    if (event->at == PB_AT_MESSAGE) {
        pbay_json_key(&w, event->name);
        pbay_json_write_raw(&w, event->text);
    }
    close_delta(answer, event->at == PB_AT_CHOICE ? event : NULL, NULL, &w);
}

/* What the choice's calls still lack. Its finish chunk waits for the end: only then is it known
 * that nothing failed, and what the driver says of the whole answer has a chunk to go out with. */
static void chunk_finish(PbayAnswer *answer, const pb_event *event, const PbayChoice *choice)
{
    for (guint i = 0; choice->calls != NULL && i < choice->calls->len; i++) {
        const PbayToolCall *call = choice->calls->pdata[i];
        pb_event end = *event;
        end.index = i;
        if (!call->has_arguments && !call->custom)
            write_arguments(answer, &end, false, PBAY_STR("{}"));
    }
}

static void open_text(PbayAnswer *answer, const pb_event *event, PbayJsonWriter *w)
{
    open_chunk(answer, w);
    pbay_json_open(w, true);
    pbay_json_member_str(w, "text", event->kind == PB_EV_TEXT ? event->text : pbay_str(NULL));
    pbay_json_member_int(w, "index", event->choice);
}

static void write_finish(PbayAnswer *answer, uint32_t number, PbayChoice *choice)
{
    pb_event event = {.size = sizeof event, .kind = PB_EV_FINISH, .choice = number};
    PbayJsonWriter w;
    if (answer->spec.kind == PB_KIND_CHAT) {
        write_role(answer, &event, choice);
        open_delta(answer, &event, &w);
        close_delta(answer, NULL, choice->finish, &w);
        return;
    }
    open_text(answer, &event, &w);
    close_choice(answer, NULL, choice->finish, &w);
}

static void chunk_chat(PbayAnswer *answer, const pb_event *event)
{
    PbayChoice *choice = pbay_answer_choice(answer, event->choice);
    bool content =
        event->kind == PB_EV_TEXT || event->kind == PB_EV_REASONING || event->kind == PB_EV_REFUSAL;
    if (content && event->text.len == 0)
        return;
    if (event->kind == PB_EV_FINISH) {
        chunk_finish(answer, event, choice);
        return;
    }
    write_role(answer, event, choice);
    switch (event->kind) {
    case PB_EV_TEXT:
        write_member(answer, event, "content");
        break;
    case PB_EV_REASONING:
        write_member(answer, event, "reasoning_content");
        break;
    case PB_EV_REFUSAL:
        write_member(answer, event, "refusal");
        break;
    case PB_EV_EXTRA:
        chunk_extra(answer, event);
        break;
    default:
        chunk_call(answer, event, choice);
        break;
    }
}

static void chunk_completion(PbayAnswer *answer, const pb_event *event)
{
    bool extra = event->kind == PB_EV_EXTRA;
    pbay_answer_choice(answer, event->choice);
    if (event->kind == PB_EV_FINISH || (!extra && event->text.len == 0))
        return;
    PbayJsonWriter w;
    open_text(answer, event, &w);
    close_choice(answer, extra ? event : NULL, NULL, &w);
}

void pbay_answer_chunk(PbayAnswer *answer, const pb_event *event)
{
    if (answer->spec.kind == PB_KIND_CHAT)
        chunk_chat(answer, event);
    else
        chunk_completion(answer, event);
}

void pbay_answer_last_chunks(PbayAnswer *answer)
{
    for (guint i = 0; i < answer->choices->len; i++)
        write_finish(answer, i, answer->choices->pdata[i]);
    if (!answer->spec.include_usage || !pbay_usage_known(&answer->usage, &answer->usage_extras))
        return;
    PbayJsonWriter w;
    open_chunk(answer, &w);
    pbay_json_close(&w);
    pbay_json_key(&w, PBAY_STR("usage"));
    pbay_usage_write(&answer->usage, &answer->usage_extras, answer->spec.kind, &w);
    send_chunk(answer, &w);
}
