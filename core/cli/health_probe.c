/* SPDX-License-Identifier: Apache-2.0 */
/* The probes of `patchbay health`: each target is asked in a way that costs nothing, or, if that
 * was wished and there is no other way, for one token; all at once, under a time limit. Where the
 * free probes of several targets would be the same request to the vendor, one is sent for all. It
 * prints nothing. */
#include "cli/cli.h"

#include <string.h>

/* The most a cancelled call may take to end, beyond the limit. */
#define GRACE_MS 1000

static patchbay_request *free_probe(const char *target)
{
    patchbay_request *request = patchbay_request_new("probe", "{}");
    g_autofree char *provider = g_strconcat(target, "/", NULL);

    patchbay_request_model(request, strchr(target, '/') != NULL ? target : provider);
    return request;
}

static patchbay_request *billed_probe(const char *target)
{
    patchbay_request *request = patchbay_request_new(
        "chat", "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":1}");

    patchbay_request_model(request, target);
    patchbay_request_billed_probe(request, 1);
    return request;
}

/* The row's request, if there is a way to ask. */
static void prepare(CliHealthRow *row, gint64 timeout_ms, bool billed)
{
    const char *target = cli_member(row->known, "target");
    const char *probe = cli_member(row->known, "probe");

    if (strcmp(cli_member(row->known, "state"), "ready") != 0)
        return;
    if (strcmp(probe, "free") == 0) {
        row->job.request = free_probe(target);
    } else if (strcmp(probe, "billed") == 0 && billed && strchr(target, '/') != NULL) {
        row->job.request = billed_probe(target);
        row->billed = true;
    } else {
        return;
    }
    patchbay_request_retries(row->job.request, 0);
    if (timeout_ms > 0)
        patchbay_request_timeout_ms(row->job.request, timeout_ms);
    cli_watch_attempts(row->job.request);
}

/* What a free probe would send: provider, method, URL and body. NULL: that cannot be told, so that
 * it goes by itself. g_free. */
static char *sight_of(const CliHealthRow *row, patchbay *pb)
{
    char *text = row->job.request != NULL && !row->billed
                     ? patchbay_explain(pb, row->job.request, NULL)
                     : NULL;
    json_object *tree = text != NULL ? json_tokener_parse(text) : NULL;
    json_object *request = json_object_object_get(tree, "request");
    json_object *body = json_object_object_get(request, "body");
    bool inside = json_object_get_boolean(json_object_object_get(tree, "in_process"));
    char *sight = NULL;

    if (request != NULL || inside)
        sight = g_strjoin("\n", cli_member(row->known, "provider"), cli_member(request, "method"),
                          cli_member(request, "url"),
                          body != NULL ? json_object_to_json_string(body) : "", NULL);
    json_object_put(tree);
    patchbay_free(text);
    return sight;
}

/* Rows whose probes are one and the same lean on the first of them. */
static void share_probes(GPtrArray *rows, patchbay *pb)
{
    g_autoptr(GHashTable) first = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < rows->len; i++) {
        CliHealthRow *row = rows->pdata[i];
        char *sight = sight_of(row, pb);

        if (sight == NULL)
            continue;
        row->with = g_hash_table_lookup(first, sight);
        if (row->with == NULL) {
            g_hash_table_insert(first, sight, row);
            continue;
        }
        g_free(sight);
        patchbay_request_free(row->job.request);
        row->job.request = NULL;
    }
}

static void take_shared(CliHealthRow *row)
{
    const CliJob *job = &row->with->job;

    row->job.result = job->result != NULL ? patchbay_result_ref(job->result) : NULL;
    row->job.ms = job->ms;
    row->job.cancelled = job->cancelled;
}

bool cli_health_ask(GPtrArray *rows, patchbay *pb, gint64 timeout_ms, bool billed,
                    bool *interrupted)
{
    g_autofree CliJob *jobs = g_new0(CliJob, rows->len + 1);
    CliBatch batch = {
        .pb = pb, .verb = "probed", .limit_ms = timeout_ms > 0 ? timeout_ms + GRACE_MS : 0};
    bool good;

    for (guint i = 0; i < rows->len; i++)
        prepare(rows->pdata[i], timeout_ms, billed);
    share_probes(rows, pb);
    for (guint i = 0; i < rows->len; i++)
        jobs[i] = ((CliHealthRow *)rows->pdata[i])->job;
    good = cli_batch_run(&batch, jobs, rows->len);
    for (guint i = 0; i < rows->len; i++) {
        CliHealthRow *row = rows->pdata[i];

        row->job = jobs[i];
        if (row->with != NULL)
            take_shared(row);
    }
    cli_health_refresh(rows, pb);
    *interrupted = batch.interrupted;
    return good;
}
