/* SPDX-License-Identifier: Apache-2.0 */
/* Rankings: the body that is asked, what is told, the answer, and answers that are none. */
#include "lib/rerank.h"

#include "sdk/host.h"

static void check_written(const char *request, const char *body, const char *log)
{
    g_autoptr(Host) host = host_new();
    g_test_message("%s", request);
    host_open(&host->x, 1);
    pbs_rerank_write(&host->ctx, host_json(host, request));
    host_close(&host->x);
    g_assert_true(pbay_json_writer_ok(&host->x.w));
    g_assert_cmpstr(host->x.body->str, ==, body);
    host_expect(host, log);
}

static void test_texts(void)
{
    check_written("{\"model\":\"m\",\"query\":\"q\",\"documents\":[\"a\",\"\\u00e9\\n\",\"\"]}",
                  "{\"query\":\"q\",\"documents\":[\"a\",\"\303\251\\n\",\"\"]}", "");
    check_written("{\"query\":\"q\",\"documents\":[]}", "{\"query\":\"q\",\"documents\":[]}", "");
    check_written("{\"priority\":1,\"query\":\"q\",\"documents\":[\"a\"],\"top_n\":2,"
                  "\"max_tokens_per_doc\":512,\"return_documents\":true}",
                  "{\"query\":\"q\",\"documents\":[\"a\"],\"priority\":1,\"top_n\":2,"
                  "\"max_tokens_per_doc\":512}",
                  "");
    check_written("{\"query\":\"q\",\"documents\":[\"a\"],\"top_n\":null,\"user\":null}",
                  "{\"query\":\"q\",\"documents\":[\"a\"]}", "");
}

/* An object with nothing but a text is that text; any other goes as the JSON it is, byte for
 * byte. It is told once. */
static void test_objects(void)
{
    check_written("{\"query\":\"q\",\"documents\":[\"a\",{\"text\":\"b\"},{\"text\":\"c\", "
                  "\"n\":1.0},{\"text\":\"\"},{\"text\":7},{}]}",
                  "{\"query\":\"q\",\"documents\":[\"a\",\"b\",\"{\\\"text\\\":\\\"c\\\", "
                  "\\\"n\\\":1.0}\",\"{\\\"text\\\":\\\"\\\"}\",\"{\\\"text\\\":7}\",\"{}\"]}",
                  "note 3 documents: this vendor ranks texts: objects go as theirs\n");
}

static void test_left_out(void)
{
    check_written("{\"query\":\"q\",\"documents\":[],\"user\":\"u\",\"rank_fields\":[\"a\"],"
                  "\"max_chunks_per_doc\":3,\"own\":false}",
                  "{\"query\":\"q\",\"documents\":[]}",
                  "note 1 user: this vendor does not tell users apart\n"
                  "note 4 rank_fields: this vendor ranks texts; write the fields that count\n"
                  "note 1 max_chunks_per_doc: this vendor has max_tokens_per_doc instead\n"
                  "note 1 own: this vendor knows no parameter of that name\n");
}

#define ASKED "\"query\":\"q\",\"documents\":[\"a\",{\"text\":\"b\",\"n\":1.0},{\"text\":\"c\"}]"

static void check_taken(const char *request, const char *answer, const char *text)
{
    g_autoptr(Host) host = host_new();
    g_autofree char *log = g_strdup_printf("json text=%s\n", text);
    g_test_message("%s", answer);
    g_assert_cmpint(pbs_rerank_take(&host->ctx, host_json(host, request), host_json(host, answer)),
                    ==, PB_DONE);
    g_assert_cmpuint(host->x.depth, ==, 0);
    g_assert_cmpuint(host->x.body->len, ==, 0);
    host_expect(host, log);
}

static void test_answer(void)
{
    check_taken("{" ASKED "}",
                "{\"id\":\"r1\",\"results\":[{\"index\":2,\"relevance_score\":0.90},{\"index\":0,"
                "\"relevance_score\":1e-3,\"own\":1}],\"meta\":{\"billed_units\":{\"search_units\":"
                "1}}}",
                "{\"id\":\"r1\",\"results\":[{\"index\":2,\"relevance_score\":0.90},{\"index\":0,"
                "\"relevance_score\":1e-3}],\"meta\":{\"billed_units\":{\"search_units\":1}}}");
    check_taken("{" ASKED "}", "{\"results\":[]}", "{\"results\":[]}");
    check_taken("{" ASKED "}", "{\"id\":null,\"results\":[],\"meta\":null}", "{\"results\":[]}");
    check_taken("{" ASKED "}", "{\"id\":7,\"results\":[],\"meta\":\"x\"}", "{\"results\":[]}");
    check_taken("{" ASKED "}", "{\"results\":[{\"index\":1,\"relevance_score\":-4}]}",
                "{\"results\":[{\"index\":1,\"relevance_score\":-4}]}");
}

/* They are the caller's own, whatever the vendor gives. */
static void test_documents(void)
{
    static const char answer[] =
        "{\"results\":[{\"index\":1,\"relevance_score\":0.9,\"document\":{\"text\":\"other\"}},"
        "{\"index\":0,\"relevance_score\":0.5},{\"index\":2,\"relevance_score\":0}]}";
    static const char bare[] =
        "{\"results\":[{\"index\":1,\"relevance_score\":0.9},{\"index\":0,\"relevance_score\":0.5},"
        "{\"index\":2,\"relevance_score\":0}]}";

    check_taken("{" ASKED ",\"return_documents\":true}", answer,
                "{\"results\":[{\"index\":1,\"relevance_score\":0.9,\"document\":{\"text\":\"b\","
                "\"n\":1.0}},{\"index\":0,\"relevance_score\":0.5,\"document\":{\"text\":\"a\"}},"
                "{\"index\":2,\"relevance_score\":0,\"document\":{\"text\":\"c\"}}]}");
    check_taken("{" ASKED ",\"return_documents\":false}", answer, bare);
    check_taken("{" ASKED ",\"return_documents\":null}", answer, bare);
    check_taken("{" ASKED "}", answer, bare);
}

static void check_refused(const char *answer, const char *message)
{
    g_autoptr(Host) host = host_new();
    g_autofree char *log = g_strdup_printf(
        "fail cls=15 status=0 code=invalid_upstream_response message=%s\n", message);
    g_test_message("%s", answer);
    g_assert_cmpint(
        pbs_rerank_take(&host->ctx, host_json(host, "{" ASKED "}"), host_json(host, answer)), ==,
        PB_FAIL);
    g_assert_cmpuint(host->x.depth, ==, 0);
    host_expect(host, log);
}

static void test_refused(void)
{
    static const char *const none[] = {
        "{}",
        "[]",
        "null",
        "\"results\"",
        "{\"results\":null}",
        "{\"results\":{}}",
        "{\"results\":\"[]\"}",
        "{\"result\":[]}",
        "[{\"results\":[]}]",
    };
    static const char *const strange[] = {
        "{\"results\":[{\"index\":3,\"relevance_score\":1}]}",
        "{\"results\":[{\"index\":-1,\"relevance_score\":1}]}",
        "{\"results\":[{\"index\":9223372036854775807,\"relevance_score\":1}]}",
        "{\"results\":[{\"index\":99999999999999999999,\"relevance_score\":1}]}",
        "{\"results\":[{\"index\":0.5,\"relevance_score\":1}]}",
        "{\"results\":[{\"index\":\"0\",\"relevance_score\":1}]}",
        "{\"results\":[{\"index\":null,\"relevance_score\":1}]}",
        "{\"results\":[{\"relevance_score\":1}]}",
        "{\"results\":[null]}",
        "{\"results\":[0]}",
        "{\"results\":[[{\"index\":0}]]}",
        "{\"results\":[{\"index\":0,\"relevance_score\":1},{\"index\":3,\"relevance_score\":1}]}",
    };
    static const char *const unscored[] = {
        "{\"results\":[{\"index\":0}]}",
        "{\"results\":[{\"index\":0,\"relevance_score\":null}]}",
        "{\"results\":[{\"index\":0,\"relevance_score\":\"0.5\"}]}",
        "{\"results\":[{\"index\":0,\"relevance_score\":1},{\"index\":1,\"score\":1}]}",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(none); i++)
        check_refused(none[i], "the answer holds no results of a ranking");
    for (size_t i = 0; i < G_N_ELEMENTS(strange); i++)
        check_refused(strange[i], "the answer ranks a document that was not asked about");
    for (size_t i = 0; i < G_N_ELEMENTS(unscored); i++)
        check_refused(unscored[i], "the answer ranks a document without a score");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/rerank/texts", test_texts);
    g_test_add_func("/sdk/rerank/objects", test_objects);
    g_test_add_func("/sdk/rerank/left_out", test_left_out);
    g_test_add_func("/sdk/rerank/answer", test_answer);
    g_test_add_func("/sdk/rerank/documents", test_documents);
    g_test_add_func("/sdk/rerank/refused", test_refused);
    return g_test_run();
}
