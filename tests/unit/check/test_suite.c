/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked after what: nothing of a driver that does not load, nothing more of a recording
 * that is not right as it stands. */
#include "check/suite.h"

#include "rig.h"

#include <string.h>

static RigRan run(const char *driver, const char *text)
{
    g_autofree char *file = rig_driver_path(driver);
    char *path = rig_write(text);
    RigRan ran = rig_tool((const char *const[]){"--json", file, path, NULL});

    g_test_message("%s", ran.out);
    rig_remove(path);
    return ran;
}

static void test_wrong_recording(void)
{
    g_autofree char *text = rig_text(NULL, "events", "{\"events\":[]}");
    RigRan ran = run("good", text);

    g_assert_nonnull(strstr(ran.out, "\"check\":\"recorded\""));
    g_assert_null(strstr(ran.out, "\"check\":\"split\""));
    g_assert_nonnull(strstr(ran.out, "\"passed\":1,\"failed\":1}"));
    rig_ran_clear(&ran);
}

static void test_refused_driver(void)
{
    g_autofree char *text = rig_text("size_small", NULL, NULL);
    RigRan ran = run("size_small", text);

    g_assert_nonnull(strstr(ran.out, "it does not load"));
    g_assert_null(strstr(ran.out, "\"check\":\"recorded\""));
    g_assert_cmpint(ran.status, ==, 1);
    rig_ran_clear(&ran);
}

static void test_every_check(void)
{
    g_autofree char *text = rig_text(NULL, NULL, NULL);
    RigRan ran = run("good", text);

    for (const PbayCheck *check = pbay_checks; check->name != NULL; check++) {
        g_autofree char *name = g_strdup_printf("\"check\":\"%s\"", check->name);

        g_assert_nonnull(strstr(ran.out, name));
    }
    g_assert_cmpint(ran.status, ==, 0);
    rig_ran_clear(&ran);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/suite/wrong-recording", test_wrong_recording);
    g_test_add_func("/check/suite/refused-driver", test_refused_driver);
    g_test_add_func("/check/suite/every-check", test_every_check);
    return g_test_run();
}
