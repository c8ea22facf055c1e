/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the way from the model's name to a provider that can serve the call: resolved by the
 * snapshot, or given by the caller; it must do this kind of request and have its key. Reads the
 * snapshot alone; on the worker's thread, and pbay_call_target on any. */
#include "call/state.h"

#include "base/str.h"
#include "drivers/drivers.h"
#include "snapshot/usable.h"

#include <string.h>

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

static PbayFailure *check_state(PbayCall *call)
{
    PbayFailure *failure = pbay_provider_check_state(call->provider, call->api_key != NULL);
    if (failure == NULL || !call->dry_run || !pbay_provider_wants_key(call->provider))
        return failure;
    call->missing = g_strdup(call->provider->why);
    pbay_failure_unref(failure);
    return NULL;
}

/* The upstream's name for a provider that the caller chose: as resolved, if it is that provider's,
 * else without its prefix. */
static void take_given(PbayCall *call, PbayProvider *given, const PbayTarget *resolved)
{
    g_autofree char *prefix = g_strconcat(given->name, "/", NULL);
    bool same = resolved->provider != NULL && strcmp(resolved->provider->name, given->name) == 0;
    const char *name = call->asked;
    if (g_str_has_prefix(name, prefix))
        name += strlen(prefix);
    else if (names_provider_alone(call->kind) && strcmp(name, given->name) == 0)
        name = "";
    call->provider = pbay_provider_ref(given);
    call->model = g_strdup(same ? resolved->model : name);
    call->reason = g_strdup(same ? resolved->reason : "chosen by the caller");
}

PbayFailure *pbay_call_find_target(PbayCall *call, PbayProvider *given)
{
    PbayTarget target = {0};
    g_autoptr(GError) error = NULL;
    bool found = call->snapshot != NULL && call->asked[0] != '\0' &&
                 ((names_provider_alone(call->kind) &&
                   find_provider(call->snapshot, call->asked, &target)) ||
                  pbay_snapshot_resolve(call->snapshot, call->asked, true, &target, &error));
    if (given != NULL) {
        take_given(call, given, &target);
    } else if (found) {
        call->provider = pbay_provider_ref(target.provider);
        call->model = g_strdup(target.model);
        call->reason = g_strdup(target.reason);
    }
    if (found)
        pbay_target_clear(&target);
    if (call->provider == NULL)
        return error != NULL
                   ? pbay_failure_from_gerror(error)
                   : pbay_failure_new(PB_ERR_INVALID, "the request names no provider: set "
                                                      "\"model\" to its prefix, like \"groq\"");
    PbayFailure *failure = check_state(call);
    return failure != NULL ? failure : pbay_provider_check_kind(call->provider, call->kind);
}
