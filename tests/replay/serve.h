/* SPDX-License-Identifier: Apache-2.0 */
/* Serves the replies of a recording from the stub vendor, well or badly, and keeps what was
 * asked as it came off the wire. serve_reply runs on the stub's thread; the rest belongs to the
 * test's, before stub_new and after stub_free. */
#ifndef TESTS_REPLAY_SERVE_H
#define TESTS_REPLAY_SERVE_H

#include "check/recording.h"
#include "stub/stub.h"

typedef enum ServeFraming { SERVE_LENGTH, SERVE_CHUNKED, SERVE_UNTIL_CLOSE } ServeFraming;
typedef enum ServePieces { SERVE_WHOLE, SERVE_BYTES, SERVE_RANDOM } ServePieces;
typedef enum ServeFault {
    SERVE_WELL,
    SERVE_CUT,       /* of the last reply: the connection closes after `at` bytes */
    SERVE_RESET,     /* the same with a RST */
    SERVE_GIANT_HEAD /* the last reply has 320 KiB of headers */
} ServeFault;

typedef struct ServeSpec {
    ServeFraming framing;
    ServePieces pieces;
    ServeFault fault;
    size_t at;
    uint64_t seed; /* of RANDOM pieces and of waits */
} ServeSpec;

typedef struct Serve {
    const PbayRecording *recording;
    const ServeSpec *spec;
    const char *origin;  /* put before each target, so that URLs compare with the recorded ones */
    GPtrArray *requests; /* PbayMemoryRequest *: what came */
    uint64_t random;
} Serve;

void serve_init(Serve *serve, const PbayRecording *recording, const ServeSpec *spec,
                const char *origin);
void serve_clear(Serve *serve);

/* A StubHandler; user is a Serve. */
StubScript *serve_reply(void *user, const StubRequest *request);

/* Of a recording's last reply. */
const PbayRecordedReply *serve_last(const PbayRecording *recording);

#endif
