/* SPDX-License-Identifier: Apache-2.0 */
/* Providers that somebody has put away by masking their snippet. Private to this room. [main]. */
#ifndef PBAY_SNAPSHOT_MASKED_H
#define PBAY_SNAPSHOT_MASKED_H

#include "config/config.h"

/* Provider name -> char * that says which file masks which; only names that no other file
 * configures. g_hash_table_unref. */
GHashTable *pbay_masked_providers(const PbayConfig *config);

#endif
