/* SPDX-License-Identifier: MIT */
/* Owns what the client asks of the form of the answer: how much the model thinks and whether it
 * answers in JSON, which depend on the model, on each other and on the tools. Decided once, before
 * anything is written. In ops. */
#include "lib/anthropic/dialect.h"

#define BUDGET_MIN 1024

typedef struct Effort {
    const char *name;
    int64_t budget;       /* tokens           */
    const char *adaptive; /* output_config.effort */
} Effort;

static const Effort efforts[] = {
    {"minimal", BUDGET_MIN, "low"}, {"low", BUDGET_MIN, "low"}, {"medium", 2048, "medium"},
    {"high", 4096, "high"},         {"xhigh", 8192, "xhigh"},   {"max", 16384, "max"},
};

static const Effort *effort_of(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    pb_str name = pbs_get_str(ctx, exchange->request->body, "reasoning_effort");
    for (size_t i = 0; i < sizeof efforts / sizeof efforts[0]; i++)
        if (pbs_is(name, efforts[i].name))
            return &efforts[i];
    return NULL;
}

/* ---- JSON ---- */

static Format decide_format(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    const pb_json *format = pbs_get(ctx, exchange->request->body, "response_format");
    pb_str type = pbs_get_str(ctx, format, "type");
    if (exchange->request->kind == PB_KIND_COMPLETION || type.len == 0 || pbs_is(type, "text"))
        return FORMAT_TEXT;
    bool native = (exchange->model->traits & MODEL_SCHEMA) != 0 && !exchange->repairs.no_schema;
    bool schema = pbs_is_type(ctx, pbs_get(ctx, pbs_get(ctx, format, "json_schema"), "schema"),
                              PB_JSON_OBJECT);
    if (native && schema)
        return FORMAT_SCHEMA;
    pbs_anthropic_note(ctx, exchange, PB_NOTE_EMULATED, "response_format",
                       "made by a tool whose input is the answer");
    return FORMAT_TOOL;
}

/* ---- Thinking ---- */

/* The vendor wants the thinking of the turn that is being continued, when it has a budget. */
static bool lacks_thinking(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    const pb_json *messages = pbs_get(ctx, exchange->request->body, "messages");
    size_t i = ctx->api->json_len(messages);
    const pb_json *last = NULL;
    while (i > 0) {
        last = ctx->api->json_at(messages, --i, NULL);
        if (!pbs_is(pbs_get_str(ctx, last, "role"), "tool"))
            break;
    }
    return pbs_is(pbs_get_str(ctx, last, "role"), "assistant") &&
           ctx->api->json_len(pbs_get(ctx, last, "tool_calls")) > 0 &&
           ctx->api->json_len(pbs_get(ctx, last, "thinking_blocks")) == 0;
}

static Thinking drop_effort(const pbs_ctx *ctx, const pbs_anthropic *exchange, const char *why)
{
    pbs_anthropic_note(ctx, exchange, PB_NOTE_DROPPED, "reasoning_effort", why);
    return THINKING_NONE;
}

/* The budget must leave room for the answer. */
static Thinking decide_budget(const pbs_ctx *ctx, pbs_anthropic *exchange, const Effort *effort)
{
    if (lacks_thinking(ctx, exchange))
        return drop_effort(ctx, exchange,
                           "the tool calls being continued come without their thinking_blocks");
    if (exchange->max_tokens <= BUDGET_MIN)
        return drop_effort(ctx, exchange,
                           "max_tokens is below the least that thinking takes, 1025");
    exchange->budget = effort->budget;
    if (exchange->budget > exchange->max_tokens / 2) {
        exchange->budget = exchange->max_tokens / 2;
        if (exchange->budget < BUDGET_MIN)
            exchange->budget = BUDGET_MIN;
        if (exchange->budget < effort->budget)
            pbs_anthropic_note(ctx, exchange, PB_NOTE_CLAMPED, "reasoning_effort",
                               "max_tokens leaves room for no more");
    }
    return THINKING_BUDGET;
}

static Thinking decide_thinking(const pbs_ctx *ctx, pbs_anthropic *exchange)
{
    const pb_json *body = exchange->request->body;
    uint32_t traits = exchange->model->traits;
    pb_str name = pbs_get_str(ctx, body, "reasoning_effort");
    const Effort *effort = effort_of(ctx, exchange);
    bool adaptive = (traits & MODEL_ADAPTIVE) != 0 || exchange->repairs.adaptive;
    bool thinks = adaptive || (traits & MODEL_BUDGET) != 0;
    if (pbs_is_type(ctx, pbs_get(ctx, body, "thinking"), PB_JSON_OBJECT))
        return THINKING_GIVEN;
    if (name.len == 0)
        return THINKING_NONE;
    if (pbs_is(name, "none"))
        return thinks ? THINKING_OFF : THINKING_NONE;
    if (effort == NULL)
        return drop_effort(ctx, exchange, "no effort of that name is known");
    if (!thinks)
        return drop_effort(ctx, exchange, "this model does not think");
    if (pbs_anthropic_forces_tool(ctx, exchange))
        return drop_effort(ctx, exchange, "a model that must call a tool does not think first");
    return adaptive ? THINKING_ADAPTIVE : decide_budget(ctx, exchange, effort);
}

void pbs_anthropic_decide(const pbs_ctx *ctx, pbs_anthropic *exchange)
{
    exchange->max_tokens = pbs_anthropic_max_tokens(ctx, exchange);
    exchange->format = decide_format(ctx, exchange);
    exchange->thinking = decide_thinking(ctx, exchange);
}

bool pbs_anthropic_thinks(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    const pb_json *given = pbs_get(ctx, exchange->request->body, "thinking");
    if (exchange->thinking == THINKING_GIVEN)
        return !pbs_is(pbs_get_str(ctx, given, "type"), "disabled");
    return exchange->thinking == THINKING_BUDGET || exchange->thinking == THINKING_ADAPTIVE;
}

/* The client's own `thinking`, with a budget turned into adaptive where budgets are refused. */
static void write_given(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    const pb_json *given = pbs_get(ctx, exchange->request->body, "thinking");
    bool refused = (exchange->model->traits & MODEL_NO_SAMPLING) != 0 || exchange->repairs.adaptive;
    if (!refused || !pbs_is(pbs_get_str(ctx, given, "type"), "enabled")) {
        pbs_w_value(ctx, "thinking", given);
        return;
    }
    pbs_anthropic_note(ctx, exchange, PB_NOTE_EMULATED, "thinking",
                       "this model takes no budget and decides itself how much to think");
    pbs_w_object(ctx, "thinking");
    pbs_w_str(ctx, "type", PBS_STR("adaptive"));
    if (pbs_has(ctx, given, "display"))
        pbs_w_value(ctx, "display", pbs_get(ctx, given, "display"));
    pbs_w_end(ctx);
}

void pbs_anthropic_write_thinking(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    if (exchange->thinking == THINKING_NONE)
        return;
    if (exchange->thinking == THINKING_GIVEN) {
        write_given(ctx, exchange);
        return;
    }
    pbs_w_object(ctx, "thinking");
    if (exchange->thinking == THINKING_BUDGET) {
        pbs_w_str(ctx, "type", PBS_STR("enabled"));
        pbs_w_int(ctx, "budget_tokens", exchange->budget);
    } else if (exchange->thinking == THINKING_ADAPTIVE) {
        pbs_w_str(ctx, "type", PBS_STR("adaptive"));
        if ((exchange->model->traits & MODEL_NO_SAMPLING) != 0) /* these hide it by default */
            pbs_w_str(ctx, "display", PBS_STR("summarized"));
    } else {
        pbs_w_str(ctx, "type", PBS_STR("disabled"));
    }
    pbs_w_end(ctx);
}

/* ---- output_config ---- */

static void write_effort(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    const Effort *effort = effort_of(ctx, exchange);
    bool xhigh = (exchange->model->traits & MODEL_XHIGH) != 0;
    const char *name = effort->adaptive;
    if (strcmp(name, "xhigh") == 0 && !xhigh) {
        pbs_anthropic_note(ctx, exchange, PB_NOTE_CLAMPED, "reasoning_effort",
                           "this model goes from high to max");
        name = "high";
    }
    pbs_w_str(ctx, "effort", pbs_str(name));
}

static void write_format(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    const pb_json *format = pbs_get(ctx, exchange->request->body, "response_format");
    pbs_w_object(ctx, "format");
    pbs_w_str(ctx, "type", PBS_STR("json_schema"));
    pbs_w_key(ctx, "schema");
    pbs_anthropic_write_schema(ctx, pbs_get(ctx, pbs_get(ctx, format, "json_schema"), "schema"));
    pbs_w_end(ctx);
}

void pbs_anthropic_write_output_config(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    const pb_json *given = pbs_get(ctx, exchange->request->body, "output_config");
    const pb_json *value = NULL;
    pb_str key;
    bool effort = exchange->thinking == THINKING_ADAPTIVE && !exchange->repairs.no_effort &&
                  !pbs_has(ctx, given, "effort");
    bool format = exchange->format == FORMAT_SCHEMA && !pbs_has(ctx, given, "format");
    if (!effort && !format && ctx->api->json_len(given) == 0)
        return;
    pbs_w_object(ctx, "output_config");
    for (size_t i = 0; (value = ctx->api->json_at(given, i, &key)) != NULL; i++) {
        if (pbs_is_type(ctx, value, PB_JSON_NULL))
            continue;
        ctx->api->w_key(ctx->x, key);
        ctx->api->w_value(ctx->x, value);
    }
    if (effort)
        write_effort(ctx, exchange);
    if (format)
        write_format(ctx, exchange);
    pbs_w_end(ctx);
}
