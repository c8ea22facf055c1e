/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts of the storm's vendors: one function a way to answer a stream, one for a whole answer,
 * and the log. On the stubs' threads. */
#include "e2e/storm_vendor.h"

#include <stdio.h>
#include <string.h>

typedef struct Vendor {
    StormFleet *fleet;
    unsigned target;
    char *authorization;
    Stub *stub;
} Vendor;

struct StormFleet {
    uint32_t seed;
    unsigned n_calls;
    StormWeather weather;
    StormLie lie;
    Vendor vendors[STORM_TARGETS];
    pthread_mutex_t lock; /* of all below */
    StormCalls *calls;
    unsigned strangers;
};

/* An answer about to be made. */
typedef struct Reply {
    StormVisit v;
    StormFate fate;
    bool usage; /* it was asked for */
    StormLie lie;
    GPtrArray *pieces;
} Reply;

/* ---- Frames ---- */

static char *escaped(const char *text)
{
    GString *out = g_string_new(NULL);

    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            g_string_append_c(out, '\\');
        g_string_append_c(out, *text);
    }
    return g_string_free(out, FALSE);
}

static char *frame(const Reply *r, const char *delta, const char *finish)
{
    g_autofree char *id = storm_id(r->v);
    g_autofree char *reason = finish != NULL ? g_strdup_printf("\"%s\"", finish) : g_strdup("null");

    return g_strdup_printf("data: {\"id\":\"%s\",\"object\":\"chat.completion.chunk\",\"created\":"
                           "1795343400,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":%s,"
                           "\"finish_reason\":%s}]}\n\n",
                           id, delta, reason);
}

static char *piece_frame(const Reply *r, const char *piece)
{
    g_autofree char *text = escaped(piece);
    g_autofree char *delta = g_strdup_printf("{\"content\":\"%s\"}", text);

    return frame(r, delta, NULL);
}

static int completion_tokens(const Reply *r)
{
    return storm_completion_tokens(r->v) + (r->lie == STORM_LIE_USAGE ? 1 : 0);
}

static char *usage_text(const Reply *r)
{
    return g_strdup_printf("{\"prompt_tokens\":%d,\"completion_tokens\":%d,\"total_tokens\":%d}",
                           storm_prompt_tokens(r->v), completion_tokens(r),
                           storm_prompt_tokens(r->v) + completion_tokens(r));
}

/* ---- Streams ---- */

/* Byte by byte in uneven bits, with a short rest between some. */
static void send_in_bits(StubScript *script, const Reply *r, const char *text)
{
    size_t len = strlen(text), at = 0;
    unsigned salt = 5000;

    while (at < len) {
        size_t bit = 1 + storm_chance(r->v, salt++, 90);

        bit = MIN(bit, len - at);
        stub_script_bytes(script, text + at, bit);
        at += bit;
        if (storm_chance(r->v, salt++, 4) == 0)
            stub_script_wait(script, 1);
    }
}

static void send_paced(StubScript *script, const Reply *r, GPtrArray *frames)
{
    unsigned pace = storm_chance(r->v, 6, 4);
    g_autoptr(GString) all = g_string_new(NULL);

    for (guint i = 0; i < frames->len; i++) {
        const char *text = g_ptr_array_index(frames, i);

        if (pace == 0)
            g_string_append(all, text);
        else if (pace == 1)
            send_in_bits(script, r, text);
        else
            stub_script_text(script, text);
        if (pace == 2 && i % 4 == 1)
            stub_script_wait(script, 1);
        if (pace == 3 && i % 3 == 0)
            stub_script_text(script, ": still there\n\n");
    }
    if (all->len != 0)
        stub_script_text(script, all->str);
}

static void add_end(const Reply *r, GPtrArray *frames)
{
    g_autofree char *id = storm_id(r->v);
    g_autofree char *usage = usage_text(r);

    g_ptr_array_add(frames, frame(r, "{}", "stop"));
    if (r->usage)
        g_ptr_array_add(frames,
                        g_strdup_printf("data: {\"id\":\"%s\",\"object\":\"chat.completion.chunk\","
                                        "\"created\":1795343400,\"model\":\"m\",\"choices\":[],"
                                        "\"usage\":%s}\n\n",
                                        id, usage));
    g_ptr_array_add(frames, g_strdup("data: [DONE]\n\n"));
}

static const char error_text[] =
    "{\"error\":{\"message\":\"The server is overloaded\",\"type\":"
    "\"server_error\",\"param\":null,\"code\":\"server_is_overloaded\"}}";

/* What follows what was said so far. */
static void add_failure(StubScript *script, const Reply *r, bool stream)
{
    switch (r->fate) {
    case STORM_RESET_EARLY:
    case STORM_RESET_LATE:
        stub_script_reset(script);
        break;
    case STORM_STALL_EARLY:
    case STORM_STALL_LATE:
        stub_script_stall(script);
        break;
    case STORM_FRAME_EARLY:
    case STORM_FRAME_LATE:
        stub_script_text(script, stream ? "data: " : "");
        stub_script_text(script, error_text);
        stub_script_text(script, stream ? "\n\n" : "");
        break;
    case STORM_CUT_EARLY:
    case STORM_CUT_LATE:
        stub_script_cut(script);
        break;
    case STORM_BROKEN_EARLY:
    case STORM_BROKEN_LATE:
        stub_script_text(script, stream ? "data: {\"choices\":[{\"delta\":\n\n" : "{\"choices\":[");
        break;
    default: /* END: the connection closes behind it */
        break;
    }
}

static StubScript *stream_answer(const Reply *r)
{
    StubScript *script = stub_script_new(200, "text/event-stream");
    g_autoptr(GPtrArray) frames = g_ptr_array_new_with_free_func(g_free);
    guint n = r->fate == STORM_WELL         ? r->pieces->len
              : storm_fate_is_late(r->fate) ? 1 + storm_chance(r->v, 7, r->pieces->len - 1)
                                            : 0;

    if (r->fate == STORM_END_EARLY || r->fate == STORM_END_LATE)
        stub_script_until_close(script);
    if (n != 0 || storm_chance(r->v, 8, 2) == 0)
        g_ptr_array_add(frames, frame(r, "{\"role\":\"assistant\",\"content\":\"\"}", NULL));
    for (guint i = 0; i < n; i++)
        g_ptr_array_add(frames, piece_frame(r, g_ptr_array_index(r->pieces, i)));
    if (r->fate == STORM_WELL)
        add_end(r, frames);
    send_paced(script, r, frames);
    if (r->fate != STORM_WELL)
        add_failure(script, r, true);
    return script;
}

/* ---- Whole answers ---- */

static char *whole_text(const Reply *r)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *id = storm_id(r->v);
    g_autofree char *usage = usage_text(r);
    g_autofree char *content = NULL;

    for (guint i = 0; i < r->pieces->len; i++)
        g_string_append(text, g_ptr_array_index(r->pieces, i));
    content = escaped(text->str);
    return g_strdup_printf("{\"id\":\"%s\",\"object\":\"chat.completion\",\"created\":1795343400,"
                           "\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
                           "\"assistant\",\"content\":\"%s\",\"refusal\":null},\"finish_reason\":"
                           "\"stop\"}],\"usage\":%s}",
                           id, content, usage);
}

static StubScript *whole_answer(const Reply *r)
{
    StubScript *script = stub_script_new(200, "application/json");
    g_autofree char *text = whole_text(r);
    size_t len = strlen(text);
    size_t n = r->fate == STORM_WELL         ? len
               : storm_fate_is_late(r->fate) ? len / 2
                                             : storm_chance(r->v, 9, 2) * 20;

    if (r->fate == STORM_END_EARLY || r->fate == STORM_END_LATE)
        stub_script_until_close(script);
    else if (r->fate == STORM_WELL && storm_chance(r->v, 10, 2) == 0)
        stub_script_plain(script);
    if (r->fate == STORM_FRAME_EARLY || r->fate == STORM_FRAME_LATE)
        n = 0; /* half an answer and an error would be no JSON */
    stub_script_bytes(script, text, n);
    if (r->fate != STORM_WELL)
        add_failure(script, r, false);
    return script;
}

/* ---- Refusals ---- */

static StubScript *refusal(const Reply *r)
{
    StubScript *script;
    g_autofree char *hint = g_strdup_printf("%d", storm_hint_ms(r->fate, r->v));

    switch (r->fate) {
    case STORM_RESET_HEAD:
    case STORM_STALL_HEAD:
        script = stub_script_new(200, NULL);
        stub_script_raw(script, "", 0);
        (r->fate == STORM_RESET_HEAD ? stub_script_reset : stub_script_stall)(script);
        return script;
    case STORM_LIMIT_MS:
    case STORM_LIMIT_S:
        script = stub_json(429, "{\"error\":{\"message\":\"Rate limit reached\",\"type\":"
                                "\"requests\",\"param\":null,\"code\":\"rate_limit_exceeded\"}}");
        stub_script_header(script, r->fate == STORM_LIMIT_S ? "Retry-After" : "retry-after-ms",
                           r->fate == STORM_LIMIT_S ? "1" : hint);
        return script;
    case STORM_500:
        return stub_json(500, "{\"error\":{\"message\":\"The server had an error\",\"type\":"
                              "\"server_error\",\"param\":null,\"code\":null}}");
    case STORM_502:
        script = stub_script_new(502, "text/html");
        stub_script_text(script, "<html><body>502 Bad Gateway</body></html>");
        return script;
    case STORM_503:
    case STORM_503_HINT:
        script = stub_json(503, error_text);
        if (r->fate == STORM_503_HINT)
            stub_script_header(script, "Retry-After", "1");
        return script;
    case STORM_EMPTY:
        script = stub_script_new(200, "text/event-stream");
        stub_script_plain(script);
        return script;
    default:
        return NULL;
    }
}

/* ---- The log ---- */

static StormEntry add_visit(Vendor *vendor, unsigned nonce, bool again)
{
    StormFleet *fleet = vendor->fleet;
    StormCalls *calls = &fleet->calls[nonce];
    StormEntry entry = {
        .visit = {.seed = fleet->seed, .nonce = nonce, .target = vendor->target},
        .at_us = g_get_monotonic_time(),
    };

    pthread_mutex_lock(&fleet->lock);
    for (unsigned i = 0; i < MIN(calls->n, STORM_VISITS); i++)
        entry.visit.visit += calls->entries[i].visit.target == vendor->target;
    entry.fate = storm_fleet_fate(fleet, entry.visit);
    for (int i = 0; i < (again ? 2 : 1); i++, calls->n++)
        if (calls->n < STORM_VISITS)
            calls->entries[calls->n] = entry;
    pthread_mutex_unlock(&fleet->lock);
    return entry;
}

static StubScript *stranger(StormFleet *fleet)
{
    pthread_mutex_lock(&fleet->lock);
    fleet->strangers++;
    pthread_mutex_unlock(&fleet->lock);
    return stub_json(401, "{\"error\":{\"message\":\"Incorrect API key provided\",\"type\":"
                          "\"invalid_request_error\",\"code\":\"invalid_api_key\"}}");
}

/* The lie about this request, if it is one of those. */
static StormLie lie_of(const StormFleet *fleet, StormVisit v)
{
    return fleet->lie != STORM_HONEST && storm_chance(v, 11, 20) == 0 ? fleet->lie : STORM_HONEST;
}

static void tell_lie(Reply *r)
{
    StormVisit other = r->v;

    if (r->lie == STORM_LIE_SHORT)
        g_ptr_array_remove_index(r->pieces, r->pieces->len - 1);
    if (r->lie == STORM_LIE_FATE)
        r->fate = STORM_500;
    if (r->lie == STORM_LIE_MIX || r->lie == STORM_LIE_OTHER) {
        g_autoptr(GPtrArray) mine = g_steal_pointer(&r->pieces);

        other.target = (r->v.target + (r->lie == STORM_LIE_MIX)) % STORM_TARGETS;
        other.nonce += r->lie == STORM_LIE_OTHER;
        r->pieces = storm_pieces(other);
        if (r->lie == STORM_LIE_MIX) {
            g_free(r->pieces->pdata[0]);
            r->pieces->pdata[0] = g_strdup(g_ptr_array_index(mine, 0));
        }
    }
}

static StubScript *answer(void *user, const StubRequest *request)
{
    Vendor *vendor = user;
    StormFleet *fleet = vendor->fleet;
    const char *body = request->body->str, *at = strstr(body, "storm call ");
    const char *key = g_hash_table_lookup(request->headers, "authorization");
    unsigned nonce = at != NULL ? (unsigned)g_ascii_strtoull(at + 11, NULL, 10) : fleet->n_calls;
    bool stream = strstr(body, "\"stream\":true") != NULL;
    StormVisit asked = {fleet->seed, nonce, vendor->target, 0};
    Reply r = {.lie = lie_of(fleet, asked), .usage = strstr(body, "include_usage") != NULL};
    StormEntry entry;
    StubScript *script;

    if (g_strcmp0(key, vendor->authorization) != 0 || nonce >= fleet->n_calls)
        return stranger(fleet);
    entry = add_visit(vendor, nonce, r.lie == STORM_LIE_AGAIN);
    r.v = entry.visit;
    r.fate = entry.fate;
    r.pieces = storm_pieces(r.v);
    if (r.fate == STORM_WELL)
        tell_lie(&r);
    if (r.fate == STORM_WELL && r.lie == STORM_LIE_ELSEWHERE)
        add_visit(&fleet->vendors[(vendor->target + 1) % STORM_TARGETS], nonce, false);
    script = refusal(&r);
    if (script == NULL)
        script = stream ? stream_answer(&r) : whole_answer(&r);
    g_ptr_array_unref(r.pieces);
    return script;
}

/* ---- The fleet ---- */

StormFate storm_fleet_fate(const StormFleet *fleet, StormVisit v)
{
    return fleet->weather == STORM_CALM      ? STORM_WELL
           : fleet->weather == STORM_LIMITED ? STORM_LIMIT_MS
                                             : storm_fate(v);
}

char *storm_key(unsigned target)
{
    return g_strdup_printf("sk-storm-%c-00001", STORM_NAMES[target]);
}

StormFleet *storm_fleet_new(uint32_t seed, unsigned n_calls, StormWeather weather, StormLie lie)
{
    StormFleet *fleet = g_new0(StormFleet, 1);

    fleet->seed = seed;
    fleet->n_calls = n_calls;
    fleet->weather = weather;
    fleet->lie = lie;
    fleet->calls = g_new0(StormCalls, n_calls);
    pthread_mutex_init(&fleet->lock, NULL);
    for (unsigned i = 0; i < STORM_TARGETS; i++) {
        g_autofree char *key = storm_key(i);

        fleet->vendors[i] = (Vendor){.fleet = fleet, .target = i};
        fleet->vendors[i].authorization = g_strconcat("Bearer ", key, NULL);
        fleet->vendors[i].stub = stub_new(answer, &fleet->vendors[i]);
        stub_forget(fleet->vendors[i].stub);
    }
    return fleet;
}

void storm_fleet_free(StormFleet *fleet)
{
    for (unsigned i = 0; i < STORM_TARGETS; i++) {
        stub_free(fleet->vendors[i].stub);
        g_free(fleet->vendors[i].authorization);
    }
    pthread_mutex_destroy(&fleet->lock);
    g_free(fleet->calls);
    g_free(fleet);
}

char *storm_fleet_url(const StormFleet *fleet, unsigned target)
{
    return stub_url(fleet->vendors[target].stub, "/v1");
}

StormCalls storm_fleet_calls(StormFleet *fleet, unsigned nonce)
{
    StormCalls calls;

    pthread_mutex_lock(&fleet->lock);
    calls = fleet->calls[nonce];
    pthread_mutex_unlock(&fleet->lock);
    return calls;
}

unsigned storm_fleet_strangers(StormFleet *fleet)
{
    unsigned n;

    pthread_mutex_lock(&fleet->lock);
    n = fleet->strangers;
    pthread_mutex_unlock(&fleet->lock);
    return n;
}

bool storm_fleet_wait_closed(StormFleet *fleet)
{
    bool closed = true;

    for (unsigned i = 0; i < STORM_TARGETS; i++)
        closed = stub_wait_open(fleet->vendors[i].stub, 0) && closed;
    return closed;
}
