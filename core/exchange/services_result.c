/* SPDX-License-Identifier: Apache-2.0 */
/* The services for secrets and credentials, and for what an exchange yields: events, notes, a
 * failure, a wait, memory. Secrets are given only while the machine says that they are in reach.
 * On the worker's thread within an op; emit, note, fail and alloc also on an engine's thread
 * while its run lasts. */
#include "exchange/services.h"

#include "base/str.h"
#include "exchange/internal.h"
#include "observe/log.h"

/* An engine's thread looks at `engine` alone: what follows is the worker's. */
static bool in_op(const pb_xchg *x)
{
    return x->engine == NULL && !x->over && x->op != PBAY_OP_NONE && x->op != PBAY_OP_CLOSE;
}

/* Asked for where it must not go: told once, since the request goes without. */
static void warn_untrusted(pb_xchg *x, pb_str name)
{
    if (x->secrets_warned || x->op != PBAY_OP_SIGN)
        return;
    x->secrets_warned = true;
    pb_str url;
    pbay_request_view(x, NULL, &url, NULL);
    g_autofree char *origin = pbay_url_origin(url);
    pbay_log(PBAY_LOG_WARN, "exchange",
             "%s: secret \"%.*s\" was kept back from %s, which is none of the provider's origins; "
             "add it to `origins` if the request needs it",
             pbay_exchange_label(x), (int)MIN(name.len, 100), name.len != 0 ? name.ptr : "",
             origin != NULL ? origin : "an address that is no URL");
}

pb_str pbay_service_secret(pb_xchg *x, pb_str name)
{
    pb_str none = {NULL, 0};
    if (!in_op(x))
        return none;
    if (!x->secrets_open) {
        warn_untrusted(x, name);
        return none;
    }
    if (x->api_key != NULL && pbay_str_is(name, "api-key"))
        return pbay_secret_peek(x->api_key);
    PbaySecret *secret = pbay_credentials_secret(x, name, x->key_index);
    return secret != NULL ? pbay_secret_peek(secret) : none;
}

pb_str pbay_service_credential(pb_xchg *x, pb_str name, pb_str part)
{
    if (!in_op(x))
        return (pb_str){NULL, 0};
    if (x->op == PBAY_OP_SIGN && !x->secrets_open)
        warn_untrusted(x, name);
    return pbay_credentials_part(x, name, part, !x->secrets_open);
}

void pbay_service_credential_need(pb_xchg *x, pb_str name)
{
    if (in_op(x))
        pbay_credentials_want(x, name);
}

void pbay_service_credential_put(pb_xchg *x, pb_str part, pb_str value, uint32_t flags,
                                 int64_t expires_ms)
{
    if (in_op(x) && x->minting != NULL)
        pbay_credentials_put(x, part, value, flags, expires_ms);
}

void pbay_service_credential_drop(pb_xchg *x, pb_str name)
{
    if (in_op(x))
        pbay_credentials_drop(x, name);
}

/* After a cancel the owner hears no more of it but done. */
static bool silent(const pb_xchg *x)
{
    return !in_op(x) || x->cancel_why != 0;
}

void pbay_service_emit(pb_xchg *x, const pb_event *event)
{
    if (x->engine != NULL)
        pbay_engine_emit(x, event);
    else if (!silent(x))
        pbay_exchange_deliver_event(x, event);
}

void pbay_service_note(pb_xchg *x, int32_t note, pb_str param, pb_str why)
{
    if (x->engine != NULL)
        pbay_engine_note(x, note, param, why);
    else if (!silent(x))
        pbay_exchange_deliver_note(x, note, param, why);
}

void pbay_service_fail(pb_xchg *x, const pb_error *error)
{
    if ((x->engine == NULL && silent(x)) || x->driver_failure != NULL || error == NULL)
        return;
    x->driver_failure = pbay_failure_from_driver(error, x->reply.status);
    x->driver_said_retry = PB_HAS(error, retry) && error->retry != 0;
}

void pbay_service_wait(pb_xchg *x, int64_t ms)
{
    if (in_op(x))
        x->wait_ms = ms;
}

void *pbay_service_alloc(pb_xchg *x, size_t n)
{
    if ((x->engine == NULL && !in_op(x)) || n > PBAY_EXCHANGE_ALLOC_MAX - x->alloc_used)
        return NULL;
    void *memory = pbay_arena_alloc(x->arena, n);
    if (memory != NULL)
        x->alloc_used += n;
    return memory;
}
