/* SPDX-License-Identifier: Apache-2.0 */
/* What a row of `patchbay health` comes to: a status, and how a table and JSON show it. A failure
 * is the target's alone: what was never asked, has no key or was not answered because of Ctrl-C is
 * none. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

static json_object *last_of(const CliHealthRow *row)
{
    return json_object_object_get(row->known, "last");
}

static bool last_ok(const CliHealthRow *row)
{
    return json_object_get_boolean(json_object_object_get(last_of(row), "ok"));
}

/* Was something sent to the vendor for this row? */
static bool was_tried(const CliHealthRow *row)
{
    if (row->job.result == NULL)
        return false;
    json_object *report = json_tokener_parse(patchbay_result_report(row->job.result));
    json_object *attempts = json_object_object_get(report, "attempts");
    bool tried =
        json_object_is_type(attempts, json_type_array) && json_object_array_length(attempts) > 0;

    json_object_put(report);
    return tried;
}

/* The probe was refused here, before anything was sent: by a cap or a limit of ours, which is no
 * word of the target. */
static bool refused_here(const CliHealthRow *row, const patchbay_error *error)
{
    int class = patchbay_error_class(error);

    return class == PATCHBAY_ERR_UNSUPPORTED || class == PATCHBAY_ERR_CONFIG || !was_tried(row);
}

/* Calls have failed so often that they are kept away; a free probe does not know better. */
static bool is_shut(const CliHealthRow *row)
{
    const char *breaker = cli_member(row->known, "breaker");

    return strcmp(breaker, "open") == 0 || strcmp(breaker, "half-open") == 0;
}

CliHealthStatus cli_health_status(const CliHealthRow *row, bool interrupted)
{
    const char *state = cli_member(row->known, "state");
    const patchbay_error *error =
        row->job.result != NULL ? patchbay_result_error(row->job.result) : NULL;

    if (strcmp(state, "unavailable") == 0 || strcmp(state, "shadowed") == 0)
        return CLI_HEALTH_UNAVAILABLE;
    if (state[0] != '\0' && strcmp(state, "ready") != 0)
        return CLI_HEALTH_UNCONFIGURED;
    if (is_shut(row))
        return CLI_HEALTH_FAILED;
    if (row->job.result != NULL && error == NULL)
        return CLI_HEALTH_OK;
    if (error != NULL && (interrupted && row->job.cancelled))
        return CLI_HEALTH_UNKNOWN;
    if (error != NULL && !refused_here(row, error))
        return CLI_HEALTH_FAILED;
    if (last_of(row) == NULL)
        return CLI_HEALTH_UNKNOWN;
    return last_ok(row) ? CLI_HEALTH_OK : CLI_HEALTH_FAILED;
}

const char *cli_health_status_name(CliHealthStatus status)
{
    static const char *const names[] = {"ok", "failed", "unknown", "not configured",
                                        "not available"};

    return names[status];
}

char *cli_time_text(gint64 ms)
{
    if (ms < 1000)
        return g_strdup_printf("%d ms", (int)ms);
    if (ms < 10 * 1000)
        return g_strdup_printf("%.1f s", (double)ms / 1000);
    if (ms < 120 * 1000)
        return g_strdup_printf("%d s", (int)(ms / 1000));
    if (ms < 120 * 60 * 1000)
        return g_strdup_printf("%d min", (int)(ms / 60000));
    return g_strdup_printf("%" G_GINT64_FORMAT " h", ms / 3600000);
}

/* The member in ms as a time, or "". */
static char *time_of(json_object *object, const char *name)
{
    json_object *ms = json_object_object_get(object, name);

    return ms != NULL ? cli_time_text(json_object_get_int64(ms)) : g_strdup("");
}

static char *latency_text(const CliHealthRow *row)
{
    bool answered = row->job.result != NULL && patchbay_result_error(row->job.result) == NULL;

    if (answered)
        return cli_time_text(row->job.ms);
    return time_of(row->known, "latency_ms");
}

static char *breaker_text(const CliHealthRow *row)
{
    g_autofree char *left = time_of(row->known, "until_ms");

    if (strcmp(cli_member(row->known, "state"), "ready") != 0)
        return g_strdup(""); /* it keeps nobody away whom nobody can ask */
    if (left[0] == '\0')
        return g_strdup(cli_member(row->known, "breaker"));
    return g_strdup_printf("%s for %s", cli_member(row->known, "breaker"), left);
}

static char *when_text(const CliHealthRow *row)
{
    g_autofree char *ago = time_of(last_of(row), "ago_ms");

    if (was_tried(row) && !row->job.cancelled)
        return row->with == NULL
                   ? g_strdup("now")
                   : g_strdup_printf("now, with %s", cli_member(row->with->known, "target"));
    return ago[0] != '\0' ? g_strdup_printf("%s ago", ago) : g_strdup("");
}

static char *class_and_message(const char *class, const char *message)
{
    return g_strdup_printf("%s%s%s", class, class[0] != '\0' && message[0] != '\0' ? ": " : "",
                           message);
}

/* What a limit of ours cut short has no error of the provider's. */
static char *probe_error(const CliHealthRow *row, bool interrupted)
{
    const patchbay_error *error = patchbay_result_error(row->job.result);

    if (row->job.cancelled)
        return g_strdup(interrupted ? "interrupted before it answered"
                                    : "timeout: no answer within the time limit");
    return class_and_message(patchbay_error_class_name(error), patchbay_error_message(error));
}

char *cli_health_error(const CliHealthRow *row, bool interrupted)
{
    json_object *last = last_of(row);

    if (row->job.result != NULL && patchbay_result_error(row->job.result) != NULL)
        return probe_error(row, interrupted);
    if (cli_member(row->known, "why")[0] != '\0')
        return g_strdup(cli_member(row->known, "why"));
    if (row->job.result == NULL && last != NULL && !last_ok(row))
        return class_and_message(cli_member(last, "class"), cli_member(last, "message"));
    if (row->job.result == NULL && last == NULL &&
        strcmp(cli_member(row->known, "probe"), "billed") == 0)
        return g_strdup_printf("it has no free probe; %s",
                               strchr(cli_member(row->known, "target"), '/') != NULL
                                   ? "--billed asks for one token"
                                   : "name one of its models and ask with --billed");
    return g_strdup(cli_member(row->known, "reason"));
}

void cli_health_print_table(const GPtrArray *rows, bool interrupted)
{
    static const char *const header[] = {"TARGET", "STATUS",     "LATENCY", "BREAKER",
                                         "WHEN",   "LAST ERROR", NULL};
    CliTable *table = cli_table_new(header);

    for (guint i = 0; i < rows->len; i++) {
        const CliHealthRow *row = rows->pdata[i];
        g_autofree char *latency = latency_text(row), *breaker = breaker_text(row);
        g_autofree char *when = when_text(row), *whole = cli_health_error(row, interrupted);
        g_autofree char *error = cli_cell(whole);
        const char *cells[] = {cli_member(row->known, "target"),
                               cli_health_status_name(cli_health_status(row, interrupted)),
                               latency,
                               breaker,
                               when,
                               error,
                               NULL};

        cli_table_add(table, cells);
    }
    cli_table_print_free(table);
}

static void add_text(json_object *object, const char *name, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    json_object_object_add(object, name, json_object_new_string(valid));
}

static json_object *row_json(const CliHealthRow *row, bool interrupted)
{
    g_autofree char *error = cli_health_error(row, interrupted);
    bool tried = was_tried(row);
    json_object *out = NULL;

    json_object_deep_copy(row->known, &out, NULL);
    add_text(out, "status", cli_health_status_name(cli_health_status(row, interrupted)));
    json_object_object_add(out, "probed",
                           tried ? json_object_new_string(row->billed ? "billed" : "free") : NULL);
    if (tried)
        json_object_object_add(out, "probe_ms", json_object_new_int64(row->job.ms));
    if (tried && row->with != NULL)
        add_text(out, "probed_with", cli_member(row->with->known, "target"));
    if (error[0] != '\0')
        add_text(out, "error", error);
    return out;
}

bool cli_health_print_json(const GPtrArray *rows, bool interrupted)
{
    json_object *out = json_object_new_array();
    bool printed;

    for (guint i = 0; i < rows->len; i++)
        json_object_array_add(out, row_json(rows->pdata[i], interrupted));
    printed = cli_print_json(json_object_to_json_string_ext(
        out, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(out);
    return printed;
}

int cli_health_exit_code(const GPtrArray *rows, bool interrupted)
{
    bool configured = false, failed = false;

    for (guint i = 0; i < rows->len; i++) {
        CliHealthStatus status = cli_health_status(rows->pdata[i], interrupted);

        configured = configured || status <= CLI_HEALTH_UNKNOWN;
        failed = failed || status == CLI_HEALTH_FAILED;
    }
    if (interrupted)
        return CLI_INTERRUPTED;
    if (!configured)
        return CLI_CONFIG;
    return failed ? CLI_NETWORK : CLI_OK;
}
