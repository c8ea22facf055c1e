/* SPDX-License-Identifier: Apache-2.0 */
/* A core as small as the helpers of sdk/lib need: JSON by the core's reader, the body by its
 * writer, reply headers from a table, and everything that is emitted or failed as one line of
 * text each. Single-threaded. */
#ifndef TESTS_SDK_HOST_H
#define TESTS_SDK_HOST_H

#include "base/str.h"
#include "lib/ctx.h"
#include "json/reader.h"
#include "json/writer.h"

#include <glib.h>

#define HOST_NESTING 4u
#define HOST_NOW_MS  INT64_C(1795343400000) /* 2026-11-22 10:30:00 GMT */

struct pb_xchg {
    GString *log, *body;
    PbayArena *arena;
    PbayJsonWriter w, outer[HOST_NESTING]; /* the innermost text; those it interrupts */
    unsigned depth;
    GHashTable *headers, *secrets;
};

static void host_str(pb_xchg *x, const char *name, pb_str s)
{
    if (s.len > 0)
        g_string_append_printf(x->log, " %s=%.*s", name, (int)s.len, s.ptr);
}

static void host_usage(pb_xchg *x, const pb_event *e)
{
    g_string_append(x->log, "usage");
    if (e->known & PB_USAGE_IN)
        g_string_append_printf(x->log, " in=%d", (int)e->tokens_in);
    if (e->known & PB_USAGE_OUT)
        g_string_append_printf(x->log, " out=%d", (int)e->tokens_out);
    if (e->known & PB_USAGE_CACHED)
        g_string_append_printf(x->log, " cached=%d", (int)e->tokens_cached);
    if (e->known & PB_USAGE_WRITE)
        g_string_append_printf(x->log, " write=%d", (int)e->tokens_cache_write);
    if (e->known & PB_USAGE_REASON)
        g_string_append_printf(x->log, " reason=%d", (int)e->tokens_reasoning);
    g_string_append_c(x->log, '\n');
}

static void host_vector(pb_xchg *x, const pb_event *e)
{
    g_string_append_printf(x->log, "vector %u:", e->index);
    for (size_t i = 0; i < e->vector_len; i++)
        g_string_append_printf(x->log, " %g", (double)e->vector[i]);
    g_string_append_c(x->log, '\n');
}

static void host_emit(pb_xchg *x, const pb_event *e)
{
    static const char *const names[] = {"?",      "text",  "reasoning", "refusal", "tool",
                                        "finish", "usage", "meta",      "extra",   "vector",
                                        "model",  "json",  "bytes",     "custom"};
    g_assert_cmpuint(e->size, ==, sizeof *e);
    g_assert_cmpint(e->kind, <, (int)G_N_ELEMENTS(names));
    if (e->kind == PB_EV_USAGE) {
        host_usage(x, e);
        return;
    }
    if (e->kind == PB_EV_VECTOR) {
        host_vector(x, e);
        return;
    }
    g_string_append(x->log, names[e->kind]);
    if (e->choice != 0)
        g_string_append_printf(x->log, " #%u", e->choice);
    if (e->kind == PB_EV_TOOL_CALL || e->kind == PB_EV_CUSTOM_CALL)
        g_string_append_printf(x->log, " %u", e->index);
    if (e->kind == PB_EV_EXTRA)
        g_string_append_printf(x->log, " @%d", e->at);
    host_str(x, "id", e->id);
    host_str(x, "name", e->name);
    host_str(x, "text", e->text);
    g_string_append_c(x->log, '\n');
}

static void host_fail(pb_xchg *x, const pb_error *error)
{
    g_assert_cmpuint(error->size, ==, sizeof *error);
    g_string_append_printf(x->log, "fail cls=%d status=%d", error->cls, error->http_status);
    if (error->retry != 0)
        g_string_append_printf(x->log, " retry=%d", error->retry);
    if (error->retry_after_ms != 0)
        g_string_append_printf(x->log, " after=%d", (int)error->retry_after_ms);
    host_str(x, "code", error->code);
    host_str(x, "param", error->param);
    host_str(x, "message", error->message);
    g_string_append_c(x->log, '\n');
}

static const pb_json *host_parse(pb_xchg *x, pb_str text, uint32_t flags)
{
    (void)flags;
    return pbay_json_parse(x->arena, text, NULL, PBAY_JSON_COPY, NULL);
}

static pb_str host_reply_header(pb_xchg *x, pb_str name)
{
    g_autofree char *key = pbay_str_dup(name);
    return pbay_str(g_hash_table_lookup(x->headers, key));
}

static pb_str host_secret(pb_xchg *x, pb_str name)
{
    g_autofree char *key = pbay_str_dup(name);
    return pbay_str(g_hash_table_lookup(x->secrets, key));
}

static void host_header(pb_xchg *x, pb_str name, pb_str value)
{
    g_string_append_printf(x->log, "header %.*s: %.*s\n", (int)name.len, name.ptr, (int)value.len,
                           value.ptr);
}

static void host_begin(pb_xchg *x, pb_str method, pb_str url, uint32_t flags)
{
    g_string_truncate(x->body, 0);
    g_string_append_printf(x->log, "%.*s %.*s %u\n", (int)method.len, method.ptr, (int)url.len,
                           url.ptr, flags);
}

static void host_body(pb_xchg *x, pb_str bytes)
{
    g_string_append_len(x->w.out, bytes.ptr, (gssize)bytes.len);
}

static void host_credential_put(pb_xchg *x, pb_str part, pb_str value, uint32_t flags,
                                int64_t expires_ms)
{
    g_string_append_printf(x->log, "put %.*s=%.*s flags=%u expires=%" G_GINT64_FORMAT "\n",
                           (int)part.len, part.ptr, (int)value.len, value.ptr, flags, expires_ms);
}

/* Kept among the secrets, as "name/part". */
static pb_str host_credential(pb_xchg *x, pb_str name, pb_str part)
{
    g_autofree char *key =
        g_strdup_printf("%.*s/%.*s", (int)name.len, name.ptr, (int)part.len, part.ptr);
    return pbay_str(g_hash_table_lookup(x->secrets, key));
}

static void host_credential_need(pb_xchg *x, pb_str name)
{
    g_string_append_printf(x->log, "need %.*s\n", (int)name.len, name.ptr);
}

static void host_note(pb_xchg *x, int32_t note, pb_str param, pb_str why)
{
    g_string_append_printf(x->log, "note %d %.*s: %.*s\n", note, (int)param.len, param.ptr,
                           (int)why.len, why.ptr);
}

static void host_log(pb_core *core, pb_xchg *x, int32_t level, pb_str message)
{
    (void)core;
    (void)level;
    g_string_append_printf(x->log, "log %.*s\n", (int)message.len, message.ptr);
}

static int64_t host_now_ms(pb_core *core)
{
    (void)core;
    return HOST_NOW_MS;
}

static void *host_alloc(pb_xchg *x, size_t n)
{
    return pbay_arena_alloc(x->arena, n);
}

static void host_open(pb_xchg *x, int32_t object)
{
    pbay_json_open(&x->w, object != 0);
}

static void host_close(pb_xchg *x)
{
    pbay_json_close(&x->w);
}

static void host_key(pb_xchg *x, pb_str key)
{
    pbay_json_key(&x->w, key);
}

static void host_value(pb_xchg *x, const pb_json *value)
{
    pbay_json_write_value(&x->w, value);
}

static void host_w_str(pb_xchg *x, pb_str text)
{
    pbay_json_write_str(&x->w, text);
}

static void host_w_int(pb_xchg *x, int64_t number)
{
    pbay_json_write_int(&x->w, number);
}

static void host_w_bool(pb_xchg *x, int32_t value)
{
    pbay_json_write_bool(&x->w, value != 0);
}

static void host_w_begin(pb_xchg *x)
{
    g_assert_cmpuint(x->depth, <, HOST_NESTING);
    x->outer[x->depth++] = x->w;
    pbay_json_writer_init(&x->w, g_string_new(NULL));
}

static pb_str host_w_end(pb_xchg *x)
{
    GString *text = x->w.out;
    g_assert_cmpuint(x->depth, >, 0);
    g_assert_true(pbay_json_writer_ok(&x->w));
    pb_str kept = pbay_arena_copy(x->arena, pbay_str_of(text));
    g_string_free(text, TRUE);
    x->w = x->outer[--x->depth];
    return kept;
}

static const pb_core_api host_api = {.size = sizeof host_api,
                                     .log = host_log,
                                     .now_ms = host_now_ms,
                                     .json_parse = host_parse,
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
                                     .w_open = host_open,
                                     .w_close = host_close,
                                     .w_key = host_key,
                                     .w_value = host_value,
                                     .w_str = host_w_str,
                                     .w_int = host_w_int,
                                     .w_bool = host_w_bool,
                                     .w_begin = host_w_begin,
                                     .w_end = host_w_end,
                                     .http_begin = host_begin,
                                     .http_header = host_header,
                                     .http_body = host_body,
                                     .credential = host_credential,
                                     .credential_need = host_credential_need,
                                     .credential_put = host_credential_put,
                                     .http_reply_header = host_reply_header,
                                     .secret = host_secret,
                                     .note = host_note,
                                     .emit = host_emit,
                                     .fail = host_fail,
                                     .alloc = host_alloc};

typedef struct Host {
    pbs_ctx ctx;
    pb_xchg x;
} Host;

static inline Host *host_new(void)
{
    Host *host = g_new0(Host, 1);
    host->x.log = g_string_new(NULL);
    host->x.body = g_string_new(NULL);
    host->x.arena = pbay_arena_new(0);
    host->x.headers = g_hash_table_new(g_str_hash, g_str_equal);
    host->x.secrets = g_hash_table_new(g_str_hash, g_str_equal);
    pbay_json_writer_init(&host->x.w, host->x.body);
    host->ctx = (pbs_ctx){&host_api, NULL, &host->x};
    return host;
}

static inline void host_free(Host *host)
{
    g_string_free(host->x.log, TRUE);
    g_string_free(host->x.body, TRUE);
    pbay_arena_free(host->x.arena);
    g_hash_table_unref(host->x.headers);
    g_hash_table_unref(host->x.secrets);
    g_free(host);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Host, host_free)

static inline const pb_json *host_json(Host *host, const char *text)
{
    const pb_json *value = host_parse(&host->x, pbay_str(text), 0);
    g_assert_nonnull(value);
    return value;
}

/* What was emitted since the last look. */
#define host_expect(host, expected)                                                                \
    do {                                                                                           \
        g_assert_cmpstr((host)->x.log->str, ==, expected);                                         \
        g_string_truncate((host)->x.log, 0);                                                       \
    } while (0)

#endif
