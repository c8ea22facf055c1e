/* SPDX-License-Identifier: Apache-2.0 */
/* Targets with what is known of them, and the `targets` of a [model]. */
#include "snapshot/model.h"
#include "world.h"

static const char *const fakes[] = {"good", "init_fail", "keyed", "rich", NULL};

static const PbayModelTarget *target_of(const World *w, const char *model, guint i)
{
    const PbayModel *found = pbay_snapshot_model(w->snapshot, model);
    g_assert_nonnull(found);
    g_assert_cmpuint(i, <, found->targets->len);
    return found->targets->pdata[i];
}

static void test_targets(void)
{
    World *w = world_new(fakes);
    world_use(w, "[model m]\nstrategy = weighted\n"
                 "targets = good/a/b:c weight=3;keyed/x weight=0;rich/y\n");
    const PbayModelTarget *a = target_of(w, "m", 0), *x = target_of(w, "m", 1);
    g_assert_cmpstr(a->name, ==, "good/a/b:c");
    g_assert_cmpstr(a->model, ==, "a/b:c");
    g_assert_true(a->provider == world_provider(w, "good"));
    g_assert_cmpint(a->weight, ==, 3);
    g_assert_cmpint(x->weight, ==, 0);
    g_assert_cmpint(target_of(w, "m", 2)->weight, ==, 1);
    g_assert_null(a->price);
    g_assert_null(a->limits);
    g_assert_null(a->provider_limits);
    g_assert_cmpint(a->context, ==, 0);
    world_free(w);
}

static void test_facts(void)
{
    World *w = world_new(fakes);
    world_use(w, "[price rich/small]\ninput = 1\noutput = 2\n[price far/small]\ninput = 5\n"
                 "output = 5\n[limits rich/small]\nrpm = 5\n[limits rich]\nparallel = 2\n"
                 "[provider work]\ndriver = rich\n"
                 "[provider far]\ndriver = rich\nbase-url = https://far.example.com\n"
                 "[model m]\ntargets = rich/small;work/small;far/small;rich/other\n");
    const PbayModelTarget *own = target_of(w, "m", 0), *work = target_of(w, "m", 1);
    const PbayModelTarget *far = target_of(w, "m", 2), *other = target_of(w, "m", 3);
    g_assert_true(own->price == pbay_price_find(w->snapshot->prices, "rich/small"));
    g_assert_nonnull(own->price);
    g_assert_cmpint(own->context, ==, 1000);
    g_assert_cmpint(own->limits->rpm, ==, 5);
    g_assert_cmpint(own->provider_limits->parallel, ==, 2);
    /* The vendor under another name: its prices and contexts, but limits of its own. */
    g_assert_true(work->price == own->price);
    g_assert_cmpint(work->context, ==, 1000);
    g_assert_null(work->limits);
    g_assert_null(work->provider_limits);
    /* Another address: what the manifest says of its vendor is not true there. */
    g_assert_true(far->price == pbay_price_find(w->snapshot->prices, "far/small"));
    g_assert_true(far->price != own->price);
    g_assert_cmpint(far->context, ==, 0);
    g_assert_null(other->price);
    g_assert_cmpint(other->context, ==, 0);
    g_assert_null(other->limits);
    g_assert_true(other->provider_limits == own->provider_limits);
    world_free(w);
}

/* What a [limits] section says of the context counts before the manifest. */
static void test_context(void)
{
    World *w = world_new(fakes);
    world_use(w, "[limits rich/small]\ncontext = 500\n[limits good]\ncontext = 700\n"
                 "[limits good/big]\ncontext = 900\n"
                 "[model m]\ntargets = rich/small;good/x;good/big\n");
    g_assert_cmpint(target_of(w, "m", 0)->context, ==, 500);
    g_assert_cmpint(target_of(w, "m", 1)->context, ==, 700);
    g_assert_cmpint(target_of(w, "m", 2)->context, ==, 900);
    world_free(w);
}

static void test_named_directly(void)
{
    World *w = world_new(fakes);
    world_use(w, "[price rich/small]\ninput = 1\n[limits rich2]\nrpm = 1\n");
    PbayModelTarget *target =
        pbay_snapshot_target(w->snapshot, world_provider(w, "rich2"), "small");
    g_assert_cmpstr(target->name, ==, "rich2/small");
    g_assert_cmpstr(target->model, ==, "small");
    g_assert_cmpint(target->weight, ==, 1);
    g_assert_nonnull(target->price); /* of the driver's other prefix */
    g_assert_cmpint(target->provider_limits->rpm, ==, 1);
    pbay_model_target_free(target);
    target = pbay_snapshot_target(w->snapshot, world_provider(w, "good"), "a/b");
    g_assert_cmpstr(target->name, ==, "good/a/b");
    g_assert_cmpstr(target->model, ==, "a/b");
    pbay_model_target_free(target);
    pbay_model_target_free(NULL);
    world_free(w);
}

static void test_mistakes(void)
{
    World *w = world_new(fakes);
    g_autofree char *text = world_problems(
        w, "[model a]\ntargets = goood/x;zzzzzzz/y\n[model b]\ntargets = good/x;rich/y;good/x\n"
           "[model c]\nstrategy = weighted\ntargets = good/x weight=0;rich/y weight=0\n");
    g_assert_cmpstr(
        text, ==,
        "test.conf:2: `targets` of [model a] names goood/x, and there is no provider goood\n"
        "  did you mean good/x?\n"
        "test.conf:2: `targets` of [model a] names zzzzzzz/y, and there is no provider zzzzzzz\n"
        "  'patchbay providers' lists those there are\n"
        "test.conf:4: `targets` of [model b] names good/x twice\n"
        "  write it once; weight=N gives it a larger share\n"
        "test.conf:7: every target of [model c] has weight 0, so none could be chosen\n"
        "  give one of them a weight above 0\n");
    world_free(w);
}

/* A driver that is not there, or cannot be loaded, is no mistake of who wrote the name. */
static void test_absent_driver(void)
{
    World *w = world_new(fakes);
    world_use(w, "[provider gone]\ndriver = nobody\n[model m]\n"
                 "targets = init_fail/x;gone/y;good/z\nfallbacks = init_fail/w;gone/v\n");
    const PbayModelTarget *refused = target_of(w, "m", 0), *gone = target_of(w, "m", 1);
    g_assert_null(refused->provider);
    g_assert_cmpstr(refused->name, ==, "init_fail/x");
    g_assert_cmpstr(refused->model, ==, "x");
    g_assert_cmpint((int)gone->provider->state, ==, PBAY_PROVIDER_UNAVAILABLE);
    const PbayModel *model = pbay_snapshot_model(w->snapshot, "m");
    g_assert_cmpuint(model->fallbacks->len, ==, 2);
    world_free(w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/model-target/targets", test_targets);
    g_test_add_func("/snapshot/model-target/facts", test_facts);
    g_test_add_func("/snapshot/model-target/context", test_context);
    g_test_add_func("/snapshot/model-target/named-directly", test_named_directly);
    g_test_add_func("/snapshot/model-target/mistakes", test_mistakes);
    g_test_add_func("/snapshot/model-target/absent-driver", test_absent_driver);
    return g_test_run();
}
