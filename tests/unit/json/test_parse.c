/* SPDX-License-Identifier: Apache-2.0 */
/* What the reader accepts and what it refuses, as tables: every refusal with its reason and its
 * place. The texts lie in memory of their exact size, so that a sanitizer sees a read beyond
 * them. */
#include "base/error.h"
#include "base/str.h"
#include "json/reader.h"

#include <string.h>

typedef struct Refusal {
    const char *text;
    size_t len; /* 0: strlen */
    const char *what;
    int at; /* byte */
} Refusal;

static const Refusal refusals[] = {
    {"", 0, "the text ends where a value is expected", 0},
    {"  \n", 0, "the text ends where a value is expected", 3},
    {"\xef\xbb\xbf{}", 0, "byte order mark", 0},
    {"[", 0, "the text ends where a value is expected", 1},
    {"[1", 0, "a comma or a closing bracket is expected", 2},
    {"[1,", 0, "the text ends where a value is expected", 3},
    {"[1,]", 0, "a value is expected", 3},
    {"[,1]", 0, "a value is expected", 1},
    {"[1,,2]", 0, "a value is expected", 3},
    {"[1 2]", 0, "a comma or a closing bracket is expected", 3},
    {"[1}", 0, "a comma or a closing bracket is expected", 2},
    {"[1]]", 0, "something follows", 3},
    {"]", 0, "a value is expected", 0},
    {"{", 0, "a member name in double quotes is expected", 1},
    {"{\"a\"", 0, "a colon is expected", 4},
    {"{\"a\":", 0, "the text ends where a value is expected", 5},
    {"{\"a\":1", 0, "a comma or a closing brace is expected", 6},
    {"{\"a\":1,}", 0, "a member name in double quotes is expected", 7},
    {"{,}", 0, "a member name in double quotes is expected", 1},
    {"{\"a\":1]", 0, "a comma or a closing brace is expected", 6},
    {"{\"a\" 1}", 0, "a colon is expected", 5},
    {"{\"a\"::1}", 0, "a value is expected", 5},
    {"{\"a\",1}", 0, "a colon is expected", 4},
    {"{a:1}", 0, "a member name in double quotes is expected", 1},
    {"{'a':1}", 0, "a member name in double quotes is expected", 1},
    {"{1:1}", 0, "a member name in double quotes is expected", 1},
    {"{null:1}", 0, "a member name in double quotes is expected", 1},
    {"{}{}", 0, "something follows", 2},
    {"1 2", 0, "something follows", 2},
    {"{} x", 0, "something follows", 3},
    {"{}\0", 3, "something follows", 2},
    {"\0", 1, "a value is expected", 0},
    {"[1\0]", 4, "a comma or a closing bracket is expected", 2},
    {"// c\n1", 0, "a value is expected", 0},
    {"/**/1", 0, "a value is expected", 0},
    {"[1/**/]", 0, "a comma or a closing bracket is expected", 2},
    {"\v1", 0, "a value is expected", 0},
    {"\f1", 0, "a value is expected", 0},
    {"\xc2\xa0"
     "1",
     0, "a value is expected", 0},
    {"True", 0, "a value is expected", 0},
    {"TRUE", 0, "a value is expected", 0},
    {"tru", 0, "a value is expected", 0},
    {"nul", 0, "a value is expected", 0},
    {"fals", 0, "a value is expected", 0},
    {"nullx", 0, "something follows", 4},
    {"truefalse", 0, "something follows", 4},
    {"NaN", 0, "a value is expected", 0},
    {"nan", 0, "a value is expected", 0},
    {"Infinity", 0, "a value is expected", 0},
    {"-Infinity", 0, "a digit is expected after the minus sign", 1},
    {"-NaN", 0, "a digit is expected after the minus sign", 1},
    {"undefined", 0, "a value is expected", 0},
    {"-", 0, "a digit is expected after the minus sign", 1},
    {"--1", 0, "a digit is expected after the minus sign", 1},
    {"+1", 0, "a value is expected", 0},
    {".5", 0, "a value is expected", 0},
    {"-.5", 0, "a digit is expected after the minus sign", 1},
    {"1.", 0, "a digit is expected after the decimal point", 2},
    {"1.e1", 0, "a digit is expected after the decimal point", 2},
    {"1e", 0, "a digit is expected in the exponent", 2},
    {"1e+", 0, "a digit is expected in the exponent", 3},
    {"1E-", 0, "a digit is expected in the exponent", 3},
    {"1e1.5", 0, "something follows", 3},
    {"1.2.3", 0, "something follows", 3},
    {"01", 0, "a number must not begin with a zero", 0},
    {"-01", 0, "a number must not begin with a zero", 1},
    {"00", 0, "a number must not begin with a zero", 0},
    {"[00.5]", 0, "a number must not begin with a zero", 1},
    {"0x10", 0, "something follows", 1},
    {"1_000", 0, "something follows", 1},
    {"1,5", 0, "something follows", 1},
    {"1f", 0, "something follows", 1},
    {"\xef\xbc\x91", 0, "a value is expected", 0},
    {"\"", 0, "the text ends inside a string", 1},
    {"\"abc", 0, "the text ends inside a string", 4},
    {"\"abc\\", 0, "the text ends inside a string", 4},
    {"\"abc\\\"", 0, "the text ends inside a string", 6},
    {"'abc'", 0, "a value is expected", 0},
    {"\"a\nb\"", 0, "a control character in a string must be escaped", 2},
    {"\"a\tb\"", 0, "a control character in a string must be escaped", 2},
    {"\"a\0b\"", 5, "a control character in a string must be escaped", 2},
    {"\"a\x1f\"", 0, "a control character in a string must be escaped", 2},
    {"{\"a\rb\":1}", 0, "a control character in a string must be escaped", 3},
    {"\"0123456789abcdef0123456789abcdef\x01\"", 0, "a control character", 33},
    {"\"\\x41\"", 0, "an unknown escape", 1},
    {"\"\\a\"", 0, "an unknown escape", 1},
    {"\"\\0\"", 0, "an unknown escape", 1},
    {"\"\\'\"", 0, "an unknown escape", 1},
    {"\"\\\n\"", 0, "an unknown escape", 1},
    {"\"\\U0041\"", 0, "an unknown escape", 1},
    {"\"\\N\"", 0, "an unknown escape", 1},
    {"\"\\u\"", 0, "four hexadecimal digits", 1},
    {"\"\\u12\"", 0, "four hexadecimal digits", 1},
    {"\"\\u123\"", 0, "four hexadecimal digits", 1},
    {"\"\\u12g4\"", 0, "four hexadecimal digits", 1},
    {"\"\\u+123\"", 0, "four hexadecimal digits", 1},
    {"\"\\u 123\"", 0, "four hexadecimal digits", 1},
    {"\"\\u-123\"", 0, "four hexadecimal digits", 1},
    {"\"\\u1234", 0, "the text ends inside a string", 7},
    {"\"\\u123", 0, "four hexadecimal digits", 1},
    {"\"\\ud800\"", 0, "a high surrogate without a low one", 1},
    {"\"\\udbffx\"", 0, "a high surrogate without a low one", 1},
    {"\"\\ud800\\n\"", 0, "a high surrogate without a low one", 1},
    {"\"\\ud800\\u0041\"", 0, "a high surrogate without a low one", 1},
    {"\"\\ud800\\ud800\"", 0, "a high surrogate without a low one", 1},
    {"\"\\ud800\\udc0\"", 0, "a high surrogate without a low one", 1},
    {"\"\\ud800\\u", 0, "a high surrogate without a low one", 1},
    {"\"\\udc00\"", 0, "a low surrogate without a high one", 1},
    {"\"\\uDFFF\\uD800\"", 0, "a low surrogate without a high one", 1},
    {"{\"\\ud83d\":1}", 0, "a high surrogate without a low one", 2},
    {"\"\x80\"", 0, "not valid UTF-8", 1},
    {"\"a\xbf\"", 0, "not valid UTF-8", 2},
    {"\"\xc0\x80\"", 0, "not valid UTF-8", 1},
    {"\"\xc1\xbf\"", 0, "not valid UTF-8", 1},
    {"\"\xc3\"", 0, "not valid UTF-8", 1},
    {"\"\xc3(\"", 0, "not valid UTF-8", 1},
    {"\"\xe0\x80\x80\"", 0, "not valid UTF-8", 1},
    {"\"\xe0\x9f\xbf\"", 0, "not valid UTF-8", 1},
    {"\"\xe2\x82\"", 0, "not valid UTF-8", 1},
    {"\"\xed\xa0\x80\"", 0, "not valid UTF-8", 1},
    {"\"\xed\xbf\xbf\"", 0, "not valid UTF-8", 1},
    {"\"\xf0\x8f\xbf\xbf\"", 0, "not valid UTF-8", 1},
    {"\"\xf0\x9f\x98\"", 0, "not valid UTF-8", 1},
    {"\"\xf4\x90\x80\x80\"", 0, "not valid UTF-8", 1},
    {"\"\xf5\x80\x80\x80\"", 0, "not valid UTF-8", 1},
    {"\"\xfe\"", 0, "not valid UTF-8", 1},
    {"\"\xff\xff\"", 0, "not valid UTF-8", 1},
    {"{\"\xff\":1}", 0, "not valid UTF-8", 2},
    {"\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xc3\"", 0, "not valid UTF-8", 13},
    {"\xff", 0, "a value is expected", 0},
    {"\xff\xfe[\0]\0", 6, "a value is expected", 0},
};

static const char *const accepted[] = {
    "null",
    " true ",
    "\t\r\n false\r\n",
    "0",
    "-0",
    "-0.0",
    "0e0",
    "0E+00",
    "1e05",
    "-1e999",
    "1e-99999999999999999999",
    "123456789012345678901234567890",
    "0.1e-7",
    "[]",
    "[ ]",
    "{}",
    "{ \n}",
    "[[],{},[{}],\"\"]",
    "{\"\":{\"\":[]}}",
    "{\"a\":1,\"a\":2}",
    "\"\"",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "\"\\u0000\\u001f\\u007f\\u00e9\\u20AC\\uFFFF\"",
    "\"\\ud83d\\ude00\\uDBFF\\uDFFF\\ud800\\udc00\"",
    "\"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"",
    "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\xe2\x80\xa8\xef\xbb\xbf\"",
    "\"/* no comment */ // none\"",
    "\"0123456789abcde\\\"0123456789abcdef\\\\\"",
};

/* The text in memory of exactly its size. */
static char *exactly(const char *text, size_t len)
{
    char *copy = g_malloc(len != 0 ? len : 1);
    memcpy(copy, text, len);
    return copy;
}

static void test_refused(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        const Refusal *row = &refusals[i];
        size_t len = row->len != 0 ? row->len : strlen(row->text);
        g_autofree char *text = exactly(row->text, len);
        g_autoptr(PbayArena) arena = pbay_arena_new(0);
        g_autoptr(GError) error = NULL;
        g_autofree char *place = g_strdup_printf("at byte %d (", row->at);
        g_test_message("row %zu", i);
        g_assert_null(pbay_json_parse(arena, (pb_str){text, len}, NULL, 0, &error));
        g_assert_error(error, PBAY_ERROR, PB_ERR_INVALID);
        g_test_message("%s", error->message);
        g_assert_nonnull(strstr(error->message, row->what));
        g_assert_nonnull(strstr(error->message, place));
        g_assert_cmpuint(pbay_arena_used(arena), ==, 0);
    }
}

static void test_accepted(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(accepted); i++) {
        size_t len = strlen(accepted[i]);
        g_autofree char *text = exactly(accepted[i], len);
        g_autofree char *stripped = g_strstrip(g_strdup(accepted[i]));
        g_autoptr(PbayArena) arena = pbay_arena_new(0);
        g_autoptr(GError) error = NULL;
        const pb_json *root = pbay_json_parse(arena, (pb_str){text, len}, NULL, 0, &error);
        g_assert_no_error(error);
        g_assert_nonnull(root);
        g_assert_true(pbay_str_is(pbay_json_text(root), stripped));
    }
}

/* Every prefix of a text whose value is a container is refused, and none is read beyond. */
static void test_every_prefix(void)
{
    static const char whole[] =
        "{\"k\\u00e9y\":[1,-2.5e+3,true,null,\"\\ud83d\\ude00 \xe2\x82\xac\\n\"],"
        "\"long\":\"0123456789abcdef0123456789abcdef\",\"o\":{\"\":{}}}";
    for (size_t len = 0; len < sizeof whole; len++) {
        g_autofree char *text = exactly(whole, len);
        g_autoptr(PbayArena) arena = pbay_arena_new(0);
        const pb_json *root = pbay_json_parse(arena, (pb_str){text, len}, NULL, 0, NULL);
        g_assert_cmpint(root != NULL, ==, len == sizeof whole - 1);
    }
}

static char *nested(size_t depth, const char *open, const char *inside, const char *close)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < depth; i++)
        g_string_append(text, open);
    g_string_append(text, inside);
    for (size_t i = 0; i < depth; i++)
        g_string_append(text, close);
    return g_string_free(text, FALSE);
}

static bool parses(const char *text, const PbayJsonLimits *limits, const char *why_not)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GError) error = NULL;
    bool ok = pbay_json_parse(arena, pbay_str(text), limits, 0, &error) != NULL;
    g_assert_cmpint(ok, ==, error == NULL);
    if (!ok)
        g_assert_nonnull(strstr(error->message, why_not));
    return ok;
}

static void test_depth(void)
{
    static const char why[] = "nested too deep";
    g_autofree char *deep = nested(128, "[", "", "]");
    g_autofree char *deeper = nested(129, "[", "", "]");
    g_autofree char *object = nested(128, "{\"a\":", "1", "}");
    g_autofree char *objects = nested(129, "{\"a\":", "1", "}");
    g_autofree char *hostile = nested(1000000, "[", "", "");
    g_autofree char *huge = nested(1000000, "[", "", "]");
    g_assert_true(parses(deep, NULL, why));
    g_assert_false(parses(deeper, NULL, why));
    g_assert_true(parses(object, NULL, why));
    g_assert_false(parses(objects, NULL, why));
    g_assert_false(parses(hostile, NULL, why));
    g_assert_true(parses(huge, &(PbayJsonLimits){0, 1000000}, why));
    g_assert_true(parses("1", &(PbayJsonLimits){0, 0}, why));
    g_assert_false(parses("[]", &(PbayJsonLimits){0, 0}, why));
    g_assert_true(parses("[[],[],[[]]]", &(PbayJsonLimits){0, 3}, why));
    g_assert_false(parses("[[],[],[[]]]", &(PbayJsonLimits){0, 2}, why));
}

static void test_bytes(void)
{
    static const char why[] = "has 6 bytes, more than the 5 that are allowed";
    g_assert_true(parses("[1234]", &(PbayJsonLimits){6, 8}, why));
    g_assert_false(parses("[1234]", &(PbayJsonLimits){5, 8}, why));
    g_assert_true(parses("[1234]", &(PbayJsonLimits){0, 8}, why));
    /* Refused before a byte is looked at. */
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GError) error = NULL;
    pb_str vast = {"1", (size_t)1 << 31};
    g_assert_null(pbay_json_parse(arena, vast, &(PbayJsonLimits){0, 8}, 0, &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_INVALID);
}

static void test_place(void)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GError) error = NULL;
    pb_str text = PBAY_STR("{\n  \"a\": 1,\r\n  \"\xc3\xa9\xe2\x82\xac\": x\n}");
    g_assert_null(pbay_json_parse(arena, text, NULL, 0, &error));
    g_assert_cmpstr(error->message, ==,
                    "not valid JSON: a value is expected, at byte 24 (line 3, column 9)");
}

/* Wherever the arena's bound falls, the answer is an error and the arena is as before. */
static void test_arena_bound(void)
{
    GString *text = g_string_new("{\"a\\n\":\"b\\n\"");
    for (int i = 0; i < 20000; i++)
        g_string_append_printf(text, ",\"%d\":[\"\\t\"]", i);
    g_string_append_c(text, '}');
    size_t needed = 0;
    for (size_t limit = 1; needed == 0; limit += 1 + limit / 7) {
        g_autoptr(PbayArena) arena = pbay_arena_new(limit);
        g_autoptr(GError) error = NULL;
        if (pbay_json_parse(arena, pbay_str_of(text), NULL, PBAY_JSON_COPY, &error) != NULL) {
            needed = pbay_arena_used(arena);
            g_assert_cmpuint(needed, <=, limit);
            continue;
        }
        g_assert_error(error, PBAY_ERROR, PB_ERR_INVALID);
        g_assert_nonnull(strstr(error->message, "more memory than is allowed"));
        g_assert_cmpuint(pbay_arena_used(arena), ==, 0);
    }
    g_assert_cmpuint(needed, >, text->len);
    g_string_free(text, TRUE);
}

static void test_copy(void)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    char text[] = "{\"model\":\"gpt\",\"n\":[1,2]}";
    const pb_json *kept = pbay_json_parse(arena, pbay_str(text), NULL, PBAY_JSON_COPY, NULL);
    memset(text, 'x', sizeof text);
    g_assert_true(pbay_str_is(pbay_json_str(pbay_json_get(kept, PBAY_STR("model"))), "gpt"));
    g_assert_true(pbay_str_is(pbay_json_text(kept), "{\"model\":\"gpt\",\"n\":[1,2]}"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json/parse/refused", test_refused);
    g_test_add_func("/json/parse/accepted", test_accepted);
    g_test_add_func("/json/parse/every-prefix", test_every_prefix);
    g_test_add_func("/json/parse/depth", test_depth);
    g_test_add_func("/json/parse/bytes", test_bytes);
    g_test_add_func("/json/parse/place", test_place);
    g_test_add_func("/json/parse/arena-bound", test_arena_bound);
    g_test_add_func("/json/parse/copy", test_copy);
    return g_test_run();
}
