/* SPDX-License-Identifier: Apache-2.0 */
/* Which of a provider's keys rest: one that was refused or is out of credit rests for the whole
 * provider, one over its rate for the target alone. A key is known by a digest of its value, so
 * that a rotated one is fresh and nothing here can leak. No lock of its own. */
#ifndef PBAY_ROUTING_KEYS_H
#define PBAY_ROUTING_KEYS_H

#include "base/error.h"
#include "snapshot/snapshot.h"

#define PBAY_KEY_REST_AUTH  300000 /* ms: refused                         */
#define PBAY_KEY_REST_QUOTA 600000 /* ms: out of credit                   */
#define PBAY_KEY_REST_RATE  10000  /* ms: over its rate, without a hint   */
#define PBAY_KEY_REST_MAX   600000 /* ms: hints are cut to it             */

typedef struct PbayKeys PbayKeys; /* of one provider */
PbayKeys *pbay_keys_new(void);
void pbay_keys_free(PbayKeys *keys); /* NULL is fine */

/* Rests remembered; beyond that the one that ends first is forgotten. */
#define PBAY_KEY_RESTS 1024u

/* How many keys the provider has; at least 1: all other secrets together, or none, count as one. */
size_t pbay_keys_count(const PbayProvider *provider);

/* The first that does not rest; false: all do, *key is the one that comes back first, *until when,
 * and *cls why it rests. */
bool pbay_keys_pick(PbayKeys *keys, const PbayProvider *provider, const char *target, int64_t now,
                    size_t *key, int64_t *until, int32_t *cls);
/* Does a failure make the key rest? If so it does from now on: over its rate as long as the hint
 * says, refused or out of credit as long as the class needs, or the hint where that is longer. A
 * key that rests already rests until the later of the two. */
bool pbay_keys_failed(PbayKeys *keys, const PbayProvider *provider, const char *target, size_t key,
                      const PbayFailure *failure, int64_t now);
/* It worked: it rests no more (for a target: only there). */
void pbay_keys_worked(PbayKeys *keys, const PbayProvider *provider, const char *target, size_t key);

/* [{"index","rests_ms","class","target"?}] of those that rest for this target (NULL: for any);
 * appended. */
void pbay_keys_write(PbayKeys *keys, const PbayProvider *provider, const char *target, int64_t now,
                     GString *out);

#endif
