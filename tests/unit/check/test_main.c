/* SPDX-License-Identifier: Apache-2.0 */
/* patchbay-drivercheck as a person or a build meets it: what it prints and how it exits. */
#include "rig.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

typedef struct Ran {
    int status;
    char *out, *err;
} Ran;

static char *driver_path(const char *name)
{
    return g_strdup_printf("%s/fakes/%s.so", g_getenv("PBAY_BUILD_DIR"), name);
}

static Ran run(const char *const *arguments)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    Ran ran = {0};
    int wait = 0;

    g_ptr_array_add(argv, (char *)g_getenv("PBAY_DRIVERCHECK"));
    for (; *arguments != NULL; arguments++)
        g_ptr_array_add(argv, (char *)*arguments);
    g_ptr_array_add(argv, NULL);
    g_spawn_sync(NULL, (char **)argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, &ran.out, &ran.err,
                 &wait, &error);
    g_assert_no_error(error);
    g_assert_true(WIFEXITED(wait));
    ran.status = WEXITSTATUS(wait);
    return ran;
}

static void ran_clear(Ran *ran)
{
    g_free(ran->out);
    g_free(ran->err);
}

/* Runs it on one recording of the driver, as text. */
static Ran run_text(const char *driver, const char *option, const char *text, char **path)
{
    g_autofree char *file = driver_path(driver);

    *path = rig_write(text);
    return run((const char *const[]){file, *path, option, NULL});
}

static void test_good(void)
{
    g_autofree char *text = rig_text(NULL, NULL, NULL);
    char *path;
    Ran ran = run_text("good", NULL, text, &path);
    /* as recorded, by bytes, cut at 0 and 9, split and cut at 1 to 8, 200 at random */
    g_autofree char *want =
        g_strdup_printf("ok %s (%d runs)\n1 passed, 0 failed\n", path, 1 + 1 + 2 + 16 + 200);

    g_assert_cmpstr(ran.out, ==, want);
    g_assert_cmpstr(ran.err, ==, "");
    g_assert_cmpint(ran.status, ==, 0);
    ran_clear(&ran);
    rig_remove(path);
}

static void test_stride(void)
{
    g_autofree char *text = rig_text(NULL, NULL, NULL);
    char *path;
    Ran ran = run_text("good", "--stride=100", text, &path);

    /* splits and cuts at 1, seeds 1 and 101 */
    g_assert_nonnull(strstr(ran.out, "(8 runs)\n1 passed, 0 failed\n"));
    g_assert_cmpint(ran.status, ==, 0);
    ran_clear(&ran);
    rig_remove(path);
}

static void test_print(void)
{
    g_autofree char *text = rig_text(NULL, NULL, NULL);
    char *path;
    Ran ran = run_text("good", "--print", text, &path);

    g_assert_true(g_str_has_prefix(
        ran.out, "{\"events\":[{\"kind\":\"text\",\"text\":\"Hello you\"},"
                 "{\"kind\":\"finish\",\"text\":\"stop\"}]}\n{\"notes\":[]}\n{\"answer\":{"));
    g_assert_cmpint(ran.status, ==, 0);
    ran_clear(&ran);
    rig_remove(path);
}

static void failed(const char *driver, const char *kind, const char *with, const char *said)
{
    g_autofree char *text = rig_text(driver, kind, with);
    char *path;
    Ran ran = run_text(driver, NULL, text, &path);

    g_test_message("%s", ran.out);
    g_assert_true(g_str_has_prefix(ran.out, "FAILED "));
    g_assert_nonnull(strstr(ran.out, path));
    g_assert_nonnull(strstr(ran.out, said));
    g_assert_true(g_str_has_suffix(ran.out, "0 passed, 1 failed\n"));
    g_assert_cmpint(ran.status, ==, 1);
    ran_clear(&ran);
    rig_remove(path);
}

static void test_wrong(void)
{
    failed("good", "events", "{\"events\":[]}", "(as recorded):\nevents: $: expected 0 elements");
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
           "(one byte at a time):\nevents differ from the unsplit run: $[0].text");
}

static void test_failure_printed(void)
{
    g_autofree char *text = rig_text("leaks_secret", NULL, NULL);
    char *path;
    Ran ran = run_text("leaks_secret", "--print", text, &path);

    g_assert_nonnull(strstr(ran.out, "\nfailed: authentication: the key was \"\"\n"));
    g_assert_cmpint(ran.status, ==, 1);
    ran_clear(&ran);
    rig_remove(path);
}

/* A folder's recordings in order, whatever else is in it; an empty one proves nothing. */
static void test_folder(void)
{
    g_autofree char *folder = g_dir_make_tmp("recordings-XXXXXX", NULL);
    g_autofree char *a = g_build_filename(folder, "a.jsonl", NULL);
    g_autofree char *b = g_build_filename(folder, "b.jsonl", NULL);
    g_autofree char *other = g_build_filename(folder, "c.txt", NULL);
    g_autofree char *driver = driver_path("good"), *text = rig_text(NULL, NULL, NULL);
    const char *const argv[] = {"--stride=50", driver, folder, NULL};
    Ran ran = run(argv);

    g_assert_nonnull(strstr(ran.out, "no recording"));
    g_assert_cmpint(ran.status, ==, 1);
    ran_clear(&ran);
    g_file_set_contents(b, text, -1, NULL);
    g_file_set_contents(a, text, -1, NULL);
    g_file_set_contents(other, "no recording", -1, NULL);
    ran = run(argv);
    g_assert_nonnull(strstr(ran.out, "2 passed, 0 failed\n"));
    g_assert_cmpint(ran.status, ==, 0);
    g_assert_true(strstr(ran.out, a) < strstr(ran.out, b));
    ran_clear(&ran);
    g_file_set_contents(a, "{}", -1, NULL);
    ran = run(argv);
    g_assert_nonnull(strstr(ran.out, "1 passed, 1 failed\n"));
    g_assert_cmpint(ran.status, ==, 1);
    ran_clear(&ran);
    g_unlink(a);
    g_unlink(b);
    g_unlink(other);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

static void usage(const char *const *argv, const char *said)
{
    Ran ran = run(argv);

    g_test_message("%s", ran.err);
    g_assert_cmpint(ran.status, ==, 1);
    g_assert_cmpstr(ran.out, ==, "");
    g_assert_true(g_str_has_prefix(ran.err, "patchbay-drivercheck: "));
    g_assert_nonnull(strstr(ran.err, said));
    ran_clear(&ran);
}

static void test_usage(void)
{
    g_autofree char *driver = driver_path("good"), *refused = driver_path("size_small");

    usage((const char *const[]){NULL}, "name a driver and its recordings");
    usage((const char *const[]){driver, NULL}, "name a driver and its recordings");
    usage((const char *const[]){"--nope", driver, "x", NULL}, "--nope");
    usage((const char *const[]){"--stride=0", driver, "x", NULL}, "--stride");
    usage((const char *const[]){"--stride=x", driver, "x", NULL}, "x");
    usage((const char *const[]){"/nonexistent.so", "x", NULL}, "/nonexistent.so");
    usage((const char *const[]){refused, "x", NULL}, "size_small.so");
}

static void test_help(void)
{
    Ran ran = run((const char *const[]){"--help", NULL});

    g_assert_cmpint(ran.status, ==, 0);
    g_assert_nonnull(strstr(ran.out, "FILE.so RECORDING|FOLDER..."));
    g_assert_nonnull(strstr(ran.out, "--print"));
    g_assert_nonnull(strstr(ran.out, "--stride=N"));
    ran_clear(&ran);
}

static void test_missing_file(void)
{
    g_autofree char *driver = driver_path("good");
    Ran ran = run((const char *const[]){driver, "/nonexistent.jsonl", NULL});

    g_assert_nonnull(strstr(ran.out, "FAILED /nonexistent.jsonl: cannot be read"));
    g_assert_cmpint(ran.status, ==, 1);
    ran_clear(&ran);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/main/good", test_good);
    g_test_add_func("/check/main/stride", test_stride);
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
