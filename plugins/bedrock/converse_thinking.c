/* SPDX-License-Identifier: Apache-2.0 */
/* Owns how much the model thinks: reasoning_effort in the words of each family, which depend on
 * the model, on the tools and on how much it may write. Decided before anything is written. Source:
 * the Bedrock user guide, extended and adaptive thinking of Claude, reasoning of Nova 2 and of
 * OpenAI's open models. In ops of the exchange. */
#include "converse.h"

#include "lib/anthropic/models.h"
#include "lib/turns.h"

#define BUDGET_MIN 1024

typedef struct Effort {
    const char *name;
    int64_t budget;       /* tokens                          */
    const char *adaptive; /* output_config.effort            */
    const char *three;    /* where there are only three      */
} Effort;

static const Effort efforts[] = {
    {"minimal", BUDGET_MIN, "low", "low"}, {"low", BUDGET_MIN, "low", "low"},
    {"medium", 2048, "medium", "medium"},  {"high", 4096, "high", "high"},
    {"xhigh", 8192, "xhigh", "high"},      {"max", 16384, "max", "high"},
};

static const Effort *find_effort(pb_str name)
{
    for (size_t i = 0; i < sizeof efforts / sizeof efforts[0]; i++)
        if (pbs_is(name, efforts[i].name))
            return &efforts[i];
    return NULL;
}

static uint32_t claude_traits(const Exchange *exchange)
{
    bool claude = (converse_of(exchange)->family->traits & FAMILY_CLAUDE) != 0;
    return claude ? pbs_anthropic_model(exchange->model.name)->traits : 0;
}

static ConverseThinking drop(const pbs_ctx *ctx, const Exchange *exchange, const char *why)
{
    bedrock_note(ctx, exchange, PB_NOTE_DROPPED, "reasoning_effort", why);
    return CONVERSE_THINKS_UNSAID;
}

/* The vendor wants the thinking of the turn that is being continued, when it has a budget. */
static bool lacks_thinking(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *messages = pbs_get(ctx, exchange->request->body, "messages"), *last = NULL;
    size_t i = ctx->api->json_len(messages);
    while (i > 0) {
        last = ctx->api->json_at(messages, --i, NULL);
        if (!pbs_message_is_result(ctx, last))
            break;
    }
    return ctx->api->json_len(pbs_message_calls(ctx, last)) > 0 &&
           ctx->api->json_len(pbs_get(ctx, last, "thinking_blocks")) == 0;
}

/* The budget must leave room for the answer. */
static ConverseThinking decide_budget(const pbs_ctx *ctx, Exchange *exchange, const Effort *effort)
{
    Converse *converse = converse_of(exchange);
    if (lacks_thinking(ctx, exchange))
        return drop(ctx, exchange,
                    "the tool calls being continued come without their thinking_blocks");
    if (converse->max_tokens == 0)
        converse->max_tokens = pbs_anthropic_model(exchange->model.name)->max_output;
    if (converse->max_tokens <= BUDGET_MIN)
        return drop(ctx, exchange, "max_tokens is below the least that thinking takes, 1025");
    converse->budget = effort->budget;
    if (converse->budget > converse->max_tokens / 2) {
        converse->budget = converse->max_tokens / 2;
        if (converse->budget < BUDGET_MIN)
            converse->budget = BUDGET_MIN;
        if (converse->budget < effort->budget)
            bedrock_note(ctx, exchange, PB_NOTE_CLAMPED, "reasoning_effort",
                         "max_tokens leaves room for no more");
    }
    return CONVERSE_THINKS_BUDGET;
}

static ConverseThinking decide_claude(const pbs_ctx *ctx, Exchange *exchange, const Effort *effort)
{
    Converse *converse = converse_of(exchange);
    uint32_t traits = claude_traits(exchange);
    pb_str name = {NULL, 0};
    const char *choice = converse_choice(ctx, exchange, &name);
    if ((traits & (MODEL_ADAPTIVE | MODEL_BUDGET)) == 0)
        return drop(ctx, exchange, "this model does not think");
    if (choice != NULL && strcmp(choice, "auto") != 0 && converse->format != CONVERSE_TOOL)
        return drop(ctx, exchange, "a model that must call a tool does not think first");
    if ((traits & MODEL_ADAPTIVE) == 0)
        return decide_budget(ctx, exchange, effort);
    converse->effort = effort->adaptive;
    if (strcmp(effort->adaptive, "xhigh") == 0 && (traits & MODEL_XHIGH) == 0) {
        converse->effort = "high";
        bedrock_note(ctx, exchange, PB_NOTE_CLAMPED, "reasoning_effort",
                     "this model goes from high to max");
    }
    return CONVERSE_THINKS_FREELY;
}

/* Families with three efforts. */
static ConverseThinking decide_three(const pbs_ctx *ctx, Exchange *exchange, const Effort *effort,
                                     ConverseThinking how)
{
    converse_of(exchange)->effort = effort->three;
    if (strcmp(effort->three, effort->name) != 0)
        bedrock_note(ctx, exchange, PB_NOTE_CLAMPED, "reasoning_effort",
                     "this model has low, medium and high");
    return how;
}

/* What "none" says: where thinking is off unless asked for, nothing needs to be said. */
static ConverseThinking decide_none(const pbs_ctx *ctx, Exchange *exchange)
{
    uint32_t traits = claude_traits(exchange);
    if ((converse_of(exchange)->family->traits & FAMILY_GPT) != 0)
        return decide_three(ctx, exchange, &efforts[0], CONVERSE_THINKS_EFFORT);
    bool thinks = (traits & (MODEL_ADAPTIVE | MODEL_BUDGET)) != 0;
    return thinks && (traits & MODEL_NO_SAMPLING) == 0 ? CONVERSE_THINKS_NOT
                                                       : CONVERSE_THINKS_UNSAID;
}

static ConverseThinking decide(const pbs_ctx *ctx, Exchange *exchange)
{
    const pb_json *body = exchange->request->body;
    uint32_t traits = converse_of(exchange)->family->traits;
    pb_str name = pbs_get_str(ctx, body, "reasoning_effort");
    const Effort *effort = find_effort(name);
    if (pbs_is_type(ctx, pbs_get(ctx, body, "thinking"), PB_JSON_OBJECT))
        return CONVERSE_THINKS_GIVEN;
    if (name.len == 0)
        return CONVERSE_THINKS_UNSAID;
    if (pbs_is(name, "none"))
        return decide_none(ctx, exchange);
    if (effort == NULL)
        return drop(ctx, exchange, "no effort of that name is known");
    if ((traits & FAMILY_CLAUDE) != 0)
        return decide_claude(ctx, exchange, effort);
    if ((traits & FAMILY_GPT) != 0)
        return decide_three(ctx, exchange, effort, CONVERSE_THINKS_EFFORT);
    if ((traits & FAMILY_NOVA2) != 0)
        return decide_three(ctx, exchange, effort, CONVERSE_THINKS_REASONING);
    return drop(ctx, exchange, "how this model is asked to think is not known");
}

void converse_decide_thinking(const pbs_ctx *ctx, Exchange *exchange)
{
    Converse *converse = converse_of(exchange);
    converse->thinking = CONVERSE_THINKS_UNSAID;
    converse->thinking = decide(ctx, exchange);
}

bool converse_thinks(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *given = pbs_get(ctx, exchange->request->body, "thinking");
    ConverseThinking thinking = converse_of(exchange)->thinking;
    if (thinking == CONVERSE_THINKS_GIVEN)
        return !pbs_is(pbs_get_str(ctx, given, "type"), "disabled");
    return thinking == CONVERSE_THINKS_BUDGET || thinking == CONVERSE_THINKS_FREELY;
}

static void write_output_effort(const pbs_ctx *ctx, const Exchange *exchange)
{
    pbs_w_object(ctx, "output_config");
    pbs_w_str(ctx, "effort", pbs_str(converse_of(exchange)->effort));
    pbs_w_end(ctx);
}

static void write_adaptive(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *given = pbs_get(ctx, exchange->request->body, "output_config");
    pbs_w_object(ctx, "thinking");
    pbs_w_str(ctx, "type", PBS_STR("adaptive"));
    if ((claude_traits(exchange) & MODEL_NO_SAMPLING) != 0) /* these hide it by default */
        pbs_w_str(ctx, "display", PBS_STR("summarized"));
    pbs_w_end(ctx);
    if (!pbs_is_type(ctx, given, PB_JSON_OBJECT))
        write_output_effort(ctx, exchange);
}

void converse_write_thinking(const pbs_ctx *ctx, const Exchange *exchange)
{
    const Converse *converse = converse_of(exchange);
    switch (converse->thinking) {
    case CONVERSE_THINKS_NOT:
        pbs_w_object(ctx, "thinking");
        pbs_w_str(ctx, "type", PBS_STR("disabled"));
        pbs_w_end(ctx);
        break;
    case CONVERSE_THINKS_BUDGET:
        pbs_w_object(ctx, "thinking");
        pbs_w_str(ctx, "type", PBS_STR("enabled"));
        pbs_w_int(ctx, "budget_tokens", converse->budget);
        pbs_w_end(ctx);
        break;
    case CONVERSE_THINKS_FREELY:
        write_adaptive(ctx, exchange);
        break;
    case CONVERSE_THINKS_EFFORT:
        pbs_w_str(ctx, "reasoning_effort", pbs_str(converse->effort));
        break;
    case CONVERSE_THINKS_REASONING:
        pbs_w_object(ctx, "reasoningConfig");
        pbs_w_str(ctx, "type", PBS_STR("enabled"));
        pbs_w_str(ctx, "maxReasoningEffort", pbs_str(converse->effort));
        pbs_w_end(ctx);
        break;
    case CONVERSE_THINKS_UNSAID:
    case CONVERSE_THINKS_GIVEN: /* among the model's own members */
        break;
    }
}
