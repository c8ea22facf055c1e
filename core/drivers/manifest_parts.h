/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a manifest, each read from the root object into the manifest under construction.
 * Private to this room. Each gives false with error (PBAY_ERROR, PB_ERR_CONFIG) naming the
 * member. */
#ifndef PBAY_DRIVERS_MANIFEST_PARTS_H
#define PBAY_DRIVERS_MANIFEST_PARTS_H

#include "drivers/manifest.h"

#include <glib.h>
#include <stdbool.h>

/* What a person may set. */
bool pbay_manifest_read_options(PbayManifest *manifest, GError **error);
bool pbay_manifest_read_secrets(PbayManifest *manifest, GError **error);
bool pbay_manifest_read_require(PbayManifest *manifest, GError **error); /* after the two above */

/* What the driver knows of its vendor. */
bool pbay_manifest_read_batch(PbayManifest *manifest, GError **error);
bool pbay_manifest_read_models(PbayManifest *manifest, GError **error);
bool pbay_manifest_read_parameters(PbayManifest *manifest, GError **error);

/* What the driver proves by its recordings. */
bool pbay_manifest_read_offers(PbayManifest *manifest, GError **error);

#endif
