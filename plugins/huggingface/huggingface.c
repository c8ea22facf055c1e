/* SPDX-License-Identifier: Apache-2.0 */
/* The huggingface driver: its table, its options, and the ops, which go to OpenAI's dialect or to
 * the forms of TGI, TEI and the task pages. open and close run on the core's configuration
 * thread, ops on any, one at a time for an exchange. It reads no environment and keeps no
 * secret. */
#include "huggingface.h"

#include "lib/bearer.h"
#include "lib/manifest.h"

#include <stdlib.h>

#define HELD_MAX ((size_t)64 * 1024)

static const char *const renamed[] = {"max_completion_tokens", "max_tokens", NULL};

static pb_str option(const pbs_driver *driver, const pb_json *config, const char *name)
{
    return driver->api->json_str(driver->api->json_get(config, pbs_str(name)));
}

static bool ends_in(pb_str s, const char *tail)
{
    size_t n = strlen(tail);
    return s.len >= n && memcmp(s.ptr + s.len - n, tail, n) == 0;
}

/* What the address says about the API behind it, where the options leave it open. */
static void read_address(const pbs_driver *driver, const pb_json *config, HfProvider *provider)
{
    static const char *const own[] = {"/generate_stream", "/generate"};
    pb_str *base = &provider->options.base_url;
    pb_str endpoint = option(driver, config, "endpoint"), api = option(driver, config, "api");
    bool known = pbs_find_nocase(*base, "://router.huggingface.co/") != PBS_NONE;
    provider->is_router = pbs_is(endpoint, "router") ||
                          (!pbs_is(endpoint, "dedicated") && known && ends_in(*base, ".co/v1"));
    provider->is_features = ends_in(*base, "/feature-extraction");
    provider->is_generate = pbs_is(api, "generate");
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (!ends_in(*base, own[i]))
            continue;
        base->len -= strlen(own[i]);
        provider->is_generate = !pbs_is(api, "messages");
    }
    if (!provider->is_router && !known)
        provider->options.path_prefix = PBS_STR("/v1");
}

static int32_t provider_open(void *drv, pb_provider *handle, const pb_json *config, void **prov)
{
    const pbs_driver *driver = drv;
    HfProvider *provider = calloc(1, sizeof *provider);
    (void)handle;
    if (provider == NULL)
        return -1;
    provider->base.driver = driver;
    pbs_openai_options_read(driver->api, config, &provider->options);
    provider->options.families = false;
    provider->options.developer_role = false;
    provider->options.tool_parameters = true; /* TGI refuses a function without any */
    provider->options.params_rename.pairs = renamed;
    provider->bill_to = option(driver, config, "bill-to");
    provider->form = option(driver, config, "template");
    read_address(driver, config, provider);
    *prov = provider;
    return 0;
}

static void provider_close(void *prov)
{
    free(prov);
}

/* ---- An exchange ---- */

static void headers_hook(const pbs_ctx *ctx, const pbs_openai *openai)
{
    const HfExchange *exchange = (const HfExchange *)(const void *)openai;
    if (exchange->provider->bill_to.len > 0)
        ctx->api->http_header(ctx->x, PBS_STR("x-hf-bill-to"), exchange->provider->bill_to);
}

static const pbs_openai_hooks hooks = {.headers = headers_hook, .error = hf_error};

static pb_next begin(void *prov, pb_xchg *x, const pb_request *request, void **state)
{
    const HfProvider *provider = prov;
    pbs_ctx ctx = pbs_op(prov, x);
    HfExchange *exchange = ctx.api->alloc(x, sizeof *exchange);
    if (exchange == NULL)
        return PB_FAIL;
    *state = exchange;
    exchange->provider = provider;
    pbs_buf_init(&exchange->held, HELD_MAX);
    pbs_openai_init(&exchange->openai, &provider->options, request);
    exchange->openai.hooks = &hooks;
    hf_route(&ctx, exchange);
    switch (exchange->way) {
    case HF_GENERATE:
    case HF_INFO:
        return hf_generate_describe(&ctx, exchange);
    case HF_FEATURES:
    case HF_EMBED:
        return hf_vectors_describe(&ctx, exchange);
    case HF_IMAGE:
        return hf_image_describe(&ctx, exchange);
    default:
        return pbs_openai_describe(&ctx, &exchange->openai);
    }
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
    HfExchange *exchange = state;
    return exchange->way == HF_OPENAI ? pbs_openai_on_head(&ctx, &exchange->openai, status)
                                      : hf_on_head(&ctx, exchange, status);
}

static pb_next on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    pbs_ctx ctx = pbs_op(prov, x);
    HfExchange *exchange = state;
    return exchange->way == HF_OPENAI ? pbs_openai_on_body(&ctx, &exchange->openai, bytes)
                                      : hf_on_body(&ctx, exchange, bytes);
}

static pb_next on_end(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    HfExchange *exchange = state;
    return exchange->way == HF_OPENAI ? pbs_openai_on_end(&ctx, &exchange->openai)
                                      : hf_on_end(&ctx, exchange);
}

static void end(void *prov, pb_xchg *x, void *state)
{
    HfExchange *exchange = state;
    (void)prov;
    (void)x;
    if (exchange == NULL)
        return;
    pbs_buf_free(&exchange->held);
    pbs_openai_end(&exchange->openai);
}

static const char *const prefixes[] = {"huggingface", NULL};

static const pb_driver driver = {
    .size = sizeof driver,
    .abi_minor = PB_ABI_MINOR,
    .kinds = PB_KIND_BIT(PB_KIND_CHAT) | PB_KIND_BIT(PB_KIND_COMPLETION) |
             PB_KIND_BIT(PB_KIND_EMBEDDING) | PB_KIND_BIT(PB_KIND_IMAGE) |
             PB_KIND_BIT(PB_KIND_MODELS) | PB_KIND_BIT(PB_KIND_PROBE),
    .id = "huggingface",
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
