/* SPDX-License-Identifier: Apache-2.0 */
/* Owns `think`: most models know it as on or off, some take a level. In ops. */
#include "ollama.h"

/* Models that take a level. */
static bool takes_level(pb_str model)
{
    return pbs_find_nocase(model, "gpt-oss") != PBS_NONE;
}

bool ollama_thinks(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body;
    return pbs_has(ctx, body, "think") || pbs_get_str(ctx, body, "reasoning_effort").len > 0;
}

static pb_str level_of(pb_str effort)
{
    if (pbs_is(effort, "minimal") || pbs_is(effort, "low"))
        return PBS_STR("low");
    if (pbs_is(effort, "medium"))
        return PBS_STR("medium");
    return pbs_is(effort, "max") ? effort : PBS_STR("high");
}

void ollama_write_think(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body;
    pb_str effort = pbs_get_str(ctx, body, "reasoning_effort");
    if (exchange->no_think || !ollama_thinks(ctx, exchange))
        return;
    if (pbs_has(ctx, body, "think")) {
        pbs_w_value(ctx, "think", pbs_get(ctx, body, "think"));
    } else if (pbs_is(effort, "none")) {
        pbs_w_bool(ctx, "think", false);
    } else if (takes_level(exchange->request->model)) {
        pbs_w_str(ctx, "think", level_of(effort));
    } else {
        ollama_note(ctx, exchange, PB_NOTE_EMULATED, "reasoning_effort",
                    "this model knows thinking only as on or off");
        pbs_w_bool(ctx, "think", true);
    }
}
