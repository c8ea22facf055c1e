/* SPDX-License-Identifier: Apache-2.0 */
/* What Cohere has beside chat, against its strict server: embeddings in parts of 96 that come back
 * in order, rankings, the list of models over its pages. */
#include "e2e/command.h"
#include "stub/vendor_row.h"

#include <json-c/json.h>
#include <string.h>

const VendorRow *vendor_rows_cohere(size_t *n);

typedef struct Rig {
    Box *box;
    Vendor *vendor;
} Rig;

static Rig set_up(void)
{
    size_t n = 0;
    const VendorRow *row = vendor_rows_cohere(&n);
    Rig rig = {box_new(), row->start()};
    g_autofree char *url = stub_url(rig.vendor->stub, "");
    g_autoptr(GString) conf = g_string_new(row->conf);

    g_string_replace(conf, "@URL@", url, 0);
    box_conf(rig.box, "cohere", conf->str);
    return rig;
}

static void tear_down(Rig *rig)
{
    vendor_free(rig->vendor);
    box_free(rig->box);
}

static void test_embed(void)
{
    Rig rig = set_up();
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) expected = g_string_new(NULL);
    g_autoptr(Run) run = NULL;
    static const char *const head[] = {"embed", "-m", "cohere/embed-v4.0", "--dimensions", "3"};

    for (size_t i = 0; i < G_N_ELEMENTS(head); i++)
        g_ptr_array_add(argv, g_strdup(head[i]));
    for (int i = 1; i <= 200; i++) {
        g_ptr_array_add(argv, g_strnfill((gsize)i, 'a'));
        g_string_append_printf(expected, "[%d,0.5,0.5]\n", i);
    }
    g_ptr_array_add(argv, NULL);
    run = box_run_argv(rig.box, NULL, 0, (const char *const *)argv->pdata);
    assert_run(run, 0, expected->str);
    g_assert_cmpuint(stub_requests(rig.vendor->stub), ==, 3);
    tear_down(&rig);
}

static void test_rerank(void)
{
    Rig rig = set_up();
    g_autoptr(Run) run = box_run(rig.box, NULL, "rerank", "-m", "cohere/rerank-v3.5", "--query",
                                 "capital?", "--top-n", "2", "a", "b", "Oslo", NULL);
    g_autoptr(Run) json =
        box_run(rig.box,
                "{\"query\":\"q\",\"documents\":[{\"text\":\"a\"},\"b\"],"
                "\"return_documents\":true}",
                "request", "--kind", "rerank", "-m", "cohere/rerank-v3.5", "-", NULL);

    assert_run(run, 0,
               "RANK  SCORE   INDEX  TEXT\n1     0.7500  2      Oslo\n2     0.5000  1      b\n");
    assert_run(json, 0, NULL);
    assert_contains(json->out, "\"document\":{\"text\":\"b\"}");
    assert_contains(json->err, "documents");
    tear_down(&rig);
}

static void test_models(void)
{
    Rig rig = set_up();
    g_autoptr(Run) run = box_run(rig.box, NULL, "models", "cohere", "--live", NULL);

    assert_run(run, 0, NULL);
    assert_contains(run->out, "command-stub");
    assert_contains(run->out, "embed-stub");
    tear_down(&rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cohere/embed", test_embed);
    g_test_add_func("/cohere/rerank", test_rerank);
    g_test_add_func("/cohere/models", test_models);
    return g_test_run();
}
