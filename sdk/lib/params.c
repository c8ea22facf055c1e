/* SPDX-License-Identifier: MIT */
/* Owns the walk over the top-level members of a request by a driver's lists. It runs in ops of
 * the exchange and keeps nothing; what a member means it must not know. */
#include "lib/params.h"

#include "lib/json.h"

static bool is_listed(const char *const *names, pb_str name)
{
    for (; *names != NULL; names++)
        if (pbs_is(name, *names))
            return true;
    return false;
}

static bool is_taken(const pbs_params *params, pb_str name)
{
    return is_listed(params->handled, name) || is_listed(params->passed, name) ||
           (params->handles != NULL && params->handles(name));
}

static const pbs_param *find_refused(const pbs_params *params, pb_str name)
{
    for (const pbs_param *param = params->refused; param->name != NULL; param++)
        if (pbs_is(name, param->name))
            return param;
    return NULL;
}

bool pbs_is_neutral(const pbs_ctx *ctx, const pb_json *value, const char *neutral)
{
    int32_t type = ctx->api->json_type(value);
    double given = ctx->api->json_real(value, 0);
    int64_t number = 0;
    if (neutral == NULL)
        return false;
    if (pbs_is(ctx->api->json_text(value), neutral))
        return true;
    return (type == PB_JSON_INT || type == PB_JSON_REAL) && pbs_int(pbs_str(neutral), &number) &&
           given >= (double)number && given <= (double)number;
}

static void note_member(const pbs_ctx *ctx, const pbs_params *params, pb_str key,
                        const pb_json *value)
{
    if (pbs_is_type(ctx, value, PB_JSON_NULL) || is_taken(params, key))
        return;
    const pbs_param *param = find_refused(params, key);
    if (param == NULL)
        ctx->api->note(ctx->x, PB_NOTE_DROPPED, key,
                       PBS_STR("this vendor knows no parameter of that name"));
    else if (!pbs_is_neutral(ctx, value, param->neutral))
        ctx->api->note(ctx->x, param->note, key, pbs_str(param->why));
}

void pbs_params_note(const pbs_ctx *ctx, const pbs_params *params, const pb_json *body)
{
    const pb_json *value = NULL;
    pb_str key;
    for (size_t i = 0; (value = ctx->api->json_at(body, i, &key)) != NULL; i++)
        note_member(ctx, params, key, value);
}

void pbs_params_write(const pbs_ctx *ctx, const pbs_params *params, const pb_json *body)
{
    const pb_json *value = NULL;
    pb_str key;
    for (size_t i = 0; (value = ctx->api->json_at(body, i, &key)) != NULL; i++) {
        if (pbs_is_type(ctx, value, PB_JSON_NULL) || !is_listed(params->passed, key))
            continue;
        ctx->api->w_key(ctx->x, key);
        ctx->api->w_value(ctx->x, value);
    }
}
