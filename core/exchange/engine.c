/* SPDX-License-Identifier: Apache-2.0 */
/* A run of an in-process engine: emit and note on the engine's thread copy what they get into a
 * bounded queue, one post a turn wakes the worker, which hands it to the exchange in order. The
 * queue has its own lock, never held while a driver or an owner is called. The worker's side
 * frees the run, after run() returned and all was delivered. */
#include "exchange/engine.h"

#include "exchange/engine_pool.h"
#include "exchange/internal.h"
#include "observe/log.h"

#include <pthread.h>
#include <string.h>

int64_t pbay_engine_grace_ms = PBAY_ENGINE_GRACE;

/* An event or a note, with its texts behind it. */
typedef struct Item {
    GList link;
    int32_t note; /* 0: an event */
    pb_event event;
    pb_str param, why;
    size_t size;
    char data[];
} Item;

/* Lives until run() returned and the worker took all, or for good when abandoned. */
typedef struct Run {
    PbayEngineJob job; /* first */
    PbayExchange *x;
    PbayLoop *loop;
    atomic_bool cancelled;
    PbayTimer grace; /* worker only */

    pthread_mutex_t lock;  /* of all below */
    pthread_cond_t room;   /* an item may go in, or it is cancelled */
    GQueue items;          /* links of Item */
    size_t waiting, bytes; /* of those and of what the worker has in hand */
    bool paused, posted, ended;
    bool abandoned; /* the loop may be gone: post no more */
    bool oversized; /* an event over all bounds was emitted: the exchange fails */
    pb_next next;   /* what run() returned */
} Run;

static void deliver(void *data);

/* ---- with the lock held ---------------------------------------------------------------------- */

static void wake_worker(Run *run)
{
    if (run->posted || run->abandoned)
        return;
    run->posted = true;
    pbay_loop_post(run->loop, deliver, run);
}

static bool full(const Run *run, size_t more)
{
    return run->paused || run->waiting >= PBAY_ENGINE_EVENTS ||
           (run->waiting != 0 && run->bytes + more > PBAY_ENGINE_BYTES);
}

/* ---- the engine's thread --------------------------------------------------------------------- */

static int32_t cancelled(pb_xchg *x)
{
    Run *run = x->engine;
    return run == NULL || atomic_load(&run->cancelled);
}

static void work(PbayEngineJob *job)
{
    Run *run = (Run *)job;
    PbayExchange *x = run->x;
    const pb_execute *execute = x->provider->driver->execute;
    if (!atomic_load(&run->cancelled))
        run->next = execute->run(x->provider->prov, x, &x->request, cancelled);
}

static void finished(PbayEngineJob *job)
{
    Run *run = (Run *)job;
    pthread_mutex_lock(&run->lock);
    run->ended = true;
    wake_worker(run);
    pthread_mutex_unlock(&run->lock);
}

/* Waits for room and puts the item in, or drops it when nobody is there to take it. */
static void queue_item(Run *run, Item *item)
{
    pthread_mutex_lock(&run->lock);
    while (full(run, item->size) && !atomic_load(&run->cancelled))
        pthread_cond_wait(&run->room, &run->lock);
    bool taken = !atomic_load(&run->cancelled) && !run->ended;
    if (taken) {
        g_queue_push_tail_link(&run->items, &item->link);
        run->bytes += item->size;
        run->waiting++;
        wake_worker(run);
    }
    pthread_mutex_unlock(&run->lock);
    if (!taken)
        g_free(item);
}

static Item *item_new(size_t size)
{
    Item *item = g_malloc0(sizeof *item + size);
    item->link.data = item;
    item->size = sizeof *item + size;
    return item;
}

static pb_str keep(char **at, pb_str text)
{
    pb_str kept = {*at, text.len};
    if (text.len != 0)
        memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return kept;
}

static Item *copy_event(const pb_event *event)
{
    size_t floats = event->vector_len * sizeof(float);
    Item *item = item_new(floats + event->text.len + event->id.len + event->name.len);
    char *at = item->data;
    item->event = *event;
    if (event->vector != NULL && floats != 0) {
        memcpy(at, event->vector, floats);
        item->event.vector = (const float *)(const void *)at;
        at += floats;
    }
    item->event.text = keep(&at, event->text);
    item->event.id = keep(&at, event->id);
    item->event.name = keep(&at, event->name);
    return item;
}

static bool too_large(const pb_event *event)
{
    size_t max = PBAY_EXCHANGE_EVENT_MAX;
    return event->text.len > max || event->id.len > max || event->name.len > max ||
           event->vector_len > max / sizeof(float) ||
           event->text.len + event->id.len + event->name.len > max;
}

void pbay_engine_emit(PbayExchange *x, const pb_event *given)
{
    Run *run = x->engine;
    if (run == NULL || given == NULL || x->driver_failure != NULL || atomic_load(&run->cancelled))
        return;
    pb_event event = {0};
    memcpy(&event, given, MIN((size_t)given->size, sizeof event));
    if (!too_large(&event)) {
        queue_item(run, copy_event(&event));
        return;
    }
    pthread_mutex_lock(&run->lock);
    run->oversized = true;
    wake_worker(run);
    pthread_mutex_unlock(&run->lock);
}

void pbay_engine_note(PbayExchange *x, int32_t note, pb_str param, pb_str why)
{
    Run *run = x->engine;
    if (run == NULL || x->driver_failure != NULL || atomic_load(&run->cancelled))
        return;
    param.len = MIN(param.len, 1024u);
    why.len = MIN(why.len, 4096u);
    Item *item = item_new(param.len + why.len);
    char *at = item->data;
    item->note = note;
    item->param = keep(&at, param);
    item->why = keep(&at, why);
    queue_item(run, item);
}

/* On the worker, from pbay_engines_free: the run does not stop and nobody waits any more. */
static void abandon(PbayEngineJob *job)
{
    Run *run = (Run *)job;
    pthread_mutex_lock(&run->lock);
    run->abandoned = true;
    pthread_mutex_unlock(&run->lock);
    pbay_loop_timer_stop(run->loop, &run->grace);
    atomic_store(&run->x->provider->driver->broken, true);
}

/* ---- the worker ------------------------------------------------------------------------------ */

static void drop_items(GQueue *items)
{
    GList *link;
    while ((link = g_queue_pop_head_link(items)) != NULL)
        g_free(link->data);
}

static void run_free(Run *run)
{
    drop_items(&run->items);
    pthread_cond_destroy(&run->room);
    pthread_mutex_destroy(&run->lock);
    g_free(run);
}

/* Takes the items that wait, or none while the owner has paused. True when run() has returned
 * and nothing is left behind. */
static bool take(Run *run, GQueue *items, bool *oversized)
{
    pthread_mutex_lock(&run->lock);
    run->posted = false;
    *oversized = run->oversized;
    bool held = run->paused && !run->x->over;
    if (!held) {
        *items = run->items;
        g_queue_init(&run->items);
    }
    bool complete = run->ended && !held;
    pthread_mutex_unlock(&run->lock);
    return complete;
}

/* Makes room for what was delivered. If the owner paused in the middle, the rest goes back to
 * the front. */
static void put_back(Run *run, GQueue *items, size_t delivered, size_t bytes)
{
    pthread_mutex_lock(&run->lock);
    run->waiting -= delivered;
    run->bytes -= bytes;
    GList *link;
    while ((link = g_queue_pop_tail_link(items)) != NULL)
        g_queue_push_head_link(&run->items, link);
    pthread_cond_signal(&run->room);
    pthread_mutex_unlock(&run->lock);
}

/* A callback paused, went on or cancelled meanwhile: this is asked again in the next turn. */
static bool woken_again(Run *run)
{
    pthread_mutex_lock(&run->lock);
    bool posted = run->posted;
    pthread_mutex_unlock(&run->lock);
    return posted;
}

static void deliver_item(PbayExchange *x, Item *item)
{
    if (item->note != 0)
        pbay_exchange_deliver_note(x, item->note, item->param, item->why);
    else
        pbay_exchange_deliver_event(x, &item->event);
    g_free(item);
}

static void fail_oversized(PbayExchange *x)
{
    pbay_machine_finish(x, pbay_failure_new(PB_ERR_PROTOCOL,
                                            "%s emitted a single event of more than %zu MiB",
                                            pbay_exchange_label(x), PBAY_EXCHANGE_EVENT_MAX >> 20));
}

static void deliver(void *data)
{
    Run *run = data;
    PbayExchange *x = run->x;
    GQueue items = G_QUEUE_INIT;
    bool oversized = false, complete = take(run, &items, &oversized);
    size_t delivered = 0, bytes = 0;
    while (items.length != 0 && !x->over && !x->paused) {
        Item *item = g_queue_pop_head_link(&items)->data;
        delivered++;
        bytes += item->size;
        deliver_item(x, item);
    }
    if (oversized && !x->over)
        fail_oversized(x);
    if (x->over)
        drop_items(&items);
    bool left = items.length != 0;
    put_back(run, &items, delivered, bytes);
    if (left)
        return;
    if (!complete || woken_again(run))
        return;
    pb_next next = run->next;
    pbay_loop_timer_stop(run->loop, &run->grace);
    run_free(run);
    pbay_machine_engine_ended(x, next);
}

/* The run will not begin, or has not: it ends as if it had returned. */
static void end_unbegun(Run *run)
{
    pthread_mutex_lock(&run->lock);
    run->ended = true;
    wake_worker(run);
    pthread_mutex_unlock(&run->lock);
}

void pbay_engine_run(PbayExchange *x)
{
    PbayWorker *worker = x->worker;
    Run *run = g_new0(Run, 1);
    run->job = (PbayEngineJob){.work = work, .finished = finished, .abandon = abandon};
    run->x = x;
    run->loop = worker->loop;
    run->paused = x->paused;
    run->next = PB_FAIL;
    pthread_mutex_init(&run->lock, NULL);
    pthread_cond_init(&run->room, NULL);
    pbay_exchange_label(x); /* made now, so that no other thread makes it */
    x->engine = run;
    if (worker->engines == NULL)
        worker->engines = pbay_engines_new();
    const pb_execute *execute = x->provider->driver->execute;
    int err = pbay_engines_submit(worker->engines, x->provider, execute->parallel, &run->job);
    if (err == 0)
        return;
    x->driver_failure =
        pbay_failure_new(PB_ERR_INTERNAL, "%s: no thread could be started for its engine: %s",
                         pbay_exchange_label(x), g_strerror(err));
    end_unbegun(run);
}

void pbay_engine_pause(PbayExchange *x, bool paused)
{
    Run *run = x->engine;
    pthread_mutex_lock(&run->lock);
    run->paused = paused;
    if (!paused) {
        pthread_cond_signal(&run->room);
        wake_worker(run);
    }
    pthread_mutex_unlock(&run->lock);
}

static void give_up(void *data)
{
    Run *run = data;
    PbayDriver *driver = run->x->provider->driver;
    if (!atomic_exchange(&driver->broken, true))
        pbay_log(PBAY_LOG_ERROR, "exchange",
                 "%s: its engine did not stop within %" G_GINT64_FORMAT
                 " s of being cancelled; the driver takes no new requests until the program is "
                 "restarted",
                 pbay_exchange_label(run->x), pbay_engine_grace_ms / 1000);
}

void pbay_engine_cancel(PbayExchange *x)
{
    Run *run = x->engine;
    if (atomic_exchange(&run->cancelled, true))
        return;
    pthread_mutex_lock(&run->lock);
    pthread_cond_signal(&run->room);
    wake_worker(run); /* it may have ended while the owner had paused */
    pthread_mutex_unlock(&run->lock);
    if (pbay_engines_withdraw(&run->job))
        end_unbegun(run);
    else
        pbay_loop_timer_start(run->loop, &run->grace, pbay_engine_grace_ms, give_up, run);
}

/* The worker has turned its loop for as long as a run is given; what runs now is left behind. */
void pbay_engines_free(PbayEngines *engines)
{
    if (engines == NULL)
        return;
    unsigned abandoned = pbay_engines_close(engines, 0);
    if (abandoned != 0)
        pbay_log(PBAY_LOG_ERROR, "exchange",
                 "%u engine runs did not stop when told to and are left behind; their drivers take "
                 "no new requests",
                 abandoned);
}
