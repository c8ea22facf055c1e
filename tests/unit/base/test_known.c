/* SPDX-License-Identifier: Apache-2.0 */
/* The set of known strings against a slow and obvious search: longest match at each place, nested
 * prefixes, duplicates, removal, and threads that change it while others read. */
#include "base/known.h"

#include "base/str.h"

#include <pthread.h>

typedef struct Hit {
    size_t i, len;
} Hit;

static void collect(void *data, size_t i, size_t len)
{
    Hit hit = {i, len};
    g_array_append_val((GArray *)data, hit);
}

static GArray *scan(pb_str text)
{
    GArray *hits = g_array_new(FALSE, FALSE, sizeof(Hit));
    pbay_known_scan(text, collect, hits);
    return hits;
}

/* "2:6 9:7" for the hits in text. */
static void scan_is(const char *text, const char *want)
{
    GArray *hits = scan(pbay_str(text));
    GString *got = g_string_new(NULL);
    for (guint n = 0; n < hits->len; n++) {
        const Hit *hit = &g_array_index(hits, Hit, n);
        g_string_append_printf(got, "%s%zu:%zu", n != 0 ? " " : "", hit->i, hit->len);
    }
    g_assert_cmpstr(got->str, ==, want);
    g_string_free(got, TRUE);
    g_array_free(hits, TRUE);
}

static void test_longest(void)
{
    g_assert_true(pbay_known_none());
    scan_is("abcdefgh", "");
    const pb_str strings[] = {PBAY_STR("abcdef"), PBAY_STR("abcdefgh"), PBAY_STR("abcdefghij"),
                              PBAY_STR("cdefgh"), PBAY_STR("abcdexxx"), PBAY_STR("short")};
    pbay_known_add(strings, G_N_ELEMENTS(strings));
    g_assert_false(pbay_known_none());
    scan_is("abcdef", "0:6");
    scan_is("abcdefg", "0:6");
    scan_is("abcdefgh", "0:8 2:6");
    scan_is("abcdefghi", "0:8 2:6");
    scan_is("abcdefghij", "0:10 2:6");
    scan_is("..abcdefabcdef", "2:6 8:6");
    scan_is("short abcde", "");
    scan_is("", "");
    pbay_known_remove(strings + 1, 1);
    scan_is("abcdefgh", "0:6 2:6");
    scan_is("abcdefghij", "0:10 2:6");
    pbay_known_remove(strings, 1);
    pbay_known_remove(strings + 2, 4);
    g_assert_true(pbay_known_none());
}

static void test_twice(void)
{
    static const char a[] = "same-value", b[] = "same-value."; /* two places, one value */
    const pb_str first = {a, 10}, second = {b, 10};
    pbay_known_add(&first, 1);
    pbay_known_add(&second, 1);
    pbay_known_remove(&first, 1);
    scan_is("same-value", "0:10");
    pbay_known_remove(&second, 1);
    scan_is("same-value", "");
}

static void test_bytes_above_127(void)
{
    const pb_str strings[] = {PBAY_STR("\xFF\xFE\x00\x01zz"), PBAY_STR("\x7F\x7F\x7F\x7F\x7F\x7F")};
    pbay_known_add(strings, 2);
    GArray *hits = scan(PBAY_STR("a\xFF\xFE\x00\x01zz\x7F\x7F\x7F\x7F\x7F\x7F"));
    g_assert_cmpuint(hits->len, ==, 2);
    g_array_free(hits, TRUE);
    pbay_known_remove(strings, 2);
}

enum { WORDS = 60, TEXT = 400 };

static size_t slow_longest(const pb_str *words, size_t n, const char *text, size_t left)
{
    size_t best = 0;
    for (size_t i = 0; i < n; i++)
        if (words[i].len >= PBAY_KNOWN_MIN && words[i].len <= left && words[i].len > best &&
            memcmp(words[i].ptr, text, words[i].len) == 0)
            best = words[i].len;
    return best;
}

static void test_random(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(11);
    static char bytes[WORDS][16], text[TEXT];
    pb_str words[WORDS];
    for (int round = 0; round < 300; round++) {
        for (int w = 0; w < WORDS; w++) { /* two letters, so that prefixes abound */
            words[w] = (pb_str){bytes[w], (size_t)g_rand_int_range(rand, 4, 16)};
            for (int i = 0; i < 16; i++)
                bytes[w][i] = "ab"[g_rand_int_range(rand, 0, 8) == 0];
        }
        for (int i = 0; i < TEXT; i++)
            text[i] = "ab"[g_rand_int_range(rand, 0, 8) == 0];
        pbay_known_add(words, WORDS);
        size_t kept = (size_t)g_rand_int_range(rand, 0, WORDS + 1);
        pbay_known_remove(words + kept, WORDS - kept);
        GArray *hits = scan((pb_str){text, TEXT});
        guint hit = 0;
        for (size_t i = 0; i < TEXT; i++) {
            size_t want = slow_longest(words, kept, text + i, TEXT - i);
            if (want == 0)
                continue;
            g_assert_cmpuint(hit, <, hits->len);
            g_assert_cmpuint(g_array_index(hits, Hit, hit).i, ==, i);
            g_assert_cmpuint(g_array_index(hits, Hit, hit).len, ==, want);
            hit++;
        }
        g_assert_cmpuint(hit, ==, hits->len);
        g_array_free(hits, TRUE);
        pbay_known_remove(words, kept);
        g_assert_true(pbay_known_none());
    }
}

static void *change(void *data)
{
    const pb_str *mine = data;
    for (int i = 0; i < 2000; i++) {
        pbay_known_add(mine, 1);
        pbay_known_remove(mine, 1);
    }
    return NULL;
}

static void count_hit(void *data, size_t i, size_t len)
{
    g_assert_cmpuint(len, ==, i == 0 ? 12 : 6);
    ++*(int *)data;
}

static void test_threads(void)
{
    static const pb_str words[] = {{"constant-one", 12}, {"moving-1", 6}, {"moving-2", 6}};
    pthread_t threads[2];
    pbay_known_add(words, 1);
    for (int i = 0; i < 2; i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, change, (void *)&words[1 + i]), ==, 0);
    for (int i = 0; i < 2000; i++) {
        int hits = 0;
        pbay_known_scan(PBAY_STR("constant-one moving"), count_hit, &hits);
        g_assert_true(hits == 1 || hits == 2);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    pbay_known_remove(words, 1);
    g_assert_true(pbay_known_none());
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/known/longest", test_longest);
    g_test_add_func("/base/known/twice", test_twice);
    g_test_add_func("/base/known/bytes", test_bytes_above_127);
    g_test_add_func("/base/known/random", test_random);
    g_test_add_func("/base/known/threads", test_threads);
    return g_test_run();
}
