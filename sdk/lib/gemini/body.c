/* SPDX-License-Identifier: MIT */
/* Owns the body of a request as a whole: which members it has, in which order, and what must
 * give way to a cached content. It must be repeatable: after a repair it runs again and tells
 * nothing a second time. In ops. */
#include "lib/gemini/internal.h"

static const char *const categories[] = {
    "HARM_CATEGORY_HARASSMENT",
    "HARM_CATEGORY_HATE_SPEECH",
    "HARM_CATEGORY_SEXUALLY_EXPLICIT",
    "HARM_CATEGORY_DANGEROUS_CONTENT",
};

void pbs_gemini_init(pbs_gemini *g)
{
    g->model = pbs_gemini_model_of(g->request->model);
    for (size_t i = 0; i < sizeof g->usage / sizeof g->usage[0]; i++)
        g->usage[i] = -1;
    pbs_buf_init(&g->blocked, (size_t)64 * 1024);
    pbs_sse_init(&g->sse, PBS_SSE_MAX);
    for (size_t i = 0; i < PBS_GEMINI_CHOICES_MAX; i++) {
        pbs_gemini_choice *choice = &g->choices[i];
        pbs_buf *held[] = {&choice->text,      &choice->safety,      &choice->citations,
                           &choice->grounding, &choice->url_context, &choice->message};
        for (size_t k = 0; k < sizeof held / sizeof held[0]; k++)
            pbs_buf_init(held[k], (size_t)16 * 1024 * 1024);
    }
}

void pbs_gemini_free(pbs_gemini *g)
{
    pbs_buf_free(&g->blocked);
    pbs_sse_free(&g->sse);
    for (size_t i = 0; i < PBS_GEMINI_CHOICES_MAX; i++) {
        pbs_gemini_choice *choice = &g->choices[i];
        pbs_buf_free(&choice->text);
        pbs_buf_free(&choice->safety);
        pbs_buf_free(&choice->citations);
        pbs_buf_free(&choice->grounding);
        pbs_buf_free(&choice->url_context);
        pbs_buf_free(&choice->message);
    }
}

bool pbs_gemini_is_streamed(const pbs_gemini *g)
{
    return g->request->kind == PB_KIND_CHAT && (g->request->flags & PB_REQ_STREAM) != 0;
}

const char *pbs_gemini_method(const pbs_gemini *g)
{
    if (g->request->kind == PB_KIND_COUNT_TOKENS)
        return "countTokens";
    return pbs_gemini_is_streamed(g) ? "streamGenerateContent?alt=sse" : "generateContent";
}

/* ---- Members of their own ---- */

static void write_safety(const pbs_ctx *ctx, const pbs_gemini *g)
{
    const pb_json *own = pbs_gemini_own(ctx, g->request->body, "safetySettings");
    if (own != NULL) {
        pbs_w_value(ctx, "safetySettings", own);
        return;
    }
    if (g->safety == NULL || g->safety[0] == '\0')
        return;
    pbs_w_array(ctx, "safetySettings");
    for (size_t i = 0; i < sizeof categories / sizeof categories[0]; i++) {
        pbs_w_object(ctx, NULL);
        pbs_w_str(ctx, "category", pbs_str(categories[i]));
        pbs_w_str(ctx, "threshold", pbs_str(g->safety));
        pbs_w_end(ctx);
    }
    pbs_w_end(ctx);
}

static void write_service_tier(const pbs_ctx *ctx, const pbs_gemini *g)
{
    pb_str tier = pbs_get_str(ctx, g->request->body, "service_tier");
    bool known = pbs_is(tier, "flex") || pbs_is(tier, "priority") || pbs_is(tier, "standard");
    if (tier.len == 0 || pbs_is(tier, "auto"))
        return;
    if (!g->platform->service_tier || (!known && !pbs_is(tier, "default")))
        pbs_gemini_note(ctx, g, PB_NOTE_DROPPED, "service_tier",
                        g->platform->service_tier
                            ? "this vendor has auto, default, flex and priority"
                            : "this vendor takes no tier in a request");
    else
        pbs_w_str(ctx, "serviceTier", known ? tier : PBS_STR("standard"));
}

/* Labels are texts; other values go as their JSON. */
static void write_labels(const pbs_ctx *ctx, const pbs_gemini *g)
{
    const pb_json *labels = pbs_get(ctx, g->request->body, "labels"), *value = NULL;
    pb_str key;
    if (ctx->api->json_len(labels) == 0)
        labels = pbs_get(ctx, g->request->body, "metadata");
    else if (pbs_has(ctx, g->request->body, "metadata"))
        pbs_gemini_note(ctx, g, PB_NOTE_DROPPED, "metadata", "labels were given");
    if (!g->platform->labels || !pbs_is_type(ctx, labels, PB_JSON_OBJECT))
        return;
    pbs_w_object(ctx, "labels");
    for (size_t i = 0; (value = ctx->api->json_at(labels, i, &key)) != NULL; i++) {
        bool text = pbs_is_type(ctx, value, PB_JSON_STRING);
        ctx->api->w_key(ctx->x, key);
        ctx->api->w_str(ctx->x, text ? ctx->api->json_str(value) : ctx->api->json_text(value));
    }
    pbs_w_end(ctx);
}

static bool is_cached(const pbs_ctx *ctx, const pbs_gemini *g)
{
    return pbs_gemini_own(ctx, g->request->body, "cachedContent") != NULL;
}

/* A cached content has these of its own, and the vendor refuses others beside it. */
static void write_cached(const pbs_ctx *ctx, const pbs_gemini *g)
{
    const pb_json *body = g->request->body;
    pbs_w_value(ctx, "cachedContent", pbs_gemini_own(ctx, body, "cachedContent"));
    if (ctx->api->json_len(pbs_get(ctx, body, "tools")) > 0)
        pbs_gemini_note(ctx, g, PB_NOTE_DROPPED, "tools", "those of cachedContent count");
    if (pbs_has(ctx, body, "tool_choice"))
        pbs_gemini_note(ctx, g, PB_NOTE_DROPPED, "tool_choice", "that of cachedContent counts");
    const pb_json *first = ctx->api->json_at(pbs_get(ctx, body, "messages"), 0, NULL);
    pb_str role = pbs_get_str(ctx, first, "role");
    if (pbs_is(role, "system") || pbs_is(role, "developer"))
        pbs_gemini_note(ctx, g, PB_NOTE_DROPPED, "messages",
                        "the system instruction of cachedContent counts");
}

static void write_what_is_asked(const pbs_ctx *ctx, pbs_gemini *g)
{
    if (!is_cached(ctx, g))
        pbs_gemini_write_system(ctx, g);
    pbs_gemini_write_contents(ctx, g);
    if (is_cached(ctx, g)) {
        write_cached(ctx, g);
        return;
    }
    pbs_gemini_write_tools(ctx, g);
    pbs_gemini_write_tool_config(ctx, g);
}

static void write_count(const pbs_ctx *ctx, pbs_gemini *g)
{
    if (!g->platform->count_wrapped) {
        write_what_is_asked(ctx, g);
        return;
    }
    pbs_buf name;
    pbs_buf_init(&name, 4096);
    if (!pbs_has_prefix(g->request->model, PBS_STR("models/")) &&
        !pbs_has_prefix(g->request->model, PBS_STR("tunedModels/")))
        pbs_buf_add(&name, PBS_STR("models/"));
    pbs_buf_add(&name, g->request->model);
    pbs_w_object(ctx, "generateContentRequest");
    pbs_w_str(ctx, "model", pbs_buf_str(&name));
    write_what_is_asked(ctx, g);
    pbs_w_end(ctx);
    pbs_buf_free(&name);
}

void pbs_gemini_write_body(const pbs_ctx *ctx, pbs_gemini *g)
{
    pbs_gemini_note_params(ctx, g);
    pbs_w_object(ctx, NULL);
    if (g->request->kind == PB_KIND_COUNT_TOKENS) {
        write_count(ctx, g);
    } else {
        write_what_is_asked(ctx, g);
        pbs_gemini_write_config(ctx, g);
        write_safety(ctx, g);
        write_service_tier(ctx, g);
        write_labels(ctx, g);
    }
    pbs_w_end(ctx);
}
