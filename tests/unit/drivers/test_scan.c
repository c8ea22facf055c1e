/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/drivers.h"

#include "fakes/fake_support.h"

#include <signal.h>

typedef struct Fixture {
    char *folder;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
    (void)data;
    f->folder = fake_folder();
    fake_log_catch();
}

static void tear_down(Fixture *f, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(g_chmod(f->folder, 0700), ==, 0);
    fake_remove(f->folder);
    g_free(f->folder);
}

static void assert_row(const PbayDriverSet *set, const char *file, const char *reason,
                       const char *remedy)
{
    const PbayDriver *row = fake_row(set, file);
    g_assert_cmpstr(row->reason, ==, reason);
    g_assert_cmpstr(row->remedy, ==, remedy);
    g_assert_cmpint((int)row->status, ==,
                    reason == NULL ? PBAY_DRIVER_LOADED : PBAY_DRIVER_REFUSED);
}

/* Everything that can lie in a folder, and the good ones work. */
static void test_mixed(Fixture *f, gconstpointer data)
{
    (void)data;
    fake_install(f->folder, "good", "with space.so");
    fake_install(f->folder, "rich", "zz.so");
    fake_install(f->folder, "init_fail", "broken.so");
    fake_install(f->folder, "keyed", "keyed.so");
    fake_install(f->folder, "bare", ".hidden.so");
    fake_install(f->folder, "bare", "~bare.so");
    fake_install(f->folder, "bare", "bare.so~");
    fake_install(f->folder, "bare", "bare.so.1");
    fake_write(f->folder, "text.so", "this is text");
    fake_write(f->folder, "empty.so", "");
    fake_write(f->folder, "README", "not looked at");
    g_autofree char *sub = g_build_filename(f->folder, "sub.so", NULL);
    g_assert_cmpint(g_mkdir(sub, 0755), ==, 0);
    g_autofree char *gone = g_build_filename(f->folder, "gone", NULL);
    g_autofree char *dangling = g_build_filename(f->folder, "dangling.so", NULL);
    g_assert_cmpint(symlink("gone", dangling), ==, 0);
    g_autofree char *loose = g_build_filename(f->folder, "keyed.so", NULL);
    g_assert_cmpint(g_chmod(loose, 0777), ==, 0);

    PbayDriverSet *set = fake_scan(f->folder, NULL);
    const char *order[] = {"broken.so", "dangling.so", "empty.so",      "keyed.so",
                           "sub.so",    "text.so",     "with space.so", "zz.so"};
    g_assert_cmpuint(set->rows->len, ==, G_N_ELEMENTS(order));
    for (guint i = 0; i < set->rows->len; i++)
        g_assert_cmpstr(((PbayDriver *)set->rows->pdata[i])->file, ==, order[i]);

    g_autofree char *missing = g_strdup_printf("is a link to %s, which is missing", gone);
    g_autofree char *chmod = g_strdup_printf("chmod go-w %s", loose);
    assert_row(set, "broken.so", "init failed: the moon is in the wrong place",
               "put right what it names, or remove the file");
    assert_row(set, "dangling.so", missing, "remove the link, or install the file it points to");
    assert_row(set, "empty.so", "is not a shared library (no ELF header)",
               "remove it from the folder, or install the driver anew");
    assert_row(set, "keyed.so", "the file may be written by others than its owner (mode 0777)",
               chmod);
    assert_row(set, "sub.so", "is a folder, not a file", "rename or remove it");
    assert_row(set, "text.so", "is not a shared library (no ELF header)",
               "remove it from the folder, or install the driver anew");
    assert_row(set, "with space.so", NULL, NULL);
    assert_row(set, "zz.so", NULL, NULL);
    g_assert_true(pbay_driver_set_find(set, "good") == fake_row(set, "with space.so"));
    g_assert_nonnull(pbay_driver_set_find(set, "rich"));
    g_assert_null(pbay_driver_set_find(set, "init_fail"));
    g_assert_null(pbay_driver_set_find(set, "bare"));
    g_assert_cmpint(fake_log_count("is skipped"), ==, 6);
    pbay_driver_set_unref(set);
}

static void test_folder_mode(Fixture *f, gconstpointer data)
{
    (void)data;
    fake_install(f->folder, "good", "good.so");
    g_assert_cmpint(g_chmod(f->folder, 0775), ==, 0);
    PbayDriverSet *set = fake_scan(f->folder, NULL);
    g_autofree char *remedy = g_strdup_printf("chmod go-w %s", f->folder);
    g_autofree char *name = g_path_get_basename(f->folder);
    g_assert_cmpuint(set->rows->len, ==, 1);
    assert_row(set, name, "the folder may be written by others than its owner (mode 0775)", remedy);
    g_assert_cmpstr(((PbayDriver *)set->rows->pdata[0])->path, ==, f->folder);
    pbay_driver_set_unref(set);
}

static void test_no_folder(void)
{
    fake_log_catch();
    PbayDriverSet *set = fake_scan("/nonexistent/drivers", NULL);
    g_assert_cmpuint(set->rows->len, ==, 0);
    g_assert_cmpstr(fake_log->str, ==, "");
    pbay_driver_set_unref(set);
    const char *const none[] = {NULL};
    set = pbay_drivers_scan(&(PbayDriverSearch){.folders = none, .api = &core_api});
    g_assert_cmpuint(set->rows->len, ==, 0);
    pbay_driver_set_unref(set);
}

static void test_environment(Fixture *f, gconstpointer data)
{
    (void)data;
    fake_install(f->folder, "bare", "bare.so");
    g_autofree char *path = g_strconcat("/nonexistent:", f->folder, ":", f->folder, NULL);
    g_setenv("PATCHBAY_DRIVER_PATH", path, TRUE);
    PbayDriverSet *set = pbay_drivers_scan(&(PbayDriverSearch){.api = &core_api});
    g_unsetenv("PATCHBAY_DRIVER_PATH");
    g_assert_cmpuint(set->rows->len, ==, 1); /* a folder named twice counts once */
    g_assert_nonnull(pbay_driver_set_find(set, "bare"));
    pbay_driver_set_unref(set);
}

static void test_one_id_twice(Fixture *f, gconstpointer data)
{
    (void)data;
    fake_install(f->folder, "id_same_a", "a.so");
    fake_install(f->folder, "id_same_b", "b.so");
    PbayDriverSet *set = fake_scan(f->folder, NULL);
    g_autofree char *first =
        g_strdup_printf("its id \"same\" is taken by %s/a.so, which comes first", f->folder);
    assert_row(set, "a.so", NULL, NULL);
    assert_row(set, "b.so", first, "remove one of the two files");

    /* A better claim comes: it wins over the one that runs, whose row of then does not change. */
    fake_install(f->folder, "id_same_first", "z.so");
    PbayDriverSet *next = fake_scan(f->folder, set);
    g_autofree char *higher = g_strdup_printf(
        "its id \"same\" is taken by %s/z.so, which has the higher priority", f->folder);
    assert_row(next, "z.so", NULL, NULL);
    assert_row(next, "a.so", higher, "remove one of the two files");
    assert_row(next, "b.so", higher, "remove one of the two files");
    assert_row(set, "a.so", NULL, NULL);
    g_assert_true(pbay_driver_set_find(next, "same") == fake_row(next, "z.so"));
    g_assert_true(pbay_driver_set_find(set, "same") == fake_row(set, "a.so"));
    pbay_driver_set_unref(next);
    pbay_driver_set_unref(set);
}

/* Two claim one prefix under different ids: both load; who serves it is the snapshot's decision. */
static void test_one_prefix_twice(Fixture *f, gconstpointer data)
{
    (void)data;
    fake_install(f->folder, "prefix_shared_a", "a.so");
    fake_install(f->folder, "prefix_shared_b", "b.so");
    PbayDriverSet *set = fake_scan(f->folder, NULL);
    assert_row(set, "a.so", NULL, NULL);
    assert_row(set, "b.so", NULL, NULL);
    pbay_driver_set_unref(set);
}

static void test_reload(Fixture *f, gconstpointer data)
{
    (void)data;
    fake_install(f->folder, "good", "a.so");
    fake_install(f->folder, "keyed", "b.so");
    fake_install(f->folder, "no_symbol", "c.so");
    PbayDriverSet *set = fake_scan(f->folder, NULL);
    PbayDriver *a = fake_row(set, "a.so"), *b = fake_row(set, "b.so");
    g_assert_cmpint(fake_log_count("is skipped"), ==, 1);

    /* Unchanged: the same rows, init not called again, nothing told twice. */
    fake_log_catch();
    PbayDriverSet *again = fake_scan(f->folder, set);
    g_assert_true(fake_row(again, "a.so") == a);
    g_assert_true(fake_row(again, "b.so") == b);
    g_assert_cmpint(atomic_load(&fake_control(a)->inits), ==, 1);
    g_assert_cmpint(fake_log_count("is skipped"), ==, 0);

    /* Replaced by another file: loaded beside; the old one still answers. */
    fake_install(f->folder, "rich", "a.so");
    PbayDriverSet *third = fake_scan(f->folder, again);
    PbayDriver *replaced = fake_row(third, "a.so");
    g_assert_true(replaced != a);
    g_assert_cmpstr(replaced->id, ==, "rich");
    g_assert_null(pbay_driver_set_find(third, "good"));
    g_assert_cmpint(atomic_load(&fake_control(a)->inits), ==, 1);
    g_assert_cmpstr(a->id, ==, "good");
    g_assert_true(fake_row(third, "b.so") == b);
    pbay_driver_set_unref(set);
    pbay_driver_set_unref(again);
    pbay_driver_set_unref(third);
    g_assert_cmpstr(b->id, ==, "keyed"); /* rows of loaded drivers outlive their sets */
}

/* The same driver, built anew: one id, one path, two images. */
static void test_reload_same_id(Fixture *f, gconstpointer data)
{
    (void)data;
    fake_install(f->folder, "good", "a.so");
    PbayDriverSet *set = fake_scan(f->folder, NULL);
    PbayDriver *old = pbay_driver_set_find(set, "good");
    fake_install(f->folder, "good", "a.so");
    PbayDriverSet *next = fake_scan(f->folder, set);
    PbayDriver *new = pbay_driver_set_find(next, "good");
    g_assert_nonnull(new);
    g_assert_true(new != old);
    g_assert_true(fake_control(new) != fake_control(old));
    g_assert_cmpint(atomic_load(&fake_control(new)->inits), ==, 1);
    pbay_driver_set_unref(next);
    pbay_driver_set_unref(set);
}

static void test_references(Fixture *f, gconstpointer data)
{
    (void)data;
    fake_write(f->folder, "x.so", "text");
    PbayDriverSet *set = fake_scan(f->folder, NULL);
    g_assert_true(pbay_driver_set_ref(set) == set);
    pbay_driver_set_unref(set);
    g_assert_cmpstr(fake_row(set, "x.so")->remedy, ==,
                    "remove it from the folder, or install the driver anew");
    pbay_driver_set_unref(set);
    pbay_driver_set_unref(NULL);
}

#define ADD(name, func) g_test_add("/drivers/scan/" name, Fixture, NULL, set_up, func, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("mixed", test_mixed);
    ADD("folder-mode", test_folder_mode);
    ADD("environment", test_environment);
    ADD("one-id-twice", test_one_id_twice);
    ADD("one-prefix-twice", test_one_prefix_twice);
    ADD("reload", test_reload);
    ADD("reload-same-id", test_reload_same_id);
    ADD("references", test_references);
    g_test_add_func("/drivers/scan/no-folder", test_no_folder);
    return g_test_run();
}
