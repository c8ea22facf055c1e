/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials as exchanges see them: one mint for all, failures shared and remembered for a
 * while, refresh before expiry, a late 401 that must not kill a fresh token, limits of asking,
 * who may read what. */
#include "unit/exchange/credential_rig.h"

#include "observe/log.h"

static void test_single_flight(void)
{
    Tokens tokens = {0};
    Rig *rig = tokens_rig(&tokens);
    Owner owners[5];
    for (int i = 0; i < 5; i++) {
        owner_init(&owners[i], rig);
        owner_start(&owners[i]);
    }
    rig_run(rig);
    for (int i = 0; i < 5; i++) {
        g_assert_cmpuint(owners[i].done, ==, 1);
        g_assert_null(owners[i].failure);
        g_assert_cmpstr(tokens.seen[i], ==, "secret-t-1");
        owner_clear(&owners[i]);
    }
    g_assert_cmpuint(tokens.mints, ==, 1);
    tokens_chat_well(rig);
    g_assert_cmpuint(tokens.mints, ==, 1);
    rig_free(rig);
}

static void test_failure_shared(void)
{
    Tokens tokens = {.token_status = 500};
    Rig *rig = tokens_rig(&tokens);
    Owner owners[3];
    for (int i = 0; i < 3; i++) {
        owner_init(&owners[i], rig);
        owner_start(&owners[i]);
    }
    rig_run(rig);
    for (int i = 0; i < 3; i++) {
        g_assert_cmpint(owners[i].failure->cls, ==, PB_ERR_OVERLOADED);
        g_assert_nonnull(strstr(owners[i].failure->message, "credential \"t\""));
        g_assert_nonnull(strstr(owners[i].failure->message, "no token now"));
        owner_clear(&owners[i]);
    }
    g_assert_cmpuint(tokens.mints, ==, 1);
    g_assert_cmpuint(tokens.chats, ==, 0);
    tokens_chat_fails(rig, PB_ERR_OVERLOADED, "no token now");
    g_assert_cmpuint(tokens.mints, ==, 1); /* remembered for a second */
    tokens.clock.now_ms += PBAY_CREDENTIAL_PAUSE_MS;
    tokens.token_status = 200;
    tokens_chat_well(rig);
    g_assert_cmpuint(tokens.mints, ==, 2);
    rig_free(rig);
}

static void test_failure_hint(void)
{
    Tokens tokens = {.token_status = 429, .hint_ms = 5000};
    Rig *rig = tokens_rig(&tokens);
    tokens_chat_fails(rig, PB_ERR_OVERLOADED, "no token");
    tokens.clock.now_ms += 4999;
    tokens_chat_fails(rig, PB_ERR_OVERLOADED, "no token");
    g_assert_cmpuint(tokens.mints, ==, 1);
    tokens.clock.now_ms += 1;
    tokens_chat_fails(rig, PB_ERR_OVERLOADED, "no token");
    g_assert_cmpuint(tokens.mints, ==, 2);
    rig_free(rig);
}

static void test_refresh(void)
{
    Tokens tokens = {.life_ms = 100000};
    Rig *rig = tokens_rig(&tokens);
    tokens_chat_well(rig);
    tokens.clock.now_ms += 79999;
    tokens_chat_well(rig);
    g_assert_cmpuint(tokens.mints, ==, 1);
    tokens.clock.now_ms += 1;
    tokens_chat_well(rig); /* begins the refresh and does not wait for it */
    g_assert_cmpstr(tokens.seen[2], ==, "secret-t-1");
    g_assert_cmpuint(tokens.mints, ==, 2);
    tokens_chat_well(rig);
    g_assert_cmpstr(tokens.seen[3], ==, "secret-t-2");
    g_assert_cmpuint(tokens.mints, ==, 2);
    tokens.clock.now_ms += 100000; /* gone: wait for a new one */
    tokens_chat_well(rig);
    g_assert_cmpstr(tokens.seen[4], ==, "secret-t-3");
    rig_free(rig);
}

/* A refresh that fails leaves the old one in use and is not tried again at once. */
static void test_refresh_fails(void)
{
    Tokens tokens = {.life_ms = 100000};
    Rig *rig = tokens_rig(&tokens);
    tokens_chat_well(rig);
    tokens.clock.now_ms += 90000;
    tokens.token_status = 500;
    tokens_chat_well(rig);
    tokens_chat_well(rig);
    g_assert_cmpuint(tokens.mints, ==, 2);
    g_assert_cmpstr(tokens.seen[2], ==, "secret-t-1");
    tokens.clock.now_ms += 10000; /* expired */
    tokens_chat_fails(rig, PB_ERR_OVERLOADED, "no token");
    rig_free(rig);
}

static void test_refused_once(void)
{
    Tokens tokens = {.refuse = 1, .drops = true};
    Rig *rig = tokens_rig(&tokens);
    tokens_chat_well(rig);
    g_assert_cmpuint(tokens.mints, ==, 2);
    g_assert_cmpstr(tokens.seen[0], ==, "secret-t-1");
    g_assert_cmpstr(tokens.seen[1], ==, "secret-t-2");
    rig_free(rig);
}

static pb_next end_insists(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    if (is_mint(x))
        return tokens_end(rig, x, op, args);
    rig->api->credential_drop(x, PBAY_STR("t"));
    rig->api->credential_need(x, PBAY_STR("t"));
    return PB_NEED_CREDENTIAL;
}

static void test_refused_always(void)
{
    Tokens tokens = {0};
    Rig *rig = tokens_rig(&tokens);
    tokens_chat_well(rig);
    tokens.refuse = 100;
    rig->act[PBAY_OP_END] = end_insists;
    tokens_chat_fails(rig, PB_ERR_AUTH, "refused again");
    g_assert_cmpuint(tokens.mints, ==, 2);
    rig_free(rig);
}

static pb_next end_waits(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    if (!is_mint(x) && x->reply.status == 401) {
        g_assert_cmpuint(rig->api->credential(x, PBAY_STR("t"), PBAY_STR("account")).len, ==, 4);
        rig->api->wait(x, x->timeouts.idle); /* the test gives each its own */
        return PB_WAIT;
    }
    return tokens_end(rig, x, op, args);
}

static pb_next timer_drops(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    rig->api->credential_drop(x, PBAY_STR("t"));
    rig_describe(rig, x);
    return PB_SEND;
}

/* Both were refused with the first token. The first to say so has it minted anew; the second,
 * later, must not drop what is fresh. */
static void test_late_refusal(void)
{
    Tokens tokens = {.refuse = 2};
    Rig *rig = tokens_rig(&tokens);
    tokens_chat_fails(rig, PB_ERR_AUTH, ""); /* mints the first */
    tokens.refuse = 2;
    rig->act[PBAY_OP_END] = end_waits;
    rig->act[PBAY_OP_TIMER] = timer_drops;
    Owner early, late;
    owner_init(&early, rig);
    owner_init(&late, rig);
    PbayExchangeSpec spec = owner_spec(&early);
    spec.timeouts.idle = 100;
    owner_start_spec(&early, &spec);
    spec = owner_spec(&late);
    spec.timeouts.idle = 300;
    owner_start_spec(&late, &spec);
    rig_run(rig);
    g_assert_null(early.failure);
    g_assert_null(late.failure);
    g_assert_cmpuint(tokens.mints, ==, 2);
    g_assert_cmpstr(tokens.seen[3], ==, "secret-t-2");
    g_assert_cmpstr(tokens.seen[4], ==, "secret-t-2");
    owner_clear(&early);
    owner_clear(&late);
    rig_free(rig);
}

static void test_asks_for_ever(void)
{
    Tokens tokens = {.begin_needs = true};
    Rig *rig = tokens_rig(&tokens);
    tokens_chat_fails(rig, PB_ERR_INTERNAL, "more than 2 times");
    g_assert_cmpuint(tokens.mints, ==, 1);
    rig_free(rig);
}

static pb_next begin_unnamed(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)rig;
    (void)x;
    (void)op;
    (void)args;
    return PB_NEED_CREDENTIAL;
}

static void test_unnamed(void)
{
    Tokens tokens = {0};
    Rig *rig = tokens_rig(&tokens);
    rig->act[PBAY_OP_BEGIN] = begin_unnamed;
    tokens_chat_fails(rig, PB_ERR_INTERNAL, "named none");
    rig_free(rig);
}

static pb_next begin_reads(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    const pb_core_api *api = rig->api;
    if (is_mint(x))
        return tokens_begin(rig, x, op, args);
    pb_str account = api->credential(x, PBAY_STR("t"), PBAY_STR("account"));
    if (account.len == 0) {
        api->credential_need(x, PBAY_STR("t"));
        return PB_NEED_CREDENTIAL;
    }
    g_assert_true(pbay_str_is(account, "acme"));
    g_assert_cmpuint(api->credential(x, PBAY_STR("t"), PBAY_STR("value")).len, ==, 0);
    g_assert_cmpuint(api->credential(x, PBAY_STR("t"), PBAY_STR("nothing")).len, ==, 0);
    rig_describe(rig, x);
    return PB_SEND;
}

/* Public parts in any op, secret ones in sign alone. */
static void test_public(void)
{
    Tokens tokens = {0};
    Rig *rig = tokens_rig(&tokens);
    rig->act[PBAY_OP_BEGIN] = begin_reads;
    tokens_chat_well(rig);
    g_assert_cmpuint(tokens.mints, ==, 1);
    g_assert_cmpstr(tokens.seen[0], ==, "secret-t-1");
    rig_free(rig);
}

static bool one_mint(void *data)
{
    return ((Tokens *)data)->mints == 1;
}

/* The mint belongs to nobody: the one that asked first may go. */
static void test_asker_leaves(void)
{
    Tokens tokens = {.token_silent = true};
    Rig *rig = tokens_rig(&tokens);
    Owner first, second;
    owner_init(&first, rig);
    owner_init(&second, rig);
    owner_start(&first);
    rig_turn_until(rig, one_mint, &tokens);
    owner_start(&second);
    rig_turns(rig, 3);
    pbay_exchange_cancel(first.x, PB_CANCEL_CLIENT);
    rig_turns(rig, 3);
    g_assert_cmpuint(first.done, ==, 1);
    g_assert_cmpuint(second.done, ==, 0);
    pbay_memory_reply_set_status(tokens.held, 200);
    pbay_memory_reply_text(tokens.held, "late-token");
    pbay_memory_reply_end(tokens.held);
    rig_run(rig);
    g_assert_null(second.failure);
    g_assert_cmpstr(tokens.seen[0], ==, "late-token");
    owner_clear(&first);
    owner_clear(&second);
    rig_free(rig);
}

static void test_dry_run(void)
{
    Tokens tokens = {0};
    Rig *rig = tokens_rig(&tokens);
    Owner owner;
    owner_init(&owner, rig);
    PbayExchangeSpec spec = owner_spec(&owner);
    spec.dry_run = true;
    owner_start_spec(&owner, &spec);
    rig_run(rig);
    g_assert_null(owner.failure);
    g_assert_cmpuint(owner.requests, ==, 1);
    g_assert_cmpuint(tokens.mints, ==, 0);
    owner_clear(&owner);
    tokens_chat_well(rig);
    owner_init(&owner, rig);
    spec.user = &owner;
    owner_start_spec(&owner, &spec);
    rig_run(rig);
    g_assert_nonnull(strstr(owner.seen->str, "authorization: ***"));
    owner_clear(&owner);
    rig_free(rig);
}

/* What a key of one request mints serves that key alone. */
static void test_override(void)
{
    Tokens tokens = {0};
    Rig *rig = tokens_rig(&tokens);
    tokens_chat_well(rig);
    const char *const keys[] = {"key-of-one", "key-of-two", "key-of-one"};
    for (int i = 0; i < 3; i++) {
        g_autoptr(PbaySecret) key = pbay_secret_new(pbay_str(keys[i]));
        Owner owner;
        owner_init(&owner, rig);
        PbayExchangeSpec spec = owner_spec(&owner);
        spec.api_key = key;
        owner_start_spec(&owner, &spec);
        rig_run(rig);
        g_assert_null(owner.failure);
        owner_clear(&owner);
    }
    g_assert_cmpuint(tokens.mints, ==, 3);
    g_assert_cmpstr(tokens.seen[1], ==, "secret-t-2");
    g_assert_cmpstr(tokens.seen[3], ==, "secret-t-2");
    rig_free(rig);
}

/* The worker that mints goes away; who waits on another mints for itself. */
static void test_minter_stops(void)
{
    Tokens tokens = {.token_silent = true};
    Rig *rig = tokens_rig(&tokens);
    Owner first, second;
    owner_init(&first, rig);
    owner_init(&second, rig);
    owner_start(&first);
    rig_turn_until(rig, one_mint, &tokens);

    PbayLoop *loop = pbay_loop_new(NULL);
    PbayTransport *transport = pbay_memory_transport_new(loop);
    pbay_memory_transport_answer(transport, tokens_answer, &tokens);
    PbayWorker *other =
        pbay_worker_new(&(PbayWorkerSpec){.loop = loop, .transport = transport}, NULL);
    PbayExchangeSpec spec = owner_spec(&second);
    second.x = pbay_exchange_start(other, &spec);
    for (int i = 0; i < 3; i++)
        pbay_loop_turn(loop, 0);
    g_assert_cmpuint(tokens.mints, ==, 1);
    tokens.token_silent = false;
    rig_stop_worker(rig);
    g_assert_cmpint(first.failure->cls, ==, PBAY_ERR_CANCELLED);
    for (int i = 0; i < 100 && second.done == 0; i++)
        pbay_loop_turn(loop, 100);
    g_assert_cmpuint(second.done, ==, 1);
    g_assert_null(second.failure);
    g_assert_cmpstr(tokens.seen[0], ==, "secret-t-2");
    pbay_worker_free(other);
    pbay_loop_free(loop);
    owner_clear(&first);
    owner_clear(&second);
    rig_free(rig);
}

/* What is recorded neither fetches a credential nor goes out with one that is there already. */
static void test_recorded(void)
{
    Tokens tokens = {0};
    Rig *rig = tokens_rig(&tokens);
    for (int i = 0; i < 3; i++) {
        Owner owner;
        owner_init(&owner, rig);
        PbayExchangeSpec spec = owner_spec(&owner);
        spec.recorded = i != 1; /* the second one fetches it */
        owner_start_spec(&owner, &spec);
        rig_run(rig);
        g_assert_cmpuint(tokens.chats, ==, i == 0 ? 0 : 1);
        g_assert_cmpuint(tokens.mints, ==, i == 0 ? 0 : 1);
        if (i == 1)
            g_assert_null(owner.failure);
        else
            g_assert_cmpstr(owner.failure->code, ==, PBAY_UNRECORDABLE);
        owner_clear(&owner);
    }
    rig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    pbay_log_set_level(PBAY_LOG_ERROR);
    g_test_add_func("/credentials/single-flight", test_single_flight);
    g_test_add_func("/credentials/failure-shared", test_failure_shared);
    g_test_add_func("/credentials/failure-hint", test_failure_hint);
    g_test_add_func("/credentials/refresh", test_refresh);
    g_test_add_func("/credentials/refresh-fails", test_refresh_fails);
    g_test_add_func("/credentials/refused-once", test_refused_once);
    g_test_add_func("/credentials/refused-always", test_refused_always);
    g_test_add_func("/credentials/late-refusal", test_late_refusal);
    g_test_add_func("/credentials/asks-for-ever", test_asks_for_ever);
    g_test_add_func("/credentials/unnamed", test_unnamed);
    g_test_add_func("/credentials/public", test_public);
    g_test_add_func("/credentials/asker-leaves", test_asker_leaves);
    g_test_add_func("/credentials/dry-run", test_dry_run);
    g_test_add_func("/credentials/override", test_override);
    g_test_add_func("/credentials/recorded", test_recorded);
    g_test_add_func("/credentials/minter-stops", test_minter_stops);
    return g_test_run();
}
