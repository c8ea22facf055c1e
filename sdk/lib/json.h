/* SPDX-License-Identifier: MIT */
/* Short names for what drivers do most: reading a member by its name and writing one into the
 * body. Each is one or two calls of the core and holds no state. In an op of the exchange;
 * values live as the core says. */
#ifndef PATCHBAY_LIB_JSON_H
#define PATCHBAY_LIB_JSON_H

#include "lib/ctx.h"
#include "lib/str.h"

static inline const pb_json *pbs_get(const pbs_ctx *ctx, const pb_json *object, const char *name)
{
    return ctx->api->json_get(object, pbs_str(name));
}

/* "" unless a string. */
static inline pb_str pbs_get_str(const pbs_ctx *ctx, const pb_json *object, const char *name)
{
    return ctx->api->json_str(pbs_get(ctx, object, name));
}

static inline int64_t pbs_get_int(const pbs_ctx *ctx, const pb_json *object, const char *name,
                                  int64_t otherwise)
{
    return ctx->api->json_int(pbs_get(ctx, object, name), otherwise);
}

/* Is there a member of that name that is not null? */
static inline bool pbs_has(const pbs_ctx *ctx, const pb_json *object, const char *name)
{
    return ctx->api->json_type(pbs_get(ctx, object, name)) != PB_JSON_NULL;
}

static inline bool pbs_is_type(const pbs_ctx *ctx, const pb_json *value, int32_t type)
{
    return ctx->api->json_type(value) == type;
}

static inline void pbs_w_key(const pbs_ctx *ctx, const char *key)
{
    ctx->api->w_key(ctx->x, pbs_str(key));
}

static inline void pbs_w_str(const pbs_ctx *ctx, const char *key, pb_str value)
{
    pbs_w_key(ctx, key);
    ctx->api->w_str(ctx->x, value);
}

static inline void pbs_w_int(const pbs_ctx *ctx, const char *key, int64_t value)
{
    pbs_w_key(ctx, key);
    ctx->api->w_int(ctx->x, value);
}

static inline void pbs_w_bool(const pbs_ctx *ctx, const char *key, bool value)
{
    pbs_w_key(ctx, key);
    ctx->api->w_bool(ctx->x, value ? 1 : 0);
}

static inline void pbs_w_value(const pbs_ctx *ctx, const char *key, const pb_json *value)
{
    pbs_w_key(ctx, key);
    ctx->api->w_value(ctx->x, value);
}

/* Opens an object; with a key, as that member. Close it with pbs_w_end(). */
static inline void pbs_w_object(const pbs_ctx *ctx, const char *key_or_null)
{
    if (key_or_null != NULL)
        pbs_w_key(ctx, key_or_null);
    ctx->api->w_open(ctx->x, 1);
}

static inline void pbs_w_array(const pbs_ctx *ctx, const char *key_or_null)
{
    if (key_or_null != NULL)
        pbs_w_key(ctx, key_or_null);
    ctx->api->w_open(ctx->x, 0);
}

static inline void pbs_w_end(const pbs_ctx *ctx)
{
    ctx->api->w_close(ctx->x);
}

#endif
