/* SPDX-License-Identifier: Apache-2.0 */
/* ELIZA itself: one conversation, which is a script and what the script remembers between lines
 * (whose turn each reassembly rule is, what was said under MY, the count that decides when it
 * comes back). One thread at a time. It knows nothing of Patchbay but pb_str. */
#ifndef ELIZA_ENGINE_H
#define ELIZA_ENGINE_H

#include "script.h"
#include "text.h"

#include <stdint.h>

typedef struct ElizaTalk ElizaTalk;

/* seed 0 begins every rule with its first reassembly, as the paper does; another one begins
 * elsewhere, the same for the same seed. NULL: out of memory. Free with eliza_talk_free. */
ElizaTalk *eliza_talk_new(const ElizaScript *script, uint64_t seed);
void eliza_talk_free(ElizaTalk *talk);

/* Hears one line and adds the answer to reply. False: out of memory. Time grows linearly with
 * the line. */
bool eliza_talk_hear(ElizaTalk *talk, pb_str line, ElizaText *reply);

/* The hash by which Weizenbaum's program chose among the ways to recall: the middle bits of the
 * square of the word's last six characters in the 7094's six-bit code. 0 <= result < 2^bits,
 * bits <= 6. */
unsigned eliza_hash(pb_str word, unsigned bits);

#endif
