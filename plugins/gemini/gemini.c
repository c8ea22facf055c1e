/* SPDX-License-Identifier: Apache-2.0 */
/* The gemini driver: its table, its options, and the ops that begin and end an exchange. open and
 * close run on the core's configuration thread, ops on any, one at a time for an exchange. No
 * secret is kept: sign() only passes it on, in a header and never in a URL. */
#include "gemini.h"

#include "lib/error.h"
#include "lib/manifest.h"

#include <stdlib.h>

/* ---- A provider ---- */

static void provider_close(void *prov)
{
    Provider *provider = prov;
    free(provider->base_url);
    free(provider->api_version);
    free(provider->safety);
    free(provider);
}

static int32_t provider_open(void *drv, pb_provider *handle, const pb_json *config, void **prov)
{
    const pbs_driver *driver = drv;
    Provider *provider = calloc(1, sizeof *provider);
    (void)handle;
    if (provider == NULL)
        return -1;
    provider->base.driver = driver;
    provider->base_url = pbs_option_dup(driver, config, "base-url");
    provider->api_version = pbs_option_dup(driver, config, "api-version");
    provider->safety = pbs_option_dup(driver, config, "safety");
    if (provider->base_url == NULL || provider->api_version == NULL || provider->safety == NULL) {
        provider_close(provider);
        return -1;
    }
    provider->platform = (pbs_gemini_platform){.call_ids = strcmp(provider->api_version, "v1") != 0,
                                               .count_wrapped = true,
                                               .service_tier = true};
    provider->sign_ids =
        driver->api->json_bool(driver->api->json_get(config, PBS_STR("signed-ids")), 0) != 0;
    provider->palm =
        pbs_is(driver->api->json_str(driver->api->json_get(config, PBS_STR("prefix"))), "palm");
    *prov = provider;
    return 0;
}

/* ---- An exchange ---- */

/* Once a provider, when it is first used. */
static void tell_palm(const pbs_ctx *ctx, Provider *provider)
{
    if (provider->palm && !atomic_exchange(&provider->told, true))
        ctx->api->log(ctx->core, ctx->x, PB_LOG_WARN,
                      PBS_STR("palm: Google has shut the PaLM API down; this provider asks the "
                              "Gemini API instead. Name a Gemini model, best as gemini/MODEL"));
}

static pb_next begin(void *prov, pb_xchg *x, const pb_request *request, void **state)
{
    Provider *provider = prov;
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = ctx.api->alloc(x, sizeof *exchange);
    if (exchange == NULL)
        return PB_FAIL;
    exchange->provider = provider;
    exchange->request = request;
    exchange->gemini = (pbs_gemini){.platform = &provider->platform,
                                    .request = request,
                                    .describe = gemini_describe,
                                    .user = exchange,
                                    .safety = provider->safety,
                                    .sign_ids = provider->sign_ids};
    pbs_gemini_init(&exchange->gemini);
    *state = exchange;
    tell_palm(&ctx, provider);
    if (gemini_is_retired(request->model))
        return gemini_fail_retired(&ctx, request->model);
    return gemini_describe(&ctx, exchange);
}

static pb_next sign(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    pb_str key = ctx.api->secret(x, PBS_STR("api-key"));
    (void)state;
    if (key.len > 0)
        ctx.api->http_header(x, PBS_STR("x-goog-api-key"), key);
    return PB_SEND;
}

static void end(void *prov, pb_xchg *x, void *state)
{
    Exchange *exchange = state;
    (void)prov;
    (void)x;
    if (exchange != NULL)
        pbs_gemini_free(&exchange->gemini);
}

static const char *const prefixes[] = {"gemini", "palm", NULL};

static const pb_driver driver = {
    .size = sizeof driver,
    .abi_minor = PB_ABI_MINOR,
    .kinds = PB_KIND_BIT(PB_KIND_CHAT) | PB_KIND_BIT(PB_KIND_EMBEDDING) |
             PB_KIND_BIT(PB_KIND_IMAGE) | PB_KIND_BIT(PB_KIND_COUNT_TOKENS) |
             PB_KIND_BIT(PB_KIND_MODELS) | PB_KIND_BIT(PB_KIND_PROBE),
    .id = "gemini",
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
    .on_head = gemini_on_head,
    .on_body = gemini_on_body,
    .on_end = gemini_on_end,
    .end = end,
};

const void *patchbay_driver_get(const char *iface)
{
    return pbs_is(pbs_str(iface), PB_DRIVER_IFACE) ? &driver : NULL;
}
