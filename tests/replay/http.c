/* SPDX-License-Identifier: Apache-2.0 */
/* Replays the recordings of one driver over real HTTP: `replay_http FILE.so FOLDER`. The
 * provider's base URL points at the stub vendor, the exchange runs on a worker with libcurl, and
 * the stub serves the recorded bytes whole and in pieces, in every framing, cut, reset and
 * beyond the bounds. Requests are judged as they came off the wire. One thread beside the
 * stub's. */
#include "answer/tree.h"
#include "base/str.h"
#include "check/collect.h"
#include "check/compare.h"
#include "check/judge.h"
#include "check/replay.h"
#include "drivers/drivers.h"
#include "exchange/clock.h"
#include "exchange/exchange.h"
#include "observe/log.h"
#include "serve.h"

#include <string.h>

#define PATIENCE_MS  20000
#define BYTEWISE_MAX 4096u
#define PIECED_MAX   ((size_t)256 << 10)

static PbayDriver *driver;

/* One recording, made ready for the stub. */
typedef struct Case {
    PbayRecording *recording;
    char *origin; /* "https://api.vendor.example": what the stub stands in for */
    char *path;   /* of the base URL, "/v1" */
    uint64_t seed;
} Case;

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

static const char *sent_url(const PbayRecording *r, guint i)
{
    const PbayRecordedReply *reply = g_ptr_array_index(r->replies, i);

    return json_object_get_string(json_object_object_get(reply->send, "url"));
}

/* The base URL that the recording's provider has. A driver that makes the host of a region says
 * none: the origin of its last request then, which is the one that the answer came to. "": it has
 * no such option. */
static char *base_url_of(const PbayRecording *r)
{
    g_autoptr(GError) error = NULL;
    PbayProvider *provider =
        pbay_provider_new(driver, r->provider, r->options, (const char *const *)r->secrets, &error);
    char *url;

    g_assert_no_error(error);
    url = g_strdup(provider->base_url != NULL ? provider->base_url : "");
    pbay_provider_unref(provider);
    if (url[0] == '\0' && r->replies->len != 0 &&
        pbay_manifest_option(driver->manifest, "base-url") != NULL) {
        const char *sent = sent_url(r, r->replies->len - 1), *host = strstr(sent, "://");

        g_free(url);
        url = host != NULL ? g_strndup(sent, (size_t)(host - sent) + 3 + strcspn(host + 3, "/?"))
                           : g_strdup("");
    }
    return url;
}

static const char *sent_header(const PbayRecordedReply *reply, const char *name)
{
    json_object *headers = json_object_object_get(reply->send, "headers");
    const char *value = json_object_get_string(json_object_object_get(headers, name));

    return value != NULL ? value : "";
}

/* A token endpoint, or an address of the machine itself: no base URL leads there. */
static bool mints(const PbayRecording *r, guint i)
{
    const char *type = sent_header(g_ptr_array_index(r->replies, i), "content-type");

    return g_str_has_prefix(sent_url(r, i), "http://169.254.") ||
           g_str_has_prefix(sent_url(r, i), "http://metadata.") ||
           g_str_has_prefix(type, "application/x-www-form-urlencoded");
}

/* A signature over the vendor's host cannot be the one over the stub's; that it is right is shown
 * in memory. */
static void forget_signature(const PbayRecordedReply *reply)
{
    if (g_str_has_prefix(sent_header(reply, "authorization"), "AWS4-HMAC-SHA256 "))
        json_object_object_del(json_object_object_get(reply->send, "headers"), "authorization");
}

/* Why it cannot be replayed here, or NULL. */
static const char *set_origin(Case *c)
{
    g_autofree char *url = base_url_of(c->recording);
    const char *authority = strstr(url, "://");
    const char *path = authority != NULL ? strchr(authority + 3, '/') : NULL;

    if (c->recording->replies->len == 0)
        return "it makes no HTTP request";
    if (authority == NULL)
        return "its provider has no base-url to point elsewhere";
    c->origin = path != NULL ? g_strndup(url, (size_t)(path - url)) : g_strdup(url);
    c->path = g_strdup(path != NULL ? path : "");
    for (guint i = 0; i < c->recording->replies->len; i++) {
        const char *sent = sent_url(c->recording, i);

        if (mints(c->recording, i))
            return "it asks for a credential elsewhere";
        forget_signature(g_ptr_array_index(c->recording->replies, i));
        if (!g_str_has_prefix(sent, c->origin) || strchr("/?", sent[strlen(c->origin)]) == NULL)
            return "its requests go to other origins than that of the base URL";
    }
    return NULL;
}

static void case_clear(Case *c)
{
    pbay_recording_free(c->recording);
    g_free(c->origin);
    g_free(c->path);
}

/* The recorded options, with every URL at the vendor's origin moved to this one. */
static json_object *options_at(const Case *c, const char *origin)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *base_url = g_strconcat(origin, c->path, NULL);
    json_object *recorded = NULL, *options = json_object_new_object();

    g_assert_true(pbay_tree_parse(pbay_str(c->recording->options), &recorded, &error));
    json_object_object_foreach(recorded, name, value)
    {
        const char *text = json_object_get_string(value);
        g_autofree char *moved = g_str_has_prefix(text, c->origin)
                                     ? g_strconcat(origin, text + strlen(c->origin), NULL)
                                     : NULL;

        json_object_object_add(
            options, name, moved != NULL ? json_object_new_string(moved) : json_object_get(value));
    }
    json_object_object_add(options, "base-url", json_object_new_string(base_url));
    json_object_put(recorded);
    return options;
}

/* Every request of the recording in memory, with these options; NULL: it cannot be run. */
static GString *sends_with(const Case *c, char *options)
{
    PbayRecording recording = *c->recording;
    GString *sends = g_string_new(NULL);
    const PbayReplaySpec spec = {.mode = PBAY_SPLIT_RECORDED, .sends = sends};
    PbayReplayResult result = {0};

    recording.options = options;
    if (!pbay_replay_run(driver, &recording, &spec, &result, NULL))
        g_string_truncate(sends, 0);
    pbay_replay_result_clear(&result);
    return sends;
}

/* What a signature is of differs with the host. */
static void without_signatures(GString *sends)
{
    for (char *at = sends->str; (at = strstr(at, "authorization: AWS4")) != NULL;)
        g_string_erase(sends, at - sends->str, (gssize)strcspn(at, "\n"));
}

/* Some drivers go by the vendor's host: which key goes in which header, how a model is named,
 * which of the reply's links are the vendor's. What they send to the stub is something else, and
 * rightly so. */
static bool goes_by_address(const Case *c)
{
    static const char elsewhere[] = "http://127.0.0.1:9";
    json_object *options = options_at(c, elsewhere);
    g_autofree char *moved = g_strdup(json_object_to_json_string(options));
    GString *here = sends_with(c, c->recording->options), *there = sends_with(c, moved);
    bool same;

    g_string_replace(here, c->origin, elsewhere, 0);
    without_signatures(here);
    without_signatures(there);
    same = g_string_equal(here, there);
    g_string_free(here, TRUE);
    g_string_free(there, TRUE);
    json_object_put(options);
    return !same;
}

/* A driver that polls waits in real time here: such a recording is replayed in one way only. In
 * memory the loop's clock skips its waits, and shows them. */
static bool waits(const Case *c)
{
    PbayLoop *loop = pbay_loop_new(NULL);
    const PbayReplaySpec spec = {.mode = PBAY_SPLIT_RECORDED, .loop = loop};
    int64_t began = pbay_loop_now(loop), took;
    PbayReplayResult result = {0};

    pbay_replay_run(driver, c->recording, &spec, &result, NULL);
    took = pbay_loop_now(loop) - began;
    pbay_replay_result_clear(&result);
    pbay_loop_free(loop);
    return took >= 100;
}

static PbayProvider *provider_at(const Case *c, Stub *stub, int64_t max_response)
{
    const PbayRecording *r = c->recording;
    g_autoptr(GError) error = NULL;
    g_autofree char *origin = stub_url(stub, "");
    json_object *options = options_at(c, origin);
    PbayProvider *provider;

    provider = pbay_provider_new(driver, r->provider, json_object_to_json_string(options),
                                 (const char *const *)r->secrets, &error);
    json_object_put(options);
    g_assert_no_error(error);
    if (max_response != 0)
        provider->max_response = max_response;
    return provider;
}

static void run_exchange(const Case *c, PbayProvider *provider, PbayReplayResult *result)
{
    const PbayRecording *r = c->recording;
    g_autoptr(GError) error = NULL;
    PbayLoop *loop = pbay_loop_new(&error);
    PbayWorker *worker = pbay_worker_new(&(PbayWorkerSpec){.loop = loop}, &error);
    PbayCollector collector;
    const PbayExchangeSpec spec = {.provider = provider,
                                   .kind = r->kind,
                                   .flags = r->stream ? PB_REQ_STREAM : 0,
                                   .model = pbay_str(r->model),
                                   .body = pbay_str(r->body),
                                   .events = &pbay_collect_events,
                                   .user = &collector};
    int64_t until = pbay_loop_now(loop) + PATIENCE_MS;

    g_assert_no_error(error);
    pbay_collect_begin(&collector, r, result);
    pbay_exchange_start(worker, &spec);
    while (result->ends == 0 && pbay_loop_now(loop) < until)
        g_assert_true(pbay_loop_turn(loop, PATIENCE_MS));
    g_assert_cmpuint(result->ends, ==, 1);
    pbay_worker_free(worker); /* nothing of the exchange may come after its end */
    g_assert_cmpuint(result->ends, ==, 1);
    pbay_collect_end(&collector);
    pbay_loop_free(loop);
}

static void judge_requests(const Case *c, const Serve *serve, PbayReplayResult *result)
{
    const GPtrArray *expected = c->recording->replies;

    if (serve->requests->len != expected->len)
        g_ptr_array_add(result->mistakes, g_strdup_printf("%u requests came, not %u",
                                                          serve->requests->len, expected->len));
    for (guint i = 0; i < MIN(serve->requests->len, expected->len); i++) {
        const PbayRecordedReply *reply = g_ptr_array_index(expected, i);
        char *wrong = pbay_judge_request(reply->send, g_ptr_array_index(serve->requests, i));

        if (wrong != NULL)
            g_ptr_array_add(result->mistakes, wrong);
    }
}

static void run(const Case *c, const ServeSpec *spec, int64_t max_response,
                PbayReplayResult *result)
{
    PbayTestClock clock = {.now_ms = c->recording->now_ms, .seed = c->recording->seed};
    Serve serve;
    Stub *stub;
    PbayProvider *provider;

    serve_init(&serve, c->recording, spec, c->origin);
    stub = stub_new(serve_reply, &serve);
    driver->core->test = &clock;
    provider = provider_at(c, stub, max_response);
    run_exchange(c, provider, result);
    pbay_provider_unref(provider);
    driver->core->test = NULL;
    stub_free(stub);
    judge_requests(c, &serve, result);
    serve_clear(&serve);
}

static bool conforms(const Case *c, const PbayReplayResult *result, const char *how)
{
    g_autoptr(GString) why = g_string_new(NULL);

    if (pbay_replay_judge(c->recording, result, why))
        return true;
    g_test_message("%s, %s:\n%s", c->recording->path, how, why->str);
    return false;
}

static void serve_well(const Case *c, const ServeSpec *spec, const char *how)
{
    PbayReplayResult result;

    run(c, spec, 0, &result);
    if (!conforms(c, &result, how))
        g_test_fail();
    pbay_replay_result_clear(&result);
}

/* Is got a beginning of what was expected? The last event may have lost the end of its text. */
static bool is_beginning(json_object *expected, json_object *got)
{
    size_t n = json_object_array_length(got);
    bool same = n <= json_object_array_length(expected);

    for (size_t i = 0; same && i < n; i++) {
        json_object *want = json_object_array_get_idx(expected, i);
        json_object *have = json_object_array_get_idx(got, i), *shorter = NULL;
        const char *part = json_object_get_string(json_object_object_get(have, "text"));
        const char *whole = json_object_get_string(json_object_object_get(want, "text"));

        json_object_deep_copy(want, &shorter, NULL);
        if (i + 1 == n && part != NULL && whole != NULL && g_str_has_prefix(whole, part))
            json_object_object_add(shorter, "text", json_object_new_string(part));
        same = pbay_compare_equal(shorter, have, NULL);
        json_object_put(shorter);
    }
    return same;
}

/* What is wrong with the end of an exchange whose reply broke, or NULL: it must be a failure of
 * this class that says `words`, after a beginning of the recorded events. */
static const char *broke_badly(const Case *c, const PbayReplayResult *result, int32_t cls,
                               const char *words)
{
    if (result->failure == NULL)
        return "it is done";
    if (result->failure->cls != cls)
        return "it failed with another class";
    if (strstr(result->failure->message, words) == NULL)
        return "its message does not say what happened";
    if (!is_beginning(c->recording->events, result->events))
        return "its events are no beginning of the recorded ones";
    return result->mistakes->len != 0 ? g_ptr_array_index(result->mistakes, 0) : NULL;
}

/* As broke_badly, or all that was recorded if the driver had it by then. */
static void serve_badly(const Case *c, const ServeSpec *spec, int64_t max_response, int32_t cls,
                        const char *words)
{
    PbayReplayResult result;
    g_autoptr(GString) why = g_string_new(NULL);
    const char *wrong;

    run(c, spec, max_response, &result);
    wrong =
        pbay_replay_judge(c->recording, &result, why) ? NULL : broke_badly(c, &result, cls, words);
    if (wrong != NULL) {
        g_test_message("%s, fault %d at %zu, bound %" G_GINT64_FORMAT ": %s (%s)",
                       c->recording->path, (int)spec->fault, spec->at, max_response, wrong,
                       result.failure != NULL ? result.failure->message : "done");
        g_test_fail();
    }
    pbay_replay_result_clear(&result);
}

/* A bound that the last reply breaks and no other, or 0. */
static int64_t too_small_for_last(const PbayRecording *recording)
{
    size_t len = serve_last(recording)->bytes->len, bound = MAX(len / 2, 1);

    for (guint i = 0; i + 1 < recording->replies->len; i++) {
        const PbayRecordedReply *reply = g_ptr_array_index(recording->replies, i);

        bound = MAX(bound, reply->bytes->len);
    }
    return bound < len ? (int64_t)bound : 0;
}

static void replay_well(const Case *c)
{
    size_t len = serve_last(c->recording)->bytes->len;
    const struct {
        const char *how;
        ServeSpec spec;
        size_t max;
    } ways[] = {
        {"whole, Content-Length", {.framing = SERVE_LENGTH}, SIZE_MAX},
        {"whole, chunked", {.framing = SERVE_CHUNKED}, SIZE_MAX},
        {"whole, until close", {.framing = SERVE_UNTIL_CLOSE}, SIZE_MAX},
        {"random pieces, chunked",
         {SERVE_CHUNKED, SERVE_RANDOM, SERVE_WELL, 0, c->seed},
         PIECED_MAX},
        {"random pieces, until close",
         {SERVE_UNTIL_CLOSE, SERVE_RANDOM, SERVE_WELL, 0, c->seed + 1},
         PIECED_MAX},
        {"one byte a chunk", {SERVE_CHUNKED, SERVE_BYTES, SERVE_WELL, 0, c->seed}, BYTEWISE_MAX},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++)
        if (len <= ways[i].max)
            serve_well(c, &ways[i].spec, ways[i].how);
}

static void replay_badly(const Case *c)
{
    const PbayRecordedReply *last = serve_last(c->recording);
    size_t len = last->bytes->len;
    ServeSpec spec = {.framing = c->seed % 2 == 0 ? SERVE_LENGTH : SERVE_CHUNKED,
                      .fault = SERVE_CUT,
                      .seed = c->seed};
    int64_t bound;

    if (last->status == 0)
        return;
    spec.at = len / 2;
    serve_badly(c, &spec, 0, PB_ERR_UPSTREAM, "127.0.0.1");
    spec.at = len;
    serve_badly(c, &spec, 0, PB_ERR_UPSTREAM, "127.0.0.1");
    spec.at = (size_t)(c->seed % (len + 1));
    spec.fault = SERVE_RESET;
    serve_badly(c, &spec, 0, PB_ERR_UPSTREAM, "127.0.0.1");
    spec.fault = SERVE_GIANT_HEAD;
    serve_badly(c, &spec, 0, PB_ERR_PROTOCOL, "headers beyond the bounds");
    spec.fault = SERVE_WELL;
    bound = too_small_for_last(c->recording);
    if (bound != 0)
        serve_badly(c, &spec, bound, PB_ERR_PROTOCOL, "max-response");
}

static void test_recording(gconstpointer path)
{
    g_autoptr(GError) error = NULL;
    Case c = {.recording = pbay_recording_read(path, &error), .seed = g_str_hash(last_part(path))};
    const char *reason;

    g_assert_no_error(error);
    reason = set_origin(&c);
    if (reason == NULL && goes_by_address(&c))
        reason = "its driver goes by the vendor's address";
    if (reason != NULL) {
        g_test_skip(reason);
    } else if (waits(&c)) {
        serve_well(&c, &(ServeSpec){SERVE_CHUNKED, SERVE_RANDOM, SERVE_WELL, 0, c.seed},
                   "random pieces, chunked");
    } else {
        replay_well(&c);
        replay_badly(&c);
    }
    case_clear(&c);
}

static void add_tests(const char *folder)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &error);
    const char *name;

    g_assert_no_error(error);
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *test = NULL;

        if (!g_str_has_suffix(name, ".jsonl"))
            continue;
        test = g_strdup_printf("/replay/http/%s/%.*s", driver->id, (int)strlen(name) - 6, name);
        g_test_add_data_func_full(test, g_build_filename(folder, name, NULL), test_recording,
                                  g_free);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, ==, 3);
    pbay_log_set_level(PBAY_LOG_NONE);
    driver = pbay_drivers_load_file(argv[1], pbay_services());
    g_assert_cmpstr(driver->reason, ==, NULL);
    add_tests(argv[2]);
    return g_test_run();
}
