/* SPDX-License-Identifier: Apache-2.0 */
/* A provider as the files of this room make it: allocated, filled, opened, closed. Private to
 * this room. [main]. */
#ifndef PBAY_SNAPSHOT_PROVIDER_H
#define PBAY_SNAPSHOT_PROVIDER_H

#include "snapshot/snapshot.h"

/* Other base URLs of one provider that stay open until its snapshot closes. */
#define PBAY_DERIVED_MAX 1024u

/* An empty provider with the built-in bounds; state READY. pbay_provider_unref. */
PbayProvider *pbay_provider_alloc(const char *name);

/* Sets the state and its sentence, which is taken over. */
void pbay_provider_set_state(PbayProvider *provider, PbayProviderState state, char *why);

/* Parses provider->options into its arena and calls provider_open. False with error (PBAY_ERROR,
 * PB_ERR_CONFIG): what the driver reported. */
bool pbay_provider_open(PbayProvider *provider, GError **error);

/* Adds an origin unless it is there. */
void pbay_provider_add_origin(PbayProvider *provider, const char *origin);

/* The values of a secret, made when there are none of that name. */
PbayProviderSecret *pbay_provider_add_secret(PbayProvider *provider, const char *name);

/* "ready" ... */
const char *pbay_provider_state_name(const PbayProvider *provider);

/* "openai/gpt-4o-mini" when the provider can be used and its manifest names a model, else NULL.
 * g_free. */
char *pbay_provider_default_model(const PbayProvider *provider);

/* True when somebody gave it a key: one that needs none is ready without anybody having wanted
 * it. */
bool pbay_provider_has_key(const PbayProvider *provider);

#endif
