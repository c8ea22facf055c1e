/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets between libcurl and the loop: many at once, each on its own descriptor; descriptors
 * that libcurl closed come again under the same number; none is left open, none spins. */
#include "unit/exchange/fetch.h"

#include <dirent.h>
#include <sys/socket.h>

static void serve(RawConnection *connection, void *user)
{
    bool close_each = user != NULL;
    g_autoptr(GString) request = g_string_new(NULL);
    while (raw_read_request(connection, request)) {
        raw_write(connection,
                  close_each ? "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
                             : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        if (close_each)
            return;
    }
}

static void run_round(Bench *bench, unsigned n)
{
    g_autofree Fetch *fetches = g_new0(Fetch, n);
    for (unsigned i = 0; i < n; i++) {
        fetch_init(&fetches[i], bench, "/");
        fetch_start(&fetches[i]);
    }
    for (unsigned i = 0; i < n; i++) {
        bench_until(bench, fetch_is_over, &fetches[i]);
        g_assert_cmpuint(fetches[i].ends, ==, 1);
        g_assert_cmpstr(fetches[i].body->str, ==, "ok");
        fetch_clear(&fetches[i]);
    }
}

static void test_many(void)
{
    Bench *bench = bench_new(serve, NULL);
    for (int round = 0; round < 5; round++)
        run_round(bench, 40);
    g_assert_cmpuint(raw_server_accepted(bench->server), <=, 40);
    bench_free(bench);
}

static void test_numbers_again(void)
{
    int close_each;
    Bench *bench = bench_new(serve, &close_each);
    for (int round = 0; round < 5; round++)
        run_round(bench, 10);
    g_assert_cmpuint(raw_server_accepted(bench->server), ==, 50);
    bench_free(bench);
}

static unsigned count_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    g_assert_nonnull(folder);
    unsigned n = 0;
    while (readdir(folder) != NULL)
        n++;
    closedir(folder);
    return n;
}

static void test_none_left(void)
{
    Bench *warm = bench_new(serve, NULL);
    run_round(warm, 2);
    bench_free(warm);
    unsigned before = count_descriptors();
    for (int i = 0; i < 3; i++) {
        Bench *bench = bench_new(serve, NULL);
        run_round(bench, 10);
        bench_free(bench);
    }
    g_assert_cmpuint(count_descriptors(), ==, before);
}

/* Aborted while they connect, and the numbers of their descriptors used at once for others. */
static void test_aborted_connecting(void)
{
    Bench *bench = bench_new(serve, NULL);
    for (int round = 0; round < 20; round++) {
        Fetch first, second;
        fetch_init(&first, bench, "/");
        fetch_init(&second, bench, "/");
        fetch_start(&first);
        for (int i = 0; i < round % 4; i++)
            g_assert_true(pbay_loop_turn(bench->loop, 0));
        if (first.transfer != NULL)
            fetch_abort(&first);
        fetch_run(&second);
        g_assert_cmpuint(second.ends, ==, 1);
        fetch_clear(&first);
        fetch_clear(&second);
    }
    bench_free(bench);
}

/* The descriptors in the loop's set, as the system sees it. */
static int watched_by(Bench *bench)
{
    g_autofree char *path = g_strdup_printf("/proc/self/fdinfo/%d", pbay_loop_fd(bench->loop));
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    int watched = 0;
    for (const char *p = strstr(text, "tfd:"); p != NULL; p = strstr(p + 4, "tfd:"))
        watched++;
    return watched;
}

static void test_stays_registered(void)
{
    Bench *bench = bench_new(serve, NULL);
    int before = watched_by(bench);
    run_round(bench, 1);
    g_assert_cmpint(watched_by(bench), ==, before + 1); /* still there after the transfer */
    run_round(bench, 1);
    g_assert_cmpint(watched_by(bench), ==, before + 1);
    bench_free(bench);
}

/* An idle loop with a kept connection sleeps; a peer that closes it costs one wake-up, not a
 * spin. */
static void serve_and_leave(RawConnection *connection, void *user)
{
    g_autoptr(GString) request = g_string_new(NULL);
    if (raw_read_request(connection, request))
        raw_write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    raw_flag_wait(user);
}

static void test_no_spin(void)
{
    RawFlag *leave = raw_flag_new();
    Bench *bench = bench_new(serve_and_leave, leave);
    run_round(bench, 1);
    raw_flag_set(leave);
    gint64 start = g_get_monotonic_time();
    unsigned turns = 0;
    while (g_get_monotonic_time() - start < 300 * 1000) {
        g_assert_true(pbay_loop_turn(bench->loop, 100));
        turns++;
    }
    g_assert_cmpuint(turns, <, 50);
    bench_free(bench);
    raw_flag_free(leave);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/curl-socket/many", test_many);
    g_test_add_func("/curl-socket/numbers-again", test_numbers_again);
    g_test_add_func("/curl-socket/none-left", test_none_left);
    g_test_add_func("/curl-socket/aborted-connecting", test_aborted_connecting);
    g_test_add_func("/curl-socket/stays-registered", test_stays_registered);
    g_test_add_func("/curl-socket/no-spin", test_no_spin);
    return g_test_run();
}
