/* SPDX-License-Identifier: Apache-2.0 */
/* The table of checks, and what a check says. */
#include "check/checks.h"

#include "rig.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void test_table(void)
{
    for (const PbayCheck *check = pbay_checks; check->name != NULL; check++) {
        g_assert_true(pbay_check_find(check->name) == check);
        g_assert_nonnull(check->run);
        g_assert_cmpuint(strlen(check->what), >, 10);
        g_assert_false(check->deferred && check->scope != PBAY_CHECK_RECORDING);
    }
    g_assert_null(pbay_check_find("nope"));
    g_assert_cmpint(pbay_check_find("load")->scope, ==, PBAY_CHECK_DRIVER);
    g_assert_cmpint(pbay_check_find("recorded")->scope, ==, PBAY_CHECK_RECORDING);
}

static void test_told(void)
{
    PbayCheckPlace place = {.at = -1};
    PbayCheckOptions options = {.at = -1};
    PbayCheckRun run = {.place = &place, .options = &options, .told = memfd_create("told", 0)};
    char text[512] = "";

    pbay_check_at(&run, 7, "split at byte %d", 7);
    pbay_check_found(&run, "expected %s\n",
                     "\xff"
                     "a");
    pbay_check_skip(&run, "no %s", "time");
    pbay_check_show(&run, "line\n");
    g_assert_cmpint(pread(run.told, text, sizeof text - 1, 0), >, 0);
    g_assert_cmpstr(text, ==,
                    "{\"found\":\"expected \xef\xbf\xbd"
                    "a\",\"doing\":\"split at byte 7\",\"at\":7}\n"
                    "{\"skipped\":\"no time\"}\n{\"show\":\"line\\n\"}\n");
    g_assert_cmpuint(run.found, ==, 1);
    g_assert_true(pbay_check_wants(&run, 3));
    options.at = 3;
    g_assert_true(pbay_check_wants(&run, 3));
    g_assert_false(pbay_check_wants(&run, 4));
    close(run.told);
}

/* The first run is made once, and counted. */
static void test_first(void)
{
    g_autofree char *text = rig_text(NULL, NULL, NULL);
    g_autoptr(PbayRecording) recording = rig_read(text);
    PbayCheckPlace place = {.at = -1};
    PbayCheckRun run = {.place = &place, .recording = recording, .driver = rig_driver("good")};

    g_assert_true(pbay_check_first(&run));
    g_assert_true(pbay_check_first(&run));
    g_assert_cmpuint(place.runs, ==, 1);
    g_assert_cmpuint(run.first.ends, ==, 1);
    pbay_replay_result_clear(&run.first);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/checks/table", test_table);
    g_test_add_func("/check/checks/told", test_told);
    g_test_add_func("/check/checks/first", test_first);
    return g_test_run();
}
