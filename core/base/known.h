/* SPDX-License-Identifier: Apache-2.0 */
/* The process-wide set of byte strings that no text may show: the values of live secrets and what
 * base64 makes of them. Inside the room only: pbay_redact and PbaySecret stand on it. Any
 * thread. */
#ifndef PBAY_BASE_KNOWN_H
#define PBAY_BASE_KNOWN_H

#include <patchbay/driver.h>
#include <stdbool.h>
#include <stddef.h>

/* Shorter strings are not taken: they would blot out prose. */
#define PBAY_KNOWN_MIN ((size_t)6)

/* Adds strings, which stay where they are until removed: the set keeps no copies. One that is there
 * already is there twice. Shorter ones than PBAY_KNOWN_MIN are passed over. */
void pbay_known_add(const pb_str *strings, size_t n);

/* The value of a secret and its other forms, borrowed from it (secret.c). */
struct PbaySecret;
const pb_str *pbay_secret_forms(const struct PbaySecret *secret, size_t *n);

/* Takes out what was added with these very pointers. */
void pbay_known_remove(const pb_str *strings, size_t n);

/* True if the set is empty. */
bool pbay_known_none(void);

/* Calls found(data, i, len) for each place i where a known string stands in text, with the longest
 * one there, in rising order of i; places may overlap. Time: about linear in text.len. found must
 * not call back into this file. */
typedef void (*PbayKnownFn)(void *data, size_t i, size_t len);
void pbay_known_scan(pb_str text, PbayKnownFn found, void *data);

#endif
