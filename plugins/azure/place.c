/* SPDX-License-Identifier: Apache-2.0 */
/* Owns where things are: a resource, a deployment of it, or the v1 API, told apart by base-url.
 *
 *     https://RESOURCE.openai.azure.com                            deployment URLs
 *     https://RESOURCE.openai.azure.com/openai/v1                  the v1 API
 *     https://GATEWAY/.../deployments/NAME[/chat/completions?...]  this deployment
 *
 * What is read on the configuration thread is used in ops; nothing is kept elsewhere. */
#include "azure.h"

#include "lib/json.h"
#include "lib/url.h"

#define VERSION "2024-10-21"

static size_t find(pb_str text, const char *word)
{
    return pbs_find_nocase(text, word);
}

static pb_str head(pb_str text, size_t n)
{
    return (pb_str){text.ptr, n < text.len ? n : text.len};
}

static pb_str without_slashes(pb_str text)
{
    while (text.len > 0 && text.ptr[text.len - 1] == '/')
        text.len--;
    return text;
}

static bool ends_in(pb_str text, const char *end)
{
    size_t n = strlen(end);
    return text.len >= n && memcmp(text.ptr + text.len - n, end, n) == 0;
}

/* The value of a member of a query; empty: none. */
static pb_str query_value(pb_str query, const char *name)
{
    size_t length = strlen(name);
    while (query.len > 0) {
        const char *amp = memchr(query.ptr, '&', query.len);
        pb_str pair = head(query, amp != NULL ? (size_t)(amp - query.ptr) : query.len);
        if (pair.len > length && memcmp(pair.ptr, name, length) == 0 && pair.ptr[length] == '=')
            return pbs_skip(pair, length + 1);
        query = pbs_skip(query, pair.len + 1);
    }
    return (pb_str){NULL, 0};
}

static bool is_dated(pb_str version)
{
    return version.len > 0 && version.ptr[0] >= '0' && version.ptr[0] <= '9';
}

/* A version that is a date belongs to deployment URLs; the v1 API knows words. */
static pb_str version_of(const Provider *provider, pb_str given)
{
    if (provider->v1)
        return is_dated(given) ? (pb_str){NULL, 0} : given;
    return given.len > 0 ? given : PBS_STR(VERSION);
}

/* What people copy from a portal besides: the beginning of a path, the address of another API of
 * the resource, or of a project on it. */
static pb_str resource_of(pb_str root)
{
    static const char *const ends[] = {
        "/openai/deployments",      "/openai/responses", "/openai", "/models",
        "/models/chat/completions", "/anthropic"};
    size_t project = find(root, "/api/projects/");
    if (project != PBS_NONE && find(root, ".services.ai.azure.") != PBS_NONE)
        return head(root, project);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (ends_in(root, ends[i]))
            return head(root, root.len - strlen(ends[i]));
    return root;
}

void azure_place_read(const pb_core_api *api, const pb_json *config, Provider *provider)
{
    pb_str base = api->json_str(api->json_get(config, PBS_STR("base-url")));
    pb_str kind = api->json_str(api->json_get(config, PBS_STR("api")));
    size_t mark = find(base, "?");
    provider->query = mark != PBS_NONE ? pbs_skip(base, mark + 1) : (pb_str){NULL, 0};
    pb_str root = without_slashes(head(base, mark != PBS_NONE ? mark : base.len));
    size_t v1 = find(root, "/openai/v1"), deployment = find(root, "/deployments/");
    provider->fixed = deployment != PBS_NONE;
    provider->v1 = !provider->fixed && (v1 != PBS_NONE || pbs_is(kind, "v1"));
    if (provider->fixed) {
        size_t name = deployment + strlen("/deployments/");
        const char *slash = memchr(root.ptr + name, '/', root.len - name);
        root = head(root, slash != NULL ? (size_t)(slash - root.ptr) : root.len);
    } else {
        root = resource_of(v1 != PBS_NONE ? head(root, v1) : root);
    }
    provider->root = root;
    pb_str given = query_value(provider->query, "api-version");
    if (given.len == 0)
        given = api->json_str(api->json_get(config, PBS_STR("api-version")));
    provider->version = version_of(provider, given);
}

bool azure_submits_images(const Provider *provider)
{
    return !provider->v1 && !provider->fixed && !azure_is_since(provider, "2023-12-01");
}

static bool is_listing(pb_kind kind)
{
    return kind == PB_KIND_MODELS || kind == PB_KIND_PROBE;
}

static bool add_path(const Provider *provider, const Exchange *exchange, pbs_buf *url)
{
    pb_kind kind = exchange->openai.request->kind;
    pb_str root = provider->root, path = pbs_openai_path(kind);
    if (provider->v1)
        return pbs_buf_add(url, root) && pbs_buf_add(url, PBS_STR("/openai/v1")) &&
               pbs_buf_add(url, path);
    if (provider->fixed && is_listing(kind))
        return pbs_buf_add(url, head(root, find(root, "/deployments/"))) && pbs_buf_add(url, path);
    if (!pbs_buf_add(url, root))
        return false;
    if (provider->fixed)
        return pbs_buf_add(url, path);
    if (is_listing(kind))
        return pbs_buf_add(url, PBS_STR("/openai")) && pbs_buf_add(url, path);
    if (kind == PB_KIND_IMAGE && azure_submits_images(provider))
        return pbs_buf_add(url, PBS_STR("/openai/images/generations:submit"));
    return pbs_buf_add(url, PBS_STR("/openai/deployments/")) &&
           pbs_url_encode(url, exchange->deployment, NULL) && pbs_buf_add(url, path);
}

/* The query of base-url, and the version behind it unless it is in there. */
static bool add_query(const Provider *provider, pbs_buf *url)
{
    pb_str rest = provider->query, given = query_value(rest, "api-version");
    char mark = '?';
    while (rest.len > 0) {
        const char *amp = memchr(rest.ptr, '&', rest.len);
        pb_str pair = head(rest, amp != NULL ? (size_t)(amp - rest.ptr) : rest.len);
        rest = pbs_skip(rest, pair.len + 1);
        bool unwanted =
            provider->v1 && is_dated(given) && pbs_has_prefix(pair, PBS_STR("api-version="));
        if (pair.len == 0 || unwanted)
            continue;
        if (!pbs_buf_add_char(url, mark) || !pbs_buf_add(url, pair))
            return false;
        mark = '&';
    }
    if (given.len > 0 || provider->version.len == 0)
        return true;
    return pbs_buf_add_char(url, mark) && pbs_buf_add(url, PBS_STR("api-version=")) &&
           pbs_url_encode(url, provider->version, NULL);
}

bool azure_url(const pbs_ctx *ctx, const pbs_openai *openai, pbs_buf *url)
{
    const Exchange *exchange = (const Exchange *)openai;
    const Provider *provider = exchange->provider;
    (void)ctx;
    if (!add_path(provider, exchange, url))
        return false;
    return add_query(provider, url);
}

/* Scheme and authority, up to the first slash behind them. */
static pb_str origin_of(pb_str url)
{
    size_t scheme = find(url, "://");
    if (scheme == PBS_NONE)
        return (pb_str){NULL, 0};
    size_t n = scheme + 3;
    while (n < url.len && url.ptr[n] != '/' && url.ptr[n] != '?' && url.ptr[n] != '#' &&
           url.ptr[n] != '\\')
        n++;
    return head(url, n);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

bool azure_is_same_origin(pb_str url, pb_str other)
{
    pb_str a = origin_of(url), b = origin_of(other);
    bool same = a.len == b.len && a.len > 0;
    for (size_t i = 0; same && i < a.len; i++)
        same = lower(a.ptr[i]) == lower(b.ptr[i]);
    return same;
}
