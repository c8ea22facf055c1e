/* SPDX-License-Identifier: Apache-2.0 */
/* The ollama driver: its table, its options, and the ops, which only find the exchange and pass
 * on to the file concerned. init, open and close run on the core's configuration thread, ops on
 * any, one at a time for an exchange. No secret is kept: sign() reads what it needs and forgets it.
 * */
#include "ollama.h"

#include "host.h"
#include "lib/manifest.h"

#include <stdlib.h>

#define URL_MAX        ((size_t)8192)
#define LINE_BYTES_MAX ((size_t)16 * 1024 * 1024)

static pbs_ctx context(const Provider *provider, pb_xchg *x)
{
    return (pbs_ctx){.api = provider->driver->api, .core = provider->driver->core, .x = x};
}

static int32_t init(const pb_core_api *api, pb_core *core, void **drv)
{
    Driver *driver = malloc(sizeof *driver);
    if (driver == NULL)
        return -1;
    *driver = (Driver){.api = api, .core = core};
    *drv = driver;
    return 0;
}

/* ---- A provider ---- */

/* NULL: no memory. */
static char *copy(pb_str s)
{
    char *text = malloc(s.len + 1);
    if (text == NULL)
        return NULL;
    if (s.len > 0)
        memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    return text;
}

static void provider_close(void *prov)
{
    Provider *provider = prov;
    free(provider->base_url);
    free(provider->keep_alive);
    free(provider);
}

static const pb_json *option(const Driver *driver, const pb_json *config, const char *name)
{
    return driver->api->json_get(config, pbs_str(name));
}

static void report(const Driver *driver, pb_provider *handle, const char *message)
{
    pb_error error = {.size = sizeof error, .cls = PB_ERR_CONFIG, .message = pbs_str(message)};
    driver->api->report(driver->core, handle, &error);
}

/* The core knows the origin of a complete URL only; a key goes nowhere else. */
static void tell_key(const Driver *driver, const Provider *provider)
{
    static const char why[] =
        "the address of the Ollama server is no complete URL that can be "
        "reached as it stands, so no key is sent; set base-url if it needs one";
    if (!provider->is_given)
        driver->api->log(driver->core, NULL, PB_LOG_INFO, PBS_STR(why));
}

static bool read_base_url(const Driver *driver, const pb_json *config, Provider *provider)
{
    pb_str given = driver->api->json_str(option(driver, config, "base-url"));
    pbs_buf url;
    pbs_buf_init(&url, URL_MAX);
    bool fits = ollama_host_url(given, &url);
    provider->base_url = fits ? copy(pbs_buf_str(&url)) : NULL;
    provider->is_given = fits && pbs_has_prefix(given, pbs_buf_str(&url));
    pbs_buf_free(&url);
    return provider->base_url != NULL;
}

static int32_t provider_open(void *drv, pb_provider *handle, const pb_json *config, void **prov)
{
    Driver *driver = drv;
    const pb_core_api *api = driver->api;
    Provider *provider = calloc(1, sizeof *provider);
    if (provider == NULL)
        return -1;
    provider->driver = driver;
    provider->keep_alive = copy(api->json_str(option(driver, config, "keep-alive")));
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
    pbs_ctx ctx = context(provider, x);
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
    pbs_ctx ctx = context(provider, x);
    char bearer[4096] = "Bearer ";
    size_t n = strlen(bearer);
    (void)state;
    if (!provider->is_given)
        return PB_SEND;
    pb_str key = ctx.api->secret(x, PBS_STR("api-key"));
    if (key.len == 0)
        return PB_SEND;
    if (key.len > sizeof bearer - n) {
        pb_error error = {.size = sizeof error,
                          .cls = PB_ERR_CONFIG,
                          .message = PBS_STR("api-key is longer than 4089 bytes; check it")};
        ctx.api->fail(x, &error);
        return PB_FAIL;
    }
    memcpy(bearer + n, key.ptr, key.len);
    ctx.api->http_header(x, PBS_STR("authorization"), (pb_str){bearer, n + key.len});
    for (volatile char *p = bearer; p < bearer + sizeof bearer; p++)
        *p = 0;
    return PB_SEND;
}

static pb_next on_head(void *prov, pb_xchg *x, void *state, int32_t status)
{
    pbs_ctx ctx = context(prov, x);
    return ollama_on_head(&ctx, state, status);
}

static pb_next on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    pbs_ctx ctx = context(prov, x);
    return ollama_on_body(&ctx, state, bytes);
}

static pb_next on_end(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = context(prov, x);
    return ollama_on_end(&ctx, state);
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
    .version = "1.0.0",
    .vendor = "Patchbay",
    .license = "Apache-2.0",
    .prefixes = prefixes,
    .manifest = patchbay_manifest,
    .init = init,
    .provider_open = provider_open,
    .provider_close = provider_close,
    .begin = begin,
    .sign = sign,
    .on_head = on_head,
    .on_body = on_body,
    .on_end = on_end,
    .end = end,
};

const void *patchbay_driver_get(const char *iface)
{
    return pbs_is(pbs_str(iface), PB_DRIVER_IFACE) ? &driver : NULL;
}
