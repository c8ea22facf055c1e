/* SPDX-License-Identifier: Apache-2.0 */
/* The vertex_ai driver: its table, its options, and the ops that begin and end an exchange. open
 * and close run on the core's configuration thread, ops on any, one at a time for an exchange. No
 * secret is kept: tokens live in the core. */
#include "vertex_ai.h"

#include "lib/error.h"
#include "lib/manifest.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- A provider ---- */

static void provider_close(void *prov)
{
    Provider *provider = prov;
    free(provider->base_url);
    free(provider->project);
    free(provider->location);
    free(provider->token_url);
    free(provider->metadata_host);
    free(provider->quota_project);
    free(provider->version);
    free(provider->safety);
    free(provider);
}

static void set_platforms(Provider *provider, int64_t max_tokens)
{
    static const char *const without[] = {"service_tier", "container",   "inference_geo",
                                          "speed",        "mcp_servers", NULL};
    provider->claude = (pbs_anthropic_platform){.stream_in_body = true,
                                                .beta_in_body = true,
                                                .version = "vertex-2023-10-16",
                                                .max_tokens = max_tokens,
                                                .without = without};
    provider->claude_count = provider->claude;
    provider->claude_count.model_in_body = true; /* the URL names no model there */
    provider->gemini = (pbs_gemini_platform){.labels = true, .links = true};
}

static bool read_texts(const pbs_driver *driver, const pb_json *config, Provider *provider)
{
    provider->base_url = pbs_option_dup(driver, config, "base-url");
    provider->project = pbs_option_dup(driver, config, "project");
    provider->location = pbs_option_dup(driver, config, "location");
    provider->token_url = pbs_option_dup(driver, config, "token-url");
    provider->metadata_host = pbs_option_dup(driver, config, "metadata-host");
    provider->quota_project = pbs_option_dup(driver, config, "quota-project");
    provider->version = pbs_option_dup(driver, config, "api-version");
    provider->safety = pbs_option_dup(driver, config, "safety");
    return provider->base_url != NULL && provider->project != NULL && provider->location != NULL &&
           provider->token_url != NULL && provider->metadata_host != NULL &&
           provider->quota_project != NULL && provider->version != NULL && provider->safety != NULL;
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
    if (!read_texts(driver, config, provider)) {
        provider_close(provider);
        return -1;
    }
    provider->express = api->json_bool(api->json_get(config, PBS_STR("express")), 0) != 0;
    provider->metadata = api->json_bool(api->json_get(config, PBS_STR("metadata")), 0) != 0;
    set_platforms(provider, api->json_int(api->json_get(config, PBS_STR("max-tokens")), 0));
    pbs_openai_options_default(&provider->openai);
    provider->openai.families = false;
    *prov = provider;
    return 0;
}

/* ---- An exchange ---- */

static pb_next describe_again(const pbs_ctx *ctx, void *user)
{
    return vertex_describe(ctx, user);
}

static const pbs_openai_hooks openai_hooks = {.url = vertex_openai_url};

/* The model's own name, as its dialect wants it. A probe may name none. */
static pb_str name_for(const Exchange *exchange)
{
    bool none = exchange->asked->kind == PB_KIND_PROBE && exchange->route.model.len == 0;
    return none ? PBS_STR("gemini-2.5-flash") : exchange->route.model;
}

/* It becomes a part of a host's name. */
static bool is_location(pb_str location)
{
    for (size_t i = 0; i < location.len; i++) {
        char c = location.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
            return false;
    }
    return location.len > 0 && location.len <= 63;
}

/* 0, or PB_FAIL: the URL cannot be made of that. */
static pb_next check_names(const pbs_ctx *ctx, const Exchange *exchange)
{
    char text[256];
    pb_str location = pbs_str(exchange->provider->location);
    if (exchange->request.model.len == 0)
        return pbs_fail(ctx, PB_ERR_INVALID, PBS_STR("model_not_found"),
                        "the model has no name: write vertex_ai/ and one such as gemini-2.5-flash");
    if (is_location(location))
        return 0;
    snprintf(text, sizeof text,
             "\"%.*s\" is no location of Vertex AI: one is written like europe-west4, us or "
             "global; check VERTEXAI_LOCATION, and location in the provider's section",
             (int)pbs_cut(location, 60).len, location.ptr);
    return pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0}, text);
}

static bool open_dialect(const pbs_ctx *ctx, Exchange *exchange)
{
    const Provider *provider = exchange->provider;
    bool counts = exchange->asked->kind == PB_KIND_COUNT_TOKENS;
    Api api = exchange->route.api;
    if (api == API_CLAUDE) {
        exchange->claude = pbs_anthropic_new(
            ctx, counts ? &provider->claude_count : &provider->claude, &exchange->request);
        return exchange->claude != NULL;
    }
    if (api == API_GEMINI) {
        exchange->gemini = ctx->api->alloc(ctx->x, sizeof *exchange->gemini);
        if (exchange->gemini == NULL)
            return false;
        exchange->gemini->platform = &provider->gemini;
        exchange->gemini->request = &exchange->request;
        exchange->gemini->describe = describe_again;
        exchange->gemini->user = exchange;
        exchange->gemini->safety = provider->safety[0] != '\0' ? provider->safety : NULL;
        pbs_gemini_init(exchange->gemini);
        return true;
    }
    if ((api == API_MAAS || api == API_PARTNER) && exchange->asked->kind == PB_KIND_CHAT) {
        pbs_openai_init(&exchange->openai, &provider->openai, &exchange->request);
        exchange->openai.hooks = &openai_hooks;
        exchange->has_openai = true;
    }
    return true;
}

/* The option, else what came with the credential. False: it has to be minted first. */
static bool find_project(const pbs_ctx *ctx, Exchange *exchange)
{
    exchange->project = pbs_str(exchange->provider->project);
    if (exchange->project.len > 0 || exchange->provider->express)
        return true;
    pb_str said = ctx->api->credential(ctx->x, PBS_STR(CREDENTIAL), PBS_STR(PART_PROJECT));
    char *kept = said.len > 0 ? ctx->api->alloc(ctx->x, said.len) : NULL;
    if (kept == NULL)
        return false;
    memcpy(kept, said.ptr, said.len);
    exchange->project = (pb_str){kept, said.len};
    return true;
}

static pb_next begin(void *prov, pb_xchg *x, const pb_request *request, void **state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = *state;
    bool again = exchange != NULL;
    if (!again)
        exchange = ctx.api->alloc(x, sizeof *exchange);
    if (exchange == NULL)
        return PB_FAIL;
    *state = exchange;
    exchange->provider = prov;
    exchange->asked = request;
    if (request->kind == PB_KIND_CREDENTIAL)
        return vertex_begin_credential(&ctx, exchange);
    if (!find_project(&ctx, exchange)) {
        if (again)
            return pbs_fail(&ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
                            "the credentials name no project; set project, or VERTEXAI_PROJECT");
        ctx.api->credential_need(x, PBS_STR(CREDENTIAL));
        return PB_NEED_CREDENTIAL;
    }
    exchange->route = vertex_route(request->model);
    exchange->request = *request;
    exchange->request.model = exchange->route.model = name_for(exchange);
    if (check_names(&ctx, exchange) != 0)
        return PB_FAIL;
    return open_dialect(&ctx, exchange) ? vertex_describe(&ctx, exchange) : PB_FAIL;
}

static pb_next sign(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    return exchange->asked->kind == PB_KIND_CREDENTIAL ? PB_SEND : vertex_sign(&ctx, exchange);
}

static void end(void *prov, pb_xchg *x, void *state)
{
    Exchange *exchange = state;
    (void)prov;
    (void)x;
    if (exchange == NULL)
        return;
    pbs_anthropic_free(exchange->claude);
    if (exchange->gemini != NULL)
        pbs_gemini_free(exchange->gemini);
    if (exchange->has_openai)
        pbs_openai_end(&exchange->openai);
}

static const char *const prefixes[] = {"vertex_ai", NULL};

static const pb_driver driver = {
    .size = sizeof driver,
    .abi_minor = PB_ABI_MINOR,
    .kinds = PB_KIND_BIT(PB_KIND_CHAT) | PB_KIND_BIT(PB_KIND_COMPLETION) |
             PB_KIND_BIT(PB_KIND_EMBEDDING) | PB_KIND_BIT(PB_KIND_IMAGE) |
             PB_KIND_BIT(PB_KIND_COUNT_TOKENS) | PB_KIND_BIT(PB_KIND_PROBE) |
             PB_KIND_BIT(PB_KIND_CREDENTIAL),
    .id = "vertex_ai",
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
    .on_head = vertex_on_head,
    .on_body = vertex_on_body,
    .on_end = vertex_on_end,
    .end = end,
};

const void *patchbay_driver_get(const char *iface)
{
    return pbs_is(pbs_str(iface), PB_DRIVER_IFACE) ? &driver : NULL;
}
