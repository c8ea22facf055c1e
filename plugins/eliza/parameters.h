/* SPDX-License-Identifier: Apache-2.0 */
/* What a request sets besides its words, and the notes on what ELIZA cannot honour. Engine
 * thread. */
#ifndef ELIZA_PARAMETERS_H
#define ELIZA_PARAMETERS_H

#include "eliza.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct ElizaParameters {
    uint64_t seed;
    uint32_t n;        /* answers to each prompt, 1 to 128        */
    int64_t max_words; /* of one answer; INT64_MAX when not given */
} ElizaParameters;

/* False after fail(): a value is of the wrong kind. Notes all that is dropped. */
bool eliza_parameters_read(const ElizaRun *run, ElizaParameters *parameters);

#endif
