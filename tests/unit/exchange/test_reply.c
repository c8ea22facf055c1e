/* SPDX-License-Identifier: Apache-2.0 */
/* What a reply's head and body tell: headers in any case, joined; request ids; retry hints in
 * every form against a scripted clock; the raw body of a failure, bounded and without secrets. */
#include "unit/exchange/rig.h"

#include "base/str.h"

#include <string.h>

static pb_next look(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    const pb_core_api *api = rig->api;
    g_assert_true(pbay_str_is(api->http_reply_header(x, PBAY_STR("Content-TYPE")), "text/plain"));
    g_assert_true(pbay_str_is(api->http_reply_header(x, PBAY_STR("x-many")), "a, b, c"));
    g_assert_true(pbay_str_is(api->http_reply_header(x, PBAY_STR("x-many")), "a, b, c"));
    g_assert_cmpuint(api->http_reply_header(x, PBAY_STR("x-man")).len, ==, 0);
    g_assert_cmpuint(api->http_reply_header(x, (pb_str){NULL, 0}).len, ==, 0);
    return PB_READ;
}

static void test_headers(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_HEAD] = look;
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 200);
    pbay_memory_reply_header(reply, "X-Many", "a");
    pbay_memory_reply_header(reply, "Content-Type", "text/plain");
    pbay_memory_reply_header(reply, "x-many", "b");
    pbay_memory_reply_header(reply, "X-MANY", "c");
    pbay_memory_reply_end(reply);
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_null(owner.failure);
    owner_clear(&owner);
    rig_free(rig);
}

static void test_request_ids(void)
{
    static const char *const names[] = {"x-request-id", "request-id", "x-amzn-RequestId",
                                        "apim-request-id", "x-groq-id"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        Rig *rig = rig_new(true);
        rig->next[PBAY_OP_END] = PB_FAIL;
        PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 500);
        pbay_memory_reply_header(reply, names[i], "id-1");
        pbay_memory_reply_end(reply);
        Owner owner;
        owner_init(&owner, rig);
        owner_start(&owner);
        rig_run(rig);
        g_assert_cmpstr(owner.request_id, ==, "id-1");
        g_assert_cmpstr(owner.failure->request_id, ==, "id-1");
        owner_clear(&owner);
        rig_free(rig);
    }
}

typedef struct Hint {
    const char *name, *value;
    int64_t after_ms;
    bool retryable;
} Hint;

static void check_hint(const Hint *hint, int status)
{
    Rig *rig = rig_new(true);
    PbayTestClock clock = {.now_ms = INT64_C(784111777000)}; /* Sun, 06 Nov 1994 08:49:37 GMT */
    rig->core.test = &clock;
    rig->next[PBAY_OP_END] = PB_FAIL;
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, status);
    pbay_memory_reply_header(reply, hint->name, hint->value);
    pbay_memory_reply_end(reply);
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_nonnull(owner.failure);
    g_assert_cmpint(owner.failure->retry_after_ms, ==, hint->after_ms);
    g_assert_cmpint(owner.failure->retryable, ==, hint->retryable);
    owner_clear(&owner);
    rig_free(rig);
}

static void test_hints(void)
{
    static const Hint rows[] = {
        {"Retry-After", "7", 7000, true},
        {"Retry-After", "0.5", 500, true},
        {"Retry-After", "3600", 3600000, true},
        {"Retry-After", "Sun, 06 Nov 1994 08:50:37 GMT", 60000, true},
        {"Retry-After", "Sun, 06 Nov 1994 08:00:00 GMT", 1, true}, /* past: at once */
        {"Retry-After", "0", 1, true},
        {"Retry-After", "soon", 0, true},
        {"Retry-After", "-5", 0, true},
        {"Retry-After", "99999999999999999999999999", 0, true},
        {"Retry-After", "1e400", 0, true},
        {"Retry-After", "", 0, true},
        {"retry-after-ms", "250", 250, true},
        {"retry-after-ms", "0", 1, true},
        {"retry-after-ms", "250ms", 0, true},
        {"x-should-retry", "False", 0, false},
        {"x-should-retry", "false", 0, false},
        {"x-should-retry", "true", 0, true},
        {"x-should-retry", "perhaps", 0, true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        check_hint(&rows[i], 429);
    const Hint yes = {"x-should-retry", "true", 0, true};
    check_hint(&yes, 400); /* against the class */
}

static pb_next fail_with_word(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    pb_error error = {
        .size = sizeof error, .cls = PB_ERR_RATE_LIMIT, .retry = -1, .retry_after_ms = 11};
    rig->api->fail(x, &error);
    return PB_FAIL;
}

static void test_driver_knows_better(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_END] = fail_with_word;
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 429);
    pbay_memory_reply_header(reply, "x-should-retry", "true");
    pbay_memory_reply_header(reply, "retry-after", "9");
    pbay_memory_reply_end(reply);
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_false(owner.failure->retryable);
    g_assert_cmpint(owner.failure->retry_after_ms, ==, 11);
    owner_clear(&owner);
    rig_free(rig);
}

/* What the caller did away with is not to be tried again, whatever the vendor's headers say. */
static void test_cancelled_stays(void)
{
    Rig *rig = rig_new(true);
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 429);
    pbay_memory_reply_header(reply, "x-should-retry", "true");
    pbay_memory_reply_header(reply, "retry-after", "9");
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_turns(rig, 5);
    g_assert_cmpint(pbay_exchange_status(owner.x), ==, 429);
    pbay_exchange_cancel(owner.x, PB_CANCEL_CLIENT);
    rig_run(rig);
    g_assert_cmpint(owner.failure->cls, ==, PBAY_ERR_CANCELLED);
    g_assert_false(owner.failure->retryable);
    g_assert_cmpint(owner.failure->retry_after_ms, ==, 0);
    owner_clear(&owner);
    rig_free(rig);
}

static size_t by_seven(void *user, size_t left)
{
    (void)user;
    return MIN(left, 7);
}

/* A vendor that echoes the key: at the start, and across the edge of what is kept. */
static void test_raw(void)
{
    static const char key[] = "sk-canary-0123456789";
    for (int i = 0; i < 2; i++) {
        Rig *rig = rig_new(true);
        rig->next[PBAY_OP_END] = PB_FAIL;
        rig->http_flags = i == 0 ? 0 : PB_HTTP_STREAM;
        rig_secret(rig, "api-key", key);
        pbay_memory_transport_split(rig->transport, by_seven, NULL);
        g_autofree char *fill = g_strnfill(PBAY_FAILURE_RAW_MAX - 40, '.');
        g_autofree char *more = g_strnfill(20000, '-');
        g_autofree char *body = g_strconcat("bad key ", key, fill, key, more, NULL);
        PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 401);
        pbay_memory_reply_text(reply, body);
        pbay_memory_reply_end(reply);
        Owner owner;
        owner_init(&owner, rig);
        owner_start(&owner);
        rig_run(rig);
        g_assert_nonnull(owner.failure->raw);
        g_assert_cmpuint(owner.failure->raw_len, <=, PBAY_FAILURE_RAW_MAX);
        g_assert_true(g_str_has_prefix(owner.failure->raw, "bad key ***..."));
        g_assert_null(strstr(owner.failure->raw, "canary"));
        g_assert_null(strstr(owner.failure->message, "canary"));
        owner_clear(&owner);
        rig_free(rig);
    }
}

static void test_no_raw_of_success(void)
{
    Rig *rig = rig_new(true);
    rig->next[PBAY_OP_END] = PB_FAIL;
    rig_reply(rig, 200, "a private answer");
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_nonnull(owner.failure);
    g_assert_null(owner.failure->raw);
    owner_clear(&owner);
    rig_free(rig);
}

static void test_names_request(void)
{
    g_assert_true(pbay_header_is_request_id(PBAY_STR("x-request-id")));
    g_assert_true(pbay_header_is_request_id(PBAY_STR("cf-ray")));
    g_assert_false(pbay_header_is_request_id(PBAY_STR("content-type")));
    g_assert_false(pbay_header_is_request_id(PBAY_STR("")));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reply/headers", test_headers);
    g_test_add_func("/reply/request-ids", test_request_ids);
    g_test_add_func("/reply/hints", test_hints);
    g_test_add_func("/reply/driver-knows-better", test_driver_knows_better);
    g_test_add_func("/reply/cancelled-stays", test_cancelled_stays);
    g_test_add_func("/reply/raw", test_raw);
    g_test_add_func("/reply/no-raw-of-success", test_no_raw_of_success);
    g_test_add_func("/reply/names-request", test_names_request);
    return g_test_run();
}
