/* SPDX-License-Identifier: Apache-2.0 */
/* What an exchange needs of HTTP: one request at a time in flight, its reply as head, bytes and
 * end, with back-pressure and abort. One implementation drives libcurl on a loop; one answers
 * from memory (tests, replay, benchmarks); one only records (explain). All on the worker's
 * thread. */
#ifndef PBAY_EXCHANGE_TRANSPORT_H
#define PBAY_EXCHANGE_TRANSPORT_H

#include "base/error.h"

#include <glib.h>
#include <patchbay/driver.h>
#include <stdbool.h>

typedef struct PbayHttpHeader {
    pb_str name, value; /* name in lower case */
    bool secret;        /* set in sign or by a secret of the configuration: shown as `***` */
} PbayHttpHeader;

/* One request, borrowed until the end of the loop's turn in which the transfer ended, was
 * aborted or drained. */
typedef struct PbayHttpRequest {
    pb_str method, url, body;
    const PbayHttpHeader *headers;
    size_t n_headers;
    bool foreign;  /* FOREIGN rules: hops, egress checks, 20 MiB              */
    bool detached; /* cancel request: nobody reads the reply, 5 s            */
    int64_t connect_ms, first_byte_ms, idle_ms, total_ms; /* 0 = none                     */
    int64_t max_body; /* bytes; over it: on_failed (PB_ERR_PROTOCOL)            */
    const char *ca_file, *proxy, *no_proxy; /* or NULL                                    */
    char *const *egress_allow; /* CIDRs opened for foreign requests, NULL-terminated or NULL */
} PbayHttpRequest;

/* Called from pbay_loop_turn, never from within start. After on_end, on_failed or abort: nothing
 * more. */
typedef struct PbayHttpEvents {
    void (*on_head)(void *user, int status, const PbayHttpHeader *headers, size_t n);
    void (*on_bytes)(void *user, pb_str bytes);
    void (*on_end)(void *user); /* the reply is complete */
    /* cls: PB_ERR_UPSTREAM (refused, reset, DNS, TLS, cut), PB_ERR_TIMEOUT, PB_ERR_PROTOCOL,
     * PB_ERR_INVALID (egress refused) ...; takes over the failure. sent: some bytes of the
     * request had left. */
    void (*on_failed)(void *user, PbayFailure *failure, bool sent);
} PbayHttpEvents;

typedef struct PbayTransport PbayTransport;
typedef struct PbayTransfer PbayTransfer;
struct PbayTransport {
    PbayTransfer *(*start)(PbayTransport *, const PbayHttpRequest *, const PbayHttpEvents *,
                           void *user);
    void (*pause)(PbayTransfer *,
                  bool paused); /* no on_bytes while paused; timers of idleness rest */
    void (*abort)(
        PbayTransfer *); /* closes the upstream at once; frees                             */
    void (*drain)(
        PbayTransfer *); /* drop the rest of the reply, up to 64 KiB to keep the connection;
                                      frees; no more events */
    void (*free)(PbayTransport *);
};

#endif
