/* SPDX-License-Identifier: MIT */
/* Owns what becomes of each message: members that are ours alone are left out, members that the
 * vendor does not know too, tool call ids are made to fit. A message that needs none of this
 * goes out byte for byte. In ops. */
#include "lib/openai/parts.h"

#include "lib/str.h"

static const pb_json *get(const pbs_ctx *ctx, const pb_json *object, const char *name)
{
    return ctx->api->json_get(object, pbs_str(name));
}

static bool is_null(const pbs_ctx *ctx, const pb_json *value)
{
    return ctx->api->json_type(value) == PB_JSON_NULL;
}

void pbs_openai_tell_left_out(const pbs_ctx *ctx, const pbs_openai *openai, pb_str key)
{
    if (pbs_is(key, "cache_control") || pbs_is(key, "prompt_cache_breakpoint"))
        pbs_openai_note_once(ctx, openai, &openai->told->cache_control, PB_NOTE_DROPPED, key,
                             openai->options->cache_control
                                 ? "this model, or this place, takes no marks of what to cache"
                                 : "this vendor caches by itself");
    else if (pbs_is(key, "name"))
        pbs_openai_note_once(ctx, openai, &openai->told->name, PB_NOTE_DROPPED, key,
                             "this vendor takes no name on messages");
}

/* ---- Roles ---- */

pb_str pbs_openai_message_role(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *message)
{
    const pbs_openai_options *options = openai->options;
    pb_str role = ctx->api->json_str(get(ctx, message, "role"));
    if (pbs_is(role, "developer") && !options->developer_role)
        return PBS_STR("system");
    bool instructs = pbs_is(role, "system") || pbs_is(role, "developer");
    pb_str word = pbs_str(pbs_openai_family_system_role(openai->known_as));
    bool other = pbs_is(role, "system") || pbs_is(word, "user");
    return options->families && instructs && other ? word : role;
}

/* ---- Tool call ids ---- */

static bool fits(pb_str id, size_t length)
{
    bool good = id.len == length;
    for (size_t i = 0; good && i < id.len; i++) {
        char c = id.ptr[i];
        good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
    return good;
}

static bool id_changes(const pbs_openai *openai, pb_str id)
{
    int64_t length = openai->options->tool_id_length;
    return length > 0 && id.len > 0 && !fits(id, (size_t)length);
}

/* The same foreign id always becomes the same one that fits: letters and digits of its SHA-256. */
static void write_id(const pbs_ctx *ctx, const pbs_openai *openai, pb_str id)
{
    static const char base62[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    char text[32];
    uint8_t hash[32];
    size_t length = (size_t)openai->options->tool_id_length;
    if (!id_changes(openai, id)) {
        ctx->api->w_str(ctx->x, id);
        return;
    }
    length = length < sizeof text ? length : sizeof text;
    ctx->api->sha256(id, hash);
    for (size_t i = 0; i < length; i++)
        text[i] = base62[hash[i] % 62];
    ctx->api->w_str(ctx->x, (pb_str){text, length});
}

/* ---- Tool calls of an earlier answer ---- */

static bool call_member_goes(const pbs_ctx *ctx, pb_str key, const pb_json *value)
{
    return !pbs_is(key, "index") && !pbs_is(key, "provider_specific_fields") &&
           !is_null(ctx, value);
}

static bool call_changes(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *call)
{
    const pb_json *value = NULL;
    pb_str key;
    for (size_t i = 0; (value = ctx->api->json_at(call, i, &key)) != NULL; i++)
        if (!call_member_goes(ctx, key, value))
            return true;
    return id_changes(openai, ctx->api->json_str(get(ctx, call, "id")));
}

static void write_call(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *call)
{
    const pb_json *value = NULL;
    pb_str key;
    ctx->api->w_open(ctx->x, 1);
    for (size_t i = 0; (value = ctx->api->json_at(call, i, &key)) != NULL; i++) {
        if (!call_member_goes(ctx, key, value))
            continue;
        ctx->api->w_key(ctx->x, key);
        if (pbs_is(key, "id"))
            write_id(ctx, openai, ctx->api->json_str(value));
        else
            ctx->api->w_value(ctx->x, value);
    }
    ctx->api->w_close(ctx->x);
}

static bool calls_change(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *calls)
{
    for (size_t i = 0; i < ctx->api->json_len(calls); i++)
        if (call_changes(ctx, openai, ctx->api->json_at(calls, i, NULL)))
            return true;
    return false;
}

static void write_calls(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *calls)
{
    ctx->api->w_open(ctx->x, 0);
    for (size_t i = 0; i < ctx->api->json_len(calls); i++)
        write_call(ctx, openai, ctx->api->json_at(calls, i, NULL));
    ctx->api->w_close(ctx->x);
}

/* ---- Members ---- */

static bool is_basic(pb_str key)
{
    static const char *const basic[] = {"role",         "content", "tool_calls",
                                        "tool_call_id", "name",    "prefix"};
    for (size_t i = 0; i < sizeof basic / sizeof basic[0]; i++)
        if (pbs_is(key, basic[i]))
            return true;
    return false;
}

/* The name a member goes under; {NULL,0}: not at all. */
static pb_str member_name(const pbs_ctx *ctx, const pbs_openai *openai, bool tool, pb_str key,
                          const pb_json *value)
{
    const pbs_openai_options *options = openai->options;
    const pb_str none = {NULL, 0};
    if (pbs_is(key, "content"))
        return key;
    if (is_null(ctx, value) || pbs_is(key, "provider_specific_fields") ||
        pbs_is(key, "thinking_blocks"))
        return none;
    if (pbs_is(key, "reasoning_content"))
        return options->reasoning_field;
    if (pbs_is(key, "name") && !options->message_name && !tool)
        return none;
    if (pbs_is(key, "cache_control"))
        return none; /* its place is in a part, where the content is written */
    return options->strict_messages && !is_basic(key) ? none : key;
}

static bool message_changes(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *message)
{
    pb_str role = ctx->api->json_str(get(ctx, message, "role"));
    bool tool = pbs_is(role, "tool");
    const pb_json *value = NULL;
    pb_str key;
    if (!pbs_eq(role, pbs_openai_message_role(ctx, openai, message)))
        return true;
    for (size_t i = 0; (value = ctx->api->json_at(message, i, &key)) != NULL; i++) {
        if (!pbs_eq(member_name(ctx, openai, tool, key, value), key))
            return true;
        if (pbs_is(key, "content") && pbs_openai_content_changes(ctx, openai, value))
            return true;
        if (pbs_is(key, "tool_calls") && calls_change(ctx, openai, value))
            return true;
        if (pbs_is(key, "tool_call_id") && id_changes(openai, ctx->api->json_str(value)))
            return true;
    }
    return false;
}

static void write_member(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *message,
                         pb_str key, const pb_json *value)
{
    if (pbs_is(key, "role"))
        ctx->api->w_str(ctx->x, pbs_openai_message_role(ctx, openai, message));
    else if (pbs_is(key, "content"))
        pbs_openai_write_content(ctx, openai, value, get(ctx, message, "cache_control"));
    else if (pbs_is(key, "tool_calls"))
        write_calls(ctx, openai, value);
    else if (pbs_is(key, "tool_call_id"))
        write_id(ctx, openai, ctx->api->json_str(value));
    else
        ctx->api->w_value(ctx->x, value);
}

void pbs_openai_write_message(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *message)
{
    bool tool = pbs_is(ctx->api->json_str(get(ctx, message, "role")), "tool");
    const pb_json *value = NULL;
    pb_str key;
    if (!message_changes(ctx, openai, message)) {
        ctx->api->w_value(ctx->x, message);
        return;
    }
    ctx->api->w_open(ctx->x, 1);
    for (size_t i = 0; (value = ctx->api->json_at(message, i, &key)) != NULL; i++) {
        pb_str name = member_name(ctx, openai, tool, key, value);
        if (name.len == 0) {
            bool moved = pbs_is(key, "cache_control") &&
                         pbs_openai_content_takes_cache(ctx, openai, message);
            if (!is_null(ctx, value) && !moved)
                pbs_openai_tell_left_out(ctx, openai, key);
            continue;
        }
        ctx->api->w_key(ctx->x, name);
        write_member(ctx, openai, message, key, value);
    }
    ctx->api->w_close(ctx->x);
}

/* An assistant's turn that says nothing and calls nothing. */
bool pbs_openai_message_is_empty(const pbs_ctx *ctx, const pb_json *message)
{
    const pb_json *content = get(ctx, message, "content");
    bool silent = is_null(ctx, content) ||
                  (ctx->api->json_len(content) == 0 && ctx->api->json_str(content).len == 0);
    return silent && pbs_is(ctx->api->json_str(get(ctx, message, "role")), "assistant") &&
           ctx->api->json_len(get(ctx, message, "tool_calls")) == 0;
}

static bool messages_change(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *messages)
{
    bool strict = openai->options->strict_messages;
    for (size_t i = 0; i < ctx->api->json_len(messages); i++) {
        const pb_json *message = ctx->api->json_at(messages, i, NULL);
        if ((strict && pbs_openai_message_is_empty(ctx, message)) ||
            message_changes(ctx, openai, message))
            return true;
    }
    return false;
}

void pbs_openai_write_messages(const pbs_ctx *ctx, const pbs_openai *openai,
                               const pb_json *messages)
{
    if (openai->options->alternate_roles) {
        pbs_openai_write_turns(ctx, openai, messages);
        return;
    }
    if (!messages_change(ctx, openai, messages)) {
        ctx->api->w_value(ctx->x, messages);
        return;
    }
    ctx->api->w_open(ctx->x, 0);
    for (size_t i = 0; i < ctx->api->json_len(messages); i++) {
        const pb_json *message = ctx->api->json_at(messages, i, NULL);
        if (!(openai->options->strict_messages && pbs_openai_message_is_empty(ctx, message)))
            pbs_openai_write_message(ctx, openai, message);
    }
    ctx->api->w_close(ctx->x);
}
