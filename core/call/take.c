/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the moment in which a step of the plan is taken: the fleet is asked for the target, and what
 * it admits becomes an attempt; what it refuses is remembered, for the message and as the last
 * resort. What is tried next, or waited for, is decided elsewhere. On the worker's thread. */
#include "call/state.h"

#include "base/str.h"

#include <string.h>

static bool asked_before(const PbayCall *call, const PbayProvider *provider)
{
    for (guint i = 0; i < call->attempts->len; i++)
        if (((const PbayAttempt *)call->attempts->pdata[i])->provider == provider)
            return true;
    return false;
}

/* Its answer says how the provider is, and nothing of how the model answers. */
static bool is_aside(int32_t kind)
{
    return kind == PB_KIND_MODELS || kind == PB_KIND_PROBE || kind == PB_KIND_COUNT_TOKENS;
}

PbayTake pbay_call_take_of(const PbayCall *call, const PbayStep *step)
{
    const PbayModelTarget *target = step->target;
    return (PbayTake){.provider = target->provider,
                      .target = pbay_model_target_known_as(target),
                      .limits = target->limits,
                      .provider_limits = target->provider_limits,
                      .tokens = call->facts.tokens + call->facts.output,
                      .force = step->forced || call->forcing || call->insist,
                      .extra = asked_before(call, target->provider),
                      .own_key = call->api_key != NULL,
                      .aside = is_aside(call->kind),
                      .now = pbay_call_now(call)};
}

/* What the plan did not say already: it could not know that this one would be taken. */
static void tell_over_budget(PbayCall *call, const PbayStep *step)
{
    GPtrArray *notes = call->plan->notes;
    for (guint i = 0; i < notes->len; i++)
        if (strstr(notes->pdata[i], step->target->name) != NULL)
            return;
    g_autofree char *usd = pbay_money_text(step->estimate);
    g_ptr_array_add(notes, g_strdup_printf("%s is over the budget: %s USD estimated; it was asked "
                                           "because what fits did not answer",
                                           step->target->name, usd));
}

/* The requests that it is sent in: of many inputs more than one. */
static int64_t requests_of(const PbayCall *call, const PbayModelTarget *target)
{
    const PbayExchangeSpec parts = {.provider = target->provider,
                                    .kind = call->kind,
                                    .model = pbay_str(target->model),
                                    .body = pbay_str_of(call->body)};
    bool limited = target->limits != NULL || target->provider_limits != NULL;
    return limited ? (int64_t)pbay_batch_count(&parts) : 1;
}

bool pbay_call_open_step(PbayCall *call, guint i, bool hedge, PbayTaken *taken)
{
    const PbayStep *step = pbay_call_step(call, i);
    PbayTake take = pbay_call_take_of(call, step);
    take.waiter = hedge ? NULL : call->waiter;
    take.requests = requests_of(call, step->target);
    if (hedge)
        take.force = step->forced || call->insist;
    *taken = (PbayTaken){0};
    pbay_fleet_take(call->fleet, &take, taken);
    if (taken->ticket == NULL)
        return false;
    const PbayAttemptSpec spec = {
        .step = step,
        .ticket = taken->ticket,
        .key = taken->key,
        .probe = taken->probe,
        .hedge = hedge,
        .waited_ms = call->waiting_since != 0 ? take.now - call->waiting_since : 0};
    call->waiting_since = 0;
    call->queue_end = 0;
    call->step = i;
    call->done[i] = true;
    if (step->over_budget)
        tell_over_budget(call, step);
    pbay_attempt_start(call, &spec);
    if (!hedge)
        pbay_call_hedge_watch(call, call->attempts->pdata[call->attempts->len - 1]);
    return true;
}

const char *pbay_call_out_text(PbayOut out)
{
    static const char *const texts[] = {
        [PBAY_OUT_NONE] = "it is free",
        [PBAY_OUT_BREAKER] = "its breaker is open",
        [PBAY_OUT_PROBING] = "another call is probing it",
        [PBAY_OUT_KEYS] = "every key of it rests",
        [PBAY_OUT_RPM] = "its limit of requests a minute is reached",
        [PBAY_OUT_TPM] = "its limit of tokens a minute is reached",
        [PBAY_OUT_PARALLEL] = "its limit of requests at a time is reached",
        [PBAY_OUT_QUEUE] = "too many calls wait for it already",
        [PBAY_OUT_RETRIES] = "the retry budget of its provider is used up"};
    return texts[out];
}

void pbay_call_refuse_step(PbayCall *call, guint i, PbayOut out, int64_t until)
{
    const char *why = pbay_call_out_text(out);
    const char *name = pbay_call_step(call, i)->target->name;
    char *more = call->refusals == NULL ? g_strdup_printf("%s: %s", name, why)
                                        : g_strdup_printf("%s; %s: %s", call->refusals, name, why);
    g_free(call->refusals);
    call->refusals = more;
    if (until != 0 && (call->refused_until == 0 || until < call->refused_until))
        call->refused_until = until;
    bool unwilling = out == PBAY_OUT_BREAKER || out == PBAY_OUT_PROBING || out == PBAY_OUT_KEYS;
    if (unwilling && call->unwilling < 0)
        call->unwilling = (gint)i;
    call->done[i] = true;
    pbay_call_tell_passed(call, i, why);
}
