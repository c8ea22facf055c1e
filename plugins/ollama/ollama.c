/* SPDX-License-Identifier: Apache-2.0 */
/* The ollama driver: its table, its options, and the ops that begin and end an exchange; those
 * that take a reply are in response.c. open and close run on the core's configuration thread, ops
 * on any, one at a time for an exchange. No secret is kept: sign() only passes it on. */
#include "ollama.h"

#include "host.h"
#include "lib/bearer.h"
#include "lib/manifest.h"

#include <stdlib.h>

#define URL_MAX        ((size_t)8192)
#define LINE_BYTES_MAX ((size_t)16 * 1024 * 1024)

/* ---- A provider ---- */

static void provider_close(void *prov)
{
    Provider *provider = prov;
    free(provider->base_url);
    free(provider->keep_alive);
    free(provider);
}

static const pb_json *option(const pbs_driver *driver, const pb_json *config, const char *name)
{
    return driver->api->json_get(config, pbs_str(name));
}

static void report(const pbs_driver *driver, pb_provider *handle, const char *message)
{
    pb_error error = {.size = sizeof error, .cls = PB_ERR_CONFIG, .message = pbs_str(message)};
    driver->api->report(driver->core, handle, &error);
}

/* The core knows the origin of a complete URL only; a key goes nowhere else. */
static void tell_key(const pbs_driver *driver, const Provider *provider)
{
    static const char why[] =
        "the address of the Ollama server is no complete URL that can be "
        "reached as it stands, so no key is sent; set base-url if it needs one";
    if (!provider->is_given)
        driver->api->log(driver->core, NULL, PB_LOG_INFO, PBS_STR(why));
}

static bool read_base_url(const pbs_driver *driver, const pb_json *config, Provider *provider)
{
    pb_str given = driver->api->json_str(option(driver, config, "base-url"));
    pbs_buf url;
    pbs_buf_init(&url, URL_MAX);
    bool fits = ollama_host_url(given, &url);
    provider->base_url = fits ? pbs_dup(pbs_buf_str(&url)) : NULL;
    provider->is_given = fits && pbs_has_prefix(given, pbs_buf_str(&url));
    pbs_buf_free(&url);
    return provider->base_url != NULL;
}

static int32_t provider_open(void *drv, pb_provider *handle, const pb_json *config, void **prov)
{
    const pbs_driver *driver = drv;
    const pb_core_api *api = driver->api;
    Provider *provider = calloc(1, sizeof *provider);
    if (provider == NULL)
        return -1;
    provider->base.driver = driver;
    provider->keep_alive = pbs_option_dup(driver, config, "keep-alive");
    provider->num_ctx = api->json_int(option(driver, config, "num-ctx"), 0);
    provider->truncate = api->json_bool(option(driver, config, "truncate"), -1);
    if (provider->keep_alive == NULL || !read_base_url(driver, config, provider)) {
        report(driver, handle, "base-url is longer than 8192 bytes, or memory is out");
        provider_close(provider);
        return -1;
    }
    tell_key(driver, provider);
    *prov = provider;
    return 0;
}

/* ---- An exchange ---- */

static pb_next begin(void *prov, pb_xchg *x, const pb_request *request, void **state)
{
    const Provider *provider = prov;
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = ctx.api->alloc(x, sizeof *exchange);
    if (exchange == NULL)
        return PB_FAIL;
    *state = exchange;
    exchange->provider = provider;
    exchange->request = request;
    pbs_ndjson_init(&exchange->lines, LINE_BYTES_MAX);
    return ollama_describe(&ctx, exchange);
}

static pb_next sign(void *prov, pb_xchg *x, void *state)
{
    const Provider *provider = prov;
    pbs_ctx ctx = pbs_op(prov, x);
    (void)state;
    return provider->is_given ? pbs_bearer(&ctx, "api-key") : PB_SEND;
}

static void end(void *prov, pb_xchg *x, void *state)
{
    Exchange *exchange = state;
    (void)prov;
    (void)x;
    if (exchange != NULL)
        pbs_ndjson_free(&exchange->lines);
}

static const char *const prefixes[] = {"ollama", "ollama_chat", NULL};

static const pb_driver driver = {
    .size = sizeof driver,
    .abi_minor = PB_ABI_MINOR,
    .kinds = PB_KIND_BIT(PB_KIND_CHAT) | PB_KIND_BIT(PB_KIND_COMPLETION) |
             PB_KIND_BIT(PB_KIND_EMBEDDING) | PB_KIND_BIT(PB_KIND_MODELS) |
             PB_KIND_BIT(PB_KIND_PROBE),
    .id = "ollama",
    .version = "0.1.0",
    .vendor = "Patchbay",
    .license = "Apache-2.0",
    .prefixes = prefixes,
    .manifest = patchbay_manifest,
    .init = pbs_init,
    .provider_open = provider_open,
    .provider_close = provider_close,
    .begin = begin,
    .sign = sign,
    .on_head = ollama_on_head,
    .on_body = ollama_on_body,
    .on_end = ollama_on_end,
    .end = end,
};

const void *patchbay_driver_get(const char *iface)
{
    return pbs_is(pbs_str(iface), PB_DRIVER_IFACE) ? &driver : NULL;
}
