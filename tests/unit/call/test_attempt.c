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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/attempt/before-content", test_before_content);
    g_test_add_func("/attempt/after-content", test_after_content);
    g_test_add_func("/attempt/whole-answers", test_whole_answers);
    g_test_add_func("/attempt/empty-answer", test_empty_answer);
    g_test_add_func("/attempt/first-token", test_first_token);
    g_test_add_func("/attempt/attempt-timeout", test_attempt_timeout);
    g_test_add_func("/attempt/pause", test_pause_holds);
    return g_test_run();
}
