/* SPDX-License-Identifier: Apache-2.0 */
/* Replays a recording: a worker of its own with the memory transport that plays the recorded
 * replies, and one exchange. One thread. Nothing here touches the network. */
#include "check/replay.h"

#include "answer/tree.h"
#include "base/str.h"
#include "check/judge.h"
#include "check/unknown.h"
#include "exchange/clock.h"
#include "exchange/exchange.h"
#include "exchange/memory_transport.h"

#include <string.h>

#define PATIENCE_MS 1000 /* a turn: an engine has its own time */

typedef struct Replay {
    const PbayRecording *recording;
    const PbayReplaySpec *spec;
    PbayReplayResult *result;
    PbayCollector collector;
    bool last;     /* the reply being played is the recording's last */
    size_t offset; /* within its body */
    uint64_t random;
} Replay;

static void mistake(Replay *replay, char *text)
{
    g_ptr_array_add(replay->result->mistakes, text);
}

static size_t next_piece(void *user, size_t left)
{
    Replay *replay = user;
    const PbayReplaySpec *spec = replay->spec;
    size_t n = left;

    if (spec->mode == PBAY_SPLIT_BYTES) {
        n = 1;
    } else if (spec->mode == PBAY_SPLIT_RANDOM) {
        replay->random =
            replay->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        n = 1 + (size_t)(replay->random >> 33) % 64;
    } else if (spec->mode == PBAY_SPLIT_AT && replay->last && replay->offset < spec->at) {
        n = spec->at - replay->offset;
    }
    n = MIN(n, left);
    replay->offset += n;
    return n;
}

static void add_headers(PbayMemoryReply *out, json_object *headers)
{
    if (headers == NULL)
        return;
    json_object_object_foreach(headers, name, value)
    {
        pbay_memory_reply_header(out, name, json_object_get_string(value));
    }
}

/* The reply with members that no driver knows; its pieces are those of the transport. */
static void add_unknown(const PbayRecordedReply *recorded, PbayMemoryReply *out)
{
    g_autoptr(GByteArray) body = pbay_unknown_insert(recorded->bytes);

    if (body->len != 0)
        pbay_memory_reply_bytes(out, (pb_str){(const char *)body->data, body->len});
}

static void add_body(const Replay *replay, const PbayRecordedReply *recorded, PbayMemoryReply *out,
                     size_t len)
{
    const char *bytes = (const char *)recorded->bytes->data;
    size_t at = 0;

    if (replay->spec->unknown) {
        add_unknown(recorded, out);
        return;
    }
    if (replay->spec->mode != PBAY_SPLIT_RECORDED || len != recorded->bytes->len) {
        if (len != 0)
            pbay_memory_reply_bytes(out, (pb_str){bytes, len});
        return;
    }
    for (guint i = 0; i < recorded->pieces->len; i++) {
        size_t piece = g_array_index(recorded->pieces, size_t, i);

        if (piece != 0)
            pbay_memory_reply_bytes(out, (pb_str){bytes + at, piece});
        at += piece;
    }
}

/* The n-th request gets the n-th recorded reply. */
static void answer_request(void *user, size_t n, const PbayHttpRequest *request,
                           PbayMemoryReply *out)
{
    Replay *replay = user;
    const PbayRecordedReply *recorded;
    bool cut;
    size_t len;

    if (n >= replay->recording->replies->len) {
        mistake(replay, g_strdup_printf("request %zu was not expected: %.*s %.*s", n + 1,
                                        (int)request->method.len, request->method.ptr,
                                        (int)request->url.len, request->url.ptr));
        pbay_memory_reply_fail(out, PB_ERR_INTERNAL, false);
        return;
    }
    recorded = g_ptr_array_index(replay->recording->replies, n);
    replay->last = n + 1 == replay->recording->replies->len;
    replay->offset = 0;
    cut = replay->spec->cut && replay->last;
    len = cut ? MIN(replay->spec->cut_at, recorded->bytes->len) : recorded->bytes->len;
    if (recorded->status != 0) {
        pbay_memory_reply_set_status(out, recorded->status);
        add_headers(out, recorded->headers);
        add_body(replay, recorded, out, len);
    }
    if (recorded->cut || cut || recorded->status == 0)
        pbay_memory_reply_fail(out, PB_ERR_UPSTREAM, true);
    else
        pbay_memory_reply_end(out);
}

/* For those who compare two runs: what left, nothing left out. */
static void write_sends(GString *out, const PbayTransport *transport)
{
    for (size_t i = 0; i < pbay_memory_transport_requests(transport); i++) {
        const PbayMemoryRequest *request = pbay_memory_transport_request(transport, i);

        g_string_append_printf(out, "%s %s\n", request->method, request->url);
        for (guint h = 0; h < request->headers->len; h++)
            g_string_append_printf(out, "%s\n", (const char *)request->headers->pdata[h]);
        g_string_append_printf(out, "\n%s\n", request->body->str);
    }
}

static void check_sends(Replay *replay, const PbayTransport *transport)
{
    const GPtrArray *expected = replay->recording->replies;
    size_t n = pbay_memory_transport_requests(transport);

    if (n < expected->len)
        mistake(replay, g_strdup_printf("only %zu of %u requests were sent", n, expected->len));
    for (size_t i = 0; i < n && i < expected->len; i++) {
        const PbayRecordedReply *reply = g_ptr_array_index(expected, i);
        char *wrong = pbay_judge_request(reply->send, pbay_memory_transport_request(transport, i));

        if (wrong != NULL)
            mistake(replay, wrong);
    }
}

/* An engine has a thread of its own, which takes real time; of everything else the waits are
 * skipped. */
static void turn_to_the_end(Replay *replay, PbayLoop *loop, PbayProvider *provider)
{
    bool engine = (provider->driver->ops->flags & PB_DRIVER_EXECUTE) != 0;
    int64_t began = pbay_loop_now(loop);

    while (replay->result->ends == 0) {
        bool skipped = !engine && pbay_loop_skip(loop);

        pbay_loop_turn(loop, skipped ? 0 : PATIENCE_MS);
    }
    if (pbay_loop_now(loop) - began >= provider->timeouts.total)
        mistake(replay, g_strdup_printf("the exchange did not end by itself but by its deadline, "
                                        "after %" G_GINT64_FORMAT " s of waiting",
                                        provider->timeouts.total / 1000));
}

static void run_exchange(Replay *replay, PbayWorker *worker, PbayProvider *provider)
{
    const PbayRecording *r = replay->recording;
    const PbayExchangeSpec spec = {.provider = provider,
                                   .kind = r->kind,
                                   .flags = r->stream ? PB_REQ_STREAM : 0,
                                   .model = pbay_str(r->model),
                                   .body = pbay_str(r->body),
                                   .events = &pbay_collect_events,
                                   .user = &replay->collector};

    pbay_exchange_start(worker, &spec);
    turn_to_the_end(replay, pbay_worker_loop(worker), provider);
}

static bool run_on(PbayLoop *loop, PbayProvider *provider, Replay *replay, GError **error)
{
    PbayTransport *transport = pbay_memory_transport_new(loop);
    const PbayWorkerSpec spec = {.loop = loop, .transport = transport};
    PbayWorker *worker = pbay_worker_new(&spec, error);

    if (worker == NULL)
        return false;
    pbay_memory_transport_answer(transport, answer_request, replay);
    if (replay->spec->mode != PBAY_SPLIT_RECORDED)
        pbay_memory_transport_split(transport, next_piece, replay);
    run_exchange(replay, worker, provider);
    if (!replay->spec->cut)
        check_sends(replay, transport);
    if (replay->spec->sends != NULL)
        write_sends(replay->spec->sends, transport);
    pbay_worker_free(worker);
    return true;
}

static bool unknown(const PbayDriver *driver, const char *what, const char *name, GError **error)
{
    g_set_error(error, PBAY_ERROR, PB_ERR_INVALID,
                "the recording gives the %s \"%s\", which the manifest of driver %s does not name",
                what, name, driver->id);
    return false;
}

/* Does the manifest name each option and secret of the recording? A typo would otherwise be
 * passed over. */
static bool names_known(const PbayDriver *driver, const PbayRecording *r, GError **error)
{
    json_object *options = NULL;
    bool good = pbay_tree_parse(pbay_str(r->options), &options, error);

    if (good && options != NULL) {
        json_object_object_foreach(options, name, value)
        {
            (void)value;
            if (good && strcmp(name, "base-url") != 0 &&
                pbay_manifest_option(driver->manifest, name) == NULL)
                good = unknown(driver, "option", name, error);
        }
    }
    json_object_put(options);
    for (size_t i = 0; good && r->secrets[i] != NULL; i += 2)
        if (pbay_manifest_secret(driver->manifest, r->secrets[i]) == NULL)
            good = unknown(driver, "secret", r->secrets[i], error);
    return good;
}

PbayProvider *pbay_replay_provider(PbayDriver *driver, const PbayRecording *r, GError **error)
{
    return names_known(driver, r, error) ? pbay_provider_new(driver, r->provider, r->options,
                                                             (const char *const *)r->secrets, error)
                                         : NULL;
}

static PbayProvider *take_provider(PbayDriver *driver, const PbayRecording *r,
                                   const PbayReplaySpec *spec, GError **error)
{
    if (spec->kept != NULL && *spec->kept != NULL)
        return g_steal_pointer(spec->kept);
    return pbay_replay_provider(driver, r, error);
}

/* One that has fetched a credential would not fetch it again. */
static void leave_provider(PbayProvider *provider, const PbayReplaySpec *spec)
{
    if (provider != NULL && spec->kept != NULL && provider->credentials == NULL)
        *spec->kept = provider;
    else if (provider != NULL)
        pbay_provider_unref(provider);
}

bool pbay_replay_run(PbayDriver *driver, const PbayRecording *recording, const PbayReplaySpec *spec,
                     PbayReplayResult *result, GError **error)
{
    PbayTestClock clock = {.now_ms = recording->now_ms, .seed = recording->seed};
    Replay replay = {.recording = recording, .spec = spec, .result = result, .random = spec->seed};
    PbayProvider *provider;
    PbayLoop *loop = spec->loop, *own = NULL;
    bool ran = false;

    pbay_collect_begin(&replay.collector, recording, result);
    driver->core->test = &clock;
    provider = take_provider(driver, recording, spec, error);
    if (provider != NULL && loop == NULL)
        loop = own = pbay_loop_new(error);
    if (provider != NULL && loop != NULL)
        ran = run_on(loop, provider, &replay, error);
    pbay_loop_free(own);
    pbay_collect_end(&replay.collector);
    leave_provider(provider, spec);
    driver->core->test = NULL;
    return ran;
}
