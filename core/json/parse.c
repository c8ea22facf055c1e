/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a JSON text once, from left to right and without recursion, refusing all that RFC 8259 does
 * not allow, and leaves one node a value. Nodes grow in scratch memory and are copied to the arena
 * at their exact size. One thread a document. */
#include "base/error.h"
#include "base/str.h"
#include "json/node.h"

#include <string.h>

const PbayJsonLimits pbay_json_limits_default = {.max_bytes = (size_t)64 << 20, .max_depth = 128};

#define NONE        UINT32_MAX
#define FIRST_NODES 128u

/* From here on, growing asks the arena's bound first. */
#define PROBE_NODES 4096u

typedef struct Parser {
    const char *text, *p, *end;
    pb_json *nodes; /* `first` or `grown` */
    pb_json *grown;
    uint32_t used, room;
    uint32_t open; /* innermost open container */
    uint32_t last; /* value completed last     */
    uint32_t key, key_len;
    uint8_t flags; /* of the next node */
    unsigned depth, max_depth;
    PbayArena *arena;
    PbayJsonFault fault;
    size_t decoded; /* bytes to reserve for strings with escapes */
    uint32_t large; /* containers to index                       */
    bool key_escapes;
    pb_json first[FIRST_NODES];
} Parser;

static bool refuse(Parser *p, const char *at, const char *what)
{
    p->fault.what = what;
    p->fault.at = at;
    return false;
}

/* True if the arena could hold n more bytes now. */
static bool arena_has_room(PbayArena *arena, size_t n)
{
    PbayArenaMark mark = pbay_arena_mark(arena);
    bool has = pbay_arena_alloc_raw(arena, n) != NULL;
    pbay_arena_rewind(arena, mark);
    return has;
}

static bool grow(Parser *p)
{
    uint32_t room = p->room * 2;
    if (room >= PROBE_NODES && !arena_has_room(p->arena, room * sizeof(pb_json)))
        return refuse(p, p->p, NULL);
    p->grown = g_realloc_n(p->grown, room, sizeof(pb_json));
    if (p->nodes == p->first)
        memcpy(p->grown, p->first, sizeof p->first);
    p->nodes = p->grown;
    p->room = room;
    return true;
}

/* A new node for the value that begins at `at`, or NULL when there is no room. */
static pb_json *add_node(Parser *p, const char *at, int32_t type)
{
    if (p->used == p->room && !grow(p))
        return NULL;
    pb_json *node = &p->nodes[p->used];
    *node = (pb_json){.start = (uint32_t)(at - p->text),
                      .key = p->key,
                      .key_len = p->key_len,
                      .span = 1,
                      .self = p->used,
                      .type = (uint8_t)type,
                      .flags = p->flags};
    p->used++;
    return node;
}

static void skip_space(Parser *p)
{
    while (p->p < p->end && (*p->p == ' ' || *p->p == '\n' || *p->p == '\r' || *p->p == '\t'))
        p->p++;
}

/* p->p stands behind the opening quote; moves it behind the closing one. */
static bool string_end(Parser *p, bool *escaped)
{
    const char *begin = p->p;
    const char *at = begin;
    bool high = false;
    *escaped = false;
    for (;;) {
        at = pbay_json_scan(at, p->end, &high);
        if (at == p->end)
            return refuse(p, at, "the text ends inside a string");
        if (*at == '"')
            break;
        if (*at != '\\')
            return refuse(p, at, "a control character in a string must be escaped");
        *escaped = true;
        at = pbay_json_escape_check(at, p->end, &p->fault);
        if (at == NULL)
            return false;
    }
    if (high) {
        const char *bad = pbay_json_utf8_check(begin, at);
        if (bad != at)
            return refuse(p, bad, "a string is not valid UTF-8");
    }
    p->p = at + 1;
    return true;
}

/* Reads a member's name and its colon. */
static bool read_key(Parser *p)
{
    skip_space(p);
    if (p->p == p->end || *p->p != '"')
        return refuse(p, p->p, "a member name in double quotes is expected");
    const char *begin = ++p->p;
    bool escaped;
    if (!string_end(p, &escaped))
        return false;
    p->key = (uint32_t)(begin - p->text);
    p->key_len = (uint32_t)(p->p - 1 - begin);
    p->flags = PBAY_NODE_MEMBER;
    if (escaped) {
        p->flags |= PBAY_NODE_KEY_ESCAPED;
        p->key_escapes = true;
        p->decoded += p->key_len;
    }
    skip_space(p);
    if (p->p == p->end || *p->p != ':')
        return refuse(p, p->p, "a colon is expected after the member name");
    p->p++;
    return true;
}

static bool complete(Parser *p, pb_json *node)
{
    node->len = (uint32_t)(p->p - p->text) - node->start;
    p->last = node->self;
    return true;
}

static bool read_string(Parser *p)
{
    pb_json *node = add_node(p, p->p++, PB_JSON_STRING);
    bool escaped;
    if (node == NULL || !string_end(p, &escaped))
        return false;
    complete(p, node);
    if (escaped) {
        node->flags |= PBAY_NODE_ESCAPED;
        p->decoded += node->len + sizeof(uint32_t);
    }
    return true;
}

static bool read_number(Parser *p)
{
    bool real;
    const char *end = pbay_json_number_end(p->p, p->end, &real, &p->fault);
    if (end == NULL)
        return false;
    pb_json *node = add_node(p, p->p, real ? PB_JSON_REAL : PB_JSON_INT);
    p->p = end;
    return node != NULL && complete(p, node);
}

static bool read_word(Parser *p, const char *word, size_t n, int32_t type)
{
    if ((size_t)(p->end - p->p) < n || memcmp(p->p, word, n) != 0)
        return refuse(p, p->p,
                      "a value is expected (true, false and null are the only bare words)");
    pb_json *node = add_node(p, p->p, type);
    p->p += n;
    return node != NULL && complete(p, node);
}

/* Opens a container; an empty one is complete at once. */
static bool open_container(Parser *p, int32_t type, bool *opened)
{
    if (p->depth == p->max_depth)
        return refuse(p, p->p, "the text is nested too deep");
    pb_json *node = add_node(p, p->p++, type);
    if (node == NULL)
        return false;
    skip_space(p);
    if (p->p < p->end && *p->p == (type == PB_JSON_OBJECT ? '}' : ']')) {
        p->p++;
        return complete(p, node);
    }
    node->span = p->open;
    p->open = node->self;
    p->depth++;
    *opened = true;
    return true;
}

static bool read_value(Parser *p, bool *opened)
{
    skip_space(p);
    *opened = false;
    switch (p->p < p->end ? *p->p : '\0') {
    case '"':
        return read_string(p);
    case '{':
        return open_container(p, PB_JSON_OBJECT, opened);
    case '[':
        return open_container(p, PB_JSON_ARRAY, opened);
    case 't':
        return read_word(p, "true", 4, PB_JSON_BOOL);
    case 'f':
        return read_word(p, "false", 5, PB_JSON_BOOL);
    case 'n':
        return read_word(p, "null", 4, PB_JSON_NULL);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return read_number(p);
    default:
        return refuse(p, p->p,
                      p->p == p->end ? "the text ends where a value is expected"
                                     : "a value is expected");
    }
}

static void close_container(Parser *p, pb_json *node)
{
    p->nodes[p->last].flags |= PBAY_NODE_LAST;
    p->open = node->span;
    p->depth--;
    node->span = p->used - node->self;
    if (node->count > PBAY_JSON_STEP) {
        node->flags |= PBAY_NODE_LARGE;
        p->large++;
    }
    complete(p, node);
}

/* After a value: closes what ends here, up to a comma or the end of the root. */
static bool read_after(Parser *p)
{
    while (p->open != NONE) {
        pb_json *node = &p->nodes[p->open];
        bool object = node->type == PB_JSON_OBJECT;
        node->count++;
        skip_space(p);
        char c = p->p < p->end ? *p->p : '\0';
        if (c != ',' && c != (object ? '}' : ']'))
            return refuse(p, p->p,
                          object ? "a comma or a closing brace is expected"
                                 : "a comma or a closing bracket is expected");
        p->p++;
        if (c == ',')
            return true;
        close_container(p, node);
    }
    return true;
}

static bool read_text(Parser *p)
{
    do {
        p->flags = 0;
        p->key = p->key_len = 0;
        if (p->open != NONE && p->nodes[p->open].type == PB_JSON_OBJECT && !read_key(p))
            return false;
        bool opened;
        if (!read_value(p, &opened) || (!opened && !read_after(p)))
            return false;
    } while (p->open != NONE);
    p->nodes[0].flags |= PBAY_NODE_LAST;
    skip_space(p);
    return p->p == p->end || refuse(p, p->p, "something follows the end of the JSON text");
}

/* The document at its exact size, indexed; NULL with the fault set. */
static PbayJsonDoc *finish(Parser *p, unsigned flags)
{
    size_t nodes = p->used * sizeof(pb_json);
    PbayJsonDoc *doc = pbay_arena_alloc_raw(p->arena, sizeof *doc + nodes);
    char *decoded =
        doc == NULL || p->decoded == 0 ? NULL : pbay_arena_alloc_raw(p->arena, p->decoded);
    PbayJsonLarge *large =
        doc == NULL || p->large == 0 ? NULL : pbay_arena_alloc(p->arena, p->large * sizeof *large);
    p->fault.what = NULL;
    if (doc == NULL || (decoded == NULL && p->decoded != 0) || (large == NULL && p->large != 0))
        return NULL;
    *doc = (PbayJsonDoc){.text = p->text,
                         .decoded = decoded,
                         .large = large,
                         .large_count = p->large,
                         .node_count = p->used,
                         .unique = (flags & PBAY_JSON_UNIQUE) != 0};
    memcpy(doc->nodes, p->nodes, nodes);
    bool shared = (flags & PBAY_JSON_SHARED) != 0 && p->decoded != 0;
    if (!p->key_escapes && !doc->unique && p->large == 0 && !shared)
        return doc;
    return pbay_json_index(p->arena, doc, shared, &p->fault) ? doc : NULL;
}

static void set_fault(GError **error, pb_str text, const PbayJsonFault *fault)
{
    if (fault->what == NULL) {
        g_set_error_literal(error, PBAY_ERROR, PB_ERR_INVALID,
                            "the JSON text needs more memory than is allowed for it; send less, or "
                            "raise the limit");
        return;
    }
    size_t line = 1, column = 1;
    for (const char *p = text.ptr; p < fault->at; p++) {
        column = *p == '\n' ? 1 : column + ((*p & 0xc0) != 0x80);
        line += *p == '\n';
    }
    g_set_error(error, PBAY_ERROR, PB_ERR_INVALID,
                "not valid JSON: %s, at byte %" G_GSIZE_FORMAT " (line %" G_GSIZE_FORMAT
                ", column %" G_GSIZE_FORMAT ")",
                fault->what, (size_t)(fault->at - text.ptr), line, column);
}

/* What can be said before reading. */
static bool admit(pb_str text, size_t max_bytes, GError **error)
{
    size_t bound = max_bytes == 0 ? PBAY_JSON_HARD_MAX : MIN(max_bytes, PBAY_JSON_HARD_MAX);
    if (text.len > bound) {
        g_set_error(error, PBAY_ERROR, PB_ERR_INVALID,
                    "the JSON text has %" G_GSIZE_FORMAT " bytes, more than the %" G_GSIZE_FORMAT
                    " that are allowed; send less, or raise the limit",
                    text.len, bound);
        return false;
    }
    if (pbay_str_has_prefix(text, PBAY_STR("\xef\xbb\xbf"))) {
        g_set_error_literal(
            error, PBAY_ERROR, PB_ERR_INVALID,
            "not valid JSON: the text begins with a byte order mark, at byte 0 (line 1, "
            "column 1); save it as UTF-8 without one");
        return false;
    }
    return true;
}

const pb_json *pbay_json_parse(PbayArena *arena, pb_str text, const PbayJsonLimits *limits,
                               unsigned flags, GError **error)
{
    if (limits == NULL)
        limits = &pbay_json_limits_default;
    if (text.len == 0)
        text.ptr = "";
    if (!admit(text, limits->max_bytes, error))
        return NULL;
    PbayArenaMark mark = pbay_arena_mark(arena);
    Parser parser;
    memset(&parser, 0, offsetof(Parser, first));
    parser.text = (flags & PBAY_JSON_COPY) != 0 ? pbay_arena_copy(arena, text).ptr : text.ptr;
    parser.p = parser.text;
    parser.end = parser.text != NULL ? parser.text + text.len : NULL;
    parser.nodes = parser.first;
    parser.room = FIRST_NODES;
    parser.open = NONE;
    parser.max_depth = limits->max_depth;
    parser.arena = arena;
    PbayJsonDoc *doc = NULL;
    if (parser.text != NULL && read_text(&parser))
        doc = finish(&parser, flags);
    if (doc == NULL) {
        set_fault(error, (pb_str){parser.text, text.len}, &parser.fault);
        pbay_arena_rewind(arena, mark);
    }
    g_free(parser.grown);
    return doc != NULL ? doc->nodes : NULL;
}
