/* SPDX-License-Identifier: MIT */
/* Owns the fate of top-level parameters: which are written elsewhere, which the vendor has no
 * word for, and telling it. Members under the vendor's own names go through; what neither the
 * canonical request nor the vendor knows is left out and told, since the vendor refuses it. */
#include "lib/gemini/internal.h"

#include "lib/params.h"

static const char *const handled[] = {"model",
                                      "messages",
                                      "max_tokens",
                                      "max_completion_tokens",
                                      "temperature",
                                      "top_p",
                                      "top_k",
                                      "stop",
                                      "n",
                                      "seed",
                                      "presence_penalty",
                                      "frequency_penalty",
                                      "logprobs",
                                      "top_logprobs",
                                      "response_format",
                                      "tools",
                                      "tool_choice",
                                      "reasoning_effort",
                                      "thinking",
                                      "modalities",
                                      "audio",
                                      "web_search_options",
                                      "service_tier",
                                      "stream",
                                      "stream_options",
                                      "safetySettings",
                                      "safety_settings",
                                      "cachedContent",
                                      "cached_content",
                                      "generationConfig",
                                      "generation_config",
                                      "toolConfig",
                                      "tool_config",
                                      "thinkingConfig",
                                      "thinking_config",
                                      "mediaResolution",
                                      "media_resolution",
                                      "speechConfig",
                                      "speech_config",
                                      "imageConfig",
                                      "image_config",
                                      "responseModalities",
                                      "response_modalities",
                                      NULL};
static const char *const none[] = {NULL};

static const pbs_param left_out[] = {
    {"parallel_tool_calls", PB_NOTE_DROPPED, "true", "this vendor cannot be held to one call"},
    {"logit_bias", PB_NOTE_UNMET, "{}", "this vendor takes no biases"},
    {"user", PB_NOTE_DROPPED, NULL, "this vendor takes no name of a user"},
    {"safety_identifier", PB_NOTE_DROPPED, NULL, "this vendor takes no name of a user"},
    {"store", PB_NOTE_DROPPED, "false", "this vendor stores no answers"},
    {"verbosity", PB_NOTE_DROPPED, "\"medium\"", "this vendor has no such setting"},
    {"prediction", PB_NOTE_DROPPED, NULL, "this vendor takes no predicted answer"},
    {"moderation", PB_NOTE_DROPPED, NULL, "this vendor is told by safetySettings"},
    {"prompt_cache_key", PB_NOTE_DROPPED, NULL, "this vendor caches by itself"},
    {"prompt_cache_retention", PB_NOTE_DROPPED, NULL, "this vendor caches by itself"},
    {"prompt_cache_options", PB_NOTE_DROPPED, NULL, "this vendor caches by itself"},
    {"cache_control", PB_NOTE_DROPPED, NULL, "this vendor caches by itself"},
    {NULL, 0, NULL, NULL},
};

static const pbs_param no_labels[] = {
    {"metadata", PB_NOTE_DROPPED, NULL, "this vendor takes no metadata"},
    {"labels", PB_NOTE_DROPPED, NULL, "labels are for Vertex AI only"},
    {NULL, 0, NULL, NULL},
};

void pbs_gemini_note(const pbs_ctx *ctx, const pbs_gemini *g, int32_t note, const char *param,
                     const char *why)
{
    if (!g->quiet)
        ctx->api->note(ctx->x, note, pbs_str(param), pbs_str(why));
}

void pbs_gemini_note_once(const pbs_ctx *ctx, const pbs_gemini *g, bool *told, int32_t note,
                          const char *param, const char *why)
{
    if (!*told)
        pbs_gemini_note(ctx, g, note, param, why);
    *told = true;
}

static bool is_label(pb_str name)
{
    return pbs_is(name, "metadata") || pbs_is(name, "labels");
}

static void note_labels(const pbs_ctx *ctx, const pb_json *body)
{
    for (const pbs_param *param = no_labels; param->name != NULL; param++)
        if (pbs_has(ctx, body, param->name))
            ctx->api->note(ctx->x, param->note, pbs_str(param->name), pbs_str(param->why));
}

void pbs_gemini_note_params(const pbs_ctx *ctx, const pbs_gemini *g)
{
    pbs_params params = {
        .handled = handled, .passed = none, .handles = is_label, .refused = left_out};
    if (g->quiet)
        return;
    pbs_params_note(ctx, &params, g->request->body);
    if (!g->platform->labels)
        note_labels(ctx, g->request->body);
}

const pb_json *pbs_gemini_own(const pbs_ctx *ctx, const pb_json *object, const char *camel)
{
    char snake[64];
    size_t n = 0;
    const pb_json *value = pbs_get(ctx, object, camel);
    if (ctx->api->json_type(value) != PB_JSON_NULL)
        return value;
    for (const char *c = camel; *c != '\0' && n + 3 < sizeof snake; c++) {
        bool upper = *c >= 'A' && *c <= 'Z';
        if (upper)
            snake[n++] = '_';
        snake[n++] = upper ? (char)(*c - 'A' + 'a') : *c;
    }
    snake[n] = '\0';
    value = pbs_get(ctx, object, snake);
    return ctx->api->json_type(value) != PB_JSON_NULL ? value : NULL;
}
