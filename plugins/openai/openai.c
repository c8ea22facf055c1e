/* SPDX-License-Identifier: Apache-2.0 */
/* The openai driver: OpenAI's API and everything that speaks it, the differences being options.
 * This file owns the vtable, the life of a provider and of an exchange, and the signature. It
 * reads no environment, keeps no global state; provider and driver are read-only once made. */
#include "exchange.h"

#include "lib/manifest.h"
#include "lib/str.h"

#include <stdio.h>
#include <stdlib.h>

#define KEY_MAX 8192
#define RAW_MAX ((size_t)64 * 1024)

static pbs_ctx context(const Provider *provider, pb_xchg *x)
{
    return (pbs_ctx){provider->driver->api, provider->driver->core, x};
}

static int32_t init(const pb_core_api *api, pb_core *core, void **drv)
{
    Driver *driver = calloc(1, sizeof *driver);
    if (driver == NULL)
        return -1;
    *driver = (Driver){api, core};
    *drv = driver;
    return 0;
}

static int32_t provider_open(void *drv, pb_provider *handle, const pb_json *config, void **prov)
{
    Driver *driver = drv;
    Provider *provider = calloc(1, sizeof *provider);
    (void)handle;
    if (provider == NULL)
        return -1;
    provider->driver = driver;
    openai_options_read(driver->api, config, &provider->options);
    *prov = provider;
    return 0;
}

static void provider_close(void *prov)
{
    free(prov);
}

static pb_next begin(void *prov, pb_xchg *x, const pb_request *request, void **state)
{
    const Provider *provider = prov;
    pbs_ctx ctx = context(provider, x);
    Exchange *exchange = ctx.api->alloc(x, sizeof *exchange);
    Told *told = ctx.api->alloc(x, sizeof *told);
    if (exchange == NULL || told == NULL)
        return pbs_fail(&ctx, PB_ERR_INTERNAL, (pb_str){NULL, 0},
                        "no memory for the state of the exchange");
    exchange->options = &provider->options;
    exchange->request = request;
    exchange->told = told;
    exchange->family = provider->options.families ? openai_family(request->model) : FAMILY_OTHER;
    exchange->cache = openai_options_caches(ctx.api, &provider->options, request->model);
    pbs_sse_init(&exchange->sse, PBS_SSE_MAX);
    pbs_buf_init(&exchange->raw, RAW_MAX);
    pbs_chat_init(&exchange->chat, request->kind == PB_KIND_COMPLETION);
    *state = exchange;
    return openai_describe(&ctx, exchange);
}

static void wipe(char *bytes, size_t n)
{
    volatile char *p = bytes;
    while (n-- > 0)
        *p++ = 0;
}

/* No key, no header: servers at home want none. */
static pb_next sign(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = context(prov, x);
    char value[KEY_MAX + 8];
    pb_str key = ctx.api->secret(x, PBS_STR("api-key"));
    (void)state;
    if (key.len == 0)
        return PB_SEND;
    if (key.len > KEY_MAX)
        return pbs_fail(&ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
                        "api-key is longer than 8192 bytes, which no key is; check where it comes "
                        "from");
    memcpy(value, "Bearer ", 7);
    memcpy(value + 7, key.ptr, key.len);
    ctx.api->http_header(x, PBS_STR("authorization"), (pb_str){value, key.len + 7});
    wipe(value, key.len + 7);
    return PB_SEND;
}

static pb_next on_head(void *prov, pb_xchg *x, void *state, int32_t status)
{
    pbs_ctx ctx = context(prov, x);
    return openai_on_head(&ctx, state, status);
}

static pb_next on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    pbs_ctx ctx = context(prov, x);
    return openai_on_body(&ctx, state, bytes);
}

static pb_next on_end(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = context(prov, x);
    return openai_on_end(&ctx, state);
}

static void end(void *prov, pb_xchg *x, void *state)
{
    Exchange *exchange = state;
    (void)prov;
    (void)x;
    if (exchange == NULL)
        return;
    pbs_sse_free(&exchange->sse);
    pbs_buf_free(&exchange->raw);
    pbs_chat_free(&exchange->chat);
}

static const char *const prefixes[] = {"openai", NULL};

static const pb_driver driver = {
    .size = sizeof driver,
    .abi_minor = PB_ABI_MINOR,
    .kinds = PB_KIND_BIT(PB_KIND_CHAT) | PB_KIND_BIT(PB_KIND_COMPLETION) |
             PB_KIND_BIT(PB_KIND_EMBEDDING) | PB_KIND_BIT(PB_KIND_IMAGE) |
             PB_KIND_BIT(PB_KIND_MODELS) | PB_KIND_BIT(PB_KIND_PROBE),
    .id = "openai",
    .version = "0.1.0",
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
    return strcmp(iface, PB_DRIVER_IFACE) == 0 ? &driver : NULL;
}
