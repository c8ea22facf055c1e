/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay record`: where the recording goes, what is never overwritten, how a call that failed, a
 * key said back, and a recording that would tell a secret end. */
#include "e2e/rig.h"

#include <glib/gstdio.h>
#include <string.h>

#define CHAT(more) "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]" more "}"

static const char advice[] = "read it before you publish it";

static void test_stdout(void)
{
    static const char *const outputs[] = {NULL, "-"};

    for (size_t i = 0; i < G_N_ELEMENTS(outputs); i++) {
        g_autoptr(Rig) rig = rig_new();
        g_autoptr(Run) run = outputs[i] == NULL ? box_run(rig->box, CHAT(""), "record", "-m",
                                                          "openai/parrot", "-", NULL)
                                                : box_run(rig->box, CHAT(""), "record", "-m",
                                                          "openai/parrot", "-o", "-", "-", NULL);

        g_assert_cmpint(run->code, ==, 0);
        g_assert_true(g_str_has_prefix(run->out, "{\"recording\":1,\"driver\":\"openai\","));
        g_assert_true(g_str_has_suffix(run->out, "{\"outcome\":\"done\"}\n"));
        assert_contains(run->err, advice);
        assert_lacks(run->out, RIG_KEY);
    }
}

/* "stream" is set in the text as it stands, whatever was there. */
static void test_stream(void)
{
    static const char *const bodies[] = {CHAT(""), CHAT(",\"stream\":false"),
                                         CHAT(",\"stream\": true,\"seed\":12345678901234567890")};

    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        g_autoptr(Rig) rig = rig_new();
        const char *file = box_file(rig->box, "request.json", bodies[i], -1);
        g_autoptr(Run) run =
            box_run(rig->box, NULL, "record", "-m", "openai/parrot", "--stream", file, NULL);

        g_assert_cmpint(run->code, ==, 0);
        assert_contains(run->out, "\"stream\":true");
        assert_contains(run->out, "data: {");
        if (i == 2)
            assert_contains(run->out, "12345678901234567890");
    }
}

static void test_file(void)
{
    g_autoptr(Rig) rig = rig_new();
    const char *file = box_path(rig->box, "new.jsonl");
    g_autofree char *text = NULL, *again = NULL;
    g_autoptr(Run) first =
        box_run(rig->box, CHAT(""), "record", "-m", "openai/parrot", "-o", file, "-", NULL);

    assert_run(first, 0, "");
    g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
    assert_contains(text, "{\"outcome\":\"done\"}");

    g_autoptr(Run) second =
        box_run(rig->box, CHAT(""), "record", "-m", "openai/count", "-o", file, "-", NULL);

    assert_complaint(second, 1, "is there already", "--force", NULL);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 1); /* known before it is paid for */
    g_assert_true(g_file_get_contents(file, &again, NULL, NULL));
    g_assert_cmpstr(again, ==, text);

    g_autoptr(Run) forced = box_run(rig->box, CHAT(""), "record", "-m", "openai/count", "-o", file,
                                    "--force", "-", NULL);

    assert_run(forced, 0, "");
    g_clear_pointer(&again, g_free);
    g_assert_true(g_file_get_contents(file, &again, NULL, NULL));
    g_assert_cmpstr(again, !=, text);
}

/* An error is an outcome: the exit status says that the recording was made. */
static void test_failures(void)
{
    static const char *const models[] = {"openai/http-503", "openai/late-error", "openai/cut"};

    for (size_t i = 0; i < G_N_ELEMENTS(models); i++) {
        g_autoptr(Rig) rig = rig_new();
        g_autoptr(Run) run =
            box_run(rig->box, CHAT(""), "record", "-m", models[i], "--stream", "-", NULL);

        g_assert_cmpint(run->code, ==, 0);
        assert_contains(run->out, "{\"outcome\":{\"class\":\"");
        assert_contains(run->err, "patchbay: ");
        assert_contains(run->err, advice);
        if (i == 2)
            assert_contains(run->out, "{\"cut\":true}");
    }
}

/* A vendor that says the key back, and one that does it in a way that cannot be replaced. */
static void test_key_said_back(void)
{
    g_autoptr(Rig) rig = rig_new_any_key();
    g_autoptr(Run) run = box_run(rig->box, CHAT(""), "record", "-m", "openai/echo-key", "-", NULL);

    g_assert_cmpint(run->code, ==, 0);
    assert_contains(run->out, "sk-demo-0123456789");
    assert_lacks(run->out, RIG_KEY);
    assert_lacks(run->err, RIG_KEY);
}

static StubScript *say_in_base64(void *user, const StubRequest *request)
{
    g_autofree char *base64 = g_base64_encode((const guchar *)RIG_KEY, strlen(RIG_KEY));
    g_autofree char *json = g_strdup_printf(
        "{\"id\":\"a\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{"
        "\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"%s\"},\"finish_reason\":"
        "\"stop\"}]}",
        base64);

    (void)user;
    (void)request;
    return stub_json(200, json);
}

static void test_refused(void)
{
    g_autoptr(Rig) rig = rig_new_with(say_in_base64, NULL);
    const char *file = box_path(rig->box, "never.jsonl");
    g_autoptr(Run) run =
        box_run(rig->box, CHAT(""), "record", "-m", "openai/m", "-o", file, "-", NULL);

    assert_complaint(run, 6, "no recording was written", "a secret (api-key)", NULL);
    assert_lacks(run->err, RIG_KEY);
    g_assert_false(g_file_test(file, G_FILE_TEST_EXISTS));
}

static void test_never_sent(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) bad =
        box_run(rig->box, "{\"messages\":7}", "record", "-m", "openai/m", "-", NULL);
    g_autoptr(Run) none = box_run(rig->box, "no JSON", "record", "--stream", "-", NULL);

    g_assert_cmpint(bad->code, !=, 0);
    g_assert_cmpint(none->code, !=, 0);
    assert_contains(bad->err, "no recording was written");
    assert_contains(none->err, "no recording was written");
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 0);
}

static void test_usage(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) none = box_run(rig->box, NULL, "record", NULL);
    g_autoptr(Run) folder =
        box_run(rig->box, CHAT(""), "record", "-m", "openai/m", "-o", rig->box->dir, "-", NULL);
    g_autoptr(Run) kind =
        box_run(rig->box, CHAT(""), "record", "--kind", "poem", "-m", "openai/m", "-", NULL);
    g_autoptr(Run) help = box_run(rig->box, NULL, "record", "--help", NULL);

    assert_complaint(none, 1, "name one file", NULL);
    assert_complaint(folder, 1, "is a directory", NULL);
    assert_complaint(kind, 1, "is no kind of request", NULL);
    g_assert_cmpint(help->code, ==, 0);
    assert_contains(help->out, "--force");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/record/stdout", test_stdout);
    g_test_add_func("/record/stream", test_stream);
    g_test_add_func("/record/file", test_file);
    g_test_add_func("/record/failures", test_failures);
    g_test_add_func("/record/key-said-back", test_key_said_back);
    g_test_add_func("/record/refused", test_refused);
    g_test_add_func("/record/never-sent", test_never_sent);
    g_test_add_func("/record/usage", test_usage);
    return g_test_run();
}
