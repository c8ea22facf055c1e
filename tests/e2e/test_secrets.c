/* SPDX-License-Identifier: Apache-2.0 */
/* A canary key, given in every way a key can be given, appears in no output of any command at any
 * log level: not in listings, explanations, errors (also where the vendor repeats it), nor in a
 * crash's. */
#include "e2e/rig.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define CANARY "sk-canary-4f8a91c2d7e6b350"

typedef enum Way {
    BY_ENVIRONMENT,
    BY_CONF,
    BY_ENV_REFERENCE,
    BY_FILE_REFERENCE,
    BY_ENV_FILE,
    BY_SET,
    BY_AUTHORIZATION,
    BY_KEY_HEADER,
    BY_CONF_HEADER,
    WAYS
} Way;

static const char *const way_names[WAYS] = {"environment",    "conf",       "env-reference",
                                            "file-reference", "env-file",   "set",
                                            "authorization",  "key-header", "conf-header"};

/* A provider whose key comes that way; arguments for it go to extra. The vendor takes any key. */
typedef struct Setting {
    Rig *rig;
    const char *extra[3];
} Setting;

static void give_canary(Setting *s, Way way)
{
    Box *box = s->rig->box;
    const char *file;

    box_provider(box, "openai", s->rig->url, way >= BY_AUTHORIZATION ? "sk-another-key-01" : NULL);
    switch (way) {
    case BY_ENVIRONMENT:
        box_env(box, "OPENAI_API_KEY", CANARY);
        break;
    case BY_CONF:
        box_provider(box, "openai", s->rig->url, CANARY);
        break;
    case BY_ENV_REFERENCE:
        box_env(box, "MY_KEY", CANARY);
        box_provider(box, "openai", s->rig->url, "${env:MY_KEY}");
        break;
    case BY_FILE_REFERENCE: {
        g_autofree char *reference = NULL;

        file = box_file(box, "key.txt", CANARY "\n", -1);
        reference = g_strdup_printf("${file:%s}", file);
        box_provider(box, "openai", s->rig->url, reference);
        break;
    }
    case BY_ENV_FILE:
        s->extra[0] = "--env-file";
        s->extra[1] = box_file(box, "keys.env", "export OPENAI_API_KEY=\"" CANARY "\"\n", -1);
        break;
    case BY_SET:
        s->extra[0] = "--set";
        s->extra[1] = "provider.openai.api-key=" CANARY;
        break;
    case BY_AUTHORIZATION:
        s->extra[0] = "--header";
        s->extra[1] = "Authorization: Bearer " CANARY;
        break;
    case BY_KEY_HEADER:
        s->extra[0] = "--header";
        s->extra[1] = "X-Api-Key: " CANARY;
        break;
    case BY_CONF_HEADER:
        box_conf(box, "zz-header", "[provider openai]\nheader.Authorization = Bearer " CANARY "\n");
        break;
    case WAYS:
        break;
    }
}

static bool takes_request_options(const char *command)
{
    return strcmp(command, "drivers") != 0 && strcmp(command, "providers") != 0 &&
           strcmp(command, "config") != 0 && strcmp(command, "health") != 0 &&
           strcmp(command, "test") != 0;
}

/* One command with the setting's arguments and a log option; what it says is searched. */
static Run *run_command(Setting *s, const char *const *command, const char *const *log)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new_null_terminated(16, NULL, TRUE);
    bool header = g_strcmp0(s->extra[0], "--header") == 0;
    const char *input;
    Run *run;

    for (size_t i = 0; command[i] != NULL; i++)
        g_ptr_array_add(argv, (char *)command[i]);
    for (size_t i = 0; s->extra[i] != NULL && (!header || takes_request_options(command[0])); i++)
        g_ptr_array_add(argv, (char *)s->extra[i]);
    for (size_t i = 0; log[i] != NULL; i++)
        g_ptr_array_add(argv, (char *)log[i]);
    input = strcmp(command[0], "request") == 0
                ? "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
                : NULL;
    run = box_run_argv(s->rig->box, input, input != NULL ? strlen(input) : 0,
                       (const char *const *)argv->pdata);
    if (strstr(run->out, CANARY) != NULL || strstr(run->err, CANARY) != NULL) {
        g_autofree char *line = g_strjoinv(" ", (char **)argv->pdata);

        g_error("the key is in what `patchbay %s` says:\n%s\n%s", line, run->out, run->err);
    }
    g_assert_cmpint(run->code, <, 1000);
    return run;
}

static const char *const logs[][3] = {
    {NULL}, {"-v", NULL}, {"-vv", NULL}, {"-vv", "--log-json", NULL}};

static const char *const commands[][10] = {
    {"chat", "-m", "openai/parrot", "hi", NULL},
    {"chat", "-m", "openai/parrot", "--json", "hi", NULL},
    {"chat", "-m", "openai/echo-key", "hi", NULL},
    {"chat", "-m", "openai/echo-key", "--no-stream", "--json", "hi", NULL},
    {"chat", "-m", "openai/http-500", "hi", NULL},
    {"chat", "-m", "openai/late-error", "hi", NULL},
    {"chat", "-m", "openai/cut", "hi", NULL},
    {"chat", "-m", "openai/silent", "--timeout", "100ms", "hi", NULL},
    {"chat", "-m", "openai/parrot", "--base-url", "http://vendor.invalid/v1", "hi", NULL},
    {"complete", "-m", "openai/gpt-3.5-turbo-instruct", "Once upon", NULL},
    {"embed", "-m", "openai/e", "hi", NULL},
    {"image", "-m", "openai/echo-key", "--json", "a fox", NULL},
    {"request", "-m", "openai/parrot", "-", NULL},
    {"request", "-m", "openai/echo-key", "-", NULL},
    {"explain", "-m", "openai/parrot", "hi", NULL},
    {"explain", "-m", "openai/parrot", "--json", "hi", NULL},
    {"health", "openai/parrot", NULL},
    {"health", "--json", "openai/echo-key", NULL},
    {"test", "openai/parrot", NULL},
    {"test", "--json", "openai/echo-key", NULL},
    {"models", NULL},
    {"models", "openai", "--live", NULL},
    {"providers", NULL},
    {"providers", "--json", NULL},
    {"drivers", NULL},
    {"drivers", "show", "openai", "--json", NULL},
    {"config", "check", NULL},
    {"config", "check", "--json", NULL},
    {"config", "show", NULL},
    {"config", "show", "--origin", NULL},
    {"config", "show", "--origin", "--json", NULL},
};

static void test_way(gconstpointer data)
{
    Way way = (Way)GPOINTER_TO_INT(data);
    g_autoptr(Rig) rig = rig_new_any_key();
    Setting s = {.rig = rig};
    g_autofree char *wanted = g_strconcat("Bearer ", CANARY, NULL);
    const char *given;

    give_canary(&s, way);
    for (size_t c = 0; c < G_N_ELEMENTS(commands); c++) {
        /* Quiet, and in turn each of the others: over all ways every command meets every level. */
        size_t loud = 1 + (c + (size_t)way) % (G_N_ELEMENTS(logs) - 1);

        run_free(run_command(&s, commands[c], logs[0]));
        run_free(run_command(&s, commands[c], logs[loud]));
    }
    /* It was the key in use: a test that hides nothing proves nothing. */
    given =
        stub_request_header(rig_stub(rig), 0, way == BY_KEY_HEADER ? "x-api-key" : "authorization");
    g_assert_cmpstr(given, ==, way == BY_KEY_HEADER ? CANARY : wanted);
}

/* Where the vendor repeats the key, the message is there without it. */
static void test_echo(void)
{
    g_autoptr(Rig) rig = rig_new_any_key();
    g_autoptr(Run) run = NULL;

    box_provider(rig->box, "openai", rig->url, CANARY);
    run = box_run(rig->box, NULL, "chat", "-m", "openai/echo-key", "hi", NULL);
    assert_complaint(run, 3, "Incorrect API key provided: Bearer ***", NULL);
}

/* A mistake in the line of the key: the complaint shows the place, not the key. */
static void test_config_mistakes(void)
{
    static const char *const texts[] = {
        "[provider openai]\napi-key = " CANARY "\napi-key = " CANARY "\n",
        "[provider openai]\napi-kye = " CANARY "\n",
        "[provider openai]\napi-key = " CANARY " # mine\n",
        "[provider openai]\napi-key " CANARY "\n",
        "[provider openai\napi-key = " CANARY "\n",
        "[provider openai]\nbase-url = " CANARY "\n",
        "api-key = " CANARY "\n",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        Box *box = box_new();

        box_conf(box, "wrong", texts[i]);
        for (size_t l = 0; l < G_N_ELEMENTS(logs); l++) {
            g_autoptr(Run) check =
                box_run(box, NULL, "config", "check", logs[l][0], logs[l][1], NULL);
            g_autoptr(Run) chat =
                box_run(box, NULL, "chat", "-m", "openai/x", "hi", logs[l][0], logs[l][1], NULL);

            g_assert_cmpint(check->code, ==, 2);
            assert_contains(check->err, "wrong.conf:");
            if (i != 5) { /* a key in the place of a URL is what a URL is shown as */
                assert_lacks(check->err, CANARY);
                assert_lacks(chat->err, CANARY);
            }
        }
        box_free(box);
    }
}

/* A driver that crashes while it holds the key: what is printed on the way out has none of it. */
static void test_crash(void)
{
    Box *box = box_new();
    g_autofree char *crash = g_build_filename(build_dir(), "fakes", "crash.so", NULL);
    g_autofree char *bytes = NULL, *dir = NULL;
    const char *driver;
    gsize len = 0;
    g_autoptr(Run) run = NULL;

    if (!g_file_get_contents(crash, &bytes, &len, NULL)) {
        g_test_skip("the fake drivers are not built");
        box_free(box);
        return;
    }
    /* Alone: another fake beside it crashes as soon as it is loaded. */
    dir = g_strdup(box_path(box, "crashing"));
    g_assert_cmpint(g_mkdir(dir, 0755), ==, 0);
    driver = box_file(box, "crashing/crash.so", bytes, (gssize)len);
    g_assert_cmpint(g_chmod(driver, 0755), ==, 0);
    box_env(box, "PATCHBAY_DRIVER_PATH", dir);
    box_provider(box, "crash", "http://127.0.0.1:9", CANARY);
    run = box_run(box, NULL, "chat", "-m", "crash/x", "hi", "-vv", NULL);
    assert_contains(run->err, "loaded crash"); /* it came that far, and the log was on */
    if (run->code < 1000)                      /* a sanitizer turns the signal into its report */
        assert_contains(run->err, "SEGV");
    else
        g_assert_cmpint(run->code, ==, 1000 + SIGSEGV);
    assert_lacks(run->out, CANARY);
    assert_lacks(run->err, CANARY);
    box_free(box);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (int way = 0; way < WAYS; way++) {
        g_autofree char *path = g_strconcat("/secrets/by-", way_names[way], NULL);

        g_test_add_data_func(path, GINT_TO_POINTER(way), test_way);
    }
    g_test_add_func("/secrets/echo", test_echo);
    g_test_add_func("/secrets/config-mistakes", test_config_mistakes);
    g_test_add_func("/secrets/crash", test_crash);
    return g_test_run();
}
