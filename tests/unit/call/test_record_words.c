/* SPDX-License-Identifier: Apache-2.0 */
/* Words are replaced in every form a secret is written in, the longest first, with places kept;
 * what is left in a text is found and named. */
#include "call/record_words.h"

#include "base/str.h"

typedef struct Rig {
    PbayWords *words;
    PbaySecret *secret;
} Rig;

static Rig rig_new(const char *value)
{
    Rig rig = {pbay_words_new(), pbay_secret_new(pbay_str(value))};
    g_assert_true(pbay_words_add_secret(rig.words, "api-key", rig.secret));
    return rig;
}

static void rig_free(Rig rig)
{
    pbay_words_free(rig.words);
    pbay_secret_unref(rig.secret);
}

static char *replaced(const Rig *rig, const char *text)
{
    GString *out = g_string_new(NULL);
    pbay_words_replace(rig->words, pbay_str(text), NULL, out);
    return g_string_free(out, FALSE);
}

static void expect(const Rig *rig, const char *text, const char *wanted)
{
    g_autofree char *got = replaced(rig, text);
    g_assert_cmpstr(got, ==, wanted);
}

static void test_forms(void)
{
    Rig rig = rig_new("a\"b/c d+e\\f9");
    expect(&rig, "<a\"b/c d+e\\f9>", "<sk-demo-0123456789>");
    expect(&rig, "<a\\\"b/c d+e\\\\f9>", "<sk-demo-0123456789>");
    expect(&rig, "k=a%22b%2Fc%20d%2Be%5Cf9&", "k=sk-demo-0123456789&");
    expect(&rig, "k=a%22b/c%20d%2Be%5Cf9&", "k=sk-demo-0123456789&");
    expect(&rig, "a\"b/c d+e\\f", "a\"b/c d+e\\f");
    expect(&rig, "", "");
    rig_free(rig);
}

static void test_longest_first(void)
{
    Rig rig = rig_new("canary-key");
    g_autoptr(PbaySecret) other = pbay_secret_new(PBAY_STR("canary-key-two"));
    g_assert_true(pbay_words_add_secret(rig.words, "token", other));
    pbay_words_add(rig.words, PBAY_STR("http://localhost:1"), "https://vendor.test");
    pbay_words_add(rig.words, PBAY_STR("tiny"), "never");
    expect(
        &rig, "canary-key-two canary-keycanary-key tiny http://localhost:1/v1",
        "demo-token-0123456789 sk-demo-0123456789sk-demo-0123456789 tiny https://vendor.test/v1");
    rig_free(rig);
}

/* A vendor that blots out the middle still tells the ends. */
static void test_masked(void)
{
    Rig rig = rig_new("sk-canary-12345-wxyz");
    expect(&rig, "key: sk-can****wxyz.", "key: sk-demo-0123456789.");
    expect(&rig, "key: ***wxyz", "key: sk-demo-0123456789");
    expect(&rig, "key: sk-canary...", "key: sk-demo-0123456789");
    expect(&rig, "key: sk-c\xe2\x80\xa6yz", "key: sk-demo-0123456789");
    expect(&rig, "no ***key*** and so on... well", "no ***key*** and so on... well");
    expect(&rig, "a**wxyz", "a**wxyz");
    rig_free(rig);
}

static void test_cuts(void)
{
    static const size_t before[] = {1, 4, 8, 12}, after[] = {1, 19, 19, 22};
    Rig rig = rig_new("canary");
    g_autoptr(GArray) cuts = g_array_new(FALSE, FALSE, sizeof(size_t));
    g_autoptr(GString) out = g_string_new("kept");
    g_array_append_vals(cuts, before, 4);
    pbay_words_replace(rig.words, PBAY_STR("xcanary12345"), cuts, out);
    g_assert_cmpstr(out->str, ==, "keptxsk-demo-012345678912345");
    g_assert_cmpuint(g_array_index(cuts, size_t, 0), ==, after[0]);
    g_assert_cmpuint(g_array_index(cuts, size_t, 1), ==, after[1]);
    g_assert_cmpuint(g_array_index(cuts, size_t, 2), ==, 20);
    g_assert_cmpuint(g_array_index(cuts, size_t, 3), ==, 24);
    rig_free(rig);
}

static void test_leak(void)
{
    Rig rig = rig_new("canary-key-one");
    g_autofree char *base64 = g_base64_encode((const guchar *)"user:canary-key-one", 19);
    g_autoptr(PbaySecret) stranger = pbay_secret_new(PBAY_STR("another-canary"));
    g_assert_null(pbay_words_leak(rig.words, PBAY_STR("nothing here")));
    g_assert_null(pbay_words_leak(rig.words, PBAY_STR("")));
    g_assert_cmpstr(pbay_words_leak(rig.words, PBAY_STR("x canary-key-one")), ==, "api-key");
    g_assert_cmpstr(pbay_words_leak(rig.words, PBAY_STR("x canary%2Dkey%2done")), ==, "api-key");
    g_assert_cmpstr(pbay_words_leak(rig.words, PBAY_STR("x canary\\u002dkey-one")), ==, "api-key");
    g_assert_cmpstr(pbay_words_leak(rig.words, pbay_str(base64)), ==, "api-key");
    g_assert_cmpstr(pbay_words_leak(rig.words, PBAY_STR("another-canary")), ==,
                    "of another provider or of the request");
    rig_free(rig);
}

static void test_short(void)
{
    g_autoptr(PbaySecret) secret = pbay_secret_new(PBAY_STR("12345"));
    PbayWords *words = pbay_words_new();
    g_assert_false(pbay_words_add_secret(words, "pin", secret));
    pbay_words_free(words);
    pbay_words_free(NULL);
}

static void test_made_up(void)
{
    Rig rig = rig_new("canary-key-one");
    g_assert_true(pbay_words_is_made_up(rig.words, PBAY_STR("sk-demo-0123456789")));
    g_assert_true(pbay_words_is_made_up(rig.words, PBAY_STR("Bearer sk-demo-0123456789")));
    g_assert_false(pbay_words_is_made_up(rig.words, PBAY_STR("AWS4 Key=sk-demo-0123456789, x")));
    g_assert_false(pbay_words_is_made_up(rig.words, PBAY_STR("")));
    rig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/record-words/forms", test_forms);
    g_test_add_func("/record-words/longest-first", test_longest_first);
    g_test_add_func("/record-words/masked", test_masked);
    g_test_add_func("/record-words/cuts", test_cuts);
    g_test_add_func("/record-words/leak", test_leak);
    g_test_add_func("/record-words/short", test_short);
    g_test_add_func("/record-words/made-up", test_made_up);
    return g_test_run();
}
