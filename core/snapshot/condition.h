/* SPDX-License-Identifier: Apache-2.0 */
/* The small language of rules (`rule.1 = chars < 100 and complexity == simple -> TARGET`): parsing
 * to a tree, and whether it holds for the facts of one request. Grammar, loosest first:
 *
 *     condition = conjunction { "or" conjunction }
 *     conjunction = part { "and" part }
 *     part = "not" part | "(" condition ")" | term [ op value ]
 *     op = "<" | "<=" | ">" | ">=" | "==" | "!="
 *     term = chars | tokens | turns | tools | images | schema | hour | a label's name
 *     value = a word, or text in double quotes
 *
 * A term alone means: more than zero, or for a label: it is there and neither empty nor "false".
 * Numbers are whole; a label is compared as text, or as numbers where both sides are whole numbers
 * (< and the like need that). A label that the request does not have makes every comparison false
 * but `!=`. A value of several words stands in double quotes, and so does
 * a label's name that looks like something else. Immutable; any thread. */
#ifndef PBAY_SNAPSHOT_CONDITION_H
#define PBAY_SNAPSHOT_CONDITION_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* What rules and estimates ask of one request. */
typedef struct PbayFacts {
    int64_t chars;        /* Unicode characters of all texts in messages, prompt or input       */
    int64_t tokens;       /* estimate of what is read: ceil(bytes / 4) + 4 a message + images    */
    int64_t output;       /* estimate of what is written: the max-tokens parameter, else `tokens`,
                           times the answers asked for; 0 of kinds that write no tokens        */
    int64_t max_output;   /* the max-tokens parameter; 0: none given                             */
    int64_t turns;        /* messages with role user                                             */
    int64_t tools;        /* how many are offered                                                */
    int64_t images;       /* image parts                                                         */
    int64_t made;         /* images asked for: of the kind image, else 0                         */
    bool schema;          /* response_format is json_schema                                      */
    int hour;             /* 0 to 23, local time                                                 */
    GHashTable *labels;   /* char * -> char *, or NULL: none                                     */
    GHashTable *metadata; /* texts of the request's metadata, asked where `labels` has none of the
                             name: for models with labels-from = metadata alone; or NULL       */
} PbayFacts;

void pbay_facts_clear(PbayFacts *facts);

typedef struct PbayCondition PbayCondition;

/* NULL with *why (g_free): what is wrong and where ("no value stands behind `chars <`"). */
PbayCondition *pbay_condition_parse(const char *text, char **why);
void pbay_condition_free(PbayCondition *condition); /* NULL is fine */
/* A word that is taken as a label and is nearly a term, with what was meant ("chars"), else NULL.
 * Borrowed. Names in quotes are meant. */
const char *pbay_condition_doubt(const PbayCondition *condition, const char **meant);
bool pbay_condition_holds(const PbayCondition *condition, const PbayFacts *facts);

#endif
