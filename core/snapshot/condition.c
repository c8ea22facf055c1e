/* SPDX-License-Identifier: Apache-2.0 */
/* Judging a condition by the facts of one request. Pure; any thread. It knows nothing of how a
 * condition is written or of how facts are measured. */
#include "snapshot/condition_tree.h"

#include "base/text.h"
#include "config/types.h"

#include <string.h>

void pbay_facts_clear(PbayFacts *facts)
{
    g_clear_pointer(&facts->labels, g_hash_table_unref);
    g_clear_pointer(&facts->metadata, g_hash_table_unref);
    *facts = (PbayFacts){0};
}

static void part_free(gpointer part)
{
    pbay_condition_free(part);
}

PbayCondition *pbay_condition_node(PbayNodeKind kind)
{
    PbayCondition *node = g_new0(PbayCondition, 1);
    node->kind = kind;
    if (kind != PBAY_NODE_TERM)
        node->parts = g_ptr_array_new_with_free_func(part_free);
    return node;
}

void pbay_condition_free(PbayCondition *condition)
{
    if (condition == NULL)
        return;
    if (condition->parts != NULL)
        g_ptr_array_unref(condition->parts);
    g_free(condition->label);
    g_free(condition->text);
    g_free(condition);
}

const char *const pbay_condition_terms[] = {
    [PBAY_TERM_CHARS] = "chars", [PBAY_TERM_TOKENS] = "tokens", [PBAY_TERM_TURNS] = "turns",
    [PBAY_TERM_TOOLS] = "tools", [PBAY_TERM_IMAGES] = "images", [PBAY_TERM_SCHEMA] = "schema",
    [PBAY_TERM_HOUR] = "hour",   [PBAY_TERM_LABEL] = NULL,
};

const char *pbay_condition_doubt(const PbayCondition *condition, const char **meant)
{
    const char *word = NULL;
    if (condition->kind == PBAY_NODE_TERM) {
        bool label = condition->term == PBAY_TERM_LABEL && !condition->quoted;
        *meant = label ? pbay_text_nearest(condition->label, pbay_condition_terms) : NULL;
        return *meant != NULL ? condition->label : NULL;
    }
    for (guint i = 0; i < condition->parts->len && word == NULL; i++)
        word = pbay_condition_doubt(condition->parts->pdata[i], meant);
    return word;
}

static int64_t measure(PbayTerm term, const PbayFacts *facts)
{
    switch (term) {
    case PBAY_TERM_CHARS:
        return facts->chars;
    case PBAY_TERM_TOKENS:
        return facts->tokens;
    case PBAY_TERM_TURNS:
        return facts->turns;
    case PBAY_TERM_TOOLS:
        return facts->tools;
    case PBAY_TERM_IMAGES:
        return facts->images;
    case PBAY_TERM_SCHEMA:
        return facts->schema ? 1 : 0;
    default:
        return facts->hour;
    }
}

static bool compare(PbayOp op, int64_t left, int64_t right)
{
    switch (op) {
    case PBAY_OP_LESS:
        return left < right;
    case PBAY_OP_LESS_EQUAL:
        return left <= right;
    case PBAY_OP_MORE:
        return left > right;
    case PBAY_OP_MORE_EQUAL:
        return left >= right;
    case PBAY_OP_EQUAL:
        return left == right;
    case PBAY_OP_NOT_EQUAL:
        return left != right;
    default:
        return left > 0;
    }
}

static const char *look_up(GHashTable *labels, const char *name)
{
    return labels != NULL ? g_hash_table_lookup(labels, name) : NULL;
}

static bool label_holds(const PbayCondition *node, const PbayFacts *facts)
{
    const char *value = look_up(facts->labels, node->label);
    value = value != NULL ? value : look_up(facts->metadata, node->label);
    int64_t number = 0;
    if (value == NULL)
        return node->op == PBAY_OP_NOT_EQUAL;
    if (node->op == PBAY_OP_NONE)
        return value[0] != '\0' && strcmp(value, "false") != 0;
    if (node->is_number && pbay_config_parse_int(value, &number))
        return compare(node->op, number, node->number);
    if (node->op == PBAY_OP_EQUAL)
        return strcmp(value, node->text) == 0;
    return node->op == PBAY_OP_NOT_EQUAL && strcmp(value, node->text) != 0;
}

bool pbay_condition_holds(const PbayCondition *condition, const PbayFacts *facts)
{
    if (condition->kind == PBAY_NODE_TERM)
        return condition->term == PBAY_TERM_LABEL
                   ? label_holds(condition, facts)
                   : compare(condition->op, measure(condition->term, facts), condition->number);
    if (condition->kind == PBAY_NODE_NOT)
        return !pbay_condition_holds(condition->parts->pdata[0], facts);
    bool wanted = condition->kind == PBAY_NODE_OR;
    for (guint i = 0; i < condition->parts->len; i++)
        if (pbay_condition_holds(condition->parts->pdata[i], facts) == wanted)
            return wanted;
    return !wanted;
}
