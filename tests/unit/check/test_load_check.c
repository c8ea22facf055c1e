/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of the loaded driver, each against a fake that breaks it. */
#include "rig.h"

#include <string.h>

static void test_load(void)
{
    rig_passes("good", "load", NULL, NULL);
    rig_passes("engine", "load", NULL, NULL);
    rig_passes("minor_newer", "load", NULL, NULL);
    rig_fails("size_minimal", "load", NULL, NULL, "size of the table: expected");
    rig_fails("size_large", "load", NULL, NULL, "size of the table: expected");
    rig_fails("manifest_broken", "load", NULL, NULL, "it does not load: ");
    rig_fails("init_fail", "load", NULL, NULL, "the moon is in the wrong place");
    rig_fails("init_crash", "load", NULL, NULL, "load (loading the driver):\n  the driver");
}

static void test_manifest(void)
{
    g_autofree char *path = rig_driver_path("good");
    RigRan ran = rig_tool((const char *const[]){path, "--only=manifest", NULL});

    g_assert_nonnull(strstr(ran.out, "skipped manifest: no "));
    g_assert_cmpint(ran.status, ==, 0);
    rig_ran_clear(&ran);
    rig_fails("manifest_differs", "manifest", NULL, NULL, "they differ at byte 1 (file: \"}\"");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/load/load", test_load);
    g_test_add_func("/check/load/manifest", test_manifest);
    return g_test_run();
}
