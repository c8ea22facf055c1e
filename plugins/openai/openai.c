/* SPDX-License-Identifier: Apache-2.0 */
/* The openai driver: OpenAI's API and everything that speaks it, the differences being options.
 * This file owns the vtable, the life of a provider and the signature; what is asked and how it
 * is answered is sdk/lib/openai. It keeps no global state; a provider is read-only once made. */
#include "lib/openai/openai.h"
#include "lib/bearer.h"
#include "lib/manifest.h"
#include "lib/setup.h"
#include "lib/str.h"

#include <stdlib.h>

typedef struct Provider {
    pbs_provider base;
    pbs_openai_options options;
} Provider;

static int32_t provider_open(void *drv, pb_provider *handle, const pb_json *config, void **prov)
{
    const pbs_driver *driver = drv;
    Provider *provider = calloc(1, sizeof *provider);
    (void)handle;
    if (provider == NULL)
        return -1;
    provider->base.driver = driver;
    pbs_openai_options_read(driver->api, config, &provider->options);
    if (provider->options.base_url.len == 0)
        provider->options.base_url = PBS_STR("https://api.openai.com/v1");
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
    pbs_openai *openai = ctx.api->alloc(x, sizeof *openai);
    if (openai == NULL)
        return pbs_fail(&ctx, PB_ERR_INTERNAL, (pb_str){NULL, 0},
                        "no memory for the state of the exchange");
    pbs_openai_init(openai, &provider->options, request);
    *state = openai;
    return pbs_openai_describe(&ctx, openai);
}

static pb_next sign(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    (void)state;
    return pbs_bearer(&ctx, "api-key");
}

static pb_next on_head(void *prov, pb_xchg *x, void *state, int32_t status)
{
    pbs_ctx ctx = pbs_op(prov, x);
    return pbs_openai_on_head(&ctx, state, status);
}

static pb_next on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    pbs_ctx ctx = pbs_op(prov, x);
    return pbs_openai_on_body(&ctx, state, bytes);
}

static pb_next on_end(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    return pbs_openai_on_end(&ctx, state);
}

static void end(void *prov, pb_xchg *x, void *state)
{
    (void)prov;
    (void)x;
    if (state != NULL)
        pbs_openai_end(state);
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
    .on_head = on_head,
    .on_body = on_body,
    .on_end = on_end,
    .end = end,
};

const void *patchbay_driver_get(const char *iface)
{
    return pbs_is(pbs_str(iface), PB_DRIVER_IFACE) ? &driver : NULL;
}
