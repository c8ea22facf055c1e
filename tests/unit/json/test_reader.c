/* SPDX-License-Identifier: Apache-2.0 */
/* The accessors: every type with every accessor, order, names with escapes, cursors, and many
 * readers of a shared document. */
#include "base/str.h"
#include "json/reader.h"

#include <math.h>
#include <pthread.h>

typedef struct Fixture {
    PbayArena *arena;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
    (void)data;
    f->arena = pbay_arena_new(0);
}

static void tear_down(Fixture *f, gconstpointer data)
{
    (void)data;
    pbay_arena_free(f->arena);
}

static const pb_json *parse(Fixture *f, const char *text, unsigned flags)
{
    g_autoptr(GError) error = NULL;
    const pb_json *root = pbay_json_parse(f->arena, pbay_str(text), NULL, flags, &error);
    g_assert_no_error(error);
    return root;
}

#define ASSERT_STR(s, literal) g_assert_true(pbay_str_eq(s, PBAY_STR(literal)))
static void test_null(Fixture *f, gconstpointer data)
{
    (void)f;
    (void)data;
    pb_str key = PBAY_STR("left over");
    g_assert_cmpint(pbay_json_type(NULL), ==, PB_JSON_NULL);
    g_assert_cmpuint(pbay_json_len(NULL), ==, 0);
    g_assert_null(pbay_json_get(NULL, PBAY_STR("a")));
    g_assert_null(pbay_json_at(NULL, 0, &key));
    g_assert_cmpuint(key.len, ==, 0);
    g_assert_null(pbay_json_first(NULL, &key));
    g_assert_null(pbay_json_next(NULL, &key));
    g_assert_cmpuint(pbay_json_str(NULL).len, ==, 0);
    g_assert_cmpint(pbay_json_int(NULL, 7), ==, 7);
    g_assert_cmpfloat(pbay_json_real(NULL, 0.5), ==, 0.5);
    g_assert_cmpint(pbay_json_bool(NULL, 1), ==, 1);
    ASSERT_STR(pbay_json_text(NULL), "null");
    float out[1];
    g_assert_cmpuint(pbay_json_floats(NULL, out, 1), ==, 0);
}

static void test_types(Fixture *f, gconstpointer data)
{
    (void)data;
    const pb_json *root = parse(f, "[null,true,false,12,-0,1.5,1e2,\"s\",[1],{\"k\":2}]", 0);
    static const int32_t types[] = {PB_JSON_NULL,  PB_JSON_BOOL,  PB_JSON_BOOL, PB_JSON_INT,
                                    PB_JSON_INT,   PB_JSON_REAL,  PB_JSON_REAL, PB_JSON_STRING,
                                    PB_JSON_ARRAY, PB_JSON_OBJECT};
    static const int64_t ints[] = {-9, -9, -9, 12, 0, -9, 100, -9, -9, -9};
    static const double reals[] = {-9, -9, -9, 12, 0, 1.5, 100, -9, -9, -9};
    static const int32_t bools[] = {-9, 1, 0, -9, -9, -9, -9, -9, -9, -9};
    static const size_t lens[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1};
    g_assert_cmpuint(pbay_json_len(root), ==, G_N_ELEMENTS(types));
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        pb_str key = PBAY_STR("left over");
        const pb_json *value = pbay_json_at(root, i, &key);
        g_assert_cmpuint(key.len, ==, 0);
        g_assert_cmpint(pbay_json_type(value), ==, types[i]);
        g_assert_cmpint(pbay_json_int(value, -9), ==, ints[i]);
        g_assert_cmpfloat(pbay_json_real(value, -9), ==, reals[i]);
        g_assert_cmpint(pbay_json_bool(value, -9), ==, bools[i]);
        g_assert_cmpuint(pbay_json_len(value), ==, lens[i]);
        g_assert_cmpuint(pbay_json_str(value).len, ==, types[i] == PB_JSON_STRING);
        g_assert_cmpint(pbay_json_get(value, PBAY_STR("k")) != NULL, ==,
                        types[i] == PB_JSON_OBJECT);
    }
    g_assert_null(pbay_json_at(root, G_N_ELEMENTS(types), NULL));
    g_assert_null(pbay_json_at(root, SIZE_MAX, NULL));
    g_assert_true(signbit(pbay_json_real(pbay_json_at(root, 4, NULL), 1)));
}

static void test_numbers(Fixture *f, gconstpointer data)
{
    (void)data;
    const pb_json *root = parse(f,
                                "[9223372036854775807,9223372036854775808,-9223372036854775808,"
                                "1e999,-1e999,2.50e1,25e-1,1.0,12345678901234567890]",
                                0);
    static const int64_t ints[] = {INT64_MAX, -1, INT64_MIN, -1, -1, 25, -1, 1, -1};
    static const double reals[] = {
        9223372036854775807.0, 9223372036854775808.0, -9223372036854775808.0, -1, -1, 25, 2.5, 1,
        12345678901234567890.0};
    for (size_t i = 0; i < G_N_ELEMENTS(ints); i++) {
        const pb_json *value = pbay_json_at(root, i, NULL);
        g_assert_cmpint(pbay_json_int(value, -1), ==, ints[i]);
        g_assert_cmpfloat(pbay_json_real(value, -1), ==, reals[i]);
    }
    ASSERT_STR(pbay_json_text(pbay_json_at(root, 4, NULL)), "-1e999");
}

static void test_strings(Fixture *f, gconstpointer data)
{
    static const char text[] =
        "[\"\",\"plain\",\"\\u0000\",\"a\\u0000b\",\"\\\"\\\\\\/\\b\\f\\n\\r\\t\","
        "\"\\u00e9\\u20ac\\ud83d\\ude00\\u007f\\uFFFF\",\"x\xe2\x82\xac\\n\"]";
    const pb_json *root = parse(f, text, GPOINTER_TO_UINT(data));
    for (int round = 0; round < 2; round++) {
        /* Backwards, so that decoding does not follow the order of the text. */
        ASSERT_STR(pbay_json_str(pbay_json_at(root, 6, NULL)), "x\xe2\x82\xac\n");
        ASSERT_STR(pbay_json_str(pbay_json_at(root, 5, NULL)),
                   "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f\xef\xbf\xbf");
        ASSERT_STR(pbay_json_str(pbay_json_at(root, 4, NULL)), "\"\\/\b\f\n\r\t");
        ASSERT_STR(pbay_json_str(pbay_json_at(root, 3, NULL)), "a\0b");
        ASSERT_STR(pbay_json_str(pbay_json_at(root, 2, NULL)), "\0");
        ASSERT_STR(pbay_json_str(pbay_json_at(root, 1, NULL)), "plain");
        ASSERT_STR(pbay_json_str(pbay_json_at(root, 0, NULL)), "");
    }
    g_assert_true(pbay_json_str(pbay_json_at(root, 3, NULL)).ptr ==
                  pbay_json_str(pbay_json_at(root, 3, NULL)).ptr);
    ASSERT_STR(pbay_json_text(pbay_json_at(root, 3, NULL)), "\"a\\u0000b\"");
    ASSERT_STR(pbay_json_text(root), text);
}

/* Decoding on demand must not allocate: what is above a mark taken after parsing goes first. */
static void test_decode_below_mark(Fixture *f, gconstpointer data)
{
    (void)data;
    const pb_json *root = parse(f, "{\"a\":\"one\\ntwo\",\"b\":\"\\u00e9\"}", 0);
    size_t used = pbay_arena_used(f->arena);
    PbayArenaMark mark = pbay_arena_mark(f->arena);
    pb_str a = pbay_json_str(pbay_json_get(root, PBAY_STR("a")));
    g_assert_cmpuint(pbay_arena_used(f->arena), ==, used);
    pbay_arena_rewind(f->arena, mark);
    memset(pbay_arena_alloc_raw(f->arena, 4096), 'x', 4096);
    ASSERT_STR(a, "one\ntwo");
    ASSERT_STR(pbay_json_str(pbay_json_get(root, PBAY_STR("b"))), "\xc3\xa9");
}

static void test_walk(Fixture *f, gconstpointer data)
{
    (void)data;
    const pb_json *root = parse(
        f, " { \"a\" : [ [ ] , { } , [ 1 , [ 2 ] ] ] , \"\\u0062\" : { \"c\" : { } } , \"d\":0 } ",
        0);
    pb_str key;
    const pb_json *child = pbay_json_first(root, &key);
    ASSERT_STR(key, "a");
    ASSERT_STR(pbay_json_text(child), "[ [ ] , { } , [ 1 , [ 2 ] ] ]");
    const pb_json *inner = pbay_json_first(child, &key);
    g_assert_cmpuint(key.len, ==, 0);
    g_assert_null(pbay_json_first(inner, NULL));
    inner = pbay_json_next(pbay_json_next(inner, NULL), NULL);
    ASSERT_STR(pbay_json_text(inner), "[ 1 , [ 2 ] ]");
    g_assert_null(pbay_json_next(inner, &key));
    child = pbay_json_next(child, &key);
    ASSERT_STR(key, "b");
    child = pbay_json_next(child, &key);
    ASSERT_STR(key, "d");
    g_assert_null(pbay_json_next(child, &key));
    g_assert_cmpuint(key.len, ==, 0);
    g_assert_null(pbay_json_next(root, NULL));
}

static void test_get(Fixture *f, gconstpointer data)
{
    (void)data;
    const pb_json *root = parse(f,
                                "{\"a\":1,\"\":2,\"mod\\u0065l\":3,\"a\\u0000\":4,\"a\":5,"
                                "\"o\":{\"a\":6,\"x\":7}}",
                                0);
    g_assert_cmpint(pbay_json_int(pbay_json_get(root, PBAY_STR("a")), 0), ==, 5);
    g_assert_cmpint(pbay_json_int(pbay_json_get(root, (pb_str){NULL, 0}), 0), ==, 2);
    g_assert_cmpint(pbay_json_int(pbay_json_get(root, PBAY_STR("model")), 0), ==, 3);
    g_assert_cmpint(pbay_json_int(pbay_json_get(root, PBAY_STR("a\0")), 0), ==, 4);
    g_assert_null(pbay_json_get(root, PBAY_STR("mod\\u0065l")));
    g_assert_null(pbay_json_get(root, PBAY_STR("x")));
    g_assert_null(pbay_json_get(root, PBAY_STR("A")));
    g_assert_cmpuint(pbay_json_len(root), ==, 6);
}

static void test_floats(Fixture *f, gconstpointer data)
{
    (void)data;
    float out[4] = {9, 9, 9, 9};
    const pb_json *root =
        parse(f, "[[0.25,-1,1e-3,2],[1,\"2\",3],[1e39],[1,1e999],[],[3.4028234663852886e38]]", 0);
    g_assert_cmpuint(pbay_json_floats(pbay_json_at(root, 0, NULL), out, 3), ==, 3);
    g_assert_true(out[0] == 0.25f && out[1] == -1.0f && out[2] == 1e-3f && out[3] == 9.0f);
    g_assert_cmpuint(pbay_json_floats(pbay_json_at(root, 0, NULL), out, 4), ==, 4);
    g_assert_cmpuint(pbay_json_floats(pbay_json_at(root, 0, NULL), NULL, 0), ==, 0);
    g_assert_cmpuint(pbay_json_floats(pbay_json_at(root, 1, NULL), out, 4), ==, 1);
    g_assert_cmpuint(pbay_json_floats(pbay_json_at(root, 2, NULL), out, 4), ==, 0);
    g_assert_cmpuint(pbay_json_floats(pbay_json_at(root, 3, NULL), out, 4), ==, 1);
    g_assert_cmpuint(pbay_json_floats(pbay_json_at(root, 4, NULL), out, 4), ==, 0);
    g_assert_cmpuint(pbay_json_floats(pbay_json_at(root, 5, NULL), out, 4), ==, 1);
    g_assert_true(out[0] == 3.4028234663852886e38f);
}

static void *read_shared(void *root)
{
    intptr_t wrong = 0;
    for (int i = 0; i < 2000; i++) {
        const pb_json *text = pbay_json_get(root, PBAY_STR("t\xc3\xa9xt"));
        const pb_json *list = pbay_json_get(root, PBAY_STR("list"));
        wrong += !pbay_str_is(pbay_json_str(text), "line\nbreak");
        wrong += pbay_json_int(pbay_json_at(list, (size_t)i % 40, NULL), -1) != i % 40;
        wrong += !pbay_str_is(pbay_json_str(pbay_json_at(list, 40, NULL)), "\t");
    }
    return (void *)wrong;
}

static void test_shared(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autoptr(GString) text = g_string_new("{\"t\\u00e9xt\":\"line\\nbreak\",\"list\":[");
    for (int i = 0; i < 40; i++)
        g_string_append_printf(text, "%d,", i);
    g_string_append(text, "\"\\t\"]}");
    const pb_json *root = parse(f, text->str, PBAY_JSON_SHARED);
    pthread_t threads[4];
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, read_shared, (void *)(uintptr_t)root), ==,
                        0);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        g_assert_null(wrong);
    }
}

#define ADD(path, data, test)                                                                      \
    g_test_add("/json/reader/" path, Fixture, data, set_up, test, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("null", NULL, test_null);
    ADD("types", NULL, test_types);
    ADD("numbers", NULL, test_numbers);
    ADD("strings", NULL, test_strings);
    ADD("strings-shared", GUINT_TO_POINTER(PBAY_JSON_SHARED), test_strings);
    ADD("decode-below-mark", NULL, test_decode_below_mark);
    ADD("walk", NULL, test_walk);
    ADD("get", NULL, test_get);
    ADD("floats", NULL, test_floats);
    ADD("shared", NULL, test_shared);
    return g_test_run();
}
