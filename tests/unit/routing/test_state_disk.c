/* SPDX-License-Identifier: Apache-2.0 */
/* The state file as bytes: modes, links, other users' files, pipes, full disks, read-only folders,
 * the lock, and what a process leaves that was killed while it wrote. */
#include "routing/state_disk.h"

#include "base/error.h"
#include "state_rig.h"

#include <sys/file.h>
#include <sys/resource.h>

static bool load(const char *path, size_t max, GString *bytes, GError **error)
{
    struct stat found;
    g_string_truncate(bytes, 0);
    return pbay_state_load(path, max, bytes, &found, error);
}

static void replace(const Rig *rig, const char *text)
{
    g_autoptr(GString) bytes = g_string_new(text);
    g_autoptr(GError) error = NULL;
    int lock = pbay_state_lock(rig->path, &error);
    g_assert_no_error(error);
    pbay_state_replace(rig->path, bytes, &error);
    g_assert_no_error(error);
    pbay_state_unlock(lock);
}

static void assert_says(GError *error, const char *part)
{
    g_assert_error(error, PBAY_ERROR, PB_ERR_CONFIG);
    if (strstr(error->message, part) == NULL)
        g_error("%s: not in: %s", part, error->message);
}

static unsigned mode_of(const char *path)
{
    struct stat st;
    g_assert_cmpint(stat(path, &st), ==, 0);
    return st.st_mode & 07777;
}

static void test_modes(Rig *rig, gconstpointer data)
{
    g_autofree char *outer = g_build_filename(rig->dir, "a", NULL);
    g_autofree char *inner = g_build_filename(outer, "b", NULL);
    g_autofree char *lock = NULL;
    mode_t mask = umask(0);
    (void)data;
    g_free(rig->path);
    rig->path = g_build_filename(inner, "state.json", NULL);
    replace(rig, "one");
    umask(0777);
    replace(rig, "two");
    umask(mask);
    lock = g_strconcat(rig->path, ".lock", NULL);
    g_assert_cmphex(mode_of(outer), ==, 0700);
    g_assert_cmphex(mode_of(inner), ==, 0700);
    g_assert_cmphex(mode_of(rig->path), ==, 0600);
    g_assert_cmphex(mode_of(lock), ==, 0600);
    g_autofree char *text = rig_text(rig);
    g_assert_cmpstr(text, ==, "two");
}

static void test_missing(Rig *rig, gconstpointer data)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    g_autofree char *below = g_build_filename(rig->path, "x", NULL);
    (void)data;
    g_assert_true(load(rig->path, 10, bytes, NULL));
    g_assert_true(load("/nonexistent/a/b", 10, bytes, NULL));
    rig_write(rig, "x");
    g_assert_true(load(below, 10, bytes, NULL)); /* a file where a folder should be */
    g_assert_cmpuint(bytes->len, ==, 0);
}

static void test_bound(Rig *rig, gconstpointer data)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    g_autofree char *large = g_strnfill(100000, 'x');
    (void)data;
    rig_write(rig, large);
    g_assert_true(load(rig->path, 50000, bytes, NULL));
    g_assert_cmpuint(bytes->len, ==, 50001);
    g_assert_true(load(rig->path, 100000, bytes, NULL));
    g_assert_cmpuint(bytes->len, ==, 100000);
}

/* A link leads nowhere: neither is its end read, nor written, nor locked. */
static void test_links(Rig *rig, gconstpointer data)
{
    g_autofree char *victim = g_build_filename(rig->dir, "victim", NULL);
    g_autofree char *lock = g_strconcat(rig->path, ".lock", NULL);
    g_autofree char *beside = g_strconcat(rig->path, ".new", NULL);
    g_autoptr(GString) bytes = g_string_new(NULL);
    g_autofree char *text = NULL;
    GError *error = NULL;
    (void)data;
    g_assert_true(g_file_set_contents(victim, "precious", -1, NULL));
    g_assert_cmpint(symlink(victim, rig->path), ==, 0);
    g_assert_false(load(rig->path, 100, bytes, &error));
    assert_says(error, "symbolic link");
    g_clear_error(&error);
    g_assert_cmpint(symlink(victim, beside), ==, 0);
    replace(rig, "mine");
    g_assert_true(load(rig->path, 100, bytes, NULL));
    g_assert_cmpstr(bytes->str, ==, "mine");
    g_assert_cmpint(unlink(lock), ==, 0);
    g_assert_cmpint(symlink(victim, lock), ==, 0);
    g_assert_cmpint(pbay_state_lock(rig->path, &error), ==, -1);
    assert_says(error, "symbolic link");
    g_clear_error(&error);
    g_assert_true(g_file_get_contents(victim, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "precious");
}

static void test_no_regular_file(Rig *rig, gconstpointer data)
{
    g_autofree char *lock = g_strconcat(rig->path, ".lock", NULL);
    g_autoptr(GString) bytes = g_string_new(NULL);
    GError *error = NULL;
    (void)data;
    g_assert_cmpint(mkfifo(rig->path, 0600), ==, 0);
    g_assert_false(load(rig->path, 100, bytes, &error)); /* and does not wait for a writer */
    assert_says(error, "no regular file");
    g_clear_error(&error);
    g_assert_cmpint(unlink(rig->path), ==, 0);
    g_assert_cmpint(g_mkdir(rig->path, 0700), ==, 0);
    g_assert_false(load(rig->path, 100, bytes, &error));
    assert_says(error, "no regular file");
    g_clear_error(&error);
    g_assert_cmpint(mkfifo(lock, 0600), ==, 0);
    g_assert_cmpint(pbay_state_lock(rig->path, &error), ==, -1);
    assert_says(error, "no regular file");
    g_clear_error(&error);
}

static void test_other_user(Rig *rig, gconstpointer data)
{
    g_autofree char *lock = g_strconcat(rig->path, ".lock", NULL);
    g_autoptr(GString) bytes = g_string_new(NULL);
    GError *error = NULL;
    (void)data;
    if (geteuid() != 0) {
        g_test_skip("only root can give a file away");
        return;
    }
    rig_write(rig, "theirs");
    g_assert_cmpint(chown(rig->path, 65534, 65534), ==, 0);
    g_assert_false(load(rig->path, 100, bytes, &error));
    assert_says(error, "another user");
    g_clear_error(&error);
    g_assert_true(g_file_set_contents(lock, "", 0, NULL));
    g_assert_cmpint(chown(lock, 65534, 65534), ==, 0);
    g_assert_cmpint(pbay_state_lock(rig->path, &error), ==, -1);
    assert_says(error, "another user");
    g_clear_error(&error);
}

static void write_too_much(const Rig *rig, int number, int tell)
{
    struct rlimit limit = {1000, 1000};
    g_autofree char *large = g_strnfill(5000, 'x');
    g_autoptr(GString) bytes = g_string_new(large);
    g_autoptr(GError) error = NULL;
    int lock = pbay_state_lock(rig->path, NULL);
    (void)number, (void)tell;
    signal(SIGXFSZ, SIG_IGN);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    g_assert_false(pbay_state_replace(rig->path, bytes, &error));
    assert_says(error, "make room");
    pbay_state_unlock(lock);
}

/* No byte more may be written: the old file stands, and nothing is left beside it. */
static void test_full(Rig *rig, gconstpointer data)
{
    (void)data;
    replace(rig, "old");
    child_wait(child_start(rig, write_too_much, 0, NULL));
    g_autofree char *text = rig_text(rig);
    g_assert_cmpstr(text, ==, "old");
    g_assert_cmpuint(rig_files(rig), ==, 2); /* with the lock */
}

static void write_without_right(const Rig *rig, int number, int tell)
{
    g_autoptr(GString) bytes = g_string_new("new");
    g_autoptr(GError) error = NULL;
    (void)number, (void)tell;
    child_drop_rights();
    g_assert_cmpint(pbay_state_lock(rig->path, &error), ==, -1);
    assert_says(error, "choose another file");
    g_clear_error(&error);
    g_assert_false(pbay_state_replace(rig->path, bytes, &error));
    assert_says(error, "choose another file");
}

static void test_read_only(Rig *rig, gconstpointer data)
{
    (void)data;
    rig_write(rig, "old");
    g_assert_cmpint(g_chmod(rig->dir, 0555), ==, 0);
    child_wait(child_start(rig, write_without_right, 0, NULL));
    g_assert_cmpint(g_chmod(rig->dir, 0755), ==, 0);
    g_autofree char *text = rig_text(rig);
    g_assert_cmpstr(text, ==, "old");
}

static void test_no_folder(Rig *rig, gconstpointer data)
{
    g_autofree char *below = g_build_filename(rig->path, "x", "state.json", NULL);
    GError *error = NULL;
    (void)data;
    rig_write(rig, "a file");
    g_assert_cmpint(pbay_state_lock(below, &error), ==, -1);
    assert_says(error, "folder");
    g_clear_error(&error);
}

static void hold_lock(const Rig *rig, int number, int tell)
{
    (void)number;
    g_assert_cmpint(pbay_state_lock(rig->path, NULL), >=, 0);
    child_say(tell);
    for (;;)
        pause();
}

/* One that is stopped for ever makes the others give up, and one that dies lets go. */
static void test_lock(Rig *rig, gconstpointer data)
{
    GError *error = NULL;
    int told, lock;
    pid_t pid = child_start(rig, hold_lock, 0, &told);
    (void)data;
    child_hear(told);
    close(told);
    g_assert_cmpint(kill(pid, SIGSTOP), ==, 0);
    g_assert_cmpint(pbay_state_lock(rig->path, &error), ==, -1);
    assert_says(error, "locked by another process");
    g_clear_error(&error);
    g_assert_cmpint(kill(pid, SIGKILL), ==, 0);
    g_assert_cmpint(waitpid(pid, NULL, 0), ==, pid);
    lock = pbay_state_lock(rig->path, &error);
    g_assert_no_error(error);
    pbay_state_unlock(lock);
    pbay_state_unlock(-1);
}

static void wait_for_word(const Rig *rig, int number, int tell)
{
    (void)rig, (void)number;
    child_say(tell);
    for (;;)
        pause();
}

/* A child that was forked while the lock was held does not keep it. */
static void test_forked_child(Rig *rig, gconstpointer data)
{
    int lock = pbay_state_lock(rig->path, NULL), told;
    pid_t pid = child_start(rig, wait_for_word, 0, &told);
    (void)data;
    child_hear(told);
    close(told);
    pbay_state_unlock(lock);
    lock = pbay_state_lock(rig->path, NULL);
    g_assert_cmpint(lock, >=, 0);
    pbay_state_unlock(lock);
    kill(pid, SIGKILL);
    g_assert_cmpint(waitpid(pid, NULL, 0), ==, pid);
}

static void test_put_aside(Rig *rig, gconstpointer data)
{
    g_autofree char *aside = g_strconcat(rig->path, ".damaged", NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    (void)data;
    g_assert_false(pbay_state_put_aside(rig->path, &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_CONFIG);
    for (int i = 0; i < 3; i++) {
        g_autofree char *damage = g_strdup_printf("damage %d", i);
        rig_write(rig, damage);
        g_assert_true(pbay_state_put_aside(rig->path, NULL));
    }
    g_assert_true(g_file_get_contents(aside, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "damage 2");
    g_assert_cmpuint(rig_files(rig), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, fn) g_test_add("/routing/state_disk/" name, Rig, NULL, set_up, fn, tear_down)
    ADD("modes", test_modes);
    ADD("missing", test_missing);
    ADD("bound", test_bound);
    ADD("links", test_links);
    ADD("no-regular-file", test_no_regular_file);
    ADD("other-user", test_other_user);
    ADD("full", test_full);
    ADD("read-only", test_read_only);
    ADD("no-folder", test_no_folder);
    ADD("lock", test_lock);
    ADD("forked-child", test_forked_child);
    ADD("put-aside", test_put_aside);
    return g_test_run();
}
