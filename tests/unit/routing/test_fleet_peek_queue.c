/* SPDX-License-Identifier: Apache-2.0 */
/* A look at a target over its limit tells one that may be waited for from one where as many wait
 * already as may. */
#include "unit/routing/fleet_rig.h"

static void never_woken(void *data)
{
    (void)data;
    g_assert_not_reached();
}

static PbayOut out_of(const Rig *rig, const char *target)
{
    PbayTake take = rig_ask_limited(rig, target);
    PbayPeek peek;
    pbay_fleet_peek(rig->fleet, &take, false, &peek);
    return peek.out;
}

static void fill_queue(Rig *rig)
{
    PbayLoop *loop = pbay_loop_new(NULL);
    PbayTake take = rig_ask_limited(rig, GPT4);
    PbayTicket *busy = rig_go(rig, &take);
    PbayWaiter *waiters[2];
    PbayTaken taken;
    for (int i = 0; i < 2; i++) {
        g_assert_cmpint(out_of(rig, GPT4), ==, PBAY_OUT_PARALLEL);
        waiters[i] = pbay_waiter_new(loop, never_woken, NULL);
        take.waiter = waiters[i];
        pbay_fleet_take(rig->fleet, &take, &taken);
        g_assert_true(taken.queued);
    }
    g_assert_cmpint(out_of(rig, GPT4), ==, PBAY_OUT_QUEUE);
    pbay_fleet_leave(rig->fleet, waiters[1]);
    g_assert_cmpint(out_of(rig, GPT4), ==, PBAY_OUT_PARALLEL);
    pbay_fleet_leave(rig->fleet, waiters[0]);
    for (int i = 0; i < 2; i++)
        pbay_waiter_free(waiters[i]);
    rig_settle_neutral(rig, busy);
    g_assert_cmpint(out_of(rig, GPT4), ==, PBAY_OUT_NONE);
    pbay_loop_free(loop);
}

static void test_of_target(void)
{
    Rig rig = rig_new();
    rig.limits = (PbayLimits){.parallel = 1, .queue = 2, .queue_timeout_ms = 1000};
    fill_queue(&rig);
    rig_free(&rig);
}

static void test_of_provider(void)
{
    Rig rig = rig_new();
    rig.provider_limits = (PbayLimits){.parallel = 1, .queue = 2, .queue_timeout_ms = 1000};
    fill_queue(&rig);
    rig_free(&rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/fleet_peek/queue-of-target", test_of_target);
    g_test_add_func("/routing/fleet_peek/queue-of-provider", test_of_provider);
    return g_test_run();
}
