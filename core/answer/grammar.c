/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the stream grammar: one table of rules, each with the events it looks at, what breaks it and
 * the sentence that says so; and what must be there in the end. On the worker's thread. It stores
 * what the rules need (who was seen, who finished, names of tool calls) and no content. */
#include "answer/grammar.h"

#include "base/error.h"
#include "base/str.h"
#include "json/reader.h"

#include <math.h>

typedef struct Call {
    char *name;
    int32_t kind; /* PB_EV_TOOL_CALL or PB_EV_CUSTOM_CALL */
} Call;

typedef struct Choice {
    bool seen, finished;
    GArray *calls; /* Call */
} Choice;

struct PbayGrammar {
    int32_t kind;
    size_t inputs;
    GArray *choices;     /* Choice, by number */
    GByteArray *vectors; /* 1: has come       */
    PbayArena *arena;    /* for looking at JSON; empty between events */
    unsigned models;
    bool json, bytes, counted;
};

typedef struct Rule {
    uint32_t events; /* bits of PB_EV_* */
    bool (*broken)(PbayGrammar *grammar, const pb_event *event);
    const char *says;
} Rule;

#define BIT(kind) (1u << (kind))

enum {
    CALLS = BIT(PB_EV_TOOL_CALL) | BIT(PB_EV_CUSTOM_CALL),
    CONTENT = BIT(PB_EV_TEXT) | BIT(PB_EV_REASONING) | BIT(PB_EV_REFUSAL) | CALLS,
    SIDE = BIT(PB_EV_META) | BIT(PB_EV_USAGE) | BIT(PB_EV_EXTRA),
    EVERY = ~0
};

static void call_clear(void *data)
{
    g_free(((Call *)data)->name);
}

static void choice_clear(void *data)
{
    g_clear_pointer(&((Choice *)data)->calls, g_array_unref);
}

static Choice *choice_at(const PbayGrammar *grammar, uint32_t number)
{
    return number < grammar->choices->len ? &g_array_index(grammar->choices, Choice, number) : NULL;
}

static Call *call_at(const PbayGrammar *grammar, const pb_event *event)
{
    const Choice *choice = choice_at(grammar, event->choice);
    if (choice == NULL || choice->calls == NULL || event->index >= choice->calls->len)
        return NULL;
    return &g_array_index(choice->calls, Call, event->index);
}

static bool of_choice(const pb_event *event)
{
    if (event->kind == PB_EV_EXTRA)
        return event->at == PB_AT_MESSAGE || event->at == PB_AT_CHOICE ||
               event->at == PB_AT_TOOL_CALL;
    return ((CONTENT | BIT(PB_EV_FINISH)) & BIT(event->kind)) != 0;
}

/* ---- What breaks a rule ---- */

static uint32_t allowed(int32_t kind)
{
    switch (kind) {
    case PB_KIND_CHAT:
        return CONTENT | BIT(PB_EV_FINISH) | SIDE;
    case PB_KIND_COMPLETION:
        return BIT(PB_EV_TEXT) | BIT(PB_EV_FINISH) | SIDE;
    case PB_KIND_EMBEDDING:
        return BIT(PB_EV_VECTOR) | SIDE;
    case PB_KIND_IMAGE:
    case PB_KIND_RERANK:
    case PB_KIND_MODERATION:
    case PB_KIND_TRANSCRIPTION:
        return BIT(PB_EV_JSON) | BIT(PB_EV_BYTES) | SIDE;
    case PB_KIND_SPEECH:
        return BIT(PB_EV_BYTES) | SIDE;
    case PB_KIND_MODELS:
        return BIT(PB_EV_MODEL) | BIT(PB_EV_META) | BIT(PB_EV_USAGE);
    default:
        return BIT(PB_EV_META) | BIT(PB_EV_USAGE);
    }
}

static bool is_unknown(PbayGrammar *grammar, const pb_event *event)
{
    (void)grammar;
    return event->kind < PB_EV_TEXT || event->kind > PB_EV_CUSTOM_CALL;
}

static bool is_misplaced(PbayGrammar *grammar, const pb_event *event)
{
    return (allowed(grammar->kind) & BIT(event->kind)) == 0;
}

static bool is_choice_too_large(PbayGrammar *grammar, const pb_event *event)
{
    (void)grammar;
    return of_choice(event) && event->choice >= PBAY_CHOICES_MAX;
}

static bool is_after_finish(PbayGrammar *grammar, const pb_event *event)
{
    const Choice *choice = choice_at(grammar, event->choice);
    return of_choice(event) && choice != NULL && choice->finished;
}

static bool is_finish_unknown(PbayGrammar *grammar, const pb_event *event)
{
    static const char *const known[] = {"stop", "length", "content_filter", "tool_calls"};
    size_t n = grammar->kind == PB_KIND_CHAT ? 4 : 3;
    for (size_t i = 0; i < n; i++)
        if (pbay_str_is(event->text, known[i]))
            return false;
    return true;
}

static bool is_call_gap(PbayGrammar *grammar, const pb_event *event)
{
    const Choice *choice = choice_at(grammar, event->choice);
    guint calls = choice != NULL && choice->calls != NULL ? choice->calls->len : 0;
    return event->index > calls;
}

static bool is_call_too_many(PbayGrammar *grammar, const pb_event *event)
{
    (void)grammar;
    return event->index >= PBAY_CALLS_MAX;
}

static bool is_call_nameless(PbayGrammar *grammar, const pb_event *event)
{
    return call_at(grammar, event) == NULL && event->name.len == 0;
}

static bool is_call_of_other_kind(PbayGrammar *grammar, const pb_event *event)
{
    const Call *call = call_at(grammar, event);
    return call != NULL && call->kind != event->kind;
}

static bool is_call_renamed(PbayGrammar *grammar, const pb_event *event)
{
    const Call *call = call_at(grammar, event);
    return call != NULL && event->name.len != 0 && !pbay_str_is(event->name, call->name);
}

static bool is_place_unknown(PbayGrammar *grammar, const pb_event *event)
{
    switch (grammar->kind) {
    case PB_KIND_CHAT:
        return event->at < PB_AT_MESSAGE || event->at > PB_AT_TOP;
    case PB_KIND_COMPLETION:
        return event->at != PB_AT_CHOICE && event->at != PB_AT_USAGE && event->at != PB_AT_TOP;
    default:
        return event->at != PB_AT_USAGE && event->at != PB_AT_TOP;
    }
}

static bool is_extra_without_call(PbayGrammar *grammar, const pb_event *event)
{
    return event->at == PB_AT_TOOL_CALL && call_at(grammar, event) == NULL;
}

static bool in_list(pb_str name, const char *const *list)
{
    for (; *list != NULL; list++)
        if (pbay_str_is(name, *list))
            return true;
    return false;
}

static bool is_extra_reserved(PbayGrammar *grammar, const pb_event *event)
{
    static const char *const reserved[][8] = {
        [PB_AT_MESSAGE] = {"role", "content", "refusal", "reasoning_content", "tool_calls", NULL},
        [PB_AT_CHOICE] = {"index", "message", "delta", "text", "finish_reason", NULL},
        [PB_AT_TOOL_CALL] = {"index", "id", "type", "function", "custom", NULL},
        [PB_AT_USAGE] = {"prompt_tokens", "completion_tokens", "total_tokens", NULL},
        [PB_AT_TOP] = {"id", "object", "created", "model", "choices", "data", "usage", NULL}};
    (void)grammar;
    return in_list(event->name, reserved[event->at]);
}

static bool is_nameless(PbayGrammar *grammar, const pb_event *event)
{
    (void)grammar;
    return event->name.len == 0;
}

static int32_t json_type_of(PbayGrammar *grammar, pb_str text)
{
    const pb_json *value = pbay_json_parse(grammar->arena, text, NULL, 0, NULL);
    int32_t type = value != NULL ? pbay_json_type(value) : -1;
    pbay_arena_reset(grammar->arena);
    return type;
}

static bool is_no_object(PbayGrammar *grammar, const pb_event *event)
{
    return json_type_of(grammar, event->text) != PB_JSON_OBJECT;
}

static bool is_no_object_or_empty(PbayGrammar *grammar, const pb_event *event)
{
    return event->text.len != 0 && is_no_object(grammar, event);
}

static bool is_meta_reserved(PbayGrammar *grammar, const pb_event *event)
{
    static const char *const reserved[] = {"object", "choices", "data", "usage", NULL};
    (void)grammar;
    return in_list(event->name, reserved);
}

static bool is_negative(PbayGrammar *grammar, const pb_event *event)
{
    (void)grammar;
    return ((event->known & PB_USAGE_IN) && event->tokens_in < 0) ||
           ((event->known & PB_USAGE_OUT) && event->tokens_out < 0) ||
           ((event->known & PB_USAGE_CACHED) && event->tokens_cached < 0) ||
           ((event->known & PB_USAGE_WRITE) && event->tokens_cache_write < 0) ||
           ((event->known & PB_USAGE_REASON) && event->tokens_reasoning < 0);
}

static bool is_vector_out_of_range(PbayGrammar *grammar, const pb_event *event)
{
    return event->index >= PBAY_VECTORS_MAX ||
           (grammar->inputs != 0 && event->index >= grammar->inputs);
}

static bool is_vector_twice(PbayGrammar *grammar, const pb_event *event)
{
    return event->index < grammar->vectors->len && grammar->vectors->data[event->index] != 0;
}

static bool is_vector_size_wrong(PbayGrammar *grammar, const pb_event *event)
{
    (void)grammar;
    return event->vector == NULL || event->vector_len == 0 ||
           event->vector_len > PBAY_DIMENSIONS_MAX;
}

static bool is_not_finite(PbayGrammar *grammar, const pb_event *event)
{
    (void)grammar;
    for (size_t i = 0; i < event->vector_len; i++)
        if (!isfinite(event->vector[i]))
            return true;
    return false;
}

static bool is_second_whole(PbayGrammar *grammar, const pb_event *event)
{
    return grammar->json || (event->kind == PB_EV_JSON && grammar->bytes);
}

static bool is_model_nameless(PbayGrammar *grammar, const pb_event *event)
{
    (void)grammar;
    return event->id.len == 0;
}

static bool is_model_too_many(PbayGrammar *grammar, const pb_event *event)
{
    (void)event;
    return grammar->models >= PBAY_MODELS_MAX;
}

/* Checked from top to bottom; a rule may rely on those above it. */
static const Rule rules[] = {
    {(uint32_t)EVERY, is_misplaced, "an event that an answer of this kind cannot have"},
    {BIT(PB_EV_EXTRA), is_nameless, "an EXTRA without a name"},
    {BIT(PB_EV_EXTRA), is_place_unknown, "an EXTRA at a place that this answer does not have"},
    {(uint32_t)EVERY, is_choice_too_large, "a choice number of 128 or more"},
    {BIT(PB_EV_FINISH), is_after_finish, "a second FINISH for one choice"},
    {(uint32_t)EVERY, is_after_finish, "an event after the FINISH of its choice"},
    {BIT(PB_EV_FINISH), is_finish_unknown,
     "a FINISH whose text is none of stop, length, content_filter and, for chat, tool_calls"},
    {CALLS, is_call_gap, "a tool call index that leaves out a number"},
    {CALLS, is_call_too_many, "more than 1024 tool calls"},
    {CALLS, is_call_nameless, "the first event of a tool call without the tool's name"},
    {CALLS, is_call_of_other_kind, "a tool call that changed between function and custom"},
    {CALLS, is_call_renamed, "a tool call that changed its name: two calls share an index"},
    {BIT(PB_EV_EXTRA), is_extra_without_call, "an EXTRA for a tool call that has not begun"},
    {BIT(PB_EV_EXTRA), is_extra_reserved, "an EXTRA in place of a canonical member"},
    {BIT(PB_EV_META), is_nameless, "a META without a name"},
    {BIT(PB_EV_META), is_meta_reserved, "a META in place of a canonical member"},
    {BIT(PB_EV_USAGE), is_negative, "a negative number of tokens"},
    {BIT(PB_EV_VECTOR), is_vector_out_of_range, "an embedding for an input that was not given"},
    {BIT(PB_EV_VECTOR), is_vector_twice, "a second embedding for one input"},
    {BIT(PB_EV_VECTOR), is_vector_size_wrong, "an embedding of no or more than 65536 numbers"},
    {BIT(PB_EV_VECTOR), is_not_finite, "an embedding with a number that is not finite"},
    {BIT(PB_EV_JSON) | BIT(PB_EV_BYTES), is_second_whole, "a second whole answer"},
    {BIT(PB_EV_JSON), is_no_object, "a whole answer that is not a JSON object"},
    {BIT(PB_EV_MODEL), is_model_nameless, "a listed model without an id"},
    {BIT(PB_EV_MODEL), is_no_object_or_empty, "model details that are not a JSON object"},
    {BIT(PB_EV_MODEL), is_model_too_many, "more than 65536 models"},
};

/* ---- Keeping track ---- */

static void remember_choice(PbayGrammar *grammar, const pb_event *event)
{
    if (event->choice >= grammar->choices->len)
        g_array_set_size(grammar->choices, event->choice + 1);
    Choice *choice = choice_at(grammar, event->choice);
    choice->seen = true;
    if (event->kind == PB_EV_FINISH)
        choice->finished = true;
    if ((CALLS & BIT(event->kind)) == 0)
        return;
    if (choice->calls == NULL) {
        choice->calls = g_array_new(FALSE, TRUE, sizeof(Call));
        g_array_set_clear_func(choice->calls, call_clear);
    }
    if (event->index == choice->calls->len) {
        Call call = {pbay_str_dup(event->name), event->kind};
        g_array_append_val(choice->calls, call);
    }
}

static void remember_vector(PbayGrammar *grammar, const pb_event *event)
{
    guint had = grammar->vectors->len;
    if (event->index >= had) {
        g_byte_array_set_size(grammar->vectors, event->index + 1);
        memset(grammar->vectors->data + had, 0, grammar->vectors->len - had);
    }
    grammar->vectors->data[event->index] = 1;
}

static void remember(PbayGrammar *grammar, const pb_event *event)
{
    if (of_choice(event))
        remember_choice(grammar, event);
    else if (event->kind == PB_EV_VECTOR)
        remember_vector(grammar, event);
    else if (event->kind == PB_EV_JSON)
        grammar->json = true;
    else if (event->kind == PB_EV_BYTES)
        grammar->bytes = true;
    else if (event->kind == PB_EV_MODEL)
        grammar->models++;
    else if (event->kind == PB_EV_USAGE && (event->known & PB_USAGE_IN) != 0)
        grammar->counted = true;
}

PbayGrammar *pbay_grammar_new(int32_t kind, size_t inputs)
{
    PbayGrammar *grammar = g_new0(PbayGrammar, 1);
    grammar->kind = kind;
    grammar->inputs = inputs;
    grammar->choices = g_array_new(FALSE, TRUE, sizeof(Choice));
    g_array_set_clear_func(grammar->choices, choice_clear);
    grammar->vectors = g_byte_array_new();
    grammar->arena = pbay_arena_new(0);
    return grammar;
}

void pbay_grammar_free(PbayGrammar *grammar)
{
    if (grammar == NULL)
        return;
    g_array_unref(grammar->choices);
    g_byte_array_unref(grammar->vectors);
    pbay_arena_free(grammar->arena);
    g_free(grammar);
}

bool pbay_grammar_event(PbayGrammar *grammar, const pb_event *event, GError **error)
{
    if (is_unknown(grammar, event)) {
        g_set_error(error, PBAY_ERROR, PB_ERR_PROTOCOL,
                    "the driver gave an event of kind %d, which this version of Patchbay does not "
                    "know; update Patchbay or use an older driver",
                    (int)event->kind);
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        if ((rules[i].events & BIT(event->kind)) == 0 || !rules[i].broken(grammar, event))
            continue;
        g_set_error(error, PBAY_ERROR, PB_ERR_PROTOCOL,
                    "the provider's answer cannot be used: %s (choice %u, index %u). The vendor "
                    "answered in a way its driver does not understand, or the driver has a defect",
                    rules[i].says, event->choice, event->index);
        return false;
    }
    remember(grammar, event);
    return true;
}

/* ---- The end ---- */

static bool refuse(GError **error, const char *why)
{
    g_set_error(error, PBAY_ERROR, PB_ERR_PROTOCOL, "the provider's answer is incomplete: %s", why);
    return false;
}

static bool choices_complete(const PbayGrammar *grammar, GError **error)
{
    if (grammar->choices->len == 0)
        return refuse(error, "it ended before any content or finish reason came");
    for (guint i = 0; i < grammar->choices->len; i++) {
        if (choice_at(grammar, i)->finished)
            continue;
        g_autofree char *why =
            choice_at(grammar, i)->seen
                ? g_strdup_printf("it ended before choice %u had its finish reason", i)
                : g_strdup_printf("choice %u never came", i);
        return refuse(error, why);
    }
    return true;
}

static bool vectors_complete(const PbayGrammar *grammar, GError **error)
{
    size_t expected = MAX(grammar->inputs, grammar->vectors->len);
    if (expected == 0)
        return refuse(error, "there is no embedding in it");
    for (size_t i = 0; i < expected; i++) {
        if (i < grammar->vectors->len && grammar->vectors->data[i] != 0)
            continue;
        g_autofree char *why = g_strdup_printf(
            "input %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " has no embedding", i + 1, expected);
        return refuse(error, why);
    }
    return true;
}

bool pbay_grammar_truncated(const PbayGrammar *grammar)
{
    return grammar->kind == PB_KIND_CHAT || grammar->kind == PB_KIND_COMPLETION;
}

bool pbay_grammar_complete(const PbayGrammar *grammar, GError **error)
{
    switch (grammar->kind) {
    case PB_KIND_CHAT:
    case PB_KIND_COMPLETION:
        return choices_complete(grammar, error);
    case PB_KIND_EMBEDDING:
        return vectors_complete(grammar, error);
    case PB_KIND_COUNT_TOKENS:
        return grammar->counted || refuse(error, "the number of tokens is missing");
    case PB_KIND_SPEECH:
        return grammar->bytes || refuse(error, "there is no audio in it");
    case PB_KIND_IMAGE:
    case PB_KIND_RERANK:
    case PB_KIND_MODERATION:
    case PB_KIND_TRANSCRIPTION:
        return grammar->json || grammar->bytes || refuse(error, "it is empty");
    default:
        return true;
    }
}

unsigned pbay_grammar_choices(const PbayGrammar *grammar)
{
    return grammar->choices->len;
}
