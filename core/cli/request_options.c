/* SPDX-License-Identifier: Apache-2.0 */
/* The options of every command that runs a request, and the request made of them. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

CliRequestOptions cli_request_options;

const GOptionEntry cli_request_entries[] = {
    {"model", 'm', 0, G_OPTION_ARG_STRING, &cli_request_options.model,
     "PROVIDER/NAME, or the name of a [model]", "MODEL"},
    {"base-url", 0, 0, G_OPTION_ARG_STRING, &cli_request_options.base_url,
     "the provider's base URL for this request", "URL"},
    {"timeout", 0, 0, G_OPTION_ARG_STRING, &cli_request_options.timeout,
     "for the whole call: 500ms, 20s, 5m", "TIME"},
    {"header", 'H', 0, G_OPTION_ARG_STRING_ARRAY, &cli_request_options.headers,
     "an extra request header (repeatable)", "NAME: VALUE"},
    {"retries", 0, 0, G_OPTION_ARG_STRING, &cli_request_options.retries,
     "further attempts on the same target before the next", "N"},
    {"fallback", 0, 0, G_OPTION_ARG_STRING_ARRAY, &cli_request_options.fallbacks,
     "a model to go on with when the others failed (repeatable)", "MODEL"},
    {"max-cost", 0, 0, G_OPTION_ARG_STRING, &cli_request_options.max_cost,
     "choose among the targets that are estimated to cost no more", "DOLLARS"},
    {"prefer", 0, 0, G_OPTION_ARG_STRING, &cli_request_options.prefer,
     "of those that fit: cheap, balanced or expensive", "WHICH"},
    {"label", 0, 0, G_OPTION_ARG_STRING_ARRAY, &cli_request_options.labels,
     "a label for routing (repeatable)", "NAME=VALUE"},
    {"drop-params", 0, 0, G_OPTION_ARG_STRING, &cli_request_options.drops,
     "parameters the provider does not take: warn, drop or error", "POLICY"},
    {"strict", 0, 0, G_OPTION_ARG_NONE, &cli_request_options.strict,
     "a parameter dropped or changed is an error", NULL},
    G_OPTION_ENTRY_NULL,
};

gint64 cli_parse_time(const char *option, const char *text)
{
    static const struct {
        const char *unit;
        double ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"", 1000}};
    char *end = NULL;
    double number = g_ascii_strtod(text, &end);

    for (size_t i = 0; end != text && number > 0 && i < G_N_ELEMENTS(units); i++)
        if (strcmp(end, units[i].unit) == 0 && number * units[i].ms < 1e10)
            return MAX((gint64)(number * units[i].ms), 1);
    cli_usage("%s %s: write a time such as 500ms, 20s or 5m", option, text);
    return -1;
}

/* -1 after a message. */
static int parse_retries(const char *text)
{
    guint64 retries = 0;

    if (g_ascii_string_to_unsigned(text, 10, 0, 100, &retries, NULL))
        return (int)retries;
    cli_usage("--retries %s: write a whole number from 0 to 100", text);
    return -1;
}

static bool add_headers(patchbay_request *request)
{
    for (char **h = cli_request_options.headers; h != NULL && *h != NULL; h++) {
        g_auto(GStrv) parts = g_strsplit(*h, ":", 2);

        if (parts[0] == NULL || parts[0][0] == '\0' || parts[1] == NULL) {
            cli_usage("--header '%s': write NAME: VALUE", *h);
            return false;
        }
        patchbay_request_header(request, g_strstrip(parts[0]), g_strstrip(parts[1]));
    }
    return true;
}

static bool apply_options(patchbay_request *request)
{
    const CliRequestOptions *o = &cli_request_options;

    if (o->base_url != NULL)
        patchbay_request_base_url(request, o->base_url);
    if (o->timeout != NULL) {
        gint64 ms = cli_parse_time("--timeout", o->timeout);

        if (ms < 0)
            return false;
        patchbay_request_timeout_ms(request, ms);
    }
    if (o->retries != NULL) {
        int retries = parse_retries(o->retries);

        if (retries < 0)
            return false;
        patchbay_request_retries(request, retries);
    }
    if (o->drops != NULL && patchbay_request_drops(request, o->drops) != 0) {
        cli_usage("--drop-params %s: write warn, drop or error", o->drops);
        return false;
    }
    patchbay_request_strict(request, o->strict);
    cli_watch_attempts(request);
    return add_headers(request);
}

/* The model that nobody named, said on stderr. */
static char *default_model(patchbay *pb)
{
    g_autofree char *reason = NULL;
    char *model = patchbay_default_model(pb, &reason);

    fprintf(stderr, "patchbay: model %s (%s)\n", model, reason);
    return model;
}

patchbay_request *cli_request_new_text(const char *kind, const char *text, const char *model)
{
    g_autofree char *routed = cli_routing_text(text);
    patchbay_request *request = routed != NULL ? patchbay_request_new(kind, routed) : NULL;

    if (routed == NULL)
        return NULL;
    if (request == NULL) {
        cli_usage("'%s' is no kind of request: chat, completion, embedding, image, rerank, speech, "
                  "transcription, moderation, count_tokens, models, probe",
                  kind);
        return NULL;
    }
    if (model != NULL)
        patchbay_request_model(request, model);
    if (!apply_options(request)) {
        patchbay_request_free(request);
        return NULL;
    }
    return request;
}

patchbay_request *cli_request_new(patchbay *pb, const char *kind, json_object *body,
                                  const char *model)
{
    g_autofree char *chosen = NULL;

    if (model == NULL && json_object_object_get(body, "model") == NULL)
        model = chosen = default_model(pb);
    return cli_request_new_text(kind,
                                json_object_to_json_string_ext(
                                    body, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
                                model);
}
