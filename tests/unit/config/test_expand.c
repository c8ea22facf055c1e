/* SPDX-License-Identifier: Apache-2.0 */
/* References: each kind, what is missing, what is a mistake, and that nothing is expanded twice. */
#include "base/str.h"
#include "config/expand.h"
#include "unit/config/fixture.h"

#include <sys/stat.h>

static PbayEnv *env;

static void assert_text(const char *text, const char *expected, const char *missing)
{
    g_auto(PbayExpansion) out = {0};
    bool ok = pbay_config_expand(env, text, &out);
    g_assert_cmpstr(out.why, ==, NULL);
    g_assert_true(ok);
    g_assert_cmpstr(out.text, ==, expected);
    g_assert_cmpstr(out.missing, ==, missing);
}

static void assert_mistake(const char *text, const char *why)
{
    g_auto(PbayExpansion) out = {0};
    g_assert_false(pbay_config_expand(env, text, &out));
    g_assert_cmpstr(out.why, ==, why);
    g_assert_null(out.text);
}

static void test_env(void)
{
    g_setenv("PBT_A", "alpha", TRUE);
    g_setenv("PBT_EMPTY", "", TRUE);
    g_setenv("PBT_REF", "${env:PBT_A} $$ \\s;x", TRUE);
    g_unsetenv("PBT_NONE");
    assert_text("${env:PBT_A}", "alpha", NULL);
    assert_text("<${env:PBT_A}${env:PBT_A}>", "<alphaalpha>", NULL);
    assert_text("${env:PBT_REF}", "${env:PBT_A} $$ \\s;x", NULL);
    assert_text("${env:PBT_NONE}", "", "PBT_NONE");
    assert_text("a${env:PBT_EMPTY}b${env:PBT_NONE}", "ab", "PBT_EMPTY");
    assert_text("${env:PBT_NONE:-d:-e}", "d:-e", NULL);
    assert_text("${env:PBT_NONE:-}", "", NULL);
    assert_text("${env:PBT_EMPTY:-$HOME$$}", "$HOME$$", NULL);
    assert_text("${env:PBT_A:-d}", "alpha", NULL);
    assert_text("plain } text", "plain } text", NULL);
}

static void test_dollar(void)
{
    assert_text("$$", "$", NULL);
    assert_text("a$$$$b", "a$$b", NULL);
    assert_text("$${env:PBT_A}", "${env:PBT_A}", NULL);
    assert_mistake("a$b", "holds a lone `$`");
    assert_mistake("a$", "holds a lone `$`");
    assert_mistake("$$$", "holds a lone `$`");
    assert_mistake("$(id)", "holds a lone `$`");
}

static void test_mistakes(void)
{
    assert_mistake("${", "holds a `${` that is not closed");
    assert_mistake("a ${env:X", "holds a `${` that is not closed");
    assert_mistake("${env:X:-a", "holds a `${` that is not closed");
    assert_mistake("${}", "holds a reference without a kind");
    assert_mistake("${HOME}", "holds a reference without a kind");
    assert_mistake("${enw:X}", "holds a reference of an unknown kind");
    assert_mistake("${cmd:ls}", "holds a reference of an unknown kind");
    assert_mistake("${env:}", "names no environment variable in `${env:...}`");
    assert_mistake("${env:1A}", "names no environment variable in `${env:...}`");
    assert_mistake("${env: A}", "names no environment variable in `${env:...}`");
    assert_mistake("${env:A:b}", "names no environment variable in `${env:...}`");
    assert_mistake("${env:A-b}", "names no environment variable in `${env:...}`");
    assert_mistake("${env:A:-${env:B}}", "holds a reference inside a reference");
    g_auto(PbayExpansion) out = {0};
    g_assert_false(pbay_config_expand(env, "${fiel:/x}", &out));
    g_assert_cmpstr(out.hint, ==, "did you mean ${file:...}?");
}

static void test_not_utf8(void)
{
    g_setenv("PBT_BAD", "canary\xff", TRUE);
    assert_mistake("${env:PBT_BAD}", "takes the variable PBT_BAD, which is not UTF-8");
    g_unsetenv("PBT_BAD");
}

static void assert_file(const char *dir, const char *bytes, gssize len, const char *expected)
{
    g_autofree char *path = fixture_write_len(dir, "f", bytes, len);
    g_autofree char *text = g_strdup_printf("<${file:%s}>", path);
    assert_text(text, expected, NULL);
}

static void test_file(void)
{
    char *dir = fixture_dir();
    assert_file(dir, "secret\n", -1, "<secret>");
    assert_file(dir, "secret\r\n", -1, "<secret>");
    assert_file(dir, "secret", -1, "<secret>");
    assert_file(dir, "a\nb\n\n", -1, "<a\nb\n>");
    assert_file(dir, "\n", -1, "<>");
    assert_file(dir, "", -1, "<>");
    assert_file(dir, "${env:PBT_A} $$x", -1, "<${env:PBT_A} $$x>");
    g_autofree char *home = fixture_write(dir, "h/key", "homely\n");
    g_autofree char *old = g_strdup(g_getenv("HOME"));
    g_autofree char *folder = g_path_get_dirname(home);
    g_setenv("HOME", folder, TRUE);
    assert_text("${file:~/key}", "homely", NULL);
    g_unsetenv("HOME");
    assert_mistake("${file:~/key}", "cannot read ${file:~/key}: HOME is not set");
    g_setenv("HOME", old != NULL ? old : "/nonexistent", TRUE);
    fixture_remove(dir);
}

static void test_file_fails(void)
{
    char *dir = fixture_dir();
    assert_mistake("${file:key}", "names a relative path in ${file:key}");
    assert_mistake("${file:}", "names a relative path in ${file:}");
    assert_text("x${file:/nonexistent/k}", "x", "${file:/nonexistent/k}");
    g_autofree char *folder = g_strdup_printf("${file:%s}", dir);
    g_autofree char *why =
        g_strdup_printf("cannot read %s: it is a directory, a file is expected", folder);
    assert_mistake(folder, why);
    assert_mistake("${file:/dev/zero}", "cannot read ${file:/dev/zero}: it is not a regular file");
    g_autofree char *nul = fixture_write_len(dir, "nul", "a\0b", 3);
    g_autofree char *text = g_strdup_printf("${file:%s}", nul);
    g_autofree char *said = g_strdup_printf("takes %s, which is not UTF-8 text", text);
    assert_mistake(text, said);
    g_autofree char *fill = g_strnfill(PBAY_EXPAND_FILE_MAX + 1, 'x');
    g_autofree char *big = fixture_write(dir, "big", fill);
    g_autofree char *big_text = g_strdup_printf("${file:%s}", big);
    g_autofree char *big_why =
        g_strdup_printf("cannot read %s: it is larger than the bound of 64 KiB", big_text);
    assert_mistake(big_text, big_why);
    fixture_remove(dir);
}

static void test_unreadable(void)
{
    char *dir = fixture_dir();
    g_autofree char *path = fixture_write(dir, "f", "canary");
    g_assert_cmpint(chmod(dir, 0755), ==, 0);
    g_assert_cmpint(chmod(path, 0), ==, 0);
    g_autofree char *text = g_strdup_printf("${file:%s}", path);
    bool root = geteuid() == 0;
    if (root)
        g_assert_cmpint(seteuid(65534), ==, 0);
    assert_text(text, "", text);
    if (root)
        g_assert_cmpint(seteuid(0), ==, 0);
    fixture_remove(dir);
}

static void test_credential(void)
{
    char *dir = fixture_dir();
    g_autofree char *path = fixture_write(dir, "groq", "cred\n");
    g_unsetenv("CREDENTIALS_DIRECTORY");
    assert_text("${credential:groq}", "", "${credential:groq}");
    g_setenv("CREDENTIALS_DIRECTORY", dir, TRUE);
    assert_text("Bearer ${credential:groq}", "Bearer cred", NULL);
    assert_text("${credential:other}", "", "${credential:other}");
    assert_mistake("${credential:}", "names no credential in ${credential:}");
    assert_mistake("${credential:../x}", "names no credential in ${credential:../x}");
    assert_mistake("${credential:..}", "names no credential in ${credential:..}");
    assert_mistake("${credential:a/b}", "names no credential in ${credential:a/b}");
    g_unsetenv("CREDENTIALS_DIRECTORY");
    fixture_remove(dir);
}

static void test_reference(void)
{
    const char *const yes[] = {"${env:A}", "${file:/a}", "${credential:x}"};
    const char *const no[] = {"",          "x${env:A}",  "${env:A}x", "${env:A:-sk}",
                              "$${env:A}", "${other:x}", "${env:A",   "${env:A}}"};
    for (gsize i = 0; i < G_N_ELEMENTS(yes); i++)
        g_assert_true(pbay_config_is_reference(yes[i]));
    for (gsize i = 0; i < G_N_ELEMENTS(no); i++)
        g_assert_false(pbay_config_is_reference(no[i]));
    g_assert_true(pbay_config_is_env_name(PBAY_STR("_A1")));
    g_assert_false(pbay_config_is_env_name(PBAY_STR("")));
    g_assert_false(pbay_config_is_env_name(PBAY_STR("A.B")));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    env = pbay_env_new();
    g_test_add_func("/expand/env", test_env);
    g_test_add_func("/expand/dollar", test_dollar);
    g_test_add_func("/expand/mistakes", test_mistakes);
    g_test_add_func("/expand/not-utf8", test_not_utf8);
    g_test_add_func("/expand/file", test_file);
    g_test_add_func("/expand/file-fails", test_file_fails);
    g_test_add_func("/expand/unreadable", test_unreadable);
    g_test_add_func("/expand/credential", test_credential);
    g_test_add_func("/expand/reference", test_reference);
    int rc = g_test_run();
    pbay_env_unref(env);
    return rc;
}
