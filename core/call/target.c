/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the way from the model's name to a plan of targets: made by routing, or of the one provider
 * that the caller gave or named alone. Reads the snapshot and the fleet; on the worker's thread,
 * and pbay_call_target on any. */
#include "call/state.h"

#include "base/str.h"
#include "routing/facts.h"
#include "snapshot/usable.h"

#include <string.h>

/* Attempts of a call that has no configuration: one target tried once, with each of its keys. */
#define BARE_ATTEMPTS 6

/* "groq" or "groq/": a provider without a model. */
static bool find_provider(const PbaySnapshot *snapshot, const char *name, PbayTarget *target)
{
    size_t len = strlen(name);
    g_autofree char *bare =
        len != 0 && name[len - 1] == '/' ? g_strndup(name, len - 1) : g_strdup(name);
    PbayProvider *provider = g_hash_table_lookup(snapshot->providers, bare);
    if (provider == NULL)
        return false;
    *target = (PbayTarget){provider, g_strdup(""), g_strdup_printf("provider %s", bare)};
    return true;
}

static bool names_provider_alone(int32_t kind)
{
    return kind == PB_KIND_MODELS || kind == PB_KIND_PROBE;
}

bool pbay_call_target(const PbaySnapshot *snapshot, pb_str request, const char *model_or_null,
                      PbayTarget *target, GError **error)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    pb_str asked;
    g_autoptr(PbayFailure) failure = pbay_call_request_peek(arena, request, model_or_null, &asked);
    if (failure != NULL) {
        g_set_error_literal(error, PBAY_ERROR, failure->cls, failure->message);
        return false;
    }
    g_autofree char *name = pbay_str_dup(asked);
    return find_provider(snapshot, name, target) ||
           pbay_snapshot_resolve(snapshot, name, true, target, error);
}

/* ---- A plan of one provider ---- */

/* The upstream's name for a provider that the caller chose: as resolved, if it is that provider's,
 * else without its prefix. Fills model and reason; g_free. */
static void name_given(const PbayCall *call, const PbayTarget *resolved, char **model,
                       char **reason)
{
    const PbayProvider *given = call->given;
    g_autofree char *prefix = g_strconcat(given->name, "/", NULL);
    bool same = resolved->provider != NULL && strcmp(resolved->provider->name, given->name) == 0;
    const char *name = call->asked;
    if (g_str_has_prefix(name, prefix))
        name += strlen(prefix);
    else if (names_provider_alone(call->kind) && strcmp(name, given->name) == 0)
        name = "";
    *model = g_strdup(same ? resolved->model : name);
    *reason = g_strdup(same ? resolved->reason : "chosen by the caller");
}

static PbayModelTarget *bare_target(PbayProvider *provider, const char *model)
{
    PbayModelTarget *target = g_new0(PbayModelTarget, 1);
    target->name = g_strconcat(provider->name, "/", model, NULL);
    target->provider = provider;
    target->model = g_strdup(model);
    target->weight = 1;
    return target;
}

static PbayPlan *plan_of(const PbayCall *call, PbayProvider *provider, const char *model,
                         const char *reason)
{
    PbayModelTarget *target = call->snapshot != NULL
                                  ? pbay_snapshot_target(call->snapshot, provider, model)
                                  : bare_target(provider, model);
    if (provider->known_as != NULL) /* what is known of the usual server is not known of this one */
        target->known_as = g_strconcat(provider->known_as, "/", model, NULL);
    PbayResilience resilience = {.retries = 0, .attempts = BARE_ATTEMPTS};
    if (call->snapshot != NULL)
        resilience = pbay_snapshot_resilience(call->snapshot);
    if (call->kind == PB_KIND_PROBE)
        resilience.retries = 0; /* it is to say how things are */
    return pbay_plan_single(call->asked, reason, target, resilience);
}

static PbayFailure *resolve_failure(const GError *error)
{
    return error != NULL
               ? pbay_failure_from_gerror(error)
               : pbay_failure_new(PB_ERR_INVALID, "the request names no provider: set \"model\" to "
                                                  "its prefix, like \"groq\"");
}

/* Of the provider that was given, or that is named alone. */
static PbayFailure *plan_single(PbayCall *call)
{
    PbayTarget target = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *model = NULL, *reason = NULL;
    bool found = call->snapshot != NULL && call->asked[0] != '\0' &&
                 ((names_provider_alone(call->kind) &&
                   find_provider(call->snapshot, call->asked, &target)) ||
                  pbay_snapshot_resolve(call->snapshot, call->asked, true, &target, &error));
    if (call->given != NULL) {
        name_given(call, &target, &model, &reason);
        call->plan = plan_of(call, call->given, model, reason);
    } else if (found) {
        call->plan = plan_of(call, target.provider, target.model, target.reason);
    }
    if (found)
        pbay_target_clear(&target);
    return call->plan == NULL ? resolve_failure(error) : NULL;
}

static PbayFailure *check_single(PbayCall *call)
{
    const PbayStep *step = &g_array_index(call->plan->steps, PbayStep, 0);
    const PbayProvider *provider = step->target->provider;
    PbayFailure *failure = pbay_provider_check_state(provider, call->api_key != NULL);
    if (failure != NULL && call->dry_run && pbay_provider_wants_key(provider)) {
        call->missing = g_strdup(provider->why);
        pbay_failure_unref(failure);
        failure = NULL;
    }
    if (failure == NULL)
        failure = pbay_provider_check_kind(provider, call->kind);
    if (failure == NULL || !call->dry_run)
        return failure;
    call->refused = failure;
    call->unshown = true;
    return NULL;
}

/* ---- A plan by routing ---- */

/* For the call, when its plan asks for it. The request is there as long as the plan is made. */
static const PbayFacts *measure(void *data)
{
    PbayCall *call = data;
    pbay_facts_measure(call->kind, call->request.root, call->request.labels,
                       g_get_real_time() / G_USEC_PER_SEC, &call->facts);
    call->measured = true;
    return &call->facts;
}

static PbayFailure *plan_by_routing(PbayCall *call)
{
    g_autoptr(GError) error = NULL;
    bool own = call->request.fallbacks != NULL || call->request.has_max_cost ||
               call->request.has_prefer || call->dry_run;
    const PbayPlanSpec spec = {
        .snapshot = call->snapshot,
        .fleet = call->fleet,
        .name = call->asked,
        .facts = own ? measure(call) : NULL,
        .measure = measure,
        .measure_user = call,
        .kind = call->kind,
        .own_key = call->api_key != NULL,
        .fallbacks = call->request.fallbacks,
        .has_max_cost = call->request.has_max_cost,
        .max_cost = call->request.max_cost,
        .has_prefer = call->request.has_prefer,
        .prefer = call->request.prefer,
        .now = pbay_call_now(call),
        .seed = pbay_call_seed(call),
    };
    call->plan = pbay_plan_new(&spec, &error);
    return call->plan == NULL ? pbay_failure_from_gerror(error) : NULL;
}

/* The step that is tried first; -1: all are out. What only follows a refusal is none to begin
 * with. */
static gint first_in(const PbayPlan *plan)
{
    for (guint i = 0; i < plan->steps->len; i++) {
        const PbayStep *step = &g_array_index(plan->steps, PbayStep, i);
        if (!step->out && (step->cause == PBAY_CAUSE_CHOICE || step->cause == PBAY_CAUSE_FAILURE))
            return (gint)i;
    }
    return -1;
}

/* ---- A plan in which all are out, to be explained ---- */

static bool can_be_shown(const PbayCall *call, const PbayProvider *provider)
{
    return provider != NULL &&
           (pbay_provider_usable(provider, call->api_key != NULL) ||
            pbay_provider_wants_key(provider)) &&
           (provider->driver->kinds & PB_KIND_BIT(call->kind)) != 0;
}

/* The first of whose request can be written, whatever keeps it out; -1: of none. */
static gint first_to_show(const PbayCall *call)
{
    for (guint i = 0; i < call->plan->steps->len; i++)
        if (can_be_shown(call, pbay_call_step(call, i)->target->provider))
            return (gint)i;
    return -1;
}

/* The plan with its reasons is what was asked for, and the failure is part of it. */
static void explain_all_out(PbayCall *call)
{
    gint first = first_to_show(call);
    call->unshown = first < 0;
    call->step = (guint)MAX(first, 0);
    const PbayProvider *provider = pbay_call_step(call, call->step)->target->provider;
    if (!call->unshown && !pbay_provider_usable(provider, call->api_key != NULL))
        call->missing = g_strdup(provider->why);
    if (call->missing == NULL || call->plan->steps->len > 1)
        call->refused = pbay_plan_failure(call->plan);
}

static PbayFailure *choose_first(PbayCall *call)
{
    gint first = first_in(call->plan);
    if (first >= 0)
        call->step = (guint)first;
    else if (call->dry_run && call->plan->steps->len != 0)
        explain_all_out(call);
    else
        return pbay_plan_failure(call->plan);
    return NULL;
}

PbayFailure *pbay_call_make_plan(PbayCall *call)
{
    bool single = call->given != NULL || call->snapshot == NULL || names_provider_alone(call->kind);
    PbayFailure *failure = single ? plan_single(call) : plan_by_routing(call);
    if (failure == NULL)
        failure = single ? check_single(call) : choose_first(call);
    if (failure == NULL)
        call->done = g_new0(bool, call->plan->steps->len);
    return failure;
}
