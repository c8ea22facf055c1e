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
    {"label", 0, 0, G_OPTION_ARG_STRING_ARRAY, &cli_request_options.labels,
     "a label for routing (repeatable)", "NAME=VALUE"},
    {"drop-params", 0, 0, G_OPTION_ARG_STRING, &cli_request_options.drops,
     "parameters the provider does not take: warn, drop or error", "POLICY"},
    {"strict", 0, 0, G_OPTION_ARG_NONE, &cli_request_options.strict,
     "a parameter dropped or changed is an error", NULL},
    G_OPTION_ENTRY_NULL,
};

/* "20s" as the library's configuration writes it; -1 after a message. */
static gint64 parse_timeout(const char *text)
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
    cli_usage("--timeout %s: write a time such as 500ms, 20s or 5m", text);
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

/* Labels travel in the request's member `patchbay`. */
static bool add_labels(json_object *body)
{
    json_object *ours = NULL, *labels;

    if (cli_request_options.labels == NULL)
        return true;
    if (!json_object_object_get_ex(body, "patchbay", &ours)) {
        ours = json_object_new_object();
        json_object_object_add(body, "patchbay", ours);
    }
    labels = json_object_new_object();
    json_object_object_add(ours, "labels", labels);
    for (char **l = cli_request_options.labels; *l != NULL; l++) {
        g_auto(GStrv) parts = g_strsplit(*l, "=", 2);

        if (parts[0] == NULL || parts[1] == NULL) {
            cli_usage("--label '%s': write NAME=VALUE", *l);
            return false;
        }
        json_object_object_add(labels, parts[0], json_object_new_string(parts[1]));
    }
    return true;
}

static bool apply_options(patchbay_request *request)
{
    const CliRequestOptions *o = &cli_request_options;

    if (o->base_url != NULL)
        patchbay_request_base_url(request, o->base_url);
    if (o->timeout != NULL) {
        gint64 ms = parse_timeout(o->timeout);

        if (ms < 0)
            return false;
        patchbay_request_timeout_ms(request, ms);
    }
    if (o->drops != NULL && patchbay_request_drops(request, o->drops) != 0) {
        cli_usage("--drop-params %s: write warn, drop or error", o->drops);
        return false;
    }
    patchbay_request_strict(request, o->strict);
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
    patchbay_request *request = patchbay_request_new(kind, text);

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

    if (!add_labels(body))
        return NULL;
    if (model == NULL && json_object_object_get(body, "model") == NULL)
        model = chosen = default_model(pb);
    return cli_request_new_text(kind,
                                json_object_to_json_string_ext(
                                    body, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
                                model);
}
