/* SPDX-License-Identifier: Apache-2.0 */
/* Claude by InvokeModel: the Messages dialect of its own vendor, without the members that stand in
 * the URL here. In ops of the exchange. */
#include "invoke.h"

#include "lib/error.h"

/* What the vendor's own API takes and this service does not. */
static const char *const without[] = {
    "service_tier", "container",          "mcp_servers", "inference_geo",
    "speed",        "web_search_options", NULL};

static pb_next describe(const pbs_ctx *ctx, Exchange *exchange)
{
    Invoke *invoke = invoke_of(exchange);
    invoke->platform = (pbs_anthropic_platform){.beta_in_body = true,
                                                .version = "bedrock-2023-05-31",
                                                .max_tokens = exchange->provider->max_tokens,
                                                .without = without};
    if (invoke->claude == NULL)
        invoke->claude = pbs_anthropic_new(ctx, &invoke->platform, exchange->request);
    if (invoke->claude == NULL)
        return PB_FAIL;
    pbs_anthropic_write(ctx, invoke->claude);
    return 0;
}

static pb_next take(const pbs_ctx *ctx, Exchange *exchange, const pb_json *object, bool whole)
{
    Invoke *invoke = invoke_of(exchange);
    invoke->counted = true;
    return whole ? pbs_anthropic_take_answer(ctx, invoke->claude, object)
                 : pbs_anthropic_take_event(ctx, invoke->claude, object);
}

static pb_next end(const pbs_ctx *ctx, Exchange *exchange)
{
    return pbs_anthropic_stream_end(ctx, invoke_of(exchange)->claude);
}

const Vendor invoke_claude = {describe, take, end};
