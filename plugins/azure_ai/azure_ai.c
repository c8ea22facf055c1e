/* SPDX-License-Identifier: Apache-2.0 */
/* The azure_ai driver: models on Azure AI Foundry, serverless and managed endpoints and GitHub
 * Models. This file owns the vtable, the life of a provider and which dialect an exchange speaks
 * (sdk/lib/openai, or sdk/lib/anthropic for Claude). It keeps no global state. */
#include "azure_ai.h"

#include "lib/json.h"
#include "lib/manifest.h"
#include "lib/rerank.h"
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
    pb_str extra = api->json_str(api->json_get(config, PBS_STR("extra-parameters")));
    provider->pass_all = pbs_is(extra, "pass-through");
    provider->pass_none = pbs_is(extra, "drop");
    pbs_openai_options_read(api, config, &provider->options);
    pbs_entra_read(api, config, SCOPE, &provider->entra);
    azure_ai_place_read(api, config, provider);
    azure_ai_options(provider);
    provider->claude = (pbs_anthropic_platform){
        .model_in_body = true, .stream_in_body = true, .links = true, .files = true};
    *prov = provider;
    return 0;
}

static void provider_close(void *prov)
{
    free(prov);
}

static const pbs_openai_hooks hooks = {
    .url = azure_ai_url,
    .headers = azure_ai_headers,
    .member = azure_ai_member,
    .error = azure_ai_error,
};

/* ---- Claude ---- */

static pb_next describe_claude(const pbs_ctx *ctx, const Exchange *exchange)
{
    bool streamed = pbs_anthropic_is_streamed(exchange->claude);
    pbs_buf url;
    pbs_buf_init(&url, PBS_OPENAI_URL_MAX);
    bool fits = azure_ai_claude_url(exchange->provider, &url);
    if (fits)
        ctx->api->http_begin(ctx->x, PBS_STR("POST"), pbs_buf_str(&url),
                             streamed ? PB_HTTP_STREAM : 0);
    pbs_buf_free(&url);
    if (!fits)
        return pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0}, "base-url is too long");
    ctx->api->http_header(ctx->x, PBS_STR("content-type"), PBS_STR("application/json"));
    ctx->api->http_header(ctx->x, PBS_STR("anthropic-version"), PBS_STR("2023-06-01"));
    pbs_anthropic_write(ctx, exchange->claude);
    return PB_SEND;
}

static pb_next begin_claude(const pbs_ctx *ctx, Exchange *exchange)
{
    if (exchange->request->kind != PB_KIND_CHAT)
        return pbs_fail(ctx, PB_ERR_UNSUPPORTED, (pb_str){NULL, 0},
                        "Claude on this service answers chats only; ask another model");
    exchange->claude = pbs_anthropic_new(ctx, &exchange->provider->claude, exchange->request);
    return exchange->claude != NULL ? describe_claude(ctx, exchange) : PB_FAIL;
}

/* A refusal that was understood: once more, without what was refused. */
static pb_next again(const pbs_ctx *ctx, const Exchange *exchange, pb_next next)
{
    return next == PB_SEND ? describe_claude(ctx, exchange) : next;
}

/* ---- Rankings: Cohere's own API, which the service passes on ---- */

static pb_next begin_rerank(const pbs_ctx *ctx, const Exchange *exchange)
{
    pbs_buf url;
    pbs_buf_init(&url, PBS_OPENAI_URL_MAX);
    bool fits = azure_ai_rerank_url(exchange->provider, &url);
    if (fits)
        ctx->api->http_begin(ctx->x, PBS_STR("POST"), pbs_buf_str(&url), 0);
    pbs_buf_free(&url);
    if (!fits)
        return pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0}, "base-url is too long");
    if (exchange->provider->github)
        return pbs_fail(ctx, PB_ERR_UNSUPPORTED, (pb_str){NULL, 0},
                        "GitHub Models ranks nothing; ask a Foundry resource or cohere");
    ctx->api->http_header(ctx->x, PBS_STR("content-type"), PBS_STR("application/json"));
    ctx->api->http_header(ctx->x, PBS_STR("accept"), PBS_STR("application/json"));
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "model", exchange->request->model);
    pbs_rerank_write(ctx, exchange->request->body);
    pbs_w_end(ctx);
    return PB_SEND;
}

static pb_next take_rerank(const pbs_ctx *ctx, Exchange *exchange, pb_str bytes)
{
    const pb_json *answer = ctx->api->json_parse(ctx->x, pbs_trim(bytes), 0);
    if (exchange->status < 300)
        return pbs_rerank_take(ctx, exchange->request->body, answer);
    pbs_error error;
    pbs_openai_error_read(ctx, &exchange->openai, bytes, &error);
    return pbs_error_fail(ctx, exchange->status, &error);
}

/* ---- The ops ---- */

static bool is_mistral(pb_str model)
{
    static const char *const patterns[] = {"mistral*",   "Mistral*",   "ministral*",
                                           "Ministral*", "codestral*", "Codestral*"};
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
        if (pbs_glob(pbs_str(patterns[i]), model))
            return true;
    return false;
}

static pb_next begin(void *prov, pb_xchg *x, const pb_request *request, void **state)
{
    const Provider *provider = prov;
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = ctx.api->alloc(x, sizeof *exchange);
    if (exchange == NULL)
        return pbs_fail(&ctx, PB_ERR_INTERNAL, (pb_str){NULL, 0},
                        "no memory for the state of the exchange");
    bool mistral = provider->surface == SURFACE_MODELS && is_mistral(request->model);
    pbs_openai_init(&exchange->openai, mistral ? &provider->mistral : &provider->options, request);
    exchange->openai.hooks = &hooks;
    exchange->provider = provider;
    exchange->request = request;
    exchange->minting = request->kind == PB_KIND_CREDENTIAL;
    *state = exchange;
    if (exchange->minting)
        return pbs_entra_begin(&ctx, &provider->entra);
    if (azure_ai_is_claude(provider, request->model))
        return begin_claude(&ctx, exchange);
    if (request->kind == PB_KIND_RERANK)
        return begin_rerank(&ctx, exchange);
    return pbs_openai_describe(&ctx, &exchange->openai);
}

static pb_next sign(void *prov, pb_xchg *x, void *state)
{
    const Provider *provider = prov;
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    const char *header = provider->api_key ? "api-key" : NULL;
    if (exchange->minting)
        return PB_SEND;
    return pbs_entra_sign(&ctx, &provider->entra, exchange->claude != NULL ? "x-api-key" : header,
                          &exchange->way);
}

static pb_next on_head(void *prov, pb_xchg *x, void *state, int32_t status)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    exchange->status = status;
    if (exchange->minting)
        return PB_READ;
    if (status == 401 && exchange->way == PBS_ENTRA_MINTED && !exchange->renewed) {
        exchange->renewed = true;
        ctx.api->credential_drop(x, PBS_STR("entra"));
        return PB_SEND;
    }
    return exchange->claude != NULL ? pbs_anthropic_on_head(&ctx, exchange->claude, status)
                                    : pbs_openai_on_head(&ctx, &exchange->openai, status);
}

/* {"model_name":...,"model_type":...,"model_provider_name":...}: one model serves here. */
static pb_next take_info(const pbs_ctx *ctx, const Exchange *exchange, pb_str bytes)
{
    const pb_json *info = ctx->api->json_parse(ctx->x, pbs_trim(bytes), 0);
    pb_str id = ctx->api->json_str(ctx->api->json_get(info, PBS_STR("model_name")));
    if (id.len == 0)
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "the answer names no model; does base-url lead to a model endpoint?");
    pb_event event = {
        .size = sizeof event, .kind = PB_EV_MODEL, .id = id, .text = ctx->api->json_text(info)};
    if (exchange->request->kind == PB_KIND_MODELS)
        ctx->api->emit(ctx->x, &event);
    return PB_DONE;
}

static bool is_info(const Exchange *exchange)
{
    bool listing =
        exchange->request->kind == PB_KIND_MODELS || exchange->request->kind == PB_KIND_PROBE;
    return listing && exchange->provider->surface == SURFACE_MODELS && exchange->status == 200;
}

static pb_next on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    const Provider *provider = prov;
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    if (exchange->minting)
        return pbs_entra_take(&ctx, &provider->entra, exchange->status, bytes);
    if (exchange->claude != NULL)
        return again(&ctx, exchange, pbs_anthropic_on_body(&ctx, exchange->claude, bytes));
    if (exchange->request->kind == PB_KIND_RERANK)
        return take_rerank(&ctx, exchange, bytes);
    return is_info(exchange) ? take_info(&ctx, exchange, bytes)
                             : pbs_openai_on_body(&ctx, &exchange->openai, bytes);
}

static pb_next on_end(void *prov, pb_xchg *x, void *state)
{
    const Provider *provider = prov;
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    if (exchange->minting)
        return pbs_entra_take(&ctx, &provider->entra, exchange->status, (pb_str){NULL, 0});
    if (exchange->request->kind == PB_KIND_RERANK)
        return take_rerank(&ctx, exchange, (pb_str){NULL, 0});
    return exchange->claude != NULL
               ? again(&ctx, exchange, pbs_anthropic_on_end(&ctx, exchange->claude))
               : pbs_openai_on_end(&ctx, &exchange->openai);
}

static void end(void *prov, pb_xchg *x, void *state)
{
    Exchange *exchange = state;
    (void)prov;
    (void)x;
    if (exchange == NULL)
        return;
    pbs_anthropic_free(exchange->claude);
    pbs_openai_end(&exchange->openai);
}

static const char *const prefixes[] = {"azure_ai", NULL};

static const pb_driver driver = {
    .size = sizeof driver,
    .abi_minor = PB_ABI_MINOR,
    .kinds = PB_KIND_BIT(PB_KIND_CHAT) | PB_KIND_BIT(PB_KIND_EMBEDDING) |
             PB_KIND_BIT(PB_KIND_RERANK) | PB_KIND_BIT(PB_KIND_MODELS) |
             PB_KIND_BIT(PB_KIND_CREDENTIAL) | PB_KIND_BIT(PB_KIND_PROBE),
    .id = "azure_ai",
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
