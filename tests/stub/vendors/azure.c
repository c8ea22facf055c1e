/* SPDX-License-Identifier: Apache-2.0 */
/* Servers that are Azure OpenAI: deployment URLs with their version, the v1 API, and Entra ID's
 * login and a machine's metadata beside them. Each takes one credential alone and refuses two.
 * Behind the door is OpenAI's strict server. Runs on the stub's thread. */
#include "stub/vendor_azure.h"
#include "stub/vendor_row.h"

#include <string.h>

#define KEY   "azure-right-key-0001"
#define TOKEN "eyJ0.stub.token"

typedef enum Door { DOOR_KEY, DOOR_TOKEN } Door;

/* The v1 API takes the key so too: OpenAI's plain client sends it there. */
static bool is_bearer(const StubRequest *http, const char *token)
{
    const char *auth = azure_header(http, "authorization");

    return azure_header(http, "api-key") == NULL && auth != NULL &&
           g_str_has_prefix(auth, "Bearer ") && strcmp(auth + strlen("Bearer "), token) == 0;
}

static bool may_enter(const StubRequest *http, Door door)
{
    if (door == DOOR_KEY)
        return azure_header(http, "authorization") == NULL &&
               g_strcmp0(azure_header(http, "api-key"), KEY) == 0;
    return is_bearer(http, TOKEN);
}

static StubScript *denied(void)
{
    return azure_refuse(401, "401",
                        "Access denied due to invalid subscription key or wrong API endpoint.");
}

/* Each version that this server knows takes the members of those before it; a newer member is
 * refused as the vendor refuses it. */
static const char *const versions[] = {"2023-05-15", "2023-12-01-preview", "2024-02-01",
                                       "2024-06-01", "2024-08-01-preview", "2024-09-01-preview",
                                       "2024-10-21", "2024-12-01-preview", "2025-01-01-preview",
                                       NULL};

static const char *const newer[][2] = {
    {"tools", "2023-12-01"},
    {"tool_choice", "2023-12-01"},
    {"stream_options", "2024-09-01"},
    {"max_completion_tokens", "2024-09-01"},
    {"parallel_tool_calls", "2024-09-01"},
    {"reasoning_effort", "2024-12-01"},
    {"store", "2024-12-01"},
    {"metadata", "2024-12-01"},
    {"prediction", "2025-01-01"},
    {"audio", "2025-01-01"},
    {"modalities", "2025-01-01"},
};

static bool is_before(const char *version, const char *date)
{
    return strncmp(version, date, strlen(date)) < 0;
}

static StubScript *unrecognized(const char *member)
{
    g_autofree char *json = g_strdup_printf(
        "{\"error\":{\"message\":\"Unrecognized request argument supplied: %s\",\"type\":"
        "\"invalid_request_error\",\"param\":null,\"code\":null}}",
        member);
    return stub_json(400, json);
}

/* The first member that came after this version; NULL: none did. */
static StubScript *too_new(const StubRequest *http, const char *version)
{
    json_object *body = json_tokener_parse(http->body->str);
    json_object *choice = json_object_object_get(body, "tool_choice");
    json_object *format = json_object_object_get(body, "response_format");
    const char *type = json_object_get_string(json_object_object_get(format, "type"));
    StubScript *script = NULL;

    for (size_t i = 0; script == NULL && i < G_N_ELEMENTS(newer); i++)
        if (json_object_object_get(body, newer[i][0]) != NULL && is_before(version, newer[i][1]))
            script = unrecognized(newer[i][0]);
    if (script == NULL && is_before(version, "2024-06-01") &&
        g_strcmp0(json_object_get_string(choice), "required") == 0)
        script = azure_refuse(400, "BadRequest", "Invalid value for 'tool_choice': required");
    if (script == NULL && is_before(version, "2024-08-01") && g_strcmp0(type, "json_schema") == 0)
        script =
            azure_refuse(400, "BadRequest", "response_format json_schema needs a newer version");
    json_object_put(body);
    return script;
}

/* "/openai/deployments/NAME/chat/completions?api-version=2024-10-21" */
static StubScript *deployment(const StubRequest *http)
{
    static const char head[] = "/openai/deployments/";
    static const char tail[] = "/chat/completions?api-version=";
    const char *end = strstr(http->target, tail);
    const char *version = end != NULL ? end + strlen(tail) : "";
    g_autofree char *name = NULL;
    StubScript *refusal;

    if (!g_str_has_prefix(http->target, head) || end == NULL ||
        !g_strv_contains(versions, version) || strcmp(http->method, "POST") != 0)
        return azure_refuse(404, "404", "Resource not found");
    name = g_strndup(http->target + strlen(head), (gsize)(end - http->target) - strlen(head));
    if (strchr(name, '/') != NULL)
        return azure_refuse(404, "404", "Resource not found");
    refusal = too_new(http, version);
    return refusal != NULL ? refusal : azure_forward(http, name, "/v1/chat/completions");
}

static StubScript *classic(void *user, const StubRequest *http)
{
    (void)user;
    return may_enter(http, DOOR_KEY) ? deployment(http) : denied();
}

static StubScript *v1(void *user, const StubRequest *http)
{
    (void)user;
    if (!may_enter(http, DOOR_KEY) && !is_bearer(http, KEY))
        return denied();
    if (strcmp(http->target, "/openai/v1/chat/completions") != 0)
        return azure_refuse(404, "404", "Resource not found");
    return azure_forward(http, NULL, "/v1/chat/completions");
}

static StubScript *token(void)
{
    return stub_json(200, "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"ext_expires_in\":3599,"
                          "\"access_token\":\"" TOKEN "\"}");
}

/* The fields as a server decodes them, each there once and none beside them. */
static bool is_form(const char *body, const char *last, const char *value, const char *type)
{
    g_auto(GStrv) pairs = g_strsplit(body, "&", -1);
    const char *const want[][2] = {{"client_id", "c-1"},
                                   {"grant_type", "client_credentials"},
                                   {"scope", "https://cognitiveservices.azure.com/.default"},
                                   {last, value},
                                   {"client_assertion_type", type}};
    size_t wanted = type != NULL ? G_N_ELEMENTS(want) : G_N_ELEMENTS(want) - 1, found = 0;

    for (size_t i = 0; pairs[i] != NULL; i++) {
        g_auto(GStrv) pair = g_strsplit(pairs[i], "=", 2);
        g_autofree char *text = pair[1] != NULL ? g_uri_unescape_string(pair[1], NULL) : NULL;

        for (size_t k = 0; k < wanted; k++)
            found += strcmp(pair[0], want[k][0]) == 0 && g_strcmp0(text, want[k][1]) == 0;
    }
    return found == wanted && g_strv_length(pairs) == found;
}

/* What a pod has: the token of its own issuer in a file, and no secret. */
static StubScript *workload(void *user, const StubRequest *http)
{
    static const char type[] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    const char *body = http->body->str;

    (void)user;
    if (strcmp(http->target, "/t-1/oauth2/v2.0/token") != 0)
        return may_enter(http, DOOR_TOKEN) ? deployment(http) : denied();
    if (strcmp(http->method, "POST") != 0 || azure_header(http, "authorization") != NULL ||
        g_strcmp0(azure_header(http, "content-type"), "application/x-www-form-urlencoded") != 0 ||
        !is_form(body, "client_assertion", "eyJ.pod+token/=.x", type))
        return stub_json(401, "{\"error\":\"invalid_client\",\"error_description\":"
                              "\"AADSTS70021: No matching federated identity record found.\"}");
    return token();
}

static StubScript *entra(void *user, const StubRequest *http)
{
    (void)user;
    if (strcmp(http->target, "/t-1/oauth2/v2.0/token") != 0)
        return may_enter(http, DOOR_TOKEN) ? deployment(http) : denied();
    if (strcmp(http->method, "POST") != 0 || azure_header(http, "authorization") != NULL ||
        g_strcmp0(azure_header(http, "content-type"), "application/x-www-form-urlencoded") != 0 ||
        !is_form(http->body->str, "client_secret", "s~right+1", NULL))
        return stub_json(401, "{\"error\":\"invalid_client\",\"error_description\":"
                              "\"AADSTS7000215: Invalid client secret provided.\"}");
    return token();
}

static StubScript *machine(void *user, const StubRequest *http)
{
    static const char target[] = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
                                 "https%3A%2F%2Fcognitiveservices.azure.com%2F";

    (void)user;
    if (!g_str_has_prefix(http->target, "/metadata/"))
        return may_enter(http, DOOR_TOKEN) ? deployment(http) : denied();
    if (strcmp(http->method, "GET") != 0 || strcmp(http->target, target) != 0 ||
        g_strcmp0(azure_header(http, "metadata"), "true") != 0)
        return stub_json(400, "{\"error\":\"invalid_request\",\"error_description\":"
                              "\"Identity not found\"}");
    return stub_json(200, "{\"access_token\":\"" TOKEN "\",\"expires_in\":\"86399\","
                          "\"expires_on\":\"1795429800\",\"token_type\":\"Bearer\"}");
}

static Vendor *start_classic(void)
{
    return vendor_new(classic, NULL);
}

static Vendor *start_v1(void)
{
    return vendor_new(v1, NULL);
}

static Vendor *start_entra(void)
{
    return vendor_new(entra, NULL);
}

static Vendor *start_workload(void)
{
    return vendor_new(workload, NULL);
}

static Vendor *start_machine(void)
{
    return vendor_new(machine, NULL);
}

static const VendorRow rows[] = {
    {.name = "azure-classic",
     .start = start_classic,
     .conf = "[provider azure]\nbase-url = @URL@\napi-key = " KEY "\n",
     .wrong_conf = "[provider azure]\nbase-url = @URL@\napi-key = azure-wrong-key-77\n",
     .model = "azure/parrot",
     .tool_model = "azure/tools"},
    {.name = "azure-older",
     .start = start_classic,
     .conf = "[provider azure]\nbase-url = @URL@\napi-key = " KEY "\napi-version = 2024-02-01\n",
     .wrong_conf = "[provider azure]\nbase-url = @URL@\napi-key = azure-wrong-key-77\n"
                   "api-version = 2024-02-01\n",
     .model = "azure/parrot",
     .tool_model = "azure/tools"},
    {.name = "azure-v1",
     .start = start_v1,
     .conf = "[provider azure]\nbase-url = @URL@/openai/v1\napi-key = " KEY "\n",
     .wrong_conf = "[provider azure]\nbase-url = @URL@/openai/v1\napi-key = azure-wrong-key-77\n",
     .model = "azure/parrot",
     .tool_model = "azure/tools"},
    {.name = "azure-entra",
     .start = start_entra,
     .conf = "[provider azure]\nbase-url = @URL@\nauthority = @URL@\ntenant-id = t-1\n"
             "client-id = c-1\nclient-secret = s~right+1\n",
     .wrong_conf = "[provider azure]\nbase-url = @URL@\nauthority = @URL@\ntenant-id = t-1\n"
                   "client-id = c-1\nclient-secret = s~a-wrong-one\n",
     .model = "azure/parrot",
     .tool_model = "azure/tools"},
    {.name = "azure-workload",
     .start = start_workload,
     .conf = "[provider azure]\nbase-url = @URL@\nauthority = @URL@\ntenant-id = t-1\n"
             "client-id = c-1\nfederated-token-file = @DIR@/pod-token\n",
     .wrong_conf = "[provider azure]\nbase-url = @URL@\nauthority = @URL@\ntenant-id = t-1\n"
                   "client-id = c-2\nfederated-token-file = @DIR@/pod-token\n",
     .file = "pod-token",
     .file_text = "eyJ.pod+token/=.x\n",
     .model = "azure/parrot",
     .tool_model = "azure/tools"},
    {.name = "azure-machine",
     .start = start_machine,
     .conf = "[provider azure]\nbase-url = @URL@\nmanaged-identity = yes\n"
             "identity-endpoint = @URL@\n",
     .wrong_conf = NULL,
     .model = "azure/parrot",
     .tool_model = "azure/tools"},
};

const VendorRow *vendor_rows_azure(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}
