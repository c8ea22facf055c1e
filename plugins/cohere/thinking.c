/* SPDX-License-Identifier: Apache-2.0 */
/* Owns `thinking` and `response_format`: what OpenAI's reasoning_effort and forms of an answer are
 * to this vendor, which bounds thinking by a number of tokens and has one form of JSON. In ops. */
#include "cohere.h"

typedef struct Effort {
    const char *name;
    int64_t budget; /* tokens; 0: without a bound, as the vendor does by itself */
} Effort;

static const Effort efforts[] = {{"minimal", 512}, {"low", 1024}, {"medium", 4096},
                                 {"high", 0},      {"xhigh", 0},  {"max", 0}};

static const Effort *find_effort(pb_str name)
{
    for (size_t i = 0; i < sizeof efforts / sizeof efforts[0]; i++)
        if (pbs_is(name, efforts[i].name))
            return &efforts[i];
    return NULL;
}

static void write_effort(const pbs_ctx *ctx, const Effort *effort)
{
    pbs_w_object(ctx, "thinking");
    pbs_w_str(ctx, "type", PBS_STR("enabled"));
    if (effort->budget > 0)
        pbs_w_int(ctx, "token_budget", effort->budget);
    pbs_w_end(ctx);
}

/* The vendor's own member wins over OpenAI's. */
void cohere_write_thinking(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body;
    pb_str name = pbs_get_str(ctx, body, "reasoning_effort");
    const Effort *effort = find_effort(name);
    if (pbs_has(ctx, body, "thinking")) {
        pbs_w_value(ctx, "thinking", pbs_get(ctx, body, "thinking"));
    } else if (pbs_is(name, "none")) {
        pbs_w_object(ctx, "thinking");
        pbs_w_str(ctx, "type", PBS_STR("disabled"));
        pbs_w_end(ctx);
    } else if (effort != NULL) {
        if (effort->budget > 0)
            cohere_note(ctx, PB_NOTE_EMULATED, "reasoning_effort",
                        "this vendor bounds thinking by a number of tokens: 512, 1024 or 4096 for "
                        "minimal, low and medium");
        write_effort(ctx, effort);
    } else if (pbs_has(ctx, body, "reasoning_effort")) {
        cohere_note(ctx, PB_NOTE_DROPPED, "reasoning_effort",
                    "this vendor's driver knows none, minimal, low, medium, high, xhigh and max");
    }
}

void cohere_write_format(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *format = pbs_get(ctx, exchange->request->body, "response_format");
    pb_str type = pbs_get_str(ctx, format, "type");
    const pb_json *named = pbs_get(ctx, format, "json_schema");
    const pb_json *schema = pbs_get(ctx, named, "schema");
    bool json = pbs_is(type, "json_object"), by_schema = pbs_is(type, "json_schema");
    if (type.len == 0 || pbs_is(type, "text"))
        return;
    if (!json && !by_schema) {
        cohere_note(ctx, PB_NOTE_UNMET, "response_format",
                    "this vendor answers in text, JSON, or JSON by a schema");
        return;
    }
    if (schema == NULL && json)
        schema = named; /* the vendor's own form: the schema itself */
    pbs_w_object(ctx, "response_format");
    pbs_w_str(ctx, "type", PBS_STR("json_object"));
    if (pbs_is_type(ctx, schema, PB_JSON_OBJECT))
        pbs_w_value(ctx, "json_schema", schema);
    pbs_w_end(ctx);
}
