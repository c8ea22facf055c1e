/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which reasons are given, each with the time when it may change; what force passes
 * and what it does not; that whoever brings a key does not depend on ours. */
#include "unit/routing/fleet_rig.h"

static void use_up_retries(const Rig *rig)
{
    PbayTaken taken;
    PbayTake take = rig_ask(rig, GPT4);
    take.own_key = take.extra = true;
    pbay_fleet_take(rig->fleet, &take, &taken);
    while (taken.ticket != NULL) {
        rig_settle_neutral(rig, taken.ticket);
        pbay_fleet_take(rig->fleet, &take, &taken);
    }
    g_assert_cmpint(taken.out, ==, PBAY_OUT_RETRIES);
}

/* Takes reasons away one by one, the first asked first. */
static void test_order(void)
{
    Rig rig = rig_new();
    rig.limits = (PbayLimits){.rpm = 21};
    rig.provider_limits = (PbayLimits){.tpm = 10};
    PbayTake take = rig_ask_limited(&rig, GPT4);
    take.tokens = 10;
    take.extra = true;
    rig_call(&rig, GPT4, PB_ERR_AUTH, 0);
    rig_call(&rig, GPT4, PB_ERR_AUTH, 0); /* both keys */
    for (int i = 0; i < PBAY_BREAKER_FAILURES; i++) {
        PbayTake own = rig_ask(&rig, GPT4);
        own.own_key = true;
        rig_settle(&rig, rig_go(&rig, &own), PB_ERR_UPSTREAM, 0);
    }
    PbayTaken taken = rig_refused(&rig, &take, PBAY_OUT_BREAKER);
    g_assert_cmpint(taken.until, ==, rig_peek(&rig, GPT4).until);
    take.now = rig.now = taken.until;
    taken = rig_refused(&rig, &take, PBAY_OUT_KEYS);
    g_assert_cmpint(taken.until, ==, 1000 + 300000);
    take.own_key = true;
    use_up_retries(&rig);
    taken = rig_refused(&rig, &take, PBAY_OUT_RETRIES);
    g_assert_cmpint(taken.until, ==, 0);
    take.extra = false;
    for (int i = 0; i < 4; i++) {
        PbayTake filler = rig_ask(&rig, GPT4);
        filler.own_key = true;
        filler.tokens = 6;
        rig_settle(&rig, rig_go(&rig, &filler), i == 0 ? 0 : PB_ERR_INVALID, 0);
    }
    taken = rig_refused(&rig, &take, PBAY_OUT_RPM);
    g_assert_cmpint(taken.until, >, rig.now);
    take.limits = NULL;
    taken = rig_refused(&rig, &take, PBAY_OUT_TPM);
    g_assert_cmpint(taken.until, >, rig.now);
    take.provider_limits = NULL;
    rig_settle(&rig, rig_go(&rig, &take), 0, 0);
    rig_free(&rig);
}

static void test_probing_has_no_time(void)
{
    Rig rig = rig_new();
    rig_break(&rig, GPT4);
    rig.now = rig_peek(&rig, GPT4).until;
    PbayTake take = rig_ask(&rig, GPT4);
    PbayTicket *probe = rig_go(&rig, &take);
    g_assert_cmpint(rig_refused(&rig, &take, PBAY_OUT_PROBING).until, ==, 0);
    take.force = true; /* the last candidate need not wait for it, and is no probe */
    PbayTaken taken;
    pbay_fleet_take(rig.fleet, &take, &taken);
    g_assert_nonnull(taken.ticket);
    g_assert_false(taken.probe);
    rig_settle_neutral(&rig, taken.ticket);
    take.force = false;
    rig_refused(&rig, &take, PBAY_OUT_PROBING); /* the true probe is still under way */
    rig_settle(&rig, probe, 0, 0);
    rig_free(&rig);
}

static void test_force(void)
{
    Rig rig = rig_new();
    rig_call(&rig, GPT4, PB_ERR_QUOTA, 0);
    rig_call(&rig, GPT4, PB_ERR_AUTH, 0);
    PbayTake take = rig_ask(&rig, GPT4);
    rig_refused(&rig, &take, PBAY_OUT_KEYS);
    take.force = true;
    PbayTaken taken;
    pbay_fleet_take(rig.fleet, &take, &taken);
    g_assert_cmpuint(taken.key, ==, 1); /* refused rests shorter than out of credit */
    rig_settle_neutral(&rig, taken.ticket);
    for (int i = 0; i < PBAY_BREAKER_FAILURES; i++)
        rig_settle(&rig, rig_go(&rig, &take), PB_ERR_TIMEOUT, 0);
    rig_settle_neutral(&rig, rig_go(&rig, &take)); /* breaker and keys together */
    take.own_key = true;
    take.force = false;
    rig_refused(&rig, &take, PBAY_OUT_BREAKER);
    rig_free(&rig);
}

static void test_parallel(void)
{
    Rig rig = rig_new();
    rig.provider_limits = (PbayLimits){.parallel = 2};
    PbayTake gpt = rig_ask_limited(&rig, GPT4), mini = rig_ask_limited(&rig, MINI);
    PbayTicket *one = rig_go(&rig, &gpt), *two = rig_go(&rig, &mini);
    g_assert_cmpint(rig_refused(&rig, &gpt, PBAY_OUT_PARALLEL).until, ==, 0);
    rig_settle(&rig, two, 0, 0);
    two = rig_go(&rig, &gpt);
    rig_refused(&rig, &mini, PBAY_OUT_PARALLEL);
    rig_settle(&rig, one, PB_ERR_UPSTREAM, 0);
    rig_settle_neutral(&rig, two);
    rig_settle(&rig, rig_go(&rig, &mini), 0, 0);
    rig_free(&rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/fleet_judge/order", test_order);
    g_test_add_func("/routing/fleet_judge/probing-has-no-time", test_probing_has_no_time);
    g_test_add_func("/routing/fleet_judge/force", test_force);
    g_test_add_func("/routing/fleet_judge/parallel", test_parallel);
    return g_test_run();
}
