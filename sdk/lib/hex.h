/* SPDX-License-Identifier: MIT */
/* Hexadecimal, lower case out, both cases in. The caller brings the memory. Pure; any thread. */
#ifndef PATCHBAY_LIB_HEX_H
#define PATCHBAY_LIB_HEX_H

#include <patchbay/driver.h>
#include <stdbool.h>

/* Writes 2 * bytes.len characters, no NUL. */
void pbs_hex_encode(pb_str bytes, char *out);

/* The value of one digit, or -1. */
int pbs_hex_digit(char c);

/* Writes text.len / 2 bytes; false: an odd length or another character. */
bool pbs_hex_decode(pb_str text, uint8_t *out);

#endif
