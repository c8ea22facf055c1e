/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the requests of TGI's own API: /generate takes one text, into which a conversation is
 * written by the template its model was trained with; /info lists the one model there is. In
 * begin(). */
#include "huggingface.h"

#include "lib/prompt.h"

#define PROMPT_MAX ((size_t)16 * 1024 * 1024)

typedef struct Form {
    const char *name, *models[6]; /* as the option says it; what names of such models hold */
    pbs_prompt_form form;
} Form;

static const Form forms[] = {
    {"llama3", {"llama-3", "llama3"}, PBS_PROMPT_LLAMA3},
    {"llama2", {"llama-2", "llama2", "codellama"}, PBS_PROMPT_LLAMA2},
    {"mistral", {"mistral", "mixtral"}, PBS_PROMPT_MISTRAL},
    {"chatml", {"qwen", "hermes", "chatml", "smollm", "yi-"}, PBS_PROMPT_CHATML},
    {"roles", {NULL}, PBS_PROMPT_ROLES},
};

static const Form *form_of(const HfExchange *exchange)
{
    const size_t n = sizeof forms / sizeof forms[0];
    for (size_t i = 0; i < n; i++)
        if (pbs_is(exchange->provider->form, forms[i].name))
            return &forms[i];
    for (size_t i = 0; i < n; i++)
        for (size_t m = 0; forms[i].models[m] != NULL; m++)
            if (pbs_find_nocase(exchange->model, forms[i].models[m]) != PBS_NONE)
                return &forms[i];
    return &forms[n - 1];
}

static void add_stop(HfExchange *exchange, pb_str stop)
{
    if (stop.len > 0 && exchange->n_stops < HF_STOPS_MAX)
        exchange->stops[exchange->n_stops++] = stop;
}

/* The template's own, where the server still takes one more: it stops by itself nearly always. */
static void add_form_stop(HfExchange *exchange, const Form *form)
{
    if (exchange->n_stops < HF_STOPS_TAKEN)
        add_stop(exchange, pbs_str(pbs_prompt_stop(form->form)));
}

static void read_stops(const pbs_ctx *ctx, HfExchange *exchange)
{
    const pb_json *stop = pbs_get(ctx, exchange->openai.body, "stop"), *one = NULL;
    add_stop(exchange, ctx->api->json_str(stop));
    for (size_t i = 0; (one = ctx->api->json_at(stop, i, NULL)) != NULL; i++)
        add_stop(exchange, ctx->api->json_str(one));
    if (ctx->api->json_len(stop) > HF_STOPS_MAX)
        pbs_openai_note(ctx, &exchange->openai, PB_NOTE_CLAMPED, PBS_STR("stop"),
                        "the first sixteen were sent; servers take four unless set up otherwise");
}

/* The server puts the token that begins a text before the prompt itself. */
static bool write_messages(const pbs_ctx *ctx, HfExchange *exchange)
{
    const Form *form = form_of(exchange);
    const pbs_prompt prompt = {.form = form->form, .no_begin = true};
    pbs_buf text;
    pbs_buf_init(&text, PROMPT_MAX);
    bool fits =
        pbs_prompt_write(ctx, &prompt, pbs_get(ctx, exchange->openai.body, "messages"), &text);
    if (fits)
        pbs_w_str(ctx, "inputs", pbs_buf_str(&text));
    pbs_buf_free(&text);
    add_form_stop(exchange, form);
    return fits;
}

static void write_prompt(const pbs_ctx *ctx, const HfExchange *exchange)
{
    const pb_json *prompt = pbs_get(ctx, exchange->openai.body, "prompt");
    if (pbs_is_type(ctx, prompt, PB_JSON_ARRAY) && ctx->api->json_len(prompt) == 1)
        prompt = ctx->api->json_at(prompt, 0, NULL);
    if (!pbs_is_type(ctx, prompt, PB_JSON_STRING))
        pbs_openai_note(ctx, &exchange->openai, PB_NOTE_UNMET, PBS_STR("prompt"),
                        "one prompt, as text, is what this API takes");
    pbs_w_str(ctx, "inputs", ctx->api->json_str(prompt));
}

pb_next hf_generate_describe(const pbs_ctx *ctx, HfExchange *exchange)
{
    bool chat = exchange->openai.request->kind == PB_KIND_CHAT, fits = true;
    if (!hf_begin(ctx, exchange, exchange->openai.stream,
                  exchange->openai.stream ? "text/event-stream, application/json"
                                          : "application/json"))
        return PB_FAIL;
    if (exchange->way == HF_INFO)
        return PB_SEND;
    hf_generate_note_params(ctx, exchange);
    read_stops(ctx, exchange);
    pbs_w_object(ctx, NULL);
    if (chat)
        fits = write_messages(ctx, exchange);
    else
        write_prompt(ctx, exchange);
    hf_generate_write_params(ctx, exchange);
    pbs_w_end(ctx);
    return fits ? PB_SEND
                : pbs_fail(ctx, PB_ERR_INVALID, (pb_str){NULL, 0},
                           "the conversation written out as a prompt is longer than 16 MiB");
}
