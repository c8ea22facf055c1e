/* SPDX-License-Identifier: Apache-2.0 */
/* A server that runs models as Replicate does: a run is created, is polled twice before it has
 * succeeded, and has a stream of raw text on this very server. It wants the right token (or none
 * for the stream: Replicate's own client sends none there) and no inputs but those of a model of
 * language. A run's id holds its number; what it says is kept in a table of its own. Runs on the
 * stub's thread. */
#include "stub/vendor_parts.h"
#include "stub/vendor_row.h"

#include <string.h>

#define KEY     "r8_right_key_0001"
#define VERSION "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"

/* What a run says, and how often it was asked for. One server at a time fills it. */
typedef struct Job {
    char *text;
    int polls;
} Job;

static GPtrArray *jobs;

static void job_free(void *data)
{
    Job *job = data;

    g_free(job->text);
    g_free(job);
}

static StubScript *error_script(int status, const char *detail)
{
    json_object *tree = json_object_new_object();
    StubScript *script;

    json_object_object_add(tree, "title", vendor_string("Refused by the stub"));
    json_object_object_add(tree, "detail", vendor_string(detail));
    json_object_object_add(tree, "status", json_object_new_int(status));
    script = stub_json(status, vendor_json(tree));
    json_object_put(tree);
    return script;
}

/* ---- Creating a run ---- */

static void check_input(VendorRequest *r, json_object *input)
{
    static const char *const members[] = {
        "prompt", "system_prompt",  "max_tokens", "temperature", "top_p",
        "top_k",  "stop_sequences", "image",      "seed",        NULL};

    vendor_only(r, input, "input.", members);
    vendor_member(r, input, "prompt", json_type_string, true);
    vendor_member(r, input, "system_prompt", json_type_string, false);
    vendor_member(r, input, "stop_sequences", json_type_string, false);
    vendor_member(r, input, "max_tokens", json_type_int, false);
    vendor_member(r, input, "temperature", json_type_double, false);
}

static void check_create(VendorRequest *r, bool versioned)
{
    static const char *const plain[] = {"input", NULL};
    static const char *const with_version[] = {"input", "version", NULL};
    const char *type = g_hash_table_lookup(r->http->headers, "content-type");
    json_object *input, *version;

    if (g_strcmp0(type, "application/json") != 0)
        vendor_complain(r, 415, "application/json is needed");
    r->body = json_tokener_parse(r->http->body->str);
    if (!json_object_is_type(r->body, json_type_object)) {
        vendor_complain(r, 400, "The request is malformed");
        return;
    }
    vendor_only(r, r->body, "", versioned ? with_version : plain);
    input = vendor_member(r, r->body, "input", json_type_object, true);
    version = vendor_member(r, r->body, "version", json_type_string, versioned);
    if (versioned && g_strcmp0(json_object_get_string(version), VERSION) != 0)
        vendor_complain(r, 422, "The specified version does not exist");
    if (input != NULL)
        check_input(r, input);
}

static json_object *prediction(const VendorRequest *r, size_t number, const char *status)
{
    const char *host = g_hash_table_lookup(r->http->headers, "host");
    g_autofree char *id = g_strdup_printf("stub%zu", number);
    g_autofree char *get = g_strdup_printf("http://%s/v1/predictions/%s", host, id);
    g_autofree char *cancel = g_strdup_printf("%s/cancel", get);
    g_autofree char *stream = g_strdup_printf("http://%s/streams/%s", host, id);
    json_object *tree = vendor_tree("{\"output\":null,\"error\":null,\"logs\":\"\",\"metrics\":{},"
                                    "\"created_at\":\"2026-11-22T10:30:00Z\",\"data_removed\":"
                                    "false}");
    json_object *urls = json_object_new_object();

    json_object_object_add(tree, "id", vendor_string(id));
    json_object_object_add(tree, "status", vendor_string(status));
    json_object_object_add(urls, "get", vendor_string(get));
    json_object_object_add(urls, "cancel", vendor_string(cancel));
    json_object_object_add(urls, "stream", vendor_string(stream));
    json_object_object_add(tree, "urls", urls);
    return tree;
}

static StubScript *answer_with(json_object *tree, int status)
{
    StubScript *script = stub_json(status, vendor_json(tree));

    json_object_put(tree);
    return script;
}

static StubScript *create(VendorRequest *r, bool versioned)
{
    Job *job;

    check_create(r, versioned);
    if (r->status != 0)
        return NULL;
    job = g_new0(Job, 1);
    job->text = g_strdup(json_object_get_string(
        json_object_object_get(json_object_object_get(r->body, "input"), "prompt")));
    g_ptr_array_add(jobs, job);
    return answer_with(prediction(r, jobs->len - 1, "starting"), 201);
}

/* ---- A run ---- */

static VendorSpeech speech_of(const Job *job)
{
    const VendorRequest r = {.model = "parrot"};

    return vendor_speech(&r, job->text, 1);
}

static json_object *pieces_of(const VendorSpeech *speech, guint n)
{
    json_object *list = json_object_new_array();

    for (guint i = 0; i < n && i < speech->pieces->len; i++)
        json_object_array_add(list, vendor_string(g_ptr_array_index(speech->pieces, i)));
    return list;
}

/* Twice it is still at it, with a piece the second time. */
static StubScript *poll(const VendorRequest *r, size_t number)
{
    Job *job = g_ptr_array_index(jobs, number);
    VendorSpeech speech = speech_of(job);
    bool over = ++job->polls > 2;
    json_object *tree = prediction(r, number, over ? "succeeded" : "processing");

    if (job->polls > 1)
        json_object_object_add(tree, "output", pieces_of(&speech, over ? G_MAXUINT : 1));
    if (over)
        json_object_object_add(tree, "metrics",
                               vendor_tree("{\"predict_time\":0.42,\"input_token_count\":12,"
                                           "\"output_token_count\":3}"));
    vendor_speech_clear(&speech);
    return answer_with(tree, 200);
}

/* Raw text: each line of a piece is a data line. */
static StubScript *stream(size_t number)
{
    VendorSpeech speech = speech_of(g_ptr_array_index(jobs, number));
    StubScript *script = stub_script_new(200, "text/event-stream");

    for (guint i = 0; i < speech.pieces->len; i++) {
        g_auto(GStrv) lines = g_strsplit(g_ptr_array_index(speech.pieces, i), "\n", -1);
        g_autofree char *data = g_strjoinv("\ndata: ", lines);
        g_autofree char *event =
            g_strdup_printf("event: output\nid: 1795343400:%u\ndata: %s\n\n", i, data);

        stub_script_text(script, event);
    }
    stub_script_text(script, "event: logs\nid: 1795343401:0\ndata: done\n\n"
                             "event: done\nid: 1795343402:0\ndata: {}\n\n");
    vendor_speech_clear(&speech);
    return script;
}

/* The number behind the prefix; false: another path, or no run of that number. */
static bool run_of(const char *target, const char *prefix, size_t *number)
{
    char *end = NULL;

    if (!g_str_has_prefix(target, prefix))
        return false;
    *number = (size_t)g_ascii_strtoull(target + strlen(prefix), &end, 10);
    return *end == '\0' && *number < jobs->len;
}

static StubScript *route(VendorRequest *r)
{
    const char *target = r->http->target, *given;
    size_t number = 0;

    given = g_hash_table_lookup(r->http->headers, "authorization");
    if (g_strcmp0(given, "Bearer " KEY) != 0 &&
        (given != NULL || !g_str_has_prefix(target, "/streams/"))) {
        vendor_complain(r, 401, "You did not pass a valid authentication token");
        return NULL;
    }
    if (strcmp(r->http->method, "POST") == 0) {
        if (strcmp(target, "/v1/predictions") == 0)
            return create(r, true);
        if (strcmp(target, "/v1/models/acme/parrot/predictions") == 0 ||
            strcmp(target, "/v1/deployments/acme/parrot/predictions") == 0)
            return create(r, false);
    } else if (run_of(target, "/v1/predictions/stub", &number)) {
        return poll(r, number);
    } else if (run_of(target, "/streams/stub", &number)) {
        return stream(number);
    }
    vendor_complain(r, 404, "The requested resource could not be found: %s", target);
    return NULL;
}

static StubScript *handle(void *user, const StubRequest *http)
{
    VendorRequest r = {.vendor = user, .http = http};
    StubScript *script = route(&r);

    if (script == NULL)
        script = error_script(r.status, r.complaint);
    vendor_request_clear(&r);
    return script;
}

static Vendor *start(void)
{
    g_clear_pointer(&jobs, g_ptr_array_unref);
    jobs = g_ptr_array_new_with_free_func(job_free);
    return vendor_new(handle, KEY);
}

#define CONF(key, more)                                                                            \
    "[provider replicate]\n"                                                                       \
    "base-url = @URL@/v1\n"                                                                        \
    "poll-interval = 100ms\n"                                                                      \
    "api-key = " key "\n" more

static const VendorRow rows[] = {
    {.name = "replicate",
     .start = start,
     .conf = CONF(KEY, ""),
     .wrong_conf = CONF("r8_a_wrong_key_77", ""),
     .model = "replicate/acme/parrot"},
    {.name = "replicate-version",
     .start = start,
     .conf = CONF(KEY, ""),
     .wrong_conf = CONF("r8_a_wrong_key_77", ""),
     .model = "replicate/acme/parrot:" VERSION},
    {.name = "replicate-deployment",
     .start = start,
     .conf = CONF(KEY, ""),
     .wrong_conf = CONF("r8_a_wrong_key_77", ""),
     .model = "replicate/deployments/acme/parrot"},
    {.name = "replicate-polled",
     .start = start,
     .conf = CONF(KEY, "stream = no\n"),
     .wrong_conf = CONF("r8_a_wrong_key_77", ""),
     .model = "replicate/acme/parrot"},
};

const VendorRow *vendor_rows_replicate(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}
