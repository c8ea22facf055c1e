/* SPDX-License-Identifier: Apache-2.0 */
/* How requests travel: through proxies that never see a key of https, never on to where a reply
 * redirects, many over one connection, and each of the four clocks with words of its own. */
#include "e2e/library.h"
#include "e2e/rig.h"
#include "e2e/tls_server.h"
#include "support/raw_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER                                                                                     \
    "{\"id\":\"c1\",\"object\":\"chat.completion\",\"model\":\"m\",\"choices\":[{\"index\":0,"     \
    "\"message\":{\"role\":\"assistant\",\"content\":\"Hello, far world\"},"                       \
    "\"finish_reason\":\"stop\"}]}"

/* ---- Proxies ---- */

/* What a proxy does and what it saw. */
typedef struct Proxy {
    RawServer *server;
    const char *refusal; /* its answer to CONNECT; NULL: a tunnel */
    int upstream;        /* port a tunnel leads to */
    pthread_mutex_t lock;
    GString *seen; /* every byte of its clients */
} Proxy;

static void saw(Proxy *proxy, const char *bytes, size_t len)
{
    pthread_mutex_lock(&proxy->lock);
    g_string_append_len(proxy->seen, bytes, (gssize)len);
    pthread_mutex_unlock(&proxy->lock);
}

static int dial(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(connect(fd, (struct sockaddr *)&at, sizeof at), ==, 0);
    return fd;
}

/* One direction's next bytes; false: that side is done. */
static bool carry(Proxy *proxy, int from, int to, bool client)
{
    char buffer[16384];
    ssize_t n = recv(from, buffer, sizeof buffer, 0);

    if (n <= 0)
        return false;
    if (client)
        saw(proxy, buffer, (size_t)n);
    return send(to, buffer, (size_t)n, MSG_NOSIGNAL) == n;
}

static void tunnel(Proxy *proxy, int client)
{
    int upstream = dial(proxy->upstream);
    struct pollfd sides[] = {{.fd = client, .events = POLLIN}, {.fd = upstream, .events = POLLIN}};
    bool open = true;

    while (open && poll(sides, 2, 30000) > 0)
        open = (sides[0].revents == 0 || carry(proxy, client, upstream, true)) &&
               (sides[1].revents == 0 || carry(proxy, upstream, client, false));
    close(upstream);
}

static void serve_proxy(RawConnection *connection, void *user)
{
    Proxy *proxy = user;
    g_autoptr(GString) request = g_string_new(NULL);
    g_autofree char *answer = g_strdup_printf(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
        strlen(ANSWER), ANSWER);

    while (raw_read_request(connection, request)) {
        saw(proxy, request->str, request->len);
        if (!g_str_has_prefix(request->str, "CONNECT ")) {
            raw_write(connection, answer);
            continue;
        }
        if (proxy->refusal != NULL) {
            raw_write(connection, proxy->refusal);
            return;
        }
        raw_write(connection, "HTTP/1.1 200 Connection established\r\n\r\n");
        tunnel(proxy, connection->fd);
        return;
    }
}

static Proxy *proxy_new(const char *refusal, int upstream)
{
    Proxy *proxy = g_new0(Proxy, 1);

    proxy->refusal = refusal;
    proxy->upstream = upstream;
    proxy->seen = g_string_new(NULL);
    pthread_mutex_init(&proxy->lock, NULL);
    proxy->server = raw_server_new(serve_proxy, proxy);
    return proxy;
}

/* What it saw, when all its clients are gone; g_free. */
static char *proxy_free(Proxy *proxy)
{
    char *seen;

    raw_server_free(proxy->server);
    seen = g_string_free(proxy->seen, FALSE);
    pthread_mutex_destroy(&proxy->lock);
    g_free(proxy);
    return seen;
}

/* [provider openai] at url with these settings. */
static void provide(Box *box, const char *url, const char *more)
{
    g_autofree char *text =
        g_strdup_printf("[provider openai]\nbase-url = %s\napi-key = " RIG_KEY "\n%s\n", url, more);

    box_conf(box, "provider-openai", text);
}

static void provide_through(Box *box, const char *url, const Proxy *proxy, const char *more)
{
    g_autofree char *at = raw_server_url(proxy->server, "");
    g_autofree char *text = g_strdup_printf("proxy = %s\n%s", at, more);

    provide(box, url, text);
}

static Run *ask(Box *box)
{
    return box_run(box, NULL, "chat", "--no-stream", "-m", "openai/parrot", "hi", NULL);
}

/* The host is the proxy's to find: here the name does not resolve. */
static void test_proxy_http(void)
{
    Box *box = box_new();
    Proxy *proxy = proxy_new(NULL, 0);
    g_autofree char *seen = NULL;
    g_autoptr(Run) run = NULL;

    provide_through(box, "http://vendor.invalid/v1", proxy, "");
    run = ask(box);
    assert_run(run, 0, "Hello, far world\n");
    seen = proxy_free(proxy);
    g_assert_true(
        g_str_has_prefix(seen, "POST http://vendor.invalid/v1/chat/completions HTTP/1.1\r\n"));
    assert_contains(seen, "\r\nHost: vendor.invalid\r\n");
    box_free(box);
}

static void test_proxy_passed_by(void)
{
    g_autoptr(Rig) rig = rig_new();
    Proxy *proxy = proxy_new(NULL, 0);
    g_autofree char *seen = NULL, *at = raw_server_url(proxy->server, "");
    g_autoptr(Run) listed = NULL, unset = NULL, from_env = NULL;

    provide_through(rig->box, rig->url, proxy, "no-proxy = example.com,127.0.0.1\n");
    listed = ask(rig->box);
    assert_run(listed, 0, NULL);
    /* An empty `proxy` is none, whatever the environment says ... */
    box_env(rig->box, "http_proxy", at);
    provide(rig->box, rig->url, "proxy =\n");
    unset = ask(rig->box);
    assert_run(unset, 0, NULL);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 2);
    g_assert_cmpuint(raw_server_accepted(proxy->server), ==, 0);
    /* ... and without it the environment's counts. */
    provide(rig->box, rig->url, "");
    from_env = ask(rig->box);
    assert_run(from_env, 0, "Hello, far world\n");
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 2);
    seen = proxy_free(proxy);
    assert_contains(seen, "POST http://127.0.0.1:");
}

/* TLS goes through it end to end: the certificate is the vendor's, and so are key and request. */
static void test_proxy_https(void)
{
    Box *box;
    TlsServer *server;
    Proxy *proxy;
    Process *process;
    g_autofree char *more = NULL, *seen = NULL;
    g_autoptr(Run) run = NULL;

    if (!tls_have("openssl"))
        return;
    box = box_new();
    tls_make_ca(box, "ca");
    tls_make_leaf(box, "ca", "leaf", "DNS:vendor.invalid", 2);
    server = tls_server_new(box, "leaf");
    proxy = proxy_new(NULL, server->port);
    more = g_strdup_printf("ca-file = %s\n", box_path(box, "ca.pem"));
    provide_through(box, "https://vendor.invalid/v1", proxy, more);
    process = box_start(box, "chat", "--no-stream", "-m", "openai/m", "hi", NULL);
    tls_server_await(server, "\"messages\"");
    assert_contains(server->said->str, "POST /v1/chat/completions HTTP/1.1");
    assert_contains(server->said->str, "Bearer " RIG_KEY);
    tls_server_answer(server, ANSWER);
    run = process_end(process);
    assert_run(run, 0, "Hello, far world\n");
    seen = proxy_free(proxy);
    g_assert_true(g_str_has_prefix(seen, "CONNECT vendor.invalid:443 HTTP/1.1\r\n"));
    assert_lacks(seen, "uthorization");
    assert_lacks(seen, RIG_KEY);
    assert_lacks(seen, "completions");
    tls_server_free(server);
    box_free(box);
}

static void test_proxy_fails(void)
{
    Box *box = box_new();
    Proxy *proxy = proxy_new("HTTP/1.1 407 Proxy Authentication Required\r\n"
                             "Proxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
                             0);
    g_autofree char *gone = raw_server_url(proxy->server, "");
    g_autofree char *port = g_strdup_printf("port %u ", raw_server_port(proxy->server));
    g_autofree char *seen = NULL, *text = NULL;
    g_autoptr(Run) refused = NULL, unreachable = NULL, unknown = NULL;

    provide_through(box, "https://vendor.invalid/v1", proxy, "");
    refused = ask(box);
    assert_complaint(refused, 4, "vendor.invalid", "proxy", "407", NULL);
    seen = proxy_free(proxy);
    assert_lacks(seen, RIG_KEY);
    text = g_strdup_printf("proxy = %s\n", gone);
    provide(box, "https://vendor.invalid/v1", text);
    unreachable = ask(box);
    assert_complaint(unreachable, 4, "vendor.invalid", "through the proxy", port, NULL);
    provide(box, "https://vendor.invalid/v1", "proxy = http://proxy.invalid:3128\n");
    unknown = ask(box);
    assert_complaint(unknown, 4, "vendor.invalid", "proxy.invalid", "`proxy`", NULL);
    box_free(box);
}

/* ---- Redirects ---- */

typedef struct Redirect {
    int status;
    char *location;
} Redirect;

static StubScript *redirecting(void *user, const StubRequest *request)
{
    const Redirect *redirect = user;
    StubScript *script = stub_script_new(redirect->status, "text/html");

    (void)request;
    stub_script_header(script, "Location", redirect->location);
    stub_script_text(script, "<a href=\"elsewhere\">Moved</a>");
    return script;
}

static StubScript *unreached(void *user, const StubRequest *request)
{
    (void)user;
    (void)request;
    return stub_json(200, ANSWER);
}

static void test_redirect_elsewhere(void)
{
    static const int statuses[] = {301, 302, 303, 307, 308};
    Stub *other = stub_new(unreached, NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(statuses); i++) {
        g_autofree char *at = g_strdup_printf("http://127.0.0.1:%d/else/where", stub_port(other));
        Redirect redirect = {.status = statuses[i],
                             .location = g_strdup_printf("http://someone:hidden@127.0.0.1:%d/else/"
                                                         "where?sig=private#part",
                                                         stub_port(other))};
        g_autoptr(Rig) rig = rig_new_with(redirecting, &redirect);
        g_autoptr(Run) whole = ask(rig->box);
        g_autoptr(Run) streamed =
            box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "hi", NULL);
        g_autoptr(Run) listed = box_run(rig->box, NULL, "models", "--live", "openai", NULL);
        const Run *const runs[] = {whole, streamed};

        for (size_t k = 0; k < G_N_ELEMENTS(runs); k++) {
            assert_complaint(runs[k], 2, "redirects", rig->url, at, "base-url", NULL);
            assert_lacks(runs[k]->err, "someone");
            assert_lacks(runs[k]->err, "hidden");
            assert_lacks(runs[k]->err, "private");
        }
        g_assert_cmpint(listed->code, !=, 0);
        assert_contains(listed->err, at);
        assert_lacks(listed->err, "hidden");
        g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 3);
        g_free(redirect.location);
    }
    g_assert_cmpuint(stub_accepted(other), ==, 0);
    stub_free(other);
}

/* Not even on the same origin; a relative place is shown as the whole URL it means. */
static void test_redirect_relative(void)
{
    Redirect redirect = {.status = 308, .location = (char *)"/v2/chat/completions"};
    g_autoptr(Rig) rig = rig_new_with(redirecting, &redirect);
    g_autofree char *at = stub_url(rig_stub(rig), "/v2/chat/completions");
    g_autoptr(Run) run = ask(rig->box);

    assert_complaint(run, 2, "redirects", at, "base-url", NULL);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 1);
}

/* ---- One connection ---- */

static void test_reuse(void)
{
    enum { CALLS = 50 };
    g_autoptr(Rig) rig = rig_new();
    patchbay *pb = library_open(rig->box);

    for (int i = 0; i < CALLS; i++)
        library_chat(pb, "openai/parrot", "hi");
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, CALLS);
    g_assert_cmpuint(stub_accepted(rig_stub(rig)), ==, 1);
    patchbay_close(pb);
}

/* ---- Clocks ---- */

/* Accepts, and never says a word of TLS. */
static void serve_silence(RawConnection *connection, void *user)
{
    (void)user;
    raw_wait_closed(connection);
}

static void assert_times_out(Box *box, const char *model, const char *says, const char *key)
{
    static const char *const keys[] = {"`timeout-connect`", "`timeout-first-byte`",
                                       "`timeout-idle`", "`timeout`"};
    g_autoptr(Run) run = box_run(box, NULL, "chat", "--no-stream", "-m", model, "hi", NULL);

    assert_complaint(run, 4, says, "120 ms", key, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if (strcmp(keys[i], key) != 0)
            assert_lacks(run->err, keys[i]);
}

static void test_timeout_connect(void)
{
    Box *box = box_new();
    RawServer *server = raw_server_new(serve_silence, NULL);
    g_autofree char *url = g_strdup_printf("https://127.0.0.1:%u/v1", raw_server_port(server));

    provide(box, url, "timeout-connect = 120ms\n");
    assert_times_out(box, "openai/m", "no connection to 127.0.0.1", "`timeout-connect`");
    raw_server_free(server);
    box_free(box);
}

/* The model's name says where it falls silent: before its head, or after a piece. */
static StubScript *falling_silent(void *user, const StubRequest *request)
{
    bool begins = strstr(request->body->str, "\"begins\"") != NULL;
    StubScript *script = stub_script_new(200, "application/json");

    (void)user;
    if (begins)
        stub_script_text(script, "{\"id\":");
    else
        stub_script_raw(script, "", 0); /* instead of the head */
    stub_script_stall(script);
    return script;
}

static void test_timeouts_of_answers(void)
{
    static const struct {
        const char *setting, *model, *says, *key;
    } rows[] = {
        {"timeout-first-byte = 120ms", "openai/mute", "did not begin to answer",
         "`timeout-first-byte`"},
        {"timeout-idle = 120ms", "openai/begins", "in the middle of its reply", "`timeout-idle`"},
        {"timeout = 120ms", "openai/mute", "in total", "`timeout`"},
        {"timeout = 120ms", "openai/begins", "in total", "`timeout`"},
    };
    g_autoptr(Rig) rig = rig_new_with(falling_silent, NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        provide(rig->box, rig->url, rows[i].setting);
        assert_times_out(rig->box, rows[i].model, rows[i].says, rows[i].key);
        g_assert_true(stub_wait_open(rig_stub(rig), 0));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/connections/proxy/http", test_proxy_http);
    g_test_add_func("/connections/proxy/passed-by", test_proxy_passed_by);
    g_test_add_func("/connections/proxy/https", test_proxy_https);
    g_test_add_func("/connections/proxy/fails", test_proxy_fails);
    g_test_add_func("/connections/redirect/elsewhere", test_redirect_elsewhere);
    g_test_add_func("/connections/redirect/relative", test_redirect_relative);
    g_test_add_func("/connections/reuse", test_reuse);
    g_test_add_func("/connections/timeout/connect", test_timeout_connect);
    g_test_add_func("/connections/timeout/answers", test_timeouts_of_answers);
    return g_test_run();
}
