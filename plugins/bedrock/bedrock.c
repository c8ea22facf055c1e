/* SPDX-License-Identifier: Apache-2.0 */
/* The bedrock driver: its table, its options, and the ops that begin and end an exchange. open and
 * close run on the core's configuration thread, ops on any, one at a time for an exchange. No
 * secret is kept here. */
#include "bedrock.h"

#include "credentials.h"
#include "lib/error.h"
#include "lib/manifest.h"

#include <stdlib.h>

/* ---- A provider ---- */

typedef struct Text {
    const char *option;
    size_t at; /* of the char * in Provider */
} Text;

static const Text texts[] = {
    {"base-url", offsetof(Provider, base_url)},
    {"models-url", offsetof(Provider, models_url)},
    {"sts-url", offsetof(Provider, sts_url)},
    {"region", offsetof(Provider, region)},
    {"profile", offsetof(Provider, profile)},
    {"default-profile", offsetof(Provider, default_profile)},
    {"role-arn", offsetof(Provider, role_arn)},
    {"role-session-name", offsetof(Provider, role_session)},
    {"external-id", offsetof(Provider, external_id)},
    {"web-identity-role-arn", offsetof(Provider, web_role_arn)},
    {"container-path", offsetof(Provider, container_path)},
    {"container-url", offsetof(Provider, container_url)},
};

#define TEXTS (sizeof texts / sizeof texts[0])

static char **text_at(Provider *provider, size_t i)
{
    return (char **)(void *)((char *)provider + texts[i].at);
}

static void provider_close(void *prov)
{
    Provider *provider = prov;
    for (size_t i = 0; i < TEXTS; i++)
        free(*text_at(provider, i));
    free(provider);
}

static int32_t provider_open(void *drv, pb_provider *handle, const pb_json *config, void **prov)
{
    const pbs_driver *driver = drv;
    const pb_core_api *api = driver->api;
    Provider *provider = calloc(1, sizeof *provider);
    bool ok = provider != NULL;
    (void)handle;
    for (size_t i = 0; ok && i < TEXTS; i++) {
        *text_at(provider, i) = pbs_option_dup(driver, config, texts[i].option);
        ok = *text_at(provider, i) != NULL;
    }
    if (!ok) {
        if (provider != NULL)
            provider_close(provider);
        return -1;
    }
    provider->base.driver = driver;
    provider->fips = api->json_bool(api->json_get(config, PBS_STR("fips")), 0) != 0;
    provider->metadata = api->json_bool(api->json_get(config, PBS_STR("metadata")), 0) != 0;
    provider->metadata_disabled =
        api->json_bool(api->json_get(config, PBS_STR("metadata-disabled")), 0) != 0;
    provider->max_tokens = api->json_int(api->json_get(config, PBS_STR("max-tokens")), 0);
    *prov = provider;
    return 0;
}

/* ---- An exchange ---- */

static bool is_list(const Exchange *exchange)
{
    return exchange->request->kind == PB_KIND_MODELS || exchange->request->kind == PB_KIND_PROBE;
}

/* Dots would lead to another path. */
static bool has_no_id(const Model *model)
{
    return model->id.len == 0 || pbs_is(model->id, ".") || pbs_is(model->id, "..");
}

static Exchange *new_exchange(const pbs_ctx *ctx, const Provider *provider,
                              const pb_request *request)
{
    Exchange *exchange = ctx->api->alloc(ctx->x, sizeof *exchange);
    if (exchange == NULL)
        return NULL;
    exchange->provider = provider;
    exchange->request = request;
    exchange->model = bedrock_model(request->model);
    exchange->api = API_LIST;
    pbs_event_stream_init(&exchange->frames);
    return exchange;
}

/* Called again when a credential that it needed has come. */
static pb_next begin(void *prov, pb_xchg *x, const pb_request *request, void **state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = *state;
    if (exchange == NULL)
        *state = exchange = new_exchange(&ctx, prov, request);
    if (exchange == NULL)
        return PB_FAIL;
    if (request->kind == PB_KIND_CREDENTIAL)
        return bedrock_mint(&ctx, exchange);
    if (!is_list(exchange) && has_no_id(&exchange->model))
        return pbs_fail(&ctx, PB_ERR_INVALID, PBS_STR("model_not_found"),
                        "the model has no id: write bedrock/ and a model id, an inference profile "
                        "or an ARN");
    if (!is_list(exchange) && exchange->codec == NULL) {
        exchange->codec = bedrock_codec(&ctx, exchange);
        if (exchange->codec == NULL)
            return PB_FAIL;
        exchange->streamed =
            (request->flags & PB_REQ_STREAM) != 0 && exchange->codec->op_stream != NULL;
    }
    return bedrock_describe(&ctx, exchange);
}

static void end(void *prov, pb_xchg *x, void *state)
{
    Exchange *exchange = state;
    (void)prov;
    (void)x;
    if (exchange == NULL)
        return;
    if (exchange->codec != NULL && exchange->codec->clean != NULL)
        exchange->codec->clean(exchange);
    pbs_event_stream_free(&exchange->frames);
}

static const char *const prefixes[] = {"bedrock", NULL};

static const pb_driver driver = {
    .size = sizeof driver,
    .abi_minor = PB_ABI_MINOR,
    .kinds = PB_KIND_BIT(PB_KIND_CHAT) | PB_KIND_BIT(PB_KIND_COMPLETION) |
             PB_KIND_BIT(PB_KIND_EMBEDDING) | PB_KIND_BIT(PB_KIND_IMAGE) |
             PB_KIND_BIT(PB_KIND_COUNT_TOKENS) | PB_KIND_BIT(PB_KIND_MODELS) |
             PB_KIND_BIT(PB_KIND_CREDENTIAL) | PB_KIND_BIT(PB_KIND_PROBE),
    .id = "bedrock",
    .version = "0.1.0",
    .vendor = "Patchbay",
    .license = "Apache-2.0",
    .prefixes = prefixes,
    .manifest = patchbay_manifest,
    .init = pbs_init,
    .provider_open = provider_open,
    .provider_close = provider_close,
    .begin = begin,
    .sign = bedrock_sign,
    .on_head = bedrock_on_head,
    .on_body = bedrock_on_body,
    .on_end = bedrock_on_end,
    .end = end,
};

const void *patchbay_driver_get(const char *iface)
{
    return pbs_is(pbs_str(iface), PB_DRIVER_IFACE) ? &driver : NULL;
}
