/* SPDX-License-Identifier: Apache-2.0 */
/* The mock driver: scripted answers for people who test their own programs, and the example of a
 * driver that answers without HTTP: begin() emits, or waits with PB_WAIT and goes on in
 * on_timer(). open and close run on the core's configuration thread, ops on any, one at a time
 * for an exchange. It must never send a request. */
#include "mock.h"

#include "lib/error.h"
#include "lib/manifest.h"

#include <stdlib.h>

static int32_t provider_open(void *drv, pb_provider *handle, const pb_json *config, void **prov)
{
    const pbs_driver *driver = drv;
    MockProvider *provider = calloc(1, sizeof *provider);
    (void)handle;
    if (provider == NULL)
        return -1;
    provider->base.driver = driver;
    atomic_init(&provider->requests, 0);
    mock_settings_default(&provider->script);
    mock_settings_options(driver->api, config, &provider->script);
    *prov = provider;
    return 0;
}

static void provider_close(void *prov)
{
    free(prov);
}

/* With a seed, chance follows from it and the request alone; without one, from the core's. */
static void seed(const pbs_ctx *ctx, MockExchange *exchange)
{
    const pb_request *request = exchange->request;
    uint64_t base = 0;
    if (exchange->script.seed < 0)
        ctx->api->random(ctx->core, &base, sizeof base);
    else
        base = mock_hash(request->model) ^ mock_hash(ctx->api->json_text(request->body)) ^
               ((uint64_t)exchange->script.seed * UINT64_C(0x9E3779B97F4A7C15));
    exchange->chance = base;
}

static bool read_script(const pbs_ctx *ctx, MockExchange *exchange)
{
    const pb_json *body = exchange->request->body;
    MockScript *script = &exchange->script;
    *script = exchange->provider->script;
    pb_kind kind = exchange->request->kind;
    if (kind != PB_KIND_MODELS && kind != PB_KIND_PROBE &&
        !mock_words_read(ctx, exchange->request->model, script))
        return false;
    if (pbs_is_type(ctx, pbs_get(ctx, body, "seed"), PB_JSON_INT))
        script->seed = pbs_get_int(ctx, body, "seed", 0) & INT64_MAX;
    script->text_wins = false;
    return mock_settings_read(ctx, pbs_get(ctx, body, "mock"), "mock", script);
}

static pb_next begin(void *prov, pb_xchg *x, const pb_request *request, void **state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    MockExchange *exchange = ctx.api->alloc(x, sizeof *exchange);
    if (exchange == NULL)
        return PB_FAIL;
    *state = exchange;
    exchange->provider = prov;
    exchange->request = request;
    if (!read_script(&ctx, exchange))
        return PB_FAIL;
    seed(&ctx, exchange);
    exchange->error = mock_error_draw(&ctx, exchange);
    mock_note_params(&ctx, exchange);
    bool chat = request->kind == PB_KIND_CHAT || request->kind == PB_KIND_COMPLETION;
    if (chat && !mock_answer_prepare(&ctx, exchange))
        return PB_FAIL;
    if (exchange->script.delay > 0) {
        ctx.api->wait(x, exchange->script.delay);
        return PB_WAIT;
    }
    return mock_play(&ctx, exchange);
}

/* Nothing is sent, so no reply can come. */
static pb_next on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    (void)prov, (void)x, (void)state, (void)bytes;
    return PB_FAIL;
}

static pb_next on_end(void *prov, pb_xchg *x, void *state)
{
    (void)prov, (void)x, (void)state;
    return PB_FAIL;
}

static pb_next on_timer(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    return mock_play(&ctx, state);
}

/* All memory is the exchange's own. */
static void end(void *prov, pb_xchg *x, void *state)
{
    (void)prov, (void)x, (void)state;
}

static const char *const prefixes[] = {"mock", NULL};

static const pb_driver driver = {
    .size = sizeof driver,
    .abi_minor = PB_ABI_MINOR,
    .kinds = PB_KIND_BIT(PB_KIND_CHAT) | PB_KIND_BIT(PB_KIND_COMPLETION) |
             PB_KIND_BIT(PB_KIND_EMBEDDING) | PB_KIND_BIT(PB_KIND_RERANK) |
             PB_KIND_BIT(PB_KIND_IMAGE) | PB_KIND_BIT(PB_KIND_COUNT_TOKENS) |
             PB_KIND_BIT(PB_KIND_MODELS) | PB_KIND_BIT(PB_KIND_PROBE),
    .id = "mock",
    .version = "0.1.0",
    .vendor = "Patchbay",
    .license = "Apache-2.0",
    .prefixes = prefixes,
    .manifest = patchbay_manifest,
    .init = pbs_init,
    .provider_open = provider_open,
    .provider_close = provider_close,
    .begin = begin,
    .on_body = on_body,
    .on_end = on_end,
    .on_timer = on_timer,
    .end = end,
};

const void *patchbay_driver_get(const char *iface)
{
    return pbs_is(pbs_str(iface), PB_DRIVER_IFACE) ? &driver : NULL;
}
