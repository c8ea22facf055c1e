/* SPDX-License-Identifier: Apache-2.0 */
/* Owns where things are: base-url's host and path say which of the service's surfaces is meant,
 * unless the option surface does. What is read on the configuration thread is used in ops. */
#include "azure_ai.h"

#include "lib/json.h"
#include "lib/url.h"

#define VERSION "2024-05-01-preview"

static bool ends_in(pb_str text, const char *end)
{
    size_t n = strlen(end);
    return text.len >= n && memcmp(text.ptr + text.len - n, end, n) == 0;
}

static pb_str cut_end(pb_str text, const char *end)
{
    if (ends_in(text, end))
        text.len -= strlen(end);
    while (text.len > 0 && text.ptr[text.len - 1] == '/')
        text.len--;
    return text;
}

static bool holds(pb_str text, const char *word)
{
    return pbs_find_nocase(text, word) != PBS_NONE;
}

/* The host alone, in a view of the URL. */
static pb_str host_of(pb_str url)
{
    size_t scheme = pbs_find_nocase(url, "://");
    pb_str rest = scheme != PBS_NONE ? pbs_skip(url, scheme + 3) : url;
    size_t n = 0;
    while (n < rest.len && rest.ptr[n] != '/' && rest.ptr[n] != ':')
        n++;
    return (pb_str){rest.ptr, n};
}

static bool has_path(pb_str url)
{
    pb_str host = host_of(url);
    return memchr(host.ptr, '/', url.len - (size_t)(host.ptr - url.ptr)) != NULL;
}

/* A URL that was copied whole loses the path of its kind, and the query. */
static void read_root(pb_str base, Provider *provider)
{
    size_t mark = pbs_find_nocase(base, "?");
    pb_str root = mark != PBS_NONE ? (pb_str){base.ptr, mark} : base;
    provider->query = mark != PBS_NONE ? pbs_skip(base, mark + 1) : (pb_str){NULL, 0};
    root = cut_end(cut_end(cut_end(root, "/chat/completions"), "/embeddings"), "/v1/messages");
    provider->root = root;
    provider->score = ends_in(root, "/score");
}

static Surface surface_of(const Provider *provider, pb_str asked, pb_str host)
{
    if (pbs_is(asked, "anthropic") || ends_in(provider->root, "/anthropic"))
        return SURFACE_ANTHROPIC;
    if (pbs_is(asked, "v1") || ends_in(provider->root, "/openai/v1") ||
        ends_in(host, "models.github.ai"))
        return SURFACE_V1;
    return SURFACE_MODELS;
}

void azure_ai_place_read(const pb_core_api *api, const pb_json *config, Provider *provider)
{
    pb_str base = api->json_str(api->json_get(config, PBS_STR("base-url")));
    pb_str header = api->json_str(api->json_get(config, PBS_STR("key-header")));
    pb_str asked = api->json_str(api->json_get(config, PBS_STR("surface")));
    pb_str host = host_of(base);
    bool resource =
        ends_in(host, ".openai.azure.com") || ends_in(host, ".cognitiveservices.azure.com");
    read_root(base, provider);
    provider->foundry = ends_in(host, ".services.ai.azure.com");
    provider->surface = surface_of(provider, asked, host);
    provider->version = api->json_str(api->json_get(config, PBS_STR("api-version")));
    bool models = ends_in(provider->root, "/models") || pbs_is(asked, "models") ||
                  (provider->foundry && !has_path(base));
    if (provider->version.len == 0 && provider->surface == SURFACE_MODELS && models)
        provider->version = PBS_STR(VERSION);
    if (holds(provider->query, "api-version="))
        provider->version = (pb_str){NULL, 0};
    provider->deployment = api->json_str(api->json_get(config, PBS_STR("deployment")));
    provider->api_key =
        pbs_is(header, "api-key") || (!pbs_is(header, "bearer") && (provider->foundry || resource));
}

static bool add_query(const Provider *provider, pbs_buf *url)
{
    char mark = '?';
    if (provider->query.len > 0) {
        if (!pbs_buf_add_char(url, mark) || !pbs_buf_add(url, provider->query))
            return false;
        mark = '&';
    }
    return provider->version.len == 0 ||
           (pbs_buf_add_char(url, mark) && pbs_buf_add(url, PBS_STR("api-version=")) &&
            pbs_url_encode(url, provider->version, NULL));
}

bool azure_ai_url(const pbs_ctx *ctx, const pbs_openai *openai, pbs_buf *url)
{
    const Provider *provider = ((const Exchange *)openai)->provider;
    pb_str path = pbs_openai_path(openai->request->kind);
    (void)ctx;
    if (!pbs_buf_add(url, provider->root))
        return false;
    if (provider->foundry && !has_path(provider->root) &&
        !pbs_buf_add(url,
                     provider->surface == SURFACE_V1 ? PBS_STR("/openai/v1") : PBS_STR("/models")))
        return false;
    bool listing =
        openai->request->kind == PB_KIND_MODELS || openai->request->kind == PB_KIND_PROBE;
    if (listing && provider->surface == SURFACE_MODELS)
        path = PBS_STR("/info");
    return (provider->score || pbs_buf_add(url, path)) && add_query(provider, url);
}

bool azure_ai_is_claude(const Provider *provider, pb_str model)
{
    return provider->surface == SURFACE_ANTHROPIC ||
           (provider->foundry && pbs_has_prefix(model, PBS_STR("claude")));
}

bool azure_ai_claude_url(const Provider *provider, pbs_buf *url)
{
    pb_str root = provider->root;
    if (provider->surface != SURFACE_ANTHROPIC)
        root = cut_end(cut_end(root, "/models"), "/openai/v1");
    return pbs_buf_add(url, root) &&
           (ends_in(root, "/anthropic") || pbs_buf_add(url, PBS_STR("/anthropic"))) &&
           pbs_buf_add(url, PBS_STR("/v1/messages"));
}
