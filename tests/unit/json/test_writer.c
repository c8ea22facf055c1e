/* SPDX-License-Identifier: Apache-2.0 */
/* The writer: commas, escaping, numbers that read back, original bytes passed through, and every
 * misuse remembered. */
#include "base/str.h"
#include "json/reader.h"
#include "json/writer.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef struct Fixture {
    GString *out;
    PbayJsonWriter w;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
    (void)data;
    f->out = g_string_new(NULL);
    pbay_json_writer_init(&f->w, f->out);
}

static void tear_down(Fixture *f, gconstpointer data)
{
    (void)data;
    g_string_free(f->out, TRUE);
}

static void test_structure(Fixture *f, gconstpointer data)
{
    (void)data;
    PbayJsonWriter *w = &f->w;
    g_assert_true(pbay_json_writer_ok(w));
    pbay_json_open(w, true);
    pbay_json_member_str(w, "model", PBAY_STR("gpt"));
    pbay_json_member_int(w, "n", -3);
    pbay_json_member_bool(w, "stream", true);
    pbay_json_key(w, PBAY_STR("list"));
    pbay_json_open(w, false);
    g_assert_false(pbay_json_writer_ok(w));
    pbay_json_write_null(w);
    pbay_json_write_bool(w, false);
    pbay_json_open(w, false);
    pbay_json_close(w);
    pbay_json_open(w, true);
    pbay_json_close(w);
    pbay_json_write_raw(w, PBAY_STR("{\"raw\": 1}"));
    pbay_json_write_int(w, INT64_MIN);
    pbay_json_close(w);
    pbay_json_key(w, (pb_str){NULL, 0});
    pbay_json_write_str(w, (pb_str){NULL, 0});
    pbay_json_close(w);
    g_assert_true(pbay_json_writer_ok(w));
    g_assert_cmpstr(f->out->str, ==,
                    "{\"model\":\"gpt\",\"n\":-3,\"stream\":true,\"list\":[null,false,[],{},"
                    "{\"raw\": 1},-9223372036854775808],\"\":\"\"}");
}

static void test_strings(Fixture *f, gconstpointer data)
{
    (void)data;
    static const struct {
        pb_str text;
        const char *json;
    } rows[] = {
        {{"", 0}, "\"\""},
        {{"plain", 5}, "\"plain\""},
        {{"\"\\/\b\f\n\r\t", 8}, "\"\\\"\\\\/\\b\\f\\n\\r\\t\""},
        {{"\0\x01\x1f\x7f", 4}, "\"\\u0000\\u0001\\u001f\x7f\""},
        {{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xe2\x80\xa8", 12},
         "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xe2\x80\xa8\""},
        {{"0123456789abcdef0123456789abcdef\n", 33}, "\"0123456789abcdef0123456789abcdef\\n\""},
        {{"a\xff"
          "b",
          3},
         "\"a\xef\xbf\xbd"
         "b\""},
        {{"\xe2\x82", 2}, "\"\xef\xbf\xbd\""},
        {{"\xe2\x82\"", 3}, "\"\xef\xbf\xbd\\\"\""},
        {{"\xed\xa0\x80", 3}, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {{"\xc0\xaf", 2}, "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {{"x\xf0\x9f\x98", 4}, "\"x\xef\xbf\xbd\""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_string_truncate(f->out, 0);
        pbay_json_writer_init(&f->w, f->out);
        pbay_json_write_str(&f->w, rows[i].text);
        g_assert_cmpstr(f->out->str, ==, rows[i].json);
        g_assert_true(pbay_json_writer_ok(&f->w));
    }
}

/* Any bytes come out as valid JSON, and valid UTF-8 comes back as it went in. */
static void test_any_bytes(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autoptr(GRand) rand = g_rand_new_with_seed(3);
    for (int round = 0; round < 20000; round++) {
        size_t len = (size_t)g_rand_int_range(rand, 0, 60);
        g_autofree char *text = g_malloc(len + 1);
        for (size_t i = 0; i < len; i++)
            text[i] = (char)g_rand_int_range(rand, 0, round % 2 != 0 ? 0x80 : 0x100);
        g_string_truncate(f->out, 0);
        pbay_json_writer_init(&f->w, f->out);
        pbay_json_open(&f->w, true);
        pbay_json_key(&f->w, (pb_str){text, len});
        pbay_json_write_str(&f->w, (pb_str){text, len});
        pbay_json_close(&f->w);
        g_autoptr(PbayArena) arena = pbay_arena_new(0);
        g_autoptr(GError) error = NULL;
        const pb_json *root = pbay_json_parse(arena, pbay_str_of(f->out), NULL, 0, &error);
        g_assert_no_error(error);
        pb_str key;
        pb_str value = pbay_json_str(pbay_json_first(root, &key));
        g_assert_true(pbay_str_eq(key, value));
        if (round % 2 != 0)
            g_assert_true(pbay_str_eq(value, (pb_str){text, len}));
    }
}

static void check_real(Fixture *f, double n)
{
    g_string_truncate(f->out, 0);
    pbay_json_writer_init(&f->w, f->out);
    pbay_json_write_real(&f->w, n);
    double back = g_ascii_strtod(f->out->str, NULL);
    g_assert_cmpint(memcmp(&back, &n, sizeof n), ==, 0);
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_assert_nonnull(pbay_json_parse(arena, pbay_str_of(f->out), NULL, 0, NULL));
}

static void test_reals(Fixture *f, gconstpointer data)
{
    (void)data;
    static const struct {
        double n;
        const char *json;
    } rows[] = {{0.1, "0.1"},
                {0.7, "0.7"},
                {1, "1"},
                {-0.0, "-0"},
                {1e22, "1e+22"},
                {1.0 / 3, "0.3333333333333333"},
                {0.1 + 0.2, "0.30000000000000004"},
                {DBL_MAX, "1.7976931348623157e+308"},
                {5e-324, "5e-324"},
                {DBL_MIN, "2.2250738585072014e-308"},
                {100000, "100000"}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        check_real(f, rows[i].n);
        g_assert_cmpstr(f->out->str, ==, rows[i].json);
    }
    static const double none[] = {(double)INFINITY, -(double)INFINITY, (double)NAN};
    for (size_t i = 0; i < G_N_ELEMENTS(none); i++) {
        g_string_truncate(f->out, 0);
        pbay_json_writer_init(&f->w, f->out);
        pbay_json_write_real(&f->w, none[i]);
        g_assert_cmpstr(f->out->str, ==, "null");
    }
    g_autoptr(GRand) rand = g_rand_new_with_seed(5);
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = (uint64_t)g_rand_int(rand) << 32 | g_rand_int(rand);
        double n;
        memcpy(&n, &bits, sizeof n);
        if (isfinite(n))
            check_real(f, n);
    }
}

static void test_pass_through(Fixture *f, gconstpointer data)
{
    (void)data;
    static const char text[] =
        "{ \"b\" : 1.50e+00 ,\"a\":[-0, 123456789012345678901234567890,1E5 ],\n"
        "\t\"\\u0061\":\"\\u00E9\\/\\ud83d\\ude00 \xc3\xa9\",\"x\":{ },\"n\":null}";
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    const pb_json *root = pbay_json_parse(arena, pbay_str(text), NULL, 0, NULL);
    pbay_json_str(pbay_json_get(root, PBAY_STR("a")));
    pbay_json_write_value(&f->w, root);
    g_assert_cmpstr(f->out->str, ==, text);
    g_string_truncate(f->out, 0);
    pbay_json_writer_init(&f->w, f->out);
    pbay_json_open(&f->w, false);
    pb_str key;
    for (const pb_json *m = pbay_json_first(root, &key); m != NULL; m = pbay_json_next(m, &key))
        pbay_json_write_value(&f->w, m);
    pbay_json_write_value(&f->w, NULL);
    pbay_json_close(&f->w);
    g_assert_cmpstr(f->out->str, ==,
                    "[1.50e+00,[-0, 123456789012345678901234567890,1E5 ],"
                    "\"\\u00E9\\/\\ud83d\\ude00 \xc3\xa9\",{ },null,null]");
}

static void key(PbayJsonWriter *w)
{
    pbay_json_key(w, PBAY_STR("k"));
}
static void value(PbayJsonWriter *w)
{
    pbay_json_write_int(w, 1);
}
static void object(PbayJsonWriter *w)
{
    pbay_json_open(w, true);
}
static void array(PbayJsonWriter *w)
{
    pbay_json_open(w, false);
}
static void nothing(PbayJsonWriter *w)
{
    pbay_json_write_raw(w, (pb_str){NULL, 0});
}

/* After each of these the text is not to be trusted, whatever follows. */
static void test_misuse(Fixture *f, gconstpointer data)
{
    (void)data;
    typedef void (*Step)(PbayJsonWriter *);
    static const Step rows[][5] = {
        {pbay_json_close},
        {key},
        {value, value},
        {value, object},
        {array, key},
        {object, value},
        {object, object},
        {object, key, key},
        {object, key, pbay_json_close},
        {object, pbay_json_close, pbay_json_close},
        {array, pbay_json_close, value},
        {object, key, value, value},
        {nothing},
        {array, nothing},
        {object},
        {object, key},
        {array, array, pbay_json_close},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_string_truncate(f->out, 0);
        pbay_json_writer_init(&f->w, f->out);
        for (size_t j = 0; j < 5 && rows[i][j] != NULL; j++)
            rows[i][j](&f->w);
        g_assert_false(pbay_json_writer_ok(&f->w));
        if (!f->w.failed)
            continue;
        size_t len = f->out->len;
        value(&f->w);
        key(&f->w);
        array(&f->w);
        pbay_json_close(&f->w);
        pbay_json_write_str(&f->w, PBAY_STR("x"));
        pbay_json_write_real(&f->w, 1);
        g_assert_cmpuint(f->out->len, ==, len);
        g_assert_false(pbay_json_writer_ok(&f->w));
    }
}

static void test_depth(Fixture *f, gconstpointer data)
{
    (void)data;
    for (unsigned i = 0; i < PBAY_JSON_WRITER_DEPTH; i++)
        pbay_json_open(&f->w, false);
    for (unsigned i = 0; i < PBAY_JSON_WRITER_DEPTH; i++)
        pbay_json_close(&f->w);
    g_assert_true(pbay_json_writer_ok(&f->w));
    pbay_json_writer_init(&f->w, f->out);
    for (unsigned i = 0; i < PBAY_JSON_WRITER_DEPTH + 1; i++)
        pbay_json_open(&f->w, false);
    for (unsigned i = 0; i < PBAY_JSON_WRITER_DEPTH + 1; i++)
        pbay_json_close(&f->w);
    g_assert_false(pbay_json_writer_ok(&f->w));
}

static void test_integers(Fixture *f, gconstpointer data)
{
    static const int64_t edges[] = {0,  1,   -1,        9,         10,           -10,
                                    99, 100, INT64_MAX, INT64_MIN, INT64_MIN + 1};
    g_autoptr(GRand) rand = g_rand_new_with_seed(5);
    (void)data;
    for (size_t i = 0; i < 2000; i++) {
        uint64_t bits = (uint64_t)g_rand_int(rand) << 32 | g_rand_int(rand);
        int64_t n = (int64_t)bits >> g_rand_int_range(rand, 0, 64); /* of every length */
        if (i < G_N_ELEMENTS(edges))
            n = edges[i];
        g_string_truncate(f->out, 0);
        pbay_json_writer_init(&f->w, f->out);
        pbay_json_write_int(&f->w, n);
        g_autofree char *expected = g_strdup_printf("%" G_GINT64_FORMAT, n);
        g_assert_cmpstr(f->out->str, ==, expected);
    }
}

#define ADD(path, test) g_test_add("/json/writer/" path, Fixture, NULL, set_up, test, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("structure", test_structure);
    ADD("strings", test_strings);
    ADD("any-bytes", test_any_bytes);
    ADD("integers", test_integers);
    ADD("reals", test_reals);
    ADD("pass-through", test_pass_through);
    ADD("misuse", test_misuse);
    ADD("depth", test_depth);
    return g_test_run();
}
