/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "snapshot/resolve.h"
#include "world.h"

static const char *const fakes[] = {"good", "init_fail", "keyed", "rich", NULL};

static void assert_target(const World *w, const char *name, const char *provider, const char *model,
                          const char *reason)
{
    g_autoptr(GError) error = NULL;
    PbayTarget target;
    bool ok = pbay_snapshot_resolve(w->snapshot, name, false, &target, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    g_assert_cmpstr(target.provider->name, ==, provider);
    g_assert_cmpstr(target.model, ==, model);
    g_assert_cmpstr(target.reason, ==, reason);
    pbay_target_clear(&target);
    g_assert_null(target.model);
}

static void assert_error(const World *w, const char *name, int code, const char *message)
{
    g_autoptr(GError) error = NULL;
    PbayTarget target;
    g_assert_false(pbay_snapshot_resolve(w->snapshot, name, false, &target, &error));
    g_assert_error(error, PBAY_ERROR, code);
    g_assert_cmpstr(error->message, ==, message);
    g_assert_null(target.provider);
}

static void test_order(void)
{
    World *w = world_new(fakes);
    world_use(w, "[model fast]\ntargets = good/small\n[model good/alias]\ntargets = good/real\n"
                 "[provider good]\nmatch = llama-*;vendor/*\n");
    assert_target(w, "good/x", "good", "x", "prefix good");
    assert_target(w, "good/a/b:c", "good", "a/b:c", "prefix good");
    assert_target(w, "good/", "good", "", "prefix good");
    assert_target(w, "fast", "good", "small", "[model fast]");
    assert_target(w, "good/alias", "good", "real", "[model good/alias]");
    assert_target(w, "llama-3", "good", "llama-3", "match llama-*");
    assert_target(w, "vendor/x", "good", "vendor/x", "match vendor/*");
    world_free(w);
}

static void test_not_found(void)
{
    World *w = world_new(fakes);
    world_use(w, "[model fast]\ntargets = good/small\n");
    assert_error(w, "goood/x", PB_ERR_NOT_FOUND,
                 "no provider and no [model] is called \"goood/x\": did you mean \"good/x\"?");
    assert_error(w, "fats", PB_ERR_NOT_FOUND,
                 "no provider and no [model] is called \"fats\": did you mean \"fast\"?");
    assert_error(w, "small", PB_ERR_NOT_FOUND,
                 "no provider and no [model] is called \"small\": did you mean \"rich/small\"?");
    assert_error(
        w, "zzzzzzzz", PB_ERR_NOT_FOUND,
        "no provider and no [model] is called \"zzzzzzzz\": write PROVIDER/MODEL; 'patchbay "
        "providers' lists the providers");
    assert_error(w, "good", PB_ERR_NOT_FOUND,
                 "\"good\" is a provider, not a model: write good/MODEL");
    assert_error(w, "", PB_ERR_NOT_FOUND,
                 "no provider and no [model] is called \"\": write PROVIDER/MODEL; 'patchbay "
                 "providers' lists the providers");
    assert_error(w, "/x", PB_ERR_NOT_FOUND,
                 "no provider and no [model] is called \"/x\": write PROVIDER/MODEL; 'patchbay "
                 "providers' lists the providers");
    world_free(w);
}

static void test_two_match(void)
{
    World *w = world_new(fakes);
    world_use(w, "[provider good]\nmatch = gpt-*\n[provider work]\ndriver = good\nmatch = *-4\n");
    assert_target(w, "gpt-5", "good", "gpt-5", "match gpt-*");
    assert_error(w, "gpt-4", PB_ERR_NOT_FOUND,
                 "\"gpt-4\" matches \"gpt-*\" of provider good and \"*-4\" of provider work: write "
                 "good/gpt-4 or work/gpt-4");
    world_free(w);
}

/* Of a provider without a driver a bare name means something only when no other takes it. */
static void test_match_without_driver(void)
{
    World *w = world_new(fakes);
    world_use(w, "[provider gone]\ndriver = nobody\nmatch = gpt-*;x-*\n"
                 "[provider work]\ndriver = good\nmatch = gpt-4\n"
                 "[provider lost]\ndriver = nobody\nmatch = x-9;${env:NOT_SET_AT_ALL:-y}\n");
    assert_target(w, "gpt-4", "work", "gpt-4", "match gpt-4");
    assert_error(w, "gpt-5", PB_ERR_CONFIG,
                 "provider gone is not available: driver nobody is not installed: 'patchbay "
                 "drivers' lists what is");
    assert_error(w, "x-9", PB_ERR_NOT_FOUND,
                 "\"x-9\" matches \"x-*\" of provider gone and \"x-9\" of provider lost: write "
                 "gone/x-9 or lost/x-9");
    world_free(w);
}

/* A model with several targets stands for its first, one with rules for where its default leads. */
static void test_first_target(void)
{
    World *w = world_new(fakes);
    world_use(w, "[model many]\ntargets = good/a;rich/b\n[model ruled]\nstrategy = rules\n"
                 "rule.1 = tools -> rich/t\ndefault = deeper\n[model deeper]\n"
                 "strategy = rules\nrule.1 = tools -> rich/t\ndefault = many\n"
                 "[model plain]\nstrategy = rules\nrule.1 = tools -> rich/t\n"
                 "default = good/d\n[model refused]\ntargets = init_fail/x;good/y\n");
    assert_target(w, "many", "good", "a", "[model many]");
    assert_target(w, "ruled", "good", "a", "[model ruled]");
    assert_target(w, "plain", "good", "d", "[model plain]");
    assert_error(w, "refused", PB_ERR_CONFIG,
                 "[model refused] leads to init_fail/x, whose driver was refused: 'patchbay "
                 "drivers' says why");
    world_free(w);
}

static void assert_route(const World *w, const char *name, const char *model, const char *target,
                         const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *reason = NULL;
    PbayRoute route;
    bool ok = pbay_snapshot_route(w->snapshot, name, &route, &reason, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    g_assert_cmpstr(route.model != NULL ? route.model->name : NULL, ==, model);
    g_assert_cmpstr(route.target != NULL ? route.target->name : NULL, ==, target);
    g_assert_cmpstr(reason, ==, expected);
    pbay_model_target_free(route.target);
}

/* The same three steps lead to a model or a target, ready or not. */
static void test_route(void)
{
    World *w = world_new(fakes);
    world_use(w, "[model fast]\ntargets = good/a;rich/b\n[provider keyed]\nmatch = k-*\n");
    assert_route(w, "fast", "fast", NULL, "[model fast]");
    assert_route(w, "good/x/y", NULL, "good/x/y", "prefix good");
    assert_route(w, "k-1", NULL, "keyed/k-1", "match k-*");
    const char *const bad[] = {"", "goood/x", "init_fail/x", "nothing", "good", "good/"};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        char *reason = (char *)"x";
        PbayRoute route = {.model = (const PbayModel *)&route};
        g_assert_false(pbay_snapshot_route(w->snapshot, bad[i], &route, &reason, &error));
        g_assert_error(error, PBAY_ERROR, PB_ERR_NOT_FOUND);
        g_assert_null(reason);
        g_assert_null(route.model);
        g_assert_null(route.target);
    }
    world_free(w);
}

static void test_refused(void)
{
    World *w = world_new(fakes);
    world_use(w, "");
    g_assert_true(pbay_resolve_is_refused(w->snapshot, "init_fail"));
    g_assert_true(pbay_resolve_is_refused(w->snapshot, "init_fail/x"));
    g_assert_false(pbay_resolve_is_refused(w->snapshot, "init"));
    g_assert_false(pbay_resolve_is_refused(w->snapshot, "good/x"));
    g_assert_false(pbay_resolve_is_refused(w->snapshot, ""));
    g_autofree char *near = pbay_resolve_nearest_provider(w->snapshot, "kyed/x/y");
    g_autofree char *bare = pbay_resolve_nearest_provider(w->snapshot, "godo");
    g_assert_cmpstr(near, ==, "keyed/x/y");
    g_assert_cmpstr(bare, ==, "good");
    g_assert_null(pbay_resolve_nearest_provider(w->snapshot, "zzzzzzzzz/good"));
    world_free(w);
}

static void test_not_ready(void)
{
    World *w = world_new(fakes);
    world_use(w, "[provider gone]\ndriver = nobody\n");
    assert_error(w, "keyed/x", PB_ERR_CONFIG,
                 "provider keyed is not configured: set FAKE_API_KEY, or api-key in [provider "
                 "keyed]");
    assert_error(
        w, "gone/x", PB_ERR_CONFIG,
        "provider gone is not available: driver nobody is not installed: 'patchbay drivers' "
        "lists what is");
    PbayTarget target;
    g_assert_true(pbay_snapshot_resolve(w->snapshot, "keyed/x", true, &target, NULL));
    g_assert_cmpstr(target.provider->name, ==, "keyed");
    pbay_target_clear(&target);
    world_free(w);
}

static void assert_default(const World *w, const char *model, const char *reason)
{
    g_autofree char *why = NULL;
    g_autofree char *got = pbay_snapshot_default_model(w->snapshot, &why);
    g_assert_cmpstr(got, ==, model);
    g_assert_cmpstr(why, ==, reason);
}

static void test_default_model(void)
{
    World *w = world_new(fakes);
    world_use(w, "");
    /* "good" has a default model and is ready, but nobody has set it up. */
    assert_default(w, "eliza/doctor",
                   "no provider is configured; this one needs no key and no network");
    g_setenv("FAKE_TOKEN", "tok-123456", TRUE); /* rich: still not ready */
    world_use(w, "");
    assert_default(w, "eliza/doctor",
                   "no provider is configured; this one needs no key and no network");
    g_setenv("FAKE_API_KEY_OLD", "sk-123456", TRUE);
    world_use(w, "");
    assert_default(w, "rich/small", "provider rich is the first that is configured");
    world_use(w, "[defaults]\nmodel = good/x\n");
    assert_default(w, "good/x", "[defaults] model");
    /* A look-alike at another address does not have the vendor's models. */
    world_use(
        w, "[provider a]\ndriver = rich\nbase-url = https://a.example.com\napi-key = k-123456\n");
    assert_default(w, "rich/small", "provider rich is the first that is configured");
    world_free(w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/resolve/order", test_order);
    g_test_add_func("/snapshot/resolve/not-found", test_not_found);
    g_test_add_func("/snapshot/resolve/two-match", test_two_match);
    g_test_add_func("/snapshot/resolve/match-without-driver", test_match_without_driver);
    g_test_add_func("/snapshot/resolve/first-target", test_first_target);
    g_test_add_func("/snapshot/resolve/route", test_route);
    g_test_add_func("/snapshot/resolve/refused", test_refused);
    g_test_add_func("/snapshot/resolve/not-ready", test_not_ready);
    g_test_add_func("/snapshot/resolve/default-model", test_default_model);
    return g_test_run();
}
