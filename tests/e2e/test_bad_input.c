/* SPDX-License-Identifier: Apache-2.0 */
/* Bad input of every kind: each gets one message that says what is wrong and what to do, the right
 * exit code, nothing else on stdout, and no request leaves. */
#include "e2e/rig.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Sends text as it is through `patchbay request -`. */
static Run *request_text(Rig *rig, const char *text, size_t len)
{
    const char *const argv[] = {"request", "-", NULL};

    return box_run_argv(rig->box, text, len, argv);
}

/* The canonical error body on stdout, its message on stderr, and nothing sent. */
static void refused(Rig *rig, const char *text, size_t len, int code, const char *message)
{
    g_autoptr(Run) run = request_text(rig, text, len);
    json_object *body = json_tokener_parse(run->out);

    assert_run(run, code, NULL);
    g_assert_true(g_str_has_prefix(run->out, "{\"error\":{\"message\":\""));
    assert_contains(json_text_at(body, "error.message"), message);
    assert_contains(run->err, message);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 0);
    json_object_put(body);
}

static void test_malformed_json(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "not valid JSON"},
        {"{\"model\":", "not valid JSON"},
        {"{\"model\":\"openai/x\",}", "not valid JSON"},
        {"{'model':'openai/x'}", "not valid JSON"},
        {"{\"model\":\"openai/x\"} tail", "not valid JSON"},
        {"{\"model\":NaN}", "not valid JSON"},
        {"{\"model\":\"openai/x\",\"messages\":[{\"role\":\"user\",\"content\":\"\\ud800\"}]}",
         "not valid JSON"},
        {"{\"model\":\"a\",\"model\":\"openai/x\"}", "two members of this name"},
        {"[]", "must be a JSON object"},
        {"\"text\"", "must be a JSON object"},
        {"null", "must be a JSON object"},
    };
    g_autoptr(Rig) rig = rig_new();

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        refused(rig, cases[i].text, strlen(cases[i].text), 3, cases[i].message);
}

static void test_invalid_utf8(void)
{
    static const char text[] = "{\"model\":\"openai/parrot\",\"messages\":[{\"role\":\"user\","
                               "\"content\":\"\xFF\xFE\"}]}";
    g_autoptr(Rig) rig = rig_new();
    const char *file = box_file(rig->box, "latin1.txt", "caf\xE9", -1);
    g_autoptr(Run) operand = box_run(rig->box, NULL, "chat", "-m", "openai/x", "caf\xE9", NULL);
    g_autoptr(Run) read = box_run(rig->box, NULL, "chat", "-m", "openai/x", "-f", file, NULL);
    g_autoptr(Run) piped = box_run(rig->box, "caf\xE9", "chat", "-m", "openai/x", NULL);
    g_autoptr(Run) system =
        box_run(rig->box, NULL, "chat", "-m", "openai/x", "-s", "\xE9", "hi", NULL);
    g_autoptr(Run) embed = box_run(rig->box, NULL, "embed", "-m", "openai/x", "caf\xE9", NULL);
    g_autoptr(Run) complete = box_run(rig->box, NULL, "complete", "-m", "openai/x", "\xE9", NULL);

    refused(rig, text, sizeof text - 1, 3, "UTF-8");
    assert_complaint(operand, 1, "UTF-8", "byte 4", NULL);
    assert_complaint(read, 1, "UTF-8", "byte 4", NULL);
    assert_complaint(piped, 1, "UTF-8", NULL);
    assert_complaint(system, 1, NULL);
    assert_complaint(embed, 1, "UTF-8", NULL);
    assert_complaint(complete, 1, "UTF-8", NULL);
}

/* In a POSIX locale, as in a container, arguments are UTF-8 all the same. */
static void test_utf8_without_locale(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = NULL;

    box_env(rig->box, "LANG", NULL);
    run = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "-s", "Grüße", "Gruß", NULL);
    assert_run(run, 0, "You said: Gruß\n");
    assert_contains(stub_request_body(rig_stub(rig), 0), "Grüße");
}

static void test_nul_bytes(void)
{
    static const char text[] = "{\"model\":\"openai/parrot\"}\0{}";
    g_autoptr(Rig) rig = rig_new();
    const char *file = box_file(rig->box, "nul.json", text, sizeof text - 1);
    const char *const chat[] = {"chat", "-m", "openai/parrot", "-", NULL};
    g_autoptr(Run) request = box_run(rig->box, NULL, "request", file, NULL);
    g_autoptr(Run) prompt = box_run_argv(rig->box, "a\0b", 3, chat);

    assert_complaint(request, 1, file, "NUL", NULL);
    assert_complaint(prompt, 1, "NUL", "byte 2", NULL);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 0);
}

static void test_wrong_types(void)
{
    static const struct {
        const char *members, *message;
    } cases[] = {
        {"\"messages\":\"hello\"", "messages must be an array"},
        {"\"messages\":[]", "at least one message"},
        {"\"messages\":[1]", "messages[0] must be an object"},
        {"\"messages\":[{\"role\":1}]", "messages[0].role"},
        {"\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"stream\":\"yes\"",
         "stream must be true or false"},
        {"\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"n\":0", "n must be"},
        {"\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"tools\":{}", "tools must be"},
        {"\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"patchbay\":{\"lables\":{}}",
         "did you mean labels"},
    };
    g_autoptr(Rig) rig = rig_new();

    refused(rig, "{\"model\":7}", 11, 3, "model must be a string");
    refused(rig, "{\"messages\":[]}", 15, 3, "no model is named");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text =
            g_strdup_printf("{\"model\":\"openai/parrot\",%s}", cases[i].members);

        refused(rig, text, strlen(text), 3, cases[i].message);
    }
}

static void test_deep_json(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(GString) deep = g_string_new("{\"model\":\"openai/parrot\",\"messages\":");

    for (int i = 0; i < 100000; i++)
        g_string_append_c(deep, '[');
    refused(rig, deep->str, deep->len, 3, "deep");
}

static void test_huge_input(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(GString) huge = g_string_sized_new(65u << 20);
    g_autoptr(Run) run = NULL;

    while (huge->len <= 64u << 20)
        g_string_append(huge, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    run = request_text(rig, huge->str, huge->len);
    assert_complaint(run, 1, "64 MiB", NULL);
    /* Large and right: it arrives whole. */
    {
        g_autoptr(Run) large = NULL;

        g_string_truncate(huge, 3u << 20);
        large = box_run(rig->box, huge->str, "chat", "-m", "openai/count", "-", NULL);
        assert_run(large, 0, "1 messages\n");
        g_assert_cmpuint(strlen(stub_request_body(rig_stub(rig), 0)), >, 3u << 20);
    }
}

static void test_unknown_names(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) prefix = box_run(rig->box, NULL, "chat", "-m", "opnai/x", "hi", NULL);
    g_autoptr(Run) bare = box_run(rig->box, NULL, "chat", "-m", "no-such-model", "hi", NULL);
    g_autoptr(Run) model = box_run(rig->box, NULL, "chat", "-m", "openai/http-404", "hi", NULL);
    g_autoptr(Run) driver = box_run(rig->box, NULL, "drivers", "show", "opnai", NULL);
    g_autoptr(Run) listed = box_run(rig->box, NULL, "models", "opnai", NULL);
    g_autoptr(Run) live = box_run(rig->box, NULL, "models", "opnai", "--live", NULL);
    g_autoptr(Run) command = box_run(rig->box, NULL, "caht", NULL);
    g_autoptr(Run) option = box_run(rig->box, NULL, "chat", "--modle", "x", "hi", NULL);
    g_autoptr(Run) kind =
        box_run(rig->box, "{\"model\":\"openai/x\"}", "request", "--kind", "chatt", "-", NULL);
    g_autoptr(Run) empty = box_run(rig->box, NULL, "chat", "-m", "", "hi", NULL);

    assert_complaint(prefix, 3, "opnai/x", "openai", NULL);
    assert_complaint(bare, 3, "no-such-model", NULL);
    assert_complaint(model, 3, "not_found", NULL);
    assert_complaint(driver, 1, "opnai", "openai", NULL);
    assert_complaint(listed, 1, "opnai", "patchbay providers", NULL);
    assert_complaint(live, 1, "opnai", "patchbay providers", NULL);
    assert_complaint(command, 1, "caht", "patchbay --help", NULL);
    assert_complaint(option, 1, "--modle", "--help", NULL);
    assert_complaint(kind, 1, "chatt", "chat, completion", NULL);
    assert_complaint(empty, 3, "model", NULL);
}

static void test_missing_key(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = NULL;

    box_provider(rig->box, "openai", rig->url, NULL);
    run = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "hi", NULL);
    assert_complaint(run, 2, "OPENAI_API_KEY", NULL);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 0);
}

/* An empty key is no key, and a key with a line break cannot be a header. */
static void test_bad_keys(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) empty = NULL, broken = NULL;

    box_provider(rig->box, "openai", rig->url, NULL);
    box_env(rig->box, "OPENAI_API_KEY", "");
    empty = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "hi", NULL);
    assert_complaint(empty, 2, "OPENAI_API_KEY", NULL);
    box_env(rig->box, "OPENAI_API_KEY", "sk-first-half\r\nX-Evil: second-half");
    broken = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "hi", NULL);
    assert_complaint(broken, 2, "control character", NULL);
    assert_lacks(broken->err, "second-half");
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 0);
}

static void check_path(Rig *rig, const char *path, const char *why)
{
    static const char *const uses[][4] = {
        {"chat", "-m", "openai/parrot", "-f"},      {"chat", "-m", "openai/parrot", "--image"},
        {"chat", "-m", "openai/parrot", "--tool"},  {"chat", "-m", "openai/parrot", "--schema"},
        {"explain", "-m", "openai/p", "--request"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(uses); i++) {
        const char *const argv[] = {uses[i][0], uses[i][1],          uses[i][2], uses[i][3],
                                    path,       i < 4 ? "hi" : NULL, NULL};
        g_autoptr(Run) run = box_run_argv(rig->box, NULL, 0, argv);

        assert_complaint(run, 1, path, why, NULL);
    }
    {
        g_autoptr(Run) run = box_run(rig->box, NULL, "request", path, NULL);

        assert_complaint(run, 1, path, why, NULL);
    }
}

static void test_paths(void)
{
    g_autoptr(Rig) rig = rig_new();
    const char *missing = box_path(rig->box, "no-such-file");
    g_autoptr(Run) config = box_run(rig->box, NULL, "providers", "--config", missing, NULL);
    g_autoptr(Run) env = box_run(rig->box, NULL, "providers", "--env-file", missing, NULL);
    g_autoptr(Run) stdin_dir = NULL, no_config = NULL, deep = NULL;

    check_path(rig, missing, "No such file");
    check_path(rig, rig->box->dir, "directory");
    assert_complaint(config, 1, missing, NULL);
    assert_complaint(env, 2, missing, NULL);
    rig->box->stdin_from = g_strdup(rig->box->dir);
    stdin_dir = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "-", NULL);
    assert_complaint(stdin_dir, 1, "directory", NULL);
    box_env(rig->box, "PATCHBAY_DRIVER_PATH", missing);
    no_config = box_run(rig->box, NULL, "drivers", NULL);
    g_assert_cmpint(no_config->code, ==, 0);
    assert_contains(no_config->err, "PATCHBAY_DRIVER_PATH");
    deep = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "hi", NULL);
    assert_complaint(deep, 2, "openai", "no driver", NULL);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 0);
}

static void test_json_files(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"{\"name\":", "is no JSON"},
        {"{\"name\":\"x\"} tail", "is no JSON"},
        {"null", "null"},
        {"[[]]", "object"},
        {"\"x\"", "object"},
        {"{\"name\":\"\xFF\"}", "is no JSON"},
    };
    g_autoptr(Rig) rig = rig_new();

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *file = box_file(rig->box, "t.json", cases[i].text, -1);
        g_autoptr(Run) tool =
            box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "--tool", file, "hi", NULL);
        g_autoptr(Run) schema =
            box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "--schema", file, "hi", NULL);

        assert_complaint(tool, 1, file, cases[i].message, NULL);
        assert_complaint(schema, 1, file, i == 3 ? "object" : cases[i].message, NULL);
    }
}

static void test_option_values(void)
{
    static const struct {
        const char *option, *value;
    } cases[] = {
        {"--temperature", "warm"},  {"--temperature", "2.1"},    {"--temperature", "-1"},
        {"--temperature", "nan"},   {"--max-tokens", "0"},       {"--max-tokens", "-3"},
        {"--max-tokens", "many"},   {"--max-tokens", "1.5"},     {"--max-tokens", "99999999999"},
        {"--timeout", "soon"},      {"--timeout", "-1s"},        {"--timeout", "0"},
        {"--timeout", "5 minutes"}, {"--header", "no colon"},    {"--header", ": value"},
        {"--label", "no equals"},   {"--drop-params", "always"}, {"--set", "no equals"},
        {"--set", "nothing=x"},
    };
    g_autoptr(Rig) rig = rig_new();

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Run) run = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", cases[i].option,
                                     cases[i].value, "hi", NULL);

        assert_complaint(run, 1, cases[i].option, NULL);
    }
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 0);
}

/* A header that HTTP does not allow is refused before anything is sent. */
static void test_header_injection(void)
{
    static const char *const headers[] = {"X-A: one\r\nX-Evil: two", "X A: one", "X-A: o\x7Fne"};
    g_autoptr(Rig) rig = rig_new();

    for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
        g_autoptr(Run) run = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "--header",
                                     headers[i], "hi", NULL);

        assert_complaint(run, 3, "header", NULL);
    }
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 0);
}

static void test_empty_prompts(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) none = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", NULL);
    g_autoptr(Run) empty = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "", NULL);
    g_autoptr(Run) piped = box_run(rig->box, "", "chat", "-m", "openai/parrot", "-", NULL);
    g_autoptr(Run) complete = box_run(rig->box, NULL, "complete", "-m", "openai/parrot", "", NULL);
    g_autoptr(Run) embed = box_run(rig->box, NULL, "embed", "-m", "openai/parrot", NULL);
    g_autoptr(Run) request = box_run(rig->box, NULL, "request", NULL);
    g_autoptr(Run) nothing = box_run(rig->box, NULL, NULL);

    assert_complaint(none, 1, "prompt is empty", NULL);
    assert_complaint(empty, 1, "prompt is empty", NULL);
    assert_complaint(piped, 1, "prompt is empty", NULL);
    assert_complaint(complete, 1, "prompt is empty", NULL);
    assert_complaint(embed, 1, "name one text", NULL);
    assert_complaint(request, 1, "name one file", NULL);
    assert_run(nothing, 1, "");
    assert_contains(nothing->err, "Usage: patchbay COMMAND");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bad-input/malformed-json", test_malformed_json);
    g_test_add_func("/bad-input/invalid-utf8", test_invalid_utf8);
    g_test_add_func("/bad-input/utf8-without-locale", test_utf8_without_locale);
    g_test_add_func("/bad-input/nul-bytes", test_nul_bytes);
    g_test_add_func("/bad-input/wrong-types", test_wrong_types);
    g_test_add_func("/bad-input/deep-json", test_deep_json);
    g_test_add_func("/bad-input/huge-input", test_huge_input);
    g_test_add_func("/bad-input/unknown-names", test_unknown_names);
    g_test_add_func("/bad-input/missing-key", test_missing_key);
    g_test_add_func("/bad-input/bad-keys", test_bad_keys);
    g_test_add_func("/bad-input/paths", test_paths);
    g_test_add_func("/bad-input/json-files", test_json_files);
    g_test_add_func("/bad-input/option-values", test_option_values);
    g_test_add_func("/bad-input/header-injection", test_header_injection);
    g_test_add_func("/bad-input/empty-prompts", test_empty_prompts);
    return g_test_run();
}
