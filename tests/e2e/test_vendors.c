/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay chat` through each driver to a vendor that speaks its dialect over HTTP: what arrives
 * there, what comes back, as a stream and whole. */
#include "e2e/command.h"
#include "stub/vendor.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

typedef struct Dialect {
    const char *provider;
    Vendor *(*start)(const char *key);
    const char *base; /* behind the stub's address */
    const char *key;
    const char *target; /* of a chat */
} Dialect;

static const Dialect dialects[] = {
    {"openai", vendor_openai_new, "/v1", "sk-right-key-0001", "POST /v1/chat/completions"},
    {"anthropic", vendor_anthropic_new, "", "sk-ant-right-0001", "POST /v1/messages"},
    {"ollama", vendor_ollama_new, "", NULL, "POST /api/chat"},
};

typedef struct Rig {
    Box *box;
    Vendor *vendor;
} Rig;

static Rig set_up(const Dialect *dialect)
{
    Rig rig = {box_new(), dialect->start(dialect->key)};
    g_autofree char *url = stub_url(rig.vendor->stub, dialect->base);

    box_provider(rig.box, dialect->provider, url, dialect->key);
    return rig;
}

static void tear_down(Rig *rig)
{
    vendor_free(rig->vendor);
    box_free(rig->box);
}

static Run *ask(Rig *rig, const Dialect *dialect, const char *model, const char *option)
{
    g_autofree char *name = g_strconcat(dialect->provider, "/", model, NULL);

    return box_run(rig->box, NULL, "chat", "-m", name, "Grüß Gott 🌍", option, NULL);
}

static json_object *sent(Rig *rig, size_t n)
{
    json_object *body = json_tokener_parse(stub_request_body(rig->vendor->stub, n));

    g_assert_nonnull(body);
    return body;
}

static bool sent_stream(Rig *rig, size_t n)
{
    json_object *body = sent(rig, n);
    bool stream = json_object_get_boolean(json_object_object_get(body, "stream"));

    json_object_put(body);
    return stream;
}

static void test_stream(gconstpointer data)
{
    const Dialect *dialect = data;
    Rig rig = set_up(dialect);
    g_autoptr(Run) run = ask(&rig, dialect, "parrot", NULL);

    assert_run(run, 0, "You said: Grüß Gott 🌍\n");
    g_assert_cmpstr(run->err, ==, "");
    g_assert_cmpuint(stub_requests(rig.vendor->stub), ==, 1);
    g_assert_cmpstr(stub_request_line(rig.vendor->stub, 0), ==, dialect->target);
    g_assert_true(sent_stream(&rig, 0));
    tear_down(&rig);
}

static void test_whole(gconstpointer data)
{
    const Dialect *dialect = data;
    Rig rig = set_up(dialect);
    g_autoptr(Run) run = ask(&rig, dialect, "parrot", "--no-stream");

    assert_run(run, 0, "You said: Grüß Gott 🌍\n");
    g_assert_false(sent_stream(&rig, 0));
    tear_down(&rig);
}

/* What the stream shows is there before the answer is at its end. */
static void test_pieces_at_once(gconstpointer data)
{
    const Dialect *dialect = data;
    Rig rig = set_up(dialect);
    g_autofree char *name = g_strconcat(dialect->provider, "/stall", NULL);
    Process *process = box_start(rig.box, "chat", "-m", name, "hello", NULL);

    process_await(process, "The first piece");
    g_assert_cmpuint(stub_open(rig.vendor->stub), ==, 1);
    process_close_out(process); /* quiet, and the upstream is closed at once */
    g_assert_true(stub_wait_open(rig.vendor->stub, 0));
    {
        g_autoptr(Run) run = process_end(process);

        g_assert_cmpint(run->code, ==, 0);
        g_assert_cmpstr(run->err, ==, "");
    }
    tear_down(&rig);
}

static void test_json(gconstpointer data)
{
    const Dialect *dialect = data;
    Rig rig = set_up(dialect);
    g_autoptr(Run) run = ask(&rig, dialect, "parrot", "--json");
    json_object *answer = json_tokener_parse(run->out), *choice, *usage;

    assert_run(run, 0, NULL);
    g_assert_cmpstr(json_object_get_string(json_object_object_get(answer, "object")), ==,
                    "chat.completion");
    choice = json_object_array_get_idx(json_object_object_get(answer, "choices"), 0);
    g_assert_cmpstr(json_object_get_string(json_object_object_get(
                        json_object_object_get(choice, "message"), "content")),
                    ==, "You said: Grüß Gott 🌍");
    g_assert_cmpstr(json_object_get_string(json_object_object_get(choice, "finish_reason")), ==,
                    "stop");
    usage = json_object_object_get(answer, "usage");
    g_assert_cmpint(json_object_get_int(json_object_object_get(usage, "prompt_tokens")), ==, 11);
    g_assert_cmpint(json_object_get_int(json_object_object_get(usage, "completion_tokens")), ==, 7);
    g_assert_cmpint(json_object_get_int(json_object_object_get(usage, "total_tokens")), ==, 18);
    json_object_put(answer);
    tear_down(&rig);
}

static const char weather[] = "{\"name\":\"get_weather\",\"description\":\"Weather of a city\","
                              "\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":"
                              "{\"type\":\"string\"}},\"required\":[\"city\"]}}";

static void check_call_line(const char *line)
{
    json_object *call = json_tokener_parse(line), *function;

    g_assert_nonnull(call);
    function = json_object_object_get(call, "function");
    g_assert_cmpstr(json_object_get_string(json_object_object_get(call, "type")), ==, "function");
    g_assert_cmpstr(json_object_get_string(json_object_object_get(function, "name")), ==,
                    "get_weather");
    g_assert_cmpstr(json_object_get_string(json_object_object_get(function, "arguments")), ==,
                    "{\"city\":\"Oslo\"}");
    g_assert_null(json_object_object_get(call, "index"));
    json_object_put(call);
}

static void test_tools(gconstpointer data)
{
    const Dialect *dialect = data;
    static const char *const ways[] = {"--no-stream", "--reasoning"};
    Rig rig = set_up(dialect);
    const char *file = box_file(rig.box, "weather.json", weather, -1);
    g_autofree char *name = g_strconcat(dialect->provider, "/tools", NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autoptr(Run) run = box_run(rig.box, NULL, "chat", "-m", name, "--tool", file, ways[i],
                                     "Weather in Oslo?", NULL);

        assert_run(run, 0, NULL);
        check_call_line(run->out);
    }
    tear_down(&rig);
}

static void test_reasoning(gconstpointer data)
{
    const Dialect *dialect = data;
    Rig rig = set_up(dialect);
    g_autoptr(Run) shown = ask(&rig, dialect, "think", "--reasoning");
    g_autoptr(Run) hidden = ask(&rig, dialect, "think", NULL);

    assert_run(shown, 0, "Forty-two.\n");
    g_assert_cmpstr(shown->err, ==, "Let me think.\n");
    assert_run(hidden, 0, "Forty-two.\n");
    g_assert_cmpstr(hidden->err, ==, "");
    tear_down(&rig);
}

static void test_system_and_options(gconstpointer data)
{
    const Dialect *dialect = data;
    Rig rig = set_up(dialect);
    g_autofree char *name = g_strconcat(dialect->provider, "/parrot", NULL);
    g_autoptr(Run) run = box_run(rig.box, NULL, "chat", "-m", name, "-s", "Be brief.",
                                 "--temperature", "0.25", "--max-tokens", "50", "hello", NULL);
    const char *body;

    assert_run(run, 0, "You said: hello\n");
    body = stub_request_body(rig.vendor->stub, 0);
    assert_contains(body, "Be brief.");
    assert_contains(body, ":0.25");
    assert_contains(body, ":50");
    tear_down(&rig);
}

static void test_late_error(gconstpointer data)
{
    const Dialect *dialect = data;
    Rig rig = set_up(dialect);
    g_autoptr(Run) run = ask(&rig, dialect, "late-error", NULL);

    assert_run(run, 4, "The first piece\n");
    assert_contains(run->err, "The engine caught fire");
    tear_down(&rig);
}

static void test_cut(gconstpointer data)
{
    const Dialect *dialect = data;
    Rig rig = set_up(dialect);
    g_autofree char *request = g_strdup_printf("{\"model\":\"%s/cut\",\"stream\":true,\"messages\":"
                                               "[{\"role\":\"user\",\"content\":\"x\"}]}",
                                               dialect->provider);
    g_autoptr(Run) run = ask(&rig, dialect, "cut", NULL);
    g_autoptr(Run) raw = box_run(rig.box, request, "request", "-", NULL);

    assert_run(run, 4, "The first piece\n");
    g_assert_true(g_str_has_prefix(run->err, "patchbay: "));
    assert_run(raw, 4, NULL);
    assert_contains(raw->out, "\"code\":\"stream_truncated\"");
    assert_lacks(raw->out, "\"finish_reason\":\"stop\"");
    tear_down(&rig);
}

static void test_wrong_key(gconstpointer data)
{
    const Dialect *dialect = data;
    Rig rig = set_up(dialect);
    g_autofree char *url = stub_url(rig.vendor->stub, dialect->base);
    g_autoptr(Run) run = NULL;

    if (dialect->key != NULL) {
        box_provider(rig.box, dialect->provider, url, "sk-a-wrong-key-77");
        run = ask(&rig, dialect, "parrot", NULL);
        assert_complaint(run, 3, "authentication", NULL);
        assert_lacks(run->err, "sk-a-wrong-key-77");
    }
    tear_down(&rig);
}

static void test_statuses(gconstpointer data)
{
    const Dialect *dialect = data;
    static const struct {
        const char *model;
        int code;
    } cases[] = {{"http-400", 3}, {"http-403", 3}, {"http-404", 3},
                 {"http-429", 3}, {"http-500", 4}, {"http-503", 4}};
    Rig rig = set_up(dialect);

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Run) run = ask(&rig, dialect, cases[i].model, NULL);
        g_autofree char *said = g_strdup_printf("tub answers %s", cases[i].model + 5);

        assert_complaint(run, cases[i].code, said, NULL);
    }
    tear_down(&rig);
}

static void test_models_live(gconstpointer data)
{
    const Dialect *dialect = data;
    Rig rig = set_up(dialect);
    g_autoptr(Run) run =
        box_run(rig.box, NULL, "models", dialect->provider, "--live", "--json", NULL);
    g_autofree char *id = g_strdup_printf("\"%s/parrot", dialect->provider);

    assert_run(run, 0, NULL);
    assert_contains(run->out, id);
    tear_down(&rig);
}

static const struct {
    const char *name;
    GTestDataFunc run;
} tests[] = {
    {"stream", test_stream},
    {"whole", test_whole},
    {"pieces-at-once", test_pieces_at_once},
    {"json", test_json},
    {"tools", test_tools},
    {"reasoning", test_reasoning},
    {"system-and-options", test_system_and_options},
    {"late-error", test_late_error},
    {"cut", test_cut},
    {"wrong-key", test_wrong_key},
    {"statuses", test_statuses},
    {"models-live", test_models_live},
};

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t d = 0; d < G_N_ELEMENTS(dialects); d++) {
        g_autofree char *driver =
            g_strdup_printf("%s/drivers/%s.so", build_dir(), dialects[d].provider);

        if (!g_file_test(driver, G_FILE_TEST_EXISTS))
            continue; /* a build without this driver */
        for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
            g_autofree char *path =
                g_strdup_printf("/vendors/%s/%s", dialects[d].provider, tests[i].name);

            g_test_add_data_func(path, &dialects[d], tests[i].run);
        }
    }
    return g_test_run();
}
