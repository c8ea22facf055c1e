/* SPDX-License-Identifier: Apache-2.0 */
/* Names: clean ones stay, others are rewritten and found again. */
#include "lib/names.h"

#include "lib/str.h"
#include "sdk/host.h"

static void clean(const char *name, size_t max, const char *expected)
{
    char out[PBS_NAME_MAX + 1];
    pb_str got = pbs_name_clean(pbs_str(name), max, out);
    g_autofree char *text = pbay_str_dup(got);
    g_assert_cmpstr(text, ==, expected);
}

static void test_clean(void)
{
    clean("get_weather-2", 64, "get_weather-2");
    clean("get.weather", 64, "get_weather_f32dc29d");
    clean("", 64, "_811c9dc5");
    clean("abcdefghijklmnop", 16, "abcdefghijklmnop");
    clean("abcdefghijklmnopq", 16, "abcdefg_d1e872cc");
}

static void test_find(void)
{
    g_autoptr(Host) host = host_new();
    const pb_json *tools =
        host_json(host, "[{\"type\":\"function\",\"function\":{\"name\":\"get.weather\"}},"
                        "{\"type\":\"custom\",\"custom\":{\"name\":\"run\"}},7]");
    bool custom = true;
    g_assert_true(
        pbs_is(pbs_name_find(&host->ctx, tools, 64, PBS_STR("get_weather_f32dc29d"), &custom),
               "get.weather"));
    g_assert_false(custom);
    g_assert_true(pbs_is(pbs_name_find(&host->ctx, tools, 64, PBS_STR("run"), &custom), "run"));
    g_assert_true(custom);
    g_assert_true(pbs_is(pbs_name_find(&host->ctx, NULL, 64, PBS_STR("other"), &custom), "other"));
    g_assert_false(custom);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/names/clean", test_clean);
    g_test_add_func("/sdk/names/find", test_find);
    return g_test_run();
}
