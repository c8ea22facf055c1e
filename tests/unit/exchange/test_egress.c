/* SPDX-License-Identifier: Apache-2.0 */
/* Where FOREIGN requests may go: each special block at both its ends and one step outside, IPv4
 * hidden in IPv6, what [egress] allow opens and what it does not, and texts that are no CIDR. */
#include "exchange/egress.h"

#include "base/str.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

static const char *judge(const char *text, char *const *allow)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return pbay_egress_refuses((const struct sockaddr *)&v4, sizeof v4, allow);
    g_assert_cmpint(inet_pton(AF_INET6, text, &v6.sin6_addr), ==, 1);
    return pbay_egress_refuses((const struct sockaddr *)&v6, sizeof v6, allow);
}

static void test_refused(void)
{
    static const char *const pairs[][2] = {
        {"0.0.0.0", "\"this network\" address"},
        {"0.255.255.255", "\"this network\" address"},
        {"10.0.0.0", "private network address"},
        {"10.255.255.255", "private network address"},
        {"100.64.0.0", "shared (carrier) network address"},
        {"100.127.255.255", "shared (carrier) network address"},
        {"127.0.0.1", "loopback address"},
        {"127.255.255.255", "loopback address"},
        {"169.254.169.254", "link-local address"},
        {"172.16.0.0", "private network address"},
        {"172.31.255.255", "private network address"},
        {"192.0.0.8", "reserved address"},
        {"192.0.2.1", "documentation address"},
        {"192.168.0.0", "private network address"},
        {"192.168.255.255", "private network address"},
        {"198.18.0.0", "benchmark network address"},
        {"198.19.255.255", "benchmark network address"},
        {"224.0.0.1", "multicast address"},
        {"239.255.255.255", "multicast address"},
        {"240.0.0.0", "reserved address"},
        {"255.255.255.255", "reserved address"},
        {"::", "unspecified address"},
        {"::1", "loopback address"},
        {"::2", "reserved address"},
        {"::8.8.8.8", "reserved address"},
        {"fc00::", "private network address"},
        {"fdff:ffff::1", "private network address"},
        {"fe80::1", "link-local address"},
        {"febf::1", "link-local address"},
        {"fec0::1", "private network address"},
        {"ff02::1", "multicast address"},
        {"2001::1", "reserved address"},
        {"2001:1ff::1", "reserved address"},
        {"2001:db8::1", "documentation address"},
        {"3fff:fff::1", "documentation address"},
        {"100::1", "reserved address"},
        {"4000::1", "reserved address"},
        {"64:ff9b:1::808:808", "private network address"},
        {"::ffff:127.0.0.1", "loopback address"},
        {"::ffff:10.1.2.3", "private network address"},
        {"64:ff9b::a9fe:a9fe", "link-local address"},
        {"64:ff9b::c0a8:1", "private network address"},
        {"2002:0a00:0001::1", "private network address"},
        {"2002:7f00:0001::", "loopback address"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_test_message("%s", pairs[i][0]);
        g_assert_cmpstr(judge(pairs[i][0], NULL), ==, pairs[i][1]);
    }
}

static void test_open(void)
{
    static const char *const public[] = {
        "1.1.1.1",          "9.255.255.255",     "11.0.0.0",        "100.63.255.255",
        "100.128.0.0",      "126.255.255.255",   "128.0.0.0",       "169.253.255.255",
        "172.15.255.255",   "172.32.0.0",        "192.167.255.255", "192.169.0.0",
        "198.17.255.255",   "198.20.0.0",        "223.255.255.255", "2606:4700::1111",
        "2001:200::1",      "2001:db9::1",       "2a00::1",         "::ffff:8.8.8.8",
        "64:ff9b::808:808", "2002:0808:0808::1",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(public); i++) {
        g_test_message("%s", public[i]);
        g_assert_cmpstr(judge(public[i], NULL), ==, NULL);
    }
}

static void test_allow(void)
{
    char *allow[] = {(char *)"nonsense", (char *)"10.1.0.0/16", (char *)"fd00:1::/32",
                     (char *)"127.0.0.1", NULL};
    g_assert_cmpstr(judge("10.1.255.255", allow), ==, NULL);
    g_assert_cmpstr(judge("10.2.0.0", allow), ==, "private network address");
    g_assert_cmpstr(judge("::ffff:10.1.0.9", allow), ==, NULL);
    g_assert_cmpstr(judge("64:ff9b::10.1.0.9", allow), ==, NULL);
    g_assert_cmpstr(judge("fd00:1::5", allow), ==, NULL);
    g_assert_cmpstr(judge("fd00:2::5", allow), ==, "private network address");
    g_assert_cmpstr(judge("127.0.0.1", allow), ==, NULL);
    g_assert_cmpstr(judge("127.0.0.2", allow), ==, "loopback address");
    char *all[] = {(char *)"0.0.0.0/0", NULL};
    g_assert_cmpstr(judge("169.254.169.254", all), ==, NULL);
    g_assert_cmpstr(judge("::1", all), ==, "loopback address");
}

static void test_other_families(void)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    g_assert_nonnull(pbay_egress_refuses((const struct sockaddr *)&un, sizeof un, NULL));
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x08080808)};
    g_assert_nonnull(pbay_egress_refuses((const struct sockaddr *)&v4, 4, NULL));
}

static void test_cidr(void)
{
    static const char *const good[] = {"10.0.0.0/8", "0.0.0.0/0", "1.2.3.4", "1.2.3.4/32",
                                       "::/0",       "fd00::/8",  "::1",     "2001:db8::/32"};
    static const char *const bad[] = {
        "",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/8x",
        "10.0.0.1/8",
        "10.0.0/8",
        "010.0.0.0/8",
        "::/129",
        "fd00::1/8",
        "example.com",
        "10.0.0.0/8/8",
        " 10.0.0.0/8",
        "::ffff:10.0.0.0/104",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/8"};
    PbayCidr cidr;
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        g_test_message("%s", good[i]);
        g_assert_true(pbay_egress_cidr_parse(good[i], &cidr));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_test_message("%s", bad[i]);
        g_assert_false(pbay_egress_cidr_parse(bad[i], &cidr));
    }
    g_assert_true(pbay_egress_cidr_parse("172.16.0.0/12", &cidr));
    g_assert_cmpint(cidr.family, ==, AF_INET);
    g_assert_cmpuint(cidr.bits, ==, 12);
    g_assert_cmpuint(cidr.address[0], ==, 172);
}

static void test_origin(void)
{
    char *allow[] = {(char *)"10.0.0.0/8", (char *)"fd00::/8", NULL};
    g_assert_cmpstr(pbay_egress_refuses_origin("https", "example.com", NULL), ==, NULL);
    g_assert_cmpstr(pbay_egress_refuses_origin("HTTPS", "example.com", NULL), ==, NULL);
    g_assert_cmpstr(pbay_egress_refuses_origin("https", "127.0.0.1", NULL), ==, "loopback address");
    g_assert_cmpstr(pbay_egress_refuses_origin("https", "[::1]", NULL), ==, "loopback address");
    g_assert_cmpstr(pbay_egress_refuses_origin("https", "[fe80::1%25eth0]", NULL), ==,
                    "link-local address");
    g_assert_cmpstr(pbay_egress_refuses_origin("https", "8.8.8.8", NULL), ==, NULL);
    g_assert_nonnull(pbay_egress_refuses_origin("http", "8.8.8.8", NULL));
    g_assert_nonnull(pbay_egress_refuses_origin("http", "example.com", allow));
    g_assert_nonnull(pbay_egress_refuses_origin("http", "192.168.0.1", allow));
    g_assert_nonnull(pbay_egress_refuses_origin("file", "", allow));
    g_assert_nonnull(pbay_egress_refuses_origin("gopher", "10.0.0.1", allow));
    g_assert_cmpstr(pbay_egress_refuses_origin("http", "10.0.0.1", allow), ==, NULL);
    g_assert_cmpstr(pbay_egress_refuses_origin("http", "[fd00::1]", allow), ==, NULL);
    g_assert_cmpstr(pbay_egress_refuses_origin("https", "10.0.0.1", allow), ==, NULL);
}

static void expect_url(const char *url, char *const *allow, const char *said)
{
    g_test_message("%s", url);
    g_autoptr(PbayFailure) failure = pbay_egress_check_url(pbay_str(url), allow);
    if (said == NULL) {
        g_assert_null(failure);
        return;
    }
    g_assert_nonnull(failure);
    g_assert_cmpint(failure->cls, ==, PB_ERR_INVALID);
    g_assert_nonnull(strstr(failure->message, said));
    g_assert_null(strstr(failure->message, "hush"));
}

static void test_url(void)
{
    char *allow[] = {(char *)"127.0.0.0/8", NULL};
    expect_url("https://example.com/a.png?key=hush", NULL, NULL);
    expect_url("https://example.com:8443/a/../b", NULL, NULL);
    expect_url("http://example.com/a.png?key=hush", NULL, "http://example.com/a.png is not");
    expect_url("https://user:hush@example.com/", NULL, "https://example.com/ is not fetched");
    expect_url("https://127.0.0.1/a?hush", NULL, "loopback");
    expect_url("https://2130706433/", NULL, "loopback");
    expect_url("https://0x7f.1/", NULL, "loopback");
    expect_url("https://0177.0.0.1/", NULL, "loopback");
    expect_url("https://[::ffff:127.0.0.1]/", NULL, "loopback");
    expect_url("https://[fe80::1%25lo]/", NULL, "link-local");
    expect_url("http://127.0.0.1:8080/a.png", allow, NULL);
    expect_url("http://127.0.0.1@10.0.0.1/", allow, "user name");
    expect_url("file:///etc/passwd", NULL, "https");
    expect_url("gopher://127.0.0.1/", allow, "not https");
    expect_url("//example.com/", NULL, "not an absolute https URL");
    expect_url("a.png", NULL, "https");
    expect_url("", NULL, "https");
    expect_url("https://exa mple.com/", NULL, "not an absolute https URL");
    g_autoptr(PbayFailure) nul = pbay_egress_check_url((pb_str){"https://a.example/\0b", 20}, NULL);
    g_assert_nonnull(nul);
    g_autofree char *longish = g_strnfill(5000, 'a');
    g_autofree char *url = g_strconcat("ftp://", longish, NULL);
    g_autofree char *shown = pbay_egress_show_url(pbay_str(url));
    g_assert_cmpuint(strlen(shown), ==, 203);
}

static void test_address(void)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    char *allow[] = {(char *)"::1", NULL};
    g_assert_false(pbay_egress_check_address((const struct sockaddr *)&v6, NULL));
    g_assert_true(pbay_egress_check_address((const struct sockaddr *)&v6, allow));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/egress/refused", test_refused);
    g_test_add_func("/egress/open", test_open);
    g_test_add_func("/egress/allow", test_allow);
    g_test_add_func("/egress/other-families", test_other_families);
    g_test_add_func("/egress/cidr", test_cidr);
    g_test_add_func("/egress/origin", test_origin);
    g_test_add_func("/egress/url", test_url);
    g_test_add_func("/egress/address", test_address);
    return g_test_run();
}
