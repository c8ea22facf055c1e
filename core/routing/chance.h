/* SPDX-License-Identifier: Apache-2.0 */
/* Chance from a seed: the same seed gives the same draws, so that a plan can be made again and a
 * simulation repeated. Not for secrets. Pure data, no lock. */
#ifndef PBAY_ROUTING_CHANCE_H
#define PBAY_ROUTING_CHANCE_H

#include <stdint.h>

typedef struct PbayChance {
    uint64_t state; /* begins as the seed; any is good */
} PbayChance;

uint64_t pbay_chance_next(PbayChance *chance);
/* 0 to n - 1, each as likely as the others; n > 0. */
uint64_t pbay_chance_below(PbayChance *chance, uint64_t n);

#endif
