/* SPDX-License-Identifier: Apache-2.0 */
/* Names of models and providers as configuration needs them. Private to this room; any thread. */
#ifndef PBAY_SNAPSHOT_RESOLVE_H
#define PBAY_SNAPSHOT_RESOLVE_H

#include "snapshot/model.h"

/* The provider that is the first segment of name; NULL: there is none. *rest: what stands behind
 * the slash. */
PbayProvider *pbay_resolve_prefix(const PbaySnapshot *snapshot, const char *name,
                                  const char **rest);

/* True when a driver file that would serve this name ("openai/gpt-4" or "openai") is there and was
 * refused: the name is right, its provider cannot be had. */
bool pbay_resolve_is_refused(const PbaySnapshot *snapshot, const char *name);

/* The name with the nearest provider's as its first segment, or NULL. g_free. */
char *pbay_resolve_nearest_provider(const PbaySnapshot *snapshot, const char *name);

/* As pbay_snapshot_route; a name whose driver was refused gives a target without provider. */
bool pbay_resolve_route(const PbaySnapshot *snapshot, const char *name, PbayRoute *route,
                        GError **error);

#endif
