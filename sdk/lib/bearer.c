/* SPDX-License-Identifier: MIT */
/* Owns the bearer signature. It runs in sign(), holds the key on its stack for the length of one
 * call, and must neither keep nor tell it. */
#include "lib/bearer.h"

#include "lib/error.h"
#include "lib/str.h"

#include <stdio.h>

static void wipe(char *bytes, size_t n)
{
    volatile char *p = bytes;
    while (n-- > 0)
        *p++ = 0;
}

static pb_next too_long(const pbs_ctx *ctx, const char *secret)
{
    char message[160];
    snprintf(message, sizeof message,
             "%.60s is longer than %u bytes, which no key is; check where it comes from", secret,
             PBS_BEARER_MAX);
    return pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0}, message);
}

pb_next pbs_bearer_key(const pbs_ctx *ctx, pb_str key, const char *name)
{
    static const char scheme[] = "Bearer ";
    char value[sizeof scheme - 1 + PBS_BEARER_MAX];
    size_t n = sizeof scheme - 1 + key.len;
    if (key.len == 0)
        return PB_SEND;
    if (key.len > PBS_BEARER_MAX)
        return too_long(ctx, name);
    memcpy(value, scheme, sizeof scheme - 1);
    memcpy(value + sizeof scheme - 1, key.ptr, key.len);
    ctx->api->http_header(ctx->x, PBS_STR("authorization"), (pb_str){value, n});
    wipe(value, n);
    return PB_SEND;
}

pb_next pbs_bearer(const pbs_ctx *ctx, const char *secret)
{
    return pbs_bearer_key(ctx, ctx->api->secret(ctx->x, pbs_str(secret)), secret);
}
