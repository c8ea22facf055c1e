/* SPDX-License-Identifier: MIT */
/* Owns the numbering of tool calls. It follows the brackets of the arguments only as far as it
 * takes to know that a call is complete; it never parses them. */
#include "lib/tool_calls.h"

#include "lib/str.h"

/* What one entry says. */
typedef struct Entry {
    pb_str id, name, text;
    int64_t index;
    int32_t kind;
} Entry;

static pb_str argument_text(const pbs_ctx *ctx, const pb_json *value)
{
    int32_t type = ctx->api->json_type(value);
    if (type == PB_JSON_OBJECT || type == PB_JSON_ARRAY)
        return ctx->api->json_text(value);
    return ctx->api->json_str(value);
}

/* "null" and "0" are what some servers send for an id they do not have. */
static pb_str usable_id(pb_str id)
{
    bool none = pbs_is(id, "null") || pbs_is(id, "0") || id.len > PBS_CALL_ID_MAX;
    return none ? (pb_str){NULL, 0} : id;
}

static Entry read_entry(const pbs_ctx *ctx, const pb_json *json)
{
    const pb_core_api *api = ctx->api;
    const pb_json *custom = api->json_get(json, PBS_STR("custom"));
    const pb_json *function = api->json_get(json, PBS_STR("function"));
    bool is_custom = api->json_type(custom) == PB_JSON_OBJECT;
    const pb_json *body = is_custom ? custom : function != NULL ? function : json;
    const pb_json *text = api->json_get(body, is_custom ? PBS_STR("input") : PBS_STR("arguments"));
    return (Entry){.id = usable_id(api->json_str(api->json_get(json, PBS_STR("id")))),
                   .name = api->json_str(api->json_get(body, PBS_STR("name"))),
                   .text = argument_text(ctx, text),
                   .index = api->json_int(api->json_get(json, PBS_STR("index")), -1),
                   .kind = is_custom ? PB_EV_CUSTOM_CALL : PB_EV_TOOL_CALL};
}

static bool has_id(const pbs_call *call, pb_str id)
{
    return pbs_eq((pb_str){call->id, call->id_len}, id);
}

static pbs_call *find_id(const pbs_calls *calls, uint32_t choice, pb_str id)
{
    for (size_t i = calls->n; id.len > 0 && i > 0; i--)
        if (calls->items[i - 1].choice == choice && has_id(&calls->items[i - 1], id))
            return &calls->items[i - 1];
    return NULL;
}

/* The latest call of the choice, with that vendor's index unless it is -1. */
static pbs_call *find_latest(const pbs_calls *calls, uint32_t choice, int64_t index)
{
    for (size_t i = calls->n; i > 0; i--) {
        pbs_call *call = &calls->items[i - 1];
        if (call->choice == choice && (index < 0 || call->index == index))
            return call;
    }
    return NULL;
}

/* The call a fragment belongs to, or NULL: it begins a new one. Behind complete arguments another
 * name begins a call; the same name alone may be an echo, so that what follows decides. */
static pbs_call *find_call(const pbs_calls *calls, uint32_t choice, Entry *entry)
{
    pbs_call *known = find_id(calls, choice, entry->id);
    if (entry->index < 0 && entry->id.len > 0)
        return known != NULL && !(known->closed && entry->name.len > 0) ? known : NULL;
    pbs_call *latest = find_latest(calls, choice, entry->index);
    if (latest != NULL && latest->again && entry->name.len == 0 && entry->text.len > 0) {
        entry->name = latest->name;
        return NULL;
    }
    if (latest == NULL || entry->name.len == 0)
        return latest;
    bool other_id = entry->id.len > 0 && latest->id_len > 0 && !has_id(latest, entry->id);
    bool other = entry->text.len > 0 || !pbs_eq(entry->name, latest->name);
    if (other_id || (latest->closed && other))
        return NULL;
    latest->again = latest->closed;
    return latest;
}

static pbs_call *add_call(const pbs_ctx *ctx, pbs_calls *calls, uint32_t choice, const Entry *entry)
{
    if (calls->n == calls->capacity) {
        size_t capacity = calls->capacity != 0 ? calls->capacity * 2 : 4;
        pbs_call *grown = ctx->api->alloc(ctx->x, capacity * sizeof *grown);
        if (grown == NULL)
            return NULL;
        if (calls->n > 0)
            memcpy(grown, calls->items, calls->n * sizeof *grown);
        calls->items = grown;
        calls->capacity = capacity;
    }
    uint32_t number = 0;
    for (size_t i = 0; i < calls->n; i++)
        number += calls->items[i].choice == choice;
    pbs_call *call = &calls->items[calls->n++];
    *call =
        (pbs_call){.choice = choice, .number = number, .kind = entry->kind, .index = entry->index};
    return call;
}

/* Follows strings and brackets; a bracket that closes the first one closes the call. */
static void follow(pbs_call *call, pb_str text)
{
    for (size_t i = 0; i < text.len && !call->closed; i++) {
        char c = text.ptr[i];
        if (call->in_string) {
            call->in_string = call->escaped || c != '"';
            call->escaped = !call->escaped && c == '\\';
        } else if (c == '"') {
            call->in_string = true;
        } else if (c == '{' || c == '[') {
            call->depth++;
        } else if ((c == '}' || c == ']') && call->depth > 0) {
            call->closed = --call->depth == 0;
        }
    }
}

static pb_str kept(const pbs_ctx *ctx, pb_str name)
{
    char *copy = name.len > 0 ? ctx->api->alloc(ctx->x, name.len) : NULL;
    if (copy == NULL)
        return (pb_str){NULL, 0};
    memcpy(copy, name.ptr, name.len);
    return (pb_str){copy, name.len};
}

static void emit(const pbs_ctx *ctx, pbs_call *call, const Entry *entry, pb_str id)
{
    if (call->named && entry->text.len == 0)
        return;
    if (!call->named)
        call->name = kept(ctx, entry->name);
    pb_event event = {.size = sizeof event,
                      .kind = call->kind,
                      .choice = call->choice,
                      .index = call->number,
                      .text = entry->text};
    if (!call->named) {
        event.name = entry->name;
        event.id = id;
    }
    call->named = true;
    ctx->api->emit(ctx->x, &event);
}

bool pbs_calls_take(const pbs_ctx *ctx, pbs_calls *calls, uint32_t choice, const pb_json *json,
                    bool whole)
{
    Entry entry = read_entry(ctx, json);
    pbs_call *call = whole ? NULL : find_call(calls, choice, &entry);
    bool repeated = find_id(calls, choice, entry.id) != NULL;
    if (call == NULL && entry.name.len == 0 && entry.text.len > 0)
        return false;
    if (call == NULL && entry.name.len == 0 && entry.id.len == 0)
        return true; /* an empty delta */
    if (call == NULL) {
        call = add_call(ctx, calls, choice, &entry);
        if (call == NULL)
            return false;
        if (repeated)
            entry.id = (pb_str){NULL, 0}; /* two calls under one id: the core makes one up */
    }
    if (call->id_len == 0 && entry.id.len > 0) {
        memcpy(call->id, entry.id.ptr, entry.id.len);
        call->id_len = (uint32_t)entry.id.len;
    }
    if (!call->named && entry.name.len == 0)
        return entry.text.len == 0; /* an id alone: the name is still to come */
    emit(ctx, call, &entry, (pb_str){call->id, call->id_len});
    if (call->kind == PB_EV_TOOL_CALL)
        follow(call, entry.text);
    return true;
}

bool pbs_calls_any(const pbs_calls *calls, uint32_t choice)
{
    return find_latest(calls, choice, -1) != NULL;
}
