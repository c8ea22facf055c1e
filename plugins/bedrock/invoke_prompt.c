/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the prompt of a text model: a conversation in the form the model knows, or the prompt that
 * was given. In ops of the exchange. */
#include "invoke.h"

#include "lib/turns.h"

bool invoke_is_single(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *messages = pbs_get(ctx, exchange->request->body, "messages");
    pbs_turn turn = {PBS_TURN_NONE, 0, 0};
    for (size_t i = 0; i < ctx->api->json_len(messages); i++)
        if (pbs_message_is_system(ctx, ctx->api->json_at(messages, i, NULL)))
            return false;
    return pbs_turn_next(ctx, messages, &turn) && turn.role == PBS_TURN_USER &&
           turn.to - turn.from == 1 && !pbs_turn_next(ctx, messages, &turn);
}

/* A prompt goes as it stands. Claude's alone must have turns: one without becomes the user's. */
static bool write_given(const pbs_ctx *ctx, const Exchange *exchange, pbs_prompt_form form,
                        pbs_buf *out)
{
    const pb_json *given = pbs_get(ctx, exchange->request->body, "prompt");
    if (pbs_is_type(ctx, given, PB_JSON_ARRAY) && ctx->api->json_len(given) == 1)
        given = ctx->api->json_at(given, 0, NULL);
    if (!pbs_is_type(ctx, given, PB_JSON_STRING))
        bedrock_note(ctx, exchange, PB_NOTE_UNMET, "prompt",
                     "one prompt, as text, is what this model takes");
    pb_str text = ctx->api->json_str(given);
    bool turns = form != PBS_PROMPT_CLAUDE || pbs_find_nocase(text, "\n\nHuman:") != PBS_NONE;
    bool asks = form != PBS_PROMPT_CLAUDE || pbs_find_nocase(text, "\n\nAssistant:") != PBS_NONE;
    return (turns || pbs_buf_add(out, PBS_STR("\n\nHuman: "))) && pbs_buf_add(out, text) &&
           (asks || pbs_buf_add(out, PBS_STR("\n\nAssistant:")));
}

static bool write_single(const pbs_ctx *ctx, const pb_json *messages, pbs_buf *out)
{
    static const char open[] = "User: ", ask[] = "\nAssistant:";
    pbs_prompt prompt = {.form = PBS_PROMPT_ROLES};
    bool fits = pbs_prompt_write(ctx, &prompt, messages, out);
    if (out->len >= sizeof open - 1 + sizeof ask - 1) {
        pbs_buf_drop(out, sizeof open - 1);
        out->len -= sizeof ask - 1;
    }
    return fits;
}

bool invoke_write_prompt(const pbs_ctx *ctx, const Exchange *exchange, pbs_prompt_form form,
                         pbs_buf *out)
{
    const pb_json *messages = pbs_get(ctx, exchange->request->body, "messages");
    pbs_prompt prompt = {.form = form};
    if (exchange->request->kind == PB_KIND_COMPLETION)
        return write_given(ctx, exchange, form, out);
    if (form == PBS_PROMPT_ROLES && invoke_is_single(ctx, exchange))
        return write_single(ctx, messages, out);
    return pbs_prompt_write(ctx, &prompt, messages, out);
}
