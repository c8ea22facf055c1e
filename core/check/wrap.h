/* SPDX-License-Identifier: Apache-2.0 */
/* Stands between the core and the ops of one driver: counts them, tells before and after each,
 * runs each on a thread of its own if asked. One driver at a time in a process; install and
 * remove while none of its ops runs. */
#ifndef PBAY_CHECK_WRAP_H
#define PBAY_CHECK_WRAP_H

#include "drivers/drivers.h"

typedef struct PbayWrap {
    bool threads; /* each op of an exchange runs on a fresh thread, and is waited for */
    /* Around each op of an exchange, on the thread that calls it; or NULL. */
    void (*before)(void *user, pb_xchg *x);
    void (*after)(void *user, pb_xchg *x);
    void *user;
    /* Calls so far. begins: exchanges begun; strays: ends of one that was not, or was over. */
    unsigned opens, closes, begins, ends, strays, cancels;
    bool bad_cancel;   /* on_cancel gave something else than SEND, DONE or FAIL */
    GHashTable *alive; /* the wrap's own: exchanges begun and not ended */
} PbayWrap;

/* The wrap is borrowed until removed. */
void pbay_wrap_install(PbayDriver *driver, PbayWrap *wrap);
void pbay_wrap_remove(PbayDriver *driver);

#endif
