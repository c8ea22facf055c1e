/* SPDX-License-Identifier: Apache-2.0 */
/* The scripted transport itself: order, splits, recording, and being changed from within its
 * callbacks. */
#include "exchange/memory_transport.h"

#include "base/str.h"

#include <string.h>

typedef struct Heard {
    PbayTransport *transport;
    PbayTransfer *transfer;
    GString *log;
    int act; /* 1 abort at bytes, 2 drain at head, 3 pause at bytes */
} Heard;

static void heard_head(void *user, int status, const PbayHttpHeader *headers, size_t n)
{
    Heard *heard = user;
    g_string_append_printf(heard->log, "head %d", status);
    for (size_t i = 0; i < n; i++)
        g_string_append_printf(heard->log, " %.*s=%.*s", (int)headers[i].name.len,
                               headers[i].name.ptr, (int)headers[i].value.len,
                               headers[i].value.ptr);
    g_string_append_c(heard->log, ';');
    if (heard->act == 2)
        heard->transport->drain(heard->transfer);
}

static void heard_bytes(void *user, pb_str bytes)
{
    Heard *heard = user;
    g_string_append_printf(heard->log, "[%.*s]", (int)bytes.len, bytes.ptr);
    if (heard->act == 1)
        heard->transport->abort(heard->transfer);
    if (heard->act == 3)
        heard->transport->pause(heard->transfer, true);
}

static void heard_end(void *user)
{
    g_string_append(((Heard *)user)->log, "end");
}

static void heard_failed(void *user, PbayFailure *failure, bool sent)
{
    g_string_append_printf(((Heard *)user)->log, "failed %d %d", failure->cls, sent);
    pbay_failure_unref(failure);
}

static const PbayHttpEvents events = {heard_head, heard_bytes, heard_end, heard_failed};

static const PbayHttpHeader sent_header = {.name = {"x-a", 3}, .value = {"b", 1}};

static void start(Heard *heard, PbayTransport *transport)
{
    PbayHttpRequest request = {.method = PBAY_STR("POST"),
                               .url = PBAY_STR("https://h/"),
                               .body = PBAY_STR("body"),
                               .headers = &sent_header,
                               .n_headers = 1};
    heard->transport = transport;
    heard->log = g_string_new(NULL);
    heard->transfer = transport->start(transport, &request, &events, heard);
    g_assert_cmpstr(heard->log->str, ==, "");
}

static void turns(PbayLoop *loop)
{
    for (int i = 0; i < 4; i++)
        g_assert_true(pbay_loop_turn(loop, 0));
}

static void script(PbayTransport *transport)
{
    PbayMemoryReply *reply = pbay_memory_reply_new(transport, 200);
    pbay_memory_reply_header(reply, "X-Y", "z");
    pbay_memory_reply_text(reply, "abcde");
    pbay_memory_reply_text(reply, "");
    pbay_memory_reply_text(reply, "fg");
    pbay_memory_reply_end(reply);
}

static size_t by_two(void *user, size_t left)
{
    (void)user;
    (void)left;
    return 2;
}

static size_t silly(void *user, size_t left)
{
    (void)user;
    return left % 2 == 0 ? 0 : SIZE_MAX; /* clamped to 1 and to all */
}

static void test_splits(void)
{
    static const PbayMemorySplitFn fns[] = {NULL, by_two, silly};
    static const char *const logs[] = {"head 200 x-y=z;[abcde][fg]end",
                                       "head 200 x-y=z;[ab][cd][e][fg]end",
                                       "head 200 x-y=z;[abcde][f][g]end"};
    for (int i = 0; i < 3; i++) {
        PbayLoop *loop = pbay_loop_new(NULL);
        PbayTransport *transport = pbay_memory_transport_new(loop);
        pbay_memory_transport_split(transport, fns[i], NULL);
        script(transport);
        Heard heard = {0};
        start(&heard, transport);
        turns(loop);
        g_assert_cmpstr(heard.log->str, ==, logs[i]);
        g_assert_cmpuint(pbay_memory_transport_alive(transport), ==, 0);
        const PbayMemoryRequest *request = pbay_memory_transport_request(transport, 0);
        g_assert_true(request->finished);
        g_assert_cmpstr(request->body->str, ==, "body");
        g_assert_cmpstr(pbay_memory_request_header(request, "x-a"), ==, "b");
        g_assert_null(pbay_memory_request_header(request, "x"));
        g_string_free(heard.log, TRUE);
        transport->free(transport);
        pbay_loop_free(loop);
    }
}

static void test_from_callbacks(void)
{
    static const char *const logs[] = {"", "head 200 x-y=z;[abcde]", "head 200 x-y=z;",
                                       "head 200 x-y=z;[abcde]"};
    for (int act = 1; act <= 3; act++) {
        PbayLoop *loop = pbay_loop_new(NULL);
        PbayTransport *transport = pbay_memory_transport_new(loop);
        script(transport);
        Heard heard = {.act = act};
        start(&heard, transport);
        turns(loop);
        g_assert_cmpstr(heard.log->str, ==, logs[act]);
        if (act == 3) {
            heard.act = 0;
            transport->pause(heard.transfer, false);
            g_assert_cmpstr(heard.log->str, ==, logs[act]);
            turns(loop);
            g_assert_true(g_str_has_suffix(heard.log->str, "[fg]end"));
        }
        const PbayMemoryRequest *request = pbay_memory_transport_request(transport, 0);
        g_assert_cmpint(request->aborted, ==, act == 1);
        g_assert_cmpint(request->drained, ==, act == 2);
        g_assert_cmpuint(pbay_memory_transport_alive(transport), ==, 0);
        g_string_free(heard.log, TRUE);
        transport->free(transport);
        pbay_loop_free(loop);
    }
}

static void test_silence_and_more(void)
{
    PbayLoop *loop = pbay_loop_new(NULL);
    PbayTransport *transport = pbay_memory_transport_new(loop);
    PbayMemoryReply *reply = pbay_memory_reply_new(transport, 0);
    Heard heard = {0};
    start(&heard, transport);
    turns(loop);
    g_assert_cmpstr(heard.log->str, ==, "");
    pbay_memory_reply_set_status(reply, 503);
    turns(loop);
    g_assert_cmpstr(heard.log->str, ==, "head 503;");
    pbay_memory_reply_text(reply, "x");
    pbay_memory_reply_fail(reply, PB_ERR_TIMEOUT, true);
    turns(loop);
    g_assert_cmpstr(heard.log->str, ==, "head 503;[x]failed 13 1");
    g_string_free(heard.log, TRUE);
    transport->free(transport);
    pbay_loop_free(loop);
}

static void answer(void *user, size_t n, const PbayHttpRequest *request, PbayMemoryReply *reply)
{
    (void)user;
    g_assert_true(pbay_str_is(request->url, "https://h/"));
    pbay_memory_reply_set_status(reply, 200 + (int)n);
    pbay_memory_reply_end(reply);
}

static void test_answers(void)
{
    PbayLoop *loop = pbay_loop_new(NULL);
    PbayTransport *transport = pbay_memory_transport_new(loop);
    Heard heard = {0};
    start(&heard, transport); /* an empty script is a failure, not a hang */
    turns(loop);
    g_assert_cmpstr(heard.log->str, ==, "failed 1 0");
    g_string_free(heard.log, TRUE);
    pbay_memory_transport_answer(transport, answer, NULL);
    pbay_memory_transport_record(transport, false);
    for (int i = 1; i < 4; i++) {
        start(&heard, transport);
        turns(loop);
        g_autofree char *log = g_strdup_printf("head %d;end", 200 + i);
        g_assert_cmpstr(heard.log->str, ==, log);
        g_string_free(heard.log, TRUE);
    }
    g_assert_cmpuint(pbay_memory_transport_requests(transport), ==, 4);
    transport->free(transport);
    pbay_loop_free(loop);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/memory-transport/splits", test_splits);
    g_test_add_func("/memory-transport/from-callbacks", test_from_callbacks);
    g_test_add_func("/memory-transport/silence-and-more", test_silence_and_more);
    g_test_add_func("/memory-transport/answers", test_answers);
    return g_test_run();
}
