/* SPDX-License-Identifier: Apache-2.0 */
/* What whoever watches a call hears, in order, as JSON, without a secret. */
#include "unit/call/world.h"

static void hear(void *user, pb_str json)
{
    Seen *seen = user;
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    const pb_json *event = pbay_json_parse(arena, json, NULL, PBAY_JSON_UNIQUE, NULL);
    g_assert_cmpuint(seen->done, ==, 0);
    g_assert_nonnull(event);
    pbay_str_append(seen->stream, pbay_json_str(pbay_json_get(event, PBAY_STR("event"))));
    g_string_append_c(seen->stream, ' ');
    pbay_str_append(seen->stream, pbay_json_str(pbay_json_get(event, PBAY_STR("target"))));
    g_string_append_c(seen->stream, ';');
    g_autofree char *text = pbay_str_dup(json);
    assert_lacks(text, "canary-key");
}

static const PbayCallEvents watched = {.watch = hear, .done = seen_done};

static Seen *watch(World *w, const char *json)
{
    Seen *seen = seen_new(w->rig);
    PbayCallSpec spec = world_spec(w, json);
    spec.events = &watched;
    spec.user = seen;
    seen->call = pbay_call_start(w->rig->worker, &spec);
    world_wait(w, seen);
    return seen;
}

static void test_order(void)
{
    World w = world_new(PROVIDERS "[model m]\ntargets = a/one;b/two\nretries = 1\n");
    vendor_says(w.rig, 200, "broken canary-key-a\n");
    vendor_says(w.rig, 503, "{}");
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) seen = watch(&w, ASK("m", ""));
    g_assert_cmpstr(seen->stream->str, ==,
                    "trying a/one;failed a/one;waiting a/one;trying a/one;failed a/one;"
                    "trying b/two;served b/two;");
    world_free(&w);
}

static void test_passed(void)
{
    World w = world_new(PROVIDERS "[model m]\ntargets = a/one;b/two\nretries = 0\n");
    PbayMemoryReply *slow = pbay_memory_reply_new(w.rig->transport, 200);
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) refused = watch(&w, "{");
    g_assert_cmpstr(refused->stream->str, ==, "");
    pbay_memory_reply_text(slow, GOOD);
    pbay_memory_reply_end(slow);
    g_autoptr(Seen) seen = watch(&w, ASK("m", ""));
    g_assert_cmpstr(seen->stream->str, ==, "trying a/one;served a/one;");
    world_free(&w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/watch/order", test_order);
    g_test_add_func("/watch/passed", test_passed);
    return g_test_run();
}
