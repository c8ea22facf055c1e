/* SPDX-License-Identifier: Apache-2.0 */
/* OLLAMA_HOST as people write it: every form becomes a URL that can be reached. */
#include "host.h"

#include "lib/str.h"

#include <glib.h>

static void check(const char *given, const char *expected)
{
    pbs_buf url;
    pbs_buf_init(&url, 256);
    g_assert_true(ollama_host_url(pbs_str(given), &url));
    g_autofree char *got = g_strndup(url.ptr, url.len);
    pbs_buf_free(&url);
    g_assert_cmpstr(got, ==, expected);
}

static void test_bare(void)
{
    check("", "http://127.0.0.1:11434");
    check("  gpu \n", "http://gpu:11434");
    check("gpu:8080", "http://gpu:8080");
    check("gpu/", "http://gpu:11434");
    check("gpu:8080/prefix/", "http://gpu:8080/prefix");
    check("10.0.0.7", "http://10.0.0.7:11434");
    check("gpu:", "http://gpu:11434");
    check("ollama.com", "https://ollama.com");
    check("ollama.com:80", "http://ollama.com:80");
}

static void test_listening(void)
{
    check("0.0.0.0", "http://127.0.0.1:11434");
    check("0.0.0.0:80", "http://127.0.0.1:80");
    check(":8080", "http://127.0.0.1:8080");
    check("http://0.0.0.0:11434", "http://127.0.0.1:11434");
    check("[::]:11434", "http://[::1]:11434");
    check("::", "http://[::1]:11434");
}

static void test_ipv6(void)
{
    check("::1", "http://[::1]:11434");
    check("[fe80::1]", "http://[fe80::1]:11434");
    check("[fe80::1]:80", "http://[fe80::1]:80");
    check("http://[fe80::1]:80/", "http://[fe80::1]:80");
    check("[broken", "http://[broken:11434");
}

static void test_urls(void)
{
    check("http://gpu", "http://gpu");
    check("HTTP://gpu", "HTTP://gpu");
    check("https://ollama.com/", "https://ollama.com");
    check("https://h:8443//", "https://h:8443");
    check("http://gpu:11434/api", "http://gpu:11434");
    check("http://gpu:11434/v1/", "http://gpu:11434");
    check("http://gpu/ollama/api", "http://gpu/ollama");
    check("http://gpu/my-api", "http://gpu/my-api");
    check("http://", "http://127.0.0.1");
}

static void test_bound(void)
{
    pbs_buf url;
    pbs_buf_init(&url, 16);
    g_assert_false(ollama_host_url(PBS_STR("a-rather-long-name.example.com"), &url));
    pbs_buf_free(&url);
    pbs_buf_init(&url, 16);
    g_assert_false(ollama_host_url(PBS_STR("g:12345678901234567890"), &url));
    pbs_buf_free(&url);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ollama/host/bare", test_bare);
    g_test_add_func("/ollama/host/listening", test_listening);
    g_test_add_func("/ollama/host/ipv6", test_ipv6);
    g_test_add_func("/ollama/host/urls", test_urls);
    g_test_add_func("/ollama/host/bound", test_bound);
    return g_test_run();
}
