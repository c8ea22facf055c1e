/* SPDX-License-Identifier: Apache-2.0 */
/* A transport that answers from memory: for tests, replay of recordings and benchmarks. Replies
 * are scripted as head, bytes, end or failure; how bytes are split is the caller's choice; every
 * request is recorded as it left. Each request takes the next script in the order of starting.
 * On the thread of the loop; events come at the end of its turns, never from within start. */
#ifndef PBAY_EXCHANGE_MEMORY_TRANSPORT_H
#define PBAY_EXCHANGE_MEMORY_TRANSPORT_H

#include "exchange/transport.h"
#include "loop/loop.h"

#include <stddef.h>

/* loop is borrowed. The result is freed by its `free` (a worker does it). */
PbayTransport *pbay_memory_transport_new(PbayLoop *loop);

/* One scripted reply. Belongs to the transport, to the request that took it once one did. Steps
 * are played in the order of adding; a script without end, cut or failure goes silent, and steps
 * may be added to it while it is silent. */
typedef struct PbayMemoryReply PbayMemoryReply;

/* A reply at the end of the queue. status 0: no head (fail or be silent at once). */
PbayMemoryReply *pbay_memory_reply_new(PbayTransport *transport, int status);
void pbay_memory_reply_header(PbayMemoryReply *reply, const char *name, const char *value);
void pbay_memory_reply_bytes(PbayMemoryReply *reply, pb_str bytes); /* copied */
void pbay_memory_reply_text(PbayMemoryReply *reply, const char *text);
void pbay_memory_reply_end(PbayMemoryReply *reply);
/* on_failed with this class: cut (PB_ERR_UPSTREAM), PB_ERR_TIMEOUT ... The message says after
 * how many bytes. */
void pbay_memory_reply_fail(PbayMemoryReply *reply, int32_t cls, bool sent);

/* Where replies come from when the queue is empty: fills a fresh reply for the request (n counts
 * requests from 0). Without one an empty queue is a failure that says so. */
typedef void (*PbayMemoryAnswerFn)(void *user, size_t n, const PbayHttpRequest *request,
                                   PbayMemoryReply *reply);
void pbay_memory_transport_answer(PbayTransport *transport, PbayMemoryAnswerFn fn, void *user);
void pbay_memory_reply_set_status(PbayMemoryReply *reply,
                                  int status); /* before its head is played */

/* How many of the `left` bytes the next on_bytes gets: 1 to left; what is outside is clamped.
 * NULL (the default): each added piece as it is. */
typedef size_t (*PbayMemorySplitFn)(void *user, size_t left);
void pbay_memory_transport_split(PbayTransport *transport, PbayMemorySplitFn fn, void *user);

/* What left: copies that live as long as the transport, unless recording is off (benchmarks). */
typedef struct PbayMemoryRequest {
    char *method, *url;
    GString *body;
    GPtrArray *headers; /* char *: "name: value", in order */
    bool foreign, detached;
    bool aborted, drained, finished; /* how its transfer went; none: still alive */
    int64_t connect_ms, first_byte_ms, idle_ms, total_ms, max_body;
} PbayMemoryRequest;
void pbay_memory_transport_record(PbayTransport *transport, bool on);
size_t pbay_memory_transport_requests(const PbayTransport *transport);
const PbayMemoryRequest *pbay_memory_transport_request(const PbayTransport *transport, size_t i);
/* The value of a header by lower-case name, or NULL. Borrowed. */
const char *pbay_memory_request_header(const PbayMemoryRequest *request, const char *name);
/* Transfers not yet ended, aborted or drained. */
size_t pbay_memory_transport_alive(const PbayTransport *transport);

#endif
