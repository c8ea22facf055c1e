/* SPDX-License-Identifier: Apache-2.0 */
/* Crashes, hangs and noise of a driver are findings, and the parent goes on. */
#include "check/child.h"

#include "rig.h"

#include <string.h>

static void test_hang(void)
{
    g_autofree char *text = rig_text("hangs_at_five", NULL, NULL);

    rig_fails("hangs_at_five", "cut", text, "--timeout=1",
              "cut (cut off after byte 5):\n  expected to be over in 1 s, still running");
}

static void test_stdout(void)
{
    g_autofree char *text = rig_text("stdout", NULL, NULL);

    rig_fails("stdout", "recorded", text, NULL, "wrote to standard output: noise from a driver");
}

/* Two recordings, several children; what crashes in one is not the other's. */
static void test_others_go_on(void)
{
    g_autofree char *text = rig_text("crash_at_five", NULL, NULL);
    g_autofree char *short_text = rig_text("crash_at_five", "bytes", "{\"bytes\":\"Hi\"}");
    g_autoptr(GString) changed = g_string_new(short_text);
    g_autofree char *driver = rig_driver_path("crash_at_five");
    char *a = rig_write(text), *b;
    RigRan ran;

    g_string_replace(changed, "Hello you\"", "Hi\"", 0);
    b = rig_write(changed->str);
    ran = rig_tool((const char *const[]){driver, a, b, "--jobs=3", "--only=cut", NULL});
    g_assert_nonnull(strstr(ran.out, "1 passed, 1 failed\n"));
    g_assert_nonnull(strstr(ran.out, a));
    g_assert_cmpint(ran.status, ==, 1);
    rig_ran_clear(&ran);
    rig_remove(a);
    rig_remove(b);
}

static void count(void *user, const PbayJob *job, const PbayVerdict *verdict)
{
    g_assert_cmpstr(job->check->name, ==, "exports");
    g_assert_cmpuint(verdict->findings->len, ==, 0);
    ++*(int *)user;
}

/* Below the command: each job is told of once. */
static void test_queue(void)
{
    g_autofree char *file = rig_driver_path("good");
    const PbayCheckOptions options = {.file = file, .stride = 1, .at = -1};
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    int done = 0;
    PbayChildSpec spec = {.options = &options,
                          .recordings = none,
                          .jobs = 2,
                          .timeout = 60,
                          .done = count,
                          .user = &done};
    GQueue jobs = G_QUEUE_INIT;

    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 5; i++) {
            PbayJob *job = g_new0(PbayJob, 1);

            job->check = pbay_check_find("exports");
            g_queue_push_tail(&jobs, job);
        }
        pbay_children_run(&spec, &jobs);
        spec.no_fork = true;
    }
    g_assert_cmpint(done, ==, 10);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/child/hang", test_hang);
    g_test_add_func("/check/child/stdout", test_stdout);
    g_test_add_func("/check/child/others-go-on", test_others_go_on);
    g_test_add_func("/check/child/queue", test_queue);
    return g_test_run();
}
