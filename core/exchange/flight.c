/* SPDX-License-Identifier: Apache-2.0 */
/* Between the machine and the transport: counts and signs what is to be sent, starts the
 * transfer, and turns its head, bytes and end into ops. On the worker's thread, from the
 * transport's callbacks; after the end of an exchange it only waits for the detached request to
 * land. */
#include "exchange/internal.h"

#include "base/str.h"
#include "exchange/egress.h"
#include "observe/log.h"

static void transfer_gone(PbayExchange *x)
{
    x->transfer = NULL;
    pbay_request_landed(x);
}

static void flight_head(void *user, int status, const PbayHttpHeader *headers, size_t n)
{
    PbayExchange *x = user;
    if (x->over) {
        pbay_flight_drop(x, false); /* nobody reads the reply to a cancel request */
        pbay_exchange_settle(x);
        return;
    }
    pbay_log(PBAY_LOG_DEBUG, "exchange", "provider %s answers with status %d", x->provider->name,
             status);
    pbay_reply_head(x, status, headers, n);
    if (x->events->on_reply_head != NULL)
        x->events->on_reply_head(x->user, status, headers, n);
    x->reply.whole = (pbay_request_flags(x) & PB_HTTP_STREAM) == 0;
    pbay_machine_run(x, PBAY_OP_HEAD, &(PbayOpArgs){.status = status});
}

static void flight_bytes(void *user, pb_str bytes)
{
    PbayExchange *x = user;
    if (x->over)
        return;
    pbay_reply_bytes(x, bytes);
    if (x->events->on_reply_bytes != NULL)
        x->events->on_reply_bytes(x->user, bytes);
    if (!x->reply.whole)
        pbay_machine_run(x, PBAY_OP_BODY, &(PbayOpArgs){.bytes = bytes});
}

static void tell_end(const PbayExchange *x, const PbayFailure *cut)
{
    if (x->events->on_reply_end != NULL)
        x->events->on_reply_end(x->user, cut);
}

static void flight_end(void *user)
{
    PbayExchange *x = user;
    transfer_gone(x);
    if (x->over) {
        pbay_exchange_settle(x);
        return;
    }
    tell_end(x, NULL);
    unsigned requests = x->requests;
    if (x->reply.whole && x->reply.body->len != 0)
        pbay_machine_run(x, PBAY_OP_BODY, &(PbayOpArgs){.bytes = pbay_str_of(x->reply.body)});
    /* on_body may have wanted something else than to read on. */
    if (!x->over && x->phase == PBAY_PHASE_FLIGHT && x->transfer == NULL && x->requests == requests)
        pbay_machine_run(x, PBAY_OP_END, NULL);
}

/* A good answer that broke off before its end has a name that clients know. */
static void name_a_cut(const PbayExchange *x, PbayFailure *failure)
{
    bool answers = x->request.kind == PB_KIND_CHAT || x->request.kind == PB_KIND_COMPLETION;
    bool good = x->reply.status >= 200 && x->reply.status <= 299;

    if (answers && good && failure->cls == PB_ERR_UPSTREAM && failure->code == NULL)
        pbay_failure_set_code(failure, "stream_truncated");
}

static void flight_failed(void *user, PbayFailure *failure, bool sent)
{
    PbayExchange *x = user;
    transfer_gone(x);
    if (x->over) {
        pbay_log(PBAY_LOG_INFO, "exchange", "%s: the cancel request failed: %s", x->provider->name,
                 failure->message);
        pbay_failure_unref(failure);
        pbay_exchange_settle(x);
        return;
    }
    (void)
        sent; /* one attempt is made; whether another may be is the call's to judge by the class */
    if (failure->request_id == NULL && x->reply.status != 0 && x->reply.request_id != NULL)
        pbay_failure_set_request_id(failure, pbay_str(x->reply.request_id));
    name_a_cut(x, failure);
    tell_end(x, failure);
    pbay_machine_finish(x, failure);
}

static const PbayHttpEvents flight_events = {
    .on_head = flight_head,
    .on_bytes = flight_bytes,
    .on_end = flight_end,
    .on_failed = flight_failed,
};

void pbay_flight_drop(PbayExchange *x, bool at_once)
{
    if (x->transfer == NULL)
        return;
    PbayTransfer *transfer = g_steal_pointer(&x->transfer);
    if (at_once)
        x->worker->transport->abort(transfer);
    else
        x->worker->transport->drain(transfer);
    pbay_request_landed(x);
}

PbayFailure *pbay_flight_refusal(PbayExchange *x)
{
    PbayFailure *failure = pbay_request_check(x);
    if (failure != NULL)
        return failure;
    if (!pbay_body_writer_ok(x))
        return pbay_failure_new(
            PB_ERR_INTERNAL,
            "%s described a request whose JSON is broken (left open, or a key or "
            "value out of place); this is a mistake in the driver",
            pbay_exchange_label(x));
    if (x->request.kind == PB_KIND_CREDENTIAL && !pbay_request_trusted(x)) {
        pb_str url;
        pbay_request_view(x, NULL, &url, NULL);
        g_autofree char *origin = pbay_url_origin(url);
        return pbay_failure_new(PB_ERR_CONFIG,
                                "%s wanted to send credentials to %s, which is none of the "
                                "provider's origins; add it to `origins` if it is right",
                                pbay_exchange_label(x), origin != NULL ? origin : "a bad URL");
    }
    if (x->recorded && pbay_credentials_used(x)) {
        failure = pbay_failure_new(PB_ERR_UNSUPPORTED, "%s: this call cannot be recorded: %s",
                                   pbay_exchange_label(x), PBAY_RECORD_MINTS);
        pbay_failure_set_code(failure, PBAY_UNRECORDABLE);
        return failure;
    }
    return NULL;
}

/* A poll does not count: the deadline bounds it. */
static PbayFailure *count_step(PbayExchange *x)
{
    bool poll = x->after_wait;
    x->after_wait = false;
    if (poll || ++x->steps <= PBAY_EXCHANGE_STEPS)
        return NULL;
    return pbay_failure_new(PB_ERR_INTERNAL,
                            "%s asked for more than %u requests in one exchange; this is a mistake "
                            "in the driver, or the provider sends it in circles",
                            pbay_exchange_label(x), PBAY_EXCHANGE_STEPS);
}

void pbay_flight_send(PbayExchange *x)
{
    PbayFailure *failure = pbay_flight_refusal(x);
    if (failure == NULL)
        failure = count_step(x);
    if (failure != NULL) {
        if (failure->cls == PB_ERR_INTERNAL)
            pbay_log(PBAY_LOG_ERROR, "exchange", "%s", failure->message);
        pbay_machine_finish(x, failure);
        return;
    }
    pbay_request_drop_signed(x);
    if ((pbay_request_flags(x) & PB_HTTP_FOREIGN) != 0)
        pbay_flight_transmit(x);
    else
        pbay_machine_run(x, PBAY_OP_SIGN, NULL);
}

/* The owner sees the request; it may cancel, which then counts as done from within sign. */
static void show_request(PbayExchange *x, const PbayHttpRequest *request)
{
    if (x->events->on_request == NULL || x->detached)
        return;
    x->op = PBAY_OP_SIGN;
    x->events->on_request(x->user, request);
    x->op = PBAY_OP_NONE;
}

/* No headers, no body, and of the URL neither user name nor query. */
static void log_request(PbayExchange *x, const PbayHttpRequest *request)
{
    if (!pbay_log_on(PBAY_LOG_DEBUG))
        return;
    g_autofree char *url = pbay_egress_show_url(request->url);
    pbay_log(PBAY_LOG_DEBUG, "exchange", "%s: %.*s %s (%zu bytes)", pbay_exchange_label(x),
             (int)request->method.len, request->method.ptr, url, request->body.len);
}

void pbay_flight_transmit(PbayExchange *x)
{
    PbayFailure *failure = pbay_flight_refusal(x); /* sign may have spoilt it */
    if (failure != NULL) {
        if (x->detached)
            pbay_failure_unref(failure);
        else
            pbay_machine_finish(x, failure);
        return;
    }
    const PbayHttpRequest *request = pbay_request_seal(x, x->detached);
    show_request(x, request);
    if (x->cancel_why != 0 && !x->detached) {
        pbay_request_landed(x);
        int32_t why = x->cancel_why;
        x->cancel_why = 0;
        pbay_machine_cancel(x, why);
        return;
    }
    if (x->dry_run) {
        pbay_request_landed(x);
        pbay_machine_finish(x, NULL);
        return;
    }
    log_request(x, request);
    x->requests++;
    x->phase = PBAY_PHASE_FLIGHT;
    x->reply.status = 0;
    PbayTransport *transport = x->worker->transport;
    x->transfer = transport->start(transport, request, &flight_events, x);
    if (x->paused)
        transport->pause(x->transfer, true);
}
