/* SPDX-License-Identifier: Apache-2.0 */
/* Redaction: overlaps, every way of escaping, broken escapes, bytes of every kind, and the cost of
 * large texts with many secrets. */
#include "base/secret.h"

#include "base/str.h"
#include "base/text.h"

static GPtrArray *hold(const char *first, ...)
{
    GPtrArray *held = g_ptr_array_new_with_free_func((GDestroyNotify)pbay_secret_unref);
    va_list args;
    va_start(args, first);
    for (const char *value = first; value != NULL; value = va_arg(args, const char *))
        g_ptr_array_add(held, pbay_secret_new(pbay_str(value)));
    va_end(args);
    return held;
}

static void becomes(const char *text, const char *want)
{
    GString *s = g_string_new(text);
    bool changed = pbay_redact(s);
    g_assert_cmpstr(s->str, ==, want);
    g_assert_cmpuint(s->len, ==, strlen(want));
    g_assert_cmpint(changed, ==, strcmp(text, want) != 0);
    g_string_free(s, TRUE);
}

static void test_plain(void)
{
    becomes("nothing known", "nothing known");
    GPtrArray *held = hold("hunter-22", "short", "", NULL);
    becomes("hunter-22", "***");
    becomes("a hunter-22 b hunter-22", "a *** b ***");
    becomes("hunter-2 hunter-2", "hunter-2 hunter-2");
    becomes("short and Hunter-22", "short and Hunter-22");
    becomes("", "");
    GString *s = g_string_new(NULL);
    g_string_append_len(s, "\0hunter-22\0\xFF", 12);
    g_assert_true(pbay_redact(s));
    g_assert_true(pbay_str_eq(pbay_str_of(s), PBAY_STR("\0***\0\xFF")));
    g_string_free(s, TRUE);
    g_ptr_array_unref(held);
    becomes("hunter-22", "hunter-22"); /* gone with its secret */
}

static void test_overlap(void)
{
    GPtrArray *held = hold("abcdef", "abcdefgh", "defghi", "xaaaaaaax", "aaaaaaa", NULL);
    becomes("abcdefgh", "***");
    becomes("abcdefghi", "***"); /* one runs into the other */
    becomes("zabcdefghiz", "z***z");
    becomes("abcdefg", "***g");
    becomes("abcdefabcdef", "***");
    becomes("xaaaaaaax", "***");
    becomes("aaaaaaaaaaaaaaaaaaaa", "***");
    g_ptr_array_unref(held);
}

static void test_json_escapes(void)
{
    GPtrArray *held = hold("pa\"ss\\wo/rd\n\x01", "sn\xC3\xB6 \xF0\x9F\x98\x80 x", NULL);
    GString *s = g_string_new(NULL);
    pbay_text_append_json(s, PBAY_STR("pa\"ss\\wo/rd\n\x01"));
    becomes(s->str, "\"***\"");
    g_string_free(s, TRUE);
    becomes("{\"k\":\"pa\\\"ss\\\\wo\\/rd\\n\\u0001\"}", "{\"k\":\"***\"}");
    becomes("pa\\u0022ss\\u005Cwo\\u002frd\\u000a\\u0001", "***");
    becomes("pa\"ss\\wo/rd\n\x01", "***");
    becomes("sn\\u00f6 \\ud83d\\ude00 x", "***");
    becomes("sn\xC3\xB6 \\uD83D\\uDE00 x!", "***!");
    /* A broken escape means itself and spoils nothing behind it. */
    becomes("\\u12 \\ud83d \\q \\ pa\\\"ss\\\\wo/rd\\n\\u0001 \\", "\\u12 \\ud83d \\q \\ *** \\");
    becomes("\\", "\\");
    becomes("\\ud83d\\u0041 no secret", "\\ud83d\\u0041 no secret");
    g_ptr_array_unref(held);
}

static void test_percent(void)
{
    GPtrArray *held = hold("a b/c+d=e%f", NULL);
    becomes("a b/c+d=e%f", "***");
    becomes("?k=a%20b%2Fc%2Bd%3De%25f&x", "?k=***&x");
    becomes("?k=a%20b%2fc%2bd%3de%25f&x", "?k=***&x");
    becomes("?k=a%20b/c+d=e%25f", "?k=***");   /* as little as needed */
    becomes("k=a+b%2Fc%2Bd%3De%25f", "k=***"); /* a form */
    becomes("%61%20%62%2F%63%2B%64%3D%65%25%66", "***");
    becomes("%6 %zz % a%20b%2Fc%2Bd%3De%25f%", "%6 %zz % ***%");
    becomes("a%20b%2Fc%2Bd%3De%25", "a%20b%2Fc%2Bd%3De%25");
    g_ptr_array_unref(held);
    held = hold("key+with/base64==", NULL);
    g_autofree char *encoded = g_base64_encode((const guchar *)"key+with/base64==", 17);
    g_autofree char *escaped = g_uri_escape_string(encoded, NULL, FALSE);
    becomes(escaped, "***");
    g_ptr_array_unref(held);
}

/* Every single byte, every way of writing it. */
static void test_every_byte(void)
{
    for (int byte = 1; byte < 256; byte++) {
        char value[] = {'q', 'q', 'q', (char)byte, 'z', 'z', 'z', '\0'};
        GPtrArray *held = hold(value, NULL);
        becomes(value, "***");
        g_autofree char *percent = g_strdup_printf("qqq%%%02Xzzz", byte);
        becomes(percent, "***");
        if (byte < 0x80) {
            g_autofree char *json = g_strdup_printf("qqq\\u%04xzzz", byte);
            becomes(json, "***");
        }
        g_ptr_array_unref(held);
    }
}

/* Replaces every whole value in random text; afterwards no value is left in any reading, and what
 * is outside of values is untouched. */
static void test_random(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(5);
    for (int round = 0; round < 2000; round++) {
        char a[9] = {0}, b[7] = {0};
        for (int i = 0; i < 8; i++)
            a[i] = "ab"[g_rand_int_range(rand, 0, 2)];
        for (int i = 0; i < 6; i++)
            b[i] = "ab"[g_rand_int_range(rand, 0, 2)];
        GPtrArray *held = hold(a, b, NULL);
        GString *s = g_string_new(NULL), *want = g_string_new(NULL);
        for (int i = 0; i < 60; i++)
            g_string_append_c(
                s, (round % 2 ? "aabbaabb\\%+c" : "aabbaabbaabc")[g_rand_int_range(rand, 0, 12)]);
        char covered[61] = {0};
        for (size_t i = 0; i < s->len; i++) {
            if (g_str_has_prefix(s->str + i, a))
                memset(covered + i, 1, 8);
            if (g_str_has_prefix(s->str + i, b))
                memset(covered + i, 1, 6);
        }
        for (size_t i = 0; i < s->len; i++) {
            if (!covered[i])
                g_string_append_c(want, s->str[i]);
            else if (i == 0 || !covered[i - 1])
                g_string_append(want, "***");
        }
        pbay_redact(s);
        if (round % 2 == 0)
            g_assert_cmpstr(s->str, ==, want->str);
        g_assert_null(strstr(s->str, a));
        g_assert_null(strstr(s->str, b));
        g_string_free(s, TRUE);
        g_string_free(want, TRUE);
        g_ptr_array_unref(held);
    }
}

/* Hundreds of secrets that begin alike, and a megabyte that nearly match all along. The test's time
 * limit is the bound: a quadratic way would take hours. */
static void test_large(void)
{
    GPtrArray *held = g_ptr_array_new_with_free_func((GDestroyNotify)pbay_secret_unref);
    for (int i = 0; i < 500; i++) {
        g_autofree char *value = g_strdup_printf("sk-ant-api03-%032d", i);
        g_ptr_array_add(held, pbay_secret_new(pbay_str(value)));
    }
    GString *s = g_string_new(NULL);
    while (s->len < (1u << 20))
        g_string_append(s, "sk-ant-api03-%0000 \\n");
    size_t len = s->len;
    g_assert_false(pbay_redact(s));
    g_assert_cmpuint(s->len, ==, len);
    g_string_append(s, "sk-ant-api03-00000000000000000000000000000499");
    g_assert_true(pbay_redact(s));
    g_assert_cmpuint(s->len, ==, len + 3);
    g_string_assign(s, "");
    g_ptr_array_set_size(held, 0);
    g_autofree char *same = g_strnfill(4000, 'a'); /* a match at every place of the text */
    g_ptr_array_add(held, pbay_secret_new(pbay_str(same)));
    while (s->len < (128u << 10))
        g_string_append(s, same);
    g_assert_true(pbay_redact(s));
    g_assert_cmpstr(s->str, ==, "***");
    g_string_free(s, TRUE);
    g_ptr_array_unref(held);
}

/* One secret by itself, in the forms that redaction knows. */
static void test_shows(void)
{
    g_autoptr(PbaySecret) secret = pbay_secret_new(PBAY_STR("canary-4\"5"));
    g_autoptr(PbaySecret) shorty = pbay_secret_new(PBAY_STR("ab"));
    g_autoptr(PbaySecret) other = pbay_secret_new(PBAY_STR("another-one"));
    g_autoptr(PbaySecret) none = pbay_secret_new((pb_str){NULL, 0});
    static const char *const texts[] = {"x canary-4\"5", "x canary-4\\\"5", "canary%2d4%225",
                                        "Y2FuYXJ5LTQiNQ=="};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_assert_true(pbay_secret_shows(secret, pbay_str(texts[i])));
        g_assert_false(pbay_secret_shows(other, pbay_str(texts[i])));
        g_assert_false(pbay_secret_shows(none, pbay_str(texts[i])));
    }
    g_assert_true(pbay_secret_shows(shorty, PBAY_STR("xaby")));
    g_assert_false(pbay_secret_shows(shorty, PBAY_STR("")));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/redact/plain", test_plain);
    g_test_add_func("/base/redact/overlap", test_overlap);
    g_test_add_func("/base/redact/json", test_json_escapes);
    g_test_add_func("/base/redact/percent", test_percent);
    g_test_add_func("/base/redact/every-byte", test_every_byte);
    g_test_add_func("/base/redact/random", test_random);
    g_test_add_func("/base/redact/large", test_large);
    g_test_add_func("/base/redact/shows", test_shows);
    return g_test_run();
}
