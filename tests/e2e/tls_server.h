/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates made by the openssl program in a box, and servers of TLS on 127.0.0.1: openssl's,
 * whose answers a test writes, and nghttpd, which speaks HTTP/2. Awaited by what they print. For
 * the test's thread. */
#ifndef TESTS_E2E_TLS_SERVER_H
#define TESTS_E2E_TLS_SERVER_H

#include "e2e/command.h"

typedef struct TlsServer {
    GPid pid;
    int port, in, out;
    GString *said;
} TlsServer;

/* False, with the test marked as skipped: this machine lacks the program. */
bool tls_have(const char *program);

/* A CA in the box: NAME.pem, NAME.key. */
void tls_make_ca(Box *box, const char *name);
/* NAME.pem and NAME.key for names ("IP:127.0.0.1,DNS:x") by that CA, good for days (< 0: over). */
void tls_make_leaf(Box *box, const char *ca, const char *name, const char *names, int days);

/* openssl s_server with NAME's certificate, for one connection: it prints what it receives and
 * sends what it is told. */
TlsServer *tls_server_new(Box *box, const char *name);
void tls_server_answer(TlsServer *server,
                       const char *json); /* 200, one JSON body, then the close */
/* nghttpd with NAME's certificate and a folder of the box as its documents: any method on a path
 * gets that file. NULL: it did not start on any of five ports. */
TlsServer *tls_nghttpd_new(Box *box, const char *name, const char *documents);
/* Until it has printed this; aborts with what it has when it ends or says nothing for long. */
void tls_server_await(TlsServer *server, const char *text);
void tls_server_await_end(TlsServer *server); /* until it has ended, and said all it had to */
size_t tls_server_count(const TlsServer *server, const char *text); /* in what was read by await */
void tls_server_free(TlsServer *server);

#endif
