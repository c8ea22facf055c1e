/* SPDX-License-Identifier: Apache-2.0 */
/* Decomposition and reassembly, the two halves of an ELIZA rule: cut the input at the places a
 * pattern names, and put the parts into an answer. The notation is that of script.h. Pure; any
 * thread. */
#ifndef ELIZA_PATTERN_H
#define ELIZA_PATTERN_H

#include "script.h"
#include "text.h"

#define ELIZA_PARTS 9 /* elements a pattern may have: a digit names one */

/* Where each element of the pattern matched: words [from, to) of the input. */
typedef struct ElizaParts {
    size_t from[ELIZA_PARTS], to[ELIZA_PARTS];
    size_t n;
} ElizaParts;

/* True when the pattern covers all n words; every 0 takes as few words as it can, from left to
 * right. Time grows with n times the length of the pattern. */
bool eliza_decompose(const ElizaScript *script, const char *pattern, const pb_str *words, size_t n,
                     ElizaParts *parts);

/* Adds the answer with parts in place of digits; an empty part leaves no double blank. */
void eliza_reassemble(pb_str answer, const pb_str *words, const ElizaParts *parts, ElizaText *out);

/* The keyword of that name, or NULL. */
const ElizaKeyword *eliza_script_find(const ElizaScript *script, pb_str word);

#endif
