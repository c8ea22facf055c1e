/* SPDX-License-Identifier: MIT */
/* Server-sent events (WHATWG HTML, "Server-sent events"): bytes in, in any split, whole events
 * out. LF, CRLF and a lone CR end a line, comments and a BOM are skipped, several data lines
 * join with LF, an event that the end of the stream leaves without its blank line is dispatched
 * too. Bytes are never decoded, so a code point may be split between reads. One owner at a time. */
#ifndef PATCHBAY_LIB_SSE_H
#define PATCHBAY_LIB_SSE_H

#include "lib/buffer.h"

/* One event, its line and all its data, is refused beyond this. */
#define PBS_SSE_MAX ((size_t)16 * 1024 * 1024)

/* What push and end give: 0, or the first result of the callback that was not 0, or ... */
#define PBS_SSE_TOO_LONG (-1000) /* an event is longer than the bound, or memory is out */

typedef struct pbs_sse_event {
    pb_str event, data, id; /* event and id are empty when the stream gave none */
} pbs_sse_event;

/* Not 0 stops: the rest of the bytes is not looked at. */
typedef int (*pbs_sse_fn)(void *user, const pbs_sse_event *event);

typedef struct pbs_sse {
    pbs_buf line, data, event, id;
    bool started;  /* the first line is behind us: no BOM any more    */
    bool skip_lf;  /* the last byte was a CR: an LF belongs to it     */
    bool has_data; /* the event has a data line, perhaps an empty one */
} pbs_sse;

void pbs_sse_init(pbs_sse *sse, size_t max);
int pbs_sse_push(pbs_sse *sse, pb_str bytes, pbs_sse_fn fn, void *user);
int pbs_sse_end(pbs_sse *sse, pbs_sse_fn fn, void *user);
void pbs_sse_free(pbs_sse *sse);

#endif
