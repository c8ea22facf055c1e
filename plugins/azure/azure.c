/* SPDX-License-Identifier: Apache-2.0 */
/* The azure driver: Azure OpenAI by deployment URLs and by the v1 API, with a key or Entra ID.
 * This file owns the vtable, the life of a provider and which file an op belongs to; the dialect
 * is sdk/lib/openai, the credentials are sdk/lib/entra.c. It keeps no global state. */
#include "azure.h"

#include "lib/json.h"
#include "lib/manifest.h"
#include "lib/str.h"

#include <stdlib.h>

#define SCOPE "https://cognitiveservices.azure.com/.default"

static int32_t provider_open(void *drv, pb_provider *handle, const pb_json *config, void **prov)
{
    const pbs_driver *driver = drv;
    const pb_core_api *api = driver->api;
    Provider *provider = calloc(1, sizeof *provider);
    (void)handle;
    if (provider == NULL)
        return -1;
    provider->base.driver = driver;
    pbs_openai_options_read(api, config, &provider->options);
    pbs_entra_read(api, config, SCOPE, &provider->entra);
    azure_place_read(api, config, provider);
    provider->deployments.json = api->json_get(config, PBS_STR("deployments"));
    provider->params_send.json = api->json_get(config, PBS_STR("params-send"));
    provider->base_model = api->json_str(api->json_get(config, PBS_STR("base-model")));
    provider->options.body_model = provider->v1;
    provider->options.stream_usage = provider->v1 || azure_is_since(provider, "2024-09-01");
    *prov = provider;
    return 0;
}

static void provider_close(void *prov)
{
    free(prov);
}

static const pbs_openai_hooks hooks = {
    .url = azure_url,
    .member = azure_member,
    .error = azure_error,
};

/* "o_series/NAME" and "gpt5_series/NAME" say of a deployment what its name does not. */
static pb_str take_series(pb_str name, pb_str *family)
{
    static const char *const series[][2] = {{"o_series/", "o3"}, {"gpt5_series/", "gpt-5"}};
    for (size_t i = 0; i < sizeof series / sizeof series[0]; i++)
        if (pbs_has_prefix(name, pbs_str(series[i][0]))) {
            *family = pbs_str(series[i][1]);
            return pbs_skip(name, strlen(series[i][0]));
        }
    return name;
}

/* The deployment that a name stands for, and the model whose rules hold for it. */
static void name_deployment(const pbs_ctx *ctx, const Provider *provider, Exchange *exchange)
{
    pb_str asked = exchange->openai.request->model, family = {NULL, 0};
    pb_str name = take_series(asked, &family);
    pb_str mapped = pbs_openai_map_get(ctx->api, &provider->deployments, name);
    if (family.len == 0)
        family = mapped.len == 0 && provider->base_model.len > 0 ? provider->base_model : name;
    exchange->deployment = mapped.len > 0 ? mapped : name;
    exchange->openai.model = exchange->deployment;
    exchange->openai.known_as = family;
}

static pb_next begin(void *prov, pb_xchg *x, const pb_request *request, void **state)
{
    const Provider *provider = prov;
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = ctx.api->alloc(x, sizeof *exchange);
    if (exchange == NULL)
        return pbs_fail(&ctx, PB_ERR_INTERNAL, (pb_str){NULL, 0},
                        "no memory for the state of the exchange");
    pbs_openai_init(&exchange->openai, &provider->options, request);
    exchange->openai.hooks = &hooks;
    exchange->provider = provider;
    exchange->minting = request->kind == PB_KIND_CREDENTIAL;
    *state = exchange;
    if (exchange->minting)
        return pbs_entra_begin(&ctx, &provider->entra);
    if (provider->root.len == 0)
        return pbs_fail(&ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
                        "where the resource is is not known: set base-url (AZURE_API_BASE) to "
                        "https://NAME.openai.azure.com, or resource to its NAME");
    name_deployment(&ctx, provider, exchange);
    if (exchange->openai.stream && !provider->options.stream_usage &&
        pbs_has(&ctx, request->body, "stream_options"))
        pbs_openai_note(&ctx, &exchange->openai, PB_NOTE_DROPPED, PBS_STR("stream_options"),
                        "it needs api-version 2024-09-01-preview or later");
    return pbs_openai_describe(&ctx, &exchange->openai);
}

static pb_next sign(void *prov, pb_xchg *x, void *state)
{
    const Provider *provider = prov;
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    if (exchange->minting)
        return PB_SEND;
    return pbs_entra_sign(&ctx, &provider->entra, "api-key", &exchange->way);
}

/* A token may be withdrawn before its time: another one is worth one try. */
static bool is_worth_renewing(Exchange *exchange, int32_t status)
{
    bool again = status == 401 && exchange->way == PBS_ENTRA_MINTED && !exchange->renewed;
    exchange->renewed = exchange->renewed || again;
    return again;
}

static pb_next on_head(void *prov, pb_xchg *x, void *state, int32_t status)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    pb_next next = PB_READ;
    exchange->status = status;
    if (exchange->minting)
        return PB_READ;
    if (is_worth_renewing(exchange, status)) {
        ctx.api->credential_drop(x, PBS_STR("entra"));
        return PB_SEND;
    }
    return azure_images_on_head(&ctx, exchange, status, &next)
               ? next
               : pbs_openai_on_head(&ctx, &exchange->openai, status);
}

static pb_next on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    const Provider *provider = prov;
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    if (exchange->minting)
        return pbs_entra_take(&ctx, &provider->entra, exchange->status, bytes);
    return exchange->polling ? azure_images_on_body(&ctx, exchange, bytes)
                             : pbs_openai_on_body(&ctx, &exchange->openai, bytes);
}

static pb_next on_end(void *prov, pb_xchg *x, void *state)
{
    const Provider *provider = prov;
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    if (exchange->minting)
        return pbs_entra_take(&ctx, &provider->entra, exchange->status, (pb_str){NULL, 0});
    return exchange->polling ? azure_images_on_end(&ctx, exchange)
                             : pbs_openai_on_end(&ctx, &exchange->openai);
}

static pb_next on_timer(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    return azure_images_on_timer(&ctx, state);
}

static void end(void *prov, pb_xchg *x, void *state)
{
    Exchange *exchange = state;
    (void)prov;
    (void)x;
    if (exchange != NULL)
        pbs_openai_end(&exchange->openai);
}

static const char *const prefixes[] = {"azure", "azure_text", NULL};

static const pb_driver driver = {
    .size = sizeof driver,
    .abi_minor = PB_ABI_MINOR,
    .kinds = PB_KIND_BIT(PB_KIND_CHAT) | PB_KIND_BIT(PB_KIND_COMPLETION) |
             PB_KIND_BIT(PB_KIND_EMBEDDING) | PB_KIND_BIT(PB_KIND_IMAGE) |
             PB_KIND_BIT(PB_KIND_MODELS) | PB_KIND_BIT(PB_KIND_CREDENTIAL) |
             PB_KIND_BIT(PB_KIND_PROBE),
    .id = "azure",
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
    .on_timer = on_timer,
    .end = end,
};

const void *patchbay_driver_get(const char *iface)
{
    return pbs_is(pbs_str(iface), PB_DRIVER_IFACE) ? &driver : NULL;
}
