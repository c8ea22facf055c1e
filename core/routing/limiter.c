/* SPDX-License-Identifier: Apache-2.0 */
/* Limits and their queue. Only the head of the queue may go, whatever the size of its request, so
 * that nobody is overtaken for ever; whoever leaves the head wakes the next, who looks for itself.
 * The queue holds references, no more: it calls nobody. No clock, no lock: its owner's. */
#include "routing/limiter.h"

#include "routing/window.h"

struct PbayLimiter {
    PbayWindow requests, tokens;
    unsigned parallel;
    PbayLimit last; /* what the last one that had to wait waits for */
    GQueue queue;   /* PbayWaiter *, a reference each */
};

PbayLimiter *pbay_limiter_new(void)
{
    PbayLimiter *limiter = g_new0(PbayLimiter, 1);
    g_queue_init(&limiter->queue);
    return limiter;
}

static void unref_waiter(gpointer waiter)
{
    pbay_waiter_unref(waiter);
}

void pbay_limiter_free(PbayLimiter *limiter)
{
    if (limiter == NULL)
        return;
    g_queue_clear_full(&limiter->queue, unref_waiter);
    g_free(limiter);
}

/* ---- the queue ------------------------------------------------------------------------------- */

static void wake_head(PbayLimiter *limiter)
{
    PbayWaiter *head = g_queue_peek_head(&limiter->queue);
    if (head != NULL)
        pbay_waiter_wake(head);
}

bool pbay_limiter_queue(PbayLimiter *limiter, const PbayLimits *limits, PbayWaiter *waiter)
{
    if (g_queue_find(&limiter->queue, waiter) != NULL)
        return true;
    int64_t most = limits != NULL ? limits->queue : 0;
    if ((int64_t)g_queue_get_length(&limiter->queue) >= most)
        return false;
    g_queue_push_tail(&limiter->queue, pbay_waiter_ref(waiter));
    return true;
}

void pbay_limiter_leave(PbayLimiter *limiter, PbayWaiter *waiter)
{
    GList *link = g_queue_find(&limiter->queue, waiter);
    if (link == NULL)
        return;
    bool was_head = link == limiter->queue.head;
    g_queue_delete_link(&limiter->queue, link);
    pbay_waiter_unref(waiter);
    if (was_head)
        wake_head(limiter);
}

/* ---- check, take, release -------------------------------------------------------------------- */

/* What the request itself would wait for. *until: when that ends by time alone; 0: it does not. */
static PbayLimit limit_of(PbayLimiter *limiter, const PbayLimits *limits, int64_t requests,
                          int64_t tokens, int64_t now, int64_t *until)
{
    PbayLimit limit = PBAY_LIMIT_NONE;
    int64_t made = pbay_window_sum(&limiter->requests, now);
    int64_t used = pbay_window_sum(&limiter->tokens, now);
    *until = 0;
    if (limits->rpm > 0 && made > limits->rpm - MIN(requests, limits->rpm)) {
        limit = PBAY_LIMIT_RPM;
        *until = pbay_window_until(&limiter->requests, now, limits->rpm - requests);
    }
    if (limits->tpm > 0 && used > limits->tpm - MIN(tokens, limits->tpm)) {
        int64_t free_at = pbay_window_until(&limiter->tokens, now, limits->tpm - tokens);
        if (limit == PBAY_LIMIT_NONE || free_at > *until) {
            limit = PBAY_LIMIT_TPM;
            *until = free_at;
        }
    }
    if (limit == PBAY_LIMIT_NONE && limits->parallel > 0 && limiter->parallel >= limits->parallel)
        limit = PBAY_LIMIT_PARALLEL;
    return limit;
}

PbayLimit pbay_limiter_check(PbayLimiter *limiter, const PbayLimits *limits, int64_t requests,
                             int64_t tokens, const PbayWaiter *waiter, int64_t now, int64_t *until)
{
    *until = 0;
    if (limits == NULL)
        return PBAY_LIMIT_NONE;
    const PbayWaiter *head = g_queue_peek_head(&limiter->queue);
    PbayLimit limit = limit_of(limiter, limits, MAX(requests, 1), MAX(tokens, 0), now, until);
    if (head != NULL && head != waiter) {
        if (limit == PBAY_LIMIT_NONE)
            limit = limiter->last != PBAY_LIMIT_NONE ? limiter->last : PBAY_LIMIT_PARALLEL;
        if (waiter != NULL)
            *until = 0; /* it is woken when it has come to the head */
    } else if (limit != PBAY_LIMIT_NONE) {
        limiter->last = limit;
    }
    return limit;
}

void pbay_limiter_take(PbayLimiter *limiter, int64_t requests, int64_t tokens, PbayWaiter *waiter,
                       int64_t now)
{
    limiter->parallel++;
    pbay_window_add(&limiter->requests, now, MAX(requests, 1));
    pbay_window_add(&limiter->tokens, now, MAX(tokens, 0));
    if (waiter != NULL)
        pbay_limiter_leave(limiter, waiter);
}

void pbay_limiter_release(PbayLimiter *limiter, int64_t taken_at, int64_t requests, int64_t tokens,
                          int64_t used, bool sent, int64_t now)
{
    int64_t counted = MAX(tokens, 0);
    g_return_if_fail(limiter->parallel > 0);
    limiter->parallel--;
    if (!sent) {
        pbay_window_correct(&limiter->requests, now, taken_at, -MAX(requests, 1));
        pbay_window_correct(&limiter->tokens, now, taken_at, -counted);
    } else if (used >= 0 && used != counted) {
        pbay_window_correct(&limiter->tokens, now, taken_at, used - counted);
    }
    wake_head(limiter);
}

PbayLimiterView pbay_limiter_view(PbayLimiter *limiter, int64_t now)
{
    return (PbayLimiterView){.requests = pbay_window_sum(&limiter->requests, now),
                             .tokens = pbay_window_sum(&limiter->tokens, now),
                             .parallel = limiter->parallel,
                             .waiting = g_queue_get_length(&limiter->queue)};
}
