/* SPDX-License-Identifier: Apache-2.0 */
/* A provider without configuration files, for tests and for the conformance tool: options as
 * JSON over the manifest's defaults, secrets as pairs. It reads no environment. [main]. */
#include "snapshot/options.h"
#include "snapshot/origin.h"

#include "base/error.h"
#include "base/str.h"
#include "json/reader.h"

static void add_origins(PbayProvider *provider, const PbayManifest *manifest, GHashTable *values)
{
    g_autofree char *base = pbay_url_origin(pbay_str(provider->base_url));
    if (base != NULL)
        pbay_provider_add_origin(provider, base);
    for (size_t i = 0; manifest->origins[i] != NULL; i++) {
        g_autofree char *url = pbay_origin_fill(manifest->origins[i], values, NULL);
        g_autofree char *origin = url != NULL ? pbay_origin_pattern(pbay_str(url)) : NULL;
        if (origin != NULL)
            pbay_provider_add_origin(provider, origin);
    }
}

PbayProvider *pbay_provider_new(PbayDriver *driver, const char *name, const char *options_json,
                                const char *const *secrets, GError **error)
{
    if (driver->status != PBAY_DRIVER_LOADED) {
        g_set_error(error, PBAY_ERROR, PB_ERR_CONFIG, "%s is not loaded: %s", driver->path,
                    driver->reason);
        return NULL;
    }
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GHashTable) values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const pb_json *given = pbay_json_parse(arena, pbay_str(options_json), NULL, 0, error);
    if (given == NULL)
        return NULL;
    PbayProvider *provider = pbay_provider_alloc(name);
    provider->driver = driver;
    provider->driver_id = g_strdup(driver->id);
    provider->vendor = true;
    bool ok = pbay_options_from_json(provider, driver->manifest, given, values, error);
    if (ok)
        add_origins(provider, driver->manifest, values);
    for (size_t i = 0; secrets != NULL && secrets[i] != NULL && secrets[i + 1] != NULL; i += 2)
        g_ptr_array_add(pbay_provider_add_secret(provider, secrets[i])->values,
                        pbay_secret_new(pbay_str(secrets[i + 1])));
    if (ok && pbay_provider_open(provider, error))
        return provider;
    pbay_provider_unref(provider);
    return NULL;
}
