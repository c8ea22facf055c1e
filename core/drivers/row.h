/* SPDX-License-Identifier: Apache-2.0 */
/* One row of a scan: made, refused, freed. Private to this room. [main]. */
#ifndef PBAY_DRIVERS_ROW_H
#define PBAY_DRIVERS_ROW_H

#include "drivers/drivers.h"

#include <glib.h>
#include <stdbool.h>

/* A row for path, neither loaded nor refused yet: status REFUSED with reason NULL, which is
 * "judging". */
PbayDriver *pbay_driver_row_new(const char *path);

/* Takes the sentence why; remedy_format is printf-like. False always, so that a check can end
 * with it. */
bool pbay_driver_row_refuse(PbayDriver *row, char *reason, const char *remedy_format, ...)
    G_GNUC_PRINTF(3, 4);

/* A row that was never initialised goes; one whose init ran stays for the life of the process,
 * since the driver may keep what it was given. NULL is fine. */
void pbay_driver_row_release(PbayDriver *row);

/* The row of a driver whose id `winner` has: row itself, refused; or, when row runs already for
 * an earlier scan and so must not change, a refused copy of what it says. */
PbayDriver *pbay_driver_row_displace(PbayDriver *row, const PbayDriver *winner);

/* Keeps a refused row that was handed out on its own, outside any set. Returns row. */
PbayDriver *pbay_driver_row_keep(PbayDriver *row);

/* path as a shell takes it: quoted only where needed. Caller frees. */
char *pbay_driver_shell_path(const char *path);

#endif
