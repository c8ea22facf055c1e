/* SPDX-License-Identifier: Apache-2.0 */
/* One fake a defect, each with the exact row. */
#include "drivers/load.h"

#include "drivers/row.h"
#include "fakes/fake_support.h"

#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>

static PbayDriver *load(const char *name)
{
    g_autofree char *path = fake_path(name);
    return pbay_drivers_load_file(path, &core_api);
}

static void assert_refused(const char *name, const char *reason, const char *remedy)
{
    fake_log_catch();
    const PbayDriver *row = load(name);
    g_assert_cmpint((int)row->status, ==, PBAY_DRIVER_REFUSED);
    g_assert_cmpstr(row->reason, ==, reason);
    g_assert_cmpstr(row->remedy, ==, remedy);
    g_autofree char *line =
        g_strdup_printf("%s is skipped: %s (%s)", row->path, row->reason, row->remedy);
    g_assert_cmpint(fake_log_count(line), ==, 1);
    g_assert_cmpint(fake_log_count("\n"), ==, 1);
}

static const char fixed[] = "ask its vendor for a fixed build";

static void test_refused(void)
{
    g_autofree char *small = g_strdup_printf(
        "its table has %zu bytes, fewer than the %zu that patchbay.driver/1 begins with",
        offsetof(pb_driver, end), offsetof(pb_driver, end) + sizeof(void *));
    static const char engine[] =
        "says it runs in the process (PB_DRIVER_EXECUTE) but gives no usable patchbay.execute/1";
    static const char type[] =
        "manifest: options.region has the type \"strng\", which is none of string, url, int, real, "
        "bool, duration, size, enum, list, map";
    assert_refused("no_symbol", "exports no patchbay_driver_get",
                   "this is no Patchbay driver: take it out of the folder");
    assert_refused("symbol_in_dependency",
                   "patchbay_driver_get is not in this file but in libfake_dependency.so, which it "
                   "needs",
                   "export patchbay_driver_get from the driver itself (visibility \"default\")");
    assert_refused("wrong_interface", "does not offer patchbay.driver/1",
                   "install a version of it for this Patchbay (driver ABI 1.0)");
    assert_refused("size_small", small, fixed);
    assert_refused("core_minor", "needs driver ABI 1.9, this Patchbay has 1.0",
                   "update Patchbay, or install an older version of the driver");
    assert_refused("id_bad", "its id \"Bad.Id\" is not a name of a-z 0-9 - _", fixed);
    assert_refused("id_empty", "its id \"\" is not a name of a-z 0-9 - _", fixed);
    assert_refused("id_null", "its id \"\" is not a name of a-z 0-9 - _", fixed);
    assert_refused("prefix_empty", "its prefix \"\" is not a name of a-z 0-9 - _", fixed);
    assert_refused("prefix_bad", "its prefix \"a/b\" is not a name of a-z 0-9 - _", fixed);
    assert_refused("prefix_none", "has no prefix", fixed);
    assert_refused("null_init", "does not implement init", fixed);
    assert_refused("null_begin", "does not implement begin", fixed);
    assert_refused("null_body", "does not implement on_body", fixed);
    assert_refused("null_on_end", "does not implement on_end", fixed);
    assert_refused("null_end", "does not implement end", fixed);
    assert_refused(
        "isolate",
        "wants a helper process of its own (PB_DRIVER_ISOLATE), which this Patchbay does "
        "not offer",
        "update Patchbay, or install a build of the driver that loads in process");
    assert_refused("engine_null", engine, fixed);
    assert_refused("manifest_broken", type, fixed);
    assert_refused("undefined_symbol",
                   "cannot be loaded: undefined symbol: fake_function_nobody_has",
                   "install a build of the driver made for this system");
}

static void test_init_fails(void)
{
    assert_refused("init_fail", "init failed: the moon is in the wrong place",
                   "put right what it names, or remove the file");
    assert_refused("init_fail_silent", "init failed with code 4 and gave no reason",
                   "put right what it names, or remove the file");
}

static void test_loaded(void)
{
    const char *names[] = {"good",       "keyed",       "rich",   "bare",
                           "size_large", "minor_newer", "engine", "size_minimal"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        fake_log_catch();
        const PbayDriver *row = load(names[i]);
        g_assert_cmpstr(row->reason, ==, NULL);
        g_assert_cmpint((int)row->status, ==, PBAY_DRIVER_LOADED);
        g_assert_cmpstr(row->id, ==, names[i]);
        g_assert_cmpstr(row->prefixes[0], ==, names[i]);
        g_assert_cmpstr(row->version, ==, "1.2.3");
        g_assert_cmpstr(row->vendor, ==, "Fake & Sons");
        g_assert_cmpstr(row->license, ==, "Apache-2.0");
        g_assert_cmpstr(row->core->driver_id, ==, names[i]);
        g_assert_nonnull(row->drv);
        g_assert_cmpstr(fake_log->str, ==, "");
        g_assert_cmpint(row->fd, >, 2);
    }
    g_assert_cmpuint(load("minor_newer")->abi_minor, ==, 7);
    g_assert_nonnull(load("engine")->execute);
    g_assert_cmpuint(load("engine")->execute->parallel, ==, 2);
    g_assert_null(load("good")->execute);
    /* What its table does not reach is not there, whatever lies in memory behind it. */
    g_assert_null(load("size_minimal")->ops->extension);
}

static void test_same_file_same_row(void)
{
    PbayDriver *row = load("good");
    int inits = atomic_load(&fake_control(row)->inits);
    g_assert_true(load("good") == row);
    g_assert_cmpint(atomic_load(&fake_control(row)->inits), ==, inits);
    /* Another core in this process (another service table) starts it for itself. */
    pb_core_api other = core_api;
    g_autofree char *path = fake_path("good");
    PbayDriver *second = pbay_drivers_load_file(path, &other);
    g_assert_true(second != row);
    g_assert_cmpint(atomic_load(&fake_control(row)->inits), ==, inits + 1);
    g_assert_true(second->core != row->core);
}

/* A crash in init takes its process; contained by running in a child, it leaves the others
 * alone. */
static void test_init_crashes(void)
{
    pid_t child = fork();
    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        load("init_crash");
        _exit(0);
    }
    int status = 0;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFSIGNALED(status));
    g_assert_cmpint(WTERMSIG(status), ==, SIGSEGV);
    g_assert_cmpint((int)load("good")->status, ==, PBAY_DRIVER_LOADED);
}

static void test_judged_is_not_started(void)
{
    g_autofree char *path = fake_path("poll");
    PbayDriver *row = pbay_driver_judge(path, false, &core_api);
    g_assert_true(pbay_driver_is_judged(row));
    g_assert_null(row->core);
    pbay_driver_start(row, &core_api);
    g_assert_false(pbay_driver_is_judged(row));
    g_assert_cmpint(atomic_load(&fake_control(row)->inits), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/drivers/load/refused", test_refused);
    g_test_add_func("/drivers/load/init-fails", test_init_fails);
    g_test_add_func("/drivers/load/loaded", test_loaded);
    g_test_add_func("/drivers/load/same-file-same-row", test_same_file_same_row);
    g_test_add_func("/drivers/load/init-crashes", test_init_crashes);
    g_test_add_func("/drivers/load/judged-is-not-started", test_judged_is_not_started);
    return g_test_run();
}
