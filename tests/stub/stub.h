/* SPDX-License-Identifier: Apache-2.0 */
/* The stub vendor: an HTTP/1.1 server on 127.0.0.1 (port by bind(0)) with a thread of its own that
 * answers by script, well or badly: pieces with pauses, stalls, resets, cut bodies, giant heads.
 * What it saw can be awaited. Functions are for the test's thread unless they say [server]. */
#ifndef TESTS_STUB_STUB_H
#define TESTS_STUB_STUB_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct Stub Stub;
typedef struct StubScript StubScript;

typedef struct StubRequest {
    const char *method, *target; /* "/v1/chat/completions" */
    GHashTable *headers;         /* lower-case name -> value */
    GString *body;
    size_t number; /* counts requests from 0 */
} StubRequest;

/* Gives the script that answers; taken over. [server] */
typedef StubScript *(*StubHandler)(void *user, const StubRequest *request);

Stub *stub_new(StubHandler handler, void *user);
void stub_free(Stub *stub); /* closes everything, joins */
/* From now on requests are counted and not kept: for tests that make very many. */
void stub_forget(Stub *stub);
int stub_port(const Stub *stub);
/* "http://127.0.0.1:PORT" + path; g_free */
char *stub_url(const Stub *stub, const char *path);

/* Scripts. The body goes out chunked unless plain is set, then with Content-Length, or until close.
 */
StubScript *stub_script_new(int status, const char *content_type);
void stub_script_header(StubScript *script, const char *name, const char *value);
void stub_script_text(StubScript *script, const char *text); /* a piece of the body, sent at once */
void stub_script_bytes(StubScript *script, const void *bytes, size_t len);
void stub_script_wait(StubScript *script, int ms);
void stub_script_stall(StubScript *script); /* silence until the peer goes away              */
void stub_script_cut(StubScript *script);   /* closes without the rest                       */
void stub_script_reset(StubScript *script); /* RST                                           */
void stub_script_plain(StubScript *script); /* Content-Length instead of chunks              */
void stub_script_until_close(StubScript *script); /* neither: the end of the connection ends it */
/* Instead of the head: these bytes as they are. */
void stub_script_raw(StubScript *script, const void *bytes, size_t len);
/* A JSON answer in one piece. */
StubScript *stub_json(int status, const char *json);

/* What it saw. */
size_t stub_requests(Stub *stub);
size_t stub_accepted(Stub *stub); /* connections */
size_t stub_open(Stub *stub);     /* connections open now */
/* Waits until that many requests came in all, or connections are open; false after 10 s. */
bool stub_wait_requests(Stub *stub, size_t n);
bool stub_wait_open(Stub *stub, size_t n);
/* Of the n-th request: header by lower-case name, or NULL; body; "METHOD target". Valid until
 * stub_free. */
const char *stub_request_header(Stub *stub, size_t n, const char *name);
const char *stub_request_body(Stub *stub, size_t n);
const char *stub_request_line(Stub *stub, size_t n);

#endif
