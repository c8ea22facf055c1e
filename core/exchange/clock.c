/* SPDX-License-Identifier: Apache-2.0 */
/* The clock and the randomness of drivers. Stateless but for what a test scripts; any thread.
 * Nothing else in the core may hand time or chance to a driver. */
#include "exchange/clock.h"

#include "drivers/drivers.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

int64_t pbay_clock_now_ms(pb_core *core)
{
    PbayTestClock *script = core != NULL ? core->test : NULL;
    if (script != NULL) {
        int64_t now = script->now_ms;
        script->now_ms += script->step_ms;
        return now;
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* SplitMix64: eight bytes a step, well mixed whatever the seed. */
static uint64_t next_scripted(PbayTestClock *script)
{
    uint64_t z = (script->seed += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void random_scripted(PbayTestClock *script, unsigned char *out, size_t n)
{
    while (n > 0) {
        uint64_t word = next_scripted(script);
        size_t take = n < sizeof word ? n : sizeof word;
        memcpy(out, &word, take);
        out += take;
        n -= take;
    }
}

void pbay_clock_random(pb_core *core, void *buf, size_t n)
{
    if (core != NULL && core->test != NULL) {
        random_scripted(core->test, buf, n);
        return;
    }
    unsigned char *out = buf;
    while (n > 0) {
        ssize_t got = getrandom(out, n, 0);
        if (got < 0 && errno != EINTR)
            g_error("the system gives no random bytes: %s", g_strerror(errno));
        if (got > 0) {
            out += got;
            n -= (size_t)got;
        }
    }
}
