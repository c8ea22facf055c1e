/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay rerank`: a table with the best document first, found by its number. */
#include "e2e/rig.h"

#include <string.h>

#define MODEL "-m", "mock/text"

static void test_table(void)
{
    Box *box = box_new();
    g_autoptr(Run) run = box_run(box, NULL, "rerank", MODEL, "--query", "the capital of Norway",
                                 "Rome is old\nand large", "Oslo is the capital of Norway", NULL);
    g_auto(GStrv) lines = g_strsplit(run->out, "\n", -1);

    assert_run(run, 0, NULL);
    g_assert_cmpuint(g_strv_length(lines), ==, 4);
    g_assert_true(g_str_has_prefix(lines[0], "RANK  SCORE"));
    g_assert_true(g_str_has_prefix(lines[1], "1     "));
    g_assert_true(g_str_has_suffix(lines[1], "  1      Oslo is the capital of Norway"));
    g_assert_true(g_str_has_prefix(lines[2], "2     "));
    g_assert_true(g_str_has_suffix(lines[2], "  0      Rome is old and large"));
    box_free(box);
}

static void test_file_and_top(void)
{
    Box *box = box_new();
    const char *file = box_file(box, "lines.txt", "Rome is old\r\n\n  \nOslo is a capital\n", -1);
    g_autoptr(Run) run =
        box_run(box, NULL, "rerank", MODEL, "-q", "capital", "--top-n", "1", "--file", file, NULL);
    g_autoptr(Run) pipe = box_run(box, "Oslo is a capital\nRome", "rerank", MODEL, "-q", "capital",
                                  "--file", "-", "--json", NULL);
    json_object *answer = json_tokener_parse(pipe->out);

    assert_run(run, 0, NULL);
    assert_contains(run->out, "Oslo is a capital\n");
    assert_lacks(run->out, "Rome");
    assert_run(pipe, 0, NULL);
    g_assert_cmpint(json_object_get_int(json_at(answer, "results.0.index")), ==, 0);
    g_assert_cmpuint(json_object_array_length(json_at(answer, "results")), ==, 2);
    json_object_put(answer);
    box_free(box);
}

static void test_usage(void)
{
    Box *box = box_new();
    const char *empty = box_file(box, "empty.txt", "\n \n", -1);
    g_autoptr(Run) query = box_run(box, NULL, "rerank", MODEL, "a", NULL);
    g_autoptr(Run) model = box_run(box, NULL, "rerank", "--query", "q", "a", NULL);
    g_autoptr(Run) none = box_run(box, NULL, "rerank", MODEL, "--query", "q", NULL);
    g_autoptr(Run) blank = box_run(box, NULL, "rerank", MODEL, "-q", "q", "-f", empty, NULL);
    g_autoptr(Run) top = box_run(box, NULL, "rerank", MODEL, "-q", "q", "--top-n", "0", "a", NULL);
    g_autoptr(Run) gone = box_run(box, NULL, "rerank", MODEL, "-q", "q", "-f", "/no/file", NULL);
    g_autoptr(Run) bytes = box_run(box, NULL, "rerank", MODEL, "-q", "q", "a\xff", NULL);
    g_autoptr(Run) unable =
        box_run(box, NULL, "rerank", "-m", "eliza/doctor", "-q", "q", "a", NULL);

    assert_complaint(query, 1, "--query", NULL);
    assert_complaint(model, 1, "-m", NULL);
    assert_complaint(none, 1, "no document", NULL);
    assert_complaint(blank, 1, "no document", NULL);
    assert_complaint(top, 1, "--top-n 0", NULL);
    assert_complaint(gone, 1, "/no/file", NULL);
    assert_complaint(bytes, 1, "UTF-8", NULL);
    assert_complaint(unable, 3, "eliza", "rerank", NULL);
    box_free(box);
}

/* A server that ranks what it was not given, or tells no number, moves nothing of the table. */
static StubScript *liar(void *user, const StubRequest *request)
{
    (void)user, (void)request;
    return stub_json(200, "{\"results\":[{\"index\":9223372036854775807,\"relevance_score\":1}]}");
}

static void test_lies(void)
{
    g_autoptr(Rig) rig = rig_new_with(liar, NULL);
    g_autofree char *url = stub_url(rig_stub(rig), "");
    g_autoptr(Run) run = NULL;

    box_provider(rig->box, "cohere", url, "co-key");
    run = box_run(rig->box, NULL, "rerank", "-m", "cohere/rerank-v3.5", "-q", "q", "a", NULL);
    assert_complaint(run, 4, "not asked about", NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/rerank/table", test_table);
    g_test_add_func("/cli/rerank/file-and-top", test_file_and_top);
    g_test_add_func("/cli/rerank/usage", test_usage);
    g_test_add_func("/cli/rerank/lies", test_lies);
    return g_test_run();
}
