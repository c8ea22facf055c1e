/* SPDX-License-Identifier: Apache-2.0 */
/* Judging requests and scripting models, shared by the vendors. Runs on the stub's thread; holds
 * nothing between requests. */
#include "stub/vendor_parts.h"

#include <string.h>

Vendor *vendor_new(StubHandler handler, const char *key)
{
    Vendor *vendor = g_new0(Vendor, 1);

    vendor->key = g_strdup(key);
    vendor->stub = stub_new(handler, vendor);
    return vendor;
}

void vendor_free(Vendor *vendor)
{
    stub_free(vendor->stub);
    g_free(vendor->key);
    g_free(vendor);
}

void vendor_request_clear(VendorRequest *r)
{
    json_object_put(r->body);
    g_free(r->complaint);
}

void vendor_complain(VendorRequest *r, int status, const char *format, ...)
{
    va_list args;

    if (r->status != 0)
        return;
    va_start(args, format);
    r->complaint = g_strdup_vprintf(format, args);
    va_end(args);
    r->status = status;
}

void vendor_read_body(VendorRequest *r)
{
    const char *type = g_hash_table_lookup(r->http->headers, "content-type");
    json_object *model;

    if (r->status != 0)
        return;
    if (type == NULL || !g_str_has_prefix(type, "application/json")) {
        vendor_complain(r, 415, "Content-Type is '%s', application/json is needed",
                        type != NULL ? type : "missing");
        return;
    }
    r->body = json_tokener_parse(r->http->body->str);
    if (!json_object_is_type(r->body, json_type_object)) {
        vendor_complain(r, 400, "We could not parse the JSON body of your request.");
        return;
    }
    model = vendor_member(r, r->body, "model", json_type_string, true);
    r->model = model != NULL ? json_object_get_string(model) : "";
    if (model != NULL && r->model[0] == '\0')
        vendor_complain(r, 400, "you must provide a model parameter");
}

void vendor_only(VendorRequest *r, json_object *object, const char *where,
                 const char *const *members)
{
    json_object_object_foreach(object, name, value)
    {
        if (!g_strv_contains(members, name))
            vendor_complain(r, 400, "Unrecognized request argument supplied: %s%s", where, name);
        else if (value == NULL && strcmp(name, "content") != 0)
            vendor_complain(r, 400, "%s%s must not be null", where, name);
    }
}

json_object *vendor_member(VendorRequest *r, json_object *object, const char *name, json_type type,
                           bool needed)
{
    json_object *value = NULL;
    bool there = json_object_object_get_ex(object, name, &value);
    bool number = type == json_type_double && json_object_is_type(value, json_type_int);

    if (!there) {
        if (needed)
            vendor_complain(r, 400, "Missing required parameter: '%s'.", name);
        return NULL;
    }
    if (!json_object_is_type(value, type) && !number) {
        vendor_complain(r, 400, "Invalid type for '%s': %s, not %s.", name,
                        json_type_to_name(json_object_get_type(value)), json_type_to_name(type));
        return NULL;
    }
    return value;
}

int vendor_status_of(const char *model)
{
    return g_str_has_prefix(model, "http-") ? atoi(model + 5) : 0;
}

bool vendor_is(const VendorRequest *r, const char *model)
{
    return r->model != NULL && strcmp(r->model, model) == 0;
}

/* Thirds, never inside a character. */
static void add_thirds(GPtrArray *pieces, const char *text)
{
    glong chars = g_utf8_strlen(text, -1);
    glong third = chars / 3;

    if (third == 0) {
        g_ptr_array_add(pieces, g_strdup(text));
        return;
    }
    g_ptr_array_add(pieces, g_utf8_substring(text, 0, third));
    g_ptr_array_add(pieces, g_utf8_substring(text, third, 2 * third));
    g_ptr_array_add(pieces, g_utf8_substring(text, 2 * third, chars));
}

static VendorEnd end_of(const char *model)
{
    if (strcmp(model, "stall") == 0)
        return VENDOR_STALLS;
    if (strcmp(model, "cut") == 0)
        return VENDOR_CUTS;
    return strcmp(model, "late-error") == 0 ? VENDOR_FAILS : VENDOR_FINISHES;
}

VendorSpeech vendor_speech(const VendorRequest *r, const char *last_user, size_t n_messages)
{
    VendorSpeech speech = {.pieces = g_ptr_array_new_with_free_func(g_free),
                           .end = end_of(r->model)};

    if (vendor_is(r, "tools")) {
        speech.calls_tool = true;
    } else if (vendor_is(r, "count")) {
        g_ptr_array_add(speech.pieces, g_strdup_printf("%zu messages", n_messages));
    } else if (vendor_is(r, "think")) {
        speech.reasoning = g_strdup("Let me think.");
        add_thirds(speech.pieces, "Forty-two.");
    } else if (vendor_is(r, "raw")) {
        add_thirds(speech.pieces, "be\x07ll \x1b[31mred\x1b[0m \xC2\x9B"
                                  "31m tab\tgr\xC3\xBC\xC3\x9F\x7F\r\n");
    } else if (vendor_is(r, "long")) {
        for (int i = 0; i < 64; i++)
            g_ptr_array_add(speech.pieces, g_strdup_printf("piece %d of a long answer. ", i));
    } else if (speech.end != VENDOR_FINISHES) {
        g_ptr_array_add(speech.pieces, g_strdup("The first piece"));
    } else {
        g_autofree char *text = g_strdup_printf("You said: %s", last_user);

        add_thirds(speech.pieces, text);
    }
    return speech;
}

void vendor_speech_clear(VendorSpeech *speech)
{
    g_ptr_array_unref(speech->pieces);
    g_free(speech->reasoning);
}

char *vendor_speech_text(const VendorSpeech *speech)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < speech->pieces->len; i++)
        g_string_append(text, g_ptr_array_index(speech->pieces, i));
    return g_string_free(text, FALSE);
}

void vendor_end_script(StubScript *script, VendorEnd end)
{
    if (end == VENDOR_STALLS)
        stub_script_stall(script);
    else if (end == VENDOR_CUTS)
        stub_script_cut(script);
}

const char *vendor_json(json_object *tree)
{
    return json_object_to_json_string_ext(tree,
                                          JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

json_object *vendor_tree(const char *json)
{
    json_object *tree = json_tokener_parse(json);

    g_assert_nonnull(tree);
    return tree;
}

json_object *vendor_string(const char *text)
{
    return json_object_new_string(text);
}
