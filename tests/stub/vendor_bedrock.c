/* SPDX-License-Identifier: Apache-2.0 */
/* The gate of the Bedrock server: paths, credentials, and who answers. Every signature is checked
 * with OpenSSL, in the region and for the service that the address says. Runs on the stub's
 * thread. */
#include "stub/vendor_bedrock.h"

#include <string.h>

#define REGION "eu-central-1"

static const AwsKeys staying = {"AKIDSTUBSTAYING", "stub/Secret+of+the+staying/key0", NULL};
static const AwsKeys of_role = {"ASIDSTUBROLE", "stub+secret+of+the+role", "IQoJrole&token=="};
static const AwsKeys of_container = {"ASIDSTUBCONTAINER", "stub/secret/of/the/container",
                                     "IQoJcontainer=="};
static const char role[] = "arn:aws:iam::123456789012:role/Bedrock";

/* ---- Errors ---- */

static const char *error_type(const VendorRequest *r)
{
    if (r->status == 403 && strstr(r->complaint, "security token") != NULL)
        return "UnrecognizedClientException";
    if (r->status == 403 && strstr(r->complaint, "API Key") != NULL)
        return "AccessDeniedException:http://internal.amazon.com/coral/com.amazon.bedrock/";
    switch (r->status) {
    case 400:
        return "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/";
    case 403:
        return "InvalidSignatureException";
    case 404:
        return "ResourceNotFoundException";
    case 429:
        return "ThrottlingException";
    case 503:
        return "ServiceUnavailableException";
    default:
        return "InternalServerException";
    }
}

static StubScript *error_script(const VendorRequest *r)
{
    json_object *tree = json_object_new_object();
    StubScript *script;

    json_object_object_add(tree, "message", vendor_string(r->complaint));
    script = stub_json(r->status, vendor_json(tree));
    stub_script_header(script, "x-amzn-ErrorType", error_type(r));
    stub_script_header(script, "x-amzn-RequestId", "stub-0001");
    json_object_put(tree);
    return script;
}

/* ---- The token service ---- */

static StubScript *xml(int status, char *text)
{
    StubScript *script = stub_script_new(status, "text/xml");

    stub_script_plain(script);
    stub_script_text(script, text);
    g_free(text);
    return script;
}

static char *in_an_hour(void)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autoptr(GDateTime) then = g_date_time_add_hours(now, 1);

    return g_date_time_format(then, "%Y-%m-%dT%H:%M:%SZ");
}

static StubScript *role_keys(const char *action)
{
    g_autofree char *end = in_an_hour(), *token = g_markup_escape_text(of_role.token, -1);

    return xml(200, g_strdup_printf(
                        "<%sResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
                        "<%sResult><AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/B/s</Arn>"
                        "</AssumedRoleUser><Credentials><AccessKeyId>%s</AccessKeyId>"
                        "<SecretAccessKey>%s</SecretAccessKey><SessionToken>%s</SessionToken>"
                        "<Expiration>%s</Expiration></Credentials></%sResult>"
                        "<ResponseMetadata/></%sResponse>\n",
                        action, action, of_role.id, of_role.secret, token, end, action, action));
}

static void check_form(VendorRequest *r, GHashTable *form)
{
    static const char *const known[] = {
        "Action", "Version", "RoleArn", "RoleSessionName", "ExternalId", "WebIdentityToken", NULL};
    GHashTableIter iter;
    gpointer name;

    g_hash_table_iter_init(&iter, form);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        if (!g_strv_contains(known, name))
            vendor_complain(r, 400, "%s is no parameter", (const char *)name);
    if (g_strcmp0(g_hash_table_lookup(form, "Version"), "2011-06-15") != 0)
        vendor_complain(r, 400, "Version is missing");
    if (g_strcmp0(g_hash_table_lookup(form, "RoleArn"), role) != 0)
        vendor_complain(r, 403, "not authorized to assume that role");
    if (g_hash_table_lookup(form, "RoleSessionName") == NULL)
        vendor_complain(r, 400, "RoleSessionName is missing");
}

static StubScript *sts(VendorRequest *r)
{
    g_autoptr(GHashTable) form =
        g_uri_parse_params(r->http->body->str, -1, "&", G_URI_PARAMS_WWW_FORM, NULL);
    const char *action = form != NULL ? g_hash_table_lookup(form, "Action") : NULL;
    bool web = strcmp(r->vendor->key, "web") == 0;

    if (g_strcmp0(action, web ? "AssumeRoleWithWebIdentity" : "AssumeRole") != 0)
        vendor_complain(r, 400, "Action is not right");
    else if (web && g_hash_table_lookup(r->http->headers, "authorization") != NULL)
        vendor_complain(r, 400, "this call is not signed");
    else if (web &&
             g_strcmp0(g_hash_table_lookup(form, "WebIdentityToken"), "eyJ.web+token/=.x") != 0)
        vendor_complain(r, 400, "the token is not valid");
    if (!web)
        aws_verify(r, &staying, REGION, "sts");
    if (!web && form != NULL && g_strcmp0(g_hash_table_lookup(form, "ExternalId"), "ext 1&2") != 0)
        vendor_complain(r, 403, "ExternalId is not right");
    if (form != NULL)
        check_form(r, form);
    if (r->status == 0)
        return role_keys(action);
    return xml(r->status, g_strdup_printf("<ErrorResponse><Error><Type>Sender</Type><Code>%s"
                                          "</Code><Message>%s</Message></Error></ErrorResponse>",
                                          web ? "InvalidIdentityToken" : "SignatureDoesNotMatch",
                                          r->complaint));
}

/* ---- A container ---- */

static StubScript *container(VendorRequest *r)
{
    const char *token = g_hash_table_lookup(r->http->headers, "authorization");
    g_autofree char *end = in_an_hour(), *json = NULL;

    if (g_strcmp0(token, "container-token-1") != 0)
        return stub_json(401, "{\"code\":\"InvalidToken\",\"message\":\"no such token\"}");
    json = g_strdup_printf("{\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"%s\",\"Token\":\"%s\","
                           "\"Expiration\":\"%s\",\"AccountId\":\"1\"}",
                           of_container.id, of_container.secret, of_container.token, end);
    return stub_json(200, json);
}

/* ---- The runtime ---- */

static void check_credentials(VendorRequest *r)
{
    const char *kind = r->vendor->key;
    const char *given = g_hash_table_lookup(r->http->headers, "authorization");

    if (strcmp(kind, "bearer") == 0) {
        if (g_strcmp0(given, "Bearer bedrock-api-key-stub0001") != 0 ||
            g_hash_table_lookup(r->http->headers, "x-amz-date") != NULL)
            vendor_complain(r, 403,
                            "Authentication failed: Please make sure your API Key is "
                            "valid.");
        return;
    }
    aws_verify(r,
               strcmp(kind, "keys") == 0        ? &staying
               : strcmp(kind, "container") == 0 ? &of_container
                                                : &of_role,
               REGION, "bedrock");
}

static void read_body(VendorRequest *r)
{
    const char *type = g_hash_table_lookup(r->http->headers, "content-type");

    if (r->status != 0)
        return;
    if (g_strcmp0(type, "application/json") != 0)
        vendor_complain(r, 400, "Content-Type is not application/json");
    r->body = json_tokener_parse(r->http->body->str);
    if (r->status == 0 && !json_object_is_type(r->body, json_type_object))
        vendor_complain(r, 400, "Unexpected token in the body");
}

/* "/model/ID/OPERATION" -> the scripted model that the id names, and the operation. */
static const char *read_path(VendorRequest *r, char **id)
{
    const char *segment = r->http->target + strlen("/model/");
    const char *slash = g_str_has_prefix(r->http->target, "/model/") ? strchr(segment, '/') : NULL;

    *id = slash != NULL ? aws_decode_segment(segment, (size_t)(slash - segment)) : NULL;
    if (*id == NULL || strchr(*id, '%') != NULL || strcmp(r->http->method, "POST") != 0) {
        vendor_complain(r, 404, "Unknown operation: %s %s", r->http->method, r->http->target);
        return "";
    }
    r->model = strstr(*id, "tools") != NULL ? "tools" : "parrot";
    return slash + 1;
}

static StubScript *answer(VendorRequest *r, const char *operation, const char *id)
{
    bool converse = g_str_has_prefix(operation, "converse");

    r->stream = strcmp(operation, "converse-stream") == 0 ||
                strcmp(operation, "invoke-with-response-stream") == 0;
    if (!r->stream && strcmp(operation, "converse") != 0 && strcmp(operation, "invoke") != 0) {
        vendor_complain(r, 404, "Unknown operation %s", operation);
        return NULL;
    }
    if (converse)
        return vendor_bedrock_converse(r);
    if (g_str_has_prefix(id, "anthropic.claude-v2"))
        return vendor_bedrock_claude_text(r);
    if (g_str_has_prefix(id, "amazon.titan-text"))
        return vendor_bedrock_titan_text(r);
    vendor_complain(r, 400, "The provided model identifier is invalid.");
    return NULL;
}

static StubScript *handle(void *user, const StubRequest *http)
{
    VendorRequest r = {.vendor = user, .http = http};
    g_autofree char *id = NULL;
    StubScript *script = NULL;

    if (strcmp(http->method, "POST") == 0 && strcmp(http->target, "/") == 0 &&
        (strcmp(r.vendor->key, "role") == 0 || strcmp(r.vendor->key, "web") == 0)) {
        script = sts(&r);
    } else if (strcmp(http->method, "GET") == 0 && strcmp(http->target, "/v2/keys?id=1") == 0 &&
               strcmp(r.vendor->key, "container") == 0) {
        script = container(&r);
    } else {
        const char *operation = read_path(&r, &id);

        check_credentials(&r);
        read_body(&r);
        if (r.status == 0)
            script = answer(&r, operation, id);
        if (script == NULL)
            script = error_script(&r);
    }
    vendor_request_clear(&r);
    return script;
}

Vendor *vendor_bedrock_keys_new(void)
{
    return vendor_new(handle, "keys");
}

Vendor *vendor_bedrock_bearer_new(void)
{
    return vendor_new(handle, "bearer");
}

Vendor *vendor_bedrock_role_new(void)
{
    return vendor_new(handle, "role");
}

Vendor *vendor_bedrock_container_new(void)
{
    return vendor_new(handle, "container");
}

Vendor *vendor_bedrock_web_new(void)
{
    return vendor_new(handle, "web");
}
