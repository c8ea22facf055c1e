/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of the file, each against a fake that breaks it. The sanitizers' own imports and
 * libraries are no driver's fault. */
#include "check/elf.h"

#include "rig.h"

#include <string.h>

/* Were the fakes built with a sanitizer? */
static bool sanitized(void)
{
    g_autofree char *path = rig_driver_path("good");
    g_autoptr(PbayElf) elf = pbay_elf_read(path, NULL);

    return elf->sanitizer != NULL;
}

static void test_exports(void)
{
    rig_passes("good", "exports", NULL, NULL);
    rig_fails("extra_symbol", "exports", NULL, NULL, "exports fake_extra_symbol: expected");
    rig_fails("symbol_in_dependency", "exports", NULL, NULL, "patchbay_driver_get, found none");
    rig_fails("no_symbol", "exports", NULL, NULL, "exports patchbay_driver_get_other");
}

static void test_nodelete(void)
{
    rig_passes("good", "nodelete", NULL, NULL);
    rig_fails("deletable", "nodelete", NULL, NULL, "expected the flag NODELETE");
}

static void test_needed(void)
{
    rig_passes("good", "needed", NULL, NULL);
    rig_fails("needs_curl", "needed", NULL, NULL, "needs libcurl.so");
    rig_fails("symbol_in_dependency", "needed", NULL, NULL,
              "\"declares\":[\"libfake_dependency\"]");
}

static void test_imports(void)
{
    rig_passes("good", "imports", NULL, NULL);
    rig_passes("declares_getenv", "imports", NULL, NULL);
    if (sanitized())
        rig_passes("imports_getenv", "imports", NULL, NULL);
    else
        rig_fails("imports_getenv", "imports", NULL, NULL, "imports getenv");
}

static void test_skipped(void)
{
    g_autofree char *path = rig_driver_path("good");
    RigRan ran = rig_tool((const char *const[]){path, "--only=imports", NULL});

    g_assert_cmpint(strstr(ran.out, "skipped imports: built with") != NULL, ==, sanitized());
    rig_ran_clear(&ran);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/file/exports", test_exports);
    g_test_add_func("/check/file/nodelete", test_nodelete);
    g_test_add_func("/check/file/needed", test_needed);
    g_test_add_func("/check/file/imports", test_imports);
    g_test_add_func("/check/file/skipped", test_skipped);
    return g_test_run();
}
