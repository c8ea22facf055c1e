/* SPDX-License-Identifier: Apache-2.0 */
/* The life of an exchange: a chat from begin to end, what its owner hears and when, bounds and
 * cleaning of events, two at a time, refusals before begin. */
#include "unit/exchange/rig.h"

#include "base/str.h"

#include <string.h>

static pb_next emit_body(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    pb_event event = rig_text("");
    event.text = args->bytes;
    rig->api->emit(x, &event);
    return PB_READ;
}

static void test_chat(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_BODY] = emit_body;
    rig->http_flags = PB_HTTP_STREAM;
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 200);
    pbay_memory_reply_header(reply, "X-Request-Id", "req_1");
    pbay_memory_reply_text(reply, "Hel");
    pbay_memory_reply_text(reply, "lo");
    pbay_memory_reply_end(reply);
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    g_assert_cmpstr(rig->log->str, ==, ""); /* nothing from within start */
    rig_run(rig);
    g_assert_cmpuint(owner.done, ==, 1);
    g_assert_null(owner.failure);
    g_assert_cmpstr(owner.text->str, ==, "Hello");
    g_assert_cmpstr(rig->log->str, ==, "begin sign on_head(200) on_body(3) on_body(2) on_end end");
    g_assert_cmpint(owner.status, ==, 200);
    g_assert_cmpstr(owner.request_id, ==, "req_1");
    g_assert_cmpstr(owner.seen->str, ==,
                    "POST https://api.test/v1/chat\ncontent-type: application/json\n{\"n\":1}\n");
    owner_clear(&owner);
    rig_free(rig);
}

static void test_whole_body(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_BODY] = emit_body;
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 200);
    pbay_memory_reply_text(reply, "Hel");
    pbay_memory_reply_text(reply, "lo");
    pbay_memory_reply_end(reply);
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_cmpstr(rig->log->str, ==, "begin sign on_head(200) on_body(5) on_end end");
    owner_clear(&owner);
    rig_free(rig);
}

static pb_next emit_odd(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    pb_event event = rig_text("a\xff\xc3(b");
    rig->api->emit(x, &event);
    event.size = 8; /* too small to hold a text */
    rig->api->emit(x, &event);
    event.size = sizeof event;
    event.kind = 99;
    rig->api->emit(x, &event);
    rig->api->emit(x, NULL);
    rig->api->note(x, 77, PBAY_STR("p"), PBAY_STR("w"));
    rig->api->note(x, PB_NOTE_DROPPED, PBAY_STR("p"), PBAY_STR("w"));
    return PB_READ;
}

static void test_events_cleaned(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_HEAD] = emit_odd;
    rig_reply(rig, 200, "");
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_cmpuint(owner.events, ==, 1);
    g_assert_cmpuint(owner.notes, ==, 1);
    g_assert_true(g_utf8_validate(owner.text->str, (gssize)owner.text->len, NULL));
    g_assert_cmpstr(owner.text->str, ==, "a\xef\xbf\xbd\xef\xbf\xbd(b");
    owner_clear(&owner);
    rig_free(rig);
}

/* Half an event of an older driver: what it does not know of reads as zero. */
static pb_next emit_short(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    struct {
        pb_event event;
    } old = {.event = rig_text("short")};
    old.event.size = offsetof(pb_event, text) + sizeof old.event.text;
    old.event.tokens_in = 99;
    rig->api->emit(x, &old.event);
    return PB_READ;
}

static void check_short(Owner *owner, const pb_event *event)
{
    (void)owner;
    g_assert_cmpint(event->tokens_in, ==, 0);
    g_assert_cmpuint(event->size, ==, sizeof(pb_event));
    g_assert_null(event->vector);
}

static void test_short_event(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_HEAD] = emit_short;
    rig_reply(rig, 200, "");
    Owner owner;
    owner_init(&owner, rig);
    owner.on_event = check_short;
    owner_start(&owner);
    rig_run(rig);
    g_assert_cmpstr(owner.text->str, ==, "short");
    owner_clear(&owner);
    rig_free(rig);
}

static pb_next emit_huge(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    pb_event event = rig_text("x");
    event.text.len = PBAY_EXCHANGE_EVENT_MAX + 1; /* refused before a byte of it is read */
    rig->api->emit(x, &event);
    return PB_READ;
}

static void test_huge_event(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_HEAD] = emit_huge;
    rig_reply(rig, 200, "body");
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_cmpint(owner.failure->cls, ==, PB_ERR_PROTOCOL);
    g_assert_cmpuint(owner.events, ==, 0);
    g_assert_cmpstr(rig->log->str, ==, "begin sign on_head(200) end");
    owner_clear(&owner);
    rig_free(rig);
}

static void test_interleaved(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_BODY] = emit_body;
    rig->http_flags = PB_HTTP_STREAM;
    PbayMemoryReply *replies[2];
    Owner owners[2];
    for (int i = 0; i < 2; i++) {
        replies[i] = pbay_memory_reply_new(rig->transport, 200);
        owner_init(&owners[i], rig);
        owner_start(&owners[i]);
    }
    rig_turns(rig, 3);
    for (int i = 0; i < 10; i++) {
        g_autofree char *piece = g_strdup_printf("%d-%d ", i % 2, i / 2);
        pbay_memory_reply_text(replies[i % 2], piece);
        rig_turns(rig, 1);
    }
    pbay_memory_reply_end(replies[0]);
    pbay_memory_reply_end(replies[1]);
    rig_run(rig);
    g_assert_cmpstr(owners[1].text->str, ==, "1-0 1-1 1-2 1-3 1-4 ");
    g_assert_cmpstr(owners[0].text->str, ==, "0-0 0-1 0-2 0-3 0-4 ");
    g_assert_cmpuint(rig->calls[PBAY_OP_CLOSE], ==, 2);
    owner_clear(&owners[0]);
    owner_clear(&owners[1]);
    rig_free(rig);
}

static void start_again(Owner *owner)
{
    if (owner->data == NULL)
        return;
    Owner *second = owner->data;
    owner_start(second);
}

static void test_start_from_done(void)
{
    Rig *rig = rig_new(true);
    rig_reply(rig, 200, "a");
    rig_reply(rig, 200, "b");
    Owner first, second;
    owner_init(&first, rig);
    owner_init(&second, rig);
    first.data = &second;
    first.on_done = start_again;
    owner_start(&first);
    rig_run(rig);
    g_assert_cmpuint(second.done, ==, 1);
    g_assert_cmpstr(rig->body->str, ==, "ab");
    owner_clear(&first);
    owner_clear(&second);
    rig_free(rig);
}

static void test_bad_body(void)
{
    Rig *rig = rig_new(true);
    Owner owner;
    owner_init(&owner, rig);
    PbayExchangeSpec spec = owner_spec(&owner);
    spec.body = PBAY_STR("{\"a\":");
    owner_start_spec(&owner, &spec);
    rig_run(rig);
    g_assert_cmpint(owner.failure->cls, ==, PB_ERR_INVALID);
    g_assert_cmpstr(rig->log->str, ==, ""); /* neither begin nor end */
    owner_clear(&owner);
    rig_free(rig);
}

static void test_bad_header(void)
{
    Rig *rig = rig_new(true);
    const PbayHttpHeader headers[] = {{.name = PBAY_STR("X-A"), .value = PBAY_STR("fine")},
                                      {.name = PBAY_STR("X-B"), .value = PBAY_STR("a\r\nX-C: d")}};
    Owner owner;
    owner_init(&owner, rig);
    PbayExchangeSpec spec = owner_spec(&owner);
    spec.headers = headers;
    spec.n_headers = G_N_ELEMENTS(headers);
    owner_start_spec(&owner, &spec);
    rig_run(rig);
    g_assert_cmpint(owner.failure->cls, ==, PB_ERR_INVALID);
    g_assert_nonnull(strstr(owner.failure->message, "number 2"));
    g_assert_cmpstr(rig->log->str, ==, "");
    owner_clear(&owner);
    rig_free(rig);
}

/* A key read from a file with its line break: said as that, and not sent. */
static void test_bad_key(void)
{
    static const char *const keys[] = {"sk-canary\n", "sk-canary\r\nX-Evil: 1", "sk\x01-canary"};
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        Rig *rig = rig_new(true);
        g_autoptr(PbaySecret) key = pbay_secret_new(pbay_str(keys[i]));
        Owner owner;
        owner_init(&owner, rig);
        PbayExchangeSpec spec = owner_spec(&owner);
        spec.api_key = key;
        owner_start_spec(&owner, &spec);
        rig_run(rig);
        g_assert_cmpint(owner.failure->cls, ==, PB_ERR_INVALID);
        g_assert_nonnull(strstr(owner.failure->message, "line break at its end"));
        g_assert_null(strstr(owner.failure->message, "canary"));
        g_assert_cmpstr(rig->log->str, ==, "");
        owner_clear(&owner);
        rig_free(rig);
    }
}

/* Headers that say where a message ends, or whose connection it is, are not the caller's. */
static void test_framing_header(void)
{
    static const char *const names[] = {"Content-Length", "transfer-encoding", "Connection", "Host",
                                        "Upgrade"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        Rig *rig = rig_new(true);
        const PbayHttpHeader header = {.name = pbay_str(names[i]), .value = PBAY_STR("0")};
        Owner owner;
        owner_init(&owner, rig);
        PbayExchangeSpec spec = owner_spec(&owner);
        spec.headers = &header;
        spec.n_headers = 1;
        owner_start_spec(&owner, &spec);
        rig_run(rig);
        g_assert_cmpint(owner.failure->cls, ==, PB_ERR_INVALID);
        g_assert_nonnull(strstr(owner.failure->message, names[i]));
        g_assert_cmpstr(rig->log->str, ==, "");
        owner_clear(&owner);
        rig_free(rig);
    }
}

static void test_broken_driver(void)
{
    Rig *rig = rig_new(true);
    atomic_store(&rig->driver.broken, true);
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_cmpint(owner.failure->cls, ==, PB_ERR_INTERNAL);
    g_assert_nonnull(strstr(owner.failure->message, "restart"));
    owner_clear(&owner);
    rig_free(rig);
}

static bool all_paused(void *data)
{
    Owner *owner = data;
    return owner->events == 1;
}

static void pause_at_event(Owner *owner, const pb_event *event)
{
    (void)event;
    if (owner->events == 1)
        pbay_exchange_pause(owner->x, true);
}

static void test_pause(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_BODY] = emit_body;
    rig->http_flags = PB_HTTP_STREAM;
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 200);
    pbay_memory_reply_text(reply, "one");
    pbay_memory_reply_text(reply, "two");
    pbay_memory_reply_end(reply);
    Owner owner;
    owner_init(&owner, rig);
    owner.on_event = pause_at_event;
    owner_start(&owner);
    rig_turn_until(rig, all_paused, &owner);
    rig_turns(rig, 5);
    g_assert_cmpstr(owner.text->str, ==, "one");
    pbay_exchange_pause(owner.x, false);
    g_assert_cmpstr(owner.text->str, ==, "one"); /* not from within */
    rig_run(rig);
    g_assert_cmpstr(owner.text->str, ==, "onetwo");
    owner_clear(&owner);
    rig_free(rig);
}

static void test_trusts(void)
{
    Rig *rig = rig_new(true);
    rig->next[PBAY_OP_BEGIN] = PB_WAIT;
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    static const struct {
        const char *url;
        bool trusted;
    } rows[] = {
        {"https://api.test/x", true},
        {"https://API.test:443/", true},
        {"https://api.test:444/", false},
        {"http://api.test/", false},
        {"https://api.test.evil.example/", false},
        {"https://api.test@evil.example/", false},
        {"https://evil.example/https://api.test/", false},
        {"ftp://api.test/", false},
        {"", false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(pbay_exchange_trusts(owner.x, pbay_str(rows[i].url)), ==, rows[i].trusted);
    pbay_exchange_cancel(owner.x, PB_CANCEL_CLIENT);
    rig_run(rig);
    owner_clear(&owner);
    rig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/exchange/chat", test_chat);
    g_test_add_func("/exchange/whole-body", test_whole_body);
    g_test_add_func("/exchange/events-cleaned", test_events_cleaned);
    g_test_add_func("/exchange/short-event", test_short_event);
    g_test_add_func("/exchange/huge-event", test_huge_event);
    g_test_add_func("/exchange/interleaved", test_interleaved);
    g_test_add_func("/exchange/start-from-done", test_start_from_done);
    g_test_add_func("/exchange/bad-body", test_bad_body);
    g_test_add_func("/exchange/bad-header", test_bad_header);
    g_test_add_func("/exchange/bad-key", test_bad_key);
    g_test_add_func("/exchange/framing-header", test_framing_header);
    g_test_add_func("/exchange/broken-driver", test_broken_driver);
    g_test_add_func("/exchange/pause", test_pause);
    g_test_add_func("/exchange/trusts", test_trusts);
    return g_test_run();
}
