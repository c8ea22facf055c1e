/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings for tests, and the drivers that they are of. Files go to the system's temporary
 * folder and are deleted by the test that wrote them. One thread. */
#include "rig.h"

#include "base/error.h"
#include "exchange/exchange.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const good[][2] = {
    {"recording", "{\"recording\":1,\"driver\":\"%s\",\"source\":\"the fakes' own page\","
                  "\"about\":\"two pieces\"}"},
    {"provider",
     "{\"provider\":{\"name\":\"acme\",\"options\":{\"base-url\":\"https://h.example/v1\"},"
     "\"secrets\":{\"api-key\":\"sk-demo-0123456789\"}}}"},
    {"request", "{\"request\":{\"kind\":\"chat\",\"stream\":true,\"model\":\"m\","
                "\"body\":{\"model\":\"m\",\"messages\":[]}}}"},
    {"send", "{\"send\":{\"method\":\"POST\",\"url\":\"https://h.example/v1/chat\","
             "\"headers\":{\"authorization\":\"Bearer sk-demo-0123456789\",\"x-none\":null},"
             "\"body\":{\"stream\":true,\"model\":\"m\"}}}"},
    {"head", "{\"head\":{\"status\":200,\"headers\":{\"content-type\":\"text/plain\"}}}"},
    {"bytes", "{\"bytes\":\"Hello \"}\n{\"bytes\":\"you\"}"},
    {"end", "{\"end\":true}"},
    {"events", "{\"events\":[{\"kind\":\"text\",\"text\":\"Hello you\"},"
               "{\"kind\":\"finish\",\"text\":\"stop\"}]}"},
    {"outcome", "{\"outcome\":\"done\"}"},
};

char *rig_text(const char *driver, const char *kind, const char *with)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        if (g_strcmp0(kind, good[i][0]) != 0)
            g_string_append_printf(text, "%s\n", good[i][1]);
        else if (with != NULL)
            g_string_append_printf(text, "%s\n", with);
    }
    g_string_replace(text, "%s", driver != NULL ? driver : "good", 1);
    return g_string_free(text, FALSE);
}

char *rig_write(const char *text)
{
    g_autoptr(GError) error = NULL;
    char *path = NULL;
    int fd = g_file_open_tmp("recording-XXXXXX.jsonl", &path, &error);

    g_assert_no_error(error);
    close(fd);
    g_file_set_contents(path, text, -1, &error);
    g_assert_no_error(error);
    return path;
}

void rig_remove(char *path)
{
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_free(path);
}

PbayRecording *rig_read(const char *text)
{
    g_autoptr(GError) error = NULL;
    char *path = rig_write(text);
    PbayRecording *recording = pbay_recording_read(path, &error);

    rig_remove(path);
    g_assert_no_error(error);
    return recording;
}

char *rig_refusal(const char *text)
{
    g_autoptr(GError) error = NULL;
    char *path = rig_write(text), *message;

    g_assert_null(pbay_recording_read(path, &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_INVALID);
    g_assert_true(g_str_has_prefix(error->message, path));
    message = g_strdup(error->message + strlen(path));
    rig_remove(path);
    return message;
}

void rig_assert_bytes(const GByteArray *got, const char *expected, size_t len)
{
    g_assert_cmpuint(got->len, ==, len);
    g_assert_true(memcmp(got->data, expected, len) == 0);
}

PbayDriver *rig_driver(const char *name)
{
    g_autofree char *path = g_strdup_printf("%s/fakes/%s.so", g_getenv("PBAY_BUILD_DIR"), name);
    PbayDriver *driver = pbay_drivers_load_file(path, pbay_services());

    g_assert_cmpstr(driver->reason, ==, NULL);
    return driver;
}

char *rig_driver_path(const char *name)
{
    return g_strdup_printf("%s/fakes/%s.so", g_getenv("PBAY_BUILD_DIR"), name);
}

RigRan rig_tool(const char *const *arguments)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    RigRan ran = {0};
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

void rig_ran_clear(RigRan *ran)
{
    g_free(ran->out);
    g_free(ran->err);
}

char *rig_json(const char *driver, const char *text)
{
    g_autofree char *events = g_strdup_printf("{\"events\":[{\"kind\":\"text\",\"text\":\"%s\"},"
                                              "{\"kind\":\"finish\",\"text\":\"stop\"}]}",
                                              text);
    g_autofree char *whole = rig_text(driver, "bytes", "{\"bytes\":\"{\\\"a\\\":{\\\"b\\\":1}}\"}");
    g_autoptr(GString) out = g_string_new(whole);
    const char *line = strstr(whole, "{\"events\"");

    g_string_truncate(out, (gsize)(line - whole));
    g_string_append_printf(out, "%s\n{\"outcome\":\"done\"}\n", events);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static RigRan run_check(const char *driver, const char *check, const char *text, const char *option)
{
    g_autofree char *file = rig_driver_path(driver);
    char *path = text != NULL ? rig_write(text) : NULL;
    const char *argv[8] = {"--only", check, file};
    size_t n = 3;
    RigRan ran;

    if (option != NULL)
        argv[n++] = option;
    if (path != NULL)
        argv[n++] = path;
    ran = rig_tool(argv);
    g_test_message("%s of %s: %s%s", check, driver, ran.out, ran.err);
    if (path != NULL)
        rig_remove(path);
    return ran;
}

void rig_passes(const char *driver, const char *check, const char *text, const char *option)
{
    RigRan ran = run_check(driver, check, text, option);

    g_assert_cmpint(ran.status, ==, 0);
    g_assert_true(g_str_has_suffix(ran.out, "1 passed, 0 failed\n"));
    rig_ran_clear(&ran);
}

void rig_fails(const char *driver, const char *check, const char *text, const char *option,
               const char *said)
{
    RigRan ran = run_check(driver, check, text, option);
    g_autofree char *again = g_strdup_printf(" --only %s", check);

    g_assert_cmpint(ran.status, ==, 1);
    g_assert_nonnull(strstr(ran.out, "FAILED "));
    g_assert_nonnull(strstr(ran.out, said));
    g_assert_nonnull(strstr(ran.out, again));
    g_assert_true(g_str_has_suffix(ran.out, "0 passed, 1 failed\n"));
    rig_ran_clear(&ran);
}
