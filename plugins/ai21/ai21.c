/* SPDX-License-Identifier: Apache-2.0 */
/* The ai21 driver: its table, how Jamba's dialect differs from OpenAI's, and the ops, which go to
 * that dialect or to the forms of Jurassic. open and close run on the core's configuration
 * thread, ops on any, one at a time for an exchange. It reads no environment and keeps no
 * secret. */
#include "ai21.h"

#include "lib/bearer.h"
#include "lib/manifest.h"

#include <stdlib.h>

/* Unknown members are tolerated by some models and refused by others: only these go. */
static const char *const allowed[] = {"model", "messages",  "temperature",     "top_p",
                                      "stop",  "n",         "stream",          "max_tokens",
                                      "tools", "documents", "response_format", NULL};
static const char *const renamed[] = {"max_completion_tokens", "max_tokens", NULL};
static const char *const tool_drop[] = {"strict", NULL};

static int32_t provider_open(void *drv, pb_provider *handle, const pb_json *config, void **prov)
{
    const pbs_driver *driver = drv;
    Ai21Provider *provider = calloc(1, sizeof *provider);
    (void)handle;
    if (provider == NULL)
        return -1;
    provider->base.driver = driver;
    pbs_openai_options *options = &provider->options;
    pbs_openai_options_read(driver->api, config, options);
    options->families = false;
    options->custom_tools = false;
    options->stream_usage = false;
    options->tool_parameters = true;
    options->params_allow.names = allowed;
    options->params_rename.pairs = renamed;
    options->tool_drop.names = tool_drop;
    *prov = provider;
    return 0;
}

static void provider_close(void *prov)
{
    free(prov);
}

/* ---- An exchange ---- */

/* 403 is what a missing or wrong key gets. */
static void on_error(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *body,
                     pbs_error *error)
{
    (void)ctx;
    (void)body;
    if (openai->status == 403 || pbs_find_nocase(error->message, "missing API token") != PBS_NONE)
        error->cls = PB_ERR_AUTH;
    if (pbs_find_nocase(error->message, "too many tokens") != PBS_NONE)
        error->cls = PB_ERR_CONTEXT_LENGTH;
}

static const pbs_openai_hooks hooks = {.member = ai21_member, .error = on_error};

static pb_next begin(void *prov, pb_xchg *x, const pb_request *request, void **state)
{
    const Ai21Provider *provider = prov;
    pbs_ctx ctx = pbs_op(prov, x);
    Ai21Exchange *exchange = ctx.api->alloc(x, sizeof *exchange);
    if (exchange == NULL)
        return PB_FAIL;
    *state = exchange;
    pbs_openai_init(&exchange->openai, &provider->options, request);
    exchange->openai.hooks = &hooks;
    exchange->legacy = request->kind == PB_KIND_EMBEDDING || ai21_is_jurassic(request->model);
    if (exchange->legacy)
        return ai21_legacy_describe(&ctx, exchange);
    if (request->kind == PB_KIND_COMPLETION)
        return pbs_fail(&ctx, PB_ERR_UNSUPPORTED, (pb_str){NULL, 0},
                        "Jamba models take chats only; completions are for j2-light, j2-mid and "
                        "j2-ultra");
    return pbs_openai_describe(&ctx, &exchange->openai);
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
    Ai21Exchange *exchange = state;
    exchange->openai.status = status;
    return exchange->legacy ? PB_READ : pbs_openai_on_head(&ctx, &exchange->openai, status);
}

static pb_next on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Ai21Exchange *exchange = state;
    return exchange->legacy ? ai21_legacy_on_body(&ctx, exchange, bytes)
                            : pbs_openai_on_body(&ctx, &exchange->openai, bytes);
}

static pb_next on_end(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Ai21Exchange *exchange = state;
    return exchange->legacy ? ai21_legacy_on_end(&ctx, exchange)
                            : pbs_openai_on_end(&ctx, &exchange->openai);
}

static void end(void *prov, pb_xchg *x, void *state)
{
    Ai21Exchange *exchange = state;
    (void)prov;
    (void)x;
    if (exchange != NULL)
        pbs_openai_end(&exchange->openai);
}

static const char *const prefixes[] = {"ai21", "ai21_chat", NULL};

static const pb_driver driver = {
    .size = sizeof driver,
    .abi_minor = PB_ABI_MINOR,
    .kinds = PB_KIND_BIT(PB_KIND_CHAT) | PB_KIND_BIT(PB_KIND_COMPLETION) |
             PB_KIND_BIT(PB_KIND_EMBEDDING),
    .id = "ai21",
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
