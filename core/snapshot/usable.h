/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a provider can serve a request at all, by what is configured: one judgement for the plan
 * and for the call. Reads a snapshot; any thread. */
#ifndef PBAY_SNAPSHOT_USABLE_H
#define PBAY_SNAPSHOT_USABLE_H

#include "base/error.h"
#include "snapshot/snapshot.h"

/* Ready and opened; or what is missing is its API key alone and the caller brings one: own_key. */
bool pbay_provider_usable(const PbayProvider *provider, bool own_key);

/* Only secrets are missing: with them it would be usable. */
bool pbay_provider_wants_key(const PbayProvider *provider);

/* NULL: it can serve requests of this kind (PB_KIND_*). Else why not: PB_ERR_CONFIG with its `why`,
 * or PB_ERR_UNSUPPORTED with what its driver offers. */
PbayFailure *pbay_provider_check_state(const PbayProvider *provider, bool own_key);
PbayFailure *pbay_provider_check_kind(const PbayProvider *provider, int32_t kind);

#endif
