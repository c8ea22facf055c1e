/* SPDX-License-Identifier: Apache-2.0 */
/* From a model's name to a provider that can serve the call, with a snapshot built from conf.d
 * text. */
#include "unit/call/world.h"

static PbayCallSpec spec_of(World *c, const char *json)
{
    return (PbayCallSpec){.kind = PB_KIND_CHAT, .request = pbay_str(json), .snapshot = c->snapshot};
}

#define KEYED                                                                                      \
    "[provider fake]\napi-key = canary-key-conf\nmatch = bare-*\n[model alias]\n"                  \
    "targets = fake/real\n"

static void test_resolved(void)
{
    World c = world_new(KEYED);
    static const struct {
        const char *json, *target;
    } rows[] = {
        {CHAT(""), "\"target\":\"fake/m\""},
        {"{\"model\":\"alias\",\"messages\":[{\"role\":\"user\"}]}", "\"target\":\"fake/real\""},
        {"{\"model\":\"bare-7\",\"messages\":[{\"role\":\"user\"}]}",
         "\"target\":\"fake/bare-7\""}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        vendor_says(c.rig, 200, "text a\nfinish stop\n");
        g_autoptr(Seen) seen = run_spec(c.rig, spec_of(&c, rows[i].json));
        if (seen->failure != NULL)
            g_error("%s", seen->failure->message);
        assert_holds(seen->report, rows[i].target);
        assert_lacks(seen->report, "canary-key-conf");
    }
    PbayCallSpec spec = spec_of(&c, CHAT(""));
    spec.model = "alias";
    vendor_says(c.rig, 200, "text a\nfinish stop\n");
    g_autoptr(Seen) over = run_spec(c.rig, spec);
    assert_holds(over->report, "\"asked\":\"alias\",\"target\":\"fake/real\"");
    g_autoptr(Seen) unknown =
        run_spec(c.rig, spec_of(&c, "{\"model\":\"fakee/m\",\"messages\":[{\"role\":\"u\"}]}"));
    assert_failed(unknown, PB_ERR_NOT_FOUND, "fake");
    world_free(&c);
}

static void test_given_provider(void)
{
    World c = world_new(KEYED);
    vendor_says(c.rig, 200, "text a\nfinish stop\n");
    PbayCallSpec spec = spec_of(&c, "{\"model\":\"alias\",\"messages\":[{\"role\":\"user\"}]}");
    spec.provider = c.rig->provider; /* of the same name: keeps what the alias means */
    g_autoptr(Seen) seen = run_spec(c.rig, spec);
    assert_holds(seen->report, "\"target\":\"fake/real\"");
    world_free(&c);
}

static void test_without_key(void)
{
    World c = world_new("[provider other]\ndriver = fake\n");
    g_autoptr(Seen) seen = run_spec(c.rig, spec_of(&c, CHAT("")));
    assert_failed(seen, PB_ERR_CONFIG, "FAKE_KEY_THAT_NOBODY_SETS");
    g_assert_cmpuint(pbay_memory_transport_requests(c.rig->transport), ==, 0);
    vendor_says(c.rig, 200, "text a\nfinish stop\n");
    PbayCallSpec spec = spec_of(&c, CHAT(""));
    g_autoptr(PbaySecret) key = pbay_secret_new(PBAY_STR("canary-brought"));
    spec.api_key = key;
    g_autoptr(Seen) brought = run_spec(c.rig, spec);
    g_assert_null(brought->failure);
    spec = spec_of(&c, CHAT(""));
    spec.dry_run = true;
    g_autoptr(Seen) explained = run_spec(c.rig, spec);
    g_assert_null(explained->failure);
    assert_holds(explained->answer, "\"missing\":\"");
    world_free(&c);
}

/* Nothing can be asked first: its reasons are told, not that nobody answered. */
static void test_only_later_causes(void)
{
    World c = world_new("[provider keyed]\ndriver = fake\napi-key = canary-key-conf\n"
                        "[model m]\ntargets = fake/m\ncontext-window-fallbacks = keyed/long\n");
    g_autoptr(Seen) seen =
        run_spec(c.rig, spec_of(&c, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\"}]}"));
    assert_failed(seen, PB_ERR_CONFIG, "FAKE_KEY_THAT_NOBODY_SETS");
    world_free(&c);
}

/* A preference alone makes it a choice by cost, and for that the request is measured. */
static void test_preference(void)
{
    World c = world_new("[provider fake]\napi-key = canary-key-conf\n"
                        "[model m]\ntargets = fake/dear;fake/cheap\n"
                        "[price fake/dear]\ninput = 9\noutput = 9\n"
                        "[price fake/cheap]\ninput = 1\noutput = 1\n");
    vendor_says(c.rig, 200, "text a\nfinish stop\n");
    g_autoptr(Seen) seen =
        run_spec(c.rig, spec_of(&c, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
                                    "\"hi\"}],\"patchbay\":{\"prefer\":\"cheap\"}}"));
    g_assert_null(seen->failure);
    assert_holds(seen->report, "\"target\":\"fake/cheap\"");
    assert_holds(seen->report, "cheapest: 0.000");
    world_free(&c);
}

/* Metadata counts for the model that says so, also where another name led to it: by a rule, or as
 * a fallback of the request. */
static void test_metadata(void)
{
    World c = world_new("[provider fake]\napi-key = canary-key-conf\n[defaults]\nretries = 0\n"
                        "[model outer]\nstrategy = rules\nrule.1 = team -> fake/wrong\n"
                        "default = inner\n[model inner]\nstrategy = rules\nlabels-from = metadata\n"
                        "rule.1 = team == red -> fake/red\ndefault = fake/plain\n");
    vendor_says(c.rig, 200, "text a\nfinish stop\n");
    g_autoptr(Seen) routed =
        run_spec(c.rig, spec_of(&c, "{\"model\":\"outer\",\"messages\":[{\"role\":\"user\"}],"
                                    "\"metadata\":{\"team\":\"red\"}}"));
    assert_holds(routed->report, "\"target\":\"fake/red\"");
    vendor_says(c.rig, 404, "{}");
    vendor_says(c.rig, 200, "text a\nfinish stop\n");
    g_autoptr(Seen) fallback =
        run_spec(c.rig, spec_of(&c, "{\"model\":\"fake/m\",\"messages\":[{\"role\":\"user\"}],"
                                    "\"metadata\":{\"team\":\"red\"},"
                                    "\"patchbay\":{\"fallbacks\":[\"inner\"]}}"));
    g_assert_null(fallback->failure);
    assert_holds(fallback->report, "\"target\":\"fake/red\"");
    world_free(&c);
}

static void test_models(void)
{
    World c = world_new(KEYED);
    static const char *const names[] = {"{\"model\":\"fake\"}", "{\"model\":\"fake/\"}",
                                        "{\"model\":\"fake/any\"}"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        vendor_says(c.rig, 200, "model a\n");
        PbayCallSpec spec = spec_of(&c, names[i]);
        spec.kind = PB_KIND_MODELS;
        g_autoptr(Seen) seen = run_spec(c.rig, spec);
        assert_holds(seen->answer, "\"id\":\"fake/a\"");
    }
    PbayCallSpec spec = spec_of(&c, "{}");
    spec.kind = PB_KIND_MODELS;
    g_autoptr(Seen) none = run_spec(c.rig, spec);
    assert_failed(none, PB_ERR_INVALID, "names no provider");
    world_free(&c);
}

static void test_call_target(void)
{
    World c = world_new(KEYED);
    PbayTarget target = {0};
    g_autoptr(GError) error = NULL;
    g_assert_true(
        pbay_call_target(c.snapshot, PBAY_STR("{\"model\":\"alias\"}"), NULL, &target, &error));
    g_assert_cmpstr(target.model, ==, "real");
    pbay_target_clear(&target);
    g_assert_true(pbay_call_target(c.snapshot, PBAY_STR("{}"), "fake", &target, &error));
    g_assert_cmpstr(target.model, ==, "");
    pbay_target_clear(&target);
    g_assert_false(pbay_call_target(c.snapshot, PBAY_STR("{}"), NULL, &target, &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_INVALID);
    g_clear_error(&error);
    g_assert_false(
        pbay_call_target(c.snapshot, PBAY_STR("{\"model\":\"no/m\"}"), NULL, &target, &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_NOT_FOUND);
    world_free(&c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/target/resolved", test_resolved);
    g_test_add_func("/target/given", test_given_provider);
    g_test_add_func("/target/without-key", test_without_key);
    g_test_add_func("/target/only_later_causes", test_only_later_causes);
    g_test_add_func("/target/preference", test_preference);
    g_test_add_func("/target/metadata", test_metadata);
    g_test_add_func("/target/models", test_models);
    g_test_add_func("/target/call-target", test_call_target);
    return g_test_run();
}
