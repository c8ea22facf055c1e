/* SPDX-License-Identifier: MIT */
/* Owns the frames: collecting one, proving it, and reading its headers. It holds at most one frame
 * and trusts no length before it was checked. It must not read a payload. */
#include "lib/event_stream.h"

#include "lib/crc32.h"
#include "lib/str.h"

#define PRELUDE 12u /* total length, headers length, checksum of the two */
#define LEAST   16u /* a message without headers and payload            */

static uint32_t read_u32(const char *at)
{
    const unsigned char *p = (const unsigned char *)at;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

void pbs_event_stream_init(pbs_event_stream *stream)
{
    pbs_buf_init(&stream->frame, PBS_EVENT_STREAM_MAX);
    stream->checked = false;
}

void pbs_event_stream_free(pbs_event_stream *stream)
{
    pbs_buf_free(&stream->frame);
}

/* ---- Headers ---- */

/* Bytes of a value of a type without a length of its own, -1: it has one, -2: no type. */
static int fixed_size(unsigned type)
{
    static const int sizes[] = {0, 0, 1, 2, 4, 8, -1, -1, 8, 16};
    return type < sizeof sizes / sizeof sizes[0] ? sizes[type] : -2;
}

static int64_t read_signed(const char *at, size_t n)
{
    uint64_t value = ((unsigned char)at[0] & 0x80) != 0 ? UINT64_MAX : 0;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | (unsigned char)at[i];
    return (int64_t)value;
}

static void take_value(pbs_event_header_type type, const char *at, size_t n, pbs_event_header *out)
{
    out->type = type;
    out->bytes = (pb_str){NULL, 0};
    out->number = type == PBS_EVENT_TRUE ? 1 : 0;
    if (type == PBS_EVENT_BYTES || type == PBS_EVENT_STRING || type == PBS_EVENT_UUID)
        out->bytes = (pb_str){at, n};
    else if (n > 0)
        out->number = read_signed(at, n);
}

bool pbs_event_header_next(pb_str headers, size_t *at, pbs_event_header *out)
{
    pb_str rest = pbs_skip(headers, *at);
    size_t name = rest.len > 0 ? (unsigned char)rest.ptr[0] : 0;
    if (name == 0 || rest.len < 1 + name + 1)
        return false;
    unsigned type = (unsigned char)rest.ptr[1 + name];
    int fixed = fixed_size(type);
    size_t from = 1 + name + 1, n = fixed >= 0 ? (size_t)fixed : 0;
    if (fixed == -1 && rest.len >= from + 2) {
        n = (size_t)((unsigned char)rest.ptr[from] << 8 | (unsigned char)rest.ptr[from + 1]);
        from += 2;
    } else if (fixed < 0) {
        return false;
    }
    if (rest.len - from < n)
        return false;
    out->name = (pb_str){rest.ptr + 1, name};
    take_value((pbs_event_header_type)type, rest.ptr + from, n, out);
    *at += from + n;
    return true;
}

pb_str pbs_event_header_str(pb_str headers, const char *name)
{
    pbs_event_header header;
    for (size_t at = 0; pbs_event_header_next(headers, &at, &header);)
        if (pbs_is(header.name, name))
            return header.type == PBS_EVENT_STRING ? header.bytes : (pb_str){NULL, 0};
    return (pb_str){NULL, 0};
}

static bool are_readable(pb_str headers)
{
    size_t at = 0;
    pbs_event_header header;
    while (pbs_event_header_next(headers, &at, &header)) {
    }
    return at == headers.len;
}

/* ---- Frames ---- */

static int check_prelude(pbs_event_stream *stream)
{
    const char *frame = stream->frame.ptr;
    uint32_t total = read_u32(frame), headers = read_u32(frame + 4);
    if (pbs_crc32(0, (pb_str){frame, 8}) != read_u32(frame + 8))
        return PBS_EVENT_STREAM_BAD_CRC;
    if (total < LEAST || total > PBS_EVENT_STREAM_MAX || headers > PBS_EVENT_STREAM_HEADERS_MAX ||
        headers > total - LEAST)
        return PBS_EVENT_STREAM_BAD_LENGTH;
    stream->checked = true;
    return 0;
}

static int take_frame(pbs_event_stream *stream, pbs_event_stream_fn fn, void *user)
{
    const char *frame = stream->frame.ptr;
    size_t total = stream->frame.len, headers = read_u32(frame + 4);
    if (pbs_crc32(0, (pb_str){frame, total - 4}) != read_u32(frame + total - 4))
        return PBS_EVENT_STREAM_BAD_CRC;
    pbs_event_message message = {{frame + PRELUDE, headers},
                                 {frame + PRELUDE + headers, total - LEAST - headers}};
    if (!are_readable(message.headers))
        return PBS_EVENT_STREAM_BAD_HEADER;
    int result = fn(user, &message);
    pbs_buf_clear(&stream->frame);
    stream->checked = false;
    return result;
}

int pbs_event_stream_push(pbs_event_stream *stream, pb_str bytes, pbs_event_stream_fn fn,
                          void *user)
{
    while (bytes.len > 0) {
        size_t want = stream->checked ? read_u32(stream->frame.ptr) : PRELUDE;
        size_t missing = want - stream->frame.len;
        size_t n = bytes.len < missing ? bytes.len : missing;
        if (!pbs_buf_add(&stream->frame, (pb_str){bytes.ptr, n}))
            return PBS_EVENT_STREAM_NO_MEMORY;
        bytes = pbs_skip(bytes, n);
        if (n < missing)
            return 0;
        int result = stream->checked ? take_frame(stream, fn, user) : check_prelude(stream);
        if (result != 0)
            return result;
    }
    return 0;
}

int pbs_event_stream_end(const pbs_event_stream *stream)
{
    return stream->frame.len > 0 ? PBS_EVENT_STREAM_CUT : 0;
}

const char *pbs_event_stream_problem(int result)
{
    switch (result) {
    case PBS_EVENT_STREAM_BAD_LENGTH:
        return "a message of the event stream has an impossible length";
    case PBS_EVENT_STREAM_BAD_CRC:
        return "a checksum of the event stream does not match";
    case PBS_EVENT_STREAM_BAD_HEADER:
        return "a message of the event stream has headers that cannot be read";
    case PBS_EVENT_STREAM_CUT:
        return "the event stream ended inside a message";
    default:
        return "memory is out for a message of the event stream";
    }
}
