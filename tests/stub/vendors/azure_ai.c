/* SPDX-License-Identifier: Apache-2.0 */
/* Servers that are Azure AI's: the model inference API of a resource and of a serverless endpoint,
 * which refuse members beyond their schema unless a header lets them through, and Claude. Behind
 * the doors are OpenAI's and Anthropic's strict servers. Runs on the stub's thread. */
#include "stub/vendor_azure.h"
#include "stub/vendor_row.h"

#include <string.h>

#define KEY     "foundry-right-key-0001"
#define VERSION "?api-version=2024-05-01-preview"

static StubScript *denied(void)
{
    return azure_refuse(401, "unauthorized", "Unauthorized");
}

/* The key where this place wants it. Microsoft's own client sends it in both headers. */
static bool is_key(const StubRequest *http, const char *name, const char *value, const char *other,
                   const char *other_value)
{
    const char *more = azure_header(http, other);

    return g_strcmp0(azure_header(http, name), value) == 0 &&
           (more == NULL || strcmp(more, other_value) == 0);
}

static bool is_in_schema(json_object *body)
{
    static const char *const names[] = {"model",
                                        "messages",
                                        "max_tokens",
                                        "temperature",
                                        "top_p",
                                        "stop",
                                        "seed",
                                        "tools",
                                        "frequency_penalty",
                                        "presence_penalty",
                                        "tool_choice",
                                        "response_format",
                                        "stream",
                                        "modalities",
                                        NULL};
    bool all = json_object_is_type(body, json_type_object);

    if (!all)
        return false;
    json_object_object_foreach(body, name, value)
    {
        (void)value;
        all = all && g_strv_contains(names, name);
    }
    return all;
}

static StubScript *inference(const StubRequest *http)
{
    const char *given = azure_header(http, "extra-parameters");
    const char *extra = given != NULL ? given : "error";
    json_object *body = json_tokener_parse(http->body->str);
    bool fits = is_in_schema(body);

    json_object_put(body);
    if (strcmp(extra, "pass-through") != 0 && strcmp(extra, "drop") != 0 &&
        strcmp(extra, "error") != 0)
        return azure_refuse(400, "BadRequest", "extra-parameters is pass-through, drop or error");
    if (!fits && strcmp(extra, "pass-through") != 0)
        return stub_json(422, "{\"status\":422,\"code\":\"parameter_not_supported\",\"error\":"
                              "\"invalid_input\",\"detail\":[]}");
    return azure_forward(http, NULL, "/v1/chat/completions");
}

static StubScript *resource(void *user, const StubRequest *http)
{
    (void)user;
    if (!is_key(http, "api-key", KEY, "authorization", "Bearer " KEY))
        return denied();
    if (strcmp(http->target, "/models/chat/completions" VERSION) != 0)
        return azure_refuse(404, "404", "Resource not found");
    return inference(http);
}

static StubScript *serverless(void *user, const StubRequest *http)
{
    (void)user;
    if (!is_key(http, "authorization", "Bearer " KEY, "api-key", KEY))
        return denied();
    if (strcmp(http->target, "/chat/completions") != 0 &&
        strcmp(http->target, "/chat/completions" VERSION) != 0)
        return azure_refuse(404, "404", "Resource not found");
    return inference(http);
}

static StubScript *claude(void *user, const StubRequest *http)
{
    StubRequest inner = *http;
    Vendor *vendor = user;

    if (!g_str_has_prefix(http->target, "/anthropic/v1/"))
        return azure_refuse(404, "404", "Resource not found");
    if (azure_header(http, "api-key") != NULL)
        return denied();
    inner.target = http->target + strlen("/anthropic");
    return vendor_anthropic_answer(vendor, &inner);
}

static Vendor *start_resource(void)
{
    return vendor_new(resource, NULL);
}

static Vendor *start_serverless(void)
{
    return vendor_new(serverless, NULL);
}

static Vendor *start_claude(void)
{
    return vendor_new(claude, KEY);
}

static const VendorRow rows[] = {
    {.name = "azure-ai-resource",
     .start = start_resource,
     .conf = "[provider azure_ai]\nbase-url = @URL@/models\nkey-header = api-key\n"
             "api-key = " KEY "\n",
     .wrong_conf = "[provider azure_ai]\nbase-url = @URL@/models\nkey-header = api-key\n"
                   "api-key = foundry-wrong-key-77\n",
     .model = "azure_ai/parrot",
     .tool_model = "azure_ai/tools"},
    {.name = "azure-ai-serverless",
     .start = start_serverless,
     .conf = "[provider azure_ai]\nbase-url = @URL@\napi-key = " KEY "\n",
     .wrong_conf = "[provider azure_ai]\nbase-url = @URL@\napi-key = foundry-wrong-key-77\n",
     .model = "azure_ai/parrot",
     .tool_model = "azure_ai/tools"},
    {.name = "azure-ai-claude",
     .start = start_claude,
     .conf = "[provider azure_ai]\nbase-url = @URL@/anthropic\napi-key = " KEY "\n",
     .wrong_conf = "[provider azure_ai]\nbase-url = @URL@/anthropic\n"
                   "api-key = foundry-wrong-key-77\n",
     .model = "azure_ai/parrot",
     .tool_model = "azure_ai/tools"},
};

const VendorRow *vendor_rows_azure_ai(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}
