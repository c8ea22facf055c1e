/* SPDX-License-Identifier: Apache-2.0 */
/* The shipped conf.d with all drivers of this build: it has no mistake, its models lead to models
 * that the manifests know, and bare names find one provider. */
#include "base/error.h"
#include "snapshot/model.h"
#include "world.h"

typedef struct Shipped {
    PbayEnv *env;
    PbayConfig *config;
    PbayDriverSet *set;
    PbaySnapshot *snapshot;
} Shipped;

static Shipped shipped_new(void)
{
    g_autofree char *conf = g_build_filename(g_getenv("PBAY_SOURCE_DIR"), "conf.d", NULL);
    g_autofree char *drivers = g_build_filename(g_getenv("PBAY_BUILD_DIR"), "drivers", NULL);
    const char *const paths[] = {conf, NULL};
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(GString) text = g_string_new(NULL);
    Shipped shipped = {.env = pbay_env_new()};
    fake_log_catch();
    shipped.config =
        pbay_config_load(&(PbayConfigInput){.paths = paths, .env = shipped.env}, problems);
    shipped.set = fake_scan(drivers, NULL);
    shipped.snapshot = pbay_snapshot_build(shipped.config, shipped.set, shipped.env, problems);
    pbay_problems_write_text(problems, text);
    g_assert_cmpstr(text->str, ==, "");
    g_assert_nonnull(shipped.snapshot);
    return shipped;
}

static void shipped_free(Shipped *shipped)
{
    pbay_snapshot_unref(shipped->snapshot);
    pbay_driver_set_unref(shipped->set);
    pbay_config_unref(shipped->config);
    pbay_env_unref(shipped->env);
}

static void assert_bare(const Shipped *shipped, const char *name, const char *provider)
{
    g_autoptr(GError) error = NULL;
    PbayTarget target;
    bool ok = pbay_snapshot_resolve(shipped->snapshot, name, true, &target, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    g_assert_cmpstr(target.provider->name, ==, provider);
    g_assert_cmpstr(target.model, ==, name);
    pbay_target_clear(&target);
}

static void test_bare_names(void)
{
    static const struct {
        const char *name, *provider;
    } names[] = {
        {"gpt-4", "openai"},
        {"gpt-4-turbo", "openai"},
        {"gpt-3.5-turbo", "openai"},
        {"chatgpt-4o-latest", "openai"},
        {"o1", "openai"},
        {"o3-mini", "openai"},
        {"dall-e-3", "openai"},
        {"text-embedding-3-small", "openai"},
        {"text-embedding-ada-002", "openai"},
        {"claude-3-opus-20240229", "anthropic"},
        {"claude-3-sonnet-20240229", "anthropic"},
        {"claude-2.1", "anthropic"},
        {"command", "cohere"},
        {"command-r-plus", "cohere"},
        {"gemini-2.5-pro", "gemini"},
    };
    Shipped shipped = shipped_new();
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        assert_bare(&shipped, names[i].name, names[i].provider);
    shipped_free(&shipped);
}

/* No name that a manifest lists means two providers. */
static void test_no_name_twice(void)
{
    Shipped shipped = shipped_new();
    guint asked = 0;
    for (guint i = 0; i < shipped.set->rows->len; i++) {
        const PbayDriver *row = shipped.set->rows->pdata[i];
        g_assert_cmpint((int)row->status, ==, PBAY_DRIVER_LOADED);
        for (guint k = 0; k < row->manifest->models->len; k++) {
            const PbayModelInfo *info = row->manifest->models->pdata[k];
            g_autoptr(GError) error = NULL;
            PbayTarget target;
            asked++;
            if (!pbay_snapshot_resolve(shipped.snapshot, info->id, true, &target, &error) &&
                strstr(error->message, "matches") != NULL)
                g_error("%s", error->message);
            pbay_target_clear(&target);
        }
    }
    g_assert_cmpuint(asked, >, 50);
    shipped_free(&shipped);
}

static bool is_listed(const PbayModelTarget *target)
{
    const GPtrArray *models = target->provider->driver->manifest->models;
    for (guint i = 0; i < models->len; i++)
        if (strcmp(((const PbayModelInfo *)models->pdata[i])->id, target->model) == 0)
            return true;
    return false;
}

static void test_models(void)
{
    static const char *const names[] = {"high-quality", "fast-cheap", "creative"};
    Shipped shipped = shipped_new();
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        const PbayModel *model = pbay_snapshot_model(shipped.snapshot, names[i]);
        g_assert_nonnull(model);
        g_assert_cmpint((int)model->strategy, ==, PBAY_STRATEGY_ORDER);
        g_assert_cmpuint(model->targets->len, >=, 2);
        for (guint k = 0; k < model->targets->len; k++)
            if (!is_listed(model->targets->pdata[k]))
                g_error("%s: %s is in no manifest", names[i],
                        ((PbayModelTarget *)model->targets->pdata[k])->name);
    }
    shipped_free(&shipped);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/shipped/bare-names", test_bare_names);
    g_test_add_func("/snapshot/shipped/no-name-twice", test_no_name_twice);
    g_test_add_func("/snapshot/shipped/models", test_models);
    return g_test_run();
}
