/* SPDX-License-Identifier: Apache-2.0 */
/* Where drivers may lie and whose they must be: the standard folders, and the owner and mode
 * checks of folders, links and files. Private to this room. [main]. */
#ifndef PBAY_DRIVERS_PLACE_H
#define PBAY_DRIVERS_PLACE_H

#include "drivers/drivers.h"

#include <glib.h>
#include <stdbool.h>

/* $PATCHBAY_DRIVER_PATH (colon list), else the built-in folder,
 * /usr/local/lib/patchbay/drivers-1 and $XDG_DATA_HOME/patchbay/drivers-1. Caller frees with
 * g_strfreev. */
char **pbay_driver_folders(void);

/* Checks owner and mode of a folder. False: the row is refused with the chown or chmod that
 * helps. */
bool pbay_driver_check_folder(PbayDriver *row, const char *folder);

/* Follows row->path to its file; each link and, with folders set, each folder on the way must
 * pass. Opens the file, checks it through the descriptor, and fills fd (above 2, O_CLOEXEC),
 * dev, ino, size, mtime_ns. False: the row is refused and fd is -1. */
bool pbay_driver_open_file(PbayDriver *row, bool folders);

#endif
