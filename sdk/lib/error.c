/* SPDX-License-Identifier: MIT */
/* Owns reading error bodies. What a vendor said is passed on in its own words, never replaced;
 * only a body that says nothing gets a sentence of ours. Recursion is bounded, texts are cut. */
#include "lib/error.h"

#include "lib/duration.h"
#include "lib/error_class.h"
#include "lib/retry.h"
#include "lib/str.h"

#include <stdio.h>

#define TEXT_MAX  300u
#define DEPTH_MAX 4

static const pb_json *get(const pbs_ctx *ctx, const pb_json *object, const char *name)
{
    return ctx->api->json_get(object, pbs_str(name));
}

static pb_str get_str(const pbs_ctx *ctx, const pb_json *object, const char *name)
{
    return ctx->api->json_str(get(ctx, object, name));
}

/* The first text in a value: itself, a member that usually holds one, the first element. */
static pb_str text_in(const pbs_ctx *ctx, const pb_json *value, int depth)
{
    static const char *const members[] = {"message", "msg", "error", "detail", "errors"};
    int32_t type = ctx->api->json_type(value);
    if (type == PB_JSON_STRING)
        return ctx->api->json_str(value);
    if (depth == 0)
        return (pb_str){NULL, 0};
    if (type == PB_JSON_ARRAY)
        return text_in(ctx, ctx->api->json_at(value, 0, NULL), depth - 1);
    for (size_t i = 0; type == PB_JSON_OBJECT && i < sizeof members / sizeof members[0]; i++) {
        pb_str text = text_in(ctx, get(ctx, value, members[i]), depth - 1);
        if (text.len > 0)
            return text;
    }
    return (pb_str){NULL, 0};
}

/* A code may be a number or a text; a bare HTTP status is no code but a status. */
static void take_code(const pbs_ctx *ctx, const pb_json *value, pbs_error *out)
{
    int64_t number = ctx->api->json_int(value, -1);
    pb_str text = ctx->api->json_str(value);
    if (text.len > 0 && !pbs_int(text, &number)) {
        if (memchr(text.ptr, ' ', text.len) == NULL)
            out->code = text;
        else if (out->message.len == 0)
            out->message = text;
        return;
    }
    if (number >= 400 && number < 600) {
        out->inner_status = (int)number;
    } else if (number >= 0) {
        int n = snprintf(out->number, sizeof out->number, "%lld", (long long)number);
        out->code = (pb_str){out->number, (size_t)n};
    }
}

/* Appends to what `out->message` says, in `out->text`. */
static void add_text(pbs_error *out, const char *between, pb_str more)
{
    more = pbs_cut(more, TEXT_MAX);
    pb_str said = pbs_cut(out->message, sizeof out->text / 2);
    int n = snprintf(out->text, sizeof out->text, "%.*s%s%.*s", (int)said.len,
                     said.len > 0 ? said.ptr : "", said.len > 0 ? between : "", (int)more.len,
                     more.ptr);
    if (n > 0)
        out->message =
            (pb_str){out->text, (size_t)n < sizeof out->text ? (size_t)n : sizeof out->text - 1};
}

/* OpenRouter: what the vendor behind it said, and why a filter refused. */
static void take_metadata(const pbs_ctx *ctx, const pb_json *metadata, pbs_error *out)
{
    pb_str type = get_str(ctx, metadata, "error_type");
    if (type.len > 0)
        out->type = type;
    if (get(ctx, metadata, "reasons") != NULL || get(ctx, metadata, "flagged_input") != NULL)
        out->cls = PB_ERR_CONTENT_POLICY;
    pb_str raw = get_str(ctx, metadata, "raw");
    if (raw.len > 0)
        add_text(out, ": ", raw);
}

/* Validation errors of FastAPI: [{"type","loc":["body","seed"],"msg"}]. */
static void take_detail(const pbs_ctx *ctx, const pb_json *detail, pbs_error *out)
{
    const pb_json *first = ctx->api->json_at(detail, 0, NULL);
    const pb_json *loc = get(ctx, first, "loc");
    size_t n = ctx->api->json_len(loc);
    if (out->param.len == 0 && n > 0)
        out->param = ctx->api->json_str(ctx->api->json_at(loc, n > 1 ? 1 : 0, NULL));
    if (out->code.len == 0)
        out->code = get_str(ctx, first, "type");
}

/* Google's RetryInfo among the details, and members that hold seconds. */
static void take_hint(const pbs_ctx *ctx, const pb_json *object, pbs_error *out)
{
    const pb_json *details = get(ctx, object, "details");
    for (size_t i = 0; out->hint_ms < 0 && i < ctx->api->json_len(details); i++) {
        const pb_json *detail = ctx->api->json_at(details, i, NULL);
        out->hint_ms = pbs_duration(get_str(ctx, detail, "retryDelay"));
    }
    double seconds = ctx->api->json_real(get(ctx, object, "estimated_time"), -1);
    if (out->hint_ms < 0 && seconds >= 0 && seconds < 1e9)
        out->hint_ms = (int64_t)(seconds * 1000);
}

static void take_inner(const pbs_ctx *ctx, const pb_json *object, pbs_error *out)
{
    const pb_json *inner = get(ctx, object, "innererror");
    if (inner == NULL)
        inner = get(ctx, object, "inner_error");
    pb_str code = get_str(ctx, inner, "code");
    if (pbs_is(code, "ResponsibleAIPolicyViolation"))
        out->cls = PB_ERR_CONTENT_POLICY;
}

static void take_members(const pbs_ctx *ctx, const pb_json *object, pbs_error *out)
{
    if (out->message.len == 0)
        out->message = text_in(ctx, object, DEPTH_MAX);
    if (out->code.len == 0)
        take_code(ctx, get(ctx, object, "code"), out);
    if (out->type.len == 0)
        out->type = get_str(ctx, object, "type");
    if (out->type.len == 0)
        out->type = get_str(ctx, object, "error_type");
    if (out->param.len == 0)
        out->param = get_str(ctx, object, "param");
    if (out->inner_status == 0)
        take_code(ctx, get(ctx, object, "status_code"), out);
    take_hint(ctx, object, out);
    take_inner(ctx, object, out);
}

bool pbs_error_read(const pbs_ctx *ctx, const pb_json *body, pbs_error *out)
{
    memset(out, 0, sizeof *out);
    out->hint_ms = -1;
    if (ctx->api->json_type(body) == PB_JSON_ARRAY)
        body = ctx->api->json_at(body, 0, NULL);
    if (ctx->api->json_type(body) == PB_JSON_STRING)
        out->message = ctx->api->json_str(body);
    const pb_json *error = get(ctx, body, "error");
    if (ctx->api->json_type(error) == PB_JSON_OBJECT)
        take_members(ctx, error, out);
    else if (ctx->api->json_type(error) != PB_JSON_NULL)
        out->message = text_in(ctx, error, DEPTH_MAX);
    if (ctx->api->json_type(error) != PB_JSON_OBJECT)
        take_members(ctx, body, out);
    else
        take_hint(ctx, body, out);
    take_detail(ctx, get(ctx, body, "detail"), out);
    /* {"code":"The service is currently unavailable","error":"..."}: a sentence belongs to the
     * text. */
    pb_str sentence = get_str(ctx, body, "code");
    if (sentence.len > 0 && memchr(sentence.ptr, ' ', sentence.len) != NULL &&
        !pbs_eq(sentence, out->message))
        add_text(out, " - ", sentence);
    take_metadata(ctx, get(ctx, error, "metadata"), out);
    return out->message.len > 0 || out->code.len > 0 || out->type.len > 0;
}

bool pbs_error_is_in(const pbs_ctx *ctx, const pb_json *body)
{
    const pb_json *error = get(ctx, body, "error");
    int32_t type = ctx->api->json_type(error);
    if (type == PB_JSON_OBJECT || type == PB_JSON_ARRAY)
        return ctx->api->json_len(error) > 0;
    return ctx->api->json_str(error).len > 0 || pbs_is(get_str(ctx, body, "object"), "error");
}

pb_next pbs_error_fail(const pbs_ctx *ctx, int status, const pbs_error *error)
{
    pbs_retry retry = pbs_retry_read(ctx, error->message, error->hint_ms);
    pb_error out = {.size = sizeof out,
                    .http_status = status >= 400 ? status : 0,
                    .retry = retry.retry,
                    .retry_after_ms = retry.after_ms,
                    .code = error->code,
                    .message = error->message,
                    .param = error->param};
    out.cls = error->cls != 0 ? error->cls
                              : pbs_error_class(status, error->inner_status, error->code,
                                                error->type, error->message);
    if (out.retry == 0 && pbs_is(error->code, "tool_use_failed"))
        out.retry = 1; /* the model wrote a call that does not parse: another draw may do */
    ctx->api->fail(ctx->x, &out);
    return PB_FAIL;
}

/* What a page says in its title, or the beginning of a plain text. */
static void from_text(pb_str body, pbs_error *out)
{
    memset(out, 0, sizeof *out);
    out->hint_ms = -1;
    body = pbs_trim(body);
    if (body.len == 0 || body.ptr[0] != '<') {
        out->message = pbs_cut(body, TEXT_MAX);
        return;
    }
    size_t from = pbs_find_nocase(body, "<title>"), to = pbs_find_nocase(body, "</title>");
    out->message = PBS_STR("the server answered with an HTML page instead of JSON");
    if (from != PBS_NONE && to != PBS_NONE && to > from + 7)
        add_text(out, ": ", pbs_trim((pb_str){body.ptr + from + 7, to - from - 7}));
}

const pb_json *pbs_error_read_body(const pbs_ctx *ctx, pb_str body, pbs_error *out)
{
    const pb_json *json = ctx->api->json_parse(ctx->x, pbs_trim(body), 0);
    if (json == NULL)
        from_text(body, out);
    else if (!pbs_error_read(ctx, json, out) || out->message.len == 0)
        out->message = pbs_cut(pbs_trim(body), TEXT_MAX);
    return json;
}

pb_next pbs_error_fail_body(const pbs_ctx *ctx, int status, pb_str body)
{
    pbs_error error;
    pbs_error_read_body(ctx, body, &error);
    return pbs_error_fail(ctx, status, &error);
}

pb_next pbs_fail(const pbs_ctx *ctx, int32_t cls, pb_str code, const char *message)
{
    pb_error out = {.size = sizeof out, .cls = cls, .code = code, .message = pbs_str(message)};
    ctx->api->fail(ctx->x, &out);
    return PB_FAIL;
}

pb_next pbs_fail_unusable(const pbs_ctx *ctx, const char *what, pb_str text, const char *hint)
{
    char message[400];
    pb_str head = pbs_cut(pbs_trim(text), 120);
    snprintf(message, sizeof message, "%s: \"%.*s\"%s", what, (int)head.len,
             head.len > 0 ? head.ptr : "", hint);
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"), message);
}
