/* SPDX-License-Identifier: Apache-2.0 */
/* What a fake driver shows its tests: counters of its calls, and a latch that lets a hanging
 * engine go. The fake hands it out as extension FAKE_CONTROL; one a loaded file, for the life of
 * the process. */
#ifndef FAKE_DRIVER_H
#define FAKE_DRIVER_H

#include <stdatomic.h>

#define FAKE_CONTROL "fake.control/1"

typedef struct FakeControl {
    atomic_int inits, opens, closes;         /* init, provider_open, provider_close        */
    atomic_int begins, signs, cancels, ends; /* of exchanges                            */
    atomic_int runs;                         /* engine runs that began                     */
    atomic_int release;                      /* set to 1: a run that ignores cancelled() returns */
} FakeControl;

#endif
