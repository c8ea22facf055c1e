/* SPDX-License-Identifier: Apache-2.0 */
/* Where secrets may flow is a list of origins; this is how one is written, and how {option} is
 * filled in. Private to this room, but for pbay_url_origin (snapshot.h). Pure; any thread. */
#ifndef PBAY_SNAPSHOT_ORIGIN_H
#define PBAY_SNAPSHOT_ORIGIN_H

#include <glib.h>
#include <patchbay/driver.h>

/* text with each {name} replaced by its value in `values` (char * -> char *). NULL when one has
 * no value, which *lacking then names (g_free; may be NULL). Caller frees. */
char *pbay_origin_fill(const char *text, GHashTable *values, char **lacking);

/* The origin of a URL whose host may have one label `*` that stands for any one label, with three
 * more at least and two behind it: "https://sts.*.example.com" of vendors that name a region
 * there. NULL: it has none. Caller frees. */
char *pbay_origin_pattern(pb_str url);

#endif
