/* SPDX-License-Identifier: Apache-2.0 */
/* The only clock and the only randomness a driver gets: the system's, or, for a core whose
 * `test` is set, what a test scripts. Any thread; a script belongs to whoever set it. */
#ifndef PBAY_EXCHANGE_CLOCK_H
#define PBAY_EXCHANGE_CLOCK_H

#include <patchbay/driver.h>
#include <stddef.h>
#include <stdint.h>

/* Hung into pb_core.test before the first exchange; outlives the last. Each reading of the clock
 * gives now_ms and then adds step_ms; random bytes come from seed alone, the same for each
 * exchange order. */
typedef struct PbayTestClock {
    int64_t now_ms, step_ms;
    uint64_t seed;
} PbayTestClock;

/* Wall clock, ms since 1970. core may be NULL: the system's. */
int64_t pbay_clock_now_ms(pb_core *core);

/* n random bytes. Ends the program if the system has none: no key or id may be made of zeros. */
void pbay_clock_random(pb_core *core, void *buf, size_t n);

#endif
