/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the bodies of the models that take a text prompt: Claude 2, Llama, Mistral, Command, Titan
 * and Jurassic, each by its vendor's names. Source: the pages of inference parameters in the
 * Bedrock user guide. In ops of the exchange. */
#include "invoke.h"

#include "lib/error.h"
#include "lib/jurassic.h"
#include "lib/prompt.h"

#define CLAUDE_MAX_TOKENS 4096 /* what Claude 2 writes at most: it must be told a number */

typedef struct Text {
    Body body;
    pbs_prompt_form form;
    const char *const *own; /* the vendor's own members, passed on; ends with NULL */
    void (*write)(const pbs_ctx *, const Exchange *, const char *stop);
    const char *prompt; /* the member that holds it */
} Text;

static void write_own(const pbs_ctx *ctx, const Exchange *exchange, const char *const *own)
{
    const pb_json *body = exchange->request->body;
    for (; *own != NULL; own++)
        if (pbs_has(ctx, body, *own))
            pbs_w_value(ctx, *own, pbs_get(ctx, body, *own));
}

static void write_max(const pbs_ctx *ctx, const Exchange *exchange, const char *name,
                      int64_t otherwise)
{
    int64_t max = bedrock_max_tokens(ctx, exchange);
    if (max == 0)
        max = exchange->provider->max_tokens;
    if (max == 0)
        max = otherwise;
    if (max != 0)
        pbs_w_int(ctx, name, max);
}

/* ---- The vendors ---- */

static const char *const claude_own[] = {"top_k", NULL};

static void write_claude(const pbs_ctx *ctx, const Exchange *exchange, const char *stop)
{
    write_max(ctx, exchange, "max_tokens_to_sample", CLAUDE_MAX_TOKENS);
    bedrock_write_number(ctx, exchange, "temperature", "temperature", 1);
    bedrock_write_number(ctx, exchange, "top_p", "top_p", 1);
    write_own(ctx, exchange, claude_own);
    bedrock_write_stop(ctx, exchange, "stop_sequences", stop);
}

static const char *const llama_own[] = {"images", NULL};

static void write_llama(const pbs_ctx *ctx, const Exchange *exchange, const char *stop)
{
    (void)stop;
    write_max(ctx, exchange, "max_gen_len", 0);
    bedrock_write_number(ctx, exchange, "temperature", "temperature", 1);
    bedrock_write_number(ctx, exchange, "top_p", "top_p", 1);
    write_own(ctx, exchange, llama_own);
    if (pbs_has(ctx, exchange->request->body, "stop"))
        bedrock_note(ctx, exchange, PB_NOTE_UNMET, "stop", "this model takes no stop sequences");
}

static const char *const mistral_own[] = {"top_k", NULL};

static void write_mistral(const pbs_ctx *ctx, const Exchange *exchange, const char *stop)
{
    write_max(ctx, exchange, "max_tokens", 0);
    bedrock_write_number(ctx, exchange, "temperature", "temperature", 1);
    bedrock_write_number(ctx, exchange, "top_p", "top_p", 1);
    write_own(ctx, exchange, mistral_own);
    bedrock_write_stop(ctx, exchange, "stop", stop);
}

static const char *const command_own[] = {"k", "return_likelihoods", "truncate", NULL};

static void write_command(const pbs_ctx *ctx, const Exchange *exchange, const char *stop)
{
    write_max(ctx, exchange, "max_tokens", 0);
    bedrock_write_number(ctx, exchange, "temperature", "temperature", 5);
    bedrock_write_number(ctx, exchange, "top_p", "p", 1);
    write_own(ctx, exchange, command_own);
    bedrock_write_stop(ctx, exchange, "stop_sequences", stop);
    if (exchange->streamed)
        pbs_w_bool(ctx, "stream", true);
}

static const char *const titan_own[] = {NULL};

static void write_titan(const pbs_ctx *ctx, const Exchange *exchange, const char *stop)
{
    pbs_w_object(ctx, "textGenerationConfig");
    write_max(ctx, exchange, "maxTokenCount", 0);
    bedrock_write_stop(ctx, exchange, "stopSequences", stop);
    bedrock_write_number(ctx, exchange, "temperature", "temperature", 1);
    bedrock_write_number(ctx, exchange, "top_p", "topP", 1);
    pbs_w_end(ctx);
}

static void write_jurassic(const pbs_ctx *ctx, const Exchange *exchange, const char *stop)
{
    (void)stop;
    pbs_jurassic_write_params(ctx, exchange->request->body, false);
}

static const Text texts[] = {
    {BODY_CLAUDE, PBS_PROMPT_CLAUDE, claude_own, write_claude, "prompt"},
    {BODY_LLAMA2, PBS_PROMPT_LLAMA2, llama_own, write_llama, "prompt"},
    {BODY_LLAMA3, PBS_PROMPT_LLAMA3, llama_own, write_llama, "prompt"},
    {BODY_MISTRAL, PBS_PROMPT_MISTRAL, mistral_own, write_mistral, "prompt"},
    {BODY_COMMAND, PBS_PROMPT_ROLES, command_own, write_command, "prompt"},
    {BODY_TITAN, PBS_PROMPT_BOT, titan_own, write_titan, "inputText"},
    {BODY_JURASSIC, PBS_PROMPT_ROLES, pbs_jurassic_params, write_jurassic, "prompt"},
};

static const Text *text_of(const Exchange *exchange)
{
    size_t i = 0;
    while (i + 1 < sizeof texts / sizeof texts[0] &&
           texts[i].body != invoke_of(exchange)->family->body)
        i++;
    return &texts[i];
}

/* A prompt with turns in it needs the word that ends the model's. */
static const char *stop_of(const pbs_ctx *ctx, const Exchange *exchange, const Text *text)
{
    bool chat = exchange->request->kind == PB_KIND_CHAT;
    bool plain = text->form == PBS_PROMPT_ROLES && invoke_is_single(ctx, exchange);
    return chat && !plain ? pbs_prompt_stop(text->form) : NULL;
}

static pb_next describe(const pbs_ctx *ctx, Exchange *exchange)
{
    const Text *text = text_of(exchange);
    pbs_buf prompt;
    pbs_buf_init(&prompt, PROMPT_MAX);
    bool fits = invoke_write_prompt(ctx, exchange, text->form, &prompt);
    if (!fits) {
        pbs_buf_free(&prompt);
        return pbs_fail(ctx, PB_ERR_INVALID, (pb_str){NULL, 0},
                        "the conversation is longer than 64 MiB as one prompt; shorten it");
    }
    invoke_note_params(ctx, exchange, text->own);
    invoke_write_headers(ctx, exchange);
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, text->prompt, pbs_buf_str(&prompt));
    text->write(ctx, exchange, stop_of(ctx, exchange, text));
    pbs_w_end(ctx);
    pbs_buf_free(&prompt);
    return 0;
}

const Vendor invoke_text = {describe, invoke_take_text, invoke_end_text};
