/* SPDX-License-Identifier: Apache-2.0 */
/* Owns where things are: base-url's host and path say which of the service's surfaces is meant,
 * unless the option surface does. What is read on the configuration thread is used in ops. */
#include "azure_ai.h"

#include "lib/json.h"
#include "lib/url.h"

#define VERSION            "2024-05-01-preview"
#define DEPLOYMENT_VERSION "2024-10-21" /* of Azure OpenAI */
#define PROJECT            "/api/projects/"

static bool ends_in(pb_str text, const char *end)
{
    size_t n = strlen(end);
    return text.len >= n && pbs_find_nocase(pbs_skip(text, text.len - n), end) == 0;
}

/* Without that end, and without slashes behind. */
static pb_str cut_end(pb_str text, const char *end)
{
    while (text.len > 0 && text.ptr[text.len - 1] == '/')
        text.len--;
    if (ends_in(text, end))
        text.len -= strlen(end);
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

/* Scheme, host and port. */
static pb_str origin_of(pb_str url)
{
    pb_str host = host_of(url);
    size_t n = (size_t)(host.ptr - url.ptr) + host.len;
    while (n < url.len && url.ptr[n] != '/')
        n++;
    return (pb_str){url.ptr, n};
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
    static const char *const kinds[] = {"/chat/completions", "/embeddings",        "/v1/messages",
                                        "/v2/rerank",        "/images/embeddings", "/info"};
    provider->rerank_v1 = ends_in(cut_end(root, ""), "/v1/rerank");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        root = cut_end(root, kinds[i]);
    if (provider->rerank_v1)
        root = cut_end(root, "/v1/rerank");
    if (ends_in(root, "/anthropic/v1"))
        root = cut_end(root, "/v1");
    size_t project = pbs_find_nocase(root, PROJECT);
    if (provider->foundry && project != PBS_NONE) {
        pb_str name = pbs_skip(root, project + strlen(PROJECT));
        if (memchr(name.ptr, '/', name.len) == NULL)
            root.len = project; /* a project's address; models are the resource's */
    }
    provider->root = root;
    provider->score = ends_in(root, "/score");
}

static bool is_openai_resource(pb_str host)
{
    return holds(host, ".openai.azure.") || holds(host, ".cognitiveservices.azure.");
}

static Surface surface_of(const Provider *provider, pb_str asked, pb_str host)
{
    if (pbs_is(asked, "anthropic") || ends_in(provider->root, "/anthropic"))
        return SURFACE_ANTHROPIC;
    if (pbs_is(asked, "v1") || ends_in(provider->root, "/openai/v1") ||
        ends_in(provider->root, "/openai") || provider->github)
        return SURFACE_V1;
    if (is_openai_resource(host) && !has_path(provider->root))
        return SURFACE_V1; /* such a resource has no model inference API */
    return SURFACE_MODELS;
}

void azure_ai_place_read(const pb_core_api *api, const pb_json *config, Provider *provider)
{
    pb_str base = api->json_str(api->json_get(config, PBS_STR("base-url")));
    pb_str header = api->json_str(api->json_get(config, PBS_STR("key-header")));
    pb_str asked = api->json_str(api->json_get(config, PBS_STR("surface")));
    pb_str host = host_of(base);
    provider->foundry = holds(host, ".services.ai.azure.");
    provider->github = ends_in(host, "models.github.ai");
    read_root(base, provider);
    provider->surface = surface_of(provider, asked, host);
    provider->version = api->json_str(api->json_get(config, PBS_STR("api-version")));
    bool models = ends_in(provider->root, "/models") || pbs_is(asked, "models") ||
                  (provider->foundry && !has_path(provider->root));
    if (provider->version.len == 0 && provider->surface == SURFACE_MODELS && models)
        provider->version = PBS_STR(VERSION);
    if (provider->version.len == 0 && holds(provider->root, "/openai/deployments/"))
        provider->version = PBS_STR(DEPLOYMENT_VERSION);
    if (holds(provider->query, "api-version="))
        provider->version = (pb_str){NULL, 0};
    provider->deployment = api->json_str(api->json_get(config, PBS_STR("deployment")));
    provider->api_key =
        pbs_is(header, "api-key") ||
        (!pbs_is(header, "bearer") && (provider->foundry || is_openai_resource(host)));
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

/* What lies between base-url and the path of a kind, where base-url names the resource only. */
static pb_str middle_of(const Provider *provider)
{
    pb_str host = host_of(provider->root);
    bool bare = !has_path(provider->root);
    if (provider->surface == SURFACE_V1 && ends_in(provider->root, "/openai"))
        return PBS_STR("/v1");
    if (bare && provider->surface == SURFACE_V1 && (provider->foundry || is_openai_resource(host)))
        return PBS_STR("/openai/v1");
    if (bare && provider->github)
        return PBS_STR("/inference");
    return bare && provider->foundry ? PBS_STR("/models") : (pb_str){NULL, 0};
}

bool azure_ai_url(const pbs_ctx *ctx, const pbs_openai *openai, pbs_buf *url)
{
    const Provider *provider = ((const Exchange *)openai)->provider;
    pb_str path = pbs_openai_path(openai->request->kind);
    (void)ctx;
    bool listing =
        openai->request->kind == PB_KIND_MODELS || openai->request->kind == PB_KIND_PROBE;
    if (listing && provider->github)
        return pbs_buf_add(url, origin_of(provider->root)) &&
               pbs_buf_add(url, PBS_STR("/catalog/models"));
    if (!pbs_buf_add(url, provider->root) || !pbs_buf_add(url, middle_of(provider)))
        return false;
    if (listing && provider->surface == SURFACE_MODELS)
        path = PBS_STR("/info");
    return (provider->score || pbs_buf_add(url, path)) && add_query(provider, url);
}

bool azure_ai_is_claude(const Provider *provider, pb_str model)
{
    return provider->surface == SURFACE_ANTHROPIC ||
           (provider->foundry && pbs_has_prefix(model, PBS_STR("claude")));
}

/* A resource's address without the API that base-url names. */
static pb_str resource_of(const Provider *provider)
{
    static const char *const ends[] = {"/models", "/openai/v1", "/openai", "/anthropic"};
    pb_str root = provider->root;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        root = cut_end(root, ends[i]);
    return root;
}

bool azure_ai_claude_url(const Provider *provider, pbs_buf *url)
{
    return pbs_buf_add(url, resource_of(provider)) &&
           pbs_buf_add(url, PBS_STR("/anthropic/v1/messages"));
}

bool azure_ai_rerank_url(const Provider *provider, pbs_buf *url)
{
    bool named = ends_in(provider->root, "/providers/cohere");
    pb_str root = provider->foundry ? resource_of(provider) : cut_end(provider->root, "/v1");
    return pbs_buf_add(url, root) &&
           (!provider->foundry || named || pbs_buf_add(url, PBS_STR("/providers/cohere"))) &&
           pbs_buf_add(url, provider->rerank_v1 ? PBS_STR("/v1/rerank") : PBS_STR("/v2/rerank"));
}
