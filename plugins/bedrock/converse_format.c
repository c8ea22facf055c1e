/* SPDX-License-Identifier: Apache-2.0 */
/* Owns answers in JSON: which models hold themselves to a schema, the schema as the service takes
 * it (a text), and the tool that stands for it elsewhere. In ops of the exchange. */
#include "converse.h"

#include "lib/anthropic/anthropic.h"
#include "lib/anthropic/models.h"

static const pb_json *named_schema(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *format = pbs_get(ctx, exchange->request->body, "response_format");
    return pbs_get(ctx, format, "json_schema");
}

/* Models that are known to take outputConfig.textFormat. */
static bool takes_schema(const Exchange *exchange)
{
    bool claude = (converse_of(exchange)->family->traits & FAMILY_CLAUDE) != 0;
    return claude && (pbs_anthropic_model(exchange->model.name)->traits & MODEL_SCHEMA) != 0;
}

static ConverseFormat decide(const pbs_ctx *ctx, const Exchange *exchange)
{
    const Converse *converse = converse_of(exchange);
    const pb_json *format = pbs_get(ctx, exchange->request->body, "response_format");
    const pb_json *schema = pbs_get(ctx, named_schema(ctx, exchange), "schema");
    pb_str type = pbs_get_str(ctx, format, "type");
    if (type.len == 0 || pbs_is(type, "text"))
        return CONVERSE_TEXT;
    if (takes_schema(exchange) && !converse->no_schema && pbs_is_type(ctx, schema, PB_JSON_OBJECT))
        return CONVERSE_SCHEMA;
    if ((converse->family->traits & FAMILY_NO_TOOLS) != 0 ||
        exchange->request->kind == PB_KIND_COMPLETION) {
        bedrock_note(ctx, exchange, PB_NOTE_UNMET, "response_format",
                     "this model takes neither a schema nor a tool that could stand for it");
        return CONVERSE_TEXT;
    }
    if (!exchange->quiet || converse->no_schema) /* the first description told of no tool */
        ctx->api->note(ctx->x, PB_NOTE_EMULATED, PBS_STR("response_format"),
                       PBS_STR("made by a tool whose input is the answer"));
    return CONVERSE_TOOL;
}

void converse_decide_format(const pbs_ctx *ctx, Exchange *exchange)
{
    converse_of(exchange)->format = decide(ctx, exchange);
}

/* ---- Schemas ---- */

static bool drops(void *user, pb_str keyword)
{
    (void)user;
    return pbs_is(keyword, "$schema") || pbs_is(keyword, "$id");
}

void converse_write_input_schema(const pbs_ctx *ctx, const pb_json *schema)
{
    const pb_json *value = NULL;
    pb_str key;
    if (pbs_get_str(ctx, schema, "type").len > 0) {
        pbs_schema_write(ctx, schema, drops, NULL);
        return;
    }
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "type", PBS_STR("object"));
    for (size_t i = 0; pbs_is_type(ctx, schema, PB_JSON_OBJECT) &&
                       (value = ctx->api->json_at(schema, i, &key)) != NULL;
         i++) {
        if (pbs_is(key, "type") || drops(NULL, key))
            continue;
        ctx->api->w_key(ctx->x, key);
        ctx->api->w_value(ctx->x, value);
    }
    if (!pbs_has(ctx, schema, "properties")) {
        pbs_w_object(ctx, "properties");
        pbs_w_end(ctx);
    }
    pbs_w_end(ctx);
}

void converse_write_output_config(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *named = named_schema(ctx, exchange);
    pb_str name = pbs_get_str(ctx, named, "name");
    pb_str description = pbs_get_str(ctx, named, "description");
    char out[PBS_NAME_MAX + 1];
    if (converse_of(exchange)->format != CONVERSE_SCHEMA)
        return;
    ctx->api->w_begin(ctx->x);
    pbs_anthropic_write_schema(ctx, pbs_get(ctx, named, "schema"));
    pb_str text = ctx->api->w_end(ctx->x);
    pbs_w_object(ctx, "outputConfig");
    pbs_w_object(ctx, "textFormat");
    pbs_w_str(ctx, "type", PBS_STR("json_schema"));
    pbs_w_object(ctx, "structure");
    pbs_w_object(ctx, "jsonSchema");
    pbs_w_str(ctx, "name",
              name.len > 0 ? pbs_name_clean(name, CONVERSE_NAME_MAX, out) : PBS_STR("answer"));
    if (description.len > 0)
        pbs_w_str(ctx, "description", description);
    pbs_w_str(ctx, "schema", text);
    for (int i = 0; i < 4; i++)
        pbs_w_end(ctx);
}
