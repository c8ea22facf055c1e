/* SPDX-License-Identifier: Apache-2.0 */
/* TLS as people meet it: certificates that must be refused and are, before a byte of the request
 * left; authorities of one's own; and HTTP/2 where a server offers it, on one connection for many
 * calls. */
#include "e2e/library.h"
#include "e2e/tls_server.h"

#include <glib/gstdio.h>
#include <string.h>

#define KEY "sk-e2e-tls-key-0001"
#define ANSWER                                                                                     \
    "{\"id\":\"c1\",\"object\":\"chat.completion\",\"model\":\"m\",\"choices\":[{\"index\":0,"     \
    "\"message\":{\"role\":\"assistant\",\"content\":\"Hello, sealed world\"},"                    \
    "\"finish_reason\":\"stop\"}]}"

/* [provider openai] at https://HOST:PORT/PATH; ca NULL: the system's authorities. */
static void provide(Box *box, const char *host, int port, const char *path, const char *ca)
{
    g_autofree char *file = ca != NULL ? g_strconcat(ca, ".pem", NULL) : NULL;
    g_autofree char *text = g_strdup_printf(
        "[provider openai]\nbase-url = https://%s:%d%s\napi-key = " KEY "\ntimeout = 20s\n%s%s\n",
        host, port, path, file != NULL ? "ca-file = " : "",
        file != NULL ? box_path(box, file) : "");

    box_conf(box, "openai", text);
}

static Run *ask(Box *box)
{
    return box_run(box, NULL, "chat", "--no-stream", "-m", "openai/m", "hi", NULL);
}

/* Refused with these parts in the message; the server never had more than the handshake. */
static void assert_refused(Box *box, TlsServer *server, const char *host, const char *reason,
                           const char *remedy)
{
    g_autofree char *where = g_strdup_printf("%s:%d", host, server->port);
    g_autoptr(Run) run = ask(box);

    assert_complaint(run, 4, "no secure connection", where, reason, remedy, NULL);
    assert_lacks(run->err, KEY);
    tls_server_await_end(server);
    assert_lacks(server->said->str, "POST");
    assert_lacks(server->said->str, KEY);
}

static void test_self_signed(void)
{
    Box *box;
    TlsServer *server;

    if (!tls_have("openssl"))
        return;
    box = box_new();
    tls_make_ca(box, "self");
    server = tls_server_new(box, "self");
    provide(box, "127.0.0.1", server->port, "/v1", NULL);
    assert_refused(box, server, "127.0.0.1", "self-signed certificate", "ca-file");
    tls_server_free(server);
    box_free(box);
}

static void test_wrong_authority(void)
{
    Box *box;
    TlsServer *server;

    if (!tls_have("openssl"))
        return;
    box = box_new();
    tls_make_ca(box, "ca");
    tls_make_ca(box, "other");
    tls_make_leaf(box, "ca", "leaf", "IP:127.0.0.1", 2);
    server = tls_server_new(box, "leaf");
    provide(box, "127.0.0.1", server->port, "/v1", "other");
    assert_refused(box, server, "127.0.0.1", "local issuer", "other.pem");
    tls_server_free(server);
    box_free(box);
}

static void test_wrong_host(void)
{
    Box *box;
    TlsServer *server;

    if (!tls_have("openssl"))
        return;
    box = box_new();
    tls_make_ca(box, "ca");
    tls_make_leaf(box, "ca", "leaf", "DNS:vendor.example,IP:127.0.0.2", 2);
    server = tls_server_new(box, "leaf");
    provide(box, "127.0.0.1", server->port, "/v1", "ca");
    assert_refused(box, server, "127.0.0.1", "matches target", "base-url");
    tls_server_free(server);
    server = tls_server_new(box, "leaf");
    provide(box, "localhost", server->port, "/v1", "ca");
    assert_refused(box, server, "localhost", "localhost'; its certificate", "base-url");
    tls_server_free(server);
    box_free(box);
}

static void test_expired(void)
{
    Box *box;
    TlsServer *server;

    if (!tls_have("openssl"))
        return;
    box = box_new();
    tls_make_ca(box, "ca");
    tls_make_leaf(box, "ca", "leaf", "IP:127.0.0.1", -1);
    server = tls_server_new(box, "leaf");
    provide(box, "127.0.0.1", server->port, "/v1", "ca");
    assert_refused(box, server, "127.0.0.1", "certificate has expired", "clock");
    tls_server_free(server);
    box_free(box);
}

static void test_own_authority(void)
{
    Box *box;
    TlsServer *server;
    Process *process;
    g_autoptr(Run) run = NULL;

    if (!tls_have("openssl"))
        return;
    box = box_new();
    tls_make_ca(box, "ca");
    tls_make_leaf(box, "ca", "leaf", "IP:127.0.0.1", 2);
    server = tls_server_new(box, "leaf");
    provide(box, "127.0.0.1", server->port, "/v1", "ca");
    process = box_start(box, "chat", "--no-stream", "-m", "openai/m", "hi", NULL);
    tls_server_await(server, "POST /v1/chat/completions HTTP/1.1");
    tls_server_await(server, "\"messages\"");
    tls_server_answer(server, ANSWER);
    run = process_end(process);
    assert_run(run, 0, "Hello, sealed world\n");
    assert_contains(server->said->str, "Bearer " KEY);
    tls_server_free(server);
    box_free(box);
}

/* Known before anybody is asked: nobody listens there. */
static void test_missing_ca_file(void)
{
    Box *box = box_new();
    g_autoptr(Run) run = NULL;

    provide(box, "127.0.0.1", 9, "/v1", "nowhere");
    run = ask(box);
    assert_complaint(run, 2, "`ca-file`", box_path(box, "nowhere.pem"), "No such file", NULL);
    box_free(box);
}

/* A file without certificates trusts nobody: it does not fall back to other authorities. */
static void test_empty_ca_file(void)
{
    Box *box;
    TlsServer *server;
    g_autoptr(Run) run = NULL;

    if (!tls_have("openssl"))
        return;
    box = box_new();
    tls_make_ca(box, "self");
    server = tls_server_new(box, "self");
    box_file(box, "empty.pem", "no certificate in here\n", -1);
    provide(box, "127.0.0.1", server->port, "/v1", "empty");
    run = ask(box);
    assert_complaint(run, 2, "`ca-file`", box_path(box, "empty.pem"), NULL);
    tls_server_await_end(server);
    assert_lacks(server->said->str, "POST");
    tls_server_free(server);
    box_free(box);
}

/* ---- HTTP/2 ---- */

/* Documents that answer a chat: /whole/v1 in one, /streamed/v1 as events. */
static void make_documents(Box *box)
{
    static const char *const dirs[] = {"whole", "streamed"};
    static const char events[] =
        "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello, \"},"
        "\"finish_reason\":null}]}\n\ndata: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":"
        "{\"content\":\"streams\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

    for (size_t i = 0; i < G_N_ELEMENTS(dirs); i++) {
        g_autofree char *dir = g_strdup_printf("docs/%s/v1/chat", dirs[i]);
        g_autofree char *file = g_strconcat(dir, "/completions", NULL);

        g_assert_cmpint(g_mkdir_with_parents(box_path(box, dir), 0755), ==, 0);
        box_file(box, file, i == 0 ? ANSWER : events, -1);
    }
}

static TlsServer *serve_h2(Box *box)
{
    TlsServer *server;

    make_documents(box);
    tls_make_ca(box, "ca");
    tls_make_leaf(box, "ca", "leaf", "IP:127.0.0.1", 2);
    server = tls_nghttpd_new(box, "leaf", "docs");
    if (server == NULL)
        g_test_skip("nghttpd did not start on any of five ports");
    return server;
}

/* A client's streams are numbered 1, 3, 5 ...: the last says that all were on one connection. */
static void test_h2_one_connection(void)
{
    enum { CALLS = 20 };
    g_autofree char *last = g_strdup_printf("stream_id=%d closed", 2 * CALLS - 1);
    Box *box;
    TlsServer *server;
    patchbay *pb;

    if (!tls_have("openssl") || !tls_have("nghttpd"))
        return;
    box = box_new();
    server = serve_h2(box);
    if (server != NULL) {
        provide(box, "127.0.0.1", server->port, "/whole/v1", "ca");
        pb = library_open(box);
        for (int i = 0; i < CALLS; i++)
            library_chat(pb, "openai/m", "Hello, sealed world");
        tls_server_await(server, last);
        g_assert_cmpuint(tls_server_count(server, "The negotiated protocol: h2"), ==, 1);
        g_assert_cmpuint(tls_server_count(server, "[id=2]"), ==, 0);
        g_assert_cmpuint(tls_server_count(server, ":method: POST"), ==, CALLS);
        g_assert_cmpuint(tls_server_count(server, ":path: /whole/v1/chat/completions"), ==, CALLS);
        g_assert_cmpuint(tls_server_count(server, "authorization: Bearer " KEY), ==, CALLS);
        patchbay_close(pb);
        tls_server_free(server);
    }
    box_free(box);
}

static void test_h2_stream(void)
{
    Box *box;
    TlsServer *server;

    if (!tls_have("openssl") || !tls_have("nghttpd"))
        return;
    box = box_new();
    server = serve_h2(box);
    if (server != NULL) {
        g_autoptr(Run) run = NULL, refused = NULL;

        provide(box, "127.0.0.1", server->port, "/streamed/v1", "ca");
        run = box_run(box, NULL, "chat", "-m", "openai/m", "hi", NULL);
        assert_run(run, 0, "Hello, streams\n");
        tls_server_await(server, "stream_id=1 closed");
        g_assert_cmpuint(tls_server_count(server, "The negotiated protocol: h2"), ==, 1);
        /* A 404 of HTTP/2 is a 404. */
        provide(box, "127.0.0.1", server->port, "/nothing/v1", "ca");
        refused = ask(box);
        assert_complaint(refused, 3, "404", NULL);
        tls_server_free(server);
    }
    box_free(box);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tls/self-signed", test_self_signed);
    g_test_add_func("/tls/wrong-authority", test_wrong_authority);
    g_test_add_func("/tls/wrong-host", test_wrong_host);
    g_test_add_func("/tls/expired", test_expired);
    g_test_add_func("/tls/own-authority", test_own_authority);
    g_test_add_func("/tls/missing-ca-file", test_missing_ca_file);
    g_test_add_func("/tls/empty-ca-file", test_empty_ca_file);
    g_test_add_func("/tls/h2/one-connection", test_h2_one_connection);
    g_test_add_func("/tls/h2/stream", test_h2_stream);
    return g_test_run();
}
