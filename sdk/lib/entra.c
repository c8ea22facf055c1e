/* SPDX-License-Identifier: MIT */
/* Owns which of Microsoft's credentials is used and how a token is minted. Runs in ops; secrets
 * are read where they are used and written nowhere but into the request. It must not send a
 * secret to an address from a reply: both addresses are options. */
#include "lib/entra.h"

#include "lib/bearer.h"
#include "lib/error.h"
#include "lib/json.h"
#include "lib/oauth.h"
#include "lib/url.h"

#define NAME    "entra"
#define URL_MAX ((size_t)4096)

static pb_str option(const pb_core_api *api, const pb_json *config, const char *name,
                     const char *otherwise)
{
    pb_str value = api->json_str(api->json_get(config, pbs_str(name)));
    while (value.len > 0 && value.ptr[value.len - 1] == '/')
        value.len--;
    return value.len > 0 ? value : pbs_str(otherwise);
}

void pbs_entra_read(const pb_core_api *api, const pb_json *config, const char *scope,
                    pbs_entra *out)
{
    pb_str auth = option(api, config, "auth", "auto");
    *out = (pbs_entra){
        .tenant = option(api, config, "tenant-id", NULL),
        .client = option(api, config, "client-id", NULL),
        .authority = option(api, config, "authority", "https://login.microsoftonline.com"),
        .scope = option(api, config, "scope", scope),
        .identity = option(api, config, "identity-endpoint", "http://169.254.169.254"),
        .managed = api->json_bool(api->json_get(config, PBS_STR("managed-identity")), 0) != 0,
        .no_entra = pbs_is(auth, "key"),
        .no_key = pbs_is(auth, "entra"),
    };
}

/* ---- Signing ---- */

static bool can_mint(const pbs_entra *entra)
{
    return entra->managed || (entra->tenant.len > 0 && entra->client.len > 0);
}

static pb_next nothing(const pbs_ctx *ctx, const pbs_entra *entra)
{
    if (entra->no_entra)
        return pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
                        "auth = key, and there is no api-key; set it, or auth = auto");
    if (entra->no_key)
        return pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
                        "auth = entra, and there is no Entra ID credential; set ad-token, or "
                        "tenant-id and client-id with a secret, or managed-identity, or auth = "
                        "auto");
    return PB_SEND; /* the server says what it misses */
}

static pb_next mint_or_nothing(const pbs_ctx *ctx, const pbs_entra *entra, pbs_entra_way *way)
{
    if (entra->no_entra || !can_mint(entra))
        return nothing(ctx, entra);
    pb_str token = ctx->api->credential(ctx->x, PBS_STR(NAME), PBS_STR("token"));
    if (token.len == 0) {
        ctx->api->credential_need(ctx->x, PBS_STR(NAME));
        return PB_NEED_CREDENTIAL;
    }
    *way = PBS_ENTRA_MINTED;
    return pbs_bearer_key(ctx, token, "the Entra ID token");
}

pb_next pbs_entra_sign(const pbs_ctx *ctx, const pbs_entra *entra, const char *key_header,
                       pbs_entra_way *way)
{
    pb_str key = ctx->api->secret(ctx->x, PBS_STR("api-key"));
    *way = PBS_ENTRA_NONE;
    if (key.len > 0 && !entra->no_key) {
        *way = PBS_ENTRA_KEY;
        if (key_header == NULL)
            return pbs_bearer_key(ctx, key, "api-key");
        ctx->api->http_header(ctx->x, pbs_str(key_header), key);
        return PB_SEND;
    }
    pb_str ready = ctx->api->secret(ctx->x, PBS_STR("ad-token"));
    if (ready.len > 0 && !entra->no_entra) {
        *way = PBS_ENTRA_READY;
        return pbs_bearer_key(ctx, ready, "ad-token");
    }
    return mint_or_nothing(ctx, entra, way);
}

/* ---- Minting ---- */

static pb_next too_long(const pbs_ctx *ctx)
{
    return pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
                    "the address of the login is longer than 4096 bytes; check authority, "
                    "tenant-id and identity-endpoint");
}

/* Client credentials, with the secret or with a token that another issuer gave this workload. */
static pb_next ask_login(const pbs_ctx *ctx, const pbs_entra *entra, pb_str secret,
                         pb_str assertion)
{
    pbs_buf url;
    pbs_buf_init(&url, URL_MAX);
    if (!pbs_buf_add(&url, entra->authority) || !pbs_buf_add_char(&url, '/') ||
        !pbs_url_encode(&url, entra->tenant, NULL) ||
        !pbs_buf_add(&url, PBS_STR("/oauth2/v2.0/token"))) {
        pbs_buf_free(&url);
        return too_long(ctx);
    }
    pbs_oauth_begin(ctx, pbs_buf_str(&url));
    pbs_buf_free(&url);
    pbs_oauth_field(ctx, true, "client_id", entra->client);
    if (secret.len > 0) {
        pbs_oauth_field(ctx, false, "client_secret", secret);
    } else {
        pbs_oauth_field(ctx, false, "client_assertion_type",
                        PBS_STR("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
        pbs_oauth_field(ctx, false, "client_assertion", assertion);
    }
    pbs_oauth_field(ctx, false, "scope", entra->scope);
    pbs_oauth_field(ctx, false, "grant_type", PBS_STR("client_credentials"));
    return PB_SEND;
}

/* The metadata server wants a resource, which is the scope without its last word. */
static pb_str resource_of(pb_str scope)
{
    static const char word[] = ".default";
    size_t n = sizeof word - 1;
    if (scope.len > n && memcmp(scope.ptr + scope.len - n, word, n) == 0)
        scope.len -= n;
    return scope;
}

static pb_next ask_machine(const pbs_ctx *ctx, const pbs_entra *entra)
{
    static const char path[] = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=";
    pbs_buf url;
    pbs_buf_init(&url, URL_MAX);
    bool fits = pbs_buf_add(&url, entra->identity) && pbs_buf_add(&url, pbs_str(path)) &&
                pbs_url_encode(&url, resource_of(entra->scope), NULL);
    if (fits && entra->client.len > 0)
        fits =
            pbs_buf_add(&url, PBS_STR("&client_id=")) && pbs_url_encode(&url, entra->client, NULL);
    if (fits) {
        ctx->api->http_begin(ctx->x, PBS_STR("GET"), pbs_buf_str(&url), PB_HTTP_IDEMPOTENT);
        ctx->api->http_header(ctx->x, PBS_STR("metadata"), PBS_STR("true"));
    }
    pbs_buf_free(&url);
    return fits ? PB_SEND : too_long(ctx);
}

/* What to ask with; the machine is asked where both are empty. */
typedef struct Proof {
    pb_str secret, assertion;
} Proof;

static Proof proof_of(const pbs_ctx *ctx, const pbs_entra *entra)
{
    if (entra->tenant.len == 0 || entra->client.len == 0)
        return (Proof){{NULL, 0}, {NULL, 0}};
    return (Proof){ctx->api->secret(ctx->x, PBS_STR("client-secret")),
                   pbs_trim(ctx->api->secret(ctx->x, PBS_STR("federated-token-file")))};
}

static bool is_empty(Proof proof)
{
    return proof.secret.len == 0 && proof.assertion.len == 0;
}

pb_next pbs_entra_begin(const pbs_ctx *ctx, const pbs_entra *entra)
{
    Proof proof = proof_of(ctx, entra);
    if (!is_empty(proof))
        return ask_login(ctx, entra, proof.secret, proof.assertion);
    if (entra->managed)
        return ask_machine(ctx, entra);
    return pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
                    "nothing to get an Entra ID token with: set client-secret or "
                    "federated-token-file beside tenant-id and client-id, or managed-identity");
}

pb_next pbs_entra_take(const pbs_ctx *ctx, const pbs_entra *entra, int status, pb_str body)
{
    if (entra->managed && is_empty(proof_of(ctx, entra)))
        return pbs_oauth_take(ctx, status, body, "the machine's managed identity",
                              "Is an identity assigned to this machine, and client-id one of its "
                              "identities?");
    return pbs_oauth_take(ctx, status, body, "Microsoft Entra ID",
                          "Check tenant-id, client-id and the client's secret or token");
}
