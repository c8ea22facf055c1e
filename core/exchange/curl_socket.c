/* SPDX-License-Identifier: Apache-2.0 */
/* Between libcurl's multi handle and the loop: which descriptor it waits for, when it wants to
 * run. A socket stays registered between transfers until libcurl closes it, which saves two
 * system calls a transfer; so sockets are opened and closed here, and here is where a foreign
 * request's address is judged. On the loop's thread. */
#include "exchange/curl_internal.h"

#include "exchange/egress.h"
#include "observe/log.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct Socket {
    PbayCurl *curl;
    curl_socket_t fd;
    PbayWatch *watch;           /* or NULL */
    bool wanted;                /* libcurl waits for it */
    const PbayTransfer *opener; /* whose connection it may become, compared only */
    bool kept; /* of a connection that answered: libcurl closes it through close_socket */
} Socket;

static void socket_free(gpointer data)
{
    Socket *socket = data;
    if (socket->watch != NULL)
        pbay_loop_forget_closed(socket->curl->loop, socket->watch);
    g_free(socket);
}

static Socket *socket_of(PbayCurl *curl, curl_socket_t fd)
{
    Socket *known = g_hash_table_lookup(curl->sockets, GINT_TO_POINTER(fd));
    if (known != NULL)
        return known;
    Socket *socket = g_new0(Socket, 1);
    socket->curl = curl;
    socket->fd = fd;
    g_hash_table_insert(curl->sockets, GINT_TO_POINTER(fd), socket);
    return socket;
}

static void socket_ready(void *data, int fd, unsigned events)
{
    Socket *socket = data;
    if (!socket->wanted) {
        /* An idle connection of the pool was closed by its peer: libcurl finds out when it wants
         * it. */
        pbay_loop_forget(socket->curl->loop, g_steal_pointer(&socket->watch));
        return;
    }
    int mask =
        (events & PBAY_READ ? CURL_CSELECT_IN : 0) | (events & PBAY_WRITE ? CURL_CSELECT_OUT : 0);
    pbay_curl_run(socket->curl, fd, mask);
}

static void want(Socket *socket, unsigned events)
{
    PbayLoop *loop = socket->curl->loop;
    socket->wanted = true;
    if (socket->watch != NULL)
        pbay_loop_rewatch(loop, socket->watch, events);
    else
        socket->watch = pbay_loop_watch(loop, socket->fd, events, socket_ready, socket);
    if (socket->watch == NULL)
        pbay_log(PBAY_LOG_ERROR, "exchange",
                 "cannot watch a socket: %s; its transfer will time out", g_strerror(errno));
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *assigned)
{
    (void)easy;
    (void)assigned;
    PbayCurl *curl = user;
    if (what == CURL_POLL_REMOVE) {
        Socket *socket = g_hash_table_lookup(curl->sockets, GINT_TO_POINTER(fd));
        if (socket != NULL && socket->kept && !curl->closing)
            socket->wanted = false;
        else
            g_hash_table_remove(curl->sockets, GINT_TO_POINTER(fd));
        return 0;
    }
    want(socket_of(curl, fd),
         (what & CURL_POLL_IN ? PBAY_READ : 0u) | (what & CURL_POLL_OUT ? PBAY_WRITE : 0u));
    return 0;
}

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    PbayTransfer *transfer = user;
    if (transfer->request.foreign && !transfer->proxied) {
        transfer->refused = pbay_egress_refuses(&address->addr, (socklen_t)address->addrlen,
                                                transfer->egress_allow);
        if (transfer->refused != NULL)
            return CURL_SOCKET_BAD;
    }
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    transfer->opened = true;
    socket_of(transfer->curl, fd)->opener = transfer;
    return fd;
}

/* libcurl closes a socket that never became a connection without a word, so that only those that
 * answered may stay registered. */
void pbay_curl_socket_keep(PbayTransfer *transfer)
{
    if (!transfer->opened)
        return;
    transfer->opened = false;
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, transfer->curl->sockets);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Socket *socket = value;
        if (socket->opener == transfer) { /* those that lost the race are gone by now */
            socket->opener = NULL;
            socket->kept = true;
        }
    }
}

static int close_socket(void *user, curl_socket_t fd)
{
    PbayCurl *curl = user;
    g_hash_table_remove(curl->sockets, GINT_TO_POINTER(fd));
    return close(fd);
}

static void on_time(void *data)
{
    pbay_curl_run(data, CURL_SOCKET_TIMEOUT, 0);
}

static void kick(void *data)
{
    PbayCurl *curl = data;
    if (!curl->kick)
        return;
    curl->kick = false;
    pbay_curl_run(curl, CURL_SOCKET_TIMEOUT, 0);
}

/* "At once" is the end of this turn, which costs no system call. */
static int on_timer(CURLM *multi, long timeout_ms, void *user)
{
    (void)multi;
    PbayCurl *curl = user;
    curl->kick = timeout_ms == 0;
    if (timeout_ms <= 0)
        pbay_loop_timer_stop(curl->loop, &curl->timer);
    else
        pbay_loop_timer_start(curl->loop, &curl->timer, timeout_ms, on_time, curl);
    if (curl->kick && !curl->closing)
        pbay_loop_at_turn_end(curl->loop, kick, curl);
    return 0;
}

bool pbay_curl_sockets_setup(PbayCurl *curl)
{
    curl->sockets = g_hash_table_new_full(NULL, NULL, NULL, socket_free);
    return curl_multi_setopt(curl->multi, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
           curl_multi_setopt(curl->multi, CURLMOPT_SOCKETDATA, curl) == CURLM_OK &&
           curl_multi_setopt(curl->multi, CURLMOPT_TIMERFUNCTION, on_timer) == CURLM_OK &&
           curl_multi_setopt(curl->multi, CURLMOPT_TIMERDATA, curl) == CURLM_OK;
}

void pbay_curl_sockets_apply(PbayTransfer *transfer)
{
    CURL *easy = transfer->easy;
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, transfer->curl);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
}

void pbay_curl_sockets_free(PbayCurl *curl)
{
    pbay_loop_timer_stop(curl->loop, &curl->timer);
    pbay_loop_not_at_turn_end(curl->loop, kick, curl);
    g_clear_pointer(&curl->sockets, g_hash_table_destroy);
}
