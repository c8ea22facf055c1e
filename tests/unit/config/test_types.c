/* SPDX-License-Identifier: Apache-2.0 */
/* Single values by type: what passes, what does not, and that no message quotes one. */
#include "config/types.h"
#include "unit/config/fixture.h"

static void assert_type(PbayKeyDef def, const char *const *good, const char *const *bad)
{
    for (; *good != NULL; good++) {
        g_autofree char *fault = pbay_config_type_fault(&def, *good);
        if (fault != NULL)
            g_error("`%s` refused: %s", *good, fault);
    }
    for (; *bad != NULL; bad++) {
        g_autofree char *fault = pbay_config_type_fault(&def, *bad);
        if (fault == NULL)
            g_error("`%s` accepted by type %d", *bad, (int)def.type);
        fixture_assert_lacks(fault, "canary");
    }
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_quantities(void)
{
    assert_type((PbayKeyDef){.type = PBAY_KEY_BOOL}, LIST("true", "false", "yes", "no", "1", "0"),
                LIST("", "on", "2", "truely"));
    assert_type(
        (PbayKeyDef){.type = PBAY_KEY_INTEGER, .min = -5, .max = 100},
        LIST("0", "-5", "100", "007"),
        LIST("", "-", "101", "-6", "1.0", "1e1", "+1", " 1", "0x1", "99999999999999999999"));
    assert_type((PbayKeyDef){.type = PBAY_KEY_DURATION, .max = 3600000},
                LIST("0", "250ms", "20s", "5m", "1h", "60"),
                LIST("", "61m", "20 s", "-1s", "1d", "s", "20 seconds"));
    assert_type((PbayKeyDef){.type = PBAY_KEY_SIZE, .min = 1, .max = 1 << 20},
                LIST("1", "64KiB", "1MiB"), LIST("", "0", "2MiB", "64kb", "1.5MiB", "-1"));
    assert_type((PbayKeyDef){.type = PBAY_KEY_DECIMAL},
                LIST("0", "30.00", "0.000000000001", "123456789012", "0.15"),
                LIST("", ".5", "5.", "1e3", "-1", "+1", "1,5", "1.2.3", "$5", "0.0000000000001",
                     "1234567890123", "0x10", " 1", "nan"));
}

static void test_words(void)
{
    assert_type((PbayKeyDef){.type = PBAY_KEY_CHOICE, .choices = "warn|drop|error"},
                LIST("warn", "drop", "error"), LIST("", "Warn", "warn|drop", "erorr"));
    assert_type((PbayKeyDef){.type = PBAY_KEY_NAME}, LIST("openai", "vertex_ai"),
                LIST("", "Open AI", "a/b"));
    assert_type((PbayKeyDef){.type = PBAY_KEY_ENV}, LIST("GROQ_API_KEY", "_x"),
                LIST("", "${env:GROQ_API_KEY}", "A-B", "1A", "A B"));
    assert_type((PbayKeyDef){.type = PBAY_KEY_GLOB}, LIST("llama-3.3-*", "*", "a?b/c"),
                LIST("", "a b", "a\tb"));
    assert_type((PbayKeyDef){.type = PBAY_KEY_MODEL}, LIST("openai/gpt-4o", "high quality"),
                LIST("", "a\nb"));
    assert_type((PbayKeyDef){.type = PBAY_KEY_PATH}, LIST("/etc/ssl/ca.pem", "/a b"),
                LIST("", "ca.pem", "~/ca.pem", "/a\nb"));
    assert_type((PbayKeyDef){.type = PBAY_KEY_HOSTS}, LIST("", "localhost,10.0.0.0/8", "*"),
                LIST("a;b", "a\nb"));
    g_autofree char *near = pbay_config_type_fault(
        &(PbayKeyDef){.type = PBAY_KEY_CHOICE, .choices = "warn|drop|error"}, "wran");
    g_assert_cmpstr(near, ==, "is none of warn, drop, error (did you mean warn?)");
}

static void test_urls(void)
{
    assert_type((PbayKeyDef){.type = PBAY_KEY_URL},
                LIST("https://api.groq.com/openai/v1", "http://localhost:11434", "HTTPS://X",
                     "http://[::1]:8080/", "https://{region}.x.com/a?b=c"),
                LIST("", "api.groq.com", "ftp://x", "https://", "https:///v1", "http://a b",
                     "\"https://api.groq.com\"", "https://x\n"));
    assert_type(
        (PbayKeyDef){.type = PBAY_KEY_ORIGIN},
        LIST("https://sts.{region}.amazonaws.com", "http://169.254.169.254", "https://h:8443/"),
        LIST("", "h:8443", "https://h/path", "https://h?x", "https://u@h", "https://h//"));
    assert_type((PbayKeyDef){.type = PBAY_KEY_PROXY},
                LIST("", "http://p:3128", "socks5h://p:1080", "https://u:pw@p"),
                LIST("p:3128", "ftp://p", "socks5://", "none"));
    assert_type((PbayKeyDef){.type = PBAY_KEY_CIDR},
                LIST("10.0.0.0/8", "192.168.1.7", "0.0.0.0/0", "fd00::/8", "::1", "10.1.2.3/32",
                     "10.128.0.0/9"),
                LIST("", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0/8",
                     "fd00::1/8", "::/129", "10.0.0.0/8/8", "example.org", "10.64.0.0/9"));
}

static void test_secrets(void)
{
    assert_type((PbayKeyDef){.type = PBAY_KEY_SECRET}, LIST("", "sk-a b", "\"", "a\"b\""),
                LIST("\"sk-canary1\"", "'sk-canary1'", "sk-canary1\n", "sk\tcanary1", "\x7f"));
    assert_type((PbayKeyDef){.type = PBAY_KEY_HEADER}, LIST("", "\"etag\"", "a; b"),
                LIST("canary\r\nX: y", "canary1\tb"));
    g_autofree char *fault =
        pbay_config_type_fault(&(PbayKeyDef){.type = PBAY_KEY_SECRET}, "canary\n");
    g_assert_cmpstr(fault, ==, "holds a control character (0x0a as byte 7)");
}

static void test_target(void)
{
    const char *why = NULL;
    char *target = NULL;
    int64_t weight = 0;
    g_assert_true(pbay_config_parse_target("azure/prod  weight=3", &target, &weight, &why));
    g_assert_cmpstr(target, ==, "azure/prod");
    g_assert_cmpint(weight, ==, 3);
    g_free(target);
    g_assert_true(pbay_config_parse_target("a/b/c:d.e", &target, &weight, &why));
    g_assert_cmpstr(target, ==, "a/b/c:d.e");
    g_assert_cmpint(weight, ==, 1);
    g_free(target);
    const char *const bad[] = {"",
                               "gpt-4",
                               "/gpt-4",
                               "openai/",
                               "A/b",
                               "a/b weight=-1",
                               "a/b weight=",
                               "a/b wait=1",
                               "a b/c",
                               "a/b weight=1 weight=1",
                               "a/b weight=1.5",
                               "a/b weight=1000001"};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        target = (char *)"x";
        g_assert_false(pbay_config_parse_target(bad[i], &target, &weight, &why));
        g_assert_null(target);
        g_assert_nonnull(why);
    }
    assert_type((PbayKeyDef){.type = PBAY_KEY_TARGET}, LIST("a/b", "a/b weight=0"), LIST("a"));
    g_assert_true(pbay_config_is_target_name("a/b"));
    g_assert_false(pbay_config_is_target_name("a/b c"));
}

static void test_headers(void)
{
    g_assert_null(pbay_config_header_fault("header.X-Title"));
    g_assert_null(pbay_config_header_fault("header.anthropic-beta"));
    g_assert_nonnull(pbay_config_header_fault("header.Host"));
    g_assert_nonnull(pbay_config_header_fault("header.CONTENT-LENGTH"));
    g_assert_nonnull(pbay_config_header_fault("header.X:Y"));
    g_assert_nonnull(pbay_config_header_fault("header.\xc3\xa9"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/types/quantities", test_quantities);
    g_test_add_func("/types/words", test_words);
    g_test_add_func("/types/urls", test_urls);
    g_test_add_func("/types/secrets", test_secrets);
    g_test_add_func("/types/target", test_target);
    g_test_add_func("/types/headers", test_headers);
    return g_test_run();
}
