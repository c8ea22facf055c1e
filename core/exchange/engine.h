/* SPDX-License-Identifier: Apache-2.0 */
/* Engines inside the process (patchbay.execute/1): what joins a run() on a thread of the pool to
 * its exchange on the worker. The hooks the machine calls are in exchange/internal.h; here are
 * the bounds. */
#ifndef PBAY_EXCHANGE_ENGINE_H
#define PBAY_EXCHANGE_ENGINE_H

#include <stdint.h>

#define PBAY_ENGINE_EVENTS 64 /* events that wait for the worker before emit blocks ...  */
#define PBAY_ENGINE_BYTES                                                                          \
    (256u << 10)                /* ... or bytes of them; one event may be larger            */
#define PBAY_ENGINE_GRACE 10000 /* ms a run may take to notice that it is cancelled        */

/* PBAY_ENGINE_GRACE, but for tests, which set it before any engine runs. */
extern int64_t pbay_engine_grace_ms;

#endif
