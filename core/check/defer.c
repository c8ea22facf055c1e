/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of effects of the op that runs. Bytes are copied when a service is called, so that a
 * driver may let go of them as the ABI allows. A look at the request (http_view) first lets go of
 * what describes it, and of that alone. On the thread of the op. */
#include "check/defer.h"

#include "base/str.h"
#include "exchange/exchange.h"

#include <string.h>

typedef enum What {
    HTTP_BEGIN,
    HTTP_HEADER,
    HTTP_BODY,
    W_OPEN,
    W_CLOSE,
    W_KEY,
    W_STR,
    W_INT,
    W_REAL,
    W_BOOL,
    W_VALUE,
    LAST_OF_REQUEST = W_VALUE, /* what http_view shows */
    COLLECT,
    NEED,
    PUT,
    DROP,
    EMIT,
    NOTE,
    FAIL,
    WAIT
} What;

typedef struct Effect {
    What what;
    uint32_t flags;
    int64_t number;
    double real;
    const pb_json *value;
    char *text[3]; /* copies, g_free */
    size_t len[3];
    pb_event *event;
    pb_error *error;
} Effect;

static GPtrArray *held;     /* Effect *; NULL: no op runs, nothing is held back */
static unsigned text_depth; /* within w_begin: what is written is local */
static const pb_core_api *core;

static void free_effect(gpointer data)
{
    Effect *effect = data;

    for (size_t i = 0; i < G_N_ELEMENTS(effect->text); i++)
        g_free(effect->text[i]);
    if (effect->event != NULL)
        g_free((float *)effect->event->vector);
    g_free(effect->event);
    g_free(effect->error);
    g_free(effect);
}

static Effect *hold(What what)
{
    Effect *effect = g_new0(Effect, 1);

    effect->what = what;
    g_ptr_array_add(held, effect);
    return effect;
}

/* A copy with nothing behind it, so that a sanitizer sees whoever reads on. */
static void keep(Effect *effect, size_t i, pb_str s)
{
    effect->text[i] = g_memdup2(s.len != 0 ? s.ptr : "", s.len != 0 ? s.len : 1);
    effect->len[i] = s.len;
}

static pb_str kept(const Effect *effect, size_t i)
{
    return (pb_str){effect->text[i], effect->len[i]};
}

static bool writes_text(void)
{
    return held == NULL || text_depth != 0;
}

static void apply_writer(pb_xchg *x, const Effect *e)
{
    switch (e->what) {
    case W_OPEN:
        core->w_open(x, (int32_t)e->number);
        break;
    case W_CLOSE:
        core->w_close(x);
        break;
    case W_KEY:
        core->w_key(x, kept(e, 0));
        break;
    case W_STR:
        core->w_str(x, kept(e, 0));
        break;
    case W_INT:
        core->w_int(x, e->number);
        break;
    case W_REAL:
        core->w_real(x, e->real);
        break;
    case W_BOOL:
        core->w_bool(x, (int32_t)e->number);
        break;
    default:
        core->w_value(x, e->value);
        break;
    }
}

static void apply(pb_xchg *x, const Effect *e)
{
    switch (e->what) {
    case HTTP_BEGIN:
        core->http_begin(x, kept(e, 0), kept(e, 1), e->flags);
        break;
    case HTTP_HEADER:
        core->http_header(x, kept(e, 0), kept(e, 1));
        break;
    case HTTP_BODY:
        core->http_body(x, kept(e, 0));
        break;
    case COLLECT:
        core->http_collect(x);
        break;
    case NEED:
        core->credential_need(x, kept(e, 0));
        break;
    case PUT:
        core->credential_put(x, kept(e, 0), kept(e, 1), e->flags, e->number);
        break;
    case DROP:
        core->credential_drop(x, kept(e, 0));
        break;
    case EMIT:
        core->emit(x, e->event);
        break;
    case NOTE:
        core->note(x, (int32_t)e->number, kept(e, 0), kept(e, 1));
        break;
    case FAIL:
        core->fail(x, e->error);
        break;
    case WAIT:
        core->wait(x, e->number);
        break;
    default:
        apply_writer(x, e);
        break;
    }
}

/* In order; those that say more than the request stay if only that is wanted. */
static void let_go(pb_xchg *x, bool request_only)
{
    GPtrArray *all = g_steal_pointer(&held), *rest = g_ptr_array_new_with_free_func(free_effect);

    for (guint i = 0; i < all->len; i++) {
        Effect *effect = g_ptr_array_index(all, i);

        if (request_only && effect->what > LAST_OF_REQUEST) {
            g_ptr_array_add(rest, effect);
            continue;
        }
        apply(x, effect);
        free_effect(effect);
    }
    g_ptr_array_set_free_func(all, NULL);
    g_ptr_array_unref(all);
    held = rest;
}

/* ---- the services ---------------------------------------------------------------------------- */

static void defer_http_begin(pb_xchg *x, pb_str method, pb_str url, uint32_t flags)
{
    Effect *e;

    if (held == NULL) {
        core->http_begin(x, method, url, flags);
        return;
    }
    e = hold(HTTP_BEGIN);
    keep(e, 0, method);
    keep(e, 1, url);
    e->flags = flags;
}

static void defer_http_header(pb_xchg *x, pb_str name, pb_str value)
{
    Effect *e;

    if (held == NULL) {
        core->http_header(x, name, value);
        return;
    }
    e = hold(HTTP_HEADER);
    keep(e, 0, name);
    keep(e, 1, value);
}

static void defer_http_body(pb_xchg *x, pb_str bytes)
{
    if (writes_text())
        core->http_body(x, bytes);
    else
        keep(hold(HTTP_BODY), 0, bytes);
}

static void defer_w_open(pb_xchg *x, int32_t object)
{
    if (writes_text())
        core->w_open(x, object);
    else
        hold(W_OPEN)->number = object;
}

static void defer_w_close(pb_xchg *x)
{
    if (writes_text())
        core->w_close(x);
    else
        hold(W_CLOSE);
}

static void defer_w_key(pb_xchg *x, pb_str key)
{
    if (writes_text())
        core->w_key(x, key);
    else
        keep(hold(W_KEY), 0, key);
}

static void defer_w_str(pb_xchg *x, pb_str s)
{
    if (writes_text())
        core->w_str(x, s);
    else
        keep(hold(W_STR), 0, s);
}

static void defer_w_int(pb_xchg *x, int64_t n)
{
    if (writes_text())
        core->w_int(x, n);
    else
        hold(W_INT)->number = n;
}

static void defer_w_real(pb_xchg *x, double n)
{
    if (writes_text())
        core->w_real(x, n);
    else
        hold(W_REAL)->real = n;
}

static void defer_w_bool(pb_xchg *x, int32_t b)
{
    if (writes_text())
        core->w_bool(x, b);
    else
        hold(W_BOOL)->number = b;
}

static void defer_w_value(pb_xchg *x, const pb_json *value)
{
    if (writes_text())
        core->w_value(x, value);
    else
        hold(W_VALUE)->value = value;
}

static void defer_w_begin(pb_xchg *x)
{
    text_depth++;
    core->w_begin(x);
}

static pb_str defer_w_end(pb_xchg *x)
{
    text_depth -= text_depth != 0 ? 1 : 0;
    return core->w_end(x);
}

static void defer_http_view(pb_xchg *x, pb_str *method, pb_str *url, pb_str *body)
{
    if (held != NULL)
        let_go(x, true);
    core->http_view(x, method, url, body);
}

static int32_t defer_http_header_at(pb_xchg *x, size_t i, pb_str *name, pb_str *value)
{
    if (held != NULL)
        let_go(x, true);
    return core->http_header_at(x, i, name, value);
}

static void defer_http_collect(pb_xchg *x)
{
    if (held == NULL)
        core->http_collect(x);
    else
        hold(COLLECT);
}

static void defer_credential_need(pb_xchg *x, pb_str name)
{
    if (held == NULL)
        core->credential_need(x, name);
    else
        keep(hold(NEED), 0, name);
}

static void defer_credential_put(pb_xchg *x, pb_str part, pb_str value, uint32_t flags,
                                 int64_t expires_ms)
{
    Effect *e;

    if (held == NULL) {
        core->credential_put(x, part, value, flags, expires_ms);
        return;
    }
    e = hold(PUT);
    keep(e, 0, part);
    keep(e, 1, value);
    e->flags = flags;
    e->number = expires_ms;
}

static void defer_credential_drop(pb_xchg *x, pb_str name)
{
    if (held == NULL)
        core->credential_drop(x, name);
    else
        keep(hold(DROP), 0, name);
}

static void defer_emit(pb_xchg *x, const pb_event *given)
{
    Effect *e;
    pb_event *event;

    if (held == NULL || given == NULL || given->size < offsetof(pb_event, tokens_in)) {
        core->emit(x, given);
        return;
    }
    e = hold(EMIT);
    event = e->event = g_new0(pb_event, 1);
    memcpy(event, given, MIN((size_t)given->size, sizeof *event));
    event->size = MIN(given->size, (uint32_t)sizeof *event);
    keep(e, 0, event->text);
    keep(e, 1, event->id);
    keep(e, 2, event->name);
    event->text = kept(e, 0);
    event->id = kept(e, 1);
    event->name = kept(e, 2);
    event->vector =
        event->vector_len != 0 ? g_memdup2(event->vector, event->vector_len * sizeof(float)) : NULL;
}

static void defer_note(pb_xchg *x, int32_t note, pb_str param, pb_str why)
{
    Effect *e;

    if (held == NULL) {
        core->note(x, note, param, why);
        return;
    }
    e = hold(NOTE);
    e->number = note;
    keep(e, 0, param);
    keep(e, 1, why);
}

static void defer_fail(pb_xchg *x, const pb_error *given)
{
    Effect *e;
    pb_error *error;

    if (held == NULL || given == NULL || given->size < sizeof *given) {
        core->fail(x, given);
        return;
    }
    e = hold(FAIL);
    error = e->error = g_memdup2(given, sizeof *given);
    error->size = sizeof *error;
    keep(e, 0, error->code);
    keep(e, 1, error->message);
    keep(e, 2, error->param);
    error->code = kept(e, 0);
    error->message = kept(e, 1);
    error->param = kept(e, 2);
}

static void defer_wait(pb_xchg *x, int64_t ms)
{
    if (held == NULL)
        core->wait(x, ms);
    else
        hold(WAIT)->number = ms;
}

/* ---- around an op ---------------------------------------------------------------------------- */

const pb_core_api *pbay_defer_services(void)
{
    static pb_core_api services;

    if (core != NULL)
        return &services;
    core = pbay_services();
    services = *core;
    services.http_begin = defer_http_begin;
    services.http_header = defer_http_header;
    services.http_body = defer_http_body;
    services.w_open = defer_w_open;
    services.w_close = defer_w_close;
    services.w_key = defer_w_key;
    services.w_str = defer_w_str;
    services.w_int = defer_w_int;
    services.w_real = defer_w_real;
    services.w_bool = defer_w_bool;
    services.w_value = defer_w_value;
    services.w_begin = defer_w_begin;
    services.w_end = defer_w_end;
    services.http_view = defer_http_view;
    services.http_header_at = defer_http_header_at;
    services.http_collect = defer_http_collect;
    services.credential_need = defer_credential_need;
    services.credential_put = defer_credential_put;
    services.credential_drop = defer_credential_drop;
    services.emit = defer_emit;
    services.note = defer_note;
    services.fail = defer_fail;
    services.wait = defer_wait;
    return &services;
}

static void before_op(void *user, pb_xchg *x)
{
    (void)user, (void)x;
    held = g_ptr_array_new_with_free_func(free_effect);
    text_depth = 0;
}

static void after_op(void *user, pb_xchg *x)
{
    GPtrArray *rest;

    (void)user;
    let_go(x, false);
    rest = g_steal_pointer(&held);
    g_ptr_array_unref(rest);
}

void pbay_defer_install(PbayDriver *driver)
{
    static PbayWrap deferring;

    deferring = (PbayWrap){.before = before_op, .after = after_op};
    pbay_wrap_install(driver, &deferring);
}

void pbay_defer_remove(PbayDriver *driver)
{
    pbay_wrap_remove(driver);
}
