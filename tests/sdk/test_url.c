/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding, forms, joining, data: URLs. */
#include "lib/url.h"

#include "lib/str.h"

#include "sdk/bytes.h"

#include <glib.h>

static pbs_buf buf;

static void is(bool ok, const char *expected)
{
    g_assert_true(ok);
    assert_bytes(buf.ptr, buf.len, expected, strlen(expected));
    pbs_buf_free(&buf);
}

static void test_encode(void)
{
    pbs_buf_init(&buf, 1000);
    is(pbs_url_encode(&buf, PBS_STR("a b/c:~-._"), NULL), "a%20b%2Fc%3A~-._");
    is(pbs_url_encode(&buf, PBS_STR("a b/c:d"), "/:"), "a%20b/c:d");
    is(pbs_url_encode(&buf, PBS_STR("\xC3\xBC%\n"), NULL), "%C3%BC%25%0A");
    is(pbs_url_encode(&buf, (pb_str){"\0", 1}, "/"), "%00");
    is(pbs_form_encode(&buf, PBS_STR("a b+c&d=e~")), "a+b%2Bc%26d%3De~");
    is(pbs_url_decode(&buf, PBS_STR("a%20b%2fc%C3%BC%")), "a b/c\xC3\xBC%");
    is(pbs_url_decode(&buf, PBS_STR("%zz%4")), "%zz%4");
    pbs_buf_init(&buf, 4);
    g_assert_false(pbs_url_encode(&buf, PBS_STR("ab  "), NULL));
    pbs_buf_free(&buf);
}

static void test_round_trip(void)
{
    char all[256];
    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    pbs_buf encoded, decoded;
    pbs_buf_init(&encoded, 1000);
    pbs_buf_init(&decoded, 1000);
    g_assert_true(pbs_url_encode(&encoded, (pb_str){all, 256}, NULL));
    g_assert_true(pbs_url_decode(&decoded, pbs_buf_str(&encoded)));
    assert_bytes(decoded.ptr, decoded.len, all, 256);
    pbs_buf_free(&encoded);
    pbs_buf_free(&decoded);
}

static void test_join(void)
{
    pbs_buf_init(&buf, 1000);
    is(pbs_url_join(&buf, PBS_STR("https://a/v1"), PBS_STR("/x")), "https://a/v1/x");
    is(pbs_url_join(&buf, PBS_STR("https://a/v1//"), PBS_STR("/x")), "https://a/v1/x");
    is(pbs_url_join(&buf, PBS_STR("https://a/"), (pb_str){NULL, 0}), "https://a");
    is(pbs_url_join(&buf, (pb_str){NULL, 0}, PBS_STR("/x")), "/x");
}

static void check_data(const char *url, const char *type, const char *data, bool base64)
{
    pbs_data_url out;
    g_assert_true(pbs_data_url_split(pbs_str(url), &out));
    assert_bytes(out.media_type.ptr, out.media_type.len, type, strlen(type));
    assert_bytes(out.data.ptr, out.data.len, data, strlen(data));
    g_assert_cmpint(out.base64, ==, base64);
}

static void test_data_url(void)
{
    pbs_data_url out;
    check_data("data:image/png;base64,iVBO", "image/png", "iVBO", true);
    check_data("DATA:image/png;charset=x;BASE64,iV,BO", "image/png", "iV,BO", true);
    check_data("data:,a%20b", "text/plain", "a%20b", false);
    check_data("data:;base64,", "text/plain", "", true);
    check_data("data:text/html,<p>", "text/html", "<p>", false);
    check_data("data:x/base64,y", "x/base64", "y", false);
    g_assert_false(pbs_data_url_split(PBS_STR("data:image/png;base64"), &out));
    g_assert_false(pbs_data_url_split(PBS_STR("https://a/,b"), &out));
    g_assert_false(pbs_data_url_split(PBS_STR("data"), &out));
    g_assert_false(pbs_data_url_split((pb_str){NULL, 0}, &out));
    g_assert_false(pbs_data_url_split(PBS_STR("data:"), &out));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/url/encode", test_encode);
    g_test_add_func("/sdk/url/round-trip", test_round_trip);
    g_test_add_func("/sdk/url/join", test_join);
    g_test_add_func("/sdk/url/data-url", test_data_url);
    return g_test_run();
}
