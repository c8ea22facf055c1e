/* SPDX-License-Identifier: Apache-2.0 */
/* A kept connection that ends without an answer: what may have been worked on is not sent once more
 * behind anybody's back, what is only read is. */
#include "unit/exchange/fetch.h"

#include <stdatomic.h>

typedef struct Server {
    atomic_uint requests;
    bool resets;
} Server;

/* Answers the first request of a connection, takes the second and goes. The connections after the
 * first answer all. */
static void serve(RawConnection *connection, void *user)
{
    Server *server = user;
    g_autoptr(GString) request = g_string_new(NULL);

    while (raw_read_request(connection, request)) {
        bool leaves = atomic_fetch_add(&server->requests, 1) == 1;

        if (leaves && server->resets)
            raw_reset(connection);
        if (leaves)
            return;
        raw_write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    }
}

/* What the second request on the connection came to; requests: how many the server saw. */
static void run_second(const char *method, bool resets, bool fails, unsigned requests)
{
    Server server = {.resets = resets};
    Bench *bench = bench_new(serve, &server);
    Fetch first, second;

    fetch_init(&first, bench, "/");
    first.request.method = pbay_str(method);
    fetch_run(&first);
    g_assert_cmpuint(first.ends, ==, 1);
    fetch_init(&second, bench, "/");
    second.request.method = pbay_str(method);
    second.request.body = strcmp(method, "GET") == 0 ? pbay_str(NULL) : PBAY_STR("{\"a\":1}");
    fetch_run(&second);
    g_assert_cmpuint(second.ends, ==, !fails);
    g_assert_cmpuint(atomic_load(&server.requests), ==, requests);
    if (fails) {
        fetch_assert_failed(&second, PB_ERR_UPSTREAM, "closed the connection before");
        g_assert_true(second.failure->retryable);
        g_assert_true(second.sent);
    } else {
        g_assert_cmpstr(second.body->str, ==, "hello");
    }
    fetch_clear(&first);
    fetch_clear(&second);
    bench_free(bench);
}

static void test_post(void)
{
    run_second("POST", false, true, 2);
    run_second("POST", true, true, 2);
    run_second("DELETE", true, true, 2);
}

static void test_get(void)
{
    run_second("GET", false, false, 3);
    run_second("GET", true, false, 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/curl-resend/post", test_post);
    g_test_add_func("/curl-resend/get", test_get);
    return g_test_run();
}
