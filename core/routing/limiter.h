/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of one target or one provider: requests and tokens a minute counted in sliding windows
 * that are never exceeded, parallel requests, and a queue in order of coming. No lock of its own:
 * its owner (the fleet) holds one around every call. */
#ifndef PBAY_ROUTING_LIMITER_H
#define PBAY_ROUTING_LIMITER_H

#include "routing/waiter.h"
#include "snapshot/model.h"

#define PBAY_WINDOW_MS 60000

typedef struct PbayLimiter PbayLimiter;
PbayLimiter *pbay_limiter_new(void);
void pbay_limiter_free(PbayLimiter *limiter); /* NULL is fine; nobody may wait */

typedef enum PbayLimit {
    PBAY_LIMIT_NONE,
    PBAY_LIMIT_RPM,
    PBAY_LIMIT_TPM,
    PBAY_LIMIT_PARALLEL
} PbayLimit;

/* Would a request go now that is sent in so many (1, or the parts of a split one), with that many
 * tokens? *until: when it may change (0: when one ends, or when those before it in the queue are
 * gone, of which a waiter hears). One of more than the limit itself goes when the window is empty.
 * Behind others in the queue (waiter not its head) it does not, and the limit told is the one the
 * head waits for. limits NULL: always. A request under two limiters stands in the second's line
 * only once the first would let it go, and keeps its place in the first: else it would hold up
 * those whom the first lets go. */
PbayLimit pbay_limiter_check(PbayLimiter *limiter, const PbayLimits *limits, int64_t requests,
                             int64_t tokens, const PbayWaiter *waiter, int64_t now, int64_t *until);
/* Counts it: a slot, its requests, its tokens. After a check that gave NONE for every limiter that
 * the request needs. The waiter leaves the queue, and the next is woken to look for itself. */
void pbay_limiter_take(PbayLimiter *limiter, int64_t requests, int64_t tokens, PbayWaiter *waiter,
                       int64_t now);
/* Gives the slot back and corrects the tokens of a request taken at `taken_at` (estimate tokens,
 * in truth `used`; -1: as estimated). Wakes the head of the queue. sent false: nothing was sent, so
 * the request does not count either. */
void pbay_limiter_release(PbayLimiter *limiter, int64_t taken_at, int64_t requests, int64_t tokens,
                          int64_t used, bool sent, int64_t now);

/* Stands in line; false: limits->queue are there already. Standing twice is once. */
bool pbay_limiter_queue(PbayLimiter *limiter, const PbayLimits *limits, PbayWaiter *waiter);
void pbay_limiter_leave(PbayLimiter *limiter,
                        PbayWaiter *waiter); /* wakes the next; no-op if not in */

/* For health: in the last minute. */
typedef struct PbayLimiterView {
    int64_t requests, tokens;
    unsigned parallel, waiting;
} PbayLimiterView;
PbayLimiterView pbay_limiter_view(PbayLimiter *limiter, int64_t now);

#endif
