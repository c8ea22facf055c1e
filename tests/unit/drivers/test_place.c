/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/place.h"

#include "drivers/row.h"
#include "fakes/fake_support.h"

#include <fcntl.h>

typedef struct Fixture {
    char *folder, *path;
    PbayDriver *row;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
    (void)data;
    f->folder = fake_folder();
    f->path = g_build_filename(f->folder, "x.so", NULL);
    fake_write(f->folder, "x.so", "text");
    f->row = pbay_driver_row_new(f->path);
}

static void tear_down(Fixture *f, gconstpointer data)
{
    (void)data;
    if (f->row->fd >= 0)
        close(f->row->fd);
    pbay_driver_row_release(f->row);
    g_assert_cmpint(g_chmod(f->folder, 0700), ==, 0);
    fake_remove(f->folder);
    g_free(f->path);
    g_free(f->folder);
}

static void assert_refused(const PbayDriver *row, const char *reason, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *remedy = g_strdup_vprintf(format, args);
    va_end(args);
    g_assert_cmpstr(row->reason, ==, reason);
    g_assert_cmpstr(row->remedy, ==, remedy);
    g_assert_cmpint(row->fd, ==, -1);
}

static void test_good(Fixture *f, gconstpointer data)
{
    (void)data;
    g_assert_true(pbay_driver_open_file(f->row, true));
    g_assert_cmpint(f->row->fd, >, 2);
    g_assert_cmpint(fcntl(f->row->fd, F_GETFD) & FD_CLOEXEC, !=, 0);
    g_assert_cmpuint(f->row->size, ==, 4);
    g_assert_cmpuint(f->row->ino, !=, 0);
    g_assert_cmpuint(f->row->mtime_ns, !=, 0);
}

static void test_file_mode(Fixture *f, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(g_chmod(f->path, 0664), ==, 0);
    g_assert_false(pbay_driver_open_file(f->row, true));
    assert_refused(f->row, "the file may be written by others than its owner (mode 0664)",
                   "chmod go-w %s", f->path);
}

static void test_folder_mode(Fixture *f, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(g_chmod(f->folder, 0777), ==, 0);
    g_assert_false(pbay_driver_open_file(f->row, true));
    assert_refused(f->row, "the folder may be written by others than its owner (mode 0777)",
                   "chmod go-w %s", f->folder);
    g_assert_true(pbay_driver_open_file(f->row, false)); /* whatever folder it is in */
}

static void test_owner(Fixture *f, gconstpointer data)
{
    (void)data;
    if (geteuid() != 0) {
        g_test_skip("only root can give a file away");
        return;
    }
    g_assert_cmpint(chown(f->path, 12345, (gid_t)-1), ==, 0);
    g_assert_false(pbay_driver_open_file(f->row, true));
    assert_refused(f->row, "the file belongs to user 12345, not to root or the user who runs this",
                   "chown root %s", f->path);
    g_assert_cmpint(chown(f->folder, 12345, (gid_t)-1), ==, 0);
    g_assert_false(pbay_driver_open_file(f->row, true));
    assert_refused(f->row,
                   "the folder belongs to user 12345, not to root or the user who runs this",
                   "chown root %s", f->folder);
}

static void test_kinds_of_file(Fixture *f, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(g_unlink(f->path), ==, 0);
    g_assert_false(pbay_driver_open_file(f->row, true));
    assert_refused(f->row, "cannot look at the file: No such file or directory",
                   "check that %s exists and may be read", f->path);
    g_assert_cmpint(g_mkdir(f->path, 0755), ==, 0);
    g_assert_false(pbay_driver_open_file(f->row, true));
    assert_refused(f->row, "is a folder, not a file", "rename or remove it");
    g_assert_cmpint(g_rmdir(f->path), ==, 0);
    g_assert_cmpint(mkfifo(f->path, 0600), ==, 0);
    g_assert_false(pbay_driver_open_file(f->row, true)); /* does not wait for a writer */
    assert_refused(f->row, "is not a regular file", "remove it");
}

static void test_links(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *target = g_build_filename(f->folder, "real", NULL);
    g_assert_cmpint(g_rename(f->path, target), ==, 0);
    g_assert_cmpint(symlink("real", f->path), ==, 0);
    g_assert_true(pbay_driver_open_file(f->row, true));
    close(f->row->fd);
    f->row->fd = -1;

    /* The target must pass like the link. */
    g_assert_cmpint(g_chmod(target, 0602), ==, 0);
    g_assert_false(pbay_driver_open_file(f->row, true));
    assert_refused(f->row, "the file may be written by others than its owner (mode 0602)",
                   "chmod go-w %s", target);

    /* And so must the folder it lies in. */
    g_autofree char *other = fake_folder();
    g_autofree char *away = g_build_filename(other, "x.so", NULL);
    fake_write(other, "x.so", "text");
    g_assert_cmpint(g_unlink(f->path), ==, 0);
    g_assert_cmpint(symlink(away, f->path), ==, 0);
    g_assert_cmpint(g_chmod(other, 0770), ==, 0);
    g_assert_false(pbay_driver_open_file(f->row, true));
    assert_refused(f->row, "the folder may be written by others than its owner (mode 0770)",
                   "chmod go-w %s", other);
    g_assert_cmpint(g_chmod(other, 0700), ==, 0);

    if (geteuid() == 0) {
        g_assert_cmpint(lchown(f->path, 12345, (gid_t)-1), ==, 0);
        g_assert_false(pbay_driver_open_file(f->row, true));
        assert_refused(f->row,
                       "the link belongs to user 12345, not to root or the user who runs this",
                       "chown -h root %s", f->path);
    }
    fake_remove(other);
}

static void test_broken_links(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *gone = g_build_filename(f->folder, "gone", NULL);
    g_assert_cmpint(g_unlink(f->path), ==, 0);
    g_assert_cmpint(symlink("gone", f->path), ==, 0);
    g_assert_false(pbay_driver_open_file(f->row, true));
    g_autofree char *reason = g_strdup_printf("is a link to %s, which is missing", gone);
    assert_refused(f->row, reason, "remove the link, or install the file it points to");
    g_assert_cmpint(symlink("x.so", gone), ==, 0); /* a ring */
    g_assert_false(pbay_driver_open_file(f->row, true));
    assert_refused(f->row, "is a chain of more than 8 links", "link straight to the file");
}

static void test_folder_check(Fixture *f, gconstpointer data)
{
    (void)data;
    g_assert_true(pbay_driver_check_folder(f->row, f->folder));
    g_assert_false(pbay_driver_check_folder(f->row, f->path));
    assert_refused(f->row, "is not a folder", "name the folder that holds the drivers");
    g_autofree char *link = g_build_filename(f->folder, "link", NULL);
    g_assert_cmpint(symlink(f->folder, link), ==, 0);
    g_assert_true(pbay_driver_check_folder(f->row, link));
}

/* A program started with its standard descriptors closed must not get a driver as one of them. */
static void test_closed_stdio(Fixture *f, gconstpointer data)
{
    (void)data;
    int saved = fcntl(0, F_DUPFD_CLOEXEC, 10);
    g_assert_cmpint(saved, >=, 0);
    close(0);
    g_assert_true(pbay_driver_open_file(f->row, true));
    g_assert_cmpint(dup2(saved, 0), ==, 0);
    close(saved);
    g_assert_cmpint(f->row->fd, >, 2);
}

static void test_standard_folders(void)
{
    g_setenv("PATCHBAY_DRIVER_PATH", "/a::/b/c:", TRUE);
    g_auto(GStrv) given = pbay_driver_folders();
    g_assert_cmpuint(g_strv_length(given), ==, 2);
    g_assert_cmpstr(given[1], ==, "/b/c");

    g_unsetenv("PATCHBAY_DRIVER_PATH");
    g_setenv("XDG_DATA_HOME", "/data", TRUE);
    g_auto(GStrv) standard = pbay_driver_folders();
    g_assert_cmpuint(g_strv_length(standard), ==, 3);
    g_assert_true(g_str_has_suffix(standard[0], "/patchbay/drivers-1"));
    g_assert_cmpstr(standard[1], ==, "/usr/local/lib/patchbay/drivers-1");
    g_assert_cmpstr(standard[2], ==, "/data/patchbay/drivers-1");

    g_setenv("XDG_DATA_HOME", "relative", TRUE);
    g_setenv("HOME", "/home/ann", TRUE);
    g_auto(GStrv) home = pbay_driver_folders();
    g_assert_cmpstr(home[2], ==, "/home/ann/.local/share/patchbay/drivers-1");
    g_setenv("HOME", "", TRUE);
    g_auto(GStrv) none = pbay_driver_folders();
    g_assert_cmpuint(g_strv_length(none), ==, 2);
}

#define ADD(name, func) g_test_add("/drivers/place/" name, Fixture, NULL, set_up, func, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("good", test_good);
    ADD("file-mode", test_file_mode);
    ADD("folder-mode", test_folder_mode);
    ADD("owner", test_owner);
    ADD("kinds-of-file", test_kinds_of_file);
    ADD("links", test_links);
    ADD("broken-links", test_broken_links);
    ADD("folder-check", test_folder_check);
    ADD("closed-stdio", test_closed_stdio);
    g_test_add_func("/drivers/place/standard-folders", test_standard_folders);
    return g_test_run();
}
