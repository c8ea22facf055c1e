/* SPDX-License-Identifier: Apache-2.0 */
/* Turns events into JSON for recordings, member by member, leaving out what an event's kind does
 * not use. */
#include "answer/event_json.h"

#include "answer/float32.h"
#include "answer/tree.h"
#include "base/str.h"

#include <glib.h>
#include <math.h>

static const char *const event_names[] = {
    [PB_EV_TEXT] = "text",
    [PB_EV_REASONING] = "reasoning",
    [PB_EV_REFUSAL] = "refusal",
    [PB_EV_USAGE] = "usage",
    [PB_EV_TOOL_CALL] = "tool_call",
    [PB_EV_FINISH] = "finish",
    [PB_EV_META] = "meta",
    [PB_EV_EXTRA] = "extra",
    [PB_EV_VECTOR] = "vector",
    [PB_EV_MODEL] = "model",
    [PB_EV_JSON] = "json",
    [PB_EV_BYTES] = "bytes",
    [PB_EV_CUSTOM_CALL] = "custom_call",
};

static const char *const places[] = {
    [PB_AT_MESSAGE] = "message", [PB_AT_CHOICE] = "choice", [PB_AT_TOOL_CALL] = "tool_call",
    [PB_AT_USAGE] = "usage",     [PB_AT_TOP] = "top",
};

static void add_str(json_object *object, const char *name, pb_str s)
{
    json_object_object_add(object, name,
                           json_object_new_string_len(s.len != 0 ? s.ptr : "", (int)s.len));
}

static void add_str_if(json_object *object, const char *name, pb_str s)
{
    if (s.len != 0)
        add_str(object, name, s);
}

static void add_json(json_object *object, const char *name, pb_str text)
{
    json_object *tree = NULL;

    if (pbay_tree_parse(text, &tree, NULL))
        json_object_object_add(object, name, tree);
    else
        add_str(object, "bad_json", text);
}

static void add_usage(json_object *object, const pb_event *event)
{
    const struct {
        uint32_t bit;
        const char *name;
        int64_t value;
    } counters[] = {{PB_USAGE_IN, "in", event->tokens_in},
                    {PB_USAGE_OUT, "out", event->tokens_out},
                    {PB_USAGE_CACHED, "cached", event->tokens_cached},
                    {PB_USAGE_WRITE, "cache_write", event->tokens_cache_write},
                    {PB_USAGE_REASON, "reasoning", event->tokens_reasoning}};

    for (size_t i = 0; i < G_N_ELEMENTS(counters); i++)
        if ((event->known & counters[i].bit) != 0)
            json_object_object_add(object, counters[i].name,
                                   json_object_new_int64(counters[i].value));
}

static void add_vector(json_object *object, const pb_event *event)
{
    json_object *vector = json_object_new_array();

    for (size_t i = 0; i < event->vector_len; i++) {
        if (!isfinite(event->vector[i])) {
            json_object_array_add(vector, json_object_new_string("not finite"));
            continue;
        }
        g_autoptr(GString) text = g_string_new(NULL);

        /* The shortest decimal that is this float, which is what a vendor wrote. */
        pbay_float32_append(text, event->vector[i]);
        json_object_array_add(vector,
                              json_object_new_double_s(g_ascii_strtod(text->str, NULL), text->str));
    }
    json_object_object_add(object, "vector", vector);
}

static void add_details(json_object *object, const pb_event *event)
{
    g_autofree char *base64 = NULL;

    switch (event->kind) {
    case PB_EV_USAGE:
        add_usage(object, event);
        break;
    case PB_EV_VECTOR:
        add_vector(object, event);
        break;
    case PB_EV_EXTRA:
        json_object_object_add(object, "at",
                               json_object_new_string(event->at >= 0 && event->at <= PB_AT_TOP
                                                          ? places[event->at]
                                                          : "unknown"));
        add_str(object, "name", event->name);
        add_json(object, "json", event->text);
        break;
    case PB_EV_MODEL:
        add_str(object, "id", event->id);
        add_str_if(object, "name", event->name);
        if (event->text.len != 0)
            add_json(object, "json", event->text);
        break;
    case PB_EV_JSON:
        add_json(object, "json", event->text);
        break;
    case PB_EV_BYTES:
        base64 = g_base64_encode((const guchar *)event->text.ptr, event->text.len);
        add_str(object, "name", event->name);
        json_object_object_add(object, "base64", json_object_new_string(base64));
        break;
    default:
        add_str_if(object, "id", event->id);
        add_str_if(object, "name", event->name);
        add_str(object, "text", event->text);
    }
}

static bool is_call(int32_t kind)
{
    return kind == PB_EV_TOOL_CALL || kind == PB_EV_CUSTOM_CALL;
}

static bool is_run(int32_t kind)
{
    return kind == PB_EV_TEXT || kind == PB_EV_REASONING || kind == PB_EV_REFUSAL || is_call(kind);
}

static int64_t number(json_object *object, const char *name)
{
    return json_object_get_int64(json_object_object_get(object, name));
}

/* Joins the event to the one before; false when it is a new one. */
static bool join(json_object *array, const pb_event *event, const char *kind)
{
    size_t n = json_object_array_length(array);
    json_object *last = n != 0 ? json_object_array_get_idx(array, n - 1) : NULL;
    g_autoptr(GString) text = NULL;

    if (!is_run(event->kind) || last == NULL || event->id.len != 0 || event->name.len != 0)
        return false;
    if (g_strcmp0(json_object_get_string(json_object_object_get(last, "kind")), kind) != 0 ||
        number(last, "choice") != event->choice ||
        (is_call(event->kind) && number(last, "index") != event->index))
        return false;
    text = g_string_new_len(json_object_get_string(json_object_object_get(last, "text")),
                            json_object_get_string_len(json_object_object_get(last, "text")));
    pbay_str_append(text, event->text);
    json_object_object_add(last, "text", json_object_new_string_len(text->str, (int)text->len));
    return true;
}

void pbay_event_json_append(json_object *array, const pb_event *event)
{
    bool known = event->kind > 0 && (size_t)event->kind < G_N_ELEMENTS(event_names);
    const char *kind =
        known && event_names[event->kind] != NULL ? event_names[event->kind] : "unknown";
    json_object *object;

    if (join(array, event, kind))
        return;
    object = json_object_new_object();
    json_object_object_add(object, "kind", json_object_new_string(kind));
    if (event->choice != 0)
        json_object_object_add(object, "choice", json_object_new_int64(event->choice));
    if (is_call(event->kind) || event->kind == PB_EV_VECTOR ||
        (event->kind == PB_EV_EXTRA && event->index != 0))
        json_object_object_add(object, "index", json_object_new_int64(event->index));
    add_details(object, event);
    json_object_array_add(array, object);
}

const char *pbay_note_name(int32_t note)
{
    switch (note) {
    case PB_NOTE_DROPPED:
        return "dropped";
    case PB_NOTE_CLAMPED:
        return "clamped";
    case PB_NOTE_EMULATED:
        return "emulated";
    case PB_NOTE_UNMET:
        return "unmet";
    default:
        return "unknown";
    }
}
