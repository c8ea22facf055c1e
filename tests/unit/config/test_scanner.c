/* SPDX-License-Identifier: Apache-2.0 */
/* The scanner: lines, duplicates, odd bytes, every mistake; and GKeyFile as oracle over generated
 * texts. */
#include "base/str.h"
#include "config/scanner.h"
#include "config/value.h"
#include "unit/config/fixture.h"

/* Groups and keys as text: "[a]1 k=v@2 ..." */
static char *dump(const GPtrArray *groups)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < groups->len; i++) {
        const PbayScanGroup *group = g_ptr_array_index(groups, i);
        g_string_append_printf(out, "[%s]%d", group->name, group->line);
        for (guint k = 0; k < group->keys->len; k++) {
            const PbayScanKey *key = g_ptr_array_index(group->keys, k);
            g_string_append_printf(out, " %s=<%s>@%d", key->name, key->raw, key->line);
        }
        g_string_append_c(out, '\n');
    }
    return g_string_free(out, FALSE);
}

static void assert_scan_len(const char *text, size_t len, const char *groups, const char *mistakes)
{
    /* An exact copy on the heap, so that a read beyond the end is seen by the sanitizer. */
    g_autofree char *copy = g_memdup2(text, len);
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(GPtrArray) found = pbay_config_scan("F", (pb_str){copy, len}, problems);
    g_autofree char *shown = dump(found);
    g_assert_cmpstr(shown, ==, groups);
    fixture_assert_problems(problems, mistakes);
}

static void assert_scan(const char *text, const char *groups, const char *mistakes)
{
    assert_scan_len(text, strlen(text), groups, mistakes);
}

static void test_lines(void)
{
    assert_scan("", "", "");
    assert_scan("\n\n# c\n  # d\n", "", "");
    assert_scan("[a b/c:d.e]\nk=v", "[a b/c:d.e]1 k=<v>@2\n", "");
    assert_scan("[a]\n  k \t=  v w \t\n\nj=\n", "[a]1 k=<v w>@2 j=<>@4\n", "");
    assert_scan("[a]\nk=a=b\n[b]\n[c]\nk==\n", "[a]1 k=<a=b>@2\n[b]3\n[c]4 k=<=>@5\n", "");
    assert_scan(" [a] \nk=v", "[a]1 k=<v>@2\n", "");
    assert_scan("[a]\nk=# no comment here\n", "[a]1 k=<# no comment here>@2\n", "");
    assert_scan("[a]\nk=[x]\n", "[a]1 k=<[x]>@2\n", "");
    assert_scan("[a]\n\xc3\xa9t\xc3\xa9=\xf0\x9f\x98\x80\n",
                "[a]1 \xc3\xa9t\xc3\xa9=<\xf0\x9f\x98\x80>@2\n", "");
}

static void test_bytes(void)
{
    assert_scan("\xef\xbb\xbf[a]\r\nk=v\r\n\r\n#c\r\nj=w\r", "[a]1 k=<v>@2 j=<w>@5\n", "");
    assert_scan("[a]\n\xef\xbb\xbfk=v", "[a]1 \xef\xbb\xbfk=<v>@2\n", "");
    assert_scan_len("[a]\nk=v\nj=\0\n", 12, "",
                    "F:3: a NUL byte stands in this line\n"
                    "  this is not a text file; nothing of it was read\n");
    assert_scan_len("\0", 1, "",
                    "F:1: a NUL byte stands in this line\n"
                    "  this is not a text file; nothing of it was read\n");
    assert_scan("[a]\nk=\xff\n", "",
                "F:2: this line is not UTF-8\n"
                "  save the file as UTF-8; nothing of it was read\n");
    assert_scan("[a]\nk=\xc3", "",
                "F:2: this line is not UTF-8\n"
                "  save the file as UTF-8; nothing of it was read\n");
    assert_scan("[a]\nk=\xed\xa0\x80\n", "",
                "F:2: this line is not UTF-8\n"
                "  save the file as UTF-8; nothing of it was read\n");
    assert_scan_len("\xff\xfe[\0a\0]\0", 8, "",
                    "F:1: the text is UTF-16, not UTF-8\n  save the file as UTF-8\n");
    assert_scan("[a]\nk=a\rb\nj=\x1b[2J\nl=\x7f\nt=a\tb\n", "[a]1 t=<a\tb>@5\n",
                "F:2: a control character stands in this line, which was not read\n"
                "  write \\n, \\t or \\r where a value needs one\n"
                "F:3: a control character stands in this line, which was not read\n"
                "  write \\n, \\t or \\r where a value needs one\n"
                "F:4: a control character stands in this line, which was not read\n"
                "  write \\n, \\t or \\r where a value needs one\n");
    assert_scan("[a\x01]\nk=v\n", "",
                "F:1: a control character stands in this line, which was not read\n"
                "  write \\n, \\t or \\r where a value needs one\n"
                "F:2: a key stands before the first section\n"
                "  begin with a header such as [defaults] or [provider groq]\n");
}

static void test_duplicates(void)
{
    assert_scan(
        "[a]\nk=1\nj=2\nk=3\n", "[a]1 k=<1>@2 j=<2>@3\n",
        "F:4: key `k` stands twice in [a], first in line 2\n  delete one of the two lines\n");
    assert_scan("[a]\nk=1\n[b]\nk=2\n[a]\nj=3\nk=4\n", "[a]1 k=<1>@2 j=<3>@6\n[b]3 k=<2>@4\n",
                "F:5: [a] stands twice in this file, first in line 1\n"
                "  put the keys of both under one header; to override, use another file\n"
                "F:7: key `k` stands twice in [a], first in line 2\n"
                "  delete one of the two lines\n");
}

static void test_headers(void)
{
    const char *hint = "  a section header looks like [provider groq]\n";
    const char *const texts[][2] = {
        {"[a\nk=v\n", "F:1: the section header has no closing bracket; its keys were not read\n"},
        {"[]\nk=v\n", "F:1: the section header is empty; its keys were not read\n"},
        {"[a[b]\nk=v\n", "F:1: a section name holds no brackets; its keys were not read\n"},
        {"[ a]\nk=v\n",
         "F:1: a blank stands at an end of the section name; its keys were not read\n"},
        {"[a ]\nk=v\n",
         "F:1: a blank stands at an end of the section name; its keys were not read\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *expected = g_strconcat(texts[i][1], hint, NULL);
        assert_scan(texts[i][0], "", expected);
    }
    assert_scan("[a] # x\nk=v\n[b]\nk=v\n", "[b]3 k=<v>@4\n",
                "F:1: text follows the closing bracket of the section header; its keys were not "
                "read\n  a comment stands on a line of its own; names hold no brackets\n");
    assert_scan("[a]]\n", "",
                "F:1: text follows the closing bracket of the section header; its keys were not "
                "read\n  a comment stands on a line of its own; names hold no brackets\n");
}

static void test_keys(void)
{
    assert_scan("k=v\n[a]\n", "[a]2\n",
                "F:1: a key stands before the first section\n"
                "  begin with a header such as [defaults] or [provider groq]\n");
    assert_scan("[a]\n=v\n", "[a]1\n", "F:2: no key stands before `=`\n  write KEY = VALUE\n");
    assert_scan("[a]\nk[de]=v\n", "[a]1\n",
                "F:2: a key holds no brackets; there are no [locale] keys\n  write KEY = VALUE\n");
    assert_scan("[a]\nk l=v\n", "[a]1\n", "F:2: a key holds no blanks\n  write KEY = VALUE\n");
    assert_scan("[a]\n; old comment\n", "[a]1\n",
                "F:2: this line is no section, key or comment\n  comments begin with `#`\n");
    /* The line may be a pasted secret: it is not shown. */
    assert_scan("[a]\nsk-canary\n", "[a]1\n",
                "F:2: this line is no section, key or comment\n"
                "  write KEY = VALUE; there are no continuation lines\n");
}

static const char *const PIECES[] = {
    "[a]",         "[b c]",      "[d/e:f.g]",
    "[a",          "[]",         "[x]y",
    "]",           "k=v",        "k = v w",
    "k=",          "=v",         "j=a\\sb",
    "j=\\",        "m=;",        "m=a;b",
    "n=a\\;b;",    "# c",        "#",
    " # c",        "",           "   ",
    "text",        "a b=c",      "k[de]=v",
    "o=[x]",       "p=a=b",      "\tq=\\n\\t\\r\\\\",
    "[h\xc3\xa9]", "r=\xc3\xa9", "s=x\\q",
    "[a b ]",      "[ a]",       "t\t=\tv",
    "u=#x",        "v-1.2=3",    "w=a # b",
};

static char *generate(GRand *rand)
{
    GString *text = g_string_new(g_rand_int_range(rand, 0, 8) == 0 ? "" : "[start]\n");
    int lines = g_rand_int_range(rand, 0, 7);
    for (int i = 0; i < lines; i++) {
        g_string_append(text, PIECES[g_rand_int_range(rand, 0, G_N_ELEMENTS(PIECES))]);
        g_string_append(text, g_rand_int_range(rand, 0, 10) == 0 ? "\r\n" : "\n");
    }
    return g_string_free(text, FALSE);
}

/* What the scanner took without a word, GKeyFile must have taken the same way. */
static void compare(GKeyFile *oracle, const GPtrArray *groups, const char *text)
{
    g_auto(GStrv) names = g_key_file_get_groups(oracle, NULL);
    g_assert_cmpuint(g_strv_length(names), ==, groups->len);
    for (guint i = 0; i < groups->len; i++) {
        const PbayScanGroup *group = g_ptr_array_index(groups, i);
        g_assert_cmpstr(names[i], ==, group->name);
        g_auto(GStrv) keys = g_key_file_get_keys(oracle, names[i], NULL, NULL);
        g_assert_cmpuint(g_strv_length(keys), ==, group->keys->len);
        for (guint k = 0; k < group->keys->len; k++) {
            const PbayScanKey *key = g_ptr_array_index(group->keys, k);
            g_assert_cmpstr(keys[k], ==, key->name);
            g_autofree char *raw = g_key_file_get_value(oracle, names[i], keys[k], NULL);
            g_assert_cmpstr(g_strchomp(raw), ==, key->raw);
            g_autoptr(GError) error = NULL;
            g_autofree char *value = g_key_file_get_string(oracle, names[i], keys[k], &error);
            g_autofree char *why = NULL;
            g_auto(GStrv) ours = pbay_config_split(key->raw, PBAY_FORM_SCALAR, &why);
            if ((error != NULL) != (ours == NULL))
                g_error("one of the two refuses `%s` in:\n%s", key->raw, text);
            if (ours != NULL && strchr(key->raw, '\\') != NULL)
                g_assert_cmpstr(value, ==, ours[0]);
        }
    }
}

static void test_oracle(void)
{
    GRand *rand = g_rand_new_with_seed(20240229);
    int clean = 0, refused = 0;
    for (int i = 0; i < 20000; i++) {
        g_autofree char *text = generate(rand);
        g_autoptr(GPtrArray) problems = pbay_problems_new();
        g_autoptr(GPtrArray) groups = pbay_config_scan("F", pbay_str(text), problems);
        g_autoptr(GKeyFile) oracle = g_key_file_new();
        bool taken =
            text[0] == '\0' || g_key_file_load_from_data(oracle, text, strlen(text), 0, NULL);
        if (!taken && problems->len == 0)
            g_error("GKeyFile refuses what the scanner took:\n%s", text);
        if (problems->len == 0) {
            compare(oracle, groups, text);
            clean++;
        }
        refused += !taken;
    }
    g_rand_free(rand);
    g_assert_cmpint(clean, >, 1000);
    g_assert_cmpint(refused, >, 1000);
}

/* A file of 1 MiB with nothing but distinct keys, or nothing but groups, is read in linear time. */
static void test_big(void)
{
    g_autoptr(GString) text = g_string_new("[a]\n");
    for (int i = 0; text->len < 1024 * 1024; i++)
        g_string_append_printf(text, i % 2 == 0 ? "k%d=v\n" : "[g%d]\n", i);
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(GPtrArray) groups = pbay_config_scan("F", pbay_str_of(text), problems);
    g_assert_cmpuint(problems->len, ==, 0);
    g_assert_cmpuint(groups->len, >, 50000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/scanner/lines", test_lines);
    g_test_add_func("/scanner/bytes", test_bytes);
    g_test_add_func("/scanner/duplicates", test_duplicates);
    g_test_add_func("/scanner/headers", test_headers);
    g_test_add_func("/scanner/keys", test_keys);
    g_test_add_func("/scanner/oracle", test_oracle);
    g_test_add_func("/scanner/big", test_big);
    return g_test_run();
}
