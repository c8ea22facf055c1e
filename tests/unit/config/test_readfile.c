/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded reading: every way a file can refuse to be one. */
#include "config/readfile.h"
#include "unit/config/fixture.h"

#include <errno.h>
#include <pthread.h>
#include <sys/stat.h>

static void assert_refused(const char *path, bool any, int code, const char *why)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *said = NULL;
    g_assert_cmpint(pbay_config_read_file(path, 4096, any, out, &said), ==, code);
    g_assert_cmpstr(said, ==, why);
}

static void test_reads(void)
{
    char *dir = fixture_dir();
    g_autofree char *path = fixture_write_len(dir, "f", "a\0b", 3);
    g_autoptr(GString) out = g_string_new("x");
    g_autofree char *why = NULL;
    g_assert_cmpint(pbay_config_read_file(path, 3, false, out, &why), ==, 0);
    g_assert_null(why);
    g_assert_cmpuint(out->len, ==, 4);
    g_assert_true(memcmp(out->str, "xa\0b", 4) == 0);
    fixture_remove(dir);
}

static void test_bound(void)
{
    char *dir = fixture_dir();
    g_autofree char *big = g_strnfill(100000, 'x');
    g_autofree char *path = fixture_write(dir, "f", big);
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *why = NULL;
    g_assert_cmpint(pbay_config_read_file(path, 100000, false, out, &why), ==, 0);
    g_assert_cmpuint(out->len, ==, 100000);
    g_assert_cmpint(pbay_config_read_file(path, 99999, false, out, &why), ==, EFBIG);
    g_assert_cmpstr(why, ==, "it is larger than the bound of 97 KiB");
    assert_refused("/dev/zero", true, EFBIG, "it is larger than the bound of 4 KiB");
    fixture_remove(dir);
}

static void test_no_file(void)
{
    char *dir = fixture_dir();
    g_autofree char *fifo = g_build_filename(dir, "fifo", NULL);
    g_autofree char *absent = g_build_filename(dir, "absent", NULL);
    g_autofree char *loop = g_build_filename(dir, "loop", NULL);
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    g_assert_cmpint(symlink("loop", loop), ==, 0);
    assert_refused(dir, false, EISDIR, "it is a directory, a file is expected");
    assert_refused(dir, true, EISDIR, "it is a directory, a file is expected");
    assert_refused(fifo, false, EINVAL, "it is not a regular file");
    assert_refused("/dev/null", false, EINVAL, "it is not a regular file");
    assert_refused(absent, false, ENOENT, "No such file or directory");
    assert_refused(loop, false, ELOOP, g_strerror(ELOOP));
    fixture_remove(dir);
}

static void *write_late(void *path)
{
    GError *error = NULL;
    GIOChannel *pipe = g_io_channel_new_file(path, "w", &error); /* waits for the reader */
    g_assert_no_error(error);
    g_assert_cmpint(g_io_channel_write_chars(pipe, "late", 4, NULL, NULL), ==, G_IO_STATUS_NORMAL);
    g_assert_cmpint(g_io_channel_shutdown(pipe, TRUE, NULL), ==, G_IO_STATUS_NORMAL);
    g_io_channel_unref(pipe);
    return NULL;
}

/* A pipe that the person named is waited for: --config <(command). */
static void test_pipe(void)
{
    char *dir = fixture_dir();
    g_autofree char *fifo = g_build_filename(dir, "fifo", NULL);
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    pthread_t writer;
    g_assert_cmpint(pthread_create(&writer, NULL, write_late, fifo), ==, 0);
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *why = NULL;
    int code = pbay_config_read_file(fifo, 4096, true, out, &why);
    g_assert_cmpint(pthread_join(writer, NULL), ==, 0);
    g_assert_cmpint(code, ==, 0);
    g_assert_cmpstr(out->str, ==, "late");
    fixture_remove(dir);
}

/* Root reads everything, so the test steps down for a moment. */
static void test_unreadable(void)
{
    char *dir = fixture_dir();
    g_autofree char *path = fixture_write(dir, "f", "x");
    g_assert_cmpint(chmod(dir, 0755), ==, 0);
    g_assert_cmpint(chmod(path, 0), ==, 0);
    bool root = geteuid() == 0;
    if (root)
        g_assert_cmpint(seteuid(65534), ==, 0);
    assert_refused(path, false, EACCES, "Permission denied");
    if (root)
        g_assert_cmpint(seteuid(0), ==, 0);
    fixture_remove(dir);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/readfile/reads", test_reads);
    g_test_add_func("/readfile/bound", test_bound);
    g_test_add_func("/readfile/no-file", test_no_file);
    g_test_add_func("/readfile/pipe", test_pipe);
    g_test_add_func("/readfile/unreadable", test_unreadable);
    return g_test_run();
}
