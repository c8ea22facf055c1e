/* SPDX-License-Identifier: Apache-2.0 */
/* What a driver keeps of the core, and its copies of options. */
#include "lib/setup.h"

#include "lib/str.h"
#include "sdk/host.h"

#include <stdlib.h>

typedef struct Vendor {
    pbs_provider base;
    int own;
} Vendor;

static void test_init(void)
{
    g_autoptr(Host) host = host_new();
    pb_core *core = (pb_core *)host; /* only its address matters */
    void *first = NULL, *second = NULL;
    g_assert_cmpint(pbs_init(&host_api, core, &first), ==, 0);
    g_assert_cmpint(pbs_init(&host_api, NULL, &second), ==, 0);
    g_assert_true(first != second); /* a program may hold two cores */
    Vendor vendor = {.base.driver = first, .own = 7};
    pbs_ctx ctx = pbs_op(&vendor, &host->x);
    g_assert_true(ctx.api == &host_api);
    g_assert_true(ctx.core == core);
    g_assert_true(ctx.x == &host->x);
    Vendor other = {.base.driver = second};
    g_assert_null(pbs_op(&other, &host->x).core);
    free(first);
    free(second);
}

static void test_dup(void)
{
    char source[] = "abcdef";
    char *copy = pbs_dup((pb_str){source + 1, 3});
    char *empty = pbs_dup((pb_str){NULL, 0});
    memset(source, 'x', sizeof source - 1);
    g_assert_cmpstr(copy, ==, "bcd");
    g_assert_cmpstr(empty, ==, "");
    free(copy);
    free(empty);
}

static void option_is(const pbs_driver *driver, const pb_json *config, const char *name,
                      const char *expected)
{
    char *got = pbs_option_dup(driver, config, name);
    g_assert_cmpstr(got, ==, expected);
    free(got);
}

static void test_option(void)
{
    g_autoptr(Host) host = host_new();
    pbs_driver driver = {&host_api, NULL};
    const pb_json *config =
        host_json(host, "{\"url\":\"http://h\\u00e4\",\"empty\":\"\",\"n\":3,\"l\":[\"a\"]}");
    option_is(&driver, config, "url", "http://h\xc3\xa4");
    option_is(&driver, config, "empty", "");
    option_is(&driver, config, "n", "");
    option_is(&driver, config, "l", "");
    option_is(&driver, config, "absent", "");
    option_is(&driver, NULL, "url", "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/setup/init", test_init);
    g_test_add_func("/sdk/setup/dup", test_dup);
    g_test_add_func("/sdk/setup/option", test_option);
    return g_test_run();
}
