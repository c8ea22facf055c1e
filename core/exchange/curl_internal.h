/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the curl transport know of each other: the transport, a transfer, its head.
 * Private. */
#ifndef PBAY_EXCHANGE_CURL_INTERNAL_H
#define PBAY_EXCHANGE_CURL_INTERNAL_H

#include "exchange/curl_transport.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#define PBAY_HEAD_MAX       ((size_t)256 << 10) /* bytes of a header block         */
#define PBAY_HEAD_LINE_MAX  ((size_t)64 << 10)  /* bytes of one header             */
#define PBAY_HEAD_LINES_MAX 1000u               /* headers                         */
#define PBAY_DRAIN_MAX      ((int64_t)64 << 10) /* bytes dropped to save a connection */
#define PBAY_DRAIN_MS       1000                /* ... and time                    */

/* ---- curl_head.c: header lines into a head -------------------------------------------------- */

typedef struct PbayHead {
    GString *text;   /* names in lower case and values, one after the other */
    GArray *fields;  /* where they stand in text; private to curl_head.c    */
    GArray *headers; /* PbayHttpHeader, made by pbay_head_headers           */
    size_t bytes;    /* of the lines so far */
    int status;      /* 0: no status line yet */
} PbayHead;

typedef enum PbayHeadLine {
    PBAY_HEAD_MORE,
    PBAY_HEAD_INTERIM, /* a 1xx block ended; the next one follows */
    PBAY_HEAD_DONE,
    PBAY_HEAD_TOO_LARGE,
    PBAY_HEAD_BAD
} PbayHeadLine;

void pbay_head_init(PbayHead *head);
void pbay_head_clear(PbayHead *head);
/* Takes one line with its line end, as libcurl gives it; an empty line ends the block. */
PbayHeadLine pbay_head_line(PbayHead *head, pb_str line);
const PbayHttpHeader *pbay_head_headers(PbayHead *head, size_t *n); /* valid until the next line */
pb_str pbay_head_find(PbayHead *head, const char *lower_name);      /* first, or empty */

/* ---- curl_error.c: what went wrong, in words ------------------------------------------------ */

typedef struct PbayCurlFacts {
    CURLcode code;
    const char *detail;  /* libcurl's own words, or "" */
    const char *host;    /* "api.example.com:8443"     */
    const char *ca_file; /* or NULL */
    long os_errno;       /* of a failed connect, or 0 */
    int64_t received;    /* bytes of the body */
    int64_t expected;    /* its Content-Length, or -1 */
    bool have_head;      /* a head came */
    int64_t connect_ms;
} PbayCurlFacts;

PbayFailure *pbay_curl_failure(const PbayCurlFacts *facts);

/* ---- curl_transport.c, curl_transfer.c ------------------------------------------------------ */

typedef struct PbayCurl PbayCurl;

struct PbayTransfer {
    PbayCurl *curl;
    PbayTransfer *next, *prev; /* of curl->first */
    PbayHttpRequest
        request; /* strings are the owner's but for those below; body until it is over */
    const PbayHttpEvents *events; /* NULL: the owner is gone (abort, drain) */
    void *user;

    CURL *easy;
    CURLU *url;
    struct curl_slist *lines;
    char *host; /* "host[:port]", for messages */
    char *ca_file;
    char **egress_allow;
    char error[CURL_ERROR_SIZE];

    bool added;   /* to the multi handle */
    bool pending; /* to be added in this turn's flush */
    bool dead;    /* to be removed when libcurl has been left */
    bool paused;  /* by the owner */
    bool held;    /* libcurl holds bytes back: the write callback said pause */
    bool resume;  /* to be let go in this turn's flush */
    bool opened;  /* a socket was opened for it and has not answered yet */
    bool sent;    /* the request went out, or began to */
    bool headed;  /* on_head was called */
    bool hop;     /* a redirect that is followed; its body is dropped */

    PbayHead head;
    int64_t body;  /* bytes given to on_bytes */
    int64_t drain; /* bytes that may still be dropped */
    unsigned hops;
    bool proxied; /* a foreign request's: then the proxy's address is the operator's choice */
    const char *refused;  /* egress: what kind of address, or NULL */
    PbayFailure *failure; /* why a callback stopped it, or NULL */
    int64_t last_byte;    /* loop's ms */
    PbayTimer stage, total;
};

struct PbayCurl {
    PbayTransport transport;
    PbayLoop *loop;
    CURLM *multi;
    PbayTimer timer;
    PbayTransfer *first;
    GHashTable *sockets; /* fd -> Socket * */
    GPtrArray *spare;    /* CURL * */
    unsigned inside;     /* libcurl is on the stack: it must not be entered by add or remove */
    unsigned dead;       /* transfers to be removed when it has been left */
    bool kick;           /* libcurl wants to run at once */
    bool closing;
};

/* curl_socket.c: sets up the multi handle's and, per transfer, the easy handle's socket
 * functions. */
bool pbay_curl_sockets_setup(PbayCurl *curl);
void pbay_curl_sockets_apply(PbayTransfer *transfer);
void pbay_curl_socket_keep(PbayTransfer *transfer); /* its connection answered */
void pbay_curl_sockets_free(PbayCurl *curl);
/* Enters libcurl for a descriptor (CURL_SOCKET_TIMEOUT: for its timers), then reaps and reports. */
void pbay_curl_run(PbayCurl *curl, curl_socket_t fd, int events);

/* curl_transfer.c: configures transfer->easy for its request; NULL or why it cannot be sent. */
PbayFailure *pbay_transfer_configure(PbayTransfer *transfer, pb_str url,
                                     const PbayHttpRequest *request);
/* For the next hop of a foreign request. */
PbayFailure *pbay_transfer_next_hop(PbayTransfer *transfer);
PbayFailure *pbay_transfer_explain(PbayTransfer *transfer, CURLcode code);
bool pbay_transfer_sent(const PbayTransfer *transfer);
void pbay_transfer_watch_clock(PbayTransfer *transfer); /* starts stage and total timers */

/* From timers: ends it with a failure (taken over), outside of libcurl. */
void pbay_curl_fail(PbayTransfer *transfer, PbayFailure *failure);

#endif
