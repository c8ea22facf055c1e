/* SPDX-License-Identifier: Apache-2.0 */
/* Claude by InvokeModel: the Messages dialect of its own vendor, without the members that stand in
 * the URL here. In ops of the exchange. */
#include "invoke.h"

#include "lib/error.h"

/* What the vendor's own API takes and this service does not. */
static const char *const without[] = {"container", "mcp_servers",        "inference_geo",
                                      "speed",     "web_search_options", NULL};

/* What the service takes as headers. */
static bool is_header(pb_str name)
{
    static const char *const names[] = {"service_tier", "metadata", "guardrailConfig",
                                        "performanceConfig"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (pbs_is(name, names[i]))
            return true;
    return false;
}

static pb_next describe(const pbs_ctx *ctx, Exchange *exchange)
{
    Invoke *invoke = invoke_of(exchange);
    invoke->platform = (pbs_anthropic_platform){.beta_in_body = true,
                                                .version = "bedrock-2023-05-31",
                                                .max_tokens = exchange->provider->max_tokens,
                                                .without = without,
                                                .handles = is_header};
    if (invoke->claude == NULL)
        invoke->claude = pbs_anthropic_new(ctx, &invoke->platform, exchange->request);
    if (invoke->claude == NULL)
        return PB_FAIL;
    pbs_anthropic_write(ctx, invoke->claude);
    invoke_write_headers(ctx, exchange);
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
