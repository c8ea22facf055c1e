/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a provider as one JSON object, when they do not come from configuration files.
 * Private to this room. [main]. */
#ifndef PBAY_SNAPSHOT_OPTIONS_H
#define PBAY_SNAPSHOT_OPTIONS_H

#include "snapshot/provider.h"

/* Sets provider->options and base_url from given (a JSON object; a string member is read in the
 * notation of conf.d, any other as it stands), the manifest's defaults below it. values: as in a
 * draft; filled. False with error (PBAY_ERROR, PB_ERR_CONFIG). */
bool pbay_options_from_json(PbayProvider *provider, const PbayManifest *manifest,
                            const pb_json *given, GHashTable *values, GError **error);

#endif
