/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the commit point: chunks of a stream are kept back until its first real content, within a
 * bound; then the attempt is the one that is heard, and whoever raced with it is given up. On the
 * worker's thread. It decides nothing about what follows a failure. */
#include "call/state.h"

#include "base/str.h"

#include <string.h>

void pbay_attempt_win(PbayAttempt *attempt)
{
    PbayCall *call = attempt->call;
    if (call->winner != NULL)
        return;
    call->winner = attempt;
    pbay_call_hedge_stop(call);
    for (guint i = 0; i < call->attempts->len; i++) {
        PbayAttempt *other = call->attempts->pdata[i];
        if (other != attempt && pbay_attempt_alive(other)) {
            other->lost = true;
            pbay_attempt_abandon(other);
        }
    }
}

/* ---- Chunks ---- */

/* To a caller who has not stopped. */
static void tell(PbayCall *call, pb_str chunk)
{
    if (!call->cancelled)
        call->events->chunk(call->user, chunk);
}

static void hold(PbayAttempt *attempt, pb_str chunk)
{
    if (chunk.len < PBAY_CALL_HELD_MAX - MIN(attempt->held->len, PBAY_CALL_HELD_MAX)) {
        pbay_str_append(attempt->held, chunk);
        g_string_append_c(attempt->held, '\n'); /* none is in a chunk */
        return;
    }
    PbayFailure *failure =
        pbay_failure_new(PB_ERR_PROTOCOL, "%s sent %u MiB of its stream without any content",
                         attempt->step->target->name, (unsigned)(PBAY_CALL_HELD_MAX >> 20));
    pbay_failure_set_code(failure, "invalid_upstream_response");
    pbay_attempt_fault(attempt, failure);
}

void pbay_attempt_chunk(void *data, pb_str json)
{
    PbayAttempt *attempt = data;
    if (attempt->held == NULL)
        tell(attempt->call, json);
    else
        hold(attempt, json);
}

void pbay_attempt_release(PbayAttempt *attempt)
{
    g_autoptr(GString) held = g_steal_pointer(&attempt->held);
    const char *chunk = held != NULL ? held->str : "";
    for (const char *end; (end = strchr(chunk, '\n')) != NULL; chunk = end + 1)
        tell(attempt->call, (pb_str){chunk, (size_t)(end - chunk)});
}

/* ---- Content ---- */

void pbay_attempt_note_content(PbayAttempt *attempt)
{
    if (attempt->first_ms >= 0 || !pbay_answer_committed(attempt->answer))
        return;
    PbayCall *call = attempt->call;
    attempt->first_ms = pbay_call_now(call) - attempt->started;
    pbay_loop_timer_stop(pbay_call_loop(call), &attempt->first_token);
    if (!pbay_answer_streams(attempt->answer) || attempt->fault != NULL)
        return;
    if (attempt->ticket != NULL) /* a probe has done its work, however long the answer is */
        pbay_fleet_content(call->fleet, attempt->ticket, pbay_call_now(call), true,
                           attempt->first_ms);
    pbay_attempt_win(attempt);
    pbay_attempt_release(attempt);
}
