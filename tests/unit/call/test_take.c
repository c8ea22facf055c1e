/* SPDX-License-Identifier: Apache-2.0 */
/* Taking a step: whose key and whose address it was counts for whom it belongs to, and what a step
 * costs beyond the budget is told. */
#include "unit/call/world.h"

/* The caller's own key: what becomes of it says nothing of the provider's, in either direction. */
static void test_own_key(void)
{
    World w = world_new(PROVIDERS "[defaults]\nretries = 0\n");
    g_autoptr(PbaySecret) own = pbay_secret_new(PBAY_STR("canary-key-x"));
    static const int refusals[] = {401, 402, 429, 403};
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        vendor_says(w.rig, refusals[i], "{}");
        PbayCallSpec spec = world_spec(&w, ASK("a/one", ""));
        spec.api_key = own;
        g_autoptr(Seen) refused = world_run_spec(&w, spec);
        g_assert_nonnull(refused->failure);
    }
    g_assert_cmpint(world_peek(&w, "a/one").out, ==, PBAY_OUT_NONE);
    vendor_says(w.rig, 401, "{}");
    g_autoptr(Seen) theirs = world_run(&w, ASK("a/one", ""));
    assert_failed(theirs, PB_ERR_AUTH, "");
    g_assert_cmpint(world_peek(&w, "a/one").out, ==, PBAY_OUT_KEYS);
    vendor_says(w.rig, 200, GOOD);
    PbayCallSpec spec = world_spec(&w, ASK("a/one", ""));
    spec.api_key = own;
    g_autoptr(Seen) served = world_run_spec(&w, spec);
    g_assert_null(served->failure);
    assert_asked(&w, "xxxxax");
    assert_lacks(served->report, "forced");
    g_assert_cmpint(world_peek(&w, "a/one").out, ==, PBAY_OUT_KEYS);
    world_free(&w);
}

/* Another address is another server: its outages and its refusals are not the provider's. */
static void test_other_address(void)
{
    World w = world_new(PROVIDERS "[defaults]\nretries = 0\n");
    g_autoptr(GError) error = NULL;
    PbayProvider *a = g_hash_table_lookup(w.snapshot->providers, "a");
    PbayProvider *elsewhere = pbay_provider_derive(a, "https://u:pw@other.test/v1", &error);
    g_assert_no_error(error);
    for (int i = 0; i < 2 * PBAY_BREAKER_FAILURES; i++) {
        vendor_says(w.rig, i % 2 == 0 ? 500 : 401, "{}");
        PbayCallSpec spec = world_spec(&w, ASK("a/one", ""));
        spec.provider = elsewhere;
        g_autoptr(Seen) failed = world_run_spec(&w, spec);
        g_assert_nonnull(failed->failure);
        assert_holds(failed->report, "\"target\":\"a/one\"");
    }
    PbayPeek peek = world_peek(&w, "a/one");
    g_assert_cmpint(peek.out, ==, PBAY_OUT_NONE);
    g_assert_cmpint(peek.breaker, ==, PBAY_BREAKER_CLOSED);
    g_autoptr(GString) health = g_string_new(NULL);
    pbay_fleet_write(w.fleet, w.snapshot, NULL, pbay_loop_now(w.rig->loop), health);
    assert_holds(health->str, "other.test");
    assert_lacks(health->str, "pw");
    world_free(&w);
}

/* What is taken though it costs more than may be spent is told once it is taken, and only then. */
static void test_over_budget(void)
{
    World w = world_new(PROVIDERS "[model m]\nstrategy = budget\nmax-cost = 0.0001\n"
                                  "prefer = cheap\ntargets = a/one;b/two\nretries = 0\n"
                                  "[price a/one]\ninput = 1\noutput = 1\n"
                                  "[price b/two]\ninput = 900\noutput = 900\n");
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) within = world_run(&w, ASK("m", ""));
    assert_holds(within->report, "\"target\":\"a/one\"");
    assert_lacks(within->report, "choice_notes");
    vendor_says(w.rig, 503, "{}");
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) over = world_run(&w, ASK("m", ""));
    g_assert_null(over->failure);
    assert_asked(&w, "aab");
    assert_holds(over->report, "\"choice_notes\":[\"b/two is over the budget: ");
    world_free(&w);
}

/* ---- Other kinds ---- */

/* The vendor takes two inputs at a time. */
static void split_inputs(World *w, PbayManifest **kept)
{
    *kept = w->rig->driver.manifest;
    w->rig->driver.manifest =
        pbay_manifest_parse("{\"batch\":{\"embedding\":[{\"max\":2,\"parallel\":2}]}}", NULL);
    g_assert_nonnull(w->rig->driver.manifest);
}

static void whole_inputs(World *w, PbayManifest *kept)
{
    pbay_manifest_free(w->rig->driver.manifest);
    w->rig->driver.manifest = kept;
}

static Seen *embed(World *w, const char *model)
{
    g_autofree char *json =
        g_strdup_printf("{\"model\":\"%s\",\"input\":[\"a\",\"b\",\"c\",\"d\",\"e\"]}", model);
    PbayCallSpec spec = world_spec(w, json);
    spec.kind = PB_KIND_EMBEDDING;
    return world_run_spec(w, spec);
}

/* A request that is sent in three counts three. */
static void test_split_counts(void)
{
    World w = world_new(PROVIDERS "[defaults]\nretries = 0\n[limits a]\nrpm = 4\n");
    PbayManifest *kept;
    split_inputs(&w, &kept);
    vendor_says(w.rig, 200, "vector 0\nvector 1\n");
    vendor_says(w.rig, 200, "vector 0\nvector 1\n");
    vendor_says(w.rig, 200, "vector 0\n");
    g_autoptr(Seen) first = embed(&w, "a/e");
    g_assert_null(first->failure);
    g_autoptr(Seen) second = embed(&w, "a/e");
    assert_failed(second, PB_ERR_RATE_LIMIT, "limit of requests a minute");
    assert_asked(&w, "aaa");
    whole_inputs(&w, kept);
    world_free(&w);
}

/* One part fails: all of them are asked of the next target, and no vector of the first is left. */
static void test_split_again(void)
{
    World w = world_new(PROVIDERS "[model m]\ntargets = a/e;b/e\nretries = 0\n");
    PbayManifest *kept;
    split_inputs(&w, &kept);
    vendor_says(w.rig, 200, "vector 0\nvector 1\nusage 4 0\n");
    vendor_says(w.rig, 503, "{}");
    vendor_says(w.rig, 200, "vector 0\nvector 1\nusage 2 0\n");
    vendor_says(w.rig, 200, "vector 0\nvector 1\nusage 2 0\n");
    vendor_says(w.rig, 200, "vector 0\nusage 1 0\n");
    g_autoptr(Seen) seen = embed(&w, "m");
    g_assert_null(seen->failure);
    assert_asked(&w, "aabbb");
    assert_holds(seen->answer, "\"index\":4,");
    assert_holds(seen->answer, "\"usage\":{\"prompt_tokens\":5,\"total_tokens\":5}");
    assert_holds(seen->report, "\"tokens\":{\"input\":9,");
    whole_inputs(&w, kept);
    world_free(&w);
}

/* Bytes of an answer that failed are not the head of the one that did not. */
static void test_bytes(void)
{
    World w = world_new(PROVIDERS "[model m]\ntargets = a/s;b/s\nretries = 0\n");
    vendor_says(w.rig, 200, "bytes first\noverloaded\n");
    vendor_says(w.rig, 200, "bytes second\n");
    PbayCallSpec spec = world_spec(&w, "{\"model\":\"m\",\"input\":\"hi\",\"voice\":\"v\"}");
    spec.kind = PB_KIND_SPEECH;
    g_autoptr(Seen) seen = world_run_spec(&w, spec);
    g_assert_null(seen->failure);
    assert_asked(&w, "ab");
    g_assert_cmpstr(seen->bytes, ==, "second");
    world_free(&w);
}

/* Races, keys and retries: all of them are attempts. */
static void test_all_count(void)
{
    World w = world_new("[provider a]\ndriver = fake\napi-key = canary-key-1;canary-key-2;"
                        "canary-key-3\n[provider b]\ndriver = fake\napi-key = canary-key-b\n"
                        "[model m]\ntargets = a/one;b/two\nattempts = 2\n");
    for (int i = 0; i < 2; i++)
        vendor_says(w.rig, 401, "{}");
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
    assert_failed(seen, PB_ERR_AUTH, "");
    assert_asked(&w, "12");
    world_free(&w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/take/own-key", test_own_key);
    g_test_add_func("/take/other-address", test_other_address);
    g_test_add_func("/take/over-budget", test_over_budget);
    g_test_add_func("/take/split-counts", test_split_counts);
    g_test_add_func("/take/split-again", test_split_again);
    g_test_add_func("/take/bytes", test_bytes);
    g_test_add_func("/take/all-count", test_all_count);
    return g_test_run();
}
