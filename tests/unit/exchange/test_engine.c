/* SPDX-License-Identifier: Apache-2.0 */
/* Engines inside the process: order and bounds of their events, pausing, cancelling wherever a
 * run may be, failures, what services they have, the gate of `parallel`, shutdown, and one that
 * does not stop. */
#include "exchange/engine.h"

#include "base/str.h"
#include "unit/exchange/rig.h"

#include <pthread.h>
#include <string.h>

/* What run() does, and what the test learns of it. */
typedef struct Script Script;
struct Script {
    Rig *rig;
    pb_next (*run)(Script *script, pb_xchg *x, const pb_request *request);
    _Atomic(int32_t (*)(pb_xchg *)) cancelled;
    atomic_int emitted, entered, inside, most, returned;
    int events;
    pthread_mutex_t lock;
    pthread_cond_t opened;
    bool open; /* a latch runs may wait for */
};

static pb_next run(void *prov, pb_xchg *x, const pb_request *request,
                   int32_t (*cancelled)(pb_xchg *))
{
    Script *script = ((Rig *)prov)->data;
    atomic_store(&script->cancelled, cancelled);
    int inside = atomic_fetch_add(&script->inside, 1) + 1;
    int most = atomic_load(&script->most);
    while (inside > most && !atomic_compare_exchange_weak(&script->most, &most, inside))
        ;
    atomic_fetch_add(&script->entered, 1);
    pb_next next = script->run(script, x, request);
    atomic_fetch_sub(&script->inside, 1);
    atomic_fetch_add(&script->returned, 1);
    return next;
}

static pb_execute execute = {.size = sizeof execute, .run = run};

static Rig *engine_rig(Script *script, unsigned parallel)
{
    Rig *rig = rig_new(true);
    rig->ops.flags |= PB_DRIVER_EXECUTE;
    execute.parallel = parallel;
    rig->driver.execute = &execute;
    rig->data = script;
    script->rig = rig;
    pthread_mutex_init(&script->lock, NULL);
    pthread_cond_init(&script->opened, NULL);
    return rig;
}

static void open_latch(Script *script)
{
    pthread_mutex_lock(&script->lock);
    script->open = true;
    pthread_cond_broadcast(&script->opened);
    pthread_mutex_unlock(&script->lock);
}

static void await_latch(Script *script)
{
    pthread_mutex_lock(&script->lock);
    while (!script->open)
        pthread_cond_wait(&script->opened, &script->lock);
    pthread_mutex_unlock(&script->lock);
}

static void emit(Script *script, pb_xchg *x, const char *text)
{
    pb_event event = rig_text(text);
    script->rig->api->emit(x, &event);
    atomic_fetch_add(&script->emitted, 1);
}

static pb_next run_counting(Script *script, pb_xchg *x, const pb_request *request)
{
    (void)request;
    for (int i = 0; i < script->events; i++) {
        char text[32];
        g_snprintf(text, sizeof text, "%d,", i);
        emit(script, x, text);
        memset(text, '!', sizeof text); /* the copy is the core's */
    }
    return PB_DONE;
}

static void test_order(void)
{
    Script script = {.run = run_counting, .events = 5000};
    Rig *rig = engine_rig(&script, 1);
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    g_assert_cmpuint(owner.events, ==, 0);
    rig_run(rig);
    g_autoptr(GString) expected = g_string_new(NULL);
    for (int i = 0; i < 5000; i++)
        g_string_append_printf(expected, "%d,", i);
    g_assert_cmpuint(owner.done, ==, 1);
    g_assert_null(owner.failure);
    g_assert_cmpstr(owner.text->str, ==, expected->str);
    g_assert_cmpstr(rig->log->str, ==, ""); /* no op but run() */
    owner_clear(&owner);
    rig_free(rig);
}

static void pause_at_first(Owner *owner, const pb_event *event)
{
    (void)event;
    if (owner->events == 1)
        pbay_exchange_pause(owner->x, true);
    int ahead = atomic_load(&((Script *)owner->data)->emitted) - (int)owner->events;
    g_assert_cmpint(ahead, <=, PBAY_ENGINE_EVENTS);
}

static bool first_event(void *data)
{
    return ((Owner *)data)->events != 0;
}

static void test_pause(void)
{
    Script script = {.run = run_counting, .events = 1000};
    Rig *rig = engine_rig(&script, 1);
    Owner owner;
    owner_init(&owner, rig);
    owner.on_event = pause_at_first;
    owner.data = &script;
    owner_start(&owner);
    rig_turn_until(rig, first_event, &owner);
    rig_turns(rig, 50);
    g_assert_cmpuint(owner.events, ==, 1);
    g_assert_cmpint(atomic_load(&script.emitted), <=, PBAY_ENGINE_EVENTS);
    pbay_exchange_pause(owner.x, false);
    rig_run(rig);
    g_assert_cmpuint(owner.events, ==, 1000);
    g_assert_true(g_str_has_suffix(owner.text->str, ",998,999,"));
    owner_clear(&owner);
    rig_free(rig);
}

static void pause_at_each(Owner *owner, const pb_event *event)
{
    (void)event;
    int ahead = atomic_load(&((Script *)owner->data)->emitted) - (int)owner->events;
    g_assert_cmpint(ahead, <=, PBAY_ENGINE_EVENTS);
    pbay_exchange_pause(owner->x, true);
}

/* A client that takes one event at a time must not let the queue grow. */
static void test_pause_each(void)
{
    Script script = {.run = run_counting, .events = 500};
    Rig *rig = engine_rig(&script, 1);
    Owner owner;
    owner_init(&owner, rig);
    owner.on_event = pause_at_each;
    owner.data = &script;
    owner_start(&owner);
    while (owner.done == 0) {
        rig_turns(rig, 1);
        if (owner.x != NULL)
            pbay_exchange_pause(owner.x, false);
    }
    rig_run(rig);
    g_assert_cmpuint(owner.events, ==, 500);
    owner_clear(&owner);
    rig_free(rig);
}

/* run() has returned, but what it emitted is not taken yet: done waits for it. */
static bool all_returned(void *data)
{
    return atomic_load(&((Script *)data)->returned) == 1;
}

static void test_pause_at_end(void)
{
    Script script = {.run = run_counting, .events = 3};
    Rig *rig = engine_rig(&script, 1);
    Owner owner;
    owner_init(&owner, rig);
    owner.on_event = pause_at_first;
    owner.data = &script;
    owner_start(&owner);
    rig_turn_until(rig, first_event, &owner);
    rig_turns(rig, 20);
    g_assert_cmpuint(owner.done, ==, 0);
    pbay_exchange_pause(owner.x, false);
    rig_run(rig);
    g_assert_cmpuint(owner.events, ==, 3);
    g_assert_cmpuint(owner.done, ==, 1);
    owner_clear(&owner);

    owner_init(&owner, rig); /* cancelled while paused and ended */
    script.events = 1;
    atomic_store(&script.returned, 0);
    owner.on_event = pause_at_first;
    owner.data = &script;
    atomic_store(&script.emitted, 0);
    owner_start(&owner);
    rig_turn_until(rig, all_returned, &script);
    rig_turn_until(rig, first_event, &owner);
    rig_turns(rig, 20);
    if (owner.done == 0)
        pbay_exchange_cancel(owner.x, PB_CANCEL_CLIENT);
    rig_run(rig);
    g_assert_cmpuint(owner.done, ==, 1);
    owner_clear(&owner);
    rig_free(rig);
}

static pb_next run_for_ever(Script *script, pb_xchg *x, const pb_request *request)
{
    (void)request;
    while (!atomic_load(&script->cancelled)(x))
        emit(script, x, "x");
    emit(script, x, "late");
    script->rig->api->note(x, PB_NOTE_DROPPED, PBAY_STR("late"), PBAY_STR("late"));
    return PB_DONE;
}

static void test_cancel(void)
{
    Script script = {.run = run_for_ever};
    Rig *rig = engine_rig(&script, 1);
    Owner owner;
    owner_init(&owner, rig);
    owner.cancel_at_event = PB_CANCEL_CLIENT;
    owner_start(&owner);
    rig_run(rig);
    g_assert_cmpuint(owner.done, ==, 1);
    g_assert_cmpuint(owner.events, ==, 1);
    g_assert_cmpuint(owner.notes, ==, 0);
    g_assert_cmpint(owner.failure->cls, ==, PBAY_ERR_CANCELLED);
    g_assert_cmpstr(owner.text->str, ==, "x");
    owner_clear(&owner);
    rig_free(rig);
}

static pb_next run_noting(Script *script, pb_xchg *x, const pb_request *request)
{
    const pb_core_api *api = script->rig->api;
    pb_str said = api->json_str(api->json_get(request->body, PBAY_STR("say")));
    api->note(x, PB_NOTE_DROPPED, PBAY_STR("temperature"), PBAY_STR("nothing is drawn"));
    char *memory = api->alloc(x, 64);
    g_assert_nonnull(memory);
    g_assert_null(api->alloc(x, (size_t)1 << 40));
    const pb_json *parsed = api->json_parse(x, PBAY_STR("[1,2]"), 0);
    g_assert_cmpuint(api->json_len(parsed), ==, 2);
    g_assert_cmpint(api->now_ms(NULL), >, 0);
    api->log(&script->rig->core, x, PB_LOG_DEBUG, PBAY_STR("from an engine"));
    g_assert_cmpuint(api->secret(x, PBAY_STR("api-key")).len, ==, 0);
    api->http_begin(x, PBAY_STR("GET"), PBAY_STR("https://api.test/"), 0);
    pb_event event = rig_text("");
    event.text = said;
    api->emit(x, &event);
    pb_error error = {.size = sizeof error,
                      .cls = PB_ERR_CONTEXT_LENGTH,
                      .message = PBAY_STR("too long"),
                      .param = PBAY_STR("messages")};
    api->fail(x, &error);
    error.cls = PB_ERR_AUTH;
    api->fail(x, &error); /* the first one counts */
    api->emit(x, &event); /* and nothing comes after it */
    return PB_FAIL;
}

static void test_fail(void)
{
    Script script = {.run = run_noting};
    Rig *rig = engine_rig(&script, 1);
    rig_secret(rig, "api-key", "hush-hush");
    Owner owner;
    owner_init(&owner, rig);
    PbayExchangeSpec spec = owner_spec(&owner);
    spec.body = PBAY_STR("{\"say\":\"h\\u00e9\"}");
    owner_start_spec(&owner, &spec);
    rig_run(rig);
    g_assert_cmpint(owner.failure->cls, ==, PB_ERR_CONTEXT_LENGTH);
    g_assert_cmpstr(owner.failure->param, ==, "messages");
    g_assert_cmpstr(owner.text->str, ==, "h\xc3\xa9");
    g_assert_cmpuint(owner.events, ==, 1);
    g_assert_cmpuint(owner.notes, ==, 1);
    g_assert_cmpuint(owner.requests, ==, 0);
    owner_clear(&owner);
    rig_free(rig);
}

static pb_next run_failing(Script *script, pb_xchg *x, const pb_request *request)
{
    (void)script;
    (void)x;
    (void)request;
    return PB_FAIL;
}

static pb_next run_illegal(Script *script, pb_xchg *x, const pb_request *request)
{
    (void)script;
    (void)x;
    (void)request;
    return PB_SEND;
}

static pb_next run_oversized(Script *script, pb_xchg *x, const pb_request *request)
{
    (void)request;
    pb_event event = rig_text("");
    event.text = (pb_str){"x", PBAY_EXCHANGE_EVENT_MAX + 1};
    script->rig->api->emit(x, &event);
    return PB_DONE;
}

static void expect_failure(pb_next (*what)(Script *, pb_xchg *, const pb_request *), int32_t cls)
{
    Script script = {.run = what};
    Rig *rig = engine_rig(&script, 1);
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_cmpuint(owner.done, ==, 1);
    g_assert_nonnull(owner.failure);
    g_assert_cmpint(owner.failure->cls, ==, cls);
    owner_clear(&owner);
    rig_free(rig);
}

static void test_failures(void)
{
    expect_failure(run_failing, PB_ERR_PROTOCOL);
    expect_failure(run_illegal, PB_ERR_INTERNAL);
    expect_failure(run_oversized, PB_ERR_PROTOCOL);
}

static pb_next run_vector(Script *script, pb_xchg *x, const pb_request *request)
{
    (void)request;
    float numbers[3] = {1.5f, -2.0f, 0.25f};
    pb_event event = {.size = sizeof event,
                      .kind = PB_EV_VECTOR,
                      .index = 7,
                      .name = PBAY_STR("n"),
                      .vector = numbers,
                      .vector_len = 3};
    script->rig->api->emit(x, &event);
    numbers[0] = 0;
    return PB_DONE;
}

static void check_vector(Owner *owner, const pb_event *event)
{
    (void)owner;
    g_assert_cmpint(event->kind, ==, PB_EV_VECTOR);
    g_assert_cmpuint(event->index, ==, 7);
    g_assert_cmpuint(event->vector_len, ==, 3);
    g_assert_true(event->vector[0] > 1.4f && event->vector[2] < 0.3f);
}

static void test_vector(void)
{
    Script script = {.run = run_vector};
    Rig *rig = engine_rig(&script, 1);
    Owner owner;
    owner_init(&owner, rig);
    owner.on_event = check_vector;
    owner_start(&owner);
    rig_run(rig);
    g_assert_cmpuint(owner.events, ==, 1);
    owner_clear(&owner);
    rig_free(rig);
}

static pb_next run_until_two(Script *script, pb_xchg *x, const pb_request *request)
{
    (void)request;
    while (atomic_load(&script->entered) < 2 && !atomic_load(&script->cancelled)(x))
        sched_yield();
    return PB_DONE;
}

static void run_owners(Script *script, unsigned parallel, unsigned n)
{
    Rig *rig = engine_rig(script, parallel);
    Owner owners[8];
    for (unsigned i = 0; i < n; i++) {
        owner_init(&owners[i], rig);
        owner_start(&owners[i]);
    }
    rig_run(rig);
    for (unsigned i = 0; i < n; i++) {
        g_assert_cmpuint(owners[i].done, ==, 1);
        g_assert_null(owners[i].failure);
        owner_clear(&owners[i]);
    }
    g_assert_cmpint(atomic_load(&script->entered), ==, (int)n);
    rig_free(rig);
}

static void test_parallel(void)
{
    Script alone = {.run = run_counting, .events = 200};
    run_owners(&alone, 0, 6);
    g_assert_cmpint(atomic_load(&alone.most), ==, 1);
    Script two = {.run = run_until_two};
    run_owners(&two, 2, 6);
    g_assert_cmpint(atomic_load(&two.most), ==, 2);
}

static pb_next run_latched(Script *script, pb_xchg *x, const pb_request *request)
{
    (void)x;
    (void)request;
    await_latch(script);
    return PB_DONE;
}

static bool one_entered(void *data)
{
    return atomic_load(&((Script *)data)->entered) == 1;
}

/* One waits at the gate: cancelled, it ends without ever having run. */
static void test_cancel_waiting(void)
{
    Script script = {.run = run_latched};
    Rig *rig = engine_rig(&script, 1);
    Owner first, second;
    owner_init(&first, rig);
    owner_init(&second, rig);
    owner_start(&first);
    rig_turn_until(rig, one_entered, &script);
    owner_start(&second);
    rig_turns(rig, 3);
    pbay_exchange_cancel(second.x, PB_CANCEL_CLIENT);
    rig_turns(rig, 5);
    g_assert_cmpuint(second.done, ==, 1);
    g_assert_cmpuint(pbay_worker_alive(rig->worker), ==, 1);
    open_latch(&script);
    rig_run(rig);
    g_assert_cmpint(atomic_load(&script.entered), ==, 1);
    g_assert_cmpuint(first.done, ==, 1);
    g_assert_null(first.failure);
    owner_clear(&first);
    owner_clear(&second);
    rig_free(rig);
}

static bool is_broken(void *data)
{
    return atomic_load(&((Rig *)data)->driver.broken);
}

static void test_ignores_cancel(void)
{
    pbay_engine_grace_ms = 50;
    Script script = {.run = run_latched};
    Rig *rig = engine_rig(&script, 2);
    Owner owner, next;
    owner_init(&owner, rig);
    owner_init(&next, rig);
    owner_start(&owner);
    rig_turn_until(rig, one_entered, &script);
    pbay_exchange_cancel(owner.x, PB_CANCEL_CLIENT);
    rig_turns(rig, 2);
    g_assert_cmpuint(owner.done, ==, 1); /* its owner need not wait */
    rig_turn_until(rig, is_broken, rig);
    owner_start(&next);
    rig_turns(rig, 3);
    g_assert_cmpuint(next.done, ==, 1);
    g_assert_cmpint(next.failure->cls, ==, PB_ERR_INTERNAL);
    open_latch(&script);
    rig_run(rig);
    owner_clear(&owner);
    owner_clear(&next);
    rig_free(rig);
    pbay_engine_grace_ms = PBAY_ENGINE_GRACE;
}

static void test_shutdown(void)
{
    Script script = {.run = run_for_ever};
    Rig *rig = engine_rig(&script, 8);
    Owner owners[6];
    for (int i = 0; i < 6; i++) {
        owner_init(&owners[i], rig);
        owner_start(&owners[i]);
    }
    rig_turns(rig, 4);
    rig_stop_worker(rig);
    for (int i = 0; i < 6; i++) {
        g_assert_cmpuint(owners[i].done, ==, 1);
        g_assert_cmpint(owners[i].failure->cls, ==, PBAY_ERR_CANCELLED);
        owner_clear(&owners[i]);
    }
    rig_free(rig);
}

/* Pausing, cancelling and finishing at odd moments: each ends once. */
static void test_storm(void)
{
    Script script = {.run = run_counting, .events = 300};
    Rig *rig = engine_rig(&script, 4);
    g_autoptr(GRand) random = g_rand_new_with_seed(11);
    Owner owners[60];
    for (int i = 0; i < 60; i++) {
        owner_init(&owners[i], rig);
        owner_start(&owners[i]);
    }
    for (int turn = 0; turn < 3000 && pbay_worker_alive(rig->worker) != 0; turn++) {
        Owner *owner = &owners[g_rand_int_range(random, 0, 60)];
        int what = g_rand_int_range(random, 0, 8);
        if (owner->x != NULL && what < 6)
            pbay_exchange_pause(owner->x, what < 3);
        else if (owner->x != NULL && what == 7)
            pbay_exchange_cancel(owner->x, PB_CANCEL_CLIENT);
        rig_turns(rig, 1);
    }
    for (int i = 0; i < 60; i++)
        if (owners[i].x != NULL)
            pbay_exchange_pause(owners[i].x, false);
    rig_run(rig);
    for (int i = 0; i < 60; i++) {
        g_assert_cmpuint(owners[i].done, ==, 1);
        g_assert_true(owners[i].failure != NULL || owners[i].events == 300);
        owner_clear(&owners[i]);
    }
    rig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/order", test_order);
    g_test_add_func("/engine/pause", test_pause);
    g_test_add_func("/engine/pause-each", test_pause_each);
    g_test_add_func("/engine/pause-at-end", test_pause_at_end);
    g_test_add_func("/engine/cancel", test_cancel);
    g_test_add_func("/engine/fail", test_fail);
    g_test_add_func("/engine/failures", test_failures);
    g_test_add_func("/engine/vector", test_vector);
    g_test_add_func("/engine/parallel", test_parallel);
    g_test_add_func("/engine/cancel-waiting", test_cancel_waiting);
    g_test_add_func("/engine/ignores-cancel", test_ignores_cancel);
    g_test_add_func("/engine/shutdown", test_shutdown);
    g_test_add_func("/engine/storm", test_storm);
    return g_test_run();
}
