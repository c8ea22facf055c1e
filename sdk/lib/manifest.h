/* SPDX-License-Identifier: MIT */
/* The driver's manifest.json as text, put into the driver by patchbay_add_driver(): what
 * pb_driver.manifest points at. Constant, NUL-terminated, readable by any thread. */
#ifndef PATCHBAY_LIB_MANIFEST_H
#define PATCHBAY_LIB_MANIFEST_H

extern const char patchbay_manifest[];

#endif
