/* SPDX-License-Identifier: Apache-2.0 */
/* Owns sums of token classes. A sum that no counter holds stays at the largest number rather than
 * turning negative. Pure; any thread. */
#include "price/price.h"

static int64_t sum(int64_t a, int64_t b)
{
    if (b > 0 && a > INT64_MAX - b)
        return INT64_MAX;
    if (b < 0 && a < INT64_MIN - b)
        return INT64_MIN;
    return a + b;
}

int64_t pbay_tokens_read(const PbayTokens *tokens)
{
    return sum(sum(tokens->input, tokens->cached), tokens->cache_write);
}

void pbay_tokens_add(PbayTokens *total, const PbayTokens *more)
{
    total->input = sum(total->input, more->input);
    total->cached = sum(total->cached, more->cached);
    total->cache_write = sum(total->cache_write, more->cache_write);
    total->output = sum(total->output, more->output);
    total->reasoning = sum(total->reasoning, more->reasoning);
    total->images = sum(total->images, more->images);
    total->requests = sum(total->requests, more->requests);
    total->estimated = total->estimated || more->estimated;
}
