/* SPDX-License-Identifier: MIT */
/* Tool calls in OpenAI's shape, whole or in fragments, turned into events with numbers of our
 * own: 0, 1, 2 in order of first appearance, whatever the vendor counts. Vendors leave the index
 * out, send 0 for all, repeat the name, send one list at once; all of it is told apart here. In
 * an op of the exchange. */
#ifndef PATCHBAY_LIB_TOOL_CALLS_H
#define PATCHBAY_LIB_TOOL_CALLS_H

#include "lib/ctx.h"

#include <stdbool.h>

#define PBS_CALL_ID_MAX 256u

typedef struct pbs_call {
    uint32_t choice, number;
    int32_t kind;  /* PB_EV_TOOL_CALL or PB_EV_CUSTOM_CALL        */
    int64_t index; /* the vendor's, -1 none                       */
    bool named;    /* its name was emitted                        */
    bool closed;   /* its arguments are one complete JSON object  */
    bool again;    /* its name came once more behind that         */
    bool in_string, escaped;
    uint32_t depth, id_len;
    char id[PBS_CALL_ID_MAX];
    pb_str name;
} pbs_call;

/* Zero it before use; the memory is the exchange's. */
typedef struct pbs_calls {
    pbs_call *items;
    size_t n, capacity;
} pbs_calls;

/* Takes one entry of `tool_calls`. whole: it is a complete call, not a fragment. False: it
 * cannot be used (arguments before any name, or no memory); nothing was emitted. */
bool pbs_calls_take(const pbs_ctx *ctx, pbs_calls *calls, uint32_t choice, const pb_json *entry,
                    bool whole);

/* Has this choice called a tool? */
bool pbs_calls_any(const pbs_calls *calls, uint32_t choice);

#endif
