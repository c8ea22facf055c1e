/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot/origin.h"

#include "base/str.h"
#include "snapshot/snapshot.h"

#include <string.h>

static void check(const char *url, const char *origin)
{
    g_autofree char *got = pbay_url_origin(pbay_str(url));
    g_assert_cmpstr(got, ==, origin);
}

static void test_origins(void)
{
    check("https://api.example.com/v1", "https://api.example.com");
    check("HTTPS://API.Example.COM:443", "https://api.example.com");
    check("http://h:80/x", "http://h");
    check("http://h:443/x", "http://h:443");
    check("https://h:08443", "https://h:8443");
    check("https://h:", "https://h");
    check("https://h?x=http://other", "https://h");
    check("https://h#@other", "https://h");
    check("http://[::1]:8080/v1", "http://[::1]:8080");
    check("http://[FE80::1]", "http://[fe80::1]");
    check("http://127.0.0.1:11434", "http://127.0.0.1:11434");
    check("http://a_b-c.d", "http://a_b-c.d");
}

/* The host is what stands behind the last @. */
static void test_userinfo(void)
{
    check("https://user:pass@host/x", "https://host");
    check("https://good.example.com@evil.example.com/", "https://evil.example.com");
    check("https://a@b@c", "https://c");
    check("https://h/path@other", "https://h");
}

/* Whatever another parser might read otherwise has no origin. */
static void test_none(void)
{
    const char *urls[] = {"",
                          "https://",
                          "http://",
                          "https:///x",
                          "https:/host",
                          "https:host",
                          "//host",
                          "host",
                          "ftp://host",
                          "file:///etc/passwd",
                          " https://host",
                          "https:// host",
                          "https://ho st",
                          "https://good.example.com\\@evil.example.com",
                          "https://good%2eexample.com",
                          "https://ex\xc3\xa4mple.com",
                          "https://h:0",
                          "https://h:65536",
                          "https://h:123456",
                          "https://h:8a",
                          "https://h:-1",
                          "https://[::1",
                          "https://[]",
                          "https://[::1]x",
                          "https://[::1%25eth0]",
                          "https://@/x",
                          "https://:8080"};
    for (size_t i = 0; i < G_N_ELEMENTS(urls); i++)
        check(urls[i], NULL);
    g_assert_null(pbay_url_origin((pb_str){NULL, 0}));
    g_assert_null(pbay_url_origin((pb_str){"https://a\0b", 11}));
}

static void test_fill(void)
{
    g_autoptr(GHashTable) values = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_insert(values, (char *)"region", (char *)"eu-1");
    g_autofree char *one = pbay_origin_fill("https://sts.{region}.x/{region}", values, NULL);
    g_assert_cmpstr(one, ==, "https://sts.eu-1.x/eu-1");
    g_autofree char *plain = pbay_origin_fill("https://x{", values, NULL);
    g_assert_cmpstr(plain, ==, "https://x{");
    g_autofree char *lacking = NULL;
    g_assert_null(pbay_origin_fill("{region}{zone}", values, &lacking));
    g_assert_cmpstr(lacking, ==, "zone");
    g_assert_null(pbay_origin_fill("{}", values, NULL));
}

static bool stands_for(const char *pattern, const char *url)
{
    g_autofree char *trusted = pbay_origin_pattern(pbay_str(pattern));
    g_autofree char *origin = pbay_url_origin(pbay_str(url));
    return trusted != NULL && origin != NULL && pbay_origin_matches(trusted, origin);
}

/* One label of a host may be any: a region of the vendor's. Never more, never at the end. */
static void test_pattern(void)
{
    const char *sts = "https://sts.*.example.com";
    g_assert_true(stands_for(sts, "https://sts.eu-central-1.example.com/?a=b"));
    g_assert_true(stands_for("https://STS.*.Example.com:8443", "https://sts.a.example.com:8443"));
    g_assert_true(stands_for("https://sts.example.com", "https://sts.example.com"));
    const char *others[] = {"https://sts.example.com",
                            "https://sts..example.com",
                            "https://sts.a.b.example.com",
                            "http://sts.a.example.com",
                            "https://sts.a.example.com:444",
                            "https://sts.a.example.com.evil.org",
                            "https://evil.org/sts.a.example.com",
                            "https://a.sts.a.example.com",
                            "https://sts.a_b.example.com"};
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        g_assert_false(stands_for(sts, others[i]));
    const char *none[] = {
        "https://*.example.com",    "https://sts.*.com", "https://sts.*",     "https://*",
        "http://sts.*.example.com", "https://s*.a.b.c",  "https://a.*.*.b.c", "https://[::1].*.b.c",
        "https://h/a.*.b.c"};
    for (size_t i = 0; i < G_N_ELEMENTS(none); i++) {
        g_autofree char *origin = pbay_origin_pattern(pbay_str(none[i]));
        g_assert_true(origin == NULL || strchr(origin, '*') == NULL);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/origin/origins", test_origins);
    g_test_add_func("/snapshot/origin/userinfo", test_userinfo);
    g_test_add_func("/snapshot/origin/none", test_none);
    g_test_add_func("/snapshot/origin/fill", test_fill);
    g_test_add_func("/snapshot/origin/pattern", test_pattern);
    return g_test_run();
}
