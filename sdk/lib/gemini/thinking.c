/* SPDX-License-Identifier: MIT */
/* Owns how much a model is asked to think: levels for Gemini 3, budgets for 2.5, nothing for
 * those before. An effort that a model does not have becomes its nearest, and that is told. */
#include "lib/gemini/internal.h"

typedef struct Effort {
    const char *name, *level;
    int64_t budget;
} Effort;

static const Effort efforts[] = {
    {"minimal", "MINIMAL", 0}, {"low", "LOW", 1024},     {"medium", "MEDIUM", 2048},
    {"high", "HIGH", 4096},    {"xhigh", "HIGH", 16384}, {"max", "HIGH", 24576},
};

static void clamped(const pbs_ctx *ctx, const pbs_gemini *g, const char *why)
{
    pbs_gemini_note(ctx, g, PB_NOTE_CLAMPED, "reasoning_effort", why);
}

static void write_config(const pbs_ctx *ctx, const char *level, int64_t budget, bool thoughts)
{
    pbs_w_object(ctx, "thinkingConfig");
    if (level != NULL)
        pbs_w_str(ctx, "thinkingLevel", pbs_str(level));
    else
        pbs_w_int(ctx, "thinkingBudget", budget);
    pbs_w_bool(ctx, "includeThoughts", thoughts);
    pbs_w_end(ctx);
}

/* Pro models of the third generation have no MINIMAL, the first of them no MEDIUM either. */
static void write_level(const pbs_ctx *ctx, const pbs_gemini *g, const Effort *effort, bool none)
{
    const char *level = none ? "MINIMAL" : effort->level;
    bool minimal = strcmp(level, "MINIMAL") == 0, medium = strcmp(level, "MEDIUM") == 0;
    if (g->model.pro && minimal) {
        level = "LOW";
        clamped(ctx, g, "this model's least is low");
    } else if (none) {
        clamped(ctx, g, "this model's least is minimal");
    } else if (g->model.pro && medium && g->model.generation == 3 && g->model.minor == 0) {
        level = "HIGH";
        clamped(ctx, g, "this model has low and high");
    } else if (!none && effort->budget > 4096) {
        clamped(ctx, g, "this model's most is high");
    }
    write_config(ctx, level, 0, !none);
}

static void write_budget(const pbs_ctx *ctx, const pbs_gemini *g, const Effort *effort, bool none)
{
    int64_t budget = none ? 0 : effort->budget;
    if (none && g->model.pro) {
        budget = 128;
        clamped(ctx, g, "this model always thinks; it was given its smallest budget");
    } else if (!none && budget == 0) {
        budget = g->model.pro ? 128 : g->model.lite ? 512 : 1;
    }
    write_config(ctx, NULL, budget, !none);
}

static const Effort *find_effort(pb_str name)
{
    for (size_t i = 0; i < sizeof efforts / sizeof efforts[0]; i++)
        if (pbs_is(name, efforts[i].name))
            return &efforts[i];
    return NULL;
}

static void write_effort(const pbs_ctx *ctx, const pbs_gemini *g, pb_str name)
{
    const Effort *effort = find_effort(name);
    bool none = pbs_is(name, "none"), old = g->model.generation == 1 || g->model.gemma;
    if (effort == NULL && !none)
        pbs_gemini_note(ctx, g, PB_NOTE_DROPPED, "reasoning_effort",
                        "it is none of none, minimal, low, medium, high, xhigh and max");
    else if (old || (g->model.generation == 2 && g->model.minor < 5))
        pbs_gemini_note(ctx, g, PB_NOTE_DROPPED, "reasoning_effort",
                        "this model does not think before it answers");
    else if (g->model.generation == 2)
        write_budget(ctx, g, effort, none);
    else
        write_level(ctx, g, effort, none);
}

/* {"type":"enabled","budget_tokens":N}, as for another vendor; adaptive: as much as it likes. */
static void write_given(const pbs_ctx *ctx, const pbs_gemini *g, const pb_json *thinking)
{
    bool on = !pbs_is(pbs_get_str(ctx, thinking, "type"), "disabled");
    int64_t budget = pbs_get_int(ctx, thinking, "budget_tokens", -1);
    pbs_gemini_note(ctx, g, PB_NOTE_EMULATED, "thinking", "sent as thinkingConfig");
    write_config(ctx, NULL, on ? budget : 0, on);
}

void pbs_gemini_write_thinking(const pbs_ctx *ctx, pbs_gemini *g)
{
    const pb_json *body = g->request->body, *own = pbs_gemini_own(ctx, body, "thinkingConfig");
    pb_str effort = pbs_get_str(ctx, body, "reasoning_effort");
    if (g->no_thinking)
        return;
    if (own != NULL && effort.len > 0)
        pbs_gemini_note(ctx, g, PB_NOTE_DROPPED, "reasoning_effort", "thinkingConfig was given");
    if (own != NULL)
        pbs_w_value(ctx, "thinkingConfig", own);
    else if (effort.len > 0)
        write_effort(ctx, g, effort);
    else if (pbs_is_type(ctx, pbs_get(ctx, body, "thinking"), PB_JSON_OBJECT))
        write_given(ctx, g, pbs_get(ctx, body, "thinking"));
}
