/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of error classes, the classes of HTTP statuses, and failures as values. Any
 * thread; a failure is written only by the one who made it, until it is shared. It never logs. */
#include "base/error.h"

#include "base/secret.h"
#include "base/str.h"
#include "base/text.h"

#include <string.h>

/* Bounds of what a peer may make us keep and repeat. */
#define MESSAGE_MAX 4096u
#define WORD_MAX    256u

static const char INVALID[] = "invalid_request_error";

/* clang-format off */
G_DEFINE_QUARK(pbay-error-quark, pbay_error)

static const PbayErrorClass classes[] = {
    {PB_ERR_INTERNAL, "internal", 500, "server_error", "internal_error", NULL, false, 6},
    {PB_ERR_CONFIG, "configuration", 500, "server_error", "not_configured", NULL, false, 2},
    {PB_ERR_UNSUPPORTED, "unsupported", 400, INVALID, "unsupported_parameter", NULL, false, 3},
    {PB_ERR_INVALID, "invalid_request", 400, INVALID, NULL, NULL, false, 3},
    {PB_ERR_AUTH, "authentication", 401, INVALID, "invalid_api_key", NULL, false, 3},
    {PB_ERR_FORBIDDEN, "permission", 403, "permission_error", NULL, NULL, false, 3},
    {PB_ERR_NOT_FOUND, "not_found", 404, INVALID, "model_not_found", NULL, false, 3},
    {PB_ERR_CONTEXT_LENGTH, "context_length_exceeded", 400, INVALID, "context_length_exceeded",
     "messages", false, 3},
    {PB_ERR_CONTENT_POLICY, "content_policy", 400, INVALID, "content_policy_violation", NULL,
     false, 3},
    {PB_ERR_RATE_LIMIT, "rate_limit", 429, "rate_limit_error", "rate_limit_exceeded", NULL, true,
     3},
    {PB_ERR_QUOTA, "quota", 429, "insufficient_quota", "insufficient_quota", NULL, false, 3},
    {PB_ERR_OVERLOADED, "unavailable", 503, "server_error", "server_is_overloaded", NULL, true, 4},
    {PB_ERR_TIMEOUT, "timeout", 504, "timeout_error", "timeout", NULL, true, 4},
    {PB_ERR_UPSTREAM, "server_error", 502, "server_error", NULL, NULL, true, 4},
    {PB_ERR_PROTOCOL, "protocol", 502, "server_error", "invalid_upstream_response", NULL, true, 4},
    {PBAY_ERR_CANCELLED, "cancelled", 499, "cancelled", "cancelled", NULL, false, 5},
};

/* Where a status says more than its hundred. */
static const struct { int status; int32_t cls; } statuses[] = {
    {401, PB_ERR_AUTH}, {402, PB_ERR_QUOTA}, {403, PB_ERR_FORBIDDEN}, {404, PB_ERR_NOT_FOUND},
    {408, PB_ERR_TIMEOUT}, {410, PB_ERR_NOT_FOUND}, {424, PB_ERR_OVERLOADED},
    {425, PB_ERR_RATE_LIMIT}, {429, PB_ERR_RATE_LIMIT}, {498, PB_ERR_RATE_LIMIT},
    {499, PB_ERR_TIMEOUT}, {503, PB_ERR_OVERLOADED}, {504, PB_ERR_TIMEOUT},
    {524, PB_ERR_TIMEOUT}, {529, PB_ERR_OVERLOADED},
};
/* clang-format on */

/* The row of a class, or NULL. */
static const PbayErrorClass *find_class(int32_t cls)
{
    for (size_t i = 0; i < G_N_ELEMENTS(classes); i++)
        if (classes[i].cls == cls)
            return &classes[i];
    return NULL;
}

const PbayErrorClass *pbay_error_class(int32_t cls)
{
    const PbayErrorClass *row = find_class(cls);
    return row != NULL ? row : &classes[0];
}

int32_t pbay_error_class_of_status(int status)
{
    if (status < 300)
        return 0;
    if (status < 400)
        return PB_ERR_CONFIG; /* redirects are not followed: base-url is not the final address */
    for (size_t i = 0; i < G_N_ELEMENTS(statuses); i++)
        if (statuses[i].status == status)
            return statuses[i].cls;
    return status < 500 ? PB_ERR_INVALID : PB_ERR_UPSTREAM;
}

bool pbay_error_status_retryable(int status, int32_t cls)
{
    if (status == 409 && cls == PB_ERR_INVALID)
        return true; /* a conflict with another request, which may be over */
    if ((status == 501 || status == 505) && cls == PB_ERR_UPSTREAM)
        return false; /* what the server cannot do it cannot do a second later */
    return pbay_error_class(cls)->retryable;
}

/* A new string: s without secrets and without bytes that are not UTF-8, of at most max bytes, `…`
 * in it where it was cut. Cleaning may join what a NUL had parted, so it looks for secrets before
 * and after. */
static GString *clean(pb_str s, size_t max)
{
    GString *bytes = g_string_sized_new(s.len);
    pbay_str_append(bytes, s);
    pbay_redact(bytes);
    GString *text = g_string_sized_new(bytes->len);
    pbay_text_append_utf8(text, pbay_str_of(bytes));
    g_string_free(bytes, TRUE);
    pbay_redact(text);
    if (text->len > max) {
        static const char more[] = "\xE2\x80\xA6";
        size_t keep = max - (sizeof more - 1);
        while (keep > 0 && ((unsigned char)text->str[keep] & 0xC0) == 0x80)
            keep--;
        g_string_truncate(text, keep);
        g_string_append(text, more);
    }
    return text;
}

static char *clean_word(pb_str s, size_t max)
{
    return s.len != 0 ? g_string_free(clean(s, max), FALSE) : NULL;
}

static PbayFailure *failure_of(int32_t cls, pb_str message)
{
    const PbayErrorClass *row = pbay_error_class(cls);
    PbayFailure *failure = g_new0(PbayFailure, 1);
    atomic_init(&failure->refs, 1);
    failure->cls = row->cls;
    failure->retryable = row->retryable;
    failure->message = g_string_free(clean(message, MESSAGE_MAX), FALSE);
    return failure;
}

PbayFailure *pbay_failure_new(int32_t cls, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    return failure_of(cls, pbay_str(message));
}

/* The class of a driver's error: its own word if we know it, else the status's, else that an
 * answer we cannot place (a success that is none) is the vendor's fault and no answer at all the
 * driver's. */
static int32_t driver_class(int32_t cls, int status)
{
    if (find_class(cls) != NULL && cls != PBAY_ERR_CANCELLED)
        return cls;
    int32_t by_status = pbay_error_class_of_status(status);
    if (by_status != 0)
        return by_status;
    return status != 0 ? PB_ERR_UPSTREAM : PB_ERR_INTERNAL;
}

/* What is said of a failure for which the driver found no words. Caller frees. */
static char *unexplained(int32_t cls, int status)
{
    if (status >= 300 && status < 400)
        return g_strdup_printf("the provider redirects elsewhere (HTTP status %d), which is not "
                               "followed because the key would go along; set base-url to the final "
                               "address",
                               status);
    if (status != 0)
        return g_strdup_printf("the provider answered with HTTP status %d (%s) and gave no reason",
                               status, pbay_error_class(cls)->name);
    return g_strdup_printf("the driver failed (%s) and gave no reason",
                           pbay_error_class(cls)->name);
}

PbayFailure *pbay_failure_from_driver(const pb_error *error, int status)
{
    pb_error given = {0};
    if (error != NULL)
        memcpy(&given, error, MIN((size_t)error->size, sizeof given));
    if (given.http_status > 0)
        status = given.http_status;
    int32_t cls = driver_class(given.cls, status);
    g_autofree char *said = NULL;
    if (given.message.len == 0) {
        said = unexplained(cls, status);
        given.message = pbay_str(said);
    }
    PbayFailure *failure = failure_of(cls, given.message);
    failure->http_status = status;
    failure->retryable =
        given.retry != 0 ? given.retry > 0 : pbay_error_status_retryable(status, cls);
    failure->retry_after_ms = MAX(given.retry_after_ms, 0);
    failure->code = clean_word(given.code, WORD_MAX);
    failure->param = clean_word(given.param, WORD_MAX);
    return failure;
}

PbayFailure *pbay_failure_from_gerror(const GError *error)
{
    int32_t cls = error->domain == PBAY_ERROR ? error->code : PB_ERR_INTERNAL;
    return failure_of(cls, pbay_str(error->message));
}

PbayFailure *pbay_failure_ref(PbayFailure *failure)
{
    atomic_fetch_add_explicit(&failure->refs, 1, memory_order_relaxed);
    return failure;
}

void pbay_failure_unref(PbayFailure *failure)
{
    if (failure == NULL || atomic_fetch_sub_explicit(&failure->refs, 1, memory_order_acq_rel) != 1)
        return;
    g_free(failure->message);
    g_free(failure->code);
    g_free(failure->param);
    g_free(failure->type);
    g_free(failure->request_id);
    g_free(failure->raw);
    g_free(failure);
}

void pbay_failure_set_code(PbayFailure *failure, const char *code)
{
    g_free(failure->code);
    failure->code = clean_word(pbay_str(code), WORD_MAX);
}

void pbay_failure_set_param(PbayFailure *failure, const char *param)
{
    g_free(failure->param);
    failure->param = clean_word(pbay_str(param), WORD_MAX);
}

void pbay_failure_set_raw(PbayFailure *failure, pb_str raw)
{
    g_free(failure->raw);
    failure->raw = NULL;
    failure->raw_len = 0;
    if (raw.len == 0)
        return;
    GString *text = clean(raw, PBAY_FAILURE_RAW_MAX); /* whole, so that no half secret survives */
    failure->raw_len = text->len;
    failure->raw = g_string_free(text, FALSE);
}

void pbay_failure_set_request_id(PbayFailure *failure, pb_str id)
{
    g_free(failure->request_id);
    failure->request_id = clean_word(id, WORD_MAX);
}

static void write_member(GString *out, const char *name, const char *value)
{
    g_string_append_printf(out, ",\"%s\":", name);
    if (value != NULL)
        pbay_text_append_json(out, pbay_str(value));
    else
        g_string_append(out, "null");
}

void pbay_failure_write(const PbayFailure *failure, GString *out)
{
    const PbayErrorClass *row = pbay_error_class(failure->cls);
    g_string_append(out, "{\"error\":{\"message\":");
    pbay_text_append_json(out, pbay_str(failure->message));
    write_member(out, "type", failure->type != NULL ? failure->type : row->type);
    write_member(out, "param", failure->param != NULL ? failure->param : row->param);
    write_member(out, "code", failure->code != NULL ? failure->code : row->code);
    g_string_append(out, "}}");
}
