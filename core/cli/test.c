/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay test`: sends one short request to each model, all at once, and tells which work: the
 * answer holds "test" and is short. A table, JSON or a JUnit file for scripts. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#define PROMPT     "Say 'test' and nothing else."
#define TOKENS_MAX 10
#define ANSWER_MAX 20 /* characters; an answer that works is shorter */
#define GRACE_MS   1000
#define BODY_FORMAT                                                                                \
    "{\"messages\":[{\"role\":\"user\",\"content\":\"" PROMPT "\"}],\"max_tokens\":%d}"

typedef struct TestOptions {
    char *junit, *timeout;
    gint64 timeout_ms;
} TestOptions;

static void free_case(gpointer data)
{
    CliTestCase *test = data;

    patchbay_request_free(test->job.request);
    patchbay_result_free(test->job.result);
    g_free(test->model);
    g_free(test->answer);
    g_free(test->detail);
    g_free(test->cost);
    g_free(test->target);
    g_free(test);
}

static void add_case(GPtrArray *cases, const char *model, bool named)
{
    CliTestCase *test;

    for (guint i = 0; i < cases->len; i++)
        if (strcmp(((CliTestCase *)cases->pdata[i])->model, model) == 0)
            return;
    test = g_new0(CliTestCase, 1);
    test->model = g_strdup(model);
    test->named = named;
    g_ptr_array_add(cases, test);
}

/* A provider with a key of which no model is known is told, not passed over. */
static void add_provider(GPtrArray *cases, json_object *provider, const GPtrArray *targets)
{
    const char *model = cli_member(provider, "default_model"), *name = cli_member(provider, "name");
    bool ready = strcmp(cli_member(provider, "state"), "ready") == 0;
    CliTestCase *test;

    if (!ready || !json_object_get_boolean(json_object_object_get(provider, "has_key")))
        return;
    if (model[0] != '\0') {
        add_case(cases, model, false);
    } else if (!cli_health_has(targets, "provider", name)) {
        add_case(cases, name, false);
        test = g_ptr_array_index(cases, cases->len - 1);
        test->fate = CLI_TEST_SKIPPED;
        test->detail = g_strdup_printf("no model of it is known: name one, as in 'patchbay test "
                                       "%s/MODEL', or write a [model]",
                                       name);
    }
}

/* The [model] sections, then the default model of each provider that somebody gave a key. */
static void add_configured(GPtrArray *cases, patchbay *pb)
{
    char *text = patchbay_list_models(pb, NULL), *others = patchbay_list_providers(pb);
    json_object *models = json_tokener_parse(text), *providers = json_tokener_parse(others);
    GPtrArray *targets = cli_health_rows_new();

    for (size_t i = 0; i < json_object_array_length(models); i++) {
        json_object *model = json_object_array_get_idx(models, i);

        if (json_object_object_get(model, "provider") != NULL)
            continue;
        add_case(cases, cli_member(model, "id"), false);
        cli_health_add(targets, pb, cli_member(model, "id"), NULL);
    }
    for (size_t i = 0; i < json_object_array_length(providers); i++)
        add_provider(cases, json_object_array_get_idx(providers, i), targets);
    g_ptr_array_unref(targets);
    json_object_put(models);
    json_object_put(providers);
    patchbay_free(text);
    patchbay_free(others);
}

/* ---- What came of it ---- */

static const char *const fate_names[] = {"works",          "unexpected answer", "error",
                                         "not configured", "not tested",        "interrupted"};

const char *cli_test_fate_name(CliTestFate fate)
{
    return fate_names[fate];
}

bool cli_test_is_error(const CliTestCase *test)
{
    return test->fate == CLI_TEST_ERROR || (test->named && test->fate == CLI_TEST_UNCONFIGURED);
}

bool cli_test_is_expected(const char *answer)
{
    g_autofree char *text = g_strstrip(g_utf8_make_valid(answer, -1));
    g_autofree char *lower = g_utf8_strdown(text, -1);

    return strstr(lower, "test") != NULL && g_utf8_strlen(text, -1) < ANSWER_MAX;
}

/* Who answered for a [model], and who failed before: "answered by b/two; a/one: unavailable". NULL:
 * the target that was named, at once. g_free. */
static char *way_of(const CliTestCase *test, json_object *report)
{
    json_object *attempts = json_object_object_get(report, "attempts");
    size_t n =
        json_object_is_type(attempts, json_type_array) ? json_object_array_length(attempts) : 0;
    GString *way;

    if (strcmp(test->target, test->model) == 0 && n < 2)
        return NULL;
    way = g_string_new(NULL);
    g_string_append_printf(way, "answered by %s", test->target);
    for (size_t i = 0; i < n; i++) {
        json_object *attempt = json_object_array_get_idx(attempts, i);

        if (!json_object_get_boolean(json_object_object_get(attempt, "ok")))
            g_string_append_printf(way, "; %s: %s", cli_member(attempt, "target"),
                                   cli_member(attempt, "class"));
    }
    return g_string_free(way, FALSE);
}

/* The first choice's text and why it ended. */
static void judge_answer(CliTestCase *test, json_object *report)
{
    json_object *tree = json_tokener_parse(patchbay_result_answer(test->job.result));
    json_object *choices = json_object_object_get(tree, "choices");
    json_object *choice = json_object_is_type(choices, json_type_array)
                              ? json_object_array_get_idx(choices, 0)
                              : NULL;
    const char *finish = cli_member(choice, "finish_reason");

    test->answer = g_strdup(cli_member(json_object_object_get(choice, "message"), "content"));
    test->fate = cli_test_is_expected(test->answer) ? CLI_TEST_WORKS : CLI_TEST_UNEXPECTED;
    if (test->fate == CLI_TEST_WORKS)
        test->detail = way_of(test, report);
    else if (test->fate == CLI_TEST_UNEXPECTED && test->answer[0] == '\0')
        test->detail = g_strdup_printf("it said nothing%s%s%s", finish[0] != '\0' ? " (" : "",
                                       finish, finish[0] != '\0' ? ")" : "");
    else if (test->fate == CLI_TEST_UNEXPECTED)
        test->detail = g_strdup_printf("it said: %s", test->answer);
    json_object_put(tree);
}

static void judge_error(CliTestCase *test, bool interrupted)
{
    const patchbay_error *error = patchbay_result_error(test->job.result);

    test->fate =
        patchbay_error_class(error) == PATCHBAY_ERR_CONFIG ? CLI_TEST_UNCONFIGURED : CLI_TEST_ERROR;
    if (test->job.cancelled && interrupted)
        test->fate = CLI_TEST_INTERRUPTED;
    else if (test->job.cancelled)
        test->detail = g_strdup("timeout: no answer within the time limit");
    else
        test->detail = g_strdup_printf("%s: %s", patchbay_error_class_name(error),
                                       patchbay_error_message(error));
}

static void judge(CliTestCase *test, bool interrupted)
{
    json_object *report = json_tokener_parse(patchbay_result_report(test->job.result));

    test->cost = cli_cost_text(json_object_object_get(report, "cost"));
    test->target = g_strdup(cli_member(report, "target"));
    if (patchbay_result_error(test->job.result) != NULL)
        judge_error(test, interrupted);
    else
        judge_answer(test, report);
    json_object_put(report);
}

/* ---- The run ---- */

static patchbay_request *request_for(const char *model, const TestOptions *options)
{
    g_autofree char *body = g_strdup_printf(BODY_FORMAT, TOKENS_MAX);
    patchbay_request *request = patchbay_request_new("chat", body);

    patchbay_request_model(request, model);
    patchbay_request_retries(request, 0);
    patchbay_request_timeout_ms(request, options->timeout_ms);
    cli_watch_attempts(request);
    return request;
}

static bool run_all(patchbay *pb, GPtrArray *cases, const TestOptions *options, bool *interrupted)
{
    g_autofree CliJob *jobs = g_new0(CliJob, cases->len + 1);
    CliBatch batch = {.pb = pb, .verb = "tested", .limit_ms = options->timeout_ms + GRACE_MS};
    bool good;

    for (guint i = 0; i < cases->len; i++) {
        CliTestCase *test = cases->pdata[i];

        if (test->fate != CLI_TEST_SKIPPED)
            test->job.request = request_for(test->model, options);
        jobs[i] = test->job;
    }
    good = cli_batch_run(&batch, jobs, cases->len);
    *interrupted = batch.interrupted;
    for (guint i = 0; i < cases->len; i++) {
        CliTestCase *test = cases->pdata[i];

        test->job = jobs[i];
        if (test->job.result != NULL)
            judge(test, batch.interrupted);
    }
    return good;
}

/* Why it is unknown is in --json. */
static const char *cost_cell(const CliTestCase *test)
{
    if (test->fate > CLI_TEST_UNEXPECTED)
        return "";
    return g_str_has_prefix(test->cost, "unknown") ? "unknown" : test->cost;
}

static void print_table(const GPtrArray *cases)
{
    static const char *const header[] = {"MODEL", "RESULT", "LATENCY", "COST", "DETAIL", NULL};
    CliTable *table = cli_table_new(header);

    for (guint i = 0; i < cases->len; i++) {
        const CliTestCase *test = cases->pdata[i];
        g_autofree char *latency =
            test->fate <= CLI_TEST_UNEXPECTED ? cli_time_text(test->job.ms) : g_strdup("");
        g_autofree char *detail = cli_cell(test->detail != NULL ? test->detail : "");
        const char *cells[] = {
            test->model, cli_test_fate_name(test->fate), latency, cost_cell(test), detail, NULL};

        cli_table_add(table, cells);
    }
    cli_table_print_free(table);
}

static json_object *case_json(const CliTestCase *test)
{
    json_object *out = json_object_new_object();
    const char *text = test->job.result != NULL ? patchbay_result_report(test->job.result) : "";
    json_object *report = json_tokener_parse(text);
    json_object *cost = json_object_object_get(report, "cost");

    json_object_object_add(out, "model", json_object_new_string(test->model));
    json_object_object_add(out, "result", json_object_new_string(cli_test_fate_name(test->fate)));
    json_object_object_add(out, "ms", json_object_new_int64(test->job.ms));
    if (test->target != NULL && test->target[0] != '\0')
        json_object_object_add(out, "target", json_object_new_string(test->target));
    if (test->answer != NULL)
        json_object_object_add(out, "answer", json_object_new_string(test->answer));
    if (test->detail != NULL)
        json_object_object_add(out, "detail", json_object_new_string(test->detail));
    if (cost != NULL)
        json_object_object_add(out, "cost", json_object_get(cost));
    json_object_put(report);
    return out;
}

static void print_json(const GPtrArray *cases)
{
    json_object *out = json_object_new_array();

    for (guint i = 0; i < cases->len; i++)
        json_object_array_add(out, case_json(cases->pdata[i]));
    cli_print_json(json_object_to_json_string_ext(out, JSON_C_TO_STRING_PLAIN |
                                                           JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(out);
}

static int exit_code(const GPtrArray *cases, bool interrupted)
{
    bool configured = false, failed = false;

    for (guint i = 0; i < cases->len; i++) {
        const CliTestCase *test = cases->pdata[i];

        configured = configured || test->fate < CLI_TEST_UNCONFIGURED;
        failed = failed || test->fate == CLI_TEST_UNEXPECTED || cli_test_is_error(test);
    }
    if (interrupted)
        return CLI_INTERRUPTED;
    if (!configured)
        return CLI_CONFIG;
    return failed ? CLI_NETWORK : CLI_OK;
}

static int finish(const GPtrArray *cases, const TestOptions *options, bool interrupted)
{
    int code = exit_code(cases, interrupted);

    if (cli_options.json)
        print_json(cases);
    else
        print_table(cases);
    if (code == CLI_CONFIG)
        fprintf(stderr, "patchbay: no model is configured that could be tested; 'patchbay "
                        "providers' tells what each provider lacks\n");
    if (options->junit != NULL && !cli_junit_write(options->junit, cases))
        return CLI_INTERNAL;
    return code;
}

static int test_models(patchbay *pb, int n, char **models, const TestOptions *options)
{
    GPtrArray *cases = g_ptr_array_new_with_free_func(free_case);
    bool interrupted = false;
    int code = CLI_INTERNAL;

    for (int i = 0; i < n; i++)
        add_case(cases, models[i], true);
    if (n == 0)
        add_configured(cases, pb);
    if (run_all(pb, cases, options, &interrupted))
        code = finish(cases, options, interrupted);
    g_ptr_array_unref(cases);
    return code;
}

int cli_test(int argc, char **argv)
{
    static TestOptions options; /* keeps what it points to */
    const GOptionEntry entries[] = {
        {"junit", 0, 0, G_OPTION_ARG_FILENAME, &options.junit, "write the results as JUnit XML",
         "FILE"},
        {"timeout", 0, 0, G_OPTION_ARG_STRING, &options.timeout, "for each answer: 30s", "TIME"},
        G_OPTION_ENTRY_NULL};
    patchbay *pb;
    int code;

    if (!cli_parse(&argc, &argv, "[MODEL...]", "Asks each model to say 'test'.", entries, false,
                   &code))
        return code;
    options.timeout_ms =
        cli_parse_time("--timeout", options.timeout != NULL ? options.timeout : "30s");
    if (options.timeout_ms < 0)
        return CLI_USAGE;
    for (int i = 1; i < argc; i++)
        if (!cli_check_utf8(argv[i], "the name of the model"))
            return CLI_USAGE;
    if (options.junit != NULL && !cli_check_output(options.junit))
        return CLI_USAGE;
    if ((pb = cli_open(&code)) == NULL)
        return code;
    code = test_models(pb, argc - 1, argv + 1, &options);
    patchbay_close(pb);
    return code;
}
