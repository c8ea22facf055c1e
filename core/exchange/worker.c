/* SPDX-License-Identifier: Apache-2.0 */
/* A worker: a loop, a transport on it, the arena of ops, and the list of exchanges alive on it.
 * Belongs to the thread that turns its loop. It starts nothing by itself; shutting down is the
 * one time that it turns the loop. */
#include "exchange/curl_transport.h"
#include "exchange/internal.h"

#include "observe/log.h"

/* How long shutdown waits for cancel requests, and for engines to notice. */
#define SHUTDOWN_DETACHED 5000
#define SHUTDOWN_ENGINES  10000

PbayWorker *pbay_worker_new(const PbayWorkerSpec *spec, GError **error)
{
    PbayTransport *transport = spec->transport;
    if (transport == NULL)
        transport = pbay_curl_transport_new(spec->loop, error);
    if (transport == NULL)
        return NULL;
    PbayWorker *worker = g_new0(PbayWorker, 1);
    worker->loop = spec->loop;
    worker->transport = transport;
    worker->scratch = pbay_arena_new(PBAY_EXCHANGE_MEMORY_MAX);
    return worker;
}

static bool engines_alive(const PbayWorker *worker)
{
    for (const PbayExchange *x = worker->first; x != NULL; x = x->next)
        if (x->engine != NULL)
            return true;
    return false;
}

static void cancel_all(PbayWorker *worker)
{
    for (PbayExchange *x = worker->first; x != NULL; x = x->next)
        pbay_machine_cancel(x, PB_CANCEL_SHUTDOWN); /* unlinks nothing before the turn's end */
}

/* Turns until nothing is alive or time is up. */
static void turn_until(PbayWorker *worker, int64_t end, bool engines)
{
    int64_t left = end - pbay_loop_now(worker->loop);
    while (left > 0 && worker->alive != 0 && (!engines || engines_alive(worker))) {
        if (!pbay_loop_turn(worker->loop, (int)left))
            return;
        left = end - pbay_loop_now(worker->loop);
    }
}

static void close_transfers(PbayWorker *worker)
{
    for (PbayExchange *x = worker->first; x != NULL; x = x->next) {
        pbay_flight_drop(x, true);
        pbay_exchange_settle(x);
    }
}

void pbay_worker_free(PbayWorker *worker)
{
    if (worker == NULL)
        return;
    worker->stopping = true;
    int64_t start = pbay_loop_now(worker->loop);
    cancel_all(worker);
    turn_until(worker, start + SHUTDOWN_DETACHED, false);
    close_transfers(worker);
    turn_until(worker, start + SHUTDOWN_ENGINES, true);
    pbay_engines_free(worker->engines);
    worker->engines = NULL;
    pbay_loop_turn(worker->loop, 0);
    worker->transport->free(worker->transport);
    if (worker->alive != 0) {
        pbay_log(PBAY_LOG_ERROR, "exchange",
                 "%zu engine runs did not stop within %d ms and are left behind with their memory",
                 worker->alive, SHUTDOWN_ENGINES);
        return; /* their threads still hold it */
    }
    pbay_arena_free(worker->scratch);
    g_free(worker);
}

PbayLoop *pbay_worker_loop(PbayWorker *worker)
{
    return worker->loop;
}

size_t pbay_worker_alive(const PbayWorker *worker)
{
    return worker->alive;
}
