/* SPDX-License-Identifier: Apache-2.0 */
/* Requests find their replies by what they ask, since of two exchanges that need a credential
 * only one fetches it. A reply that nobody reads any more is left alone. One thread; the loop's
 * waits are skipped. */
#include "check/lanes.h"

#include "base/str.h"
#include "check/judge.h"
#include "exchange/clock.h"
#include "exchange/memory_transport.h"

#include <string.h>

#define TURNS 1000000u /* more than any recording needs */

typedef struct Lane {
    struct Lanes *lanes;
    const PbayRecording *recording;
    PbayReplayResult *result;
    PbayCollector collector;
    PbayTestClock clock;
    PbayExchange *exchange;
    guint next; /* reply */
    /* The reply that is being handed out: */
    const PbayRecordedReply *recorded; /* NULL: none */
    PbayMemoryReply *reply;
    size_t request, offset; /* the request it answers; of its body */
} Lane;

typedef struct Lanes {
    const PbayLanesSpec *spec;
    PbayDriver *driver;
    PbayTransport *transport;
    Lane lane[2];
    size_t n;
    bool engine;
    Lane *asking; /* whose request is being sent, or NULL: a mint's */
} Lanes;

static Lane *lane_of(Lanes *lanes, const pb_xchg *x)
{
    for (size_t i = 0; i < lanes->n; i++)
        if (lanes->lane[i].exchange == x)
            return &lanes->lane[i];
    return NULL;
}

static void before_op(void *user, pb_xchg *x)
{
    Lanes *lanes = user;
    Lane *lane = lane_of(lanes, x);

    lanes->driver->core->test = lane != NULL ? &lane->clock : &lanes->lane[0].clock;
}

static void on_event(void *user, const pb_event *event)
{
    pbay_collect_events.on_event(&((Lane *)user)->collector, event);
}

static void on_note(void *user, int32_t note, pb_str param, pb_str why)
{
    pbay_collect_events.on_note(&((Lane *)user)->collector, note, param, why);
}

static void on_done(void *user, const PbayFailure *failure)
{
    pbay_collect_events.done(&((Lane *)user)->collector, failure);
}

static void on_request(void *user, const PbayHttpRequest *request)
{
    Lane *lane = user;

    (void)request;
    lane->lanes->asking = lane;
}

static const PbayExchangeEvents lane_events = {
    .on_event = on_event, .on_note = on_note, .on_request = on_request, .done = on_done};

static bool asks_for(const PbayRecordedReply *reply, const PbayHttpRequest *request)
{
    const char *method = json_object_get_string(json_object_object_get(reply->send, "method"));
    const char *url = json_object_get_string(json_object_object_get(reply->send, "url"));

    return (method == NULL || pbay_str_is(request->method, method)) &&
           (url == NULL || pbay_str_is(request->url, url));
}

/* The first reply from `next` on that answers such a request, or the number of replies. */
static guint find_reply(const Lane *lane, const PbayHttpRequest *request)
{
    const GPtrArray *replies = lane->recording->replies;
    guint i = lane->next;

    while (i < replies->len && !asks_for(g_ptr_array_index(replies, i), request))
        i++;
    return i;
}

static Lane *pick_lane(Lanes *lanes, const PbayHttpRequest *request)
{
    Lane *asking = g_steal_pointer(&lanes->asking);

    if (asking == NULL && lanes->spec->minted != NULL)
        *lanes->spec->minted = true;
    for (size_t i = 0; i < lanes->n && asking == NULL; i++)
        if (find_reply(&lanes->lane[i], request) < lanes->lane[i].recording->replies->len)
            asking = &lanes->lane[i];
    return asking != NULL ? asking : &lanes->lane[0];
}

static void refuse(Lane *lane, const PbayHttpRequest *request, PbayMemoryReply *out)
{
    g_ptr_array_add(lane->result->mistakes,
                    g_strdup_printf("a request that was not expected: %.*s %.*s",
                                    (int)request->method.len, request->method.ptr,
                                    (int)request->url.len, request->url.ptr));
    pbay_memory_reply_fail(out, PB_ERR_INTERNAL, false);
}

static void answer_request(void *user, size_t n, const PbayHttpRequest *request,
                           PbayMemoryReply *out)
{
    Lanes *lanes = user;
    Lane *lane = pick_lane(lanes, request);
    guint i = find_reply(lane, request);
    const PbayRecordedReply *recorded;
    char *wrong;

    if (request->detached) { /* of on_cancel: nobody reads its reply */
        pbay_memory_reply_set_status(out, 200);
        pbay_memory_reply_end(out);
        return;
    }
    if (i == lane->recording->replies->len) {
        refuse(lane, request, out);
        return;
    }
    lane->next = i + 1;
    lane->request = n;
    lane->recorded = recorded = g_ptr_array_index(lane->recording->replies, i);
    lane->reply = out;
    lane->offset = 0;
    wrong = pbay_judge_request(recorded->send, pbay_memory_transport_request(lanes->transport, n));
    if (wrong != NULL)
        g_ptr_array_add(lane->result->mistakes, wrong);
    if (recorded->status == 0)
        return;
    pbay_memory_reply_set_status(out, recorded->status);
    if (recorded->headers == NULL)
        return;
    json_object_object_foreach(recorded->headers, name, value)
    {
        pbay_memory_reply_header(out, name, json_object_get_string(value));
    }
}

/* Hands out the next piece of what the lane reads. */
static void feed(Lanes *lanes, Lane *lane)
{
    const PbayRecordedReply *recorded = lane->recorded;
    const PbayMemoryRequest *request;
    size_t left, n;

    if (recorded == NULL)
        return;
    request = pbay_memory_transport_request(lanes->transport, lane->request);
    if (request->aborted || request->drained || request->finished) {
        lane->recorded = NULL;
        return;
    }
    left = recorded->bytes->len - lane->offset;
    n = MIN(left, lanes->spec->piece);
    if (left != 0) {
        const char *bytes = (const char *)recorded->bytes->data + lane->offset;

        lane->offset += n;
        pbay_memory_reply_bytes(lane->reply, (pb_str){bytes, n});
        return;
    }
    lane->recorded = NULL;
    if (recorded->cut || recorded->status == 0)
        pbay_memory_reply_fail(lane->reply, PB_ERR_UPSTREAM, true);
    else
        pbay_memory_reply_end(lane->reply);
}

static bool all_ended(const Lanes *lanes)
{
    bool ended = true;

    for (size_t i = 0; i < lanes->n; i++)
        ended = ended && lanes->lane[i].result->ends != 0;
    return ended;
}

/* Is a reply being handed out? Then time stands still. */
static bool is_reading(const Lanes *lanes)
{
    bool reading = false;

    for (size_t i = 0; i < lanes->n; i++)
        reading = reading || lanes->lane[i].recorded != NULL;
    return reading;
}

static void turn_to_the_end(Lanes *lanes)
{
    PbayLoop *loop = lanes->spec->loop;

    for (size_t turn = 1; turn < TURNS && !all_ended(lanes); turn++) {
        for (size_t i = 0; i < lanes->n; i++) {
            feed(lanes, &lanes->lane[i]);
            pbay_loop_turn(loop, 0);
        }
        if (turn == lanes->spec->cancel_after && lanes->lane[0].result->ends == 0)
            pbay_exchange_cancel(lanes->lane[0].exchange, PB_CANCEL_CLIENT);
        else if (lanes->engine)
            pbay_loop_turn(loop, 1); /* its threads take real time */
        else if (!is_reading(lanes))
            pbay_loop_skip(loop);
    }
}

static void start(Lanes *lanes, PbayWorker *worker, PbayProvider *provider)
{
    for (size_t i = 0; i < lanes->n; i++) {
        Lane *lane = &lanes->lane[i];
        const PbayRecording *r = lane->recording;
        const PbayExchangeSpec spec = {.provider = provider,
                                       .kind = r->kind,
                                       .flags = r->stream ? PB_REQ_STREAM : 0,
                                       .model = pbay_str(r->model),
                                       .body = pbay_str(r->body),
                                       .events = &lane_events,
                                       .user = lane};

        lane->exchange = pbay_exchange_start(worker, &spec);
    }
}

static bool run(Lanes *lanes, PbayProvider *provider, GError **error)
{
    PbayLoop *loop = lanes->spec->loop;
    PbayTransport *transport = pbay_memory_transport_new(loop);
    const PbayWorkerSpec spec = {.loop = loop, .transport = transport};
    PbayWorker *worker = pbay_worker_new(&spec, error);

    if (worker == NULL)
        return false;
    lanes->transport = transport;
    pbay_memory_transport_answer(transport, answer_request, lanes);
    start(lanes, worker, provider);
    turn_to_the_end(lanes);
    pbay_worker_free(worker);
    return true;
}

bool pbay_lanes_run(PbayDriver *driver, const PbayLanesSpec *spec, PbayReplayResult results[2],
                    GError **error)
{
    Lanes lanes = {.spec = spec, .driver = driver, .n = spec->recordings[1] != NULL ? 2 : 1};
    PbayWrap wrap = {.before = before_op, .user = &lanes};
    PbayProvider *provider;
    bool ran = false;

    for (size_t i = 0; i < lanes.n; i++) {
        const PbayRecording *r = spec->recordings[i];

        lanes.lane[i] = (Lane){.lanes = &lanes,
                               .recording = r,
                               .result = &results[i],
                               .clock = {.now_ms = r->now_ms, .seed = r->seed}};
        pbay_collect_begin(&lanes.lane[i].collector, r, &results[i]);
    }
    lanes.engine = (driver->ops->flags & PB_DRIVER_EXECUTE) != 0;
    driver->core->test = &lanes.lane[0].clock;
    pbay_wrap_install(driver, &wrap);
    provider = pbay_replay_provider(driver, spec->recordings[0], error);
    if (provider != NULL) {
        ran = run(&lanes, provider, error);
        pbay_provider_unref(provider);
    }
    pbay_wrap_remove(driver);
    if (spec->calls != NULL)
        *spec->calls = wrap;
    for (size_t i = 0; i < lanes.n; i++)
        pbay_collect_end(&lanes.lane[i].collector);
    driver->core->test = NULL;
    return ran;
}

static bool same_secrets(char **a, char **b)
{
    return g_strv_equal((const char *const *)a, (const char *const *)b);
}

bool pbay_lanes_fit(const PbayRecording *a, const PbayRecording *b)
{
    return strcmp(a->provider, b->provider) == 0 && strcmp(a->options, b->options) == 0 &&
           same_secrets(a->secrets, b->secrets) && a->now_ms == b->now_ms;
}
