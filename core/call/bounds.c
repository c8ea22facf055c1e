/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the bounds in time of a call and of each attempt: the caller's word over the model's over
 * the provider's, and what is left of the whole. Pure but for the loop's clock; on the worker's
 * thread. */
#include "call/state.h"

/* asked 0: nothing was asked; model < 0: the [model] says nothing. */
static int64_t choose(int64_t asked, int64_t model, int64_t provider)
{
    if (asked != 0)
        return asked;
    return model >= 0 ? model : provider;
}

PbayTimeouts pbay_call_bounds(const PbayCall *call, const PbayModel *model,
                              const PbayProvider *provider)
{
    static const PbayTimeouts unset = {-1, -1, -1, -1, -1, -1};
    const PbayTimeouts *asked = &call->timeouts, *set = &provider->timeouts;
    const PbayTimeouts *own = model != NULL ? &model->timeouts : &unset;
    return (PbayTimeouts){
        .connect = choose(asked->connect, own->connect, set->connect),
        .first_byte = choose(asked->first_byte, own->first_byte, set->first_byte),
        .first_token = choose(asked->first_token, own->first_token, set->first_token),
        .idle = choose(asked->idle, own->idle, set->idle),
        .attempt = choose(asked->attempt, own->attempt, set->attempt),
        .total = choose(asked->total, own->total, set->total),
    };
}

int64_t pbay_call_configured_total(const PbayModel *model, const PbayProvider *provider)
{
    return choose(0, model != NULL ? model->timeouts.total : -1, provider->timeouts.total);
}

int64_t pbay_call_total(const PbayCall *call)
{
    const PbayStep *first = pbay_call_step(call, call->step);
    const PbayModel *model = call->plan->model;
    if (model == NULL || model->timeouts.total < 0)
        model = first->model;
    return call->timeouts.total != 0 ? call->timeouts.total
                                     : pbay_call_configured_total(model, first->target->provider);
}

int64_t pbay_call_time_left(const PbayCall *call)
{
    if (call->deadline == 0)
        return G_MAXINT64;
    return MAX(0, call->deadline - pbay_call_now(call));
}
