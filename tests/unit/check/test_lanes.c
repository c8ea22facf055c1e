/* SPDX-License-Identifier: Apache-2.0 */
/* One and two exchanges at a time: each gives what its recording says, whatever the pieces; a
 * client that leaves ends its own alone. */
#include "check/lanes.h"

#include "rig.h"

static void run(const char *driver, const char *one, const char *two, size_t piece, size_t leave)
{
    g_autoptr(PbayRecording) a = rig_read(one), b = two != NULL ? rig_read(two) : NULL;
    PbayLoop *loop = pbay_loop_new(NULL);
    const PbayLanesSpec spec = {
        .recordings = {a, b}, .loop = loop, .piece = piece, .cancel_after = leave};
    g_autoptr(GString) why = g_string_new(NULL);
    PbayReplayResult results[2] = {0};

    g_assert_true(pbay_lanes_run(rig_driver(driver), &spec, results, NULL));
    if (leave == 0)
        pbay_replay_judge(a, &results[0], why);
    else
        g_assert_cmpint(results[0].failure->cls, ==, PBAY_ERR_CANCELLED);
    g_assert_cmpuint(results[0].ends, ==, 1);
    if (b != NULL)
        pbay_replay_judge(b, &results[1], why);
    g_assert_cmpstr(why->str, ==, "");
    pbay_replay_result_clear(&results[0]);
    if (b != NULL)
        pbay_replay_result_clear(&results[1]);
    pbay_loop_free(loop);
}

static void test_good(void)
{
    g_autofree char *text = rig_text(NULL, NULL, NULL);
    g_autofree char *other = rig_text(NULL, "outcome", "{\"outcome\":\"done\"}");

    run("good", text, NULL, 4, 0);
    for (size_t piece = 1; piece < 12; piece += 3)
        run("good", text, other, piece, 0);
}

static void test_leaves(void)
{
    g_autofree char *text = rig_text(NULL, NULL, NULL);

    for (size_t turn = 1; turn < 8; turn++)
        run("good", text, text, 1, turn);
}

/* Waits take no time; the polls of both are told apart by their addresses. */
static void test_polls(void)
{
    g_autofree char *text =
        rig_text("poll", "end",
                 "{\"end\":true}\n"
                 "{\"send\":{\"method\":\"GET\",\"url\":\"https://h.example/v1/poll\"}}\n"
                 "{\"head\":{\"status\":200}}\n{\"end\":true}\n"
                 "{\"send\":{\"method\":\"GET\",\"url\":\"https://h.example/v1/poll\"}}\n"
                 "{\"head\":{\"status\":200}}\n{\"end\":true}\n"
                 "{\"send\":{\"method\":\"GET\",\"url\":\"https://h.example/v1/poll\"}}\n"
                 "{\"head\":{\"status\":200}}\n{\"end\":true}");

    run("poll", text, text, 4, 0);
}

static void test_refused(void)
{
    g_autofree char *text =
        rig_text(NULL, "provider", "{\"provider\":{\"name\":\"a\",\"options\":{\"nope\":\"1\"}}}");
    g_autofree char *good = rig_text(NULL, NULL, NULL);
    g_autoptr(PbayRecording) a = rig_read(text), b = rig_read(good);
    PbayLoop *loop = pbay_loop_new(NULL);
    const PbayLanesSpec spec = {.recordings = {a, NULL}, .loop = loop, .piece = 1};
    g_autoptr(GError) error = NULL;
    PbayReplayResult results[2] = {0};

    g_assert_false(pbay_lanes_run(rig_driver("good"), &spec, results, &error));
    g_assert_nonnull(error);
    pbay_replay_result_clear(&results[0]);
    g_assert_false(pbay_lanes_fit(a, b));
    g_assert_true(pbay_lanes_fit(b, b));
    pbay_loop_free(loop);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/lanes/good", test_good);
    g_test_add_func("/check/lanes/leaves", test_leaves);
    g_test_add_func("/check/lanes/polls", test_polls);
    g_test_add_func("/check/lanes/refused", test_refused);
    return g_test_run();
}
