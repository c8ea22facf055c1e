/* SPDX-License-Identifier: Apache-2.0 */
/* The cohere driver: its table, its options, and the ops that begin and end an exchange; those
 * that take a reply are in response.c. open and close run on the core's configuration thread, ops
 * on any, one at a time for an exchange. No secret is kept: sign() only passes it on. */
#include "cohere.h"

#include "lib/bearer.h"
#include "lib/error.h"
#include "lib/manifest.h"

#include <stdlib.h>

static void provider_close(void *prov)
{
    Provider *provider = prov;
    free(provider->base_url);
    free(provider->client_name);
    free(provider->input_type);
    free(provider);
}

static void cut_end(char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    if (n >= m && strcmp(text + n - m, end) == 0)
        text[n - m] = '\0';
}

/* Base URLs are passed around with the version, some with the path of chat as well. */
static void cut_version(char *url)
{
    cut_end(url, "/");
    cut_end(url, "/chat");
    cut_end(url, "/v1");
    cut_end(url, "/v2");
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
    provider->client_name = pbs_option_dup(driver, config, "client-name");
    provider->input_type = pbs_option_dup(driver, config, "input-type");
    if (provider->base_url == NULL || provider->client_name == NULL ||
        provider->input_type == NULL) {
        provider_close(provider);
        return -1;
    }
    cut_version(provider->base_url);
    *prov = provider;
    return 0;
}

static pb_next begin(void *prov, pb_xchg *x, const pb_request *request, void **state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = ctx.api->alloc(x, sizeof *exchange);
    if (exchange == NULL)
        return pbs_fail(&ctx, PB_ERR_INTERNAL, (pb_str){NULL, 0}, "memory is out");
    *state = exchange;
    exchange->provider = prov;
    exchange->request = request;
    pbs_sse_init(&exchange->sse, PBS_SSE_MAX);
    return cohere_describe(&ctx, exchange);
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
    if (exchange != NULL)
        pbs_sse_free(&exchange->sse);
}

static const char *const prefixes[] = {"cohere", "cohere_chat", NULL};

static const pb_driver driver = {
    .size = sizeof driver,
    .abi_minor = PB_ABI_MINOR,
    .kinds = PB_KIND_BIT(PB_KIND_CHAT) | PB_KIND_BIT(PB_KIND_COMPLETION) |
             PB_KIND_BIT(PB_KIND_EMBEDDING) | PB_KIND_BIT(PB_KIND_RERANK) |
             PB_KIND_BIT(PB_KIND_MODELS) | PB_KIND_BIT(PB_KIND_PROBE),
    .id = "cohere",
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
    .on_head = cohere_on_head,
    .on_body = cohere_on_body,
    .on_end = cohere_on_end,
    .end = end,
};

const void *patchbay_driver_get(const char *iface)
{
    return pbs_is(pbs_str(iface), PB_DRIVER_IFACE) ? &driver : NULL;
}
