/* SPDX-License-Identifier: Apache-2.0 */
/* One job in this process: the driver is loaded as the check needs it, and what does not load is
 * told. */
#include "check/run.h"

#include "rig.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What a job told; g_free. */
static char *run(const char *driver, const char *check, const char *text)
{
    g_autofree char *file = rig_driver_path(driver);
    const PbayCheckOptions options = {.file = file, .stride = 1, .at = -1};
    g_autoptr(GPtrArray) recordings = g_ptr_array_new();
    g_autoptr(PbayRecording) recording = text != NULL ? rig_read(text) : NULL;
    PbayCheckPlace place = {.at = -1};
    int told = memfd_create("told", 0);
    char *out = g_malloc0(4096);

    if (recording != NULL)
        g_ptr_array_add(recordings, recording);
    pbay_check_run_job(&options, recordings, pbay_check_find(check), recording, &place, told);
    g_assert_cmpint(pread(told, out, 4095, 0), >=, 0);
    close(told);
    return out;
}

static void test_run(void)
{
    g_autofree char *text = rig_text(NULL, NULL, NULL);
    g_autofree char *good = run("good", "split", text), *held = run("good", "deferred-split", text);
    g_autofree char *load = run("good", "load", NULL);

    g_assert_cmpstr(good, ==, "");
    g_assert_cmpstr(held, ==, "");
    g_assert_cmpstr(load, ==, "");
}

static void test_refused(void)
{
    g_autofree char *told = run("size_small", "load", NULL);

    g_assert_nonnull(strstr(told, "{\"found\":\"it does not load: "));
    g_assert_nonnull(strstr(told, "\"doing\":\"loading the driver\""));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/run/run", test_run);
    g_test_add_func("/check/run/refused", test_refused);
    return g_test_run();
}
