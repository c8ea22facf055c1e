/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks of a simulation, put in the place of the system's by the linker (--wrap). The
 * monotonic one stands still, far ahead of the true one, so that no timer of the system ever
 * goes off: all time that passes is what the loop skips. The wall clock says what the simulation
 * sets. */
#include "sim/sim.h"

#include <time.h>

#define STANDS_AT 4000000000 /* s */

static int64_t wall_ms;

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
gint64 __wrap_g_get_real_time(void);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    bool wall = clock == CLOCK_REALTIME;
    *now = (struct timespec){.tv_sec = wall ? wall_ms / 1000 : STANDS_AT,
                             .tv_nsec = wall ? wall_ms % 1000 * 1000000 : 0};
    return 0;
}

gint64 __wrap_g_get_real_time(void)
{
    return wall_ms * 1000;
}

void sim_wall_set(int64_t ms)
{
    wall_ms = ms;
}
