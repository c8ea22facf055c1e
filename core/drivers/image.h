/* SPDX-License-Identifier: Apache-2.0 */
/* Images: checked files mapped into the process. Each is opened once and kept, with its
 * descriptor, for the life of the process. Private to this room. [main]. */
#ifndef PBAY_DRIVERS_IMAGE_H
#define PBAY_DRIVERS_IMAGE_H

#include "drivers/drivers.h"

#include <stdbool.h>

typedef const void *(*PbayDriverEntry)(const char *iface);

/* Maps the file behind row->fd, or finds the image it already is, and sets *entry to its own
 * patchbay_driver_get. row->fd is then the image's. False: the row is refused; its descriptor is
 * closed and -1 unless the file was mapped. */
bool pbay_driver_image_open(PbayDriver *row, PbayDriverEntry *entry);

#endif
