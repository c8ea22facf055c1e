/* SPDX-License-Identifier: Apache-2.0 */
/* patchbay-drivercheck as a person or a build meets it: what it prints and how it exits. */
#include "rig.h"

#include <glib/gstdio.h>
#include <string.h>

/* Runs it on one recording of the driver, as text. */
static RigRan run_text(const char *driver, const char *option, const char *text, char **path)
{
    g_autofree char *file = rig_driver_path(driver);

    *path = rig_write(text);
    return rig_tool((const char *const[]){file, *path, option, NULL});
}

static void test_good(void)
{
    g_autofree char *text = rig_text(NULL, NULL, NULL);
    char *path;
    RigRan ran = run_text("good", NULL, text, &path);

    g_assert_nonnull(strstr(ran.out, "good.so ("));
    g_assert_nonnull(strstr(ran.out, path));
    g_assert_true(g_str_has_suffix(ran.out, " runs)\n2 passed, 0 failed\n"));
    g_assert_cmpstr(ran.err, ==, "");
    g_assert_cmpint(ran.status, ==, 0);
    rig_ran_clear(&ran);
    rig_remove(path);
}

/* Of 9 bytes: as recorded, by bytes, and split at 1 to 8; with a stride at 1 alone. */
static void test_stride(void)
{
    g_autofree char *text = rig_text(NULL, NULL, NULL), *driver = rig_driver_path("good");
    char *path = rig_write(text);
    RigRan all = rig_tool((const char *const[]){driver, path, "--only", "split", NULL});
    RigRan few = rig_tool((const char *const[]){driver, path, "--only=split", "--stride=9", NULL});

    g_assert_nonnull(strstr(all.out, "(10 runs)\n1 passed, 0 failed\n"));
    g_assert_nonnull(strstr(few.out, "(3 runs)\n1 passed, 0 failed\n"));
    rig_ran_clear(&all);
    rig_ran_clear(&few);
    rig_remove(path);
}

/* One place alone, in this process, under a name of its own. */
static void test_at(void)
{
    g_autofree char *text = rig_text("crash_at_five", NULL, NULL);
    g_autofree char *driver = rig_driver_path("crash_at_five");
    char *path = rig_write(text);
    RigRan ran = rig_tool((const char *const[]){driver, "--only=cut", "--recording", path, "--at=4",
                                                "--no-fork", NULL});

    g_assert_nonnull(strstr(ran.out, "(2 runs)\n1 passed, 0 failed\n"));
    g_assert_cmpint(ran.status, ==, 0);
    rig_ran_clear(&ran);
    rig_remove(path);
}

static void test_print(void)
{
    g_autofree char *text = rig_text(NULL, NULL, NULL);
    char *path;
    RigRan ran = run_text("good", "--print", text, &path);

    g_assert_nonnull(strstr(
        ran.out, "{\"events\":[{\"kind\":\"text\",\"text\":\"Hello you\"},"
                 "{\"kind\":\"finish\",\"text\":\"stop\"}]}\n{\"notes\":[]}\n{\"answer\":{"));
    g_assert_cmpint(ran.status, ==, 0);
    rig_ran_clear(&ran);
    rig_remove(path);
}

static void failed(const char *driver, const char *kind, const char *with, const char *said)
{
    g_autofree char *text = rig_text(driver, kind, with);
    char *path;
    RigRan ran = run_text(driver, NULL, text, &path);

    g_test_message("%s", ran.out);
    g_assert_nonnull(strstr(ran.out, "FAILED "));
    g_assert_nonnull(strstr(ran.out, path));
    g_assert_nonnull(strstr(ran.out, said));
    g_assert_true(g_str_has_suffix(ran.out, "1 passed, 1 failed\n"));
    g_assert_cmpint(ran.status, ==, 1);
    rig_ran_clear(&ran);
    rig_remove(path);
}

static void test_wrong(void)
{
    failed("good", "events", "{\"events\":[]}",
           "recorded (as recorded):\n  events: $: expected 0 elements");
    failed("good", "outcome", "{\"outcome\":\"doen\"}", ":10: \"outcome\" is \"done\"");
    failed("good", "recording", "{\"recording\":1,\"driver\":\"good\"}", ":1: \"recording\" needs");
    failed("good", "recording", "{\"recording\":1,\"driver\":\"other\",\"source\":\"somewhere\"}",
           "a recording of driver other, this is good");
    failed("good", "provider", "{\"provider\":{\"name\":\"a\",\"options\":{\"nope\":\"1\"}}}",
           "nope");
}

/* Right as recorded, but its events depend on how the bytes came. */
static void test_split_shows(void)
{
    failed("done_early", "events",
           "{\"events\":[{\"kind\":\"text\",\"text\":\"Hello \"},"
           "{\"kind\":\"finish\",\"text\":\"stop\"}]}",
           "split (one byte at a time):\n  events differ from the undisturbed run: $[0].text");
}

static void test_failure_printed(void)
{
    g_autofree char *text = rig_text("leaks_secret", NULL, NULL);
    char *path;
    RigRan ran = run_text("leaks_secret", "--print", text, &path);

    g_assert_nonnull(strstr(ran.out, "\nfailed: authentication: the key was \"\"\n"));
    g_assert_cmpint(ran.status, ==, 1);
    rig_ran_clear(&ran);
    rig_remove(path);
}

/* A folder's recordings in order, whatever else is in it; an empty one proves nothing. */
static void test_folder(void)
{
    g_autofree char *folder = g_dir_make_tmp("recordings-XXXXXX", NULL);
    g_autofree char *a = g_build_filename(folder, "a.jsonl", NULL);
    g_autofree char *b = g_build_filename(folder, "b.jsonl", NULL);
    g_autofree char *other = g_build_filename(folder, "c.txt", NULL);
    g_autofree char *driver = rig_driver_path("good"), *text = rig_text(NULL, NULL, NULL);
    const char *const argv[] = {"--stride=50", driver, folder, NULL};
    RigRan ran = rig_tool(argv);

    g_assert_nonnull(strstr(ran.out, "no recording"));
    g_assert_cmpint(ran.status, ==, 1);
    rig_ran_clear(&ran);
    g_file_set_contents(b, text, -1, NULL);
    g_file_set_contents(a, text, -1, NULL);
    g_file_set_contents(other, "no recording", -1, NULL);
    ran = rig_tool(argv);
    g_assert_nonnull(strstr(ran.out, "3 passed, 0 failed\n"));
    g_assert_cmpint(ran.status, ==, 0);
    g_assert_true(strstr(ran.out, a) < strstr(ran.out, b));
    rig_ran_clear(&ran);
    g_file_set_contents(a, "{}", -1, NULL);
    ran = rig_tool(argv);
    g_assert_nonnull(strstr(ran.out, "2 passed, 1 failed\n"));
    g_assert_cmpint(ran.status, ==, 1);
    rig_ran_clear(&ran);
    g_unlink(a);
    g_unlink(b);
    g_unlink(other);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

static void usage(const char *const *argv, const char *said)
{
    RigRan ran = rig_tool(argv);

    g_test_message("%s", ran.err);
    g_assert_cmpint(ran.status, ==, 2);
    g_assert_cmpstr(ran.out, ==, "");
    g_assert_true(g_str_has_prefix(ran.err, "patchbay-drivercheck: "));
    g_assert_nonnull(strstr(ran.err, said));
    rig_ran_clear(&ran);
}

static void test_usage(void)
{
    g_autofree char *driver = rig_driver_path("good");

    usage((const char *const[]){NULL}, "name a driver, and its recordings");
    usage((const char *const[]){"--nope", driver, "x", NULL}, "--nope");
    usage((const char *const[]){"--stride=0", driver, "x", NULL}, "--stride");
    usage((const char *const[]){"--jobs=0", driver, "x", NULL}, "--jobs");
    usage((const char *const[]){"--timeout=0", driver, "x", NULL}, "--timeout");
    usage((const char *const[]){"--stride=x", driver, "x", NULL}, "x");
    usage((const char *const[]){"--only=nope", driver, "x", NULL}, "no check \"nope\"");
}

/* A driver that is none, or is refused, is a finding; nothing else is then asked of it. */
static void test_no_driver(void)
{
    g_autofree char *refused = rig_driver_path("size_small");
    RigRan none = rig_tool((const char *const[]){"/nonexistent.so", NULL});
    RigRan small = rig_tool((const char *const[]){refused, NULL});

    g_assert_nonnull(strstr(none.out, "FAILED /nonexistent.so: load (loading the driver)"));
    g_assert_cmpint(none.status, ==, 1);
    g_assert_nonnull(strstr(small.out, "size_small.so: load"));
    g_assert_cmpint(small.status, ==, 1);
    rig_ran_clear(&none);
    rig_ran_clear(&small);
}

/* The file alone, when there are no recordings. */
static void test_no_recordings(void)
{
    g_autofree char *driver = rig_driver_path("good");
    RigRan ran = rig_tool((const char *const[]){driver, NULL});

    g_assert_true(g_str_has_suffix(ran.out, " checks)\n1 passed, 0 failed\n"));
    g_assert_cmpint(ran.status, ==, 0);
    rig_ran_clear(&ran);
}

static void test_help(void)
{
    RigRan ran = rig_tool((const char *const[]){"--help", NULL});

    g_assert_cmpint(ran.status, ==, 0);
    g_assert_nonnull(strstr(ran.out, "FILE.so [RECORDING|FOLDER...]"));
    g_assert_nonnull(strstr(ran.out, "--print"));
    g_assert_nonnull(strstr(ran.out, "--stride=N"));
    g_assert_nonnull(strstr(ran.out, "Exit status: 0"));
    rig_ran_clear(&ran);
}

static void test_missing_file(void)
{
    g_autofree char *driver = rig_driver_path("good");
    RigRan ran = rig_tool((const char *const[]){driver, "/nonexistent.jsonl", NULL});

    g_assert_nonnull(strstr(ran.out, "FAILED /nonexistent.jsonl: cannot be read"));
    g_assert_cmpint(ran.status, ==, 1);
    rig_ran_clear(&ran);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/main/good", test_good);
    g_test_add_func("/check/main/stride", test_stride);
    g_test_add_func("/check/main/at", test_at);
    g_test_add_func("/check/main/no-driver", test_no_driver);
    g_test_add_func("/check/main/no-recordings", test_no_recordings);
    g_test_add_func("/check/main/print", test_print);
    g_test_add_func("/check/main/wrong", test_wrong);
    g_test_add_func("/check/main/split-shows", test_split_shows);
    g_test_add_func("/check/main/failure-printed", test_failure_printed);
    g_test_add_func("/check/main/folder", test_folder);
    g_test_add_func("/check/main/usage", test_usage);
    g_test_add_func("/check/main/help", test_help);
    g_test_add_func("/check/main/missing-file", test_missing_file);
    return g_test_run();
}
