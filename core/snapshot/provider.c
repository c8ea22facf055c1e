/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a provider: made, opened through its driver, copied for another base URL, closed
 * after its last exchange. References may be taken and given back on any thread, the last one
 * too: opening and closing take the process's [main] role. Deriving belongs to whoever holds the
 * snapshot's configuration lock. Secrets never enter the options a driver sees. */
#include "snapshot/provider.h"

#include "base/error.h"
#include "base/str.h"
#include "base/text.h"
#include "json/reader.h"
#include "json/writer.h"

#include <string.h>

#define CONNECT_MS     10000
#define FIRST_BYTE_MS  300000
#define FIRST_TOKEN_MS 300000
#define IDLE_MS        120000
#define TOTAL_MS       600000
#define MAX_RESPONSE   ((int64_t)64 << 20)

static void secret_free(gpointer data)
{
    PbayProviderSecret *secret = data;
    g_free(secret->name);
    g_ptr_array_unref(secret->values);
    g_free(secret->file);
    g_free(secret);
}

static void header_free(gpointer data)
{
    PbayHeader *header = data;
    g_free(header->name);
    pbay_secret_unref(header->value);
    g_free(header);
}

static void provider_unref(gpointer provider)
{
    pbay_provider_unref(provider);
}

PbayProvider *pbay_provider_alloc(const char *name)
{
    PbayProvider *provider = g_new0(PbayProvider, 1);
    atomic_init(&provider->refs, 1);
    provider->name = g_strdup(name);
    provider->state = PBAY_PROVIDER_READY;
    provider->options = g_strdup("{}");
    provider->arena = pbay_arena_new(0);
    provider->base_url = g_strdup("");
    provider->match = g_new0(char *, 1);
    provider->secrets = g_ptr_array_new_with_free_func(secret_free);
    provider->origins = g_new0(char *, 1);
    provider->headers = g_ptr_array_new_with_free_func(header_free);
    provider->timeouts = (PbayTimeouts){.connect = CONNECT_MS,
                                        .first_byte = FIRST_BYTE_MS,
                                        .first_token = FIRST_TOKEN_MS,
                                        .idle = IDLE_MS,
                                        .total = TOTAL_MS};
    provider->max_response = MAX_RESPONSE;
    provider->derived = g_ptr_array_new_with_free_func(provider_unref);
    return provider;
}

PbayProvider *pbay_provider_ref(PbayProvider *provider)
{
    atomic_fetch_add_explicit(&provider->refs, 1, memory_order_relaxed);
    return provider;
}

static void close_provider(PbayProvider *provider)
{
    if (!provider->opened || provider->driver->ops->provider_close == NULL)
        return;
    pbay_driver_main_enter();
    provider->driver->ops->provider_close(provider->prov);
    pbay_driver_main_leave();
}

void pbay_provider_unref(PbayProvider *provider)
{
    if (provider == NULL ||
        atomic_fetch_sub_explicit(&provider->refs, 1, memory_order_acq_rel) != 1)
        return;
    close_provider(provider);
    if (provider->credentials != NULL)
        provider->credentials_free(provider->credentials);
    if (provider->engine_gate != NULL)
        provider->engine_gate_free(provider->engine_gate);
    g_ptr_array_unref(provider->derived);
    g_ptr_array_unref(provider->headers);
    g_strfreev(provider->origins);
    g_ptr_array_unref(provider->secrets);
    g_strfreev(provider->match);
    g_free(provider->base_url);
    pbay_arena_free(provider->arena);
    g_free(provider->options);
    g_free(provider->driver_id);
    g_free(provider->why);
    g_free(provider->ca_file);
    g_free(provider->proxy);
    g_free(provider->no_proxy);
    g_free(provider->name);
    g_free(provider->known_as);
    g_free(provider);
}

void pbay_provider_set_state(PbayProvider *provider, PbayProviderState state, char *why)
{
    g_free(provider->why);
    provider->state = state;
    provider->why = why;
}

const char *pbay_provider_state_name(const PbayProvider *provider)
{
    static const char *const names[] = {
        [PBAY_PROVIDER_READY] = "ready",
        [PBAY_PROVIDER_UNCONFIGURED] = "unconfigured",
        [PBAY_PROVIDER_UNAVAILABLE] = "unavailable",
        [PBAY_PROVIDER_SHADOWED] = "shadowed",
    };
    return provider->masked ? "masked" : names[provider->state];
}

char *pbay_provider_default_model(const PbayProvider *provider)
{
    if (provider->state != PBAY_PROVIDER_READY || !provider->vendor ||
        provider->driver->manifest->default_model == NULL)
        return NULL;
    return g_strdup_printf("%s/%s", provider->name, provider->driver->manifest->default_model);
}

bool pbay_provider_has_key(const PbayProvider *provider)
{
    for (guint i = 0; i < provider->secrets->len; i++)
        if (((const PbayProviderSecret *)provider->secrets->pdata[i])->values->len > 0)
            return true;
    return false;
}

/* What the driver's provider_open gives, and what it reported (g_free) or NULL. */
static int32_t call_open(PbayProvider *provider, char **said)
{
    const PbayDriver *driver = provider->driver;
    int32_t code = 0;
    pbay_driver_main_enter();
    g_clear_pointer(&driver->core->reported, g_free);
    if (driver->ops->provider_open != NULL)
        code = driver->ops->provider_open(driver->drv, provider, provider->config, &provider->prov);
    *said = g_steal_pointer(&driver->core->reported);
    pbay_driver_main_leave();
    return code;
}

bool pbay_provider_open(PbayProvider *provider, GError **error)
{
    const PbayDriver *driver = provider->driver;
    g_autoptr(GError) problem = NULL;
    provider->config = pbay_json_parse(provider->arena, pbay_str(provider->options), NULL,
                                       PBAY_JSON_SHARED | PBAY_JSON_COPY, &problem);
    if (provider->config == NULL) {
        g_set_error(error, PBAY_ERROR, PB_ERR_INTERNAL, "the options of provider %s: %s",
                    provider->name, problem->message);
        return false;
    }
    g_autofree char *said = NULL;
    int32_t code = call_open(provider, &said);
    if (code != 0) {
        g_autofree char *number = g_strdup_printf("code %d, and no reason", (int)code);
        g_set_error(error, PBAY_ERROR, PB_ERR_CONFIG, "driver %s does not accept it: %s",
                    driver->id, said != NULL ? said : number);
        return false;
    }
    provider->opened = true;
    return true;
}

void pbay_provider_add_origin(PbayProvider *provider, const char *origin)
{
    if (g_strv_contains((const char *const *)provider->origins, origin))
        return;
    guint n = g_strv_length(provider->origins);
    provider->origins = g_renew(char *, provider->origins, n + 2);
    provider->origins[n] = g_strdup(origin);
    provider->origins[n + 1] = NULL;
}

static PbayProviderSecret *find_secret(const PbayProvider *provider, pb_str name)
{
    for (guint i = 0; i < provider->secrets->len; i++) {
        PbayProviderSecret *secret = g_ptr_array_index(provider->secrets, i);
        if (pbay_str_is(name, secret->name))
            return secret;
    }
    return NULL;
}

static void value_free(gpointer value)
{
    pbay_secret_unref(value);
}

PbayProviderSecret *pbay_provider_add_secret(PbayProvider *provider, const char *name)
{
    PbayProviderSecret *secret = find_secret(provider, pbay_str(name));
    if (secret != NULL)
        return secret;
    secret = g_new0(PbayProviderSecret, 1);
    secret->name = g_strdup(name);
    secret->values = g_ptr_array_new_with_free_func(value_free);
    g_ptr_array_add(provider->secrets, secret);
    return secret;
}

PbaySecret *pbay_provider_secret(const PbayProvider *provider, pb_str name, size_t i)
{
    const PbayProviderSecret *secret = find_secret(provider, name);
    return secret != NULL && i < secret->values->len ? g_ptr_array_index(secret->values, i) : NULL;
}

/* ---- another base URL ------------------------------------------------------------------------ */

/* What a derived provider has in common with the one it comes from. */
static PbayProvider *copy_of(const PbayProvider *from)
{
    PbayProvider *to = pbay_provider_alloc(from->name);
    pbay_provider_set_state(to, from->state, g_strdup(from->why));
    to->driver = from->driver;
    to->driver_id = g_strdup(from->driver_id);
    g_ptr_array_unref(to->secrets);
    to->secrets = g_ptr_array_ref(from->secrets);
    g_ptr_array_unref(to->headers);
    to->headers = g_ptr_array_ref(from->headers);
    to->timeouts = from->timeouts;
    to->max_response = from->max_response;
    to->drops = from->drops;
    to->drops_explicit = from->drops_explicit;
    to->ca_file = g_strdup(from->ca_file);
    to->proxy = g_strdup(from->proxy);
    to->no_proxy = g_strdup(from->no_proxy);
    to->origin = from->origin;
    return to;
}

/* Without one slash at the end. Caller frees. */
static char *trim_url(const char *url)
{
    size_t n = strlen(url);
    return g_strndup(url, n > 0 && url[n - 1] == '/' ? n - 1 : n);
}

PbayProvider *pbay_provider_derive(PbayProvider *provider, const char *base_url, GError **error)
{
    g_autofree char *url = trim_url(base_url);
    g_autofree char *origin = pbay_url_origin(pbay_str(url));
    if (strcmp(url, provider->base_url) == 0)
        return provider;
    for (guint i = 0; i < provider->derived->len; i++) {
        PbayProvider *known = g_ptr_array_index(provider->derived, i);
        if (strcmp(url, known->base_url) == 0)
            return known;
    }
    if (origin == NULL) {
        g_autofree char *shown = pbay_text_show_url(base_url);
        g_set_error(error, PBAY_ERROR, PB_ERR_INVALID,
                    "the base URL \"%s\" is no absolute http or https URL", shown);
        return NULL;
    }
    if (provider->derived->len >= PBAY_DERIVED_MAX) {
        g_set_error(error, PBAY_ERROR, PB_ERR_INVALID,
                    "provider %s was used with %u other base URLs already: configure a [provider] "
                    "for this one, or reload",
                    provider->name, PBAY_DERIVED_MAX);
        return NULL;
    }
    if (provider->driver == NULL || provider->config == NULL) {
        g_set_error(error, PBAY_ERROR, PB_ERR_CONFIG, "provider %s cannot be used: %s",
                    provider->name, provider->why);
        return NULL;
    }
    PbayProvider *derived = copy_of(provider);
    g_autofree char *place = pbay_text_show_url(url);
    derived->known_as = g_strdup_printf("%s@%s", provider->name, place);
    g_autofree char *old = pbay_url_origin(pbay_str(provider->base_url));
    pbay_provider_add_origin(derived, origin);
    for (size_t i = 0; provider->origins[i] != NULL; i++)
        if (g_strcmp0(provider->origins[i], old) != 0)
            pbay_provider_add_origin(derived, provider->origins[i]);
    g_free(derived->base_url);
    derived->base_url = g_strdup(url);
    g_autoptr(GString) text = g_string_new(NULL), options = g_string_new(NULL);
    pbay_text_append_json(text, pbay_str(url));
    pbay_json_patch(options, provider->config, PBAY_STR("base-url"), pbay_str_of(text));
    g_free(derived->options);
    derived->options = g_strdup(options->str);
    if (!pbay_provider_open(derived, error)) {
        g_prefix_error(error, "provider %s: ", provider->name);
        pbay_provider_unref(derived);
        return NULL;
    }
    g_ptr_array_add(provider->derived, derived);
    return derived;
}
