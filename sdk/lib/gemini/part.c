/* SPDX-License-Identifier: MIT */
/* Owns one part of a candidate as events: text, thought, a call, an image or a sound, code that
 * the vendor ran. What came with a signature keeps it, for the next turn. In ops. */
#include "lib/gemini/internal.h"

void pbs_gemini_emit(const pbs_ctx *ctx, int32_t kind, uint32_t choice, pb_str text)
{
    pb_event event = {.size = sizeof event, .kind = kind, .choice = choice, .text = text};
    if (text.len > 0)
        ctx->api->emit(ctx->x, &event);
}

void pbs_gemini_emit_extra(const pbs_ctx *ctx, int32_t at, uint32_t choice, uint32_t index,
                           const char *name, pb_str json)
{
    pb_event event = {.size = sizeof event,
                      .kind = PB_EV_EXTRA,
                      .at = at,
                      .choice = choice,
                      .index = index,
                      .name = pbs_str(name),
                      .text = json};
    ctx->api->emit(ctx->x, &event);
}

static void emit_signature(const pbs_ctx *ctx, int32_t at, uint32_t choice, uint32_t index,
                           pb_str signature)
{
    if (signature.len == 0)
        return;
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "thought_signature", signature);
    pbs_w_end(ctx);
    pbs_gemini_emit_extra(ctx, at, choice, index, "provider_specific_fields",
                          ctx->api->w_end(ctx->x));
}

/* ---- Calls ---- */

/* ID__thought__SIGNATURE, as calls.c reads it; an ID is made up where the vendor gave none. */
static void sign_id(const pbs_ctx *ctx, const pbs_gemini *g, pb_str id, pb_str signature,
                    pbs_buf *out)
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    unsigned char drawn[24];
    if (!g->sign_ids || signature.len == 0)
        return;
    pbs_buf_add(out, id.len > 0 ? id : PBS_STR("call_"));
    if (id.len == 0)
        ctx->api->random(ctx->core, drawn, sizeof drawn);
    for (size_t i = 0; id.len == 0 && i < sizeof drawn; i++)
        pbs_buf_add_char(out, letters[drawn[i] % 62]);
    pbs_buf_add(out, PBS_STR("__thought__"));
    pbs_buf_add(out, signature);
}

/* JSON without the white space between its tokens: the vendor indents its answers. */
static void add_compact(pbs_buf *out, pb_str json)
{
    bool in_string = false, escaped = false;
    for (size_t i = 0; i < json.len; i++) {
        char c = json.ptr[i];
        if (!in_string && memchr(" \t\r\n", c, 4) != NULL)
            continue;
        pbs_buf_add_char(out, c);
        if (c == '"' && !escaped)
            in_string = !in_string;
        escaped = in_string && c == '\\' && !escaped;
    }
}

static void take_call(const pbs_ctx *ctx, pbs_gemini *g, uint32_t choice, const pb_json *part,
                      const pb_json *call)
{
    const pb_json *args = pbs_get(ctx, call, "args");
    pb_str json = ctx->api->json_text(args), id = pbs_get_str(ctx, call, "id");
    pb_str signature = pbs_get_str(ctx, part, "thoughtSignature");
    bool custom = false;
    pbs_buf compact, signed_id;
    pbs_buf_init(&compact, json.len + 1);
    pbs_buf_init(&signed_id, id.len + signature.len + 64);
    sign_id(ctx, g, id, signature, &signed_id);
    uint32_t index = g->choices[choice].calls++;
    pb_event event = {.size = sizeof event,
                      .kind = PB_EV_TOOL_CALL,
                      .choice = choice,
                      .index = index,
                      .id = signed_id.len > 0 ? pbs_buf_str(&signed_id) : id,
                      .name =
                          pbs_gemini_tool_name(ctx, g, pbs_get_str(ctx, call, "name"), &custom)};
    if (custom) {
        event.kind = PB_EV_CUSTOM_CALL;
        event.text = pbs_get_str(ctx, args, "input");
    } else if (pbs_is_type(ctx, args, PB_JSON_OBJECT)) {
        add_compact(&compact, json);
        event.text = pbs_buf_str(&compact);
    }
    ctx->api->emit(ctx->x, &event);
    pbs_buf_free(&compact);
    pbs_buf_free(&signed_id);
    emit_signature(ctx, PB_AT_TOOL_CALL, choice, index, signature);
}

/* ---- Images and sounds ---- */

static void emit_image(const pbs_ctx *ctx, uint32_t choice, pb_str type, pb_str data)
{
    pbs_buf url;
    pbs_buf_init(&url, data.len + type.len + 32);
    pbs_buf_add(&url, PBS_STR("data:"));
    pbs_buf_add(&url, type);
    pbs_buf_add(&url, PBS_STR(";base64,"));
    pbs_buf_add(&url, data);
    ctx->api->w_begin(ctx->x);
    pbs_w_array(ctx, NULL);
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "type", PBS_STR("image_url"));
    pbs_w_object(ctx, "image_url");
    pbs_w_str(ctx, "url", pbs_buf_str(&url));
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_gemini_emit_extra(ctx, PB_AT_MESSAGE, choice, 0, "images", ctx->api->w_end(ctx->x));
    pbs_buf_free(&url);
}

static void emit_audio(const pbs_ctx *ctx, uint32_t choice, pb_str data)
{
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "data", data);
    pbs_w_str(ctx, "transcript", (pb_str){NULL, 0});
    pbs_w_end(ctx);
    pbs_gemini_emit_extra(ctx, PB_AT_MESSAGE, choice, 0, "audio", ctx->api->w_end(ctx->x));
}

static void take_inline(const pbs_ctx *ctx, uint32_t choice, const pb_json *blob)
{
    pb_str type = pbs_get_str(ctx, blob, "mimeType"), data = pbs_get_str(ctx, blob, "data");
    if (data.len == 0)
        return;
    if (pbs_has_prefix(type, PBS_STR("audio/")))
        emit_audio(ctx, choice, data);
    else
        emit_image(ctx, choice, type, data);
}

/* Code that ran at the vendor's, what came of it, and parts of tomorrow. */
static void take_other(const pbs_ctx *ctx, uint32_t choice, const pb_json *part)
{
    ctx->api->w_begin(ctx->x);
    pbs_w_array(ctx, NULL);
    ctx->api->w_value(ctx->x, part);
    pbs_w_end(ctx);
    pbs_gemini_emit_extra(ctx, PB_AT_MESSAGE, choice, 0, "vendor_parts", ctx->api->w_end(ctx->x));
}

void pbs_gemini_take_part(const pbs_ctx *ctx, pbs_gemini *g, uint32_t choice, const pb_json *part)
{
    const pb_json *call = pbs_get(ctx, part, "functionCall");
    const pb_json *blob = pbs_get(ctx, part, "inlineData");
    pb_str text = pbs_get_str(ctx, part, "text");
    bool thought = ctx->api->json_bool(pbs_get(ctx, part, "thought"), 0) != 0;
    if (thought) {
        pbs_gemini_emit(ctx, PB_EV_REASONING, choice, text);
        return;
    }
    g->choices[choice].content =
        g->choices[choice].content || text.len > 0 || call != NULL || blob != NULL;
    if (pbs_is_type(ctx, call, PB_JSON_OBJECT)) {
        take_call(ctx, g, choice, part, call);
        return;
    }
    if (pbs_is_type(ctx, blob, PB_JSON_OBJECT))
        take_inline(ctx, choice, blob);
    else if (!pbs_has(ctx, part, "text") && !pbs_has(ctx, part, "thoughtSignature"))
        take_other(ctx, choice, part);
    pbs_buf_add(&g->choices[choice].text, text);
    pbs_gemini_emit(ctx, PB_EV_TEXT, choice, text);
    emit_signature(ctx, PB_AT_MESSAGE, choice, 0, pbs_get_str(ctx, part, "thoughtSignature"));
}
