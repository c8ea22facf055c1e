/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay record` against the strict server of every API that a driver speaks: whole and
 * streamed, with tools, refused. What was recorded holds none of the credentials, and
 * patchbay-drivercheck replays it; an API whose calls need a fetched credential is refused before
 * anything is sent. */
#include "e2e/command.h"
#include "stub/vendor_row.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct Set {
    const VendorRow *row;
    Box *box;
    Vendor *vendor;
} Set;

static char *filled(const Set *set, const char *text)
{
    g_autoptr(GString) out = g_string_new(text);
    g_autofree char *url = set->vendor != NULL ? stub_url(set->vendor->stub, "") : g_strdup("");

    g_string_replace(out, "@URL@", url, 0);
    g_string_replace(out, "@DIR@", set->box->dir, 0);
    return g_strdup(out->str);
}

static void set_conf(const Set *set, const char *conf)
{
    g_autofree char *text = filled(set, conf);

    box_conf(set->box, "row", text);
}

static Set set_up(const VendorRow *row)
{
    Set set = {row, box_new(), row->start != NULL ? row->start() : NULL};

    if (row->file != NULL) {
        g_autofree char *text = filled(&set, row->file_text);

        box_file(set.box, row->file, text, -1);
    }
    if (row->snippet != NULL) {
        g_autofree char *name = g_strconcat(row->snippet, ".conf", NULL);
        g_autofree char *path = g_build_filename(g_getenv("PBAY_SOURCE_DIR"), "conf.d", name, NULL);
        g_autofree char *text = NULL;

        g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        box_conf(set.box, "a-snippet", text);
    }
    set_conf(&set, row->conf);
    return set;
}

static void tear_down(Set *set)
{
    if (set->vendor != NULL)
        vendor_free(set->vendor);
    box_free(set->box);
}

/* Which driver wrote it, as its first line says. g_free */
static char *driver_of(const char *recording)
{
    const char *from = strstr(recording, "\"driver\":\"");

    g_assert_nonnull(from);
    from += strlen("\"driver\":\"");
    return g_strndup(from, strcspn(from, "\""));
}

/* The drivers that everything else is built on: every check, and every way to fail. */
static bool is_basic(const VendorRow *row)
{
    static const char *const names[] = {"openai", "anthropic", "ollama", NULL};

    return g_strv_contains(names, row->name);
}

static void assert_replays(const Set *set, const char *file, const char *recording)
{
    bool all = is_basic(set->row);
    g_autofree char *id = driver_of(recording);
    g_autofree char *tool = g_build_filename(build_dir(), "bin", "patchbay-drivercheck", NULL);
    g_autofree char *driver = g_strdup_printf("%s/drivers/%s.so", build_dir(), id);
    const char *argv[] = {tool, driver, all ? "--stride" : "--only", all ? "29" : "recorded",
                          file, NULL};
    g_autofree char *out = NULL, *err = NULL;
    int status = 0;

    g_assert_true(
        g_spawn_sync(NULL, (char **)argv, NULL, 0, NULL, NULL, &out, &err, &status, NULL));
    if (status != 0)
        g_test_message("%s\n%s%s", recording, out, err);
    g_assert_cmpint(status, ==, 0);
}

/* No value that the row's configuration gives as a key, and no address of this machine. */
static void assert_clean(const Set *set, const char *recording)
{
    g_auto(GStrv) lines = g_strsplit(set->row->conf, "\n", -1);

    for (char **line = lines; *line != NULL; line++) {
        g_auto(GStrv) pair = g_strsplit(*line, " = ", 2);
        bool secret = pair[0] != NULL && pair[1] != NULL &&
                      (strstr(pair[0], "key") != NULL || strstr(pair[0], "token") != NULL ||
                       strstr(pair[0], "secret") != NULL);

        if (secret && strchr(pair[1], '@') == NULL && strpbrk(pair[1], "0123456789") != NULL)
            assert_lacks(recording, pair[1]);
    }
    assert_lacks(recording, "127.0.0.1");
    assert_lacks(recording, set->box->dir);
}

/* Records the request; NULL when the API's calls cannot be recorded, which it said. g_free */
static char *record(const Set *set, const char *name, const char *model, const char *request,
                    bool stream)
{
    const char *file = box_path(set->box, name);
    g_autoptr(Run) run =
        stream
            ? box_run(set->box, request, "record", "-m", model, "-o", file, "--stream", "-", NULL)
            : box_run(set->box, request, "record", "-m", model, "-o", file, "-", NULL);
    char *text = NULL;

    assert_lacks(run->err, "-right-key-");
    if (run->code != 0) {
        assert_contains(run->err, "cannot be recorded: it is signed with a credential");
        g_assert_false(g_file_test(file, G_FILE_TEST_EXISTS));
        g_assert_cmpuint(stub_requests(set->vendor->stub), ==, 0);
        g_test_message("%s: %s", set->row->name, run->err);
        return NULL;
    }
    assert_contains(run->err, "read it before you publish it");
    g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
    assert_clean(set, text);
    assert_replays(set, file, text);
    return text;
}

#define CHAT "{\"messages\":[{\"role\":\"user\",\"content\":\"Oslo\"}]"
#define TOOLS                                                                                      \
    ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"get_weather\",\"parameters\":{"   \
    "\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}}}}]"

/* An error's body, an error inside a stream, a stream that is cut. */
static void record_failures(const Set *set)
{
    static const char *const models[] = {"http-429", "http-500", "late-error", "cut"};

    for (size_t i = 0; i < G_N_ELEMENTS(models); i++) {
        g_autofree char *model = g_strconcat(set->row->name, "/", models[i], NULL);
        g_autofree char *name = g_strconcat(models[i], ".jsonl", NULL);
        g_autofree char *text = record(set, name, model, CHAT "}", true);

        assert_contains(text, "{\"outcome\":{\"class\":\"");
        if (strcmp(models[i], "cut") == 0)
            assert_contains(text, "\n{\"cut\":true}\n");
    }
}

static void test_row(const void *data)
{
    const VendorRow *row = data;
    Set set = set_up(row);
    g_autofree char *whole = record(&set, "whole.jsonl", row->model, CHAT "}", false);
    g_autofree char *stream = record(&set, "stream.jsonl", row->model, CHAT "}", true);

    g_assert_true((whole == NULL) == (stream == NULL));
    if (whole != NULL) {
        assert_contains(whole, "{\"kind\":\"text\",\"text\":\"You said: Oslo\"}");
        assert_contains(whole, "{\"outcome\":\"done\"}");
        assert_contains(stream, "\"stream\":true");
    }
    if (whole != NULL && row->tool_model != NULL) {
        g_autofree char *tools =
            record(&set, "tools.jsonl", row->tool_model, CHAT TOOLS "}", false);
        g_autofree char *piecewise =
            record(&set, "tools-stream.jsonl", row->tool_model, CHAT TOOLS "}", true);

        assert_contains(tools, "{\"kind\":\"tool_call\",\"index\":0");
        assert_contains(piecewise, "{\"kind\":\"tool_call\",\"index\":0");
    }
    if (is_basic(row))
        record_failures(&set);
    if (whole != NULL && row->wrong_conf != NULL) {
        set_conf(&set, row->wrong_conf);
        g_autofree char *refused = record(&set, "refused.jsonl", row->model, CHAT "}", false);

        assert_contains(refused, "{\"outcome\":{\"class\":\"");
    }
    tear_down(&set);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (const VendorRows *rows = vendor_rows_all; *rows != NULL; rows++) {
        size_t n = 0;
        const VendorRow *row = (*rows)(&n);

        for (; n > 0; n--, row++) {
            g_autofree char *path = g_strconcat("/record/", row->name, NULL);

            g_test_add_data_func(path, row, test_row);
        }
    }
    return g_test_run();
}
