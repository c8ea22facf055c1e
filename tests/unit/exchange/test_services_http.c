/* SPDX-License-Identifier: Apache-2.0 */
/* Describing and reading within ops only: a driver that keeps the exchange and calls between
 * ops, or on collect outside of on_head, changes nothing. */
#include "unit/exchange/rig.h"

#include "base/str.h"

#include <string.h>

static void describe_other(const pb_core_api *api, pb_xchg *x)
{
    api->http_begin(x, PBAY_STR("DELETE"), PBAY_STR("https://api.test/other"), 0);
    api->http_header(x, PBAY_STR("X-Late"), PBAY_STR("1"));
    api->http_body(x, PBAY_STR("late"));
    api->w_str(x, PBAY_STR("late"));
}

/* Between ops: while the reply is awaited, and while a timer runs. */
static void test_between_ops(void)
{
    Rig *rig = rig_new(true);
    rig->next[PBAY_OP_END] = PB_SEND;
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 0);
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_turns(rig, 3);
    describe_other(rig->api, owner.x);
    g_assert_cmpuint(rig->api->http_reply_header(owner.x, PBAY_STR("date")).len, ==, 0);
    pbay_memory_reply_set_status(reply, 200);
    pbay_memory_reply_header(reply, "date", "today");
    pbay_memory_reply_new(rig->transport, 0);
    pbay_memory_reply_end(reply);
    rig_turns(rig, 3);
    const PbayMemoryRequest *second = pbay_memory_transport_request(rig->transport, 1);
    g_assert_cmpstr(second->method, ==, "POST");
    g_assert_cmpstr(second->body->str, ==, "{\"n\":1}");
    g_assert_null(pbay_memory_request_header(second, "x-late"));
    pbay_exchange_cancel(owner.x, PB_CANCEL_CLIENT);
    rig_run(rig);
    owner_clear(&owner);
    rig_free(rig);
}

static pb_next collect_late(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    rig->api->http_collect(x);
    return PB_READ;
}

static void test_collect_late(void)
{
    Rig *rig = rig_new(true);
    rig->http_flags = PB_HTTP_STREAM;
    rig->act[PBAY_OP_BODY] = collect_late;
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 200);
    pbay_memory_reply_text(reply, "a");
    pbay_memory_reply_text(reply, "b");
    pbay_memory_reply_end(reply);
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_cmpstr(rig->log->str, ==, "begin sign on_head(200) on_body(1) on_body(1) on_end end");
    owner_clear(&owner);
    rig_free(rig);
}

/* Reply headers of the reply before are gone with the next one. */
static pb_next read_header(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)args;
    pb_str seen = rig->api->http_reply_header(x, PBAY_STR("x-one"));
    g_assert_cmpuint(seen.len, ==, rig->calls[op] == 1 ? 1 : 0);
    return rig->calls[op] == 1 ? PB_SEND : PB_DONE;
}

static void test_reply_headers_replaced(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_END] = read_header;
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 200);
    pbay_memory_reply_header(reply, "x-one", "1");
    pbay_memory_reply_end(reply);
    rig_reply(rig, 200, "");
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_null(owner.failure);
    owner_clear(&owner);
    rig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/services-http/between-ops", test_between_ops);
    g_test_add_func("/services-http/collect-late", test_collect_late);
    g_test_add_func("/services-http/reply-headers-replaced", test_reply_headers_replaced);
    return g_test_run();
}
