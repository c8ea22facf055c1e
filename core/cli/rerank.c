/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay rerank`: ranks documents by how well they answer a query: a table with the best first,
 * or the canonical answer. The texts of the table are the caller's own, found by their numbers. */
#include "cli/cli.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct RankOptions {
    char *query, *file, *top_n;
} RankOptions;

static void print_ranking(const char *answer, json_object *documents)
{
    static const char *const header[] = {"RANK", "SCORE", "INDEX", "TEXT", NULL};
    json_object *tree = json_tokener_parse(answer);
    json_object *results = json_object_object_get(tree, "results");
    CliTable *table = cli_table_new(header);

    for (size_t i = 0; results != NULL && i < json_object_array_length(results); i++) {
        json_object *result = json_object_array_get_idx(results, i);
        int64_t index = json_object_get_int64(json_object_object_get(result, "index"));
        double score = json_object_get_double(json_object_object_get(result, "relevance_score"));
        json_object *text = json_object_array_get_idx(documents, (size_t)index);
        g_autofree char *rank = g_strdup_printf("%zu", i + 1);
        g_autofree char *shown = g_strdup_printf("%.4f", isfinite(score) ? score : 0.0);
        g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, index);
        const char *cells[] = {rank, shown, number,
                               text != NULL ? json_object_get_string(text) : "", NULL};

        cli_table_add(table, cells);
    }
    cli_table_print_free(table);
    json_object_put(tree);
}

static int run_rerank(patchbay *pb, json_object *body)
{
    CliRun run = {.pb = pb};
    patchbay_request *request = cli_request_new(pb, "rerank", body, cli_request_options.model);
    int code = CLI_INTERNAL;

    if (request == NULL)
        return CLI_USAGE;
    if (cli_run(&run, request)) {
        const char *answer = patchbay_result_answer(run.result);

        if (answer[0] != '\0' && cli_options.json)
            cli_print_answer(run.result);
        else if (answer[0] != '\0')
            print_ranking(answer, json_object_object_get(body, "documents"));
        code = cli_run_end(&run);
        patchbay_result_free(run.result);
    }
    patchbay_request_free(request);
    return code;
}

static bool add_document(json_object *documents, const char *text)
{
    if (!cli_check_utf8(text, "the document"))
        return false;
    json_object_array_add(documents, json_object_new_string(text));
    return true;
}

/* A document a line; lines without a letter are none. */
static bool add_lines(json_object *documents, const char *path)
{
    g_autofree char *text = cli_read_text(path);
    g_auto(GStrv) lines = text != NULL ? g_strsplit(text, "\n", -1) : NULL;
    bool good = lines != NULL;

    for (char **line = lines; good && *line != NULL; line++)
        if (g_strchomp(*line)[strspn(*line, " \t")] != '\0')
            good = add_document(documents, *line);
    return good;
}

/* NULL after a message. */
static json_object *rerank_body(const RankOptions *options, int argc, char **argv)
{
    json_object *body = json_object_new_object(), *documents = json_object_new_array();
    bool good = cli_check_utf8(options->query, "the query");

    json_object_object_add(body, "query", json_object_new_string(options->query));
    json_object_object_add(body, "documents", documents);
    for (int i = 1; good && i < argc; i++)
        good = add_document(documents, argv[i]);
    if (good && options->file != NULL)
        good = add_lines(documents, options->file);
    if (good && json_object_array_length(documents) == 0) {
        cli_usage("there is no document; write them behind the options, or a line each in a "
                  "--file");
        good = false;
    }
    if (good && cli_add_count(body, "top_n", "--top-n", options->top_n))
        return body;
    json_object_put(body);
    return NULL;
}

int cli_rerank(int argc, char **argv)
{
    static RankOptions options; /* keeps what it points to */
    const GOptionEntry entries[] = {
        {"query", 'q', 0, G_OPTION_ARG_STRING, &options.query, "what is looked for", "TEXT"},
        {"top-n", 0, 0, G_OPTION_ARG_STRING, &options.top_n, "only the best N", "N"},
        {"file", 'f', 0, G_OPTION_ARG_FILENAME, &options.file, "documents, one a line", "FILE|-"},
        G_OPTION_ENTRY_NULL};
    json_object *body;
    patchbay *pb;
    int code;

    if (!cli_parse(&argc, &argv, "DOCUMENT ...", "Ranks documents by a query.", entries, true,
                   &code))
        return code;
    if (options.query == NULL || options.query[0] == '\0')
        return cli_usage("say with --query what is looked for");
    if (cli_request_options.model == NULL)
        return cli_usage("name a ranking model with -m, such as cohere/rerank-v3.5");
    body = rerank_body(&options, argc, argv);
    if (body == NULL)
        return CLI_USAGE;
    pb = cli_open(&code);
    if (pb != NULL) {
        code = run_rerank(pb, body);
        patchbay_close(pb);
    }
    json_object_put(body);
    return code;
}
