/* SPDX-License-Identifier: Apache-2.0 */
/* Embedding lists: both encodings, order, what is refused. */
#include "lib/embeddings.h"

#include "sdk/host.h"

static void check(const char *answer, pb_next result, const char *expected)
{
    g_autoptr(Host) host = host_new();
    g_test_message("%s", answer);
    g_assert_cmpint(pbs_embeddings_take(&host->ctx, host_json(host, answer)), ==, result);
    if (result == PB_FAIL)
        g_assert_nonnull(strstr(host->x.log->str, "fail cls=15"));
    else
        host_expect(host, expected);
}

static void test_both(void)
{
    check("{\"model\":\"m\",\"data\":[{\"index\":1,\"embedding\":[0.5,-1e-3,2]},{\"index\":0,"
          "\"embedding\":[1]}],"
          "\"usage\":{\"prompt_tokens\":4}}",
          0, "vector 1: 0.5 -0.001 2\nvector 0: 1\nmeta name=model text=m\nusage in=4\n");
    /* 1.0f, -2.0f: 00 00 80 3f, 00 00 00 c0 */
    check("{\"data\":[{\"embedding\":\"AACAPwAAAMA=\"},{\"embedding\":\"AACAPwAAAMA\"}]}", 0,
          "vector 0: 1 -2\nvector 1: 1 -2\n");
    check("{\"data\":[]}", 0, "");
}

static void test_refused(void)
{
    static const char *const refused[] = {
        "{}",
        "[]",
        "{\"data\":{}}",
        "{\"data\":[{\"embedding\":null}]}",
        "{\"data\":[{\"embedding\":[]}]}",
        "{\"data\":[{\"embedding\":\"\"}]}",
        "{\"data\":[{\"embedding\":[1,\"x\"]}]}",
        "{\"data\":[{\"embedding\":\"AACAPw\"},{\"embedding\":\"AAA=\"}]}",
        "{\"data\":[{\"embedding\":\"!!!!\"}]}",
        "{\"data\":[{\"index\":-1,\"embedding\":[1]}]}",
        "{\"data\":[{\"index\":4294967296,\"embedding\":[1]}]}",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++)
        check(refused[i], PB_FAIL, NULL);
}

static void test_texts(void)
{
    static const struct {
        const char *input;
        bool texts;
    } rows[] = {{"\"a\"", true},         {"[\"a\",\"b\"]", true}, {"[]", false},
                {"[1,2]", false},        {"[[1]]", false},        {"[\"a\",1]", false},
                {"{\"a\":\"b\"}", false}};
    g_autoptr(Host) host = host_new();

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].input);
        g_assert_true(pbs_embedding_is_texts(&host->ctx, host_json(host, rows[i].input)) ==
                      rows[i].texts);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/embeddings/both", test_both);
    g_test_add_func("/sdk/embeddings/refused", test_refused);
    g_test_add_func("/sdk/embeddings/texts", test_texts);
    return g_test_run();
}
