/* SPDX-License-Identifier: Apache-2.0 */
/* A stand for tests of calls: a driver in C whose vendor speaks lines, each one event ("text
 * Hello", "finish stop"), a transport that answers from memory, and what a call came to. One
 * thread. */
#ifndef PBAY_TEST_CALL_FAKE_H
#define PBAY_TEST_CALL_FAKE_H

#include "base/str.h"
#include "call/call.h"
#include "exchange/memory_transport.h"
#include "json/reader.h"

#include <string.h>

#define FAKE_URL "https://fake.test/v1/run"

/* ---- The driver ---- */

static const pb_core_api *fake_api;

typedef struct FakeState {
    char *line; /* what is left of the last piece */
    size_t len;
    int32_t status;
} FakeState;

static inline int32_t fake_init(const pb_core_api *api, pb_core *core, void **drv)
{
    fake_api = api;
    *drv = core;
    return 0;
}

static inline void fake_emit(pb_xchg *x, int32_t kind, uint32_t index, const char *name,
                             const char *text)
{
    pb_event event = {.size = sizeof event, .kind = kind, .index = index};
    event.name = pbay_str(name);
    event.text = pbay_str(text);
    if (kind == PB_EV_TOOL_CALL)
        event.id = PBAY_STR("call_x");
    fake_api->emit(x, &event);
}

static inline void fake_vector(pb_xchg *x, const char *words)
{
    float vector[2] = {0.5f, 2.0f};
    pb_event event = {.size = sizeof event, .kind = PB_EV_VECTOR, .vector = vector};
    event.index = (uint32_t)g_ascii_strtoull(words, NULL, 10);
    event.vector_len = 2;
    fake_api->emit(x, &event);
}

/* "IN OUT", and "CACHED WRITE REASONING" if the vendor counts those too. */
static inline void fake_usage(pb_xchg *x, const char *words)
{
    int64_t counts[5] = {0};
    g_auto(GStrv) parts = g_strsplit(words, " ", 5);
    guint n = g_strv_length(parts);
    for (guint i = 0; i < n; i++)
        counts[i] = g_ascii_strtoll(parts[i], NULL, 10);
    pb_event event = {.size = sizeof event, .kind = PB_EV_USAGE};
    event.known = PB_USAGE_IN | PB_USAGE_OUT;
    if (n == G_N_ELEMENTS(counts))
        event.known |= PB_USAGE_CACHED | PB_USAGE_WRITE | PB_USAGE_REASON;
    event.tokens_in = counts[0];
    event.tokens_out = counts[1];
    event.tokens_cached = counts[2];
    event.tokens_cache_write = counts[3];
    event.tokens_reasoning = counts[4];
    fake_api->emit(x, &event);
}

/* What a vendor adds beside an answer: no content. */
static inline void fake_extra(pb_xchg *x, const char *json)
{
    pb_event event = {.size = sizeof event, .kind = PB_EV_EXTRA, .at = PB_AT_CHOICE};
    event.name = PBAY_STR("logprobs");
    event.text = pbay_str(json);
    fake_api->emit(x, &event);
}

static inline void fake_model(pb_xchg *x, const char *id)
{
    pb_event event = {.size = sizeof event, .kind = PB_EV_MODEL, .id = pbay_str(id)};
    fake_api->emit(x, &event);
}

/* One line of the vendor; false: its error. */
static inline bool fake_line(pb_xchg *x, const char *line)
{
    g_auto(GStrv) words = g_strsplit(line, " ", 2);
    const char *rest = words[0] != NULL && words[1] != NULL ? words[1] : "";
    if (g_str_equal(line, "") || g_str_equal(line, "end"))
        return true;
    if (g_str_equal(words[0], "text"))
        fake_emit(x, PB_EV_TEXT, 0, NULL, rest);
    else if (g_str_equal(words[0], "call"))
        fake_emit(x, PB_EV_TOOL_CALL, 0, "f", rest);
    else if (g_str_equal(words[0], "finish"))
        fake_emit(x, PB_EV_FINISH, 0, NULL, rest);
    else if (g_str_equal(words[0], "json"))
        fake_emit(x, PB_EV_JSON, 0, NULL, rest);
    else if (g_str_equal(words[0], "bytes"))
        fake_emit(x, PB_EV_BYTES, 0, "audio/test", rest);
    else if (g_str_equal(words[0], "extra"))
        fake_extra(x, rest);
    else if (g_str_equal(words[0], "usage"))
        fake_usage(x, rest);
    else if (g_str_equal(words[0], "vector"))
        fake_vector(x, rest);
    else if (g_str_equal(words[0], "model"))
        fake_model(x, rest);
    else if (g_str_equal(words[0], "note"))
        fake_api->note(x, PB_NOTE_DROPPED, pbay_str(rest), PBAY_STR("late"));
    else
        return false;
    return true;
}

/* Parameters that this vendor does not take as they stand, but for its models that take all. */
static inline void fake_parameters(pb_xchg *x, const pb_json *body, pb_str model)
{
    if (pbay_str_is(model, "takes-all"))
        return;
    static const struct {
        const char *name;
        int32_t note;
    } odd[] = {{"top_k", PB_NOTE_DROPPED},
               {"temperature", PB_NOTE_CLAMPED},
               {"response_format", PB_NOTE_EMULATED},
               {"logprobs", PB_NOTE_UNMET}};
    for (size_t i = 0; i < G_N_ELEMENTS(odd); i++)
        if (fake_api->json_get(body, pbay_str(odd[i].name)) != NULL)
            fake_api->note(x, odd[i].note, pbay_str(odd[i].name), PBAY_STR("the fake says so"));
}

static inline pb_next fake_begin(void *prov, pb_xchg *x, const pb_request *request, void **state)
{
    (void)prov;
    *state = fake_api->alloc(x, sizeof(FakeState));
    fake_parameters(x, request->body, request->model);
    fake_api->http_begin(x, PBAY_STR("POST"), PBAY_STR(FAKE_URL), PB_HTTP_STREAM);
    fake_api->http_header(x, PBAY_STR("x-model"), request->model);
    fake_api->http_header(x, PBAY_STR("x-stream"),
                          request->flags & PB_REQ_STREAM ? PBAY_STR("1") : PBAY_STR("0"));
    fake_api->w_value(x, request->body);
    return PB_SEND;
}

static inline pb_next fake_sign(void *prov, pb_xchg *x, void *state)
{
    (void)prov;
    (void)state;
    pb_str key = fake_api->secret(x, PBAY_STR("api-key"));
    g_autofree char *value = g_strdup_printf("Bearer %.*s", (int)key.len, key.len ? key.ptr : "");
    fake_api->http_header(x, PBAY_STR("authorization"), pbay_str(value));
    return PB_SEND;
}

static inline pb_next fake_head(void *prov, pb_xchg *x, void *state, int32_t status)
{
    (void)prov;
    (void)x;
    ((FakeState *)state)->status = status;
    return PB_READ;
}

/* The vendor's own words for what went wrong. */
static inline int32_t fake_class(const char *word)
{
    if (strcmp(word, "too-long") == 0)
        return PB_ERR_CONTEXT_LENGTH;
    if (strcmp(word, "refused") == 0)
        return PB_ERR_CONTENT_POLICY;
    return strcmp(word, "defect") == 0 ? PB_ERR_UPSTREAM : PB_ERR_OVERLOADED;
}

static inline pb_next fake_body(void *prov, pb_xchg *x, void *data, pb_str bytes)
{
    FakeState *state = data;
    (void)prov;
    if (state->status >= 400)
        return PB_READ;
    char *all = fake_api->alloc(x, state->len + bytes.len + 1);
    memcpy(all, state->line != NULL ? state->line : "", state->len);
    memcpy(all + state->len, bytes.ptr, bytes.len);
    char *next = all;
    for (char *eol; (eol = strchr(next, '\n')) != NULL; next = eol + 1) {
        *eol = '\0';
        if (!fake_line(x, next)) {
            pb_error error = {
                .size = sizeof error, .cls = fake_class(next), .message = pbay_str(next)};
            fake_api->fail(x, &error);
            return PB_FAIL;
        }
    }
    state->line = next;
    state->len = strlen(next);
    return PB_READ;
}

static inline pb_next fake_end_reply(void *prov, pb_xchg *x, void *state)
{
    (void)prov;
    (void)x;
    return ((FakeState *)state)->status >= 400 ? PB_FAIL : PB_DONE;
}

static inline void fake_end(void *prov, pb_xchg *x, void *state)
{
    (void)prov;
    (void)x;
    (void)state;
}

static const char *const fake_prefixes[] = {"fake", NULL};
static const pb_driver fake_ops = {
    .size = sizeof(pb_driver),
    .kinds = PB_KIND_BIT(PB_KIND_CHAT) | PB_KIND_BIT(PB_KIND_EMBEDDING) |
             PB_KIND_BIT(PB_KIND_RERANK) | PB_KIND_BIT(PB_KIND_SPEECH) |
             PB_KIND_BIT(PB_KIND_MODELS),
    .id = "fake",
    .version = "1.2.3",
    .prefixes = fake_prefixes,
    .manifest =
        "{\"options\":{\"base-url\":{\"type\":\"url\",\"default\":\"https://fake.test/v1\"}},"
        "\"secrets\":{\"api-key\":{\"env\":[\"FAKE_KEY_THAT_NOBODY_SETS\"]}},"
        "\"require\":[[\"api-key\"]],\"default-model\":\"m\"}",
    .init = fake_init,
    .begin = fake_begin,
    .sign = fake_sign,
    .on_head = fake_head,
    .on_body = fake_body,
    .on_end = fake_end_reply,
    .end = fake_end,
};

/* ---- The stand ---- */

typedef struct Rig {
    PbayLoop *loop;
    PbayTransport *transport; /* the worker's */
    PbayWorker *worker;
    struct pb_core core;
    PbayDriver driver;
    PbayProvider *provider; /* key "canary-key-one", or two keys */
} Rig;

static inline void rig_driver(Rig *rig)
{
    rig->core = (struct pb_core){.driver_id = (char *)"fake"};
    rig->driver = (PbayDriver){.path = (char *)"/drivers/fake.so",
                               .file = (char *)"fake.so",
                               .fd = -1,
                               .status = PBAY_DRIVER_LOADED,
                               .id = (char *)"fake",
                               .version = (char *)"1.2.3",
                               .kinds = fake_ops.kinds,
                               .prefixes = (char **)fake_prefixes,
                               .ops = &fake_ops,
                               .core = &rig->core};
    g_autoptr(GError) error = NULL;
    rig->driver.manifest = pbay_manifest_parse(fake_ops.manifest, &error);
    g_assert_no_error(error);
    fake_ops.init(pbay_services(), &rig->core, &rig->driver.drv);
}

static inline Rig *rig_new(const char *const *secrets)
{
    static const char *const one[] = {"api-key", "canary-key-one", NULL};
    Rig *rig = g_new0(Rig, 1);
    g_autoptr(GError) error = NULL;
    rig_driver(rig);
    rig->loop = pbay_loop_new(&error);
    g_assert_no_error(error);
    rig->transport = pbay_memory_transport_new(rig->loop);
    PbayWorkerSpec spec = {rig->loop, rig->transport};
    rig->worker = pbay_worker_new(&spec, &error);
    g_assert_no_error(error);
    rig->provider =
        pbay_provider_new(&rig->driver, "fake", "{}", secrets != NULL ? secrets : one, &error);
    g_assert_no_error(error);
    return rig;
}

static inline void rig_free(Rig *rig)
{
    pbay_worker_free(rig->worker);
    pbay_loop_free(rig->loop);
    pbay_provider_unref(rig->provider);
    pbay_manifest_free(rig->driver.manifest);
    g_free(rig);
}

/* The vendor's next reply: status and lines, complete. */
static inline void vendor_says(Rig *rig, int status, const char *lines)
{
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, status);
    pbay_memory_reply_header(reply, "x-request-id", "vendor-1");
    pbay_memory_reply_text(reply, lines);
    pbay_memory_reply_end(reply);
}

/* ---- What a call came to ---- */

typedef struct Seen {
    Rig *rig;
    PbayCall *call;
    unsigned done, chunks;
    GString *stream; /* a line a chunk */
    char *answer, *report, *bytes, *recording, *unrecorded;
    PbayFailure *failure;
    unsigned cancel_at; /* cancel in the callback of that chunk, 0 never */
} Seen;

static inline void seen_chunk(void *user, pb_str json)
{
    Seen *seen = user;
    g_assert_cmpuint(seen->done, ==, 0);
    pbay_str_append(seen->stream, json);
    g_string_append_c(seen->stream, '\n');
    if (++seen->chunks == seen->cancel_at)
        pbay_call_cancel(seen->call, PB_CANCEL_CLIENT);
}

static inline void seen_done(void *user, const PbayOutcome *outcome)
{
    Seen *seen = user;
    seen->done++;
    seen->answer = pbay_str_dup(outcome->answer);
    seen->report = pbay_str_dup(outcome->report);
    seen->bytes = pbay_str_dup(outcome->bytes);
    seen->recording = pbay_str_dup(outcome->recording);
    seen->unrecorded = g_strdup(outcome->unrecorded);
    if (outcome->failure != NULL)
        seen->failure = pbay_failure_ref((PbayFailure *)outcome->failure);
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_assert_nonnull(pbay_json_parse(arena, outcome->report, NULL, PBAY_JSON_UNIQUE, NULL));
    pbay_call_cancel(seen->call, PB_CANCEL_CLIENT); /* a no-op by now */
}

static const PbayCallEvents seen_events = {.chunk = seen_chunk, .done = seen_done};

static inline Seen *seen_new(Rig *rig)
{
    Seen *seen = g_new0(Seen, 1);
    seen->rig = rig;
    seen->stream = g_string_new(NULL);
    return seen;
}

static inline void seen_free(Seen *seen)
{
    g_string_free(seen->stream, TRUE);
    g_free(seen->answer);
    g_free(seen->report);
    g_free(seen->bytes);
    g_free(seen->recording);
    g_free(seen->unrecorded);
    pbay_failure_unref(seen->failure);
    g_free(seen);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Seen, seen_free)

/* A chat call of the rig's own provider, to change as a test needs. */
static inline PbayCallSpec call_spec(Rig *rig, const char *json)
{
    return (PbayCallSpec){
        .kind = PB_KIND_CHAT, .request = pbay_str(json), .provider = rig->provider};
}

static inline void seen_start(Seen *seen, PbayCallSpec *spec)
{
    spec->events = &seen_events;
    spec->user = seen;
    seen->call = pbay_call_start(seen->rig->worker, spec);
    g_assert_cmpuint(seen->done, ==, 0);
}

static inline void seen_wait(Seen *seen)
{
    while (seen->done == 0)
        g_assert_true(pbay_loop_turn(seen->rig->loop, 20000));
    while (pbay_worker_alive(seen->rig->worker) != 0)
        g_assert_true(pbay_loop_turn(seen->rig->loop, 20000));
    g_assert_cmpuint(seen->done, ==, 1);
}

static inline Seen *run_spec(Rig *rig, PbayCallSpec spec)
{
    Seen *seen = seen_new(rig);
    seen_start(seen, &spec);
    seen_wait(seen);
    return seen;
}

static inline Seen *run(Rig *rig, const char *json)
{
    return run_spec(rig, call_spec(rig, json));
}

static inline void assert_holds(const char *text, const char *part)
{
    if (text == NULL || strstr(text, part) == NULL)
        g_error("expected %s in: %s", part, text != NULL ? text : "(nothing)");
}

static inline void assert_lacks(const char *text, const char *part)
{
    if (text != NULL && strstr(text, part) != NULL)
        g_error("did not expect %s in: %s", part, text);
}

static inline void assert_failed(const Seen *seen, int32_t cls, const char *says)
{
    g_assert_nonnull(seen->failure);
    if (seen->failure->cls != cls)
        g_error("class %d: %s", (int)seen->failure->cls, seen->failure->message);
    assert_holds(seen->failure->message, says);
    g_assert_cmpstr(seen->answer, ==, "");
}

#define CHAT(more)                                                                                 \
    "{\"model\":\"fake/m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]" more "}"

#endif
