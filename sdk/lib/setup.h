/* SPDX-License-Identifier: MIT */
/* What every driver does alike before an exchange: init(), and finding the core again in an op.
 * A driver whose init has nothing else to remember names pbs_init as its `init`, gets the
 * pbs_driver as `drv` in provider_open, and begins what it makes there with a pbs_provider. */
#ifndef PATCHBAY_LIB_SETUP_H
#define PATCHBAY_LIB_SETUP_H

#include "lib/ctx.h"

/* What init() keeps; read-only from then on. */
typedef struct pbs_driver {
    const pb_core_api *api;
    pb_core *core;
} pbs_driver;

/* The first member of what provider_open() makes. */
typedef struct pbs_provider {
    const pbs_driver *driver;
} pbs_provider;

/* The op `init`: *drv is a pbs_driver that stays as long as the process. -1: no memory. [main] */
int32_t pbs_init(const pb_core_api *api, pb_core *core, void **drv);

/* The context of an op; `prov` begins with a pbs_provider. Good until the op returns. */
static inline pbs_ctx pbs_op(const void *prov, pb_xchg *x)
{
    const pbs_provider *provider = prov;
    return (pbs_ctx){provider->driver->api, provider->driver->core, x};
}

/* A copy of s with a NUL behind it, "" for the empty one; free() it. NULL: no memory. */
char *pbs_dup(pb_str s);

/* The same of an option that is a text; "" where it is absent or something else. */
char *pbs_option_dup(const pbs_driver *driver, const pb_json *config, const char *name);

#endif
