/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the store: whose they are, when they are valid, stale or failing, what settling
 * does, and that the store goes with its provider. */
#include "exchange/credential_store.h"

#include "base/str.h"
#include "unit/exchange/rig.h"

typedef struct Fixture {
    Rig *rig;
    PbayTestClock clock;
    PbayExchange x; /* as much of one as the store looks at */
    PbayCredentialStore *store;
} Fixture;

static void set_up(Fixture *f)
{
    *f = (Fixture){.rig = rig_new(true), .clock = {.now_ms = 1000}};
    f->rig->core.test = &f->clock;
    f->x.provider = f->rig->provider;
    f->store = pbay_credential_store(f->rig->provider);
}

static PbayCredentialEntry *entry(Fixture *f, const char *name)
{
    pbay_credential_store_lock(f->store);
    PbayCredentialEntry *found = pbay_credential_entry(f->store, &f->x, name);
    pbay_credential_store_unlock(f->store);
    return found;
}

static PbayCredentialSet *set_of(int64_t expires)
{
    PbayCredentialSet *set = pbay_credential_set_new();
    pbay_credential_set_put(set, PBAY_STR("value"), PBAY_STR("v-123456"), false, expires);
    return set;
}

static void test_keys(void)
{
    Fixture f;
    set_up(&f);
    PbayCredentialEntry *plain = entry(&f, "t");
    g_assert_true(entry(&f, "t") == plain);
    g_assert_true(entry(&f, "u") != plain);
    f.x.key_index = 1;
    g_assert_true(entry(&f, "t") != plain);
    f.x.key_index = 0;
    f.x.api_key = pbay_secret_new(PBAY_STR("other-key"));
    PbayCredentialEntry *other = entry(&f, "t");
    g_assert_true(other != plain);
    g_assert_true(entry(&f, "t") == other);
    pbay_secret_unref(f.x.api_key);
    g_assert_true(pbay_credential_store(f.rig->provider) == f.store);
    rig_free(f.rig);
}

/* Keys of single requests do not pile up, what is in use stays. */
static void test_overrides_bounded(void)
{
    Fixture f;
    set_up(&f);
    PbayCredentialEntry *plain = entry(&f, "t");
    pbay_credential_entry_settle(plain, set_of(0), NULL, 1000);
    for (int i = 0; i < 3 * (int)PBAY_CREDENTIAL_OVERRIDE; i++) {
        g_autofree char *key = g_strdup_printf("request-key-%d", i);
        g_autoptr(PbaySecret) secret = pbay_secret_new(pbay_str(key));
        f.x.api_key = secret;
        pbay_credential_entry_settle(entry(&f, "t"), set_of(0), NULL, 1000);
    }
    f.x.api_key = NULL;
    bool stale;
    g_assert_true(entry(&f, "t") == plain);
    g_assert_true(pbay_credential_entry_valid(plain, &f.x, &stale));
    rig_free(f.rig);
}

static void test_valid(void)
{
    Fixture f;
    set_up(&f);
    PbayCredentialEntry *e = entry(&f, "t");
    bool stale = true;
    g_assert_false(pbay_credential_entry_valid(e, &f.x, &stale));
    g_assert_false(stale);
    pbay_credential_entry_settle(e, set_of(0), NULL, 1000);
    g_assert_cmpuint(e->generation, ==, 1);
    f.clock.now_ms = INT64_MAX / 2;
    g_assert_true(pbay_credential_entry_valid(e, &f.x, &stale));
    g_assert_false(stale);

    pbay_credential_entry_settle(e, set_of(2000), NULL, 1000);
    static const struct {
        int64_t now;
        bool valid, stale;
    } rows[] = {{1000, true, false},
                {1799, true, false},
                {1800, true, true},
                {1999, true, true},
                {2000, false, true}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        f.clock.now_ms = rows[i].now;
        g_assert_true(pbay_credential_entry_valid(e, &f.x, &stale) == rows[i].valid);
        g_assert_true(stale == rows[i].stale);
    }
    g_assert_cmpuint(e->generation, ==, 2);
    rig_free(f.rig);
}

static void test_failing(void)
{
    Fixture f;
    set_up(&f);
    PbayCredentialEntry *e = entry(&f, "t");
    g_autoptr(PbayFailure) failure = pbay_failure_new(PB_ERR_UPSTREAM, "no");
    pbay_credential_entry_settle(e, NULL, failure, 1000);
    g_assert_true(pbay_credential_entry_failing(e, &f.x) == failure);
    f.clock.now_ms = 1999;
    g_assert_nonnull(pbay_credential_entry_failing(e, &f.x));
    f.clock.now_ms = 2000;
    g_assert_null(pbay_credential_entry_failing(e, &f.x));

    g_autoptr(PbayFailure) patient = pbay_failure_new(PB_ERR_RATE_LIMIT, "later");
    patient->retry_after_ms = INT64_MAX / 2;
    pbay_credential_entry_settle(e, NULL, patient, 2000);
    f.clock.now_ms = 2000 + PBAY_CREDENTIAL_HINT_MAX; /* an hour is the longest */
    g_assert_null(pbay_credential_entry_failing(e, &f.x));

    f.clock.now_ms = 2001;
    pbay_credential_entry_settle(e, set_of(0), NULL, 2001); /* a success forgets it */
    g_assert_null(pbay_credential_entry_failing(e, &f.x));
    rig_free(f.rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/credential-store/keys", test_keys);
    g_test_add_func("/credential-store/overrides", test_overrides_bounded);
    g_test_add_func("/credential-store/valid", test_valid);
    g_test_add_func("/credential-store/failing", test_failing);
    return g_test_run();
}
