/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the way from the model's name to a provider that can serve the call: resolved by the
 * snapshot, or given by the caller; it must do this kind of request and have its key. Reads the
 * snapshot alone; on the worker's thread, and pbay_call_target on any. */
#include "call/state.h"

#include "base/str.h"
#include "drivers/drivers.h"

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

/* What is missing is the API key alone, and the caller brings one. */
static bool key_suffices(const PbayProvider *provider)
{
    const GPtrArray *groups = provider->driver->manifest->require;
    for (guint i = 0; groups != NULL && i < groups->len; i++) {
        char *const *names = groups->pdata[i];
        bool all = names[0] != NULL;
        for (size_t k = 0; names[k] != NULL; k++)
            all = all && (strcmp(names[k], "api-key") == 0 ||
                          pbay_provider_secret(provider, pbay_str(names[k]), 0) != NULL);
        if (all)
            return true;
    }
    return false;
}

static PbayFailure *check_state(PbayCall *call)
{
    const PbayProvider *provider = call->provider;
    bool usable = provider->driver != NULL && provider->driver->ops != NULL && provider->opened;
    if (provider->state == PBAY_PROVIDER_READY && usable)
        return NULL;
    if (provider->state == PBAY_PROVIDER_UNCONFIGURED && usable) {
        if (call->api_key != NULL && key_suffices(provider))
            return NULL;
        if (call->dry_run) {
            call->missing = g_strdup(provider->why);
            return NULL;
        }
    }
    return pbay_failure_new(PB_ERR_CONFIG, "provider %s cannot be used: %s", provider->name,
                            provider->why != NULL ? provider->why : "its driver is missing");
}

static PbayFailure *check_kind(const PbayCall *call)
{
    const PbayDriver *driver = call->provider->driver;
    if (driver->kinds & PB_KIND_BIT(call->kind))
        return NULL;
    g_autoptr(GString) offered = g_string_new(NULL);
    for (int32_t kind = 1; kind < 64; kind++) {
        const char *name = pbay_kind_name(kind);
        if (name != NULL && (driver->kinds & PB_KIND_BIT(kind)) != 0)
            g_string_append_printf(offered, "%s%s", offered->len != 0 ? ", " : "", name);
    }
    const char *wanted = pbay_kind_name(call->kind);
    PbayFailure *failure =
        pbay_failure_new(PB_ERR_UNSUPPORTED, "provider %s cannot do %s: its driver %s %s offers %s",
                         call->provider->name, wanted != NULL ? wanted : "this kind of request",
                         driver->id, driver->version, offered->len != 0 ? offered->str : "nothing");
    pbay_failure_set_code(failure, "unsupported_operation");
    return failure;
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
    return failure != NULL ? failure : check_kind(call);
}
