/* SPDX-License-Identifier: Apache-2.0 */
/* The service table handed to drivers, and its entries that need no exchange: log, report,
 * clock, chance, hashes, JSON in. Those here are for any thread unless driver.h says otherwise;
 * none blocks. */
#include "exchange/services.h"

#include "base/str.h"
#include "exchange/internal.h"
#include "observe/log.h"

#include <string.h>

static void service_log(pb_core *core, pb_xchg *x, int32_t level, pb_str message)
{
    PbayLogLevel at = (PbayLogLevel)CLAMP(level, PB_LOG_DEBUG, PB_LOG_ERROR);
    if (!pbay_log_on(at))
        return;
    const char *driver = core != NULL && core->driver_id != NULL ? core->driver_id : "?";
    g_autoptr(GString) line = g_string_new(NULL);
    if (x != NULL)
        g_string_append_printf(line, "driver %s, provider %s: ", driver, x->provider->name);
    else
        g_string_append_printf(line, "driver %s: ", driver);
    pbay_str_append(line, message);
    pbay_log_str(at, "driver", pbay_str_of(line));
}

static void service_report(pb_core *core, pb_provider *provider, const pb_error *error)
{
    (void)provider; /* the one that is being opened: whoever opens it reads the message next */
    PbayFailure *failure = pbay_failure_from_driver(error, 0);
    g_free(core->reported);
    core->reported = g_strdup(failure->message);
    pbay_failure_unref(failure);
}

static int64_t service_now_ms(pb_core *core)
{
    return pbay_clock_now_ms(core);
}

static void service_random(pb_core *core, void *buf, size_t n)
{
    pbay_clock_random(core, buf, n);
}

/* The core offers no extension in this version. */
static const void *service_extension(pb_core *core, const char *id)
{
    (void)core;
    (void)id;
    return NULL;
}

static void service_sha256(pb_str data, uint8_t out[32])
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize len = 32;
    if (data.len != 0)
        g_checksum_update(sum, (const guchar *)data.ptr, (gssize)data.len);
    g_checksum_get_digest(sum, out, &len);
    g_checksum_free(sum);
}

static void service_hmac_sha256(pb_str key, pb_str data, uint8_t out[32])
{
    static const guchar nothing[1];
    const guchar *bytes = key.len != 0 ? (const guchar *)key.ptr : nothing;
    GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, bytes, key.len);
    gsize len = 32;
    if (data.len != 0)
        g_hmac_update(hmac, (const guchar *)data.ptr, (gssize)data.len);
    g_hmac_get_digest(hmac, out, &len);
    g_hmac_unref(hmac);
}

/* Kept values and those of an engine, which has no ops, live with the exchange; others with the
 * op. */
static const pb_json *service_json_parse(pb_xchg *x, pb_str text, uint32_t flags)
{
    bool keep = (flags & PB_JSON_KEEP) != 0 || x->engine != NULL;
    unsigned how = PBAY_JSON_COPY;
    g_autoptr(GError) error = NULL;
    const pb_json *value =
        pbay_json_parse(keep ? x->arena : x->worker->scratch, text, NULL, how, &error);
    if (value == NULL)
        pbay_log(PBAY_LOG_DEBUG, "exchange", "%s: a text that is no JSON: %s", x->provider->name,
                 error->message);
    return value;
}

static const pb_core_api table = {
    .size = sizeof(pb_core_api),
    .abi_minor = PB_ABI_MINOR,
    .log = service_log,
    .report = service_report,
    .now_ms = service_now_ms,
    .random = service_random,
    .extension = service_extension,
    .sha256 = service_sha256,
    .hmac_sha256 = service_hmac_sha256,
    .json_parse = service_json_parse,
    .json_type = pbay_json_type,
    .json_len = pbay_json_len,
    .json_get = pbay_json_get,
    .json_at = pbay_json_at,
    .json_str = pbay_json_str,
    .json_int = pbay_json_int,
    .json_real = pbay_json_real,
    .json_bool = pbay_json_bool,
    .json_floats = pbay_json_floats,
    .json_text = pbay_json_text,
    .http_begin = pbay_service_http_begin,
    .http_header = pbay_service_http_header,
    .http_body = pbay_service_http_body,
    .w_open = pbay_service_w_open,
    .w_close = pbay_service_w_close,
    .w_key = pbay_service_w_key,
    .w_str = pbay_service_w_str,
    .w_int = pbay_service_w_int,
    .w_real = pbay_service_w_real,
    .w_bool = pbay_service_w_bool,
    .w_value = pbay_service_w_value,
    .w_begin = pbay_service_w_begin,
    .w_end = pbay_service_w_end,
    .http_view = pbay_service_http_view,
    .http_header_at = pbay_service_http_header_at,
    .http_reply_header = pbay_service_http_reply_header,
    .http_collect = pbay_service_http_collect,
    .secret = pbay_service_secret,
    .credential = pbay_service_credential,
    .credential_need = pbay_service_credential_need,
    .credential_put = pbay_service_credential_put,
    .credential_drop = pbay_service_credential_drop,
    .emit = pbay_service_emit,
    .note = pbay_service_note,
    .fail = pbay_service_fail,
    .wait = pbay_service_wait,
    .alloc = pbay_service_alloc,
};

const pb_core_api *pbay_services(void)
{
    return &table;
}
