/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the parameters that Jamba takes otherwise than OpenAI: the bound of max_tokens, a
 * tool_choice it does not know, schemas it is told in words. In ops; it may run twice, after a
 * repair. */
#include "ai21.h"

#define OUTPUT_MAX 4096

static bool is_switched_off(const pbs_ctx *ctx, const pbs_openai *openai)
{
    return pbs_is(pbs_get_str(ctx, openai->body, "tool_choice"), "none");
}

const pb_json *ai21_schema(const pbs_ctx *ctx, const pbs_openai *openai)
{
    const pb_json *format = pbs_get(ctx, openai->body, "response_format");
    const pb_json *schema = pbs_get(ctx, pbs_get(ctx, format, "json_schema"), "schema");
    if (!pbs_is(pbs_get_str(ctx, format, "type"), "json_schema"))
        return NULL;
    return schema != NULL ? schema : pbs_get(ctx, format, "schema");
}

static bool take_choice(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *choice)
{
    pb_str word = ctx->api->json_str(choice);
    bool nothing = pbs_is_type(ctx, choice, PB_JSON_NULL) || pbs_is(word, "auto");
    if (!nothing && !is_switched_off(ctx, openai))
        pbs_openai_note(ctx, openai, PB_NOTE_UNMET, PBS_STR("tool_choice"),
                        "this vendor cannot be made to call a tool; say so in the prompt");
    return true;
}

static bool take_format(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *format)
{
    if (!pbs_is(pbs_get_str(ctx, format, "type"), "json_schema"))
        return false;
    if (ai21_schema(ctx, openai) != NULL)
        pbs_openai_note(
            ctx, openai, PB_NOTE_EMULATED, PBS_STR("response_format"),
            "this vendor promises JSON, not a schema: the schema was put into the system "
            "message");
    pbs_w_object(ctx, "response_format");
    pbs_w_str(ctx, "type", PBS_STR("json_object"));
    pbs_w_end(ctx);
    return true;
}

/* Of the two the newer one counts. */
static bool take_max(const pbs_ctx *ctx, const pbs_openai *openai, pb_str key, const pb_json *value)
{
    bool older = pbs_is(key, "max_tokens") && pbs_has(ctx, openai->body, "max_completion_tokens");
    if (older || ctx->api->json_int(value, 0) <= OUTPUT_MAX)
        return false;
    pbs_openai_note(ctx, openai, PB_NOTE_CLAMPED, key, "sent as 4096, the most this vendor gives");
    pbs_w_int(ctx, "max_tokens", OUTPUT_MAX);
    return true;
}

bool ai21_member(const pbs_ctx *ctx, const pbs_openai *openai, pb_str key, const pb_json *value)
{
    if (pbs_is(key, "messages")) {
        ai21_write_messages(ctx, openai, value);
        return true;
    }
    if (pbs_is(key, "tool_choice"))
        return take_choice(ctx, openai, value);
    if (pbs_is(key, "tools") || pbs_is(key, "parallel_tool_calls"))
        return is_switched_off(ctx, openai); /* without a choice, no tools at all */
    if (pbs_is(key, "response_format"))
        return take_format(ctx, openai, value);
    if (pbs_is(key, "max_tokens") || pbs_is(key, "max_completion_tokens"))
        return take_max(ctx, openai, key, value);
    return false;
}
