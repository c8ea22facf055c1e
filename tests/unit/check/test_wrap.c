/* SPDX-License-Identifier: Apache-2.0 */
/* A wrapped driver does what it did; its calls are counted, and its ops run on other threads if
 * asked. */
#include "check/wrap.h"

#include "rig.h"

#include <pthread.h>

typedef struct Seen {
    unsigned before, after;
} Seen;

static void before(void *user, pb_xchg *x)
{
    g_assert_nonnull(x);
    ((Seen *)user)->before++;
}

static void after(void *user, pb_xchg *x)
{
    g_assert_nonnull(x);
    ((Seen *)user)->after++;
}

static void replay(PbayDriver *driver, PbayWrap *wrap)
{
    g_autofree char *text = rig_text(NULL, NULL, NULL);
    g_autoptr(PbayRecording) recording = rig_read(text);
    g_autoptr(GString) why = g_string_new(NULL);
    const pb_driver *ops = driver->ops;
    PbayReplayResult result;

    pbay_wrap_install(driver, wrap);
    g_assert_true(driver->ops != ops);
    g_assert_true(pbay_replay_run(driver, recording, &(PbayReplaySpec){0}, &result, NULL));
    pbay_wrap_remove(driver);
    g_assert_true(driver->ops == ops);
    g_assert_true(pbay_replay_judge(recording, &result, why));
    pbay_replay_result_clear(&result);
}

static void test_counts(void)
{
    Seen seen = {0};
    PbayWrap wrap = {.before = before, .after = after, .user = &seen};

    replay(rig_driver("good"), &wrap);
    g_assert_cmpuint(wrap.opens, ==, 1);
    g_assert_cmpuint(wrap.closes, ==, 1);
    g_assert_cmpuint(wrap.begins, ==, 1);
    g_assert_cmpuint(wrap.ends, ==, 1);
    g_assert_cmpuint(wrap.strays, ==, 0);
    g_assert_cmpuint(wrap.cancels, ==, 0);
    /* begin, sign, on_head, two pieces, on_end, end */
    g_assert_cmpuint(seen.before, ==, 7);
    g_assert_cmpuint(seen.after, ==, 7);
}

static void test_threads(void)
{
    PbayWrap wrap = {.threads = true};

    replay(rig_driver("good"), &wrap);
    g_assert_cmpuint(wrap.ends, ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/wrap/counts", test_counts);
    g_test_add_func("/check/wrap/threads", test_threads);
    return g_test_run();
}
