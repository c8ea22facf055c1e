/* SPDX-License-Identifier: Apache-2.0 */
/* The differential case of the JSON room, shared by libFuzzer and by the ordinary test. One
 * thread. */
#ifndef PBAY_FUZZ_JSON_TARGET_H
#define PBAY_FUZZ_JSON_TARGET_H

#include <stdbool.h>
#include <stddef.h>

/* Reads text with the reader, json-c and jansson, compares what they say, and tries the accessors,
 * the writer and the patch on it; aborts with a message where something does not hold. True if the
 * text is valid. */
bool json_target_case(const char *text, size_t len);

#endif
