/* SPDX-License-Identifier: Apache-2.0 */
/* The anthropic driver: its table, its options and its ops. What it says and reads is the dialect
 * of sdk/lib/anthropic; here are the keys, the URLs and the list of models. open and close run on
 * the core's configuration thread, ops on any, one at a time for an exchange. No secret is kept:
 * sign() only passes it on. */
#include "anthropic.h"

#include "lib/bearer.h"
#include "lib/buffer.h"
#include "lib/manifest.h"

#include <stdlib.h>

/* The first version that refuses sampling parameters. */
#define VERSION_WITHOUT_SAMPLING "2026-10-21"

/* ---- A provider ---- */

/* ["a","b"] -> "a,b"; NULL: no memory. */
static char *join(const pb_core_api *api, const pb_json *list)
{
    pbs_buf buf;
    pbs_buf_init(&buf, 4096);
    for (size_t i = 0; i < api->json_len(list); i++) {
        if (i > 0)
            pbs_buf_add_char(&buf, ',');
        pbs_buf_add(&buf, pbs_trim(api->json_str(api->json_at(list, i, NULL))));
    }
    char *joined = pbs_dup(pbs_buf_str(&buf));
    pbs_buf_free(&buf);
    return joined;
}

static void provider_close(void *prov)
{
    Provider *provider = prov;
    free(provider->base_url);
    free(provider->version);
    free(provider->beta);
    free(provider);
}

/* Versions are dates, so they sort as text. */
static bool is_from(pb_str version, const char *first)
{
    size_t n = strlen(first);
    return version.len >= n && memcmp(version.ptr, first, n) >= 0;
}

static int32_t provider_open(void *drv, pb_provider *handle, const pb_json *config, void **prov)
{
    const pbs_driver *driver = drv;
    const pb_core_api *api = driver->api;
    Provider *provider = calloc(1, sizeof *provider);
    (void)handle;
    if (provider == NULL)
        return -1;
    provider->base.driver = driver;
    provider->base_url = pbs_option_dup(driver, config, "base-url");
    provider->version = pbs_option_dup(driver, config, "version");
    provider->beta = join(api, api->json_get(config, PBS_STR("beta")));
    if (provider->base_url == NULL || provider->version == NULL || provider->beta == NULL) {
        provider_close(provider);
        return -1;
    }
    provider->platform = (pbs_anthropic_platform){
        .model_in_body = true,
        .stream_in_body = true,
        .links = true,
        .files = true,
        .drops_sampling = is_from(pbs_str(provider->version), VERSION_WITHOUT_SAMPLING),
        .beta = provider->beta,
        .max_tokens = api->json_int(api->json_get(config, PBS_STR("max-tokens")), 0)};
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
    exchange->dialect = pbs_anthropic_new(&ctx, &provider->platform, request);
    if (exchange->dialect == NULL)
        return PB_FAIL;
    return anthropic_describe(&ctx, exchange);
}

/* An API key wins where both are there, as it does at the vendor's. */
static pb_next sign(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    pb_str key = ctx.api->secret(x, PBS_STR("api-key"));
    (void)state;
    if (key.len == 0)
        return pbs_bearer(&ctx, "auth-token");
    ctx.api->http_header(x, PBS_STR("x-api-key"), key);
    return PB_SEND;
}

static pb_next on_head(void *prov, pb_xchg *x, void *state, int32_t status)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    exchange->status = status;
    return pbs_anthropic_on_head(&ctx, exchange->dialect, status);
}

/* A refusal that was understood: once more, without what was refused. */
static pb_next again(const pbs_ctx *ctx, const Exchange *exchange, pb_next next)
{
    return next == PB_SEND ? anthropic_describe(ctx, exchange) : next;
}

static pb_next on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    pbs_ctx ctx = pbs_op(prov, x);
    const Exchange *exchange = state;
    bool well = exchange->status >= 200 && exchange->status <= 299;
    if (exchange->request->kind == PB_KIND_MODELS && well)
        return anthropic_take_models(&ctx, exchange, bytes);
    return again(&ctx, exchange, pbs_anthropic_on_body(&ctx, exchange->dialect, bytes));
}

static pb_next on_end(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    const Exchange *exchange = state;
    return again(&ctx, exchange, pbs_anthropic_on_end(&ctx, exchange->dialect));
}

static void end(void *prov, pb_xchg *x, void *state)
{
    Exchange *exchange = state;
    (void)prov;
    (void)x;
    if (exchange != NULL)
        pbs_anthropic_free(exchange->dialect);
}

static const char *const prefixes[] = {"anthropic", NULL};

static const pb_driver driver = {
    .size = sizeof driver,
    .abi_minor = PB_ABI_MINOR,
    .kinds = PB_KIND_BIT(PB_KIND_CHAT) | PB_KIND_BIT(PB_KIND_COMPLETION) |
             PB_KIND_BIT(PB_KIND_COUNT_TOKENS) | PB_KIND_BIT(PB_KIND_MODELS) |
             PB_KIND_BIT(PB_KIND_PROBE),
    .id = "anthropic",
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
    .on_head = on_head,
    .on_body = on_body,
    .on_end = on_end,
    .end = end,
};

const void *patchbay_driver_get(const char *iface)
{
    return pbs_is(pbs_str(iface), PB_DRIVER_IFACE) ? &driver : NULL;
}
