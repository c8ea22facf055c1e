/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the fate of top-level parameters. Each model has inputs of its own, so members that are not
 * known go into `input` as they stand; what no model of this platform takes is told. The operator
 * corrects names by input-rename. In ops. */
#include "replicate.h"

#include "lib/params.h"

static const char *const handled[] = {"model",
                                      "messages",
                                      "prompt",
                                      "system_prompt",
                                      "max_tokens",
                                      "max_completion_tokens",
                                      "stop",
                                      "stream",
                                      "stream_options",
                                      "tool_choice",
                                      "reasoning_effort",
                                      "input",
                                      "webhook",
                                      "webhook_events_filter",
                                      NULL};

static const char *const image_handled[] = {"model",
                                            "prompt",
                                            "n",
                                            "size",
                                            "stream",
                                            "response_format",
                                            "output_format",
                                            "input",
                                            "output_compression",
                                            "webhook",
                                            "webhook_events_filter",
                                            NULL};

static const char *const none[] = {NULL};

static const char per_model[] = "no model of this platform takes it";

static const pbs_param left_out[] = {
    {"n", PB_NOTE_UNMET, "1", "this platform gives one answer a request; ask several times"},
    {"best_of", PB_NOTE_UNMET, "1", "this platform gives one answer a request"},
    {"echo", PB_NOTE_UNMET, "false", "this platform does not repeat the prompt"},
    {"suffix", PB_NOTE_UNMET, "\"\"", "this platform does not fill in the middle"},
    {"tools", PB_NOTE_UNMET, "[]", "models of this platform call no tools"},
    {"response_format", PB_NOTE_UNMET, "{\"type\":\"text\"}",
     "models of this platform answer in text"},
    {"logprobs", PB_NOTE_UNMET, "false", "this platform tells no token probabilities"},
    {"top_logprobs", PB_NOTE_UNMET, "0", "this platform tells no token probabilities"},
    {"logit_bias", PB_NOTE_UNMET, "{}", per_model},
    {"audio", PB_NOTE_UNMET, NULL, per_model},
    {"modalities", PB_NOTE_UNMET, "[\"text\"]", "models of this platform answer in text"},
    {"web_search_options", PB_NOTE_UNMET, NULL, per_model},
    {"parallel_tool_calls", PB_NOTE_DROPPED, "true", "models of this platform call no tools"},
    {"user", PB_NOTE_DROPPED, NULL, "this platform does not tell users apart"},
    {"safety_identifier", PB_NOTE_DROPPED, NULL, "this platform does not tell users apart"},
    {"store", PB_NOTE_DROPPED, "false", per_model},
    {"metadata", PB_NOTE_DROPPED, NULL, per_model},
    {"service_tier", PB_NOTE_DROPPED, "\"auto\"", per_model},
    {"verbosity", PB_NOTE_DROPPED, "\"medium\"", per_model},
    {"prediction", PB_NOTE_DROPPED, NULL, per_model},
    {"moderation", PB_NOTE_DROPPED, NULL, per_model},
    {"prompt_cache_key", PB_NOTE_DROPPED, NULL, per_model},
    {"prompt_cache_retention", PB_NOTE_DROPPED, NULL, per_model},
    {"prompt_cache_options", PB_NOTE_DROPPED, NULL, per_model},
    {NULL, 0, NULL, NULL},
};

static const pbs_param image_left_out[] = {
    {"quality", PB_NOTE_DROPPED, "\"auto\"", "give the model's own inputs"},
    {"style", PB_NOTE_DROPPED, NULL, "give the model's own inputs"},
    {"background", PB_NOTE_DROPPED, "\"auto\"", "give the model's own inputs"},
    {"moderation", PB_NOTE_DROPPED, "\"auto\"", "give the model's own inputs"},
    {"partial_images", PB_NOTE_DROPPED, "0", "this platform gives no partial images"},
    {"user", PB_NOTE_DROPPED, NULL, "this platform does not tell users apart"},
    {NULL, 0, NULL, NULL},
};

void replicate_note(const pbs_ctx *ctx, int32_t note, const char *param, const char *why)
{
    ctx->api->note(ctx->x, note, pbs_str(param), pbs_str(why));
}

/* ---- Names ---- */

static bool is_for(const Rename *rename, const Exchange *exchange)
{
    return rename->glob[0] == '\0' || pbs_glob(pbs_str(rename->glob), exchange->request->model);
}

/* The last rule that fits wins. */
const char *replicate_input_name(const Exchange *exchange, const char *name)
{
    const Provider *provider = exchange->provider;
    for (size_t i = provider->n_renames; i > 0; i--) {
        const Rename *rename = &provider->renames[i - 1];
        if (strcmp(rename->from, name) == 0 && is_for(rename, exchange))
            return strcmp(rename->to, "-") != 0 ? rename->to : NULL;
    }
    return name;
}

/* As an input under the model's name for it; NULL after a note: it has none. `name` is not
 * NUL-terminated. */
static const char *name_or_note(const pbs_ctx *ctx, const Exchange *exchange, pb_str name)
{
    const Provider *provider = exchange->provider;
    for (size_t i = provider->n_renames; i > 0; i--) {
        const Rename *rename = &provider->renames[i - 1];
        if (!pbs_is(name, rename->from) || !is_for(rename, exchange))
            continue;
        if (strcmp(rename->to, "-") != 0)
            return rename->to;
        ctx->api->note(ctx->x, PB_NOTE_DROPPED, name,
                       PBS_STR("input-rename says that this model has no such input"));
        return "";
    }
    return NULL;
}

static void write_known(const pbs_ctx *ctx, const Exchange *exchange, const char *name,
                        const char *param, const pb_json *value)
{
    const char *wire = replicate_input_name(exchange, name);
    if (wire != NULL)
        pbs_w_value(ctx, wire, value);
    else
        replicate_note(ctx, PB_NOTE_DROPPED, param,
                       "input-rename says that this model has no such input");
}

/* ---- Those with rules of their own ---- */

static void write_max_tokens(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body;
    const char *name =
        pbs_has(ctx, body, "max_completion_tokens") ? "max_completion_tokens" : "max_tokens";
    const char *own = replicate_input_name(exchange, "max_tokens");
    if (!pbs_has(ctx, body, name))
        return;
    if (own != NULL && strcmp(own, "max_tokens") == 0)
        own = exchange->model->max_tokens; /* nothing was configured: what the family does */
    if (own != NULL)
        pbs_w_value(ctx, own, pbs_get(ctx, body, name));
    else
        replicate_note(ctx, PB_NOTE_DROPPED, name,
                       "input-rename says that this model has no such input");
}

static bool add_stop(const pbs_ctx *ctx, pb_str text, size_t *n)
{
    if (text.len == 0)
        return true;
    if (memchr(text.ptr, ',', text.len) != NULL)
        return false;
    if ((*n)++ > 0)
        ctx->api->http_body(ctx->x, PBS_STR(","));
    ctx->api->http_body(ctx->x, text);
    return true;
}

/* One text with commas between them: a sequence with a comma of its own has no form. */
static void write_stop(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *stop = pbs_get(ctx, exchange->request->body, "stop");
    const char *name = replicate_input_name(exchange, "stop_sequences");
    size_t n = 0;
    if (pbs_is_type(ctx, stop, PB_JSON_NULL))
        return;
    ctx->api->w_begin(ctx->x);
    bool good = add_stop(ctx, ctx->api->json_str(stop), &n);
    for (size_t i = 0; i < ctx->api->json_len(stop); i++)
        good = add_stop(ctx, ctx->api->json_str(ctx->api->json_at(stop, i, NULL)), &n) && good;
    pb_str joined = ctx->api->w_end(ctx->x);
    if (!good)
        replicate_note(ctx, PB_NOTE_UNMET, "stop",
                       "stop sequences are sent as one text with commas between them, so that "
                       "none may hold a comma");
    if (n > 0 && name != NULL)
        pbs_w_str(ctx, name, joined);
    else if (n > 0)
        replicate_note(ctx, PB_NOTE_UNMET, "stop",
                       "input-rename says that this model has no such input");
}

static void write_effort(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *effort = pbs_get(ctx, exchange->request->body, "reasoning_effort");
    if (pbs_is_type(ctx, effort, PB_JSON_NULL))
        return;
    if (exchange->model->effort)
        write_known(ctx, exchange, "reasoning_effort", "reasoning_effort", effort);
    else
        replicate_note(ctx, PB_NOTE_DROPPED, "reasoning_effort",
                       "of this platform's models those of openai/ take it");
}

static void note_choice(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *choice = pbs_get(ctx, exchange->request->body, "tool_choice");
    pb_str word = ctx->api->json_str(choice);
    if (!pbs_is_type(ctx, choice, PB_JSON_NULL) && !pbs_is(word, "auto") && !pbs_is(word, "none"))
        replicate_note(ctx, PB_NOTE_UNMET, "tool_choice", "models of this platform call no tools");
}

/* ---- The rest ---- */

static bool is_listed(const char *const *names, pb_str name)
{
    for (; *names != NULL; names++)
        if (pbs_is(name, *names))
            return true;
    return false;
}

static const pbs_param *find(const pbs_param *list, pb_str name)
{
    for (; list->name != NULL; list++)
        if (pbs_is(name, list->name))
            return list;
    return NULL;
}

/* What is not known here may be known to the model. The client's own `input` comes last. */
static void write_rest(const pbs_ctx *ctx, const Exchange *exchange, const char *const *ours,
                       const pbs_param *refused)
{
    const pb_json *body = exchange->request->body, *given = pbs_get(ctx, body, "input");
    const pb_json *value = NULL;
    pb_str key;
    for (size_t i = 0; (value = ctx->api->json_at(body, i, &key)) != NULL; i++) {
        if (pbs_is_type(ctx, value, PB_JSON_NULL) || is_listed(ours, key) ||
            find(refused, key) != NULL)
            continue;
        const char *wire = name_or_note(ctx, exchange, key);
        if (wire != NULL && wire[0] == '\0')
            continue;
        ctx->api->w_key(ctx->x, wire != NULL ? pbs_str(wire) : key);
        ctx->api->w_value(ctx->x, value);
    }
    for (size_t i = 0; (value = ctx->api->json_at(given, i, &key)) != NULL; i++) {
        ctx->api->w_key(ctx->x, key);
        ctx->api->w_value(ctx->x, value);
    }
}

static bool handles_rest(pb_str name)
{
    return find(left_out, name) == NULL;
}

static bool handles_image_rest(pb_str name)
{
    return find(image_left_out, name) == NULL;
}

void replicate_write_params(const pbs_ctx *ctx, const Exchange *exchange)
{
    bool image = exchange->request->kind == PB_KIND_IMAGE;
    const pbs_params params = {.handled = image ? image_handled : handled,
                               .passed = none,
                               .handles = image ? handles_image_rest : handles_rest,
                               .refused = image ? image_left_out : left_out};
    pbs_params_note(ctx, &params, exchange->request->body);
    if (!image) {
        write_max_tokens(ctx, exchange);
        write_stop(ctx, exchange);
        write_effort(ctx, exchange);
        note_choice(ctx, exchange);
    }
    write_rest(ctx, exchange, params.handled, params.refused);
}

void replicate_write_outside(const pbs_ctx *ctx, const Exchange *exchange)
{
    static const char *const names[] = {"webhook", "webhook_events_filter"};
    const pb_json *body = exchange->request->body;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (pbs_has(ctx, body, names[i]))
            pbs_w_value(ctx, names[i], pbs_get(ctx, body, names[i]));
}
