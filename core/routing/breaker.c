/* SPDX-License-Identifier: Apache-2.0 */
/* The circuit breaker of one target. Owns the table of its states and what each change means for
 * counters and times. Pure: the caller brings time, chance and a lock.
 *
 * What the table says:
 *
 *   CLOSED     Calls go. Failures are counted, in a row and as a share of the last window; one too
 *              many, or one with which the vendor names a time, opens it.
 *   OPEN       No call goes until the cool-down is over. What is heard of calls that were under way
 *              changes nothing, except that a vendor's time may make the cool-down longer, and that
 *              a call which was forced through and went well closes it: the target works.
 *   HALF-OPEN  The cool-down is over. One call is the probe, nobody else goes until it has ended.
 *              Success closes, failure opens again for twice as long, an end that tells nothing
 *              (cancelled, the caller's mistake) leaves the place to the next. Calls from before
 *              do not count, but a vendor's time opens it here too.
 *
 * It closes by the success of a probe or of a forced call and by nothing else. The cool-down is
 * PBAY_BREAKER_COOL, doubled with every opening since it was closed last, spread by jitter, at
 * least what the vendor asked for and at most PBAY_BREAKER_COOL_MAX. */
#include "routing/breaker.h"

#include "routing/short_text.h"

#include <string.h>

#define HINTED "the provider named a time to come back"

enum { CLOSED = PBAY_BREAKER_CLOSED, OPEN = PBAY_BREAKER_OPEN, HALF_OPEN = PBAY_BREAKER_HALF_OPEN };

static const uint8_t table[3][PBAY_BREAKER_EVENTS] = {
    [CLOSED] =
        {
            [PBAY_BREAKER_ASKED_EARLY] = CLOSED,
            [PBAY_BREAKER_ASKED] = CLOSED,
            [PBAY_BREAKER_SUCCESS] = CLOSED,
            [PBAY_BREAKER_FAILURE] = CLOSED,
            [PBAY_BREAKER_TOO_MANY] = OPEN,
            [PBAY_BREAKER_HINT] = OPEN,
            [PBAY_BREAKER_PROBE_SUCCESS] = CLOSED,
            [PBAY_BREAKER_PROBE_FAILURE] = CLOSED,
            [PBAY_BREAKER_PROBE_NEUTRAL] = CLOSED,
        },
    [OPEN] =
        {
            [PBAY_BREAKER_ASKED_EARLY] = OPEN,
            [PBAY_BREAKER_ASKED] = HALF_OPEN,
            [PBAY_BREAKER_SUCCESS] = OPEN,
            [PBAY_BREAKER_FAILURE] = OPEN,
            [PBAY_BREAKER_TOO_MANY] = OPEN,
            [PBAY_BREAKER_HINT] = OPEN,
            [PBAY_BREAKER_PROBE_SUCCESS] = CLOSED,
            [PBAY_BREAKER_PROBE_FAILURE] = OPEN,
            [PBAY_BREAKER_PROBE_NEUTRAL] = OPEN,
        },
    [HALF_OPEN] =
        {
            [PBAY_BREAKER_ASKED_EARLY] = HALF_OPEN,
            [PBAY_BREAKER_ASKED] = HALF_OPEN,
            [PBAY_BREAKER_SUCCESS] = HALF_OPEN,
            [PBAY_BREAKER_FAILURE] = HALF_OPEN,
            [PBAY_BREAKER_TOO_MANY] = HALF_OPEN,
            [PBAY_BREAKER_HINT] = OPEN,
            [PBAY_BREAKER_PROBE_SUCCESS] = CLOSED,
            [PBAY_BREAKER_PROBE_FAILURE] = OPEN,
            [PBAY_BREAKER_PROBE_NEUTRAL] = HALF_OPEN,
        },
};

PbayBreakerState pbay_breaker_next(PbayBreakerState state, PbayBreakerEvent event)
{
    return (PbayBreakerState)table[state][event];
}

const char *pbay_breaker_state_name(PbayBreakerState state)
{
    static const char *const names[] = {
        [CLOSED] = "closed", [OPEN] = "open", [HALF_OPEN] = "half-open"};
    return names[state];
}

bool pbay_breaker_counts(const PbayFailure *failure)
{
    switch (failure->cls) {
    case PB_ERR_OVERLOADED:
    case PB_ERR_TIMEOUT:
    case PB_ERR_UPSTREAM:
    case PB_ERR_PROTOCOL:
    case PB_ERR_INTERNAL:
        return true;
    default:
        return false;
    }
}

/* ---- what a change of state means ------------------------------------------------------------ */

static int64_t hint_of(const PbayFailure *failure)
{
    return CLAMP(failure->retry_after_ms, 0, PBAY_BREAKER_COOL_MAX);
}

static void forget_counts(PbayBreaker *breaker, int64_t now)
{
    breaker->failures = 0;
    breaker->window_at = now;
    breaker->window_calls = breaker->window_failures = 0;
}

static void enter(PbayBreaker *breaker, PbayBreakerState state, int64_t now)
{
    breaker->state = state;
    breaker->since = now;
    breaker->until = 0;
    breaker->probing = false;
    if (state == PBAY_BREAKER_OPEN)
        breaker->openings++;
    if (state == PBAY_BREAKER_CLOSED) {
        breaker->trips = 0;
        forget_counts(breaker, now);
    }
}

static int64_t cool_down(int trips, double jitter)
{
    int64_t ms = PBAY_BREAKER_COOL;
    for (int i = 1; i < trips && ms < PBAY_BREAKER_COOL_MAX; i++)
        ms *= 2;
    double spread = jitter >= 0 ? MIN(jitter, 1.0) : 0.5; /* what is no number spreads nothing */
    ms = (int64_t)((double)MIN(ms, PBAY_BREAKER_COOL_MAX) * (0.8 + 0.4 * spread));
    return MIN(ms, PBAY_BREAKER_COOL_MAX);
}

static void keep_why(PbayBreaker *breaker, char *text)
{
    pbay_short_text(breaker->why, sizeof breaker->why, text);
    g_free(text);
}

/* By chance alone a busy target that fails now and then fails five times in a row soon enough: the
 * more calls the window holds, the longer the row has to be. In an outage it comes at once. */
static bool is_in_a_row(const PbayBreaker *breaker)
{
    return breaker->failures >= PBAY_BREAKER_FAILURES + breaker->window_calls / PBAY_BREAKER_VOLUME;
}

static void explain(PbayBreaker *breaker, PbayBreakerEvent event, const PbayFailure *failure)
{
    const char *class = pbay_error_class(failure->cls)->name;
    if (event == PBAY_BREAKER_HINT)
        keep_why(breaker, g_strdup_printf("%s: %s: %s", HINTED, class, failure->message));
    else if (event == PBAY_BREAKER_PROBE_FAILURE)
        keep_why(breaker, g_strdup_printf("the probe failed: %s: %s", class, failure->message));
    else if (is_in_a_row(breaker))
        keep_why(breaker, g_strdup_printf("%d failures in a row, last: %s: %s", breaker->failures,
                                          class, failure->message));
    else
        keep_why(breaker,
                 g_strdup_printf("%d of %d calls failed, last: %s: %s", breaker->window_failures,
                                 breaker->window_calls, class, failure->message));
}

/* ---- asking ---------------------------------------------------------------------------------- */

bool pbay_breaker_admits(PbayBreaker *breaker, int64_t now, bool take, bool *probe)
{
    bool early = breaker->state == PBAY_BREAKER_OPEN && now < breaker->until;
    PbayBreakerState next =
        pbay_breaker_next(breaker->state, early ? PBAY_BREAKER_ASKED_EARLY : PBAY_BREAKER_ASKED);
    if (next != breaker->state)
        enter(breaker, next, now);
    *probe = breaker->state == PBAY_BREAKER_HALF_OPEN && !breaker->probing;
    if (*probe && take)
        breaker->probing = true;
    return *probe || breaker->state == PBAY_BREAKER_CLOSED;
}

/* ---- outcomes -------------------------------------------------------------------------------- */

static void count(PbayBreaker *breaker, int64_t now, bool failed)
{
    if (breaker->state != PBAY_BREAKER_CLOSED)
        return;
    if (now - breaker->window_at >= PBAY_BREAKER_WINDOW) {
        breaker->window_at = now;
        breaker->window_calls = breaker->window_failures = 0;
    }
    breaker->window_calls++;
    breaker->window_failures += failed ? 1 : 0;
    breaker->failures = failed ? breaker->failures + 1 : 0;
}

static bool too_many(const PbayBreaker *breaker)
{
    if (breaker->state != PBAY_BREAKER_CLOSED)
        return false;
    return is_in_a_row(breaker) ||
           (breaker->window_calls >= PBAY_BREAKER_CALLS &&
            breaker->window_failures * 100 >= PBAY_BREAKER_PERCENT * breaker->window_calls);
}

void pbay_breaker_success(PbayBreaker *breaker, int64_t now, bool probe)
{
    count(breaker, now, false);
    PbayBreakerState next = pbay_breaker_next(breaker->state, probe ? PBAY_BREAKER_PROBE_SUCCESS
                                                                    : PBAY_BREAKER_SUCCESS);
    if (next != breaker->state)
        enter(breaker, next, now);
}

static PbayBreakerEvent event_of(const PbayBreaker *breaker, bool probe, int64_t hint)
{
    if (hint > 0)
        return PBAY_BREAKER_HINT;
    if (too_many(breaker))
        return PBAY_BREAKER_TOO_MANY;
    return probe ? PBAY_BREAKER_PROBE_FAILURE : PBAY_BREAKER_FAILURE;
}

void pbay_breaker_failure(PbayBreaker *breaker, int64_t now, bool probe, const PbayFailure *failure,
                          double jitter)
{
    int64_t hint = hint_of(failure);
    count(breaker, now, true);
    PbayBreakerEvent event = event_of(breaker, probe, hint);
    PbayBreakerState next = pbay_breaker_next(breaker->state, event);
    if (next == PBAY_BREAKER_OPEN && breaker->state != next) {
        explain(breaker, event, failure);
        enter(breaker, next, now);
        breaker->trips = MIN(breaker->trips + 1, INT32_MAX - 1);
        breaker->until = now + MAX(cool_down(breaker->trips, jitter), hint);
    } else if (next == PBAY_BREAKER_OPEN && hint > 0 && now + hint > breaker->until) {
        explain(breaker, event, failure);
        breaker->until = now + hint;
    }
}

void pbay_breaker_neutral(PbayBreaker *breaker, bool probe)
{
    if (probe && breaker->state == PBAY_BREAKER_HALF_OPEN)
        breaker->probing = false;
}

/* ---- records --------------------------------------------------------------------------------- */

void pbay_breaker_save(const PbayBreaker *breaker, PbayBreakerRecord *record)
{
    *record = (PbayBreakerRecord){.state = (int32_t)breaker->state,
                                  .trips = breaker->trips,
                                  .failures = breaker->failures,
                                  .since = breaker->since,
                                  .until = breaker->until};
    memcpy(record->why, breaker->why, sizeof record->why);
}

void pbay_breaker_load(PbayBreaker *breaker, int64_t now, const PbayBreakerRecord *record)
{
    PbayBreakerState state = PBAY_BREAKER_CLOSED;
    if (record->state == OPEN || record->state == HALF_OPEN)
        state = (PbayBreakerState)record->state;
    if (state != breaker->state)
        enter(breaker, state, now);
    breaker->trips = state == PBAY_BREAKER_CLOSED ? 0 : CLAMP(record->trips, 1, 1000);
    breaker->failures =
        state == PBAY_BREAKER_CLOSED ? CLAMP(record->failures, 0, PBAY_BREAKER_FAILURES - 1) : 0;
    breaker->since = MIN(record->since, now);
    if (state == PBAY_BREAKER_OPEN)
        breaker->until = CLAMP(record->until, breaker->since, now + PBAY_BREAKER_COOL_MAX);
    keep_why(breaker, g_strndup(record->why, sizeof record->why));
}
