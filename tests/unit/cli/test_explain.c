/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay explain`: what would be sent is, byte for byte, what the same command then sends. */
#include "e2e/rig.h"

#include <string.h>

/* The body at the end of an explanation. */
static char *body_of(const Run *explanation)
{
    const char *blank = g_strrstr(explanation->out, "\n\n");

    g_assert_nonnull(blank);
    return g_strndup(blank + 2, strlen(blank + 2) - 1);
}

static void explains_exactly(Rig *rig, const char *const *arguments)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new_null_terminated(8, NULL, TRUE);
    g_autoptr(Run) explained = NULL, sent = NULL;
    g_autofree char *body = NULL, *line = NULL;
    size_t before = stub_requests(rig_stub(rig));

    g_ptr_array_add(argv, (char *)"explain");
    for (; *arguments != NULL; arguments++)
        g_ptr_array_add(argv, (char *)*arguments);
    explained = box_run_argv(rig->box, NULL, 0, (const char *const *)argv->pdata);
    assert_run(explained, 0, NULL);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, before); /* nothing left */
    argv->pdata[0] = (char *)"chat";
    sent = box_run_argv(rig->box, NULL, 0, (const char *const *)argv->pdata);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, before + 1);
    body = body_of(explained);
    g_assert_cmpstr(body, ==, stub_request_body(rig_stub(rig), before));
    line = g_strdup_printf("\nPOST %s/chat/completions\n", rig->url);
    assert_contains(explained->out, line);
    assert_contains(explained->out, "\n  authorization: Bearer ***\n");
    assert_contains(explained->out, "\n  content-type: application/json\n");
    assert_lacks(explained->out, RIG_KEY);
}

static void test_exact(void)
{
    g_autoptr(Rig) rig = rig_new();
    const char *tool =
        box_file(rig->box, "t.json",
                 "{\"name\":\"f\",\"parameters\":{\"type\":\"object\",\"x\":1e400}}", -1);
    const char *plain[] = {"-m", "openai/parrot", "Grüß /Gott/ \"🌍\"", NULL};
    const char *options[] = {"-m",
                             "openai/parrot",
                             "-s",
                             "Be\nbrief.",
                             "--temperature",
                             "0.10",
                             "--max-tokens",
                             "9",
                             "--tool",
                             tool,
                             "--no-stream",
                             "hi",
                             NULL};
    const char *alias[] = {
        "-m", "openai/o3-mini", "--temperature", "0.5", "--max-tokens", "9", "hi", NULL};

    explains_exactly(rig, plain);
    explains_exactly(rig, options);
    explains_exactly(rig, alias);
}

/* A request out of a file is shown as it would go: numbers beyond 64 bit, escapes, order. */
static void test_request_file(void)
{
    static const char text[] = "{\"seed\":123456789012345678901,\"messages\":[{\"role\":\"user\","
                               "\"content\":\"\\u00e9\\/\"}],\"model\":\"openai/parrot\"}";
    g_autoptr(Rig) rig = rig_new();
    const char *file = box_file(rig->box, "r.json", text, -1);
    g_autoptr(Run) explained = box_run(rig->box, NULL, "explain", "--request", file, NULL);
    g_autoptr(Run) sent = box_run(rig->box, NULL, "request", file, NULL);
    g_autofree char *body = NULL;

    assert_run(explained, 0, NULL);
    assert_run(sent, 0, NULL);
    body = body_of(explained);
    g_assert_cmpstr(body, ==, stub_request_body(rig_stub(rig), 0));
    assert_contains(body, "123456789012345678901");
    assert_contains(body, "\\u00e9\\/");
}

static void test_kind(void)
{
    g_autoptr(Rig) rig = rig_new();
    const char *file =
        box_file(rig->box, "e.json", "{\"model\":\"openai/e\",\"input\":[\"x\"]}", -1);
    g_autoptr(Run) run =
        box_run(rig->box, NULL, "explain", "--kind", "embedding", "--request", file, NULL);
    g_autoptr(Run) alone = box_run(rig->box, NULL, "explain", "--kind", "embedding", NULL);
    g_autoptr(Run) both = box_run(rig->box, NULL, "explain", "--request", file, "prompt", NULL);

    assert_run(run, 0, NULL);
    assert_contains(run->out, "/v1/embeddings\n");
    assert_complaint(alone, 1, "--request", NULL);
    assert_complaint(both, 1, "--request", NULL);
}

/* What is dropped or changed, and why; and the driver's file and version. */
static void test_notes(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = box_run(rig->box, NULL, "explain", "-m", "openai/o3-mini", "--temperature",
                                 "0.5", "hi", NULL);
    g_autoptr(Run) json = box_run(rig->box, NULL, "explain", "-m", "openai/o3-mini",
                                  "--temperature", "0.5", "--json", "hi", NULL);
    json_object *tree = json_tokener_parse(json->out);

    assert_run(run, 0, NULL);
    assert_contains(run->out, "target    openai/o3-mini (");
    assert_contains(run->out, "provider  openai\n");
    assert_contains(run->out, "/drivers/openai.so\n");
    assert_contains(run->out, "dropped   temperature: ");
    assert_run(json, 0, NULL);
    g_assert_cmpstr(json_text_at(tree, "notes.0.param"), ==, "temperature");
    g_assert_cmpstr(json_text_at(tree, "request.method"), ==, "POST");
    g_assert_cmpstr(json_text_at(tree, "request.headers.authorization"), ==, "Bearer ***");
    json_object_put(tree);
}

/* What goes under another name is told where the body shows it, wherever the driver puts it. */
static void test_renamed(void)
{
    static const char text[] = "{\"top_p\":0.5,\"stop\":[\"END\"],\"max_completion_tokens\":9,"
                               "\"seed\":null,\"messages\":[{\"role\":\"user\",\"content\":"
                               "\"max_tokens\"}]}";
    Box *box = box_new();
    const char *file = box_file(box, "r.json", text, -1);
    g_autoptr(Run) cohere =
        box_run(box, NULL, "explain", "-m", "cohere/command-a-03-2025", "--request", file, NULL);
    g_autoptr(Run) replicate =
        box_run(box, NULL, "explain", "-m", "replicate/meta/llama", "--request", file, NULL);
    g_autoptr(Run) llama =
        box_run(box, NULL, "explain", "-m", "replicate/meta/llama-2-7b", "--request", file, NULL);

    assert_run(cohere, 0, NULL);
    assert_contains(cohere->out, "\nrenamed   top_p: sent as p\n");
    assert_contains(cohere->out, "\nrenamed   stop: sent as stop_sequences\n");
    assert_contains(cohere->out, "\nrenamed   max_completion_tokens: sent as max_tokens\n");
    assert_lacks(cohere->out, "seed");
    assert_contains(replicate->out, "\nrenamed   max_completion_tokens: sent as max_tokens\n");
    assert_lacks(replicate->out, "renamed   top_p");
    assert_lacks(llama->out, "sent as max_tokens"); /* this family has a name of its own */
    box_free(box);
}

static void test_without_key(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = NULL;

    box_provider(rig->box, "openai", rig->url, NULL);
    run = box_run(rig->box, NULL, "explain", "-m", "openai/parrot", "hi", NULL);
    assert_run(run, 0, NULL);
    assert_contains(run->out, "missing ");
    assert_contains(run->out, "OPENAI_API_KEY");
    assert_lacks(run->out, "authorization");
}

static void test_strict(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = box_run(rig->box, NULL, "explain", "-m", "openai/o3-mini", "--strict",
                                 "--temperature", "0.5", "hi", NULL);

    assert_run(run, 0, NULL);
    assert_contains(run->out, "refused ");
    assert_contains(run->out, "temperature");
}

static void test_in_process(void)
{
    Box *box = box_new();
    g_autoptr(Run) run = box_run(box, NULL, "explain", "-m", "eliza/doctor", NULL);

    assert_run(run, 0, NULL);
    assert_contains(run->out, "answered inside this process: nothing would be sent\n");
    box_free(box);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/explain/exact", test_exact);
    g_test_add_func("/cli/explain/request-file", test_request_file);
    g_test_add_func("/cli/explain/kind", test_kind);
    g_test_add_func("/cli/explain/notes", test_notes);
    g_test_add_func("/cli/explain/renamed", test_renamed);
    g_test_add_func("/cli/explain/without-key", test_without_key);
    g_test_add_func("/cli/explain/strict", test_strict);
    g_test_add_func("/cli/explain/in-process", test_in_process);
    return g_test_run();
}
