/* SPDX-License-Identifier: Apache-2.0 */
/* Loading as a whole: files on disk, merge order with origins, sets, accessors, and every kind of
 * file that cannot be read. */
#include "config/files.h"
#include "unit/config/fixture.h"

#include <sys/stat.h>

/* The page of the manual, whole. */
static const char EXAMPLE[] =
    "[defaults]\nmodel = openai/gpt-4o-mini\n\n"
    "# a vendor that speaks OpenAI's dialect: no C\n[provider groq]\ndriver = openai\n"
    "base-url = https://api.groq.com/openai/v1\napi-key = ${env:PBT_GROQ}\n"
    "# bare names that mean this provider\nmatch = llama-3.3-*;gemma2-*\n\n"
    "[limits openai/gpt-4]\nrpm = 500\ntpm = 30000\nparallel = 8\n\n"
    "[price openai/gpt-4]\ninput = 30.00\noutput = 60.00\n\n[log]\nlevel = info\n"
    "[driver openai]\ncritical = yes\npriority = -3\n[egress]\nallow = 10.0.0.0/8;::1\n"
    "[model fast]\ntargets = groq/llama-3.3-70b\n";

static void test_example(void)
{
    g_setenv("PBT_GROQ", "sk-1", TRUE);
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(PbayConfig) config = fixture_load(EXAMPLE, NULL, NULL, problems);
    fixture_assert_problems(problems, "");
    const PbaySection *groq = pbay_config_section(config, "provider", "groq");
    g_assert_cmpstr(groq->kind, ==, "provider");
    g_assert_cmpstr(groq->name, ==, "groq");
    g_assert_cmpint(groq->origin.line, ==, 5);
    g_assert_cmpstr(pbay_section_str(groq, "api-key"), ==, "sk-1");
    g_assert_cmpint(pbay_section_get(groq, "api-key")->origin.line, ==, 8);
    const PbaySection *driver = pbay_config_section(config, "driver", "openai");
    g_assert_true(pbay_section_bool(driver, "critical", false));
    g_assert_cmpint(pbay_section_int(driver, "priority", 7), ==, -3);
    g_assert_cmpint(pbay_section_int(driver, "absent", 7), ==, 7);
    fixture_assert_items(pbay_section_list(pbay_config_section(config, "egress", ""), "allow"),
                         "[10.0.0.0/8]|[::1]");
    g_assert_null(pbay_config_section(config, "provider", "openai"));
    g_assert_cmpuint(pbay_config_files(config)->len, ==, 1);
}

static void test_accessors(void)
{
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(PbayConfig) config = fixture_load(
        "[defaults]\ntimeout=1m\ntimeout-idle=250ms\ntimeout-connect=0\nmax-response=2MiB\nx-y=1\n",
        NULL, NULL, problems);
    fixture_assert_problems(problems, "");
    const PbaySection *d = pbay_config_section(config, "defaults", "");
    g_assert_cmpint(pbay_section_ms(d, "timeout", 5), ==, 60000);
    g_assert_cmpint(pbay_section_ms(d, "timeout-idle", 5), ==, 250);
    g_assert_cmpint(pbay_section_ms(d, "timeout-connect", 5), ==, 0);
    g_assert_cmpint(pbay_section_ms(d, "timeout-first-byte", 5), ==, 5);
    g_assert_cmpint(pbay_section_size(d, "max-response", 5), ==, 2 * 1024 * 1024);
    g_assert_true(pbay_section_bool(d, "absent", true));
    g_assert_null(pbay_section_get(d, "x-y"));
    g_assert_null(pbay_section_get(d, "absent"));
    /* An absent section reads as one without keys. */
    g_assert_null(pbay_section_str(NULL, "x"));
    g_assert_cmpint(pbay_section_ms(NULL, "x", 9), ==, 9);
    fixture_assert_items(pbay_section_list(NULL, "x"), "");
}

static void test_folders(void)
{
    char *dir = fixture_dir();
    g_autofree char *a1 = fixture_write(dir, "a/10.conf", "[log]\nlevel=info\nformat=text\n");
    g_autofree char *a2 = fixture_write(dir, "a/20.conf", "[defaults]\nmodel=a/old\n");
    g_autofree char *b1 = fixture_write(dir, "b/20.conf", "[defaults]\ntimeout=3s\n");
    g_autofree char *b2 = fixture_write(dir, "b/05.conf", "[log]\nformat=json\n");
    g_autofree char *own = fixture_write(dir, "mine", "[log]\nlevel=error\n");
    g_autofree char *a = g_build_filename(dir, "a", NULL), *b = g_build_filename(dir, "b", NULL);
    const char *const paths[] = {a, b, NULL}, *const extra[] = {own, NULL};
    const char *const sets[] = {"defaults.timeout", "9s", NULL};
    PbayConfigInput input = {.paths = paths, .extra = extra, .sets = sets};
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(PbayConfig) config = pbay_config_load(&input, problems);
    fixture_assert_problems(problems, "");
    const PbaySection *log = pbay_config_section(config, "log", "");
    g_assert_cmpstr(pbay_section_str(log, "level"), ==, "error");
    g_assert_cmpstr(pbay_section_get(log, "level")->origin.file, ==, own);
    g_assert_cmpstr(pbay_section_str(log, "format"), ==, "json");
    g_assert_cmpstr(pbay_section_get(log, "format")->origin.file, ==, b2);
    g_assert_cmpstr(log->origin.file, ==, a1);
    const PbaySection *defaults = pbay_config_section(config, "defaults", "");
    g_assert_null(pbay_section_get(defaults, "model")); /* its file was replaced, not merged */
    g_assert_cmpint(pbay_section_ms(defaults, "timeout", 0), ==, 9000);
    g_assert_cmpstr(pbay_section_get(defaults, "timeout")->origin.file, ==, "(set by program)");
    const PbayConfigFile *replaced = g_ptr_array_index(pbay_config_files(config), 1);
    g_assert_cmpstr(replaced->path, ==, a2);
    g_assert_true(replaced->masked);
    g_assert_cmpstr(replaced->by, ==, b1);
    fixture_remove(dir);
}

/* Each bad file is one problem; the good one beside them is read. */
static void test_bad_files(void)
{
    char *dir = fixture_dir();
    g_autofree char *big = g_strnfill(PBAY_CONFIG_FILE_MAX + 1, '#');
    g_free(fixture_write(dir, "a-big.conf", big));
    g_free(fixture_write(dir, "b-dir.conf/x", ""));
    g_free(fixture_write_len(dir, "c-nul.conf", "[log]\nlevel=info\0", 17));
    g_free(fixture_write(dir, "d-latin.conf", "[log]\nlevel=\xe9\n"));
    g_autofree char *fifo = g_build_filename(dir, "e-fifo.conf", NULL);
    g_autofree char *gone = g_build_filename(dir, "f-gone.conf", NULL);
    g_assert_cmpint(mkfifo(fifo, 0600) | symlink("/nonexistent/x", gone), ==, 0);
    g_free(fixture_write(dir, "g-good.conf", "[log]\nlevel=debug\n"));
    const char *const paths[] = {dir, NULL};
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(PbayConfig) config = pbay_config_load(&(PbayConfigInput){.paths = paths}, problems);
    g_autoptr(GString) text = g_string_new(NULL);
    pbay_problems_write_text(problems, text);
    g_string_replace(text, dir, "D", 0);
    g_assert_cmpstr(text->str, ==,
                    "D/a-big.conf: cannot be read: it is larger than the bound of 1024 KiB\n"
                    "D/b-dir.conf: cannot be read: it is a directory, a file is expected\n"
                    "D/c-nul.conf:2: a NUL byte stands in this line\n"
                    "  this is not a text file; nothing of it was read\n"
                    "D/d-latin.conf:2: this line is not UTF-8\n"
                    "  save the file as UTF-8; nothing of it was read\n"
                    "D/e-fifo.conf: cannot be read: it is not a regular file\n"
                    "D/f-gone.conf: cannot be read: No such file or directory\n");
    g_assert_cmpstr(pbay_section_str(pbay_config_section(config, "log", ""), "level"), ==, "debug");
    fixture_remove(dir);
}

static void test_largest_file(void)
{
    g_autofree char *text = g_strnfill(PBAY_CONFIG_FILE_MAX, '#');
    fixture_assert_load(text, "");
}

/* A folder that nobody may look into is a mistake, not an empty configuration. */
static void test_unreadable(void)
{
    char *dir = fixture_dir();
    g_autofree char *path = fixture_write(dir, "x.conf", "[log]\n");
    g_assert_cmpint(chmod(dir, 0755) | chmod(path, 0), ==, 0);
    const char *const paths[] = {dir, NULL};
    bool root = geteuid() == 0;
    if (root)
        g_assert_cmpint(seteuid(65534), ==, 0);
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(PbayConfig) config = pbay_config_load(&(PbayConfigInput){.paths = paths}, problems);
    if (root)
        g_assert_cmpint(seteuid(0), ==, 0);
    g_assert_nonnull(config);
    g_autofree char *expected = g_strdup_printf("%s: cannot be read: Permission denied\n", path);
    fixture_assert_problems(problems, expected);
    fixture_remove(dir);
}

static void test_env_files(void)
{
    char *dir = fixture_dir();
    g_autofree char *path = fixture_write(dir, "env", "PBT_FROM_FILE='sk;1'\n");
    PbayEnv *env = pbay_env_new();
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_assert_true(pbay_env_add_file(env, path, problems));
    g_autoptr(PbayConfig) config =
        fixture_load("[provider p]\napi-key=${env:PBT_FROM_FILE}\n", env, NULL, problems);
    pbay_env_unref(env);
    fixture_assert_problems(problems, "");
    g_assert_cmpstr(pbay_section_str(pbay_config_section(config, "provider", "p"), "api-key"), ==,
                    "sk;1");
    fixture_remove(dir);
}

static void test_bad_sets(void)
{
    const char *const sets[] = {"nonsense",           "sk-canary", "defaults.modle",
                                "sk-canary",          "log.level", "sk-canary",
                                "provider.P.api-key", "sk-canary", NULL};
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(PbayConfig) config = fixture_load("", NULL, sets, problems);
    g_autofree char *text = fixture_text(problems);
    g_assert_cmpuint(problems->len, ==, 4);
    fixture_assert_has(text, "(set by program): `nonsense` names no value of the configuration");
    fixture_assert_has(text, "did you mean `model`?");
    fixture_assert_has(text, "[provider P] needs one blank and a name");
    fixture_assert_lacks(text, "canary");
}

/* No message of any mistake shows what a value holds. */
static void test_no_value_in_messages(void)
{
    static const char *const KEYS[] = {
        "[provider p]\napi-key=", "[provider p]\nbase-url=", "[provider p]\nheader.X-A=",
        "[provider p]\nmatch=",   "[provider p]\nproxy=",    "[provider p]\norigins=",
        "[provider p]\ntimeout=", "[provider p]\nregion=",   "[provider p]\nregion-env=",
        "[log]\nlevel=",          "[model m]\ntargets=",     "[egress]\nallow=",
        "[price a/b]\ninput=",    "[driver d]\npriority=",   "[zebra]\nk=",
    };
    static const char *const VALUES[] = {
        "sk-canary # c",
        "\"sk-canary\"",
        "sk-canary\\q",
        "sk-canary$",
        "${sk-canary}",
        "${x:sk-canary}",
        "sk-canary\\n",
        "sk-canary\x01",
        "sk-canary;;a",
        "${env:sk-canary",
        "${env:A:-sk-canary${}",
        "${env:PBT_CANARY}",
        "${credential:/x} sk-canary",
    };
    g_setenv("PBT_CANARY", "sk-canary \n", TRUE);
    for (gsize k = 0; k < G_N_ELEMENTS(KEYS); k++)
        for (gsize v = 0; v < G_N_ELEMENTS(VALUES); v++) {
            g_autofree char *text = g_strconcat(KEYS[k], VALUES[v], "\n", NULL);
            g_autoptr(GPtrArray) problems = pbay_problems_new();
            g_autoptr(PbayConfig) config = fixture_load(text, NULL, NULL, problems);
            g_autofree char *said = fixture_text(problems);
            fixture_assert_lacks(said, "canary");
        }
    g_unsetenv("PBT_CANARY");
}

static void test_for_snapshot(void)
{
    const char *const sets[] = {"provider.q.region", "a # b", NULL};
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(PbayConfig) config = fixture_load(
        "[provider p]\nregion=a ; b\ntoken=sk\\ncanary\nplain=x;y\n", NULL, sets, problems);
    fixture_assert_problems(problems, "");
    const PbaySection *p = pbay_config_section(config, "provider", "p");
    const PbaySection *q = pbay_config_section(config, "provider", "q");
    g_assert_true(pbay_config_check_scalar(p, pbay_section_get(p, "plain"), problems));
    g_assert_true(pbay_config_check_scalar(q, pbay_section_get(q, "region"), problems));
    g_assert_true(pbay_config_check_secret(p, pbay_section_get(p, "plain"), problems));
    g_assert_cmpuint(problems->len, ==, 0);
    g_assert_false(pbay_config_check_scalar(p, pbay_section_get(p, "region"), problems));
    g_assert_false(pbay_config_check_secret(p, pbay_section_get(p, "token"), problems));
    const PbayProblem *scalar = g_ptr_array_index(problems, 0);
    g_assert_cmpint(scalar->line, ==, 2);
    g_assert_cmpstr(scalar->message, ==,
                    "`region` has ` ;` in its value, which looks like a comment");
    const PbayProblem *secret = g_ptr_array_index(problems, 1);
    g_assert_cmpint(secret->line, ==, 3);
    g_assert_cmpstr(secret->section, ==, "provider p");
    g_assert_cmpstr(secret->message, ==, "`token` holds a control character (0x0a as byte 3)");
}

/* 1 MiB of distinct driver keys loads in linear time. */
static void test_many_keys(void)
{
    g_autoptr(GString) text = g_string_new("[provider p]\n");
    for (int i = 0; text->len < 1000 * 1000; i++)
        g_string_append_printf(text, "k%d=v\n", i);
    fixture_assert_load(text->str, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/config/example", test_example);
    g_test_add_func("/config/accessors", test_accessors);
    g_test_add_func("/config/folders", test_folders);
    g_test_add_func("/config/bad-files", test_bad_files);
    g_test_add_func("/config/largest-file", test_largest_file);
    g_test_add_func("/config/unreadable", test_unreadable);
    g_test_add_func("/config/env-files", test_env_files);
    g_test_add_func("/config/bad-sets", test_bad_sets);
    g_test_add_func("/config/no-value-in-messages", test_no_value_in_messages);
    g_test_add_func("/config/for-snapshot", test_for_snapshot);
    g_test_add_func("/config/many-keys", test_many_keys);
    return g_test_run();
}
