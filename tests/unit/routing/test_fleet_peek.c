/* SPDX-License-Identifier: Apache-2.0 */
/* A look says what take would, in every state that random calls lead to, and leaves no trace. */
#include "unit/routing/fleet_rig.h"

#include "routing/fleet_internal.h"

static void test_unknown(void)
{
    Rig rig = rig_new();
    size_t key = 9;
    int64_t until = 9;
    PbayPeek peek = rig_peek(&rig, GPT4);
    g_assert_cmpint(peek.out, ==, PBAY_OUT_NONE);
    g_assert_cmpint(peek.until, ==, 0);
    g_assert_cmpint(peek.breaker, ==, PBAY_BREAKER_CLOSED);
    g_assert_cmpint(peek.first_ms, ==, -1);
    g_assert_cmpint(peek.p95_ms, ==, -1);
    g_assert_cmpuint(peek.busy, ==, 0);
    g_assert_cmpstr(peek.why, ==, "");
    g_assert_true(pbay_fleet_key(rig.fleet, rig.provider, GPT4, 0, &key, &until));
    g_assert_cmpuint(key, ==, 0);
    g_assert_cmpint(until, ==, 0);
    g_assert_cmpuint(g_hash_table_size(rig.fleet->targets.rows), ==, 0); /* nothing was made */
    g_assert_cmpuint(g_hash_table_size(rig.fleet->providers.rows), ==, 0);
    PbayTake nobody = {.target = "nobody/x"}; /* a target whose provider is not there */
    pbay_fleet_peek(rig.fleet, &nobody, true, &peek);
    g_assert_cmpint(peek.out, ==, PBAY_OUT_NONE);
    rig_free(&rig);
}

static void test_why(void)
{
    Rig rig = rig_new();
    rig_break(&rig, GPT4);
    PbayPeek peek = rig_peek(&rig, GPT4);
    g_assert_cmpint(peek.out, ==, PBAY_OUT_BREAKER);
    g_assert_cmpint(peek.until, >, rig.now);
    g_assert_cmpstr(peek.why, ==, "5 failures in a row, last: server_error: it broke");
    rig.now = peek.until;
    peek = rig_peek(&rig, GPT4);
    g_assert_cmpint(peek.out, ==, PBAY_OUT_NONE); /* it would be the probe */
    g_assert_cmpint(peek.breaker, ==, PBAY_BREAKER_HALF_OPEN);
    rig_call(&rig, GPT4, 0, 0);
    g_assert_cmpstr(rig_peek(&rig, GPT4).why, ==, ""); /* what is over is no reason */
    rig_call(&rig, MINI, PB_ERR_QUOTA, 0);
    rig_call(&rig, MINI, PB_ERR_AUTH, 0);
    peek = rig_peek(&rig, MINI);
    g_assert_cmpint(peek.out, ==, PBAY_OUT_KEYS);
    g_assert_cmpstr(peek.why, ==, "every key rests; the first that comes back: authentication");
    PbayTake take = rig_ask(&rig, MINI);
    take.own_key = true;
    pbay_fleet_peek(rig.fleet, &take, false, &peek);
    g_assert_cmpint(peek.out, ==, PBAY_OUT_NONE);
    g_assert_cmpstr(peek.why, ==, "");
    size_t key;
    int64_t until;
    g_assert_false(pbay_fleet_key(rig.fleet, rig.provider, GPT4, rig.now, &key, &until));
    g_assert_cmpuint(key, ==, 1);
    g_assert_cmpint(until, >, rig.now);
    rig_free(&rig);
}

static void test_busy(void)
{
    Rig rig = rig_new();
    PbayTake take = rig_ask(&rig, GPT4);
    PbayTicket *one = rig_go(&rig, &take), *two = rig_go(&rig, &take);
    g_assert_cmpuint(rig_peek(&rig, GPT4).busy, ==, 2);
    rig_settle(&rig, one, 0, 0);
    g_assert_cmpuint(rig_peek(&rig, GPT4).busy, ==, 1);
    rig_settle(&rig, two, 0, 0);
    rig_free(&rig);
}

/* ---- against take ---------------------------------------------------------------------------- */

typedef struct Walk {
    Rig rig;
    GRand *rand;
    PbayTicket *tickets[8];
    int n;
} Walk;

static PbayTake random_take(Walk *walk)
{
    PbayTake take = rig_ask_limited(&walk->rig, g_rand_boolean(walk->rand) ? GPT4 : MINI);
    take.tokens = g_rand_int_range(walk->rand, 0, 40);
    take.force = g_rand_int_range(walk->rand, 0, 8) == 0;
    take.extra = g_rand_int_range(walk->rand, 0, 3) == 0;
    take.own_key = g_rand_int_range(walk->rand, 0, 3) == 0;
    return take;
}

static void step_take(Walk *walk, int *outs)
{
    PbayTake take = random_take(walk);
    PbayPeek first, again;
    PbayTaken taken;
    pbay_fleet_peek(walk->rig.fleet, &take, false, &first);
    pbay_fleet_peek(walk->rig.fleet, &take, false, &again);
    g_assert_cmpint(first.out, ==, again.out); /* a look changes nothing */
    g_assert_cmpint(first.until, ==, again.until);
    g_assert_cmpint(first.breaker, ==, again.breaker);
    pbay_fleet_take(walk->rig.fleet, &take, &taken);
    g_assert_cmpint(taken.out, ==, first.out);
    g_assert_cmpint(taken.until, ==, first.until);
    g_assert_true((taken.ticket != NULL) == (first.out == PBAY_OUT_NONE));
    outs[taken.out]++;
    if (taken.ticket != NULL && walk->n < 8)
        walk->tickets[walk->n++] = taken.ticket;
    else if (taken.ticket != NULL)
        rig_settle_neutral(&walk->rig, taken.ticket);
}

static void step_settle(Walk *walk)
{
    int32_t cls = g_rand_boolean(walk->rand) ? 0 : g_rand_int_range(walk->rand, 1, 16);
    int64_t hint = g_rand_int_range(walk->rand, 0, 6) == 0 ? 3000 : 0;
    if (walk->n > 0)
        rig_settle(&walk->rig, walk->tickets[--walk->n], cls, hint);
}

static void test_same_as_take(void)
{
    int outs[PBAY_OUT_RETRIES + 1] = {0};
    for (guint32 seed = 1; seed <= 60; seed++) {
        Walk walk = {.rig = rig_new(), .rand = g_rand_new_with_seed(seed)};
        walk.rig.limits = (PbayLimits){.rpm = 15, .parallel = 3};
        walk.rig.provider_limits = (PbayLimits){.rpm = 70, .tpm = 400};
        for (int i = 0; i < 1000; i++) {
            walk.rig.now += g_rand_int_range(walk.rand, 0, 1500);
            if (g_rand_boolean(walk.rand))
                step_take(&walk, outs);
            else
                step_settle(&walk);
        }
        while (walk.n > 0)
            rig_settle_neutral(&walk.rig, walk.tickets[--walk.n]);
        g_rand_free(walk.rand);
        rig_free(&walk.rig);
    }
    for (int out = 0; out <= PBAY_OUT_RETRIES; out++) /* every answer was seen */
        g_assert_true(out == PBAY_OUT_QUEUE || outs[out] > 10);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/fleet_peek/unknown", test_unknown);
    g_test_add_func("/routing/fleet_peek/why", test_why);
    g_test_add_func("/routing/fleet_peek/busy", test_busy);
    g_test_add_func("/routing/fleet_peek/same-as-take", test_same_as_take);
    return g_test_run();
}
