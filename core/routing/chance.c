/* SPDX-License-Identifier: Apache-2.0 */
/* SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): a counter
 * and a mixer, so that neighbouring seeds have nothing in common. Pure; any thread with its own. */
#include "routing/chance.h"

uint64_t pbay_chance_next(PbayChance *chance)
{
    uint64_t z = chance->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t pbay_chance_below(PbayChance *chance, uint64_t n)
{
    /* What is left over above the last whole multiple of n would favour the small numbers. */
    uint64_t odd = -n % n;
    uint64_t draw = pbay_chance_next(chance);
    while (draw < odd)
        draw = pbay_chance_next(chance);
    return draw % n;
}
