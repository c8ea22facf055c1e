/* SPDX-License-Identifier: Apache-2.0 */
/* Calls through a driver and a scripted vendor: what leaves, what comes, how each ends exactly
 * once. */
#include "unit/call/fake.h"

#include "base/error.h"

static const char *sent_body(Rig *rig, size_t i)
{
    return pbay_memory_transport_request(rig->transport, i)->body->str;
}

static const char *sent_header(Rig *rig, size_t i, const char *name)
{
    return pbay_memory_request_header(pbay_memory_transport_request(rig->transport, i), name);
}

static void test_folded(void)
{
    Rig *rig = rig_new(NULL);
    vendor_says(rig, 200, "text Hel\ntext lo\nusage 3 2\nfinish stop\n");
    g_autoptr(Seen) seen = run(rig, CHAT(",\"seed\":1.00"));
    g_assert_null(seen->failure);
    assert_holds(seen->answer, "\"object\":\"chat.completion\"");
    assert_holds(seen->answer, "\"content\":\"Hello\"");
    assert_holds(seen->answer, "\"model\":\"fake/m\"");
    g_assert_cmpuint(seen->chunks, ==, 0);
    g_assert_cmpstr(sent_body(rig, 0), ==,
                    "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],"
                    "\"seed\":1.00}");
    g_assert_cmpstr(sent_header(rig, 0, "x-model"), ==, "m");
    g_assert_cmpstr(sent_header(rig, 0, "x-stream"), ==, "0");
    g_assert_cmpstr(sent_header(rig, 0, "authorization"), ==, "Bearer canary-key-one");
    rig_free(rig);
}

static void test_streamed(void)
{
    Rig *rig = rig_new(NULL);
    vendor_says(rig, 200, "text Hel\ntext lo\nfinish stop\nusage 3 2\n");
    g_autoptr(Seen) seen =
        run(rig, CHAT(",\"stream\":true,\"stream_options\":{\"include_usage\":true}"));
    g_assert_null(seen->failure);
    g_assert_cmpstr(seen->answer, ==, "");
    g_assert_cmpuint(seen->chunks, ==, 5);
    assert_holds(seen->stream->str, "\"delta\":{\"content\":\"Hel\"}");
    assert_holds(seen->stream->str, "\"choices\":[],\"usage\":{\"prompt_tokens\":3,");
    g_assert_cmpstr(sent_header(rig, 0, "x-stream"), ==, "1");
    rig_free(rig);
}

static void test_stream_without_listener(void)
{
    static const PbayCallEvents deaf = {.done = seen_done};
    Rig *rig = rig_new(NULL);
    vendor_says(rig, 200, "text Hello\nfinish stop\n");
    g_autoptr(Seen) seen = seen_new(rig);
    PbayCallSpec spec = call_spec(rig, CHAT(",\"stream\":true"));
    spec.events = &deaf;
    spec.user = seen;
    seen->call = pbay_call_start(rig->worker, &spec);
    seen_wait(seen);
    assert_holds(seen->answer, "\"content\":\"Hello\"");
    rig_free(rig);
}

static void test_refused_before_sending(void)
{
    Rig *rig = rig_new(NULL);
    g_autoptr(Seen) bad = run(rig, "{\"model\":\"fake/m\"");
    assert_failed(bad, PB_ERR_INVALID, "not valid JSON");
    g_autoptr(Seen) empty = run(rig, "{\"model\":\"fake/m\",\"messages\":[]}");
    assert_failed(empty, PB_ERR_INVALID, "at least one message");
    g_assert_cmpstr(empty->failure->param, ==, "messages");
    PbayCallSpec spec = call_spec(rig, "{\"model\":\"fake/m\",\"prompt\":\"x\"}");
    spec.kind = PB_KIND_IMAGE;
    g_autoptr(Seen) kind = run_spec(rig, spec);
    assert_failed(kind, PB_ERR_UNSUPPORTED, "provider fake cannot do image");
    assert_holds(kind->failure->message, "chat");
    assert_holds(kind->report, "\"attempts\":[]");
    g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 0);
    rig_free(rig);
}

static void test_truncated(void)
{
    static const char *const replies[] = {"", "text Hel\n", "usage 1 1\n", "call {\n"};
    Rig *rig = rig_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(replies); i++)
        for (int stream = 0; stream < 2; stream++) {
            vendor_says(rig, 200, replies[i]);
            g_autoptr(Seen) seen = run(rig, stream ? CHAT(",\"stream\":true") : CHAT(""));
            assert_failed(seen, PB_ERR_PROTOCOL, "incomplete");
            g_assert_cmpstr(seen->failure->code, ==, "stream_truncated");
            g_assert_true(seen->failure->retryable);
            assert_lacks(seen->stream->str, "\"finish_reason\":\"");
            assert_holds(seen->report, "\"class\":\"protocol\"");
        }
    rig_free(rig);
}

/* The connection breaks within a good reply. */
static void test_cut(void)
{
    Rig *rig = rig_new(NULL);
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 200);
    pbay_memory_reply_text(reply, "text Hel\ntext lo");
    pbay_memory_reply_fail(reply, PB_ERR_UPSTREAM, true);
    g_autoptr(Seen) seen = run(rig, CHAT(",\"stream\":true"));
    assert_failed(seen, PB_ERR_UPSTREAM, "");
    g_assert_cmpstr(seen->failure->code, ==, "stream_truncated");
    g_assert_true(seen->failure->retryable);
    g_assert_cmpuint(seen->chunks, ==, 2);
    rig_free(rig);
}

static void test_grammar_cancels(void)
{
    Rig *rig = rig_new(NULL);
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 200);
    pbay_memory_reply_text(reply, "text a\nfinish stop\nfinish stop\ntext b\n"); /* and silence */
    g_autoptr(Seen) seen = run(rig, CHAT(",\"stream\":true"));
    assert_failed(seen, PB_ERR_PROTOCOL, "second FINISH");
    g_assert_cmpstr(seen->failure->code, ==, "invalid_upstream_response");
    g_assert_true(pbay_memory_transport_request(rig->transport, 0)->aborted);
    rig_free(rig);
}

static void test_vendor_errors(void)
{
    static const struct {
        int status;
        int32_t cls;
    } rows[] = {{400, PB_ERR_INVALID},   {401, PB_ERR_AUTH},       {403, PB_ERR_FORBIDDEN},
                {404, PB_ERR_NOT_FOUND}, {429, PB_ERR_RATE_LIMIT}, {500, PB_ERR_UPSTREAM},
                {503, PB_ERR_OVERLOADED}};
    Rig *rig = rig_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        vendor_says(rig, rows[i].status, "{\"error\":\"no\"}");
        g_autoptr(Seen) seen = run(rig, CHAT(""));
        assert_failed(seen, rows[i].cls, "");
        g_assert_cmpint(seen->failure->http_status, ==, rows[i].status);
        g_autofree char *status = g_strdup_printf("\"status\":%d", rows[i].status);
        assert_holds(seen->report, status);
        assert_holds(seen->report, "\"request_id\":\"vendor-1\"");
    }
    vendor_says(rig, 200, "text Hel\nusage 7 1\noverloaded\n"); /* an error after a 200 */
    g_autoptr(Seen) late = run(rig, CHAT(",\"stream\":true"));
    assert_failed(late, PB_ERR_OVERLOADED, "overloaded");
    g_assert_cmpuint(late->chunks, ==, 2);
    assert_holds(late->report, "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":1,");
    /* A vendor that says that it failed has not cut its answer. */
    vendor_says(rig, 200, "defect\n");
    g_autoptr(Seen) defect = run(rig, CHAT(""));
    assert_failed(defect, PB_ERR_UPSTREAM, "defect");
    g_assert_null(defect->failure->code);
    rig_free(rig);
}

/* A failure behind the finish reason: the client does not hear of an end that was none. */
static void test_error_behind_finish(void)
{
    Rig *rig = rig_new(NULL);
    vendor_says(rig, 200, "text Hel\nfinish stop\noverloaded\n");
    g_autoptr(Seen) seen = run(rig, CHAT(",\"stream\":true"));
    assert_failed(seen, PB_ERR_OVERLOADED, "overloaded");
    assert_lacks(seen->stream->str, "\"finish_reason\":\"");
    rig_free(rig);
}

static void test_next_key(void)
{
    static const char *const keys[] = {"api-key", "canary-key-one",   "api-key", "canary-key-two",
                                       "api-key", "canary-key-three", NULL};
    Rig *rig = rig_new(keys);
    vendor_says(rig, 401, "no");
    vendor_says(rig, 429, "slow");
    vendor_says(rig, 200, "text ok\nfinish stop\n");
    g_autoptr(Seen) seen = run(rig, CHAT(",\"top_k\":1"));
    g_assert_null(seen->failure);
    assert_holds(seen->answer, "\"content\":\"ok\"");
    g_assert_cmpstr(sent_header(rig, 1, "authorization"), ==, "Bearer canary-key-two");
    g_assert_cmpstr(sent_header(rig, 2, "authorization"), ==, "Bearer canary-key-three");
    assert_holds(seen->report, "\"key_index\":2,\"requests\":1,\"status\":200,\"ok\":true");
    assert_holds(seen->report, "\"class\":\"authentication\"");
    assert_holds(seen->report, "\"notes\":[{\"note\":\"dropped\",\"param\":\"top_k\","
                               "\"why\":\"the fake says so\"}]");
    vendor_says(rig, 429, "slow");
    vendor_says(rig, 401, "no");
    vendor_says(rig, 402, "no");
    g_autoptr(Seen) all = run(rig, CHAT(""));
    assert_failed(all, PB_ERR_RATE_LIMIT, ""); /* the one that may pass */
    g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 6);
    vendor_says(rig, 500, "broken");
    g_autoptr(Seen) other = run(rig, CHAT(""));
    assert_failed(other, PB_ERR_UPSTREAM, ""); /* no key's fault: not tried again */
    rig_free(rig);
}

static void test_own_key(void)
{
    static const char *const keys[] = {"api-key", "canary-key-one", "api-key", "canary-key-two",
                                       NULL};
    Rig *rig = rig_new(keys);
    vendor_says(rig, 401, "no");
    PbayCallSpec spec = call_spec(rig, CHAT(""));
    g_autoptr(PbaySecret) key = pbay_secret_new(PBAY_STR("canary-callers-own"));
    spec.api_key = key;
    g_autoptr(Seen) seen = run_spec(rig, spec);
    assert_failed(seen, PB_ERR_AUTH, "");
    g_assert_cmpstr(sent_header(rig, 0, "authorization"), ==, "Bearer canary-callers-own");
    g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 1);
    assert_lacks(seen->report, "canary");
    rig_free(rig);
}

static void test_notes(void)
{
    Rig *rig = rig_new(NULL);
    vendor_says(rig, 200, "text a\nfinish stop\n");
    g_autoptr(Seen) warned = run(rig, CHAT(",\"top_k\":1,\"temperature\":9"));
    g_assert_null(warned->failure);
    assert_holds(warned->report, "\"note\":\"clamped\",\"param\":\"temperature\"");
    PbayCallSpec spec = call_spec(rig, CHAT(",\"temperature\":9"));
    spec.strict = true;
    g_autoptr(Seen) strict = run_spec(rig, spec);
    assert_failed(strict, PB_ERR_UNSUPPORTED, "the fake says so");
    g_assert_cmpstr(strict->failure->param, ==, "temperature");
    g_autoptr(Seen) unmet = run(rig, CHAT(",\"logprobs\":true"));
    assert_failed(unmet, PB_ERR_UNSUPPORTED, "cannot be met");
    g_assert_cmpstr(unmet->failure->code, ==, "unsupported_parameter");
    g_autoptr(Seen) error = run(rig, CHAT(",\"top_k\":1,\"patchbay\":{\"drop_params\":\"error\"}"));
    assert_failed(error, PB_ERR_UNSUPPORTED, "is not taken");
    g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 1);
    vendor_says(rig, 200, "text a\nfinish stop\n");
    g_autoptr(Seen) allowed = run(rig, CHAT(",\"logprobs\":true,\"drop_params\":true"));
    g_assert_null(allowed->failure);
    assert_holds(allowed->report, "\"note\":\"unmet\"");
    assert_lacks(sent_body(rig, 1), "drop_params");
    spec = call_spec(rig, CHAT(",\"logprobs\":true,\"drop_params\":true"));
    spec.drops_set = true;
    spec.drops = PBAY_DROPS_ERROR;
    g_autoptr(Seen) over = run_spec(rig, spec); /* the caller's word stands over the request's */
    assert_failed(over, PB_ERR_UNSUPPORTED, "cannot be met");
    rig_free(rig);
}

static void test_late_note(void)
{
    Rig *rig = rig_new(NULL);
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 200);
    pbay_memory_reply_text(reply, "text a\nnote seed\ntext b\n");
    PbayCallSpec spec = call_spec(rig, CHAT(",\"stream\":true"));
    spec.strict = true;
    g_autoptr(Seen) seen = run_spec(rig, spec);
    assert_failed(seen, PB_ERR_UNSUPPORTED, "parameter seed");
    g_assert_cmpuint(seen->chunks, ==, 2);
    rig_free(rig);
}

static void test_renamed(void)
{
    Rig *rig = rig_new(NULL);
    vendor_says(rig, 200, "text a\nfinish stop\n");
    g_autoptr(Seen) seen = run(rig, CHAT(",\"max_tokens_to_sample\":7"));
    g_assert_null(seen->failure);
    assert_holds(sent_body(rig, 0), "\"max_tokens\":7");
    assert_holds(seen->report, "{\"note\":\"emulated\",\"param\":\"max_tokens_to_sample\","
                               "\"why\":\"max_tokens_to_sample means max_tokens\"}");
    PbayCallSpec spec = call_spec(rig, CHAT(",\"max_tokens_to_sample\":7"));
    spec.strict = true;
    g_autoptr(Seen) strict = run_spec(rig, spec);
    assert_failed(strict, PB_ERR_UNSUPPORTED, "max_tokens_to_sample");
    rig_free(rig);
}

static void test_cancel(void)
{
    static const int32_t why[] = {PB_CANCEL_CLIENT, PB_CANCEL_SHUTDOWN, PB_CANCEL_DEADLINE};
    for (size_t i = 0; i < G_N_ELEMENTS(why); i++) {
        Rig *rig = rig_new(NULL);
        pbay_memory_reply_new(rig->transport, 200); /* never a byte */
        g_autoptr(Seen) seen = seen_new(rig);
        PbayCallSpec spec = call_spec(rig, CHAT(""));
        seen_start(seen, &spec);
        for (size_t turn = 0; turn < i; turn++) /* before, while and after it is sent */
            pbay_loop_turn(rig->loop, 0);
        pbay_call_cancel(seen->call, why[i]);
        pbay_call_cancel(seen->call, why[i]);
        seen_wait(seen);
        assert_failed(seen, why[i] == PB_CANCEL_DEADLINE ? PB_ERR_TIMEOUT : PBAY_ERR_CANCELLED, "");
        g_assert_cmpuint(pbay_memory_transport_alive(rig->transport), ==, 0);
        rig_free(rig);
    }
}

static void test_cancel_in_chunk(void)
{
    Rig *rig = rig_new(NULL);
    vendor_says(rig, 200, "text a\ntext b\ntext c\nfinish stop\n");
    g_autoptr(Seen) seen = seen_new(rig);
    seen->cancel_at = 2;
    PbayCallSpec spec = call_spec(rig, CHAT(",\"stream\":true"));
    seen_start(seen, &spec);
    seen_wait(seen);
    assert_failed(seen, PBAY_ERR_CANCELLED, "");
    g_assert_cmpuint(seen->chunks, ==, 2);
    rig_free(rig);
}

static void test_cancel_refused(void)
{
    Rig *rig = rig_new(NULL);
    g_autoptr(Seen) seen = seen_new(rig);
    PbayCallSpec spec = call_spec(rig, "{");
    seen_start(seen, &spec);
    pbay_call_cancel(seen->call, PB_CANCEL_CLIENT);
    pbay_call_pause(seen->call, true);
    seen_wait(seen);
    assert_failed(seen, PB_ERR_INVALID, "JSON");
    rig_free(rig);
}

static void test_pause(void)
{
    Rig *rig = rig_new(NULL);
    vendor_says(rig, 200, "text a\nfinish stop\n");
    g_autoptr(Seen) seen = seen_new(rig);
    PbayCallSpec spec = call_spec(rig, CHAT(",\"stream\":true"));
    seen_start(seen, &spec);
    pbay_call_pause(seen->call, true);
    for (int i = 0; i < 20; i++)
        pbay_loop_turn(rig->loop, 0);
    g_assert_cmpuint(seen->chunks, ==, 0);
    g_assert_cmpuint(seen->done, ==, 0);
    pbay_call_pause(seen->call, false);
    seen_wait(seen);
    g_assert_null(seen->failure);
    g_assert_cmpuint(seen->chunks, ==, 3);
    rig_free(rig);
}

static void test_other_kinds(void)
{
    Rig *rig = rig_new(NULL);
    vendor_says(rig, 200, "vector 1\nvector 0\n");
    PbayCallSpec spec = call_spec(rig, "{\"model\":\"fake/e\",\"input\":[\"a\",\"b\"]}");
    spec.kind = PB_KIND_EMBEDDING;
    g_autoptr(Seen) embedding = run_spec(rig, spec);
    assert_holds(embedding->answer, "\"index\":1,\"embedding\":[0.5,2]");
    vendor_says(rig, 200, "vector 0\n");
    g_autoptr(Seen) hole = run_spec(rig, spec);
    assert_failed(hole, PB_ERR_PROTOCOL, "input 2 of 2 has no embedding");
    g_assert_cmpstr(hole->failure->code, ==, "invalid_upstream_response");
    vendor_says(rig, 200, "json {\"results\":[]}\n");
    spec = call_spec(rig, "{\"model\":\"fake/r\",\"query\":\"q\",\"documents\":[\"d\"]}");
    spec.kind = PB_KIND_RERANK;
    g_autoptr(Seen) rerank = run_spec(rig, spec);
    g_assert_cmpstr(rerank->answer, ==, "{\"results\":[]}");
    assert_holds(rerank->report, "\"notes\":[]");
    vendor_says(rig, 200, "json {\"results\":[]}\n");
    spec.request = PBAY_STR("{\"model\":\"fake/r\",\"query\":\"q\",\"stream\":true,"
                            "\"documents\":[\"d\"]}");
    g_autoptr(Seen) streamed = run_spec(rig, spec);
    assert_holds(streamed->report, "{\"note\":\"dropped\",\"param\":\"stream\"");
    assert_lacks(sent_body(rig, 3), "stream");
    vendor_says(rig, 200, "bytes abc\nbytes def\n");
    spec = call_spec(rig, "{\"model\":\"fake/s\",\"input\":\"say\"}");
    spec.kind = PB_KIND_SPEECH;
    g_autoptr(Seen) speech = run_spec(rig, spec);
    g_assert_null(speech->failure);
    g_assert_cmpstr(speech->bytes, ==, "abcdef");
    vendor_says(rig, 200, "model a\nmodel b\n");
    spec = call_spec(rig, "{}");
    spec.kind = PB_KIND_MODELS;
    g_autoptr(Seen) models = run_spec(rig, spec);
    assert_holds(models->answer, "{\"id\":\"fake/b\",\"object\":\"model\"}");
    rig_free(rig);
}

/* A grammar broken behind the commit point: nothing more of the stream, no end that was none, and
 * what it cost is in the report. */
static void test_grammar_after_commit(void)
{
    Rig *rig = rig_new(NULL);
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 200);
    pbay_memory_reply_text(reply, "usage 7 2\ntext a\nvector 0\ntext b\nfinish stop\n");
    pbay_memory_reply_end(reply);
    g_autoptr(Seen) seen = run(rig, CHAT(",\"stream\":true"));
    assert_failed(seen, PB_ERR_PROTOCOL, "");
    g_assert_cmpuint(seen->chunks, ==, 2); /* the role, and a */
    assert_lacks(seen->stream->str, "\"finish_reason\":\"");
    assert_holds(seen->report, "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2,");
    rig_free(rig);
}

static Rig *batch_rig(void)
{
    Rig *rig = rig_new(NULL);
    pbay_manifest_free(rig->driver.manifest);
    rig->driver.manifest =
        pbay_manifest_parse("{\"batch\":{\"embedding\":[{\"max\":2,\"parallel\":2}]}}", NULL);
    g_assert_nonnull(rig->driver.manifest);
    return rig;
}

static PbayCallSpec embedding(Rig *rig)
{
    PbayCallSpec spec =
        call_spec(rig, "{\"model\":\"fake/e\",\"input\":[\"a\",\"b\",\"c\",\"d\",\"e\"]}");
    spec.kind = PB_KIND_EMBEDDING;
    return spec;
}

/* More inputs than the vendor takes at once: one answer, one sum, three requests. */
static void test_batch(void)
{
    Rig *rig = batch_rig();
    vendor_says(rig, 200, "vector 1\nvector 0\nusage 2 0\n");
    vendor_says(rig, 200, "vector 0\nvector 1\nusage 3 0\n");
    vendor_says(rig, 200, "vector 0\nusage 4 0\n");
    g_autoptr(Seen) seen = run_spec(rig, embedding(rig));
    g_assert_null(seen->failure);
    assert_holds(sent_body(rig, 1), "\"input\":[\"c\",\"d\"]");
    assert_holds(seen->answer, "\"index\":4,\"embedding\":[0.5,2]");
    assert_holds(seen->answer, "\"usage\":{\"prompt_tokens\":9,\"total_tokens\":9}");
    assert_holds(seen->report, "\"requests\":3,\"status\":200,\"ok\":true");
    rig_free(rig);
}

static void test_batch_fails(void)
{
    Rig *rig = batch_rig();
    vendor_says(rig, 200, "vector 0\nvector 1\nusage 2 0\n");
    vendor_says(rig, 503, "no");
    pbay_memory_reply_new(rig->transport, 0); /* silent, if it is ever asked */
    g_autoptr(Seen) seen = run_spec(rig, embedding(rig));
    assert_failed(seen, PB_ERR_OVERLOADED, "");
    assert_holds(seen->report, "\"prompt_tokens\":2");
    assert_holds(seen->report, "\"status\":503,\"ok\":false");
    g_assert_cmpuint(pbay_memory_transport_alive(rig->transport), ==, 0);
    rig_free(rig);
}

static void test_batch_cancelled(void)
{
    Rig *rig = batch_rig();
    pbay_memory_reply_new(rig->transport, 0);
    pbay_memory_reply_new(rig->transport, 0);
    g_autoptr(Seen) seen = seen_new(rig);
    PbayCallSpec spec = embedding(rig);
    seen_start(seen, &spec);
    while (pbay_memory_transport_requests(rig->transport) < 2)
        g_assert_true(pbay_loop_turn(rig->loop, 20000));
    pbay_call_cancel(seen->call, PB_CANCEL_CLIENT);
    seen_wait(seen);
    assert_failed(seen, PBAY_ERR_CANCELLED, "");
    g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 2);
    g_assert_cmpuint(pbay_memory_transport_alive(rig->transport), ==, 0);
    assert_holds(seen->report, "\"requests\":2");
    rig_free(rig);
}

static void test_extra_headers(void)
{
    Rig *rig = rig_new(NULL);
    vendor_says(rig, 200, "finish stop\n");
    char name[] = "X-Extra", value[] = "yes";
    PbayHttpHeader header = {.name = pbay_str(name), .value = pbay_str(value)};
    PbayCallSpec spec = call_spec(rig, CHAT(""));
    spec.headers = &header;
    spec.n_headers = 1;
    g_autoptr(Seen) seen = seen_new(rig);
    seen_start(seen, &spec);
    memset(name, '?', sizeof name - 1); /* copied by now */
    memset(value, '?', sizeof value - 1);
    seen_wait(seen);
    g_assert_cmpstr(sent_header(rig, 0, "x-extra"), ==, "yes");
    rig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/call/folded", test_folded);
    g_test_add_func("/call/streamed", test_streamed);
    g_test_add_func("/call/stream-without-listener", test_stream_without_listener);
    g_test_add_func("/call/refused", test_refused_before_sending);
    g_test_add_func("/call/truncated", test_truncated);
    g_test_add_func("/call/cut", test_cut);
    g_test_add_func("/call/grammar-cancels", test_grammar_cancels);
    g_test_add_func("/call/vendor-errors", test_vendor_errors);
    g_test_add_func("/call/error-behind-finish", test_error_behind_finish);
    g_test_add_func("/call/next-key", test_next_key);
    g_test_add_func("/call/own-key", test_own_key);
    g_test_add_func("/call/notes", test_notes);
    g_test_add_func("/call/late-note", test_late_note);
    g_test_add_func("/call/renamed", test_renamed);
    g_test_add_func("/call/cancel", test_cancel);
    g_test_add_func("/call/cancel-in-chunk", test_cancel_in_chunk);
    g_test_add_func("/call/cancel-refused", test_cancel_refused);
    g_test_add_func("/call/pause", test_pause);
    g_test_add_func("/call/other-kinds", test_other_kinds);
    g_test_add_func("/call/grammar-after-commit", test_grammar_after_commit);
    g_test_add_func("/call/batch", test_batch);
    g_test_add_func("/call/batch-fails", test_batch_fails);
    g_test_add_func("/call/batch-cancelled", test_batch_cancelled);
    g_test_add_func("/call/extra-headers", test_extra_headers);
    return g_test_run();
}
