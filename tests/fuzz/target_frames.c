/* SPDX-License-Identifier: Apache-2.0 */
/* The framers of sdk/lib: an input names one in its first byte, how it is cut into pieces in its
 * second, and is the stream from there on. However it is cut, what comes out must be what comes
 * out of the whole. For the event stream a message is also made of the input, with its checksums,
 * which must come back. */
#include "fuzz/target.h"

#include "lib/crc32.h"
#include "lib/event_stream.h"
#include "lib/ndjson.h"
#include "lib/sse.h"

#include <glib.h>
#include <string.h>

const unsigned target_mutations = 4000;

enum { FRAMER_SSE, FRAMER_NDJSON, FRAMER_EVENT_STREAM, FRAMER_MESSAGE, FRAMERS };

#define FRAME_MAX 4096 /* a bound that inputs can pass */

/* ---- What came out, as one text ---- */

static void add(GString *out, char kind, pb_str text)
{
    g_string_append_printf(out, "%c%zu:", kind, text.len);
    g_string_append_len(out, text.len > 0 ? text.ptr : "", (gssize)text.len);
}

static int on_sse(void *user, const pbs_sse_event *event)
{
    add(user, 'e', event->event);
    add(user, 'i', event->id);
    add(user, 'd', event->data);
    return 0;
}

static int on_line(void *user, pb_str line)
{
    add(user, 'l', line);
    return 0;
}

static int on_message(void *user, const pbs_event_message *message)
{
    pbs_event_header header;
    size_t at = 0;

    while (pbs_event_header_next(message->headers, &at, &header)) {
        add(user, 'h', header.name);
        add(user, (char)('0' + header.type), header.bytes);
        g_string_append_printf(user, "%" G_GINT64_FORMAT, header.number);
    }
    add(user, 'p', message->payload);
    return 0;
}

typedef struct Framer {
    int which;
    pbs_sse sse;
    pbs_ndjson ndjson;
    pbs_event_stream events;
} Framer;

static int push(Framer *framer, pb_str piece, GString *out)
{
    if (framer->which == FRAMER_SSE)
        return pbs_sse_push(&framer->sse, piece, on_sse, out);
    if (framer->which == FRAMER_NDJSON)
        return pbs_ndjson_push(&framer->ndjson, piece, on_line, out);
    return pbs_event_stream_push(&framer->events, piece, on_message, out);
}

static int end(Framer *framer, GString *out)
{
    if (framer->which == FRAMER_SSE)
        return pbs_sse_end(&framer->sse, on_sse, out);
    if (framer->which == FRAMER_NDJSON)
        return pbs_ndjson_end(&framer->ndjson, on_line, out);
    return pbs_event_stream_end(&framer->events);
}

/* Pieces by seed; 0: one piece. Everything that came, and how it ended. */
static GString *run(int which, pb_str stream, unsigned seed)
{
    GString *out = g_string_new(NULL);
    Framer framer = {.which = which};
    int result = 0;

    pbs_sse_init(&framer.sse, FRAME_MAX);
    pbs_ndjson_init(&framer.ndjson, FRAME_MAX);
    pbs_event_stream_init(&framer.events);
    for (size_t at = 0; at < stream.len && result == 0;) {
        size_t n = stream.len - at;

        if (seed != 0) {
            seed = seed * 1103515245u + 12345u;
            n = MIN(n, (size_t)(seed >> 16) % 7);
        }
        result = push(&framer, (pb_str){stream.ptr + at, n}, out);
        at += n;
    }
    if (result == 0)
        result = end(&framer, out);
    g_string_append_printf(out, " = %d", result);
    pbs_sse_free(&framer.sse);
    pbs_ndjson_free(&framer.ndjson);
    pbs_event_stream_free(&framer.events);
    return out;
}

static void compare(int which, pb_str stream, unsigned seed)
{
    GString *whole = run(which, stream, 0), *split = run(which, stream, seed);

    if (!g_string_equal(whole, split))
        g_error("framer %d, seed %u: whole %s, split %s", which, seed, whole->str, split->str);
    g_string_free(whole, TRUE);
    g_string_free(split, TRUE);
}

/* ---- A message with checksums ---- */

static void add_u32(GByteArray *out, uint32_t value)
{
    const uint8_t bytes[] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                             (uint8_t)value};

    g_byte_array_append(out, bytes, sizeof bytes);
}

static void add_crc(GByteArray *out)
{
    add_u32(out, pbs_crc32(0, (pb_str){(const char *)out->data, out->len}));
}

/* The first byte of the input says how much of it is headers. */
static void check_message(pb_str input, unsigned seed)
{
    g_autoptr(GByteArray) frame = g_byte_array_new();
    size_t headers = input.len == 0 ? 0 : MIN((size_t)(uint8_t)input.ptr[0], input.len - 1);
    size_t rest = input.len == 0 ? 0 : input.len - 1;
    GString *out;

    add_u32(frame, (uint32_t)(rest + 16));
    add_u32(frame, (uint32_t)headers);
    add_crc(frame);
    if (rest > 0)
        g_byte_array_append(frame, (const uint8_t *)input.ptr + 1, (guint)rest);
    add_crc(frame);
    out = run(FRAMER_EVENT_STREAM, (pb_str){(const char *)frame->data, frame->len}, seed);
    if (headers == 0) { /* all of it is the payload, which comes back */
        GString *expected = g_string_new(NULL);

        add(expected, 'p', (pb_str){rest > 0 ? input.ptr + 1 : "", rest});
        g_string_append(expected, " = 0");
        g_assert_true(g_string_equal(out, expected));
        g_string_free(expected, TRUE);
    }
    g_string_free(out, TRUE);
    compare(FRAMER_EVENT_STREAM, (pb_str){(const char *)frame->data, frame->len}, seed);
}

void target_case(const uint8_t *data, size_t len)
{
    pb_str stream;

    if (len < 2)
        return;
    stream = (pb_str){(const char *)data + 2, len - 2};
    if (data[0] % FRAMERS == FRAMER_MESSAGE)
        check_message(stream, data[1]);
    else
        compare(data[0] % FRAMERS, stream, data[1] + 1u);
}

/* ---- Seeds ---- */

static void seed(TargetSeedFn take, void *user, char which, const char *text, size_t len)
{
    g_autofree char *bytes = g_malloc(len + 2);

    bytes[0] = which;
    bytes[1] = 7;
    memcpy(bytes + 2, text, len);
    take(user, bytes, len + 2);
}

void target_seeds(TargetSeedFn take, void *user)
{
    static const char sse[] = "\xEF\xBB\xBF: hi\r\nevent: a\r\nid: 7\r\ndata: {\"x\":1}\ndata:\n"
                              "data:  two\r\rdata: [DONE]\n\nretry: 3\nunknown\n\ndata: rest";
    static const char lines[] = "{\"a\":1}\r\n\n  \n{\"b\":[2]}\n{\"c\":\"last\"}";
    static const char payload[] = "\x00{\"a\":1}";
    static const char message[] = "\x0d\x05:name\x07\x00\x04text{\"a\":1}";
    static const char vector[] = "\x00\x00\x00\x10\x00\x00\x00\x00\x05\xc2\x48\xeb\x7d\x98\xc8\xff";

    seed(take, user, FRAMER_SSE, sse, sizeof sse - 1);
    seed(take, user, FRAMER_NDJSON, lines, sizeof lines - 1);
    seed(take, user, FRAMER_EVENT_STREAM, vector, sizeof vector - 1);
    seed(take, user, FRAMER_MESSAGE, message, sizeof message - 1);
    seed(take, user, FRAMER_MESSAGE, payload, sizeof payload - 1);
}
