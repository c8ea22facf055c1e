/* SPDX-License-Identifier: MIT */
/* Owns the one second try after a refusal: a thought signature of another model or key is
 * replaced by the word that the vendor takes instead, a setting that a model does not have is
 * left out. What would change the question is never repaired. In ops. */
#include "lib/gemini/internal.h"

#include "lib/error.h"

static bool says(pb_str message, const char *word)
{
    return pbs_find_nocase(message, word) != PBS_NONE;
}

static bool repair_signatures(const pbs_ctx *ctx, pbs_gemini *g, pb_str message)
{
    if (!says(message, "thought signature") && !says(message, "thought_signature") &&
        !says(message, "thoughtSignature"))
        return false;
    pbs_gemini_note(ctx, g, PB_NOTE_EMULATED, "messages",
                    "sent again without thought signatures: the vendor refused one");
    g->no_signatures = true;
    return true;
}

static bool repair_thinking(const pbs_ctx *ctx, pbs_gemini *g, pb_str message)
{
    const pb_json *body = g->request->body;
    bool effort = pbs_get_str(ctx, body, "reasoning_effort").len > 0;
    bool about = says(message, "thinking level") || says(message, "thinking_level") ||
                 says(message, "thinking budget") || says(message, "thinking_budget") ||
                 says(message, "thinking is not") || says(message, "thinking_config") ||
                 says(message, "budget 0");
    if (!about || !effort)
        return false;
    pbs_gemini_note(ctx, g, PB_NOTE_DROPPED, "reasoning_effort",
                    "sent again without it: this model refused it");
    g->no_thinking = true;
    return true;
}

static bool repair_penalties(const pbs_ctx *ctx, pbs_gemini *g, pb_str message)
{
    static const char *const names[] = {"presence_penalty", "frequency_penalty"};
    bool sent = false;
    if (!says(message, "penalty is not") && !says(message, "penalties are not"))
        return false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!pbs_has(ctx, g->request->body, names[i]))
            continue;
        pbs_gemini_note(ctx, g, PB_NOTE_DROPPED, names[i],
                        "sent again without it: this model refused it");
        sent = true;
    }
    g->no_penalties = true;
    return sent;
}

bool pbs_gemini_repair(const pbs_ctx *ctx, pbs_gemini *g, pb_str body)
{
    pbs_error error;
    const pb_json *json = ctx->api->json_parse(ctx->x, pbs_trim(body), 0);
    if (g->status != 400 || g->repaired || g->request->kind != PB_KIND_CHAT ||
        !pbs_error_read(ctx, json, &error))
        return false;
    g->repaired = repair_signatures(ctx, g, error.message) ||
                  repair_thinking(ctx, g, error.message) || repair_penalties(ctx, g, error.message);
    g->quiet = g->repaired;
    return g->repaired;
}
