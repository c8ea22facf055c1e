/* SPDX-License-Identifier: MIT */
/* What every helper that talks to the core needs: the service table, the core and the exchange.
 * A driver keeps the first two in what init() returns and fills in the third in each op. */
#ifndef PATCHBAY_LIB_CTX_H
#define PATCHBAY_LIB_CTX_H

#include <patchbay/driver.h>

typedef struct pbs_ctx {
    const pb_core_api *api;
    pb_core *core;
    pb_xchg *x;
} pbs_ctx;

#endif
