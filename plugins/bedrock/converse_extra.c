/* SPDX-License-Identifier: Apache-2.0 */
/* Owns additionalModelRequestFields: what Converse has no member for and the model takes in words
 * of its own. That is what the client put there, members of the request that nobody knows, and
 * what other files say must stand there. The client's own word wins. In ops of the exchange. */
#include "converse.h"

#include "lib/anthropic/models.h"

static const pb_json *given_fields(const pbs_ctx *ctx, const Exchange *exchange)
{
    return pbs_get(ctx, exchange->request->body, "additionalModelRequestFields");
}

/* Claude has a choice of tools with a member of its own for one call at a time. */
static void write_tool_choice(const pbs_ctx *ctx, const Exchange *exchange)
{
    pb_str name = {NULL, 0};
    const char *choice = converse_choice(ctx, exchange, &name);
    if (!converse_one_call(ctx, exchange))
        return;
    pbs_w_object(ctx, "tool_choice");
    pbs_w_str(ctx, "type", pbs_str(choice != NULL ? choice : "auto"));
    if (choice != NULL && strcmp(choice, "tool") == 0) {
        char out[PBS_NAME_MAX + 1];
        pbs_w_str(ctx, "name", pbs_name_clean(name, CONVERSE_NAME_MAX, out));
    }
    pbs_w_bool(ctx, "disable_parallel_tool_use", true);
    pbs_w_end(ctx);
}

static void write_top_k(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *value)
{
    uint32_t traits = converse_of(exchange)->family->traits;
    bool claude = (traits & FAMILY_CLAUDE) != 0;
    uint32_t own = claude ? pbs_anthropic_model(exchange->model.name)->traits : 0;
    if ((own & MODEL_NO_SAMPLING) != 0 || (claude && converse_thinks(ctx, exchange))) {
        bedrock_note(ctx, exchange, PB_NOTE_DROPPED, "top_k",
                     "this model takes none, or none while it thinks");
    } else if ((traits & FAMILY_NOVA) != 0) {
        pbs_w_object(ctx, "inferenceConfig");
        pbs_w_value(ctx, "topK", value);
        pbs_w_end(ctx);
    } else {
        pbs_w_value(ctx, "top_k", value);
    }
}

/* Members of the request that no part of the service reads. */
static void write_models_own(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body, *value = NULL;
    const pb_json *given = given_fields(ctx, exchange);
    pb_str key;
    for (size_t i = 0; (value = ctx->api->json_at(body, i, &key)) != NULL; i++) {
        if (converse_is_known(key) || pbs_is_type(ctx, value, PB_JSON_NULL) ||
            ctx->api->json_get(given, key) != NULL)
            continue;
        if (pbs_is(key, "top_k")) {
            write_top_k(ctx, exchange, value);
            continue;
        }
        ctx->api->w_key(ctx->x, key);
        ctx->api->w_value(ctx->x, value);
    }
}

/* Without what the client gives itself. */
static void write_ours(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *given = given_fields(ctx, exchange);
    if (!pbs_has(ctx, given, "thinking") && !pbs_has(ctx, given, "reasoning_effort") &&
        !pbs_has(ctx, given, "reasoningConfig"))
        converse_write_thinking(ctx, exchange);
    if (!pbs_has(ctx, given, "tool_choice"))
        write_tool_choice(ctx, exchange);
}

void converse_write_extra(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_core_api *api = ctx->api;
    const pb_json *given = given_fields(ctx, exchange), *value = NULL;
    pb_str key;
    api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    write_ours(ctx, exchange);
    write_models_own(ctx, exchange);
    for (size_t i = 0;
         pbs_is_type(ctx, given, PB_JSON_OBJECT) && (value = api->json_at(given, i, &key)) != NULL;
         i++) {
        api->w_key(ctx->x, key);
        api->w_value(ctx->x, value);
    }
    pbs_w_end(ctx);
    const pb_json *fields = api->json_parse(ctx->x, api->w_end(ctx->x), 0);
    if (api->json_len(fields) > 0)
        pbs_w_value(ctx, "additionalModelRequestFields", fields);
}
