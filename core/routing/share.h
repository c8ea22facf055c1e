/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps a fleet and its state file alike: a thread of its own that sleeps until something changed,
 * merges at most once a second (at once for a breaker), and takes in what others wrote. */
#ifndef PBAY_ROUTING_SHARE_H
#define PBAY_ROUTING_SHARE_H

#include "routing/fleet.h"

typedef struct PbayShare PbayShare;

/* Reads the file into the fleet before it returns. A file that cannot be used is a warning in the
 * log; the fleet then shares nothing. Never NULL. */
PbayShare *pbay_share_new(PbayFleet *fleet, const char *path);
/* Writes what is left, joins. NULL is fine. */
void pbay_share_free(PbayShare *share);
/* Somebody is about to choose: what others wrote is taken in soon if the last look is older than a
 * second. Never blocks. [any] */
void pbay_share_touch(PbayShare *share);
const char *pbay_share_path(const PbayShare *share);

#endif
