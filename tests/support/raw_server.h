/* SPDX-License-Identifier: Apache-2.0 */
/* A TCP server for tests that says exactly the bytes a test wants, when it wants them: each
 * connection is served by a function of the test on a thread of its own. Loopback only, port by
 * bind(0). */
#ifndef PBAY_TESTS_RAW_SERVER_H
#define PBAY_TESTS_RAW_SERVER_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct RawServer RawServer;

/* One connection, on its own thread. number counts from 0. Closed when the function returns. */
typedef struct RawConnection {
    RawServer *server;
    int fd;
    unsigned number;
} RawConnection;
typedef void (*RawServeFn)(RawConnection *connection, void *user);

RawServer *raw_server_new(RawServeFn serve, void *user);
/* Stops accepting, ends what connections wait for, joins. */
void raw_server_free(RawServer *server);
unsigned raw_server_port(const RawServer *server);
unsigned raw_server_accepted(const RawServer *server); /* connections so far */
/* "http://127.0.0.1:PORT" + path; caller frees. */
char *raw_server_url(const RawServer *server, const char *path);

/* Reads one request with its body (Content-Length) into out, which it empties first. False:
 * closed. */
bool raw_read_request(RawConnection *connection, GString *out);
void raw_write(RawConnection *connection, const char *text);
/* False when the peer does not take it (closed or reset). */
bool raw_write_bytes(RawConnection *connection, const void *bytes, size_t n);
/* Waits until the peer has closed or reset; whatever it still sends is dropped. False: 30 s
 * passed. */
bool raw_wait_closed(RawConnection *connection);
void raw_reset(RawConnection *connection); /* ends it with RST */

/* A flag between threads: set once, awaited by any number. */
typedef struct RawFlag RawFlag;
RawFlag *raw_flag_new(void);
void raw_flag_free(RawFlag *flag);
void raw_flag_set(RawFlag *flag);
bool raw_flag_is_set(RawFlag *flag);
bool raw_flag_wait(RawFlag *flag); /* false: 30 s passed */

#endif
