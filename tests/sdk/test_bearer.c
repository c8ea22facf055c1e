/* SPDX-License-Identifier: Apache-2.0 */
/* The bearer signature: with a key, without one, at its bound and beyond. */
#include "lib/bearer.h"

#include "lib/str.h"
#include "sdk/host.h"

static pb_next sign(Host *host, const char *name, char *key)
{
    g_hash_table_insert(host->x.secrets, (char *)"auth-token", key);
    return pbs_bearer(&host->ctx, name);
}

static void test_key(void)
{
    g_autoptr(Host) host = host_new();
    char key[] = "sk-1";
    g_assert_cmpint(sign(host, "auth-token", key), ==, PB_SEND);
    host_expect(host, "header authorization: Bearer sk-1\n");
    g_assert_cmpstr(key, ==, "sk-1"); /* the core's copy is the core's */
    g_assert_cmpint(sign(host, "api-key", key), ==, PB_SEND);
    host_expect(host, ""); /* another secret than the one asked for is none */
}

static void test_none(void)
{
    g_autoptr(Host) host = host_new();
    char empty[] = "";
    g_assert_cmpint(sign(host, "auth-token", empty), ==, PB_SEND);
    g_assert_cmpint(sign(host, "auth-token", NULL), ==, PB_SEND);
    host_expect(host, "");
}

static void test_bound(void)
{
    g_autoptr(Host) host = host_new();
    g_autofree char *most = g_strnfill(PBS_BEARER_MAX, 'k');
    g_autofree char *over = g_strnfill(PBS_BEARER_MAX + 1, 'k');
    g_autofree char *line = g_strdup_printf("header authorization: Bearer %s\n", most);
    g_assert_cmpint(sign(host, "auth-token", most), ==, PB_SEND);
    host_expect(host, line);
    g_assert_cmpint(sign(host, "auth-token", over), ==, PB_FAIL);
    host_expect(host, "fail cls=2 status=0 message=auth-token is longer than 8192 bytes, which no "
                      "key is; check where it comes from\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/bearer/key", test_key);
    g_test_add_func("/sdk/bearer/none", test_none);
    g_test_add_func("/sdk/bearer/bound", test_bound);
    return g_test_run();
}
