/* SPDX-License-Identifier: MIT */
/* The binary event stream of AWS (application/vnd.amazon.eventstream): bytes in, in any split,
 * whole messages out. Both checksums of a message are verified and every length is checked
 * against its bounds before it is used; a stream that breaks one cannot be read on. One owner at
 * a time. Source: the event stream encoding of the AWS SDKs and of Amazon Transcribe. */
#ifndef PATCHBAY_LIB_EVENT_STREAM_H
#define PATCHBAY_LIB_EVENT_STREAM_H

#include "lib/buffer.h"

#define PBS_EVENT_STREAM_MAX         ((size_t)24 * 1024 * 1024) /* bytes of a message   */
#define PBS_EVENT_STREAM_HEADERS_MAX ((size_t)128 * 1024)       /* bytes of its headers */

/* What push and end give: 0, or the first result of the callback that was not 0, or ... */
#define PBS_EVENT_STREAM_BAD_LENGTH (-1000) /* beyond a bound, or a length that nothing has      */
#define PBS_EVENT_STREAM_BAD_CRC    (-1001) /* a checksum differs                                */
#define PBS_EVENT_STREAM_BAD_HEADER (-1002) /* headers that cannot be read                       */
#define PBS_EVENT_STREAM_CUT        (-1003) /* end: inside a message                             */
#define PBS_EVENT_STREAM_NO_MEMORY  (-1004)

/* Numbers as the format has them. */
typedef enum pbs_event_header_type {
    PBS_EVENT_TRUE = 0,
    PBS_EVENT_FALSE = 1,
    PBS_EVENT_INT8 = 2,
    PBS_EVENT_INT16 = 3,
    PBS_EVENT_INT32 = 4,
    PBS_EVENT_INT64 = 5,
    PBS_EVENT_BYTES = 6,
    PBS_EVENT_STRING = 7,
    PBS_EVENT_TIMESTAMP = 8, /* milliseconds since 1970 */
    PBS_EVENT_UUID = 9
} pbs_event_header_type;

typedef struct pbs_event_header {
    pb_str name;
    pbs_event_header_type type;
    pb_str bytes;   /* BYTES, STRING and UUID                          */
    int64_t number; /* TRUE is 1, FALSE 0, the integers and TIMESTAMP  */
} pbs_event_header;

typedef struct pbs_event_message {
    pb_str headers, payload; /* headers: as they came */
} pbs_event_message;

/* Not 0 stops: the rest of the bytes is not looked at. */
typedef int (*pbs_event_stream_fn)(void *user, const pbs_event_message *message);

typedef struct pbs_event_stream {
    pbs_buf frame;
    bool checked; /* the prelude of the frame was */
} pbs_event_stream;

void pbs_event_stream_init(pbs_event_stream *stream);
int pbs_event_stream_push(pbs_event_stream *stream, pb_str bytes, pbs_event_stream_fn fn,
                          void *user);
int pbs_event_stream_end(const pbs_event_stream *stream);
void pbs_event_stream_free(pbs_event_stream *stream);

/* Takes the header at *at (0 at first) and moves on. False: no more. The headers of a message
 * that came from push can be read to their end. */
bool pbs_event_header_next(pb_str headers, size_t *at, pbs_event_header *out);

/* The text of the header of that name, "" unless it is there and a string. */
pb_str pbs_event_header_str(pb_str headers, const char *name);

/* A sentence about one of the results above, for a message. */
const char *pbs_event_stream_problem(int result);

#endif
