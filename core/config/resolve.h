/* SPDX-License-Identifier: Apache-2.0 */
/* From the raw text of merged values to checked items. */
#ifndef PBAY_CONFIG_RESOLVE_H
#define PBAY_CONFIG_RESOLVE_H

#include "config/merge.h"

/* Splits, unescapes, expands and checks the value of one key; fills items, list, missing, expanded.
 * Every mistake is added to problems and leaves its item out; items is
 * never NULL. The thread that loads. */
void pbay_config_resolve(PbayConfigSection *section, PbayConfigEntry *entry, PbayEnv *env,
                         PbayProblems *problems);

#endif
