/* SPDX-License-Identifier: MIT */
/* Whether and when a refused request may be tried again, read from the reply: x-should-retry,
 * retry-after-ms, Retry-After, a span in the error's text, then the reset headers of a limit
 * that is used up. In an op of the exchange whose reply it is. */
#ifndef PATCHBAY_LIB_RETRY_H
#define PATCHBAY_LIB_RETRY_H

#include "lib/ctx.h"

typedef struct pbs_retry {
    int32_t retry;    /* as pb_error.retry: -1 never, 0 not said, 1 may          */
    int64_t after_ms; /* as pb_error.retry_after_ms: 0 not said; at once gives 1 */
} pbs_retry;

/* message: the error's text, may be empty. hint_ms: what the body gave in a member of its own,
 * -1 none. */
pbs_retry pbs_retry_read(const pbs_ctx *ctx, pb_str message, int64_t hint_ms);

#endif
