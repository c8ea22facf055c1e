/* SPDX-License-Identifier: Apache-2.0 */
/* Judging what a driver says of itself: negotiation, before any of its ops is called. Private to
 * this room. [main]. */
#ifndef PBAY_DRIVERS_TABLE_H
#define PBAY_DRIVERS_TABLE_H

#include "drivers/drivers.h"
#include "drivers/image.h"

#include <stdbool.h>

/* Asks entry for the tables, checks them, and copies into the row what it needs: the tables as
 * far as this core knows them (what a shorter one lacks is zero), id, prefixes, texts, manifest.
 * False: the row is refused; it keeps what was found out until then. */
bool pbay_driver_table_judge(PbayDriver *row, PbayDriverEntry entry);

#endif
