/* SPDX-License-Identifier: Apache-2.0 */
/* The replicate driver: its table, and the ops that begin, sign, cancel and end an exchange; those
 * that take a reply are in response.c, options in provider.c. Ops run on any thread, one at a time
 * for an exchange. No secret is kept: sign() only passes it on, and only where the core knows the
 * origin as the provider's. */
#include "replicate.h"

#include "lib/bearer.h"
#include "lib/error.h"
#include "lib/manifest.h"
#include "provider.h"
#include "target.h"

#include <stdlib.h>

#define IMAGES_MAX ((size_t)128 * 1024 * 1024)

static pb_str name_of(const pb_request *request)
{
    Target target;
    if (!replicate_target(request->model, &target) || target.owner.len == 0 ||
        target.kind == TARGET_DEPLOYMENT)
        return (pb_str){NULL, 0};
    return (pb_str){target.owner.ptr, target.owner.len + 1 + target.name.len};
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
    exchange->model = replicate_model(name_of(request));
    exchange->delay_ms = exchange->provider->poll_ms;
    pbs_sse_init(&exchange->sse, PBS_SSE_MAX);
    pbs_buf_init(&exchange->images, IMAGES_MAX);
    return replicate_describe(&ctx, exchange);
}

static pb_next sign(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    (void)state;
    return pbs_bearer(&ctx, "api-key");
}

/* A run goes on, and costs, whether anybody waits for it or not. */
static pb_next on_cancel(void *prov, pb_xchg *x, void *state, int32_t why)
{
    pbs_ctx ctx = pbs_op(prov, x);
    const Exchange *exchange = state;
    (void)why;
    if (exchange == NULL || exchange->id == NULL || exchange->over)
        return PB_DONE;
    return replicate_describe_cancel(&ctx, exchange);
}

static void end(void *prov, pb_xchg *x, void *state)
{
    Exchange *exchange = state;
    (void)prov;
    (void)x;
    if (exchange == NULL)
        return;
    pbs_sse_free(&exchange->sse);
    pbs_buf_free(&exchange->images);
}

static const char *const prefixes[] = {"replicate", NULL};

static const pb_driver driver = {
    .size = sizeof driver,
    .abi_minor = PB_ABI_MINOR,
    .kinds = PB_KIND_BIT(PB_KIND_CHAT) | PB_KIND_BIT(PB_KIND_COMPLETION) |
             PB_KIND_BIT(PB_KIND_IMAGE) | PB_KIND_BIT(PB_KIND_MODELS) | PB_KIND_BIT(PB_KIND_PROBE),
    .id = "replicate",
    .version = "0.1.0",
    .vendor = "Patchbay",
    .license = "Apache-2.0",
    .prefixes = prefixes,
    .manifest = patchbay_manifest,
    .init = pbs_init,
    .provider_open = replicate_provider_open,
    .provider_close = replicate_provider_close,
    .begin = begin,
    .sign = sign,
    .on_head = replicate_on_head,
    .on_body = replicate_on_body,
    .on_end = replicate_on_end,
    .on_timer = replicate_on_timer,
    .on_cancel = on_cancel,
    .end = end,
};

const void *patchbay_driver_get(const char *iface)
{
    return pbs_is(pbs_str(iface), PB_DRIVER_IFACE) ? &driver : NULL;
}
