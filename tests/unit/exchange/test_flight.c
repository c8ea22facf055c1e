/* SPDX-License-Identifier: Apache-2.0 */
/* From PB_SEND to the reply's end: the bound on steps, early sends, whole and streamed bodies,
 * signing anew, what a transfer borrows, a dry run; and a chat over a real socket. */
#include "unit/exchange/rig.h"

#include "base/str.h"
#include "support/raw_server.h"

#include <string.h>

static void answer_all(void *user, size_t n, const PbayHttpRequest *request, PbayMemoryReply *reply)
{
    (void)n;
    (void)request;
    pbay_memory_reply_set_status(reply, user != NULL ? *(const int *)user : 200);
    pbay_memory_reply_text(reply, "part one,");
    pbay_memory_reply_text(reply, "part two");
    pbay_memory_reply_end(reply);
}

static void test_steps(void)
{
    Rig *rig = rig_new(true);
    rig->next[PBAY_OP_END] = PB_SEND; /* for ever */
    pbay_memory_transport_answer(rig->transport, answer_all, NULL);
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_cmpint(owner.failure->cls, ==, PB_ERR_INTERNAL);
    g_assert_nonnull(strstr(owner.failure->message, "64 requests"));
    g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 64);
    g_assert_cmpuint(rig->calls[PBAY_OP_SIGN], ==, 64);
    owner_clear(&owner);
    rig_free(rig);
}

static pb_next wait_then_end(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    /* As if 100 ms had passed each time: polls beyond the bound on steps. */
    if (rig->calls[PBAY_OP_END] == 80)
        return PB_DONE;
    x->after_wait = true;
    return PB_SEND;
}

static void test_polls_do_not_count(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_END] = wait_then_end;
    pbay_memory_transport_answer(rig->transport, answer_all, NULL);
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_null(owner.failure);
    g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 80);
    owner_clear(&owner);
    rig_free(rig);
}

static pb_next resend_once(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)args;
    if (rig->calls[op] > 1)
        return PB_READ;
    rig->api->http_begin(x, PBAY_STR("POST"), PBAY_STR("https://api.test/second"), PB_HTTP_STREAM);
    rig->api->http_body(x, PBAY_STR("new"));
    return PB_SEND;
}

/* SEND from on_head and on_body: the rest of the reply is dropped, on_end is not called for it. */
static void test_early_send(void)
{
    static const PbayOp ops[] = {PBAY_OP_HEAD, PBAY_OP_BODY};
    static const char *const logs[] = {
        "begin sign on_head(200) sign on_head(200) on_body(9) on_body(8) on_end end",
        "begin sign on_head(200) on_body(9) sign on_head(200) on_body(9) on_body(8) on_end end",
    };
    for (int i = 0; i < 2; i++) {
        Rig *rig = rig_new(true);
        rig->http_flags = PB_HTTP_STREAM;
        rig->act[ops[i]] = resend_once;
        pbay_memory_transport_answer(rig->transport, answer_all, NULL);
        Owner owner;
        owner_init(&owner, rig);
        owner_start(&owner);
        rig_run(rig);
        g_assert_null(owner.failure);
        g_assert_cmpstr(rig->log->str, ==, logs[i]);
        g_assert_true(pbay_memory_transport_request(rig->transport, 0)->drained);
        g_assert_cmpstr(pbay_memory_transport_request(rig->transport, 1)->body->str, ==, "new");
        owner_clear(&owner);
        rig_free(rig);
    }
}

/* The same request with one header more: the first one still borrows the old. */
static pb_next resend_changed(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)args;
    if (rig->calls[op] > 1)
        return PB_READ;
    rig->api->http_header(x, PBAY_STR("X-Second"), PBAY_STR("yes"));
    rig->api->http_body(x, PBAY_STR(" "));
    return PB_SEND;
}

static void test_copy_on_write(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_HEAD] = resend_changed;
    pbay_memory_transport_answer(rig->transport, answer_all, NULL);
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_null(owner.failure);
    const PbayMemoryRequest *second = pbay_memory_transport_request(rig->transport, 1);
    g_assert_cmpstr(pbay_memory_request_header(second, "x-second"), ==, "yes");
    g_assert_cmpstr(pbay_memory_request_header(second, "content-type"), ==, "application/json");
    g_assert_cmpstr(second->body->str, ==, "{\"n\":1} ");
    owner_clear(&owner);
    rig_free(rig);
}

static pb_next collect(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    rig->api->http_collect(x);
    return PB_READ;
}

static void test_collect(void)
{
    Rig *rig = rig_new(true);
    rig->http_flags = PB_HTTP_STREAM;
    rig->act[PBAY_OP_HEAD] = collect;
    pbay_memory_transport_answer(rig->transport, answer_all, NULL);
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_cmpstr(rig->log->str, ==, "begin sign on_head(200) on_body(17) on_end end");
    g_assert_cmpstr(rig->body->str, ==, "part one,part two");
    owner_clear(&owner);
    rig_free(rig);
}

static void test_empty_whole(void)
{
    Rig *rig = rig_new(true);
    rig_reply(rig, 204, "");
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_cmpstr(rig->log->str, ==, "begin sign on_head(204) on_end end");
    owner_clear(&owner);
    rig_free(rig);
}

/* Transport errors and cut bodies end it without the driver being asked. */
static void test_transport_fails(void)
{
    for (int with_head = 0; with_head < 2; with_head++) {
        Rig *rig = rig_new(true);
        rig->http_flags = PB_HTTP_STREAM;
        PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, with_head ? 200 : 0);
        pbay_memory_reply_header(reply, "request-id", "r-7");
        if (with_head)
            pbay_memory_reply_text(reply, "half");
        pbay_memory_reply_fail(reply, PB_ERR_UPSTREAM, true);
        Owner owner;
        owner_init(&owner, rig);
        owner_start(&owner);
        rig_run(rig);
        g_assert_cmpint(owner.failure->cls, ==, PB_ERR_UPSTREAM);
        g_assert_cmpstr(owner.failure->request_id, ==, with_head ? "r-7" : NULL);
        g_assert_cmpstr(rig->log->str, ==,
                        with_head ? "begin sign on_head(200) on_body(4) end" : "begin sign end");
        owner_clear(&owner);
        rig_free(rig);
    }
}

static pb_next send_without(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)rig;
    (void)x;
    (void)op;
    (void)args;
    return PB_SEND;
}

static void test_send_without_request(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_BEGIN] = send_without;
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_cmpint(owner.failure->cls, ==, PB_ERR_INTERNAL);
    g_assert_nonnull(strstr(owner.failure->message, "without having described"));
    g_assert_cmpstr(rig->log->str, ==, "begin end");
    owner_clear(&owner);
    rig_free(rig);
}

static void test_dry_run(void)
{
    Rig *rig = rig_new(true);
    rig_secret(rig, "api-key", "sk-dry-run-123");
    Owner owner;
    owner_init(&owner, rig);
    PbayExchangeSpec spec = owner_spec(&owner);
    spec.dry_run = true;
    owner_start_spec(&owner, &spec);
    rig_run(rig);
    g_assert_null(owner.failure);
    g_assert_cmpuint(owner.requests, ==, 1);
    g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 0);
    g_assert_cmpstr(rig->log->str, ==, "begin sign end");
    owner_clear(&owner);
    rig_free(rig);
}

static pb_next begin_foreign(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    rig->api->http_begin(x, PBAY_STR("GET"), PBAY_STR("https://api.test/image"), PB_HTTP_FOREIGN);
    return PB_SEND;
}

static void test_foreign(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_BEGIN] = begin_foreign;
    PbayHttpHeader extra = {.name = PBAY_STR("X-Extra"), .value = PBAY_STR("1")};
    rig_reply(rig, 200, "png");
    Owner owner;
    owner_init(&owner, rig);
    PbayExchangeSpec spec = owner_spec(&owner);
    spec.headers = &extra;
    spec.n_headers = 1;
    owner_start_spec(&owner, &spec);
    rig_run(rig);
    g_assert_null(owner.failure);
    const PbayMemoryRequest *request = pbay_memory_transport_request(rig->transport, 0);
    g_assert_true(request->foreign);
    g_assert_cmpuint(request->headers->len, ==, 0);
    g_assert_cmpuint(rig->calls[PBAY_OP_SIGN], ==, 0); /* nothing of ours goes along */
    owner_clear(&owner);
    rig_free(rig);
}

static void test_limits_handed_on(void)
{
    Rig *rig = rig_new(true);
    rig->provider->timeouts = (PbayTimeouts){.connect = 1, .first_byte = 2, .idle = 3};
    rig->provider->max_response = 77;
    rig_reply(rig, 200, "x");
    Owner owner;
    owner_init(&owner, rig);
    PbayExchangeSpec spec = owner_spec(&owner);
    spec.timeouts.first_byte = 20;
    owner_start_spec(&owner, &spec);
    rig_run(rig);
    const PbayMemoryRequest *request = pbay_memory_transport_request(rig->transport, 0);
    g_assert_cmpint(request->connect_ms, ==, 1);
    g_assert_cmpint(request->first_byte_ms, ==, 20); /* the call's word over the provider's */
    g_assert_cmpint(request->idle_ms, ==, 3);
    g_assert_cmpint(request->max_body, ==, 77);
    owner_clear(&owner);
    rig_free(rig);
}

/* ---- over a real socket --------------------------------------------------------------------- */

static void serve_chat(RawConnection *connection, void *user)
{
    (void)user;
    g_autoptr(GString) request = g_string_new(NULL);
    while (raw_read_request(connection, request)) {
        bool right = strstr(request->str, "\r\nauthorization: Bearer sk-canary-123\r\n") != NULL &&
                     g_str_has_suffix(request->str, "\r\n\r\n{\"n\":1}");
        raw_write(connection, right ? "HTTP/1.1 200 OK\r\nX-Request-Id: r1\r\n"
                                      "Transfer-Encoding: chunked\r\n\r\n"
                                    : "HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n");
        raw_write(connection, "3\r\nHel\r\n");
        raw_write(connection, "2\r\nlo\r\n0\r\n\r\n");
    }
}

static pb_next sign_bearer(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    pb_str key = rig->api->secret(x, PBAY_STR("api-key"));
    g_autofree char *value = g_strdup_printf("Bearer %.*s", (int)key.len, key.ptr);
    rig->api->http_header(x, PBAY_STR("Authorization"), pbay_str(value));
    return PB_SEND;
}

static pb_next emit_body(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    pb_event event = rig_text("");
    event.text = args->bytes;
    rig->api->emit(x, &event);
    return PB_READ;
}

static void test_chat_over_socket(void)
{
    RawServer *server = raw_server_new(serve_chat, NULL);
    Rig *rig = rig_new(false);
    g_autofree char *origin = raw_server_url(server, "");
    g_autofree char *url = raw_server_url(server, "/v1/chat");
    rig_trust(rig, origin);
    rig_secret(rig, "api-key", "sk-canary-123");
    rig->provider->proxy = g_strdup("");
    rig->url = url;
    rig->http_flags = PB_HTTP_STREAM;
    rig->act[PBAY_OP_SIGN] = sign_bearer;
    rig->act[PBAY_OP_BODY] = emit_body;
    for (int i = 0; i < 5; i++) {
        Owner owner;
        owner_init(&owner, rig);
        owner_start(&owner);
        rig_run(rig);
        g_assert_null(owner.failure);
        g_assert_cmpstr(owner.text->str, ==, "Hello");
        g_assert_cmpstr(owner.request_id, ==, "r1");
        g_assert_nonnull(strstr(owner.seen->str, "authorization: ***\n"));
        owner_clear(&owner);
    }
    g_assert_cmpuint(raw_server_accepted(server), ==, 1);
    rig_free(rig);
    raw_server_free(server);
}

static void serve_silence(RawConnection *connection, void *user)
{
    g_autoptr(GString) request = g_string_new(NULL);
    g_assert_true(raw_read_request(connection, request));
    raw_write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nsome");
    g_assert_true(raw_wait_closed(connection));
    raw_flag_set(user);
}

static void test_cancel_over_socket(void)
{
    RawFlag *closed = raw_flag_new();
    RawServer *server = raw_server_new(serve_silence, closed);
    Rig *rig = rig_new(false);
    g_autofree char *url = raw_server_url(server, "/v1/chat");
    rig->provider->proxy = g_strdup("");
    rig->url = url;
    rig->http_flags = PB_HTTP_STREAM;
    rig->act[PBAY_OP_BODY] = emit_body;
    Owner owner;
    owner_init(&owner, rig);
    owner.cancel_at_event = PB_CANCEL_CLIENT;
    owner_start(&owner);
    rig_run(rig);
    g_assert_cmpint(owner.failure->cls, ==, PBAY_ERR_CANCELLED);
    g_assert_true(raw_flag_wait(closed));
    owner_clear(&owner);
    rig_free(rig);
    raw_server_free(server);
    raw_flag_free(closed);
}

/* What a recorder hears of replies: "head 200; bytes part one,; ... end". */
static void heard_head(void *user, int status, const PbayHttpHeader *headers, size_t n)
{
    (void)headers;
    g_string_append_printf(((Owner *)user)->seen, "head %d (%zu); ", status, n);
}

static void heard_bytes(void *user, pb_str bytes)
{
    g_string_append_printf(((Owner *)user)->seen, "bytes %.*s; ", (int)bytes.len, bytes.ptr);
}

static void heard_end(void *user, const PbayFailure *cut)
{
    g_string_append(((Owner *)user)->seen, cut != NULL ? "cut; " : "end; ");
}

static void listening_done(void *user, const PbayFailure *failure)
{
    Owner *owner = user;
    owner->done++;
    owner->failure = failure != NULL ? pbay_failure_ref((PbayFailure *)failure) : NULL;
}

static const PbayExchangeEvents listening = {.on_reply_head = heard_head,
                                             .on_reply_bytes = heard_bytes,
                                             .on_reply_end = heard_end,
                                             .done = listening_done};

static void test_listens(void)
{
    Rig *rig = rig_new(true);
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 200);
    pbay_memory_reply_header(reply, "a", "b");
    pbay_memory_reply_text(reply, "one");
    pbay_memory_reply_text(reply, "two");
    pbay_memory_reply_end(reply);
    reply = pbay_memory_reply_new(rig->transport, 503);
    pbay_memory_reply_text(reply, "half");
    pbay_memory_reply_fail(reply, PB_ERR_UPSTREAM, true);
    for (int i = 0; i < 2; i++) {
        Owner owner;
        owner_init(&owner, rig);
        PbayExchangeSpec spec = owner_spec(&owner);
        spec.events = &listening;
        owner_start_spec(&owner, &spec);
        rig_run(rig);
        g_assert_cmpstr(owner.seen->str, ==,
                        i == 0 ? "head 200 (1); bytes one; bytes two; end; "
                               : "head 503 (0); bytes half; cut; ");
        owner_clear(&owner);
    }
    rig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/flight/steps", test_steps);
    g_test_add_func("/flight/polls-do-not-count", test_polls_do_not_count);
    g_test_add_func("/flight/early-send", test_early_send);
    g_test_add_func("/flight/copy-on-write", test_copy_on_write);
    g_test_add_func("/flight/collect", test_collect);
    g_test_add_func("/flight/empty-whole", test_empty_whole);
    g_test_add_func("/flight/transport-fails", test_transport_fails);
    g_test_add_func("/flight/send-without-request", test_send_without_request);
    g_test_add_func("/flight/dry-run", test_dry_run);
    g_test_add_func("/flight/foreign", test_foreign);
    g_test_add_func("/flight/limits-handed-on", test_limits_handed_on);
    g_test_add_func("/flight/chat-over-socket", test_chat_over_socket);
    g_test_add_func("/flight/cancel-over-socket", test_cancel_over_socket);
    g_test_add_func("/flight/listens", test_listens);
    return g_test_run();
}
