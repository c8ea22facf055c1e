/* SPDX-License-Identifier: Apache-2.0 */
/* Runs at Replicate that nobody waits for any more: whoever leaves, or whose time is up, has the
 * run canceled at the vendor, since it would go on and cost. */
#include "e2e/command.h"
#include "stub/stub.h"

#include <signal.h>
#include <string.h>

#define KEY "r8_right_key_0001"

/* A vendor whose runs never end, and what it saw of their end. */
typedef struct Endless {
    Stub *stub;
    Box *box;
    GMutex lock;
    GCond changed;
    unsigned polls, cancels, streams;
    bool streamed; /* it offers a stream, which says one piece and no more */
} Endless;

static StubScript *running(const Endless *endless, const StubRequest *request)
{
    const char *host = g_hash_table_lookup(request->headers, "host");
    g_autofree char *json = g_strdup_printf(
        "{\"id\":\"run1\",\"status\":\"processing\",\"output\":null,\"urls\":{\"get\":"
        "\"http://%s/v1/predictions/run1\"%s%s%s}}",
        host, endless->streamed ? ",\"stream\":\"http://" : "", endless->streamed ? host : "",
        endless->streamed ? "/streams/run1\"" : "");

    return stub_json(200, json);
}

static StubScript *handle(void *user, const StubRequest *request)
{
    Endless *endless = user;
    const char *given = g_hash_table_lookup(request->headers, "authorization");
    StubScript *script;

    if (g_strcmp0(given, "Bearer " KEY) != 0)
        return stub_json(401, "{\"detail\":\"no token\"}");
    g_mutex_lock(&endless->lock);
    if (strcmp(request->target, "/v1/predictions/run1/cancel") == 0 &&
        strcmp(request->method, "POST") == 0)
        endless->cancels++;
    else if (strcmp(request->target, "/v1/predictions/run1") == 0)
        endless->polls++;
    else if (strcmp(request->target, "/streams/run1") == 0)
        endless->streams++;
    g_cond_broadcast(&endless->changed);
    g_mutex_unlock(&endless->lock);
    if (strcmp(request->target, "/streams/run1") != 0)
        return running(endless, request);
    script = stub_script_new(200, "text/event-stream");
    stub_script_text(script, "event: output\ndata: The first piece\n\n");
    stub_script_stall(script);
    return script;
}

static Endless *endless_new(bool streamed)
{
    Endless *endless = g_new0(Endless, 1);
    g_autofree char *url = NULL, *conf = NULL;

    g_mutex_init(&endless->lock);
    g_cond_init(&endless->changed);
    endless->streamed = streamed;
    endless->stub = stub_new(handle, endless);
    endless->box = box_new();
    url = stub_url(endless->stub, "/v1");
    conf = g_strdup_printf(
        "[provider replicate]\nbase-url = %s\napi-key = " KEY "\npoll-interval = 100ms\n", url);
    box_conf(endless->box, "replicate", conf);
    return endless;
}

static void endless_free(Endless *endless)
{
    stub_free(endless->stub);
    box_free(endless->box);
    g_mutex_clear(&endless->lock);
    g_cond_clear(&endless->changed);
    g_free(endless);
}

/* Until it has counted that many; fails after 10 s. */
static void await_count(Endless *endless, const unsigned *count, unsigned n)
{
    gint64 until = g_get_monotonic_time() + 10 * G_TIME_SPAN_SECOND;
    bool seen = true;

    g_mutex_lock(&endless->lock);
    while (*count < n && seen)
        seen = g_cond_wait_until(&endless->changed, &endless->lock, until);
    g_mutex_unlock(&endless->lock);
    g_assert_true(seen);
}

static void test_client_leaves_polls(void)
{
    Endless *endless = endless_new(false);
    Process *process = box_start(endless->box, "chat", "-m", "replicate/acme/bot", "hi", NULL);
    g_autoptr(Run) run = NULL;

    await_count(endless, &endless->polls, 2);
    process_signal(process, SIGINT);
    run = process_end(process);
    g_assert_cmpint(run->code, !=, 0);
    await_count(endless, &endless->cancels, 1);
    endless_free(endless);
}

static void test_client_leaves_stream(void)
{
    Endless *endless = endless_new(true);
    Process *process = box_start(endless->box, "chat", "-m", "replicate/acme/bot", "hi", NULL);
    g_autoptr(Run) run = NULL;

    process_await(process, "The first piece");
    process_signal(process, SIGINT);
    run = process_end(process);
    g_assert_cmpint(run->code, !=, 0);
    await_count(endless, &endless->cancels, 1);
    endless_free(endless);
}

static void test_time_is_up(void)
{
    Endless *endless = endless_new(false);
    g_autoptr(Run) run = box_run(endless->box, NULL, "chat", "-m", "replicate/acme/bot",
                                 "--no-stream", "--timeout", "600ms", "hi", NULL);

    g_assert_cmpint(run->code, !=, 0);
    assert_contains(run->err, "600 ms");
    await_count(endless, &endless->cancels, 1);
    endless_free(endless);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/replicate/client-leaves/polls", test_client_leaves_polls);
    g_test_add_func("/replicate/client-leaves/stream", test_client_leaves_stream);
    g_test_add_func("/replicate/time-is-up", test_time_is_up);
    return g_test_run();
}
