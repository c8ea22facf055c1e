/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/image.h"

#include "drivers/place.h"
#include "drivers/row.h"
#include "fakes/fake_support.h"

#include <fcntl.h>

static PbayDriver *open_row(const char *folder, const char *file, PbayDriverEntry *entry)
{
    g_autofree char *path = g_build_filename(folder, file, NULL);
    PbayDriver *row = pbay_driver_row_new(path);
    g_assert_true(pbay_driver_open_file(row, true));
    *entry = NULL;
    pbay_driver_image_open(row, entry);
    return row;
}

static const char *id_of(PbayDriverEntry entry)
{
    g_assert_nonnull(entry);
    return ((const pb_driver *)entry(PB_DRIVER_IFACE))->id;
}

static void assert_refused(const char *name, const char *file, const char *reason,
                           const char *remedy)
{
    g_autofree char *folder = fake_folder();
    PbayDriverEntry entry = NULL;
    if (name != NULL)
        fake_install(folder, name, file);
    else
        fake_write(folder, file, "just text\n");
    PbayDriver *row = open_row(folder, file, &entry);
    g_assert_null(entry);
    g_assert_cmpstr(row->reason, ==, reason);
    g_assert_cmpstr(row->remedy, ==, remedy);
    pbay_driver_row_release(row);
    fake_remove(folder);
}

static void test_refuses(void)
{
    assert_refused(NULL, "text.so", "is not a shared library (no ELF header)",
                   "remove it from the folder, or install the driver anew");
    assert_refused("no_symbol", "no_symbol.so", "exports no patchbay_driver_get",
                   "this is no Patchbay driver: take it out of the folder");
    assert_refused("symbol_in_dependency", "dep.so",
                   "patchbay_driver_get is not in this file but in libfake_dependency.so, which it "
                   "needs",
                   "export patchbay_driver_get from the driver itself (visibility \"default\")");
    assert_refused("undefined_symbol", "u.so",
                   "cannot be loaded: undefined symbol: fake_function_nobody_has",
                   "install a build of the driver made for this system");
}

/* An ELF header with nothing behind it. */
static void test_truncated(void)
{
    g_autofree char *folder = fake_folder();
    fake_write(folder, "cut.so", "\177ELF");
    PbayDriverEntry entry = NULL;
    PbayDriver *row = open_row(folder, "cut.so", &entry);
    g_assert_null(entry);
    g_assert_cmpstr(row->reason, ==, "cannot be loaded: file too short");
    g_assert_cmpint(row->fd, ==, -1);
    pbay_driver_row_release(row);
    fake_remove(folder);
}

/* Three in a row, then one replaced on disk: each is what it is. */
static void test_each_is_itself(void)
{
    g_autofree char *folder = fake_folder();
    const char *names[] = {"good", "keyed", "rich"};
    PbayDriverEntry entry = NULL;
    for (int i = 0; i < 3; i++) {
        fake_install(folder, names[i], "a.so");
        PbayDriver *row = open_row(folder, "a.so", &entry);
        g_assert_cmpstr(id_of(entry), ==, names[i]);
        g_assert_cmpint(fcntl(row->fd, F_GETFD) & FD_CLOEXEC, !=, 0);
        pbay_driver_row_release(row);
    }
    fake_remove(folder);
}

/* Somebody closes our descriptor and its number comes up again: glibc, which goes by names,
 * would give the earlier image for /proc/self/fd/N. */
static void test_reused_number(void)
{
    g_autofree char *folder = fake_folder();
    PbayDriverEntry entry = NULL;
    fake_install(folder, "bare", "one.so");
    PbayDriver *first = open_row(folder, "one.so", &entry);
    g_assert_cmpstr(id_of(entry), ==, "bare");
    int number = first->fd;
    close(number);
    fake_install(folder, "poll", "two.so");
    PbayDriver *second = open_row(folder, "two.so", &entry);
    g_assert_cmpstr(id_of(entry), ==, "poll");
    g_assert_cmpint(second->fd, !=, number);
    pbay_driver_row_release(first);
    pbay_driver_row_release(second);
    fake_remove(folder);
}

static void test_same_file_once(void)
{
    g_autofree char *folder = fake_folder();
    PbayDriverEntry one = NULL, two = NULL;
    fake_install(folder, "keyed", "a.so");
    PbayDriver *first = open_row(folder, "a.so", &one);
    PbayDriver *second = open_row(folder, "a.so", &two);
    g_assert_true(one == two);
    g_assert_cmpint(first->fd, ==, second->fd);
    pbay_driver_row_release(first);
    pbay_driver_row_release(second);
    fake_remove(folder);
}

/* Same inode, other content: what is mapped is no longer what is on disk. */
static void test_written_in_place(void)
{
    g_autofree char *folder = fake_folder();
    PbayDriverEntry entry = NULL;
    fake_install(folder, "good", "a.so");
    PbayDriver *first = open_row(folder, "a.so", &entry);
    g_autofree char *path = g_build_filename(folder, "a.so", NULL);
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    g_assert_cmpint(write(fd, "more", 4), ==, 4);
    close(fd);
    PbayDriver *second = open_row(folder, "a.so", &entry);
    g_assert_null(entry);
    g_assert_cmpstr(second->reason, ==,
                    "was written over in place while an earlier version of it is loaded");
    g_assert_cmpstr(
        second->remedy, ==,
        "restart, and replace drivers by renaming a new file over the old (install, mv)");
    pbay_driver_row_release(first);
    pbay_driver_row_release(second);
    fake_remove(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/drivers/image/refuses", test_refuses);
    g_test_add_func("/drivers/image/truncated", test_truncated);
    g_test_add_func("/drivers/image/each-is-itself", test_each_is_itself);
    g_test_add_func("/drivers/image/reused-number", test_reused_number);
    g_test_add_func("/drivers/image/same-file-once", test_same_file_once);
    g_test_add_func("/drivers/image/written-in-place", test_written_in_place);
    return g_test_run();
}
