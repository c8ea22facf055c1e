/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a condition as it is written in a rule: words, then a tree by recursive descent with a
 * bound on its depth. Pure; any thread. A text that cannot be read gets one sentence that says
 * what is wrong, and where. */
#include "snapshot/condition_tree.h"

#include "config/types.h"

#include <string.h>

#define DEPTH_MAX 32

typedef enum TokenKind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_QUOTED, /* a value of several words, or a label; never a keyword or a term */
    TOKEN_OP,
    TOKEN_OPEN,
    TOKEN_CLOSE
} TokenKind;

typedef struct Parser {
    const char *rest; /* behind the current word */
    TokenKind kind;
    char *text; /* of the current word: as written, without quotes */
    PbayOp op;
    int depth;
    char *why; /* the first mistake */
} Parser;

static PbayCondition *fail(Parser *p, const char *format, ...) G_GNUC_PRINTF(2, 3);

static PbayCondition *fail(Parser *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (p->why == NULL)
        p->why = g_strdup_vprintf(format, args);
    va_end(args);
    return NULL;
}

/* ---- words ----------------------------------------------------------------------------------- */

static const struct {
    const char *text;
    PbayOp op;
} OPS[] = {
    {"<=", PBAY_OP_LESS_EQUAL}, {">=", PBAY_OP_MORE_EQUAL}, {"==", PBAY_OP_EQUAL},
    {"!=", PBAY_OP_NOT_EQUAL},  {"<", PBAY_OP_LESS},        {">", PBAY_OP_MORE},
};

static void take(Parser *p, TokenKind kind, size_t skip, const char *text, size_t len)
{
    p->kind = kind;
    p->text = g_strndup(text, len);
    p->rest += skip;
}

static bool next_op(Parser *p)
{
    for (size_t i = 0; i < G_N_ELEMENTS(OPS); i++) {
        if (!g_str_has_prefix(p->rest, OPS[i].text))
            continue;
        p->op = OPS[i].op;
        take(p, TOKEN_OP, strlen(OPS[i].text), p->rest, strlen(OPS[i].text));
        return true;
    }
    return false;
}

static bool next_quoted(Parser *p)
{
    const char *end = strchr(p->rest + 1, '"');
    if (end == NULL) {
        fail(p, "the quote before %s is never closed", p->rest);
        return false;
    }
    size_t len = (size_t)(end - p->rest) - 1;
    take(p, TOKEN_QUOTED, len + 2, p->rest + 1, len);
    return true;
}

/* Steps to the next word. False: a mistake. */
static bool next(Parser *p)
{
    g_clear_pointer(&p->text, g_free);
    p->rest += strspn(p->rest, " \t");
    char first = p->rest[0];
    if (first == '\0') {
        p->kind = TOKEN_END;
        p->text = g_strdup("the end");
        return true;
    }
    if (first == '(' || first == ')') {
        take(p, first == '(' ? TOKEN_OPEN : TOKEN_CLOSE, 1, p->rest, 1);
        return true;
    }
    if (first == '"')
        return next_quoted(p);
    if (next_op(p))
        return true;
    if (first == '=' || first == '!') {
        fail(p,
             first == '=' ? "`=` compares nothing: write ==" : "`!` stands alone: write != or not");
        return false;
    }
    size_t len = strcspn(p->rest, " \t()\"<>=!");
    take(p, TOKEN_WORD, len, p->rest, len);
    return true;
}

static bool is_word(const Parser *p, const char *word)
{
    return p->kind == TOKEN_WORD && strcmp(p->text, word) == 0;
}

static bool is_keyword(const Parser *p)
{
    return is_word(p, "and") || is_word(p, "or") || is_word(p, "not");
}

/* What somebody who writes the word meant by it: "and", "or", "not", or NULL. */
static const char *keyword_of(const Parser *p)
{
    static const char *const MEANT[][2] = {{"and", "and"}, {"or", "or"}, {"not", "not"},
                                           {"&&", "and"},  {"&", "and"}, {"||", "or"},
                                           {"|", "or"},    {",", "and"}};
    for (size_t i = 0; p->kind == TOKEN_WORD && i < G_N_ELEMENTS(MEANT); i++)
        if (g_ascii_strcasecmp(p->text, MEANT[i][0]) == 0)
            return MEANT[i][1];
    return NULL;
}

/* Something stands where a part has ended and, but for `end`, nothing else may stand. */
static PbayCondition *fail_behind(Parser *p, const char *end)
{
    const char *meant = keyword_of(p);
    if (meant != NULL && strcmp(meant, "not") != 0)
        return fail(p, "`%s` is written `%s`", p->text, meant);
    return fail(p, "`%s` stands where %s should", p->text, end);
}

/* ---- terms ----------------------------------------------------------------------------------- */

static bool is_label_name(const char *text)
{
    return g_ascii_isalpha(text[0]) || text[0] == '_' || (text[0] & 0x80) != 0;
}

/* False: a mistake, told. */
static bool check_term(Parser *p)
{
    const char *meant = keyword_of(p), *tick = p->kind == TOKEN_END ? "" : "`";
    if (p->kind == TOKEN_QUOTED && p->text[0] != '\0')
        return true;
    if (meant != NULL && !is_keyword(p))
        fail(p, "`%s` is written `%s`", p->text, meant);
    else if (is_word(p, "true") || is_word(p, "false"))
        fail(p, "`%s` asks nothing of a request: where all others go says `default`", p->text);
    else if (p->kind != TOKEN_WORD || is_keyword(p) || !is_label_name(p->text))
        fail(p,
             "%s%s%s stands where a term should: chars, tokens, turns, tools, images, schema, "
             "hour or the name of a label",
             tick, p->text, tick);
    return p->why == NULL;
}

static bool read_term(Parser *p, PbayCondition *node)
{
    if (!check_term(p))
        return false;
    node->term = PBAY_TERM_LABEL;
    node->quoted = p->kind == TOKEN_QUOTED;
    for (PbayTerm term = 0; term < PBAY_TERM_LABEL && !node->quoted; term++)
        if (strcmp(pbay_condition_terms[term], p->text) == 0)
            node->term = term;
    node->label = g_strdup(p->text);
    return next(p);
}

/* 24 is an end: `hour < 24`. */
static bool is_hour(const PbayCondition *node)
{
    bool end = node->op == PBAY_OP_LESS || node->op == PBAY_OP_LESS_EQUAL;
    return node->number >= 0 && node->number <= (end ? 24 : 23);
}

/* Other quotes than ours would be part of the value, which then is never met. */
static bool begins_with_quote(const char *text)
{
    static const char *const QUOTES[] = {"'",      "`",      "\u2018", "\u2019",
                                         "\u201c", "\u201d", "\u201e", "\u00ab"};
    for (size_t i = 0; i < G_N_ELEMENTS(QUOTES); i++)
        if (g_str_has_prefix(text, QUOTES[i]))
            return true;
    return false;
}

/* What the operator and the term can be compared with. */
static bool check_value(Parser *p, const PbayCondition *node, const char *op)
{
    bool ordered = node->op != PBAY_OP_EQUAL && node->op != PBAY_OP_NOT_EQUAL;
    if (p->kind == TOKEN_WORD && begins_with_quote(node->text))
        fail(p, "%s begins with a quote of another kind: texts stand in \"double quotes\"",
             node->text);
    else if (node->term != PBAY_TERM_LABEL && !node->is_number)
        fail(p, "`%s` is a number and cannot be compared with `%s`: write a whole number",
             node->label, node->text);
    else if (ordered && !node->is_number)
        fail(p, "`%s` compares numbers, and `%s` is no whole number", op, node->text);
    else if (node->term == PBAY_TERM_HOUR && !is_hour(node))
        fail(p, "`hour` is 0 to 23, never %s", node->text);
    return p->why == NULL;
}

static bool read_value(Parser *p, PbayCondition *node)
{
    g_autofree char *op = g_strdup(p->text);
    node->op = p->op;
    if (!next(p))
        return false;
    if ((p->kind != TOKEN_WORD && p->kind != TOKEN_QUOTED) || is_keyword(p)) {
        fail(p, "no value stands behind `%s %s`", node->label, op);
        return false;
    }
    node->text = g_strdup(p->text);
    node->is_number = p->kind == TOKEN_WORD && pbay_config_parse_int(p->text, &node->number);
    return check_value(p, node, op) && next(p);
}

static PbayCondition *parse_term(Parser *p)
{
    PbayCondition *node = pbay_condition_node(PBAY_NODE_TERM);
    if (read_term(p, node) && (p->kind != TOKEN_OP || read_value(p, node)) && p->why == NULL)
        return node;
    pbay_condition_free(node);
    return NULL;
}

/* ---- the tree -------------------------------------------------------------------------------- */

static PbayCondition *parse_or(Parser *p);

static PbayCondition *parse_part(Parser *p);

static PbayCondition *parse_not(Parser *p)
{
    PbayCondition *inner = next(p) ? parse_part(p) : NULL;
    if (inner == NULL)
        return NULL;
    PbayCondition *node = pbay_condition_node(PBAY_NODE_NOT);
    g_ptr_array_add(node->parts, inner);
    return node;
}

static PbayCondition *parse_group(Parser *p)
{
    PbayCondition *inner = next(p) ? parse_or(p) : NULL;
    if (inner == NULL)
        return NULL;
    if (p->kind == TOKEN_CLOSE && next(p))
        return inner;
    pbay_condition_free(inner);
    if (p->kind == TOKEN_END)
        return fail(p, "a `(` is never closed");
    return fail_behind(p, "`)`, `and` or `or`");
}

static PbayCondition *parse_part(Parser *p)
{
    bool nests = p->kind == TOKEN_OPEN || is_word(p, "not");
    if (!nests)
        return parse_term(p);
    if (p->depth == DEPTH_MAX)
        return fail(p, "it nests deeper than %d", DEPTH_MAX);
    p->depth++;
    PbayCondition *node = p->kind == TOKEN_OPEN ? parse_group(p) : parse_not(p);
    p->depth--;
    return node;
}

/* Parts with one word between them; a single one stands for itself. */
static PbayCondition *parse_series(Parser *p, PbayNodeKind kind, const char *word,
                                   PbayCondition *(*part)(Parser *))
{
    PbayCondition *first = part(p);
    if (first == NULL || !is_word(p, word))
        return first;
    PbayCondition *node = pbay_condition_node(kind);
    g_ptr_array_add(node->parts, first);
    while (is_word(p, word)) {
        PbayCondition *more = next(p) ? part(p) : NULL;
        if (more == NULL) {
            pbay_condition_free(node);
            return NULL;
        }
        g_ptr_array_add(node->parts, more);
    }
    return node;
}

static PbayCondition *parse_and(Parser *p)
{
    return parse_series(p, PBAY_NODE_AND, "and", parse_part);
}

static PbayCondition *parse_or(Parser *p)
{
    return parse_series(p, PBAY_NODE_OR, "or", parse_and);
}

PbayCondition *pbay_condition_parse(const char *text, char **why)
{
    Parser p = {.rest = text};
    PbayCondition *node = next(&p) ? parse_or(&p) : NULL;
    if (node != NULL && p.kind != TOKEN_END) {
        fail_behind(&p, "`and`, `or` or the end");
        g_clear_pointer(&node, pbay_condition_free);
    }
    g_free(p.text);
    *why = p.why;
    return node;
}
