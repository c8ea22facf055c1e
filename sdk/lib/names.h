/* SPDX-License-Identifier: MIT */
/* Names of tools and ids of calls for vendors that take only letters, digits, _ and -. Histories
 * come from anywhere; a name with other characters is rewritten, the same way wherever it occurs,
 * and found again when the model uses it. Pure but for the JSON that is read; in ops. */
#ifndef PATCHBAY_LIB_NAMES_H
#define PATCHBAY_LIB_NAMES_H

#include "lib/ctx.h"

#include <stdbool.h>

#define PBS_NAME_MAX 128u

/* `name` itself if it is clean and has at most `max` (16 to PBS_NAME_MAX) bytes, else a clean form
 * of it in `out`, with a hash so that two different names stay different. */
pb_str pbs_name_clean(pb_str name, size_t max, char out[PBS_NAME_MAX + 1]);

/* The client's name for the tool that the model calls `name`, by the request's `tools`; `name` if
 * it is none of them. *custom: it is a tool of type custom. */
pb_str pbs_name_find(const pbs_ctx *ctx, const pb_json *tools, size_t max, pb_str name,
                     bool *custom);

#endif
