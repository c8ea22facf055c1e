/* SPDX-License-Identifier: Apache-2.0 */
/* Which links of a reply are followed, and with the key. */
#include "origin.h"

#include <glib.h>

static void test_same_origin(void)
{
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        {"https://api.replicate.com/v1", "https://api.replicate.com/streams/1", true},
        {"https://api.replicate.com/v1", "HTTPS://API.Replicate.com:443/x", true},
        {"http://127.0.0.1:8080", "http://127.0.0.1:8080/x?y", true},
        {"http://127.0.0.1:8080", "http://127.0.0.1:8081/x", false},
        {"https://api.replicate.com", "http://api.replicate.com/x", false},
        {"https://api.replicate.com", "https://api.replicate.com@evil.example/x", false},
        {"https://api.replicate.com", "https://api.replicate.com\\@evil.example/x", false},
        {"https://api.replicate.com", "https://api.replicate.com:443x/", false},
        {"https://api.replicate.com", "https://evil.example/https://api.replicate.com", false},
        {"", "https://api.replicate.com", false},
        {"", "", false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(replicate_same_origin(pbs_str(cases[i].a), pbs_str(cases[i].b)), ==,
                        cases[i].same);
}

static void test_same_site(void)
{
    static const struct {
        const char *base, *url;
        bool same;
    } cases[] = {
        {"https://api.replicate.com/v1", "https://stream.replicate.com/1", true},
        {"https://api.replicate.com/v1", "https://a.b.replicate.com/1", true},
        {"https://api.replicate.com/v1", "https://replicate.com", true},
        {"https://api.replicate.com/v1", "https://Stream.REPLICATE.com/1", true},
        {"https://api.replicate.com/v1", "https://notreplicate.com/1", false},
        {"https://api.replicate.com/v1", "https://stream.replicate.com.evil.example/1", false},
        {"https://api.replicate.com/v1", "http://stream.replicate.com/1", false},
        {"https://api.replicate.com/v1", "https://stream.replicate.com:8443/1", false},
        {"https://api.replicate.com/v1", "https://user@stream.replicate.com/1", false},
        {"https://api.replicate.com/v1", "https://com/1", false},
        {"https://replicate.com/v1", "https://stream.replicate.com/1", true},
        {"https://api.vendor.co.uk/v1", "https://other.co.uk/1", false},
        {"http://127.0.0.1:8080/v1", "https://10.0.0.1/1", false},
        {"http://127.0.0.1:8080/v1", "https://127.0.0.1/1", true},
        {"http://localhost/v1", "https://localhost/1", true},
        {"https://api.replicate.com/v1", "ftp://stream.replicate.com/1", false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(replicate_same_site(pbs_str(cases[i].base), pbs_str(cases[i].url)), ==,
                        cases[i].same);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/replicate/origin/same", test_same_origin);
    g_test_add_func("/replicate/origin/site", test_same_site);
    return g_test_run();
}
