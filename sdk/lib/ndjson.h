/* SPDX-License-Identifier: MIT */
/* Newline-delimited JSON: bytes in, in any split, one line out at a time, without its line end.
 * Blank lines are skipped, a last line without a line end counts. The text of a line is not
 * looked at. One owner at a time. */
#ifndef PATCHBAY_LIB_NDJSON_H
#define PATCHBAY_LIB_NDJSON_H

#include "lib/buffer.h"

/* What push and end give: 0, or the first result of the callback that was not 0, or ... */
#define PBS_NDJSON_TOO_LONG (-1000) /* a line is longer than the bound, or memory is out */

/* Not 0 stops: the rest of the bytes is not looked at. */
typedef int (*pbs_ndjson_fn)(void *user, pb_str line);

typedef struct pbs_ndjson {
    pbs_buf line;
} pbs_ndjson;

void pbs_ndjson_init(pbs_ndjson *ndjson, size_t max);
int pbs_ndjson_push(pbs_ndjson *ndjson, pb_str bytes, pbs_ndjson_fn fn, void *user);
int pbs_ndjson_end(pbs_ndjson *ndjson, pbs_ndjson_fn fn, void *user);
void pbs_ndjson_free(pbs_ndjson *ndjson);

#endif
