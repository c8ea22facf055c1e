/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of one credential as one mint gave them: named values, secret or public, with the
 * moment the first of them expires. Plain data with one owner at a time; what is secret is wiped
 * when it is freed. */
#ifndef PBAY_EXCHANGE_CREDENTIAL_SET_H
#define PBAY_EXCHANGE_CREDENTIAL_SET_H

#include <glib.h>
#include <patchbay/driver.h>
#include <stdbool.h>
#include <stdint.h>

#define PBAY_CREDENTIAL_PARTS    64u               /* of one credential */
#define PBAY_CREDENTIAL_PART_MAX ((size_t)1 << 20) /* bytes of one part */

typedef struct PbayCredentialSet PbayCredentialSet;

PbayCredentialSet *pbay_credential_set_new(void);
void pbay_credential_set_free(PbayCredentialSet *set); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PbayCredentialSet, pbay_credential_set_free)

/* Adds or replaces a part. expires_ms: wall clock, 0 = never. False when it passes the bounds. */
bool pbay_credential_set_put(PbayCredentialSet *set, pb_str part, pb_str value, bool public,
                             int64_t expires_ms);
size_t pbay_credential_set_size(const PbayCredentialSet *set);
int64_t pbay_credential_set_expires(const PbayCredentialSet *set); /* the earliest; 0 = never */

/* The value, borrowed, or {NULL, 0}: missing, or secret while public_only. */
pb_str pbay_credential_set_get(const PbayCredentialSet *set, pb_str part, bool public_only);

#endif
