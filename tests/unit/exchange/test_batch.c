/* SPDX-License-Identifier: Apache-2.0 */
/* A request as several exchanges: what is split and what is not, order and bound of the parts,
 * the join of vectors, usage and notes, failure and cancelling, facts. */
#include "exchange/batch.h"

#include "base/str.h"
#include "unit/exchange/rig.h"

#include <string.h>

/* The owner of a batch. */
typedef struct Asker {
    Rig *rig;
    PbayBatch *batch;
    GString *heard; /* "v0=10 v1=11 usage(1)=6 note:..." */
    GString *bodies;
    unsigned done, requests, most;
    PbayFailure *failure;
    int status;
    unsigned total_requests;
    char *request_id;
    bool cancel_at_vector;
    int64_t deadline; /* of the last part begun */
} Asker;

static void heard_event(void *user, const pb_event *event)
{
    Asker *asker = user;
    g_assert_cmpuint(asker->done, ==, 0);
    if (event->kind == PB_EV_VECTOR)
        g_string_append_printf(asker->heard, "v%u=%d ", event->index, (int)event->vector[0]);
    else if (event->kind == PB_EV_USAGE)
        g_string_append_printf(asker->heard, "usage(%u)=%d ", event->known, (int)event->tokens_in);
    else if (event->kind == PB_EV_META)
        g_string_append_printf(asker->heard, "meta ");
    if (event->kind == PB_EV_VECTOR && asker->cancel_at_vector)
        pbay_batch_cancel(asker->batch, PB_CANCEL_CLIENT);
}

static void heard_note(void *user, int32_t note, pb_str param, pb_str why)
{
    (void)note;
    (void)why;
    g_string_append_printf(((Asker *)user)->heard, "note:%.*s ", (int)param.len, param.ptr);
}

static void heard_request(void *user, const PbayHttpRequest *request)
{
    (void)request;
    ((Asker *)user)->requests++;
}

static void heard_done(void *user, const PbayFailure *failure)
{
    Asker *asker = user;
    asker->done++;
    asker->failure = failure != NULL ? pbay_failure_ref((PbayFailure *)failure) : NULL;
    asker->status = pbay_batch_status(asker->batch);
    asker->request_id = g_strdup(pbay_batch_request_id(asker->batch));
    asker->total_requests = pbay_batch_requests(asker->batch);
    asker->batch = NULL;
}

static const PbayExchangeEvents asker_events = {.on_event = heard_event,
                                                .on_note = heard_note,
                                                .on_request = heard_request,
                                                .done = heard_done};

/* The driver: a vector for each input, whose number is the input's text or length; usage; one
 * note. */
static pb_next begin_embeds(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    Asker *asker = rig->data;
    pbay_str_append(asker->bodies, pbay_json_text(x->request.body));
    g_string_append_c(asker->bodies, '\n');
    asker->deadline = x->timeouts.total;
    asker->most = MAX(asker->most, (unsigned)pbay_worker_alive(rig->worker));
    rig->api->note(x, PB_NOTE_DROPPED, PBAY_STR("user"), PBAY_STR("not taken"));
    rig_describe(rig, x);
    return PB_SEND;
}

static pb_next end_embeds(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    const pb_core_api *api = rig->api;
    if (x->reply.status != 200)
        return PB_FAIL;
    const pb_json *input = api->json_get(x->request.body, PBAY_STR("input"));
    size_t n = api->json_type(input) == PB_JSON_ARRAY ? api->json_len(input) : 1;
    pb_event meta = {
        .size = sizeof meta, .kind = PB_EV_META, .name = PBAY_STR("id"), .text = PBAY_STR("1")};
    api->emit(x, &meta);
    for (size_t i = 0; i < n; i++) {
        g_autofree char *text = pbay_str_dup(api->json_str(api->json_at(input, i, NULL)));
        float number = (float)g_ascii_strtod(text, NULL);
        pb_event event = {.size = sizeof event,
                          .kind = PB_EV_VECTOR,
                          .index = (uint32_t)i,
                          .vector = &number,
                          .vector_len = 1};
        api->emit(x, &event);
    }
    pb_event usage = {.size = sizeof usage,
                      .kind = PB_EV_USAGE,
                      .known = PB_USAGE_IN | (n > 1 ? (uint32_t)PB_USAGE_OUT : 0),
                      .tokens_in = 1};
    api->emit(x, &usage);
    usage.tokens_in = (int64_t)n; /* cumulative: the last one counts */
    api->emit(x, &usage);
    return PB_DONE;
}

static Rig *batch_rig(Asker *asker, const char *manifest)
{
    Rig *rig = rig_new(true);
    pbay_manifest_free(rig->driver.manifest);
    rig->driver.manifest = pbay_manifest_parse(manifest, NULL);
    g_assert_nonnull(rig->driver.manifest);
    rig->act[PBAY_OP_BEGIN] = begin_embeds;
    rig->act[PBAY_OP_END] = end_embeds;
    *asker = (Asker){.rig = rig, .heard = g_string_new(NULL), .bodies = g_string_new(NULL)};
    rig->data = asker;
    return rig;
}

static void asker_clear(Asker *asker)
{
    pbay_failure_unref(asker->failure);
    g_free(asker->request_id);
    g_string_free(asker->heard, TRUE);
    g_string_free(asker->bodies, TRUE);
    rig_free(asker->rig);
}

static void begin(Asker *asker, const char *body, bool dry_run)
{
    g_autofree char *copy = g_strdup(body); /* gone when later parts begin */
    g_autofree char *model = g_strdup("titan-embed");
    PbayHttpHeader header = {.name = PBAY_STR("x-extra"), .value = PBAY_STR("1")};
    PbayExchangeSpec spec = {.provider = asker->rig->provider,
                             .kind = PB_KIND_EMBEDDING,
                             .model = pbay_str(model),
                             .body = pbay_str(copy),
                             .headers = &header,
                             .n_headers = 1,
                             .timeouts = {.total = 60000},
                             .dry_run = dry_run,
                             .events = &asker_events,
                             .user = asker};
    asker->batch = pbay_batch_start(asker->rig->worker, &spec);
    g_assert_nonnull(asker->batch);
    g_assert_cmpuint(asker->done, ==, 0);
    memset(copy, '!', strlen(copy));
}

static void replies(Asker *asker, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        rig_reply(asker->rig, 200, "");
}

#define RULE                                                                                       \
    "{\"batch\":{\"embedding\":[{\"models\":\"titan-*\",\"max\":2,\"parallel\":2},"                \
    "{\"models\":\"*\",\"max\":1}]}}"

static void test_rule(void)
{
    Asker asker;
    Rig *rig = batch_rig(&asker, RULE);
    const PbayProvider *provider = rig->provider;
    g_assert_cmpint(pbay_batch_rule(provider, PB_KIND_EMBEDDING, PBAY_STR("titan-v2"))->max, ==, 2);
    g_assert_cmpint(pbay_batch_rule(provider, PB_KIND_EMBEDDING, PBAY_STR("other"))->max, ==, 1);
    g_assert_null(pbay_batch_rule(provider, PB_KIND_CHAT, PBAY_STR("titan-v2")));
    asker_clear(&asker);
}

/* A bound of the vendor's own servers says nothing of those that speak like them. */
static void test_rule_of_origin(void)
{
    Asker asker;
    Rig *rig = batch_rig(&asker, "{\"batch\":{\"embedding\":[{\"max\":2,\"origin\":"
                                 "\"https://api.vendor.test\"}]}}");
    static const struct {
        const char *url;
        bool holds;
    } rows[] = {{"https://api.vendor.test/v1", true},  {"https://API.vendor.test:443/v2", true},
                {"http://api.vendor.test/v1", false},  {"https://api.vendor.test:8443/v1", false},
                {"https://look-alike.test/v1", false}, {"", false}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_free(rig->provider->base_url);
        rig->provider->base_url = g_strdup(rows[i].url);
        const PbayBatchRule *rule =
            pbay_batch_rule(rig->provider, PB_KIND_EMBEDDING, PBAY_STR("m"));
        g_assert_cmpint(rule != NULL, ==, rows[i].holds);
    }
    asker_clear(&asker);
}

static pb_next end_beyond(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    float number = 1;
    pb_event event = {
        .size = sizeof event, .kind = PB_EV_VECTOR, .index = 2, .vector = &number, .vector_len = 1};
    rig->api->emit(x, &event);
    return PB_DONE;
}

/* A vector for an input of the next part: refused, rather than given to the wrong text. */
static void test_vector_beyond(void)
{
    Asker asker;
    Rig *rig = batch_rig(&asker, RULE);
    rig->act[PBAY_OP_END] = end_beyond;
    replies(&asker, 2);
    begin(&asker, "{\"input\":[\"1\",\"2\",\"3\",\"4\"]}", false);
    rig_run(rig);
    g_assert_cmpuint(asker.done, ==, 1);
    g_assert_cmpint(asker.failure->cls, ==, PB_ERR_PROTOCOL);
    g_assert_nonnull(strstr(asker.failure->message, "index 2 for a part of 2 inputs"));
    g_assert_null(strstr(asker.heard->str, "v"));
    asker_clear(&asker);
}

static void test_split(void)
{
    Asker asker;
    Rig *rig = batch_rig(&asker, RULE);
    replies(&asker, 3);
    begin(&asker,
          "{\"model\":\"x\", \"input\" : [\"10\", "
          "\"11\",\"12\",\"\\u0031\\u0033\",\"14\"],\"a\":1e2}",
          false);
    rig_run(rig);
    g_assert_cmpuint(asker.done, ==, 1);
    g_assert_null(asker.failure);
    g_assert_cmpstr(asker.bodies->str, ==,
                    "{\"model\":\"x\", \"input\" : [\"10\",\"11\"],\"a\":1e2}\n"
                    "{\"model\":\"x\", \"input\" : [\"12\",\"\\u0031\\u0033\"],\"a\":1e2}\n"
                    "{\"model\":\"x\", \"input\" : [\"14\"],\"a\":1e2}\n");
    /* Three parts, two at a time; the last has one input only and gives no count of what came
     * out. */
    g_assert_cmpstr(asker.heard->str, ==,
                    "note:user meta v0=10 v1=11 v2=12 v3=13 v4=14 usage(1)=5 ");
    g_assert_cmpuint(asker.most, ==, 2);
    g_assert_cmpuint(asker.requests, ==, 3);
    g_assert_cmpuint(asker.total_requests, ==, 3);
    g_assert_cmpint(asker.status, ==, 200);
    g_assert_cmpint(asker.deadline, <=, 60000);
    g_assert_cmpint(asker.deadline, >, 0);
    for (size_t i = 0; i < 3; i++)
        g_assert_cmpstr(
            pbay_memory_request_header(pbay_memory_transport_request(rig->transport, i), "x-extra"),
            ==, "1");
    asker_clear(&asker);
}

static void expect_whole(const char *manifest, const char *body)
{
    Asker asker;
    Rig *rig = batch_rig(&asker, manifest);
    replies(&asker, 1);
    begin(&asker, body, false);
    rig_run(rig);
    g_autofree char *expected = g_strconcat(body, "\n", NULL);
    g_assert_cmpstr(asker.bodies->str, ==, expected);
    g_assert_cmpuint(asker.done, ==, 1);
    g_assert_null(asker.failure);
    g_assert_cmpuint(asker.total_requests, ==, 1);
    asker_clear(&asker);
}

static void test_whole(void)
{
    expect_whole("{}", "{\"input\":[\"1\",\"2\",\"3\"]}");
    expect_whole(RULE, "{\"input\":[\"1\",\"2\"]}");
    expect_whole(RULE, "{\"input\":\"1\"}");
    expect_whole(RULE, "{\"input\":[1,2,3,4]}"); /* one input, in tokens */
    expect_whole(RULE, "{\"input\":[]}");
    expect_whole(RULE, "{}");
}

static void test_tokens(void)
{
    Asker asker;
    Rig *rig = batch_rig(&asker, RULE);
    replies(&asker, 2);
    begin(&asker, "{\"input\":[[1,2],[3],[4]]}", false);
    rig_run(rig);
    g_assert_cmpstr(asker.bodies->str, ==, "{\"input\":[[1,2],[3]]}\n{\"input\":[[4]]}\n");
    asker_clear(&asker);
}

/* The second part fails: the first is cancelled, the third never begins. */
static void test_failure(void)
{
    Asker asker;
    Rig *rig = batch_rig(&asker, RULE);
    pbay_memory_reply_new(rig->transport, 0); /* silent */
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 429);
    pbay_memory_reply_header(reply, "x-request-id", "req_2");
    pbay_memory_reply_end(reply);
    begin(&asker, "{\"input\":[\"1\",\"2\",\"3\",\"4\",\"5\"]}", false);
    rig_run(rig);
    g_assert_cmpuint(asker.done, ==, 1);
    g_assert_cmpint(asker.failure->cls, ==, PB_ERR_RATE_LIMIT);
    g_assert_cmpuint(asker.total_requests, ==, 2);
    g_assert_cmpint(asker.status, ==, 429);
    g_assert_cmpstr(asker.request_id, ==, "req_2");
    g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 2);
    g_assert_true(pbay_memory_transport_request(rig->transport, 0)->aborted);
    asker_clear(&asker);
}

/* What was used before the failure is told. */
static void test_partial_usage(void)
{
    Asker asker;
    Rig *rig = batch_rig(&asker, "{\"batch\":{\"embedding\":[{\"max\":2}]}}");
    replies(&asker, 1);
    rig_reply(rig, 500, "");
    begin(&asker, "{\"input\":[\"1\",\"2\",\"3\"]}", false);
    rig_run(rig);
    g_assert_nonnull(asker.failure);
    g_assert_nonnull(strstr(asker.heard->str, "usage(3)=2 "));
    asker_clear(&asker);
}

static void test_cancel(void)
{
    Asker asker;
    Rig *rig = batch_rig(&asker, RULE);
    asker.cancel_at_vector = true;
    replies(&asker, 3);
    begin(&asker, "{\"input\":[\"1\",\"2\",\"3\",\"4\",\"5\"]}", false);
    rig_run(rig);
    g_assert_cmpuint(asker.done, ==, 1);
    g_assert_cmpint(asker.failure->cls, ==, PBAY_ERR_CANCELLED);
    g_assert_null(strstr(asker.heard->str, "v1="));
    asker_clear(&asker);
}

static void test_pause(void)
{
    Asker asker;
    Rig *rig = batch_rig(&asker, RULE);
    replies(&asker, 3);
    begin(&asker, "{\"input\":[\"1\",\"2\",\"3\",\"4\",\"5\"]}", false);
    pbay_batch_pause(asker.batch, true);
    rig_turns(rig, 5);
    pbay_batch_pause(asker.batch, false);
    rig_run(rig);
    g_assert_null(asker.failure);
    g_assert_nonnull(strstr(asker.heard->str, "v4=5"));
    asker_clear(&asker);
}

static void test_dry_run(void)
{
    Asker asker;
    Rig *rig = batch_rig(&asker, RULE);
    begin(&asker, "{\"input\":[\"1\",\"2\",\"3\"]}", true);
    rig_run(rig);
    g_assert_null(asker.failure);
    g_assert_cmpuint(asker.requests, ==, 1);
    g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 0);
    g_assert_cmpstr(asker.bodies->str, ==, "{\"input\":[\"1\",\"2\"]}\n");
    asker_clear(&asker);
}

static void test_shutdown(void)
{
    Asker asker;
    Rig *rig = batch_rig(&asker, RULE);
    pbay_memory_reply_new(rig->transport, 0);
    pbay_memory_reply_new(rig->transport, 0);
    begin(&asker, "{\"input\":[\"1\",\"2\",\"3\",\"4\",\"5\"]}", false);
    rig_turns(rig, 3);
    rig_stop_worker(rig);
    g_assert_cmpuint(asker.done, ==, 1);
    g_assert_cmpint(asker.failure->cls, ==, PBAY_ERR_CANCELLED);
    asker_clear(&asker);
}

static bool splits(const Rig *rig, const char *body)
{
    PbayExchangeSpec spec = {.provider = rig->provider,
                             .kind = PB_KIND_EMBEDDING,
                             .model = PBAY_STR("titan-embed"),
                             .body = pbay_str(body)};
    return pbay_batch_count(&spec) > 1;
}

static void test_splits(void)
{
    Asker asker;
    Rig *rig = batch_rig(&asker, RULE);
    g_assert_true(splits(rig, "{\"input\":[\"1\",\"2\",\"3\"]}"));
    g_assert_false(splits(rig, "{\"input\":[\"1\",\"2\"]}"));
    g_assert_false(splits(rig, "{\"input\":\"1\"}"));
    g_assert_false(splits(rig, ""));
    asker_clear(&asker);
}

static void heard_reply(void *user, pb_str bytes)
{
    Asker *asker = user;
    g_string_append_printf(asker->heard, "<%.*s>", (int)bytes.len, bytes.ptr);
}

static void heard_head(void *user, int status, const PbayHttpHeader *headers, size_t n)
{
    Asker *asker = user;
    (void)headers;
    (void)n;
    g_string_append_printf(asker->heard, "head=%d ", status);
}

static void heard_end(void *user, const PbayFailure *cut)
{
    Asker *asker = user;
    g_string_append(asker->heard, cut != NULL ? " cut" : " end");
}

/* Who records hears the reply through a batch as well. */
static void test_listens(void)
{
    static const PbayExchangeEvents listening = {.on_reply_head = heard_head,
                                                 .on_reply_bytes = heard_reply,
                                                 .on_reply_end = heard_end,
                                                 .done = heard_done};
    Asker asker;
    Rig *rig = batch_rig(&asker, RULE);
    PbayExchangeSpec spec = {.provider = rig->provider,
                             .kind = PB_KIND_CHAT,
                             .model = PBAY_STR("m"),
                             .body = PBAY_STR("{}"),
                             .events = &listening,
                             .user = &asker};
    rig_reply(rig, 200, "abc");
    asker.batch = pbay_batch_start(rig->worker, &spec);
    rig_run(rig);
    g_assert_cmpstr(asker.heard->str, ==, "head=200 <abc> end");
    asker_clear(&asker);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/batch/rule", test_rule);
    g_test_add_func("/batch/rule-of-origin", test_rule_of_origin);
    g_test_add_func("/batch/vector-beyond", test_vector_beyond);
    g_test_add_func("/batch/split", test_split);
    g_test_add_func("/batch/whole", test_whole);
    g_test_add_func("/batch/tokens", test_tokens);
    g_test_add_func("/batch/failure", test_failure);
    g_test_add_func("/batch/partial-usage", test_partial_usage);
    g_test_add_func("/batch/cancel", test_cancel);
    g_test_add_func("/batch/pause", test_pause);
    g_test_add_func("/batch/dry-run", test_dry_run);
    g_test_add_func("/batch/shutdown", test_shutdown);
    g_test_add_func("/batch/splits", test_splits);
    g_test_add_func("/batch/listens", test_listens);
    return g_test_run();
}
