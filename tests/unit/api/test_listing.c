/* SPDX-License-Identifier: Apache-2.0 */
/* What is there: drivers, providers, models, the default model; and the configuration checked
 * and shown without a core. */
#include "world.h"

static void test_drivers(void)
{
    World *world = world_new();
    g_autofree char *drivers = g_build_filename(world->dir, "drivers", NULL);
    patchbay *pb;
    char *text;
    g_assert_cmpint(g_mkdir(drivers, 0755), ==, 0);
    g_free(world_file(world, "drivers/bad.so", "no ELF"));
    patchbay_opts_driver_dir(world->opts, drivers);
    pb = world_open(world);
    text = patchbay_list_drivers(pb);
    assert_holds(text, "\"id\":\"eliza\"");
    assert_holds(text, "\"id\":\"openai\"");
    assert_holds(text, "\"file\":\"bad.so\"");
    assert_holds(text, "\"status\":\"refused\"");
    patchbay_free(text);
    patchbay_close(pb);
    world_free(world);
}

static void test_show_driver(void)
{
    World *world = world_new();
    patchbay *pb = world_open(world);
    patchbay_error *error = NULL;
    char *text = patchbay_show_driver(pb, "openai", &error);
    assert_ok(error);
    assert_holds(text, "base-url");
    assert_holds(text, "OPENAI_API_KEY");
    assert_holds(text, "max_completion_tokens");
    patchbay_free(text);
    g_assert_null(patchbay_show_driver(pb, "openia", &error));
    assert_failed(error, PATCHBAY_ERR_NOT_FOUND, "openai");
    g_assert_null(patchbay_show_driver(pb, "", NULL));
    patchbay_close(pb);
    world_free(world);
}

static void test_providers(void)
{
    World *world = world_new();
    patchbay *pb;
    char *text;
    g_unsetenv("OPENAI_API_KEY");
    g_free(world_file(world, "conf.d/gone.conf", "[provider gone]\ndriver = gone\n"));
    pb = world_open(world);
    text = patchbay_list_providers(pb);
    assert_holds(text, "\"name\":\"acme\"");
    assert_holds(text, "\"ready\"");
    assert_holds(text, "\"unconfigured\""); /* openai itself: no key */
    assert_holds(text, "OPENAI_API_KEY");
    assert_holds(text, "\"unavailable\"");
    assert_holds(text, "127.0.0.1");
    assert_lacks(text, WORLD_KEY);
    patchbay_free(text);
    patchbay_close(pb);
    world_free(world);
}

static void test_models(void)
{
    World *world = world_new();
    patchbay *pb = world_open(world);
    char *text = patchbay_list_models(pb, NULL);
    assert_holds(text, "eliza/doctor");
    assert_holds(text, "openai/gpt-4o-mini");
    patchbay_free(text);
    text = patchbay_list_models(pb, "eliza");
    assert_holds(text, "eliza/doctor");
    assert_lacks(text, "gpt-4o");
    patchbay_free(text);
    text = patchbay_list_models(pb, "nobody");
    g_assert_cmpstr(text, ==, "[]");
    patchbay_free(text);
    patchbay_close(pb);
    world_free(world);
}

static void test_default_model(void)
{
    World *world = world_new();
    patchbay *pb;
    char *reason = NULL, *model;
    g_unsetenv("OPENAI_API_KEY");
    pb = world_open(world);
    model = patchbay_default_model(pb, &reason);
    g_assert_cmpstr(model, ==, "eliza/doctor");
    g_assert_nonnull(reason);
    patchbay_free(model);
    patchbay_free(reason);
    patchbay_close(pb);
    g_assert_cmpint(patchbay_set(world->opts, "defaults.model", "acme/m"), ==, 0);
    pb = world_open(world);
    model = patchbay_default_model(pb, NULL);
    g_assert_cmpstr(model, ==, "acme/m");
    patchbay_free(model);
    patchbay_close(pb);
    world_free(world);
}

static void test_check(void)
{
    World *world = world_new();
    patchbay_error *error = patchbay_config_check(world->opts);
    assert_ok(error);
    g_free(
        world_file(world, "conf.d/a.conf", "[provider x]\ndriver = openai\nstop-array = maybe\n"));
    g_free(world_file(world, "conf.d/b.conf", "[defaults]\nmodle = x\n"));
    error = patchbay_config_check(world->opts);
    g_assert_nonnull(error);
    assert_holds(patchbay_error_problems(error), "a.conf\",\"line\":3"); /* a driver's option */
    assert_holds(patchbay_error_problems(error), "b.conf\",\"line\":2"); /* and the core's    */
    assert_failed(error, PATCHBAY_ERR_CONFIG, "stop-array");
    world_free(world);
}

static void test_show(void)
{
    World *world = world_new();
    patchbay_error *error = NULL;
    char *text = patchbay_config_show(world->opts, 1, 1, &error);
    assert_ok(error);
    assert_holds(text, "acme.conf");
    assert_lacks(text, WORLD_KEY);
    patchbay_free(text);
    /* With mistakes: what could be read, and the mistakes. */
    g_free(world_file(world, "conf.d/b.conf", "[defaults]\nmodle = x\n"));
    text = patchbay_config_show(world->opts, 0, 0, &error);
    assert_holds(text, "[provider acme]");
    assert_lacks(text, WORLD_KEY);
    patchbay_free(text);
    assert_failed(error, PATCHBAY_ERR_CONFIG, "modle");
    text = patchbay_config_show(world->opts, 0, 0, NULL);
    patchbay_free(text);
    world_free(world);
}

/* ---- Lists while the configuration changes below them ---- */

static void *reload_often(void *data)
{
    for (int i = 0; i < 20; i++)
        g_assert_cmpint(patchbay_reload(data, NULL), ==, 0);
    return NULL;
}

static void *list_often(void *data)
{
    for (int i = 0; i < 40; i++) {
        char *providers = patchbay_list_providers(data), *models = patchbay_list_models(data, NULL);
        char *drivers = patchbay_list_drivers(data), *driver;
        driver = patchbay_show_driver(data, "eliza", NULL);
        assert_holds(providers, "acme");
        assert_holds(driver, "doctor");
        patchbay_free(providers);
        patchbay_free(models);
        patchbay_free(drivers);
        patchbay_free(driver);
    }
    return NULL;
}

static void test_lists_and_reloads(void)
{
    World *world = world_new();
    patchbay *pb = world_open(world);
    pthread_t threads[3];
    g_assert_cmpint(pthread_create(&threads[0], NULL, reload_often, pb), ==, 0);
    g_assert_cmpint(pthread_create(&threads[1], NULL, list_often, pb), ==, 0);
    g_assert_cmpint(pthread_create(&threads[2], NULL, list_often, pb), ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        pthread_join(threads[i], NULL);
    patchbay_close(pb);
    world_free(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/api/listing/drivers", test_drivers);
    g_test_add_func("/api/listing/show-driver", test_show_driver);
    g_test_add_func("/api/listing/providers", test_providers);
    g_test_add_func("/api/listing/models", test_models);
    g_test_add_func("/api/listing/default-model", test_default_model);
    g_test_add_func("/api/listing/check", test_check);
    g_test_add_func("/api/listing/show", test_show);
    g_test_add_func("/api/listing/lists-and-reloads", test_lists_and_reloads);
    return g_test_run();
}
