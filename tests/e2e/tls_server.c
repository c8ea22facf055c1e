/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and TLS servers out of programs: spawned with pipes, read until they have said what
 * a test waits for. For the test's thread. */
#include "e2e/tls_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 30000

bool tls_have(const char *program)
{
    g_autofree char *path = g_find_program_in_path(program);
    g_autofree char *why = g_strdup_printf("there is no %s program here", program);

    if (path == NULL)
        g_test_skip(why);
    return path != NULL;
}

/* ---- Certificates ---- */

static const char *in_box(Box *box, const char *name, const char *suffix)
{
    g_autofree char *file = g_strconcat(name, suffix, NULL);

    return box_path(box, file);
}

static void openssl(const char *const *args)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autofree char *err = NULL;
    int status = 0;

    g_ptr_array_add(argv, (char *)"openssl");
    for (; *args != NULL; args++)
        g_ptr_array_add(argv, (char *)*args);
    g_ptr_array_add(argv, NULL);
    g_assert_true(g_spawn_sync(NULL, (char **)argv->pdata, NULL,
                               G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL,
                               &err, &status, NULL));
    if (status != 0)
        g_error("openssl failed:\n%s", err);
}

void tls_make_ca(Box *box, const char *name)
{
    g_autofree char *subject = g_strconcat("/CN=", name, NULL);
    const char *const args[] = {"req",
                                "-x509",
                                "-nodes",
                                "-newkey",
                                "ec",
                                "-pkeyopt",
                                "ec_paramgen_curve:P-256",
                                "-days",
                                "2",
                                "-subj",
                                subject,
                                "-keyout",
                                in_box(box, name, ".key"),
                                "-out",
                                in_box(box, name, ".pem"),
                                NULL};

    openssl(args);
}

void tls_make_leaf(Box *box, const char *ca, const char *name, const char *names, int days)
{
    g_autofree char *extensions = g_strdup_printf("subjectAltName=%s\n", names);
    g_autofree char *file = g_strconcat(name, ".ext", NULL);
    g_autofree char *age = g_strdup_printf("%d", days);
    const char *request = in_box(box, name, ".csr");
    const char *const ask[] = {"req",      "-nodes",
                               "-newkey",  "ec",
                               "-pkeyopt", "ec_paramgen_curve:P-256",
                               "-subj",    "/CN=a test server",
                               "-keyout",  in_box(box, name, ".key"),
                               "-out",     request,
                               NULL};
    const char *const sign[] = {"x509",
                                "-req",
                                "-in",
                                request,
                                "-CA",
                                in_box(box, ca, ".pem"),
                                "-CAkey",
                                in_box(box, ca, ".key"),
                                "-CAcreateserial",
                                "-days",
                                age,
                                "-extfile",
                                box_file(box, file, extensions, -1),
                                "-out",
                                in_box(box, name, ".pem"),
                                NULL};

    openssl(ask);
    openssl(sign);
}

/* ---- Servers ---- */

static void die_with_test(gpointer user)
{
    (void)user;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static TlsServer *spawn(const char *const *argv)
{
    TlsServer *server = g_new0(TlsServer, 1);

    server->said = g_string_new(NULL);
    g_assert_true(g_spawn_async_with_pipes(
        NULL, (char **)argv, NULL,
        G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, die_with_test,
        NULL, &server->pid, &server->in, &server->out, NULL, NULL));
    return server;
}

/* False: it ended. */
static bool read_more(TlsServer *server)
{
    struct pollfd ready = {.fd = server->out, .events = POLLIN};
    char buffer[4096];
    ssize_t n;

    if (poll(&ready, 1, PATIENCE_MS) <= 0)
        g_error("the server fell silent:\n%s", server->said->str);
    n = read(server->out, buffer, sizeof buffer);
    if (n > 0)
        g_string_append_len(server->said, buffer, n);
    return n > 0;
}

static bool says(TlsServer *server, const char *text)
{
    while (strstr(server->said->str, text) == NULL)
        if (!read_more(server))
            return false;
    return true;
}

void tls_server_await(TlsServer *server, const char *text)
{
    if (!says(server, text))
        g_error("the server never said \"%s\":\n%s", text, server->said->str);
}

void tls_server_await_end(TlsServer *server)
{
    while (read_more(server))
        continue;
}

size_t tls_server_count(const TlsServer *server, const char *text)
{
    size_t n = 0;

    for (const char *at = server->said->str; (at = strstr(at, text)) != NULL; at++)
        n++;
    return n;
}

TlsServer *tls_server_new(Box *box, const char *name)
{
    static const char lead[] = "ACCEPT 127.0.0.1:";
    const char *argv[] = {"openssl",  "s_server",
                          "-accept",  "127.0.0.1:0",
                          "-key",     in_box(box, name, ".key"),
                          "-cert",    in_box(box, name, ".pem"),
                          "-naccept", "1",
                          NULL};
    TlsServer *server = spawn(argv);
    const char *at;

    tls_server_await(server, lead);
    while (strchr(at = strstr(server->said->str, lead), '\n') == NULL)
        g_assert_true(read_more(server));
    server->port = atoi(at + sizeof lead - 1);
    return server;
}

void tls_server_answer(TlsServer *server, const char *json)
{
    g_autofree char *text = g_strdup_printf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                            "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                                            strlen(json), json);
    size_t len = strlen(text);

    g_assert_cmpint(write(server->in, text, len), ==, (gssize)len);
}

static int free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(bind(fd, (struct sockaddr *)&at, sizeof at), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&at, &len), ==, 0);
    close(fd);
    return ntohs(at.sin_port);
}

/* It takes no port 0, so another program may take its port first. */
TlsServer *tls_nghttpd_new(Box *box, const char *name, const char *documents)
{
    for (int i = 0; i < 5; i++) {
        int number = free_port();
        g_autofree char *port = g_strdup_printf("%d", number);
        g_autofree char *ready = g_strdup_printf("listen 127.0.0.1:%d", number);
        const char *argv[] = {"nghttpd",
                              "--verbose",
                              "--address=127.0.0.1",
                              "--htdocs",
                              box_path(box, documents),
                              port,
                              in_box(box, name, ".key"),
                              in_box(box, name, ".pem"),
                              NULL};
        TlsServer *server = spawn(argv);

        server->port = number;
        if (says(server, ready))
            return server;
        tls_server_free(server);
    }
    return NULL;
}

void tls_server_free(TlsServer *server)
{
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    g_spawn_close_pid(server->pid);
    close(server->in);
    close(server->out);
    g_string_free(server->said, TRUE);
    g_free(server);
}
