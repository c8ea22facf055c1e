/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the stub's scripts out of recorded replies. What is random comes from the spec's seed
 * alone. It runs on the stub's thread and judges nothing. */
#include "serve.h"

#include "exchange/memory_transport.h"

#include <string.h>

#define GIANT_LINES 40
#define GIANT_LINE  8192
#define PIECE_MAX   96u
#define WAITS_MAX   6u /* of 1 ms in a body: pieces must also arrive apart */

static void request_free(gpointer data)
{
    PbayMemoryRequest *request = data;

    g_free(request->method);
    g_free(request->url);
    g_string_free(request->body, TRUE);
    g_ptr_array_unref(request->headers);
    g_free(request);
}

void serve_init(Serve *serve, const PbayRecording *recording, const ServeSpec *spec,
                const char *origin)
{
    *serve = (Serve){.recording = recording,
                     .spec = spec,
                     .origin = origin,
                     .requests = g_ptr_array_new_with_free_func(request_free),
                     .random = spec->seed};
}

void serve_clear(Serve *serve)
{
    g_ptr_array_unref(serve->requests);
    *serve = (Serve){0};
}

const PbayRecordedReply *serve_last(const PbayRecording *recording)
{
    return g_ptr_array_index(recording->replies, recording->replies->len - 1);
}

static size_t chance(Serve *serve, size_t below)
{
    serve->random = serve->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(serve->random >> 33) % below;
}

/* As the judge of recordings takes requests. */
static void keep(Serve *serve, const StubRequest *request)
{
    PbayMemoryRequest *kept = g_new0(PbayMemoryRequest, 1);
    GHashTableIter iter;
    gpointer name, value;

    kept->method = g_strdup(request->method);
    kept->url = g_strconcat(serve->origin, request->target, NULL);
    kept->body = g_string_new_len(request->body->str, (gssize)request->body->len);
    kept->headers = g_ptr_array_new_with_free_func(g_free);
    g_hash_table_iter_init(&iter, request->headers);
    while (g_hash_table_iter_next(&iter, &name, &value))
        g_ptr_array_add(kept->headers,
                        g_strdup_printf("%s: %s", (const char *)name, (const char *)value));
    g_ptr_array_add(serve->requests, kept);
}

/* What the framing says is not the recording's to say. */
static bool is_framing(const char *name)
{
    return g_ascii_strcasecmp(name, "content-length") == 0 ||
           g_ascii_strcasecmp(name, "transfer-encoding") == 0 ||
           g_ascii_strcasecmp(name, "connection") == 0;
}

static void add_headers(StubScript *script, json_object *headers)
{
    if (headers == NULL)
        return;
    json_object_object_foreach(headers, name, value)
    {
        if (!is_framing(name))
            stub_script_header(script, name, json_object_get_string(value));
    }
}

static void add_giant_head(StubScript *script)
{
    g_autofree char *filling = g_strnfill(GIANT_LINE, 'h');

    for (int i = 0; i < GIANT_LINES; i++)
        stub_script_header(script, "x-filling", filling);
}

static size_t next_piece(Serve *serve, size_t left)
{
    size_t random;

    switch (serve->spec->pieces) {
    case SERVE_BYTES:
        return 1;
    case SERVE_RANDOM:
        random = 1 + chance(serve, PIECE_MAX);
        return MIN(left, random);
    default:
        return left;
    }
}

static void add_pieces(Serve *serve, StubScript *script, const uint8_t *bytes, size_t len)
{
    unsigned waits = 0;

    for (size_t at = 0, n; at < len; at += n) {
        n = next_piece(serve, len - at);
        stub_script_bytes(script, bytes + at, n);
        if (n < len - at && waits < WAITS_MAX && chance(serve, 5) == 0) {
            stub_script_wait(script, 1);
            waits++;
        }
    }
}

static void set_framing(StubScript *script, ServeFraming framing)
{
    if (framing == SERVE_LENGTH)
        stub_script_plain(script);
    else if (framing == SERVE_UNTIL_CLOSE)
        stub_script_until_close(script);
}

/* Sends `at` bytes and goes. What follows is never sent, but counts for Content-Length. */
static void lose(Serve *serve, StubScript *script, const GByteArray *bytes, size_t at, bool reset)
{
    add_pieces(serve, script, bytes->data, at);
    stub_script_wait(script, 1);
    if (reset)
        stub_script_reset(script);
    else
        stub_script_cut(script);
    stub_script_bytes(script, bytes->data, bytes->len - at);
    stub_script_text(script, "\n");
}

static StubScript *no_head(void)
{
    StubScript *script = stub_script_new(0, NULL);

    stub_script_raw(script, "", 0);
    stub_script_cut(script);
    return script;
}

static StubScript *script_of(Serve *serve, const PbayRecordedReply *reply, bool last)
{
    ServeFault fault = last ? serve->spec->fault : SERVE_WELL;
    StubScript *script;

    if (reply->status == 0)
        return no_head();
    script = stub_script_new(reply->status, NULL);
    add_headers(script, reply->headers);
    if (fault == SERVE_GIANT_HEAD)
        add_giant_head(script);
    /* The end of a connection cannot say that something is missing. */
    if (!reply->cut)
        set_framing(script, serve->spec->framing);
    if (fault == SERVE_CUT || fault == SERVE_RESET)
        lose(serve, script, reply->bytes, MIN(serve->spec->at, reply->bytes->len),
             fault == SERVE_RESET);
    else if (reply->cut)
        lose(serve, script, reply->bytes, reply->bytes->len, false);
    else
        add_pieces(serve, script, reply->bytes->data, reply->bytes->len);
    return script;
}

StubScript *serve_reply(void *user, const StubRequest *request)
{
    Serve *serve = user;
    const GPtrArray *replies = serve->recording->replies;
    guint n = serve->requests->len;

    keep(serve, request);
    if (n >= replies->len)
        return stub_json(500, "{\"error\":\"this request is not in the recording\"}");
    return script_of(serve, g_ptr_array_index(replies, n), n + 1 == replies->len);
}
