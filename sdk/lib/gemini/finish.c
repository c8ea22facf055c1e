/* SPDX-License-Identifier: MIT */
/* Owns the end of an answer. Reasons are held until nothing more can come, since some models
 * repeat one in every piece; then each answer gets what was held and its finish. In ops. */
#include "lib/gemini/internal.h"

#include "lib/error.h"

typedef struct Reason {
    const char *native, *canonical;
} Reason;

static const Reason reasons[] = {
    {"STOP", "stop"},
    {"MAX_TOKENS", "length"},
    {"SAFETY", "content_filter"},
    {"RECITATION", "content_filter"},
    {"LANGUAGE", "content_filter"},
    {"BLOCKLIST", "content_filter"},
    {"PROHIBITED_CONTENT", "content_filter"},
    {"SPII", "content_filter"},
    {"MODEL_ARMOR", "content_filter"},
    {"IMAGE_SAFETY", "content_filter"},
    {"IMAGE_PROHIBITED_CONTENT", "content_filter"},
    {"IMAGE_RECITATION", "content_filter"},
    {"IMAGE_OTHER", "content_filter"},
    {"UNEXPECTED_TOOL_CALL", "content_filter"},
    {"TOO_MANY_TOOL_CALLS", "content_filter"},
};

static const char *canonical(const char *native)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (strcmp(native, reasons[i].native) == 0)
            return reasons[i].canonical;
    return "stop";
}

static void write_held(const pbs_ctx *ctx, const char *name, const pbs_buf *held)
{
    const pb_json *value =
        held->len > 0 ? ctx->api->json_parse(ctx->x, pbs_buf_str(held), 0) : NULL;
    if (value != NULL)
        pbs_w_value(ctx, name, value);
}

static void emit_held(const pbs_ctx *ctx, const pbs_gemini_choice *choice, uint32_t number)
{
    if (choice->safety.len + choice->citations.len + choice->grounding.len +
            choice->url_context.len + choice->message.len ==
        0)
        return;
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    write_held(ctx, "safety_ratings", &choice->safety);
    write_held(ctx, "citation_metadata", &choice->citations);
    write_held(ctx, "grounding_metadata", &choice->grounding);
    write_held(ctx, "url_context_metadata", &choice->url_context);
    write_held(ctx, "finish_message", &choice->message);
    pbs_w_end(ctx);
    pbs_gemini_emit_extra(ctx, PB_AT_CHOICE, number, 0, "provider_specific_fields",
                          ctx->api->w_end(ctx->x));
}

static void emit_finish(const pbs_ctx *ctx, uint32_t choice, const char *text, pb_str native)
{
    pb_event event = {.size = sizeof event,
                      .kind = PB_EV_FINISH,
                      .choice = choice,
                      .text = pbs_str(text),
                      .name = native};
    ctx->api->emit(ctx->x, &event);
}

static pb_next fail_malformed(const pbs_ctx *ctx, const pbs_gemini_choice *choice)
{
    const pb_json *said = ctx->api->json_parse(ctx->x, pbs_buf_str(&choice->message), 0);
    pb_str message = ctx->api->json_str(said);
    pb_error error = {.size = sizeof error,
                      .cls = PB_ERR_UPSTREAM,
                      .retry = 1,
                      .code = PBS_STR("MALFORMED_FUNCTION_CALL"),
                      .message = message.len > 0
                                     ? message
                                     : PBS_STR("the model wrote a function call that the vendor "
                                               "could not read, and nothing else; try again")};
    ctx->api->fail(ctx->x, &error);
    return PB_FAIL;
}

static pb_next end_choice(const pbs_ctx *ctx, pbs_gemini *g, uint32_t number)
{
    pbs_gemini_choice *choice = &g->choices[number];
    const char *text = canonical(choice->native);
    if (choice->native[0] == '\0' && g->blocked.len == 0)
        return 0; /* the core says what an answer without an end is */
    if (strcmp(choice->native, "MALFORMED_FUNCTION_CALL") == 0 && !choice->content)
        return fail_malformed(ctx, choice);
    pbs_gemini_emit_annotations(ctx, choice, number);
    emit_held(ctx, choice, number);
    if (choice->native[0] == '\0')
        text = "content_filter";
    else if (choice->calls > 0 && strcmp(text, "stop") == 0)
        text = "tool_calls"; /* the vendor says STOP then, too */
    emit_finish(ctx, number, text, pbs_str(choice->native));
    return 0;
}

/* No answer, because of the question. */
static void end_blocked(const pbs_ctx *ctx, const pbs_gemini *g)
{
    const pb_json *feedback = ctx->api->json_parse(ctx->x, pbs_buf_str(&g->blocked), 0);
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    pbs_w_value(ctx, "prompt_feedback", feedback);
    pbs_w_end(ctx);
    pbs_gemini_emit_extra(ctx, PB_AT_CHOICE, 0, 0, "provider_specific_fields",
                          ctx->api->w_end(ctx->x));
    emit_finish(ctx, 0, "content_filter", pbs_get_str(ctx, feedback, "blockReason"));
}

pb_next pbs_gemini_finish(const pbs_ctx *ctx, pbs_gemini *g)
{
    bool any = false;
    pb_next result = 0;
    for (uint32_t i = 0; i < PBS_GEMINI_CHOICES_MAX && result == 0; i++) {
        any = any || g->choices[i].seen;
        if (g->choices[i].seen)
            result = end_choice(ctx, g, i);
    }
    if (!any && g->blocked.len > 0)
        end_blocked(ctx, g);
    else if (!any)
        return pbs_fail(ctx, PB_ERR_UPSTREAM, PBS_STR("invalid_upstream_response"),
                        "the answer holds no candidates and does not say why; try again");
    return result == 0 ? PB_DONE : result;
}
