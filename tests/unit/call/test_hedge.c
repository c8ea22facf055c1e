/* SPDX-License-Identifier: Apache-2.0 */
/* The race: a second target joins when the first is later than usual, the first with content is
 * heard, the other is cancelled, and an error never wins. On virtual time. */
#include "unit/call/world.h"

#define RACE "[model m]\ntargets = a/one;b/two\nretries = 0\nhedge = yes\n"

/* Makes it known that a/one usually needs 100 ms. */
static void teach(World *w, bool stream)
{
    PbayProvider *provider = g_hash_table_lookup(w->snapshot->providers, "a");
    for (int i = 0; i < 40; i++) {
        const PbayTake take = {.provider = provider, .target = "a/one"};
        PbayTaken taken = {0};
        pbay_fleet_take(w->fleet, &take, &taken);
        g_assert_nonnull(taken.ticket);
        const PbaySettle settle = {.stream = stream,
                                   .first_ms = 100,
                                   .total_ms = 100,
                                   .tokens = -1,
                                   .sent = true,
                                   .now = pbay_loop_now(w->rig->loop)};
        pbay_fleet_settle(w->fleet, taken.ticket, &settle);
    }
}

static Seen *start(World *w, const char *json)
{
    Seen *seen = seen_new(w->rig);
    PbayCallSpec spec = world_spec(w, json);
    seen_start(seen, &spec);
    return seen;
}

/* Turns, with the clock moving on, until so many requests have left. */
static void until_asked(World *w, size_t n)
{
    for (int i = 0; pbay_memory_transport_requests(w->rig->transport) < n; i++) {
        g_assert_cmpint(i, <, 1000);
        pbay_loop_skip(w->rig->loop);
        g_assert_true(pbay_loop_turn(w->rig->loop, 0));
    }
}

#define STREAMED ASK("m", ",\"stream\":true")

static void test_second_wins(void)
{
    World w = world_new(PROVIDERS RACE);
    teach(&w, true);
    pbay_memory_reply_new(w.rig->transport, 200); /* silent */
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) seen = start(&w, STREAMED);
    world_wait(&w, seen);
    g_assert_null(seen->failure);
    assert_asked(&w, "ab");
    assert_holds(seen->report, "\"target\":\"b/two\"");
    assert_holds(seen->report, "\"lost_race\":true");
    assert_holds(seen->report, "\"hedge\":true");
    g_assert_true(pbay_memory_transport_request(w.rig->transport, 0)->aborted);
    world_free(&w);
}

static void test_first_wins(void)
{
    World w = world_new(PROVIDERS RACE);
    teach(&w, true);
    PbayMemoryReply *late = pbay_memory_reply_new(w.rig->transport, 200);
    PbayMemoryReply *second = pbay_memory_reply_new(w.rig->transport, 200);
    pbay_memory_reply_text(second, "text \nusage 1 1\n"); /* no content yet */
    g_autoptr(Seen) seen = start(&w, STREAMED);
    until_asked(&w, 2);
    pbay_memory_reply_text(late, "text Hello\nfinish stop\n");
    pbay_memory_reply_end(late);
    world_wait(&w, seen);
    g_assert_null(seen->failure);
    assert_holds(seen->report, "\"target\":\"a/one\"");
    assert_holds(seen->report, "\"lost_race\":true");
    g_assert_true(pbay_memory_transport_request(w.rig->transport, 1)->aborted);
    world_free(&w);
}

/* Whichever of the two fails, the other one goes on alone. */
static void test_error_never_wins(void)
{
    for (int which = 0; which < 2; which++) {
        World w = world_new(PROVIDERS RACE);
        teach(&w, true);
        PbayMemoryReply *replies[2] = {pbay_memory_reply_new(w.rig->transport, 200),
                                       pbay_memory_reply_new(w.rig->transport, 200)};
        g_autoptr(Seen) seen = start(&w, STREAMED);
        until_asked(&w, 2);
        pbay_memory_reply_text(replies[which], "overloaded\n");
        pbay_memory_reply_end(replies[which]);
        for (int i = 0; i < 10; i++)
            g_assert_true(pbay_loop_turn(w.rig->loop, 0));
        g_assert_cmpuint(seen->done, ==, 0);
        pbay_memory_reply_text(replies[1 - which], GOOD);
        pbay_memory_reply_end(replies[1 - which]);
        world_wait(&w, seen);
        g_assert_null(seen->failure);
        assert_holds(seen->report, which == 0 ? "\"target\":\"b/two\"" : "\"target\":\"a/one\"");
        world_free(&w);
    }
}

static void test_both_fail(void)
{
    World w = world_new(PROVIDERS "[model m]\ntargets = a/one;b/two;c/three\nretries = 0\n"
                                  "hedge = yes\n");
    teach(&w, true);
    PbayMemoryReply *first = pbay_memory_reply_new(w.rig->transport, 200);
    PbayMemoryReply *second = pbay_memory_reply_new(w.rig->transport, 200);
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) seen = start(&w, STREAMED);
    until_asked(&w, 2);
    pbay_memory_reply_text(first, "overloaded\n");
    pbay_memory_reply_end(first);
    pbay_memory_reply_text(second, "overloaded\n");
    pbay_memory_reply_end(second);
    world_wait(&w, seen);
    g_assert_null(seen->failure);
    assert_asked(&w, "abc");
    world_free(&w);
}

/* What one of the two has said of the request itself counts when the other one fails too: a mistake
 * stays one, and what was refused goes to nobody who was not named for that. */
static void test_final_word(void)
{
    static const struct {
        int status;
        const char *lines;
        int32_t cls;
    } rows[] = {{400, "{}", PB_ERR_INVALID}, {200, "refused\n", PB_ERR_OVERLOADED}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        World w = world_new(PROVIDERS "[model m]\ntargets = a/one;b/two;c/three\nretries = 1\n"
                                      "hedge = yes\n");
        teach(&w, true);
        PbayMemoryReply *first = pbay_memory_reply_new(w.rig->transport, rows[i].status);
        PbayMemoryReply *second = pbay_memory_reply_new(w.rig->transport, 503);
        vendor_says(w.rig, 200, GOOD);
        g_autoptr(Seen) seen = start(&w, STREAMED);
        until_asked(&w, 2);
        pbay_memory_reply_text(first, rows[i].lines);
        pbay_memory_reply_end(first);
        world_settle(&w);
        g_assert_cmpuint(seen->done, ==, 0);
        pbay_memory_reply_text(second, "{}");
        pbay_memory_reply_end(second);
        world_wait(&w, seen);
        assert_failed(seen, rows[i].cls, "a/one (");
        assert_asked(&w, "ab");
        world_free(&w);
    }
}

/* Whichever attempt is late, once a call. */
static void test_later_attempt(void)
{
    World w = world_new(PROVIDERS "[model m]\ntargets = b/two;a/one;c/three;b/four\nretries = 0\n"
                                  "hedge = yes\n");
    teach(&w, true);
    vendor_says(w.rig, 503, "{}");
    pbay_memory_reply_new(w.rig->transport, 200); /* silent */
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) seen = world_run(&w, STREAMED);
    g_assert_null(seen->failure);
    assert_asked(&w, "bac");
    assert_holds(seen->report, "\"lost_race\":true");
    world_free(&w);
}

/* Who was too late was at least that late: else it would be known as fast for ever. */
static void test_loser_is_slow(void)
{
    World w = world_new(PROVIDERS RACE);
    teach(&w, true);
    int64_t before = world_peek(&w, "a/one").first_ms;
    pbay_memory_reply_new(w.rig->transport, 200); /* silent */
    PbayMemoryReply *second = pbay_memory_reply_new(w.rig->transport, 200);
    g_autoptr(Seen) seen = start(&w, STREAMED);
    until_asked(&w, 2);
    world_pass(&w, 5000);
    pbay_memory_reply_text(second, GOOD);
    pbay_memory_reply_end(second);
    world_wait(&w, seen);
    g_assert_null(seen->failure);
    g_assert_cmpint(world_peek(&w, "a/one").first_ms, >, before + 100);
    g_assert_cmpint(world_peek(&w, "a/one").breaker, ==, PBAY_BREAKER_CLOSED);
    world_free(&w);
}

/* In time, or of nobody's usual time anything known: no second request. */
static void test_no_race(void)
{
    World w = world_new(PROVIDERS RACE);
    pbay_memory_reply_new(w.rig->transport, 200);
    g_autoptr(Seen) unknown = start(&w, ASK("m", ",\"stream\":true,\"patchbay\":{"
                                                 "\"timeout_ms\":9000}"));
    world_wait(&w, unknown);
    assert_failed(unknown, PB_ERR_TIMEOUT, "");
    assert_asked(&w, "a");
    teach(&w, true);
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) in_time = start(&w, STREAMED);
    world_wait(&w, in_time);
    g_assert_null(in_time->failure);
    assert_asked(&w, "aa");
    world_free(&w);
}

/* An answer in one piece races too: the first whole one counts. */
static void test_whole(void)
{
    World w = world_new(PROVIDERS RACE);
    teach(&w, false);
    PbayMemoryReply *slow = pbay_memory_reply_new(w.rig->transport, 200);
    pbay_memory_reply_text(slow, "text half\n");
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) seen = start(&w, ASK("m", ""));
    world_wait(&w, seen);
    g_assert_null(seen->failure);
    assert_holds(seen->answer, "\"content\":\"Hello\"");
    assert_holds(seen->report, "\"target\":\"b/two\"");
    world_free(&w);
}

static void test_cancel_both(void)
{
    World w = world_new(PROVIDERS RACE);
    teach(&w, true);
    pbay_memory_reply_new(w.rig->transport, 200);
    pbay_memory_reply_new(w.rig->transport, 200);
    g_autoptr(Seen) seen = start(&w, STREAMED);
    until_asked(&w, 2);
    pbay_call_cancel(seen->call, PB_CANCEL_CLIENT);
    world_wait(&w, seen);
    assert_failed(seen, PBAY_ERR_CANCELLED, "");
    g_assert_cmpuint(pbay_memory_transport_alive(w.rig->transport), ==, 0);
    world_free(&w);
}

/* Stopped by the first chunk of the winner, while the loser is still being closed: that is no
 * answer. */
static void test_stop_as_heard(void)
{
    for (int which = 0; which < 2; which++) {
        World w = world_new(PROVIDERS RACE);
        teach(&w, true);
        PbayMemoryReply *replies[2] = {pbay_memory_reply_new(w.rig->transport, 200),
                                       pbay_memory_reply_new(w.rig->transport, 200)};
        g_autoptr(Seen) seen = start(&w, STREAMED);
        seen->cancel_at = 1;
        until_asked(&w, 2);
        pbay_memory_reply_text(replies[which], "text Hel\n");
        world_wait(&w, seen);
        assert_failed(seen, PBAY_ERR_CANCELLED, "");
        g_assert_cmpuint(seen->chunks, ==, 1);
        g_assert_cmpuint(pbay_memory_transport_alive(w.rig->transport), ==, 0);
        world_free(&w);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hedge/second-wins", test_second_wins);
    g_test_add_func("/hedge/first-wins", test_first_wins);
    g_test_add_func("/hedge/error-never-wins", test_error_never_wins);
    g_test_add_func("/hedge/both-fail", test_both_fail);
    g_test_add_func("/hedge/final-word", test_final_word);
    g_test_add_func("/hedge/later-attempt", test_later_attempt);
    g_test_add_func("/hedge/loser-is-slow", test_loser_is_slow);
    g_test_add_func("/hedge/no-race", test_no_race);
    g_test_add_func("/hedge/whole", test_whole);
    g_test_add_func("/hedge/cancel-both", test_cancel_both);
    g_test_add_func("/hedge/stop-as-heard", test_stop_as_heard);
    return g_test_run();
}
