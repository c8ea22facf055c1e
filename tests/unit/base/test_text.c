/* SPDX-License-Identifier: Apache-2.0 */
/* Text helpers against tables of good and bad input; UTF-8 cleaning and globs also against a slow
 * and obvious second way over many inputs. */
#include "base/text.h"

#include "base/str.h"

static void clean_is(const char *bytes, size_t n, const char *want)
{
    GString *out = g_string_new("<");
    pbay_text_append_utf8(out, (pb_str){bytes, n});
    g_assert_cmpstr(out->str + 1, ==, want);
    g_assert_cmpuint(out->len, ==, strlen(want) + 1);
    g_string_free(out, TRUE);
}

#define CLEAN_IS(bytes, want) clean_is((bytes), sizeof(bytes) - 1, (want))
#define R                     "\xEF\xBF\xBD"

static void test_utf8(void)
{
    clean_is(NULL, 0, "");
    CLEAN_IS("plain", "plain");
    CLEAN_IS("h\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80", "h\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80");
    CLEAN_IS("a\0b\0", "ab");
    CLEAN_IS("\xFF\xFE", R R);
    CLEAN_IS("\x80", R);
    CLEAN_IS("\xC0\xAF", R R);             /* overlong */
    CLEAN_IS("\xE0\x80\xAF", R R R);       /* overlong */
    CLEAN_IS("\xED\xA0\x80", R R R);       /* a surrogate */
    CLEAN_IS("\xF4\x90\x80\x80", R R R R); /* beyond U+10FFFF */
    CLEAN_IS("\xE2\x82", R);               /* cut: one for the part */
    CLEAN_IS("\xE2\x82x", R "x");
    CLEAN_IS("\xF0\x9F\x98", R);
    CLEAN_IS("\xF0\x9F\x98\xF0\x9F\x98\x80", R "\xF0\x9F\x98\x80");
    CLEAN_IS("\xC3\xC3\xA9", R "\xC3\xA9");
    /* The example of the Unicode standard, table 3-11. */
    CLEAN_IS("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", R R R R "A");
}

static void test_utf8_random(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(42);
    static const unsigned char bytes[] = {0x41, 0x80, 0xBF, 0xC2, 0xE0, 0xED,
                                          0xF0, 0xF4, 0x9F, 0xFF, 0x00};
    for (int round = 0; round < 20000; round++) {
        char in[12];
        size_t n = (size_t)g_rand_int_range(rand, 0, 12);
        for (size_t i = 0; i < n; i++)
            in[i] = (char)bytes[g_rand_int_range(rand, 0, (gint32)sizeof bytes)];
        char *copy = g_memdup2(in, MAX(n, 1)); /* exactly as long, so that an overrun is seen */
        GString *out = g_string_new(NULL);
        pbay_text_append_utf8(out, (pb_str){copy, n});
        g_assert_true(g_utf8_validate_len(out->str, out->len, NULL));
        if (g_utf8_validate_len(in, n, NULL))
            g_assert_true(pbay_str_eq(pbay_str_of(out), (pb_str){in, n}));
        g_string_free(out, TRUE);
        g_free(copy);
    }
}

static void json_is(pb_str s, const char *want)
{
    GString *out = g_string_new(NULL);
    pbay_text_append_json(out, s);
    g_assert_cmpstr(out->str, ==, want);
    g_string_free(out, TRUE);
}

static void test_json(void)
{
    json_is((pb_str){NULL, 0}, "\"\"");
    json_is(PBAY_STR("plain / text"), "\"plain / text\"");
    json_is(PBAY_STR("\"\\"), "\"\\\"\\\\\"");
    json_is(PBAY_STR("a\b\t\n\f\r\x01\x1f z"), "\"a\\b\\t\\n\\f\\r\\u0001\\u001f z\"");
    json_is(PBAY_STR("\x7f\xC2\x9B\xC2\xA0"), "\"\\u007f\\u009b\xC2\xA0\"");
    json_is(PBAY_STR("\xC2"), "\"" R "\"");
    json_is(PBAY_STR("\xFF\"\n"), "\"" R "\\\"\\n\"");
    json_is(PBAY_STR("\xF0\x9F\x98\x80"), "\"\xF0\x9F\x98\x80\"");
}

static void test_nearest(void)
{
    static const char *const known[] = {"temperature", "top-p",  "max-tokens", "timeout",
                                        "model",       "models", "id",         NULL};
    static const struct {
        const char *name, *want;
    } rows[] = {
        {"temprature", "temperature"},
        {"tmeout", "timeout"},
        {"tiemout", "timeout"},
        {"TIMEOUT", "timeout"},
        {"modle", "model"},
        {"model", "model"},
        {"modelss", "models"},
        {"max_tokens", "max-tokens"},
        {"temporature", "temperature"},
        {"temmpppereture", NULL},
        {"xx", NULL},
        {"di", NULL},
        {"", NULL},
        {"completely-else", NULL},
        {"to-p", "top-p"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpstr(pbay_text_nearest(rows[i].name, known), ==, rows[i].want);
    static const char *const none[] = {NULL};
    g_assert_null(pbay_text_nearest("model", none));
    g_autofree char *huge = g_strnfill(100000, 'm');
    g_assert_null(pbay_text_nearest(huge, known));
    const char *const huge_known[] = {huge, "model", NULL};
    g_assert_cmpstr(pbay_text_nearest("modl", huge_known), ==, "model");
    const char *const edge[] = {huge + (100000 - 128), NULL}; /* the longest that is compared */
    g_assert_nonnull(pbay_text_nearest(huge + (100000 - 127), edge));
}

static void test_duration(void)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {{"250ms", 250},
                {"20s", 20000},
                {"5m", 300000},
                {"1h", 3600000},
                {"7", 7000},
                {"0", 0},
                {"0ms", 0},
                {"720h", INT64_C(2592000000)},
                {"2592000", INT64_C(2592000000)},
                {"007s", 7000}};
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        int64_t ms = -1;
        g_assert_true(pbay_text_duration(good[i].text, &ms));
        g_assert_cmpint(ms, ==, good[i].ms);
    }
    static const char *const bad[] = {"",
                                      "s",
                                      "-1s",
                                      "+1s",
                                      "1.5s",
                                      "1 s",
                                      " 1s",
                                      "1s ",
                                      "1d",
                                      "1S",
                                      "721h",
                                      "2592001",
                                      "99999999999999999999",
                                      "9223372036854775807h",
                                      "0x10",
                                      "1sm",
                                      "\xD9\xA1s"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        int64_t ms = -1;
        g_assert_false(pbay_text_duration(bad[i], &ms));
        g_assert_cmpint(ms, ==, -1);
    }
}

static void test_size(void)
{
    static const struct {
        const char *text;
        int64_t bytes;
    } good[] = {{"512", 512},
                {"64KiB", 65536},
                {"16MiB", 16777216},
                {"1GiB", 1073741824},
                {"0", 0},
                {"9223372036854775807", INT64_MAX},
                {"8589934591GiB", INT64_C(8589934591) << 30}};
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        int64_t bytes = -1;
        g_assert_true(pbay_text_size(good[i].text, &bytes));
        g_assert_cmpint(bytes, ==, good[i].bytes);
    }
    static const char *const bad[] = {"",
                                      "KiB",
                                      "1KB",
                                      "1k",
                                      "1kib",
                                      "-1",
                                      "1.5MiB",
                                      "1 MiB",
                                      "9223372036854775808",
                                      "8589934592GiB"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        int64_t bytes = -1;
        g_assert_false(pbay_text_size(bad[i], &bytes));
        g_assert_cmpint(bytes, ==, -1);
    }
}

static void test_bool(void)
{
    static const char *const yes[] = {"true", "yes", "1"}, *const no[] = {"false", "no", "0"};
    for (size_t i = 0; i < 3; i++) {
        bool value = false;
        g_assert_true(pbay_text_bool(yes[i], &value) && value);
        g_assert_true(pbay_text_bool(no[i], &value) && !value);
    }
    static const char *const bad[] = {"", "True", "on", "2", "true ", "y"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        bool value = true;
        g_assert_false(pbay_text_bool(bad[i], &value));
        g_assert_true(value);
    }
}

static void test_glob(void)
{
    static const struct {
        const char *pattern, *text;
        bool want;
    } rows[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", "anything/at-all", true},
        {"llama-3.3-*", "llama-3.3-70b", true},
        {"llama-3.3-*", "llama-3.3-", true},
        {"llama-3.3-*", "llama-3-70b", false},
        {"?", "", false},
        {"?", "a", true},
        {"?", "\xC3\xA9", true},
        {"??", "\xC3\xA9", false},
        {"*?b",
         "\xC3\xA9"
         "b",
         true},
        {"*\xC3\xA9?", "\xC3\xA9\xC3\xA9z", true},
        {"a*b*c", "aXbYbZc", true},
        {"a*b*c", "aXbYcZ", false},
        {"*aab", "aaaab", true},
        {"**a", "ba", true},
        {"a?c", "abc", true},
        {"a[b]c", "abc", false},
        {"a[b]c", "a[b]c", true},
        {"a\\*", "a\\x", true},
        {"GPT*", "gpt-4", false},
        {"?", "\xFF", true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(pbay_text_glob(rows[i].pattern, pbay_str(rows[i].text)), ==, rows[i].want);
    g_assert_true(pbay_text_glob("a*b", PBAY_STR("a\0b")));
    g_assert_false(pbay_text_glob("a", PBAY_STR("a\0")));
}

static bool slow_glob(const char *p, const char *t)
{
    if (*p == '\0')
        return *t == '\0';
    if (*p == '*')
        return slow_glob(p + 1, t) || (*t != '\0' && slow_glob(p, t + 1));
    return *t != '\0' && (*p == '?' || *p == *t) && slow_glob(p + 1, t + 1);
}

static void test_glob_random(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(3);
    for (int round = 0; round < 50000; round++) {
        char p[8] = {0}, t[9] = {0};
        for (int i = g_rand_int_range(rand, 0, 8); i-- > 0;)
            p[i] = "ab*?"[g_rand_int_range(rand, 0, 4)];
        for (int i = g_rand_int_range(rand, 0, 9); i-- > 0;)
            t[i] = "ab"[g_rand_int_range(rand, 0, 2)];
        g_assert_cmpint(pbay_text_glob(p, pbay_str(t)), ==, slow_glob(p, t));
    }
    /* Many stars on a long text that does not match must not take exponential time. */
    g_autofree char *text = g_strnfill(20000, 'a');
    g_assert_false(pbay_text_glob("*a*a*a*a*a*a*a*a*a*b", pbay_str(text)));
}

static void test_str(void)
{
    pb_str empty = pbay_str(NULL);
    g_assert_cmpuint(empty.len, ==, 0);
    g_assert_true(pbay_str_eq(empty, PBAY_STR("")));
    g_assert_true(pbay_str_is(PBAY_STR("ab"), "ab"));
    g_assert_false(pbay_str_is(PBAY_STR("ab"), "abc"));
    g_assert_false(pbay_str_is(PBAY_STR("a\0b"), "a"));
    g_assert_true(pbay_str_has_prefix(PBAY_STR("ab"), empty));
    g_assert_true(pbay_str_has_prefix(PBAY_STR("ab"), PBAY_STR("ab")));
    g_assert_false(pbay_str_has_prefix(PBAY_STR("a"), PBAY_STR("ab")));
    g_autofree char *copy = pbay_str_dup(empty);
    g_assert_cmpstr(copy, ==, "");
    GString *s = g_string_new("x");
    pbay_str_append(s, empty);
    pbay_str_append(s, PBAY_STR("yz"));
    g_assert_true(pbay_str_is(pbay_str_of(s), "xyz"));
    g_string_free(s, TRUE);
}

static void test_show_url(void)
{
    static const struct {
        const char *url, *shown;
    } rows[] = {{"https://u:p@h/v1", "https://***@h/v1"},
                {"https://u:p@q@h:8/v1?a=b@c", "https://***@h:8/v1?a=b@c"},
                {"https://h/a@b", "https://h/a@b"},
                {"https://@h", "https://***@h"},
                {"https://", "https://"},
                {"u@h", "u@h"},
                {"", ""}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *shown = pbay_text_show_url(rows[i].url);
        g_assert_cmpstr(shown, ==, rows[i].shown);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/text/utf8", test_utf8);
    g_test_add_func("/base/text/utf8-random", test_utf8_random);
    g_test_add_func("/base/text/json", test_json);
    g_test_add_func("/base/text/nearest", test_nearest);
    g_test_add_func("/base/text/duration", test_duration);
    g_test_add_func("/base/text/size", test_size);
    g_test_add_func("/base/text/bool", test_bool);
    g_test_add_func("/base/text/glob", test_glob);
    g_test_add_func("/base/text/glob-random", test_glob_random);
    g_test_add_func("/base/text/show-url", test_show_url);
    g_test_add_func("/base/text/str", test_str);
    return g_test_run();
}
