/* SPDX-License-Identifier: MIT */
/* The signature that most vendors want: `authorization: Bearer KEY`. */
#ifndef PATCHBAY_LIB_BEARER_H
#define PATCHBAY_LIB_BEARER_H

#include "lib/ctx.h"

#define PBS_BEARER_MAX 8192u /* bytes of a key */

/* Sets the header from the secret of that name and gives PB_SEND; without the secret there is no
 * header, since servers at home want none. PB_FAIL, after fail() with PB_ERR_CONFIG: the key is
 * longer than PBS_BEARER_MAX. The copy on the stack is wiped. In sign() only. */
pb_next pbs_bearer(const pbs_ctx *ctx, const char *secret);

/* The same for a key that is at hand: a token that was minted. `name` is for the message. */
pb_next pbs_bearer_key(const pbs_ctx *ctx, pb_str key, const char *name);

#endif
