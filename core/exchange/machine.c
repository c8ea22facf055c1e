/* SPDX-License-Identifier: Apache-2.0 */
/* The state machine of an exchange: which op may want what, running an op, doing what it wants,
 * ending once. What the driver must not do is a table. On the worker's thread; it never touches
 * a socket, and an op is never run from within another op of the same exchange. */
#include "exchange/internal.h"

#include "base/str.h"
#include "observe/log.h"

#include <string.h>

#define NEXT(n) (1u << (n))

/* DRIVER-ABI.md, "The exchange". PB_FAIL is legal everywhere. */
static const struct {
    const char *name;
    unsigned legal;
} ops_table[PBAY_OPS] = {
    [PBAY_OP_NONE] = {"run", 0}, /* of an engine */
    [PBAY_OP_BEGIN] = {"begin",
                       NEXT(PB_SEND) | NEXT(PB_WAIT) | NEXT(PB_NEED_CREDENTIAL) | NEXT(PB_DONE)},
    [PBAY_OP_SIGN] = {"sign", NEXT(PB_SEND) | NEXT(PB_NEED_CREDENTIAL)},
    [PBAY_OP_HEAD] = {"on_head", NEXT(PB_READ) | NEXT(PB_SEND) | NEXT(PB_WAIT) | NEXT(PB_DONE)},
    [PBAY_OP_BODY] = {"on_body", NEXT(PB_READ) | NEXT(PB_SEND) | NEXT(PB_WAIT) | NEXT(PB_DONE)},
    [PBAY_OP_END] = {"on_end",
                     NEXT(PB_SEND) | NEXT(PB_WAIT) | NEXT(PB_NEED_CREDENTIAL) | NEXT(PB_DONE)},
    [PBAY_OP_TIMER] = {"on_timer",
                       NEXT(PB_SEND) | NEXT(PB_WAIT) | NEXT(PB_NEED_CREDENTIAL) | NEXT(PB_DONE)},
    [PBAY_OP_CANCEL] = {"on_cancel", NEXT(PB_SEND) | NEXT(PB_DONE)},
    [PBAY_OP_CLOSE] = {"end", 0},
};

bool pbay_machine_legal(PbayOp op, pb_next next)
{
    if (next == PB_FAIL)
        return true;
    return next >= PB_READ && next <= PB_DONE && (ops_table[op].legal & NEXT(next)) != 0;
}

const char *pbay_op_name(PbayOp op)
{
    return ops_table[op].name;
}

/* Secrets are in reach while a request to a trusted origin is signed, and while a credential is
 * minted. */
static bool opens_secrets(const PbayExchange *x, PbayOp op)
{
    if (x->request.kind == PB_KIND_CREDENTIAL)
        return true;
    return op == PBAY_OP_SIGN && pbay_request_trusted(x);
}

/* Calls the driver; a NULL op means the default in the brackets of driver.h. */
static pb_next call_op(PbayExchange *x, PbayOp op, const PbayOpArgs *args)
{
    const pb_driver *d = x->ops;
    void *prov = x->provider->prov;
    switch (op) {
    case PBAY_OP_BEGIN:
        return d->begin(prov, x, &x->request, &x->state);
    case PBAY_OP_SIGN:
        return d->sign != NULL ? d->sign(prov, x, x->state) : PB_SEND;
    case PBAY_OP_HEAD:
        return d->on_head != NULL ? d->on_head(prov, x, x->state, args->status) : PB_READ;
    case PBAY_OP_BODY:
        return d->on_body(prov, x, x->state, args->bytes);
    case PBAY_OP_END:
        return d->on_end(prov, x, x->state);
    case PBAY_OP_TIMER:
        return d->on_timer != NULL ? d->on_timer(prov, x, x->state) : PB_FAIL;
    case PBAY_OP_CANCEL:
        return d->on_cancel != NULL ? d->on_cancel(prov, x, x->state, args->why) : PB_DONE;
    case PBAY_OP_CLOSE:
        d->end(prov, x, x->state);
        return PB_DONE;
    case PBAY_OP_NONE:
    case PBAY_OPS:
        break;
    }
    return PB_FAIL;
}

/* What the op parsed and composed goes when it returns; of what it saw of secrets nothing stays. */
static pb_next run_op(PbayExchange *x, PbayOp op, const PbayOpArgs *args)
{
    PbayArena *scratch = x->worker->scratch;
    PbayArenaMark mark = pbay_arena_mark(scratch);
    x->op = op;
    x->secrets_open = opens_secrets(x, op);
    pb_next next = call_op(x, op, args);
    pbay_body_writer_op_ended(x);
    pbay_arena_set_wipe(scratch, x->secrets_open);
    pbay_arena_rewind(scratch, mark);
    pbay_arena_set_wipe(scratch, false);
    x->secrets_open = false;
    x->op = PBAY_OP_NONE;
    return next;
}

static PbayFailure *illegal(PbayExchange *x, PbayOp op, pb_next next)
{
    PbayFailure *failure = pbay_failure_new(PB_ERR_INTERNAL,
                                            "%s: %s returned %d, which it may not; this is a "
                                            "mistake in the driver: update or report it",
                                            pbay_exchange_label(x), pbay_op_name(op), (int)next);
    pbay_log(PBAY_LOG_ERROR, "exchange", "%s", failure->message);
    return failure;
}

/* PB_FAIL: a redirect, else the driver's own word, else what the status means, else that the reply
 * made no sense. */
static PbayFailure *driver_failure(PbayExchange *x, PbayOp op)
{
    PbayFailure *said = g_steal_pointer(&x->driver_failure);
    PbayFailure *failure = pbay_redirect_failure(x);
    if (failure != NULL)
        pbay_failure_unref(said);
    else
        failure = said;
    if (failure == NULL) {
        int32_t cls = pbay_error_class_of_status(x->reply.status);
        if (cls != 0)
            failure = pbay_failure_from_driver(NULL, x->reply.status);
        else
            failure = pbay_failure_new(PB_ERR_PROTOCOL, "%s failed in %s and gave no reason%s",
                                       pbay_exchange_label(x), pbay_op_name(op),
                                       x->reply.status != 0
                                           ? "; what the provider sent is not what it expects"
                                           : "; this is a mistake in the driver");
    }
    pbay_reply_explain(x, failure);
    return failure;
}

static void on_timer(void *data)
{
    PbayExchange *x = data;
    x->after_wait = true;
    pbay_machine_run(x, PBAY_OP_TIMER, NULL);
}

static void begin_wait(PbayExchange *x)
{
    x->phase = PBAY_PHASE_WAIT;
    pbay_loop_timer_start(x->worker->loop, &x->timer, MAX(x->wait_ms, PBAY_EXCHANGE_WAIT_MIN),
                          on_timer, x);
    x->wait_ms = 0;
}

/* Explain does not mint: what would be signed with a missing credential is shown unsigned. */
static void park_dry(PbayExchange *x, PbayOp op)
{
    if (pbay_credentials_at_hand(x)) {
        pbay_credentials_park(x);
        return;
    }
    if (op == PBAY_OP_SIGN) {
        pbay_flight_transmit(x);
        return;
    }
    pbay_machine_finish(
        x,
        pbay_failure_new(PB_ERR_CONFIG,
                         "%s needs a credential before the request can be described, and none is "
                         "at hand without asking the provider; send a real request first",
                         pbay_exchange_label(x)));
}

static void refuse_recording(PbayExchange *x, const char *why)
{
    PbayFailure *failure = pbay_failure_new(
        PB_ERR_UNSUPPORTED, "%s: this call cannot be recorded: %s", pbay_exchange_label(x), why);
    pbay_failure_set_code(failure, PBAY_UNRECORDABLE);
    pbay_machine_finish(x, failure);
}

static void park(PbayExchange *x, PbayOp op)
{
    if (x->recorded) {
        refuse_recording(x, PBAY_RECORD_MINTS);
        return;
    }
    x->parked_op = op;
    x->phase = PBAY_PHASE_PARKED;
    if (x->dry_run)
        park_dry(x, op);
    else
        pbay_credentials_park(x);
}

static void act(PbayExchange *x, PbayOp op, pb_next next)
{
    switch (next) {
    case PB_READ:
        return;
    case PB_SEND:
        pbay_flight_drop(x, false);
        if (op == PBAY_OP_SIGN)
            pbay_flight_transmit(x);
        else
            pbay_flight_send(x);
        return;
    case PB_WAIT:
        pbay_flight_drop(x, false);
        begin_wait(x);
        return;
    case PB_NEED_CREDENTIAL:
        park(x, op);
        return;
    case PB_DONE:
        pbay_machine_finish(x, NULL);
        return;
    default:
        pbay_machine_finish(x, driver_failure(x, op));
    }
}

static void cancel_now(PbayExchange *x, int32_t why);

void pbay_machine_run(PbayExchange *x, PbayOp op, const PbayOpArgs *args)
{
    if (x->over)
        return;
    if (op == PBAY_OP_BEGIN)
        x->begun = true;
    x->wait_ms = 0;
    pb_next next = run_op(x, op, args);
    bool legal = pbay_machine_legal(op, next);
    if (x->cancel_why != 0) {
        /* A driver that has just ended has nothing left to cancel. */
        x->ended = !legal || next == PB_DONE || next == PB_FAIL;
        cancel_now(x, x->cancel_why);
    } else if (x->soon != NULL) {
        pbay_machine_finish(x, g_steal_pointer(&x->soon));
    } else if (!legal) {
        pbay_machine_finish(x, illegal(x, op, next));
    } else {
        act(x, op, next);
    }
}

static bool is_engine(const PbayExchange *x)
{
    const PbayDriver *driver = x->provider->driver;
    return (x->ops->flags & PB_DRIVER_EXECUTE) != 0 && driver->execute != NULL;
}

static void begin(PbayExchange *x)
{
    if (!is_engine(x)) {
        pbay_machine_run(x, PBAY_OP_BEGIN, NULL);
    } else if (x->dry_run) {
        pbay_machine_finish(x, NULL);
    } else {
        x->phase = PBAY_PHASE_ENGINE;
        pbay_engine_run(x);
    }
}

void pbay_machine_start(PbayExchange *x)
{
    if (x->over)
        return;
    if (!x->dry_run && pbay_inline_wanted(x)) {
        if (x->recorded) {
            refuse_recording(x, "Patchbay would fetch its images first; give them as data: URLs");
            return;
        }
        x->phase = PBAY_PHASE_INLINE;
        pbay_inline_start(x);
        return;
    }
    begin(x);
}

void pbay_machine_inlined(PbayExchange *x, pb_str body)
{
    if (x->over)
        return;
    if (body.ptr != NULL) {
        g_autoptr(GError) error = NULL;
        const pb_json *value = pbay_json_parse(
            x->arena, body, NULL, PBAY_JSON_COPY | (is_engine(x) ? PBAY_JSON_SHARED : 0), &error);
        if (value == NULL) {
            pbay_machine_finish(x, pbay_failure_from_gerror(error));
            return;
        }
        x->request.body = value;
    }
    begin(x);
}

void pbay_machine_resume(PbayExchange *x)
{
    if (!x->over && x->phase == PBAY_PHASE_PARKED)
        pbay_machine_run(x, x->parked_op, NULL);
}

void pbay_machine_engine_ended(PbayExchange *x, pb_next next)
{
    x->engine = NULL;
    if (x->over) {
        pbay_exchange_settle(x);
        return;
    }
    if (next == PB_DONE)
        pbay_machine_finish(x, NULL);
    else if (next == PB_FAIL)
        pbay_machine_finish(x, driver_failure(x, PBAY_OP_NONE));
    else
        pbay_machine_finish(x, illegal(x, PBAY_OP_NONE, next));
}

/* Stops whatever x waits for. at_once: the upstream is closed, else its reply is drained. */
static void stop(PbayExchange *x, bool at_once)
{
    pbay_flight_drop(x, at_once);
    pbay_loop_timer_stop(x->worker->loop, &x->timer);
    if (x->phase == PBAY_PHASE_PARKED)
        pbay_credentials_unpark(x);
    if (x->phase == PBAY_PHASE_INLINE && x->inlining != NULL)
        pbay_inline_abort(x);
    if (x->engine != NULL)
        pbay_engine_cancel(x);
}

void pbay_machine_finish(PbayExchange *x, PbayFailure *failure)
{
    if (x->over) {
        pbay_failure_unref(failure);
        return;
    }
    stop(x, false);
    x->over = true;
    x->phase = PBAY_PHASE_OVER;
    x->failure = failure;
    pbay_loop_timer_stop(x->worker->loop, &x->deadline);
    pbay_exchange_settle(x);
}

void pbay_machine_fail_soon(PbayExchange *x, PbayFailure *failure)
{
    if (x->op == PBAY_OP_NONE)
        pbay_machine_finish(x, failure);
    else if (x->soon == NULL)
        x->soon = failure;
    else
        pbay_failure_unref(failure);
}

void pbay_machine_close(PbayExchange *x)
{
    if (x->begun)
        run_op(x, PBAY_OP_CLOSE, NULL);
}

static PbayFailure *cancel_failure(PbayExchange *x, int32_t why)
{
    if (why == PB_CANCEL_DEADLINE)
        return pbay_failure_new(
            PB_ERR_TIMEOUT,
            "%s did not finish within the %" G_GINT64_FORMAT
            " ms allowed %s; raise `%s` if that is too little",
            pbay_exchange_label(x), x->timeouts.total,
            strcmp(x->total_key, "timeout") == 0 ? "in total" : "for one attempt", x->total_key);
    return pbay_failure_new(PBAY_ERR_CANCELLED, "%s",
                            why == PB_CANCEL_SHUTDOWN ? "the program is shutting down"
                                                      : "the request was cancelled by the caller");
}

/* on_cancel's one request: signed with what is cached, told to nobody, its reply dropped. */
static void send_detached(PbayExchange *x)
{
    PbayFailure *failure = pbay_flight_refusal(x);
    if (failure != NULL) {
        pbay_log(PBAY_LOG_WARN, "exchange", "no cancel request was sent: %s", failure->message);
        pbay_failure_unref(failure);
        return;
    }
    pb_next next = PB_SEND;
    pbay_request_drop_signed(x);
    if ((pbay_request_flags(x) & PB_HTTP_FOREIGN) == 0)
        next = run_op(x, PBAY_OP_SIGN, NULL);
    if (next == PB_SEND)
        pbay_flight_transmit(x);
}

static void cancel_now(PbayExchange *x, int32_t why)
{
    PbayFailure *failure = cancel_failure(x, why);
    pbay_reply_explain(x, failure);
    stop(x, true);
    x->detached = true;
    if (x->begun && !x->ended && !x->dry_run) {
        pb_next next = run_op(x, PBAY_OP_CANCEL, &(PbayOpArgs){.why = why});
        if (!pbay_machine_legal(PBAY_OP_CANCEL, next))
            pbay_failure_unref(illegal(x, PBAY_OP_CANCEL, next));
        else if (next == PB_SEND)
            send_detached(x);
    }
    x->over = true;
    x->phase = PBAY_PHASE_OVER;
    x->failure = failure;
    pbay_loop_timer_stop(x->worker->loop, &x->deadline);
    pbay_exchange_settle(x);
}

void pbay_machine_cancel(PbayExchange *x, int32_t why)
{
    if (x->over || x->cancel_why != 0)
        return;
    x->cancel_why = why;
    if (x->op == PBAY_OP_NONE)
        cancel_now(x, why);
}
