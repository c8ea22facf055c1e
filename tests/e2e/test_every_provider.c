/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay chat -m PREFIX/MODEL`, streamed and not, with and without tools, for every API that a
 * driver speaks: each has a strict server of its own (tests/stub/vendors), which demands the right
 * credentials and refuses what its vendor would not know. */
#include "e2e/command.h"
#include "stub/vendor_row.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

typedef struct Rig {
    Box *box;
    Vendor *vendor; /* NULL: a driver that needs no server */
} Rig;

static char *filled(const char *text, const char *url, const char *dir)
{
    g_autoptr(GString) out = g_string_new(text);

    g_string_replace(out, "@URL@", url, 0);
    g_string_replace(out, "@DIR@", dir, 0);
    return g_strdup(out->str);
}

static void point(Rig *rig, const char *conf)
{
    g_autofree char *url = rig->vendor != NULL ? stub_url(rig->vendor->stub, "") : g_strdup("");
    g_autofree char *text = filled(conf, url, rig->box->dir);

    box_conf(rig->box, "row", text);
}

/* A file of the repository; g_free */
static char *shipped(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(g_getenv("PBAY_SOURCE_DIR"), folder, name, NULL);
    char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static Rig set_up(const VendorRow *row)
{
    Rig rig = {box_new(), row->start != NULL ? row->start() : NULL};
    g_autofree char *url = rig.vendor != NULL ? stub_url(rig.vendor->stub, "") : g_strdup("");

    if (row->file != NULL) {
        g_autofree char *text = filled(row->file_text, url, rig.box->dir);

        box_file(rig.box, row->file, text, -1);
    }
    if (row->snippet != NULL) {
        g_autofree char *name = g_strconcat(row->snippet, ".conf", NULL);
        g_autofree char *text = shipped("conf.d", name);

        box_conf(rig.box, "a-snippet", text);
    }
    point(&rig, row->conf);
    return rig;
}

static void tear_down(Rig *rig)
{
    if (rig->vendor != NULL)
        vendor_free(rig->vendor);
    box_free(rig->box);
}

/* Beside the answer a run says nothing, or the one thing that the row knows of. */
static void check_errors(const VendorRow *row, const Run *run)
{
    if (row->warns == NULL)
        g_assert_cmpstr(run->err, ==, "");
    else
        assert_contains(run->err, row->warns);
}

static void test_stream(gconstpointer data)
{
    const VendorRow *row = data;
    Rig rig = set_up(row);
    g_autoptr(Run) run = box_run(rig.box, NULL, "chat", "-m", row->model, "Grüß Gott 🌍", NULL);

    assert_run(run, 0, "You said: Grüß Gott 🌍\n");
    check_errors(row, run);
    tear_down(&rig);
}

/* The chunks of a stream: roles, one finish, and the usage that was asked for. */
static void test_chunks(gconstpointer data)
{
    const VendorRow *row = data;
    Rig rig = set_up(row);
    g_autofree char *request = g_strdup_printf(
        "{\"model\":\"%s\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"abc\"}]}",
        row->model);
    g_autoptr(Run) run = box_run(rig.box, request, "request", "-", NULL);
    g_auto(GStrv) lines = g_strsplit(run->out, "\n", -1);
    g_autoptr(GString) text = g_string_new(NULL);
    unsigned finishes = 0, pieces = 0;

    assert_run(run, 0, NULL);
    for (char **line = lines; *line != NULL && **line != '\0'; line++) {
        json_object *chunk = json_tokener_parse(*line), *choices, *choice, *piece = NULL;

        g_assert_nonnull(chunk);
        choices = json_object_object_get(chunk, "choices");
        choice =
            json_object_array_length(choices) > 0 ? json_object_array_get_idx(choices, 0) : NULL;
        json_object_object_get_ex(json_object_object_get(choice, "delta"), "content", &piece);
        if (json_object_get_string_len(piece) > 0) {
            g_string_append(text, json_object_get_string(piece));
            pieces++;
        }
        finishes += json_object_object_get(choice, "finish_reason") != NULL;
        json_object_put(chunk);
    }
    g_assert_cmpstr(text->str, ==, "You said: abc");
    g_assert_cmpuint(finishes, ==, 1);
    if (row->whole_only)
        g_assert_cmpuint(pieces, ==, 1);
    else
        g_assert_cmpuint(pieces, >, 1);
    tear_down(&rig);
}

static void test_whole(gconstpointer data)
{
    const VendorRow *row = data;
    Rig rig = set_up(row);
    g_autoptr(Run) run =
        box_run(rig.box, NULL, "chat", "-m", row->model, "--json", "Grüß Gott 🌍", NULL);
    json_object *answer = json_tokener_parse(run->out), *choices, *choice;

    assert_run(run, 0, NULL);
    check_errors(row, run);
    g_assert_cmpstr(json_object_get_string(json_object_object_get(answer, "object")), ==,
                    "chat.completion");
    choices = json_object_object_get(answer, "choices");
    g_assert_cmpuint(json_object_array_length(choices), ==, 1);
    choice = json_object_array_get_idx(choices, 0);
    g_assert_cmpstr(json_object_get_string(json_object_object_get(
                        json_object_object_get(choice, "message"), "content")),
                    ==, "You said: Grüß Gott 🌍");
    g_assert_cmpstr(json_object_get_string(json_object_object_get(choice, "finish_reason")), ==,
                    "stop");
    json_object_put(answer);
    tear_down(&rig);
}

static const char weather[] = "{\"name\":\"get_weather\",\"description\":\"Weather of a city\","
                              "\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":"
                              "{\"type\":\"string\"}},\"required\":[\"city\"]}}";

static void check_call(const char *line)
{
    json_object *call = json_tokener_parse(line), *function, *arguments;

    g_assert_nonnull(call);
    function = json_object_object_get(call, "function");
    g_assert_cmpstr(json_object_get_string(json_object_object_get(call, "type")), ==, "function");
    g_assert_cmpint(json_object_get_string_len(json_object_object_get(call, "id")), >, 0);
    g_assert_cmpstr(json_object_get_string(json_object_object_get(function, "name")), ==,
                    "get_weather");
    arguments =
        json_tokener_parse(json_object_get_string(json_object_object_get(function, "arguments")));
    g_assert_cmpint(json_object_object_length(arguments), ==, 1);
    g_assert_cmpstr(json_object_get_string(json_object_object_get(arguments, "city")), ==, "Oslo");
    json_object_put(arguments);
    json_object_put(call);
}

static void test_tools(gconstpointer data)
{
    const VendorRow *row = data;
    static const char *const ways[] = {"--no-stream", "--reasoning"};
    Rig rig = set_up(row);
    const char *file = box_file(rig.box, "weather.json", weather, -1);

    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autoptr(Run) run = box_run(rig.box, NULL, "chat", "-m", row->tool_model, "--tool", file,
                                     ways[i], "Weather in Oslo?", NULL);

        assert_run(run, 0, NULL);
        check_call(run->out);
    }
    tear_down(&rig);
}

/* An API without tools says so, and asks nobody. */
static void test_no_tools(gconstpointer data)
{
    const VendorRow *row = data;
    Rig rig = set_up(row);
    const char *file = box_file(rig.box, "weather.json", weather, -1);
    g_autoptr(Run) run =
        box_run(rig.box, NULL, "chat", "-m", row->model, "--tool", file, "Weather in Oslo?", NULL);

    g_assert_cmpint(run->code, !=, 0);
    assert_contains(run->err, "tools");
    assert_contains(run->err, "unsupported");
    if (rig.vendor != NULL)
        g_assert_cmpuint(stub_requests(rig.vendor->stub), ==, 0);
    tear_down(&rig);
}

/* The conversation goes on behind a call: its result is told in the vendor's own way. */
static void test_tool_result(gconstpointer data)
{
    const VendorRow *row = data;
    Rig rig = set_up(row);
    g_autofree char *request = g_strdup_printf(
        "{\"model\":\"%s\",\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},"
        "{\"role\":\"user\",\"content\":\"Weather in Oslo?\"},{\"role\":\"assistant\",\"content\":"
        "null,\"tool_calls\":[{\"id\":\"call_a1b2c3d4e\",\"type\":\"function\",\"function\":"
        "{\"name\":\"get_weather\",\"arguments\":\"{\\\"city\\\":\\\"Oslo\\\"}\"}}]},"
        "{\"role\":\"tool\",\"tool_call_id\":\"call_a1b2c3d4e\",\"content\":\"4 degrees\"},"
        "{\"role\":\"user\",\"content\":\"And in Rome?\"}],\"tools\":[{\"type\":\"function\","
        "\"function\":%s}]}",
        row->model, weather);
    g_autoptr(Run) run = box_run(rig.box, request, "request", "-", NULL);

    assert_run(run, 0, NULL);
    assert_contains(run->out, "You said: And in Rome?");
    tear_down(&rig);
}

/* The conversation of the goldens, with tools and images: nothing in it is refused by a server that
 * takes only its vendor's form. What the vendor lacks may be left out. */
static void test_thirty(gconstpointer data)
{
    const VendorRow *row = data;
    Rig rig = set_up(row);
    g_autofree char *text = shipped("tests/golden", "thirty.json");
    json_object *request = json_tokener_parse(text), *ours = json_object_new_object();
    g_autoptr(Run) run = NULL;

    g_assert_nonnull(request);
    json_object_object_add(ours, "drop_params", json_object_new_boolean(true));
    json_object_object_add(request, "patchbay", ours);
    json_object_object_add(request, "model", json_object_new_string(row->model));
    run = box_run(rig.box, json_object_to_json_string(request), "request", "-", NULL);
    assert_run(run, 0, NULL);
    assert_contains(run->out, "You said: And once more, what is the weather in Oslo?");
    g_assert_cmpuint(stub_requests(rig.vendor->stub), ==, 1); /* nothing was mended and resent */
    json_object_put(request);
    tear_down(&rig);
}

static void test_wrong_credentials(gconstpointer data)
{
    const VendorRow *row = data;
    Rig rig = set_up(row);
    g_autoptr(Run) run = NULL;

    point(&rig, row->wrong_conf);
    run = box_run(rig.box, NULL, "chat", "-m", row->model, "hello", NULL);
    if (row->warns == NULL) {
        assert_complaint(run, 3, "authentication", NULL);
    } else {
        g_assert_cmpint(run->code, ==, 3);
        assert_contains(run->err, row->warns);
        assert_contains(run->err, "patchbay: authentication");
    }
    tear_down(&rig);
}

static void add(const VendorRow *row, const char *name, GTestDataFunc function)
{
    g_autofree char *path = g_strdup_printf("/every-provider/%s/%s", row->name, name);

    g_test_add_data_func(path, row, function);
}

static void add_row(const VendorRow *row)
{
    add(row, "stream", test_stream);
    add(row, "chunks", test_chunks);
    add(row, "whole", test_whole);
    if (row->tool_model != NULL) {
        add(row, "tools", test_tools);
        add(row, "tool-result", test_tool_result);
    } else {
        add(row, "no-tools", test_no_tools);
    }
    if (row->snippet != NULL)
        add(row, "thirty", test_thirty);
    if (row->wrong_conf != NULL)
        add(row, "wrong-credentials", test_wrong_credentials);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; vendor_rows_all[i] != NULL; i++) {
        size_t n = 0;
        const VendorRow *rows = vendor_rows_all[i](&n);

        for (size_t r = 0; r < n; r++)
            add_row(&rows[r]);
    }
    return g_test_run();
}
