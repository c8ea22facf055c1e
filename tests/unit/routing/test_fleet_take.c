/* SPDX-License-Identifier: Apache-2.0 */
/* Taking: nothing is taken unless all admit; the queue with its bound, order, wake-ups and leaving,
 * over two limits at once; and that of many threads that wait nobody is forgotten. */
#include "unit/routing/fleet_rig.h"

#include <pthread.h>
#include <stdatomic.h>

/* ---- all or nothing -------------------------------------------------------------------------- */

static void test_refused_takes_nothing(void)
{
    Rig rig = rig_new();
    rig.limits = (PbayLimits){.rpm = 100};
    rig.provider_limits = (PbayLimits){.rpm = 1};
    PbayTake take = rig_ask_limited(&rig, GPT4);
    rig_settle(&rig, rig_go(&rig, &take), 0, 0);
    for (int i = 0; i < 200; i++) /* the provider refuses: the target's window stays as it is */
        rig_refused(&rig, &take, PBAY_OUT_RPM);
    take.provider_limits = NULL;
    for (int i = 0; i < 99; i++)
        rig_settle(&rig, rig_go(&rig, &take), 0, 0);
    rig_refused(&rig, &take, PBAY_OUT_RPM);
    g_assert_cmpuint(rig_peek(&rig, GPT4).busy, ==, 0);
    rig_free(&rig);
}

static void test_refused_gives_the_probe_back(void)
{
    Rig rig = rig_new();
    PbayTaken taken;
    rig.limits = (PbayLimits){.parallel = 1};
    PbayTake take = rig_ask_limited(&rig, GPT4);
    PbayTicket *busy = rig_go(&rig, &take);
    rig_break(&rig, GPT4);
    take.now = rig.now = rig_peek(&rig, GPT4).until;
    rig_refused(&rig, &take, PBAY_OUT_PARALLEL);
    rig_settle_neutral(&rig, busy);
    pbay_fleet_take(rig.fleet, &take, &taken);
    g_assert_true(taken.probe);
    rig_settle(&rig, taken.ticket, 0, 0);
    rig_free(&rig);
}

static void test_retry_budget(void)
{
    Rig rig = rig_new();
    PbayTake take = rig_ask(&rig, GPT4);
    take.extra = true;
    for (int i = 0; i < PBAY_RETRY_FREE; i++)
        rig_settle(&rig, rig_go(&rig, &take), 0, 0);
    rig_refused(&rig, &take, PBAY_OUT_RETRIES);
    take.force = true; /* the last candidate is no reason for a storm */
    rig_refused(&rig, &take, PBAY_OUT_RETRIES);
    take.extra = take.force = false;
    for (int i = 0; i < 50; i++) /* these are the firsts of which a fifth may be retried */
        rig_settle(&rig, rig_go(&rig, &take), 0, 0);
    take.now = rig.now += 1000;
    take.extra = true;
    int extra = 0;
    PbayTaken taken = {0};
    for (pbay_fleet_take(rig.fleet, &take, &taken); taken.ticket != NULL; extra++) {
        rig_settle(&rig, taken.ticket, 0, 0);
        pbay_fleet_take(rig.fleet, &take, &taken);
    }
    g_assert_cmpint(taken.out, ==, PBAY_OUT_RETRIES);
    g_assert_cmpint(extra, ==, 10);
    PbayTake other = rig_ask(&rig, MINI); /* the budget is the provider's */
    other.extra = true;
    rig_refused(&rig, &other, PBAY_OUT_RETRIES);
    rig_free(&rig);
}

static void test_force_is_not_over_limits(void)
{
    Rig rig = rig_new();
    rig.limits = (PbayLimits){.parallel = 1};
    PbayTake take = rig_ask_limited(&rig, GPT4);
    take.force = true;
    PbayTicket *ticket = rig_go(&rig, &take);
    rig_refused(&rig, &take, PBAY_OUT_PARALLEL);
    rig_settle(&rig, ticket, 0, 0);
    rig_free(&rig);
}

/* ---- the queue ------------------------------------------------------------------------------- */

typedef struct Waiter {
    PbayWaiter *waiter;
    int woken;
} Waiter;

static void on_wake(void *data)
{
    ((Waiter *)data)->woken++;
}

typedef struct Line {
    Rig rig;
    PbayLoop *loop;
    Waiter waiters[6];
} Line;

static Line line_new(void)
{
    return (Line){.rig = rig_new(), .loop = pbay_loop_new(NULL)};
}

static void line_begin(Line *line)
{
    for (size_t i = 0; i < G_N_ELEMENTS(line->waiters); i++)
        line->waiters[i].waiter = pbay_waiter_new(line->loop, on_wake, &line->waiters[i]);
}

static void line_free(Line *line)
{
    for (size_t i = 0; i < G_N_ELEMENTS(line->waiters); i++) {
        pbay_fleet_leave(line->rig.fleet, line->waiters[i].waiter);
        pbay_waiter_free(line->waiters[i].waiter);
    }
    pbay_loop_turn(line->loop, 0);
    rig_free(&line->rig);
    pbay_loop_free(line->loop);
}

/* What take says to the i-th. */
static PbayTaken ask(Line *line, int i, const char *target)
{
    PbayTaken taken;
    PbayTake take = rig_ask_limited(&line->rig, target);
    take.waiter = i >= 0 ? line->waiters[i].waiter : NULL;
    pbay_fleet_take(line->rig.fleet, &take, &taken);
    return taken;
}

/* Was the i-th woken since the last time? */
static bool woken(Line *line, int i)
{
    pbay_loop_turn(line->loop, 0);
    bool was = line->waiters[i].woken > 0;
    line->waiters[i].woken = 0;
    return was;
}

static void test_queue_in_order(void)
{
    Line line = line_new();
    line_begin(&line);
    line.rig.limits = (PbayLimits){.parallel = 1, .queue = 2};
    PbayTicket *ticket = ask(&line, -1, GPT4).ticket;
    g_assert_nonnull(ticket);
    g_assert_cmpint(ask(&line, -1, GPT4).out, ==, PBAY_OUT_PARALLEL); /* does not wait */
    g_assert_true(ask(&line, 0, GPT4).queued);
    g_assert_true(ask(&line, 1, GPT4).queued);
    g_assert_true(ask(&line, 0, GPT4).queued); /* twice is once */
    PbayTaken full = ask(&line, 2, GPT4);
    g_assert_cmpint(full.out, ==, PBAY_OUT_QUEUE);
    g_assert_false(full.queued);
    rig_settle(&line.rig, ticket, 0, 0);
    g_assert_true(woken(&line, 0));
    g_assert_false(woken(&line, 1));
    g_assert_null(ask(&line, -1, GPT4).ticket); /* nobody overtakes */
    g_assert_true(ask(&line, 1, GPT4).queued);
    PbayPeek peek;
    PbayTake look = rig_ask_limited(&line.rig, GPT4);
    look.waiter = line.waiters[0].waiter; /* a look is that of somebody new */
    pbay_fleet_peek(line.rig.fleet, &look, false, &peek);
    g_assert_cmpint(peek.out, ==, PBAY_OUT_QUEUE);
    ticket = ask(&line, 0, GPT4).ticket;
    g_assert_nonnull(ticket);
    g_assert_true(ask(&line, 2, GPT4).queued); /* there is room in the line again */
    rig_settle(&line.rig, ticket, 0, 0);
    g_assert_true(woken(&line, 1));
    pbay_fleet_leave(line.rig.fleet, line.waiters[1].waiter); /* its deadline came */
    g_assert_true(woken(&line, 2));
    ticket = ask(&line, 2, GPT4).ticket;
    g_assert_nonnull(ticket);
    rig_settle(&line.rig, ticket, 0, 0);
    line_free(&line);
}

static void test_no_queue_is_no_full_queue(void)
{
    Line line = line_new();
    line_begin(&line);
    line.rig.limits = (PbayLimits){.rpm = 1};
    rig_settle(&line.rig, ask(&line, 0, GPT4).ticket, 0, 0);
    PbayTaken taken = ask(&line, 0, GPT4);
    g_assert_cmpint(taken.out, ==, PBAY_OUT_RPM);
    g_assert_false(taken.queued);
    g_assert_cmpint(taken.until, >, line.rig.now);
    line_free(&line);
}

/* Whoever waits for the target keeps nobody of another target from the provider. */
static void test_two_limits(void)
{
    Line line = line_new();
    line_begin(&line);
    line.rig.limits = (PbayLimits){.parallel = 1, .queue = 9};
    line.rig.provider_limits = (PbayLimits){.parallel = 2, .queue = 9};
    PbayTicket *gpt = ask(&line, -1, GPT4).ticket, *mini = ask(&line, -1, MINI).ticket;
    g_assert_true(ask(&line, 0, GPT4).queued);           /* with the target */
    g_assert_true(ask(&line, 1, "openai/third").queued); /* with the provider */
    g_assert_true(ask(&line, 2, "openai/third").queued);
    rig_settle(&line.rig, mini, 0, 0);
    g_assert_true(woken(&line, 1));
    g_assert_false(woken(&line, 0));
    PbayTicket *third = ask(&line, 1, "openai/third").ticket;
    g_assert_nonnull(third);
    rig_settle(&line.rig, gpt, 0, 0);
    g_assert_true(woken(&line, 0)); /* the target has room; of the provider 2 is the next */
    g_assert_true(ask(&line, 0, GPT4).queued);
    g_assert_true(woken(&line, 2));
    g_assert_true(ask(&line, 2, "openai/third").queued); /* its target has none: it steps aside */
    g_assert_true(woken(&line, 0));
    gpt = ask(&line, 0, GPT4).ticket;
    g_assert_nonnull(gpt);
    rig_settle(&line.rig, third, 0, 0);
    g_assert_true(woken(&line, 2));
    third = ask(&line, 2, "openai/third").ticket;
    g_assert_nonnull(third);
    rig_settle(&line.rig, gpt, 0, 0);
    rig_settle(&line.rig, third, 0, 0);
    line_free(&line);
}

static void test_refusal_ends_the_waiting(void)
{
    Line line = line_new();
    line_begin(&line);
    line.rig.limits = (PbayLimits){.parallel = 1, .queue = 9};
    PbayTicket *ticket = ask(&line, -1, GPT4).ticket;
    g_assert_true(ask(&line, 0, GPT4).queued);
    g_assert_true(ask(&line, 1, GPT4).queued);
    rig_break(&line.rig, GPT4);
    rig_settle_neutral(&line.rig, ticket);
    g_assert_true(woken(&line, 0));
    PbayTaken taken = ask(&line, 0, GPT4);
    g_assert_cmpint(taken.out, ==, PBAY_OUT_BREAKER);
    g_assert_false(taken.queued);
    g_assert_true(woken(&line, 1)); /* it left, so the next is asked to look */
    g_assert_cmpint(ask(&line, 1, GPT4).out, ==, PBAY_OUT_BREAKER);
    line.rig.now = rig_peek(&line.rig, GPT4).until;
    ticket = ask(&line, -1, GPT4).ticket; /* nobody stands there any more */
    g_assert_nonnull(ticket);
    rig_settle(&line.rig, ticket, 0, 0);
    line_free(&line);
}

static void test_turning_to_another_target(void)
{
    Line line = line_new();
    line_begin(&line);
    line.rig.limits = (PbayLimits){.parallel = 1, .queue = 1};
    PbayTicket *gpt = ask(&line, -1, GPT4).ticket, *mini = ask(&line, -1, MINI).ticket;
    g_assert_true(ask(&line, 0, GPT4).queued);
    g_assert_true(ask(&line, 0, MINI).queued);
    g_assert_true(ask(&line, 1, GPT4).queued); /* its place there is free */
    rig_settle(&line.rig, gpt, 0, 0);
    rig_settle(&line.rig, mini, 0, 0);
    g_assert_true(woken(&line, 0));
    pbay_fleet_leave(line.rig.fleet, line.waiters[1].waiter);
    pbay_fleet_leave(line.rig.fleet, line.waiters[1].waiter); /* no-op */
    pbay_fleet_leave(line.rig.fleet, NULL);
    line_free(&line);
}

/* ---- threads --------------------------------------------------------------------------------- */

enum { THREADS = 8, CALLS = 400, PATIENCE = 60000 };

typedef struct Crowd {
    Rig rig;
    atomic_int inside[2], in_all, over, turned_away;
} Crowd;

typedef struct Member {
    Crowd *crowd;
    guint32 seed;
    bool woken;
} Member;

static void wake_member(void *data)
{
    ((Member *)data)->woken = true;
}

/* Waits in line until it is let in; a wait that nobody ends fails the test. */
static PbayTicket *wait_for(Crowd *crowd, const PbayTake *take, PbayLoop *loop, Member *member)
{
    PbayTaken taken;
    for (;;) {
        member->woken = false;
        pbay_fleet_take(crowd->rig.fleet, take, &taken);
        if (taken.ticket != NULL || !taken.queued)
            return taken.ticket;
        while (!member->woken)
            g_assert_true(pbay_loop_turn(loop, PATIENCE));
    }
}

static void hold(Crowd *crowd, int target, PbayTicket *ticket)
{
    if (atomic_fetch_add(&crowd->inside[target], 1) >= 2)
        atomic_store(&crowd->over, 1);
    if (atomic_fetch_add(&crowd->in_all, 1) >= 3)
        atomic_store(&crowd->over, 1);
    sched_yield();
    atomic_fetch_sub(&crowd->in_all, 1);
    atomic_fetch_sub(&crowd->inside[target], 1);
    rig_settle(&crowd->rig, ticket, 0, 0);
}

static void *member_main(void *data)
{
    static const char *const targets[] = {GPT4, MINI};
    Member *member = data;
    Crowd *crowd = member->crowd;
    GRand *rand = g_rand_new_with_seed(member->seed);
    PbayLoop *loop = pbay_loop_new(NULL);
    for (int i = 0; i < CALLS; i++) {
        int target = g_rand_int_range(rand, 0, 2);
        PbayTake take = rig_ask_limited(&crowd->rig, targets[target]);
        take.waiter = pbay_waiter_new(loop, wake_member, member);
        PbayTicket *ticket = wait_for(crowd, &take, loop, member);
        pbay_waiter_free(take.waiter);
        if (ticket != NULL)
            hold(crowd, target, ticket);
        else
            atomic_fetch_add(&crowd->turned_away, 1);
    }
    pbay_loop_turn(loop, 0);
    pbay_loop_free(loop);
    g_rand_free(rand);
    return NULL;
}

static void test_waiting_threads(void)
{
    Crowd crowd = {.rig = rig_new()};
    Member members[THREADS];
    pthread_t threads[THREADS];
    crowd.rig.limits = (PbayLimits){.parallel = 2, .queue = THREADS};
    crowd.rig.provider_limits = (PbayLimits){.parallel = 3, .queue = THREADS};
    for (guint32 i = 0; i < THREADS; i++) {
        members[i] = (Member){.crowd = &crowd, .seed = i + 1};
        g_assert_cmpint(pthread_create(&threads[i], NULL, member_main, &members[i]), ==, 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    g_assert_cmpint(atomic_load(&crowd.over), ==, 0);
    g_assert_cmpint(atomic_load(&crowd.turned_away), ==, 0);
    g_assert_cmpuint(rig_peek(&crowd.rig, GPT4).busy + rig_peek(&crowd.rig, MINI).busy, ==, 0);
    rig_free(&crowd.rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/fleet_take/refused-takes-nothing", test_refused_takes_nothing);
    g_test_add_func("/routing/fleet_take/refused-gives-the-probe-back",
                    test_refused_gives_the_probe_back);
    g_test_add_func("/routing/fleet_take/retry-budget", test_retry_budget);
    g_test_add_func("/routing/fleet_take/force-is-not-over-limits", test_force_is_not_over_limits);
    g_test_add_func("/routing/fleet_take/queue-in-order", test_queue_in_order);
    g_test_add_func("/routing/fleet_take/no-queue", test_no_queue_is_no_full_queue);
    g_test_add_func("/routing/fleet_take/two-limits", test_two_limits);
    g_test_add_func("/routing/fleet_take/refusal-ends-the-waiting", test_refusal_ends_the_waiting);
    g_test_add_func("/routing/fleet_take/another-target", test_turning_to_another_target);
    g_test_add_func("/routing/fleet_take/waiting-threads", test_waiting_threads);
    return g_test_run();
}
