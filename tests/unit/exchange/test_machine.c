/* SPDX-License-Identifier: Apache-2.0 */
/* The table of what each op may want, against real runs: every op with every value, legal,
 * illegal and unknown; ending once whatever happens; cancel in every state; waits and the
 * deadline; a failure without a word. */
#include "unit/exchange/rig.h"

#include "base/str.h"
#include "observe/log.h"

#include <string.h>

/* ---- the table ------------------------------------------------------------------------------ */

/* DRIVER-ABI.md once more, by hand: FAIL READ SEND WAIT NEED DONE. */
static const struct {
    PbayOp op;
    const char *legal; /* one letter a value from -1 to 4 */
} table[] = {
    {PBAY_OP_BEGIN, "y-yyyy"},  {PBAY_OP_SIGN, "y-y-y-"}, {PBAY_OP_HEAD, "yyyy-y"},
    {PBAY_OP_BODY, "yyyy-y"},   {PBAY_OP_END, "y-yyyy"},  {PBAY_OP_TIMER, "y-yyyy"},
    {PBAY_OP_CANCEL, "y-y--y"},
};

static void test_table(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        for (pb_next next = -1; next <= 4; next++)
            g_assert_cmpint(pbay_machine_legal(table[i].op, next), ==,
                            table[i].legal[next + 1] == 'y');
    static const pb_next unknown[] = {-2, 5, 6, 31, 32, 33, 64, INT32_MAX, INT32_MIN, -1000};
    for (PbayOp op = PBAY_OP_BEGIN; op < PBAY_OPS; op++)
        for (size_t i = 0; i < G_N_ELEMENTS(unknown); i++)
            g_assert_false(pbay_machine_legal(op, unknown[i]));
}

static char *last_log;

static void keep_log(void *data, int level, const char *line)
{
    (void)data;
    if (level == PBAY_LOG_ERROR) {
        g_free(last_log);
        last_log = g_strdup(line);
    }
}

/* The first time what is asked; from then on the way to a good end. */
static pb_next once(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)args;
    pb_next next = *(const pb_next *)rig->data;
    if (rig->calls[op] > 1)
        next = op == PBAY_OP_BEGIN || op == PBAY_OP_SIGN  ? PB_SEND
               : op == PBAY_OP_END || op == PBAY_OP_TIMER ? PB_DONE
                                                          : PB_READ;
    if (next == PB_SEND && op != PBAY_OP_SIGN)
        rig_describe(rig, x);
    return next;
}

static void answer_all(void *user, size_t n, const PbayHttpRequest *request, PbayMemoryReply *reply)
{
    (void)user;
    (void)n;
    (void)request;
    pbay_memory_reply_set_status(reply, 200);
    pbay_memory_reply_text(reply, "body");
    pbay_memory_reply_end(reply);
}

static void run_pair(PbayOp op, pb_next next, bool legal)
{
    Rig *rig = rig_new(true);
    rig->http_flags = PB_HTTP_STREAM;
    rig->data = &next;
    rig->act[op] = once;
    if (op == PBAY_OP_TIMER)
        rig->next[PBAY_OP_BEGIN] = PB_WAIT;
    pbay_memory_transport_answer(rig->transport, answer_all, NULL);
    g_clear_pointer(&last_log, g_free);
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_cmpuint(owner.done, ==, 1);
    g_assert_cmpuint(rig->calls[PBAY_OP_CLOSE], ==, 1);
    g_assert_cmpuint(rig->calls[PBAY_OP_CANCEL], ==, 0);
    if (!legal) {
        g_assert_cmpint(owner.failure->cls, ==, PB_ERR_INTERNAL);
        g_assert_nonnull(strstr(owner.failure->message, pbay_op_name(op)));
        g_assert_nonnull(strstr(last_log, "driver fake"));
        g_assert_nonnull(strstr(last_log, pbay_op_name(op)));
    } else if (next == PB_FAIL) {
        g_assert_cmpint(owner.failure->cls, ==, PB_ERR_PROTOCOL);
    } else {
        g_assert_null(owner.failure);
    }
    g_assert_cmpuint(pbay_memory_transport_alive(rig->transport), ==, 0);
    owner_clear(&owner);
    rig_free(rig);
}

static void test_every_pair(void)
{
    pbay_log_set_sink(keep_log, NULL);
    static const pb_next odd[] = {-2, 5, 77, INT32_MIN};
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        if (table[i].op == PBAY_OP_CANCEL)
            continue; /* below */
        for (pb_next next = -1; next <= 4; next++)
            if (next != PB_NEED_CREDENTIAL ||
                table[i].legal[next + 1] != 'y') /* test_credentials.c */
                run_pair(table[i].op, next, table[i].legal[next + 1] == 'y');
        for (size_t j = 0; j < G_N_ELEMENTS(odd); j++)
            run_pair(table[i].op, odd[j], false);
    }
    pbay_log_set_sink(NULL, NULL);
    g_clear_pointer(&last_log, g_free);
}

/* ---- cancel --------------------------------------------------------------------------------- */

static bool log_is(void *data)
{
    Rig *rig = data;
    return strcmp(rig->log->str, rig->data) == 0;
}

/* Runs until the log says `at`, cancels, and gives the rig back when nothing is alive. */
static void cancel_at(Rig *rig, Owner *owner, const char *at, int32_t why)
{
    rig->data = (void *)at;
    owner_init(owner, rig);
    owner_start(owner);
    rig_turn_until(rig, log_is, rig);
    pbay_exchange_cancel(owner->x, why);
    pbay_exchange_cancel(owner->x, PB_CANCEL_SHUTDOWN); /* only the first counts */
    g_assert_cmpuint(owner->done, ==, 0);               /* in the next turn */
    rig_turns(rig, 2);
    g_assert_cmpuint(owner->done, ==, 1);
}

static void test_cancel_waiting(void)
{
    Rig *rig = rig_new(true);
    rig->next[PBAY_OP_BEGIN] = PB_WAIT;
    rig->wait_ms = 1000000;
    Owner owner;
    cancel_at(rig, &owner, "begin", PB_CANCEL_CLIENT);
    rig_run(rig);
    g_assert_cmpint(owner.failure->cls, ==, PBAY_ERR_CANCELLED);
    g_assert_cmpstr(rig->log->str, ==, "begin on_cancel(1) end");
    owner_clear(&owner);
    rig_free(rig);
}

static void test_cancel_in_flight(void)
{
    static const char *const at[] = {"begin sign", "begin sign on_head(200)",
                                     "begin sign on_head(200) on_body(4)"};
    for (size_t i = 0; i < G_N_ELEMENTS(at); i++) {
        Rig *rig = rig_new(true);
        rig->http_flags = PB_HTTP_STREAM;
        PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, i == 0 ? 0 : 200);
        if (i == 2)
            pbay_memory_reply_text(reply, "body");
        Owner owner;
        cancel_at(rig, &owner, at[i], PB_CANCEL_CLIENT);
        rig_run(rig);
        g_assert_cmpint(owner.failure->cls, ==, PBAY_ERR_CANCELLED);
        g_autofree char *whole = g_strdup_printf("%s on_cancel(1) end", at[i]);
        g_assert_cmpstr(rig->log->str, ==, whole);
        g_assert_true(pbay_memory_transport_request(rig->transport, 0)->aborted);
        owner_clear(&owner);
        rig_free(rig);
    }
}

static void test_cancel_before_begin(void)
{
    Rig *rig = rig_new(true);
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    pbay_exchange_cancel(owner.x, PB_CANCEL_CLIENT);
    rig_run(rig);
    g_assert_cmpint(owner.failure->cls, ==, PBAY_ERR_CANCELLED);
    g_assert_cmpstr(rig->log->str, ==, "");
    owner_clear(&owner);
    rig_free(rig);
}

static pb_next emit_then(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    pb_event event = rig_text("x");
    for (int i = 0; i < 3; i++)
        rig->api->emit(x, &event);
    rig->api->fail(x, &(pb_error){.size = sizeof(pb_error), .cls = PB_ERR_QUOTA});
    return *(const pb_next *)rig->data;
}

/* The owner cancels out of an event: it hears no other one, and a driver that has ended is not
 * asked. */
static void test_cancel_from_event(void)
{
    static const struct {
        pb_next next;
        const char *log;
    } rows[] = {
        {PB_READ, "begin sign on_head(200) on_cancel(1) end"},
        {PB_SEND, "begin sign on_head(200) on_cancel(1) end"},
        {PB_WAIT, "begin sign on_head(200) on_cancel(1) end"},
        {PB_DONE, "begin sign on_head(200) end"},
        {PB_FAIL, "begin sign on_head(200) end"},
        {PB_NEED_CREDENTIAL, "begin sign on_head(200) end"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Rig *rig = rig_new(true);
        pb_next next = rows[i].next;
        rig->data = &next;
        rig->act[PBAY_OP_HEAD] = emit_then;
        rig_reply(rig, 200, "body");
        Owner owner;
        owner_init(&owner, rig);
        owner.cancel_at_event = PB_CANCEL_CLIENT;
        owner_start(&owner);
        rig_run(rig);
        g_assert_cmpuint(owner.events, ==, 1);
        g_assert_cmpint(owner.failure->cls, ==, PBAY_ERR_CANCELLED);
        g_assert_cmpstr(rig->log->str, ==, rows[i].log);
        g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 1);
        owner_clear(&owner);
        rig_free(rig);
    }
}

static void test_cancel_from_request(void)
{
    Rig *rig = rig_new(true);
    Owner owner;
    owner_init(&owner, rig);
    owner.cancel_at_request = PB_CANCEL_CLIENT;
    owner_start(&owner);
    rig_run(rig);
    g_assert_cmpint(owner.failure->cls, ==, PBAY_ERR_CANCELLED);
    g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 0);
    g_assert_cmpstr(rig->log->str, ==, "begin sign on_cancel(1) end");
    owner_clear(&owner);
    rig_free(rig);
}

static pb_next send_cancel(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    pb_event event = rig_text("late");
    rig->api->emit(x, &event);
    rig->api->http_begin(x, PBAY_STR("DELETE"), PBAY_STR("https://api.test/job/1"), 0);
    return PB_SEND;
}

/* The one request of on_cancel: signed, detached, done told before its reply, end after it. */
static void test_detached(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_CANCEL] = send_cancel;
    pbay_memory_reply_new(rig->transport, 0); /* silent */
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 0);
    Owner owner;
    cancel_at(rig, &owner, "begin sign", PB_CANCEL_CLIENT);
    g_assert_cmpuint(pbay_worker_alive(rig->worker), ==, 1);
    g_assert_cmpuint(owner.events, ==, 0);
    g_assert_cmpstr(rig->log->str, ==, "begin sign on_cancel(1) sign");
    const PbayMemoryRequest *request = pbay_memory_transport_request(rig->transport, 1);
    g_assert_true(request->detached);
    g_assert_cmpint(request->total_ms, ==, PBAY_EXCHANGE_DETACHED);
    g_assert_cmpstr(request->method, ==, "DELETE");
    pbay_memory_reply_set_status(reply, 204);
    pbay_memory_reply_end(reply);
    rig_run(rig);
    g_assert_cmpstr(rig->log->str, ==, "begin sign on_cancel(1) sign end");
    g_assert_cmpuint(owner.requests, ==, 1); /* the owner is not told of it */
    owner_clear(&owner);
    rig_free(rig);
}

static unsigned closed;

static void count_close(void *prov)
{
    (void)prov;
    closed++;
}

/* A reload takes the provider away while the cancel request is on its way: closed behind it,
 * once. */
static void test_detached_outlives_provider(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_CANCEL] = send_cancel;
    rig->ops.provider_close = count_close;
    closed = 0;
    pbay_memory_reply_new(rig->transport, 0);
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 0);
    Owner owner;
    cancel_at(rig, &owner, "begin sign", PB_CANCEL_CLIENT);
    g_clear_pointer(&rig->provider, pbay_provider_unref);
    rig_turns(rig, 3);
    g_assert_cmpuint(closed, ==, 0);
    pbay_memory_reply_set_status(reply, 204);
    pbay_memory_reply_end(reply);
    rig_run(rig);
    g_assert_cmpstr(rig->log->str, ==, "begin sign on_cancel(1) sign end");
    g_assert_cmpuint(closed, ==, 1);
    owner_clear(&owner);
    rig_free(rig);
}

static void test_detached_fails(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_CANCEL] = send_cancel;
    pbay_memory_reply_new(rig->transport, 0);
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 0);
    pbay_memory_reply_fail(reply, PB_ERR_TIMEOUT, true);
    Owner owner;
    cancel_at(rig, &owner, "begin sign", PB_CANCEL_DEADLINE);
    rig_run(rig);
    g_assert_cmpint(owner.failure->cls, ==, PB_ERR_TIMEOUT);
    g_assert_cmpstr(rig->log->str, ==, "begin sign on_cancel(2) sign end");
    owner_clear(&owner);
    rig_free(rig);
}

/* Whatever else on_cancel wants is not done, and changes nothing of the outcome. */
static void test_cancel_illegal(void)
{
    static const pb_next wants[] = {PB_FAIL, PB_READ, PB_WAIT, PB_NEED_CREDENTIAL, 9};
    pbay_log_set_sink(keep_log, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(wants); i++) {
        Rig *rig = rig_new(true);
        rig->next[PBAY_OP_CANCEL] = wants[i];
        pbay_memory_reply_new(rig->transport, 0);
        Owner owner;
        cancel_at(rig, &owner, "begin sign", PB_CANCEL_CLIENT);
        rig_run(rig);
        g_assert_cmpint(owner.failure->cls, ==, PBAY_ERR_CANCELLED);
        g_assert_cmpstr(rig->log->str, ==, "begin sign on_cancel(1) end");
        owner_clear(&owner);
        rig_free(rig);
    }
    pbay_log_set_sink(NULL, NULL);
    g_clear_pointer(&last_log, g_free);
}

static void cancel_again(Owner *owner)
{
    pbay_exchange_cancel(owner->x, PB_CANCEL_CLIENT);
    pbay_exchange_pause(owner->x, true);
}

static void test_cancel_after_done(void)
{
    Rig *rig = rig_new(true);
    rig_reply(rig, 200, "");
    Owner owner;
    owner_init(&owner, rig);
    owner.on_done = cancel_again;
    owner_start(&owner);
    rig_run(rig);
    g_assert_null(owner.failure);
    g_assert_cmpuint(rig->calls[PBAY_OP_CANCEL], ==, 0);
    owner_clear(&owner);
    rig_free(rig);
}

/* ---- time ----------------------------------------------------------------------------------- */

static void test_deadline(void)
{
    Rig *rig = rig_new(true);
    pbay_memory_reply_new(rig->transport, 0);
    Owner owner;
    owner_init(&owner, rig);
    PbayExchangeSpec spec = owner_spec(&owner);
    spec.timeouts.total = 20;
    owner_start_spec(&owner, &spec);
    rig_run(rig);
    g_assert_cmpint(owner.failure->cls, ==, PB_ERR_TIMEOUT);
    g_assert_nonnull(strstr(owner.failure->message, "20 ms"));
    g_assert_cmpstr(rig->log->str, ==, "begin sign on_cancel(2) end");
    g_assert_true(pbay_memory_transport_request(rig->transport, 0)->aborted);
    owner_clear(&owner);
    rig_free(rig);
}

static pb_next check_deadline(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)rig;
    (void)op;
    (void)args;
    g_assert_cmpint(x->request.deadline_ms, ==, 1000000 + 5000);
    g_assert_cmpint(x->request.kind, ==, PB_KIND_CHAT);
    g_assert_true(pbay_str_is(x->request.prefix, "fake"));
    g_assert_true(pbay_str_is(x->request.model, "m"));
    return PB_DONE;
}

static void test_deadline_told(void)
{
    Rig *rig = rig_new(true);
    PbayTestClock clock = {.now_ms = 1000000};
    rig->core.test = &clock;
    rig->provider->timeouts.total = 5000;
    rig->act[PBAY_OP_BEGIN] = check_deadline;
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_null(owner.failure);
    owner_clear(&owner);
    rig_free(rig);
}

static pb_next poll_twice(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)args;
    if (rig->calls[op] == 3)
        return PB_DONE;
    rig->api->wait(x, 1); /* raised to 100 ms */
    return PB_WAIT;
}

static void test_polls(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_END] = poll_twice;
    rig->next[PBAY_OP_TIMER] = PB_SEND;
    pbay_memory_transport_answer(rig->transport, answer_all, NULL);
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    gint64 start = g_get_monotonic_time();
    rig_run(rig);
    g_assert_cmpint(g_get_monotonic_time() - start, >=, 190 * 1000);
    g_assert_null(owner.failure);
    g_assert_cmpuint(rig->calls[PBAY_OP_TIMER], ==, 2);
    g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 3);
    owner_clear(&owner);
    rig_free(rig);
}

/* ---- failures ------------------------------------------------------------------------------- */

static void test_fail_without_word(void)
{
    static const struct {
        int status;
        int32_t cls;
    } rows[] = {{200, PB_ERR_PROTOCOL}, {401, PB_ERR_AUTH},       {429, PB_ERR_RATE_LIMIT},
                {500, PB_ERR_UPSTREAM}, {503, PB_ERR_OVERLOADED}, {302, PB_ERR_CONFIG},
                {404, PB_ERR_NOT_FOUND}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Rig *rig = rig_new(true);
        rig->next[PBAY_OP_END] = PB_FAIL;
        rig_reply(rig, rows[i].status, "why");
        Owner owner;
        owner_init(&owner, rig);
        owner_start(&owner);
        rig_run(rig);
        g_assert_cmpint(owner.failure->cls, ==, rows[i].cls);
        g_assert_cmpint(owner.failure->http_status, ==, rows[i].status == 200 ? 0 : rows[i].status);
        owner_clear(&owner);
        rig_free(rig);
    }
}

static pb_next fail_twice(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    pb_error first = {.size = sizeof first, .cls = PB_ERR_QUOTA, .message = PBAY_STR("first")};
    pb_error second = {.size = sizeof second, .cls = PB_ERR_AUTH, .message = PBAY_STR("second")};
    rig->api->fail(x, &first);
    rig->api->fail(x, &second);
    return PB_FAIL;
}

static void test_first_fail_wins(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_BEGIN] = fail_twice;
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_cmpint(owner.failure->cls, ==, PB_ERR_QUOTA);
    g_assert_cmpstr(owner.failure->message, ==, "first");
    g_assert_cmpstr(rig->log->str, ==, "begin end");
    owner_clear(&owner);
    rig_free(rig);
}

/* ---- defaults ------------------------------------------------------------------------------- */

static void test_null_ops(void)
{
    Rig *rig = rig_new(true);
    rig->ops.sign = NULL;
    rig->ops.on_head = NULL;
    rig->ops.on_timer = NULL;
    rig->ops.on_cancel = NULL;
    rig->next[PBAY_OP_END] = PB_WAIT;
    rig_reply(rig, 200, "x");
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_cmpint(owner.failure->cls, ==, PB_ERR_PROTOCOL); /* on_timer: PB_FAIL */
    g_assert_cmpstr(rig->log->str, ==, "begin on_body(1) on_end end");
    owner_clear(&owner);
    rig_free(rig);
}

/* ---- after the end -------------------------------------------------------------------------- */

static pb_next use_everything(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    const pb_core_api *api = rig->api;
    pb_event event = rig_text("late");
    api->emit(x, &event);
    api->note(x, PB_NOTE_DROPPED, PBAY_STR("a"), PBAY_STR("b"));
    api->fail(x, &(pb_error){.size = sizeof(pb_error), .cls = PB_ERR_AUTH});
    api->wait(x, 5);
    api->http_begin(x, PBAY_STR("GET"), PBAY_STR("https://api.test/"), 0);
    api->http_header(x, PBAY_STR("a"), PBAY_STR("b"));
    api->http_body(x, PBAY_STR("b"));
    api->w_open(x, 1);
    api->w_begin(x);
    g_assert_cmpuint(api->w_end(x).len, ==, 0);
    g_assert_cmpuint(api->secret(x, PBAY_STR("api-key")).len, ==, 0);
    g_assert_cmpuint(api->credential(x, PBAY_STR("a"), PBAY_STR("b")).len, ==, 0);
    api->credential_need(x, PBAY_STR("a"));
    api->credential_put(x, PBAY_STR("a"), PBAY_STR("b"), 0, 0);
    api->credential_drop(x, PBAY_STR("a"));
    g_assert_null(api->alloc(x, 8));
    g_assert_cmpuint(api->http_reply_header(x, PBAY_STR("date")).len, ==, 0);
    return PB_DONE;
}

static void test_services_after_end(void)
{
    Rig *rig = rig_new(true);
    rig_secret(rig, "api-key", "sk-test-123456");
    rig->act[PBAY_OP_CLOSE] = use_everything;
    rig_reply(rig, 200, "x");
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_null(owner.failure);
    g_assert_cmpuint(owner.events + owner.notes, ==, 0);
    owner_clear(&owner);
    rig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/machine/table", test_table);
    g_test_add_func("/machine/every-pair", test_every_pair);
    g_test_add_func("/machine/cancel-waiting", test_cancel_waiting);
    g_test_add_func("/machine/cancel-in-flight", test_cancel_in_flight);
    g_test_add_func("/machine/cancel-before-begin", test_cancel_before_begin);
    g_test_add_func("/machine/cancel-from-event", test_cancel_from_event);
    g_test_add_func("/machine/cancel-from-request", test_cancel_from_request);
    g_test_add_func("/machine/detached", test_detached);
    g_test_add_func("/machine/detached-outlives-provider", test_detached_outlives_provider);
    g_test_add_func("/machine/detached-fails", test_detached_fails);
    g_test_add_func("/machine/cancel-illegal", test_cancel_illegal);
    g_test_add_func("/machine/cancel-after-done", test_cancel_after_done);
    g_test_add_func("/machine/deadline", test_deadline);
    g_test_add_func("/machine/deadline-told", test_deadline_told);
    g_test_add_func("/machine/polls", test_polls);
    g_test_add_func("/machine/fail-without-word", test_fail_without_word);
    g_test_add_func("/machine/first-fail-wins", test_first_fail_wins);
    g_test_add_func("/machine/null-ops", test_null_ops);
    g_test_add_func("/machine/services-after-end", test_services_after_end);
    return g_test_run();
}
