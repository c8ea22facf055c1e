/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of sections as a whole, and of keys by name. */
#ifndef PBAY_CONFIG_CHECK_H
#define PBAY_CONFIG_CHECK_H

#include "config/merge.h"

/* False, with a problem added: the kind is unknown or the name does not fit it. */
bool pbay_config_check_section_name(const PbayConfigSection *section, PbayProblems *problems);

/* False, with a problem added: the section does not know the key, or a header cannot have that
 * name. */
bool pbay_config_check_key(const PbayConfigSection *section, const PbayConfigEntry *entry,
                           PbayProblems *problems);

/* What only shows when all keys are resolved. Where one of them has a mistake, nothing is said that
 * may follow from it. */
void pbay_config_check_whole(const PbayConfigSection *section, PbayProblems *problems);

#endif
