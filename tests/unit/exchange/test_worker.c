/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's end: what is alive is cancelled and told, once; what starts during it too; nothing
 * leaks. */
#include "unit/exchange/rig.h"

#include "base/str.h"
#include "support/raw_server.h"

#include <string.h>

static void test_idle(void)
{
    Rig *rig = rig_new(true);
    g_assert_cmpuint(pbay_worker_alive(rig->worker), ==, 0);
    g_assert_true(pbay_worker_loop(rig->worker) == rig->loop);
    rig_free(rig);
    pbay_worker_free(NULL);
}

static void test_shutdown(void)
{
    Rig *rig = rig_new(true);
    enum { N = 20 };
    Owner owners[N];
    for (int i = 0; i < N; i++) {
        pbay_memory_reply_new(rig->transport, i % 2 == 0 ? 200 : 0);
        owner_init(&owners[i], rig);
        owner_start(&owners[i]);
    }
    rig_turns(rig, 3);
    Owner last; /* not even begun */
    owner_init(&last, rig);
    owner_start(&last);
    g_assert_cmpuint(pbay_worker_alive(rig->worker), ==, N + 1);
    rig_stop_worker(rig);
    for (int i = 0; i < N; i++) {
        g_assert_cmpuint(owners[i].done, ==, 1);
        g_assert_cmpint(owners[i].failure->cls, ==, PBAY_ERR_CANCELLED);
        g_assert_nonnull(strstr(owners[i].failure->message, "shutting down"));
        owner_clear(&owners[i]);
    }
    g_assert_cmpuint(last.done, ==, 1);
    g_assert_cmpuint(rig->calls[PBAY_OP_BEGIN], ==, N);
    g_assert_cmpuint(rig->calls[PBAY_OP_CLOSE], ==, N);
    g_assert_nonnull(strstr(rig->log->str, "on_cancel(3)"));
    owner_clear(&last);
    rig_free(rig);
}

static void start_another(Owner *owner)
{
    owner_start(owner->data);
}

static void test_start_during_shutdown(void)
{
    Rig *rig = rig_new(true);
    pbay_memory_reply_new(rig->transport, 0);
    Owner first, second;
    owner_init(&first, rig);
    owner_init(&second, rig);
    first.on_done = start_another;
    first.data = &second;
    owner_start(&first);
    rig_turns(rig, 3);
    rig_stop_worker(rig);
    g_assert_cmpuint(second.done, ==, 1);
    g_assert_cmpint(second.failure->cls, ==, PBAY_ERR_CANCELLED);
    g_assert_cmpuint(rig->calls[PBAY_OP_BEGIN], ==, 1);
    owner_clear(&first);
    owner_clear(&second);
    rig_free(rig);
}

static pb_next send_cancel(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    g_autofree char *url = g_strconcat(rig->url, "/cancel", NULL);
    rig->api->http_begin(x, PBAY_STR("POST"), pbay_str(url), 0);
    return PB_SEND;
}

/* The cancel request really leaves before the worker does. */
static void serve(RawConnection *connection, void *user)
{
    g_autoptr(GString) request = g_string_new(NULL);
    while (raw_read_request(connection, request)) {
        if (strstr(request->str, "/cancel") == NULL)
            continue; /* silence */
        raw_flag_set(user);
        raw_write(connection, "HTTP/1.1 202 OK\r\nContent-Length: 0\r\n\r\n");
    }
}

static void test_detached_leaves(void)
{
    RawFlag *cancelled = raw_flag_new();
    RawServer *server = raw_server_new(serve, cancelled);
    Rig *rig = rig_new(false);
    g_autofree char *url = raw_server_url(server, "/job");
    rig->provider->proxy = g_strdup("");
    rig->url = url;
    rig->act[PBAY_OP_CANCEL] = send_cancel;
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_turns(rig, 3);
    rig_stop_worker(rig);
    g_assert_cmpuint(owner.done, ==, 1);
    g_assert_true(raw_flag_is_set(cancelled));
    g_assert_cmpuint(rig->calls[PBAY_OP_CLOSE], ==, 1);
    owner_clear(&owner);
    rig_free(rig);
    raw_server_free(server);
    raw_flag_free(cancelled);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/worker/idle", test_idle);
    g_test_add_func("/worker/shutdown", test_shutdown);
    g_test_add_func("/worker/start-during-shutdown", test_start_during_shutdown);
    g_test_add_func("/worker/detached-leaves", test_detached_leaves);
    return g_test_run();
}
