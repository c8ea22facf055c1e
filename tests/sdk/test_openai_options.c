/* SPDX-License-Identifier: Apache-2.0 */
/* Options of OpenAI's dialect: the defaults, the configuration's word over them, and lists and
 * maps from both the configuration and code. */
#include "lib/openai/options.h"

#include "lib/str.h"
#include "sdk/host.h"

static void test_defaults(void)
{
    g_autoptr(Host) host = host_new();
    pbs_openai_options options;
    pbs_openai_options_default(&options);
    g_assert_true(options.families && options.body_model && options.developer_role);
    g_assert_true(options.stream_usage && options.embeddings && !options.stop_array);
    pbs_openai_options_read(host->ctx.api, host_json(host, "{}"), &options);
    g_assert_true(options.families && options.stream_usage && options.message_name);
    g_assert_cmpuint(options.base_url.len, ==, 0);
}

static void test_read(void)
{
    g_autoptr(Host) host = host_new();
    pbs_openai_options options;
    const pb_json *config = host_json(
        host, "{\"base-url\":\"https://a.example\",\"model-families\":\"none\",\"join-text\":true,"
              "\"stream-usage\":false,\"reasoning-effort\":\"thinking\",\"tool-id-length\":9}");
    pbs_openai_options_read(host->ctx.api, config, &options);
    g_assert_true(pbs_is(options.base_url, "https://a.example"));
    g_assert_true(options.join_text && options.effort_as_thinking);
    g_assert_false(options.families || options.stream_usage);
    g_assert_cmpint(options.tool_id_length, ==, 9);
}

static void test_lists(void)
{
    g_autoptr(Host) host = host_new();
    static const char *const names[] = {"seed", "stop@o3*", NULL};
    const pb_core_api *api = host->ctx.api;
    pbs_openai_list list = {host_json(host, "[\"n\"]"), names}, none = {NULL, NULL};
    g_assert_true(pbs_openai_list_is_empty(api, &none));
    g_assert_false(pbs_openai_list_is_empty(api, &list));
    g_assert_true(pbs_openai_list_has(api, &list, PBS_STR("n"), PBS_STR("m")));
    g_assert_true(pbs_openai_list_has(api, &list, PBS_STR("seed"), PBS_STR("m")));
    g_assert_true(pbs_openai_list_has(api, &list, PBS_STR("stop"), PBS_STR("o3-mini")));
    g_assert_false(pbs_openai_list_has(api, &list, PBS_STR("stop"), PBS_STR("gpt-4o")));
    g_assert_false(pbs_openai_list_has(api, &list, PBS_STR("see"), PBS_STR("m")));
}

static void test_maps(void)
{
    g_autoptr(Host) host = host_new();
    static const char *const pairs[] = {"seed", "random_seed", "n", "samples", NULL};
    const pb_core_api *api = host->ctx.api;
    pbs_openai_map map = {host_json(host, "{\"n\":\"count\"}"), pairs}, none = {NULL, NULL};
    g_assert_true(pbs_is(pbs_openai_map_get(api, &map, PBS_STR("n")), "count"));
    g_assert_true(pbs_is(pbs_openai_map_get(api, &map, PBS_STR("seed")), "random_seed"));
    g_assert_cmpuint(pbs_openai_map_get(api, &map, PBS_STR("samples")).len, ==, 0);
    g_assert_cmpuint(pbs_openai_map_get(api, &none, PBS_STR("n")).len, ==, 0);
}

static void test_cache(void)
{
    g_autoptr(Host) host = host_new();
    static const char *const patterns[] = {"anthropic/*", NULL};
    pbs_openai_options options;
    pbs_openai_options_default(&options);
    g_assert_false(pbs_openai_options_caches(host->ctx.api, &options, PBS_STR("m")));
    options.cache_control = true;
    g_assert_true(pbs_openai_options_caches(host->ctx.api, &options, PBS_STR("m")));
    options.cache_models.names = patterns;
    g_assert_false(pbs_openai_options_caches(host->ctx.api, &options, PBS_STR("m")));
    g_assert_true(pbs_openai_options_caches(host->ctx.api, &options, PBS_STR("anthropic/c")));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/openai_options/defaults", test_defaults);
    g_test_add_func("/sdk/openai_options/read", test_read);
    g_test_add_func("/sdk/openai_options/lists", test_lists);
    g_test_add_func("/sdk/openai_options/maps", test_maps);
    g_test_add_func("/sdk/openai_options/cache", test_cache);
    return g_test_run();
}
