/* SPDX-License-Identifier: Apache-2.0 */
/* What is held before the commit point: it has a bound, and whoever stops at the first chunk of it
 * gets no second one. */
#include "unit/call/world.h"

#define CHAIN    "[model m]\ntargets = a/one;b/two\nretries = 0\n"
#define STREAMED ASK("m", ",\"stream\":true")

/* Endless pieces without content: not kept for ever, and the next target is asked. */
static void test_bound(void)
{
    World w = world_new(PROVIDERS CHAIN);
    PbayMemoryReply *endless = pbay_memory_reply_new(w.rig->transport, 200);
    g_autoptr(GString) lines = g_string_new(NULL);
    for (int i = 0; i < 1000; i++)
        g_string_append(lines, "extra {}\n");
    for (int i = 0; i < 100; i++)
        pbay_memory_reply_text(endless, lines->str);
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) seen = world_run(&w, STREAMED);
    g_assert_null(seen->failure);
    assert_asked(&w, "ab");
    assert_holds(seen->report, "without any content");
    assert_holds(seen->report, "\"class\":\"protocol\"");
    g_assert_cmpuint(seen->chunks, ==, 3);
    g_assert_true(pbay_memory_transport_request(w.rig->transport, 0)->aborted);
    world_free(&w);
}

/* Behind the commit point nothing is held, so nothing is bounded. */
static void test_no_bound_behind(void)
{
    World w = world_new(PROVIDERS CHAIN);
    PbayMemoryReply *reply = pbay_memory_reply_new(w.rig->transport, 200);
    g_autoptr(GString) lines = g_string_new("text a\n");
    for (int i = 0; i < 50000; i++)
        g_string_append(lines, "extra {}\n");
    pbay_memory_reply_text(reply, lines->str);
    pbay_memory_reply_text(reply, "finish stop\n");
    pbay_memory_reply_end(reply);
    g_autoptr(Seen) seen = world_run(&w, STREAMED);
    g_assert_null(seen->failure);
    world_free(&w);
}

static void test_stop_at_first(void)
{
    static const char *const streams[] = {"text a\ntext b\nfinish stop\n", "finish stop\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(streams); i++) {
        World w = world_new(PROVIDERS CHAIN);
        vendor_says(w.rig, 200, streams[i]);
        Seen *seen = seen_new(w.rig);
        seen->cancel_at = 1;
        PbayCallSpec spec = world_spec(&w, STREAMED);
        seen_start(seen, &spec);
        world_wait(&w, seen);
        assert_failed(seen, PBAY_ERR_CANCELLED, "");
        g_assert_cmpuint(seen->chunks, ==, 1);
        assert_asked(&w, "a");
        seen_free(seen);
        world_free(&w);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/commit/bound", test_bound);
    g_test_add_func("/commit/no-bound-behind", test_no_bound_behind);
    g_test_add_func("/commit/stop-at-first", test_stop_at_first);
    return g_test_run();
}
