/* SPDX-License-Identifier: Apache-2.0 */
/* Many threads with one core: they run, stream, pause, stop, cancel and let go of calls while the
 * vendor fails, keys rest, places are few and the configuration is read anew. Each call ends once
 * and with its own answer; and a core that is closed ends those that wait, wherever they wait. */
#include "world.h"

#define THREADS 6
#define CALLS   50 /* of each */

/* ---- The vendor ---- */

/* "#...#" of the request, which its answer repeats. g_free. */
static char *echo_of(const StubRequest *request)
{
    const char *from = strchr(request->body->str, '#');
    g_assert_nonnull(from);
    return g_strndup(from, strcspn(from, "\""));
}

static StubScript *refusal(int status)
{
    StubScript *script = stub_json(status, "{\"error\":{\"message\":\"not now\",\"code\":null}}");
    if (status != 401)
        stub_script_header(script, "retry-after-ms", "4");
    return script;
}

static StubScript *say(const char *echo, int fate)
{
    StubScript *script = stub_script_new(200, "text/event-stream");
    if (fate == 1) {
        stub_script_text(script, "data: {\"error\":{\"message\":\"overloaded\",\"code\":503}}\n\n");
        return script;
    }
    world_delta(script, echo);
    if (fate == 2) {
        stub_script_cut(script);
        return script;
    }
    stub_script_wait(script, 1);
    world_delta(script, "!");
    world_stop(script);
    return script;
}

static StubScript *flaky(void *user, const StubRequest *request)
{
    static const int refusals[] = {503, 429, 500, 401};
    GRand *chance = user; /* of the stub's thread */
    g_autofree char *echo = echo_of(request);
    int fate = g_rand_int_range(chance, 0, 100);
    if (fate < 20)
        return refusal(refusals[fate % (int)G_N_ELEMENTS(refusals)]);
    if (fate < 23) {
        StubScript *script = stub_script_new(200, "application/json");
        stub_script_reset(script);
        return script;
    }
    if (strstr(request->body->str, "\"stream\":true") != NULL)
        return say(echo, fate < 28 ? 1 : fate < 33 ? 2 : 0);
    g_autofree char *text = g_strdup_printf(
        "{\"id\":\"c\",\"object\":\"chat.completion\",\"model\":\"m\",\"choices\":[{\"index\":0,"
        "\"message\":{\"role\":\"assistant\",\"content\":\"%s\"},\"finish_reason\":\"stop\"}]}",
        echo);
    return stub_json(200, text);
}

/* ---- The callers ---- */

typedef struct Caller {
    World *world;
    patchbay *pb;
    GRand *chance;
    pthread_t thread;
    unsigned served, failed, cancelled;
} Caller;

static int pause_within(Watch *watch, patchbay_call *call)
{
    (void)watch;
    patchbay_call_resume(call); /* heard after the pause has begun */
    return PATCHBAY_PAUSE;
}

static int stop_within(Watch *watch, patchbay_call *call)
{
    (void)call;
    return watch_chunks(watch) >= 2 ? PATCHBAY_STOP : PATCHBAY_GO_ON;
}

static void judge(Caller *caller, const Watch *watch, const char *echo, bool stream)
{
    const patchbay_error *error = patchbay_result_error(watch->result);
    if (error == NULL) {
        assert_holds(stream ? watch->text->str : patchbay_result_answer(watch->result), echo);
        caller->served++;
    } else if (patchbay_error_class(error) == PATCHBAY_ERR_CANCELLED) {
        caller->cancelled++;
    } else {
        caller->failed++;
    }
}

static void one_call(Caller *caller, int n)
{
    int way = g_rand_int_range(caller->chance, 0, 12);
    bool stream = g_rand_boolean(caller->chance);
    Watch *watch = watch_new();
    g_autofree char *echo = g_strdup_printf("#%p-%d#", (void *)caller, n);
    g_autofree char *json =
        g_strdup_printf("{\"model\":\"m\",\"stream\":%s,\"messages\":[{\"role\":\"user\","
                        "\"content\":\"%s\"}]}",
                        stream ? "true" : "false", echo);
    patchbay_request *request = patchbay_request_new("chat", json);
    watch->next = way == 0 ? stop_within : way < 3 ? pause_within : NULL;
    watch_submit(watch, caller->pb, request);
    if (way == 3)
        patchbay_call_cancel(watch->call);
    if (way == 4) {
        g_usleep((gulong)g_rand_int_range(caller->chance, 0, 4000));
        patchbay_call_cancel(watch->call);
    }
    if (way == 5)
        patchbay_free(patchbay_explain(caller->pb, request, NULL));
    patchbay_request_free(request);
    watch_end(watch);
    judge(caller, watch, echo, stream);
    watch_free(watch);
}

static void *caller_run(void *data)
{
    Caller *caller = data;
    for (int n = 0; n < CALLS; n++)
        one_call(caller, n);
    return NULL;
}

/* ---- The configuration, in turns ---- */

static void write_conf(const World *world, int n)
{
    g_autofree char *url = stub_url(world->stub, "/v1");
    g_autofree char *text = g_strdup_printf(
        "[provider acme]\ndriver = openai\nbase-url = %s\napi-key = "
        "sk-acme-%d111111;sk-acme-222222\n"
        "[provider bolt]\ndriver = openai\nbase-url = %s\napi-key = sk-bolt-333333\n"
        "[model m]\ntargets = acme/one;bolt/two\nretries = %d\nstrategy = %s\n"
        "[limits acme]\nparallel = %d\nqueue = 100\nqueue-timeout = 20s\n%s",
        url, n % 3, url, n % 2, n % 2 == 0 ? "order" : "weighted", 2 + n % 3,
        n % 5 == 4 ? "[nonsense]\na = b\n" : "");
    g_free(world_file(world, "conf.d/acme.conf", text));
}

typedef struct Reloads {
    World *world;
    patchbay *pb;
    atomic_bool enough;
    unsigned done, refused;
} Reloads;

static void *reload_run(void *data)
{
    Reloads *reloads = data;
    for (int n = 0; !atomic_load(&reloads->enough); n++) {
        char *health;
        write_conf(reloads->world, n);
        if (patchbay_reload(reloads->pb, NULL) == 0)
            reloads->done++;
        else
            reloads->refused++;
        health = patchbay_health(reloads->pb, "m", NULL);
        assert_holds(health, "bolt/two");
        patchbay_free(health);
    }
    return NULL;
}

/* Every row says busy 0, and so do its limits. */
static void assert_idle(patchbay *pb)
{
    char *health = patchbay_health(pb, NULL, NULL);
    for (const char *at = health; (at = strstr(at, "\"busy\":")) != NULL; at++)
        g_assert_cmpint(at[strlen("\"busy\":")], ==, '0');
    for (const char *at = health; (at = strstr(at, "\"waiting\":")) != NULL; at++)
        g_assert_cmpint(at[strlen("\"waiting\":")], ==, '0');
    patchbay_free(health);
}

static void test_storm(void)
{
    World *world = world_new();
    GRand *vendor = g_rand_new_with_seed(5);
    Caller callers[THREADS] = {0};
    unsigned served = 0, failed = 0, cancelled = 0;
    stub_free(world->stub);
    world->stub = stub_new(flaky, vendor);
    stub_forget(world->stub);
    write_conf(world, 0);
    Reloads reloads = {.world = world, .pb = world_open(world)};
    pthread_t reloader;
    for (size_t i = 0; i < THREADS; i++) {
        callers[i] = (Caller){
            .world = world, .pb = reloads.pb, .chance = g_rand_new_with_seed((guint32)(31 + i))};
        g_assert_cmpint(pthread_create(&callers[i].thread, NULL, caller_run, &callers[i]), ==, 0);
    }
    g_assert_cmpint(pthread_create(&reloader, NULL, reload_run, &reloads), ==, 0);
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(callers[i].thread, NULL);
        g_rand_free(callers[i].chance);
        served += callers[i].served;
        failed += callers[i].failed;
        cancelled += callers[i].cancelled;
    }
    atomic_store(&reloads.enough, true);
    pthread_join(reloader, NULL);
    g_assert_cmpuint(served + failed + cancelled, ==, THREADS * CALLS);
    g_assert_cmpuint(served, >, THREADS * CALLS / 4);
    g_assert_cmpuint(cancelled, >, 0);
    g_assert_cmpuint(reloads.done, >, 0);
    g_test_message("%u served, %u failed, %u cancelled, %u reloads, %u refused", served, failed,
                   cancelled, reloads.done, reloads.refused);
    assert_idle(reloads.pb);
    patchbay_close(reloads.pb);
    world_free(world);
    g_rand_free(vendor);
}

/* ---- Closing ---- */

typedef struct Waits {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned waiting;
} Waits;

static void on_watch(void *user, const char *event, size_t len)
{
    Waits *waits = user;
    g_assert_cmpuint(strlen(event), ==, len);
    pthread_mutex_lock(&waits->lock);
    waits->waiting += strstr(event, "\"event\":\"waiting\"") != NULL;
    pthread_cond_broadcast(&waits->changed);
    pthread_mutex_unlock(&waits->lock);
}

static StubScript *busy(void *user, const StubRequest *request)
{
    (void)user;
    StubScript *script;
    if (strstr(request->body->str, "\"stall\"") != NULL) {
        script = stub_script_new(200, "application/json");
        stub_script_stall(script);
        return script;
    }
    script = stub_json(429, "{\"error\":{\"message\":\"later\",\"code\":null}}");
    stub_script_header(script, "retry-after", "50");
    return script;
}

/* Calls in a backoff, in a queue, at the head of it and under way; the configuration that they go
 * by is gone meanwhile. */
static void test_close_while_waiting(void)
{
    static const char *const models[] = {"acme/stall", "acme/stall", "acme/stall", "acme/later",
                                         "acme/later"};
    enum { N = G_N_ELEMENTS(models), WAITING = N - 1 };
    World *world = world_new();
    Waits waits = {.waiting = 0};
    Watch *watches[N];
    pthread_mutex_init(&waits.lock, NULL);
    pthread_cond_init(&waits.changed, NULL);
    stub_free(world->stub);
    world->stub = stub_new(busy, NULL);
    world_provider(world, "api-key = sk-acme-111111\n[limits acme/stall]\nparallel = 1\nqueue = 5\n"
                          "queue-timeout = 100s\n");
    patchbay *pb = world_open(world);
    for (size_t i = 0; i < N; i++) {
        patchbay_request *request = chat(models[i], "");
        patchbay_request_watch(request, on_watch, &waits);
        watches[i] = watch_new();
        watch_submit(watches[i], pb, request);
        patchbay_request_free(request);
    }
    pthread_mutex_lock(&waits.lock);
    while (waits.waiting < WAITING)
        pthread_cond_wait(&waits.changed, &waits.lock);
    pthread_mutex_unlock(&waits.lock);
    world_provider(world, "api-key = sk-acme-222222\n");
    g_assert_cmpint(patchbay_reload(pb, NULL), ==, 0);
    patchbay_close(pb);
    for (size_t i = 0; i < N; i++) {
        g_assert_cmpuint(watches[i]->done, ==, 1);
        assert_result_failed(watches[i]->result, PATCHBAY_ERR_CANCELLED, "shutting down");
        watch_free(watches[i]);
    }
    pthread_cond_destroy(&waits.changed);
    pthread_mutex_destroy(&waits.lock);
    world_free(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/api/threads/storm", test_storm);
    g_test_add_func("/api/threads/close-while-waiting", test_close_while_waiting);
    return g_test_run();
}
