/* SPDX-License-Identifier: Apache-2.0 */
/* Which links in a reply may be followed. Pure; any thread. */
#ifndef REPLICATE_ORIGIN_H
#define REPLICATE_ORIGIN_H

#include "lib/str.h"

/* Have two URLs the same scheme, host and port? */
bool replicate_same_origin(pb_str a, pb_str b);

/* Is url https and of the site that the host of base belongs to? api.replicate.com is of the site
 * replicate.com; a host of two labels, or an address, is a site of its own. */
bool replicate_same_site(pb_str base, pb_str url);

#endif
