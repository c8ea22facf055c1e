/* SPDX-License-Identifier: Apache-2.0 */
/* The openai driver: OpenAI's API and everything that speaks it, the differences being options.
 * This file owns the vtable, the life of a provider and of an exchange, and the signature. It
 * reads no environment, keeps no global state; provider and driver are read-only once made. */
#include "exchange.h"

#include "lib/bearer.h"
#include "lib/manifest.h"
#include "lib/str.h"

#include <stdlib.h>

#define RAW_MAX ((size_t)64 * 1024)

static int32_t provider_open(void *drv, pb_provider *handle, const pb_json *config, void **prov)
{
    const pbs_driver *driver = drv;
    Provider *provider = calloc(1, sizeof *provider);
    (void)handle;
    if (provider == NULL)
        return -1;
    provider->base.driver = driver;
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
    pbs_ctx ctx = pbs_op(prov, x);
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

static pb_next sign(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    (void)state;
    return pbs_bearer(&ctx, "api-key");
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
    .init = pbs_init,
    .provider_open = provider_open,
    .provider_close = provider_close,
    .begin = begin,
    .sign = sign,
    .on_head = openai_on_head,
    .on_body = openai_on_body,
    .on_end = openai_on_end,
    .end = end,
};

const void *patchbay_driver_get(const char *iface)
{
    return pbs_is(pbs_str(iface), PB_DRIVER_IFACE) ? &driver : NULL;
}
