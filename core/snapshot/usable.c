/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the judgement whether a provider can serve a request: its state, whether the caller's own
 * key makes up for the missing one, and the kinds of its driver. Any thread; changes nothing. */
#include "snapshot/usable.h"

#include "base/str.h"
#include "drivers/drivers.h"

#include <string.h>

/* What is missing is the API key alone. */
static bool lacks_key_alone(const PbayProvider *provider)
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

static bool is_open(const PbayProvider *provider)
{
    return provider->driver != NULL && provider->driver->ops != NULL && provider->opened;
}

bool pbay_provider_wants_key(const PbayProvider *provider)
{
    return provider->state == PBAY_PROVIDER_UNCONFIGURED && is_open(provider);
}

bool pbay_provider_usable(const PbayProvider *provider, bool own_key)
{
    if (provider->state == PBAY_PROVIDER_READY)
        return is_open(provider);
    return own_key && pbay_provider_wants_key(provider) && lacks_key_alone(provider);
}

PbayFailure *pbay_provider_check_state(const PbayProvider *provider, bool own_key)
{
    if (pbay_provider_usable(provider, own_key))
        return NULL;
    return pbay_failure_new(PB_ERR_CONFIG, "provider %s cannot be used: %s", provider->name,
                            provider->why != NULL ? provider->why : "its driver is missing");
}

PbayFailure *pbay_provider_check_kind(const PbayProvider *provider, int32_t kind)
{
    const PbayDriver *driver = provider->driver;
    if (kind > 0 && kind < 64 && (driver->kinds & PB_KIND_BIT(kind)) != 0)
        return NULL;
    g_autoptr(GString) offered = g_string_new(NULL);
    for (int32_t i = 1; i < 64; i++) {
        const char *name = pbay_kind_name(i);
        if (name != NULL && (driver->kinds & PB_KIND_BIT(i)) != 0)
            g_string_append_printf(offered, "%s%s", offered->len != 0 ? ", " : "", name);
    }
    const char *wanted = pbay_kind_name(kind);
    PbayFailure *failure =
        pbay_failure_new(PB_ERR_UNSUPPORTED, "provider %s cannot do %s: its driver %s %s offers %s",
                         provider->name, wanted != NULL ? wanted : "this kind of request",
                         driver->id, driver->version, offered->len != 0 ? offered->str : "nothing");
    pbay_failure_set_code(failure, "unsupported_operation");
    return failure;
}
