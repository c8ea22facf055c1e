/* SPDX-License-Identifier: Apache-2.0 */
/* What an ELIZA script is: keywords with ranks, substitutions, classes (DLIST), decomposition
 * rules and their reassembly rules, one MEMORY rule. A script is constant data, readable by any
 * thread; engine.c gives it its meaning. */
#ifndef ELIZA_SCRIPT_H
#define ELIZA_SCRIPT_H

#include <stddef.h>

/* A decomposition and, in turn, what is made of it.
 *   pattern: words separated by one space. 0 is any run of words, (*A B) one of these words, (/C) a
 *     word of class C, anything else itself.
 *   answers: NULL-terminated. A number stands for that part of the decomposition, counted from 1.
 *     "=WORD" goes on with the rules of WORD, "NEWKEY" with the next keyword found, and "PRE text
 *     =WORD" makes text the input first and goes on with the rules of WORD. */
typedef struct ElizaRule {
    const char *pattern;
    const char *const *answers;
} ElizaRule;

typedef struct ElizaKeyword {
    const char *word;
    const char *becomes;    /* put in its place in the input, or NULL                   */
    int rank;               /* the highest found decides                                */
    const char *classes;    /* words separated by one space, or NULL                    */
    const ElizaRule *rules; /* ends with pattern NULL, or NULL: a substitution, a class */
    const char *link;       /* the word whose rules apply when no rule of this one does */
} ElizaKeyword;

#define ELIZA_MEMORIES 4 /* ways to recall; the input's last word chooses */

typedef struct ElizaScript {
    const char *greeting;
    const ElizaKeyword *keywords;           /* ends with word NULL */
    const ElizaRule *none;                  /* when nothing was found and nothing is remembered */
    const char *memory_word;                /* what is said under this keyword is remembered ...  */
    const ElizaRule memory[ELIZA_MEMORIES]; /* ... in one of these ways              */
    const char *const *quit_words; /* NULL-terminated; an input of one of these alone ... */
    const char *farewell;          /* ... gets this                                     */
    const char *const unmatched[ELIZA_MEMORIES]; /* when a keyword's rules all fail        */
} ElizaScript;

extern const ElizaScript eliza_doctor;

#endif
