/* SPDX-License-Identifier: Apache-2.0 */
/* What a fuzz target gives. Each target_*.c is linked with libfuzzer.c (libFuzzer leads it, with
 * clang) and with seeded.c (an ordinary test over its seeds and mutations of them, the same in
 * every run). One thread. */
#ifndef PBAY_FUZZ_TARGET_H
#define PBAY_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

/* Tries one input; aborts with a message where something does not hold. */
void target_case(const uint8_t *data, size_t len);

/* Hands out inputs to begin with, at least one. */
typedef void (*TargetSeedFn)(void *user, const void *data, size_t len);
void target_seeds(TargetSeedFn take, void *user);

/* How many mutations of each seed the ordinary test tries. */
extern const unsigned target_mutations;

#endif
