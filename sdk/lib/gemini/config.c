/* SPDX-License-Identifier: MIT */
/* Owns the member generationConfig: sampling, lengths, the form of the answer. What the client
 * gave in a generationConfig of its own goes along, unless the request says the same thing in
 * canonical words. In ops. */
#include "lib/gemini/internal.h"

#define STOPS_MAX 5u

static const pb_json *asked(const pbs_ctx *ctx, const pbs_gemini *g, const char *name)
{
    const pb_json *value = pbs_get(ctx, g->request->body, name);
    return ctx->api->json_type(value) != PB_JSON_NULL ? value : NULL;
}

static void write_as(const pbs_ctx *ctx, const pbs_gemini *g, const char *name, const char *theirs)
{
    const pb_json *value = asked(ctx, g, name);
    if (value != NULL)
        pbs_w_value(ctx, theirs, value);
}

static void write_limits(const pbs_ctx *ctx, const pbs_gemini *g)
{
    const pb_json *most = asked(ctx, g, "max_completion_tokens");
    if (most == NULL)
        most = asked(ctx, g, "max_tokens");
    if (most != NULL)
        pbs_w_value(ctx, "maxOutputTokens", most);
    if (pbs_get_int(ctx, g->request->body, "n", 1) != 1)
        write_as(ctx, g, "n", "candidateCount");
}

static void write_penalties(const pbs_ctx *ctx, const pbs_gemini *g)
{
    if (g->no_penalties)
        return;
    write_as(ctx, g, "presence_penalty", "presencePenalty");
    write_as(ctx, g, "frequency_penalty", "frequencyPenalty");
}

static void write_stop(const pbs_ctx *ctx, const pbs_gemini *g)
{
    const pb_json *stop = asked(ctx, g, "stop");
    bool text = pbs_is_type(ctx, stop, PB_JSON_STRING);
    size_t n = ctx->api->json_len(stop);
    if (!text && n == 0)
        return;
    pbs_w_array(ctx, "stopSequences");
    if (text)
        ctx->api->w_value(ctx->x, stop);
    for (size_t i = 0; !text && i < n && i < STOPS_MAX; i++)
        ctx->api->w_value(ctx->x, ctx->api->json_at(stop, i, NULL));
    pbs_w_end(ctx);
    if (n > STOPS_MAX)
        pbs_gemini_note(ctx, g, PB_NOTE_CLAMPED, "stop", "this vendor takes five at most");
}

static void write_logprobs(const pbs_ctx *ctx, const pbs_gemini *g)
{
    const pb_json *top = asked(ctx, g, "top_logprobs");
    if (ctx->api->json_bool(asked(ctx, g, "logprobs"), 0) == 0)
        return;
    pbs_w_bool(ctx, "responseLogprobs", true);
    if (ctx->api->json_int(top, 0) > 0)
        pbs_w_value(ctx, "logprobs", top);
}

/* ---- The form of the answer ---- */

static void write_schema(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *schema)
{
    if (pbs_gemini_takes_json_schema(g)) {
        pbs_w_value(ctx, "responseJsonSchema", schema);
        return;
    }
    pbs_w_key(ctx, "responseSchema");
    if (!pbs_gemini_write_schema(ctx, schema))
        pbs_gemini_note_once(ctx, g, &g->told_schema, PB_NOTE_EMULATED, "response_format",
                             "this model takes part of JSON Schema; the rest was left out");
}

static void write_format(const pbs_ctx *ctx, pbs_gemini *g)
{
    const pb_json *format = asked(ctx, g, "response_format");
    const pb_json *schema = pbs_get(ctx, pbs_get(ctx, format, "json_schema"), "schema");
    pb_str type = pbs_get_str(ctx, format, "type");
    bool json = pbs_is(type, "json_object") || pbs_is(type, "json_schema");
    if (format == NULL || pbs_is(type, "text"))
        return;
    if (!json || g->model.gemma) {
        pbs_gemini_note(ctx, g, PB_NOTE_UNMET, "response_format",
                        json ? "this model has no JSON mode"
                             : "this vendor has text, json_object and json_schema");
        return;
    }
    pbs_w_str(ctx, "responseMimeType", PBS_STR("application/json"));
    if (pbs_is_type(ctx, schema, PB_JSON_OBJECT))
        write_schema(ctx, g, schema);
}

static void write_modality(const pbs_ctx *ctx, pb_str name)
{
    char upper[16];
    size_t n = 0;
    for (; n < name.len && n < sizeof upper; n++)
        upper[n] = name.ptr[n] >= 'a' && name.ptr[n] <= 'z' ? (char)(name.ptr[n] - 'a' + 'A')
                                                            : name.ptr[n];
    ctx->api->w_str(ctx->x, (pb_str){upper, n});
}

static void write_modalities(const pbs_ctx *ctx, const pbs_gemini *g)
{
    const pb_json *list = asked(ctx, g, "modalities");
    size_t n = ctx->api->json_len(list);
    const pb_json *own = pbs_gemini_own(ctx, g->request->body, "responseModalities");
    if (own != NULL)
        pbs_w_value(ctx, "responseModalities", own);
    if (own != NULL || n == 0 || pbs_is(ctx->api->json_text(list), "[\"text\"]"))
        return;
    pbs_w_array(ctx, "responseModalities");
    for (size_t i = 0; i < n; i++) {
        pb_str name = ctx->api->json_str(ctx->api->json_at(list, i, NULL));
        if (!g->model.speech || !pbs_is(name, "text")) /* these only speak */
            write_modality(ctx, name);
    }
    pbs_w_end(ctx);
}

static void write_audio(const pbs_ctx *ctx, const pbs_gemini *g)
{
    const pb_json *audio = asked(ctx, g, "audio");
    const pb_json *own = pbs_gemini_own(ctx, g->request->body, "speechConfig");
    pb_str format = pbs_get_str(ctx, audio, "format"), voice = pbs_get_str(ctx, audio, "voice");
    if (own != NULL)
        pbs_w_value(ctx, "speechConfig", own);
    if (audio != NULL && !pbs_is(format, "pcm16"))
        pbs_gemini_note(ctx, g, PB_NOTE_UNMET, "audio", "this vendor speaks in pcm16 only");
    if (own != NULL || voice.len == 0)
        return;
    pbs_w_object(ctx, "speechConfig");
    pbs_w_object(ctx, "voiceConfig");
    pbs_w_object(ctx, "prebuiltVoiceConfig");
    pbs_w_str(ctx, "voiceName", voice);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

/* ---- All of it ---- */

static void write_own(const pbs_ctx *ctx, const pbs_gemini *g, const char *name)
{
    const pb_json *value = pbs_gemini_own(ctx, g->request->body, name);
    if (value != NULL)
        pbs_w_value(ctx, name, value);
}

static pb_str canonical(const pbs_ctx *ctx, pbs_gemini *g)
{
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    write_limits(ctx, g);
    write_as(ctx, g, "temperature", "temperature");
    write_as(ctx, g, "top_p", "topP");
    write_as(ctx, g, "top_k", "topK");
    write_stop(ctx, g);
    write_as(ctx, g, "seed", "seed");
    write_penalties(ctx, g);
    write_logprobs(ctx, g);
    write_format(ctx, g);
    write_modalities(ctx, g);
    write_audio(ctx, g);
    write_own(ctx, g, "mediaResolution");
    write_own(ctx, g, "imageConfig");
    pbs_gemini_write_thinking(ctx, g);
    pbs_w_end(ctx);
    return ctx->api->w_end(ctx->x);
}

/* Is this member of the client's generationConfig one that is there already? */
static bool is_there(const pbs_ctx *ctx, const pb_json *ours, const pb_json *own,
                     const pb_json *value)
{
    pb_str key;
    for (size_t i = 0; ctx->api->json_at(ours, i, &key) != NULL; i++) {
        char name[64];
        if (key.len >= sizeof name)
            continue;
        memcpy(name, key.ptr, key.len);
        name[key.len] = '\0';
        if (pbs_gemini_own(ctx, own, name) == value)
            return true;
    }
    return false;
}

static void write_members(const pbs_ctx *ctx, const pb_json *ours)
{
    const pb_json *value = NULL;
    pb_str key;
    for (size_t i = 0; (value = ctx->api->json_at(ours, i, &key)) != NULL; i++) {
        ctx->api->w_key(ctx->x, key);
        ctx->api->w_value(ctx->x, value);
    }
}

void pbs_gemini_write_config(const pbs_ctx *ctx, pbs_gemini *g)
{
    const pb_json *ours = ctx->api->json_parse(ctx->x, canonical(ctx, g), 0);
    const pb_json *own = pbs_gemini_own(ctx, g->request->body, "generationConfig");
    const pb_json *value = NULL;
    pb_str key;
    if (ctx->api->json_len(ours) == 0 && ctx->api->json_len(own) == 0)
        return;
    pbs_w_object(ctx, "generationConfig");
    write_members(ctx, ours);
    for (size_t i = 0; (value = ctx->api->json_at(own, i, &key)) != NULL; i++) {
        if (is_there(ctx, ours, own, value)) {
            pbs_gemini_note(ctx, g, PB_NOTE_DROPPED, "generationConfig",
                            "a member of it was also given as a parameter, which goes first");
            continue;
        }
        ctx->api->w_key(ctx->x, key);
        ctx->api->w_value(ctx->x, value);
    }
    pbs_w_end(ctx);
}
