/* SPDX-License-Identifier: Apache-2.0 */
/* Calls under way: submitted from many threads, cancelled from everywhere and at any moment,
 * paused while the vendor goes on sending. Each ends exactly once. */
#include "world.h"

#include "support/raw_server.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

typedef struct Fixture {
    World *world;
    patchbay *pb;
    Watch *watch;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
    (void)data;
    f->world = world_new();
    f->pb = world_open(f->world);
    f->watch = watch_new();
}

static void tear_down(Fixture *f, gconstpointer data)
{
    (void)data;
    watch_free(f->watch);
    patchbay_close(f->pb);
    world_free(f->world);
}

static void submit(Fixture *f, const char *model, bool stream)
{
    patchbay_request *request = chat(model, stream ? ",\"stream\":true" : "");
    watch_submit(f->watch, f->pb, request);
    patchbay_request_free(request);
}

static void assert_cancelled(Fixture *f)
{
    watch_end(f->watch);
    assert_result_failed(f->watch->result, PATCHBAY_ERR_CANCELLED, "cancelled");
    g_assert_cmpint(patchbay_error_exit_code(patchbay_result_error(f->watch->result)), ==, 5);
}

static void test_no_callbacks(Fixture *f, gconstpointer data)
{
    patchbay_request *request = chat("acme/hello", ",\"stream\":true");
    patchbay_call *call = patchbay_submit(f->pb, request, NULL, NULL, NULL, NULL);
    (void)data;
    g_assert_nonnull(call);
    patchbay_call_wait(call);
    patchbay_call_wait(call);
    patchbay_call_free(call);
    call = patchbay_submit(f->pb, request, NULL, NULL, NULL, NULL);
    patchbay_call_free(call); /* goes on without its handle */
    patchbay_call_free(NULL);
    patchbay_request_free(request);
    submit(f, "acme/hello", false);
    watch_end(f->watch);
    g_assert_true(stub_wait_requests(f->world->stub, 3));
}

static void test_cut(Fixture *f, gconstpointer data)
{
    (void)data;
    submit(f, "acme/cut", true);
    watch_end(f->watch);
    assert_result_failed(f->watch->result, PATCHBAY_ERR_UPSTREAM, "");
    g_assert_cmpint(patchbay_error_retryable(patchbay_result_error(f->watch->result)), ==, 1);
    assert_holds(f->watch->text->str, "Hello");
}

/* ---- Cancel ---- */

static void test_cancel_from_another_thread(Fixture *f, gconstpointer data)
{
    (void)data;
    submit(f, "acme/stall", true);
    watch_await_chunks(f->watch, 1);
    patchbay_call_cancel(f->watch->call);
    assert_cancelled(f);
    g_assert_true(stub_wait_open(f->world->stub, 0)); /* the upstream is closed */
}

static void test_cancel_at_once(Fixture *f, gconstpointer data)
{
    (void)data;
    for (int i = 0; i < 50; i++) {
        submit(f, i % 2 == 0 ? "acme/stall" : "eliza/doctor", i % 3 == 0);
        patchbay_call_cancel(f->watch->call);
        patchbay_call_cancel(f->watch->call);
        watch_end(f->watch);
        if (i % 2 == 0)
            assert_cancelled(f);
        watch_free(f->watch);
        f->watch = watch_new();
    }
    g_assert_true(stub_wait_open(f->world->stub, 0));
}

static void test_cancel_after_done(Fixture *f, gconstpointer data)
{
    (void)data;
    submit(f, "acme/hello", false);
    watch_end(f->watch);
    patchbay_call_cancel(f->watch->call);
    patchbay_call_resume(f->watch->call);
    assert_ok(patchbay_result_error(f->watch->result));
    watch_end(f->watch);
}

static int cancel_within(Watch *watch, patchbay_call *call)
{
    (void)watch;
    patchbay_call_cancel(call); /* runs in the next turn: a few chunks may still come */
    return PATCHBAY_GO_ON;
}

static void test_cancel_from_a_callback(Fixture *f, gconstpointer data)
{
    (void)data;
    f->watch->next = cancel_within;
    submit(f, "acme/stall", true);
    assert_cancelled(f);
}

static int stop(Watch *watch, patchbay_call *call)
{
    (void)watch;
    (void)call;
    return PATCHBAY_STOP;
}

static void test_stop(Fixture *f, gconstpointer data)
{
    (void)data;
    f->watch->next = stop;
    submit(f, "acme/hello", true);
    assert_cancelled(f);
    g_assert_cmpuint(f->watch->chunks, ==, 1);
}

static int pause_once(Watch *watch, patchbay_call *call)
{
    (void)call;
    watch->next = NULL;
    return PATCHBAY_PAUSE;
}

static void test_cancel_while_paused(Fixture *f, gconstpointer data)
{
    static const char *const models[] = {"acme/stall", "eliza/doctor"};
    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(models); i++) {
        f->watch->next = pause_once;
        submit(f, models[i], true);
        watch_await_chunks(f->watch, 1);
        patchbay_call_cancel(f->watch->call);
        assert_cancelled(f);
        watch_free(f->watch);
        f->watch = watch_new();
    }
}

/* ---- Pause ---- */

/* At each chunk, to be resumed by another thread. */
static int always_pause(Watch *watch, patchbay_call *call)
{
    (void)watch;
    (void)call;
    return PATCHBAY_PAUSE;
}

static void *resume_each(void *data)
{
    Watch *watch = data;
    unsigned seen = 0;
    pthread_mutex_lock(&watch->lock);
    while (watch->done == 0) {
        while (watch->chunks == seen && watch->done == 0)
            pthread_cond_wait(&watch->changed, &watch->lock);
        seen = watch->chunks;
        pthread_mutex_unlock(&watch->lock);
        patchbay_call_resume(watch->call);
        pthread_mutex_lock(&watch->lock);
    }
    pthread_mutex_unlock(&watch->lock);
    return NULL;
}

static void test_pause_and_resume(Fixture *f, gconstpointer data)
{
    static const char *const models[] = {"acme/hello", "eliza/doctor"};
    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(models); i++) {
        pthread_t thread;
        f->watch->next = always_pause;
        submit(f, models[i], true);
        g_assert_cmpint(pthread_create(&thread, NULL, resume_each, f->watch), ==, 0);
        watch_end(f->watch);
        pthread_join(thread, NULL);
        assert_ok(patchbay_result_error(f->watch->result));
        assert_holds(f->watch->text->str, "\"finish_reason\":\"stop\"");
        watch_free(f->watch);
        f->watch = watch_new();
    }
}

/* A vendor that sends as fast as it may, and says when nothing more goes. */
#define FLOOD_EVENTS 20000u

typedef struct Flood {
    RawFlag *full; /* nothing more fits */
    atomic_size_t sent;
} Flood;

static bool send_all(Flood *flood, int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        if (n > 0) {
            atomic_fetch_add(&flood->sent, (size_t)n);
            text += n;
            len -= (size_t)n;
        } else if (errno != EAGAIN) {
            return false;
        } else if (poll(&p, 1, 500) == 0) {
            raw_flag_set(flood->full); /* half a second without room: the reader has stopped */
            if (poll(&p, 1, 60000) != 1)
                return false;
        }
    }
    return true;
}

static void flood(RawConnection *connection, void *user)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                               "Connection: close\r\n\r\n";
    g_autoptr(GString) request = g_string_new(NULL);
    g_autofree char *padding = g_strnfill(900, 'x');
    g_autofree char *event = g_strdup_printf(
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"}}]}\n\n",
        padding);
    bool alive =
        raw_read_request(connection, request) && send_all(user, connection->fd, head, strlen(head));
    for (unsigned i = 0; alive && i < FLOOD_EVENTS; i++)
        alive = send_all(user, connection->fd, event, strlen(event));
    if (alive)
        raw_write(connection, "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},"
                              "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
}

/* 19 MB are on their way; while paused the library takes no more than socket buffers hold. */
static void test_back_pressure(Fixture *f, gconstpointer data)
{
    Flood state = {.full = raw_flag_new()};
    RawServer *server = raw_server_new(flood, &state);
    g_autofree char *url = raw_server_url(server, "/v1");
    patchbay_request *request = chat("acme/hello", ",\"stream\":true");
    size_t sent;
    (void)data;
    patchbay_request_base_url(request, url);
    f->watch->next = pause_once;
    watch_submit(f->watch, f->pb, request);
    watch_await_chunks(f->watch, 1);
    g_assert_true(raw_flag_wait(state.full));
    sent = atomic_load(&state.sent);
    g_assert_cmpuint(sent, <, FLOOD_EVENTS * 900u * 3 / 4);
    g_assert_cmpuint(watch_chunks(f->watch), <, 1000); /* only what had been read */
    patchbay_call_resume(f->watch->call);
    watch_end(f->watch);
    assert_ok(patchbay_result_error(f->watch->result));
    g_assert_cmpuint(f->watch->chunks, >=, FLOOD_EVENTS);
    patchbay_request_free(request);
    raw_server_free(server);
    raw_flag_free(state.full);
}

/* ---- Many at once ---- */

#define THREADS 6
#define EACH    40

static void *submit_many(void *data)
{
    static const char *const models[] = {"acme/hello", "acme/stall", "acme/limited",
                                         "eliza/doctor"};
    patchbay *pb = data;
    Watch *watches[EACH];
    for (size_t i = 0; i < EACH; i++) {
        patchbay_request *request = chat(models[i % 4], i % 2 == 0 ? ",\"stream\":true" : "");
        watches[i] = watch_new();
        watch_submit(watches[i], pb, request);
        patchbay_request_free(request);
        if (i % 4 == 1)
            patchbay_call_cancel(watches[i]->call);
    }
    for (size_t i = 0; i < EACH; i++) {
        watch_end(watches[i]);
        if (i % 4 == 0 || i % 4 == 3)
            assert_ok(patchbay_result_error(watches[i]->result));
        if (i % 4 == 1)
            assert_result_failed(watches[i]->result, PATCHBAY_ERR_CANCELLED, "");
        if (i % 4 == 2)
            assert_result_failed(watches[i]->result, PATCHBAY_ERR_RATE_LIMIT, "");
        watch_free(watches[i]);
    }
    return NULL;
}

static void test_many(Fixture *f, gconstpointer data)
{
    pthread_t threads[THREADS];
    (void)data;
    for (int i = 0; i < THREADS; i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, submit_many, f->pb), ==, 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* A call is submitted from the callback of another. */
static void chain(void *user, patchbay_call *call, const patchbay_result *result)
{
    Fixture *f = user;
    (void)call;
    assert_ok(patchbay_result_error(result));
    submit(f, "acme/hello", false);
}

static void test_submit_from_done(Fixture *f, gconstpointer data)
{
    patchbay_request *request = chat("eliza/doctor", "");
    patchbay_call *call = patchbay_submit(f->pb, request, NULL, chain, f, NULL);
    (void)data;
    patchbay_call_wait(call); /* done has run: the second is there */
    watch_end(f->watch);
    assert_ok(patchbay_result_error(f->watch->result));
    patchbay_call_free(call);
    patchbay_request_free(request);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, fn) g_test_add("/api/call/" name, Fixture, NULL, set_up, fn, tear_down)
    ADD("no-callbacks", test_no_callbacks);
    ADD("cut", test_cut);
    ADD("cancel-from-another-thread", test_cancel_from_another_thread);
    ADD("cancel-at-once", test_cancel_at_once);
    ADD("cancel-after-done", test_cancel_after_done);
    ADD("cancel-from-a-callback", test_cancel_from_a_callback);
    ADD("stop", test_stop);
    ADD("cancel-while-paused", test_cancel_while_paused);
    ADD("pause-and-resume", test_pause_and_resume);
    ADD("back-pressure", test_back_pressure);
    ADD("many", test_many);
    ADD("submit-from-done", test_submit_from_done);
    return g_test_run();
}
