/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay cost`: what tokens cost at each target of a model, or what a request would cost, before
 * it is sent. The library reckons; this prints, and never rounds. */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COUNT_MAX G_GUINT64_CONSTANT(1000000000000)

typedef struct CostOptions {
    char *input, *output; /* as given, or NULL */
    char *file, *kind;
} CostOptions;

/* The figure by which a request of that length is charged ("30"), "-" when the price has none.
 * Borrowed. */
static const char *figure(json_object *target, const char *name, int64_t input)
{
    json_object *price = json_object_object_get(target, "price");
    json_object *tiers = json_object_object_get(price, "tiers");
    const char *text = price != NULL ? cli_member(price, name) : "";

    for (size_t i = 0; tiers != NULL && i < json_object_array_length(tiers); i++) {
        json_object *tier = json_object_array_get_idx(tiers, i);
        const char *higher = cli_member(tier, name);

        if (higher[0] != '\0' &&
            input > json_object_get_int64(json_object_object_get(tier, "above")))
            text = higher;
    }
    return text[0] != '\0' ? text : "-";
}

/* What else is to be said of a target: why its price is unknown, why it would not be asked, when it
 * would. */
static char *remark(json_object *target)
{
    static const char *const members[] = {"unknown", "out", "cause"};
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        const char *said = cli_member(target, members[i]);

        if (said[0] != '\0')
            g_string_append_printf(text, "%s%s%s", text->len != 0 ? "; " : "",
                                   i == 1 ? "left out: " : "", said);
    }
    return g_string_free(text, FALSE);
}

static void print_table(json_object *targets, bool estimated, int64_t input)
{
    const char *const header[] = {
        "TARGET", estimated ? "ESTIMATED USD" : "USD", "INPUT/M", "OUTPUT/M", "REMARK", NULL};
    CliTable *table = cli_table_new(header);

    for (size_t i = 0; i < json_object_array_length(targets); i++) {
        json_object *target = json_object_array_get_idx(targets, i);
        g_autofree char *said = remark(target);
        const char *usd = cli_member(target, "usd");
        const char *cells[] = {cli_member(target, "target"),
                               usd[0] != '\0' ? usd : "unknown",
                               figure(target, "input", input),
                               figure(target, "output", input),
                               said,
                               NULL};

        cli_table_add(table, cells);
    }
    cli_table_print_free(table);
}

static int64_t read_tokens(json_object *answer)
{
    json_object *tokens = json_object_object_get(answer, "tokens");

    return json_object_get_int64(json_object_object_get(tokens, "input"));
}

/* An estimate says so, and of what it is one. */
static void print_estimate(json_object *answer)
{
    json_object *tokens = json_object_object_get(answer, "tokens");
    g_autofree char *refused = cli_safe_text(cli_member(answer, "refused"));

    fprintf(stderr,
            "patchbay: an estimate, before sending: about %" PRId64 " tokens read, %" PRId64
            " written\n",
            read_tokens(answer), json_object_get_int64(json_object_object_get(tokens, "output")));
    if (refused[0] != '\0')
        fprintf(stderr, "patchbay: it would be refused: %s\n", refused);
}

static bool any_known(json_object *targets)
{
    for (size_t i = 0; i < json_object_array_length(targets); i++)
        if (cli_member(json_object_array_get_idx(targets, i), "usd")[0] != '\0')
            return true;
    return false;
}

/* Takes text over. */
static int print_answer(char *text, int64_t input)
{
    json_object *answer = json_tokener_parse(text);
    json_object *targets = json_object_object_get(answer, "targets");
    bool estimated = json_object_get_boolean(json_object_object_get(answer, "estimated"));
    int code = any_known(targets) ? CLI_OK : CLI_REFUSED;

    if (estimated)
        print_estimate(answer);
    if (cli_options.json)
        cli_print_json(text);
    else
        print_table(targets, estimated, estimated ? read_tokens(answer) : input);
    if (code != CLI_OK)
        cli_usage("no price is known; a section [price PROVIDER/MODEL] in conf.d gives one");
    json_object_put(answer);
    patchbay_free(text);
    return code;
}

/* False after a message. NULL counts as 0. */
static bool parse_tokens(const char *option, const char *text, int64_t *count)
{
    guint64 number = 0;

    if (text != NULL && !g_ascii_string_to_unsigned(text, 10, 0, COUNT_MAX, &number, NULL)) {
        cli_usage("%s %s: write a whole number of tokens, such as 1500", option, text);
        return false;
    }
    *count = (int64_t)number;
    return true;
}

static char *cost_of_file(patchbay *pb, const CostOptions *options, const char *text,
                          patchbay_error **error)
{
    patchbay_request *request = cli_request_new_text(options->kind != NULL ? options->kind : "chat",
                                                     text, cli_request_options.model);
    char *answer = request != NULL ? patchbay_estimate(pb, request, error) : NULL;

    patchbay_request_free(request);
    return answer;
}

static int run_cost(const CostOptions *options, const char *text, int64_t input, int64_t output)
{
    patchbay_error *error = NULL;
    char *answer;
    int code = CLI_USAGE;
    patchbay *pb = cli_open(&code);

    if (pb == NULL)
        return code;
    answer = text != NULL ? cost_of_file(pb, options, text, &error)
                          : patchbay_cost(pb, cli_request_options.model, input, output, &error);
    if (answer != NULL)
        code = print_answer(answer, input);
    else if (error != NULL)
        code = cli_print_error(error);
    else
        code = CLI_USAGE;
    patchbay_error_free(error);
    patchbay_close(pb);
    return code;
}

/* Choosing is done for a request; numbers of tokens are priced at every target. False after a
 * message. */
static bool check_choosing(bool counted)
{
    const CliRequestOptions *o = &cli_request_options;

    if (!counted ||
        (o->labels == NULL && o->fallbacks == NULL && o->max_cost == NULL && o->prefer == NULL))
        return true;
    cli_usage("--label, --fallback, --max-cost and --prefer choose for a request: they go with -f "
              "FILE.json; --input and --output tell the price at every target");
    return false;
}

int cli_cost(int argc, char **argv)
{
    static CostOptions options; /* keeps what it points to */
    const GOptionEntry entries[] = {
        {"input", 0, 0, G_OPTION_ARG_STRING, &options.input, "tokens that are read", "N"},
        {"output", 0, 0, G_OPTION_ARG_STRING, &options.output, "tokens that are written", "N"},
        {"file", 'f', 0, G_OPTION_ARG_FILENAME, &options.file,
         "estimate this request instead ('-': stdin)", "FILE.json"},
        {"kind", 0, 0, G_OPTION_ARG_STRING, &options.kind,
         "of the request: chat (the default), completion, embedding, image ...", "KIND"},
        G_OPTION_ENTRY_NULL};
    g_autofree char *text = NULL;
    int64_t input = 0, output = 0;
    bool counted;
    int code;

    if (!cli_parse(&argc, &argv, "-m MODEL --input N --output N | -f FILE.json",
                   "Tells what tokens cost, or what a request would.", entries, true, &code))
        return code;
    counted = options.input != NULL || options.output != NULL;
    if (argc != 1)
        return cli_usage("'patchbay cost' takes no operand; -f names a file with a request");
    if (counted == (options.file != NULL))
        return cli_usage(counted ? "give either --input and --output, or -f, not both"
                                 : "give --input N and --output N, or a request with -f FILE.json");
    if (counted && cli_request_options.model == NULL)
        return cli_usage("name a model with -m, such as openai/gpt-4o-mini");
    if (!check_choosing(counted))
        return CLI_USAGE;
    if (!parse_tokens("--input", options.input, &input) ||
        !parse_tokens("--output", options.output, &output))
        return CLI_USAGE;
    if (options.file != NULL && (text = cli_read_text(options.file)) == NULL)
        return CLI_USAGE;
    return run_cost(&options, text, input, output);
}
