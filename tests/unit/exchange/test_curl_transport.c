/* SPDX-License-Identifier: Apache-2.0 */
/* The life of transfers over real sockets: reuse of connections, abort, drain, pause, from
 * within callbacks and from outside; a name that does not resolve, a port nobody listens on, a
 * certificate nobody vouches for. */
#include "unit/exchange/fetch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define OK_5 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

static void serve_forever(RawConnection *connection, void *user)
{
    (void)user;
    g_autoptr(GString) request = g_string_new(NULL);
    while (raw_read_request(connection, request))
        raw_write(connection, OK_5);
}

static void test_keep_alive(void)
{
    Bench *bench = bench_new(serve_forever, NULL);
    for (int i = 0; i < 20; i++) {
        Fetch fetch;
        fetch_init(&fetch, bench, "/");
        fetch_run(&fetch);
        g_assert_cmpuint(fetch.ends, ==, 1);
        g_assert_cmpint(fetch.status, ==, 200);
        g_assert_cmpstr(fetch.body->str, ==, "hello");
        fetch_clear(&fetch);
    }
    g_assert_cmpuint(raw_server_accepted(bench->server), ==, 1);
    bench_free(bench);
}

/* Answers once a connection, then closes it: the pool must not hand out the dead one. */
static void serve_once(RawConnection *connection, void *user)
{
    g_autoptr(GString) request = g_string_new(NULL);
    if (raw_read_request(connection, request))
        raw_write(connection, OK_5);
    shutdown(connection->fd, SHUT_RDWR);
    raw_flag_set(user);
}

static void test_closed_in_pool(void)
{
    for (int i = 0; i < 2; i++) {
        RawFlag *closed = raw_flag_new();
        Bench *bench = bench_new(serve_once, closed);
        for (int j = 0; j < 3; j++) {
            Fetch fetch;
            fetch_init(&fetch, bench, "/");
            fetch_run(&fetch);
            g_assert_cmpuint(fetch.ends, ==, 1);
            fetch_clear(&fetch);
            bench_until(bench, flag_is_set, closed);
            if (i == 1) /* the loop sees the end of the idle connection before the next request */
                g_assert_true(pbay_loop_turn(bench->loop, 0));
        }
        g_assert_cmpuint(raw_server_accepted(bench->server), ==, 3);
        bench_free(bench);
        raw_flag_free(closed);
    }
}

static void start_next(Fetch *fetch)
{
    fetch_start(fetch->data);
}

static void test_start_from_callback(void)
{
    Bench *bench = bench_new(serve_forever, NULL);
    Fetch first, second, third;
    fetch_init(&first, bench, "/1");
    fetch_init(&second, bench, "/2");
    fetch_init(&third, bench, "/3");
    first.data = &second;
    first.at_bytes = start_next;
    second.data = &third;
    second.at_end = start_next;
    fetch_run(&first);
    bench_until(bench, fetch_is_over, &second);
    bench_until(bench, fetch_is_over, &third);
    g_assert_cmpstr(third.body->str, ==, "hello");
    fetch_clear(&first);
    fetch_clear(&second);
    fetch_clear(&third);
    bench_free(bench);
}

/* Sends a head and some bytes, then waits for the client to go. */
static void serve_endless(RawConnection *connection, void *user)
{
    g_autoptr(GString) request = g_string_new(NULL);
    if (!raw_read_request(connection, request))
        return;
    raw_write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nsome bytes");
    g_assert_true(raw_wait_closed(connection));
    raw_flag_set(user);
}

static bool has_bytes(void *data)
{
    return ((Fetch *)data)->chunks != 0;
}

static void test_abort(void)
{
    RawFlag *closed = raw_flag_new();
    Bench *bench = bench_new(serve_endless, closed);
    Fetch fetch;
    fetch_init(&fetch, bench, "/");
    fetch_start(&fetch);
    bench_until(bench, has_bytes, &fetch);
    fetch_abort(&fetch);
    /* At once: not even a turn of the loop is needed. */
    g_assert_true(raw_flag_wait(closed));
    g_assert_cmpuint(fetch.ends + fetch.failures, ==, 0);
    fetch_clear(&fetch);
    bench_free(bench);
    raw_flag_free(closed);
}

static void test_abort_from_callback(void)
{
    for (int at = 0; at < 2; at++) {
        RawFlag *closed = raw_flag_new();
        Bench *bench = bench_new(serve_endless, closed);
        Fetch fetch;
        fetch_init(&fetch, bench, "/");
        if (at == 0)
            fetch.at_head = fetch_abort;
        else
            fetch.at_bytes = fetch_abort;
        fetch_run(&fetch);
        g_assert_true(raw_flag_wait(closed));
        g_assert_cmpuint(fetch.ends + fetch.failures, ==, 0);
        fetch_clear(&fetch);
        bench_free(bench);
        raw_flag_free(closed);
    }
}

static void test_abort_before_start(void)
{
    Bench *bench = bench_new(serve_forever, NULL);
    Fetch fetch;
    fetch_init(&fetch, bench, "/");
    fetch_start(&fetch);
    fetch_abort(&fetch);
    for (int i = 0; i < 3; i++)
        g_assert_true(pbay_loop_turn(bench->loop, 0));
    g_assert_cmpuint(raw_server_accepted(bench->server), ==, 0);
    fetch_clear(&fetch);
    bench_free(bench);
}

static void abort_other(Fetch *fetch)
{
    Fetch *other = fetch->data;
    if (other->transfer != NULL)
        fetch_abort(other);
}

static void serve_slowly(RawConnection *connection, void *user)
{
    (void)user;
    g_autoptr(GString) request = g_string_new(NULL);
    if (!raw_read_request(connection, request))
        return;
    raw_write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nsome bytes");
    raw_wait_closed(connection);
}

static void test_abort_each_other(void)
{
    Bench *bench = bench_new(serve_slowly, NULL);
    Fetch fetches[8];
    for (int i = 0; i < 8; i++) {
        fetch_init(&fetches[i], bench, "/");
        fetches[i].data = &fetches[i ^ 1];
        fetches[i].at_head = abort_other;
        fetch_start(&fetches[i]);
    }
    /* Of each pair one survives. */
    for (int i = 0; i < 8; i += 2) {
        Fetch *pair = &fetches[i];
        while (pair[0].heads + pair[1].heads == 0)
            g_assert_true(pbay_loop_turn(bench->loop, 50));
        g_assert_true((pair[0].transfer == NULL) != (pair[1].transfer == NULL));
    }
    for (int i = 0; i < 8; i++) {
        if (fetches[i].transfer != NULL)
            fetch_abort(&fetches[i]);
        fetch_clear(&fetches[i]);
    }
    bench_free(bench);
}

/* A small rest is drained and the connection kept; a large one costs it. */
static void serve_rests(RawConnection *connection, void *user)
{
    atomic_uint *served = user;
    g_autoptr(GString) request = g_string_new(NULL);
    while (raw_read_request(connection, request)) {
        size_t n = strstr(request->str, "/large") != NULL ? 300000 : 30000;
        g_autofree char *body = g_malloc0(n);
        g_autofree char *head =
            g_strdup_printf("HTTP/1.1 429 Slow\r\nContent-Length: %zu\r\n\r\n", n);
        raw_write(connection, head);
        raw_write_bytes(connection, body,
                        n); /* returns when all is taken, or the client has gone */
        atomic_fetch_add(served, 1);
    }
}

typedef struct Served {
    atomic_uint count;
    unsigned wanted;
} Served;

static bool is_served(void *data)
{
    Served *served = data;
    return atomic_load(&served->count) >= served->wanted;
}

static unsigned drained_connections(const char *path)
{
    Served served = {0};
    Bench *bench = bench_new(serve_rests, &served.count);
    for (int i = 0; i < 3; i++) {
        Fetch fetch;
        fetch_init(&fetch, bench, path);
        fetch.at_head = fetch_drain;
        fetch_run(&fetch);
        g_assert_cmpint(fetch.status, ==, 429);
        g_assert_cmpuint(fetch.chunks, ==, 0);
        fetch_clear(&fetch);
        served.wanted++;
        bench_until(bench, is_served, &served);
        for (int turn = 0; turn < 10; turn++) /* what is in the socket */
            g_assert_true(pbay_loop_turn(bench->loop, 5));
    }
    unsigned accepted = raw_server_accepted(bench->server);
    bench_free(bench);
    return accepted;
}

static void test_drain(void)
{
    g_assert_cmpuint(drained_connections("/small"), ==, 1);
    g_assert_cmpuint(drained_connections("/large"), ==, 3);
}

/* An answer before the request has left whole: the rest of the body is not needed, nor is the
 * connection. */
static void serve_early(RawConnection *connection, void *user)
{
    raw_write(connection, "HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno");
    g_assert_true(raw_wait_closed(connection));
    raw_flag_set(user);
}

static void test_drain_while_sending(void)
{
    RawFlag *closed = raw_flag_new();
    Bench *bench = bench_new(serve_early, closed);
    size_t n = (size_t)32 << 20;
    char *body = g_malloc(n);
    memset(body, 'x', n);
    Fetch fetch;
    fetch_init(&fetch, bench, "/");
    fetch.request.method = PBAY_STR("POST");
    fetch.request.body = (pb_str){body, n};
    fetch.at_head = fetch_drain;
    fetch_run(&fetch);
    g_free(body); /* the transport may not look at it any more */
    for (int i = 0; i < 5; i++)
        g_assert_true(pbay_loop_turn(bench->loop, 0));
    g_assert_true(raw_flag_wait(closed));
    fetch_clear(&fetch);
    bench_free(bench);
    raw_flag_free(closed);
}

static void serve_large(RawConnection *connection, void *user)
{
    g_autoptr(GString) request = g_string_new(NULL);
    if (!raw_read_request(connection, request))
        return;
    size_t n = (size_t)8 << 20;
    g_autofree char *body = g_malloc(n);
    for (size_t i = 0; i < n; i++)
        body[i] = (char)('a' + i % 26);
    raw_write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 8388608\r\n\r\n");
    raw_write_bytes(connection, body, n);
    raw_flag_set(user);
}

static void pause_first(Fetch *fetch)
{
    if (fetch->chunks == 1)
        fetch->bench->transport->pause(fetch->transfer, true);
}

static void test_pause(void)
{
    RawFlag *sent = raw_flag_new();
    Bench *bench = bench_new(serve_large, sent);
    Fetch fetch;
    fetch_init(&fetch, bench, "/");
    fetch.request.idle_ms = 1000; /* rests while paused */
    fetch.at_bytes = pause_first;
    fetch_start(&fetch);
    bench_until(bench, has_bytes, &fetch);
    gint64 end = g_get_monotonic_time() + 1300 * 1000;
    while (g_get_monotonic_time() < end)
        g_assert_true(pbay_loop_turn(bench->loop, 100));
    g_assert_cmpuint(fetch.chunks, ==, 1);
    g_assert_nonnull(fetch.transfer);
    g_assert_false(raw_flag_is_set(sent)); /* more than the sockets hold: the server waits too */
    size_t before = fetch.body->len;
    bench->transport->pause(fetch.transfer, false);
    g_assert_cmpuint(fetch.body->len, ==, before); /* not from within */
    bench_until(bench, fetch_is_over, &fetch);
    g_assert_cmpuint(fetch.ends, ==, 1);
    g_assert_cmpuint(fetch.body->len, ==, (size_t)8 << 20);
    for (size_t i = 0; i < fetch.body->len; i += 4099)
        g_assert_cmpint(fetch.body->str[i], ==, 'a' + (char)(i % 26));
    fetch_clear(&fetch);
    bench_free(bench);
    raw_flag_free(sent);
}

static void pause_always(Fetch *fetch)
{
    fetch->bench->transport->pause(fetch->transfer, true);
    fetch->bench->transport->pause(fetch->transfer, false);
}

static void test_pause_and_back(void)
{
    RawFlag *sent = raw_flag_new();
    Bench *bench = bench_new(serve_large, sent);
    Fetch fetch;
    fetch_init(&fetch, bench, "/");
    fetch.at_bytes = pause_always;
    fetch_run(&fetch);
    g_assert_cmpuint(fetch.body->len, ==, (size_t)8 << 20);
    fetch_clear(&fetch);
    bench_free(bench);
    raw_flag_free(sent);
}

static void test_abort_paused(void)
{
    RawFlag *sent = raw_flag_new();
    Bench *bench = bench_new(serve_large, sent);
    Fetch fetch;
    fetch_init(&fetch, bench, "/");
    fetch.at_bytes = pause_first;
    fetch_start(&fetch);
    bench_until(bench, has_bytes, &fetch);
    g_assert_true(pbay_loop_turn(bench->loop, 10));
    bench->transport->pause(fetch.transfer, false);
    fetch_abort(&fetch);
    g_assert_true(pbay_loop_turn(bench->loop, 10));
    g_assert_cmpuint(fetch.ends + fetch.failures, ==, 0);
    fetch_clear(&fetch);
    bench_free(bench);
    raw_flag_free(sent);
}

static void test_free_with_transfers(void)
{
    Bench *bench = bench_new(serve_slowly, NULL);
    Fetch fetch, pending;
    fetch_init(&fetch, bench, "/");
    fetch_start(&fetch);
    bench_until(bench, has_bytes, &fetch);
    fetch_init(&pending, bench, "/");
    fetch_start(&pending);
    bench_free(bench);
    fetch.transfer = pending.transfer = NULL;
    fetch_clear(&fetch);
    fetch_clear(&pending);
}

static void test_refused(void)
{
    /* A port that is bound but not listened on is nobody else's. */
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    g_assert_cmpint(bind(fd, (struct sockaddr *)&address, len), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&address, &len), ==, 0);
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%u/", ntohs(address.sin_port));
    Bench *bench = bench_new(NULL, NULL);
    Fetch fetch;
    fetch_init(&fetch, bench, url);
    fetch_run(&fetch);
    fetch_assert_failed(&fetch, PB_ERR_UPSTREAM, "refused");
    g_assert_nonnull(strstr(fetch.failure->message, "127.0.0.1:"));
    g_assert_false(fetch.sent);
    fetch_clear(&fetch);
    bench_free(bench);
    close(fd);
}

static void test_no_such_name(void)
{
    Bench *bench = bench_new(NULL, NULL);
    Fetch fetch;
    fetch_init(&fetch, bench, "https://no-such-host.invalid/v1");
    fetch_run(&fetch);
    fetch_assert_failed(&fetch, PB_ERR_UPSTREAM, "does not resolve");
    g_assert_nonnull(strstr(fetch.failure->message, "no-such-host.invalid"));
    g_assert_false(fetch.sent);
    fetch_clear(&fetch);
    bench_free(bench);
}

static void test_bad_urls(void)
{
    static const char *const urls[] = {"http://",          "http://[::1/",      "http://a b/",
                                       "http://h:999999/", "gopher://h/1",      "nonsense",
                                       "http://h/\x01",    "file:///etc/passwd"};
    Bench *bench = bench_new(NULL, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(urls); i++) {
        Fetch fetch;
        fetch_init(&fetch, bench, urls[i]);
        fetch_run(&fetch);
        g_assert_cmpuint(fetch.failures, ==, 1);
        g_assert_false(fetch.sent);
        fetch_clear(&fetch);
    }
    bench_free(bench);
}

/* ---- TLS: openssl's own server with a certificate nobody knows ------------------------------ */

typedef struct TlsServer {
    GPid pid;
    int out;
    unsigned port;
    char *folder, *cert;
} TlsServer;

static bool run_tool(const char *const *argv)
{
    int code = 0;
    return g_spawn_sync(NULL, (char **)argv, NULL,
                        G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL |
                            G_SPAWN_STDERR_TO_DEV_NULL,
                        NULL, NULL, NULL, NULL, &code, NULL) &&
           g_spawn_check_wait_status(code, NULL);
}

/* "ACCEPT 127.0.0.1:40123" is the server's word that it listens, and where. */
static unsigned read_port(int fd)
{
    g_autoptr(GString) said = g_string_new(NULL);
    char c;
    while (read(fd, &c, 1) == 1) {
        g_string_append_c(said, c);
        if (c != '\n')
            continue;
        const char *colon = strrchr(said->str, ':');
        if (g_str_has_prefix(said->str, "ACCEPT") && colon != NULL)
            return (unsigned)strtoul(colon + 1, NULL, 10);
        g_string_truncate(said, 0);
    }
    return 0;
}

static bool tls_start(TlsServer *server)
{
    g_autofree char *openssl = g_find_program_in_path("openssl");
    if (openssl == NULL)
        return false;
    server->folder = g_dir_make_tmp("pbay-tls-XXXXXX", NULL);
    server->cert = g_build_filename(server->folder, "cert.pem", NULL);
    g_autofree char *key = g_build_filename(server->folder, "key.pem", NULL);
    const char *const make[] = {"openssl",
                                "req",
                                "-x509",
                                "-newkey",
                                "ec",
                                "-pkeyopt",
                                "ec_paramgen_curve:prime256v1",
                                "-nodes",
                                "-days",
                                "2",
                                "-subj",
                                "/CN=localhost",
                                "-addext",
                                "subjectAltName=IP:127.0.0.1",
                                "-keyout",
                                key,
                                "-out",
                                server->cert,
                                NULL};
    if (!run_tool(make))
        return false;
    const char *const serve[] = {"openssl",    "s_server", "-accept", "127.0.0.1:0", "-cert",
                                 server->cert, "-key",     key,       "-www",        NULL};
    if (!g_spawn_async_with_pipes(NULL, (char **)serve, NULL,
                                  G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                                      G_SPAWN_STDERR_TO_DEV_NULL,
                                  NULL, NULL, &server->pid, NULL, &server->out, NULL, NULL))
        return false;
    server->port = read_port(server->out);
    return server->port != 0;
}

static void tls_stop(TlsServer *server)
{
    if (server->pid != 0) {
        kill(server->pid, SIGKILL);
        waitpid(server->pid, NULL, 0);
        close(server->out);
    }
    if (server->folder != NULL) {
        g_autofree char *key = g_build_filename(server->folder, "key.pem", NULL);
        unlink(key);
        unlink(server->cert);
        rmdir(server->folder);
    }
    g_free(server->folder);
    g_free(server->cert);
}

static void check_tls(const TlsServer *server)
{
    Bench *bench = bench_new(NULL, NULL);
    g_autofree char *url = g_strdup_printf("https://127.0.0.1:%u/", server->port);
    Fetch fetch;
    fetch_init(&fetch, bench, url);
    fetch_run(&fetch);
    fetch_assert_failed(&fetch, PB_ERR_UPSTREAM, "ca-file");
    g_assert_nonnull(strstr(fetch.failure->message, "certificate"));
    g_assert_false(fetch.sent);
    fetch_clear(&fetch);

    fetch_init(&fetch, bench, url);
    fetch.request.ca_file = "/nonexistent/ca.pem";
    fetch_run(&fetch);
    fetch_assert_failed(&fetch, PB_ERR_CONFIG, "/nonexistent/ca.pem");
    fetch_clear(&fetch);

    fetch_init(&fetch, bench, url);
    fetch.request.ca_file = server->cert;
    fetch_run(&fetch);
    g_assert_cmpuint(fetch.ends, ==, 1);
    g_assert_cmpint(fetch.status, ==, 200);
    fetch_clear(&fetch);
    bench_free(bench);
}

static void test_tls(void)
{
    TlsServer server = {0};
    if (tls_start(&server))
        check_tls(&server);
    else
        g_test_skip("the openssl command is missing or cannot serve");
    tls_stop(&server);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/curl-transport/keep-alive", test_keep_alive);
    g_test_add_func("/curl-transport/closed-in-pool", test_closed_in_pool);
    g_test_add_func("/curl-transport/start-from-callback", test_start_from_callback);
    g_test_add_func("/curl-transport/abort", test_abort);
    g_test_add_func("/curl-transport/abort-from-callback", test_abort_from_callback);
    g_test_add_func("/curl-transport/abort-before-start", test_abort_before_start);
    g_test_add_func("/curl-transport/abort-each-other", test_abort_each_other);
    g_test_add_func("/curl-transport/drain", test_drain);
    g_test_add_func("/curl-transport/drain-while-sending", test_drain_while_sending);
    g_test_add_func("/curl-transport/pause", test_pause);
    g_test_add_func("/curl-transport/pause-and-back", test_pause_and_back);
    g_test_add_func("/curl-transport/abort-paused", test_abort_paused);
    g_test_add_func("/curl-transport/free-with-transfers", test_free_with_transfers);
    g_test_add_func("/curl-transport/refused", test_refused);
    g_test_add_func("/curl-transport/no-such-name", test_no_such_name);
    g_test_add_func("/curl-transport/bad-urls", test_bad_urls);
    g_test_add_func("/curl-transport/tls", test_tls);
    return g_test_run();
}
