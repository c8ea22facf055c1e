/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the member in as text, so that all else stays byte for byte: after each brace that opens
 * an object. What is JSON is found by parsing: the whole body, else each of its lines, with the
 * "data:" of an event before it or not. Any thread. */
#include "check/unknown.h"

#include "base/arena.h"
#include "base/str.h"
#include "check/compare.h"
#include "json/reader.h"

#include <string.h>

#define NAME   "patchbay_unknown_member"
#define MEMBER "\"" NAME "\":{\"a\":[1,null,{\"b\":\"}{\"}],\"c\":-1.5e3}"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void append(GByteArray *out, const char *bytes, size_t n)
{
    g_byte_array_append(out, (const guint8 *)bytes, (guint)n);
}

static bool is_empty_object(pb_str text, size_t after_brace)
{
    while (after_brace < text.len && is_space(text.ptr[after_brace]))
        after_brace++;
    return after_brace < text.len && text.ptr[after_brace] == '}';
}

/* The arguments of a call are the model's, not the vendor's: nobody adds members there. */
static bool is_arguments(pb_str key)
{
    return pbay_str_is(key, "input") || pbay_str_is(key, "arguments") || pbay_str_is(key, "args") ||
           pbay_str_is(key, "parameters");
}

typedef struct Insert {
    GByteArray *out;
    pb_str text;
    pb_str last;     /* the string before here */
    unsigned depth;  /* of braces, */
    unsigned closed; /* and the one within which nothing is put in; 0: none */
} Insert;

/* The string that begins at i; gives where it ends. */
static size_t copy_string(Insert *in, size_t i)
{
    size_t end = i + 1;

    while (end < in->text.len && in->text.ptr[end] != '"')
        end += in->text.ptr[end] == '\\' ? 2 : 1;
    end = MIN(end + 1, in->text.len);
    in->last = (pb_str){in->text.ptr + i + 1, end - i >= 2 ? end - i - 2 : 0};
    append(in->out, in->text.ptr + i, end - i);
    return end;
}

static void open_object(Insert *in, size_t i)
{
    in->depth++;
    append(in->out, "{", 1);
    if (in->closed == 0 && is_arguments(in->last))
        in->closed = in->depth;
    in->last = (pb_str){NULL, 0};
    if (in->closed != 0)
        return;
    append(in->out, MEMBER, strlen(MEMBER));
    if (!is_empty_object(in->text, i + 1))
        append(in->out, ",", 1);
}

/* The text is JSON. */
static void insert(GByteArray *out, pb_str text)
{
    Insert in = {.out = out, .text = text};

    for (size_t i = 0; i < text.len;) {
        char c = text.ptr[i];

        if (c == '"') {
            i = copy_string(&in, i);
            continue;
        }
        if (c == '{')
            open_object(&in, i);
        else
            append(out, &c, 1);
        if (c == '}' && in.depth-- == in.closed)
            in.closed = 0;
        if (c == ',' || c == '[')
            in.last = (pb_str){NULL, 0};
        i++;
    }
}

static bool is_json(pb_str text)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);

    return text.len != 0 && pbay_json_parse(arena, text, NULL, 0, NULL) != NULL;
}

/* A line without its end: JSON, or JSON after "data:". */
static void insert_line(GByteArray *out, pb_str line)
{
    size_t skip = 0;

    if (line.len > 5 && memcmp(line.ptr, "data:", 5) == 0)
        skip = 5;
    append(out, line.ptr, skip);
    line = (pb_str){line.ptr + skip, line.len - skip};
    if (is_json(line))
        insert(out, line);
    else
        append(out, line.ptr, line.len);
}

GByteArray *pbay_unknown_insert(const GByteArray *body)
{
    GByteArray *out = g_byte_array_new();
    pb_str rest = {(const char *)body->data, body->len};

    if (is_json(rest)) {
        insert(out, rest);
        return out;
    }
    while (rest.len != 0) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        size_t n = end != NULL ? (size_t)(end - rest.ptr) : rest.len;

        insert_line(out, (pb_str){rest.ptr, n});
        if (end != NULL)
            append(out, "\n", 1);
        n += end != NULL ? 1 : 0;
        rest = (pb_str){rest.ptr + n, rest.len - n};
    }
    return out;
}

/* As text, as an object in a string has it. g_free. */
static char *strip_text(const char *text)
{
    GString *out = g_string_new(text);

    g_string_replace(out, MEMBER ",", "", 0);
    g_string_replace(out, MEMBER, "", 0);
    return g_string_free(out, FALSE);
}

static json_object *without(json_object *value)
{
    json_object *copy;

    if (json_object_is_type(value, json_type_object)) {
        copy = json_object_new_object();
        json_object_object_foreach(value, name, member)
        {
            if (strcmp(name, NAME) != 0)
                json_object_object_add(copy, name, without(member));
        }
        return copy;
    }
    if (json_object_is_type(value, json_type_array)) {
        copy = json_object_new_array();
        for (size_t i = 0; i < json_object_array_length(value); i++)
            json_object_array_add(copy, without(json_object_array_get_idx(value, i)));
        return copy;
    }
    if (json_object_is_type(value, json_type_string)) {
        g_autofree char *text = strip_text(json_object_get_string(value));

        return json_object_new_string(text);
    }
    return json_object_get(value);
}

static bool is_kind(json_object *event, const char *kind)
{
    json_object *value = json_object_object_get(event, "kind");

    return value != NULL && strcmp(json_object_get_string(value), kind) == 0;
}

static bool same_member(json_object *a, json_object *b, const char *name)
{
    return json_object_equal(json_object_object_get(a, name), json_object_object_get(b, name)) != 0;
}

/* Joins to the event before what an extra between them had kept apart; takes over the event. */
static bool join(json_object *events, json_object *event)
{
    static const char *const runs[] = {"text", "reasoning", "refusal", "tool_call", "custom_call"};
    size_t n = json_object_array_length(events);
    json_object *last = n != 0 ? json_object_array_get_idx(events, n - 1) : NULL;
    bool run = false;
    g_autofree char *text = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(runs); i++)
        run = run || is_kind(event, runs[i]);
    if (!run || last == NULL || json_object_object_get(event, "id") != NULL ||
        json_object_object_get(event, "name") != NULL || !same_member(last, event, "kind") ||
        !same_member(last, event, "choice") || !same_member(last, event, "index"))
        return false;
    text = g_strconcat(json_object_get_string(json_object_object_get(last, "text")),
                       json_object_get_string(json_object_object_get(event, "text")), NULL);
    json_object_object_add(last, "text", json_object_new_string(text));
    json_object_put(event);
    return true;
}

json_object *pbay_unknown_strip(json_object *events, json_object *expected)
{
    json_object *out = json_object_new_array();

    for (size_t i = 0; i < json_object_array_length(events); i++) {
        json_object *event = json_object_array_get_idx(events, i), *clean = without(event);
        json_object *want = json_object_array_get_idx(expected, json_object_array_length(out));
        bool touched = strstr(json_object_to_json_string(event), NAME) != NULL;

        if (is_kind(event, "extra") && touched && !pbay_compare_equal(want, clean, NULL))
            json_object_put(clean);
        else if (!join(out, clean))
            json_object_array_add(out, clean);
    }
    return out;
}
