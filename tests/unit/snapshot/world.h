/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of fake drivers, a folder of conf.d files and the snapshot they make. */
#ifndef WORLD_H
#define WORLD_H

#include "fakes/fake_support.h"
#include "snapshot/snapshot.h"

typedef struct World {
    char *drivers, *conf;
    PbayEnv *env;
    PbayConfig *config;
    PbayDriverSet *set;
    PbayProblems *problems;
    PbaySnapshot *snapshot; /* NULL: problems */
} World;

/* Variables the fakes read, all unset at the start of a test. */
G_GNUC_UNUSED static void world_clear_env(void)
{
    static const char *const names[] = {"FAKE_BASE_URL", "FAKE_API_KEY",  "FAKE_API_KEY_OLD",
                                        "FAKE_TOKEN",    "FAKE_REGION",   "FAKE_REGION_OLD",
                                        "FAKE_KEY_FILE", "WORLD_VARIABLE"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        g_unsetenv(names[i]);
}

/* fakes: names of fakes to install, NULL-terminated. */
G_GNUC_UNUSED static World *world_new(const char *const *fakes)
{
    World *world = g_new0(World, 1);
    fake_log_catch();
    world_clear_env();
    world->drivers = fake_folder();
    world->conf = fake_folder();
    for (; *fakes != NULL; fakes++) {
        g_autofree char *file = g_strconcat(*fakes, ".so", NULL);
        fake_install(world->drivers, *fakes, file);
    }
    return world;
}

G_GNUC_UNUSED static void world_drop(World *world)
{
    g_clear_pointer(&world->snapshot, pbay_snapshot_unref);
    g_clear_pointer(&world->set, pbay_driver_set_unref);
    g_clear_pointer(&world->config, pbay_config_unref);
    g_clear_pointer(&world->problems, g_ptr_array_unref);
    g_clear_pointer(&world->env, pbay_env_unref);
}

G_GNUC_UNUSED static void world_free(World *world)
{
    world_drop(world);
    fake_remove(world->drivers);
    fake_remove(world->conf);
    g_free(world->drivers);
    g_free(world->conf);
    g_free(world);
    world_clear_env();
}

/* Builds from what lies in the folders, config problems included. */
G_GNUC_UNUSED static void world_build(World *world)
{
    world_drop(world);
    const char *const paths[] = {world->conf, NULL};
    world->env = pbay_env_new();
    world->problems = pbay_problems_new();
    world->config =
        pbay_config_load(&(PbayConfigInput){.paths = paths, .env = world->env}, world->problems);
    world->set = fake_scan(world->drivers, NULL);
    world->snapshot = pbay_snapshot_build(world->config, world->set, world->env, world->problems);
}

/* A world of these fakes with one file test.conf; there must be no problem. */
G_GNUC_UNUSED static void world_use(World *world, const char *conf)
{
    fake_write(world->conf, "test.conf", conf);
    world_build(world);
    g_autoptr(GString) text = g_string_new(NULL);
    pbay_problems_write_text(world->problems, text);
    g_assert_cmpstr(text->str, ==, "");
    g_assert_nonnull(world->snapshot);
}

/* The problems of a configuration as text, the folder's name taken out; the snapshot must be
 * NULL. g_free. */
G_GNUC_UNUSED static char *world_problems(World *world, const char *conf)
{
    fake_write(world->conf, "test.conf", conf);
    world_build(world);
    g_assert_null(world->snapshot);
    g_autoptr(GString) text = g_string_new(NULL);
    pbay_problems_write_text(world->problems, text);
    g_autofree char *folder = g_strconcat(world->conf, "/", NULL);
    g_string_replace(text, folder, "", 0);
    return g_strdup(text->str);
}

G_GNUC_UNUSED static PbayProvider *world_provider(const World *world, const char *name)
{
    PbayProvider *provider = g_hash_table_lookup(world->snapshot->providers, name);
    g_assert_nonnull(provider);
    return provider;
}

/* The i-th value of a secret as text, "" for none. Static buffer. */
G_GNUC_UNUSED static const char *world_secret(const PbayProvider *provider, const char *name,
                                              size_t i)
{
    static char text[256];
    const PbaySecret *secret = pbay_provider_secret(provider, pbay_str(name), i);
    pb_str value = secret != NULL ? pbay_secret_peek(secret) : (pb_str){NULL, 0};
    g_assert_cmpuint(value.len, <, sizeof text);
    memcpy(text, value.len > 0 ? value.ptr : "", value.len);
    text[value.len] = '\0';
    return text;
}

#endif
