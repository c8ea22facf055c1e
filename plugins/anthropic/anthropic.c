/* SPDX-License-Identifier: Apache-2.0 */
/* The anthropic driver: its table, its options, and the ops, which only find the exchange and
 * pass on to the file concerned. init, open and close run on the core's configuration thread, ops
 * on any, one at a time for an exchange. No secret is kept: sign() reads what it needs and forgets
 * it. */
#include "anthropic.h"

#include "lib/manifest.h"

#include <stdlib.h>

/* The first version that refuses sampling parameters. */
#define VERSION_WITHOUT_SAMPLING "2026-10-21"

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

/* A copy with a NUL behind it; {NULL,0}: no memory. */
static pb_str copy(pb_str s)
{
    char *text = malloc(s.len + 1);
    if (text == NULL)
        return (pb_str){NULL, 0};
    if (s.len > 0)
        memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    return (pb_str){text, s.len};
}

/* ["a","b"] -> "a,b" */
static pb_str join(const pb_core_api *api, const pb_json *list)
{
    pbs_buf buf;
    pbs_buf_init(&buf, 4096);
    for (size_t i = 0; i < api->json_len(list); i++) {
        if (i > 0)
            pbs_buf_add_char(&buf, ',');
        pbs_buf_add(&buf, pbs_trim(api->json_str(api->json_at(list, i, NULL))));
    }
    pb_str joined = copy(pbs_buf_str(&buf));
    pbs_buf_free(&buf);
    return joined;
}

static void provider_close(void *prov)
{
    Provider *provider = prov;
    free((void *)(uintptr_t)provider->base_url.ptr);
    free((void *)(uintptr_t)provider->version.ptr);
    free((void *)(uintptr_t)provider->beta.ptr);
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
    Driver *driver = drv;
    const pb_core_api *api = driver->api;
    Provider *provider = calloc(1, sizeof *provider);
    (void)handle;
    if (provider == NULL)
        return -1;
    provider->driver = driver;
    provider->base_url = copy(api->json_str(api->json_get(config, PBS_STR("base-url"))));
    provider->version = copy(api->json_str(api->json_get(config, PBS_STR("version"))));
    provider->beta = join(api, api->json_get(config, PBS_STR("beta")));
    provider->max_tokens = api->json_int(api->json_get(config, PBS_STR("max-tokens")), 0);
    if (provider->base_url.ptr == NULL || provider->version.ptr == NULL ||
        provider->beta.ptr == NULL) {
        provider_close(provider);
        return -1;
    }
    provider->drops_sampling = is_from(provider->version, VERSION_WITHOUT_SAMPLING);
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
    exchange->model = anthropic_model(request->model);
    exchange->counts = (Counts){-1, -1, -1, -1, -1};
    pbs_sse_init(&exchange->sse, PBS_SSE_MAX);
    return anthropic_describe(&ctx, exchange);
}

/* An API key wins where both are there, as it does at the vendor's. */
static pb_next sign(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = context(prov, x);
    pb_str key = ctx.api->secret(x, PBS_STR("api-key"));
    char bearer[4096] = "Bearer ";
    size_t n = strlen(bearer);
    (void)state;
    if (key.len > 0) {
        ctx.api->http_header(x, PBS_STR("x-api-key"), key);
        return PB_SEND;
    }
    pb_str token = ctx.api->secret(x, PBS_STR("auth-token"));
    if (token.len == 0)
        return PB_SEND;
    if (token.len > sizeof bearer - n) {
        pb_error error = {.size = sizeof error,
                          .cls = PB_ERR_CONFIG,
                          .message = PBS_STR("auth-token is longer than 4089 bytes; check it")};
        ctx.api->fail(x, &error);
        return PB_FAIL;
    }
    memcpy(bearer + n, token.ptr, token.len);
    ctx.api->http_header(x, PBS_STR("authorization"), (pb_str){bearer, n + token.len});
    for (volatile char *p = bearer; p < bearer + sizeof bearer; p++)
        *p = 0;
    return PB_SEND;
}

static pb_next on_head(void *prov, pb_xchg *x, void *state, int32_t status)
{
    pbs_ctx ctx = context(prov, x);
    return anthropic_on_head(&ctx, state, status);
}

static pb_next on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    pbs_ctx ctx = context(prov, x);
    return anthropic_on_body(&ctx, state, bytes);
}

static pb_next on_end(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = context(prov, x);
    return anthropic_on_end(&ctx, state);
}

static void end(void *prov, pb_xchg *x, void *state)
{
    Exchange *exchange = state;
    (void)prov;
    (void)x;
    if (exchange == NULL)
        return;
    pbs_sse_free(&exchange->sse);
    anthropic_blocks_free(exchange);
}

static const char *const prefixes[] = {"anthropic", NULL};

static const pb_driver driver = {
    .size = sizeof driver,
    .abi_minor = PB_ABI_MINOR,
    .kinds = PB_KIND_BIT(PB_KIND_CHAT) | PB_KIND_BIT(PB_KIND_COMPLETION) |
             PB_KIND_BIT(PB_KIND_COUNT_TOKENS) | PB_KIND_BIT(PB_KIND_MODELS) |
             PB_KIND_BIT(PB_KIND_PROBE),
    .id = "anthropic",
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
