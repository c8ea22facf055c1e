/* SPDX-License-Identifier: Apache-2.0 */
/* Large containers answer as small ones do, and names given twice are found however they are spelt
 * and however many there are. */
#include "base/error.h"
#include "base/str.h"
#include "json/node.h"

#include <string.h>

static const pb_json *parse(PbayArena *arena, const GString *text, unsigned flags)
{
    g_autoptr(GError) error = NULL;
    const pb_json *root = pbay_json_parse(arena, pbay_str_of(text), NULL, flags, &error);
    g_assert_no_error(error);
    return root;
}

/* Sizes around the bound from which on there is an index. */
static void test_at(void)
{
    static const int sizes[] = {1, 2, 15, 16, 17, 18, 31, 32, 33, 34, 255, 256, 257, 1000};
    for (size_t s = 0; s < G_N_ELEMENTS(sizes); s++) {
        g_autoptr(PbayArena) arena = pbay_arena_new(0);
        g_autoptr(GString) text = g_string_new("[");
        for (int i = 0; i < sizes[s]; i++)
            g_string_append_printf(text, "%s%s%d%s", i != 0 ? "," : "", i % 3 != 0 ? "" : "[[],", i,
                                   i % 3 != 0 ? "" : "]");
        g_string_append_c(text, ']');
        const pb_json *root = parse(arena, text, 0);
        const pb_json *walk = pbay_json_first(root, NULL);
        g_assert_cmpuint(pbay_json_len(root), ==, (size_t)sizes[s]);
        for (int i = 0; i < sizes[s]; i++, walk = pbay_json_next(walk, NULL))
            g_assert_true(pbay_json_at(root, (size_t)i, NULL) == walk);
        g_assert_null(walk);
        for (int i = sizes[s]; i-- > 0;) {
            const pb_json *item = pbay_json_at(root, (size_t)i, NULL);
            g_assert_cmpint(pbay_json_int(i % 3 != 0 ? item : pbay_json_at(item, 1, NULL), -1), ==,
                            i);
        }
        g_assert_null(pbay_json_at(root, (size_t)sizes[s], NULL));
    }
}

/* Large containers inside large ones: each finds its own index. */
static void test_nested(void)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GString) text = g_string_new("{\"first\":[]");
    for (int i = 0; i < 40; i++) {
        g_string_append_printf(text, ",\"k%d\":{\"small\":[1,2]", i);
        for (int j = 0; j < 30; j++)
            g_string_append_printf(text, ",\"\\u006a%d\":%d", j, i * 100 + j);
        g_string_append_c(text, '}');
    }
    g_string_append_c(text, '}');
    const pb_json *root = parse(arena, text, PBAY_JSON_UNIQUE);
    for (int i = 0; i < 40; i++) {
        pb_str key;
        g_autofree char *name = g_strdup_printf("k%d", i);
        const pb_json *inner = pbay_json_get(root, pbay_str(name));
        g_assert_true(pbay_json_at(root, (size_t)i + 1, &key) == inner);
        g_assert_true(pbay_str_is(key, name));
        g_assert_cmpuint(pbay_json_len(pbay_json_get(inner, PBAY_STR("small"))), ==, 2);
        for (int j = 0; j < 30; j++) {
            g_autofree char *member = g_strdup_printf("j%d", j);
            g_assert_cmpint(pbay_json_int(pbay_json_get(inner, pbay_str(member)), -1), ==,
                            i * 100 + j);
        }
        g_assert_null(pbay_json_get(inner, PBAY_STR("j30")));
        g_assert_null(pbay_json_get(inner, PBAY_STR("")));
    }
    g_assert_cmpuint(pbay_json_len(pbay_json_get(root, PBAY_STR("first"))), ==, 0);
}

static void test_last_wins(void)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GString) text = g_string_new("{\"a\":0");
    for (int i = 1; i < 100; i++)
        g_string_append_printf(text, ",\"%s\":%d,\"b%d\":1", i % 2 != 0 ? "a" : "\\u0061", i,
                               i % 7);
    g_string_append_c(text, '}');
    const pb_json *root = parse(arena, text, 0);
    g_assert_cmpint(pbay_json_int(pbay_json_get(root, PBAY_STR("a")), -1), ==, 99);
    g_assert_cmpuint(pbay_json_len(root), ==, 199);
}

static void refused_as_twice(const char *text, int at)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GError) error = NULL;
    g_assert_nonnull(pbay_json_parse(arena, pbay_str(text), NULL, 0, NULL));
    pbay_arena_reset(arena);
    g_assert_null(pbay_json_parse(arena, pbay_str(text), NULL, PBAY_JSON_UNIQUE, &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_INVALID);
    g_assert_nonnull(strstr(error->message, "two members of this name"));
    g_autofree char *place = g_strdup_printf("at byte %d ", at);
    g_assert_nonnull(strstr(error->message, place));
    g_assert_cmpuint(pbay_arena_used(arena), ==, 0);
}

static void test_twice(void)
{
    refused_as_twice("{\"a\":1,\"a\":2}", 7);
    refused_as_twice("{\"\":1,\"\":2}", 6);
    refused_as_twice("{\"a\":1,\"b\":2,\"c\":3,\"a\":4}", 19);
    refused_as_twice("{\"model\":1,\"mod\\u0065l\":2}", 24);
    refused_as_twice("{\"\\u006dodel\":1,\"model\":2}", 16);
    refused_as_twice("[{\"x\":{\"y\":[{\"\\n\":1,\"\\u000a\":1}]}}]", 29);
    refused_as_twice("{\"\xc3\xa9\":1,\"\\u00e9\":1}", 17);
}

static void test_not_twice(void)
{
    static const char *const texts[] = {
        "{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}", "[{\"a\":1},{\"a\":1}]",
        "{\"a\":1,\"A\":1,\"\\u0000\":1,\"\":1,\"a\\u0000\":1,\"a \":1}",
        "{\"ab\":1,\"ba\":1,\"aab\":1,\"abb\":1,\"acb\":1,\"adb\":1}",
        "{\"\xc3\xa9\":1,\"e\\u0301\":1}"};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(PbayArena) arena = pbay_arena_new(0);
        g_assert_nonnull(pbay_json_parse(arena, pbay_str(texts[i]), NULL, PBAY_JSON_UNIQUE, NULL));
    }
}

static GString *many_members(int n, const char *format)
{
    GString *text = g_string_new("{");
    for (int i = 0; i < n; i++) {
        g_string_append(text, i != 0 ? "," : "");
        g_string_append_printf(text, format, i);
    }
    g_string_append_c(text, '}');
    return text;
}

/* 200,000 members, found one by one, and refused for the one that stands twice. Quadratic work
 * would take minutes, which the test's time limit does not allow. */
static void test_many(void)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GString) text = many_members(200000, "\"a name of some length %d\":[]");
    const pb_json *root = parse(arena, text, PBAY_JSON_UNIQUE);
    pb_str key;
    for (const pb_json *m = pbay_json_first(root, &key); m != NULL; m = pbay_json_next(m, &key))
        g_assert_true(pbay_json_get(root, key) == m);
    for (size_t i = 200000; i-- > 0;)
        g_assert_cmpint(pbay_json_type(pbay_json_at(root, i, NULL)), ==, PB_JSON_ARRAY);
    g_assert_null(pbay_json_get(root, PBAY_STR("a name of some length 200000")));
    g_string_truncate(text, text->len - 1);
    g_string_append(text, ",\"\\u0061 name of some length 77777\":0}");
    g_autoptr(GError) error = NULL;
    g_assert_null(pbay_json_parse(arena, pbay_str_of(text), NULL, PBAY_JSON_UNIQUE, &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_INVALID);
}

/* FNV-1a, as the index hashes. */
static uint32_t hash_of(const char *s)
{
    uint32_t hash = 2166136261u;
    for (; *s != '\0'; s++)
        hash = (hash ^ (unsigned char)*s) * 16777619u;
    return hash;
}

/* Names of one hash are told apart. Pairs are found by trying; some thousand tries find a few
 * dozen. */
static void test_collisions(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    g_autoptr(GString) text = g_string_new("{\"0\":0");
    int pairs = 0;
    for (int i = 0; i < 400000; i++) {
        g_autofree char *name = g_strdup_printf("n%x", (unsigned)i * 2654435761u);
        gpointer hash = GUINT_TO_POINTER(hash_of(name));
        const char *other = g_hash_table_lookup(seen, hash);
        if (other != NULL && strcmp(other, name) != 0) {
            g_string_append_printf(text, ",\"%s\":%d,\"%s\":%d", name, pairs, other, -pairs);
            pairs++;
        }
        g_hash_table_replace(seen, hash, g_steal_pointer(&name));
    }
    g_string_append_c(text, '}');
    g_assert_cmpint(pairs, >, 8);
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    const pb_json *root = parse(arena, text, PBAY_JSON_UNIQUE);
    pb_str key;
    for (const pb_json *m = pbay_json_first(root, &key); m != NULL; m = pbay_json_next(m, &key))
        g_assert_true(pbay_json_get(root, key) == m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json/index/at", test_at);
    g_test_add_func("/json/index/nested", test_nested);
    g_test_add_func("/json/index/last-wins", test_last_wins);
    g_test_add_func("/json/index/twice", test_twice);
    g_test_add_func("/json/index/not-twice", test_not_twice);
    g_test_add_func("/json/index/many", test_many);
    g_test_add_func("/json/index/collisions", test_collisions);
    return g_test_run();
}
