/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the shape of Azure's answers: results of the content filters on choices, a first piece of a
 * stream without a choice, a later one of the asynchronous filter without a delta. Runs on the
 * stub's thread; it changes answers, never judges requests. */
#include "stub/vendor_azure.h"

#include "stub/script.h"

#include <string.h>

#define FILTERS "{\"hate\":{\"filtered\":false,\"severity\":\"safe\"}}"
#define PROMPT  "[{\"prompt_index\":0,\"content_filter_results\":" FILTERS "}]"

static const char first_piece[] =
    "data: {\"id\":\"\",\"object\":\"\",\"created\":0,\"model\":\"\",\"choices\":[],"
    "\"prompt_filter_results\":" PROMPT "}\n\n";

static const char late_piece[] =
    "data: {\"id\":\"\",\"object\":\"\",\"created\":0,\"model\":\"\",\"choices\":[{\"index\":0,"
    "\"finish_reason\":null,\"content_filter_results\":" FILTERS ",\"content_filter_offsets\":"
    "{\"check_offset\":0,\"start_offset\":0,\"end_offset\":9}}]}\n\n";

const char *azure_header(const StubRequest *http, const char *name)
{
    return g_hash_table_lookup(http->headers, name);
}

StubScript *azure_refuse(int status, const char *code, const char *message)
{
    g_autofree char *json =
        g_strdup_printf("{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}", code, message);
    StubScript *script = stub_json(status, json);

    stub_script_header(script, "apim-request-id", "apim_stub_1");
    stub_script_header(script, "x-ms-region", "Sweden Central");
    return script;
}

/* ---- The answer ---- */

/* Results on each choice: empty ones where a piece has no text, as Azure does. */
static void add_filters(json_object *answer)
{
    json_object *choices = json_object_object_get(answer, "choices");

    for (size_t i = 0; choices != NULL && i < json_object_array_length(choices); i++) {
        json_object *choice = json_object_array_get_idx(choices, i);
        json_object *delta = json_object_object_get(choice, "delta");
        bool silent = delta != NULL && json_object_object_get(delta, "content") == NULL;

        json_object_object_add(choice, "content_filter_results",
                               vendor_tree(silent ? "{}" : FILTERS));
    }
}

/* The text of one step, worded anew; NULL: it stays. */
static char *dress(const GByteArray *bytes)
{
    static const char head[] = "data: ";
    g_autofree char *text = g_strndup((const char *)bytes->data, bytes->len);
    bool event = g_str_has_prefix(text, head);
    json_object *answer = json_tokener_parse(event ? text + strlen(head) : text);
    char *dressed = NULL;

    if (json_object_object_get(answer, "choices") != NULL) {
        add_filters(answer);
        if (!event)
            json_object_object_add(answer, "prompt_filter_results", vendor_tree(PROMPT));
        dressed =
            g_strdup_printf("%s%s%s", event ? head : "", vendor_json(answer), event ? "\n\n" : "");
    }
    json_object_put(answer);
    return dressed;
}

static void clear_step(gpointer data)
{
    StubStep *step = data;

    if (step->bytes != NULL)
        g_byte_array_unref(step->bytes);
}

/* The same script, its pieces worded as Azure's. */
static StubScript *dressed(StubScript *plain)
{
    bool stream = strstr(plain->headers->str, "text/event-stream") != NULL;
    GArray *steps = plain->steps;
    bool late = false;

    if (plain->status != 200 || plain->raw)
        return plain;
    plain->steps = g_array_new(FALSE, TRUE, sizeof(StubStep));
    g_array_set_clear_func(plain->steps, clear_step);
    plain->body_len = 0;
    if (stream)
        stub_script_text(plain, first_piece);
    for (guint i = 0; i < steps->len; i++) {
        StubStep *step = &g_array_index(steps, StubStep, i);
        g_autofree char *text = step->kind == STUB_SEND ? dress(step->bytes) : NULL;

        if (text != NULL)
            stub_script_text(plain, text);
        else if (step->kind == STUB_SEND)
            stub_script_bytes(plain, step->bytes->data, step->bytes->len);
        else
            g_array_append_vals(plain->steps, step, 1);
        if (stream && !late && text != NULL && i > 0) {
            stub_script_text(plain, late_piece);
            late = true;
        }
    }
    g_array_unref(steps); /* which lets go of its bytes */
    return plain;
}

StubScript *azure_forward(const StubRequest *http, const char *model, const char *target)
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
        script = dressed(vendor_openai_answer(&open, &inner));
    }
    json_object_put(body);
    return script;
}
