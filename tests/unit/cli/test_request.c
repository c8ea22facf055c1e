/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay request`: the text goes as it stands; answers, chunks and errors come in canonical
 * shape. */
#include "e2e/rig.h"

#include <string.h>

#define CHAT(model, more)                                                                          \
    "{\"model\":\"openai/" model "\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]" more "}"

static void test_chat(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = box_run(rig->box, CHAT("parrot", ""), "request", "-", NULL);
    json_object *answer = json_tokener_parse(run->out);

    assert_run(run, 0, NULL);
    g_assert_cmpstr(json_text_at(answer, "object"), ==, "chat.completion");
    g_assert_cmpstr(json_text_at(answer, "choices.0.message.content"), ==, "You said: hi");
    json_object_put(answer);
}

/* A chunk a line, each of them JSON, the finish in exactly one, no usage that nobody asked for. */
static void test_stream(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run =
        box_run(rig->box, CHAT("parrot", ",\"stream\":true"), "request", "-", NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    g_auto(GStrv) lines = NULL;
    size_t finished = 0;

    assert_run(run, 0, NULL);
    lines = g_strsplit(run->out, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), >, 4);
    for (char **line = lines; **line != '\0'; line++) {
        json_object *chunk = json_tokener_parse(*line);
        const char *content = json_text_at(chunk, "choices.0.delta.content");

        g_assert_cmpstr(json_text_at(chunk, "object"), ==, "chat.completion.chunk");
        if (line == lines)
            g_assert_cmpstr(json_text_at(chunk, "choices.0.delta.role"), ==, "assistant");
        g_string_append(text, content != NULL ? content : "");
        finished += json_at(chunk, "choices.0.finish_reason") != NULL ? 1 : 0;
        g_assert_null(json_at(chunk, "usage"));
        json_object_put(chunk);
    }
    g_assert_cmpstr(text->str, ==, "You said: hi");
    g_assert_cmpuint(finished, ==, 1);
}

static void test_stream_usage(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = box_run(
        rig->box, CHAT("parrot", ",\"stream\":true,\"stream_options\":{\"include_usage\":true}"),
        "request", "-", NULL);

    assert_run(run, 0, NULL);
    assert_contains(run->out, "\"choices\":[],");
    assert_contains(run->out, "\"total_tokens\":18");
}

/* Numbers of any size, escapes and order reach the vendor byte for byte. */
static void test_byte_exact(void)
{
    static const char messages[] =
        "[{\"content\":\"a\\u00e9\\/\\ud83c\\udf0d\",\"role\":\"user\"}]";
    g_autoptr(Rig) rig = rig_new();
    g_autofree char *text = g_strdup_printf(
        "{\"seed\":123456789012345678901,\"temperature\":0.10,\"messages\":%s,\"model\":"
        "\"openai/parrot\"}",
        messages);
    g_autoptr(Run) run = box_run(rig->box, text, "request", "-", NULL);

    assert_run(run, 0, NULL);
    assert_contains(stub_request_body(rig_stub(rig), 0), messages);
    assert_contains(stub_request_body(rig_stub(rig), 0), "\"seed\":123456789012345678901");
    assert_contains(stub_request_body(rig_stub(rig), 0), "\"temperature\":0.10");
}

static void test_kinds(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) embedding = box_run(rig->box, "{\"model\":\"openai/e\",\"input\":\"x\"}",
                                       "request", "--kind", "embedding", "-", NULL);
    g_autoptr(Run) base64 =
        box_run(rig->box, "{\"model\":\"openai/e\",\"input\":\"x\",\"encoding_format\":\"base64\"}",
                "request", "--kind", "embedding", "-", NULL);
    g_autoptr(Run) completion = box_run(rig->box, "{\"model\":\"openai/c\",\"prompt\":\"x\"}",
                                        "request", "--kind", "completion", "-", NULL);
    g_autoptr(Run) image = box_run(rig->box, "{\"model\":\"openai/i\",\"prompt\":\"x\"}", "request",
                                   "--kind", "image", "-", NULL);
    g_autoptr(Run) models =
        box_run(rig->box, "{\"model\":\"openai/\"}", "request", "--kind", "models", "-", NULL);
    g_autoptr(Run) rerank =
        box_run(rig->box, "{\"model\":\"openai/r\",\"query\":\"x\",\"documents\":[\"y\"]}",
                "request", "--kind", "rerank", "-", NULL);

    assert_run(embedding, 0, NULL);
    assert_contains(embedding->out, "\"embedding\":[0,0.5,-2]");
    assert_run(base64, 0, NULL);
    assert_contains(base64->out, "\"embedding\":\"AAAAAAAAAD8AAADA\"");
    assert_run(completion, 0, NULL);
    assert_contains(completion->out, "\"text\":\" a time there was\"");
    assert_run(image, 0, NULL);
    assert_contains(image->out, "\"b64_json\":\"iVBORw0KGgo=\"");
    assert_run(models, 0, NULL);
    assert_contains(models->out, "\"id\":\"openai/parrot\"");
    assert_run(rerank, 3, NULL);
    assert_contains(rerank->out, "\"error\":{");
}

static void test_error_body(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = box_run(rig->box, CHAT("http-429", ""), "request", "-", NULL);
    g_autoptr(Run) late =
        box_run(rig->box, CHAT("late-error", ",\"stream\":true"), "request", "-", NULL);
    json_object *body = json_tokener_parse(run->out);

    assert_run(run, 3, NULL);
    g_assert_cmpstr(json_text_at(body, "error.message"), ==, "The stub answers 429");
    g_assert_nonnull(json_text_at(body, "error.type"));
    json_object_put(body);
    assert_run(late, 4, NULL);
    assert_contains(late->out, "\"content\":\"The first piece\"");
    assert_contains(late->out, "\n{\"error\":{\"message\":\"The engine caught fire");
}

static void test_model_over_the_file(void)
{
    g_autoptr(Rig) rig = rig_new();
    const char *file = box_file(rig->box, "r.json", CHAT("http-500", ""), -1);
    g_autoptr(Run) run = box_run(rig->box, NULL, "request", "-m", "openai/parrot", file, NULL);

    assert_run(run, 0, NULL);
    assert_contains(run->out, "You said: hi");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/request/chat", test_chat);
    g_test_add_func("/cli/request/stream", test_stream);
    g_test_add_func("/cli/request/stream-usage", test_stream_usage);
    g_test_add_func("/cli/request/byte-exact", test_byte_exact);
    g_test_add_func("/cli/request/kinds", test_kinds);
    g_test_add_func("/cli/request/error-body", test_error_body);
    g_test_add_func("/cli/request/model-over-the-file", test_model_over_the_file);
    return g_test_run();
}
