/* SPDX-License-Identifier: Apache-2.0 */
/* What leaves and what comes in, byte by byte: request lines and headers as described, replies
 * split, cut, stalled, oversized, compressed; redirects that are not followed, and those of
 * foreign requests that are. */
#include "unit/exchange/fetch.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- a server that answers with fixed bytes and keeps what it got --------------------------- */

typedef struct Script {
    const char *reply;
    size_t reply_len; /* 0: strlen */
    bool one_byte;    /* each byte in a write of its own */
    bool hold;        /* keep the connection open */
    bool reset;       /* end it with RST */
    GString *request; /* the last */
    RawFlag *closed;  /* the client has gone */
} Script;

static void serve_script(RawConnection *connection, void *user)
{
    Script *script = user;
    g_autoptr(GString) request = g_string_new(NULL);
    if (!raw_read_request(connection, request))
        return;
    g_string_assign(script->request, request->str);
    size_t n = script->reply_len != 0 ? script->reply_len : strlen(script->reply);
    size_t step = script->one_byte ? 1 : n;
    for (size_t i = 0; i < n; i += step)
        if (!raw_write_bytes(connection, script->reply + i, MIN(step, n - i)))
            break;
    if (script->reset)
        raw_reset(connection);
    if (script->hold) {
        g_assert_true(raw_wait_closed(connection));
        raw_flag_set(script->closed);
    }
}

static void play(Script *script, Fetch *fetch, void (*prepare)(Fetch *fetch))
{
    script->request = g_string_new(NULL);
    script->closed = raw_flag_new();
    Bench *bench = bench_new(serve_script, script);
    fetch_init(fetch, bench, "/v1/x");
    if (prepare != NULL)
        prepare(fetch);
    fetch_run(fetch);
    if (script->hold)
        g_assert_true(raw_flag_wait(script->closed));
    bench_free(bench);
    raw_flag_free(script->closed);
}

static void done(Script *script, Fetch *fetch)
{
    g_string_free(script->request, TRUE);
    fetch_clear(fetch);
}

/* ---- what leaves ---------------------------------------------------------------------------- */

static void prepare_post(Fetch *fetch)
{
    static const PbayHttpHeader headers[] = {
        {.name = {"x-a", 3}, .value = {"1", 1}},
        {.name = {"x-empty", 7}, .value = {NULL, 0}},
        {.name = {"content-type", 12}, .value = {"application/json", 16}},
    };
    fetch->request.method = PBAY_STR("POST");
    fetch->request.body = PBAY_STR("{\"a\":1}");
    fetch->request.headers = headers;
    fetch->request.n_headers = G_N_ELEMENTS(headers);
}

static void test_post(void)
{
    Script script = {.reply = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
    Fetch fetch;
    play(&script, &fetch, prepare_post);
    g_assert_cmpuint(fetch.ends, ==, 1);
    g_assert_true(g_str_has_prefix(script.request->str, "POST /v1/x HTTP/1.1\r\n"));
    static const char *const wanted[] = {"\r\nx-a: 1\r\n",
                                         "\r\nx-empty:\r\n",
                                         "\r\ncontent-type: application/json\r\n",
                                         "\r\nContent-Length: 7\r\n",
                                         "\r\nUser-Agent: patchbay/0.1.0\r\n",
                                         "gzip"};
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++)
        g_assert_nonnull(strstr(script.request->str, wanted[i]));
    g_assert_true(g_str_has_suffix(script.request->str, "\r\n\r\n{\"a\":1}"));
    g_assert_null(strstr(script.request->str, "Expect"));
    g_assert_null(strstr(script.request->str, "urlencoded"));
    done(&script, &fetch);
}

static void prepare_large(Fetch *fetch)
{
    static char body[2 << 20];
    memset(body, 'x', sizeof body);
    fetch->request.method = PBAY_STR("POST");
    fetch->request.body = (pb_str){body, sizeof body};
}

static void test_large_post(void)
{
    Script script = {.reply = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
    Fetch fetch;
    play(&script, &fetch, prepare_large);
    g_assert_cmpuint(fetch.ends, ==, 1);
    g_assert_null(strstr(script.request->str, "Expect"));
    g_assert_null(strstr(script.request->str, "Content-Type"));
    g_assert_nonnull(strstr(script.request->str, "\r\nContent-Length: 2097152\r\n"));
    done(&script, &fetch);
}

/* Path and query byte for byte; no scrap of a fragment. */
static void prepare_path(Fetch *fetch)
{
    g_autofree char *url = g_strdup_printf(
        "http://127.0.0.1:%u%s", raw_server_port(fetch->bench->server), (const char *)fetch->data);
    g_free(fetch->url);
    fetch->url = g_steal_pointer(&url);
    fetch->request.url = pbay_str(fetch->url);
}

static const char *path_asked;

static void prepare_asked_path(Fetch *fetch)
{
    fetch->data = (void *)path_asked;
    prepare_path(fetch);
}

static void test_paths(void)
{
    static const char *const paths[][2] = {
        {"/a/../b/./c", "/a/../b/./c"},
        {"/m:invoke?x=%2f%2F&y=a+b", "/m:invoke?x=%2f%2F&y=a+b"},
        {"//double//slash/", "//double//slash/"},
        {"/model/arn%3Aaws%3Abedrock/x", "/model/arn%3Aaws%3Abedrock/x"},
        {"/a?b#frag", "/a?b"},
        {"", "/"},
        {"?q=1", "/?q=1"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        Script script = {.reply = "HTTP/1.1 204 No\r\n\r\n"};
        Fetch fetch;
        path_asked = paths[i][0];
        play(&script, &fetch, prepare_asked_path);
        g_autofree char *line = g_strdup_printf("GET %s HTTP/1.1\r\n", paths[i][1]);
        g_autofree char *got = g_strndup(script.request->str, strlen(line));
        g_assert_cmpstr(got, ==, line);
        done(&script, &fetch);
    }
}

static const char *method_asked;

static void prepare_method(Fetch *fetch)
{
    fetch->request.method = pbay_str(method_asked);
}

static void test_methods(void)
{
    static const char *const rows[][2] = {{"GET", NULL},
                                          {"HEAD", NULL},
                                          {"DELETE", NULL},
                                          {"OPTIONS", NULL},
                                          {"POST", "\r\nContent-Length: 0\r\n"},
                                          {"PUT", "\r\nContent-Length: 0\r\n"},
                                          {"PATCH", "\r\nContent-Length: 0\r\n"}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Script script = {.reply = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
        Fetch fetch;
        method_asked = rows[i][0];
        play(&script, &fetch, prepare_method);
        g_assert_cmpuint(fetch.ends, ==, 1);
        g_autofree char *line = g_strdup_printf("%s /v1/x HTTP/1.1\r\n", rows[i][0]);
        g_assert_true(g_str_has_prefix(script.request->str, line));
        if (rows[i][1] != NULL)
            g_assert_nonnull(strstr(script.request->str, rows[i][1]));
        else
            g_assert_null(strstr(script.request->str, "Content-Length"));
        done(&script, &fetch);
    }
}

/* ---- what comes in -------------------------------------------------------------------------- */

static void test_split(void)
{
    Script script = {.one_byte = true,
                     .reply = "HTTP/1.1 100 Continue\r\nX-No: 1\r\n\r\n"
                              "HTTP/1.1 200 OK\r\nX-One: a\r\nx-ONE:  b \r\nX-Fold: c\r\n  d\r\n"
                              "Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n"
                              "3\r\nhel\r\n2\r\nlo\r\n0\r\nX-T: late\r\n\r\n"};
    Fetch fetch;
    play(&script, &fetch, NULL);
    g_assert_cmpuint(fetch.ends, ==, 1);
    g_assert_cmpuint(fetch.heads, ==, 1);
    g_assert_cmpint(fetch.status, ==, 200);
    g_assert_cmpstr(fetch.body->str, ==, "hello");
    g_assert_cmpstr(fetch.headers->str, ==,
                    "x-one: a\nx-one: b\nx-fold: c d\ntransfer-encoding: chunked\ntrailer: X-T\n");
    done(&script, &fetch);
}

/* After 101 come the bytes of another protocol: no body of a reply. */
static void test_switching(void)
{
    Script script = {.reply = "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nother bytes"};
    Fetch fetch;
    play(&script, &fetch, NULL);
    fetch_assert_failed(&fetch, PB_ERR_PROTOCOL, "status 101");
    done(&script, &fetch);
}

static void test_close_delimited(void)
{
    Script script = {.reply = "HTTP/1.1 200 OK\r\n\r\nuntil the end"};
    Fetch fetch;
    play(&script, &fetch, NULL);
    g_assert_cmpuint(fetch.ends, ==, 1);
    g_assert_cmpstr(fetch.body->str, ==, "until the end");
    done(&script, &fetch);
}

static void test_cut(void)
{
    static const struct {
        const char *reply, *word;
        bool reset;
    } rows[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly ten b", "after 10 of 100 bytes",
         false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "after 5 bytes",
         false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "after 3 bytes", false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly ten b", "cut after", true},
        {"", "before it had answered", false},
        {"", "before it had answered", true},
        {"HTTP/1.1 200 OK\r\nX-Head", "", false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Script script = {.reply = rows[i].reply, .reset = rows[i].reset};
        Fetch fetch;
        play(&script, &fetch, NULL);
        fetch_assert_failed(&fetch, PB_ERR_UPSTREAM, rows[i].word);
        g_assert_nonnull(strstr(fetch.failure->message, "127.0.0.1:"));
        g_assert_true(fetch.sent);
        g_assert_true(fetch.failure->retryable);
        done(&script, &fetch);
    }
}

static void test_no_http(void)
{
    static const char *const replies[] = {"SSH-2.0-OpenSSH_9.2\r\n", "<html>hello</html>\n\n",
                                          "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(replies); i++) {
        Script script = {.reply = replies[i]};
        Fetch fetch;
        play(&script, &fetch, NULL);
        g_assert_cmpuint(fetch.failures, ==, 1);
        g_assert_cmpuint(fetch.heads, ==, 0);
        g_assert_nonnull(strstr(fetch.failure->message, "HTTP server"));
        g_assert_cmpint(fetch.failure->cls, ==, PB_ERR_PROTOCOL);
        done(&script, &fetch);
    }
}

static void assert_too_large(GString *reply)
{
    Script script = {.reply = reply->str};
    Fetch fetch;
    play(&script, &fetch, NULL);
    g_assert_cmpuint(fetch.heads, ==, 0);
    fetch_assert_failed(&fetch, PB_ERR_PROTOCOL, "bound");
    done(&script, &fetch);
}

static void test_giant_heads(void)
{
    g_autoptr(GString) one = g_string_new("HTTP/1.1 200 OK\r\nX-Big: ");
    g_autofree char *big = g_strnfill((70u << 10), 'x');
    g_string_append(one, big);
    g_string_append(one, "\r\n\r\n");
    assert_too_large(one);

    g_autoptr(GString) huge = g_string_new("HTTP/1.1 200 OK\r\nX-Big: ");
    g_autofree char *bigger = g_strnfill((10u << 20), 'x');
    g_string_append(huge, bigger);
    g_string_append(huge, "\r\n\r\n");
    assert_too_large(huge);

    g_autoptr(GString) sum = g_string_new("HTTP/1.1 200 OK\r\n");
    g_autofree char *medium = g_strnfill((30u << 10), 'x');
    for (int i = 0; i < 10; i++)
        g_string_append_printf(sum, "X-%d: %s\r\n", i, medium);
    g_string_append(sum, "\r\n");
    assert_too_large(sum);

    g_autoptr(GString) many = g_string_new("HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 2000; i++)
        g_string_append_printf(many, "X-%d: y\r\n", i);
    g_string_append(many, "\r\n");
    assert_too_large(many);
}

static void prepare_bounded(Fetch *fetch)
{
    fetch->request.max_body = 100;
}

static void test_giant_body(void)
{
    g_autoptr(GString) reply = g_string_new("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n");
    g_autofree char *body = g_strnfill(101, 'x');
    g_string_append(reply, body);
    Script script = {.reply = reply->str, .hold = true};
    Fetch fetch;
    play(&script, &fetch, prepare_bounded);
    fetch_assert_failed(&fetch, PB_ERR_PROTOCOL, "100 bytes");
    done(&script, &fetch);

    script =
        (Script){.reply = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
                          "0123456789012345678901234567890123456789012345678901234567890123456789"
                          "012345678901234567890123456789"};
    play(&script, &fetch, prepare_bounded);
    g_assert_cmpuint(fetch.ends, ==, 1);
    g_assert_cmpuint(fetch.body->len, ==, 100);
    done(&script, &fetch);
}

/* gzip of "hello", and of a body that swells beyond the bound: the bound is on what comes out. */
static void test_gzip(void)
{
    static const char hello[] =
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\n"
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05"
        "\x00"
        "\x00\x00";
    Script script = {.reply = hello, .reply_len = sizeof hello - 1};
    Fetch fetch;
    play(&script, &fetch, NULL);
    g_assert_cmpuint(fetch.ends, ==, 1);
    g_assert_cmpstr(fetch.body->str, ==, "hello");
    done(&script, &fetch);

    script =
        (Script){.reply = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n"
                          "nogzi"};
    play(&script, &fetch, NULL);
    g_assert_cmpuint(fetch.failures, ==, 1);
    g_assert_cmpint(fetch.failure->cls, ==, PB_ERR_PROTOCOL);
    done(&script, &fetch);
}

static void prepare_first_byte(Fetch *fetch)
{
    fetch->request.first_byte_ms = 40;
    fetch->request.idle_ms = 1000000;
}

static void prepare_idle(Fetch *fetch)
{
    fetch->request.first_byte_ms = 1000000;
    fetch->request.idle_ms = 40;
}

static void prepare_total(Fetch *fetch)
{
    fetch->request.total_ms = 40;
    fetch->request.idle_ms = 1000000;
}

static void test_stalls(void)
{
    static const struct {
        const char *reply;
        void (*prepare)(Fetch *fetch);
        const char *word;
    } rows[] = {
        {"", prepare_first_byte, "timeout-first-byte"},
        {"HTTP/1.1 200 OK\r\nX-Half: ", prepare_first_byte, "timeout-first-byte"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", prepare_idle, "after 3 bytes"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", prepare_idle, "timeout-idle"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", prepare_total,
         "40 ms allowed in total"},
        {"", prepare_total, "in total"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Script script = {.reply = rows[i].reply, .hold = true};
        Fetch fetch;
        play(&script, &fetch, rows[i].prepare);
        fetch_assert_failed(&fetch, PB_ERR_TIMEOUT, rows[i].word);
        g_assert_true(fetch.sent);
        done(&script, &fetch);
    }
}

/* The connection stands, but not its TLS: the server says nothing. */
static void serve_nothing(RawConnection *connection, void *user)
{
    g_assert_true(raw_wait_closed(connection));
    raw_flag_set(user);
}

static void test_connect_stalls(void)
{
    RawFlag *closed = raw_flag_new();
    Bench *bench = bench_new(serve_nothing, closed);
    g_autofree char *url = g_strdup_printf("https://127.0.0.1:%u/", raw_server_port(bench->server));
    Fetch fetch;
    fetch_init(&fetch, bench, url);
    fetch.request.connect_ms = 60;
    fetch.request.first_byte_ms = 1000000;
    fetch_run(&fetch);
    fetch_assert_failed(&fetch, PB_ERR_TIMEOUT, "timeout-connect");
    g_assert_nonnull(strstr(fetch.failure->message, "60 ms"));
    g_assert_false(fetch.sent);
    g_assert_true(raw_flag_wait(closed));
    fetch_clear(&fetch);
    bench_free(bench);
    raw_flag_free(closed);
}

static void test_redirect_not_followed(void)
{
    Script script = {.reply = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
                              "Content-Length: 2\r\n\r\ngo"};
    Fetch fetch;
    play(&script, &fetch, NULL);
    g_assert_cmpuint(fetch.ends, ==, 1);
    g_assert_cmpint(fetch.status, ==, 302);
    g_assert_cmpstr(fetch.body->str, ==, "go");
    done(&script, &fetch);
}

/* ---- foreign requests ----------------------------------------------------------------------- */

typedef struct Hops {
    int left; /* redirects before the answer */
    const char *to;
    int status;
} Hops;

static void serve_hops(RawConnection *connection, void *user)
{
    Hops *hops = user;
    g_autoptr(GString) request = g_string_new(NULL);
    while (raw_read_request(connection, request)) {
        if (hops->left-- > 0) {
            g_autofree char *reply =
                g_strdup_printf("HTTP/1.1 %d Go\r\nLocation: %s\r\nContent-Length: 3\r\n\r\nbye",
                                hops->status, hops->to);
            raw_write(connection, reply);
        } else {
            raw_write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nthere");
        }
    }
}

static char *loopback_open[] = {(char *)"127.0.0.0/8", NULL};

static void play_foreign(Hops *hops, Fetch *fetch, char *const *allow)
{
    Bench *bench = bench_new(serve_hops, hops);
    fetch_init(fetch, bench, "/image.png");
    fetch->request.foreign = true;
    fetch->request.egress_allow = allow;
    fetch_run(fetch);
    bench_free(bench);
}

static void test_foreign_hops(void)
{
    for (int left = 0; left <= 6; left++) {
        Hops hops = {.left = left, .to = "../other?x=1", .status = left % 2 == 0 ? 302 : 307};
        Fetch fetch;
        play_foreign(&hops, &fetch, loopback_open);
        if (left <= 5) {
            g_assert_cmpuint(fetch.ends, ==, 1);
            g_assert_cmpuint(fetch.heads, ==, 1);
            g_assert_cmpstr(fetch.body->str, ==, "there");
        } else {
            fetch_assert_failed(&fetch, PB_ERR_INVALID, "more than 5 times");
        }
        fetch_clear(&fetch);
    }
}

static void test_foreign_refused(void)
{
    Hops hops = {.left = 0};
    Fetch fetch;
    play_foreign(&hops, &fetch, NULL);
    fetch_assert_failed(&fetch, PB_ERR_INVALID, "[egress]");
    g_assert_cmpuint(fetch.heads, ==, 0);
    g_assert_false(fetch.sent);
    fetch_clear(&fetch);

    static const char *const targets[] = {"http://10.0.0.1/",  "http://169.254.169.254/latest",
                                          "https://[::1]/",    "file:///etc/passwd",
                                          "http://localhost/", "https://user@127.0.0.1/"};
    for (size_t i = 0; i < G_N_ELEMENTS(targets); i++) {
        hops = (Hops){.left = 1, .to = targets[i], .status = 301};
        play_foreign(&hops, &fetch, loopback_open);
        g_assert_cmpuint(fetch.failures, ==, 1);
        g_assert_cmpint(fetch.failure->cls, ==, PB_ERR_INVALID);
        g_assert_cmpuint(fetch.heads, ==, 0);
        fetch_clear(&fetch);
    }
}

/* A name that resolves to a private address is refused when it is connected to, not by its
 * looks. */
static void test_foreign_resolved(void)
{
    Bench *bench = bench_new(NULL, NULL);
    Fetch fetch;
    fetch_init(&fetch, bench, "https://localhost:1/");
    fetch.request.foreign = true;
    fetch_run(&fetch);
    fetch_assert_failed(&fetch, PB_ERR_INVALID, "not public");
    fetch_clear(&fetch);
    bench_free(bench);
}

static void test_proxy(void)
{
    Script script = {.reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                     .request = g_string_new(NULL),
                     .closed = raw_flag_new()};
    Bench *bench = bench_new(serve_script, &script);
    g_autofree char *proxy = raw_server_url(bench->server, "");
    Fetch fetch;
    fetch_init(&fetch, bench, "http://upstream.invalid/v1/x?y");
    fetch.request.proxy = proxy;
    fetch_run(&fetch);
    g_assert_cmpuint(fetch.ends, ==, 1);
    g_assert_true(
        g_str_has_prefix(script.request->str, "GET http://upstream.invalid/v1/x?y HTTP/1.1"));
    fetch_clear(&fetch);

    fetch_init(&fetch, bench, "http://upstream.invalid/");
    fetch.request.proxy = proxy;
    fetch.request.no_proxy = "upstream.invalid";
    fetch_run(&fetch);
    fetch_assert_failed(&fetch, PB_ERR_UPSTREAM, "does not resolve");
    fetch_clear(&fetch);

    fetch_init(&fetch, bench, "http://upstream.invalid/");
    fetch.request.proxy = "http://proxy.invalid:3128";
    fetch_run(&fetch);
    fetch_assert_failed(&fetch, PB_ERR_UPSTREAM, "proxy");
    fetch_clear(&fetch);
    bench_free(bench);
    raw_flag_free(script.closed);
    g_string_free(script.request, TRUE);
}

int main(int argc, char **argv)
{
    static const char *const proxies[] = {"http_proxy", "https_proxy", "HTTPS_PROXY",
                                          "all_proxy",  "ALL_PROXY",   "no_proxy"};
    for (size_t i = 0; i < G_N_ELEMENTS(proxies); i++)
        g_unsetenv(proxies[i]);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/curl-transfer/post", test_post);
    g_test_add_func("/curl-transfer/large-post", test_large_post);
    g_test_add_func("/curl-transfer/paths", test_paths);
    g_test_add_func("/curl-transfer/methods", test_methods);
    g_test_add_func("/curl-transfer/split", test_split);
    g_test_add_func("/curl-transfer/switching", test_switching);
    g_test_add_func("/curl-transfer/close-delimited", test_close_delimited);
    g_test_add_func("/curl-transfer/cut", test_cut);
    g_test_add_func("/curl-transfer/no-http", test_no_http);
    g_test_add_func("/curl-transfer/giant-heads", test_giant_heads);
    g_test_add_func("/curl-transfer/giant-body", test_giant_body);
    g_test_add_func("/curl-transfer/gzip", test_gzip);
    g_test_add_func("/curl-transfer/stalls", test_stalls);
    g_test_add_func("/curl-transfer/connect-stalls", test_connect_stalls);
    g_test_add_func("/curl-transfer/redirect-not-followed", test_redirect_not_followed);
    g_test_add_func("/curl-transfer/foreign-hops", test_foreign_hops);
    g_test_add_func("/curl-transfer/foreign-refused", test_foreign_refused);
    g_test_add_func("/curl-transfer/foreign-resolved", test_foreign_resolved);
    g_test_add_func("/curl-transfer/proxy", test_proxy);
    return g_test_run();
}
