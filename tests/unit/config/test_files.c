/* SPDX-License-Identifier: Apache-2.0 */
/* Which files are read: order, masks, what is named and missing, and the standard folders. */
#include "config/files.h"
#include "observe/log.h"
#include "unit/config/fixture.h"

#include <sys/stat.h>

/* "a/x.conf b/x.conf" relative to dir; masked ones as "(a/x.conf by b/x.conf)". */
static char *dump(const GPtrArray *files, const char *dir)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < files->len; i++) {
        const PbayFoundFile *file = g_ptr_array_index(files, i);
        g_string_append_printf(out, file->pub.masked ? "(%s" : "%s", file->pub.path);
        if (file->pub.by != NULL)
            g_string_append_printf(out, " by %s", file->pub.by);
        g_string_append(out, file->pub.masked ? ") " : " ");
    }
    g_autofree char *prefix = g_strconcat(dir, "/", NULL);
    g_string_replace(out, prefix, "", 0);
    return g_string_free(out, FALSE);
}

static void assert_found(const PbayConfigInput *input, const char *dir, const char *files,
                         const char *mistakes)
{
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(GPtrArray) found = pbay_config_find_files(input, problems);
    g_autofree char *shown = dump(found, dir);
    g_assert_cmpstr(shown, ==, files);
    g_autoptr(GString) text = g_string_new(NULL);
    pbay_problems_write_text(problems, text);
    g_autofree char *prefix = g_strconcat(dir, "/", NULL);
    g_string_replace(text, prefix, "", 0);
    g_assert_cmpstr(text->str, ==, mistakes);
}

static void write_at(const char *dir, const char *name, const char *text)
{
    g_free(fixture_write(dir, name, text));
}

static void link_at(const char *dir, const char *name, const char *target)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_assert_cmpint(symlink(target, path), ==, 0);
}

typedef struct Folders {
    char *dir, *a, *b;
    const char *paths[3];
} Folders;

static void folders_init(Folders *f)
{
    f->dir = fixture_dir();
    f->a = g_build_filename(f->dir, "a", NULL);
    f->b = g_build_filename(f->dir, "b", NULL);
    g_assert_cmpint(g_mkdir(f->a, 0755) | g_mkdir(f->b, 0755), ==, 0);
    f->paths[0] = f->a;
    f->paths[1] = f->b;
    f->paths[2] = NULL;
}

static void folders_clear(Folders *f)
{
    g_free(f->a);
    g_free(f->b);
    fixture_remove(f->dir);
}

static void test_order(void)
{
    Folders f;
    folders_init(&f);
    const char *const names[] = {"b.conf",     "a.conf",        "B.conf",  "10.conf",
                                 "9.conf",     "\xc3\xa9.conf", ".h.conf", "a.conf~",
                                 "x.conf.bak", "readme.txt",    ".conf",   "z z.conf"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *name = g_strconcat("b/", names[i], NULL);
        write_at(f.dir, name, "#\n");
    }
    write_at(f.dir, "a/zz.conf", "#\n");
    write_at(f.dir, "b/sub/deep.conf", "#\n");
    PbayConfigInput input = {.paths = f.paths};
    assert_found(&input, f.dir,
                 "a/zz.conf b/10.conf b/9.conf b/B.conf b/a.conf b/b.conf b/z z.conf "
                 "b/\xc3\xa9.conf ",
                 "");
    folders_clear(&f);
}

static void test_masks(void)
{
    Folders f;
    folders_init(&f);
    write_at(f.dir, "a/empty.conf", "[log]\n");
    write_at(f.dir, "a/null.conf", "[log]\n");
    write_at(f.dir, "a/replaced.conf", "[log]\n");
    write_at(f.dir, "a/kept.conf", "[log]\n");
    write_at(f.dir, "b/empty.conf", "");
    link_at(f.dir, "b/null.conf", "/dev/null");
    write_at(f.dir, "b/replaced.conf", "# only a comment\n");
    PbayConfigInput input = {.paths = f.paths};
    assert_found(&input, f.dir,
                 "(a/empty.conf by b/empty.conf) a/kept.conf (a/null.conf by b/null.conf) "
                 "(a/replaced.conf by b/replaced.conf) (b/empty.conf) (b/null.conf) "
                 "b/replaced.conf ",
                 "");
    /* A third folder brings it back. */
    write_at(f.dir, "c/empty.conf", "[log]\n");
    g_autofree char *c = g_build_filename(f.dir, "c", NULL);
    const char *const extra[] = {c, NULL};
    input.extra = extra;
    assert_found(&input, f.dir,
                 "(a/empty.conf by b/empty.conf) a/kept.conf (a/null.conf by b/null.conf) "
                 "(a/replaced.conf by b/replaced.conf) (b/empty.conf by c/empty.conf) "
                 "(b/null.conf) b/replaced.conf c/empty.conf ",
                 "");
    folders_clear(&f);
}

/* A dangling link, a folder called x.conf, a pipe: listed, they hide the namesake, reading tells
 * why. */
static void test_odd_entries(void)
{
    Folders f;
    folders_init(&f);
    write_at(f.dir, "a/x.conf", "[log]\n");
    link_at(f.dir, "b/x.conf", "/nonexistent/y");
    write_at(f.dir, "b/d.conf/inner", "");
    PbayConfigInput input = {.paths = f.paths};
    assert_found(&input, f.dir, "(a/x.conf by b/x.conf) b/d.conf b/x.conf ", "");
    folders_clear(&f);
}

static void test_named_files(void)
{
    Folders f;
    folders_init(&f);
    write_at(f.dir, "a/x.conf", "[log]\n");
    write_at(f.dir, "mine/x.conf", "");
    write_at(f.dir, "b/y.conf", "[log]\n");
    g_autofree char *mine = g_build_filename(f.dir, "mine/x.conf", NULL);
    const char *const paths[] = {f.a, NULL};
    const char *const extra[] = {mine, f.b, "/dev/null", NULL};
    PbayConfigInput input = {.paths = paths, .extra = extra};
    assert_found(&input, f.dir, "a/x.conf b/y.conf mine/x.conf /dev/null ", "");
    const char *const in_order[] = {mine, f.b, NULL};
    input = (PbayConfigInput){.paths = in_order};
    assert_found(&input, f.dir, "mine/x.conf b/y.conf ", "");
    folders_clear(&f);
}

static void test_missing(void)
{
    Folders f;
    folders_init(&f);
    const char *const none[] = {"/nonexistent/p", NULL};
    const char *const extra[] = {"/nonexistent/e", NULL};
    PbayConfigInput input = {.paths = none, .extra = extra};
    assert_found(&input, f.dir, "",
                 "/nonexistent/p: cannot be read: No such file or directory\n"
                 "  the program asked for it\n"
                 "/nonexistent/e: cannot be read: No such file or directory\n"
                 "  it was added with --config\n");
    g_setenv("PATCHBAY_CONF_PATH", "/nonexistent/v", TRUE);
    input = (PbayConfigInput){0};
    assert_found(&input, f.dir, "",
                 "/nonexistent/v: cannot be read: No such file or directory\n"
                 "  PATCHBAY_CONF_PATH names it\n");
    folders_clear(&f);
}

static void test_environment(void)
{
    Folders f;
    folders_init(&f);
    write_at(f.dir, "a/x.conf", "[log]\n");
    write_at(f.dir, "b/y.conf", "[log]\n");
    g_autofree char *both = g_strdup_printf(":%s::%s:", f.b, f.a);
    g_setenv("PATCHBAY_CONF_PATH", both, TRUE);
    PbayConfigInput input = {0};
    assert_found(&input, f.dir, "b/y.conf a/x.conf ", "");
    g_auto(GStrv) paths = pbay_config_standard_paths();
    g_autofree char *joined = g_strjoinv(":", paths);
    g_autofree char *expected = g_strdup_printf("%s:%s", f.b, f.a);
    g_assert_cmpstr(joined, ==, expected);
    const char *const only[] = {f.a, NULL};
    input.paths = only; /* the program's word replaces the variable's */
    assert_found(&input, f.dir, "a/x.conf ", "");
    folders_clear(&f);
}

static void assert_user_folder(const char *expected)
{
    g_auto(GStrv) paths = pbay_config_standard_paths();
    g_assert_cmpstr(paths[0], !=, NULL);
    g_assert_cmpstr(paths[1], ==, "/etc/patchbay/conf.d");
    g_assert_cmpstr(paths[2], ==, expected);
}

static void test_standard(void)
{
    g_setenv("PATCHBAY_CONF_PATH", "", TRUE);
    g_setenv("XDG_CONFIG_HOME", "/xdg", TRUE);
    g_setenv("HOME", "/home/me", TRUE);
    assert_user_folder("/xdg/patchbay/conf.d");
    g_setenv("XDG_CONFIG_HOME", "relative", TRUE);
    assert_user_folder("/home/me/.config/patchbay/conf.d");
    g_unsetenv("XDG_CONFIG_HOME");
    assert_user_folder("/home/me/.config/patchbay/conf.d");
    g_unsetenv("HOME");
    assert_user_folder(NULL);
}

static void no_log(void *data, int level, const char *line)
{
    (void)level;
    g_ptr_array_add(data, g_strdup(line));
}

/* Standard folders may be absent; someone else's home is skipped with a log line. */
static void test_standard_absent(void)
{
    char *dir = fixture_dir();
    write_at(dir, "closed/patchbay/conf.d/x.conf", "[log]\n");
    write_at(dir, "open/patchbay/conf.d/x.conf", "[log]\n");
    g_autofree char *closed = g_build_filename(dir, "closed", NULL);
    g_autofree char *open = g_build_filename(dir, "open", NULL);
    g_assert_cmpint(chmod(dir, 0755) | chmod(closed, 0), ==, 0);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    pbay_log_set_sink(no_log, lines);
    g_unsetenv("PATCHBAY_CONF_PATH");
    g_setenv("XDG_CONFIG_HOME", open, TRUE);
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(GPtrArray) found = pbay_config_find_files(&(PbayConfigInput){0}, problems);
    g_assert_cmpuint(found->len, >=, 1);
    const PbayFoundFile *last = g_ptr_array_index(found, found->len - 1);
    g_assert_true(g_str_has_prefix(last->pub.path, open));
    g_setenv("XDG_CONFIG_HOME", closed, TRUE);
    bool root = geteuid() == 0;
    if (root)
        g_assert_cmpint(seteuid(65534), ==, 0);
    g_autoptr(GPtrArray) rest = pbay_config_find_files(&(PbayConfigInput){0}, problems);
    if (root)
        g_assert_cmpint(seteuid(0), ==, 0);
    pbay_log_set_sink(NULL, NULL);
    g_assert_cmpuint(rest->len, ==, found->len - 1);
    g_assert_cmpuint(problems->len, ==, 0);
    g_assert_cmpuint(lines->len, ==, 1);
    fixture_assert_has(g_ptr_array_index(lines, 0), "closed/patchbay/conf.d: Permission denied");
    g_assert_cmpint(chmod(closed, 0755), ==, 0);
    fixture_remove(dir);
}

/* A file where the user's folder should be is a mistake, not an absent folder. */
static void test_standard_blocked(void)
{
    char *dir = fixture_dir();
    write_at(dir, "patchbay", "not a folder\n");
    g_unsetenv("PATCHBAY_CONF_PATH");
    g_setenv("XDG_CONFIG_HOME", dir, TRUE);
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(GPtrArray) found = pbay_config_find_files(&(PbayConfigInput){0}, problems);
    g_assert_nonnull(found);
    g_autofree char *expected =
        g_strdup_printf("%s/patchbay/conf.d: cannot be read: Not a directory\n", dir);
    fixture_assert_problems(problems, expected);
    fixture_remove(dir);
}

/* What the person named must be readable. */
static void test_closed_folder(void)
{
    Folders f;
    folders_init(&f);
    g_assert_cmpint(chmod(f.dir, 0755) | chmod(f.a, 0), ==, 0);
    const char *const paths[] = {f.a, NULL};
    PbayConfigInput input = {.paths = paths};
    bool root = geteuid() == 0;
    if (root)
        g_assert_cmpint(seteuid(65534), ==, 0);
    assert_found(&input, f.dir, "",
                 "a: cannot be read: Permission denied\n  the program asked for it\n");
    if (root)
        g_assert_cmpint(seteuid(0), ==, 0);
    g_assert_cmpint(chmod(f.a, 0755), ==, 0);
    folders_clear(&f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/files/order", test_order);
    g_test_add_func("/files/masks", test_masks);
    g_test_add_func("/files/odd-entries", test_odd_entries);
    g_test_add_func("/files/named", test_named_files);
    g_test_add_func("/files/missing", test_missing);
    g_test_add_func("/files/environment", test_environment);
    g_test_add_func("/files/standard", test_standard);
    g_test_add_func("/files/standard-absent", test_standard_absent);
    g_test_add_func("/files/standard-blocked", test_standard_blocked);
    g_test_add_func("/files/closed-folder", test_closed_folder);
    return g_test_run();
}
