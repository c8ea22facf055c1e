/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting: for the next attempt on a target, and for a place at one that is over its limit; that it
 * ends in time, with a failure that says what it waited for, and that nobody is left in a queue.
 * All on virtual time. */
#include "unit/call/world.h"

#define ONE "[model m]\ntargets = a/one\n"
#define TWO "[model m]\ntargets = a/one;b/two\n"
#define QUEUE(target, more)                                                                        \
    "[limits " target "]\nparallel = 1\nqueue = 2\nqueue-timeout = " more "\n"

/* A reply without an end, which goes on when the test says so. */
static PbayMemoryReply *vendor_thinks(World *w, int status)
{
    return pbay_memory_reply_new(w->rig->transport, status);
}

static void vendor_ends(World *w, PbayMemoryReply *reply, const char *lines)
{
    pbay_memory_reply_text(reply, lines);
    pbay_memory_reply_end(reply);
    world_settle(w);
}

static void test_queue(void)
{
    World w = world_new(PROVIDERS ONE "[limits a/one]\nparallel = 1\nqueue = 1\n"
                                      "queue-timeout = 5s\n");
    PbayMemoryReply *slow = vendor_thinks(&w, 200);
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) first = world_start(&w, ASK("m", ""));
    g_autoptr(Seen) second = world_start(&w, ASK("m", ""));
    g_autoptr(Seen) third = world_run(&w, ASK("m", "")); /* nobody may stand behind the second */
    assert_failed(third, PB_ERR_RATE_LIMIT, "a/one");
    g_assert_cmpuint(first->done + second->done, ==, 0);
    vendor_ends(&w, slow, GOOD);
    g_assert_null(first->failure);
    world_wait(&w, second);
    g_assert_null(second->failure);
    assert_asked(&w, "aa");
    world_free(&w);
}

static void test_queue_timeout(void)
{
    World w = world_new(PROVIDERS TWO QUEUE("a/one", "5s"));
    PbayMemoryReply *never = vendor_thinks(&w, 200);
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) first = world_start(&w, ASK("m", ""));
    g_autoptr(Seen) second = world_start(&w, ASK("m", ""));
    world_pass(&w, 4000);
    g_assert_cmpuint(second->done, ==, 0);
    world_pass(&w, 2000);
    g_assert_cmpuint(second->done, ==, 1);
    g_assert_null(second->failure);
    g_assert_cmpuint(first->done, ==, 0);
    assert_asked(&w, "ab");
    vendor_ends(&w, never, GOOD);
    g_assert_null(first->failure);
    world_free(&w);
}

/* Each time that a call stands in a queue it has the whole time for it, and a wake-up for the place
 * it once waited for does not end its rest. */
static void test_queue_again(void)
{
    World w = world_new(PROVIDERS ONE QUEUE("a/one", "5s"));
    PbayMemoryReply *slow = vendor_thinks(&w, 200);
    vendor_hints(w.rig, 503, "retry-after", "4");
    PbayMemoryReply *other = vendor_thinks(&w, 200);
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) first = world_start(&w, ASK("m", ""));
    g_autoptr(Seen) seen = world_start(&w, ASK("m", ""));
    world_pass(&w, 3000);
    vendor_ends(&w, slow, GOOD); /* its place goes to the second, which is told to wait 4 s */
    assert_asked(&w, "aa");
    g_autoptr(Seen) third = world_start(&w, ASK("m", "")); /* and the third takes the place */
    world_settle(&w);
    assert_asked(&w, "aaa");
    world_pass(&w, 8000);
    g_assert_cmpuint(seen->done, ==, 0); /* it waits for the third now */
    vendor_ends(&w, other, GOOD);
    world_wait(&w, seen);
    g_assert_null(seen->failure);
    g_assert_null(third->failure);
    assert_asked(&w, "aaaa");
    world_free(&w);
}

/* Another key of the same target is a request like any other: it waits its turn. */
static void test_next_key_waits(void)
{
    World w = world_new("[provider a]\ndriver = fake\napi-key = canary-key-1;canary-key-2\n" ONE
                        "retries = 0\n" QUEUE("a/one", "30s"));
    PbayMemoryReply *refusal = vendor_thinks(&w, 401);
    vendor_says(w.rig, 200, GOOD);
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) first = world_start(&w, ASK("m", ""));
    g_autoptr(Seen) second = world_start(&w, ASK("m", ""));
    world_settle(&w);
    vendor_ends(&w, refusal, "{}");
    world_wait(&w, first);
    g_assert_null(first->failure);
    g_assert_null(second->failure);
    assert_asked(&w, "122");
    world_free(&w);
}

/* Whoever breakers alone would keep out stands in the queue as the others do. */
static void test_last_resort_waits(void)
{
    World w = world_new(PROVIDERS ONE "retries = 0\n" QUEUE("a/one", "30s"));
    PbayMemoryReply *failing = vendor_thinks(&w, 200);
    PbayMemoryReply *slow = vendor_thinks(&w, 200);
    vendor_says(w.rig, 200, GOOD);
    for (int i = 0; i < PBAY_BREAKER_FAILURES - 1; i++) {
        const PbayTake take = {.provider = g_hash_table_lookup(w.snapshot->providers, "a"),
                               .target = "a/one",
                               .now = pbay_loop_now(w.rig->loop)};
        PbayTaken taken;
        pbay_fleet_take(w.fleet, &take, &taken);
        g_autoptr(PbayFailure) failure = pbay_failure_new(PB_ERR_UPSTREAM, "down");
        const PbaySettle settle = {.now = take.now, .failure = failure, .first_ms = -1};
        pbay_fleet_settle(w.fleet, taken.ticket, &settle);
    }
    g_autoptr(Seen) first = world_start(&w, ASK("m", ""));
    g_autoptr(Seen) second = world_start(&w, ASK("m", ""));
    g_autoptr(Seen) third = world_start(&w, ASK("m", ""));
    world_settle(&w);
    vendor_ends(&w, failing, "defect\n"); /* the breaker opens */
    assert_failed(first, PB_ERR_UPSTREAM, "");
    g_assert_cmpuint(second->done + third->done, ==, 0);
    vendor_ends(&w, slow, GOOD);
    world_pass(&w, 1000);
    g_assert_cmpuint(second->done + third->done, ==, 2);
    g_assert_null(second->failure);
    g_assert_null(third->failure);
    assert_asked(&w, "aaa");
    world_free(&w);
}

/* ---- The whole call's time ---- */

static void test_time_up_in_queue(void)
{
    World w = world_new(PROVIDERS TWO QUEUE("a/one", "50s") QUEUE("b/two", "50s"));
    PbayMemoryReply *slow = vendor_thinks(&w, 200);
    g_autoptr(Seen) first = world_start(&w, ASK("m", ""));
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ",\"patchbay\":{\"timeout_ms\":2000}"));
    assert_failed(seen, PB_ERR_TIMEOUT, "2000 ms");
    assert_holds(seen->failure->message, "a/one: its limit of requests at a time is reached");
    assert_holds(seen->failure->message, "timeout");
    assert_holds(seen->report, "\"attempts\":[]");
    assert_asked(&w, "a");
    vendor_ends(&w, slow, GOOD);
    g_assert_null(first->failure);
    world_free(&w);
}

static void test_time_up_after_failure(void)
{
    World w = world_new(PROVIDERS TWO "retries = 0\n" QUEUE("b/two", "50s"));
    PbayMemoryReply *slow = vendor_thinks(&w, 200);
    g_autoptr(Seen) first = world_start(&w, ASK("b/two", ""));
    world_settle(&w);
    vendor_says(w.rig, 503, "{}");
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ",\"patchbay\":{\"timeout_ms\":3000}"));
    assert_failed(seen, PB_ERR_TIMEOUT, "3000 ms");
    assert_holds(seen->failure->message, "a/one (unavailable)");
    assert_holds(seen->failure->message, "b/two: its limit");
    g_assert_true(seen->failure->retryable);
    assert_asked(&w, "ba");
    vendor_ends(&w, slow, GOOD);
    g_assert_null(first->failure);
    world_free(&w);
}

/* ---- Waits that would be in vain ---- */

/* Nobody waits for a target that will not be asked again anyway. */
static void test_no_vain_wait(void)
{
    World w = world_new(PROVIDERS TWO "retries = 2\n");
    PbayProvider *a = g_hash_table_lookup(w.snapshot->providers, "a");
    for (int i = 0; i < 10; i++) { /* the budget's free ones */
        const PbayTake take = {
            .provider = a, .target = "a/y", .extra = true, .now = pbay_loop_now(w.rig->loop)};
        PbayTaken taken;
        pbay_fleet_take(w.fleet, &take, &taken);
        const PbaySettle settle = {.now = take.now, .neutral = true, .first_ms = -1};
        pbay_fleet_settle(w.fleet, taken.ticket, &settle);
    }
    vendor_says(w.rig, 503, "{}");
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) budget = world_run(&w, ASK("m", ""));
    g_assert_null(budget->failure);
    assert_asked(&w, "ab");
    assert_lacks(budget->report, "waited_ms");
    world_free(&w);

    w = world_new(PROVIDERS TWO "retries = 2\n");
    for (int i = 0; i < PBAY_BREAKER_FAILURES; i++) {
        vendor_says(w.rig, 500, "{}");
        if (i == PBAY_BREAKER_FAILURES - 1)
            vendor_says(w.rig, 200, GOOD);
        PbayCallSpec spec =
            world_spec(&w, i < PBAY_BREAKER_FAILURES - 1 ? ASK("a/one", "") : ASK("m", ""));
        spec.retries_set = i < PBAY_BREAKER_FAILURES - 1;
        g_autoptr(Seen) seen = world_run_spec(&w, spec);
        g_assert_true((seen->failure == NULL) == (i == PBAY_BREAKER_FAILURES - 1));
        assert_lacks(seen->report, "waited_ms");
    }
    assert_asked(&w, "aaaaab"); /* the last failure opened the breaker */
    world_free(&w);
}

/* ---- Cancelled ---- */

static void test_cancel_while_waiting(void)
{
    static const int32_t why[] = {PB_CANCEL_CLIENT, PB_CANCEL_SHUTDOWN, PB_CANCEL_DEADLINE};
    for (size_t i = 0; i < G_N_ELEMENTS(why); i++) {
        World w = world_new(PROVIDERS TWO);
        vendor_hints(w.rig, 503, "retry-after", "30");
        g_autoptr(Seen) seen = world_start(&w, ASK("m", ""));
        while (pbay_worker_alive(w.rig->worker) != 0)
            g_assert_true(pbay_loop_turn(w.rig->loop, 0));
        g_assert_cmpuint(seen->done, ==, 0);
        pbay_call_cancel(seen->call, why[i]);
        world_wait(&w, seen);
        g_assert_cmpint(seen->failure->cls, ==,
                        why[i] == PB_CANCEL_DEADLINE ? PB_ERR_TIMEOUT : PBAY_ERR_CANCELLED);
        assert_asked(&w, "a");
        world_free(&w);
    }
}

/* Whoever leaves a queue lets the next one go. */
static void test_cancel_in_queue(void)
{
    World w = world_new(PROVIDERS ONE QUEUE("a/one", "30s"));
    PbayMemoryReply *slow = vendor_thinks(&w, 200);
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) first = world_start(&w, ASK("m", ""));
    g_autoptr(Seen) gone = world_start(&w, ASK("m", ""));
    g_autoptr(Seen) third = world_start(&w, ASK("m", ""));
    world_settle(&w);
    pbay_call_cancel(gone->call, PB_CANCEL_CLIENT);
    world_wait(&w, gone);
    assert_failed(gone, PBAY_ERR_CANCELLED, "");
    g_assert_cmpuint(first->done + third->done, ==, 0);
    vendor_ends(&w, slow, GOOD);
    world_wait(&w, third);
    g_assert_null(first->failure);
    g_assert_null(third->failure);
    world_free(&w);
}

/* At whatever turn of the loop, and for whatever reason: it ends once, and gives everything back.
 * The call fails, waits, stands in a queue, moves on, races and is heard. */
static void test_cancel_anywhere(void)
{
    static const int32_t why[] = {PB_CANCEL_CLIENT, PB_CANCEL_SHUTDOWN, PB_CANCEL_DEADLINE};
    bool ended = false;
    for (int turns = 0; !ended; turns++) {
        g_assert_cmpint(turns, <, 1000);
        World w = world_new(PROVIDERS "[model m]\ntargets = a/one;b/two;c/three\nretries = 1\n"
                                      "hedge = yes\n" QUEUE("b/two", "5s"));
        PbayProvider *b = g_hash_table_lookup(w.snapshot->providers, "b");
        for (int i = 0; i < 40; i++) { /* b usually needs 10 ms */
            const PbayTake take = {
                .provider = b, .target = "b/two", .now = pbay_loop_now(w.rig->loop)};
            PbayTaken taken;
            pbay_fleet_take(w.fleet, &take, &taken);
            const PbaySettle settle = {.now = take.now,
                                       .stream = true,
                                       .first_ms = 10,
                                       .total_ms = 10,
                                       .tokens = -1,
                                       .sent = true};
            pbay_fleet_settle(w.fleet, taken.ticket, &settle);
        }
        PbayMemoryReply *slow = vendor_thinks(&w, 200);
        vendor_says(w.rig, 503, "{}");
        vendor_says(w.rig, 429, "{}");
        vendor_thinks(&w, 200);
        vendor_says(w.rig, 200, GOOD);
        g_autoptr(Seen) other = world_start(&w, ASK("b/two", ""));
        world_settle(&w);
        g_autoptr(Seen) seen = world_start(&w, ASK("m", ",\"stream\":true"));
        for (int i = 0; i < turns && seen->done == 0; i++) {
            pbay_loop_skip(w.rig->loop);
            g_assert_true(pbay_loop_turn(w.rig->loop, 0));
            if (pbay_memory_transport_requests(w.rig->transport) == 3 && slow != NULL) {
                pbay_memory_reply_text(slow, GOOD); /* the place that it waits for */
                pbay_memory_reply_end(g_steal_pointer(&slow));
            }
        }
        ended = seen->done != 0;
        if (!ended)
            pbay_call_cancel(seen->call, why[turns % 3]);
        world_wait(&w, seen);
        if (ended)
            g_assert_null(seen->failure);
        else if (seen->failure != NULL && seen->failure->cls != PB_ERR_TIMEOUT)
            g_assert_cmpint(seen->failure->cls, ==, PBAY_ERR_CANCELLED);
        if (other->done == 0)
            pbay_call_cancel(other->call, PB_CANCEL_CLIENT);
        world_wait(&w, other);
        world_free(&w);
    }
}

/* ---- Cancelled by whoever watches ---- */

static const char *cancel_on; /* the event in whose callback the call is cancelled */

static void watch(void *user, pb_str json)
{
    Seen *seen = user;
    g_autofree char *text = pbay_str_dup(json);
    g_autofree char *event = g_strdup_printf("\"event\":\"%s\"", cancel_on);
    g_assert_cmpuint(seen->done, ==, 0);
    if (seen->call != NULL && strstr(text, event) != NULL)
        pbay_call_cancel(seen->call, PB_CANCEL_CLIENT);
}

static void test_cancel_in_watch(void)
{
    static const PbayCallEvents events = {.watch = watch, .chunk = seen_chunk, .done = seen_done};
    static const struct {
        const char *event, *asked;
    } rows[] = {{"waiting", "a"}, {"failed", "a"}, {"trying", "a"}, {"passed", "aa"}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        World w = world_new(PROVIDERS "[model m]\ntargets = a/one;b/two;c/three\nretries = 1\n"
                                      "[limits b/two]\nrpm = 1\n");
        cancel_on = rows[i].event;
        for (int k = 0; k < 2; k++)
            vendor_says(w.rig, 503, "{}");
        vendor_says(w.rig, 200, GOOD);
        Seen *seen = seen_new(w.rig);
        PbayCallSpec spec = world_spec(&w, ASK("m", ""));
        spec.events = &events;
        spec.user = seen;
        seen->call = pbay_call_start(w.rig->worker, &spec);
        /* Its place is taken between the plan and the moment in which it is b's turn. */
        const PbayTake take = {.provider = g_hash_table_lookup(w.snapshot->providers, "b"),
                               .target = "b/two",
                               .now = pbay_loop_now(w.rig->loop)};
        PbayTaken taken;
        pbay_fleet_take(w.fleet, &take, &taken);
        world_wait(&w, seen);
        world_pass(&w, 60000);
        assert_failed(seen, PBAY_ERR_CANCELLED, "");
        assert_asked(&w, rows[i].asked);
        const PbaySettle settle = {.now = take.now, .neutral = true, .first_ms = -1};
        pbay_fleet_settle(w.fleet, taken.ticket, &settle);
        seen_free(seen);
        world_free(&w);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wait/queue", test_queue);
    g_test_add_func("/wait/queue-timeout", test_queue_timeout);
    g_test_add_func("/wait/queue-again", test_queue_again);
    g_test_add_func("/wait/next-key", test_next_key_waits);
    g_test_add_func("/wait/last-resort", test_last_resort_waits);
    g_test_add_func("/wait/time-up-in-queue", test_time_up_in_queue);
    g_test_add_func("/wait/time-up-after-failure", test_time_up_after_failure);
    g_test_add_func("/wait/no-vain-wait", test_no_vain_wait);
    g_test_add_func("/wait/cancel", test_cancel_while_waiting);
    g_test_add_func("/wait/cancel-in-queue", test_cancel_in_queue);
    g_test_add_func("/wait/cancel-anywhere", test_cancel_anywhere);
    g_test_add_func("/wait/cancel-in-watch", test_cancel_in_watch);
    return g_test_run();
}
