/* SPDX-License-Identifier: Apache-2.0 */
/* The raw server: one thread accepts, one thread a connection. It knows as much HTTP as it takes
 * to find the end of a request. */
#include "support/raw_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WAIT_S 30

typedef struct Served {
    RawConnection connection;
    pthread_t thread;
} Served;

struct RawServer {
    int fd;
    unsigned port;
    RawServeFn serve;
    void *user;
    pthread_t thread;
    atomic_uint accepted;
    atomic_bool stopping;
    pthread_mutex_t lock;
    GPtrArray *served; /* Served * */
};

static void *serve_one(void *data)
{
    Served *served = data;
    RawServer *server = served->connection.server;
    server->serve(&served->connection, server->user);
    shutdown(served->connection.fd, SHUT_RDWR);
    return NULL;
}

static void accept_one(RawServer *server)
{
    int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    Served *served = g_new0(Served, 1);
    unsigned number = atomic_fetch_add(&server->accepted, 1);
    served->connection = (RawConnection){.server = server, .fd = fd, .number = number};
    pthread_mutex_lock(&server->lock);
    g_ptr_array_add(server->served, served);
    pthread_mutex_unlock(&server->lock);
    int failed = pthread_create(&served->thread, NULL, serve_one, served);
    g_assert_cmpint(failed, ==, 0);
}

static void *accept_all(void *data)
{
    RawServer *server = data;
    while (!atomic_load(&server->stopping)) {
        struct pollfd ready = {.fd = server->fd, .events = POLLIN};
        if (poll(&ready, 1, -1) > 0 && !atomic_load(&server->stopping))
            accept_one(server);
    }
    return NULL;
}

RawServer *raw_server_new(RawServeFn serve, void *user)
{
    RawServer *server = g_new0(RawServer, 1);
    server->serve = serve;
    server->user = user;
    server->served = g_ptr_array_new_with_free_func(g_free);
    pthread_mutex_init(&server->lock, NULL);
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(server->fd, >=, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    g_assert_cmpint(bind(server->fd, (struct sockaddr *)&address, len), ==, 0);
    g_assert_cmpint(listen(server->fd, 128), ==, 0);
    g_assert_cmpint(getsockname(server->fd, (struct sockaddr *)&address, &len), ==, 0);
    server->port = ntohs(address.sin_port);
    g_assert_cmpint(pthread_create(&server->thread, NULL, accept_all, server), ==, 0);
    return server;
}

void raw_server_free(RawServer *server)
{
    atomic_store(&server->stopping, true);
    shutdown(server->fd, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->fd);
    for (guint i = 0; i < server->served->len; i++) {
        Served *served = server->served->pdata[i];
        shutdown(served->connection.fd, SHUT_RDWR);
        pthread_join(served->thread, NULL);
        close(served->connection.fd);
    }
    g_ptr_array_free(server->served, TRUE);
    pthread_mutex_destroy(&server->lock);
    g_free(server);
}

unsigned raw_server_port(const RawServer *server)
{
    return server->port;
}

unsigned raw_server_accepted(const RawServer *server)
{
    return atomic_load(&server->accepted);
}

char *raw_server_url(const RawServer *server, const char *path)
{
    return g_strdup_printf("http://127.0.0.1:%u%s", server->port, path);
}

static bool read_more(RawConnection *connection, GString *out)
{
    char buf[16384];
    ssize_t n = recv(connection->fd, buf, sizeof buf, 0);
    if (n <= 0)
        return false;
    g_string_append_len(out, buf, n);
    return true;
}

/* How long the request is once its head is there, else 0. */
static size_t whole_length(const GString *out)
{
    const char *end = strstr(out->str, "\r\n\r\n");
    if (end == NULL)
        return 0;
    size_t head = (size_t)(end - out->str) + 4;
    g_autofree char *lower = g_ascii_strdown(out->str, (gssize)head);
    const char *length = strstr(lower, "\r\ncontent-length:");
    return length != NULL ? head + strtoul(length + 17, NULL, 10) : head;
}

bool raw_read_request(RawConnection *connection, GString *out)
{
    g_string_truncate(out, 0);
    size_t whole = 0;
    while (whole == 0 || out->len < whole) {
        if (!read_more(connection, out))
            return false;
        whole = whole_length(out);
    }
    return true;
}

bool raw_write_bytes(RawConnection *connection, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n > 0) {
        ssize_t done = send(connection->fd, p, n, MSG_NOSIGNAL);
        if (done <= 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

void raw_write(RawConnection *connection, const char *text)
{
    raw_write_bytes(connection, text, strlen(text));
}

bool raw_wait_closed(RawConnection *connection)
{
    char buf[16384];
    struct timeval limit = {.tv_sec = WAIT_S};
    setsockopt(connection->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ssize_t n;
    do
        n = recv(connection->fd, buf, sizeof buf, 0);
    while (n > 0);
    return n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

void raw_reset(RawConnection *connection)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    int fd = connection->fd;
    /* The number must stay taken until the server is freed. */
    int nothing = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    dup3(nothing, fd, O_CLOEXEC);
    close(nothing);
}

struct RawFlag {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool set;
};

RawFlag *raw_flag_new(void)
{
    RawFlag *flag = g_new0(RawFlag, 1);
    pthread_mutex_init(&flag->lock, NULL);
    pthread_cond_init(&flag->changed, NULL);
    return flag;
}

void raw_flag_free(RawFlag *flag)
{
    pthread_cond_destroy(&flag->changed);
    pthread_mutex_destroy(&flag->lock);
    g_free(flag);
}

void raw_flag_set(RawFlag *flag)
{
    pthread_mutex_lock(&flag->lock);
    flag->set = true;
    pthread_cond_broadcast(&flag->changed);
    pthread_mutex_unlock(&flag->lock);
}

bool raw_flag_is_set(RawFlag *flag)
{
    pthread_mutex_lock(&flag->lock);
    bool set = flag->set;
    pthread_mutex_unlock(&flag->lock);
    return set;
}

bool raw_flag_wait(RawFlag *flag)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_S;
    pthread_mutex_lock(&flag->lock);
    int late = 0;
    while (!flag->set && late == 0)
        late = pthread_cond_timedwait(&flag->changed, &flag->lock, &until);
    bool set = flag->set;
    pthread_mutex_unlock(&flag->lock);
    return set;
}
