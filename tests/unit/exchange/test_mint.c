/* SPDX-License-Identifier: Apache-2.0 */
/* The mint itself: credentials that are based on others, circles and depth, its own deadline,
 * what it may put, files read anew, many workers that ask at once. */
#include "unit/exchange/credential_rig.h"

#include "observe/log.h"

#include <glib/gstdio.h>
#include <pthread.h>
#include <unistd.h>

static void test_based(void)
{
    Tokens tokens = {.base = {{"t", "b"}, {"b", "c"}}};
    Rig *rig = tokens_rig(&tokens);
    tokens_chat_well(rig);
    g_assert_cmpuint(tokens.mints, ==, 3);
    g_assert_cmpstr(tokens.seen[0], ==, "secret-t-3");
    rig_free(rig);
}

static void test_cycle(void)
{
    Tokens tokens = {.base = {{"t", "b"}, {"b", "c"}, {"c", "b"}}};
    Rig *rig = tokens_rig(&tokens);
    tokens_chat_fails(rig, PB_ERR_CONFIG, "c -> b -> c");
    g_assert_cmpuint(tokens.mints, ==, 0);
    rig_free(rig);
    Tokens self = {.base = {{"t", "t"}}};
    rig = tokens_rig(&self);
    tokens_chat_fails(rig, PB_ERR_CONFIG, "t -> t");
    rig_free(rig);
}

static void test_depth(void)
{
    Tokens four = {.base = {{"t", "b"}, {"b", "c"}, {"c", "d"}}};
    Rig *rig = tokens_rig(&four);
    tokens_chat_well(rig);
    g_assert_cmpuint(four.mints, ==, 4);
    rig_free(rig);
    Tokens five = {.base = {{"t", "b"}, {"b", "c"}, {"c", "d"}, {"d", "e"}}};
    rig = tokens_rig(&five);
    tokens_chat_fails(rig, PB_ERR_CONFIG, "more than 4 mints away");
    rig_free(rig);
}

static bool one_mint(void *data)
{
    return ((Tokens *)data)->mints == 1;
}

static void test_deadline(void)
{
    Tokens tokens = {.token_silent = true};
    Rig *rig = tokens_rig(&tokens);
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_turn_until(rig, one_mint, &tokens);
    PbayExchange *mint = rig->worker->first;
    while (mint != NULL && mint->request.kind != PB_KIND_CREDENTIAL)
        mint = mint->next;
    g_assert_nonnull(mint);
    g_assert_true(pbay_timer_running(&mint->deadline));
    g_assert_cmpint(mint->timeouts.total, ==, PBAY_CREDENTIAL_MINT_MS);
    g_assert_cmpint(mint->request.deadline_ms, ==, tokens.clock.now_ms + PBAY_CREDENTIAL_MINT_MS);
    pbay_machine_cancel(mint, PB_CANCEL_DEADLINE); /* what the timer would do */
    rig_run(rig);
    g_assert_cmpint(owner.failure->cls, ==, PB_ERR_TIMEOUT);
    owner_clear(&owner);
    rig_free(rig);
}

static void test_puts_nothing(void)
{
    Tokens tokens = {.put_nothing = true};
    Rig *rig = tokens_rig(&tokens);
    tokens_chat_fails(rig, PB_ERR_INTERNAL, "gave no part");
    rig_free(rig);
}

static pb_next body_huge(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    if (is_mint(x)) {
        g_autofree char *huge = g_strnfill(((gsize)1 << 20) + 1, 'x');
        rig->api->credential_put(x, PBAY_STR("huge"), pbay_str(huge), 0, 0);
    }
    return tokens_body(rig, x, op, args);
}

static void test_puts_too_much(void)
{
    Tokens tokens = {0};
    Rig *rig = tokens_rig(&tokens);
    rig->act[PBAY_OP_BODY] = body_huge;
    tokens_chat_fails(rig, PB_ERR_INTERNAL, "too large");
    rig_free(rig);
}

/* put outside of a mint does nothing. */
static pb_next sign_puts(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    if (!is_mint(x))
        rig->api->credential_put(x, PBAY_STR("value"), PBAY_STR("forged"), 0, 0);
    return tokens_sign(rig, x, op, args);
}

static void test_put_elsewhere(void)
{
    Tokens tokens = {0};
    Rig *rig = tokens_rig(&tokens);
    rig->act[PBAY_OP_SIGN] = sign_puts;
    tokens_chat_well(rig);
    tokens_chat_well(rig);
    g_assert_cmpstr(tokens.seen[1], ==, "secret-t-1");
    rig_free(rig);
}

static char last_secret[64];

static pb_next begin_reads_file(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    if (is_mint(x)) {
        pb_str secret = rig->api->secret(x, PBAY_STR("file"));
        pb_str again = rig->api->secret(x, PBAY_STR("file"));
        g_assert_true(secret.ptr == again.ptr); /* read once a mint */
        g_snprintf(last_secret, sizeof last_secret, "%.*s", (int)secret.len, secret.ptr);
    }
    return tokens_begin(rig, x, op, args);
}

static void write_file(const char *path, const char *text)
{
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void mint_anew(Rig *rig, Tokens *tokens, const char *expected)
{
    tokens->clock.now_ms += 200000; /* what was minted has expired */
    tokens_chat_well(rig);
    g_assert_cmpstr(last_secret, ==, expected);
}

static void test_reread(void)
{
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "pbay-mint-XXXXXX", NULL);
    close(g_mkstemp(path));
    Tokens tokens = {.life_ms = 100000};
    Rig *rig = tokens_rig(&tokens);
    pbay_manifest_free(rig->driver.manifest);
    rig->driver.manifest = pbay_manifest_parse(
        "{\"secrets\":{\"file\":{\"file\":[\"/x\"],\"content\":true,\"reread\":true}}}", NULL);
    g_assert_nonnull(rig->driver.manifest);
    rig_secret(rig, "file", "at-start");
    PbayProviderSecret *secret = g_ptr_array_index(rig->provider->secrets, 0);
    secret->file = g_strdup(path);
    rig->act[PBAY_OP_BEGIN] = begin_reads_file;
    write_file(path, "first-value\n");
    mint_anew(rig, &tokens, "first-value");
    write_file(path, "second-value\r\n");
    mint_anew(rig, &tokens, "second-value");
    g_remove(path);
    pbay_log_set_level(PBAY_LOG_NONE);
    mint_anew(rig, &tokens, "at-start"); /* gone: what was read at the start */
    pbay_log_set_level(PBAY_LOG_ERROR);
    rig_free(rig);
}

/* ---- many workers ------------------------------------------------------------------------- */

#define WORKERS 4
#define CHATS   25

static atomic_int mints, signed_well;

static pb_next many_begin(void *prov, pb_xchg *x, const pb_request *request, void **state)
{
    (void)prov;
    (void)state;
    const pb_core_api *api = pbay_services();
    bool mint = request->kind == PB_KIND_CREDENTIAL;
    api->http_begin(x, PBAY_STR("GET"),
                    mint ? PBAY_STR("https://api.test/token") : PBAY_STR("https://api.test/chat"),
                    0);
    return PB_SEND;
}

static pb_next many_sign(void *prov, pb_xchg *x, void *state)
{
    (void)prov;
    (void)state;
    const pb_core_api *api = pbay_services();
    if (x->request.kind == PB_KIND_CREDENTIAL)
        return PB_SEND;
    if (api->credential(x, PBAY_STR("t"), PBAY_STR("value")).len == 0) {
        api->credential_need(x, PBAY_STR("t"));
        return PB_NEED_CREDENTIAL;
    }
    atomic_fetch_add(&signed_well, 1);
    return PB_SEND;
}

static pb_next many_end(void *prov, pb_xchg *x, void *state)
{
    (void)prov;
    (void)state;
    const pb_core_api *api = pbay_services();
    if (x->request.kind != PB_KIND_CREDENTIAL)
        return PB_DONE;
    atomic_fetch_add(&mints, 1);
    api->credential_put(x, PBAY_STR("value"), PBAY_STR("shared-token"), 0, 0);
    return PB_DONE;
}

static void many_close(void *prov, pb_xchg *x, void *state)
{
    (void)prov;
    (void)x;
    (void)state;
}

static void answer_all(void *user, size_t n, const PbayHttpRequest *request, PbayMemoryReply *reply)
{
    (void)user;
    (void)n;
    (void)request;
    pbay_memory_reply_set_status(reply, 200);
    pbay_memory_reply_end(reply);
}

static void chat_done(void *user, const PbayFailure *failure)
{
    g_assert_null(failure);
    *(unsigned *)user += 1;
}

static const PbayExchangeEvents chat_events = {.done = chat_done};

static void *run_worker(void *data)
{
    PbayProvider *provider = data;
    PbayLoop *loop = pbay_loop_new(NULL);
    PbayTransport *transport = pbay_memory_transport_new(loop);
    pbay_memory_transport_answer(transport, answer_all, NULL);
    PbayWorker *worker =
        pbay_worker_new(&(PbayWorkerSpec){.loop = loop, .transport = transport}, NULL);
    unsigned done = 0;
    for (int i = 0; i < CHATS; i++)
        pbay_exchange_start(worker, &(PbayExchangeSpec){.provider = provider,
                                                        .kind = PB_KIND_CHAT,
                                                        .model = PBAY_STR("m"),
                                                        .events = &chat_events,
                                                        .user = &done});
    while (pbay_worker_alive(worker) != 0)
        pbay_loop_turn(loop, 1000);
    g_assert_cmpuint(done, ==, CHATS);
    pbay_worker_free(worker);
    pbay_loop_free(loop);
    return NULL;
}

static void test_workers(void)
{
    Rig *rig = rig_new(true);
    rig->ops.begin = many_begin;
    rig->ops.sign = many_sign;
    rig->ops.on_end = many_end;
    rig->ops.on_head = NULL;
    rig->ops.end = many_close;
    rig->ops.on_cancel = NULL;
    pthread_t threads[WORKERS];
    for (int round = 0; round < 3; round++) {
        atomic_store(&mints, 0);
        atomic_store(&signed_well, 0);
        if (rig->provider->credentials != NULL)
            g_clear_pointer(&rig->provider->credentials, rig->provider->credentials_free);
        for (int i = 0; i < WORKERS; i++)
            pthread_create(&threads[i], NULL, run_worker, rig->provider);
        for (int i = 0; i < WORKERS; i++)
            pthread_join(threads[i], NULL);
        g_assert_cmpint(atomic_load(&mints), ==, 1);
        g_assert_cmpint(atomic_load(&signed_well), ==, WORKERS * CHATS);
    }
    rig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    pbay_log_set_level(PBAY_LOG_ERROR);
    g_test_add_func("/mint/based", test_based);
    g_test_add_func("/mint/cycle", test_cycle);
    g_test_add_func("/mint/depth", test_depth);
    g_test_add_func("/mint/deadline", test_deadline);
    g_test_add_func("/mint/puts-nothing", test_puts_nothing);
    g_test_add_func("/mint/puts-too-much", test_puts_too_much);
    g_test_add_func("/mint/put-elsewhere", test_put_elsewhere);
    g_test_add_func("/mint/reread", test_reread);
    g_test_add_func("/mint/workers", test_workers);
    return g_test_run();
}
