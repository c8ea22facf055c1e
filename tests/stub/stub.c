/* SPDX-License-Identifier: Apache-2.0 */
/* The stub vendor's server: one thread with the core's own loop, a small state machine a connection
 * (read a request, play a script, next request). It trusts nobody to be fast: every write may be
 * partial. */
#include "stub/stub.h"

#include "loop/loop.h"
#include "stub/script.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S    10
#define TLS_HANDSHAKE 0x16 /* first byte of a ClientHello */

typedef struct Seen {
    char *line, *body;
    size_t body_len; /* the body may hold NULs */
    GHashTable *headers;
} Seen;

struct Stub {
    StubHandler handler;
    void *user;
    int listener, port;
    PbayLoop *loop;
    PbayWatch *watch;
    pthread_t thread;
    atomic_bool stopping;
    GPtrArray *connections; /* Connection *; server thread */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    GPtrArray *seen; /* Seen *; under lock */
    bool forgetful;  /* seen holds NULLs; under lock */
    size_t accepted, open;
};

typedef struct Connection {
    Stub *stub;
    int fd;
    PbayWatch *watch;
    GString *in;
    GByteArray *out;
    StubScript *script; /* being played, or NULL */
    guint step;
    PbayTimer timer;
} Connection;

static void play(Connection *c);

static void seen_free(gpointer data)
{
    Seen *seen = data;

    if (seen == NULL)
        return;
    g_free(seen->line);
    g_free(seen->body);
    g_hash_table_unref(seen->headers);
    g_free(seen);
}

static void connection_close(Connection *c)
{
    Stub *stub = c->stub;

    pbay_loop_timer_stop(stub->loop, &c->timer);
    pbay_loop_forget(stub->loop, c->watch);
    close(c->fd);
    stub_script_free(c->script);
    g_string_free(c->in, TRUE);
    g_byte_array_unref(c->out);
    g_ptr_array_remove_fast(stub->connections, c);
    g_free(c);
    pthread_mutex_lock(&stub->lock);
    stub->open--;
    pthread_cond_broadcast(&stub->changed);
    pthread_mutex_unlock(&stub->lock);
}

static void connection_reset(Connection *c)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};

    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    connection_close(c);
}

/* Writes what it can. False: the connection is gone. */
static bool flush_out(Connection *c)
{
    while (c->out->len != 0) {
        ssize_t n = send(c->fd, c->out->data, c->out->len, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n > 0) {
            g_byte_array_remove_range(c->out, 0, (guint)n);
        } else if (errno == EAGAIN) {
            pbay_loop_rewatch(c->stub->loop, c->watch, PBAY_READ | PBAY_WRITE);
            return true;
        } else if (errno != EINTR) {
            connection_close(c);
            return false;
        }
    }
    pbay_loop_rewatch(c->stub->loop, c->watch, PBAY_READ);
    return true;
}

/* A request with a complete body at the head of `in`, or 0 bytes. */
static size_t request_length(const GString *in, size_t *head_len)
{
    const char *end = strstr(in->str, "\r\n\r\n");
    const char *length;
    size_t body = 0;

    if (end == NULL)
        return 0;
    *head_len = (size_t)(end - in->str) + 4;
    length = strcasestr(in->str, "\r\ncontent-length:");
    if (length != NULL && length < end)
        body = (size_t)g_ascii_strtoull(length + 17, NULL, 10);
    return in->len >= *head_len + body ? *head_len + body : 0;
}

static Seen *parse_request(const char *text, size_t head_len, size_t len)
{
    g_autofree char *head = g_strndup(text, head_len - 4);
    g_auto(GStrv) lines = g_strsplit(head, "\r\n", -1);
    Seen *seen = g_new0(Seen, 1);
    char *version = strrchr(lines[0], ' ');

    if (version != NULL)
        *version = '\0';
    seen->line = g_strdup(lines[0]);
    seen->body_len = len - head_len;
    seen->body = g_malloc0(seen->body_len + 1);
    memcpy(seen->body, text + head_len, seen->body_len);
    seen->headers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 1; lines[i] != NULL; i++) {
        char *colon = strchr(lines[i], ':');

        if (colon != NULL)
            g_hash_table_insert(seen->headers,
                                g_ascii_strdown(lines[i], (gssize)(colon - lines[i])),
                                g_strstrip(g_strdup(colon + 1)));
    }
    return seen;
}

static void start_script(Connection *c, Seen *seen)
{
    Stub *stub = c->stub;
    g_auto(GStrv) words = g_strsplit(seen->line, " ", 2);
    StubRequest request = {.method = words[0],
                           .target = words[1] != NULL ? words[1] : "",
                           .headers = seen->headers,
                           .body = g_string_new_len(seen->body, (gssize)seen->body_len)};

    pthread_mutex_lock(&stub->lock);
    request.number = stub->seen->len;
    pthread_mutex_unlock(&stub->lock);
    c->script = stub->handler(stub->user, &request);
    c->step = 0;
    g_string_free(request.body, TRUE);
    pthread_mutex_lock(&stub->lock);
    if (stub->forgetful)
        g_clear_pointer(&seen, seen_free);
    g_ptr_array_add(stub->seen, seen);
    pthread_cond_broadcast(&stub->changed);
    pthread_mutex_unlock(&stub->lock);
    stub_script_write_head(c->script, c->out);
    play(c);
}

static void next_request(Connection *c)
{
    size_t head_len = 0, len = request_length(c->in, &head_len);
    Seen *seen;

    if (c->script != NULL || len == 0)
        return;
    seen = parse_request(c->in->str, head_len, len);
    g_string_erase(c->in, 0, (gssize)len);
    start_script(c, seen);
}

static void on_timer(void *data)
{
    play(data);
}

/* The script is done: the connection ends with it, or waits for the next request. */
static void finish_script(Connection *c)
{
    bool ends = c->script->until_close;

    stub_script_write_end(c->script, c->out);
    if (!flush_out(c))
        return;
    if (ends && c->out->len == 0) {
        connection_close(c);
        return;
    }
    if (ends) /* the rest of `out` goes first: on_ready comes back here */
        return;
    g_clear_pointer(&c->script, stub_script_free);
    next_request(c);
}

/* Plays steps until one has to wait. */
static void play(Connection *c)
{
    while (c->step < c->script->steps->len) {
        const StubStep *step = &g_array_index(c->script->steps, StubStep, c->step++);

        switch (step->kind) {
        case STUB_SEND:
            stub_script_write_piece(c->script, step, c->out);
            break;
        case STUB_WAIT:
            if (flush_out(c))
                pbay_loop_timer_start(c->stub->loop, &c->timer, step->ms, on_timer, c);
            return;
        case STUB_STALL:
            flush_out(c);
            c->step--;
            return;
        case STUB_CUT:
            if (flush_out(c))
                connection_close(c);
            return;
        case STUB_RESET:
            if (flush_out(c))
                connection_reset(c);
            return;
        }
    }
    finish_script(c);
}

/* As a server of plain HTTP does: by an error in plain text. */
static void refuse_tls(Connection *c)
{
    static const char answer[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n"
                                 "Connection: close\r\n\r\n";

    g_byte_array_append(c->out, (const guint8 *)answer, sizeof answer - 1);
    if (flush_out(c))
        connection_close(c);
}

static void on_ready(void *data, int fd, unsigned events)
{
    Connection *c = data;
    char buffer[65536];
    ssize_t n;

    if ((events & PBAY_WRITE) != 0) {
        if (!flush_out(c))
            return;
        if (c->script != NULL && c->script->until_close && c->out->len == 0 &&
            c->step >= c->script->steps->len) {
            connection_close(c);
            return;
        }
    }
    if ((events & PBAY_READ) == 0)
        return;
    n = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        connection_close(c);
        return;
    }
    if (n > 0)
        g_string_append_len(c->in, buffer, n);
    if (c->in->len != 0 && c->in->str[0] == TLS_HANDSHAKE)
        refuse_tls(c);
    else
        next_request(c);
}

static void on_accept(void *data, int listener, unsigned events)
{
    Stub *stub = data;
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
    Connection *c;

    (void)events;
    if (fd < 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    c = g_new0(Connection, 1);
    c->stub = stub;
    c->fd = fd;
    c->in = g_string_new(NULL);
    c->out = g_byte_array_new();
    g_ptr_array_add(stub->connections, c);
    c->watch = pbay_loop_watch(stub->loop, fd, PBAY_READ, on_ready, c);
    pthread_mutex_lock(&stub->lock);
    stub->accepted++;
    stub->open++;
    pthread_cond_broadcast(&stub->changed);
    pthread_mutex_unlock(&stub->lock);
}

static void *serve(void *data)
{
    Stub *stub = data;

    while (!atomic_load(&stub->stopping) && pbay_loop_turn(stub->loop, -1))
        continue;
    while (stub->connections->len != 0)
        connection_close(g_ptr_array_index(stub->connections, 0));
    pbay_loop_forget(stub->loop, stub->watch);
    return NULL;
}

Stub *stub_new(StubHandler handler, void *user)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    Stub *stub = g_new0(Stub, 1);

    stub->handler = handler;
    stub->user = user;
    stub->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    g_assert_cmpint(bind(stub->listener, (struct sockaddr *)&at, sizeof at), ==, 0);
    g_assert_cmpint(listen(stub->listener, 512), ==, 0);
    g_assert_cmpint(getsockname(stub->listener, (struct sockaddr *)&at, &len), ==, 0);
    stub->port = ntohs(at.sin_port);
    stub->connections = g_ptr_array_new();
    stub->seen = g_ptr_array_new_with_free_func(seen_free);
    pthread_mutex_init(&stub->lock, NULL);
    pthread_cond_init(&stub->changed, NULL);
    stub->loop = pbay_loop_new(NULL);
    g_assert_nonnull(stub->loop);
    stub->watch = pbay_loop_watch(stub->loop, stub->listener, PBAY_READ, on_accept, stub);
    g_assert_cmpint(pthread_create(&stub->thread, NULL, serve, stub), ==, 0);
    return stub;
}

static void nothing(void *data)
{
    (void)data;
}

void stub_free(Stub *stub)
{
    atomic_store(&stub->stopping, true);
    pbay_loop_post(stub->loop, nothing, NULL);
    pthread_join(stub->thread, NULL);
    pbay_loop_free(stub->loop);
    close(stub->listener);
    g_ptr_array_unref(stub->connections);
    g_ptr_array_unref(stub->seen);
    pthread_cond_destroy(&stub->changed);
    pthread_mutex_destroy(&stub->lock);
    g_free(stub);
}

void stub_forget(Stub *stub)
{
    pthread_mutex_lock(&stub->lock);
    stub->forgetful = true;
    pthread_mutex_unlock(&stub->lock);
}

int stub_port(const Stub *stub)
{
    return stub->port;
}

char *stub_url(const Stub *stub, const char *path)
{
    return g_strdup_printf("http://127.0.0.1:%d%s", stub->port, path);
}

static size_t read_count(Stub *stub, const size_t *count)
{
    size_t n;

    pthread_mutex_lock(&stub->lock);
    n = *count;
    pthread_mutex_unlock(&stub->lock);
    return n;
}

size_t stub_requests(Stub *stub)
{
    size_t n;

    pthread_mutex_lock(&stub->lock);
    n = stub->seen->len;
    pthread_mutex_unlock(&stub->lock);
    return n;
}

size_t stub_accepted(Stub *stub)
{
    return read_count(stub, &stub->accepted);
}

size_t stub_open(Stub *stub)
{
    return read_count(stub, &stub->open);
}

/* Under lock. False when time is up. */
static bool wait_change(Stub *stub, const struct timespec *until)
{
    return pthread_cond_timedwait(&stub->changed, &stub->lock, until) == 0;
}

bool stub_wait_requests(Stub *stub, size_t n)
{
    struct timespec until;
    bool there;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&stub->lock);
    while (stub->seen->len < n && wait_change(stub, &until))
        continue;
    there = stub->seen->len >= n;
    pthread_mutex_unlock(&stub->lock);
    return there;
}

bool stub_wait_open(Stub *stub, size_t n)
{
    struct timespec until;
    bool there;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&stub->lock);
    while (stub->open != n && wait_change(stub, &until))
        continue;
    there = stub->open == n;
    pthread_mutex_unlock(&stub->lock);
    return there;
}

static const Seen *seen_at(Stub *stub, size_t n)
{
    const Seen *seen;

    pthread_mutex_lock(&stub->lock);
    g_assert_cmpuint(n, <, stub->seen->len);
    seen = g_ptr_array_index(stub->seen, n);
    pthread_mutex_unlock(&stub->lock);
    return seen;
}

const char *stub_request_header(Stub *stub, size_t n, const char *name)
{
    return g_hash_table_lookup(seen_at(stub, n)->headers, name);
}

const char *stub_request_body(Stub *stub, size_t n)
{
    return seen_at(stub, n)->body;
}

const char *stub_request_line(Stub *stub, size_t n)
{
    return seen_at(stub, n)->line;
}
