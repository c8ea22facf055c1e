/* SPDX-License-Identifier: Apache-2.0 */
/* The binary event stream: messages as the AWS SDKs write them, in every split; every type of
 * header; bounds; and messages with one byte changed, none of which may come through. */
#include "lib/event_stream.h"

#include "lib/crc32.h"
#include "lib/hex.h"
#include "lib/str.h"
#include "sdk/bytes.h"

/* ---- Messages of an SDK ---- */

static const char message_start[] =
    "000000760000005296d5fade0d3a6d6573736167652d747970650700056576656e740b3a6576656e742d7479"
    "706507000c6d65737361676553746172740d3a636f6e74656e742d747970650700106170706c69636174696f"
    "6e2f6a736f6e7b22726f6c65223a22617373697374616e74227d1cc6be18";
static const char text_delta[] =
    "00000099000000574c3b5e5f0d3a6d6573736167652d747970650700056576656e740b3a6576656e742d7479"
    "7065070011636f6e74656e74426c6f636b44656c74610d3a636f6e74656e742d747970650700106170706c69"
    "636174696f6e2f6a736f6e7b22636f6e74656e74426c6f636b496e646578223a302c2264656c7461223a7b22"
    "74657874223a224772c3bcc39f65227d7de3b04d8a";
static const char tool_start[] =
    "000000c4000000578cb855250d3a6d6573736167652d747970650700056576656e740b3a6576656e742d7479"
    "7065070011636f6e74656e74426c6f636b53746172740d3a636f6e74656e742d747970650700106170706c69"
    "636174696f6e2f6a736f6e7b22636f6e74656e74426c6f636b496e646578223a312c227374617274223a7b22"
    "746f6f6c557365223a7b22746f6f6c5573654964223a22746f6f6c7573655f39664b32222c226e616d65223a"
    "226765745f77656174686572227d7d7d3b709aad";
static const char tool_delta[] =
    "000000a900000057ed1ae6d90d3a6d6573736167652d747970650700056576656e740b3a6576656e742d7479"
    "7065070011636f6e74656e74426c6f636b44656c74610d3a636f6e74656e742d747970650700106170706c69"
    "636174696f6e2f6a736f6e7b22636f6e74656e74426c6f636b496e646578223a312c2264656c7461223a7b22"
    "746f6f6c557365223a7b22696e707574223a227b5c22636974795c223a227d7d7d9e3970c5";
static const char block_stop[] =
    "0000007d00000056e6680fd60d3a6d6573736167652d747970650700056576656e740b3a6576656e742d7479"
    "7065070010636f6e74656e74426c6f636b53746f700d3a636f6e74656e742d747970650700106170706c6963"
    "6174696f6e2f6a736f6e7b22636f6e74656e74426c6f636b496e646578223a307d587eaac2";
static const char message_stop[] =
    "0000007a00000051ca2c46650d3a6d6573736167652d747970650700056576656e740b3a6576656e742d7479"
    "706507000b6d65737361676553746f700d3a636f6e74656e742d747970650700106170706c69636174696f6e"
    "2f6a736f6e7b2273746f70526561736f6e223a22746f6f6c5f757365227dffb71b87";
static const char metadata[] =
    "000000bc0000004e217156eb0d3a6d6573736167652d747970650700056576656e740b3a6576656e742d7479"
    "70650700086d657461646174610d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a73"
    "6f6e7b227573616765223a7b22696e707574546f6b656e73223a3431322c226f7574707574546f6b656e7322"
    "3a35372c22746f74616c546f6b656e73223a3436397d2c226d657472696373223a7b226c6174656e63794d73"
    "223a313230347d7dcdb9c450";
static const char throttling[] =
    "000000b2000000613590d5d30d3a6d6573736167652d74797065070009657863657074696f6e0f3a65786365"
    "7074696f6e2d747970650700137468726f74746c696e67457863657074696f6e0d3a636f6e74656e742d7479"
    "70650700106170706c69636174696f6e2f6a736f6e7b226d657373616765223a22546f6f206d616e79207265"
    "7175657374732c20706c656173652077616974206265666f726520747279696e6720616761696e2e227d1d4f"
    "6dc6";
static const char error_frame[] =
    "000000750000006569c825010d3a6d6573736167652d747970650700056572726f720b3a6572726f722d636f"
    "646507000d496e7465726e616c4572726f720e3a6572726f722d6d657373616765070021416e20696e746572"
    "6e616c20736572766572206572726f72206f6363757272656444197ec0";
static const char chunk[] =
    "000000880000004b05babc220d3a6d6573736167652d747970650700056576656e740b3a6576656e742d7479"
    "70650700056368756e6b0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b"
    "226279746573223a202265794a306558426c496a6f696257567a6332466e5a56397a64473977496e303d227d"
    "be3f8aac";

static GByteArray *from_hex(const char *hex)
{
    GByteArray *bytes = g_byte_array_new();
    g_byte_array_set_size(bytes, (guint)(strlen(hex) / 2));
    g_assert_true(pbs_hex_decode(pbs_str(hex), bytes->data));
    return bytes;
}

/* ---- Reading ---- */

static int write_down(void *user, const pbs_event_message *message)
{
    GString *log = user;
    pb_str type = pbs_event_header_str(message->headers, ":message-type");
    pb_str event = pbs_event_header_str(message->headers, ":event-type");
    pb_str exception = pbs_event_header_str(message->headers, ":exception-type");
    pb_str code = pbs_event_header_str(message->headers, ":error-code");
    pb_str text = pbs_event_header_str(message->headers, ":error-message");
    g_string_append_printf(log, "%.*s %.*s%.*s%.*s%.*s ", (int)type.len, type.ptr, (int)event.len,
                           event.ptr, (int)exception.len, exception.ptr, (int)code.len, code.ptr,
                           (int)text.len, text.ptr);
    g_string_append_len(log, message->payload.ptr, (gssize)message->payload.len);
    g_string_append_c(log, '\n');
    return 0;
}

/* Reads bytes in pieces of `step`; the result of push or end. */
static int read_all(const GByteArray *bytes, size_t step, GString *log)
{
    pbs_event_stream stream;
    int result = 0;
    pbs_event_stream_init(&stream);
    for (size_t at = 0; result == 0 && at < bytes->len; at += step) {
        size_t n = MIN(step, bytes->len - at);
        result = pbs_event_stream_push(&stream, (pb_str){(const char *)bytes->data + at, n},
                                       write_down, log);
    }
    if (result == 0)
        result = pbs_event_stream_end(&stream);
    pbs_event_stream_free(&stream);
    return result;
}

static void test_vectors(void)
{
    const struct {
        const char *hex, *expected;
    } vectors[] = {
        {message_start, "event messageStart {\"role\":\"assistant\"}\n"},
        {text_delta, "event contentBlockDelta "
                     "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"Gr\xc3\xbc\xc3\x9f"
                     "e\"}}\n"},
        {tool_start, "event contentBlockStart {\"contentBlockIndex\":1,\"start\":{\"toolUse\":"
                     "{\"toolUseId\":\"tooluse_9fK2\",\"name\":\"get_weather\"}}}\n"},
        {tool_delta, "event contentBlockDelta {\"contentBlockIndex\":1,\"delta\":{\"toolUse\":"
                     "{\"input\":\"{\\\"city\\\":\"}}}\n"},
        {block_stop, "event contentBlockStop {\"contentBlockIndex\":0}\n"},
        {message_stop, "event messageStop {\"stopReason\":\"tool_use\"}\n"},
        {metadata, "event metadata {\"usage\":{\"inputTokens\":412,\"outputTokens\":57,"
                   "\"totalTokens\":469},\"metrics\":{\"latencyMs\":1204}}\n"},
        {throttling, "exception throttlingException {\"message\":\"Too many requests, please wait "
                     "before trying again.\"}\n"},
        {error_frame, "error InternalErrorAn internal server error occurred \n"},
        {chunk, "event chunk {\"bytes\": \"eyJ0eXBlIjoibWVzc2FnZV9zdG9wIn0=\"}\n"},
    };
    g_autoptr(GString) expected = g_string_new(NULL);
    g_autoptr(GByteArray) all = g_byte_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++) {
        g_autoptr(GByteArray) bytes = from_hex(vectors[i].hex);
        g_autoptr(GString) log = g_string_new(NULL);
        g_byte_array_append(all, bytes->data, bytes->len);
        g_string_append(expected, vectors[i].expected);
        g_assert_cmpint(read_all(bytes, bytes->len, log), ==, 0);
        g_assert_cmpstr(log->str, ==, vectors[i].expected);
    }
    for (size_t step = 1; step <= all->len; step++) {
        g_autoptr(GString) log = g_string_new(NULL);
        g_assert_cmpint(read_all(all, step, log), ==, 0);
        g_assert_cmpstr(log->str, ==, expected->str);
    }
}

/* Every byte of a message is under a checksum. */
static void test_changed_byte(void)
{
    g_autoptr(GByteArray) good = from_hex(text_delta);
    for (guint i = 0; i < good->len; i++)
        for (int bit = 0; bit < 8; bit++) {
            g_autoptr(GByteArray) bad = from_hex(text_delta);
            g_autoptr(GString) log = g_string_new(NULL);
            bad->data[i] = (guint8)(bad->data[i] ^ (1 << bit));
            g_assert_cmpint(read_all(bad, 1 + i % 5, log), ==, PBS_EVENT_STREAM_BAD_CRC);
            g_assert_cmpstr(log->str, ==, "");
        }
}

static void test_cut(void)
{
    g_autoptr(GByteArray) whole = from_hex(metadata);
    for (guint n = 1; n < whole->len; n++) {
        g_autoptr(GByteArray) part = g_byte_array_new();
        g_autoptr(GString) log = g_string_new(NULL);
        g_byte_array_append(part, whole->data, n);
        g_assert_cmpint(read_all(part, 7, log), ==, PBS_EVENT_STREAM_CUT);
        g_assert_cmpstr(log->str, ==, "");
    }
}

/* ---- Messages of our own ---- */

static void add_u32(GByteArray *out, uint32_t value)
{
    guint8 bytes[4] = {(guint8)(value >> 24), (guint8)(value >> 16), (guint8)(value >> 8),
                       (guint8)value};
    g_byte_array_append(out, bytes, 4);
}

/* A message with right checksums, whatever it says of its lengths. */
static GByteArray *message(pb_str headers, pb_str payload, uint32_t total, uint32_t headers_len)
{
    GByteArray *out = g_byte_array_new();
    add_u32(out, total);
    add_u32(out, headers_len);
    add_u32(out, pbs_crc32(0, (pb_str){(const char *)out->data, out->len}));
    if (headers.len > 0)
        g_byte_array_append(out, (const guint8 *)headers.ptr, (guint)headers.len);
    if (payload.len > 0)
        g_byte_array_append(out, (const guint8 *)payload.ptr, (guint)payload.len);
    add_u32(out, pbs_crc32(0, (pb_str){(const char *)out->data, out->len}));
    return out;
}

static GByteArray *honest(pb_str headers, pb_str payload)
{
    return message(headers, payload, (uint32_t)(headers.len + payload.len + 16),
                   (uint32_t)headers.len);
}

static void expect_lengths(uint32_t total, uint32_t headers, int expected)
{
    g_autoptr(GByteArray) bytes = message((pb_str){NULL, 0}, (pb_str){NULL, 0}, total, headers);
    g_autoptr(GString) log = g_string_new(NULL);
    g_assert_cmpint(read_all(bytes, 3, log), ==, expected);
}

static void test_bounds(void)
{
    g_autoptr(GString) log = g_string_new(NULL);
    g_autoptr(GByteArray) least = honest((pb_str){NULL, 0}, (pb_str){NULL, 0});
    g_assert_cmpint(read_all(least, 16, log), ==, 0);
    g_assert_cmpstr(log->str, ==, "  \n");
    expect_lengths(0, 0, PBS_EVENT_STREAM_BAD_LENGTH);
    expect_lengths(15, 0, PBS_EVENT_STREAM_BAD_LENGTH);
    expect_lengths(16, 1, PBS_EVENT_STREAM_BAD_LENGTH);
    expect_lengths(100, 85, PBS_EVENT_STREAM_BAD_LENGTH);
    expect_lengths(100, UINT32_MAX, PBS_EVENT_STREAM_BAD_LENGTH);
    expect_lengths(UINT32_MAX, 0, PBS_EVENT_STREAM_BAD_LENGTH);
    expect_lengths((uint32_t)PBS_EVENT_STREAM_MAX + 1, 0, PBS_EVENT_STREAM_BAD_LENGTH);
    expect_lengths((uint32_t)PBS_EVENT_STREAM_MAX, 0, PBS_EVENT_STREAM_CUT);
    expect_lengths(1000000, (uint32_t)PBS_EVENT_STREAM_HEADERS_MAX + 1,
                   PBS_EVENT_STREAM_BAD_LENGTH);
    expect_lengths(1000000, (uint32_t)PBS_EVENT_STREAM_HEADERS_MAX, PBS_EVENT_STREAM_CUT);
}

static int count_bytes(void *user, const pbs_event_message *got)
{
    *(size_t *)user += got->payload.len;
    return 0;
}

static void test_largest(void)
{
    size_t n = PBS_EVENT_STREAM_MAX - 16, got = 0;
    g_autofree char *payload = g_strnfill(n, 'x');
    g_autoptr(GByteArray) bytes = honest((pb_str){NULL, 0}, (pb_str){payload, n});
    pbs_event_stream stream;
    pbs_event_stream_init(&stream);
    g_assert_cmpint(pbs_event_stream_push(&stream, (pb_str){(char *)bytes->data, bytes->len},
                                          count_bytes, &got),
                    ==, 0);
    g_assert_cmpuint(got, ==, n);
    pbs_event_stream_free(&stream);
}

static const char every_type[] = "\1a\0"
                                 "\1b\1"
                                 "\1c\2\x80"
                                 "\1d\3\x80\0"
                                 "\1e\4\xff\xff\xff\xfe"
                                 "\1f\5\x7f\xff\xff\xff\xff\xff\xff\xff"
                                 "\1g\6\0\2\0\xff"
                                 "\1h\7\0\3\xe2\x82\xac"
                                 "\1i\x8\0\0\1\x8e\0\0\0\0"
                                 "\1j\x9"
                                 "0123456789abcdef";

static void test_header_types(void)
{
    const pb_str headers = PBS_STR(every_type);
    const int64_t numbers[] = {1, 0, -128, -32768, -2, INT64_MAX, 0, 0, INT64_C(0x18e00000000), 0};
    const pb_str texts[] = {
        [6] = {"\0\xff", 2}, [7] = {"\xe2\x82\xac", 3}, [9] = {"0123456789abcdef", 16}};
    pbs_event_header header;
    size_t at = 0;
    for (int i = 0; i < 10; i++) {
        const char name = (char)('a' + i);
        g_assert_true(pbs_event_header_next(headers, &at, &header));
        assert_bytes(header.name.ptr, header.name.len, &name, 1);
        g_assert_cmpint((int)header.type, ==, i);
        g_assert_cmpint(header.number, ==, numbers[i]);
        assert_bytes(header.bytes.ptr, header.bytes.len, texts[i].ptr, texts[i].len);
    }
    g_assert_cmpuint(at, ==, headers.len);
    g_assert_false(pbs_event_header_next(headers, &at, &header));
    g_assert_true(pbs_is(pbs_event_header_str(headers, "h"), "\xe2\x82\xac"));
    g_assert_cmpuint(pbs_event_header_str(headers, "g").len, ==, 0); /* bytes are no string */
    g_assert_cmpuint(pbs_event_header_str(headers, "z").len, ==, 0);
}

/* Cut anywhere but between two headers, they cannot be read. */
static void test_header_lengths(void)
{
    pb_str headers = PBS_STR(every_type);
    guint readable = 0;
    for (size_t n = 0; n <= headers.len; n++) {
        g_autoptr(GByteArray) bytes = honest((pb_str){headers.ptr, n}, PBS_STR("{}"));
        g_autoptr(GString) log = g_string_new(NULL);
        int result = read_all(bytes, bytes->len, log);
        g_assert_true(result == 0 || result == PBS_EVENT_STREAM_BAD_HEADER);
        readable += result == 0;
    }
    g_assert_cmpuint(readable, ==, 11);
    const pb_str bad[] = {PBS_STR("\0\7\0\1x"),     PBS_STR("\1a\xa"), PBS_STR("\1a\xff"),
                          PBS_STR("\1a\7\xff\xff"), PBS_STR("\xff"),   PBS_STR("\1")};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GByteArray) bytes = honest(bad[i], PBS_STR("{}"));
        g_autoptr(GString) log = g_string_new(NULL);
        g_assert_cmpint(read_all(bytes, 1, log), ==, PBS_EVENT_STREAM_BAD_HEADER);
    }
}

static int stop(void *user, const pbs_event_message *got)
{
    (void)got;
    return ++*(int *)user == 2 ? 4 : 0;
}

static void test_callback_stops(void)
{
    int calls = 0;
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GByteArray) one = honest((pb_str){NULL, 0}, PBS_STR("x"));
    pbs_event_stream stream;
    pbs_event_stream_init(&stream);
    for (int i = 0; i < 3; i++)
        g_byte_array_append(bytes, one->data, one->len);
    g_assert_cmpint(
        pbs_event_stream_push(&stream, (pb_str){(char *)bytes->data, bytes->len}, stop, &calls), ==,
        4);
    g_assert_cmpint(calls, ==, 2);
    pbs_event_stream_free(&stream);
}

static void test_problems(void)
{
    for (int i = PBS_EVENT_STREAM_NO_MEMORY; i <= PBS_EVENT_STREAM_BAD_LENGTH; i++)
        for (int j = PBS_EVENT_STREAM_NO_MEMORY; j < i; j++)
            g_assert_cmpstr(pbs_event_stream_problem(i), !=, pbs_event_stream_problem(j));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/event-stream/vectors", test_vectors);
    g_test_add_func("/sdk/event-stream/changed-byte", test_changed_byte);
    g_test_add_func("/sdk/event-stream/cut", test_cut);
    g_test_add_func("/sdk/event-stream/bounds", test_bounds);
    g_test_add_func("/sdk/event-stream/largest", test_largest);
    g_test_add_func("/sdk/event-stream/header-types", test_header_types);
    g_test_add_func("/sdk/event-stream/header-lengths", test_header_lengths);
    g_test_add_func("/sdk/event-stream/callback-stops", test_callback_stops);
    g_test_add_func("/sdk/event-stream/problems", test_problems);
    return g_test_run();
}
