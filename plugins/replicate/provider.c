/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the options of a provider, among them the names of inputs that the operator corrects. On the
 * core's configuration thread; what it makes is read-only from then on. */
#include "provider.h"

#include "replicate.h"

#include <stdlib.h>

#define POLL_MIN_MS 100

void replicate_provider_close(void *prov)
{
    Provider *provider = prov;
    free(provider->base_url);
    free(provider->stream_origin);
    free(provider->collection);
    free(provider->prompt_form);
    for (size_t i = 0; i < provider->n_renames; i++) {
        free(provider->renames[i].glob);
        free(provider->renames[i].from);
        free(provider->renames[i].to);
    }
    free(provider->renames);
    free(provider);
}

/* "meta/llama-2*:max_tokens": for models of that name; "max_tokens": for all. */
static bool read_rename(pb_str key, pb_str to, Rename *out)
{
    size_t colon = key.len;
    for (size_t i = 0; i < key.len; i++)
        if (key.ptr[i] == ':')
            colon = i;
    bool all = colon == key.len;
    out->glob = pbs_dup((pb_str){key.ptr, all ? 0 : colon});
    out->from = pbs_dup(all ? key : pbs_skip(key, colon + 1));
    out->to = pbs_dup(to);
    return out->glob != NULL && out->from != NULL && out->to != NULL;
}

static bool read_renames(const pbs_driver *driver, const pb_json *map, Provider *provider)
{
    const pb_core_api *api = driver->api;
    size_t n = api->json_len(map);
    bool good = true;
    if (n == 0)
        return true;
    provider->renames = calloc(n, sizeof *provider->renames);
    if (provider->renames == NULL)
        return false;
    provider->n_renames = n;
    for (size_t i = 0; i < n && good; i++) {
        pb_str key;
        pb_str to = api->json_str(api->json_at(map, i, &key));
        good = read_rename(key, to, &provider->renames[i]);
    }
    return good;
}

int32_t replicate_provider_open(void *drv, pb_provider *handle, const pb_json *config, void **prov)
{
    const pbs_driver *driver = drv;
    const pb_core_api *api = driver->api;
    Provider *provider = calloc(1, sizeof *provider);
    (void)handle;
    if (provider == NULL)
        return -1;
    provider->base.driver = driver;
    provider->base_url = pbs_option_dup(driver, config, "base-url");
    provider->stream_origin = pbs_option_dup(driver, config, "stream-origin");
    provider->collection = pbs_option_dup(driver, config, "collection");
    provider->prompt_form = pbs_option_dup(driver, config, "prompt-form");
    provider->wait_s = api->json_int(api->json_get(config, PBS_STR("wait")), 0);
    provider->poll_ms = api->json_int(api->json_get(config, PBS_STR("poll-interval")), POLL_MIN_MS);
    if (provider->poll_ms < POLL_MIN_MS)
        provider->poll_ms = POLL_MIN_MS;
    provider->cancel_after_s =
        api->json_int(api->json_get(config, PBS_STR("cancel-after")), 0) / 1000;
    provider->streams = api->json_bool(api->json_get(config, PBS_STR("stream")), 1) != 0;
    if (provider->base_url == NULL || provider->stream_origin == NULL ||
        provider->collection == NULL || provider->prompt_form == NULL ||
        !read_renames(driver, api->json_get(config, PBS_STR("input-rename")), provider)) {
        replicate_provider_close(provider);
        return -1;
    }
    *prov = provider;
    return 0;
}
