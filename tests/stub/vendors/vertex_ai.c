/* SPDX-License-Identifier: Apache-2.0 */
/* A server that is Google Cloud to the driver: its token endpoint, which verifies a service
 * account's assertion with libcrypto and takes a user's refresh token; its metadata server; and
 * the paths of Gemini, Claude and chat-bison under one project and location. Runs on the stub's
 * thread. */
#include "stub/vendor_anthropic.h"
#include "stub/vendor_gemini.h"
#include "stub/vendor_row.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#define PLACE    "/v1/projects/demo-project-1/locations/europe-west4/publishers/"
#define METADATA "/computeMetadata/v1/"
#define OPEN_MODELS                                                                                \
    "/v1beta1/projects/demo-project-1/locations/europe-west4/endpoints/openapi/chat/completions"
#define EMAIL    "patchbay-ci@demo-project-1.iam.gserviceaccount.com"
#define AUDIENCE "https://oauth2.googleapis.com/token"
/* Which Google's own library still names. */
#define OLD_AUDIENCE "https://www.googleapis.com/oauth2/v4/token"

/* A key of this test alone; line ends as JSON writes them. */
#define PRIVATE_KEY                                                                                \
    "-----BEGIN PRIVATE KEY-----\\n"                                                               \
    "MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCr+XDBhB370U4y\\n"                          \
    "CIPYX2p/RsuIU4nfCLRDGy4RuPDpiRxlferp/l5nVTuOi1S2mE1chrRXYRGwx8fF\\n"                          \
    "ecurbQhiJNBuVG0R02049IopTX9iRqNUjaHZZs56ohGsdiQa7tDkScrOfMWzqkMB\\n"                          \
    "/y4ItcWII/1D7ZTAdKXjb3ZHHbKAlBZLARqH1l5Pf+t7tQJ78ZoqAhekMS506/9u\\n"                          \
    "1J52EnrIraoG0LHBjkQp8s+GuAQS16lNoL5WfzqwiGtsa8Q+wKzHmHCqQwP1T7L1\\n"                          \
    "60V3gyvMysC0GCdS8QpiMC/nfyTOJO88RjY7KG9RPFDWYsK6Qj2+pO6ohHIzH+BE\\n"                          \
    "0uNGA1dTAgMBAAECggEARP+3QEVYXF0NgSCOeaVKztciOUe/NOfCn3wLv1uS+Tgk\\n"                          \
    "Vwou0wRWbyIw24/GhN5Vh66aM8bD+MgnPHGSCG0eJHZ91A52lmTcWTIwLsMjvVP3\\n"                          \
    "GykaS2YmqOhWq/nYoZ+42ydKQg+oqN3Ctc3i8+auYuGBr5vmh1Ml7bseWwkswc4+\\n"                          \
    "lkdU/bqu2QWfvtSNE3ZcEByCMmL2EGpD9D+63r1C02zWUekCo1PXmYiQCE3VG9kw\\n"                          \
    "dzRaR5cwId99aVJ+AeVj1Pbdcy/pcRiULQb4S/gRh1t40hL0ZVe2jPipOtD1kR1M\\n"                          \
    "qE/oBJKvQix07s0P93dg2EhiJdc+JsZ7usg0elDcSQKBgQDxuB5h1u2Lxz1HBoDm\\n"                          \
    "EUaFKZrXE++8kEU+TKj4SKQ1SwIcE9zsi7E1kkN8s8otFLwKlHKdmN24D4XxB4xJ\\n"                          \
    "QPrwjfnaRml5uzKtaWQ8y9RM2sSgb+wKD/E8xlgnFvmKMgLw/KFeO/qUjYo31iPQ\\n"                          \
    "rOr+c3xqBndQIxM0RDgiPWUCiQKBgQC2Indcfx+UwZIiHAefszEDbHnJS5AIit5p\\n"                          \
    "LLA2L5w9HwBy7fgXtXyGyHq/yMfdqi/FLR3kurcfKqi/3v7xjk6ux//4rZX1BQ64\\n"                          \
    "zgsrv+VljKsoOtP8Rg9i75NCHEKjCRuVlPztBYjgfFMjQ9KY4sRv2sUcUNcuiL+r\\n"                          \
    "uOj/rdBD+wKBgBmG0SaR9Qoi41TB2hDx2Bmt+B0ojNPEBJv8qod13GmIX1OpwVX1\\n"                          \
    "tqQqqxfbQMmb+/O+E5CTGS8b7JA0tNrzksyeobksYG0rmMF5dM161RO8srEiwLGb\\n"                          \
    "V2WMqLiQE5BFkcvzUfNKsD7J58PXyHZ8HGD8vzHPNwBug9OsNKVhCG7JAoGAEKko\\n"                          \
    "eAqc7fOjFYGw5Nf0dNa4cUR7QXzKiZ5v5BUI2sJ6PQktt6V/ZajzKZYJSmqmAgh1\\n"                          \
    "gpXd6HjzhNG2Sox1ACIFdU8Tt50l0pvug6sDJf3vLjfrallSUP+PXe3N3rIXluBR\\n"                          \
    "HrFx6u8Uf9ZVbmzYAU9m1odCl9wkhGXe0nyo338CgYBgk+y+COlFpOMaghGq7Bhw\\n"                          \
    "KFrcaS6iCYA2AnCEUnk5DpXPq4Q3/qfMo+Y2t67cIcSPqx3RRzY7gEMAwYnDMLL1\\n"                          \
    "O8NqHoOeRvWV96x4cc6DeLG+2sVohFg38W95buVwAnrbmKmuuBQCSigv+FT9NmyN\\n"                          \
    "exI7SgEn+5XUdfUv7BcDBA==\\n"                                                                  \
    "-----END PRIVATE KEY-----\\n"

#define ACCOUNT                                                                                    \
    "{\"type\":\"service_account\",\"project_id\":\"demo-project-1\",\"private_key_id\":"          \
    "\"key-1\",\"private_key\":\"" PRIVATE_KEY "\",\"client_email\":\"" EMAIL "\",\"token_uri\":"  \
    "\"" AUDIENCE "\"}\n"

#define USER                                                                                       \
    "{\"type\":\"authorized_user\",\"client_id\":\"demo.apps.example\",\"client_secret\":"         \
    "\"demo secret+1\",\"refresh_token\":\"1//demo-refresh\",\"quota_project_id\":"                \
    "\"demo-quota\"}\n"

/* ---- The token endpoint ---- */

static StubScript *token(const char *value)
{
    g_autofree char *json = g_strdup_printf(
        "{\"access_token\":\"%s\",\"expires_in\":3599,\"token_type\":\"Bearer\"}", value);

    return stub_json(200, json);
}

static StubScript *invalid_grant(const char *why)
{
    g_autofree char *json =
        g_strdup_printf("{\"error\":\"invalid_grant\",\"error_description\":\"%s\"}", why);

    return stub_json(400, json);
}

/* base64url without padding; NULL: it is none. */
static guchar *decode(const char *text, gsize *n)
{
    GString *plain = g_string_new(text);
    guchar *bytes = NULL;

    if (strpbrk(text, "+/=") == NULL) {
        g_strdelimit(plain->str, "-", '+');
        g_strdelimit(plain->str, "_", '/');
        while (plain->len % 4 != 0)
            g_string_append_c(plain, '=');
        bytes = g_base64_decode(plain->str, n);
    }
    g_string_free(plain, TRUE);
    return bytes;
}

static json_object *decode_json(const char *text)
{
    gsize n = 0;
    g_autofree guchar *bytes = decode(text, &n);
    g_autofree char *json = bytes != NULL ? g_strndup((char *)bytes, n) : NULL;

    return json != NULL ? json_tokener_parse(json) : NULL;
}

static EVP_PKEY *right_key(void)
{
    json_object *account = vendor_tree(ACCOUNT);
    const char *text = json_object_get_string(json_object_object_get(account, "private_key"));
    BIO *bio = BIO_new_mem_buf(text, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

    BIO_free(bio);
    json_object_put(account);
    return key;
}

/* other: by a key that nobody has, as if the account's had been revoked. */
static bool is_signed(const char *text, size_t len, const char *signature, bool other)
{
    gsize n = 0;
    g_autofree guchar *bytes = decode(signature, &n);
    EVP_PKEY *key = other ? EVP_RSA_gen(2048) : right_key();
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool good = bytes != NULL && key != NULL &&
                EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestVerify(md, bytes, n, (const guchar *)text, len) == 1;

    EVP_MD_CTX_free(md);
    EVP_PKEY_free(key);
    return good;
}

static bool is_text(json_object *object, const char *name, const char *value)
{
    return g_strcmp0(json_object_get_string(json_object_object_get(object, name)), value) == 0;
}

/* Google's own library names neither type nor key in the header. */
static bool is_text_or_none(json_object *object, const char *name, const char *value)
{
    return !json_object_object_get_ex(object, name, NULL) || is_text(object, name, value);
}

static bool are_claims(json_object *claims)
{
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    gint64 from = json_object_get_int64(json_object_object_get(claims, "iat"));
    gint64 to = json_object_get_int64(json_object_object_get(claims, "exp"));

    return json_object_object_length(claims) == 5 && is_text(claims, "iss", EMAIL) &&
           (is_text(claims, "aud", AUDIENCE) || is_text(claims, "aud", OLD_AUDIENCE)) &&
           is_text(claims, "scope", "https://www.googleapis.com/auth/cloud-platform") &&
           ABS(now - from) < 60 && to == from + 3600;
}

static StubScript *take_assertion(const char *jwt, bool other)
{
    g_auto(GStrv) parts = g_strsplit(jwt, ".", -1);
    json_object *header = NULL, *claims = NULL;
    StubScript *script;

    if (g_strv_length(parts) == 3) {
        header = decode_json(parts[0]);
        claims = decode_json(parts[1]);
    }
    if (!is_text(header, "alg", "RS256") || !is_text_or_none(header, "typ", "JWT") ||
        !is_text_or_none(header, "kid", "key-1"))
        script = invalid_grant("Invalid JWT header.");
    else if (!are_claims(claims))
        script = invalid_grant("Invalid JWT: check its claims.");
    else if (!is_signed(jwt, strlen(parts[0]) + 1 + strlen(parts[1]), parts[2], other))
        script = invalid_grant("Invalid JWT Signature.");
    else
        script = token("ya29.stub-account");
    json_object_put(header);
    json_object_put(claims);
    return script;
}

static StubScript *take_refresh(GHashTable *form)
{
    if (g_hash_table_size(form) == 4 &&
        g_strcmp0(g_hash_table_lookup(form, "client_id"), "demo.apps.example") == 0 &&
        g_strcmp0(g_hash_table_lookup(form, "client_secret"), "demo secret+1") == 0 &&
        g_strcmp0(g_hash_table_lookup(form, "refresh_token"), "1//demo-refresh") == 0)
        return token("ya29.stub-user");
    return invalid_grant("Token has been expired or revoked.");
}

static StubScript *answer_token(const StubRequest *http)
{
    static const char jwt_bearer[] = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    const char *type = g_hash_table_lookup(http->headers, "content-type");
    g_autoptr(GHashTable) form =
        g_uri_parse_params(http->body->str, -1, "&", G_URI_PARAMS_WWW_FORM, NULL);
    const char *grant = form != NULL ? g_hash_table_lookup(form, "grant_type") : NULL;
    const char *jwt = form != NULL ? g_hash_table_lookup(form, "assertion") : NULL;

    if (g_strcmp0(type, "application/x-www-form-urlencoded") != 0 || grant == NULL)
        return stub_json(400, "{\"error\":\"invalid_request\"}");
    if (strcmp(grant, jwt_bearer) == 0 && jwt != NULL && g_hash_table_size(form) == 2)
        return take_assertion(jwt, g_str_has_suffix(http->target, "/other-key"));
    if (strcmp(grant, "refresh_token") == 0)
        return take_refresh(form);
    return stub_json(400, "{\"error\":\"unsupported_grant_type\"}");
}

static StubScript *answer_metadata(const StubRequest *http)
{
    const char *flavor = g_hash_table_lookup(http->headers, "metadata-flavor");
    const char *path = http->target + strlen(METADATA);
    StubScript *script;

    if (g_strcmp0(flavor, "Google") != 0)
        return stub_json(403, "{\"error\":\"Missing Metadata-Flavor:Google header.\"}");
    if (strcmp(path, "instance/service-accounts/default/token") == 0)
        return token("ya29.stub-machine");
    if (strcmp(path, "project/project-id") != 0)
        return stub_json(404, "{\"error\":\"not found\"}");
    script = stub_script_new(200, "application/text");
    stub_script_text(script, "demo-project-1");
    return script;
}

/* ---- chat-bison ---- */

static const char *last_message(VendorRequest *r, json_object *messages)
{
    static const char *const members[] = {"author", "content", NULL};
    size_t n = messages != NULL ? json_object_array_length(messages) : 0;
    const char *said = "";

    if (n % 2 == 0)
        vendor_complain(r, 400, "Messages must alternate and end with the user.");
    for (size_t i = 0; i < n; i++) {
        json_object *message = json_object_array_get_idx(messages, i);

        vendor_only(r, message, "instances.messages.", members);
        if (!is_text(message, "author", i % 2 == 0 ? "user" : "bot"))
            vendor_complain(r, 400, "Messages must alternate between user and bot.");
        said = json_object_get_string(vendor_member(r, message, "content", json_type_string, true));
    }
    return said != NULL ? said : "";
}

static StubScript *predictions(const VendorRequest *r, const char *last)
{
    json_object *tree = vendor_tree(
        "{\"predictions\":[{\"candidates\":[{\"author\":\"1\"}],\"safetyAttributes\":[{\"blocked\":"
        "false}]}],\"metadata\":{\"tokenMetadata\":{\"inputTokenCount\":{\"totalTokens\":7},"
        "\"outputTokenCount\":{\"totalTokens\":3}}}}");
    json_object *first = json_object_array_get_idx(json_object_object_get(tree, "predictions"), 0);
    json_object *one = json_object_array_get_idx(json_object_object_get(first, "candidates"), 0);
    VendorSpeech speech = vendor_speech(r, last, 1);
    g_autofree char *text = vendor_speech_text(&speech);
    StubScript *script;

    json_object_object_add(one, "content", vendor_string(text));
    script = stub_json(200, vendor_json(tree));
    vendor_speech_clear(&speech);
    json_object_put(tree);
    return script;
}

static StubScript *answer_bison(VendorRequest *r)
{
    static const char *const members[] = {"instances", "parameters", NULL};
    static const char *const instance[] = {"context", "examples", "messages", NULL};
    static const char *const settings[] = {"temperature",    "maxOutputTokens", "topP", "topK",
                                           "candidateCount", "stopSequences",   NULL};
    json_object *list, *one, *parameters;
    const char *last = "";

    r->body = json_tokener_parse(r->http->body->str);
    vendor_only(r, r->body, "", members);
    list = vendor_member(r, r->body, "instances", json_type_array, true);
    one = list != NULL ? json_object_array_get_idx(list, 0) : NULL;
    parameters = vendor_member(r, r->body, "parameters", json_type_object, false);
    if (parameters != NULL)
        vendor_only(r, parameters, "parameters.", settings);
    if (one != NULL && json_object_array_length(list) == 1) {
        vendor_only(r, one, "instances.", instance);
        last = last_message(r, vendor_member(r, one, "messages", json_type_array, true));
    } else {
        vendor_complain(r, 400, "one instance is needed");
    }
    return r->status == 0 ? predictions(r, last) : vendor_gemini_error(r->status, r->complaint);
}

/* ---- The API ---- */

typedef StubScript *(*AnswerFn)(VendorRequest *r, bool stream);

static StubScript *by_gemini(VendorRequest *r, bool stream)
{
    return vendor_gemini_answer(r, stream, false);
}

static StubScript *by_claude(VendorRequest *r, bool stream)
{
    StubScript *script = vendor_anthropic_hosted(r, "vertex-2023-10-16");

    (void)stream;
    return script;
}

static StubScript *by_bison(VendorRequest *r, bool stream)
{
    (void)stream;
    return answer_bison(r);
}

typedef struct Method {
    const char *head, *whole, *streamed;
    AnswerFn answer;
} Method;

static const Method methods[] = {
    {PLACE "google/models/gemini-3-", ":generateContent", ":streamGenerateContent?alt=sse",
     by_gemini},
    {PLACE "anthropic/models/claude-", ":rawPredict", ":streamRawPredict", by_claude},
    {PLACE "google/models/chat-bison@", ":predict", ":none", by_bison},
};

/* Who may: the token of this row, and for a user's the project whose quota counts. */
static void check_token(VendorRequest *r)
{
    const char *given = g_hash_table_lookup(r->http->headers, "authorization");
    const char *quota = g_hash_table_lookup(r->http->headers, "x-goog-user-project");
    bool user = strcmp(r->vendor->key, "ya29.stub-user") == 0;
    g_autofree char *right = g_strdup_printf("Bearer %s", r->vendor->key);

    if (g_strcmp0(given, right) != 0)
        vendor_complain(r, 401, "Request had invalid authentication credentials.");
    if (g_strcmp0(quota, user ? "demo-quota" : NULL) != 0)
        vendor_complain(r, 403, "Caller does not have permission to use this quota project.");
}

static StubScript *answer_api(Vendor *vendor, const StubRequest *http)
{
    VendorRequest r = {.vendor = vendor, .http = http};
    StubScript *script = NULL;

    check_token(&r);
    for (size_t i = 0; i < G_N_ELEMENTS(methods) && r.status == 0 && script == NULL; i++) {
        const Method *method = &methods[i];
        bool stream = g_str_has_suffix(http->target, method->streamed);
        g_autofree char *model = NULL;

        if (!g_str_has_prefix(http->target, method->head) ||
            (!stream && !g_str_has_suffix(http->target, method->whole)))
            continue;
        model = g_strndup(http->target + strlen(method->head),
                          strcspn(http->target + strlen(method->head), ":"));
        r.model = model;
        script = method->answer(&r, stream);
    }
    if (script == NULL) {
        vendor_complain(&r, 404, "no such method: %s %s", http->method, http->target);
        script = vendor_gemini_error(r.status, r.complaint);
    }
    vendor_request_clear(&r);
    return script;
}

/* Models of others behind OpenAI's shape: open ones under one path, partners' each under its own,
 * where the path says once more what the body says. */
static StubScript *answer_openai(void *user, const StubRequest *http, const char *path)
{
    StubRequest inner = *http;
    json_object *body = json_tokener_parse(http->body->str);
    const char *model = json_object_get_string(json_object_object_get(body, "model"));
    bool stream = json_object_get_boolean(json_object_object_get(body, "stream"));
    g_autofree char *wanted =
        g_strdup_printf("%s:%s", model, stream ? "streamRawPredict" : "rawPredict");
    bool tools = model != NULL && g_str_has_suffix(model, "tools");
    StubScript *script;

    if (model == NULL || (path != NULL && strcmp(path, wanted) != 0)) {
        json_object_put(body);
        return vendor_gemini_error(400, "The path and the body do not ask for the same.");
    }
    json_object_object_add(body, "model", json_object_new_string(tools ? "tools" : "parrot"));
    inner.target = "/v1/chat/completions";
    inner.body = g_string_new(json_object_to_json_string(body));
    script = vendor_openai_answer(user, &inner);
    g_string_free(inner.body, TRUE);
    json_object_put(body);
    return script;
}

static StubScript *handle(void *user, const StubRequest *http)
{
    if (strcmp(http->method, "POST") == 0 && strcmp(http->target, OPEN_MODELS) == 0)
        return answer_openai(user, http, NULL);
    if (strcmp(http->method, "POST") == 0 &&
        g_str_has_prefix(http->target, PLACE "mistralai/models/"))
        return answer_openai(user, http, http->target + strlen(PLACE "mistralai/models/"));
    if (strcmp(http->method, "GET") == 0 && g_str_has_prefix(http->target, METADATA))
        return answer_metadata(http);
    if (strcmp(http->method, "POST") == 0 && g_str_has_prefix(http->target, "/token"))
        return answer_token(http);
    return answer_api(user, http);
}

static Vendor *start_account(void)
{
    return vendor_new(handle, "ya29.stub-account");
}

static Vendor *start_user(void)
{
    return vendor_new(handle, "ya29.stub-user");
}

static Vendor *start_machine(void)
{
    return vendor_new(handle, "ya29.stub-machine");
}

#define COMMON                                                                                     \
    "[provider vertex_ai]\n"                                                                       \
    "base-url = @URL@\n"                                                                           \
    "location = europe-west4\n"
#define FILED     COMMON "token-url = @URL@/token\ncredentials = @DIR@/adc.json\n"
#define WRONG_KEY COMMON "token-url = @URL@/token/other-key\ncredentials = @DIR@/adc.json\n"

static const VendorRow rows[] = {
    {.name = "vertex-gemini",
     .start = start_account,
     .conf = FILED,
     .wrong_conf = WRONG_KEY,
     .file = "adc.json",
     .file_text = ACCOUNT,
     .model = "vertex_ai/gemini-3-parrot",
     .tool_model = "vertex_ai/gemini-3-tools"},
    {.name = "vertex-claude",
     .start = start_account,
     .conf = FILED,
     .wrong_conf = WRONG_KEY,
     .file = "adc.json",
     .file_text = ACCOUNT,
     .model = "vertex_ai/claude-parrot",
     .tool_model = "vertex_ai/claude-tools"},
    {.name = "vertex-open-models",
     .start = start_account,
     .conf = FILED,
     .wrong_conf = WRONG_KEY,
     .file = "adc.json",
     .file_text = ACCOUNT,
     .model = "vertex_ai/meta/parrot",
     .tool_model = "vertex_ai/meta/tools"},
    {.name = "vertex-mistral",
     .start = start_account,
     .conf = FILED,
     .wrong_conf = WRONG_KEY,
     .file = "adc.json",
     .file_text = ACCOUNT,
     .model = "vertex_ai/mistralai/mistral-parrot",
     .tool_model = "vertex_ai/mistralai/mistral-tools"},
    {.name = "vertex-bison",
     .start = start_account,
     .conf = FILED "project = demo-project-1\n",
     .wrong_conf = WRONG_KEY,
     .file = "adc.json",
     .file_text = ACCOUNT,
     .model = "vertex_ai/chat-bison@parrot",
     .whole_only = true},
    {.name = "vertex-adc-user",
     .start = start_user,
     .conf = FILED "project = demo-project-1\n",
     .wrong_conf = COMMON "project = demo-project-1\naccess-token = ya29.wrong-token\n",
     .file = "adc.json",
     .file_text = USER,
     .model = "vertex_ai/gemini-3-parrot",
     .tool_model = "vertex_ai/gemini-3-tools"},
    {.name = "vertex-metadata",
     .start = start_machine,
     .conf = COMMON "metadata = yes\nmetadata-host = @URL@\n",
     .wrong_conf = COMMON "metadata = yes\nmetadata-host = @URL@/another-machine\n",
     .model = "vertex_ai/gemini-3-parrot",
     .tool_model = "vertex_ai/gemini-3-tools"},
};

const VendorRow *vendor_rows_vertex_ai(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}
