/* SPDX-License-Identifier: Apache-2.0 */
/* Several workers, each a thread with a loop of its own, share one snapshot and one fleet:
 * thousands of calls with failures, keys that rest, breakers, limits whose queues reach over
 * threads, races and callers who change their minds. Every call ends once, with its own answer; no
 * more requests are under way at a time than the limits say; and in the end nothing is left with
 * the fleet. */
#include "unit/call/world.h"

#include <pthread.h>
#include <stdatomic.h>

#define LANES 4
#define CALLS 2000 /* of each */
#define WIDE  24   /* at a time, of each */

static const char CONF[] =
    "[provider a]\ndriver = fake\napi-key = canary-key-a\n"
    "[provider b]\ndriver = fake\napi-key = canary-key-b;canary-key-b2\n"
    "[provider c]\ndriver = fake\napi-key = canary-key-c\n"
    "[model chain]\ntargets = a/one;b/two;c/three\nretries = 1\nhedge = yes\n"
    "[model spread]\ntargets = a/one;b/two;a/four\nstrategy = least-busy\nretries = 0\n"
    "[model swift]\ntargets = b/two;a/one\nstrategy = latency\nretries = 0\nhedge = yes\n"
    "[model narrow]\ntargets = a/narrow\nretries = 0\n"
    "[limits a/narrow]\nparallel = 3\nqueue = 1000\nqueue-timeout = 100s\n"
    "[model both]\ntargets = c/both\nretries = 0\n"
    "[limits c/both]\nparallel = 4\nqueue = 1000\nqueue-timeout = 100s\n"
    "[limits c]\nparallel = 5\nqueue = 1000\nqueue-timeout = 100s\n"
    "[model short]\ntargets = a/short;b/two\nretries = 0\n"
    "[limits a/short]\nparallel = 1\nqueue = 3\nqueue-timeout = 5ms\n";

/* Requests under way as vendors see them: a part of what the fleet has admitted. */
typedef struct Bound {
    const char *target; /* or the head of several */
    int most;
    atomic_int busy, peak;
} Bound;
static Bound bounds[] = {{.target = "narrow", .most = 3},
                         {.target = "both", .most = 4},
                         {.target = "key-c", .most = 5},
                         {.target = "short", .most = 1}};

typedef struct Lane {
    World *world;
    Rig rig; /* its loop, transport and worker alone */
    GRand *chance;
    PbayTransfer *(*start)(PbayTransport *, const PbayHttpRequest *, const PbayHttpEvents *,
                           void *);
    void (*abort)(PbayTransfer *);
    void (*drain)(PbayTransfer *);
    GHashTable *replies; /* PbayTransfer * -> Reply * */
    struct Reply *newest;
    unsigned begun, live, served, failed, cancelled, raced, waited;
    pthread_t thread;
} Lane;

static _Thread_local Lane *lane_here;

/* ---- Vendors ---- */

typedef enum Fate { FATE_GOOD, FATE_CUT, FATE_FRAME, FATE_SILENT } Fate;

typedef struct Reply {
    Lane *lane;
    PbayMemoryReply *reply; /* until it has ended */
    PbayTransfer *transfer;
    Fate fate;
    char *echo;
    bool counted[G_N_ELEMENTS(bounds)];
    unsigned pieces;
    PbayTimer timer;
} Reply;

static void count(Reply *reply, const PbayHttpRequest *request)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bounds); i++) {
        g_autoptr(GString) headers = g_string_new(NULL);
        for (size_t h = 0; h < request->n_headers; h++) {
            pbay_str_append(headers, request->headers[h].value);
            g_string_append_c(headers, '\n');
        }
        if (strstr(headers->str, bounds[i].target) == NULL)
            continue;
        int busy = atomic_fetch_add(&bounds[i].busy, 1) + 1, peak = atomic_load(&bounds[i].peak);
        reply->counted[i] = true;
        g_assert_cmpint(busy, <=, bounds[i].most);
        while (busy > peak && !atomic_compare_exchange_weak(&bounds[i].peak, &peak, busy))
            continue;
    }
}

/* Before the other side hears that it has ended. */
static void uncount(Reply *reply)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bounds); i++)
        if (reply->counted[i])
            atomic_fetch_sub(&bounds[i].busy, 1);
    memset(reply->counted, 0, sizeof reply->counted);
    pbay_loop_timer_stop(reply->lane->rig.loop, &reply->timer);
}

static int draw(Lane *lane, int below)
{
    return g_rand_int_range(lane->chance, 0, below);
}

static void say_more(void *data);

static void say_later(Reply *reply)
{
    pbay_loop_timer_start(reply->lane->rig.loop, &reply->timer, draw(reply->lane, 4), say_more,
                          reply);
}

static void say_last(Reply *reply)
{
    PbayMemoryReply *out = reply->reply;
    uncount(reply);
    g_hash_table_remove(reply->lane->replies, reply->transfer); /* frees it */
    pbay_memory_reply_end(out);
}

static void say_more(void *data)
{
    Reply *reply = data;
    size_t half = strlen(reply->echo) / 2;
    g_autofree char *head = g_strdup_printf("text %.*s\n", (int)half, reply->echo);
    g_autofree char *tail =
        g_strdup_printf("text %s\nusage 3 2\nfinish stop\n", reply->echo + half);
    if (reply->pieces++ == 0) {
        pbay_memory_reply_text(reply->reply, head);
        say_later(reply);
        return;
    }
    if (reply->fate == FATE_FRAME)
        pbay_memory_reply_text(reply->reply, "overloaded\n");
    else if (reply->fate == FATE_GOOD)
        pbay_memory_reply_text(reply->reply, tail);
    say_last(reply);
}

/* Narrow places never fail, so that whoever waits for them is served in the end. */
static bool is_sound(pb_str model)
{
    return pbay_str_is(model, "narrow") || pbay_str_is(model, "both");
}

static pb_str header_of(const PbayHttpRequest *request, const char *name)
{
    for (size_t i = 0; i < request->n_headers; i++)
        if (pbay_str_is(request->headers[i].name, name))
            return request->headers[i].value;
    return pbay_str(NULL);
}

static void answer(void *user, size_t n, const PbayHttpRequest *request, PbayMemoryReply *out)
{
    Lane *lane = user;
    Reply *reply = g_new0(Reply, 1);
    (void)n;
    int chance = is_sound(header_of(request, "x-model")) ? 99 : draw(lane, 100);
    *reply = (Reply){.lane = lane, .reply = out};
    const char *from = g_strstr_len(request->body.ptr, (gssize)request->body.len, "#");
    reply->echo = g_strndup(from, strcspn(from, "\""));
    lane->newest = reply;
    count(reply, request);
    reply->fate = chance < 5 ? FATE_CUT : chance < 10 ? FATE_FRAME : FATE_GOOD;
    if (chance < 90 || chance >= 99) {
        pbay_memory_reply_set_status(out, 200);
        say_later(reply);
        return;
    }
    reply->fate = FATE_SILENT;
    pbay_memory_reply_set_status(out, chance < 93 ? 503 : chance < 96 ? 429 : 401);
    if (chance < 96)
        pbay_memory_reply_header(out, "retry-after-ms", "3");
    uncount(reply);
    pbay_memory_reply_end(out);
}

static void reply_free(void *data)
{
    Reply *reply = data;
    uncount(reply);
    g_free(reply->echo);
    g_free(reply);
}

static PbayTransfer *lane_start(PbayTransport *transport, const PbayHttpRequest *request,
                                const PbayHttpEvents *events, void *user)
{
    Lane *lane = lane_here;
    PbayTransfer *transfer = lane->start(transport, request, events, user);
    lane->newest->transfer = transfer;
    if (lane->newest->fate == FATE_SILENT)
        reply_free(lane->newest);
    else
        g_hash_table_insert(lane->replies, transfer, lane->newest);
    return transfer;
}

static void lane_abort(PbayTransfer *transfer)
{
    g_hash_table_remove(lane_here->replies, transfer);
    lane_here->abort(transfer);
}

static void lane_drain(PbayTransfer *transfer)
{
    g_hash_table_remove(lane_here->replies, transfer);
    lane_here->drain(transfer);
}

/* ---- Calls ---- */

typedef struct Caller {
    Lane *lane;
    Seen *seen;
    char *id, *model;
    bool stream, cancels, cancelled;
    PbayTimer change_of_mind;
} Caller;

static void caller_chunk(void *user, pb_str json)
{
    seen_chunk(((Caller *)user)->seen, json);
}

/* What was served is this call's own answer, and all of it. */
static void judge(Caller *caller)
{
    Lane *lane = caller->lane;
    const Seen *seen = caller->seen;
    bool sound = g_str_equal(caller->model, "narrow") || g_str_equal(caller->model, "both");
    lane->raced += strstr(seen->report, "lost_race") != NULL;
    lane->waited += strstr(seen->report, "waited_ms") != NULL;
    if (seen->failure == NULL) {
        size_t half = strlen(caller->id) / 2;
        g_autofree char *head = g_strndup(caller->id, half);
        assert_holds(caller->stream ? seen->stream->str : seen->answer, head);
        assert_holds(caller->stream ? seen->stream->str : seen->answer, caller->id + half);
        lane->served++;
    } else if (seen->failure->cls == PBAY_ERR_CANCELLED) {
        g_assert_true(caller->cancelled);
        lane->cancelled++;
    } else {
        if (sound)
            g_error("%s: %s", caller->model, seen->failure->message);
        lane->failed++;
    }
}

static void caller_done(void *user, const PbayOutcome *outcome)
{
    Caller *caller = user;
    Lane *lane = caller->lane;
    seen_done(caller->seen, outcome);
    g_assert_cmpuint(caller->seen->done, ==, 1);
    judge(caller);
    pbay_loop_timer_stop(lane->rig.loop, &caller->change_of_mind);
    lane->live--;
    seen_free(caller->seen);
    g_free(caller->id);
    g_free(caller->model);
    g_free(caller);
}

static void change_mind(void *data)
{
    Caller *caller = data;
    caller->cancelled = true;
    pbay_call_cancel(caller->seen->call, PB_CANCEL_CLIENT);
}

static void start_call(Lane *lane)
{
    static const PbayCallEvents events = {.chunk = caller_chunk, .done = caller_done};
    static const char *const models[] = {"chain", "spread", "swift", "narrow", "both", "short"};
    Caller *caller = g_new0(Caller, 1);
    *caller = (Caller){.lane = lane, .seen = seen_new(&lane->rig)};
    caller->model = g_strdup(models[draw(lane, G_N_ELEMENTS(models))]);
    caller->id =
        g_strdup_printf("#%p-%u-%08x#", (void *)lane, lane->begun, g_rand_int(lane->chance));
    caller->stream = draw(lane, 2) == 0;
    g_autofree char *json = g_strdup_printf(
        "{\"model\":\"%s\",\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}",
        caller->model, caller->stream ? "true" : "false", caller->id);
    PbayCallSpec spec = world_spec(lane->world, json);
    spec.seed = g_rand_int(lane->chance) | 1u;
    spec.events = &events;
    spec.user = caller;
    lane->begun++;
    lane->live++;
    caller->seen->call = pbay_call_start(lane->rig.worker, &spec);
    if (draw(lane, 10) == 0)
        pbay_loop_timer_start(lane->rig.loop, &caller->change_of_mind, draw(lane, 8), change_mind,
                              caller);
}

static void lane_open(Lane *lane)
{
    g_autoptr(GError) error = NULL;
    lane->rig.loop = pbay_loop_new(&error);
    g_assert_no_error(error);
    lane->rig.transport = pbay_memory_transport_new(lane->rig.loop);
    lane->start = lane->rig.transport->start;
    lane->abort = lane->rig.transport->abort;
    lane->drain = lane->rig.transport->drain;
    lane->rig.transport->start = lane_start;
    lane->rig.transport->abort = lane_abort;
    lane->rig.transport->drain = lane_drain;
    pbay_memory_transport_record(lane->rig.transport, false);
    pbay_memory_transport_answer(lane->rig.transport, answer, lane);
    const PbayWorkerSpec spec = {lane->rig.loop, lane->rig.transport};
    lane->rig.worker = pbay_worker_new(&spec, &error);
    g_assert_no_error(error);
    lane->replies = g_hash_table_new_full(NULL, NULL, NULL, reply_free);
}

static void *lane_run(void *data)
{
    Lane *lane = data;
    lane_here = lane;
    lane_open(lane);
    while (lane->begun < CALLS || lane->live != 0) {
        while (lane->begun < CALLS && lane->live < WIDE)
            start_call(lane);
        g_assert_true(pbay_loop_turn(lane->rig.loop, 20000));
    }
    pbay_worker_free(lane->rig.worker);
    g_assert_cmpuint(g_hash_table_size(lane->replies), ==, 0);
    g_hash_table_unref(lane->replies);
    pbay_loop_free(lane->rig.loop);
    return NULL;
}

/* As if targets had been faster than they are, so that there are races. */
static void teach(World *w, const char *provider, const char *target)
{
    for (int i = 0; i < 80; i++) {
        const PbayTake take = {.provider = g_hash_table_lookup(w->snapshot->providers, provider),
                               .target = target,
                               .now = pbay_loop_now(w->rig->loop)};
        PbayTaken taken;
        pbay_fleet_take(w->fleet, &take, &taken);
        const PbaySettle settle = {.now = take.now,
                                   .stream = i % 2 == 0,
                                   .first_ms = 1,
                                   .total_ms = 1,
                                   .tokens = -1,
                                   .sent = true};
        pbay_fleet_settle(w->fleet, taken.ticket, &settle);
    }
}

static void test_threads(void)
{
    World w = world_new(CONF);
    Lane lanes[LANES] = {0};
    teach(&w, "a", "a/one");
    teach(&w, "b", "b/two");
    unsigned served = 0, failed = 0, cancelled = 0, raced = 0, waited = 0;
    for (size_t i = 0; i < LANES; i++) {
        lanes[i].world = &w;
        lanes[i].chance = g_rand_new_with_seed((guint32)(17 + i));
        g_assert_cmpint(pthread_create(&lanes[i].thread, NULL, lane_run, &lanes[i]), ==, 0);
    }
    for (size_t i = 0; i < LANES; i++) {
        pthread_join(lanes[i].thread, NULL);
        g_rand_free(lanes[i].chance);
        served += lanes[i].served;
        failed += lanes[i].failed;
        cancelled += lanes[i].cancelled;
        raced += lanes[i].raced;
        waited += lanes[i].waited;
    }
    g_assert_cmpuint(served + failed + cancelled, ==, LANES * CALLS);
    g_assert_cmpuint(served, >, LANES * CALLS / 2);
    g_assert_cmpuint(cancelled, >, 0);
    g_assert_cmpuint(failed, >, 0);
    g_assert_cmpuint(raced, >, 0);
    g_assert_cmpuint(waited, >, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(bounds); i++) {
        g_assert_cmpint(atomic_load(&bounds[i].busy), ==, 0);
        g_assert_cmpint(atomic_load(&bounds[i].peak), ==, bounds[i].most);
    }
    g_test_message("%u served, %u failed, %u cancelled; %u raced, %u waited", served, failed,
                   cancelled, raced, waited);
    world_free(&w); /* nobody waits, nothing is busy */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/call/threads", test_threads);
    return g_test_run();
}
