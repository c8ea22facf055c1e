/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what Azure's errors say beyond OpenAI's: which content filter struck, and what a person
 * can do about a wrong place. In ops; it reads and words, the class of most errors is the shared
 * tables' business. */
#include "azure.h"

#include "lib/azure_error.h"
#include "lib/str.h"

static bool mentions(const pbs_error *error, const char *words)
{
    return pbs_find_nocase(error->message, words) != PBS_NONE;
}

void azure_error(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *body,
                 pbs_error *error)
{
    int32_t status = openai->status;
    pbs_azure_filters(ctx, body, error);
    if (pbs_is(error->code, "PermissionDenied"))
        error->cls = PB_ERR_FORBIDDEN;
    else if (status == 429 && (pbs_is(error->code, "NoCapacity") || mentions(error, "no capacity")))
        error->cls = PB_ERR_OVERLOADED;
    else if (pbs_is(error->code, "DeploymentNotFound"))
        pbs_azure_say(
            ctx, error,
            PBS_STR("the name behind the prefix is the deployment's; deployments = model=name "
                    "maps the names of models"));
    else if (status == 404 && (error->code.len == 0 || pbs_is(error->code, "404")))
        pbs_azure_say(ctx, error, PBS_STR("check base-url and api-version"));
}
