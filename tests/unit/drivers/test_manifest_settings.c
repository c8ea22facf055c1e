/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/manifest_parts.h"

#include "base/error.h"

#include <patchbay/driver.h>

static void refuse(const char *text, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(pbay_manifest_parse(text, &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_CONFIG);
    g_assert_cmpstr(error->message, ==, message);
}

static void test_options(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(PbayManifest) m = pbay_manifest_parse(
        "{\"options\":{\"base-url\":{\"type\":\"url\",\"env\":[\"A\",\"B\"],\"default\":"
        "\"https://{region}.example.com\",\"help\":\"h\"},\"n\":{\"type\":\"int\",\"min\":1,"
        "\"default\":4},\"e\":{\"type\":\"enum\",\"values\":[\"a\",\"b\"],\"default\":null},"
        "\"f\":{\"type\":\"bool\",\"default\":false}}}",
        &error);
    g_assert_no_error(error);
    const PbayOption *url = pbay_manifest_option(m, "base-url");
    g_assert_cmpstr(url->env[1], ==, "B");
    g_assert_cmpstr(url->value, ==, "https://{region}.example.com");
    g_assert_cmpstr(url->help, ==, "h");
    const PbayOption *n = pbay_manifest_option(m, "n");
    g_assert_cmpstr(n->value, ==, "4");
    g_assert_cmpint(n->min, ==, 1);
    g_assert_cmpint(n->max, ==, INT64_MAX);
    g_assert_null(pbay_manifest_option(m, "e")->value);
    g_assert_cmpstr(pbay_manifest_option(m, "f")->value, ==, "false");
    g_assert_cmpint(url->min, >, url->max);
}

static void test_bad_options(void)
{
    refuse("{\"options\":[]}", "manifest: options must be an object");
    refuse("{\"options\":{\"Big\":{}}}",
           "manifest: options.Big is no name for a key: use a-z 0-9 - _ .");
    refuse("{\"options\":{\"\":{}}}", "manifest: options. is no name for a key: use a-z 0-9 - _ .");
    refuse("{\"options\":{\"a\":1}}", "manifest: options.a must be an object");
    refuse("{\"options\":{\"a\":{\"type\":\"strng\"}}}",
           "manifest: options.a has the type \"strng\", which is none of string, url, int, real, "
           "bool, duration, size, enum, list, map");
    refuse("{\"options\":{\"a\":{\"type\":\"enum\"}}}",
           "manifest: options.a is an enum and needs \"values\"");
    refuse("{\"options\":{\"a\":{\"type\":\"int\",\"min\":3,\"max\":2}}}",
           "manifest: options.a has a min above its max");
    refuse("{\"options\":{\"a\":{\"type\":\"int\",\"max\":9,\"default\":\"10\"}}}",
           "manifest: options.a default must be a whole number of at most 9, not \"10\"");
    refuse("{\"options\":{\"a\":{\"default\":[]}}}",
           "manifest: options.a default must be a string in the notation of conf.d");
    refuse("{\"options\":{\"a\":{\"env\":\"X\"}}}", "manifest: options.a.env must be an array");
}

static void test_secrets(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(PbayManifest) m = pbay_manifest_parse(
        "{\"options\":{\"region\":{}},\"secrets\":{\"k\":{\"env\":[\"K\"],\"help\":\"h\"},"
        "\"f\":{\"file\":[\"~/x\"],\"content\":true,\"reread\":true}},"
        "\"require\":[[\"k\"],[\"f\",\"region\"],[\"@metadata\"]]}",
        &error);
    g_assert_no_error(error);
    const PbaySecretSpec *file = pbay_manifest_secret(m, "f");
    g_assert_true(file->content && file->reread);
    g_assert_cmpstr(file->files[0], ==, "~/x");
    g_assert_null(file->env[0]);
    g_assert_cmpuint(m->require->len, ==, 3);
    g_assert_cmpstr(((char **)g_ptr_array_index(m->require, 1))[1], ==, "region");
}

static void test_bad_secrets(void)
{
    refuse("{\"secrets\":{\"k\":[]}}", "manifest: secrets.k must be an object");
    refuse("{\"options\":{\"k\":{}},\"secrets\":{\"k\":{}}}",
           "manifest: secrets.k is an option too: one name, one meaning");
    refuse("{\"require\":[[\"ghost\"]]}",
           "manifest: require names \"ghost\", which is no secret and no option");
    refuse("{\"require\":[[]]}", "manifest: require must be an array of arrays of names");
    refuse("{\"require\":[\"k\"]}", "manifest: require must be an array of arrays of names");
    refuse("{\"require\":[[1]]}", "manifest: require must be an array of arrays of names");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/drivers/manifest-settings/options", test_options);
    g_test_add_func("/drivers/manifest-settings/bad-options", test_bad_options);
    g_test_add_func("/drivers/manifest-settings/secrets", test_secrets);
    g_test_add_func("/drivers/manifest-settings/bad-secrets", test_bad_secrets);
    return g_test_run();
}
