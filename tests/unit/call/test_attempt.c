/* SPDX-License-Identifier: Apache-2.0 */
/* The commit point: what may be thrown away before the first real content, that nothing follows
 * after it, and the bounds in time of one attempt. */
#include "unit/call/world.h"

#define CHAIN    "[model m]\ntargets = a/one;b/two\nretries = 0\n"
#define STREAMED ASK("m", ",\"stream\":true,\"stream_options\":{\"include_usage\":true}")

static void vendor_cut(Rig *rig, const char *lines)
{
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 200);
    pbay_memory_reply_text(reply, lines);
    pbay_memory_reply_fail(reply, PB_ERR_UPSTREAM, true);
}

/* Whatever fails before content has come is never noticed: neither a chunk nor a name of it. */
static void test_before_content(void)
{
    static const char *const openings[] = {"", "text \n", "usage 7 0\n", "text \nusage 7 0\n",
                                           "finish stop\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(openings); i++)
        for (int how = 0; how < 3; how++) {
            World w = world_new(PROVIDERS CHAIN);
            g_autofree char *frame = g_strconcat(openings[i], "overloaded\n", NULL);
            g_autofree char *cut = g_strconcat(openings[i], "te", NULL);
            g_autofree char *broken = g_strconcat(openings[i], "vector 0\n", NULL);
            if (how == 0)
                vendor_says(w.rig, 200, frame);
            else if (how == 1)
                vendor_cut(w.rig, cut);
            else
                vendor_says(w.rig, 200, broken);
            vendor_says(w.rig, 200, "text Hel\ntext lo\nusage 3 2\nfinish stop\n");
            g_autoptr(Seen) seen = world_run(&w, STREAMED);
            g_assert_null(seen->failure);
            assert_asked(&w, "ab");
            g_assert_cmpuint(seen->chunks, ==, 5); /* role, two pieces, finish, usage */
            g_assert_cmpuint(g_strstr_len(seen->stream->str, -1, "\"role\"") != NULL, ==, 1);
            assert_lacks(seen->stream->str, "\"prompt_tokens\":7");
            assert_holds(seen->report, "\"ok\":false");
            world_free(&w);
        }
}

/* After content the stream ends with the error: nobody else is asked, and what came is booked. */
static void test_after_content(void)
{
    static const char *const contents[] = {"text Hel\n", "call {\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(contents); i++) {
        World w = world_new(PROVIDERS CHAIN);
        g_autofree char *lines = g_strconcat("usage 7 1\n", contents[i], "overloaded\n", NULL);
        vendor_says(w.rig, 200, lines);
        g_autoptr(Seen) seen = world_run(&w, STREAMED);
        assert_failed(seen, PB_ERR_OVERLOADED, "overloaded");
        assert_asked(&w, "a");
        g_assert_cmpuint(seen->chunks, >=, 2);
        assert_lacks(seen->stream->str, "\"finish_reason\":\"");
        assert_holds(seen->report, "\"tokens\":{\"input\":7,");
        world_free(&w);
    }
}

/* An answer that is not streamed has said nothing until it is whole. */
static void test_whole_answers(void)
{
    World w = world_new(PROVIDERS CHAIN);
    vendor_cut(w.rig, "text Hel\n");
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
    g_assert_null(seen->failure);
    assert_asked(&w, "ab");
    assert_holds(seen->answer, "\"content\":\"Hello\"");
    world_free(&w);
}

/* An empty answer that ends well is an answer. */
static void test_empty_answer(void)
{
    World w = world_new(PROVIDERS CHAIN);
    vendor_says(w.rig, 200, "finish stop\n");
    g_autoptr(Seen) seen = world_run(&w, STREAMED);
    g_assert_null(seen->failure);
    assert_asked(&w, "a");
    assert_holds(seen->stream->str, "\"finish_reason\":\"stop\"");
    world_free(&w);
}

static void test_first_token(void)
{
    World w = world_new(PROVIDERS CHAIN "timeout-first-token = 3s\n");
    PbayMemoryReply *silent = pbay_memory_reply_new(w.rig->transport, 200);
    pbay_memory_reply_text(silent, "usage 1 1\ntext \n");
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) seen = world_run(&w, STREAMED);
    g_assert_null(seen->failure);
    assert_asked(&w, "ab");
    assert_holds(seen->report, "timeout-first-token");
    assert_holds(seen->report, "\"ms\":3");
    g_assert_true(pbay_memory_transport_request(w.rig->transport, 0)->aborted);
    world_free(&w);
}

static void test_attempt_timeout(void)
{
    World w = world_new(PROVIDERS CHAIN "timeout-attempt = 4s\ntimeout = 60s\n");
    pbay_memory_reply_new(w.rig->transport, 200);
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
    g_assert_null(seen->failure);
    assert_asked(&w, "ab");
    assert_holds(seen->report, "\"class\":\"timeout\"");
    assert_holds(seen->report, "timeout-attempt");
    world_free(&w);
}

/* The whole call's bound ends it, whatever the attempt may take; and a caller in a hurry is no
 * fault of the target's. */
static void test_total_timeout(void)
{
    World w = world_new(PROVIDERS CHAIN);
    for (int i = 0; i < 8; i++) {
        pbay_memory_reply_new(w.rig->transport, 200);
        g_autoptr(Seen) seen = world_run(&w, ASK("m", ",\"patchbay\":{\"timeout_ms\":2000}"));
        assert_failed(seen, PB_ERR_TIMEOUT, "");
    }
    assert_asked(&w, "aaaaaaaa");
    world_free(&w);
}

/* A target that got only what others had left of the call's time is not to blame for being late. */
static void test_leftover_time(void)
{
    World w = world_new(PROVIDERS CHAIN "timeout = 10s\ntimeout-attempt = 9500ms\n");
    for (int i = 0; i < PBAY_BREAKER_FAILURES; i++) {
        pbay_memory_reply_new(w.rig->transport, 200);
        pbay_memory_reply_new(w.rig->transport, 200);
        g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
        assert_failed(seen, PB_ERR_TIMEOUT, "timeout-attempt");
    }
    assert_asked(&w, "ababababab");
    g_assert_cmpint(world_peek(&w, "a/one").breaker, ==, PBAY_BREAKER_OPEN);
    g_assert_cmpint(world_peek(&w, "b/two").breaker, ==, PBAY_BREAKER_CLOSED);
    world_free(&w);
}

static void test_pause_holds(void)
{
    World w = world_new(PROVIDERS CHAIN);
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) seen = seen_new(w.rig);
    PbayCallSpec spec = world_spec(&w, STREAMED);
    seen_start(seen, &spec);
    pbay_call_pause(seen->call, true);
    for (int i = 0; i < 30; i++)
        pbay_loop_turn(w.rig->loop, 0);
    g_assert_cmpuint(seen->chunks, ==, 0);
    pbay_call_pause(seen->call, false);
    world_wait(&w, seen);
    g_assert_null(seen->failure);
    world_free(&w);
}

static void nothing(void *data)
{
    (void)data;
}

/* The probe is a stream: with its first content the target counts as well again, long before
 * the answer has ended. */
static void test_content_ends_the_probe(void)
{
    World w = world_new(PROVIDERS "[model m]\ntargets = a/one\nretries = 0\n");
    for (int i = 0; i < PBAY_BREAKER_FAILURES; i++) {
        vendor_says(w.rig, 500, "{}");
        g_autoptr(Seen) failed = world_run(&w, STREAMED);
        assert_failed(failed, PB_ERR_UPSTREAM, "");
    }
    PbayTimer cool_down = {0};
    pbay_loop_timer_start(w.rig->loop, &cool_down, (int64_t)2 * PBAY_BREAKER_COOL, nothing, NULL);
    while (pbay_timer_running(&cool_down)) {
        pbay_loop_skip(w.rig->loop);
        pbay_loop_turn(w.rig->loop, 0);
    }
    PbayMemoryReply *reply = pbay_memory_reply_new(w.rig->transport, 200);
    pbay_memory_reply_text(reply, "text Hel\n");
    g_autoptr(Seen) seen = seen_new(w.rig);
    PbayCallSpec spec = world_spec(&w, STREAMED);
    seen_start(seen, &spec);
    for (int turns = 0; seen->chunks == 0; turns++) {
        g_assert_cmpint(turns, <, 1000);
        pbay_loop_turn(w.rig->loop, 0);
    }
    PbayPeek peek;
    PbayTake look = {.target = "a/one", .now = pbay_loop_now(w.rig->loop)};
    pbay_fleet_peek(w.fleet, &look, true, &peek);
    g_assert_cmpint(peek.breaker, ==, PBAY_BREAKER_CLOSED);
    g_assert_cmpuint(peek.busy, ==, 1); /* still under way */
    g_assert_cmpint(peek.first_ms, >=, 0);
    pbay_memory_reply_text(reply, "text lo\nfinish stop\n");
    pbay_memory_reply_end(reply);
    world_wait(&w, seen);
    g_assert_null(seen->failure);
    world_free(&w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/attempt/before-content", test_before_content);
    g_test_add_func("/attempt/after-content", test_after_content);
    g_test_add_func("/attempt/whole-answers", test_whole_answers);
    g_test_add_func("/attempt/empty-answer", test_empty_answer);
    g_test_add_func("/attempt/first-token", test_first_token);
    g_test_add_func("/attempt/attempt-timeout", test_attempt_timeout);
    g_test_add_func("/attempt/total-timeout", test_total_timeout);
    g_test_add_func("/attempt/leftover-time", test_leftover_time);
    g_test_add_func("/attempt/pause", test_pause_holds);
    g_test_add_func("/attempt/content-ends-the-probe", test_content_ends_the_probe);
    return g_test_run();
}
