/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of a condition, as the parser makes it and the judge reads it. Private to these two. */
#ifndef PBAY_SNAPSHOT_CONDITION_TREE_H
#define PBAY_SNAPSHOT_CONDITION_TREE_H

#include "snapshot/condition.h"

typedef enum PbayTerm {
    PBAY_TERM_CHARS,
    PBAY_TERM_TOKENS,
    PBAY_TERM_TURNS,
    PBAY_TERM_TOOLS,
    PBAY_TERM_IMAGES,
    PBAY_TERM_SCHEMA,
    PBAY_TERM_HOUR,
    PBAY_TERM_LABEL
} PbayTerm;

typedef enum PbayOp {
    PBAY_OP_NONE, /* the term alone */
    PBAY_OP_LESS,
    PBAY_OP_LESS_EQUAL,
    PBAY_OP_MORE,
    PBAY_OP_MORE_EQUAL,
    PBAY_OP_EQUAL,
    PBAY_OP_NOT_EQUAL
} PbayOp;

typedef enum PbayNodeKind {
    PBAY_NODE_OR,
    PBAY_NODE_AND,
    PBAY_NODE_NOT,
    PBAY_NODE_TERM
} PbayNodeKind;

struct PbayCondition {
    PbayNodeKind kind;
    GPtrArray *parts; /* PbayCondition *: of OR, AND, and the one of NOT; else NULL */
    PbayTerm term;
    PbayOp op;
    char *label;    /* the term as written */
    bool quoted;    /* a label for sure    */
    char *text;     /* the value, or NULL  */
    bool is_number; /* text is whole, and: */
    int64_t number;
};

PbayCondition *pbay_condition_node(PbayNodeKind kind);

/* Names of the terms by PbayTerm, without LABEL; NULL at the end. */
extern const char *const pbay_condition_terms[PBAY_TERM_LABEL + 1];

#endif
