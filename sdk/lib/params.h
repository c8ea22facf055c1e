/* SPDX-License-Identifier: MIT */
/* What becomes of the top-level members of a request, for a vendor whose request is another one:
 * each is written by the file that knows it, passed on as it stands, or left out and told.
 * Nothing goes silently, except null and a value that asks for what happens anyway. Pure but for
 * the calls named; in an op of the exchange. */
#ifndef PATCHBAY_LIB_PARAMS_H
#define PATCHBAY_LIB_PARAMS_H

#include "lib/ctx.h"

#include <stdbool.h>

/* A member that the vendor does not take. */
typedef struct pbs_param {
    const char *name;
    int32_t note;        /* PB_NOTE_DROPPED; PB_NOTE_UNMET where its loss changes what was asked */
    const char *neutral; /* JSON text that asks for what happens anyway, or NULL                 */
    const char *why;
} pbs_param;

typedef struct pbs_params {
    const char *const *handled, *const *passed; /* names; each list ends with NULL          */
    bool (*handles)(pb_str name);               /* more names that are handled, or NULL     */
    const pbs_param *refused;                   /* ends with a name that is NULL            */
} pbs_params;

/* Is value the one that `neutral` says, or the same number (1.0 for "1")? NULL: no. */
bool pbs_is_neutral(const pbs_ctx *ctx, const pb_json *value, const char *neutral);

/* note() for each member of body that is refused, or that no list names. */
void pbs_params_note(const pbs_ctx *ctx, const pbs_params *params, const pb_json *body);

/* Writes the members that are passed on into the object that is open, in the order of body. */
void pbs_params_write(const pbs_ctx *ctx, const pbs_params *params, const pb_json *body);

#endif
