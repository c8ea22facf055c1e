/* SPDX-License-Identifier: Apache-2.0 */
/* Which driver serves a name: the one the section asks for, else the one that claims the prefix,
 * else the one of that id. Private to this room. [main]. */
#ifndef PBAY_SNAPSHOT_CLAIMS_H
#define PBAY_SNAPSHOT_CLAIMS_H

#include "snapshot/snapshot.h"

/* Sets provider->driver and driver_id; without a driver the state is UNAVAILABLE or SHADOWED and
 * why says what helps. section: [provider NAME], or NULL. */
void pbay_claims_settle(const PbaySnapshot *snapshot, const PbaySection *section,
                        PbayProvider *provider);

/* [driver ID] with critical = yes and no loaded driver of that id: a problem each. */
void pbay_claims_check_critical(const PbaySnapshot *snapshot, PbayProblems *problems);

/* "reason (remedy)" of the refused file that would have been this driver; NULL: there is none.
 * g_free. */
char *pbay_claims_refusal(const PbaySnapshot *snapshot, const char *driver_id);

#endif
