/* SPDX-License-Identifier: Apache-2.0 */
/* What Azure's two strict servers share: a request that passed the door is handed to the server of
 * the dialect behind it. Runs on the stub's thread. */
#ifndef TESTS_STUB_VENDOR_AZURE_H
#define TESTS_STUB_VENDOR_AZURE_H

#include "stub/vendor_parts.h"

#include <string.h>

static inline const char *azure_header(const StubRequest *http, const char *name)
{
    return g_hash_table_lookup(http->headers, name);
}

static inline StubScript *azure_refuse(int status, const char *code, const char *message)
{
    g_autofree char *json =
        g_strdup_printf("{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}", code, message);
    return stub_json(status, json);
}

/* As OpenAI's server sees it; model: the one that counts, whatever the body names (OpenAI's own
 * client for Azure leaves it in); NULL: the body names it. */
static inline StubScript *azure_forward(const StubRequest *http, const char *model,
                                        const char *target)
{
    Vendor open = {.key = NULL};
    json_object *body = json_tokener_parse(http->body->str);
    g_autoptr(GString) text = NULL;
    StubRequest inner = *http;
    bool named = json_object_is_type(json_object_object_get(body, "model"), json_type_string);
    StubScript *script = NULL;

    if (!json_object_is_type(body, json_type_object) || (model == NULL && !named))
        script = azure_refuse(400, "BadRequest", "no model is named, or no JSON object");
    if (script == NULL && model != NULL)
        json_object_object_add(body, "model", vendor_string(model));
    if (script == NULL) {
        text = g_string_new(vendor_json(body));
        inner.body = text;
        inner.target = target;
        script = vendor_openai_answer(&open, &inner);
    }
    json_object_put(body);
    return script;
}

#endif
