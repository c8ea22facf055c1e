/* SPDX-License-Identifier: Apache-2.0 */
/* What goes wrong outside: networks that refuse, names that do not resolve, certificates nobody
 * trusts, servers that stall, cut or fail late, disks that are full and readers that are gone. */
#include "e2e/rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

/* Full lines of stderr that begin with "patchbay: ". */
static size_t count_messages(const char *err)
{
    g_auto(GStrv) lines = g_strsplit(err, "\n", -1);
    size_t n = 0;

    for (char **line = lines; *line != NULL; line++)
        n += g_str_has_prefix(*line, "patchbay: ") ? 1 : 0;
    return n;
}

/* A port where nobody listens: bound, and let go. */
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

static void test_refused_connection(void)
{
    Box *box = box_new();
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/v1", free_port());
    g_autoptr(Run) run = NULL;

    box_provider(box, "openai", url, RIG_KEY);
    run = box_run(box, NULL, "chat", "-m", "openai/parrot", "hi", NULL);
    assert_complaint(run, 4, "127.0.0.1", "refused", NULL);
    g_assert_cmpuint(count_messages(run->err), ==, 1);
    box_free(box);
}

static void test_unknown_host(void)
{
    Box *box = box_new();
    g_autoptr(Run) run = NULL;

    box_provider(box, "openai", "http://vendor.invalid/v1", RIG_KEY);
    run = box_run(box, NULL, "chat", "-m", "openai/parrot", "hi", NULL);
    assert_complaint(run, 4, "vendor.invalid", NULL);
    g_assert_cmpuint(count_messages(run->err), ==, 1);
    box_free(box);
}

static void test_bad_base_url(void)
{
    static const char *const urls[] = {"ftp://127.0.0.1/v1", "127.0.0.1:80", "http://",
                                       "http://a b/"};

    for (size_t i = 0; i < G_N_ELEMENTS(urls); i++) {
        Box *box = box_new();
        g_autoptr(Run) configured = NULL, given = NULL;

        box_provider(box, "openai", urls[i], RIG_KEY);
        configured = box_run(box, NULL, "chat", "-m", "openai/parrot", "hi", NULL);
        assert_complaint(configured, 2, "base-url", NULL);
        box_provider(box, "openai", "http://127.0.0.1:9/v1", RIG_KEY);
        given =
            box_run(box, NULL, "chat", "-m", "openai/parrot", "--base-url", urls[i], "hi", NULL);
        g_assert_cmpint(given->code, >=, 1);
        g_assert_cmpint(given->code, <=, 3);
        g_assert_cmpstr(given->out, ==, "");
        g_assert_cmpuint(count_messages(given->err), ==, 1);
        box_free(box);
    }
}

/* ---- TLS ---- */

/* openssl's test server, which prints what it received. */
typedef struct TlsServer {
    GPid pid;
    int port, in, out;
    GString *said;
} TlsServer;

static void tls_await(TlsServer *server, const char *text)
{
    while (strstr(server->said->str, text) == NULL) {
        char buffer[1024];
        ssize_t n = read(server->out, buffer, sizeof buffer);

        if (n <= 0)
            g_error("the TLS server never said \"%s\":\n%s", text, server->said->str);
        g_string_append_len(server->said, buffer, n);
    }
}

static void make_certificate(const char *openssl, const char *key, const char *cert)
{
    const char *argv[] = {openssl,    "req",
                          "-x509",    "-newkey",
                          "rsa:2048", "-nodes",
                          "-days",    "2",
                          "-subj",    "/CN=127.0.0.1",
                          "-addext",  "subjectAltName=IP:127.0.0.1",
                          "-keyout",  key,
                          "-out",     cert,
                          NULL};
    int status = 0;

    g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL,
                               G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                               NULL, NULL, &status, NULL));
    g_assert_cmpint(status, ==, 0);
}

/* With a certificate of its own making; false: there is no openssl here. */
static bool start_tls(Box *box, TlsServer *server)
{
    g_autofree char *openssl = g_find_program_in_path("openssl");
    const char *key = box_path(box, "key.pem"), *cert = box_path(box, "cert.pem");
    const char *argv[] = {openssl, "s_server", "-accept", "127.0.0.1:0", "-key",
                          key,     "-cert",    cert,      NULL};

    if (openssl == NULL)
        return false;
    make_certificate(openssl, key, cert);
    server->said = g_string_new(NULL);
    g_assert_true(g_spawn_async_with_pipes(
        NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
        NULL, &server->pid, &server->in, &server->out, NULL, NULL));
    tls_await(server, "ACCEPT 127.0.0.1:");
    while (strstr(strstr(server->said->str, "ACCEPT"), "\n") == NULL)
        tls_await(server, "\n");
    server->port = atoi(strstr(server->said->str, "ACCEPT 127.0.0.1:") + 17);
    return true;
}

static void stop_tls(TlsServer *server)
{
    kill(server->pid, SIGKILL);
    g_spawn_close_pid(server->pid);
    close(server->in);
    close(server->out);
    g_string_free(server->said, TRUE);
}

static void test_tls(void)
{
    Box *box = box_new();
    TlsServer server = {0};
    g_autofree char *url = NULL, *trust = NULL;
    g_autoptr(Run) distrusted = NULL, trusted = NULL;
    Process *process;

    if (!start_tls(box, &server)) {
        g_test_skip("there is no openssl program to serve with");
        box_free(box);
        return;
    }
    url = g_strdup_printf("https://127.0.0.1:%d/v1", server.port);
    box_provider(box, "openai", url, RIG_KEY);
    distrusted = box_run(box, NULL, "chat", "-m", "openai/parrot", "hi", NULL);
    assert_complaint(distrusted, 4, "certificate", NULL);
    g_assert_cmpuint(count_messages(distrusted->err), ==, 1);
    assert_lacks(server.said->str, "POST");
    /* With that certificate as authority the request arrives. */
    trust = g_strdup_printf("provider.openai.ca-file=%s", box_path(box, "cert.pem"));
    process = box_start(box, "chat", "-m", "openai/parrot", "--set", trust, "hi", NULL);
    tls_await(&server, "POST /v1/chat/completions");
    stop_tls(&server);
    trusted = process_end(process);
    assert_complaint(trusted, 4, NULL);
    box_free(box);
}

/* TLS to a port that speaks plain HTTP. */
static void test_no_tls_there(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autofree char *url = g_strdup_printf("https://127.0.0.1:%d/v1", stub_port(rig_stub(rig)));
    g_autoptr(Run) run =
        box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "--base-url", url, "hi", NULL);

    assert_complaint(run, 4, "no secure connection", NULL);
}

/* ---- Servers that misbehave ---- */

static void test_stalled_server(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) silent =
        box_run(rig->box, NULL, "chat", "-m", "openai/silent", "--timeout", "150ms", "hi", NULL);
    g_autoptr(Run) stalled =
        box_run(rig->box, NULL, "chat", "-m", "openai/stall", "--timeout", "300ms", "hi", NULL);
    g_autoptr(Run) configured = box_run(rig->box, NULL, "chat", "-m", "openai/silent", "--set",
                                        "provider.openai.timeout-first-byte=150ms", "hi", NULL);

    assert_complaint(silent, 4, "timeout", "150 ms", NULL);
    assert_run(stalled, 4, "The first piece\n");
    assert_contains(stalled->err, "timeout");
    g_assert_cmpuint(count_messages(stalled->err), ==, 1);
    assert_complaint(configured, 4, "timeout", NULL);
    g_assert_true(stub_wait_open(rig_stub(rig), 0));
}

static StubScript *misbehaving(void *user, const StubRequest *request)
{
    static const char short_body[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                     "Content-Length: 5000\r\n\r\n{\"id\":";
    static const char not_http[] = "SSH-2.0-OpenSSH_9.2\r\n\r\n";
    static const char html[] = "<html><body>502 Bad Gateway</body></html>";
    const char *how = user;
    bool bad_gateway = strcmp(how, "html") == 0, redirect = strcmp(how, "redirect") == 0;
    StubScript *script = stub_script_new(bad_gateway ? 502 : redirect ? 307 : 200, "text/html");

    (void)request;
    if (strcmp(how, "reset") == 0)
        stub_script_reset(script);
    else if (strcmp(how, "not-http") == 0)
        stub_script_raw(script, not_http, sizeof not_http - 1);
    else if (strcmp(how, "short") == 0)
        stub_script_raw(script, short_body, sizeof short_body - 1);
    else if (bad_gateway)
        stub_script_text(script, html);
    else if (redirect)
        stub_script_header(script, "Location", "http://elsewhere.invalid/v1/chat/completions");
    return script;
}

static void misbehaves(const char *how, int code, const char *message)
{
    g_autoptr(Rig) rig = rig_new_with(misbehaving, (void *)how);
    g_autoptr(Run) stream = box_run(rig->box, NULL, "chat", "-m", "openai/x", "hi", NULL);
    g_autoptr(Run) whole =
        box_run(rig->box, NULL, "chat", "--no-stream", "-m", "openai/x", "hi", NULL);

    assert_complaint(stream, code, message, NULL);
    assert_complaint(whole, code, message, NULL);
    g_assert_cmpuint(count_messages(stream->err), ==, 1);
}

static void test_misbehaving_servers(void)
{
    misbehaves("reset", 4, "127.0.0.1");
    misbehaves("not-http", 4, "127.0.0.1");
    misbehaves("html", 4, "502");
    misbehaves("empty", 4, "");
    misbehaves("short", 4, "");
    misbehaves("redirect", 2, "redirects");
}

static void test_broken_answer(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = box_run(rig->box, NULL, "chat", "-m", "openai/broken", "hi", NULL);

    assert_complaint(run, 4, NULL);
}

/* What the vendor asks for and calls the request is told. */
static void test_retry_hint(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = box_run(rig->box, NULL, "chat", "-m", "openai/http-429", "hi", NULL);

    assert_complaint(run, 3, "rate_limit", "2.5 s", "req_stub_1", NULL);
}

/* ---- Readers and disks ---- */

static void test_closed_reader(void)
{
    static const char *const ways[] = {"chat", "request"};
    g_autoptr(Rig) rig = rig_new();
    const char *file = box_file(rig->box, "r.json",
                                "{\"model\":\"openai/stall\",\"stream\":true,\"messages\":[{"
                                "\"role\":\"user\",\"content\":\"x\"}]}",
                                -1);

    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        Process *process = i == 0 ? box_start(rig->box, "chat", "-m", "openai/stall", "x", NULL)
                                  : box_start(rig->box, "request", file, NULL);
        g_autoptr(Run) run = NULL;

        process_await(process, "The first piece");
        process_close_out(process);
        g_assert_true(stub_wait_open(rig_stub(rig), 0));
        run = process_end(process);
        g_assert_cmpint(run->code, ==, 0);
        g_assert_cmpstr(run->err, ==, "");
    }
}

/* Before anything was printed: nothing is left to wait for. */
static void test_closed_reader_early(void)
{
    g_autoptr(Rig) rig = rig_new();
    Process *process = box_start(rig->box, "chat", "-m", "openai/silent", "x", NULL);
    g_autoptr(Run) run = NULL;

    g_assert_true(stub_wait_requests(rig_stub(rig), 1));
    process_close_out(process);
    g_assert_true(stub_wait_open(rig_stub(rig), 0));
    run = process_end(process);
    g_assert_cmpint(run->code, ==, 0);
    g_assert_cmpstr(run->err, ==, "");
}

/* `>&-`: the descriptor must not become the upstream's socket. */
static void test_closed_stdout(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = NULL, listed = NULL;

    rig->box->stdout_to = g_strdup("");
    run = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "x", NULL);
    listed = box_run(rig->box, NULL, "drivers", NULL);
    g_assert_cmpint(run->code, ==, 0);
    g_assert_cmpstr(run->err, ==, "");
    g_assert_cmpint(listed->code, ==, 0);
    g_assert_cmpstr(listed->err, ==, "");
}

static void test_full_stdout(void)
{
    static const char *const commands[][4] = {
        {"chat", "-m", "openai/parrot", "hi"}, {"embed", "-m", "openai/e", "hi"},
        {"complete", "-m", "openai/c", "hi"},  {"drivers", NULL, NULL, NULL},
        {"models", "--json", NULL, NULL},      {"config", "show", NULL, NULL},
        {"explain", "-m", "openai/x", "hi"},
    };
    g_autoptr(Rig) rig = rig_new();

    rig->box->stdout_to = g_strdup("/dev/full");
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        const char *const argv[] = {commands[i][0], commands[i][1], commands[i][2], commands[i][3],
                                    NULL};
        g_autoptr(Run) run = box_run_argv(rig->box, NULL, 0, argv);

        assert_complaint(run, 6, "standard output", "No space left", NULL);
        g_assert_cmpuint(count_messages(run->err), ==, 1);
    }
}

static void test_full_disk(void)
{
    g_autoptr(Rig) rig = rig_new();
    const char *dir = box_path(rig->box, "small");
    g_autofree char *file = g_build_filename(dir, "image.png", NULL);
    g_autofree char *filler = g_build_filename(dir, "filler", NULL);
    g_autofree char *zeros = g_malloc0(1 << 20);
    g_autoptr(Run) device = box_run(rig->box, NULL, "image", "-m", "openai/gpt-image-1", "-o",
                                    "/dev/full", "a fox", NULL);
    g_autoptr(Run) run = NULL;

    assert_complaint(device, 6, "/dev/full", "No space left", NULL);
    g_assert_cmpint(g_mkdir(dir, 0755), ==, 0);
    if (mount("tmpfs", dir, "tmpfs", 0, "size=64k") != 0) {
        g_test_skip("no right to mount a small tmpfs");
        return;
    }
    g_file_set_contents(filler, zeros, 1 << 20, NULL);
    {
        FILE *fill = fopen(filler, "w"); /* whatever of it fits */

        while (fill != NULL && fwrite(zeros, 1, 4096, fill) == 4096 && fflush(fill) == 0)
            continue;
        if (fill != NULL)
            fclose(fill);
    }
    run = box_run(rig->box, NULL, "image", "-m", "openai/gpt-image-1", "-o", file, "a fox", NULL);
    g_assert_false(g_file_test(file, G_FILE_TEST_EXISTS));
    {
        g_autoptr(GDir) left = g_dir_open(dir, 0, NULL);

        g_assert_cmpstr(g_dir_read_name(left), ==, "filler"); /* and no half image beside it */
        g_assert_null(g_dir_read_name(left));
    }
    g_assert_cmpint(umount2(dir, MNT_DETACH), ==, 0);
    assert_complaint(run, 6, file, "No space left", NULL);
}

/* Known before the image is asked and paid for. */
static void test_output_that_cannot_be(void)
{
    g_autoptr(Rig) rig = rig_new();
    const char *nowhere = box_path(rig->box, "no/such/folder.png");
    g_autoptr(Run) dir = box_run(rig->box, NULL, "image", "-m", "openai/gpt-image-1", "-o",
                                 rig->box->dir, "a fox", NULL);
    g_autoptr(Run) missing =
        box_run(rig->box, NULL, "image", "-m", "openai/gpt-image-1", "-o", nowhere, "a fox", NULL);

    assert_complaint(dir, 1, rig->box->dir, "directory", NULL);
    assert_complaint(missing, 1, nowhere, "No such file", NULL);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/failures/refused-connection", test_refused_connection);
    g_test_add_func("/failures/unknown-host", test_unknown_host);
    g_test_add_func("/failures/bad-base-url", test_bad_base_url);
    g_test_add_func("/failures/tls", test_tls);
    g_test_add_func("/failures/no-tls-there", test_no_tls_there);
    g_test_add_func("/failures/stalled-server", test_stalled_server);
    g_test_add_func("/failures/misbehaving-servers", test_misbehaving_servers);
    g_test_add_func("/failures/broken-answer", test_broken_answer);
    g_test_add_func("/failures/retry-hint", test_retry_hint);
    g_test_add_func("/failures/closed-reader", test_closed_reader);
    g_test_add_func("/failures/closed-reader-early", test_closed_reader_early);
    g_test_add_func("/failures/closed-stdout", test_closed_stdout);
    g_test_add_func("/failures/full-stdout", test_full_stdout);
    g_test_add_func("/failures/full-disk", test_full_disk);
    g_test_add_func("/failures/output-that-cannot-be", test_output_that_cannot_be);
    return g_test_run();
}
