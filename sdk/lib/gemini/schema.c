/* SPDX-License-Identifier: MIT */
/* Owns the OpenAPI subset that older models take for schemas: references inlined, allOf
 * flattened, null as nullable, const as an enum of one, keywords outside the subset left out. The
 * work is bounded: a schema that refers to itself ends in an object without members. In ops. */
#include "lib/gemini/internal.h"

#include "lib/schema.h"

#define PARTS_MAX 32u
#define DEPTH_MAX 24
#define NODES_MAX 4000

/* Schemas that hold together: a schema, what it refers to, what its allOf lists. */
typedef struct Node {
    const pb_json *parts[PARTS_MAX];
    size_t n;
    bool nullable;
} Node;

typedef struct Writer {
    const pbs_ctx *ctx;
    const pb_json *root;
    int left; /* nodes that may still be written */
    bool lost;
} Writer;

static bool is_kept(pb_str keyword)
{
    static const char *const kept[] = {
        "type",      "format",  "description",     "nullable", "enum",    "items",   "properties",
        "required",  "anyOf",   "minItems",        "maxItems", "minimum", "maximum", "minLength",
        "maxLength", "pattern", "propertyOrdering"};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (pbs_is(keyword, kept[i]))
            return true;
    return false;
}

static bool is_format(pb_str format)
{
    static const char *const formats[] = {"enum", "date-time", "int32", "int64", "float", "double"};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (pbs_is(format, formats[i]))
            return true;
    return false;
}

static bool is_null(const pbs_ctx *ctx, const pb_json *schema)
{
    return pbs_is(pbs_get_str(ctx, schema, "type"), "null");
}

static bool all_texts(const pbs_ctx *ctx, const pb_json *list)
{
    const pb_json *value = NULL;
    for (size_t i = 0; (value = ctx->api->json_at(list, i, NULL)) != NULL; i++)
        if (!pbs_is_type(ctx, value, PB_JSON_STRING))
            return false;
    return ctx->api->json_len(list) > 0;
}

/* ---- Is it in the subset as it stands? ---- */

static bool is_plain(const pbs_ctx *ctx, const pb_json *schema, int depth);

static bool all_plain(const pbs_ctx *ctx, const pb_json *list, int depth)
{
    const pb_json *value = NULL;
    for (size_t i = 0; (value = ctx->api->json_at(list, i, NULL)) != NULL; i++)
        if (!is_plain(ctx, value, depth))
            return false;
    return true;
}

static bool is_plain_member(const pbs_ctx *ctx, pb_str key, const pb_json *value, int depth)
{
    if (!is_kept(key))
        return false;
    if (pbs_is(key, "type"))
        return pbs_is_type(ctx, value, PB_JSON_STRING) &&
               !pbs_is(ctx->api->json_str(value), "null");
    if (pbs_is(key, "format"))
        return is_format(ctx->api->json_str(value));
    if (pbs_is(key, "enum"))
        return all_texts(ctx, value);
    if (pbs_is(key, "items"))
        return is_plain(ctx, value, depth - 1);
    if (pbs_is(key, "properties"))
        return ctx->api->json_len(value) > 0 && all_plain(ctx, value, depth - 1);
    return !pbs_is(key, "anyOf") || all_plain(ctx, value, depth - 1);
}

static bool is_plain(const pbs_ctx *ctx, const pb_json *schema, int depth)
{
    const pb_json *value = NULL;
    pb_str key, type = pbs_get_str(ctx, schema, "type");
    bool typed = type.len > 0 || pbs_has(ctx, schema, "anyOf");
    bool whole = (!pbs_is(type, "array") || pbs_has(ctx, schema, "items")) &&
                 (!pbs_is(type, "object") || pbs_has(ctx, schema, "properties"));
    if (depth == 0 || !typed || !whole)
        return false;
    for (size_t i = 0; (value = ctx->api->json_at(schema, i, &key)) != NULL; i++)
        if (!is_plain_member(ctx, key, value, depth))
            return false;
    return true;
}

bool pbs_gemini_schema_is_plain(const pbs_ctx *ctx, const pb_json *schema)
{
    return is_plain(ctx, schema, DEPTH_MAX);
}

/* ---- What belongs to a node ---- */

static void gather(Writer *w, Node *node, const pb_json *schema, int depth)
{
    const pbs_ctx *ctx = w->ctx;
    const pb_json *all = pbs_get(ctx, schema, "allOf");
    pb_str ref = pbs_get_str(ctx, schema, "$ref");
    if (node->n == PARTS_MAX || depth == 0) {
        w->lost = true;
        return;
    }
    node->parts[node->n++] = schema;
    if (ref.len > 0) {
        const pb_json *target = pbs_schema_ref(ctx, w->root, ref);
        w->lost = w->lost || target == NULL;
        if (target != NULL)
            gather(w, node, target, depth - 1);
    }
    for (size_t i = 0; i < ctx->api->json_len(all); i++)
        gather(w, node, ctx->api->json_at(all, i, NULL), depth - 1);
}

/* The first of that name among the parts. */
static const pb_json *member(const Writer *w, const Node *node, const char *name)
{
    for (size_t i = 0; i < node->n; i++) {
        const pb_json *value = pbs_get(w->ctx, node->parts[i], name);
        if (value != NULL)
            return value;
    }
    return NULL;
}

static const pb_json *choices_of(const Writer *w, const Node *node)
{
    const pb_json *any = member(w, node, "anyOf");
    return any != NULL ? any : member(w, node, "oneOf");
}

/* [X, {"type":"null"}] is X, or nothing. */
static void settle_null(Writer *w, Node *node)
{
    const pb_json *choices = choices_of(w, node), *only = NULL, *choice = NULL;
    size_t others = 0;
    node->nullable = w->ctx->api->json_bool(member(w, node, "nullable"), 0) != 0;
    for (size_t i = 0; (choice = w->ctx->api->json_at(choices, i, NULL)) != NULL; i++) {
        if (is_null(w->ctx, choice)) {
            node->nullable = true;
        } else {
            only = choice;
            others++;
        }
    }
    if (others == 1)
        gather(w, node, only, DEPTH_MAX);
}

/* ---- Writing ---- */

static void write_node(Writer *w, const pb_json *schema, int depth);

static void write_empty(Writer *w)
{
    w->lost = true;
    pbs_w_object(w->ctx, NULL);
    pbs_w_str(w->ctx, "type", PBS_STR("object"));
    pbs_w_end(w->ctx);
}

/* Was a property of that name written from an earlier part? */
static bool is_earlier(const Writer *w, const Node *node, size_t part, pb_str name)
{
    for (size_t i = 0; i < part; i++)
        if (w->ctx->api->json_get(pbs_get(w->ctx, node->parts[i], "properties"), name) != NULL)
            return true;
    return false;
}

static void write_properties(Writer *w, const Node *node, int depth)
{
    const pbs_ctx *ctx = w->ctx;
    const pb_json *value = NULL;
    pb_str key;
    size_t n = 0;
    for (size_t p = 0; p < node->n; p++)
        n += ctx->api->json_len(pbs_get(ctx, node->parts[p], "properties"));
    if (n == 0)
        return;
    pbs_w_object(ctx, "properties");
    for (size_t p = 0; p < node->n; p++) {
        const pb_json *properties = pbs_get(ctx, node->parts[p], "properties");
        for (size_t i = 0; (value = ctx->api->json_at(properties, i, &key)) != NULL; i++) {
            if (is_earlier(w, node, p, key))
                continue;
            ctx->api->w_key(ctx->x, key);
            write_node(w, value, depth - 1);
        }
    }
    pbs_w_end(ctx);
}

static void write_required(const Writer *w, const Node *node)
{
    const pbs_ctx *ctx = w->ctx;
    bool open = false;
    for (size_t p = 0; p < node->n; p++) {
        const pb_json *list = pbs_get(ctx, node->parts[p], "required");
        for (size_t i = 0; i < ctx->api->json_len(list); i++) {
            if (!open)
                pbs_w_array(ctx, "required");
            open = true;
            ctx->api->w_value(ctx->x, ctx->api->json_at(list, i, NULL));
        }
    }
    if (open)
        pbs_w_end(ctx);
}

static void write_enum(Writer *w, const Node *node, pb_str type)
{
    const pb_json *list = member(w, node, "enum"), *one = member(w, node, "const");
    bool text = type.len == 0 || pbs_is(type, "string");
    if (list == NULL && one == NULL)
        return;
    if (list != NULL ? !text || !all_texts(w->ctx, list)
                     : !text || !pbs_is_type(w->ctx, one, PB_JSON_STRING)) {
        w->lost = true; /* only texts can be listed */
        return;
    }
    if (list != NULL) {
        pbs_w_value(w->ctx, "enum", list);
        return;
    }
    pbs_w_array(w->ctx, "enum");
    w->ctx->api->w_value(w->ctx->x, one);
    pbs_w_end(w->ctx);
}

static void write_choices(Writer *w, const pb_json *choices, int depth)
{
    const pb_json *choice = NULL;
    pbs_w_array(w->ctx, "anyOf");
    for (size_t i = 0; (choice = w->ctx->api->json_at(choices, i, NULL)) != NULL; i++)
        if (!is_null(w->ctx, choice))
            write_node(w, choice, depth - 1);
    pbs_w_end(w->ctx);
}

static void write_types(Writer *w, const pb_json *types)
{
    const pb_json *type = NULL;
    pbs_w_array(w->ctx, "anyOf");
    for (size_t i = 0; (type = w->ctx->api->json_at(types, i, NULL)) != NULL; i++) {
        if (pbs_is(w->ctx->api->json_str(type), "null"))
            continue;
        pbs_w_object(w->ctx, NULL);
        pbs_w_value(w->ctx, "type", type);
        pbs_w_end(w->ctx);
    }
    pbs_w_end(w->ctx);
}

/* The one type that is meant; empty where there are several. */
static pb_str type_of(Writer *w, Node *node)
{
    const pb_json *type = member(w, node, "type"), *value = NULL;
    pb_str only = w->ctx->api->json_str(type), one = {NULL, 0};
    size_t others = 0;
    for (size_t i = 0; (value = w->ctx->api->json_at(type, i, NULL)) != NULL; i++) {
        one = pbs_is(w->ctx->api->json_str(value), "null") ? one : w->ctx->api->json_str(value);
        node->nullable = node->nullable || pbs_is(w->ctx->api->json_str(value), "null");
        others += !pbs_is(w->ctx->api->json_str(value), "null");
    }
    if (only.len == 0 && others == 1)
        only = one;
    if (only.len == 0 && others == 0 && member(w, node, "properties") != NULL)
        only = PBS_STR("object");
    if (only.len == 0 && others == 0 && member(w, node, "items") != NULL)
        only = PBS_STR("array");
    if (only.len == 0 && others == 0 &&
        (member(w, node, "enum") != NULL || member(w, node, "const") != NULL))
        only = PBS_STR("string");
    return only;
}

static void write_rest(Writer *w, const Node *node)
{
    static const char *const copied[] = {"description", "minItems", "maxItems",
                                         "minimum",     "maximum",  "minLength",
                                         "maxLength",   "pattern",  "propertyOrdering"};
    const pb_json *format = member(w, node, "format");
    for (size_t i = 0; i < sizeof copied / sizeof copied[0]; i++)
        if (member(w, node, copied[i]) != NULL)
            pbs_w_value(w->ctx, copied[i], member(w, node, copied[i]));
    if (is_format(w->ctx->api->json_str(format)))
        pbs_w_value(w->ctx, "format", format);
    if (node->nullable)
        pbs_w_bool(w->ctx, "nullable", true);
}

static void note_lost(Writer *w, const Node *node)
{
    static const char *const handled[] = {"$ref",  "$defs",   "definitions", "allOf", "oneOf",
                                          "const", "$schema", "$id",         "title", "strict"};
    pb_str key;
    for (size_t p = 0; p < node->n; p++)
        for (size_t i = 0; w->ctx->api->json_at(node->parts[p], i, &key) != NULL; i++) {
            bool known = is_kept(key);
            for (size_t k = 0; k < sizeof handled / sizeof handled[0]; k++)
                known = known || pbs_is(key, handled[k]);
            w->lost = w->lost || !known;
        }
}

static void write_items(Writer *w, const Node *node, int depth)
{
    const pb_json *items = member(w, node, "items");
    pbs_w_key(w->ctx, "items");
    if (pbs_is_type(w->ctx, items, PB_JSON_OBJECT)) {
        write_node(w, items, depth - 1);
        return;
    }
    pbs_w_object(w->ctx, NULL); /* the vendor wants them said */
    pbs_w_str(w->ctx, "type", PBS_STR("string"));
    pbs_w_end(w->ctx);
}

static void write_node(Writer *w, const pb_json *schema, int depth)
{
    Node node = {.n = 0};
    if (depth == 0 || w->left-- <= 0) {
        write_empty(w);
        return;
    }
    gather(w, &node, schema, DEPTH_MAX);
    const pb_json *choices = choices_of(w, &node);
    settle_null(w, &node);
    note_lost(w, &node);
    size_t n_choices = w->ctx->api->json_len(choices);
    pb_str type = type_of(w, &node);
    if (type.len > 0 && n_choices > 1 + (size_t)node.nullable)
        w->lost = true; /* a type and a choice: the type alone is said */
    pbs_w_object(w->ctx, NULL);
    if (type.len > 0)
        pbs_w_str(w->ctx, "type", type);
    else if (n_choices > 0)
        write_choices(w, choices, depth);
    else if (w->ctx->api->json_len(member(w, &node, "type")) > 0)
        write_types(w, member(w, &node, "type"));
    else
        pbs_w_str(w->ctx, "type", PBS_STR("object"));
    write_enum(w, &node, type);
    write_properties(w, &node, depth);
    if (pbs_is(type, "array"))
        write_items(w, &node, depth);
    write_required(w, &node);
    write_rest(w, &node);
    pbs_w_end(w->ctx);
}

bool pbs_gemini_write_schema(const pbs_ctx *ctx, const pb_json *schema)
{
    Writer writer = {.ctx = ctx, .root = schema, .left = NODES_MAX};
    write_node(&writer, schema, DEPTH_MAX);
    return !writer.lost;
}
