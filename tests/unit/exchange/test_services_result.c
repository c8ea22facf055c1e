/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets only where they may go; a mint that may send nowhere else; the bound of alloc; waits;
 * failures in every size of pb_error. */
#include "unit/exchange/rig.h"

#include "base/str.h"
#include "observe/log.h"
#include "snapshot/provider.h"

#include <string.h>

/* ---- secrets -------------------------------------------------------------------------------- */

static GString *lines;

static void keep_line(void *data, int level, const char *line)
{
    (void)data;
    (void)level;
    g_string_append_printf(lines, "%s\n", line);
}

static pb_next read_secret(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)args;
    GString *seen = rig->data;
    pb_str key = rig->api->secret(x, PBAY_STR("api-key"));
    pb_str other = rig->api->secret(x, PBAY_STR("other"));
    g_string_append_printf(seen, "%s:%.*s:%zu ", pbay_op_name(op), (int)key.len,
                           key.len != 0 ? key.ptr : "", other.len);
    if (op == PBAY_OP_BEGIN)
        rig_describe(rig, x);
    return rig->next[op];
}

static char *secrets_seen(const char *url, PbaySecret *api_key)
{
    Rig *rig = rig_new(true);
    GString *seen = g_string_new(NULL);
    rig->data = seen;
    rig->url = url;
    rig_secret(rig, "api-key", "sk-canary-1");
    for (PbayOp op = PBAY_OP_BEGIN; op < PBAY_OPS; op++)
        rig->act[op] = read_secret;
    rig->act[PBAY_OP_CANCEL] = NULL;
    rig_reply(rig, 200, "x");
    Owner owner;
    owner_init(&owner, rig);
    PbayExchangeSpec spec = owner_spec(&owner);
    spec.api_key = api_key;
    owner_start_spec(&owner, &spec);
    rig_run(rig);
    g_assert_null(owner.failure);
    owner_clear(&owner);
    rig_free(rig);
    return g_string_free(seen, FALSE);
}

static void test_only_in_sign(void)
{
    g_autofree char *seen = secrets_seen("https://api.test/x", NULL);
    g_assert_cmpstr(seen, ==,
                    "begin::0 sign:sk-canary-1:0 on_head::0 on_body::0 on_end::0 end::0 ");
}

static pb_next read_pair(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)args;
    pb_str key = rig->api->secret(x, PBAY_STR("api-key"));
    pb_str account = rig->api->secret(x, PBAY_STR("account"));
    g_string_append_printf(rig->data, "%.*s %.*s", (int)key.len, key.ptr, (int)account.len,
                           account.len != 0 ? account.ptr : "");
    return rig->next[op];
}

static void add_key(Rig *rig, const char *name, const char *value)
{
    g_ptr_array_add(pbay_provider_add_secret(rig->provider, name)->values,
                    pbay_secret_new(pbay_str(value)));
}

/* Several keys share what is given once; a pair stays a pair as long as there are as many. */
static void test_keys_share(void)
{
    static const char *const expected[] = {"sk-canary-1 acc-canary-1", "sk-canary-2 acc-canary-2",
                                           "sk-canary-3 acc-canary-2"};
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
        Rig *rig = rig_new(true);
        g_autoptr(GString) seen = g_string_new(NULL);
        rig->data = seen;
        add_key(rig, "api-key", "sk-canary-1");
        add_key(rig, "api-key", "sk-canary-2");
        add_key(rig, "api-key", "sk-canary-3");
        add_key(rig, "account", "acc-canary-1");
        add_key(rig, "account", "acc-canary-2");
        rig->act[PBAY_OP_SIGN] = read_pair;
        rig_reply(rig, 200, "x");
        Owner owner;
        owner_init(&owner, rig);
        PbayExchangeSpec spec = owner_spec(&owner);
        spec.key_index = i;
        owner_start_spec(&owner, &spec);
        rig_run(rig);
        g_assert_cmpstr(seen->str, ==, expected[i]);
        owner_clear(&owner);
        rig_free(rig);
    }
}

static void test_override(void)
{
    PbaySecret *key = pbay_secret_new(PBAY_STR("sk-of-the-call"));
    g_autofree char *seen = secrets_seen("https://api.test/x", key);
    g_assert_nonnull(strstr(seen, "sign:sk-of-the-call:0"));
    pbay_secret_unref(key);
}

static void test_elsewhere(void)
{
    static const char *const urls[] = {
        "https://evil.test/",          "http://api.test/x",
        "https://api.test:8443/x",     "https://api.test.evil.test/",
        "https://api.test@evil.test/", "https://evil.test/?https://api.test/"};
    for (size_t i = 0; i < G_N_ELEMENTS(urls); i++) {
        lines = g_string_new(NULL);
        pbay_log_set_sink(keep_line, NULL);
        g_autofree char *seen = secrets_seen(urls[i], NULL);
        pbay_log_set_sink(NULL, NULL);
        g_assert_null(strstr(seen, "canary"));
        g_assert_nonnull(strstr(lines->str, "kept back"));
        g_assert_null(strstr(strstr(lines->str, "kept back") + 1, "kept back")); /* once */
        g_assert_null(strstr(lines->str, "canary"));
        g_string_free(lines, TRUE);
    }
}

static pb_next read_in_mint(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)args;
    pb_str key = rig->api->secret(x, PBAY_STR("api-key"));
    g_assert_true(pbay_str_is(key, "sk-canary-1"));
    if (op == PBAY_OP_BEGIN)
        rig_describe(rig, x);
    return rig->next[op];
}

static void mint_to(const char *url, int32_t cls)
{
    Rig *rig = rig_new(true);
    rig->url = url;
    rig_secret(rig, "api-key", "sk-canary-1");
    rig->act[PBAY_OP_BEGIN] = read_in_mint;
    rig->act[PBAY_OP_END] = read_in_mint;
    rig_reply(rig, 200, "{}");
    Owner owner;
    owner_init(&owner, rig);
    PbayExchangeSpec spec = owner_spec(&owner);
    spec.kind = PB_KIND_CREDENTIAL;
    owner_start_spec(&owner, &spec);
    rig_run(rig);
    g_assert_cmpint(owner.failure != NULL ? owner.failure->cls : 0, ==, cls);
    g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, cls == 0 ? 1 : 0);
    if (cls != 0)
        g_assert_nonnull(strstr(owner.failure->message, "origins"));
    owner_clear(&owner);
    rig_free(rig);
}

static void test_mint(void)
{
    mint_to("https://api.test/token", 0);
    mint_to("https://evil.test/token", PB_ERR_CONFIG);
    mint_to("http://api.test/token", PB_ERR_CONFIG);
}

/* ---- memory --------------------------------------------------------------------------------- */

static pb_next allocate(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    const pb_core_api *api = rig->api;
    char *first = api->alloc(x, 100);
    g_assert_nonnull(first);
    for (int i = 0; i < 100; i++)
        g_assert_cmpint(first[i], ==, 0);
    g_assert_cmpuint((uintptr_t)api->alloc(x, 3) % _Alignof(max_align_t), ==, 0);
    g_assert_null(api->alloc(x, SIZE_MAX));
    g_assert_null(api->alloc(x, PBAY_EXCHANGE_ALLOC_MAX));
    size_t got = 103;
    while (api->alloc(x, 1 << 20) != NULL)
        got += 1 << 20;
    g_assert_cmpuint(got, <=, PBAY_EXCHANGE_ALLOC_MAX);
    g_assert_cmpuint(got, >, PBAY_EXCHANGE_ALLOC_MAX - (2 << 20));
    g_assert_nonnull(api->alloc(x, 1)); /* what fits still does */
    memset(first, 1, 100);
    rig->data = first;
    return PB_WAIT;
}

static pb_next still_there(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)x;
    (void)op;
    (void)args;
    g_assert_cmpint(((char *)rig->data)[99], ==, 1);
    return PB_DONE;
}

static void test_alloc(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_BEGIN] = allocate;
    rig->act[PBAY_OP_TIMER] = still_there;
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_null(owner.failure);
    owner_clear(&owner);
    rig_free(rig);
}

/* ---- failures ------------------------------------------------------------------------------- */

static pb_next fail_short(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    pb_error error = {.size = offsetof(pb_error, http_status),
                      .cls = PB_ERR_QUOTA,
                      .http_status = 999,
                      .retry = 1,
                      .message = {(const char *)1, 7}}; /* beyond its size: not to be read */
    rig->api->fail(x, NULL);
    rig->api->fail(x, &error);
    return PB_FAIL;
}

static void test_short_error(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_BEGIN] = fail_short;
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_cmpint(owner.failure->cls, ==, PB_ERR_QUOTA);
    g_assert_cmpint(owner.failure->http_status, ==, 0);
    g_assert_false(owner.failure->retryable);
    owner_clear(&owner);
    rig_free(rig);
}

static pb_next fail_then_done(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    rig->api->fail(x, &(pb_error){.size = sizeof(pb_error), .cls = PB_ERR_QUOTA});
    return PB_DONE;
}

/* The word that counts is what the op returns. */
static void test_fail_without_returning_it(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_BEGIN] = fail_then_done;
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
    g_test_add_func("/services-result/only-in-sign", test_only_in_sign);
    g_test_add_func("/services-result/keys-share", test_keys_share);
    g_test_add_func("/services-result/override", test_override);
    g_test_add_func("/services-result/elsewhere", test_elsewhere);
    g_test_add_func("/services-result/mint", test_mint);
    g_test_add_func("/services-result/alloc", test_alloc);
    g_test_add_func("/services-result/short-error", test_short_error);
    g_test_add_func("/services-result/fail-without-returning-it", test_fail_without_returning_it);
    return g_test_run();
}
