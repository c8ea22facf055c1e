/* SPDX-License-Identifier: Apache-2.0 */
/* `config show`: what is shown, what is masked, and that the text can be read back. */
#include "base/secret.h"
#include "base/str.h"
#include "unit/config/fixture.h"

static bool only_token(void *data, const PbaySection *section, const char *key)
{
    g_assert_cmpstr(data, ==, "data");
    g_assert_cmpstr(section->kind, ==, "provider");
    return strcmp(key, "token") == 0 || strcmp(key, "header.X-Private") == 0;
}

static char *show(const char *text, const char *const *sets, bool origin, bool json,
                  PbayIsSecretFn fn)
{
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(PbayConfig) config = fixture_load(text, NULL, sets, problems);
    GString *out = g_string_new(NULL);
    pbay_config_show(config, origin, json, fn, (void *)"data", out);
    return g_string_free(out, FALSE);
}

static void assert_shown(const char *text, PbayIsSecretFn fn, const char *expected)
{
    g_autofree char *shown = show(text, NULL, false, false, fn);
    g_assert_cmpstr(shown, ==, expected);
}

static void test_text(void)
{
    assert_shown("# c\n[log]\n level =  info \n[defaults]\nmodel=a\\sb\n[log2]\n", NULL,
                 "[log]\nlevel = info\n\n[defaults]\nmodel = a\\sb\n\n[log2]\n");
    assert_shown("", NULL, "");
}

static void test_secrets(void)
{
    assert_shown("[provider p]\napi-key=sk-canary\n", only_token, "[provider p]\napi-key = ***\n");
    assert_shown("[provider p]\napi-key=${env:A};${file:/k}\n", only_token,
                 "[provider p]\napi-key = ${env:A};${file:/k}\n");
    assert_shown("[provider p]\napi-key=${env:A};sk-canary\n", only_token,
                 "[provider p]\napi-key = ***\n");
    assert_shown("[provider p]\napi-key=${env:A:-sk-canary}\n", only_token,
                 "[provider p]\napi-key = ***\n");
    assert_shown("[provider p]\napi-key=$${env:A}\n", only_token, "[provider p]\napi-key = ***\n");
    assert_shown("[provider p]\napi-key=\n", only_token, "[provider p]\napi-key = \n");
    assert_shown("[provider p]\ntoken=sk-canary\nregion=eu\n", only_token,
                 "[provider p]\ntoken = ***\nregion = eu\n");
    assert_shown("[provider p]\ntoken=a\nregion=eu\nx-n=1\n", NULL,
                 "[provider p]\ntoken = ***\nregion = ***\nx-n = ***\n");
    assert_shown("[provider p]\nheader.Authorization=Bearer x\nheader.X-Title=t\n"
                 "header.X-Private=p\nheader.X-API-Key=${env:A}\n",
                 only_token,
                 "[provider p]\nheader.Authorization = ***\nheader.X-Title = t\n"
                 "header.X-Private = ***\nheader.X-API-Key = ${env:A}\n");
    /* A key in the wrong place may be a secret. */
    assert_shown("[defaults]\napi-key=sk-canary\n[provdr x]\napi-key=sk-canary\n", only_token,
                 "[defaults]\napi-key = ***\n\n[provdr x]\napi-key = ***\n");
}

static void test_userinfo(void)
{
    assert_shown("[provider p]\nbase-url=https://me:pw@h/v1?x=@\nproxy=http://u@p:1\n"
                 "origins=https://a;https://b\n",
                 only_token,
                 "[provider p]\nbase-url = https://***@h/v1?x=@\nproxy = http://***@p:1\n"
                 "origins = https://a;https://b\n");
    assert_shown("[provider p]\nbase-url=https://a@b@h/\n", only_token,
                 "[provider p]\nbase-url = https://***@h/\n");
}

static void test_known_secrets(void)
{
    g_autoptr(PbaySecret) secret = pbay_secret_new(PBAY_STR("sk-canary-0815"));
    g_autofree char *shown =
        show("[provider p]\nregion=sk-canary-0815\nbase-url=https://h/sk-canary-0815\n", NULL,
             false, true, only_token);
    fixture_assert_lacks(shown, "canary");
}

static void test_origin(void)
{
    char *dir = fixture_dir();
    g_autofree char *a = fixture_write(dir, "a/x.conf", "[log]\n\nlevel=info\n");
    g_autofree char *b = fixture_write(dir, "b/x.conf", "[log]\nlevel=warn\n");
    g_autofree char *folder_a = g_path_get_dirname(a), *folder_b = g_path_get_dirname(b);
    const char *const paths[] = {folder_a, folder_b, NULL};
    const char *const sets[] = {"log.format", "json", NULL};
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    PbayConfigInput input = {.paths = paths, .sets = sets};
    g_autoptr(PbayConfig) config = pbay_config_load(&input, problems);
    g_autoptr(GString) out = g_string_new(NULL);
    pbay_config_show(config, true, false, NULL, NULL, out);
    g_string_replace(out, dir, "D", 0);
    g_assert_cmpstr(out->str, ==,
                    "# masked D/a/x.conf by D/b/x.conf\n# read D/b/x.conf\n\n[log]\n"
                    "# D/b/x.conf:2\nlevel = warn\n# (set by program)\nformat = json\n");
    g_string_truncate(out, 0);
    pbay_config_show(config, true, true, NULL, NULL, out);
    g_string_replace(out, dir, "D", 0);
    g_assert_cmpstr(
        out->str, ==,
        "{\"files\":[{\"path\":\"D/a/x.conf\",\"masked\":true,\"by\":\"D/b/x.conf\"},"
        "{\"path\":\"D/b/x.conf\",\"masked\":false}],\"sections\":[{\"kind\":\"log\",\"name\":\"\","
        "\"values\":[{\"key\":\"level\",\"value\":\"warn\",\"file\":\"D/b/x.conf\",\"line\":2},"
        "{\"key\":\"format\",\"value\":\"json\",\"file\":\"(set by program)\",\"line\":0}]}]}");
    fixture_remove(dir);
}

static void test_json(void)
{
    g_autofree char *shown = show("[model a \"b\"]\ntargets=a/b\n[log]\n", NULL, false, true, NULL);
    g_assert_cmpstr(shown, ==,
                    "{\"sections\":[{\"kind\":\"model\",\"name\":\"a \\\"b\\\"\",\"values\":"
                    "[{\"key\":\"targets\",\"value\":\"a/b\"}]},"
                    "{\"kind\":\"log\",\"name\":\"\",\"values\":[]}]}");
}

static bool nothing(void *data, const PbaySection *section, const char *key)
{
    (void)data, (void)section, (void)key;
    return false;
}

/* What was shown loads to the same values, those set by the program included. */
static void test_read_back(void)
{
    const char *const sets[] = {"provider.p.region", " a # b ; c\\s\n$x ", NULL};
    g_autofree char *shown =
        show("[provider p]\nmatch=a\\;b;c\ndeployment=\\sx\\\\\n", sets, true, false, nothing);
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(PbayConfig) config = fixture_load(shown, NULL, NULL, problems);
    fixture_assert_problems(problems, "");
    const PbaySection *p = pbay_config_section(config, "provider", "p");
    fixture_assert_items(pbay_section_list(p, "match"), "[a;b]|[c]");
    g_assert_cmpstr(pbay_section_str(p, "deployment"), ==, " x\\");
    g_assert_cmpstr(pbay_section_str(p, "region"), ==, " a # b ; c\\s\n$x ");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/show/text", test_text);
    g_test_add_func("/show/secrets", test_secrets);
    g_test_add_func("/show/userinfo", test_userinfo);
    g_test_add_func("/show/known-secrets", test_known_secrets);
    g_test_add_func("/show/origin", test_origin);
    g_test_add_func("/show/json", test_json);
    g_test_add_func("/show/read-back", test_read_back);
    return g_test_run();
}
